//! The timetable: offered whole, checked, kept all or none (R6, R11).

use alongside_api::{Code, Place};
use alongside_domain::Kind;
use serde_json::{Value, json};

use crate::school::*;

#[test]
fn a_proposal_is_whole_even_and_writes_nothing() {
    let school = School::new(Place::Device);
    let plan = school.propose();
    assert_eq!(slots(&plan).len(), 8);
    assert_eq!(plan["unmet"], json!([]));
    assert_eq!(plan["crossings"], 0);
    for load in plan["loads"].as_array().unwrap() {
        assert_eq!(load["visits"], 4, "{load}");
    }
    for slot in slots(&plan) {
        assert_eq!(slot["problems"], json!([]), "{slot}");
        assert_eq!(slot["observers"].as_array().unwrap().len(), 2);
    }
    assert!(school.visits().is_empty());
}

#[test]
fn a_lesson_says_where_a_visit_can_be_in_it() {
    let plan = School::new(Place::Device).propose();
    let first = &plan["lessons"][0];
    assert_eq!(
        (&first["starts"], &first["ends"]),
        (&json!("09:10"), &json!("10:00"))
    );
    assert_eq!(
        first["visits"][2],
        json!({"part": "plenary", "starts": "09:40"})
    );
    assert_eq!(plan["days"], json!(DAYS));
}

#[test]
fn a_kept_plan_is_what_was_offered_and_keeping_it_again_writes_nothing() {
    let school = School::new(Place::Device);
    let plan = school.propose();
    school.keep(&slots(&plan));
    let kept = school.plan();
    let times = |plan: &Value| -> Vec<Value> {
        let key = |slot: &Value| json!([slot["class"], slot["starts_at"], slot["observers"]]);
        slots(plan).iter().map(key).collect()
    };
    assert_eq!(times(&kept), times(&plan));
    let (before, version) = (school.visits(), waiting(&school));
    // A double tap sends the same slots, still without ids.
    school.keep(&slots(&plan));
    assert_eq!(school.visits(), before);
    assert_eq!(waiting(&school), version);
}

fn waiting(school: &School) -> u64 {
    school.desk.store().read().unwrap().outbox_count().unwrap()
}

#[test]
fn a_visit_left_out_is_called_off_and_a_moved_one_stays_the_same_visit() {
    let school = School::new(Place::Device);
    school.keep(&slots(&school.propose()));
    let mut kept = slots(&school.plan());
    kept.pop();
    let first = kept[0]["visit"].clone();
    kept[0]["starts_at"] = json!("2027-02-01T09:10:00Z");
    school.keep(&kept);
    let after = school.standing();
    assert_eq!(after.len(), 7);
    let moved = after.iter().find(|own| json!(own.id) == first).unwrap();
    assert_eq!(moved.starts_at.to_rfc3339(), "2027-02-01T09:10:00+00:00");
}

#[test]
fn a_visit_that_has_begun_is_neither_moved_nor_called_off() {
    let school = begun();
    let stands = school.standing();
    let own = slots(&school.plan());
    let place = own
        .iter()
        .position(|slot| slot["is_begun"] == true)
        .unwrap();
    let mut moved = own.clone();
    moved[place]["starts_at"] = json!("2027-02-10T09:10:00Z");
    moved[place]["is_begun"] = json!(false);
    let checked = school.check(&moved);
    assert_eq!(slots(&checked)[place]["starts_at"], own[place]["starts_at"]);
    school.keep(&moved);
    assert_eq!(school.standing(), stands);
    let mut left_out = own.clone();
    left_out.remove(place);
    school.keep(&left_out);
    assert_eq!(school.standing(), stands);
    let again = school.propose_around(&[]);
    let begun = slots(&again)
        .into_iter()
        .filter(|slot| slot["is_begun"] == true);
    assert_eq!(begun.count(), 1);
}

/// Kept and announced, and the first visit begun by its observer.
fn begun() -> School {
    let school = School::new(Place::Hub);
    school.keep(&slots(&school.propose()));
    let form = school.form();
    school.put(
        serde_json::from_value(form).unwrap(),
        Kind::Template,
        json!({"frozen_at": NOW}),
    );
    school.ask(HEAD, "notice_give", json!({"walk": id(WALK)}));
    let first = school
        .standing()
        .into_iter()
        .min_by_key(|own| own.starts_at)
        .unwrap();
    school.at(&first.starts_at.to_rfc3339());
    let observer = first.observers[0].uuid().as_u128();
    school.ask(observer, "visit_start", json!({"visit": first.id}));
    school
}

