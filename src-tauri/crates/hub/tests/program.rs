//! The program `alongside-hub` as a person or another program uses it: its commands, what they print, how they end.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

fn hub(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alongside-hub"));
    command
        .args(arguments)
        .arg("--data-dir")
        .arg(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&done(output)).unwrap()
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.starts_with("alongside-hub: "), "{said}");
    said
}

fn school(folder: &Path) -> Value {
    let create = [
        "school",
        "create",
        "--name",
        "Thistle School",
        "--head",
        "Ida Head",
        "--json",
    ];
    json(&hub(folder, &create))
}

/// A hub that is being served, stopped when dropped.
struct Serving {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
}

impl Serving {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_alongside-hub"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let line = line_with(&mut out, "address");
        let address = line.split_whitespace().last().unwrap().to_owned();
        Self {
            child,
            out,
            address,
        }
    }

    fn get(&self, path: &str) -> String {
        let host = self.address.strip_prefix("http://").unwrap();
        let mut line = TcpStream::connect(host).unwrap();
        write!(
            line,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        line.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line_with(out: &mut impl std::io::BufRead, word: &str) -> String {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "“{word}” was not printed"
        );
        if line.contains(word) {
            return line;
        }
    }
}

#[test]
fn every_command_says_how_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["serve"][..],
        &["school", "create"],
        &["people"],
        &["invite"],
        &["demo"],
        &["check"],
        &["backup"],
        &["restore"],
        &["ready"],
        &["retention"],
    ] {
        let help = done(&hub(folder.path(), &[command, &["--help"]].concat()));
        assert!(
            help.contains("Usage:") && help.contains("Example"),
            "{help}"
        );
    }
    assert!(
        std::fs::read_dir(folder.path()).unwrap().next().is_none(),
        "help makes nothing"
    );
}

#[test]
fn a_school_is_created_listed_and_its_people_invited() {
    let folder = tempfile::tempdir().unwrap();
    let created = school(folder.path());
    assert_eq!(created["code"].as_str().unwrap().len(), "ABCD-EFGH".len());

    let people = json(&hub(folder.path(), &["people", "--json"]));
    assert_eq!(people[0]["id"], created["person"]);
    assert_eq!(
        (&people[0]["name"], &people[0]["roles"][0]),
        (&"Ida Head".into(), &"head".into())
    );
    let list = done(&hub(folder.path(), &["people"]));
    assert!(list.contains("Ida Head") && list.contains("head"), "{list}");

    let person = created["person"].as_str().unwrap();
    let address = ["--address", "https://walks.school.example/"];
    let invited = json(&hub(
        folder.path(),
        &[&["invite", "--person", person, "--json"][..], &address].concat(),
    ));
    assert_eq!(invited["person"], person);
    let code = invited["code"].as_str().unwrap();
    assert_eq!(
        invited["link"],
        format!("https://walks.school.example/#/join/{code}")
    );
    assert!(invited["expires_at"].as_str().unwrap().ends_with('Z'));

    let again = ["school", "create", "--name", "Other", "--head", "Other"];
    assert!(refused(&hub(folder.path(), &again)).contains("a school here already"));
    let nobody = "01990000-0000-7000-8000-000000000000";
    refused(&hub(folder.path(), &["invite", "--person", nobody]));
}

#[test]
fn a_folder_without_a_hub_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["people"][..], &["check"], &["backup", "copy.sqlite"]] {
        assert!(refused(&hub(folder.path(), command)).contains("There is no hub"));
    }
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn a_backup_comes_back_whole_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    school(&first);
    let copy = folder.path().join("copy.sqlite");
    let file = copy.to_str().unwrap();
    done(&hub(&first, &["backup", file]));
    assert!(refused(&hub(&first, &["backup", file])).contains("is there already"));

    done(&hub(&second, &["restore", file]));
    assert_eq!(
        json(&hub(&first, &["people", "--json"])),
        json(&hub(&second, &["people", "--json"]))
    );
    assert_eq!(
        json(&hub(&first, &["check", "--json"])),
        json(&hub(&second, &["check", "--json"]))
    );
    assert!(refused(&hub(&second, &["restore", file])).contains("not overwritten"));
}

#[test]
fn what_is_not_whole_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    school(&first);
    let copy = folder.path().join("copy.sqlite");
    done(&hub(&first, &["backup", copy.to_str().unwrap()]));
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&copy, bytes).unwrap();
    refused(&hub(&second, &["restore", copy.to_str().unwrap()]));
    assert!(!second.join(alongside_hub::STORE_FILE).exists());
}

#[test]
fn a_hub_that_is_whole_passes_its_check_and_a_broken_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    school(folder.path());
    let checked = json(&hub(folder.path(), &["check", "--json"]));
    assert_eq!(
        (&checked["is_whole"], &checked["records"]["person"]),
        (&true.into(), &1.into())
    );
    assert!(checked["log_lines"].as_u64().unwrap() > 0);
    assert!(done(&hub(folder.path(), &["check"])).contains("as it was written"));

    let file = folder.path().join(alongside_hub::STORE_FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let found = hub(folder.path(), &["check", "--json"]);
    assert_eq!(found.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["is_whole"], false);
    assert!(!found["problems"].as_array().unwrap().is_empty());
}

