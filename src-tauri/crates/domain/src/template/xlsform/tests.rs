//! What becomes of the lines of a workbook.

use super::super::draft::{Fitted, fitted};
use super::*;

fn sheet(columns: &[&str], rows: &[&[&str]]) -> Vec<Row> {
    let named = |cells: &[&str]| {
        let named = columns.iter().zip(cells);
        named
            .map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned()))
            .collect()
    };
    (2..)
        .zip(rows)
        .map(|(number, cells)| Row {
            number,
            cells: named(cells),
        })
        .collect()
}

fn survey(rows: &[&[&str]]) -> Fitted {
    let workbook = Workbook {
        survey: sheet(&["type", "name", "label", "hint", "relevant"], rows),
        choices: sheet(
            &["list_name", "name", "label"],
            &[&["often", "1", "Always"], &["often", "2", "Sometimes"]],
        ),
        settings: sheet(&["form_title"], &[&["Reading walk"]]),
    };
    fitted(draft_of(&workbook), &[])
}

#[test]
fn groups_become_sections_and_select_questions_criteria_with_their_choices() {
    let form = survey(&[
        &["begin_group", "reading", "Reading", "", ""],
        &["note", "n", "Look at the shelf first", "", ""],
        &[
            "select_one often",
            "books",
            "Books are within reach",
            "Also outside",
            "",
        ],
        &[
            "select_multiple often",
            "talk",
            "Pupils talk about books",
            "",
            "",
        ],
        &["note", "m", "In any language", "", ""],
        &["text", "more", "Anything else", "", ""],
        &["end_group", "", "", "", ""],
    ]);
    assert_eq!(form.name, "Reading walk");
    let [section] = form.sections.as_slice() else {
        panic!("{form:?}")
    };
    assert_eq!(section.title, "Reading");
    let guidance: Vec<_> = section
        .criteria
        .iter()
        .map(|c| c.guidance.as_deref().unwrap_or_default())
        .collect();
    assert_eq!(
        guidance,
        [
            "Look at the shelf first Also outside Choices: Always · Sometimes",
            "Choices: Always · Sometimes In any language",
        ]
    );
    assert_eq!(form.unfit.len(), 1);
    assert!(form.unfit[0].is_taken && form.unfit[0].place == "survey, line 7");
}

#[test]
fn what_does_not_fit_is_listed_line_by_line_with_its_reason() {
    let form = survey(&[
        &["start", "s", "", "", ""],
        &[
            "select_one often",
            "q",
            "A question without a group",
            "",
            "${x} = 1",
        ],
        &["integer", "score", "Give a score", "", ""],
        &["image", "photo", "Take a photo", "", ""],
        &["oddity", "odd", "What is this", "", ""],
        &["end_group", "", "", "", ""],
    ]);
    assert_eq!(form.sections.len(), 1);
    assert_eq!(form.sections[0].title, "General");
    let lines: Vec<&str> = form
        .unfit
        .iter()
        .map(|unfit| unfit.place.as_str())
        .collect();
    assert_eq!(
        lines,
        [
            "survey, line 2",
            "survey, line 3",
            "survey, line 4",
            "survey, line 5",
            "survey, line 6",
            "survey, line 7"
        ]
    );
    assert!(form.unfit[2].why.contains("score"));
}

#[test]
fn a_group_of_groups_becomes_its_inner_groups() {
    let form = survey(&[
        &["begin group", "all", "Everything", "", ""],
        &["begin group", "a", "First", "", ""],
        &["select_one often", "q", "One thing", "", ""],
        &["end group", "", "", "", ""],
        &["select_one often", "r", "Another thing", "", ""],
        &["end group", "", "", "", ""],
    ]);
    let titles: Vec<&str> = form
        .sections
        .iter()
        .map(|section| section.title.as_str())
        .collect();
    assert_eq!(titles, ["First", "all"]);
}

#[test]
fn the_same_name_with_other_words_is_another_criterion() {
    assert_ne!(
        key_of("q1", "Books are in reach"),
        key_of("q1", "Pupils talk")
    );
    assert_eq!(
        key_of("q1", "Books are in reach"),
        key_of("q1", "books  are in reach")
    );
}

#[test]
fn a_form_of_a_thousand_questions_is_cut_to_what_can_be_read() {
    let rows: Vec<[String; 5]> = (0..1000)
        .map(|nth| {
            [
                "select_one often".into(),
                format!("q{nth}"),
                format!("Thing {nth} "),
                String::new(),
                String::new(),
            ]
        })
        .collect();
    let rows: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let form = survey(&rows);
    assert_eq!(
        form.sections[0].criteria.len(),
        super::super::limit::SECTION_CRITERIA_LIMIT
    );
    assert_eq!(
        form.unfit.len(),
        1000 - super::super::limit::SECTION_CRITERIA_LIMIT
    );
}
