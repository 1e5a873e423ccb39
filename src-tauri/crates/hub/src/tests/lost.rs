//! A lost device at the hub's door: shut out by a leader, refused whatever it asks, heard once more, and let in again
//! only with a new code.

use alongside_domain::{ObservationId, VisitId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::house::{Answer, HEAD, House, TEACHER, ask, device, person};

async fn revoke(house: &House, token: &str, n: u128, browsers: bool) -> Answer {
    let request = json!({ "device": device(n), "browsers": browsers });
    ask(house
        .post("/rpc/device_revoke", request.to_string())
        .bearer_auth(token))
    .await
}

async fn lines(house: &House, token: &str) -> Vec<Value> {
    let answer = ask(house.post("/rpc/device_list", "{}").bearer_auth(token)).await;
    answer.is_done()["devices"].as_array().unwrap().clone()
}

async fn line(house: &House, token: &str, n: u128) -> Value {
    let lines = lines(house, token).await;
    let own = |line: &&Value| line["device"] == json!(device(n));
    lines.iter().find(own).unwrap().clone()
}

/// A token and the word that was agreed with it.
async fn joined(house: &House, n: u128, device_n: u128) -> (String, String) {
    let paired = ask(house.pair(&house.code(n), device_n)).await.is_done();
    let text = |name: &str| paired[name].as_str().unwrap().to_owned();
    (text("token"), text("wipe"))
}

fn farewell(house: &House, token: &str, said: &Value) -> reqwest::RequestBuilder {
    house
        .post("/v1/farewell", said.to_string())
        .bearer_auth(token)
}

#[tokio::test]
async fn a_device_that_was_shut_out_is_refused_on_every_route() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (lost, word) = joined(&house, TEACHER, 2).await;
    revoke(&house, &head, 2, false).await.is_done();
    let push = json!({ "records": [house.class(1, 2)] }).to_string();
    let long = json!({ "after": 0, "x": "x".repeat(70_000) }).to_string();
    for body in ["{}", r#"{"after":0}"#, &push, &long] {
        let refused = ask(house.sync(&lost, body)).await;
        refused.is_refused(401, "device_revoked");
        assert_eq!(refused.json()["wipe"], json!(word));
    }
    ask(house.get("/v1/events").bearer_auth(&lost))
        .await
        .is_refused(401, "device_revoked");
    let at_the_place = [
        "install_get",
        "device_join",
        "school_start",
        "hub_connect",
        "space_choose",
    ];
    let of_the_place = [
        "space_leave",
        "sync_get",
        "sync_run",
        "set_aside_list",
        "set_aside_drop",
    ];
    for command in alongside_api::COMMANDS {
        let name = command.name;
        // These say nothing of the school to anyone who is not let in.
        if at_the_place.contains(&name) || of_the_place.contains(&name) || name == "about_get" {
            continue;
        }
        if command.at == alongside_api::Where::Install {
            continue;
        }
        let refused = ask(house.post(&format!("/rpc/{name}"), "{}").bearer_auth(&lost)).await;
        refused.is_refused(401, "device_revoked");
    }
    let install = ask(house.post("/rpc/install_get", "{}").bearer_auth(&lost))
        .await
        .is_done();
    assert_eq!(install["me"], Value::Null);
    let left = ask(house.sync(&head, r#"{"after":0}"#)).await.is_done();
    let is_class = |record: &Value| record["kind"] == "class";
    assert!(!left["records"].as_array().unwrap().iter().any(is_class));
}

#[tokio::test]
async fn nobody_but_its_own_device_is_told_the_word() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (lost, word) = joined(&house, TEACHER, 2).await;
    let (_, other) = joined(&house, TEACHER, 3).await;
    assert_ne!(word, other);
    let before = ask(house.sync(&lost, r#"{"after":0}"#)).await;
    let answers = [
        before.text,
        revoke(&house, &head, 2, false).await.text,
        ask(house.post("/rpc/device_list", "{}").bearer_auth(&head))
            .await
            .text,
        ask(house.post("/rpc/log_list", "{}").bearer_auth(&head))
            .await
            .text,
        ask(house.sync("0123456789abcdef", "{}")).await.text,
    ];
    for answer in answers {
        assert!(!answer.contains(&word) && !answer.contains(&other));
    }
    let stale = ask(house.sync("0123456789abcdef", "{}")).await;
    assert_eq!(stale.json()["wipe"], Value::Null);
}

#[tokio::test]
async fn only_leaders_shut_out_and_never_what_they_ask_from() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let teacher = house.token(TEACHER, 2).await;
    for n in [1, 2] {
        revoke(&house, &teacher, n, true)
            .await
            .is_refused(403, "not_allowed");
    }
    revoke(&house, &head, 77, true)
        .await
        .is_refused(404, "not_found");
    let said = revoke(&house, &head, 1, true).await;
    assert!(said.is_refused(409, "refused").contains("asking from"));
    let browser = house.cookie(HEAD).await;
    let own = ask(house.rpc(&browser, "device_list", &json!({})))
        .await
        .is_done();
    let own = own["devices"].as_array().unwrap();
    assert_eq!(own.iter().filter(|line| line["is_own"] == true).count(), 0);
    ask(house.sync(&head, "{}")).await.is_done();
    ask(house.sync(&teacher, "{}")).await.is_done();
}

#[tokio::test]
async fn two_leaders_who_shut_each_other_out_leave_one_in() {
    let house = House::school().await;
    house.put_person(21, "Cal Leader");
    let roles = json!({ "roles": { "value": ["leader"], "stamp": house.stamp(1) } });
    let head = house.token(HEAD, 1).await;
    let records = json!({ "records": [{ "id": person(21), "kind": "person", "fields": roles }] });
    ask(house.sync(&head, records.to_string())).await.is_done();
    let leader = house.token(21, 2).await;
    let (one, other) = tokio::join!(
        revoke(&house, &head, 2, true),
        revoke(&house, &leader, 1, true)
    );
    let done = [&one, &other]
        .iter()
        .filter(|answer| answer.status == 200)
        .count();
    assert_eq!(done, 1, "{one:?} {other:?}");
    let (head, leader) = (
        ask(house.sync(&head, "{}")).await.status,
        ask(house.sync(&leader, "{}")).await.status,
    );
    assert_eq!(head + leader, 601, "one is in: {head} {leader}");
}

#[tokio::test]
async fn the_last_device_of_the_head_can_be_shut_out_and_the_head_let_in_again() {
    let house = House::school().await;
    house.put_person(21, "Cal Leader");
    let roles = json!({ "roles": { "value": ["leader"], "stamp": house.stamp(1) } });
    let head = house.token(HEAD, 1).await;
    let records = json!({ "records": [{ "id": person(21), "kind": "person", "fields": roles }] });
    ask(house.sync(&head, records.to_string())).await.is_done();
    let leader = house.token(21, 2).await;
    revoke(&house, &leader, 1, true).await.is_done();
    ask(house.sync(&head, "{}"))
        .await
        .is_refused(401, "device_revoked");
    let again = house.token(HEAD, 3).await;
    let log = ask(house.post("/rpc/log_list", "{}").bearer_auth(&again))
        .await
        .is_done();
    let told = |line: &&Value| {
        line["sentence"] == "Cal Leader shut out a device or a browser of Ida Head."
    };
    assert_eq!(
        log["lines"].as_array().unwrap().iter().filter(told).count(),
        1
    );
}

#[tokio::test]
async fn a_device_comes_back_by_a_new_code_and_its_old_order_is_worth_nothing() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (lost, word) = joined(&house, TEACHER, 2).await;
    revoke(&house, &head, 2, false).await.is_done();
    let (back, fresh) = joined(&house, TEACHER, 2).await;
    assert_ne!(
        word, fresh,
        "a word that was said once orders nothing again"
    );
    ask(house.sync(&back, "{}")).await.is_done();
    ask(house.sync(&lost, "{}"))
        .await
        .is_refused(401, "sign_in_first");
    let line = line(&house, &head, 2).await;
    assert_eq!(
        (&line["is_revoked"], &line["lost"]),
        (&json!(false), &Value::Null)
    );
}

#[tokio::test]
async fn a_pull_of_many_pages_ends_where_its_device_is_shut_out() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (lost, _) = joined(&house, TEACHER, 2).await;
    let records: Vec<Value> = (0..20).map(|n| house.class(n, 1)).collect();
    ask(house.sync(&head, json!({ "records": records }).to_string()))
        .await
        .is_done();
    let page = ask(house.sync(&lost, r#"{"after":0,"limit":5}"#))
        .await
        .is_done();
    assert_eq!(page["more"], true);
    revoke(&house, &head, 2, false).await.is_done();
    let next = json!({ "after": page["cursor"], "held": 0, "limit": 5 });
    let refused = ask(house.sync(&lost, next.to_string())).await;
    refused.is_refused(401, "device_revoked");
}

#[tokio::test]
async fn what_a_device_says_in_its_farewell_is_heard_once_and_told_to_leaders() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (lost, word) = joined(&house, TEACHER, 2).await;
    let (class, visit) = (
        Uuid::from_u128(0x5001),
        VisitId::from_uuid(Uuid::from_u128(0x9001)),
    );
    let fields = |pairs: Value| -> Value {
        let pairs = pairs.as_object().unwrap().clone();
        pairs
            .into_iter()
            .map(|(name, value)| (name, json!({ "value": value, "stamp": house.stamp(1) })))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let records = json!([
        { "id": class, "kind": "class", "fields": fields(json!({ "name": "Blue 2" })) },
        { "id": Uuid::from_u128(0x8001), "kind": "walk", "fields": fields(json!({ "name": "Talk" })) },
        { "id": visit, "kind": "visit", "fields": fields(json!({
            "walk": Uuid::from_u128(0x8001), "class": class, "observers": [person(TEACHER)],
            "starts_at": "2026-11-10T10:20:00+00:00", "minutes": 20,
        })) },
    ]);
    let planned = ask(house.sync(&head, json!({ "records": records }).to_string()))
        .await
        .is_done();
    assert_eq!(planned["results"][2]["refused"], json!([]), "{planned}");
    let own = ObservationId::derive(visit, person(TEACHER));
    let said = json!({ "waiting": 3, "records": [
        { "id": own, "kind": "observation", "changes": 2 },
        { "id": Uuid::from_u128(0x9999), "kind": "observation", "changes": 1 },
    ]});
    farewell_is_refused_before(&house, &lost, &said).await;
    revoke(&house, &head, 2, false).await.is_done();
    let before = line(&house, &head, 2).await;
    assert_eq!(before["lost"]["has_come_back"], false);
    ask(farewell(&house, &lost, &said)).await.is_done();
    let after = line(&house, &head, 2).await;
    assert_eq!(
        after["lost"]["sentence"],
        "It came back and removed everything. 3 changes in 1 visit and 1 other record had not arrived: Blue 2, Tue 10 Nov 10:20."
    );
    assert_eq!(after["lost"]["by"], "Ida Head");
    let again = ask(farewell(&house, &lost, &json!({ "waiting": 0 }))).await;
    again.is_refused(401, "device_revoked");
    assert_eq!(again.json()["wipe"], json!(word));
    assert_eq!(line(&house, &head, 2).await["lost"], after["lost"]);
}

async fn farewell_is_refused_before(house: &House, token: &str, said: &Value) {
    ask(farewell(house, token, said))
        .await
        .is_refused(409, "refused");
    ask(farewell(house, "0123456789abcdef", said))
        .await
        .is_refused(401, "sign_in_first");
    ask(house.post("/v1/farewell", said.to_string()))
        .await
        .is_refused(401, "sign_in_first");
}

#[tokio::test]
async fn the_browsers_of_a_person_are_signed_out_at_once() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let _tablet = house.token(TEACHER, 2).await;
    let (phone, desk) = (house.cookie(TEACHER).await, house.cookie(TEACHER).await);
    let follow = house
        .get("/v1/events")
        .header("cookie", &phone)
        .send()
        .await
        .unwrap();
    assert_eq!(line(&house, &head, 2).await["browsers"], 2);
    revoke(&house, &head, 2, true).await.is_done();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), follow.text()).await;
    assert!(ended.is_ok(), "the line of events has ended");
    for cookie in [phone, desk] {
        ask(house.rpc(&cookie, "walk_list", &json!({})))
            .await
            .is_refused(401, "sign_in_first");
    }
}

