//! What no client should send and no disk should do: each is refused or set aside in words, and nothing else is lost.

use std::io::{Seek as _, SeekFrom, Write as _};

use alongside_api::Code;
use alongside_domain::{Field, Kind, RecordId, Stamp};
use alongside_store::sqlite::{Aside, SqliteStore, rescue, set_aside_file};
use alongside_store::{Kept, Store as _, StoreError, StoreKey};
use alongside_sync::{SyncError, wire};
use alongside_tests::{Answered, Cast, Device, Outsider, RunningHub, School, id};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::story::{observe, write};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A hub, and a client with a begun observation.
async fn begun() -> (RunningHub, Device, Outsider) {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    device.sync().await;
    observe(&device, "seen", "Before");
    device.sync().await;
    let client = Outsider::on(&hub, &device);
    (hub, device, client)
}

/// The hub is as well as before, and takes what comes next.
async fn is_well(hub: &RunningHub, client: &Outsider) {
    let good = client.record(
        hub,
        Cast::of_ansa(),
        "observation",
        &[("overall", json!("After"))],
    );
    assert_eq!(client.push(&[good]).await.accepted(0), ["overall"]);
    assert_eq!(hub.desk().store().check().unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_the_wrong_type_are_refused_one_by_one() {
    let (hub, _device, client) = begun().await;
    let wrong = [
        ("marks.aids", json!(true)),
        ("marks.zones", json!(["seen"])),
        ("comments.communication", json!({ "text": "no" })),
        ("finished_at", json!("yesterday")),
        ("pupils", json!(12.5)),
        ("pupils_note", json!("\u{0}")),
        ("went_well.w2", json!(7)),
        ("overall", json!("x".repeat(8_001))),
    ];
    let record = client.record(&hub, Cast::of_ansa(), "observation", &wrong);
    let good = client.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[("marks.time", json!("seen"))],
    );
    let answer = client.push(&[record, good]).await;
    for (name, _) in &wrong {
        assert_eq!(answer.refused(0, name), "wrong_value", "{name}");
    }
    assert_eq!(answer.accepted(1), ["marks.time"]);
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_fields_and_records_are_refused_alone() {
    let (hub, _device, client) = begun().await;
    let stamp = client.stamp(&hub);
    let records = json!([
        { "id": Cast::of_ansa(), "kind": "observation", "fields": {
            "marks.a": { "value": "seen" },
            "marks.b": { "value": "seen", "stamp": "soon" },
            "marks.c": "seen",
            "marks.time": { "value": "seen", "stamp": stamp },
        } },
        { "id": id(6_101), "fields": {} },
        { "id": id(6_102), "kind": 7, "fields": {} },
        { "id": id(6_103), "kind": "class", "fields": [] },
        { "id": Cast::of_ansa(), "kind": "observation", "fields": {
            "": { "value": 1, "stamp": client.stamp(&hub) },
            "a\nb": { "value": 1, "stamp": client.stamp(&hub) },
            "long": { "value": 1, "stamp": client.stamp(&hub) },
        } },
    ]);
    let mut records = records.as_array().unwrap().clone();
    let long = "n".repeat(wire::FIELD_NAME_LIMIT + 1);
    let fields = records[4]["fields"].as_object_mut().unwrap();
    let field = fields.remove("long").unwrap();
    fields.insert(long.clone(), field);
    let answer = client.push(&records).await;
    for name in ["marks.a", "marks.b", "marks.c"] {
        assert_eq!(answer.refused(0, name), "wrong_value");
    }
    assert_eq!(answer.accepted(0), ["marks.time"]);
    for place in 1..=3 {
        assert_eq!(answer.refused(place, ""), "wrong_value");
    }
    for name in ["", "a\nb", &long] {
        assert_eq!(answer.refused(4, name), "wrong_name");
    }
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_too_large_is_refused_alone() {
    let (hub, _device, client) = begun().await;
    let fields = [
        ("later.note", json!("x".repeat(wire::VALUE_LIMIT))),
        ("later.small", json!("x".repeat(wire::VALUE_LIMIT - 2))),
    ];
    let answer = client
        .push(&[client.record(&hub, Cast::of_ansa(), "observation", &fields)])
        .await;
    assert_eq!(answer.refused(0, "later.note"), "value_too_large");
    assert_eq!(answer.accepted(0), ["later.small"]);
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_too_large_is_answered_and_the_engine_sends_less() {
    let (hub, device, client) = begun().await;
    let large = vec![b' '; wire::BODY_LIMIT + 1];
    let answer = client.post_raw("/v1/sync", &[JSON], large).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );

    let bomb = zstd::bulk::compress(&vec![b' '; 64 * wire::BODY_LIMIT], 3).unwrap();
    let answer = client
        .post_raw("/v1/sync", &[JSON, ("content-encoding", "zstd")], bomb)
        .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );

    let many: Vec<Value> = (0..=wire::RECORDS_LIMIT as u128)
        .map(|n| json!({ "id": id(60_000 + n), "kind": "class", "fields": {} }))
        .collect();
    let answer = client.push(&many).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too_large")
    );

    // More than one call may carry waits on the device: it goes in several.
    let mut writer = device.store().write().unwrap();
    for n in 0..120 {
        let field = Field {
            value: json!("y".repeat(60_000)),
            stamp: device.desk.clock().tick(),
        };
        let name = format!("later.note{n}");
        writer
            .put(
                Cast::of_ansa().into(),
                &Kind::Observation,
                &name,
                &field,
                Kept::Waiting,
            )
            .unwrap();
    }
    writer.commit().unwrap();
    let summary = device.sync().await;
    assert!(summary.requests >= 2, "{summary:?}");
    assert_eq!((device.waiting(), device.set_aside().len()), (0, 0));
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_sync_is_refused_as_a_whole_in_words() {
    let (hub, _device, client) = begun().await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let deep_value = format!(
        r#"{{"records":[{{"id":"{}","kind":"observation","fields":{{"later.x":{{"value":{deep},"stamp":"{}"}}}}}}]}}"#,
        Cast::of_ansa(),
        client.stamp(&hub)
    );
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"nonsense".to_vec(),
        vec![0xff, 0xfe, 0x00],
        br#"{"after":-1}"#.to_vec(),
        br#"{"after":"1"}"#.to_vec(),
        br#"{"records":{}}"#.to_vec(),
        br#"{"records":[7]}"#.to_vec(),
        br#"{"records":[{"id":"visit","kind":"visit","fields":{}}]}"#.to_vec(),
        deep.into_bytes(),
        deep_value.into_bytes(),
    ];
    for body in bodies {
        let told = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = client.post_raw("/v1/sync", &[JSON], body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "bad_request"),
            "{told}"
        );
    }
    for (path, body) in [
        ("/v1/pair", json!({ "code": 7 })),
        (
            "/v1/pair",
            json!({ "code": "ABCD-EFGH", "device": { "id": "tablet", "name": "" } }),
        ),
        ("/rpc/visit_start", json!({ "visit": "today" })),
        ("/rpc/visit_start", json!([])),
        (
            "/rpc/observation_write",
            json!({ "visit": Cast::VISIT, "edit": { "what": "erase" } }),
        ),
        (
            "/rpc/observation_write",
            json!({ "visit": Cast::VISIT, "edit": { "what": "mark", "criterion": "../aids" } }),
        ),
    ] {
        let answer = client.post(path, &body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::BAD_REQUEST, "bad_request"),
            "{path} {body}"
        );
    }
    for command in ["visit_erase", "..", "%00", "observation_write%2f"] {
        let answer = client.rpc(command, json!({})).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{command}");
        assert!(["unknown_command", "not_found"].contains(&answer.code()));
    }
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_encoding_or_content_is_refused_in_words() {
    let (hub, _device, client) = begun().await;
    let body = || json!({ "after": 0 }).to_string().into_bytes();
    type Case<'a> = (&'a [(&'a str, &'a str)], Vec<u8>, StatusCode);
    let cases: [Case<'_>; 6] = [
        (
            &[("content-type", "text/plain")],
            body(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (&[], body(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            &[JSON, ("content-encoding", "br")],
            body(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            &[JSON, ("content-encoding", "gzip, zstd")],
            body(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            &[JSON, ("content-encoding", "zstd")],
            body(),
            StatusCode::BAD_REQUEST,
        ),
        (
            &[JSON, ("content-encoding", "gzip")],
            body(),
            StatusCode::BAD_REQUEST,
        ),
    ];
    for (headers, body, status) in cases {
        let answer = client.post_raw("/v1/sync", headers, body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, "bad_request"),
            "{headers:?}"
        );
    }
    let mut cut = zstd::bulk::compress(&body(), 3).unwrap();
    cut.truncate(cut.len() - 3);
    let answer = client
        .post_raw("/v1/sync", &[JSON, ("content-encoding", "zstd")], cut)
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_ids_find_nothing_and_say_so() {
    let (hub, _device, client) = begun().await;
    let nowhere = json!({ "visit": id(6_201) });
    for command in ["visit_get", "visit_start", "visit_finish", "record_get"] {
        let answer = client.rpc(command, nowhere.clone()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, "not_found"),
            "{command}"
        );
    }
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for (command, asked) in [
        ("walk_get", json!({ "walk": id(6_202) })),
        ("notice_give", json!({ "walk": id(6_202) })),
        (
            "record_share",
            json!({ "visit": id(6_201), "talked": false }),
        ),
        ("visit_cancel", nowhere),
        ("template_get", json!({ "template": id(6_203) })),
        (
            "device_invite",
            json!({ "person": id(6_204), "address": "http://127.0.0.1" }),
        ),
    ] {
        let answer = leader.rpc(command, asked).await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, "not_found"),
            "{command}"
        );
    }
    let fields = [("walk", json!(id(6_202))), ("class", json!(Cast::HERON))];
    let answer = leader
        .push(&[leader.record(&hub, id(6_205), "visit", &fields)])
        .await;
    assert_eq!(answer.refused(0, "walk"), "unknown_id");
    is_well(&hub, &client).await;
}

/// What a hub would never answer, answered by something in its place.
async fn impostor(answer: &'static str) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_page_in_the_hubs_place_harms_nothing() {
    let (_hub, device, _client) = begun().await;
    write(&device, json!({ "what": "overall", "text": "Still here" }));
    let before = device.get(Cast::of_ansa());
    let time = "\"time\":\"2026-11-12T09:25:00.000Z\"";
    for (body, kind) in [
        (
            "<!doctype html><title>Wi-Fi</title>".to_owned(),
            "text/html",
        ),
        ("{}".to_owned(), "application/json"),
        ("[".to_owned(), "application/json"),
        (format!("{{{time}}}"), "application/json"),
        (
            format!("{{\"cursor\":9,\"more\":true,{time}}}"),
            "application/json",
        ),
        (
            format!("{{\"cursor\":0,\"forget\":[7],{time}}}"),
            "application/json",
        ),
    ] {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let address = impostor(answer.leak()).await;
        let way = alongside_sync::HttpHub::new(
            address.to_string().parse().unwrap(),
            Some(device.token()),
            None,
        )
        .unwrap();
        let error = device
            .engine
            .sync(&way, alongside_sync::Care::Now, &|_| {})
            .await
            .unwrap_err();
        assert!(matches!(error, SyncError::Garbled(_)), "{body}: {error:?}");
        assert_eq!(device.waiting(), 1, "{body}");
        assert_eq!(device.get(Cast::of_ansa()), before);
    }
    // Once the hub itself answers again, all goes on.
    device.sync().await;
    assert_eq!(device.waiting(), 0);
}

/// Writes rubbish over the middle of a file.
fn spoil(path: &std::path::Path, from: u64, bytes: usize) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0xa5; bytes]).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_store_is_set_aside_and_what_waited_is_sent_from_a_fresh_one() {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    device.sync().await;
    observe(&device, "seen", "Not lost");
    let waiting = device.waiting();
    let (folder, clock) = device.close();
    let path = folder.path().join("space.sqlite");
    // The page with the school's records, not the ones with what waits.
    let damaged = (4..40).find(|page| {
        let whole = std::fs::read(&path).unwrap();
        spoil(&path, page * 4096, 4096);
        let is_seen =
            SqliteStore::open(&path, &StoreKey::Plain).is_err_and(|error| error.is_damaged());
        let is_rescued = rescue(&path, &StoreKey::Plain).is_ok_and(|rescued| {
            rescued
                .waiting
                .iter()
                .map(|record| record.fields.len() as u64)
                .sum::<u64>()
                == waiting
        });
        if !(is_seen && is_rescued) {
            std::fs::write(&path, whole).unwrap();
        }
        is_seen && is_rescued
    });
    assert!(damaged.is_some(), "no page whose loss leaves what waits");

    let rescued = rescue(&path, &StoreKey::Plain).unwrap();
    let aside = set_aside_file(&path, Aside::Damaged).unwrap();
    assert!(
        aside.exists() && !path.exists(),
        "it is kept under another name"
    );
    let fresh = SqliteStore::open(&path, &StoreKey::Plain).unwrap();
    let mut writer = fresh.write().unwrap();
    for (key, value) in &rescued.notes {
        use alongside_sync::notes;
        let is_of_the_pull =
            [notes::CURSOR, notes::CHECK, notes::CHECKED_AT].contains(&key.as_str());
        if !is_of_the_pull {
            writer.note_put(key, Some(value)).unwrap();
        }
    }
    for record in &rescued.waiting {
        for (name, field) in &record.fields {
            writer
                .put(record.id, &record.kind, name, field, Kept::Waiting)
                .unwrap();
        }
    }
    writer.commit().unwrap();
    drop(fresh);
    let device = Device::open(folder, clock);
    device.sync().await;
    assert_eq!((device.waiting(), device.set_aside().len()), (0, 0));
    assert!(
        device.get(Cast::VISIT).is_some(),
        "the rest came back from the hub"
    );
    let record = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!(record.text("comments.communication"), "Not lost");
}

