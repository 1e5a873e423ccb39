//! What is held about a person: all of it, for that person, and nothing that is not theirs to read.

use std::collections::BTreeSet;

use alongside_api::Place;
use alongside_domain::purpose::STATEMENT;
use alongside_domain::{Kind, RecordId, ReflectionId, ResponseId};
use serde_json::{Value, json};

use crate::school::{
    COLLEAGUE, DEPUTY, GOVERNOR, HEAD, NEIGHBOUR, OBSERVER, School, TEACHER, VISIT, id,
    observation, person, visit,
};

const EVERYONE: [u128; 7] = [
    HEAD, DEPUTY, TEACHER, COLLEAGUE, NEIGHBOUR, OBSERVER, GOVERNOR,
];

fn full() -> School {
    let school = School::noticed(Place::Hub);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    let own = observation(VISIT, OBSERVER).uuid();
    for text in ["A first try", "Pupils explained it to each other"] {
        let fields = json!({"comments.communication": text, "marks.aids": "seen"});
        school.put(OBSERVER, own, Kind::Observation, fields);
    }
    school.make(VISIT, "2026-11-17T09:30:00Z", "2026-11-17T09:50:00Z");
    school.at("2026-11-17T10:50:00Z");
    let asked = json!({"visit": id(VISIT), "talked": false});
    school.ask(DEPUTY, "record_share", asked);
    let response = ResponseId::derive(visit(VISIT), person(TEACHER));
    school.put(
        TEACHER,
        response.uuid(),
        Kind::Response,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "overall": "Thank you", "sent_at": "2026-11-17T10:50:00Z"}),
    );
    let reflection = ReflectionId::derive(visit(VISIT), person(TEACHER));
    school.put(
        TEACHER,
        reflection.uuid(),
        Kind::Reflection,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "change": "More time to answer"}),
    );
    let concern = json!({"text": "They stayed too long", "with_line_manager": true});
    school.ask(TEACHER, "concern_raise", concern);
    school.decide(DEPUTY, "tidy_minutes", json!(30));
    school
}

fn taken(school: &School, of: u128) -> Value {
    let file = school.ask(of, "held_take", json!({"format": "json"}));
    serde_json::from_str(file["text"].as_str().unwrap()).unwrap()
}

fn entries(file: &Value) -> Vec<&Value> {
    let groups = file["groups"].as_array().unwrap();
    groups
        .iter()
        .flat_map(|group| group["records"].as_array().unwrap())
        .map(|record| &record["held"])
        .collect()
}

