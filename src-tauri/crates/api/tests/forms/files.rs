//! Forms as files: what goes out comes in again, and what a stranger made does no harm and is told what is wrong with it.

use std::io::{Cursor, Write as _};

use alongside_api::Place;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::school::*;

fn preview(school: &School, bytes: &[u8]) -> Result<Value, String> {
    let asked = json!({"file": STANDARD.encode(bytes)});
    let before = forms(school);
    let answer = school.try_ask(DEPUTY, "template_preview", asked);
    assert_eq!(forms(school), before, "a preview writes nothing");
    answer.map_err(|error| error.message)
}

fn forms(school: &School) -> usize {
    let listed = school.ask(DEPUTY, "template_list", json!({}));
    listed.as_array().unwrap().len()
}

/// A workbook of these files.
fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn column(nth: usize) -> char {
    char::from(b'A' + u8::try_from(nth).unwrap())
}

fn sheet(rows: &[&[&str]]) -> String {
    let rows: String = (1..)
        .zip(rows)
        .map(|(row, cells)| {
            let cells: String = cells
                .iter()
                .enumerate()
                .map(|(nth, text)| {
                    let text = text.replace('&', "&amp;").replace('<', "&lt;");
                    format!(
                        "<c r=\"{}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>",
                        column(nth)
                    )
                })
                .collect();
            format!("<row r=\"{row}\">{cells}</row>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    )
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn workbook(sheets: &[(&str, String)], more: &[(&str, &[u8])]) -> Vec<u8> {
    let numbered = || (1..).zip(sheets);
    let named: String = numbered()
        .map(|(number, (name, _))| {
            format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>")
        })
        .collect();
    let book = format!(
        "<?xml version=\"1.0\"?><workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>{named}</sheets></workbook>"
    );
    let links: String = numbered()
        .map(|(number, _)| {
            format!("<Relationship Id=\"rId{number}\" Type=\"{LINKS}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>")
        })
        .collect();
    let links = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}</Relationships>"
    );
    let names: Vec<String> = numbered()
        .map(|(number, _)| format!("xl/worksheets/sheet{number}.xml"))
        .collect();
    let root = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"{LINKS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let mut files: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
    ];
    let texts = names.iter().zip(sheets);
    files.extend(texts.map(|(name, (_, text))| (name.as_str(), text.as_bytes())));
    files.extend(more);
    zipped(&files)
}

fn survey(rows: &[&[&str]]) -> Vec<u8> {
    let mut all: Vec<&[&str]> = vec![&["type", "name", "label::English (en)", "hint"]];
    all.extend(rows);
    let choices = sheet(&[
        &["list_name", "name", "label"],
        &["often", "a", "Always"],
        &["often", "b", "Sometimes"],
    ]);
    workbook(&[("survey", sheet(&all)), ("choices", choices)], &[])
}

#[test]
fn a_form_that_is_exported_comes_in_again_as_it_was() {
    let school = School::planned(Place::Hub);
    let taken = school.ask(
        TEACHER,
        "template_export",
        json!({"template": school.form()}),
    );
    assert_eq!(taken["name"], "form-evidence-form-1.json");
    let text = taken["text"].as_str().unwrap();
    let shown = preview(&school, text.as_bytes()).unwrap();
    assert_eq!(
        (&shown["name"], &shown["criteria"]),
        (&json!("Evidence form"), &json!(23))
    );
    assert_eq!(shown["unfit"], json!([]));
    let asked = json!({"file": STANDARD.encode(text), "name": "From the other school"});
    let made = school.ask(DEPUTY, "template_import", asked);
    let original = school.ask(DEPUTY, "template_get", json!({"template": school.form()}));
    assert_eq!(made["sections"], original["sections"]);
    assert_eq!(made["is_draft"], true);
}

#[test]
fn a_survey_sheet_becomes_a_draft_and_what_does_not_fit_is_listed_by_its_line() {
    let school = School::planned(Place::Device);
    let file = survey(&[
        &["begin_group", "talk", "Talk", ""],
        &[
            "select_one often",
            "pairs",
            "Pupils talk in pairs",
            "Listen first",
        ],
        &["note", "n", "In any language", ""],
        &[
            "select_multiple often",
            "orla",
            "Orla Tamblyn asks questions",
            "",
        ],
        &["integer", "score", "Score", ""],
        &["end_group"],
        &["select_one often", "html", "<b>Bold</b> =SUM(A1)", ""],
    ]);
    let shown = preview(&school, &file).unwrap();
    let first = &shown["sections"][0];
    assert_eq!(first["title"], "Talk");
    assert_eq!(
        first["criteria"][0]["guidance"],
        "Listen first Choices: Always · Sometimes In any language"
    );
    assert_eq!(
        shown["sections"][1]["criteria"][0]["text"],
        "<b>Bold</b> =SUM(A1)"
    );
    let lines: Vec<&str> = shown["unfit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["place"].as_str().unwrap())
        .collect();
    assert_eq!(lines, ["survey, line 6", "survey, line 5"]);
    let asked = json!({"file": STANDARD.encode(&file), "name": "Talk"});
    let made = school.ask(DEPUTY, "template_import", asked);
    assert_eq!(made["sections"], shown["sections"]);
}

#[test]
fn hostile_files_are_refused_with_a_sentence_and_change_nothing() {
    let school = School::planned(Place::Hub);
    let zeros = vec![b' '; 64 * 1024 * 1024];
    let bomb = zipped(&[("xl/sharedStrings.xml", &zeros)]);
    assert!(bomb.len() < 1024 * 1024, "it passes the first limit");
    let entries: Vec<String> = (0..300).map(|nth| format!("f{nth}")).collect();
    let many: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|name| (name.as_str(), &b"x"[..]))
        .collect();
    let fine = sheet(&[&["type", "name", "label"], &["select_one a", "q", "Words"]]);
    let macros = workbook(
        &[("survey", fine.clone())],
        &[("xl/vbaProject.bin", b"Sub AutoOpen()")],
    );
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut cut = survey(&[&["select_one often", "q", "Words", ""]]);
    cut.truncate(cut.len() / 2);
    for (name, bytes, wanted) in [
        ("a bomb", bomb, "unpacks to more"),
        ("three hundred files", zipped(&many), "unpacks to more"),
        ("macros", macros, "macros"),
        ("cut in two", cut, "damaged"),
        ("no zip", b"PK\x03\x04 and then nothing".to_vec(), "damaged"),
        (
            "no survey",
            workbook(&[("Sheet1", fine)], &[]),
            "no sheet called",
        ),
        (
            "empty survey",
            workbook(&[("survey", sheet(&[]))], &[]),
            "no criteria",
        ),
        (
            "old workbook",
            vec![0xd0, 0xcf, 0x11, 0xe0, 0, 0],
            "old kind",
        ),
        ("deep", deep.into_bytes(), "neither"),
        ("other JSON", b"{\"name\": 1}".to_vec(), "alongside_form"),
        ("newer", b"{\"alongside_form\": 2}".to_vec(), "newer"),
        (
            "broken",
            b"{\"alongside_form\": 1, \"name\": 7}".to_vec(),
            "not as it should be",
        ),
        (
            "no criteria",
            b"{\"alongside_form\": 1, \"name\": \"x\", \"sections\": []}".to_vec(),
            "no criteria",
        ),
        ("large", vec![b'{'; 1_200_000], "larger than 1 MB"),
    ] {
        let refused = preview(&school, &bytes).expect_err(name);
        assert!(refused.contains(wanted), "{name}: {refused}");
    }
    let sentence = school.refused(DEPUTY, "template_preview", json!({"file": "not base64!"}));
    assert!(sentence.contains("did not arrive whole"), "{sentence}");
}

#[test]
fn a_cell_at_the_far_end_of_a_sheet_costs_nothing() {
    let school = School::planned(Place::Hub);
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\" t=\"inlineStr\"><is><t>far</t></is></c></row></sheetData>";
    let sheet = sheet(&[&["type", "name", "label"], &["select_one a", "q", "Words"]])
        .replace("</sheetData>", far);
    let shown = preview(&school, &workbook(&[("survey", sheet)], &[])).unwrap();
    assert_eq!(shown["criteria"], 1);
    assert_eq!(shown["unfit"][0]["place"], "survey");
}

#[test]
fn a_file_that_asks_pupils_about_staff_comes_in_without_that_question() {
    let school = School::planned(Place::Hub);
    let file = json!({
        "alongside_form": 1, "name": "Borrowed", "version": 4,
        "sections": [{
            "key": "../../etc", "title": "Talk\u{0}\nand more",
            "prompts": ["What are you learning?", "Is your teacher kind?"],
            "criteria": [
                {"key": "same", "text": "Pupils talk", "split_from": "no key at all"},
                {"key": "same", "text": format!("Pupils {}", "talk ".repeat(40))},
            ],
        }],
    });
    let shown = preview(&school, file.to_string().as_bytes()).unwrap();
    let section = &shown["sections"][0];
    assert_eq!(section["prompts"], json!(["What are you learning?"]));
    assert_eq!(section["title"], "Talk and more");
    assert_eq!(section["key"], "______etc");
    assert_eq!(section["criteria"][1]["key"], "same_2");
    assert!(
        section["criteria"][1]["text"]
            .as_str()
            .unwrap()
            .ends_with('…')
    );
    let asked = json!({"file": STANDARD.encode(file.to_string()), "name": "Borrowed"});
    school.ask(DEPUTY, "template_import", asked);
}

#[test]
fn pupils_are_not_asked_about_staff_under_the_name_of_an_imported_form() {
    let school = School::planned(Place::Hub);
    let file = survey(&[&["select_one often", "q", "Pupils talk", ""]]);
    let asked = json!({"file": STANDARD.encode(&file), "name": "Watching Orla Tamblyn"});
    let sentence = school.refused(DEPUTY, "template_import", asked);
    assert!(
        sentence.contains("cannot name a member of staff"),
        "{sentence}"
    );
}
