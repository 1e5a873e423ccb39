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
    /// Seen so often, by so many who looked.
    Shown {
        /// Seen.
        seen: u64,
        /// Of those who looked.
        looked: u64,
    },
    /// Rests on too few classes, or would give such a one away.
    Hidden,
    /// Nobody looked.
    NobodyLooked,
}

impl Cell {
    /// How many in a hundred of those who looked; none where that is not shown.
    fn share(self) -> Option<u64> {
        match self {
            Self::Shown { seen, looked } if looked > 0 => Some((seen * 100 + looked / 2) / looked),
            _ => None,
        }
    }
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
