//! What fuzzing kept, read again: each file of the corpus by the door it is for. `make fuzz` goes on from there.
//!
//! The first files of the corpus are what our own programs say (`UPDATE_CORPUS=1` writes them anew); the others were found
//! by `make fuzz` to lead somewhere new, or once broke something.

use std::fs;
use std::path::{Path, PathBuf};

use alongside_tests::hostile::TARGETS;
use alongside_tests::{Cast, Device, School, Spy};
use serde_json::json;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn replay(name: &str) {
    let (_, door) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let files = files(&corpus().join(name));
    assert!(files.len() >= 3, "{name}: {} files", files.len());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let read = std::panic::catch_unwind(|| door(&bytes));
        assert!(read.is_ok(), "{} broke {name}", file.display());
    }
}

#[test]
fn no_body_of_a_sync_in_the_corpus_harms_the_hub() {
    replay("sync_body");
}

#[test]
fn no_answer_of_a_hub_in_the_corpus_costs_a_tablet_what_was_written_on_it() {
    replay("sync_answer");
}

#[test]
fn no_list_workbook_or_form_in_the_corpus_harms_the_hub() {
    for name in ["csv_list", "xlsform", "form_json"] {
        replay(name);
    }
}

#[test]
fn every_target_has_its_program_its_corpus_and_its_place_in_the_run() {
    let fuzz = corpus().join("..");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let own = include_str!("hostile.rs");
    for (name, _) in TARGETS {
        assert!(
            fuzz.join(format!("fuzz_targets/{name}.rs")).is_file(),
            "{name}"
        );
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        assert!(
            own.matches(&format!("\"{name}\"")).count() >= 2,
            "{name} is not replayed"
        );
    }
    let folders = files(&corpus()).len();
    assert_eq!(
        folders,
        TARGETS.len(),
        "the corpus has a folder for each target"
    );
}

/// Writes what our own programs say into the corpus.
#[tokio::test]
async fn the_corpus_begins_with_what_our_own_programs_say() {
    let seeds = seeds().await;
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        for (name, label, bytes) in &seeds {
            let folder = corpus().join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(format!("own-{label}")), bytes).unwrap();
        }
    }
    for (name, label, _) in &seeds {
        let file = corpus().join(name).join(format!("own-{label}"));
        assert!(
            file.is_file(),
            "{}: UPDATE_CORPUS=1 writes it",
            file.display()
        );
    }
}

async fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let hub = School::on_the_day().await;
    let tablet = Device::join(&hub, Cast::ANSA).await;
    tablet.sync().await;
    hub.clock.pass(300_000);
    tablet.clock.pass(300_000);
    tablet.tap("visit_start", json!({ "visit": Cast::VISIT }));
    let sheet = tablet.tap("visit_get", json!({ "visit": Cast::VISIT }));
    for section in sheet["sections"].as_array().unwrap() {
        for criterion in section["criteria"].as_array().unwrap().iter().take(1) {
            let edit = json!({ "what": "mark", "criterion": criterion["key"], "mark": "seen" });
            tablet.tap(
                "observation_write",
                json!({ "visit": Cast::VISIT, "edit": edit }),
            );
        }
    }
    tablet.sync().await;
    tablet.tap("visit_finish", json!({ "visit": Cast::VISIT }));
    tablet.sync().await;
    let mut seeds = Vec::new();
    let mut keep = |name, label: &str, bytes: Vec<u8>| seeds.push((name, label.to_owned(), bytes));
    for (number, (request, answer)) in Spy::take(&tablet.hub).into_iter().enumerate() {
        let label = number.to_string();
        keep("sync_body", &label, serde_json::to_vec(&request).unwrap());
        keep("sync_answer", &label, serde_json::to_vec(&answer).unwrap());
    }
    for (number, text) in [
        "Name;Roles\nOda Brindle;teacher, support\n",
        "name,year group,teachers\nOtter,3,Tilde Farrow\n\"Otter\",4,\"Nobody, Known\"\n",
        "room\tplace\nThe Ark\t7\n",
    ]
    .into_iter()
    .enumerate()
    {
        let mut bytes = vec![u8::try_from(number).unwrap()];
        bytes.extend(text.bytes());
        keep("csv_list", &number.to_string(), bytes);
    }
    let forms = hub.lead("template_list", json!({}));
    let template = &forms[0]["template"];
    let form = hub.lead("template_export", json!({ "template": template }));
    let text = form["text"].as_str().unwrap();
    keep("form_json", "form", text.into());
    keep("form_json", "empty", b"{}".to_vec());
    keep("form_json", "cut", text.as_bytes()[..text.len() / 2].into());
    for (label, bytes) in workbooks() {
        keep("xlsform", label, bytes);
    }
    seeds
}

/// A small form as a workbook, the same damaged, and something that is none.
fn workbooks() -> Vec<(&'static str, Vec<u8>)> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let survey = workbook.add_worksheet().set_name("survey").unwrap();
    let rows = [
        ["type", "name", "label"],
        ["begin_group", "room", "The room"],
        ["select_one marks", "calm", "The room is calm"],
        ["text", "notes", "Anything else"],
        ["end_group", "", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            survey.write_string(row, column, cell).unwrap();
        }
    }
    let choices = workbook.add_worksheet().set_name("choices").unwrap();
    for (column, cell) in (0..).zip(["list_name", "name", "label"]) {
        choices.write_string(0, column, cell).unwrap();
    }
    for (column, cell) in (0..).zip(["marks", "seen", "Seen"]) {
        choices.write_string(1, column, cell).unwrap();
    }
    let whole = workbook.save_to_buffer().unwrap();
    let mut spoiled = whole.clone();
    let middle = spoiled.len() / 2;
    spoiled[middle] ^= 0x40;
    vec![
        ("form", whole),
        ("spoiled", spoiled),
        ("none", b"PK\x03\x04".to_vec()),
    ]
}
