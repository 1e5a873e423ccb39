//! What was said once, said again: a day of pushes replayed in every order and by other hands, and pushes whose stamps,
//! cursors, names and shapes nobody honest would send. The hub ends as it was, or refuses in words; it never fails.

use std::collections::BTreeMap;

use alongside_domain::{Field, Kind, RecordId, Stamp};
use alongside_sync::{SyncRequest, Wall as _};
use alongside_tests::{ANY_PORT, Cast, Device, HandClock, Outsider, RunningHub, School, id};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::copy;
use crate::story::{finish, observe, write};

/// Everything a hub holds: what was written, and when.
type Whole = BTreeMap<RecordId, (Kind, BTreeMap<String, Field>)>;

fn whole(hub: &RunningHub) -> Whole {
    let reader = hub.desk().store().read().unwrap();
    let mut all = Whole::new();
    for kind in Kind::KNOWN {
        for head in reader.list(&kind).unwrap() {
            let record = reader.get(head.id).unwrap().unwrap();
            all.insert(head.id, (kind.clone(), record.fields));
        }
    }
    all
}

/// The same without what the hub itself says of it, which has the hub's stamps.
fn said(hub: &RunningHub) -> BTreeMap<(RecordId, String), Value> {
    let fields = whole(hub).into_iter().flat_map(|(id, (_, fields))| {
        fields
            .into_iter()
            .map(move |(name, field)| ((id, name), field.value))
    });
    fields
        .filter(|((_, name), _)| name != "arrived_at")
        .collect()
}

/// Those of the day, let in and up to date.
async fn arrived(hub: &RunningHub) -> [Device; 4] {
    let mut devices = Vec::new();
    for person in [Cast::ANSA, Cast::BRAM, Cast::LEADER, Cast::TEACHER] {
        let device = Device::join(hub, person).await;
        device.sync().await;
        devices.push(device);
    }
    devices.try_into().ok().unwrap()
}

/// A day: two observers write and finish, a leader shares, the teacher answers. Who pushed what, in order.
async fn day(hub: &RunningHub, devices: &[Device; 4]) -> Vec<(Outsider, SyncRequest)> {
    let [ansa, bram, leader, teacher] = devices;
    let mut pushed = Vec::new();
    let mut keep = |device: &Device| {
        for (request, _) in device.hub.take() {
            if !request.records.is_empty() {
                pushed.push((Outsider::on(hub, device), request));
            }
        }
    };
    for device in [ansa, bram] {
        observe(device, "seen", "Every board in reach");
        device.sync().await;
        keep(device);
        write(device, json!({ "what": "overall", "text": "A calm room" }));
        hub.clock.pass(60_000);
        device.sync().await;
        keep(device);
        finish(device);
        device.sync().await;
        keep(device);
    }
    leader.sync().await;
    leader.tap(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": true }),
    );
    leader.sync().await;
    keep(leader);
    teacher.sync().await;
    let reply = json!({ "what": "overall", "text": "Thank you" });
    teacher.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": reply }),
    );
    teacher.tap("response_send", json!({ "visit": Cast::VISIT }));
    teacher.sync().await;
    keep(teacher);
    assert!(pushed.len() >= 8, "{}", pushed.len());
    pushed
}

/// A seeded order: the same for the same seed.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for place in (1..count).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = usize::try_from(state % (place as u64 + 1)).unwrap();
        order.swap(place, other);
    }
    order
}

