//! R14: patterns say what many visits show together, and nothing of one class or one person; they are published by the hub,
//! once, and until then nobody but leaders has any of it.

use alongside_api::file::FileView;
use alongside_api::{Actor, ApiError};
use alongside_domain::{DeviceId, PatternId, PersonId, VisitId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School, id};
use chrono::Duration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, says};

fn act(
    hub: &RunningHub,
    person: PersonId,
    command: &str,
    request: Value,
) -> Result<Value, ApiError> {
    let device = DeviceId::from_uuid(id(8_100));
    hub.desk().call(&Actor { person, device }, command, request)
}

/// Who visits whom, and when.
fn visits() -> Vec<(VisitId, PersonId, Duration)> {
    let [lark, wren, dunlin] = Cast::MORE_VISITS;
    vec![
        (Cast::VISIT, Cast::ANSA, Duration::zero()),
        (Cast::OTHER_VISIT, Cast::LEADER, Duration::hours(1)),
        (lark, Cast::HEAD, Duration::days(1)),
        (wren, Cast::HEAD, Duration::days(2)),
        (dunlin, Cast::HEAD, Duration::days(3)),
    ]
}

/// Makes the visits, each with marks and with words that name people and classes.
fn walk(hub: &RunningHub, visits: &[(VisitId, PersonId, Duration)]) {
    for (place, (visit, observer, after)) in visits.iter().enumerate() {
        hub.clock.set_true(School::visit_at() + *after);
        let write = |edit: Value| {
            let asked = json!({ "visit": visit, "edit": edit });
            act(hub, *observer, "observation_write", asked).unwrap();
        };
        act(hub, *observer, "visit_start", json!({ "visit": visit })).unwrap();
        let mark = if place < 3 { "seen" } else { "not_seen" };
        write(json!({ "what": "mark", "criterion": "aids", "mark": mark }));
        let text =
            format!("Tilde Farrow, Mr Ashdale and Garrick of Kestrel in Room 4 waited, {place}");
        write(json!({ "what": "comment", "section": "communication", "text": text }));
        write(
            json!({ "what": "went_well", "entry": "w1", "text": format!("As Ms F. said in Heron, {place}") }),
        );
        act(hub, *observer, "visit_finish", json!({ "visit": visit })).unwrap();
        let shared = json!({ "visit": visit, "talked": false });
        hub.lead("record_share", shared);
    }
}

/// A walk whose visits are all over; three classes are enough here.
async fn walked() -> RunningHub {
    let hub = School::on_the_day().await;
    hub.lead("setting_put", json!({ "key": "suppression", "value": 3 }));
    walk(&hub, &visits());
    hub
}

fn asked() -> Value {
    asked_by("all")
}

fn asked_by(by: &str) -> Value {
    json!({ "of": { "what": "walk", "walk": Cast::WALK, "by": by } })
}

