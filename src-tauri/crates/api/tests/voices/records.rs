//! R8: every word is seen, additions as additions, and who has read is seen too.

use alongside_api::Place;
use alongside_api::reminder::Sleep;
use alongside_domain::{AcknowledgementId, Kind, RecordId, ResponseId};
use serde_json::{Value, json};

use crate::school::*;

fn write(school: &School, edit: Value) -> Result<Value, alongside_api::ApiError> {
    school.try_ask(
        OBSERVER,
        "observation_write",
        json!({"visit": id(VISIT), "edit": edit}),
    )
}

fn overall(text: &str) -> Value {
    json!({"what": "overall", "text": text})
}

fn addition(text: &str) -> Value {
    json!({"what": "addition", "entry": "one", "text": text})
}

#[test]
fn an_observation_can_be_tidied_up_for_a_time_after_it_was_finished() {
    let school = School::noticed(Place::Hub);
    school.make(VISIT, BEGIN, END);
    school.at("2026-11-17T10:04:00Z");
    let sheet = school.ask(OBSERVER, "visit_get", json!({"visit": id(VISIT)}));
    assert_eq!(sheet["mine"]["tidy_until"], "2026-11-17T10:05:00Z");
    write(&school, overall("Calm and curious.")).unwrap();
    school.at("2026-11-17T10:06:00Z");
    let late = write(&school, overall("Not calm at all.")).unwrap_err();
    assert!(late.message.contains("seen as an addition"), "{late}");
    let sheet = school.ask(OBSERVER, "visit_get", json!({"visit": id(VISIT)}));
    assert_eq!(sheet["mine"]["tidy_until"], Value::Null);
    assert_eq!(sheet["mine"]["overall"], "Calm and curious.");
}

#[test]
fn sharing_ends_the_tidying_at_once() {
    let school = School::noticed(Place::Hub);
    school.make(VISIT, BEGIN, END);
    school.at("2026-11-17T09:55:00Z");
    school.ask(
        HEAD,
        "record_share",
        json!({"visit": id(VISIT), "talked": true}),
    );
    school.at("2026-11-17T09:56:00Z");
    assert!(write(&school, overall("Calm and curious.")).is_err());
    let sent = school.send(
        OBSERVER,
        observation(VISIT, OBSERVER),
        Kind::Observation,
        json!({"overall": "Calm and curious."}),
    );
    assert_eq!(School::code(&sent, "overall"), "observation_finished");
    let sheet = school.ask(OBSERVER, "visit_get", json!({"visit": id(VISIT)}));
    assert_eq!(sheet["mine"]["tidy_until"], Value::Null);
}

#[test]
fn an_addition_comes_after_the_visit_is_seen_as_one_and_stays() {
    let school = School::noticed(Place::Hub);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    assert!(write(&school, addition("Too early.")).is_err());
    school.make(VISIT, BEGIN, END);
    school.at("2026-11-17T10:50:00Z");
    school.ask(
        HEAD,
        "record_share",
        json!({"visit": id(VISIT), "talked": false}),
    );
    school.at("2026-11-18T09:00:00Z");
    write(&school, addition("They had a visitor.")).unwrap();
    school.at("2026-11-18T09:01:00Z");
    write(&school, addition("They had a visitor that day.")).unwrap();
    let record = school.ask(TEACHER, "record_get", json!({"visit": id(VISIT)}));
    assert_eq!(
        record["additions"],
        json!([{"by": "Dilys Okoro", "at": "2026-11-18T09:01:00Z", "text": "They had a visitor that day."}])
    );
    assert_eq!(record["overall"], json!([]));
    school.at("2026-11-18T12:00:00Z");
    let taken_back = json!({"what": "addition", "entry": "one", "text": null});
    let sentence = write(&school, taken_back).unwrap_err().message;
    assert!(sentence.contains("stays as it is"), "{sentence}");
    let sheet = school.ask(OBSERVER, "visit_get", json!({"visit": id(VISIT)}));
    assert_eq!(sheet["mine"]["additions"][0]["id"], "one");
}

