//! R17: the term's page is counted by the hub from its log, whatever a device says.

use alongside_api::{Code, Place};
use alongside_domain::{Kind, ReviewId, TermId};
use serde_json::{Value, json};

use crate::school::*;

fn made(school: &School) -> Value {
    let review = school.ask(DEPUTY, "review_make", json!({"term": autumn()}));
    review["kept"].clone()
}

fn share_by_wire(school: &School, of: u128, says: &str) {
    let fields = json!({"visit": id(of), "shared_at": says, "talked": false});
    // The tablet's clock is days behind, so its stamp is too.
    let sent = school.send_stamped(DEPUTY, share(of), Kind::Share, fields, millis(says));
    assert!(sent.refused.is_empty(), "{:?}", sent.refused);
}

#[test]
fn the_numbers_of_a_term_are_counted_from_the_log() {
    let school = School::planned(Place::Hub);
    school.at(NOTICE);
    school.give_notice();
    // The second visit moves after notice and is announced again; the fifth is called off.
    school.at("2026-11-10T08:00:00Z");
    school.plan(1, "2026-11-18T10:00:00Z");
    school.give_notice();
    school.ask(HEAD, "visit_cancel", json!({"visit": id(VISIT + 40)}));
    school.make(VISIT, BEGIN, END);
    school.make(VISIT + 20, "2026-11-17T10:30:00Z", "2026-11-17T10:50:00Z");
    // The first is shared two hours later and answered.
    school.at("2026-11-17T11:50:00Z");
    school.ask(
        HEAD,
        "record_share",
        json!({"visit": id(VISIT), "talked": false}),
    );
    let edit = json!({"what": "overall", "text": "Thank you."});
    school.ask(
        TEACHER,
        "response_write",
        json!({"visit": id(VISIT), "edit": edit}),
    );
    school.ask(TEACHER, "response_send", json!({"visit": id(VISIT)}));
    school.make(VISIT + 10, "2026-11-18T10:00:00Z", "2026-11-18T10:20:00Z");
    // The third is shared on day four, by a tablet that says it was on the first.
    school.at("2026-11-20T10:50:00Z");
    share_by_wire(&school, VISIT + 20, "2026-11-17T11:00:00Z");
    let concern =
        json!({"text": "My class was visited during a test.", "with_line_manager": false});
    school.ask(COLLEAGUE, "concern_raise", concern);
    assert_eq!(
        made(&school),
        json!({
            "visits": 3, "noticed": 3, "two_observers": 3, "moved_after_notice": 1,
            "shared": 2, "shared_in_time": 1, "shared_median_hours": 72, "shared_worst_hours": 72,
            "responses_offered": 2, "responses_made": 1, "concerns": 1,
        })
    );
}

#[test]
fn a_plan_that_changes_before_its_first_notice_has_not_moved() {
    let school = School::planned(Place::Hub);
    school.plan(0, "2026-11-17T13:00:00Z");
    school.at(NOTICE);
    school.give_notice();
    assert_eq!(made(&school)["moved_after_notice"], 0);
    school.plan(0, "2026-11-18T09:30:00Z");
    assert_eq!(
        made(&school)["moved_after_notice"],
        1,
        "even with no new notice"
    );
}

#[test]
fn a_notice_is_judged_by_the_days_that_held_when_the_visit_began() {
    let school = School::noticed(Place::Hub);
    school.make(VISIT, BEGIN, END);
    school.at("2026-11-17T12:00:00Z");
    school.decide(HEAD, "notice_days", json!(14));
    assert_eq!(
        made(&school)["noticed"],
        1,
        "what was decided later judges no earlier visit"
    );
    let focus = json!({"focus": "Questions that make pupils think"});
    school.put(HEAD, id(WALK), Kind::Walk, focus);
    assert_eq!(made(&school)["noticed"], 1);
}

#[test]
fn a_crowd_of_observers_that_was_not_settled_is_counted() {
    let school = School::noticed(Place::Hub);
    school.at("2026-11-09T09:00:00Z");
    // Another leader's tablet that had not heard of the plan puts other observers down.
    let fields = json!({"observers": [id(HEAD), id(DEPUTY)]});
    school.send_unaware(DEPUTY, id(VISIT), Kind::Visit, fields);
    school.at("2026-11-09T10:00:00Z");
    school.give_notice();
    school.at(BEGIN);
    school.ask(DEPUTY, "visit_start", json!({"visit": id(VISIT)}));
    let counted = made(&school);
    assert_eq!(
        (&counted["visits"], &counted["two_observers"]),
        (&json!(1), &json!(0))
    );
}

#[test]
fn nobody_writes_the_numbers_of_a_review() {
    let school = School::noticed(Place::Hub);
    let review = ReviewId::derive(TermId::from_uuid(autumn()));
    let fields = json!({"term": autumn(), "made_at": BEGIN, "kept": {"visits": 40, "noticed": 40}});
    let sent = school.send(DEPUTY, review, Kind::Review, fields.clone());
    assert_eq!(School::code(&sent, "kept"), "hub_only");
    assert_eq!(School::code(&sent, "made_at"), "hub_only");
    let sent = school.send(TEACHER, review, Kind::Review, fields);
    assert_eq!(School::code(&sent, "term"), "not_a_leader");
    school.refused(TEACHER, "review_make", json!({"term": autumn()}));
    school.refused(TEACHER, "review_get", json!({"term": autumn()}));
    assert_eq!(made(&school)["visits"], 0);
    let open = school.ask(TEACHER, "review_get", json!({"term": autumn()}));
    assert_eq!(open["may_edit"], false);
    let words = json!({"term": autumn(), "words": "All is well."});
    school.refused(TEACHER, "review_words", words.clone());
    assert_eq!(
        school.ask(DEPUTY, "review_words", words)["words"],
        "All is well."
    );
    let counted_again = school.ask(HEAD, "review_make", json!({"term": autumn()}));
    assert_eq!(counted_again["words"], "All is well.");
}

#[test]
fn a_review_is_open_to_everyones_words() {
    let school = School::noticed(Place::Hub);
    made(&school);
    let listed = school.ask(OBSERVER, "review_list", json!({}));
    let review = listed[0]["review"].clone();
    let said = json!({"comment": null, "on": review, "part": "", "text": "Notice came in time."});
    school.ask(OBSERVER, "comment_put", said);
    let listed = school.ask(TEACHER, "review_list", json!({}));
    assert_eq!(listed[0]["comments"], 1);
    let read = school.ask(TEACHER, "comment_list", json!({"on": review}));
    assert_eq!(read[0]["by"], "Dilys Okoro");
}

#[test]
fn a_device_does_not_count_a_review_without_the_hubs_log() {
    let school = School::noticed(Place::Device);
    let refused = school.try_ask(DEPUTY, "review_make", json!({"term": autumn()}));
    assert_eq!(refused.unwrap_err().code, Code::NoHub);
}
