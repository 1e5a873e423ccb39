//! Settings: changed by leaders, in the sight of all staff.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId};
use serde_json::{Value, json};

use crate::school::{DEPUTY, HEAD, School, TEACHER, id};

fn own() -> RecordId {
    RecordId::from_uuid(id(1))
}

fn value(settings: &Value, key: &str) -> Value {
    let lines = settings["settings"].as_array().unwrap();
    let line = lines.iter().find(|line| line["key"] == key).unwrap();
    line["value"].clone()
}

#[test]
fn all_staff_see_who_changed_what_and_when() {
    let school = School::planned(Place::Hub);
    school.ask(
        DEPUTY,
        "setting_put",
        json!({"key": "notice_days", "value": 5}),
    );
    school.ask(HEAD, "setting_walks_count", json!({"counts": false}));
    let seen = school.ask(TEACHER, "setting_list", json!({}));
    assert_eq!(value(&seen, "notice_days"), 5);
    assert_eq!(seen["walks_count"], false);
    assert_eq!(seen["may_change"], false);
    let changes: Vec<_> = seen["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (&change["by"], &change["from"], &change["to"]))
        .collect();
    assert_eq!(
        changes,
        [
            (
                &json!("Imke Sandoval"),
                &json!("they count"),
                &json!("they do not count")
            ),
            (&json!("Bede Quist"), &json!("7 days"), &json!("5 days")),
        ]
    );
}

#[test]
fn a_change_reaches_every_device_with_who_made_it() {
    let school = School::planned(Place::Hub);
    school.decide(DEPUTY, "tidy_minutes", json!(30));
    let (records, _) = school.feed(TEACHER);
    let sent = records.iter().find(|record| record.id == own()).unwrap();
    let change = sent
        .fields
        .iter()
        .find(|(name, _)| name.starts_with("changes."));
    assert_eq!(change.unwrap().1.value["by"], json!(id(DEPUTY)));
}

#[test]
fn only_leaders_change_a_setting() {
    let school = School::planned(Place::Hub);
    let said = school.refused(
        TEACHER,
        "setting_put",
        json!({"key": "notice_days", "value": 1}),
    );
    assert!(said.contains("Only leaders"), "{said}");
    let forged = school.decided(TEACHER, "notice_days", &json!(1));
    let sent = school.send(TEACHER, own(), Kind::School, forged);
    assert_eq!(School::code(&sent, "settings.notice_days"), "not_a_leader");
}

#[test]
fn a_changed_client_cannot_change_a_setting_silently() {
    let school = School::planned(Place::Hub);
    for silent in [
        json!({"settings.notice_days": 1}),
        json!({"settings.walks_count": false}),
        json!({"settings.lessons": "09:00-09:50"}),
    ] {
        let sent = school.send(DEPUTY, own(), Kind::School, silent.clone());
        let (name, _) = silent.as_object().unwrap().iter().next().unwrap();
        assert_eq!(School::code(&sent, name), "unsaid_change");
    }
    // To say another change than the one that is made is no better.
    let mut other = school.decided(DEPUTY, "notice_days", &json!(6));
    other["settings.notice_days"] = json!(1);
    let sent = school.send(DEPUTY, own(), Kind::School, other);
    assert_eq!(School::code(&sent, "settings.notice_days"), "unsaid_change");
    // Nor is to take back what was decided.
    school.decide(HEAD, "notice_days", json!(9));
    let back = json!({"settings.notice_days": null});
    let sent = school.send(DEPUTY, own(), Kind::School, back);
    assert_eq!(School::code(&sent, "settings.notice_days"), "unsaid_change");
    assert_eq!(
        value(
            &school.ask(TEACHER, "setting_list", json!({})),
            "notice_days"
        ),
        9
    );
}

#[test]
fn a_setting_cannot_be_changed_in_anothers_name() {
    let school = School::planned(Place::Hub);
    let forged = school.decided(HEAD, "notice_days", &json!(1));
    let sent = school.send(DEPUTY, own(), Kind::School, forged);
    assert_eq!(School::code(&sent, "settings.notice_days"), "not_yours");
}

#[test]
fn what_was_said_of_a_change_stays() {
    let school = School::planned(Place::Hub);
    let change = school.decided(DEPUTY, "notice_days", &json!(1));
    school.send(DEPUTY, own(), Kind::School, change.clone());
    let name = change
        .as_object()
        .unwrap()
        .keys()
        .find(|name| name.starts_with("changes."))
        .unwrap();
    for rewritten in [json!(null), json!({"key": "notice_days", "to": 7})] {
        let sent = school.send(HEAD, own(), Kind::School, json!({name: rewritten}));
        assert_eq!(School::code(&sent, name), "fixed");
    }
}

#[test]
fn settings_keep_their_bounds_and_what_goes_together() {
    let school = School::planned(Place::Hub);
    let put = |key: &str, value: i64| {
        school.refused(HEAD, "setting_put", json!({"key": key, "value": value}))
    };
    assert!(put("suppression", 2).contains("from 3 to 20"));
    assert!(put("share_limit_hours", 12).contains("shorter than its target"));
    assert!(put("visit_nudge_minutes", 30).contains("before its nudge"));
    let lessons = json!({"lessons": "09:00-09:50\n09:40-10:30"});
    let said = school.refused(HEAD, "setting_lessons", lessons);
    assert!(said.contains("09:40"), "{said}");
    // Both in one sync, the target first: together they make sense.
    let mut both = school.decided(HEAD, "share_target_hours", &json!(72));
    let limit = school.decided(HEAD, "share_limit_hours", &json!(96));
    both.as_object_mut()
        .unwrap()
        .extend(limit.as_object().unwrap().clone());
    let sent = school.send(HEAD, own(), Kind::School, both);
    assert!(sent.refused.is_empty(), "{:?}", sent.refused);
}

#[test]
fn what_stands_already_is_no_change() {
    let school = School::planned(Place::Hub);
    let seen = school.ask(
        HEAD,
        "setting_put",
        json!({"key": "notice_days", "value": 7}),
    );
    assert_eq!(seen["changes"], json!([]));
}
