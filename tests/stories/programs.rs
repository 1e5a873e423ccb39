//! The hub as people run it: its commands, its backups, its log, and its sudden death.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use alongside_domain::{DeviceId, Stamp};
use alongside_sync::wire::PairDevice;
use alongside_sync::{Exchange as _, HttpHub, PairRequest};
use alongside_tests::{http, id, program, until};
use serde_json::{Value, json};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program("alongside-hub"))
        .args(arguments)
        .env("ALONGSIDE_HUB_DATA_DIR", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// What a command prints, where it has to work.
#[track_caller]
fn says(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn says_json(folder: &Path, arguments: &[&str]) -> Value {
    let text = says(folder, arguments);
    assert_eq!(
        text.trim_end().lines().count(),
        1,
        "one line of JSON: {text}"
    );
    serde_json::from_str(&text).unwrap()
}

/// What a command that has to fail says to people.
#[track_caller]
fn refuses(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} worked");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!told.contains("panicked"), "{told}");
    told
}

fn school(folder: &Path) -> Value {
    says_json(
        folder,
        &[
            "school",
            "create",
            "--name",
            "Underhill School",
            "--head",
            "Hesper Quill",
            "--json",
        ],
    )
}

#[test]
fn every_command_has_help_that_reads() {
    let folder = tempfile::tempdir().unwrap();
    let whole = says(folder.path(), &["--help"]);
    for command in [
        "serve", "school", "people", "invite", "demo", "check", "backup", "restore",
    ] {
        assert!(whole.contains(command), "{command} is missing");
        let help = says(folder.path(), &[command, "--help"]);
        assert!(help.contains("Usage: alongside-hub"), "{help}");
        let first = help.lines().next().unwrap();
        assert!(
            first.split_whitespace().count() >= 3,
            "{command} says only: {first}"
        );
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{command} is too wide"
        );
    }
    for command in ["people", "invite", "check"] {
        assert!(says(folder.path(), &[command, "--help"]).contains("--json"));
    }
    assert!(says(folder.path(), &["--version"]).starts_with("alongside-hub "));
}

#[test]
fn what_another_program_reads_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let created = school(folder);
    let people = says_json(folder, &["people", "--json"]);
    assert_eq!(people[0]["name"], "Hesper Quill");
    assert_eq!(people[0]["roles"], json!(["head"]));
    let head = people[0]["id"].as_str().unwrap();
    let invite = says_json(folder, &["invite", "--person", head, "--json"]);
    assert_eq!(invite["person"], head);
    let code = invite["code"].as_str().unwrap();
    assert!(invite["link"].as_str().unwrap().contains(code));
    assert_ne!(invite["code"], created["code"]);
    let check = says_json(folder, &["check", "--json"]);
    assert_eq!(check["is_whole"], true);
    assert_eq!(check["problems"], json!([]));
    assert_eq!(check["records"]["person"], 1);

    // For people, the same in words.
    assert!(says(folder, &["people"]).contains("Hesper Quill"));
    assert!(says(folder, &["invite", "--person", head]).contains("code"));
    assert!(says(folder, &["check"]).contains("Everything is as it was written."));
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path();
    for command in ["people", "check"] {
        assert!(
            refuses(empty, &[command]).contains("school create"),
            "{command}"
        );
    }
    school(empty);
    let twice = refuses(
        empty,
        &[
            "school", "create", "--name", "Another", "--head", "Somebody",
        ],
    );
    assert!(twice.contains("There is a school here already"), "{twice}");
    let nobody = id(1).to_string();
    assert!(refuses(empty, &["invite", "--person", &nobody]).contains("person"));
    assert!(refuses(empty, &["serve", "--database", "postgres://localhost/x"]).contains("SQLite"));
    let note = empty.join("note.txt");
    std::fs::write(&note, "not a backup").unwrap();
    let target = tempfile::tempdir().unwrap();
    let told = refuses(target.path(), &["restore", note.to_str().unwrap()]);
    assert!(told.contains("damaged") || told.contains("not"), "{told}");
    assert!(refuses(empty, &["backup", note.to_str().unwrap()]).contains("is there already"));
    assert_eq!(std::fs::read_to_string(&note).unwrap(), "not a backup");
}

