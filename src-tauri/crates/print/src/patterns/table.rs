//! Patterns as comma-separated values: a line for each cell.

use std::borrow::Cow;

use alongside_domain::purpose::STATEMENT;

use super::{Cell, Patterns, in_a_hundred, why_hidden};
use crate::Unfaithful;

const HEAD: [&str; 10] = [
    "by",
    "group",
    "section",
    "criterion",
    "seen at least",
    "seen at most",
    "looked",
    "at least in a hundred of those who looked",
    "at most in a hundred of those who looked",
    "note",
];

/// So that spreadsheets read the letters of every language.
const MARK: &str = "\u{FEFF}";

/// The patterns as comma-separated values, UTF-8 with a mark that says so; the last line says what they are for (R1).
///
/// A text that a spreadsheet would take for a formula has an apostrophe before it.
///
/// Errors when the text does not read back as what was written.
pub fn patterns_csv(patterns: &Patterns) -> Result<Vec<u8>, Unfaithful> {
    let lines = lines(patterns);
    let mut writer = csv::Writer::from_writer(MARK.as_bytes().to_vec());
    for line in &lines {
        let line = line.iter().map(|value| as_text(value).into_owned());
        writer
            .write_record(line)
            .map_err(|_| Unfaithful::NotMade("a line"))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|_| Unfaithful::NotMade("the last line"))?;
    read_back(&bytes, &lines)?;
    Ok(bytes)
}

fn lines(patterns: &Patterns) -> Vec<[String; 10]> {
    let mut lines = vec![HEAD.map(str::to_owned)];
    for cut in &patterns.cuts {
        for row in &cut.rows {
            for (group, cell) in cut.groups.iter().zip(&row.cells) {
                let (numbers, note) = match *cell {
                    Cell::Shown {
                        least,
                        most,
                        looked,
                    } => {
                        let of = |part| in_a_hundred(part, looked).to_string();
                        let counts = [least, most, looked].map(|number| number.to_string());
                        let [low, high, looked] = counts;
                        ([low, high, looked, of(least), of(most)], String::new())
                    }
                    Cell::Hidden => (Default::default(), why_hidden(patterns)),
                    Cell::NobodyLooked => (Default::default(), "Nobody looked".to_owned()),
                    Cell::Absent => (Default::default(), "Not part of this walk".to_owned()),
                };
                let [least, most, looked, least_of, most_of] = numbers;
                lines.push([
                    cut.title.clone(),
                    group.clone(),
                    row.section.clone(),
                    row.criterion.clone(),
                    least,
                    most,
                    looked,
                    least_of,
                    most_of,
                    note,
                ]);
            }
        }
    }
    let mut last: [String; 10] = Default::default();
    last[0] = "About".to_owned();
    last[1] = patterns.school.clone();
    last[3] = patterns.title.clone();
    last[9] = STATEMENT.to_owned();
    lines.push(last);
    lines
}

/// A text that no spreadsheet takes for a formula.
fn as_text(value: &str) -> Cow<'_, str> {
    let first = value.trim_start().chars().next();
    let is_formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    ) || value.starts_with(['\t', '\r', '\n']);
    if is_formula {
        Cow::Owned(format!("'{value}"))
    } else {
        Cow::Borrowed(value)
    }
}

fn read_back(bytes: &[u8], lines: &[[String; 10]]) -> Result<(), Unfaithful> {
    let unreadable = || Unfaithful::Unreadable("a line is not as it was written".to_owned());
    let bytes = bytes.strip_prefix(MARK.as_bytes()).ok_or_else(unreadable)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes);
    let mut found = 0;
    for (record, line) in reader.records().zip(lines) {
        let record = record.map_err(|_| unreadable())?;
        let expected: Vec<Cow<'_, str>> = line.iter().map(|value| as_text(value)).collect();
        if !record.iter().eq(expected.iter().map(AsRef::as_ref)) {
            return Err(unreadable());
        }
        found += 1;
    }
    if found != lines.len() {
        return Err(Unfaithful::Incomplete {
            expected: lines.len(),
            found,
        });
    }
    Ok(())
}
