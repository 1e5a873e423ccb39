//! The archive of a school: out of one hub and into another, as it was.

use alongside_api::archive::Reach;
use alongside_api::{Code, Desk, log};
use alongside_domain::{Kind, RecordId, ReflectionId};
use alongside_store::{Audience, Past};
use serde_json::{Value, json};

use crate::held::full;
use crate::school::{
    DEPUTY, HEAD, NEIGHBOUR, OBSERVER, TEACHER, VISIT, actor, id, observation, person, visit,
};

fn whole(desk: &Desk) -> String {
    desk.archive(Reach::Whole, None).unwrap().text
}

fn everything(desk: &Desk) -> Vec<(alongside_domain::Record, Vec<Past>, Vec<Audience>)> {
    let reader = desk.store().read().unwrap();
    let mut everything = Vec::new();
    for kind in Kind::KNOWN {
        for record in reader.list(&kind).unwrap() {
            let mut past = reader.history(record.id).unwrap();
            for one in &mut past {
                // Under which version it was known is the hub's own affair.
                one.kept = alongside_store::Kept::At(1);
            }
            let audiences = reader.audiences(record.id).unwrap();
            everything.push((record, past, audiences));
        }
    }
    everything
}

#[test]
fn a_school_comes_back_from_its_archive_as_it_was() {
    let school = full();
    let text = whole(&school.desk);
    let (hub, _folder) = school.empty();
    let taken = hub.take_in(&text).unwrap();
    assert!(taken.is_new);
    assert_eq!(taken.head, person(HEAD));
    assert_eq!(everything(&hub), everything(&school.desk));
    assert!(everything(&hub).iter().any(|(_, past, _)| !past.is_empty()));
    let reader = hub.store().read().unwrap();
    assert!(log::check(&*reader).unwrap().unwrap() > 10);
    drop(reader);
    // Each reads there what they read here, and nobody else does.
    for (of, visit_of) in [(TEACHER, VISIT), (OBSERVER, VISIT), (DEPUTY, VISIT)] {
        let asked = json!({"visit": id(visit_of)});
        let here = school.ask(of, "record_get", asked.clone());
        let there = hub.call(&actor(of), "record_get", asked).unwrap();
        assert_eq!(here["sections"], there["sections"]);
    }
    let asked = json!({"visit": id(VISIT)});
    assert!(hub.call(&actor(NEIGHBOUR), "record_get", asked).is_err());
    assert_eq!(hub.store().read().unwrap().devices().unwrap(), []);
}

#[test]
fn taking_in_the_same_archive_twice_changes_nothing() {
    let school = full();
    let text = whole(&school.desk);
    let (hub, _folder) = school.empty();
    hub.take_in(&text).unwrap();
    let (before, version) = (everything(&hub), hub.store().read().unwrap().version());
    let again = hub.take_in(&text).unwrap();
    assert!(!again.is_new);
    assert_eq!(everything(&hub), before);
    assert_eq!(
        hub.store().read().unwrap().version().unwrap(),
        version.unwrap()
    );
}

#[test]
fn an_archive_is_not_taken_in_where_a_school_is() {
    let (school, other) = (full(), full());
    let text = whole(&school.desk);
    let refused = other.desk.take_in(&text).unwrap_err();
    assert_eq!(refused.code, Code::ForeignSchool);
}

#[test]
fn an_archive_that_is_not_whole_is_not_taken_in() {
    let school = full();
    let text = whole(&school.desk);
    let (hub, _folder) = school.empty();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["records"].as_array_mut().unwrap().pop();
    let shorter = file.to_string();
    let changed = text.replace("Pupils explained it to each other", "Pupils slept");
    assert_ne!(changed, text);
    for broken in [&text[..text.len() / 2], &shorter, &changed, "", "{}"] {
        let refused = hub.take_in(broken).unwrap_err();
        assert_eq!(refused.code, Code::BadRequest, "{refused}");
        assert!(
            hub.store()
                .read()
                .unwrap()
                .list(&Kind::School)
                .unwrap()
                .is_empty()
        );
    }
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    let refused = hub.take_in(&newer).unwrap_err();
    assert!(refused.message.contains("newer Alongside"), "{refused}");
    hub.take_in(&text).unwrap();
}