fn ids(file: &Value) -> BTreeSet<String> {
    entries(file)
        .iter()
        .filter_map(|held| held["id"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn an_action_and_its_notes_are_in_the_file_of_its_owner() {
    let school = full();
    let made = school.ask(
        DEPUTY,
        "action_put",
        json!({
            "action": null, "title": "Time to answer", "owner": id(TEACHER), "due_on": "2026-12-01",
            "success_criteria": "Seen in most classes", "from": "free", "about": "", "walk": null,
            "template": null, "criterion": "",
        }),
    );
    let note = json!({"what": "note", "entry": "n1", "text": "Two classes have begun"});
    let progress = json!({"action": made["action"], "edit": note});
    school.ask(TEACHER, "action_progress", progress);
    let action = made["action"].as_str().unwrap();
    assert!(ids(&taken(&school, TEACHER)).contains(action));
    assert!(!ids(&taken(&school, COLLEAGUE)).contains(action));
    let page = school.ask(TEACHER, "held_take", json!({"format": "html"}));
    let text = page["text"].as_str().unwrap();
    assert!(text.contains("Your actions") && text.contains("Two classes have begun"));
}

#[test]
fn everything_that_names_a_person_and_is_theirs_to_read_is_in_their_file() {
    let school = full();
    for of in EVERYONE {
        let file = taken(&school, of);
        let held = ids(&file);
        let own = id(of).to_string();
        for record in school.feed(of).0 {
            let names = json!(record.fields).to_string().contains(&own) || record.id == id_of(of);
            assert!(
                !names || held.contains(&record.id.to_string()),
                "{of} is named in {:?} {}",
                record.kind,
                record.id
            );
        }
    }
}

fn id_of(of: u128) -> RecordId {
    person(of).into()
}

#[test]
fn a_teacher_takes_away_what_was_written_about_their_lesson_and_what_they_wrote() {
    let school = full();
    let file = taken(&school, TEACHER);
    let text = file.to_string();
    for words in [
        "Pupils explained it to each other",
        "Thank you",
        "More time to answer",
        "They stayed too long",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let held = ids(&file);
    assert!(held.contains(&observation(VISIT, GOVERNOR).to_string()));
    assert!(entries(&file).iter().any(|held| held.get("log").is_some()));
}

#[test]
fn what_one_wrote_before_is_taken_away_too_with_its_stamps() {
    let school = full();
    let file = taken(&school, OBSERVER);
    let own = observation(VISIT, OBSERVER).to_string();
    let held = entries(&file)
        .into_iter()
        .find(|held| held["id"] == json!(own))
        .unwrap();
    assert_eq!(held["earlier"][0]["value"], "A first try");
    assert!(held["fields"]["overall"].is_null() || held["fields"]["overall"]["stamp"].is_string());
    assert!(held["fields"]["marks.aids"]["stamp"].is_string());
    // Of the teacher's file it is no part: they read what stands.
    let of_teacher = taken(&school, TEACHER).to_string();
    assert!(!of_teacher.contains("A first try"));
}

#[test]
fn nothing_is_in_a_file_that_its_person_may_not_read() {
    let school = full();
    for of in EVERYONE {
        let readable: BTreeSet<String> = school
            .feed(of)
            .0
            .iter()
            .map(|record| record.id.to_string())
            .collect();
        for held in ids(&taken(&school, of)) {
            assert!(readable.contains(&held), "{of} may not read {held}");
        }
    }
    let others = [NEIGHBOUR, COLLEAGUE, OBSERVER, GOVERNOR];
    for of in others {
        let text = taken(&school, of).to_string();
        for words in ["More time to answer", "They stayed too long"] {
            assert!(!text.contains(words), "{of}: {words}");
        }
    }
}

#[test]
fn a_record_that_is_not_shared_is_in_no_teachers_file() {
    let school = School::noticed(Place::Hub);
    school.make(VISIT, "2026-11-17T09:30:00Z", "2026-11-17T09:50:00Z");
    let held = ids(&taken(&school, TEACHER));
    assert!(!held.contains(&observation(VISIT, OBSERVER).to_string()));
}

#[test]
fn an_observer_who_is_not_done_takes_nothing_of_the_others_away() {
    let school = School::noticed(Place::Hub);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    school.ask(GOVERNOR, "visit_start", json!({"visit": id(VISIT)}));
    school.ask(GOVERNOR, "visit_finish", json!({"visit": id(VISIT)}));
    let held = ids(&taken(&school, OBSERVER));
    assert!(!held.contains(&observation(VISIT, GOVERNOR).to_string()));
    assert!(held.contains(&observation(VISIT, OBSERVER).to_string()));
}

#[test]
fn both_files_hold_the_same_number_of_records_and_the_statement() {
    let school = full();
    for of in EVERYONE {
        let get = school.ask(of, "held_get", json!({}));
        let groups = get["groups"].as_array().unwrap();
        let counted: u64 = groups
            .iter()
            .map(|group| group["count"].as_u64().unwrap())
            .sum();
        let json = school.ask(of, "held_take", json!({"format": "json"}));
        let html = school.ask(of, "held_take", json!({"format": "html"}));
        assert_eq!(json["records"], counted);
        // The first taking away left a line in the log, which is about this person too.
        assert_eq!(html["records"], counted + 1);
        for file in [json, html] {
            assert!(file["text"].as_str().unwrap().contains(STATEMENT));
        }
    }
}

#[test]
fn taking_away_leaves_a_line_in_the_log() {
    let school = full();
    school.ask(TEACHER, "held_take", json!({"format": "html"}));
    let page = school.ask(HEAD, "log_list", json!({"act": "exported"}));
    assert_eq!(
        page["lines"][0]["sentence"],
        "Orla Tamblyn took away what is held about them."
    );
}

#[test]
fn no_file_puts_marks_beside_the_name_of_another_teacher() {
    // R9: an observation is in a file only where its person wrote it, or where it is about their own lesson.
    let school = full();
    let reader = school.desk.store().read().unwrap();
    for of in EVERYONE {
        for held in entries(&taken(&school, of)) {
            if held["kind"] != "observation" {
                continue;
            }
            let is_writer = held["fields"]["observer"]["value"] == json!(id(of));
            let visit = held["fields"]["visit"]["value"].as_str().unwrap();
            let visit = reader.get(visit.parse().unwrap()).unwrap().unwrap();
            let class = reader
                .get(visit.text("class").parse().unwrap())
                .unwrap()
                .unwrap();
            let is_teacher = class.ids("teachers").contains(&person(of));
            assert!(is_writer || is_teacher, "{of}: {held}");
        }
    }
    // Leaders read every record one at a time; they take none away.
    assert!(!taken(&school, DEPUTY).to_string().contains("marks."));
}

#[test]
fn nobody_can_ask_for_what_is_held_about_another() {
    let school = full();
    let asked = json!({"format": "json", "person": id(TEACHER)});
    let file = school.ask(HEAD, "held_take", asked);
    let file: Value = serde_json::from_str(file["text"].as_str().unwrap()).unwrap();
    assert_eq!(file["name"], "Imke Sandoval");
}

#[test]
fn a_device_gives_away_what_it_holds_and_says_whether_that_is_all() {
    let school = School::shared(Place::Device);
    let held = school.ask(OBSERVER, "held_get", json!({}));
    assert_eq!(held["is_whole"], false, "its changes still wait for a hub");
    assert!(!held["groups"].as_array().unwrap().is_empty());
    school.ask(OBSERVER, "held_take", json!({"format": "html"}));
}

#[test]
fn what_a_rater_wrote_is_theirs_to_take_away_and_nobody_elses() {
    let school = School::noticed(Place::Hub);
    school.ask(HEAD, "self_evaluation_start", json!({"year": 2026}));
    let note = json!({"year": 2026, "indicator": "send_cycle", "edit": {"what": "note", "text": "Plans of the term"}});
    school.ask(HEAD, "self_evaluation_rate", note);
    assert!(
        taken(&school, HEAD)
            .to_string()
            .contains("Plans of the term")
    );
    for other in [DEPUTY, TEACHER, GOVERNOR] {
        let file = taken(&school, other).to_string();
        assert!(!file.contains("Plans of the term"), "{other}");
    }
}
