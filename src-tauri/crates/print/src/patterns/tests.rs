//! Tables that other programs read.

use std::io::Cursor;

use alongside_domain::purpose::STATEMENT;
use calamine::{Data, Reader as _, Xlsx};

use super::*;

fn patterns(criterion: &str) -> Patterns {
    Patterns {
        school: "Brookfield School".into(),
        title: "Autumn walk".into(),
        classes_at_least: 5,
        cuts: vec![
            Cut {
                title: "By phase: [Lower/Upper]*? and a name that goes on and on".into(),
                groups: ["Lower", "@Upper", "Sixth", "Both", "Before"]
                    .map(Into::into)
                    .to_vec(),
                rows: vec![CutRow {
                    section: "Communication".into(),
                    criterion: criterion.into(),
                    cells: vec![
                        Cell::Shown {
                            least: 7,
                            most: 7,
                            looked: 9,
                        },
                        Cell::Hidden,
                        Cell::NobodyLooked,
                        Cell::Shown {
                            least: 4,
                            most: 5,
                            looked: 5,
                        },
                        Cell::Absent,
                    ],
                }],
            },
            Cut {
                title: "By phase: [Lower/Upper]*? and a name that goes on and off".into(),
                groups: Vec::new(),
                rows: Vec::new(),
            },
        ],
        taken_at: DateTime::parse_from_rfc3339("2026-11-17T09:30:00+00:00").unwrap(),
    }
}

fn lines(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text);
    let records = reader.records().map(|record| record.unwrap());
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn a_table_has_a_line_for_each_cell_and_says_what_it_is_for() {
    let lines = lines(&patterns_csv(&patterns("Time to answer")).unwrap());
    assert_eq!(lines.len(), 1 + 5 + 1);
    assert_eq!(lines[1][4..9], ["7", "7", "9", "78", "78"]);
    assert_eq!(lines[2][4..9], [""; 5]);
    assert!(lines[2][9].starts_with("Hidden: "));
    assert_eq!(lines[3][9], "Nobody looked");
    assert_eq!(lines[4][4..9], ["4", "5", "5", "80", "100"]);
    assert_eq!(lines[5][9], "Not part of this walk");
    assert_eq!(lines[6][9], STATEMENT);
}

#[test]
fn nothing_that_people_named_is_a_formula_in_a_table() {
    for formula in [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        " =1",
        "\r=1",
        "\n=1",
        "＝1",
    ] {
        let bytes = patterns_csv(&patterns(formula)).unwrap();
        for line in lines(&bytes) {
            for value in line {
                let first = value.trim_start().chars().next();
                assert!(
                    !matches!(first, Some('=' | '+' | '-' | '@' | '＝')),
                    "{value:?}"
                );
            }
        }
    }
}

#[test]
fn a_workbook_says_the_same_and_has_no_formula() {
    let bytes = patterns_xlsx(&patterns("=HYPERLINK(\"http://evil\")")).unwrap();
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let names = workbook.sheet_names();
    assert_eq!(names.len(), 3);
    let range = workbook.worksheet_range(&names[1]).unwrap();
    let at = |column| range.get((1, column)).unwrap().clone();
    assert_eq!(at(1), Data::String("=HYPERLINK(\"http://evil\")".into()));
    assert_eq!(at(2), Data::Float(7.0 / 9.0));
    assert_eq!(at(3), Data::Float(9.0));
    assert_eq!(at(4), Data::String("hidden".into()));
    assert_eq!(at(6), Data::String("nobody looked".into()));
    assert_eq!(at(8), Data::String("80% to 100%".into()));
    assert_eq!(at(9), Data::Float(5.0));
    assert_eq!(at(10), Data::String("not part of this walk".into()));
    for name in &names {
        let formulas = workbook.worksheet_formula(name).unwrap();
        assert!(formulas.rows().flatten().all(String::is_empty));
    }
}

#[test]
fn a_hidden_cell_has_no_number_anywhere() {
    let mut hidden = patterns("x");
    hidden.cuts[0].rows[0].cells = vec![Cell::Hidden; 5];
    let lines = lines(&patterns_csv(&hidden).unwrap());
    assert!(
        lines[1..6]
            .iter()
            .all(|line| line[4..9].iter().all(String::is_empty))
    );
}