#[test]
fn a_backup_is_read_back_and_restores_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    school(&from);
    let copy = folder.path().join("copy.sqlite");
    assert!(says(&from, &["backup", copy.to_str().unwrap()]).contains("was read back"));
    says(&to, &["restore", copy.to_str().unwrap()]);
    let check = |folder| says_json(folder, &["check", "--json"]);
    assert_eq!(check(&from), check(&to));
    assert_eq!(says(&from, &["people"]), says(&to, &["people"]));
    let again = refuses(&to, &["restore", copy.to_str().unwrap()]);
    assert!(
        again.contains("there") || again.contains("holds"),
        "{again}"
    );

    // A copy that is cut short is not taken for a whole one.
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &whole[..whole.len() - 4096]).unwrap();
    refuses(
        &folder.path().join("third"),
        &["restore", copy.to_str().unwrap()],
    );
}

#[test]
fn check_names_the_line_of_the_log_that_was_tampered_with() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    school(folder);
    let file = folder.join(alongside_hub::STORE_FILE);
    let tamper = |sql: &str| {
        let conn = rusqlite::Connection::open(&file).unwrap();
        assert_eq!(conn.execute(sql, []).unwrap(), 1);
    };
    let problem = || {
        let output = run(folder, &["check", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(found["is_whole"], false);
        found["problems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    tamper("UPDATE log SET detail = detail || '!' WHERE seq = 2");
    assert!(
        problem()
            .iter()
            .any(|one| one.contains("line 2 of the log was changed"))
    );
    tamper("UPDATE log SET detail = rtrim(detail, '!') WHERE seq = 2");
    assert!(says(folder, &["check"]).contains("unbroken chain"));
    tamper("DELETE FROM log WHERE seq = 3");
    assert!(
        problem()
            .iter()
            .any(|one| one.contains("line 3 of the log is missing"))
    );
}

/// A hub that is being served, until it is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(program("alongside-hub"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("ALONGSIDE_HUB_DATA_DIR", folder)
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines
                .next()
                .expect("the hub ended before it listened")
                .unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().parse().unwrap();
            }
        };
        // What it says later is nobody's business here, but somebody has to read it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Ends it as a power cut would.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn pair(served: &Served, code: &str, device: DeviceId) -> String {
    let door = HttpHub::new(served.address.to_string().parse().unwrap(), None, None).unwrap();
    let request = PairRequest {
        code: code.to_owned(),
        device: PairDevice {
            id: device,
            name: "Tablet".into(),
        },
        school: None,
    };
    door.pair(&request).await.unwrap().token
}

