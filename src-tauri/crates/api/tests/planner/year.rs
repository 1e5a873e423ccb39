//! The year: terms, walks in them, and what is to be said (R11).

use alongside_api::{Code, Place};
use alongside_domain::Kind;
use serde_json::{Value, json};

use crate::school::*;

fn year(school: &School) -> Value {
    school.ask(HEAD, "year_get", json!({"year": null}))
}

fn warnings(school: &School) -> String {
    sentences(&year(school)["warnings"])
}

#[test]
fn a_walk_stands_in_the_term_of_its_first_visit_or_the_one_it_says() {
    let school = School::new(Place::Device);
    assert_eq!(year(&school)["unplaced"].as_array().unwrap().len(), 2);
    school.keep(&[school.slot(0, "2027-01-25T09:10:00Z", &[OBSERVER])]);
    let summer = year(&school)["terms"][2]["term"].clone();
    let asked = json!({
        "walk": id(BEFORE), "name": "Summer walk", "focus": "Talk for learning", "purpose": "",
        "template": school.form(), "term": summer, "classes": [], "observers": [],
    });
    let view = school.ask(HEAD, "walk_put", asked);
    assert_eq!(view["term_name"], "Summer term");
    let year = year(&school);
    let walks = |n: usize| year["terms"][n]["walks"].as_array().unwrap().len();
    assert_eq!((walks(0), walks(1), walks(2)), (0, 1, 1));
    assert_eq!(year["terms"][1]["is_now"], true);
    assert_eq!(year["unplaced"], json!([]));
    assert_eq!(year["years"], json!(["2026-27", "2027-28"]));
}

#[test]
fn a_term_without_a_walk_and_walks_too_few_or_too_many_are_said() {
    let school = School::new(Place::Device);
    let said = warnings(&school);
    assert!(
        said.contains("2 of the 3 walks of this year are planned."),
        "{said}"
    );
    assert!(said.contains("Autumn term had no walk."), "{said}");
    assert!(said.contains("Summer term has no walk."), "{said}");
    for n in 220..223 {
        let walk = json!({"name": "One more", "focus": "Feedback that pupils use"});
        school.put(id(n), Kind::Walk, walk);
    }
    let said = warnings(&school);
    assert!(
        said.contains("5 walks are planned this year. The programme holds 3."),
        "{said}"
    );
}

#[test]
fn a_class_twice_in_a_day_and_an_observer_in_two_places_are_said_across_walks() {
    let school = School::new(Place::Hub);
    assert!(!warnings(&school).contains("twice"));
    school.visited_before(600, 0, "2027-01-25T09:10:00Z");
    // Straight over the wire, by a leader in a hurry: it is not hidden.
    let fields = school.visit_fields(WALK, 0, "2027-01-25T11:10:00Z", &[OBSERVER + 1]);
    school.put(id(700), Kind::Visit, fields);
    let fields = school.visit_fields(WALK, 1, "2027-01-25T09:20:00Z", &[OBSERVER]);
    school.put(id(701), Kind::Visit, fields);
    let said = warnings(&school);
    assert!(
        said.contains("Class 0 is visited twice on Monday 25 January."),
        "{said}"
    );
    assert!(
        said.contains(
            "Somebody 70 is in two places on Monday 25 January at 09:20: Class 0 and Class 1."
        ),
        "{said}"
    );
    let walk = school.ask(HEAD, "walk_get", json!({"walk": id(WALK)}));
    let lines = walk["visits"].as_array().unwrap();
    assert!(
        lines
            .iter()
            .all(|line| !line["problems"].as_array().unwrap().is_empty())
    );
    // Nor does a proposal step on the other walk's visit.
    for slot in slots(&school.propose_around(&[])) {
        if slot["class"] == json!(id(CLASS)) {
            assert!(
                !slot["starts_at"]
                    .as_str()
                    .unwrap()
                    .starts_with("2027-01-25"),
                "{slot}"
            );
        }
    }
}