#[test]
fn what_is_locked_stays_exactly_where_it_is() {
    let school = School::new(Place::Device);
    // Outside lessons, alone, and with a subject: as the leader wants it.
    let mut locked = school.slot(5, "2027-01-26T12:15:00Z", &[OBSERVER + 1]);
    locked["is_locked"] = json!(true);
    let plan = school.propose_around(&[locked]);
    let of_class: Vec<Value> = slots(&plan)
        .into_iter()
        .filter(|slot| slot["class"] == json!(id(CLASS + 5)))
        .collect();
    assert_eq!(of_class.len(), 1);
    assert_eq!(of_class[0]["starts_at"], "2027-01-26T12:15:00Z");
    assert_eq!(of_class[0]["observers"], json!([id(OBSERVER + 1)]));
    assert_eq!(of_class[0]["is_locked"], true);
    assert!(sentences(&of_class[0]["problems"]).contains("not within one lesson"));
    assert_eq!(slots(&plan).len(), 8);
}

#[test]
fn a_third_observer_is_refused_at_every_door_and_nothing_is_written() {
    let school = School::new(Place::Hub);
    let three = [OBSERVER, OBSERVER + 1, OBSERVER + 2];
    let good = school.slot(0, "2027-01-25T09:10:00Z", &three[..2]);
    let bad = school.slot(1, "2027-01-25T10:00:00Z", &three);
    let said = school.refusal(
        "plan_keep",
        json!({"walk": id(WALK), "slots": [good, bad.clone()]}),
    );
    assert!(said.contains("At most two observers"), "{said}");
    let mut put = bad.clone();
    put["walk"] = json!(id(WALK));
    let said = school.refusal("visit_put", put);
    assert!(said.contains("At most two observers"), "{said}");
    let said = school.refusal(
        "plan_propose",
        json!({"walk": id(WALK), "days": DAYS, "minutes": 20, "observers_each": 3, "slots": []}),
    );
    assert!(said.contains("At most two observers"), "{said}");
    let fields = school.visit_fields(WALK, 1, "2027-01-25T10:00:00Z", &three);
    let sent = school.send(HEAD, id(501), Kind::Visit, fields);
    assert_eq!(code(&sent, "observers"), "wrong_value");
    assert!(school.visits().iter().all(|own| own.observers.len() <= 2));
    let checked = school.check(&[bad]);
    let problems = sentences(&slots(&checked)[0]["problems"]);
    assert!(problems.contains("At most two observers"), "{problems}");
}

#[test]
fn a_visit_longer_than_visits_are_is_not_offered() {
    let school = School::new(Place::Device);
    let said = school.refusal(
        "plan_propose",
        json!({"walk": id(WALK), "days": DAYS, "minutes": 45, "observers_each": 1, "slots": []}),
    );
    assert!(said.contains("at most 20 minutes"), "{said}");
}

#[test]
fn a_class_twice_in_a_day_and_an_observer_in_two_places_are_shown_on_their_visits() {
    let school = School::new(Place::Device);
    let plan = school.check(&[
        school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER]),
        school.slot(1, "2027-01-25T09:20:00Z", &[OBSERVER]),
        school.slot(0, "2027-01-25T11:10:00Z", &[OBSERVER + 1]),
    ]);
    let problems: Vec<String> = slots(&plan)
        .iter()
        .map(|own| sentences(&own["problems"]))
        .collect();
    assert!(
        problems[0].contains("visited twice on this day"),
        "{problems:?}"
    );
    assert!(problems[0].contains("in two places"), "{problems:?}");
    assert!(problems[1].contains("in two places"), "{problems:?}");
    assert!(
        problems[2].contains("visited twice on this day"),
        "{problems:?}"
    );
    let said = sentences(&plan["unmet"]);
    assert!(said.contains("Without a visit so far: Class 2, "), "{said}");
    assert!(school.visits().is_empty());
}

#[test]
fn a_plan_takes_only_visits_of_its_own_walk_and_each_once() {
    let school = School::new(Place::Hub);
    school.visited_before(600, 2, "2026-10-05T09:10:00Z");
    let mut foreign = school.slot(2, "2027-01-25T09:10:00Z", &[OBSERVER]);
    foreign["visit"] = json!(id(600));
    let asked = json!({"walk": id(WALK), "slots": [foreign]});
    let refused = school.try_ask(HEAD, "plan_keep", asked).unwrap_err();
    assert_eq!(refused.code, Code::NotFound);
    school.keep(&slots(&school.propose()));
    let own = slots(&school.plan());
    let asked = json!({"walk": id(WALK), "slots": [own[0].clone(), own[0].clone()]});
    let refused = school.try_ask(HEAD, "plan_keep", asked).unwrap_err();
    assert_eq!(refused.code, Code::BadRequest);
    assert_eq!(school.standing().len(), 9);
}

