//! R7, R19: a draft is changed by leaders alone, and a form in use by nobody.

use alongside_api::Place;
use alongside_domain::{Kind, RecordId};
use serde_json::{Value, json};

use crate::school::*;

fn edit(school: &School, by: u128, form: &str, edits: Value) -> Value {
    school.ask(
        by,
        "template_edit",
        json!({"template": form, "edits": edits}),
    )
}

fn own(school: &School) -> String {
    let made = school.ask(
        DEPUTY,
        "template_new",
        json!({"from": school.form(), "name": "Our own form"}),
    );
    made["template"].as_str().unwrap().to_owned()
}

fn record(form: &str) -> RecordId {
    form.parse().unwrap()
}

#[test]
fn a_schools_own_form_begins_as_the_one_it_is_made_from_and_knows_it() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let view = school.ask(TEACHER, "template_get", json!({"template": form}));
    assert_eq!(view["name"], "Our own form");
    assert_eq!(view["based_on"]["name"], "Evidence form");
    assert_eq!(view["sections"][0]["criteria"][0]["key"], "aids");
    assert_eq!(
        (&view["is_draft"], &view["may_edit"]),
        (&json!(true), &json!(false))
    );
    let from = json!({"before": school.form(), "after": form});
    assert_eq!(school.ask(TEACHER, "template_compare", from)["changes"], 0);
}

#[test]
fn every_change_of_a_draft_can_be_undone() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let before = school.ask(DEPUTY, "template_get", json!({"template": form}));
    let edited = edit(
        &school,
        DEPUTY,
        &form,
        json!([
            {"what": "name", "name": "Another name"},
            {"what": "section_move", "section": "books", "place": 0},
            {"what": "criterion_remove", "criterion": "tidy"},
            {"what": "criterion_split", "criterion": "aids", "text": "Aids are in reach", "second": "aids2", "second_text": "Adults model aids"},
            {"what": "criterion_guidance", "criterion": "sight", "guidance": "From every seat"},
            {"what": "section_prompts", "section": "books", "prompts": ["What are you proud of?"]},
        ]),
    );
    let now = &edited["form"];
    assert_eq!(now["sections"][0]["key"], "books");
    assert_eq!(now["sections"][1]["criteria"][1]["key"], "aids2");
    let undone = edit(&school, DEPUTY, &form, edited["undo"].clone());
    assert_eq!(undone["form"], before);
}

#[test]
fn only_leaders_change_a_form_by_any_door() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let change = json!({"template": form, "edits": [{"what": "name", "name": "Mine"}]});
    for by in [TEACHER, OBSERVER, GOVERNOR] {
        for (command, asked) in [
            ("template_edit", change.clone()),
            ("template_new", json!({"from": form, "name": "Mine"})),
            ("template_next", json!({"template": form})),
            ("template_away", json!({"template": form, "is_away": true})),
            ("template_preview", json!({"file": "e30="})),
            ("template_import", json!({"file": "e30=", "name": "Mine"})),
        ] {
            let sentence = school.refused(by, command, asked);
            assert!(sentence.contains("Only leaders"), "{command}: {sentence}");
        }
        let sent = school.send(
            by,
            record(&form),
            Kind::Template,
            json!({"wordings.aids": "Mine"}),
        );
        assert_eq!(School::code(&sent, "wordings.aids"), "not_a_leader");
    }
}

#[test]
fn a_question_about_staff_is_refused_on_the_screen_and_at_the_hub() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let asked = "Do you like your teacher?";
    let change = json!({"template": form, "edits": [{"what": "section_prompts", "section": "books", "prompts": [asked]}]});
    let sentence = school.refused(DEPUTY, "template_edit", change);
    assert!(sentence.contains("never about staff"), "{sentence}");
    for (field, value) in [
        ("prompts.books", json!(["What will you do next?", asked])),
        ("prompts.books", json!(["Does Tamblyn help you?"])),
        (
            "sections.more",
            json!({"title": "More", "order": 9, "prompts": [asked]}),
        ),
    ] {
        let sent = school.send(DEPUTY, record(&form), Kind::Template, json!({field: value}));
        assert_eq!(School::code(&sent, field), "prompt_about_staff", "{field}");
    }
    let prompts: Vec<String> = (0..7).map(|nth| format!("What {nth}?")).collect();
    let sent = school.send(
        DEPUTY,
        record(&form),
        Kind::Template,
        json!({"prompts.books": prompts}),
    );
    assert_ne!(School::code(&sent, "prompts.books"), "accepted");
}