async fn send(client: &Outsider, request: &SyncRequest) {
    let answer = client
        .post("/v1/sync", &json!({ "records": request.records }))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_said_again_in_any_order_by_anybody_changes_nothing() {
    let hub = School::on_the_day().await;
    let devices = arrived(&hub).await;
    let pushed = day(&hub, &devices).await;
    let before = whole(&hub);
    let forward: Vec<usize> = (0..pushed.len()).collect();
    let mut orders = vec![forward.clone(), forward.iter().rev().copied().collect()];
    orders.extend(forward.iter().map(|one| vec![*one]));
    orders.extend((1..6).map(|seed| shuffled(pushed.len(), seed)));
    for order in &orders {
        for place in order {
            let (client, request) = &pushed[*place];
            send(client, request).await;
        }
        assert_eq!(whole(&hub), before, "in the order {order:?}");
    }
    // By another device of the same person, and by everybody else's.
    let again = Outsider::let_in(&hub, Cast::ANSA).await;
    let others = devices.iter().map(|device| Outsider::on(&hub, device));
    let stranger = Outsider::let_in(&hub, Cast::SUPPORT).await;
    for client in others.chain([again, stranger]) {
        for (_, request) in &pushed {
            send(&client, request).await;
        }
        assert_eq!(whole(&hub), before, "by another hand");
    }
    // All at once, in one call, twice over.
    let all: Vec<Value> = pushed
        .iter()
        .chain(&pushed)
        .flat_map(|(_, request)| request.records.iter().map(|record| json!(record)))
        .collect();
    for (client, _) in &pushed {
        assert_eq!(client.push(&all).await.status, StatusCode::OK);
        assert_eq!(whole(&hub), before, "all in one");
    }
    assert_eq!(hub.desk().store().check().unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_that_came_in_the_wrong_order_ends_the_same_once_it_is_sent_again() {
    let hub = School::on_the_day().await;
    let devices = arrived(&hub).await;
    let morning = copy(hub.folder());
    let pushed = day(&hub, &devices).await;
    let expected = said(&hub);
    let now = hub.clock.true_now();
    for seed in 1..6 {
        let folder = copy(morning.path());
        let clock = HandClock::default();
        clock.set_true(now);
        let fresh = RunningHub::start_in(folder, clock, ANY_PORT).await;
        for place in shuffled(pushed.len(), seed) {
            let (client, request) = &pushed[place];
            send(&client.at(&fresh), request).await;
        }
        // What was refused is sent again, as devices do.
        for (client, request) in &pushed {
            send(&client.at(&fresh), request).await;
        }
        assert_eq!(said(&fresh), expected, "seed {seed}");
    }
}

/// A hub on which Ansa has begun, and her changed client.
async fn begun() -> (RunningHub, Device, Outsider) {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    device.sync().await;
    observe(&device, "seen", "Before");
    device.sync().await;
    let client = Outsider::on(&hub, &device);
    (hub, device, client)
}

/// The end of the stamps of a device, as text.
fn tail(device: &Device) -> String {
    device
        .actor
        .device
        .tail()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn overall(stamp: &str, text: &str) -> Value {
    json!({
        "id": Cast::of_ansa(), "kind": "observation",
        "fields": { "overall": { "value": text, "stamp": stamp } },
    })
}

fn held(hub: &RunningHub, name: &str) -> Option<Value> {
    School::get(hub, Cast::of_ansa())
        .unwrap()
        .value(name)
        .cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_stamp_neither_wins_for_ever_nor_hides_a_word_nor_stops_a_clock() {
    let (hub, device, client) = begun().await;
    let tail = tail(&device);
    let now = hub.clock.now_ms();
    for ahead in [
        "9999999999999-0000",
        "9999999999999-ffff",
        "4102444800000-0000",
    ] {
        let stamp = format!("{ahead}-{tail}");
        let answer = client.push(&[overall(&stamp, "For ever")]).await;
        assert_eq!(answer.refused(0, "overall"), "stamp_ahead", "{ahead}");
    }
    for shape in [
        "",
        "now",
        "-1-0000-000000000001",
        "99999999999999-0000-000000000001",
        "1793606400000-10000-000000000001",
        "1793606400000-gggg-000000000001",
        "1793606400000-0000-00000000000",
        "1793606400000 0000 000000000001",
        "1793606400000-0000-000000000001\n",
        "１７９３６０６４０００００-0000-000000000001",
    ] {
        let answer = client.push(&[overall(shape, "Of no time")]).await;
        assert_eq!(answer.refused(0, "overall"), "wrong_value", "{shape:?}");
    }
    let first = client.stamp(&hub);
    assert_eq!(
        client
            .push(&[overall(&first, "As it was")])
            .await
            .accepted(0),
        ["overall"]
    );
    // Long ago changes nothing of what was said since.
    for old in ["0000000000000-0000", "0000000000001-ffff"] {
        let answer = client
            .push(&[overall(&format!("{old}-{tail}"), "Long ago")])
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(held(&hub, "overall"), Some(json!("As it was")));
    }
    // The last counter there is, as late as a hub takes: whoever writes next still writes after it.
    let late = format!("{:013}-ffff-{tail}", now + 30_000);
    let answer = client.push(&[overall(&late, "Late")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    device.sync().await;
    write(
        &device,
        json!({ "what": "overall", "text": "What she means" }),
    );
    hub.clock.pass(60_000);
    device.sync().await;
    assert_eq!(held(&hub, "overall"), Some(json!("What she means")));

    // With the tail of another's device: that device, which is not sent what it wrote itself, sees the word all the same.
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    teacher.sync().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let stamp = Stamp::new(hub.clock.now_ms(), 7, teacher.actor.device.tail()).to_string();
    let class = json!({
        "id": Cast::HERON, "kind": "class", "fields": { "name": { "value": "Egret", "stamp": stamp } },
    });
    assert_eq!(leader.push(&[class]).await.accepted(0), ["name"]);
    teacher.sync().await;
    assert_eq!(teacher.get(Cast::HERON).unwrap().text("name"), "Egret");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_cursor_shows_nobody_more_and_hides_nothing() {
    let (hub, _device, client) = begun().await;
    let all = client.pull().await.len();
    for asked in [
        json!({ "after": u64::MAX }),
        json!({ "after": -1 }),
        json!({ "after": 1.5 }),
        json!({ "after": "0" }),
        json!({ "after": 1e300 }),
        json!({ "after": null }),
        json!({ "after": [0] }),
        json!({ "after": 0, "limit": 0 }),
        json!({ "after": 0, "limit": u64::MAX }),
        json!({ "after": 0, "limit": -5 }),
        json!({ "after": 5, "held": 900 }),
        json!({ "after": 0, "held": u64::MAX }),
        json!({ "after": 0, "person": Cast::HEAD, "audiences": ["leaders"] }),
        json!({ "after": 0, "time": "yesterday" }),
        json!({ "after": 0, "waiting": -1 }),
    ] {
        let answer = client.post("/v1/sync", &asked).await;
        assert!(!answer.status.is_server_error(), "{asked}: {answer:?}");
        let text = answer.body.to_string();
        assert!(!text.contains("concern"), "{asked}");
        let records = answer.body["records"].as_array().map_or(0, Vec::len);
        assert!(records <= all, "{asked}");
    }
    assert_eq!(client.pull().await.len(), all);
    // A version that a client says of what it sends is not the school's.
    let mut record = overall(&client.stamp(&hub), "Here");
    record["version"] = json!(u64::MAX);
    let before = hub.desk().store().read().unwrap().version().unwrap();
    let answer = client.push(&[record]).await;
    assert_eq!(answer.body["results"][0]["version"], before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_no_version_knows_open_nothing() {
    let (hub, device, client) = begun().await;
    let long = "k".repeat(10_000);
    for kind in [
        "",
        " ",
        "VISIT",
        "visit ",
        "visit\u{0}",
        "__proto__",
        "constructor",
        "../visit",
        "vísit",
        "observation;drop",
        "log",
        "note",
        "token",
        "hub",
        "device",
        &long,
    ] {
        let record = client.record(&hub, id(7_501), kind, &[("name", json!("x"))]);
        let answer = client.push(&[record]).await;
        assert_eq!(answer.refused(0, "name"), "unknown_kind", "{kind:?}");
        assert!(
            School::get(&hub, RecordId::from_uuid(id(7_501))).is_none(),
            "{kind:?}"
        );
    }
    let names = [
        "__proto__",
        "constructor",
        "toString",
        "marks",
        "marks.",
        "marks..",
        "marks.a.b.c",
        ".marks",
        "..",
        "/etc/passwd",
        "finished_at ",
        "FINISHED_AT",
        "finished_at.x",
        "observer.id",
        "teachers",
        "shared_at",
        "is_leader",
        "roles",
        "e\u{301}",
        "\u{202e}sdrawkcab",
        "a b",
        "'; drop table fields; --",
        "👩‍🏫",
        "id",
        "kind",
        "version",
    ];
    let fields: Vec<(&str, Value)> = names.iter().map(|name| (*name, json!("x"))).collect();
    let answer = client
        .push(&[client.record(&hub, Cast::of_ansa(), "observation", &fields)])
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    // Whatever was kept of it is words beside others: still her observation, still begun, and hers on every device.
    let own = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!((own.text("overall"), own.value("finished_at")), ("", None));
    device.sync().await;
    let sheet = client
        .rpc("visit_get", json!({ "visit": Cast::VISIT }))
        .await;
    assert_eq!(sheet.status, StatusCode::OK, "{sheet:?}");
    assert_eq!(hub.desk().store().check().unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_belongs_to_one_record_of_one_kind() {
    let (hub, _device, client) = begun().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let before = whole(&hub);
    for kind in Kind::KNOWN {
        for (target, (own, _)) in &before {
            if *own == kind {
                continue;
            }
            let record = leader.record(&hub, target, kind.as_str(), &[("name", json!("Another"))]);
            let answer = leader.push(&[record]).await;
            assert_eq!(answer.refused(0, "name"), "wrong_kind", "{own} as {kind}");
        }
    }
    assert_eq!(whole(&hub), before);
    // The same new id as two kinds in one call: one of them is.
    let both = [
        leader.record(&hub, id(7_601), "room", &[("name", json!("Hall"))]),
        leader.record(&hub, id(7_601), "walk", &[("name", json!("A walk"))]),
    ];
    let answer = leader.push(&both).await;
    assert_eq!(answer.accepted(0), ["name"]);
    assert_eq!(answer.refused(1, "name"), "wrong_kind");
    drop(client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_says_two_things_or_is_none_does_no_harm() {
    let (hub, _device, client) = begun().await;
    let before = whole(&hub).len();
    let own = Cast::of_ansa();
    let (one, two) = (client.stamp(&hub), client.stamp(&hub));
    let visit = Cast::VISIT;
    let raw = |body: String| {
        let client = &client;
        async move {
            let json = [("content-type", "application/json")];
            client.post_raw("/v1/sync", &json, body.into_bytes()).await
        }
    };
    let doubles = [
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","kind":"room","fields":{{"name":{{"value":"Hall","stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{visit}","id":"{own}","kind":"visit","kind":"observation","fields":{{"subject":{{"value":"x","stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[],"records":[{{"id":"{visit}","kind":"visit","fields":{{"subject":{{"value":"x","stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"overall":{{"value":"one","stamp":"{one}"}},"overall":{{"value":"two","stamp":"{two}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"pupils":{{"value":9e999,"stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"pupils":{{"value":123456789012345678901234567890,"stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"pupils":{{"value":-0,"stamp":"{one}"}}}}}}]}}"#
        ),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"later":{{"value":{}{},"stamp":"{one}"}}}}}}]}}"#,
            "[".repeat(50_000),
            "]".repeat(50_000)
        ),
        "[".repeat(200_000),
        "{\"records\":".repeat(20_000),
        r#"{"records":[{"id":"\ud800","kind":"observation","fields":{}}]}"#.to_owned(),
        format!(
            r#"{{"records":[{{"id":"{own}","kind":"observation","fields":{{"overall":{{"value":"\ud800 alone","stamp":"{one}"}}}}}}]}}"#
        ),
        "{\"records\":[NaN]}".to_owned(),
        "\u{feff}{\"records\":[]}".to_owned(),
    ];
    for body in doubles {
        let said: String = body.chars().take(160).collect();
        let answer = raw(body).await;
        assert!(!answer.status.is_server_error(), "{said}: {answer:?}");
        assert_eq!(whole(&hub).len(), before, "{said}: {answer:?}");
    }
    let record = School::get(&hub, visit).unwrap();
    assert_eq!(record.text("subject"), "Mathematics");
    for bytes in [
        b"{\"records\":[\"\xff\xfe\"]}".to_vec(),
        vec![0xC0, 0xAF],
        vec![0; 100],
    ] {
        let json = [("content-type", "application/json")];
        let answer = client.post_raw("/v1/sync", &json, bytes).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        answer.code();
    }
    let good = client.record(&hub, own, "observation", &[("overall", json!("After"))]);
    assert_eq!(client.push(&[good]).await.accepted(0), ["overall"]);
}
