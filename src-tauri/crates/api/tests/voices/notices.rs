//! R3, R4, R19: notice to all staff, what it freezes, who has read it, and what has changed since.

use alongside_api::Place;
use alongside_domain::{AcknowledgementId, Kind, RecordId};
use serde_json::{Value, json};

use crate::school::*;

fn notices(school: &School, by: u128) -> Vec<Value> {
    let listed = school.ask(by, "notice_list", json!({}));
    listed.as_array().unwrap().clone()
}

#[test]
fn a_walk_of_too_few_classes_gets_no_notice_and_its_form_stays_a_draft() {
    let school = School::planned(Place::Hub);
    school.ask(HEAD, "visit_cancel", json!({"visit": id(VISIT)}));
    school.at(NOTICE);
    let sentence = school.refused(HEAD, "notice_give", json!({"walk": id(WALK)}));
    assert!(sentence.contains("add 1 more"), "{sentence}");
    let form = school.ask(TEACHER, "template_get", json!({"template": school.form()}));
    assert_eq!(form["is_draft"], true);
    assert!(notices(&school, HEAD).is_empty());
}

#[test]
fn a_changed_client_cannot_announce_a_draft() {
    let school = School::planned(Place::Hub);
    school.at(NOTICE);
    let fields = json!({"walk": id(WALK), "given_at": NOTICE, "focus": "Talk for learning"});
    let sent = school.send(HEAD, RecordId::from_uuid(id(800)), Kind::Notice, fields);
    assert_eq!(School::code(&sent, "given_at"), "template_draft");
}

#[test]
fn a_draft_is_open_to_everyones_words_until_notice_freezes_it() {
    let school = School::planned(Place::Hub);
    let form = school.form();
    let said = |by, comment: Value, text: &str| json!({"by": by, "ask": {"comment": comment, "on": form, "part": "", "text": text}});
    let put = |said: &Value| {
        let by = said["by"].as_u64().unwrap();
        school.try_ask(by.into(), "comment_put", said["ask"].clone())
    };
    let listed = put(&said(75, Value::Null, "Leave the last row out.")).unwrap();
    let own = listed[0]["comment"].clone();
    assert_eq!(listed[0]["by"], "Dilys Okoro");
    let other = put(&said(53, own.clone(), "Keep it.")).unwrap_err();
    assert!(other.message.contains("own writer"), "{other}");
    assert!(
        put(&said(75, own, ""))
            .unwrap()
            .as_array()
            .unwrap()
            .is_empty()
    );
    school.at(NOTICE);
    school.give_notice();
    let late = put(&said(75, Value::Null, "Too late?")).unwrap_err();
    assert!(late.message.contains("no draft any more"), "{late}");
    let fields = json!({
        "on": form, "person": id(TEACHER), "text": "By the wire.", "at": NOTICE, "part": "",
    });
    let sent = school.send(TEACHER, RecordId::from_uuid(id(950)), Kind::Comment, fields);
    assert_eq!(School::code(&sent, "text"), "template_frozen");
    let sent = school.send(
        HEAD,
        form.parse::<RecordId>().unwrap(),
        Kind::Template,
        json!({"name": "Another form"}),
    );
    assert_eq!(School::code(&sent, "name"), "template_frozen");
}

#[test]
fn only_leaders_freeze_a_draft_and_twice_is_harmless() {
    let school = School::planned(Place::Hub);
    let form = json!({"template": school.form()});
    school.refused(TEACHER, "template_freeze", form.clone());
    for _ in 0..2 {
        let frozen = school.ask(DEPUTY, "template_freeze", form.clone());
        assert_eq!(frozen["is_draft"], false);
    }
}