#[tokio::test]
async fn an_old_phone_of_someone_who_has_left_gets_nothing_and_can_still_be_emptied() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let (old, word) = joined(&house, TEACHER, 2).await;
    let left = json!({ "is_active": { "value": false, "stamp": house.stamp(1) } });
    let records =
        json!({ "records": [{ "id": person(TEACHER), "kind": "person", "fields": left }] });
    ask(house.sync(&head, records.to_string())).await.is_done();
    for body in [
        r#"{"after":0}"#.to_owned(),
        json!({ "records": [house.class(4, 2)] }).to_string(),
    ] {
        ask(house.sync(&old, body))
            .await
            .is_refused(401, "sign_in_first");
    }
    revoke(&house, &head, 2, false).await.is_done();
    let refused = ask(house.sync(&old, "{}")).await;
    refused.is_refused(401, "device_revoked");
    assert_eq!(refused.json()["wipe"], json!(word));
}

#[tokio::test]
async fn nothing_of_a_push_that_was_waiting_is_taken_once_its_device_is_shut_out() {
    let house = House::school().await;
    let head = house.token(HEAD, 1).await;
    let _lost = house.token(HEAD, 2).await;
    let actor = alongside_api::Actor {
        person: person(HEAD),
        device: device(2),
    };
    // It was let in when its call came to the door, and shut out while it stood in line.
    revoke(&house, &head, 2, false).await.is_done();
    let push = json!({ "records": [house.class(9, 2)] });
    let refused = house
        .hub
        .desk()
        .exchange(&actor, serde_json::from_value(push).unwrap())
        .unwrap_err();
    assert_eq!(refused.code, alongside_api::Code::DeviceRevoked);
    let pulled = ask(house.sync(&head, r#"{"after":0}"#)).await;
    assert!(!pulled.text.contains("Class 9"));
}
