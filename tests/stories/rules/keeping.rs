//! R20 and what the school decides: settings in the open, a log that shows when it was touched, records that are gone
//! when they are gone, and everything that is held about a person for that person to take away.

use alongside_domain::{PersonId, RecordId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, made_up, says, share, start, visited};

fn change(key: &str, to: &Value, by: PersonId, at: DateTime<Utc>) -> Value {
    json!({ "key": key, "to": to, "by": by, "at": at })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_changed_by_leaders_within_bounds_in_their_own_name_and_before_all_staff() {
    let hub = School::on_the_day().await;
    let key = "settings.notice_days";
    for person in EVERYONE.into_iter().skip(2) {
        let client = Outsider::let_in(&hub, person).await;
        let asked = json!({ "key": "notice_days", "value": 3 });
        assert_eq!(client.rpc("setting_put", asked).await.code(), "not_allowed");
        let said = change("notice_days", &json!(3), person, hub.clock.true_now());
        let fields = [(key, json!(3)), ("changes.c1", said)];
        let sent = client.record(&hub, Cast::SCHOOL, "school", &fields);
        assert_eq!(client.push(&[sent]).await.refused(0, key), "not_a_leader");
    }
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for (setting, value) in [
        ("notice_days", 0),
        ("yearly_maximum", 99),
        ("suppression", 2),
        ("visit_stop_minutes", 61),
        ("share_limit_hours", 100_000),
        ("retention_years", 50),
        ("tidy_minutes", 100_000),
        ("no_such_setting", 1),
    ] {
        let asked = json!({ "key": setting, "value": value });
        let answer = leader.rpc("setting_put", asked).await;
        assert!(answer.status.is_client_error(), "{setting} {answer:?}");
        let name = format!("settings.{setting}");
        let said = change(setting, &json!(value), Cast::LEADER, hub.clock.true_now());
        let fields = [(name.as_str(), json!(value)), ("changes.c2", said)];
        let sent = leader.record(&hub, Cast::SCHOOL, "school", &fields);
        let answer = leader.push(&[sent]).await;
        if setting != "no_such_setting" {
            answer.refused(0, &name);
        }
    }
    // Silently, in another's name, or for the sake of one afternoon.
    let silent = leader.record(&hub, Cast::SCHOOL, "school", &[(key, json!(1))]);
    assert_eq!(
        leader.push(&[silent]).await.refused(0, key),
        "unsaid_change"
    );
    let said = change("notice_days", &json!(1), Cast::HEAD, hub.clock.true_now());
    let forged = leader.record(
        &hub,
        Cast::SCHOOL,
        "school",
        &[(key, json!(1)), ("changes.c3", said)],
    );
    assert_eq!(leader.push(&[forged]).await.refused(0, key), "not_yours");
    assert_eq!(School::get(&hub, Cast::SCHOOL).unwrap().whole(key), None);

    let asked = json!({ "key": "notice_days", "value": 5 });
    assert_eq!(
        leader.rpc("setting_put", asked).await.status,
        StatusCode::OK
    );
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let view = client.rpc("setting_list", json!({})).await.body;
        assert_eq!(view["changes"][0]["by"], "Lio Marram", "{view}");
        assert_eq!(view["changes"][0]["from"], "7 days");
        assert_eq!(view["changes"][0]["to"], "5 days");
        assert_eq!(
            view["may_change"],
            [Cast::HEAD, Cast::LEADER].contains(&person)
        );
    }
    // What was said of it is not unsaid.
    let school = School::get(&hub, Cast::SCHOOL).unwrap();
    let said = school
        .fields
        .keys()
        .find(|name| name.starts_with("changes."))
        .unwrap();
    let unsaid = leader.record(
        &hub,
        Cast::SCHOOL,
        "school",
        &[(said.as_str(), json!(null))],
    );
    leader.push(&[unsaid]).await.refused(0, said);
}

