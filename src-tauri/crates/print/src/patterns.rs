//! Patterns as tables for other programs: a workbook ([`patterns_xlsx`]) and comma-separated values ([`patterns_csv`]).
//!
//! A cell that is hidden on screen is hidden here (R14): it comes in as [`Cell::Hidden`], so there is no number that could
//! slip through. There is no column for a person (R9). What people named comes out as text: nothing that a spreadsheet
//! would take for a formula.

mod table;
mod workbook;

use chrono::{DateTime, FixedOffset};

pub use table::patterns_csv;
pub use workbook::patterns_xlsx;

/// Patterns of a walk, or across walks, as they stand on screen.
#[derive(Debug, Clone)]
pub struct Patterns {
    /// Of which school.
    pub school: String,
    /// Of which walk or walks.
    pub title: String,
    /// On how many classes a cell rests at least (R14).
    pub classes_at_least: usize,
    /// Each way of looking.
    pub cuts: Vec<Cut>,
    /// When the file was made.
    pub taken_at: DateTime<FixedOffset>,
}

/// One way of looking: criteria down, groups across.
#[derive(Debug, Clone)]
pub struct Cut {
    /// What it is by, such as `By phase`.
    pub title: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The criteria.
    pub rows: Vec<CutRow>,
}

/// One criterion over all groups.
#[derive(Debug, Clone)]
pub struct CutRow {
    /// The section it stands in.
    pub section: String,
    /// What was looked for.
    pub criterion: String,
    /// By group.
    pub cells: Vec<Cell>,
}

/// What is known of one criterion in one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Seen so often, by so many who looked. Two numbers where they are said together so as not to be known of every class.
    Shown {
        /// Seen, at the least.
        least: u32,
        /// At the most.
        most: u32,
        /// Of those who looked.
        looked: u32,
    },
    /// Rests on too few classes, or would give such a one away.
    Hidden,
    /// Nobody looked.
    NobodyLooked,
    /// The form of that walk does not have it.
    Absent,
}

/// How many in a hundred.
fn in_a_hundred(part: u32, whole: u32) -> u64 {
    let (part, whole) = (u64::from(part), u64::from(whole).max(1));
    (part * 100 + whole / 2) / whole
}

/// Why some cells have no number.
fn why_hidden(patterns: &Patterns) -> String {
    format!(
        "Hidden: it would rest on fewer than {} classes, or let such a number be worked out.",
        patterns.classes_at_least
    )
}

#[cfg(test)]
mod tests;
