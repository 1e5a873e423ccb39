//! Retention: what is due is shown, then gone, everywhere; nothing goes early, and nothing comes back.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId, ReflectionId, ResponseId};
use alongside_sync::{SyncAnswer, SyncRequest};
use serde_json::{Value, json};

use crate::school::{
    BEGIN, CLASS, DEPUTY, END, GOVERNOR, HEAD, NEIGHBOUR, OBSERVER, School, TEACHER, VISIT, WALK,
    actor, autumn, id, observation, person, share, visit,
};

/// The day before the visits of the school are destroyed, and the day itself.
const EVE: &str = "2028-08-30T12:00:00Z";
const DAY: &str = "2028-08-31T12:00:00Z";
/// A word that is not pressed away and is found nowhere else.
const WORD: &str = "zq8fJ2xkVw7LmP0tRb";

fn response() -> RecordId {
    ResponseId::derive(visit(VISIT), person(TEACHER)).into()
}

fn reflection() -> RecordId {
    ReflectionId::derive(visit(VISIT), person(TEACHER)).into()
}

/// A school with one visit made, shared, answered and reflected on, a concern, and a review with a comment.
fn lived_in() -> School {
    let school = School::noticed(Place::Hub);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    let own = observation(VISIT, OBSERVER).uuid();
    for text in [WORD, "Something else"] {
        let fields = json!({"comments.communication": text, "marks.aids": "seen"});
        school.put(OBSERVER, own, Kind::Observation, fields);
    }
    school.make(VISIT, BEGIN, END);
    school.at("2026-11-17T10:50:00Z");
    let asked = json!({"visit": id(VISIT), "talked": false});
    school.ask(DEPUTY, "record_share", asked);
    school.put(
        TEACHER,
        response().uuid(),
        Kind::Response,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "overall": WORD, "sent_at": "2026-11-17T10:50:00Z"}),
    );
    school.put(
        TEACHER,
        reflection().uuid(),
        Kind::Reflection,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "change": WORD}),
    );
    school.ask(OBSERVER, "record_get", json!({"visit": id(VISIT)}));
    school.ask(
        TEACHER,
        "concern_raise",
        json!({"text": WORD, "with_line_manager": false}),
    );
    let review = school.ask(HEAD, "review_make", json!({"term": autumn()}));
    let said = json!({"comment": null, "on": review["review"], "part": "", "text": WORD});
    school.ask(NEIGHBOUR, "comment_put", said);
    school
}

fn list(school: &School) -> Value {
    school.ask(HEAD, "retention_list", json!({}))
}

fn destroy(school: &School) -> Value {
    let token = list(school)["token"].clone();
    school.ask(HEAD, "retention_destroy", json!({"token": token}))
}

fn get(school: &School, id: RecordId) -> Option<alongside_domain::Record> {
    school.desk.store().read().unwrap().get(id).unwrap()
}

fn pull(school: &School, of: u128, after: u64) -> SyncAnswer {
    let request = SyncRequest {
        after: Some(after),
        held: Some(after),
        ..SyncRequest::default()
    };
    school.desk.exchange(&actor(of), request).unwrap()
}

/// All that hangs on the visit, on the walk, and the rest that goes on the day.
fn all_that_goes() -> Vec<RecordId> {
    let mut ids = vec![response(), reflection(), share(VISIT)];
    ids.extend([OBSERVER, GOVERNOR].map(|by| observation(VISIT, by)));
    ids.extend((0..5).map(|place| RecordId::from_uuid(id(VISIT + 10 * place))));
    ids.push(RecordId::from_uuid(id(WALK)));
    ids
}

