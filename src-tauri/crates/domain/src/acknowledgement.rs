//! An acknowledgement: one person has read one notice, one report, one record or one response. Given once, never taken back.

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::{PersonId, Record, RecordId};

/// What is declared of an acknowledgement's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("of", Shape::Id),
    ("person", Shape::Id),
    ("at", Shape::Moment),
];

/// An acknowledgement, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Of a notice, of a report, of a visit (its record), or of a response.
    pub of: RecordId,
    /// Who read it.
    pub person: PersonId,
    /// When.
    pub at: DateTime<FixedOffset>,
}

impl Acknowledgement {
    /// Reads an acknowledgement; `None` while it does not say who read what.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            of: record.id("of")?,
            person: record.id("person")?,
            at: record.time("at")?,
        })
    }
}