#[test]
fn a_notice_says_the_whole_of_it_to_everyone() {
    let school = School::noticed(Place::Hub);
    let notice = notices(&school, OBSERVER)[0]["notice"].clone();
    let page = school.ask(COLLEAGUE, "notice_get", json!({"notice": notice}));
    assert_eq!(page["visits"].as_array().unwrap().len(), 5);
    assert_eq!(page["visits"][0]["class"], "Kestrel");
    let mine = page["visits"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|v| v["is_mine"] == true);
    assert_eq!(mine.count(), 2);
    assert!(
        page["statement"]
            .as_str()
            .unwrap()
            .contains("does not judge")
    );
    assert!(
        !page["sections"][0]["criteria"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(page["is_latest"], true);
}

#[test]
fn what_changes_after_notice_is_told_before_and_after_the_new_notice() {
    let school = School::planned(Place::Hub);
    school.at(NOTICE);
    school.give_notice();
    school.at("2026-11-10T08:00:00Z");
    school.plan(0, "2026-11-25T10:00:00Z");
    let moved = "Kestrel moved to Wed 25 Nov, 10:00 (it was Tue 17 Nov, 09:30)";
    assert_eq!(
        notices(&school, OBSERVER)[0]["changed"],
        json!([format!("Since then: {moved}")])
    );
    let told = |by| {
        let coming = school.ask(by, "coming_list", json!({}));
        let visits = coming["visits"].as_array().unwrap().clone();
        visits
            .into_iter()
            .map(|visit| visit["changed"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(TEACHER), [json!([moved])]);
    school.at("2026-11-11T08:00:00Z");
    school.give_notice();
    let listed = notices(&school, TEACHER);
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["changed"], json!([moved]));
    assert_eq!(listed[1]["changed"], json!([]));
    assert_eq!(told(TEACHER), [json!([moved])]);
    assert_eq!(told(COLLEAGUE), [json!([]), json!([])]);
    school.ask(HEAD, "visit_cancel", json!({"visit": id(VISIT + 10)}));
    let since = "Since then: The visit to Heron on Tue 17 Nov, 10:00 was called off";
    assert_eq!(
        notices(&school, COLLEAGUE)[0]["changed"],
        json!([moved, since])
    );
}

#[test]
fn a_notice_concerns_the_visited_teachers_and_the_observers() {
    let school = School::noticed(Place::Hub);
    let concerns = |by| notices(&school, by)[0]["concerns_me"].clone();
    assert_eq!(
        (concerns(TEACHER), concerns(OBSERVER)),
        (json!(true), json!(true))
    );
    assert_eq!(concerns(DEPUTY), json!(false));
}

#[test]
fn leaders_see_who_has_read_a_notice_and_nobody_says_so_for_another() {
    let school = School::noticed(Place::Hub);
    let notice: RecordId =
        serde_json::from_value(notices(&school, HEAD)[0]["notice"].clone()).unwrap();
    let forged = json!({"of": notice, "person": id(TEACHER), "at": BEGIN});
    for record in [
        AcknowledgementId::derive(notice, person(TEACHER)).into(),
        AcknowledgementId::derive(notice, person(DEPUTY)).into(),
        RecordId::from_uuid(id(990)),
    ] {
        let sent = school.send(DEPUTY, record, Kind::Acknowledgement, forged.clone());
        assert_eq!(School::code(&sent, "at"), "not_yours");
    }
    for _ in 0..2 {
        school.ask(TEACHER, "acknowledgement_give", json!({"of": notice}));
    }
    assert_eq!(notices(&school, TEACHER)[0]["is_read"], true);
    let asked = json!({"notice": notice});
    let readers = school.ask(DEPUTY, "notice_readers", asked.clone());
    assert_eq!(
        readers["staff"], 7,
        "the staff team, and the governor who is to observe"
    );
    assert_eq!(readers["read"].as_array().unwrap().len(), 1);
    assert_eq!(readers["read"][0]["name"], "Orla Tamblyn");
    assert_eq!(readers["not_read"].as_array().unwrap().len(), 6);
    school.refused(TEACHER, "notice_readers", asked);
    let unread = |by| school.ask(by, "reminder_list", json!({}))["unread_notices"].clone();
    assert_eq!((unread(TEACHER), unread(COLLEAGUE)), (json!(0), json!(1)));
}