/// Where the small disk is, for the child below.
const SMALL_DISK: &str = "ALONGSIDE_TEST_SMALL_DISK";

#[test]
fn a_full_disk_says_not_saved_and_recovers() {
    if let Some(disk) = std::env::var_os(SMALL_DISK) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(on_a_small_disk(std::path::Path::new(&disk)));
    }
    // This test again, in a room of its own with a disk of two megabytes.
    let disk = tempfile::tempdir().unwrap();
    let own = "badinput::a_full_disk_says_not_saved_and_recovers";
    let script =
        "mount -t tmpfs -o size=2m none \"$2\" || exit 97; exec \"$0\" --exact \"$1\" --nocapture";
    let ended = std::process::Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(own)
        .arg(disk.path())
        .env(SMALL_DISK, disk.path())
        .status();
    match ended.map(|status| status.code()) {
        Ok(Some(0)) => {}
        Ok(Some(101)) => panic!("it failed on the small disk; the reason is above"),
        other => eprintln!(
            "This machine lets nobody have a small disk, so a full one was not tried: {other:?}"
        ),
    }
}

async fn on_a_small_disk(disk: &std::path::Path) {
    let hub = School::on_the_day().await;
    let folder = tempfile::tempdir_in(disk).unwrap();
    let clock = hub.clock.skewed(0);
    let device = Device::join_in(folder, &hub, Cast::ANSA, hub.address(), clock).await;
    device.sync().await;
    observe(&device, "seen", "While there was space");
    let photos = disk.join("photos");
    std::fs::write(&photos, vec![7; 900_000]).unwrap();
    let words = "x".repeat(7_000);
    let mut saved = 0;
    let error = loop {
        let edit = json!({ "what": "went_well", "entry": format!("full{saved}"), "text": words });
        match device.call(
            "observation_write",
            json!({ "visit": Cast::VISIT, "edit": edit }),
        ) {
            Ok(_) => saved += 1,
            Err(error) => break error,
        }
        assert!(saved < 1_000, "a disk that is never full");
    };
    assert_eq!(error.code, Code::NotSaved);
    assert!(error.message.starts_with("Not saved"), "{}", error.message);
    let kept = device.get(Cast::of_ansa()).unwrap();
    let count = kept.parts("went_well").count();
    assert_eq!(count, saved + 1, "what was saved is there, the rest is not");
    assert_eq!(
        device.waiting() as usize,
        kept.fields.len(),
        "and all of it still waits"
    );
    // It may or may not find room for the receipts; nothing is lost either way.
    drop(device.try_sync().await);

    std::fs::remove_file(&photos).unwrap();
    write(
        &device,
        json!({ "what": "went_well", "entry": "again", "text": words }),
    );
    device.sync().await;
    let device = device.restart();
    assert_eq!((device.waiting(), device.set_aside().len()), (0, 0));
    assert_eq!(device.store().check().unwrap(), Vec::<String>::new());
    let record = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!(record.parts("went_well").count(), saved + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    let (folder, _clock) = device.close();
    let path = folder.path().join("space.sqlite");
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&path, &StoreKey::Plain).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("Install the newer version"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_nobodys_making_cannot_be_pulled_into_sight() {
    // A field under a name of the log's or the store's own making is a field like any other.
    let (hub, _device, client) = begun().await;
    let odd = [
        ("readers", json!(["everyone"])),
        ("version", json!(-1)),
        ("__proto__", json!({ "is_leader": true })),
        ("visit.x", json!(Cast::OTHER_VISIT)),
    ];
    let answer: Answered = client
        .push(&[client.record(&hub, Cast::of_ansa(), "observation", &odd)])
        .await;
    assert_eq!(answer.accepted(0).len(), odd.len());
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let pulled = teacher.pull().await;
    assert!(pulled.iter().all(|record| record["kind"] != "observation"));
    is_well(&hub, &client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_values_under_one_stamp_end_the_same_everywhere() {
    let hub = School::on_the_day().await;
    let first = Device::join(&hub, Cast::ANSA).await;
    let second = Device::join(&hub, Cast::ANSA).await;
    for device in [&first, &second] {
        device.sync().await;
    }
    observe(&first, "seen", "Begun");
    first.sync().await;
    second.sync().await;
    // A copied tablet: the same end of its stamps, and other words at the same moment.
    let stamp = Stamp::new(alongside_sync::Wall::now_ms(&hub.clock), 77, [4; 6]);
    for (device, words) in [(&first, "One"), (&second, "Two")] {
        let mut writer = device.store().write().unwrap();
        let field = Field {
            value: json!(words),
            stamp,
        };
        let own: RecordId = Cast::of_ansa().into();
        writer
            .put(own, &Kind::Observation, "overall", &field, Kept::Waiting)
            .unwrap();
        writer.commit().unwrap();
    }
    for device in [&first, &second, &first, &second] {
        device.sync().await;
    }
    let on_hub = School::get(&hub, Cast::of_ansa())
        .unwrap()
        .text("overall")
        .to_owned();
    for device in [&first, &second] {
        assert_eq!(device.get(Cast::of_ansa()).unwrap().text("overall"), on_hub);
    }
}