#[test]
fn words_that_name_staff_or_cannot_be_read_are_refused_at_the_hub() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    for (field, value, code) in [
        (
            "wordings.aids",
            json!("Tamblyn uses aids"),
            "form_names_staff",
        ),
        (
            "guidance.aids",
            json!("As Orla Tamblyn does"),
            "form_names_staff",
        ),
        ("wordings.aids", json!("a ".repeat(60)), "form_words"),
        ("wordings.aids", json!(" "), "form_words"),
        ("titles.books", json!("Two\nlines"), "form_words"),
        (
            "criteria.x y",
            json!({"section": "books", "text": "Words", "order": 1}),
            "wrong_name",
        ),
        ("prompts.books", json!("no list"), "wrong_value"),
    ] {
        let sent = school.send(DEPUTY, record(&form), Kind::Template, json!({field: value}));
        assert_eq!(School::code(&sent, field), code, "{field}");
    }
    let many: serde_json::Map<String, Value> = (0..130)
        .map(|nth| {
            let value =
                json!({"section": "books", "text": format!("Criterion {nth}"), "order": nth});
            (format!("criteria.c{nth}"), value)
        })
        .collect();
    let sent = school.send(DEPUTY, record(&form), Kind::Template, Value::Object(many));
    assert_eq!(School::code(&sent, "criteria.c1"), "form_too_long");
}

#[test]
fn a_form_in_use_is_not_changed_by_what_was_written_before_it_was_settled_and_comes_late() {
    let school = School::noticed(Place::Hub);
    let form = school.form();
    let before = school.ask(TEACHER, "template_get", json!({"template": form}));
    let early = millis("2026-10-02T08:00:00Z");
    for (field, value) in [
        ("wordings.aids", json!("Something else")),
        ("removed.aids", json!(true)),
        ("places.aids", json!({"section": "books", "order": 0})),
        ("prompts.books", json!(["What else?"])),
        ("titles.books", json!("Something else")),
        ("section_removed.books", json!(true)),
        (
            "criteria.aids",
            json!({"section": "books", "text": "Other", "order": 1}),
        ),
    ] {
        let sent = school.send_stamped(
            DEPUTY,
            record(&form),
            Kind::Template,
            json!({field: value}),
            early,
        );
        assert_eq!(School::code(&sent, field), "template_frozen", "{field}");
    }
    let change = json!({"template": form, "edits": [{"what": "name", "name": "Another"}]});
    assert!(
        school
            .refused(DEPUTY, "template_edit", change)
            .contains("new version")
    );
    let after = school.ask(TEACHER, "template_get", json!({"template": form}));
    assert_eq!(after, before);
}