fn readers(school: &School, by: u128) -> Vec<String> {
    let record = school.ask(by, "record_get", json!({"visit": id(VISIT)}));
    let read_by = record["read_by"].as_array().unwrap().iter();
    read_by
        .map(|one| one["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn whoever_opens_a_shared_record_is_seen_to_have_read_it_by_its_teacher() {
    for place in [Place::Hub, Place::Device] {
        let school = School::noticed(place);
        school.make(VISIT, BEGIN, END);
        school.at("2026-11-17T10:00:00Z");
        school.ask(DEPUTY, "record_get", json!({"visit": id(VISIT)}));
        school.ask(
            DEPUTY,
            "record_share",
            json!({"visit": id(VISIT), "talked": false}),
        );
        assert_eq!(readers(&school, TEACHER), ["Orla Tamblyn"], "{place:?}");
        school.at("2026-11-17T11:00:00Z");
        for _ in 0..2 {
            assert_eq!(readers(&school, DEPUTY), ["Orla Tamblyn", "Bede Quist"]);
        }
        school.at("2026-11-17T12:00:00Z");
        let record = school.ask(TEACHER, "record_get", json!({"visit": id(VISIT)}));
        assert_eq!(
            record["read_by"][1]["at"], "2026-11-17T11:00:00Z",
            "the first time stands"
        );
        assert_eq!(
            readers(&school, OBSERVER),
            [] as [&str; 0],
            "observers are not told"
        );
        let missing = school.try_ask(COLLEAGUE, "record_get", json!({"visit": id(VISIT)}));
        assert!(missing.is_err());
        assert!(!readers(&school, TEACHER).contains(&"Anouk Brandt".to_owned()));
    }
}

#[test]
fn a_teacher_sees_who_has_read_the_response_and_never_reads_it_for_themselves() {
    for place in [Place::Hub, Place::Device] {
        let school = School::shared(place);
        let edit = json!({"what": "overall", "text": "Thank you, that rings true."});
        let asked = json!({"visit": id(VISIT), "edit": edit});
        school.ask(TEACHER, "response_write", asked);
        school.ask(DEPUTY, "record_get", json!({"visit": id(VISIT)}));
        school.ask(TEACHER, "response_send", json!({"visit": id(VISIT)}));
        let response = |by| {
            let record = school.ask(by, "record_get", json!({"visit": id(VISIT)}));
            record["responses"][0]["read_by"].clone()
        };
        assert_eq!(response(TEACHER), json!([]), "{place:?}");
        school.ask(GOVERNOR, "record_get", json!({"visit": id(VISIT)}));
        let read_by = response(TEACHER);
        assert_eq!(read_by.as_array().unwrap().len(), 1);
        assert_eq!(read_by[0]["name"], "Ferran Holt");
        assert_eq!(
            response(DEPUTY),
            json!([]),
            "who has read it is the teacher's to know"
        );
    }
}

#[test]
fn nobody_says_that_a_teacher_has_read_their_record() {
    let school = School::shared(Place::Hub);
    let of = RecordId::from_uuid(id(VISIT));
    let fields = json!({"of": of, "person": id(TEACHER), "at": END});
    let record = AcknowledgementId::derive(of, person(TEACHER));
    let sent = school.send(DEPUTY, record, Kind::Acknowledgement, fields);
    assert_eq!(School::code(&sent, "at"), "not_yours");
    let waiting = |by| school.ask(by, "reminder_list", json!({}))["records_to_read"].clone();
    assert_eq!(waiting(TEACHER), json!(1));
    school.ask(TEACHER, "record_get", json!({"visit": id(VISIT)}));
    assert_eq!(waiting(TEACHER), json!(0));
}

#[test]
fn a_draft_of_a_response_is_acknowledged_by_nobody() {
    let school = School::shared(Place::Hub);
    let edit = json!({"what": "overall", "text": "A first thought."});
    school.ask(
        TEACHER,
        "response_write",
        json!({"visit": id(VISIT), "edit": edit}),
    );
    let response = ResponseId::derive(visit(VISIT), person(TEACHER));
    let of = RecordId::from(response);
    let fields = json!({"of": of, "person": id(DEPUTY), "at": END});
    let record = AcknowledgementId::derive(of, person(DEPUTY));
    let sent = school.send(DEPUTY, record, Kind::Acknowledgement, fields);
    assert_eq!(School::code(&sent, "at"), "unknown_id");
}

#[test]
fn a_leader_is_reminded_of_what_is_due_and_overdue_without_names() {
    let school = School::noticed(Place::Device);
    school.make(VISIT, BEGIN, END);
    let reminder = |at: &str| {
        school.at(at);
        school.ask(DEPUTY, "reminder_list", json!({}))
    };
    let early = reminder("2026-11-17T12:00:00Z");
    assert_eq!((&early["due"], &early["overdue"]), (&json!(0), &json!(0)));
    assert_eq!(early["next_due_at"], "2026-11-19T09:50:00Z");
    assert_eq!(reminder("2026-11-18T12:00:00Z")["due"], 1);
    let late = reminder("2026-11-19T10:00:00Z");
    assert_eq!((&late["due"], &late["overdue"]), (&json!(0), &json!(1)));
    assert_eq!(late["next_due_at"], Value::Null);
    assert_eq!(
        school.ask(TEACHER, "reminder_list", json!({}))["overdue"],
        0
    );
    assert!(!late.to_string().contains("Kestrel"));
}

fn said(school: &School, by: u128, at: &str) -> Vec<String> {
    school.at(at);
    let said = school.desk.remind(&actor(by), Sleep::Awake).unwrap();
    said.sentences
}

#[test]
fn a_device_says_each_thing_once_and_without_a_name() {
    let school = School::noticed(Place::Device);
    let new = ["There is something new to read in Alongside."];
    assert_eq!(said(&school, DEPUTY, BEGIN), new);
    school.make(VISIT, BEGIN, END);
    let due = said(&school, DEPUTY, "2026-11-18T12:00:00Z").join(" ");
    assert!(due.starts_with("A record is to be shared by "), "{due}");
    assert!(!due.contains("Kestrel") && !due.contains("Tamblyn"));
    for at in ["2026-11-18T12:01:00Z", "2026-11-18T18:00:00Z"] {
        assert!(said(&school, DEPUTY, at).is_empty());
    }
    assert!(said(&school, TEACHER, "2026-11-19T12:00:00Z").is_empty());
}

#[test]
fn a_device_says_nothing_to_somebody_who_is_on_a_visit() {
    let school = School::noticed(Place::Device);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    assert!(said(&school, OBSERVER, "2026-11-17T09:31:00Z").is_empty());
    school.at(END);
    school.ask(OBSERVER, "visit_finish", json!({"visit": id(VISIT)}));
    assert_eq!(said(&school, OBSERVER, END).len(), 1);
}

#[test]
fn a_record_that_was_shared_before_the_planned_time_of_its_visit_is_there_to_read() {
    let school = School::noticed(Place::Hub);
    school.make(VISIT, "2026-11-17T07:00:00Z", "2026-11-17T07:20:00Z");
    school.at("2026-11-17T07:40:00Z");
    let listed = || school.ask(TEACHER, "record_list", json!({}))["records"].clone();
    assert_eq!(listed(), json!([]));
    school.ask(
        DEPUTY,
        "record_share",
        json!({"visit": id(VISIT), "talked": false}),
    );
    assert_eq!(listed()[0]["visit"], json!(id(VISIT)));
}
