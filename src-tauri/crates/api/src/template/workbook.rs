//! An XLSForm workbook as rows. It comes from anywhere, so it is hostile until read: what it unpacks to is counted before
//! anything is parsed, cells are taken one by one and never as the rectangle they span, nothing is ever unpacked to a
//! disk, and macros and formulas are not run.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use alongside_domain::template::draft::Unfit;
use alongside_domain::template::xlsform::{Row, Workbook};
use calamine::{DataRef, Reader as _, Xlsx};

use super::import::unreadable;
use crate::{ApiError, Code};

/// The most files in a workbook.
const ENTRIES_LIMIT: usize = 200;
/// The most bytes a workbook may unpack to.
const UNPACKED_LIMIT: u64 = 16 * 1024 * 1024;
/// The most rows that are read of a sheet.
const ROWS_LIMIT: usize = 2_000;
/// The most columns.
const COLUMNS_LIMIT: u32 = 80;
/// The most characters of one cell.
const CELL_LIMIT: usize = 2_000;
/// The most characters of a whole workbook.
const WORDS_LIMIT: usize = 2_000_000;
/// The most cells that are looked at.
const CELLS_LIMIT: usize = 200_000;

fn damaged() -> ApiError {
    unreadable(
        "This workbook is damaged or not a workbook. Open it in a spreadsheet, save it as .xlsx, and choose that.",
    )
}

fn too_large() -> ApiError {
    ApiError::new(
        Code::TooLarge,
        "This workbook unpacks to more than any form needs, so it was not read. Keep only the survey, choices and settings sheets and save it anew.",
    )
}

/// Reads the sheets that make a form; also what was not read of them.
pub(super) fn read(bytes: &[u8]) -> Result<(Workbook, Vec<Unfit>), ApiError> {
    check(bytes)?;
    // The reader is another's work on a stranger's bytes: should it give up in the middle, the file is at fault.
    catch_unwind(AssertUnwindSafe(|| sheets(bytes))).unwrap_or_else(|_| Err(damaged()))
}

/// Counts what the workbook unpacks to, and refuses macros.
fn check(bytes: &[u8]) -> Result<(), ApiError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > ENTRIES_LIMIT {
        return Err(too_large());
    }
    let mut room = UNPACKED_LIMIT;
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|_| damaged())?;
        let name = entry.name().map_err(|_| damaged())?.to_lowercase();
        if name.ends_with("vbaproject.bin") {
            return Err(unreadable(
                "This workbook has macros, so it was not read. Save it as .xlsx, without macros, and choose that.",
            ));
        }
        let read = std::io::copy(&mut entry.take(room + 1), &mut std::io::sink());
        room = room
            .checked_sub(read.map_err(|_| damaged())?)
            .ok_or_else(too_large)?;
    }
    Ok(())
}

fn sheets(bytes: &[u8]) -> Result<(Workbook, Vec<Unfit>), ApiError> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let names = book.sheet_names();
    let named = |wanted: &str| {
        names
            .iter()
            .find(|name| name.trim().eq_ignore_ascii_case(wanted))
    };
    let Some(survey) = named("survey") else {
        return Err(unreadable(
            "This workbook has no sheet called “survey”, so it is no XLSForm. Its questions stand in that sheet.",
        ));
    };
    let mut words = WORDS_LIMIT;
    let mut unfit = Vec::new();
    let mut rows = |name: Option<&String>| match name {
        Some(name) => sheet(&mut book, name, &mut words, &mut unfit),
        None => Ok(Vec::new()),
    };
    let workbook = Workbook {
        survey: rows(Some(survey))?,
        choices: rows(named("choices"))?,
        settings: rows(named("settings"))?,
    };
    Ok((workbook, unfit))
}

fn sheet(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    words: &mut usize,
    unfit: &mut Vec<Unfit>,
) -> Result<Vec<Row>, ApiError> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| damaged())?;
    let mut grid: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    let mut seen = 0;
    let mut is_cut = false;
    while let Some(cell) = reader.next_cell().map_err(|_| damaged())? {
        seen += 1;
        if seen > CELLS_LIMIT {
            is_cut = true;
            break;
        }
        let (row, column) = cell.get_position();
        let Some(text) = text_of(cell.get_value()) else {
            continue;
        };
        let is_beyond =
            column >= COLUMNS_LIMIT || (grid.len() > ROWS_LIMIT && !grid.contains_key(&row));
        if is_beyond {
            is_cut = true;
            continue;
        }
        let text: String = text.chars().take(CELL_LIMIT).collect();
        *words = words
            .checked_sub(text.chars().count())
            .ok_or_else(too_large)?;
        grid.entry(row).or_default().insert(column, text);
    }
    if is_cut {
        let why = format!(
            "Only the first {ROWS_LIMIT} rows and {COLUMNS_LIMIT} columns with words were read."
        );
        unfit.push(Unfit::left(name, name, why));
    }
    let Some((_, head)) = grid.pop_first() else {
        return Ok(Vec::new());
    };
    let columns: BTreeMap<u32, String> = head
        .into_iter()
        .map(|(column, name)| (column, name.trim().to_lowercase()))
        .collect();
    Ok(grid
        .into_iter()
        .map(|(number, cells)| Row {
            number: usize::try_from(number)
                .unwrap_or(usize::MAX)
                .saturating_add(1),
            cells: cells
                .into_iter()
                .filter_map(|(column, text)| Some((columns.get(&column)?.clone(), text)))
                .collect(),
        })
        .collect())
}

/// The words of a cell; of a formula what it last came to.
fn text_of(value: &DataRef<'_>) -> Option<String> {
    let text = match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}
