//! Files that people take away: each is a PDF that assistive technology can read, and says every word as it was written.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use std::collections::BTreeMap;

use alongside_domain::observation::Mark;
use alongside_domain::purpose::STATEMENT;
use alongside_print::{
    EvaluatedDomain, EvaluatedIndicator, Form, FormAddition, FormObserver, FormReply, FormResponse,
    FormRow, FormSection, Report, ReportAction, ReportPassage, ReportPoint, Review, ReviewComment,
    ReviewLine, SelfEvaluation, SelfEvaluationPriority, form, report, review, self_evaluation,
};
use chrono::{DateTime, FixedOffset, NaiveDate};
use lopdf::{Document, Object};

fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
}

/// A form in which everything that people write is `text`.
fn a_form(text: &str) -> Form {
    let said = || text.to_owned();
    let observer = |name: &str| FormObserver {
        name: format!("{name} {text}"),
        started_at: Some(at("2026-11-17T09:30:00+00:00")),
        finished_at: Some(at("2026-11-17T09:48:00+00:00")),
        pupils: Some(11),
        pupils_note: said(),
    };
    let row = |number: usize, marks: [Option<Mark>; 2]| FormRow {
        text: format!(
            "Criterion {number}: every adult gives pupils time to answer, for instance a silent count of ten before asking again. {text}"
        ),
        marks: marks.to_vec(),
    };
    Form {
        school: said(),
        class: format!("Kestrel {text}"),
        class_detail: said(),
        staff: said(),
        starts_at: at("2026-11-17T09:30:00+00:00"),
        subject: said(),
        part: "Main part".into(),
        focus: said(),
        purpose: said(),
        observers: vec![observer("Ansa"), observer("Bram")],
        sections: (1..=6)
            .map(|number| FormSection {
                title: format!("Section {number} {text}"),
                rows: vec![
                    row(1, [Some(Mark::Seen), Some(Mark::NotSeen)]),
                    row(2, [None, Some(Mark::Seen)]),
                    row(3, [Some(Mark::Seen), Some(Mark::Seen)]),
                ],
                comments: vec![vec![said()], Vec::new()],
            })
            .collect(),
        went_well: vec![vec![said(), said()], vec![said()]],
        even_better_if: vec![vec![said()], Vec::new()],
        overall: vec![said(), String::new()],
        additions: vec![FormAddition {
            by: said(),
            at: at("2026-11-17T15:00:00+00:00"),
            text: said(),
        }],
        responses: vec![FormResponse {
            teacher: format!("Tamsin {text}"),
            sent_at: at("2026-11-18T08:00:00+00:00"),
            replies: vec![FormReply {
                title: said(),
                text: said(),
            }],
            overall: said(),
        }],
        is_shared: true,
        destroyed_on: day(30),
        taken_at: at("2026-11-19T08:00:00+00:00"),
    }
}

fn a_report(text: &str) -> Report {
    let said = || text.to_owned();
    let point = || ReportPoint {
        text: said(),
        evidence: "seen in 34 of 38 looks".into(),
    };
    Report {
        school: said(),
        walk: said(),
        focus: said(),
        days: Some((day(16), day(20))),
        classes: 9,
        strengths: vec![point(), point(), point()],
        development_points: vec![point()],
        passages: vec![
            ReportPassage {
                title: "Good practice and how it is extended".into(),
                text: said(),
            },
            ReportPassage {
                title: "Left out, as there is nothing in it".into(),
                text: " \n".into(),
            },
        ],
        balance: (31, 12),
        balance_aim: 70,
        actions: vec![ReportAction {
            text: said(),
            owner: said(),
            due_on: Some(day(30)),
            success: said(),
            state: "Under way".into(),
        }],
        published_at: None,
        taken_at: at("2026-11-19T08:00:00+00:00"),
    }
}

fn a_review(text: &str) -> Review {
    Review {
        school: text.into(),
        term: text.into(),
        made_at: at("2026-11-19T08:00:00+00:00"),
        words: text.into(),
        lines: vec![
            ReviewLine {
                title: "Notice".into(),
                figure: "12 of 14".into(),
                sentence:
                    "14 visits took place; for 12 of 14 notice had stood for the days agreed."
                        .into(),
                share: Some((12, 14)),
            },
            ReviewLine {
                title: "Concerns".into(),
                figure: "0".into(),
                sentence: "No concern about the walks was raised with the head.".into(),
                share: None,
            },
        ],
        comments: vec![ReviewComment {
            by: text.into(),
            at: at("2026-11-19T08:00:00+00:00"),
            text: text.into(),
        }],
        settings: vec![(text.into(), text.into())],
        taken_at: at("2026-11-19T08:00:00+00:00"),
    }
}

