//! The hunt for a marker: words that are found nowhere else stand in names, comments, codes, tokens and cookies; then a day
//! goes by with every log open, errors are provoked by every door, and whatever was written outside the school's own store
//! is searched for them: logs, request lines, error texts, file names, the arguments of programs.
//!
//! Exceptions, each with its reason:
//! - an answer may say words to who sent them in that same request: they read their own;
//! - `alongside-hub serve` says at its start which school it serves: the school's own name, and no person's;
//! - `alongside-hub people` prints names and `alongside-hub invite` a code, to whoever keeps the hub and asked for it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use alongside_tests::{
    Cast, Device, Outsider, RunningHub, School, free_port, http, id, program, until,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::story::{finish, observe, write};

const NAME: &str = "Zqnamequillon";
const WORDS: &str = "Zqwordsmarrow";
const SCHOOL: &str = "Thistlefield School";
const DEVICE: &str = "Zqdeviceplover";
const CODE: &str = "ZQCD-ZQ99";
const PATH: &str = "zqpathtamarisk";

/// Everything that was seeded, in every spelling in which it could be met.
fn spellings(markers: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for marker in markers {
        all.push(marker.to_lowercase());
        let bare: String = marker.chars().filter(char::is_ascii_alphanumeric).collect();
        all.push(bare.to_lowercase());
    }
    all.retain(|one| one.len() >= 6);
    all.sort();
    all.dedup();
    all
}

/// Fails where a text has a marker in it, and says around it what it is.
fn has_none(text: &str, markers: &[String], what: &str) {
    let low = text.to_lowercase();
    for marker in spellings(markers) {
        if let Some(at) = low.find(&marker) {
            let around: String = low.chars().skip(at.saturating_sub(200)).take(500).collect();
            panic!("{what} says {marker}: {around}");
        }
    }
}

/// A log that everything is written to.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A way to the hub that keeps the head of every request, as a proxy's log would.
async fn listening_to(hub: SocketAddr) -> (SocketAddr, Log) {
    let heads = Log::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kept = heads.clone();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let mut kept = kept.clone();
            tokio::spawn(async move {
                let mut to = tokio::net::TcpStream::connect(hub).await.unwrap();
                let mut buffer = vec![0; 64 * 1024];
                let (mut from_read, mut from_write) = from.split();
                let (mut to_read, mut to_write) = to.split();
                let there = async {
                    while let Ok(count) = from_read.read(&mut buffer).await {
                        if count == 0 {
                            break;
                        }
                        // Request lines only: a body is not written down by any proxy.
                        for line in String::from_utf8_lossy(&buffer[..count]).lines() {
                            if line.ends_with("HTTP/1.1") {
                                writeln!(kept, "{line}").unwrap();
                            }
                        }
                        if to_write.write_all(&buffer[..count]).await.is_err() {
                            break;
                        }
                    }
                };
                let back = tokio::io::copy(&mut to_read, &mut from_write);
                tokio::select! { () = there => {}, _ = back => {} }
            });
        }
    });
    (address, heads)
}