fn the_cell(view: &Value) -> Value {
    view["sections"][0]["criteria"][0]["cells"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_until_they_are_published_nobody_but_leaders_has_any_of_the_patterns() {
    let hub = walked().await;
    for person in EVERYONE {
        let leads = [Cast::HEAD, Cast::LEADER].contains(&person);
        let client = Outsider::let_in(&hub, person).await;
        let pulled = json!(client.pull().await);
        assert!(!says(&pulled, "\"pattern\""), "feed of {person}");
        let answer = client.rpc("pattern_get", asked()).await;
        let listed = client.rpc("pattern_list", json!({})).await.body;
        let words = json!({ "walk": Cast::WALK, "section": "communication", "phase": null });
        let said = client.rpc("pattern_comments", words).await;
        let over = json!({ "of": { "what": "walks", "by": "all", "group": null } });
        let over = client.rpc("pattern_get", over).await.body;
        if leads {
            assert_eq!(the_cell(&answer.body)["looked"], 5, "{answer:?}");
            assert_eq!(listed[0]["walk"], json!(Cast::WALK));
        } else {
            assert_eq!(answer.code(), "not_found", "{person}");
            assert_eq!(said.code(), "not_found", "{person}");
            assert_eq!(listed, json!([]));
            assert_eq!(over["columns"], json!([]));
            let publish = client
                .rpc("pattern_publish", json!({ "walk": Cast::WALK }))
                .await;
            assert_eq!(publish.code(), "not_allowed", "{person}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_a_table_of_patterns_is_for_who_sees_them_and_hides_what_the_screen_hides() {
    let hub = walked().await;
    let asked = |table: &str| json!({ "what": "patterns", "walk": Cast::WALK, "table": table });
    for person in EVERYONE {
        let leads = [Cast::HEAD, Cast::LEADER].contains(&person);
        let client = Outsider::let_in(&hub, person).await;
        for table in ["csv", "xlsx"] {
            let answer = client.rpc("file_make", asked(table)).await;
            match leads {
                true => assert_eq!(answer.status, StatusCode::OK, "{answer:?}"),
                false => assert_eq!(answer.code(), "not_found", "{person}"),
            }
        }
    }
    hub.lead("pattern_publish", json!({ "walk": Cast::WALK }));
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let first = teacher.rpc("pattern_get", asked_by("all")).await.body;
    let mut cells = Vec::new();
    for way in first["ways"].as_array().unwrap() {
        let by = way["by"].as_str().unwrap();
        let view = teacher.rpc("pattern_get", asked_by(by)).await.body;
        let sections = view["sections"].as_array().unwrap().iter();
        let rows = sections.flat_map(|section| section["criteria"].as_array().unwrap());
        cells.extend(rows.flat_map(|row| row["cells"].as_array().unwrap().clone()));
    }
    let file = teacher.rpc("file_make", asked("csv")).await.body;
    let file: FileView = serde_json::from_value(file).unwrap();
    let text = String::from_utf8(file.bytes().unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), cells.len() + 1, "{text}");
    for (line, cell) in lines.iter().zip(&cells) {
        let numbers = match cell["state"].as_str().unwrap() {
            "shown" => format!(",{},{},{},", cell["least"], cell["most"], cell["looked"]),
            "nobody" => ",,,,,,Nobody looked".to_owned(),
            _ => ",,,,,,\"Hidden: ".to_owned(),
        };
        assert!(line.contains(&numbers), "{cell}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_a_forged_pattern_is_taken_from_nobody() {
    let hub = walked().await;
    let pattern = PatternId::derive(Cast::WALK);
    let cells = json!({
        "section": "communication", "order": 0, "text": "Aids",
        "cells": { "all": [{ "state": "shown", "least": 1, "most": 1, "looked": 1, "classes": 1 }] },
    });
    for round in ["unpublished", "published"] {
        for person in EVERYONE {
            let client = Outsider::let_in(&hub, person).await;
            let fields = [
                ("walk", json!(Cast::WALK)),
                ("made_at", json!(hub.clock.true_now())),
                ("threshold", json!(3)),
                ("criteria.aids", cells.clone()),
                ("of_tilde_farrow", cells.clone()),
            ];
            for id in [pattern.to_string(), id(7_777).to_string()] {
                let sent = client.record(&hub, id, "pattern", &fields);
                let answer = client.push(&[sent]).await;
                for (name, _) in &fields {
                    assert_eq!(answer.refused(0, name), "hub_only", "{round} {person}");
                }
            }
        }
        if round == "unpublished" {
            assert!(School::get(&hub, pattern).is_none());
            hub.lead("pattern_publish", json!({ "walk": Cast::WALK }));
        }
    }
    let kept = School::get(&hub, pattern).unwrap();
    assert_ne!(kept.fields["criteria.aids"].value, cells);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_patterns_are_published_once_and_only_when_every_visit_is_over() {
    let hub = School::on_the_day().await;
    hub.lead("setting_put", json!({ "key": "suppression", "value": 3 }));
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let publish = || leader.rpc("pattern_publish", json!({ "walk": Cast::WALK }));
    assert_eq!(publish().await.code(), "refused");
    walk(&hub, &visits()[..4]);
    let early = publish().await;
    assert_eq!(early.code(), "refused");
    assert!(says(&early.body, "1 is not finished"), "{early:?}");
    walk(&hub, &visits()[4..]);
    let answer = publish().await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    // Four of five saw it, which is said together with five: otherwise all would know of the one.
    assert_eq!(
        the_cell(&answer.body),
        json!({ "state": "shown", "least": 4, "most": 5, "looked": 5, "classes": 5 })
    );
    let before = School::get(&hub, PatternId::derive(Cast::WALK)).unwrap();
    hub.clock.set_true(School::visit_at() + Duration::days(9));
    let again = publish().await;
    assert_eq!(again.code(), "refused");
    assert!(says(&again.body, "published before"), "{again:?}");
    // Another number of classes opens nothing that is closed, and closes nothing that all have read.
    for threshold in [20, 3, 5] {
        let set = json!({ "key": "suppression", "value": threshold });
        assert_eq!(leader.rpc("setting_put", set).await.status, StatusCode::OK);
        assert_eq!(publish().await.code(), "refused");
        let view = leader.rpc("pattern_get", asked()).await.body;
        assert_eq!(
            (&view["threshold"], &the_cell(&view)["looked"]),
            (&json!(3), &json!(5))
        );
    }
    assert_eq!(
        School::get(&hub, PatternId::derive(Cast::WALK)).unwrap(),
        before
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_all_staff_read_what_is_published_offline_and_it_names_nobody() {
    let hub = walked().await;
    hub.lead("pattern_publish", json!({ "walk": Cast::WALK }));
    let names = [
        "Farrow", "Tilde", "Ashdale", "Corin", "Garrick", "Tove", "Whitlow", "Quill", "Marram",
        "Kestrel", "Heron", "Lark", "Wren", "Dunlin", "Room 4", "Ms F",
    ];
    for person in [Cast::TEACHER, Cast::SUPPORT, Cast::ANSA, Cast::HEAD] {
        let device = Device::join(&hub, person).await;
        device.sync().await;
        let pattern = device.get(PatternId::derive(Cast::WALK)).unwrap();
        let kept = serde_json::to_string(&pattern.fields).unwrap();
        let view = device.tap("pattern_get", asked());
        let words = json!({ "walk": Cast::WALK, "section": "communication", "phase": null });
        let said = device.tap("pattern_comments", words);
        assert_eq!(said["comments"].as_array().unwrap().len(), 5, "{said}");
        let whole = json!({ "walk": Cast::WALK, "section": null, "phase": null });
        let whole = device.tap("pattern_comments", whole);
        assert_eq!(whole["went_well"].as_array().unwrap().len(), 5, "{whole}");
        // The walk's own name and focus are no secret; everything else is looked through.
        let texts = [
            kept,
            said.to_string(),
            whole.to_string(),
            view["sections"].to_string(),
        ];
        for text in texts {
            for name in names {
                assert!(!text.contains(name), "{name} in {text}");
            }
            for id in EVERYONE.iter().map(PersonId::to_string) {
                assert!(!text.contains(&id), "{id} in {text}");
            }
        }
        assert!(view["published_at"].is_string());
        // Published by the hub alone: a device has no way to do it.
        assert!(
            device
                .call("pattern_publish", json!({ "walk": Cast::WALK }))
                .is_err()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_a_record_that_its_teachers_have_not_read_yet_lends_no_words() {
    let hub = School::on_the_day().await;
    hub.lead("setting_put", json!({ "key": "suppression", "value": 3 }));
    walk(&hub, &visits()[..4]);
    let (visit, observer, after) = visits()[4];
    hub.clock.set_true(School::visit_at() + after);
    act(&hub, observer, "visit_start", json!({ "visit": visit })).unwrap();
    let edit =
        json!({ "what": "comment", "section": "communication", "text": "Not read by its teacher" });
    act(
        &hub,
        observer,
        "observation_write",
        json!({ "visit": visit, "edit": edit }),
    )
    .unwrap();
    act(&hub, observer, "visit_finish", json!({ "visit": visit })).unwrap();
    hub.lead("pattern_publish", json!({ "walk": Cast::WALK }));
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let words = json!({ "walk": Cast::WALK, "section": "communication", "phase": null });
        let said = client.rpc("pattern_comments", words).await;
        assert!(!says(&said.body, "Not read by its teacher"), "{said:?}");
        assert_eq!(said.body["comments"].as_array().unwrap().len(), 4);
    }
}