fn a_self_evaluation(text: &str) -> SelfEvaluation {
    let titles = [
        "Teaching quality",
        "Assessment",
        "Behaviour and social-emotional learning",
        "SEND",
        "Staff development",
        "Curriculum",
        "Parents",
        "Pupil premium",
    ];
    let domains = titles.iter().zip([3.4, 2.8, 3.8, 2.2, 3.0, 2.6, 1.8, 3.2]);
    SelfEvaluation {
        school: text.into(),
        year: "2026/27".into(),
        year_before: Some("2025/26".into()),
        overall: Some(2.9),
        overall_before: Some(2.5),
        domains: domains
            .map(|(title, score)| EvaluatedDomain {
                title: (*title).into(),
                score: Some(score),
                before: Some(score - 0.4),
                rated: 4,
                indicators: (1..=5)
                    .map(|number| EvaluatedIndicator {
                        text: format!("Indicator {number} {text}"),
                        rating: (number < 5).then_some(3),
                        rating_word: if number < 5 {
                            "developing".into()
                        } else {
                            String::new()
                        },
                        spread: "2 to 4, by 5 people".into(),
                        evidence: text.into(),
                        before: Some(2),
                    })
                    .collect(),
            })
            .collect(),
        strengths: titles[..3].iter().map(|title| (*title).into()).collect(),
        priorities: vec![SelfEvaluationPriority {
            title: "Parents".into(),
            read_on: vec!["Working with Parents to Support Children's Learning".into()],
        }],
        taken_at: at("2026-11-19T08:00:00+00:00"),
    }
}

fn all(text: &str) -> BTreeMap<&'static str, Vec<u8>> {
    BTreeMap::from([
        ("form", form(&a_form(text)).unwrap()),
        ("report", report(&a_report(text)).unwrap()),
        ("review", review(&a_review(text)).unwrap()),
        (
            "self-evaluation",
            self_evaluation(&a_self_evaluation(text)).unwrap(),
        ),
    ])
}

fn text_of(pdf: &[u8]) -> String {
    let document = Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap()
}

fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{200B}')
        .collect()
}

/// Where `ALONGSIDE_FILES_DIR` says so, the files are kept there to be looked at.
fn keep(files: &BTreeMap<&'static str, Vec<u8>>, of: &str) {
    if let Some(folder) = std::env::var_os("ALONGSIDE_FILES_DIR") {
        for (name, bytes) in files {
            let path = std::path::Path::new(&folder).join(format!("{name}-{of}.pdf"));
            std::fs::write(path, bytes).unwrap();
        }
    }
}

#[test]
fn every_pdf_is_tagged_and_has_a_title_a_language_and_the_mark_of_its_standard() {
    let files = all("Pupils chose their own equipment and talked about why");
    keep(&files, "plain");
    for (name, bytes) in files {
        let document = Document::load_mem(&bytes).unwrap();
        let catalog = document.catalog().unwrap();
        assert_eq!(
            catalog.get(b"Lang").unwrap().as_str().unwrap(),
            b"en-GB",
            "{name}"
        );
        let marks = catalog.get_deref(b"MarkInfo", &document).unwrap();
        assert!(
            marks
                .as_dict()
                .unwrap()
                .get(b"Marked")
                .unwrap()
                .as_bool()
                .unwrap()
        );
        let look = catalog.get_deref(b"ViewerPreferences", &document).unwrap();
        assert!(
            look.as_dict()
                .unwrap()
                .get(b"DisplayDocTitle")
                .unwrap()
                .as_bool()
                .unwrap()
        );
        assert!(catalog.has(b"StructTreeRoot"), "{name}");
        let about = catalog.get_deref(b"Metadata", &document).unwrap();
        let about = about.as_stream().unwrap();
        let about = about
            .decompressed_content()
            .unwrap_or_else(|_| about.content.clone());
        let about = String::from_utf8(about).unwrap();
        assert!(about.contains("pdfuaid:part"), "{about}");
        assert!(about.contains("dc:title"), "{about}");
        assert!(document.get_pages().len() < 12, "{name}");
    }
}

