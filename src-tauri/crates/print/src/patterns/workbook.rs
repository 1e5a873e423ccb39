//! Patterns as a workbook: a sheet that says what it is, and one for each way of looking.

use std::collections::BTreeSet;
use std::io::Cursor;

use alongside_domain::purpose::STATEMENT;
use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{Cell, Cut, Patterns, in_a_hundred, why_hidden};
use crate::{Unfaithful, words};

/// What stands in a cell that has no number.
const HIDDEN: &str = "hidden";
const NOBODY: &str = "nobody looked";
const ABSENT: &str = "not part of this walk";

/// As many letters as a name of a sheet may have.
const LONGEST_NAME: usize = 31;

/// As many as a cell may have.
const LONGEST_TEXT: usize = 32_767;

/// The patterns as a workbook. For each group there is the share seen of those who looked, and how many looked.
///
/// Errors when it could not be written, or does not read back cell by cell.
pub fn patterns_xlsx(patterns: &Patterns) -> Result<Vec<u8>, Unfaithful> {
    let names = names(&patterns.cuts);
    let bytes = write(patterns, &names).map_err(|_| Unfaithful::NotMade("the workbook"))?;
    read_back(&bytes, patterns, &names)?;
    Ok(bytes)
}

fn write(patterns: &Patterns, names: &[String]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let about = workbook.add_worksheet().set_name("About")?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    about.set_column_width(0, 90)?;
    for (row, text) in (0..).zip(about_lines(patterns)) {
        about.write_string_with_format(row, 0, text, &wrapped)?;
    }
    for (cut, name) in patterns.cuts.iter().zip(names) {
        let sheet = workbook.add_worksheet().set_name(name)?;
        write_cut(sheet, cut)?;
    }
    workbook.save_to_buffer()
}

fn about_lines(patterns: &Patterns) -> [String; 6] {
    [
        short(&patterns.title),
        short(&patterns.school),
        format!("Made on {}", words::time(patterns.taken_at)),
        STATEMENT.to_owned(),
        why_hidden(patterns),
        "For each group: how many in a hundred of those who looked saw it, and how many looked. Who did not look is not counted. Where all saw it, or none, two numbers are said."
            .to_owned(),
    ]
}

fn write_cut(sheet: &mut Worksheet, cut: &Cut) -> Result<(), XlsxError> {
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_background_color(Color::RGB(0x00FA_F8F3));
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let percent = Format::new()
        .set_num_format("0%")
        .set_align(FormatAlign::Top);
    let number = Format::new().set_align(FormatAlign::Top);
    let soft = Format::new()
        .set_font_color(Color::RGB(0x0056_646B))
        .set_align(FormatAlign::Top);
    for (column, title) in (0..).zip(titles(cut)) {
        sheet.write_string_with_format(0, column, title, &head)?;
    }
    sheet.set_column_width(0, 28)?.set_column_width(1, 60)?;
    sheet.set_freeze_panes(1, 2)?;
    for (row, line) in (1..).zip(&cut.rows) {
        sheet.write_string_with_format(row, 0, short(&line.section), &wrapped)?;
        sheet.write_string_with_format(row, 1, short(&line.criterion), &wrapped)?;
        for (column, cell) in (1..).zip(line.cells.iter().take(cut.groups.len())) {
            let (share, looked) = (2 * column, 2 * column + 1);
            match *cell {
                Cell::Shown {
                    least,
                    most,
                    looked: of,
                } if of > 0 => {
                    if least == most {
                        let seen = f64::from(least) / f64::from(of);
                        sheet.write_number_with_format(row, share, seen, &percent)?;
                    } else {
                        let seen = between(least, most, of);
                        sheet.write_string_with_format(row, share, seen, &number)?;
                    }
                    sheet.write_number_with_format(row, looked, f64::from(of), &number)?;
                }
                Cell::Absent => {
                    sheet.write_string_with_format(row, share, ABSENT, &soft)?;
                    sheet.write_string_with_format(row, looked, ABSENT, &soft)?;
                }
                Cell::Hidden => {
                    sheet.write_string_with_format(row, share, HIDDEN, &soft)?;
                    sheet.write_string_with_format(row, looked, HIDDEN, &soft)?;
                }
                _ => {
                    sheet.write_string_with_format(row, share, NOBODY, &soft)?;
                    sheet.write_number_with_format(row, looked, 0.0, &number)?;
                }
            }
        }
    }
    Ok(())
}