#[test]
fn times_and_lengths_that_cannot_be_are_refused_before_they_are_counted_with() {
    let school = School::new(Place::Hub);
    for (name, value) in [
        ("minutes", json!(i64::MAX)),
        ("minutes", json!(-20)),
        ("starts_at", json!("+262142-12-31T23:59:59Z")),
    ] {
        let mut slot = school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER]);
        slot[name] = value;
        for command in ["plan_check", "plan_keep"] {
            let asked = json!({"walk": id(WALK), "slots": [slot.clone()]});
            let refused = school.try_ask(HEAD, command, asked).unwrap_err();
            assert!(matches!(refused.code, Code::Refused | Code::BadRequest));
        }
    }
    assert!(school.visits().is_empty());
}

#[test]
fn days_that_come_too_soon_for_notice_are_not_offered_while_there_are_others() {
    let school = School::new(Place::Device);
    let propose = |days: &[&str]| {
        let asked = json!({"walk": id(WALK), "days": days, "minutes": 20, "observers_each": 2, "slots": []});
        school.ask(HEAD, "plan_propose", asked)
    };
    // It is the 11th, before school.
    let plan = propose(&["2027-01-13", "2027-01-18", "2027-01-19"]);
    assert_eq!(slots(&plan).len(), 8);
    for slot in slots(&plan) {
        assert!(slot["starts_at"].as_str() > Some("2027-01-18"), "{slot}");
        assert_eq!(slot["problems"], json!([]), "{slot}");
    }
    let said = sentences(&plan["unmet"]);
    assert!(
        said.contains(
            "Notice must stand for 7 days, so nothing is planned on Wednesday 13 January"
        ),
        "{said}"
    );
    let plan = propose(&["2027-01-13", "2027-01-14"]);
    assert_eq!(slots(&plan).len(), 8);
    let said = sentences(&plan["unmet"]);
    assert!(
        said.contains("so visits on Wednesday 13 January and Thursday 14 January cannot open: choose days from Monday 18 January."),
        "{said}"
    );
    for slot in slots(&plan) {
        assert!(sentences(&slot["problems"]).contains("Notice must stand for 7 days"));
    }
}

#[test]
fn a_slot_moved_to_where_notice_cannot_have_stood_says_so_and_one_announced_there_does_not() {
    let school = School::new(Place::Hub);
    let problems = |plan: &Value, place: usize| sentences(&slots(plan)[place]["problems"]);
    let soon = school.check(&[school.slot(0, "2027-01-14T09:10:00Z", &[OBSERVER])]);
    assert!(
        problems(&soon, 0).contains("Given now, notice holds from Mon 18 Jan"),
        "{soon}"
    );
    // Announced in good time, it stands there until its day.
    school.keep(&slots(&school.propose()));
    let form = serde_json::from_value(school.form()).unwrap();
    school.put(form, Kind::Template, json!({"frozen_at": NOW}));
    school.ask(HEAD, "notice_give", json!({"walk": id(WALK)}));
    school.at("2027-01-24T08:00:00Z");
    let plan = school.plan();
    for slot in slots(&plan) {
        assert_eq!(slot["problems"], json!([]), "{slot}");
    }
    // Moved by an hour, it needs a new notice that comes too late.
    let mut moved = slots(&plan);
    moved[0]["subject"] = json!("Music");
    let same = school.check(&moved);
    assert_eq!(problems(&same, 0), "", "a subject is not announced");
    moved[0]["observers"] = json!([id(OBSERVER + 3)]);
    let walk = school.check(&moved);
    let place = slots(&walk)
        .iter()
        .position(|own| own["class"] == moved[0]["class"]);
    assert!(
        problems(&walk, place.unwrap()).contains("Notice must stand for 7 days"),
        "{walk}"
    );
}

#[test]
fn only_leaders_plan() {
    let school = School::new(Place::Hub);
    let walk = json!({"walk": id(WALK)});
    let plan = json!({"walk": id(WALK), "slots": []});
    let wish =
        json!({"walk": id(WALK), "days": DAYS, "minutes": 20, "observers_each": 2, "slots": []});
    let term = json!({"term": null, "name": "Long term", "starts_on": "2027-08-01", "ends_on": "2027-08-20"});
    for (command, request) in [
        ("plan_get", walk),
        ("plan_check", plan.clone()),
        ("plan_keep", plan),
        ("plan_propose", wish),
        ("year_get", json!({"year": null})),
        ("term_put", term),
        ("theme_list", json!({})),
    ] {
        for by in [TEACHER, OBSERVER] {
            let refused = school.try_ask(by, command, request.clone()).unwrap_err();
            assert_eq!(refused.code, Code::NotAllowed, "{command}");
        }
    }
}