#[test]
fn the_next_version_is_one_draft_whoever_begins_it_and_the_walk_keeps_its_own() {
    let school = School::noticed(Place::Hub);
    let form = school.form();
    let next = school.ask(DEPUTY, "template_next", json!({"template": form}));
    let again = school.ask(HEAD, "template_next", json!({"template": form}));
    assert_eq!(next, again);
    assert_eq!(
        (&next["version"], &next["is_draft"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(next["versions"].as_array().unwrap().len(), 2);
    let id = next["template"].as_str().unwrap();
    edit(
        &school,
        HEAD,
        id,
        json!([{"what": "criterion_text", "criterion": "aids", "text": "Aids are used"}]),
    );
    let compared = school.ask(
        TEACHER,
        "template_compare",
        json!({"before": form, "after": id}),
    );
    assert_eq!(compared["changes"], 1);
    assert_eq!(
        compared["sections"][0]["criteria"][0]["changes"],
        json!(["reworded"])
    );
    let walk = school.ask(HEAD, "walk_get", json!({"walk": id_of_walk()}));
    assert_eq!(walk["template"], json!(form));
    // Once it is settled a new walk begins with it.
    school.ask(HEAD, "template_freeze", json!({"template": id}));
    let offered = school.ask(HEAD, "school_get", json!({}));
    let lines = offered["templates"].as_array().unwrap().clone();
    let is_offered =
        |of: &str| lines.iter().find(|line| line["template"] == *of).unwrap()["is_offered"].clone();
    assert_eq!(
        (is_offered(&form), is_offered(id)),
        (json!(false), json!(true))
    );
}

fn id_of_walk() -> Value {
    json!(id(WALK))
}

#[test]
fn an_empty_form_is_not_settled_by_any_door() {
    let school = School::planned(Place::Hub);
    let made = school.ask(
        DEPUTY,
        "template_new",
        json!({"from": null, "name": "From nothing"}),
    );
    let form = made["template"].as_str().unwrap();
    assert!(
        made["unfinished"]
            .as_str()
            .unwrap()
            .contains("no criteria yet")
    );
    let sentence = school.refused(DEPUTY, "template_freeze", json!({"template": form}));
    assert!(sentence.contains("no criteria yet"), "{sentence}");
    let sent = school.send(
        DEPUTY,
        record(form),
        Kind::Template,
        json!({"frozen_at": "2026-10-01T08:00:00Z"}),
    );
    assert_eq!(School::code(&sent, "frozen_at"), "form_unfinished");
}

#[test]
fn a_comment_is_answered_by_leaders_and_stays_in_its_writers_words() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let said = json!({"comment": null, "on": form, "part": "aids", "text": "Say which aids"});
    let said = school.ask(TEACHER, "comment_put", said);
    let comment = said[0]["comment"].as_str().unwrap().to_owned();
    let answer =
        json!({"comment": comment, "text": "Named in the guidance now.", "is_taken_up": true});
    assert!(
        school
            .refused(TEACHER, "comment_answer", answer.clone())
            .contains("Only leaders")
    );
    let sent = school.send(
        TEACHER,
        record(&comment),
        Kind::Comment,
        json!({"is_taken_up": true}),
    );
    assert_eq!(School::code(&sent, "is_taken_up"), "not_a_leader");
    let answered = school.ask(DEPUTY, "comment_answer", answer);
    assert_eq!(answered[0]["answer"]["by"], "Bede Quist");
    assert_eq!(answered[0]["answer"]["is_taken_up"], true);
    // A leader touches nothing but the answer, and gives it in no other name.
    let sent = school.send(
        DEPUTY,
        record(&comment),
        Kind::Comment,
        json!({"text": "All is well"}),
    );
    assert_eq!(School::code(&sent, "text"), "not_yours");
    let sent = school.send(
        DEPUTY,
        record(&comment),
        Kind::Comment,
        json!({"answered_by": id(HEAD)}),
    );
    assert_eq!(School::code(&sent, "answered_by"), "not_yours");
    // The words it answers stay, or are taken back.
    let anew = json!({"comment": comment, "on": form, "part": "aids", "text": "I never said so"});
    assert!(
        school
            .refused(TEACHER, "comment_put", anew)
            .contains("answered")
    );
    let back = json!({"comment": comment, "on": form, "part": "aids", "text": ""});
    assert_eq!(school.ask(TEACHER, "comment_put", back), json!([]));
}

#[test]
fn a_form_put_away_is_not_offered_and_can_be_taken_out_again() {
    let school = School::planned(Place::Hub);
    let form = own(&school);
    let offered = || {
        let school = school.ask(HEAD, "school_get", json!({}));
        let lines = school["templates"].as_array().unwrap().clone();
        lines.iter().find(|line| line["template"] == *form).unwrap()["is_offered"].clone()
    };
    assert_eq!(offered(), true);
    school.ask(
        DEPUTY,
        "template_away",
        json!({"template": form, "is_away": true}),
    );
    assert_eq!(offered(), false);
    school.ask(
        DEPUTY,
        "template_away",
        json!({"template": form, "is_away": false}),
    );
    assert_eq!(offered(), true);
}