#[test]
fn every_font_of_a_pdf_is_in_it() {
    for (name, bytes) in all("Łódź שלום 😀 नमस्ते") {
        let document = Document::load_mem(&bytes).unwrap();
        let described = document
            .objects
            .values()
            .filter_map(|object| object.as_dict().ok());
        let fonts: Vec<_> = described
            .filter(|own| matches!(own.get(b"Type"), Ok(Object::Name(kind)) if kind == b"FontDescriptor"))
            .collect();
        assert!(fonts.len() > 3, "{name}");
        for font in fonts {
            assert!(font.has(b"FontFile2") || font.has(b"FontFile3"), "{name}");
        }
    }
}

#[test]
fn every_pdf_carries_the_statement_of_purpose() {
    for (name, bytes) in all("Thank you") {
        assert!(
            squeezed(&text_of(&bytes)).contains(&squeezed(STATEMENT)),
            "{name}"
        );
    }
}

#[test]
fn whatever_people_write_comes_out_as_text() {
    let nasty = [
        "#import \"/etc/passwd\": *",
        "#read(\"page.typ\") #sys.inputs $x^2$ `raw`",
        "*not bold* _not slanted_ = not a heading",
        "= Heading\n- list\n+ one\n/ term: x",
        "<b>bold</b><script>alert(1)</script> &amp; <label> @label",
        "]]}} #{ panic(\"x\") } \\u{41} \\ // comment /* */",
        "=cmd|' /C calc'!A0",
        "~ -- --- ... \"quoted\" 'it' https://example.org",
        "[U+4F60] #eval(\"1+1\")",
    ];
    for (name, bytes) in all(&nasty.join("\n")) {
        let said = squeezed(&text_of(&bytes));
        for nasty in nasty {
            assert!(said.contains(&squeezed(nasty)), "{name} {nasty} {said}");
        }
    }
}

#[test]
fn words_of_any_script_and_characters_of_none_are_shown() {
    let mixed = "שלום עליكم 😀👍🏽 👩‍🏫 Привет नमस्ते ਸਤਿ 你好 \u{202E}turned\u{0} \u{E000} a\u{0301}\u{0334}\u{0489}";
    let files = all(mixed);
    keep(&files, "scripts");
    for (name, bytes) in files {
        let said = squeezed(&text_of(&bytes));
        for part in ["Привет", "[U+4F60]", "[U+597D]", "turned", "[U+E000]", "😀"] {
            assert!(said.contains(part), "{name} {part} {said}");
        }
    }
}

#[test]
fn a_very_long_text_runs_over_pages_and_loses_nothing() {
    let long = "every adult waits ".repeat(3_560) + "and the last word is heliotrope";
    assert!(long.len() > 64_000);
    let mut form_of = a_form("short");
    form_of.sections[0].comments = vec![vec![long], vec!["x".repeat(4_000)]];
    let bytes = form(&form_of).unwrap();
    let document = Document::load_mem(&bytes).unwrap();
    assert!(document.get_pages().len() > 10);
    let said = squeezed(&text_of(&bytes));
    assert_eq!(said.matches("heliotrope").count(), 1);
    assert!(said.matches('x').count() >= 4_000);
}

#[test]
fn a_form_says_each_mark_in_words() {
    let said = text_of(&form(&a_form("x")).unwrap());
    for word in ["Seen", "Not this time", "Did not look"] {
        assert!(squeezed(&said).contains(&squeezed(word)), "{word}");
    }
}

#[test]
fn a_form_on_which_nothing_stands_yet_can_be_made() {
    let mut empty = a_form("");
    empty.observers.clear();
    empty.sections.clear();
    empty.went_well.clear();
    empty.even_better_if.clear();
    empty.overall.clear();
    empty.additions.clear();
    empty.responses.clear();
    empty.is_shared = false;
    assert!(text_of(&form(&empty).unwrap()).contains("Kestrel"));
    let mut unrated = a_self_evaluation("x");
    unrated.year_before = None;
    unrated.overall = None;
    for domain in &mut unrated.domains {
        (domain.score, domain.before, domain.rated) = (None, None, 0);
    }
    assert!(self_evaluation(&unrated).is_ok());
    unrated.domains.clear();
    assert!(self_evaluation(&unrated).is_ok());
}

#[test]
fn the_same_form_is_the_same_file() {
    assert_eq!(form(&a_form("x")).unwrap(), form(&a_form("x")).unwrap());
}
