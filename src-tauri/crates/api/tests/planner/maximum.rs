//! The yearly maximum (R10), and the ways round it.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId};
use serde_json::{Value, json};

use crate::school::*;

/// A school whose first class has had its three visits this year.
fn full(place: Place) -> School {
    let school = School::new(place);
    for (n, day) in ["2026-10-05", "2026-11-09", "2026-12-07"]
        .iter()
        .enumerate()
    {
        school.visited_before(600 + n as u128, 0, &format!("{day}T09:10:00Z"));
    }
    school
}

fn fourth(school: &School) -> Value {
    school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER])
}

#[test]
fn a_fourth_visit_is_refused_and_the_rest_of_its_plan_with_it() {
    let school = full(Place::Hub);
    let others = school.slot(1, "2027-01-25T10:00:00Z", &[OBSERVER]);
    let asked = json!({"walk": id(WALK), "slots": [others, fourth(&school)]});
    let said = school.refusal("plan_keep", asked);
    assert!(
        said.contains("has had 3 visits this academic year"),
        "{said}"
    );
    assert_eq!(
        school.standing().len(),
        3,
        "nothing of the plan was written"
    );
    let mut put = fourth(&school);
    put["walk"] = json!(id(WALK));
    school.refusal("visit_put", put);
    let fields = school.visit_fields(WALK, 0, "2027-01-25T09:10:00Z", &[OBSERVER]);
    let sent = school.send(HEAD, id(700), Kind::Visit, fields);
    assert_eq!(code(&sent, "class"), "yearly_maximum");
    assert_eq!(school.standing().len(), 3);
}

#[test]
fn a_proposal_leaves_the_class_out_and_says_so_and_a_check_shows_it() {
    let school = full(Place::Device);
    let plan = school.propose();
    assert_eq!(slots(&plan).len(), 7);
    let said = sentences(&plan["unmet"]);
    assert!(
        said.contains("Class 0: its teacher has had 3 visits this year"),
        "{said}"
    );
    let checked = school.check(&[fourth(&school)]);
    let problems = sentences(&slots(&checked)[0]["problems"]);
    assert!(problems.contains("has had 3 visits"), "{problems}");
}

#[test]
fn a_fourth_visit_does_not_come_in_by_another_class_time_or_calling() {
    let school = full(Place::Hub);
    // To another class, and then moved to this one.
    let fields = school.visit_fields(WALK, 3, "2027-01-25T09:10:00Z", &[OBSERVER]);
    school.put(id(700), Kind::Visit, fields);
    let sent = school.send(HEAD, id(700), Kind::Visit, json!({"class": id(CLASS)}));
    assert_eq!(code(&sent, "class"), "yearly_maximum");
    // In the next year, and then moved to this one.
    let fields = school.visit_fields(WALK, 0, "2027-09-20T09:10:00Z", &[OBSERVER]);
    school.put(id(701), Kind::Visit, fields);
    let moved = json!({"starts_at": "2027-02-20T09:10:00Z"});
    let sent = school.send(HEAD, id(701), Kind::Visit, moved);
    assert_eq!(code(&sent, "starts_at"), "yearly_maximum");
    // Called off, and then called on again.
    let mut fields = school.visit_fields(WALK, 0, "2027-01-25T09:10:00Z", &[OBSERVER]);
    fields["cancelled_at"] = json!(NOW);
    school.put(id(702), Kind::Visit, fields);
    let sent = school.send(HEAD, id(702), Kind::Visit, json!({"cancelled_at": null}));
    assert_eq!(code(&sent, "cancelled_at"), "yearly_maximum");
}

#[test]
fn a_teacher_is_not_put_down_after_the_visit_was_planned() {
    let school = full(Place::Hub);
    let nobody = json!({"name": "Class 8", "teachers": [], "room": id(ROOM), "is_active": true});
    school.put(id(CLASS + 8), Kind::Class, nobody);
    let fields = school.visit_fields(WALK, 8, "2027-01-25T09:10:00Z", &[OBSERVER]);
    school.put(id(700), Kind::Visit, fields);
    let teachers = json!({"teachers": [id(TEACHER)]});
    let sent = school.send(HEAD, id(CLASS + 8), Kind::Class, teachers.clone());
    assert_eq!(code(&sent, "teachers"), "yearly_maximum");
    let off = json!({"cancelled_at": NOW});
    school.put(id(700), Kind::Visit, off);
    school.put(id(CLASS + 8), Kind::Class, teachers);
}

#[test]
fn a_class_changes_its_teacher_where_no_visit_to_come_is_one_too_many() {
    let school = full(Place::Hub);
    let new = json!({"teachers": [id(TEACHER + 1)]});
    school.put(id(CLASS), Kind::Class, new);
    let class = school
        .desk
        .store()
        .read()
        .unwrap()
        .get(RecordId::from_uuid(id(CLASS)));
    assert_eq!(
        class.unwrap().unwrap().value("teachers"),
        Some(&json!([id(TEACHER + 1)]))
    );
}

#[test]
fn a_visit_that_makes_room_for_another_is_called_off_first() {
    let school = School::new(Place::Hub);
    // One teacher for two classes, with two visits behind them.
    let shared = json!({"teachers": [id(TEACHER)]});
    school.put(id(CLASS + 1), Kind::Class, shared);
    school.visited_before(600, 0, "2026-10-05T09:10:00Z");
    school.visited_before(601, 0, "2026-11-05T09:10:00Z");
    school.keep(&[school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER])]);
    // The third goes to the other class instead.
    school.keep(&[school.slot(1, "2027-01-26T09:10:00Z", &[OBSERVER])]);
    assert_eq!(school.standing().len(), 3);
    let said = school.refusal(
        "plan_keep",
        json!({"walk": id(WALK), "slots": [
            school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER]),
            school.slot(1, "2027-01-26T09:10:00Z", &[OBSERVER]),
        ]}),
    );
    assert!(said.contains("has had 3 visits"), "{said}");
    assert_eq!(school.standing().len(), 3);
}

#[test]
fn the_year_counts_visits_and_knows_no_marks() {
    let school = full(Place::Device);
    let year = school.ask(HEAD, "year_get", json!({"year": null}));
    let counts = &year["counts"];
    assert_eq!(
        (&counts["maximum"], &counts["is_counted"]),
        (&json!(3), &json!(true))
    );
    let classes = counts["classes"].as_array().unwrap();
    let of = |n: usize| &classes[n]["teachers"][0]["visits"];
    assert_eq!((of(0), of(1)), (&json!(3), &json!(0)));
    assert_eq!(
        classes[0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["class", "teachers"]
    );
    let names: Vec<&Value> = classes.iter().map(|own| &own["class"]).collect();
    assert_eq!(
        names[..2],
        [&json!("Class 0"), &json!("Class 1")],
        "by route, not by count"
    );
    let last = school.ask(HEAD, "year_get", json!({"year": "2027-28"}));
    assert_eq!(last["counts"]["classes"][0]["teachers"][0]["visits"], 0);
}
