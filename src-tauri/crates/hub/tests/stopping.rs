//! The program `alongside-hub` as the system around it sees it: how it stops, what it logs, what it keeps as backups.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use alongside_hub::limits;
use serde_json::{Value, json};

const DEVICE: &str = "01990000-0000-7000-8000-00000000000a";

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alongside-hub"));
    command.args(arguments).arg("--data-dir").arg(folder);
    command
}

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let output = program(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A hub with a school that is being served; killed when dropped.
struct Serving {
    child: Child,
    host: String,
    operators: String,
    log: Option<std::thread::JoinHandle<String>>,
    _out: BufReader<ChildStdout>,
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let school = ["--name", "Thistle School", "--head", "Ida Head", "--json"];
        json_of(folder, &[&["school", "create"][..], &school].concat());
        let serve = ["serve", "--listen", "127.0.0.1:0", "--log", "json"];
        let mut child = program(
            folder,
            &[&serve[..], &["--metrics", "127.0.0.1:0"]].concat(),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        });
        let mut after = |word: &str| {
            let mut line = String::new();
            while !line.contains(word) {
                line.clear();
                assert!(out.read_line(&mut line).unwrap() > 0, "{word}");
            }
            let address = line.split("http://").nth(1).unwrap();
            let end = address.find(['/', '\n']).unwrap_or(address.len());
            address[..end].to_owned()
        };
        let (host, operators) = (after("address"), after("Metrics"));
        Self {
            child,
            host,
            operators,
            log: Some(log),
            _out: out,
        }
    }

    fn connect(&self) -> TcpStream {
        let line = TcpStream::connect(&self.host).unwrap();
        line.set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        line
    }

    fn ask(&self, request: &str) -> String {
        let mut line = self.connect();
        line.write_all(request.as_bytes()).unwrap();
        rest(&mut line)
    }

    /// The token of a device that joins as the head.
    fn token(&self, folder: &Path) -> String {
        let people = json_of(folder, &["people", "--json"]);
        let person = people[0]["id"].as_str().unwrap();
        let invited = json_of(folder, &["invite", "--json", "--person", person]);
        let body =
            json!({ "code": invited["code"], "device": { "id": DEVICE, "name": "A tablet" } });
        let answer = self.ask(&post("/v1/pair", "", &body.to_string()));
        let answer: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([name, &process])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end, which has to come in time and without an error, and returns its log.
    fn ended(mut self, began: Instant) -> String {
        assert!(self.child.wait().unwrap().success());
        let most = limits::STOP_WITHIN + Duration::from_secs(5);
        assert!(began.elapsed() < most, "{:?}", began.elapsed());
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(path: &str, token: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn rest(line: &mut TcpStream) -> String {
    let mut text = String::new();
    line.read_to_string(&mut text).unwrap();
    text
}

/// A sync that pushes one class.
fn push(token: &str) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let stamp = format!("{:013}-0000-00000000000a", now.as_millis());
    let fields = json!({ "name": { "value": "Class 1", "stamp": stamp } });
    let class =
        json!({ "id": "01990000-0000-7000-8000-00000000000c", "kind": "class", "fields": fields });
    post(
        "/v1/sync",
        token,
        &json!({ "records": [class] }).to_string(),
    )
}

fn until(mut fact: impl FnMut() -> bool) {
    let began = Instant::now();
    while !fact() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::yield_now();
    }
}

#[test]
fn a_hub_that_is_asked_to_stop_finishes_what_it_has_begun_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let token = serving.token(folder.path());

    let mut events = serving.connect();
    write!(
        events,
        "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    .unwrap();
    let mut head = [0; 15];
    events.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");

    // A push is under way once the hub has seen its head: it asks for the rest of it.
    let request = push(&token).replace("\r\n\r\n{", "\r\nExpect: 100-continue\r\n\r\n{");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut pushing = serving.connect();
    write!(pushing, "{head}\r\n\r\n").unwrap();
    let mut go_on = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    pushing.read_exact(&mut go_on).unwrap();

    let ready = ["ready", &serving.operators];
    assert!(program(folder.path(), &ready).status().unwrap().success());
    let began = Instant::now();
    serving.signal("-TERM");
    until(|| TcpStream::connect(&serving.host).is_err());
    let mut operators = TcpStream::connect(&serving.operators).unwrap();
    write!(
        operators,
        "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let ready = rest(&mut operators);
    assert!(
        ready.starts_with("HTTP/1.1 503 ") && ready.contains("stopping"),
        "{ready}"
    );
    serving.signal("-TERM");
    // The end of the line of events, after whatever was said on it.
    rest(&mut events);

    pushing.write_all(body.as_bytes()).unwrap();
    let answer = rest(&mut pushing);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains(r#""accepted":["name"]"#), "{answer}");
    serving.ended(began);
    let checked = json_of(folder.path(), &["check", "--json"]);
    assert_eq!(checked["records"]["class"], 1, "what was answered is kept");
}

#[test]
fn a_request_that_does_not_end_does_not_keep_a_hub_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let mut hanging = serving.connect();
    let head = "POST /v1/pair HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\
                Expect: 100-continue\r\n\r\n";
    hanging.write_all(head.as_bytes()).unwrap();
    hanging.read_exact(&mut [0; 12]).unwrap();
    let began = Instant::now();
    serving.signal("-INT");
    serving.ended(began);
}

#[test]
fn each_line_of_the_log_is_an_object_and_none_tells_a_name_a_word_or_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let token = serving.token(folder.path());
    serving.ask(&push(&token));
    serving.ask(&post(
        "/v1/pair",
        "",
        r#"{"code":"WRNG-CDEX","device":{"id":"x","name":"Zypherine"}}"#,
    ));
    serving.ask(&post("/rpc/Zypherine", "Zypherine", "Zypherine"));
    serving
        .ask("GET /Zypherine?Zypherine HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let began = Instant::now();
    serving.signal("-TERM");
    let log = serving.ended(began);

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    for line in &lines {
        for member in ["timestamp", "level", "target", "message"] {
            assert!(line[member].is_string(), "{member} in {line}");
        }
    }
    let synced = lines
        .iter()
        .find(|line| line["route"] == "/v1/sync")
        .unwrap();
    assert_eq!(
        (&synced["status"], &synced["level"]),
        (&json!(200), &json!("INFO"))
    );
    assert!(synced["milliseconds"].is_u64(), "{synced}");
    for word in [
        "Ida",
        "Thistle",
        "Zypherine",
        "A tablet",
        "Class 1",
        "WRNG",
        &token,
    ] {
        assert!(!log.contains(word), "{word} in\n{log}");
    }
}

#[test]
fn backups_of_a_folder_are_named_by_their_time_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let backups = folder.path().join("backups");
    let into = ["backup", "--into", backups.to_str().unwrap(), "--keep", "2"];
    for _ in 0..3 {
        assert!(program(folder.path(), &into).status().unwrap().success());
        std::fs::write(backups.join("mine.txt"), "").unwrap();
    }
    let mut names: Vec<_> = std::fs::read_dir(&backups)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(
        names[0].starts_with("hub-2") && names[1] > names[0] && names[2] == "mine.txt",
        "{names:?}"
    );
    let mut operators = TcpStream::connect(&serving.operators).unwrap();
    write!(
        operators,
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let told = rest(&mut operators);
    let at = told
        .lines()
        .find_map(|line| line.strip_prefix("alongside_last_backup_timestamp_seconds "))
        .unwrap_or_else(|| panic!("{told}"));
    assert!(at.parse::<u64>().unwrap() > 1_700_000_000, "{at}");
}