/// People and things with marked names.
fn mark(hub: &RunningHub) {
    for (person, name, roles) in [
        (Cast::ANSA, format!("Ansa {NAME}"), "governor"),
        (Cast::TEACHER, format!("Tilde {NAME}"), "teacher"),
    ] {
        let asked = json!({ "person": person, "name": name, "roles": [roles], "is_active": true });
        hub.lead("person_put", asked);
    }
    let room =
        json!({ "room": Cast::ROOM, "name": format!("Room {NAME}"), "place": WORDS, "route": 4 });
    hub.lead("room_put", room);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_people_say_or_hold_is_in_the_logs_or_request_lines_of_a_day() {
    let log = Log::default();
    let written = log.clone();
    let all = tracing_subscriber::fmt()
        // As the programs open it at its widest.
        .with_env_filter("trace,tower_http=off")
        .with_ansi(false)
        .with_writer(move || written.clone())
        .finish();
    tracing_subscriber::util::SubscriberInitExt::try_init(all).unwrap();

    let hub = School::on_the_day().await;
    mark(&hub);
    let (way, heads) = listening_to(hub.address()).await;
    let mut markers: Vec<String> = [NAME, WORDS, CODE, PATH].map(str::to_owned).into();
    let mut devices = Vec::new();
    for person in [Cast::ANSA, Cast::BRAM, Cast::LEADER, Cast::TEACHER] {
        let device = Device::join_at(&hub, person, way, hub.clock.skewed(0)).await;
        device.sync().await;
        markers.push(device.token());
        devices.push(device);
    }
    let [ansa, bram, leader, teacher] = &devices[..] else {
        unreachable!()
    };
    for device in [ansa, bram] {
        observe(device, "seen", WORDS);
        write(device, json!({ "what": "overall", "text": WORDS }));
        finish(device);
        device.sync().await;
    }
    leader.sync().await;
    leader.tap(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": true }),
    );
    leader.sync().await;
    teacher.sync().await;
    let edit = json!({ "what": "overall", "text": WORDS });
    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    );
    teacher.tap("response_send", json!({ "visit": Cast::VISIT }));
    teacher.tap(
        "concern_raise",
        json!({ "text": WORDS, "with_line_manager": false }),
    );
    teacher.tap("search_find", json!({ "words": WORDS, "kinds": [] }));
    teacher.sync().await;

    // What goes wrong, by every door and on the devices themselves.
    let wrong = Outsider::on(&hub, ansa);
    let late = wrong.record(
        &hub,
        Cast::of_bram(),
        "observation",
        &[("overall", json!(WORDS))],
    );
    let strange = wrong.record(&hub, id(7_701), WORDS, &[(WORDS, json!(WORDS))]);
    let odd = wrong.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[("pupils", json!(WORDS)), ("marks.aids", json!(WORDS))],
    );
    let answer = wrong.push(&[late, strange, odd]).await;
    let refusals = answer.body["results"].to_string();
    assert!(refusals.contains("refused"));
    for (path, body) in [
        ("/v1/sync", format!("{{\"records\": \"{WORDS}\"")),
        ("/v1/sync", format!("{{\"after\": \"{WORDS}\"}}")),
        ("/rpc/visit_get", format!("{{\"visit\": \"{WORDS}\"}}")),
        (
            "/rpc/person_put",
            format!("{{\"person\": null, \"name\": \"{NAME}\", \"roles\": [\"{WORDS}\"]}}"),
        ),
        (
            "/v1/pair",
            json!({ "code": CODE, "device": { "id": id(7_702), "name": NAME } }).to_string(),
        ),
        (
            "/rpc/device_join",
            json!({ "address": null, "code": CODE, "device": NAME }).to_string(),
        ),
        ("/rpc/zqpathtamarisk", WORDS.to_owned()),
        ("/zqpathtamarisk?code=ZQCD-ZQ99", WORDS.to_owned()),
    ] {
        let json = [
            ("content-type", "application/json"),
            ("user-agent", WORDS),
            ("referer", WORDS),
            ("x-forwarded-for", WORDS),
        ];
        let answer = wrong.post_raw(path, &json, body.into_bytes()).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
        // An answer says no more of others than the words that came with the question.
        has_none(
            &answer.body.to_string(),
            std::slice::from_ref(&wrong.token),
            path,
        );
    }
    for (command, request) in [
        ("visit_start", json!({ "visit": id(7_703) })),
        (
            "record_share",
            json!({ "visit": Cast::VISIT, "talked": false }),
        ),
        (
            "concern_answer",
            json!({ "concern": Cast::VISIT, "answer": WORDS }),
        ),
        (
            "report_write",
            json!({ "walk": Cast::WALK, "edit": { "what": "changes", "text": NAME } }),
        ),
        (
            "import_apply",
            json!({ "list": "people", "text": format!("{NAME}\tJuggler\t{WORDS}") }),
        ),
        ("template_import", json!({ "file": WORDS, "name": NAME })),
    ] {
        // On the device of somebody who may, and of somebody who may not.
        let said: Vec<_> = [ansa, leader]
            .iter()
            .filter_map(|device| device.call(command, request.clone()).err())
            .collect();
        for error in said {
            let is_of_what_was_sent = request.to_string().contains(NAME);
            if !is_of_what_was_sent {
                has_none(&error.to_string(), &[NAME.to_owned()], command);
            }
        }
    }
    for device in &devices {
        // No network, a hub in its place that is none, and a token that is worth nothing.
        drop(device.try_sync().await);
    }
    let gone = Device::join_at(&hub, Cast::SUPPORT, way, hub.clock.skewed(0)).await;
    markers.push(gone.token());
    hub.lead(
        "person_put",
        json!({ "person": Cast::SUPPORT, "name": NAME, "roles": ["support"], "is_active": false }),
    );
    let turned_away = gone.try_sync().await.unwrap_err();
    has_none(
        &format!("{turned_away} {turned_away:?}"),
        &markers,
        "being turned away",
    );
    let codes: Vec<String> = [Cast::ANSA, Cast::BRAM]
        .iter()
        .map(|person| hub.desk().code_for(*person).unwrap().code)
        .collect();
    markers.extend(codes);
    let hub = hub.restart().await;
    assert_eq!(hub.desk().store().check().unwrap(), Vec::<String>::new());

    let text = log.text();
    assert!(
        text.lines().count() > 200,
        "the log was open: {}",
        text.lines().count()
    );
    assert!(
        text.contains("TRACE") && text.contains("answered"),
        "at its widest"
    );
    has_none(&text, &markers, "the log");
    let lines = heads.text();
    assert!(lines.lines().count() > 10, "{lines}");
    has_none(&lines, &markers, "a request line");
    for folder in [hub.folder(), ansa.folder()] {
        has_none(&names_in(folder), &markers, "a file's name");
    }
}