#[test]
fn nothing_goes_before_its_day() {
    let school = lived_in();
    school.at(EVE);
    let shown = list(&school);
    assert_eq!(shown["lines"], json!([]));
    let next = shown["next"].as_array().unwrap();
    assert!(
        next.iter().all(|line| line["date"] == "2028-08-31"),
        "{next:?}"
    );
    let kinds: Vec<_> = next
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["visit", "walk", "concern", "review"]);
    destroy(&school);
    school.desk.keep_retention().unwrap();
    for id in all_that_goes() {
        assert!(get(&school, id).is_some(), "{id}");
    }
}

#[test]
fn the_list_that_was_shown_is_gone_everywhere() {
    let school = lived_in();
    let cursors: Vec<_> = [HEAD, DEPUTY, TEACHER, OBSERVER]
        .map(|of| {
            let (records, _) = school.feed(of);
            let held: Vec<RecordId> = records.iter().map(|record| record.id).collect();
            (of, pull(&school, of, 0).cursor.unwrap(), held)
        })
        .into();
    school.at(DAY);
    let shown = list(&school);
    let before = school.desk.store().read().unwrap().version().unwrap();
    let after = destroy(&school);
    assert_eq!(after["records"], 0);
    let gone = school.desk.store().read().unwrap().version().unwrap() - before;
    assert_eq!(shown["records"], gone);
    let reader = school.desk.store().read().unwrap();
    for id in all_that_goes() {
        assert_eq!(reader.get(id).unwrap(), None, "{id}");
        assert_eq!(reader.history(id).unwrap(), []);
        assert_eq!(reader.audiences(id).unwrap(), []);
    }
    for kind in [
        Kind::Walk,
        Kind::Visit,
        Kind::Notice,
        Kind::Observation,
        Kind::Share,
        Kind::Response,
        Kind::Reflection,
        Kind::Acknowledgement,
        Kind::Concern,
        Kind::Review,
        Kind::Comment,
    ] {
        assert_eq!(reader.list(&kind).unwrap(), [], "{kind}");
    }
    drop(reader);
    for (of, cursor, held) in cursors {
        let answer = pull(&school, of, cursor);
        let told = |id: &RecordId| answer.forget.contains(id);
        let missed: Vec<_> = all_that_goes()
            .into_iter()
            .filter(|id| held.contains(id) && !told(id))
            .collect();
        assert_eq!(missed, [], "{of} is told of each that was there");
        assert_eq!(answer.records, [], "and of nothing else");
        let (left, count) = school.feed(of);
        assert_eq!(left.len() as u64, count, "what is left adds up");
    }
}

#[test]
fn what_comes_of_a_walk_goes_with_it_and_an_action_of_no_walk_goes_by_its_last_writing() {
    let school = School::noticed(Place::Hub);
    let said = json!({"what": "overall", "text": "Time to answer helps everywhere"});
    school.ask(
        DEPUTY,
        "debrief_write",
        json!({"walk": id(WALK), "edit": said}),
    );
    school.ask(DEPUTY, "report_start", json!({"walk": id(WALK)}));
    let mut action = json!({
        "action": null, "title": "Time to answer", "owner": id(TEACHER), "due_on": "2026-12-01",
        "success_criteria": "Seen in most classes", "from": "free", "about": "", "walk": id(WALK),
        "template": null, "criterion": "",
    });
    school.ask(DEPUTY, "action_put", action.clone());
    action["walk"] = json!(null);
    school.ask(DEPUTY, "action_put", action);
    school.at(EVE);
    destroy(&school);
    let count = |kind: &Kind| {
        let reader = school.desk.store().read().unwrap();
        reader.list(kind).unwrap().len()
    };
    assert_eq!(count(&Kind::Action), 2, "nothing goes early");
    school.at(DAY);
    let lines = list(&school)["lines"].clone();
    let free = lines
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["kind"] == "action");
    assert_eq!(free.unwrap()["what"], "An action of 2026-27");
    destroy(&school);
    for kind in [Kind::Walk, Kind::Debrief, Kind::Report, Kind::Action] {
        assert_eq!(count(&kind), 0, "{kind}");
    }
}