/// An archive that somebody made by hand, and sealed as the real ones are.
fn sealed(text: &str, change: impl Fn(&mut Value)) -> String {
    use sha2::{Digest as _, Sha256};
    let mut file: Value = serde_json::from_str(text).unwrap();
    change(&mut file);
    let mut counts = serde_json::Map::new();
    for record in file["records"].as_array().unwrap() {
        let count = counts
            .entry(record["kind"].as_str().unwrap())
            .or_insert(json!(0));
        *count = json!(count.as_u64().unwrap() + 1);
    }
    file["counts"] = json!(counts);
    // In the order in which the parts of an archive are sealed.
    let parts = ["records", "destroyed", "log"].map(|part| {
        let order: &[&str] = match part {
            "records" => &["id", "kind", "fields", "earlier"],
            _ => &["at", "person", "device", "act", "record", "kind", "detail"],
        };
        let rows = file[part].as_array().unwrap().iter().map(|row| {
            let Some(own) = row.as_object() else {
                return row.to_string();
            };
            let keys = order.iter().filter(|key| own.contains_key(**key));
            let pairs = keys.map(|key| {
                let value = match *key {
                    "earlier" => {
                        let past = own[*key].as_array().unwrap().iter();
                        let past = past.map(|one| {
                            format!(
                                r#"{{"field":{},"value":{},"stamp":{}}}"#,
                                one["field"], one["value"], one["stamp"]
                            )
                        });
                        format!("[{}]", past.collect::<Vec<_>>().join(","))
                    }
                    "fields" => {
                        let fields = own[*key].as_object().unwrap().iter();
                        let sorted: std::collections::BTreeMap<_, _> = fields.collect();
                        let fields = sorted.iter().map(|(name, one)| {
                            format!(
                                r#"{}:{{"value":{},"stamp":{}}}"#,
                                json!(name),
                                one["value"],
                                one["stamp"]
                            )
                        });
                        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
                    }
                    _ => own[*key].to_string(),
                };
                format!("\"{key}\":{value}")
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        });
        format!("\"{part}\":[{}]", rows.collect::<Vec<_>>().join(","))
    });
    let body = format!("{{{}}}", parts.join(","));
    let hash = Sha256::digest(body.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    file["digest"] = json!(hex);
    file.to_string()
}

#[test]
fn a_forged_archive_brings_in_nothing_that_no_device_could() {
    let school = full();
    let text = whole(&school.desk);
    let (hub, _folder) = school.empty();
    let first = |file: &mut Value, kind: &str| -> usize {
        let records = file["records"].as_array().unwrap();
        records
            .iter()
            .position(|record| record["kind"] == kind)
            .unwrap()
    };
    let twice = sealed(&text, |file| {
        let again = file["records"][0].clone();
        file["records"].as_array_mut().unwrap().push(again);
    });
    let to_come = sealed(&text, |file| {
        let at = first(file, "walk");
        file["records"][at]["fields"]["focus"]["stamp"] = json!("9999999999999-0000-aaaaaaaaaaaa");
    });
    let wrong_value = sealed(&text, |file| {
        let at = first(file, "person");
        file["records"][at]["fields"]["roles"]["value"] = json!("owner of everything");
    });
    let too_large = sealed(&text, |file| {
        let at = first(file, "walk");
        file["records"][at]["fields"]["unknown"] =
            json!({"value": "x".repeat(70_000), "stamp": "1700000000000-0000-aaaaaaaaaaaa"});
    });
    let two_schools = sealed(&text, |file| {
        let at = first(file, "school");
        file["records"][at]["id"] = json!(id(99));
    });
    let headless = sealed(&text, |file| {
        file["records"]
            .as_array_mut()
            .unwrap()
            .retain(|record| record["kind"] != "person");
    });
    for (forged, why) in [
        (twice, "twice"),
        (to_come, "time to come"),
        (wrong_value, "some of"),
        (too_large, "too large"),
        (two_schools, "another school"),
        (headless, "headteacher"),
    ] {
        let refused = hub.take_in(&forged).unwrap_err();
        assert!(refused.message.contains(why), "{why}: {refused}");
        assert!(
            hub.store()
                .read()
                .unwrap()
                .list(&Kind::Walk)
                .unwrap()
                .is_empty()
        );
    }
    // Sealed anew without a change it is as good as the first.
    hub.take_in(&sealed(&text, |_| {})).unwrap();
}

#[test]
fn what_was_destroyed_before_an_archive_does_not_come_back_after_it() {
    let school = full();
    school.at("2028-09-02T10:00:00Z");
    school.ask(HEAD, "retention_list", json!({}));
    school.at("2028-09-10T10:00:00Z");
    let due = school.ask(HEAD, "retention_list", json!({}));
    let token = due["token"].clone();
    school.ask(HEAD, "retention_destroy", json!({"token": token}));
    let gone = observation(VISIT, OBSERVER);
    assert!(
        school
            .desk
            .store()
            .read()
            .unwrap()
            .was_destroyed(gone)
            .unwrap()
    );
    let (hub, _folder) = school.empty();
    hub.take_in(&whole(&school.desk)).unwrap();
    let reader = hub.store().read().unwrap();
    assert!(reader.was_destroyed(gone).unwrap());
    assert!(reader.get(gone).unwrap().is_none());
}

#[test]
fn the_heads_archive_has_no_concern_no_reflection_and_no_words_taken_back() {
    let school = full();
    let file = school.ask(HEAD, "archive_make", json!({}));
    let text = file["text"].as_str().unwrap();
    for private in ["They stayed too long", "More time to answer", "A first try"] {
        assert!(!text.contains(private), "{private}");
    }
    for shared in ["Pupils explained it to each other", "Thank you"] {
        assert!(text.contains(shared), "{shared}");
    }
    assert!(file["left_out"].as_u64().unwrap() >= 2);
    let archive: Value = serde_json::from_str(text).unwrap();
    let reflection: RecordId = ReflectionId::derive(visit(VISIT), person(TEACHER)).into();
    let lines = archive["log"].as_array().unwrap();
    let is_of = |line: &Value| line["kind"] == "concern" || line["record"] == json!(reflection);
    assert!(
        !lines.iter().any(is_of),
        "who raised a concern is not told either"
    );
    let (hub, _folder) = school.empty();
    hub.take_in(text).unwrap();
    assert!(
        hub.store()
            .read()
            .unwrap()
            .list(&Kind::Concern)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn only_the_head_takes_an_archive_and_the_log_says_so() {
    let school = full();
    for of in [DEPUTY, TEACHER, OBSERVER] {
        let refused = school.try_ask(of, "archive_make", json!({})).unwrap_err();
        assert_eq!(refused.code, Code::NotAllowed);
    }
    school.ask(HEAD, "archive_make", json!({}));
    let page = school.ask(HEAD, "log_list", json!({}));
    let sentence = page["lines"][0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("an archive"), "{sentence}");
}
