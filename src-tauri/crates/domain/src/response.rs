//! A response: the teacher's answer to the record of a visit (R8).

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::{PersonId, Record, VisitId};

/// What is declared of a response's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("visit", Shape::Id),
    ("teacher", Shape::Id),
    ("sent_at", Shape::Moment),
    ("comments.*", Shape::Text),
    ("overall", Shape::Text),
];

/// A response, read from its record. Until it is sent only its writer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// To the record of which visit.
    pub visit: VisitId,
    /// Whose.
    pub teacher: PersonId,
    /// When it was sent; a draft before that.
    pub sent_at: Option<DateTime<FixedOffset>>,
    /// By section.
    pub comments: BTreeMap<String, String>,
    /// To the whole.
    pub overall: String,
}

impl Response {
    /// Reads a response; `None` while it does not say whose and to what.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            visit: record.id("visit")?,
            teacher: record.id("teacher")?,
            sent_at: record.time("sent_at"),
            comments: record
                .parts("comments")
                .filter_map(|(section, field)| {
                    Some((section.to_owned(), field.value.as_str()?.to_owned()))
                })
                .collect(),
            overall: record.text("overall").to_owned(),
        })
    }

    /// Whether anything has been written.
    pub fn is_empty(&self) -> bool {
        self.overall.trim().is_empty() && self.comments.values().all(|text| text.trim().is_empty())
    }
}