/// Two shares that are said together.
fn between(least: u32, most: u32, looked: u32) -> String {
    let (least, most) = (in_a_hundred(least, looked), in_a_hundred(most, looked));
    format!("{least}% to {most}%")
}

fn titles(cut: &Cut) -> Vec<String> {
    let mut titles = vec!["Section".to_owned(), "Criterion".to_owned()];
    for group in &cut.groups {
        titles.push(short(&format!("{group}: seen")));
        titles.push(short(&format!("{group}: looked")));
    }
    titles
}

/// A text that fits into a cell.
fn short(text: &str) -> String {
    text.chars().take(LONGEST_TEXT / 2).collect()
}

/// A name for each sheet that every spreadsheet takes, no two alike.
fn names(cuts: &[Cut]) -> Vec<String> {
    let mut taken = BTreeSet::from(["about".to_owned()]);
    let mut names = Vec::with_capacity(cuts.len());
    for cut in cuts {
        let allowed = |c: &char| c.is_alphanumeric() || [' ', '-', '.', ','].contains(c);
        let plain: String = cut.title.chars().filter(allowed).collect();
        let plain = match plain.trim() {
            "" => "Patterns",
            plain => plain,
        };
        let mut name: String = plain.chars().take(LONGEST_NAME - 5).collect();
        let mut number = 2;
        while !taken.insert(name.to_lowercase()) {
            let base: String = plain.chars().take(LONGEST_NAME - 5).collect();
            name = format!("{base} {number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

fn read_back(bytes: &[u8], patterns: &Patterns, names: &[String]) -> Result<(), Unfaithful> {
    let unreadable = |why: &str| Unfaithful::Unreadable(why.to_owned());
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|_: calamine::XlsxError| unreadable("it is not a workbook"))?;
    let mut sheet = |name: &str| {
        workbook
            .worksheet_range(name)
            .map_err(|_| unreadable("a sheet is missing"))
    };
    let about = sheet("About")?;
    let said = about.rows().flatten().filter_map(|cell| match cell {
        Data::String(text) => Some(text.as_str()),
        _ => None,
    });
    if !said.into_iter().any(|text| text == STATEMENT) {
        return Err(Unfaithful::NoStatement);
    }
    for (cut, name) in patterns.cuts.iter().zip(names) {
        let range = sheet(name)?;
        let expected = cut.rows.len() + 1;
        if range.height() != expected {
            return Err(Unfaithful::Incomplete {
                expected,
                found: range.height(),
            });
        }
        for (line, row) in cut.rows.iter().zip(range.rows().skip(1)) {
            let pairs = row.get(2..).unwrap_or_default().chunks(2);
            let is_same = line
                .cells
                .iter()
                .zip(pairs)
                .all(|(cell, pair)| match *cell {
                    Cell::Shown {
                        least,
                        most,
                        looked,
                    } if looked > 0 => {
                        let is_seen = match pair.first() {
                            Some(Data::Float(_)) => least == most,
                            Some(Data::String(text)) => *text == between(least, most, looked),
                            _ => false,
                        };
                        is_seen && pair.get(1) == Some(&Data::Float(f64::from(looked)))
                    }
                    Cell::Hidden => pair.iter().all(|cell| *cell == Data::String(HIDDEN.into())),
                    Cell::Absent => pair.iter().all(|cell| *cell == Data::String(ABSENT.into())),
                    _ => pair.first() == Some(&Data::String(NOBODY.into())),
                });
            if !is_same {
                return Err(unreadable("a cell is not as it was written"));
            }
        }
    }
    Ok(())
}
