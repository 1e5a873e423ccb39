//! R18: a concern reaches the head and whoever stands beside its writer, and nobody else by any door.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId};
use serde_json::{Value, json};

use crate::school::*;

fn raise(school: &School, with_line_manager: bool) -> RecordId {
    let asked = json!({"text": "A third observer came.", "with_line_manager": with_line_manager});
    let raised = school.ask(TEACHER, "concern_raise", asked);
    raised[0]["concern"].as_str().unwrap().parse().unwrap()
}

fn listed(school: &School, by: u128) -> Vec<Value> {
    let listed = school.ask(by, "concern_list", json!({}));
    listed.as_array().unwrap().clone()
}

#[test]
fn another_leader_neither_reads_a_concern_nor_counts_it() {
    let school = School::noticed(Place::Hub);
    let (_, before) = school.feed(DEPUTY);
    let concern = raise(&school, false);
    assert_eq!(listed(&school, HEAD).len(), 1);
    for other in [DEPUTY, COLLEAGUE, OBSERVER, GOVERNOR] {
        assert!(listed(&school, other).is_empty());
        assert!(!school.is_sent(other, concern));
    }
    assert_eq!(
        school.feed(DEPUTY).1,
        before,
        "the hub's count gives nothing away"
    );
    let waiting = |by| school.ask(by, "reminder_list", json!({}))["concerns_to_answer"].clone();
    assert_eq!((waiting(HEAD), waiting(DEPUTY)), (json!(1), json!(0)));
    let answer = json!({"concern": concern, "answer": "Leave it to me."});
    let sentence = school.refused(DEPUTY, "concern_answer", answer);
    assert!(sentence.contains("not here"), "{sentence}");
}

#[test]
fn a_line_manager_reads_what_they_stand_beside_and_nothing_else() {
    let school = School::noticed(Place::Hub);
    let alone = raise(&school, false);
    let together = raise(&school, true);
    let seen = listed(&school, DEPUTY);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["concern"], json!(together));
    assert_eq!(seen[0]["supporter"], "Bede Quist");
    assert_eq!(seen[0]["may_answer"], false);
    assert!(school.is_sent(DEPUTY, together) && !school.is_sent(DEPUTY, alone));
}

#[test]
fn a_changed_client_cannot_make_anyone_else_the_supporter() {
    let school = School::noticed(Place::Hub);
    let forged = |supporter: u128, concern: u128| {
        let fields = json!({
            "writer": id(TEACHER), "supporter": id(supporter), "text": "…",
            "raised_at": "2026-11-17T09:00:00Z",
        });
        let sent = school.send(
            TEACHER,
            RecordId::from_uuid(id(concern)),
            Kind::Concern,
            fields,
        );
        School::code(&sent, "text")
    };
    assert_eq!(forged(OBSERVER, 900), "not_line_manager");
    assert_eq!(forged(DEPUTY, 910), "accepted");
    let late = json!({"supporter": id(OBSERVER)});
    let sent = school.send(TEACHER, RecordId::from_uuid(id(910)), Kind::Concern, late);
    assert_ne!(School::code(&sent, "supporter"), "accepted");
    assert!(listed(&school, OBSERVER).is_empty());
}

#[test]
fn nobody_raises_a_concern_in_anothers_name() {
    let school = School::noticed(Place::Hub);
    let fields = json!({
        "writer": id(TEACHER), "text": "All was well.", "raised_at": "2026-11-17T09:00:00Z",
    });
    let sent = school.send(DEPUTY, RecordId::from_uuid(id(900)), Kind::Concern, fields);
    assert_eq!(School::code(&sent, "text"), "not_yours");
}

#[test]
fn a_concern_stays_in_its_writers_words_and_its_answer_as_it_was_given() {
    let school = School::noticed(Place::Hub);
    let concern = raise(&school, false);
    let sent = school.send(
        HEAD,
        concern,
        Kind::Concern,
        json!({"text": "Nothing happened."}),
    );
    assert_eq!(School::code(&sent, "text"), "concern_raised");
    let sent = school.send(TEACHER, concern, Kind::Concern, json!({"answer": "Sorry!"}));
    assert_eq!(School::code(&sent, "answer"), "not_yours");
    let answer = |words: &str| json!({"concern": concern, "answer": words});
    let answered = school.ask(HEAD, "concern_answer", answer("I will see to it."));
    assert_eq!(answered[0]["may_answer"], false);
    let again = school.refused(HEAD, "concern_answer", answer("I never said so."));
    assert!(again.contains("stays as it was given"), "{again}");
    let sent = school.send(
        HEAD,
        concern,
        Kind::Concern,
        json!({"answer": "I never said so."}),
    );
    assert_eq!(School::code(&sent, "answer"), "already_answered");
    let seen = listed(&school, TEACHER);
    assert_eq!(seen[0]["answer"], "I will see to it.");
    assert_eq!(seen[0]["answered_by"], "Imke Sandoval");
}

#[test]
fn a_concern_that_is_sent_twice_is_accepted_twice() {
    let school = School::noticed(Place::Hub);
    let concern = raise(&school, true);
    let held = school.desk.store().read().unwrap().get(concern).unwrap();
    for (name, field) in held.unwrap().fields {
        let sent = school.send_as(TEACHER, concern, Kind::Concern, &name, field);
        assert!(sent.refused.is_empty(), "{name}: {:?}", sent.refused);
    }
}

#[test]
fn a_concern_has_its_receipt_once_the_hub_has_all_of_it() {
    let school = School::noticed(Place::Device);
    let concern = raise(&school, false);
    assert_eq!(listed(&school, TEACHER)[0]["is_received"], false);
    let mut writer = school.desk.store().write().unwrap();
    for (name, field) in writer.get(concern).unwrap().unwrap().fields {
        writer.deliver(concern, &name, field.stamp, 1).unwrap();
    }
    writer.commit().unwrap();
    assert_eq!(listed(&school, TEACHER)[0]["is_received"], true);
}

#[test]
fn before_a_concern_its_writer_is_told_who_will_read_it() {
    let school = School::planned(Place::Device);
    let before = school.ask(TEACHER, "concern_before", json!({}));
    assert_eq!(before["head"], "Imke Sandoval");
    assert_eq!(before["line_manager"], "Bede Quist");
    let nothing = json!({"text": "  ", "with_line_manager": false});
    assert!(
        school
            .refused(TEACHER, "concern_raise", nothing)
            .contains("nothing written")
    );
    let alone = json!({"text": "Too many came.", "with_line_manager": true});
    let sentence = school.refused(HEAD, "concern_raise", alone);
    assert!(sentence.contains("No line manager"), "{sentence}");
}