/// Lets the record of Kestrel's visit come to its end: shared, answered, and past its day.
async fn due(hub: &RunningHub) -> Device {
    let ansa = visited(hub).await;
    share(hub);
    hub.clock.set_true("2028-09-02T10:00:00Z".parse().unwrap());
    ansa
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r20_what_was_destroyed_is_gone_everywhere_and_a_device_that_comes_back_does_not_undo_it() {
    let hub = School::on_the_day().await;
    let ansa = due(&hub).await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    teacher.sync().await;
    assert!(teacher.get(Cast::of_ansa()).is_some());
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let shown = head.rpc("retention_list", json!({})).await.body;
    assert!(shown["records"].as_u64().unwrap() > 0, "{shown}");
    assert!(
        School::get(&hub, Cast::of_ansa()).is_some(),
        "looking destroys nothing"
    );
    let token = shown["token"].clone();
    let gone = head
        .rpc("retention_destroy", json!({ "token": token }))
        .await;
    assert_eq!(gone.status, StatusCode::OK, "{gone:?}");
    for id in [
        RecordId::from(Cast::of_ansa()),
        Cast::share().into(),
        Cast::VISIT.into(),
    ] {
        assert_eq!(School::get(&hub, id), None);
    }

    // The observer's tablet has everything still, and a changed client sends all of it again with new stamps.
    let outsider = Outsider::on(&hub, &ansa);
    let held = ansa.get(Cast::of_ansa()).unwrap();
    let fields: Vec<(&str, Value)> = held
        .fields
        .iter()
        .map(|(name, field)| (name.as_str(), field.value.clone()))
        .collect();
    let again = outsider.record(&hub, Cast::of_ansa(), "observation", &fields);
    let answer = outsider.push(&[again]).await;
    assert_eq!(answer.accepted(0), [""; 0], "{answer:?}");
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let planned = School::visit(
        Cast::VISIT,
        Cast::KESTREL,
        School::visit_at(),
        &[Cast::ANSA],
    );
    leader.rpc("visit_put", planned).await;
    let visit = leader.record(
        &hub,
        Cast::VISIT,
        "visit",
        &[
            ("walk", json!(Cast::WALK)),
            ("class", json!(Cast::KESTREL)),
            ("starts_at", json!(School::visit_at())),
        ],
    );
    let answer = leader.push(&[visit]).await;
    assert_eq!(answer.accepted(0), [""; 0], "{answer:?}");
    assert_eq!(School::get(&hub, Cast::of_ansa()), None);
    assert_eq!(School::get(&hub, Cast::VISIT), None);

    // Honest devices forget at their next pull, and the file of the hub has no word of it.
    for device in [&ansa, &teacher] {
        device.sync().await;
        assert_eq!(device.get(Cast::of_ansa()), None);
        assert_eq!(device.get(Cast::VISIT), None);
    }
    let words = b"As it was";
    let bytes = std::fs::read(hub.file()).unwrap();
    assert!(!bytes.windows(words.len()).any(|window| window == words));
    // The line stays, without the words.
    let log = head
        .rpc(
            "log_list",
            json!({ "before": null, "act": "destroyed", "person": null }),
        )
        .await
        .body;
    assert!(!log["lines"].as_array().unwrap().is_empty(), "{log}");
    assert!(!says(&log, "As it was"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r20_nothing_goes_before_its_day_and_only_the_head_lets_it_go() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let shown = head.rpc("retention_list", json!({})).await.body;
    assert_eq!(shown["records"], 0, "{shown}");
    head.rpc("retention_destroy", json!({ "token": shown["token"] }))
        .await;
    assert!(School::get(&hub, Cast::of_ansa()).is_some());
    // A list that is another by now is not destroyed.
    let made_up = json!({ "token": "0".repeat(64) });
    assert_eq!(
        head.rpc("retention_destroy", made_up).await.code(),
        "refused"
    );
    for person in EVERYONE.into_iter().skip(1) {
        let client = Outsider::let_in(&hub, person).await;
        for (command, request) in [
            ("retention_list", json!({})),
            ("retention_destroy", json!({ "token": shown["token"] })),
        ] {
            assert_eq!(client.rpc(command, request).await.code(), "not_allowed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r20_a_person_takes_away_everything_held_about_them_and_nothing_of_another() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    let fields = [
        ("overall", json!("A calm room")),
        ("comments.communication", json!("Boards in reach")),
        ("private", json!("Not for her")),
        ("finished_at", json!(hub.clock.true_now())),
    ];
    let sent = ansa.record(&hub, Cast::of_ansa(), "observation", &fields);
    ansa.push(&[sent]).await;
    let words = ["A calm room", "Boards in reach", "Not for her"];
    let taken = async |person: PersonId, format: &str| {
        let client = Outsider::let_in(&hub, person).await;
        let answer = client.rpc("held_take", json!({ "format": format })).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body["text"].as_str().unwrap().to_owned()
    };
    for format in ["json", "html"] {
        let text = taken(Cast::TEACHER, format).await;
        assert!(!words.iter().any(|word| text.contains(word)), "unshared");
    }
    share(&hub);
    for format in ["json", "html"] {
        let text = taken(Cast::TEACHER, format).await;
        for word in words {
            assert!(text.contains(word), "{word} in {format}: {text}");
        }
        assert!(
            !text.contains("Corin Ashdale"),
            "nobody else is in it: {text}"
        );
        for person in [Cast::OTHER_TEACHER, Cast::SUPPORT, Cast::VISITED_TEACHER] {
            let text = taken(person, format).await;
            assert!(!words.iter().any(|word| text.contains(word)), "{person}");
        }
    }
    // A request cannot name somebody else.
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let asked = json!({ "format": "json", "person": Cast::TEACHER, "of": Cast::TEACHER });
    let text = head.rpc("held_take", asked).await.body.to_string();
    assert!(!text.contains("A calm room"), "{text}");
    // That it was taken is in the log.
    let log = head
        .rpc(
            "log_list",
            json!({ "before": null, "act": "exported", "person": null }),
        )
        .await
        .body;
    assert!(log["lines"].as_array().unwrap().len() >= 4, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_read_whole_by_the_head_and_by_others_where_it_is_about_them() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    leader
        .rpc("record_get", json!({ "visit": Cast::VISIT }))
        .await;
    let asked = json!({ "before": null, "act": null, "person": null });
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let own = teacher.rpc("log_list", asked.clone()).await.body;
    assert_eq!(own["is_whole"], false);
    assert!(says(&own, "Lio Marram"), "who read my record: {own}");
    let other = Outsider::let_in(&hub, Cast::OTHER_TEACHER).await;
    let theirs = other.rpc("log_list", asked.clone()).await.body;
    assert!(!says(&theirs, "Kestrel"), "{theirs}");
    // Asking for another's lines gives what is about oneself, or nothing.
    let of_ansa = json!({ "before": null, "act": null, "person": Cast::ANSA });
    let theirs = other.rpc("log_list", of_ansa).await.body;
    assert!(!says(&theirs, "Kestrel"), "{theirs}");
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let whole = head.rpc("log_list", asked).await.body;
    assert_eq!(whole["is_whole"], true);
    for words in ["As it was", "seen\"", "marks."] {
        assert!(!says(&whole, words), "{words}: {whole}");
    }
    // Nobody writes into it.
    for (number, kind) in [(501, "log"), (502, "log_line")] {
        let sent = head.record(&hub, made_up(number), kind, &[("act", json!("read"))]);
        assert_eq!(head.push(&[sent]).await.refused(0, "act"), "unknown_kind");
    }
}