/// The names of all files of a folder.
fn names_in(folder: &Path) -> String {
    let mut names = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        names.push_str(&format!(
            "{}\n",
            path.file_name().unwrap().to_string_lossy()
        ));
        if path.is_dir() {
            names.push_str(&names_in(&path));
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hubs_program_says_nothing_of_anybody_in_its_logs_arguments_and_files() {
    let folder = tempfile::tempdir().unwrap();
    let says = |arguments: &[&str]| -> Value {
        let output = Command::new(program("alongside-hub"))
            .args(arguments)
            .env("ALONGSIDE_HUB_DATA_DIR", folder.path())
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let head = format!("Hesper {NAME}");
    says(&[
        "school", "create", "--name", SCHOOL, "--head", &head, "--json",
    ]);
    let people = says(&["people", "--json"]);
    let person = people[0]["id"].as_str().unwrap().to_owned();
    let code = says(&["invite", "--person", &person, "--json"])["code"]
        .as_str()
        .unwrap()
        .to_owned();

    let log = folder.path().join("everything.log");
    let listen = format!("127.0.0.1:{}", free_port());
    let file = std::fs::File::create(&log).unwrap();
    let mut child = Command::new(program("alongside-hub"))
        .args(["serve", "--listen", &listen, "--data-dir"])
        .arg(folder.path())
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file)
        .spawn()
        .unwrap();
    let client = http();
    let base = format!("http://{listen}");
    until("the hub answers", async || {
        client.get(format!("{base}/health")).send().await.ok()
    })
    .await;

    let post = async |path: &str, token: &str, body: String| {
        let request = client
            .post(format!("{base}{path}"))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body);
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    let pair = json!({ "code": code, "device": { "id": id(7_801), "name": DEVICE } }).to_string();
    let (status, paired) = post("/v1/pair", "none", pair.clone()).await;
    assert_eq!(status, 200, "{paired}");
    let token = paired["token"].as_str().unwrap().to_owned();
    // The code again, other codes, and words in place of everything.
    for (path, key, body) in [
        ("/v1/pair", "none", pair),
        ("/v1/pair", "none", json!({ "code": CODE, "device": { "id": id(7_802), "name": DEVICE } }).to_string()),
        ("/v1/sync", WORDS, "{}".into()),
        ("/v1/sync", token.as_str(), format!("{{\"records\": [{{\"id\": \"{WORDS}\"}}]}}")),
        ("/v1/sync", token.as_str(), format!("{WORDS} {{")),
        ("/rpc/room_put", token.as_str(), json!({ "room": null, "name": NAME, "place": WORDS, "route": 1 }).to_string()),
        ("/rpc/room_put", token.as_str(), json!({ "room": null, "name": "", "place": WORDS, "route": WORDS }).to_string()),
        ("/rpc/person_put", token.as_str(), json!({ "person": null, "name": NAME, "roles": ["teacher"], "line_manager": null, "is_active": true }).to_string()),
        ("/rpc/zqpathtamarisk", token.as_str(), WORDS.into()),
        ("/zqpathtamarisk", token.as_str(), WORDS.into()),
        ("/rpc/search_find", token.as_str(), json!({ "words": NAME, "kinds": [] }).to_string()),
        ("/rpc/held_take", token.as_str(), json!({ "format": "html" }).to_string()),
        ("/rpc/archive_make", token.as_str(), "{}".into()),
        ("/rpc/device_list", token.as_str(), "{}".into()),
    ] {
        let (status, said) = post(path, key, body).await;
        assert!(status < 500, "{path}: {said}");
    }
    let arguments = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
    // Killed in the middle, and started again over what lies there.
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = std::fs::read_to_string(&log).unwrap();
    assert!(kept.contains("DEBUG"), "the log was open: {kept}");
    assert!(kept.contains("answered"), "{kept}");

    let markers: Vec<String> = [
        NAME,
        WORDS,
        DEVICE,
        CODE,
        PATH,
        code.as_str(),
        token.as_str(),
    ]
    .map(str::to_owned)
    .into();
    has_none(&kept, &markers, "the hub's log");
    has_none(
        &String::from_utf8_lossy(&arguments),
        &markers,
        "the hub's arguments",
    );
    has_none(&names_in(folder.path()), &markers, "a file's name");
    let check = says(&["check", "--json"]);
    has_none(&check.to_string(), &markers, "what a check says");
    // A store that is damaged is spoken of without a word of what is in it.
    let store = folder.path().join("hub.sqlite");
    std::fs::write(&store, format!("{WORDS} {NAME}").repeat(500)).unwrap();
    for command in ["check", "people", "serve"] {
        let output = Command::new(program("alongside-hub"))
            .args([command, "--data-dir"])
            .arg(folder.path())
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{command}");
        let told = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        has_none(&told, &markers, command);
        assert!(!told.contains("panicked"), "{command}: {told}");
    }
}