#[test]
fn a_line_of_the_log_that_was_tampered_with_is_named() {
    let folder = tempfile::tempdir().unwrap();
    school(folder.path());
    let file = folder.path().join(alongside_hub::STORE_FILE);
    let mut bytes = std::fs::read(&file).unwrap();
    // What the second line says was written, with nothing of the file's form broken.
    let said = b"version 2: name";
    let at = bytes
        .windows(said.len())
        .position(|window| window == said)
        .unwrap();
    bytes[at..at + said.len()].copy_from_slice(b"version 2: mane");
    std::fs::write(&file, bytes).unwrap();
    let found = hub(folder.path(), &["check", "--json"]);
    assert_eq!(found.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    let problems = found["problems"].to_string();
    assert!(
        problems.contains("line 2 of the log was changed after it was written"),
        "{problems}"
    );
}

#[test]
fn what_is_due_is_listed_before_it_is_destroyed() {
    let folder = tempfile::tempdir().unwrap();
    school(folder.path());
    let listed = json(&hub(folder.path(), &["retention", "--json"]));
    assert_eq!(
        (&listed["records"], &listed["destroyed"]),
        (&0.into(), &Value::Null)
    );
    let destroyed = json(&hub(folder.path(), &["retention", "--destroy", "--json"]));
    assert_eq!(destroyed["destroyed"], 0);
    assert!(done(&hub(folder.path(), &["retention"])).contains("Nothing is due"));
}

#[test]
fn a_database_this_version_does_not_know_is_declined_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let serve = ["serve", "--database", "postgres://hub@127.0.0.1/walks"];
    assert!(refused(&hub(folder.path(), &serve)).contains("SQLite"));
    assert!(!folder.path().join(alongside_hub::STORE_FILE).exists());
}

#[test]
fn ready_made_sign_ins_are_declined_outside_the_demo_and_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    school(folder.path());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--demo-sign-ins"];
    assert!(refused(&hub(folder.path(), &serve)).contains("demo school"));
}

#[cfg(unix)]
#[test]
fn a_hub_without_a_school_prints_how_to_start_one_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let said = line_with(&mut serving.out, "start one with the code");
    assert_eq!(
        said.split_whitespace().last().unwrap().len(),
        "ABCD-EFGH".len()
    );
    assert!(serving.get("/health").contains(r#""status":"ok""#));
    assert!(serving.get("/").contains("<!doctype html>"));

    let second = hub(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(refused(&second).contains("already serves"));

    let process = serving.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &process])
            .status()
            .unwrap()
            .success()
    );
    line_with(&mut serving.out, "Stopped.");
    assert!(serving.child.wait().unwrap().success());
}

#[test]
fn people_can_be_invited_while_the_hub_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let created = school(folder.path());
    let serving = Serving::start(folder.path(), &[]);
    let invited = json(&hub(
        folder.path(),
        &[
            "invite",
            "--json",
            "--person",
            created["person"].as_str().unwrap(),
        ],
    ));
    let link = invited["link"].as_str().unwrap();
    assert!(
        link.starts_with(&serving.address),
        "{link} leads to {}",
        serving.address
    );

    let body = format!(
        r#"{{"code":{},"device":{{"id":"01990000-0000-7000-8000-00000000000a","name":"A tablet"}}}}"#,
        invited["code"]
    );
    let host = serving.address.strip_prefix("http://").unwrap();
    let mut line = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        line,
        "POST /v1/pair HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut text = String::new();
    line.read_to_string(&mut text).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200 ") && text.contains(r#""token":"#),
        "{text}"
    );
}

#[test]
fn a_school_moves_by_its_archive_to_another_hub_and_only_once() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let founded = school(here.path());
    let file = here.path().join("school.json");
    let name = file.to_str().unwrap();
    let made = json(&hub(here.path(), &["archive", name, "--json"]));
    assert!(made["records"].as_u64().unwrap() > 3, "{made}");
    assert!(refused(&hub(here.path(), &["archive", name])).contains("not written over"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "nobody else on the machine reads it");
    }
    let import = ["school", "import", name, "--json"];
    let taken = json(&hub(there.path(), &import));
    assert_eq!(taken["school"], founded["school"]);
    assert_eq!(taken["person"], founded["person"]);
    assert_eq!(
        (&taken["is_new"], &taken["records"]),
        (&Value::Bool(true), &made["records"])
    );
    assert!(done(&hub(there.path(), &["check"])).contains("unbroken"));
    assert_eq!(json(&hub(there.path(), &import))["is_new"], false);
    std::fs::write(here.path().join("other.json"), "{}").unwrap();
    let other = here.path().join("other.json");
    let broken = ["school", "import", other.to_str().unwrap()];
    assert!(refused(&hub(there.path(), &broken)).contains("not an archive"));
}
