//! `docs/protocol.md` is the table of the rules: each with where it is kept, where it is seen, and the tests that try to
//! break it. This fails when a rule has no living test, or a file it names is not there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A rule's row: number, files, tests.
struct Row {
    rule: String,
    files: Vec<String>,
    tests: Vec<String>,
}

/// What stands between backticks in a cell.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let lines = text.lines().filter(|line| line.starts_with("| R"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 5, "{line}");
            Row {
                rule: cells[0].to_owned(),
                files: [cells[2], cells[3]].into_iter().flat_map(quoted).collect(),
                tests: quoted(cells[4]),
            }
        })
        .collect()
}

/// Every test of a folder of Rust sources, as `module::name` with the file's own name for the module.
fn tests_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") && !path.ends_with("node_modules") {
                tests_in(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if line.starts_with("#[ignore") {
                    is_test = false;
                } else if let Some((_, rest)) = line.split_once("fn ")
                    && std::mem::take(&mut is_test)
                {
                    let name = rest.split('(').next().unwrap_or_default();
                    found.insert(format!("{module}::{name}"));
                }
            }
        }
    }
}

#[test]
fn every_rule_has_a_living_test_that_tries_to_break_it() {
    let rows = rows();
    let rules: Vec<String> = rows.iter().map(|row| row.rule.clone()).collect();
    let expected: Vec<String> = (1..=20).map(|number| format!("R{number}")).collect();
    assert_eq!(rules, expected, "each rule once and in order");
    let mut living = BTreeSet::new();
    for folder in ["tests/stories", "src-tauri/crates", "src-tauri/tests"] {
        tests_in(&root().join(folder), &mut living);
    }
    for row in &rows {
        assert!(!row.tests.is_empty(), "{} has no test", row.rule);
        for test in &row.tests {
            assert!(
                living.contains(test),
                "{}: there is no test {test}",
                row.rule
            );
        }
        // At least one of them comes in by a public door, over a socket.
        let in_stories = |test: &&String| {
            let (module, name) = test.split_once("::").unwrap();
            let stories = root().join("tests/stories");
            [
                stories.join(format!("{module}.rs")),
                stories.join(format!("rules/{module}.rs")),
            ]
            .iter()
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .any(|text| text.contains(&format!("fn {name}(")))
        };
        assert!(
            row.tests.iter().any(|test| in_stories(&test)),
            "{} is tried by no door",
            row.rule
        );
    }
}

#[test]
fn every_rule_is_kept_and_seen_in_files_that_are_there() {
    for row in rows() {
        assert!(
            row.files.len() >= 2,
            "{} is kept and seen nowhere",
            row.rule
        );
        for file in row.files {
            assert!(
                root().join(&file).is_file(),
                "{}: there is no {file}",
                row.rule
            );
        }
    }
}

#[test]
fn every_test_of_a_rule_is_in_the_table() {
    let mut own = BTreeSet::new();
    tests_in(&root().join("tests/stories/rules"), &mut own);
    let listed: BTreeSet<String> = rows().into_iter().flat_map(|row| row.tests).collect();
    for test in own {
        let (_, name) = test.split_once("::").unwrap();
        let is_of_a_rule = name.split('_').next().is_some_and(|first| {
            first
                .strip_prefix('r')
                .is_some_and(|number| number.parse::<u8>().is_ok())
        });
        assert!(
            !is_of_a_rule || listed.contains(&test),
            "{test} is not in docs/protocol.md"
        );
    }
}
