//! `SECURITY.md` is the threat model: who attacks, what they try, how it is stopped, and the tests that try. This fails
//! when a test that it names is gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names under which the tests of a folder can be named: `module::name`, the module being the file's own name.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let module = path.file_stem().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            let (mut is_test, mut is_listed) = (false, false);
            for line in text.lines().map(str::trim) {
                // Some are made from a list of names and what each tries.
                is_listed = (is_listed && line != "}") || line == "stages! {";
                let name = match line.split_once("fn ") {
                    Some((_, rest)) if std::mem::take(&mut is_test) => rest.split('(').next(),
                    _ if is_listed => line.split_once(':').map(|(name, _)| name),
                    _ => None,
                };
                if let Some(name) = name {
                    found.insert(format!("{module}::{name}"));
                }
                is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                is_test &= !line.starts_with("#[ignore");
            }
        }
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let mut living = BTreeSet::new();
    for folder in [
        "tests/stories",
        "tests/simulation",
        "src-tauri/crates",
        "src-tauri/tests",
        "src-tauri/src",
    ] {
        tests_in(&root().join(folder), &mut living);
    }
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() > 12, "the model is not where it was");
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        let named: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nobody tries: {}", cells[1]);
        for name in named {
            let is_there = match name.strip_suffix('*') {
                Some(family) => living.iter().any(|test| test.starts_with(family)),
                None => living.contains(name),
            };
            assert!(is_there, "there is no test {name}");
        }
    }
}
