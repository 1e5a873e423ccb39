//! A comment: a word of any member of staff on a template's draft or on a review (R17, R19).

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::{PersonId, Record, RecordId};

/// What is declared of a comment's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("on", Shape::Id),
    ("part", Shape::Text),
    ("person", Shape::Id),
    ("text", Shape::Text),
    ("at", Shape::Moment),
];

/// A comment, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// On a template or a review.
    pub on: RecordId,
    /// On which part of it: the key of a criterion; empty for the whole.
    pub part: String,
    /// Whose.
    pub person: PersonId,
    /// The words; empty once taken back.
    pub text: String,
    /// When.
    pub at: DateTime<FixedOffset>,
}

impl Comment {
    /// Reads a comment; `None` while it does not say whose, on what and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            on: record.id("on")?,
            part: record.text("part").to_owned(),
            person: record.id("person")?,
            text: record.text("text").to_owned(),
            at: record.time("at")?,
        })
    }
}