#[test]
fn a_line_in_the_log_stays_with_counts_and_no_words() {
    let school = lived_in();
    school.at(DAY);
    destroy(&school);
    for reader in [HEAD, TEACHER, NEIGHBOUR] {
        let page = school.ask(reader, "log_list", json!({"act": "destroyed"}));
        let said: Vec<_> = page["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["sentence"].as_str().unwrap().to_owned())
            .collect();
        assert!(
            said.contains(&"Imke Sandoval destroyed what was due: a concern.".to_owned()),
            "{said:?}"
        );
        let visits = said.iter().find(|line| line.contains("5 visits")).unwrap();
        assert!(visits.contains("2 observations, a sharing, a response, a reflection"));
    }
    let reader = school.desk.store().read().unwrap();
    let chain = alongside_api::log::check(&*reader).unwrap();
    assert!(chain.is_ok(), "{chain:?}");
}

#[test]
fn only_the_head_sees_and_destroys_what_is_due() {
    let school = lived_in();
    school.at(DAY);
    let token = list(&school)["token"].clone();
    for by in [DEPUTY, TEACHER, OBSERVER] {
        school.refused(by, "retention_list", json!({}));
        school.refused(by, "retention_destroy", json!({"token": token}));
    }
    assert!(get(&school, response()).is_some());
}

#[test]
fn a_list_that_has_changed_is_not_destroyed() {
    let school = lived_in();
    school.at(DAY);
    let token = list(&school)["token"].clone();
    // The last visit is read by one more, so that there is one more record to go.
    let asked = json!({"visit": id(VISIT)});
    school.ask(HEAD, "record_get", asked);
    let said = school.refused(HEAD, "retention_destroy", json!({"token": token}));
    assert!(said.contains("has changed since it was shown"), "{said}");
    assert!(get(&school, response()).is_some());
    school.refused(HEAD, "retention_destroy", json!({"token": ""}));
}

#[test]
fn what_was_destroyed_does_not_come_back() {
    let school = lived_in();
    school.at(DAY);
    destroy(&school);
    school.at("2028-09-10T08:00:00Z");
    let own = observation(VISIT, OBSERVER);
    let again = json!({
        "visit": id(VISIT), "observer": id(OBSERVER), "started_at": BEGIN, "overall": WORD,
    });
    let sent = school.send(OBSERVER, own, Kind::Observation, again);
    for field in ["visit", "observer", "started_at", "overall"] {
        assert_eq!(School::code(&sent, field), "destroyed");
    }
    let plan = json!({"walk": id(WALK), "class": id(CLASS), "starts_at": "2028-09-20T09:30:00Z"});
    for (record, kind, fields) in [
        (id(VISIT), Kind::Visit, plan.clone()),
        (id(WALK), Kind::Walk, json!({"name": WORD})),
        // New, but of what is gone.
        (id(VISIT + 7), Kind::Visit, plan),
    ] {
        let first = fields.as_object().unwrap().keys().next().unwrap().clone();
        let sent = school.send(HEAD, RecordId::from_uuid(record), kind, fields);
        assert_eq!(School::code(&sent, &first), "destroyed");
    }
    // A response that was never sent before: it is gone with its visit all the same.
    let late = ResponseId::derive(visit(VISIT), person(NEIGHBOUR));
    let fields = json!({"visit": id(VISIT), "teacher": id(NEIGHBOUR), "overall": WORD});
    let sent = school.send(NEIGHBOUR, late, Kind::Response, fields);
    assert_eq!(School::code(&sent, "overall"), "destroyed");
    assert!(
        !all_that_goes()
            .into_iter()
            .any(|id| get(&school, id).is_some())
    );
}

#[test]
fn the_hub_destroys_by_itself_what_it_has_shown() {
    let school = lived_in();
    school.at("2028-08-23T05:00:00Z");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    school.at("2028-08-24T05:00:00Z");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    let line = list(&school)["next"][0].clone();
    assert_eq!(line["by_itself_on"], "2028-08-31");
    school.at(EVE);
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    school.at(DAY);
    assert!(school.desk.keep_retention().unwrap() > 0);
    assert_eq!(get(&school, response()), None);
    let page = school.ask(HEAD, "log_list", json!({"act": "destroyed"}));
    assert_eq!(page["lines"][0]["by"], "The hub");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
}

#[test]
fn what_was_not_shown_in_time_waits_until_it_was() {
    let school = lived_in();
    // The hub was off all summer.
    school.at("2028-09-10T05:00:00Z");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    assert_eq!(list(&school)["lines"][0]["by_itself_on"], "2028-09-17");
    school.at("2028-09-16T05:00:00Z");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    school.at("2028-09-17T05:00:00Z");
    assert!(school.desk.keep_retention().unwrap() > 0);
}

#[test]
fn to_keep_for_a_shorter_time_destroys_nothing_unseen() {
    let school = lived_in();
    school.at("2027-10-01T05:00:00Z");
    school.desk.keep_retention().unwrap();
    school.decide(DEPUTY, "retention_years", json!(0));
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    let shown = list(&school);
    assert_eq!(shown["lines"][0]["date"], "2027-08-31");
    assert_eq!(shown["lines"][0]["by_itself_on"], "2027-10-08");
    // The head says no in time.
    school.at("2027-10-07T05:00:00Z");
    school.decide(HEAD, "retention_years", json!(1));
    school.at("2027-10-20T05:00:00Z");
    assert_eq!(school.desk.keep_retention().unwrap(), 0);
    assert!(get(&school, response()).is_some());
}

#[test]
fn a_walk_stays_while_a_visit_of_it_does() {
    let school = lived_in();
    school.at("2027-08-20T08:00:00Z");
    school.plan(4, "2027-09-20T09:30:00Z");
    school.at(DAY);
    destroy(&school);
    assert!(get(&school, RecordId::from_uuid(id(WALK))).is_some());
    assert!(get(&school, RecordId::from_uuid(id(VISIT + 40))).is_some());
    assert_eq!(get(&school, RecordId::from_uuid(id(VISIT))), None);
}

#[test]
fn no_word_of_what_was_destroyed_is_left_in_the_file() {
    let school = lived_in();
    let found = || {
        let bytes: Vec<u8> = school
            .files()
            .iter()
            .flat_map(|file| std::fs::read(file).unwrap_or_default())
            .collect();
        bytes
            .windows(WORD.len())
            .filter(|window| *window == WORD.as_bytes())
            .count()
    };
    assert!(found() > 1, "the word is in the file before");
    school.at(DAY);
    destroy(&school);
    assert_eq!(found(), 0);
    assert_eq!(school.desk.store().check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_self_evaluation_goes_at_the_end_of_its_time_with_what_everyone_rated() {
    let school = School::noticed(Place::Hub);
    let year = json!({"year": 2026});
    school.ask(HEAD, "self_evaluation_start", year.clone());
    let note =
        json!({"year": 2026, "indicator": "send_cycle", "edit": {"what": "note", "text": WORD}});
    school.ask(HEAD, "self_evaluation_rate", note);
    let held = |kind: &Kind| school.desk.store().read().unwrap().list(kind).unwrap();
    let is_listed = |key: &str| {
        let shown = list(&school);
        let lines = shown[key].as_array().unwrap().clone();
        lines.iter().any(|line| line["kind"] == "self_evaluation")
    };
    school.at(EVE);
    assert!(is_listed("next") && !is_listed("lines"));
    destroy(&school);
    assert_eq!(held(&Kind::Rating).len(), 1, "nothing goes before its day");
    school.at(DAY);
    assert!(is_listed("lines"));
    destroy(&school);
    assert_eq!(held(&Kind::SelfEvaluation), []);
    assert_eq!(held(&Kind::Rating), []);
}
