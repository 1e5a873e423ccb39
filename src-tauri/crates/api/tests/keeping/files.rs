//! Files of what stands on a screen: for whoever may read it there, with nothing more in them, and seen in the log.

use alongside_api::Place;
use alongside_api::file::FileView;
use alongside_domain::purpose::STATEMENT;
use alongside_domain::{Kind, ResponseId};
use serde_json::{Value, json};

use crate::held::full;
use crate::school::{
    COLLEAGUE, DEPUTY, GOVERNOR, HEAD, NEIGHBOUR, OBSERVER, School, TEACHER, VISIT, WALK, autumn,
    id, person, visit,
};

fn form(school: &School, of: u128) -> Value {
    school.ask(of, "file_make", json!({"what": "form", "visit": id(VISIT)}))
}

/// The words of a PDF, without what is between them.
fn text(file: &Value) -> String {
    let file: FileView = serde_json::from_value(file.clone()).unwrap();
    assert_eq!(file.media_type, "application/pdf");
    let pdf = lopdf::Document::load_mem(&file.bytes().unwrap()).unwrap();
    let pages: Vec<u32> = pdf.get_pages().keys().copied().collect();
    squeezed(&pdf.extract_text(&pages).unwrap())
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn says(file: &Value, words: &str) -> bool {
    text(file).contains(&squeezed(words))
}

#[test]
fn a_form_has_every_word_of_the_record_and_the_answer() {
    let school = full();
    let file = form(&school, TEACHER);
    for words in [
        "Pupils explained it to each other",
        "Thank you",
        STATEMENT,
        "Seen",
        "Did not look",
        "Summary",
        "This record is destroyed on",
    ] {
        assert!(says(&file, words), "{words}: {}", text(&file));
    }
    assert!(file["name"].as_str().unwrap().ends_with("-2026-11-17.pdf"));
    // A reflection is nobody's but its teacher's, and no part of the form.
    assert!(!says(&file, "More time to answer"));
    assert!(!says(&file, "They stayed too long"));
}

#[test]
fn a_form_is_for_those_who_may_read_the_record() {
    let school = full();
    for of in [TEACHER, OBSERVER, GOVERNOR, DEPUTY, HEAD] {
        form(&school, of);
    }
    for of in [COLLEAGUE, NEIGHBOUR] {
        let asked = json!({"what": "form", "visit": id(VISIT)});
        let refused = school.try_ask(of, "file_make", asked).unwrap_err();
        assert_eq!(refused.code, alongside_api::Code::NotFound);
    }
    let unshared = School::noticed(Place::Hub);
    unshared.make(VISIT, "2026-11-17T09:30:00Z", "2026-11-17T09:50:00Z");
    let asked = json!({"what": "form", "visit": id(VISIT)});
    assert!(unshared.try_ask(TEACHER, "file_make", asked).is_err());
}

#[test]
fn r9_only_on_the_form_of_its_own_teachers_are_the_staff_of_a_class_named() {
    let school = full();
    let names = |of: u128| {
        let record = school
            .desk
            .store()
            .read()
            .unwrap()
            .get(person(of).into())
            .unwrap();
        record.unwrap().text("name").to_owned()
    };
    // The answer is signed, so a form without one is looked at.
    let unanswered = School::shared(Place::Hub);
    let own = form(&unanswered, TEACHER);
    assert!(says(&own, &names(TEACHER)), "{}", text(&own));
    for of in [OBSERVER, DEPUTY, HEAD] {
        let file = form(&unanswered, of);
        assert!(!says(&file, &names(TEACHER)), "{}", text(&file));
        assert!(says(&file, "The staff of"));
    }
}

#[test]
fn an_answer_that_was_not_sent_is_on_no_form() {
    let school = School::shared(Place::Hub);
    let response = ResponseId::derive(visit(VISIT), person(TEACHER));
    school.put(
        TEACHER,
        response.uuid(),
        Kind::Response,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "overall": "Still thinking"}),
    );
    for of in [TEACHER, DEPUTY] {
        let file = form(&school, of);
        assert!(!says(&file, "Still thinking"));
        assert!(says(&file, "None was sent yet"));
    }
}

#[test]
fn what_people_wrote_is_text_on_the_form_whatever_it_looks_like() {
    let nasty = "#import \"x\" $a$ <b>bold</b> =cmd() *stars* שלום 😀";
    let response = ResponseId::derive(visit(VISIT), person(TEACHER));
    let own = School::shared(Place::Hub);
    own.put(
        TEACHER,
        response.uuid(),
        Kind::Response,
        json!({"visit": id(VISIT), "teacher": id(TEACHER), "overall": nasty, "sent_at": "2026-11-17T10:50:00Z"}),
    );
    let file = form(&own, TEACHER);
    assert!(
        says(&file, "import x a b bold b cmd stars"),
        "{}",
        text(&file)
    );
}

#[test]
fn taking_a_file_is_in_the_log_without_a_word_of_it() {
    let school = full();
    form(&school, DEPUTY);
    let page = school.ask(HEAD, "log_list", json!({}));
    let line = &page["lines"][0];
    assert_eq!(line["act"], "exported", "{page}");
    let sentence = line["sentence"].as_str().unwrap();
    assert!(sentence.contains("away as a file"), "{sentence}");
    let own = school.ask(TEACHER, "log_list", json!({}));
    let told = own["lines"].as_array().unwrap();
    assert!(told.iter().any(|line| line["act"] == "exported"), "{own}");
}