/// A push of one room, by its number.
fn room(number: u128, device: DeviceId) -> Value {
    let now = alongside_sync::Wall::now_ms(&alongside_sync::SystemWall);
    let stamp = Stamp::new(now, u16::try_from(number % 65_536).unwrap(), device.tail());
    let field = |value: Value| json!({ "value": value, "stamp": stamp.to_string() });
    json!({ "records": [{
        "id": id(50_000 + number), "kind": "room",
        "fields": { "name": field(json!(format!("Room {number}"))), "route": field(json!(1)) },
    }] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_kill_9_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let created = school(folder.path());
    let device = DeviceId::from_uuid(id(8_041));
    let mut served = Served::start(folder.path());
    let token = pair(&served, created["code"].as_str().unwrap(), device).await;
    let acknowledged = Arc::new(std::sync::Mutex::new(BTreeMap::new()));
    let next = Arc::new(AtomicUsize::new(0));
    for round in 1..=3 {
        let is_over = Arc::new(AtomicBool::new(false));
        let address = served.address;
        let pushers: Vec<_> = (0..8)
            .map(|_| {
                let (token, next) = (token.clone(), Arc::clone(&next));
                let (is_over, acknowledged) = (Arc::clone(&is_over), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    let client = http();
                    while !is_over.load(Ordering::SeqCst) {
                        let number = next.fetch_add(1, Ordering::SeqCst) as u128;
                        let push = client
                            .post(format!("http://{address}/v1/sync"))
                            .bearer_auth(&token)
                            .header("content-type", "application/json")
                            .body(room(number, device).to_string());
                        let Ok(answer) = push.send().await else {
                            return;
                        };
                        let Ok(answer) = answer.json::<Value>().await else {
                            return;
                        };
                        assert_eq!(
                            answer["results"][0]["accepted"],
                            json!(["name", "route"]),
                            "{answer}"
                        );
                        acknowledged
                            .lock()
                            .unwrap()
                            .insert(id(50_000 + number).to_string(), number);
                    }
                })
            })
            .collect();
        until("enough pushes to be under load", async || {
            (acknowledged.lock().unwrap().len() > 60 * round).then_some(())
        })
        .await;
        served.kill();
        is_over.store(true, Ordering::SeqCst);
        for pusher in pushers {
            pusher.await.unwrap();
        }
        let check = says_json(folder.path(), &["check", "--json"]);
        assert_eq!(check["problems"], json!([]));

        served = Served::start(folder.path());
        let (mut after, mut there) = (0, BTreeMap::new());
        loop {
            let answer: Value = http()
                .post(format!("http://{}/v1/sync", served.address))
                .bearer_auth(&token)
                .header("content-type", "application/json")
                .body(json!({ "after": after }).to_string())
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            for record in answer["records"].as_array().unwrap() {
                there.insert(
                    record["id"].as_str().unwrap().to_owned(),
                    record["fields"].clone(),
                );
            }
            after = answer["cursor"].as_u64().unwrap();
            if answer["more"] == false {
                break;
            }
        }
        // The device that asks wrote all of it, and is sent it all the same: it asks from the start.
        for (room, number) in acknowledged.lock().unwrap().iter() {
            let fields = there
                .get(room)
                .unwrap_or_else(|| panic!("room {number} is gone"));
            assert_eq!(fields["name"]["value"], format!("Room {number}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_work_while_the_hub_is_served_and_two_hubs_never_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let created = school(folder.path());
    let served = Served::start(folder.path());
    let told = refuses(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(told.contains("already serves"), "{told}");
    let people = says_json(folder.path(), &["people", "--json"]);
    let head = people[0]["id"].as_str().unwrap().to_owned();
    let invite = says_json(folder.path(), &["invite", "--person", &head, "--json"]);
    let link = invite["link"].as_str().unwrap();
    assert!(
        link.starts_with(&format!("http://{}", served.address)),
        "{link}"
    );
    assert_ne!(created["code"], invite["code"]);
    let token = pair(
        &served,
        invite["code"].as_str().unwrap(),
        DeviceId::from_uuid(id(8_051)),
    )
    .await;
    assert!(!token.is_empty());
    let copy = folder.path().join("while-served.sqlite");
    says(folder.path(), &["backup", copy.to_str().unwrap()]);
    assert_eq!(
        says_json(folder.path(), &["check", "--json"])["is_whole"],
        true
    );
    assert_eq!(served.address.ip().to_string(), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_school_is_whole_and_loading_it_twice_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let people = says_json(folder.path(), &["demo", "--json"]);
    for person in ["observer", "teacher", "leader"] {
        assert!(people[person].is_string(), "{people}");
    }
    let before = says_json(folder.path(), &["check", "--json"]);
    assert_eq!(before["problems"], json!([]));
    assert!(before["records"]["class"].as_u64().unwrap() >= 12);
    assert!(before["records"]["observation"].as_u64().unwrap() > 10);
    assert_eq!(says_json(folder.path(), &["demo", "--json"]), people);
    assert_eq!(says_json(folder.path(), &["check", "--json"]), before);

    // Every person of the demo can be let in, and has a screen of their own.
    let served = Served::start(folder.path());
    for (role, command) in [
        ("observer", "day_list"),
        ("teacher", "record_list"),
        ("leader", "walk_list"),
    ] {
        let person = people[role].as_str().unwrap();
        let invite = says_json(folder.path(), &["invite", "--person", person, "--json"]);
        let device = DeviceId::from_uuid(uuid::Uuid::now_v7());
        let token = pair(&served, invite["code"].as_str().unwrap(), device).await;
        let answer = http()
            .post(format!("http://{}/rpc/{command}", served.address))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body("{}")
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{role}");
        let screen: Value = answer.json().await.unwrap();
        let list = match role {
            "observer" => &screen["visits"],
            "teacher" => &screen["records"],
            _ => &screen,
        };
        assert!(!list.as_array().unwrap().is_empty(), "{role}: {screen}");
    }
}
