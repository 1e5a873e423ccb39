//! The log: the head reads all of it, everyone else the lines about them, and nobody a word that anyone wrote.

use alongside_api::Place;
use alongside_domain::{Kind, ReflectionId, ResponseId};
use serde_json::{Value, json};

use crate::school::{
    COLLEAGUE, DEPUTY, GOVERNOR, HEAD, NEIGHBOUR, OBSERVER, School, TEACHER, VISIT, id,
    observation, person, visit,
};

/// Every line somebody reads, through all pages.
fn lines(school: &School, of: u128, filter: Value) -> Vec<Value> {
    let (mut lines, mut asked) = (Vec::new(), filter);
    loop {
        let page = school.ask(of, "log_list", asked.clone());
        lines.extend(page["lines"].as_array().unwrap().clone());
        if page["before"].is_null() {
            return lines;
        }
        asked["before"] = page["before"].clone();
    }
}

fn sentences(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["sentence"].as_str().unwrap())
        .collect()
}

/// A school with everything written that people write, each text with a word of its own.
fn talkative() -> School {
    let school = School::shared(Place::Hub);
    let response = ResponseId::derive(visit(VISIT), person(TEACHER));
    school.put(
        TEACHER,
        response.uuid(),
        Kind::Response,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "overall": "quince", "sent_at": "2026-11-17T10:50:00Z"}),
    );
    let reflection = ReflectionId::derive(visit(VISIT), person(TEACHER));
    school.put(
        TEACHER,
        reflection.uuid(),
        Kind::Reflection,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "change": "quince"}),
    );
    school.put(
        OBSERVER,
        observation(VISIT, OBSERVER).uuid(),
        Kind::Observation,
        json!({"additions.a": "quince"}),
    );
    school.ask(
        TEACHER,
        "concern_raise",
        json!({"text": "quince", "with_line_manager": false}),
    );
    school
}

#[test]
fn the_head_reads_the_whole_log_in_plain_words() {
    let school = talkative();
    let all = lines(&school, HEAD, json!({}));
    let newest = all[0]["seq"].as_u64().unwrap();
    assert_eq!(all.len() as u64, newest, "no line is left out");
    let said = sentences(&all);
    for expected in [
        "Orla Tamblyn sent their response to the record of the visit to Kestrel on 17 November 2026.",
        "Bede Quist shared the record of the visit to Kestrel on 17 November 2026.",
        "Dilys Okoro finished their observation of the visit to Kestrel on 17 November 2026.",
        "Dilys Okoro added to their observation of the visit to Kestrel on 17 November 2026.",
        "Imke Sandoval gave notice of the walk “Autumn walk”.",
        "Orla Tamblyn raised a concern.",
    ] {
        assert!(said.contains(&expected), "{expected}\n{said:#?}");
    }
    assert_eq!(school.ask(HEAD, "log_list", json!({}))["is_whole"], true);
}

#[test]
fn no_line_has_a_word_or_a_mark_of_anyone_in_it() {
    let school = School::noticed(Place::Hub);
    school.ask(OBSERVER, "visit_start", json!({"visit": id(VISIT)}));
    let own = observation(VISIT, OBSERVER).uuid();
    let fields = json!({"marks.aids": "not_seen", "comments.communication": "quince"});
    school.put(OBSERVER, own, Kind::Observation, fields);
    for reader in [HEAD, DEPUTY, TEACHER, OBSERVER] {
        for line in lines(&school, reader, json!({})) {
            let line = line.to_string();
            for word in ["quince", "not_seen", "marks", "aids", "comments"] {
                assert!(!line.contains(word), "{line}");
            }
        }
    }
}

#[test]
fn everyone_else_reads_the_lines_about_themselves() {
    let school = talkative();
    let of_teacher = lines(&school, TEACHER, json!({}));
    let said = sentences(&of_teacher);
    assert!(
        said.contains(&"Bede Quist shared the record of the visit to Kestrel on 17 November 2026.")
    );
    assert!(said.iter().any(|line| line.contains("raised a concern")));
    assert!(!said.iter().any(|line| line.contains("Heron")), "{said:#?}");
    let of_neighbour = lines(&school, NEIGHBOUR, json!({}));
    let of_neighbour = sentences(&of_neighbour);
    assert!(
        !of_neighbour.iter().any(|line| line.contains("Kestrel")),
        "{of_neighbour:#?}"
    );
    assert_eq!(school.ask(DEPUTY, "log_list", json!({}))["is_whole"], false);
}

#[test]
fn an_observer_reads_nothing_of_what_the_teacher_keeps_to_themselves() {
    let school = talkative();
    for reader in [OBSERVER, GOVERNOR, DEPUTY] {
        let lines = lines(&school, reader, json!({}));
        let said = sentences(&lines);
        assert!(
            !said.iter().any(|line| line.contains("reflection")),
            "{said:#?}"
        );
    }
}

#[test]
fn lines_about_a_concern_are_for_its_readers() {
    let school = talkative();
    for reader in [DEPUTY, COLLEAGUE, OBSERVER, GOVERNOR] {
        for filter in [json!({}), json!({"person": id(TEACHER)})] {
            let lines = lines(&school, reader, filter);
            let found = lines.iter().find(|line| line["kind"] == "concern");
            assert_eq!(found, None);
        }
    }
    let head = lines(&school, HEAD, json!({"person": id(TEACHER)}));
    assert!(head.iter().any(|line| line["kind"] == "concern"));
}

#[test]
fn looking_one_person_up_gives_nothing_but_the_lines_about_oneself() {
    let school = talkative();
    let quiet = lines(&school, COLLEAGUE, json!({"person": id(TEACHER)}));
    assert_eq!(quiet, Vec::<Value>::new());
    let own = lines(&school, TEACHER, json!({"person": id(DEPUTY)}));
    assert!(own.iter().all(|line| line["by"] == "Bede Quist"));
    assert!(!own.is_empty());
}

#[test]
fn a_filter_by_act_and_the_pages_fit_together() {
    let school = talkative();
    for days in 1..20 {
        school.decide(DEPUTY, "notice_days", json!(days));
    }
    let all = lines(&school, HEAD, json!({}));
    assert!(all.len() > 50, "more than a page: {}", all.len());
    let mut places: Vec<u64> = all
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    let count = places.len();
    places.dedup();
    assert!(places.is_sorted_by(|a, b| a > b) && places.len() == count);
    school.ask(HEAD, "record_get", json!({"visit": id(VISIT)}));
    let read = lines(&school, HEAD, json!({"act": "read"}));
    assert!(read.iter().all(|line| line["act"] == "read"));
    assert!(
        sentences(&read).contains(
            &"Imke Sandoval read the record of the visit to Kestrel on 17 November 2026."
        )
    );
}

#[test]
fn a_device_has_no_log_to_show() {
    let school = School::planned(Place::Device);
    let said = school.refused(HEAD, "log_list", json!({}));
    assert!(said.contains("Only the hub"), "{said}");
}