#[test]
fn a_review_is_a_file_for_all_staff_once_it_was_made() {
    let school = full();
    let asked = json!({"what": "review", "term": autumn()});
    assert!(
        school
            .try_ask(NEIGHBOUR, "file_make", asked.clone())
            .is_err()
    );
    school.ask(DEPUTY, "review_make", json!({"term": autumn()}));
    let words = json!({"term": autumn(), "words": "Friday is for sharing"});
    school.ask(DEPUTY, "review_words", words);
    for of in [NEIGHBOUR, TEACHER, HEAD] {
        let file = school.ask(of, "file_make", asked.clone());
        for words in ["Friday is for sharing", "At most two observers", STATEMENT] {
            assert!(says(&file, words), "{words}");
        }
    }
}

#[test]
fn a_draft_of_a_report_is_a_file_for_leaders_alone() {
    let school = full();
    let asked = json!({"what": "report", "walk": id(WALK)});
    let refused = |of: u128| {
        let refused = school.try_ask(of, "file_make", asked.clone());
        refused.unwrap_err().code
    };
    assert_eq!(refused(DEPUTY), alongside_api::Code::NotFound);
    school.ask(DEPUTY, "report_start", json!({"walk": id(WALK)}));
    let edit = json!({"what": "strength", "entry": "s1", "text": "Boards #are $used$ everywhere"});
    let write = json!({"walk": id(WALK), "edit": edit});
    school.ask(DEPUTY, "report_write", write);
    for of in [TEACHER, OBSERVER, GOVERNOR, NEIGHBOUR] {
        assert_eq!(refused(of), alongside_api::Code::NotFound);
    }
    let file = school.ask(HEAD, "file_make", asked.clone());
    for words in [
        "Boards #are $used$ everywhere",
        "draft, not published",
        "1 class visited",
        STATEMENT,
    ] {
        assert!(says(&file, words), "{words}: {}", text(&file));
    }
    assert_eq!(sentence(&school), "report");
}

/// What the latest line of the log says was taken away as a file.
fn sentence(school: &School) -> String {
    let page = school.ask(HEAD, "log_list", json!({}));
    let line = page["lines"][0]["sentence"].as_str().unwrap();
    assert!(line.ends_with("away as a file."), "{line}");
    let things = ["report", "self-evaluation", "patterns"];
    let thing = things.into_iter().find(|thing| line.contains(thing));
    thing.unwrap_or(line).to_owned()
}

#[test]
fn a_self_evaluation_is_a_file_for_those_who_read_it_and_names_no_rater() {
    let school = full();
    let year = json!({"year": 2026});
    school.ask(HEAD, "self_evaluation_start", year);
    for edit in [
        json!({"what": "answer", "value": 2}),
        json!({"what": "note", "text": "Plans are looked at each half term"}),
    ] {
        let asked = json!({"year": 2026, "indicator": "send_cycle", "edit": edit});
        school.ask(DEPUTY, "self_evaluation_rate", asked);
    }
    let one = json!({"what": "one", "indicator": "send_cycle", "value": 2});
    let agree = json!({"year": 2026, "edit": one});
    school.ask(HEAD, "self_evaluation_agree", agree);
    let asked = json!({"what": "self_evaluation", "year": 2026});
    for of in [TEACHER, OBSERVER, NEIGHBOUR] {
        let refused = school.try_ask(of, "file_make", asked.clone()).unwrap_err();
        assert_eq!(refused.code, alongside_api::Code::NotAllowed);
    }
    let file = school.ask(HEAD, "file_make", asked);
    for words in [
        "Plans are looked at each half term",
        "2, emerging",
        "39 of 40 indicators are not rated",
        STATEMENT,
    ] {
        assert!(says(&file, words), "{words}: {}", text(&file));
    }
    let rater = school
        .desk
        .store()
        .read()
        .unwrap()
        .get(person(DEPUTY).into());
    let rater = rater.unwrap().unwrap().text("name").to_owned();
    assert!(!says(&file, &rater), "{}", text(&file));
    assert_eq!(sentence(&school), "self-evaluation");
    let never = json!({"what": "self_evaluation", "year": 2025});
    assert!(school.try_ask(HEAD, "file_make", never).is_err());
}

#[test]
fn a_table_of_patterns_that_are_not_published_is_for_leaders_and_has_no_number_of_one_class() {
    let school = full();
    for (table, media_type) in [("csv", "text/csv"), ("xlsx", "spreadsheetml.sheet")] {
        for asked in [
            json!({"what": "patterns", "walk": id(WALK), "table": table}),
            json!({"what": "patterns_over", "by": "all", "group": null, "table": table}),
        ] {
            let file = school.ask(DEPUTY, "file_make", asked.clone());
            assert!(file["name"].as_str().unwrap().ends_with(table), "{file}");
            let file: FileView = serde_json::from_value(file).unwrap();
            assert!(file.media_type.ends_with(media_type));
            assert_eq!(sentence(&school), "patterns");
            let Ok(text) = String::from_utf8(file.bytes().unwrap()) else {
                continue;
            };
            // One class was visited, and its one mark shows nowhere.
            let lines = text.lines().skip(1);
            let hidden = lines
                .filter(|line| line.contains(",,,,,,\"Hidden: "))
                .count();
            assert_eq!(hidden, 1, "{text}");
            assert!(text.contains(STATEMENT), "{text}");
        }
        for of in [TEACHER, OBSERVER, GOVERNOR] {
            let asked = json!({"what": "patterns", "walk": id(WALK), "table": table});
            let refused = school.try_ask(of, "file_make", asked).unwrap_err();
            assert_eq!(refused.code, alongside_api::Code::NotFound);
        }
    }
}

#[test]
fn a_device_makes_a_form_with_no_network() {
    let school = School::shared(Place::Device);
    assert!(says(&form(&school, OBSERVER), "Summary"));
}