#[test]
fn a_visit_called_off_is_warned_of_no_more() {
    let school = School::new(Place::Hub);
    school.visited_before(600, 0, "2027-01-25T09:10:00Z");
    school.visited_before(601, 0, "2027-01-25T11:10:00Z");
    assert!(warnings(&school).contains("twice"));
    school.ask(HEAD, "visit_cancel", json!({"visit": id(601)}));
    assert!(!warnings(&school).contains("twice"));
}

#[test]
fn terms_are_moved_and_added_but_never_lie_over_each_other() {
    let school = School::new(Place::Device);
    let autumn = year(&school)["terms"][0]["term"].clone();
    let moved = json!({"term": autumn, "name": "Autumn", "starts_on": "2026-09-03", "ends_on": "2026-12-11"});
    let year = school.ask(HEAD, "term_put", moved);
    assert_eq!(year["terms"][0]["name"], "Autumn");
    assert_eq!(year["terms"][0]["starts_on"], "2026-09-03");
    let over =
        json!({"term": null, "name": "Over", "starts_on": "2026-12-01", "ends_on": "2027-01-10"});
    assert!(school.refusal("term_put", over).contains("lies over"));
    let backwards =
        json!({"term": null, "name": "Back", "starts_on": "2027-08-20", "ends_on": "2027-08-01"});
    assert!(
        school
            .refusal("term_put", backwards)
            .contains("ends after it starts")
    );
    let next =
        json!({"term": null, "name": "Autumn", "starts_on": "2027-09-01", "ends_on": "2027-12-17"});
    let year = school.ask(HEAD, "term_put", next);
    assert_eq!(year["year"], "2027-28");
    assert_eq!(year["terms"].as_array().unwrap().len(), 1);
}

#[test]
fn a_year_that_has_no_terms_says_so_and_one_that_is_unknown_is_not_here() {
    let school = School::new(Place::Device);
    let next = school.ask(HEAD, "year_get", json!({"year": "2027-28"}));
    assert!(sentences(&next["warnings"]).contains("2027-28 has no terms yet"));
    let unknown = school.try_ask(HEAD, "year_get", json!({"year": "1999"}));
    assert_eq!(unknown.unwrap_err().code, Code::NotFound);
}

#[test]
fn there_are_themes_to_start_from_and_none_names_anybody() {
    let school = School::new(Place::Device);
    let themes = school.ask(HEAD, "theme_list", json!({}));
    let themes = themes.as_array().unwrap();
    assert!(themes.len() >= 10);
    for theme in themes {
        let walk = json!({
            "walk": null, "name": "A walk", "focus": theme["focus"], "purpose": theme["purpose"],
            "template": school.form(), "term": null, "classes": [], "observers": [],
        });
        school.ask(HEAD, "walk_put", walk);
    }
}

#[test]
fn a_year_without_terms_is_given_the_three_usual_ones_in_one_press_and_only_once() {
    let school = School::new(Place::Device);
    let before = school.ask(HEAD, "year_get", json!({"year": "2027-28"}));
    assert_eq!(before["usual"].as_array().unwrap().len(), 3);
    let asked = json!({"year": "2027-28"});
    let next = school.ask(HEAD, "term_start", asked.clone());
    let days: Vec<_> = next["terms"].as_array().unwrap().iter().collect();
    assert_eq!(days.len(), 3);
    assert_eq!(days[0]["name"], "Autumn term");
    assert_eq!(days[0]["starts_on"], "2027-09-01");
    assert_eq!(next["usual"], json!([]), "what is there is not offered");
    // What a leader made of them stays, however often it is pressed.
    let moved = json!({"term": days[0]["term"], "name": "Autumn", "starts_on": "2027-09-06", "ends_on": "2027-12-17"});
    school.ask(HEAD, "term_put", moved);
    let again = school.ask(HEAD, "term_start", asked.clone());
    assert_eq!(again["terms"][0]["starts_on"], "2027-09-06");
    assert_eq!(again["terms"].as_array().unwrap().len(), 3);
    assert_eq!(
        school
            .try_ask(TEACHER, "term_start", asked)
            .unwrap_err()
            .code,
        Code::NotAllowed
    );
    let far = json!({"year": "2041-42"});
    assert!(school.try_ask(HEAD, "term_start", far).is_err());
}
