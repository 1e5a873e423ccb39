//! A reflection: the teacher's own two questions after a visit. Nobody reads it but whom the teacher lets (R8, R19).

use crate::field::{Declared, Shape};
use crate::{PersonId, Record, VisitId};

/// The most people a teacher can let read a reflection.
pub const READERS_LIMIT: usize = 20;

/// The two questions.
pub const QUESTIONS: [(&str, &str); 2] = [
    ("confirmed", "What did the visit confirm for me?"),
    ("change", "What might I change?"),
];

/// What is declared of a reflection's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("visit", Shape::Id),
    ("teacher", Shape::Id),
    ("confirmed", Shape::Text),
    ("change", Shape::Text),
    ("readers", Shape::Ids(READERS_LIMIT)),
];

/// A reflection, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reflection {
    /// After which visit.
    pub visit: VisitId,
    /// Whose.
    pub teacher: PersonId,
    /// What the visit confirmed.
    pub confirmed: String,
    /// What might change.
    pub change: String,
    /// Whom the teacher lets read it.
    pub readers: Vec<PersonId>,
}

impl Reflection {
    /// Reads a reflection; `None` while it does not say whose and after what.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            visit: record.id("visit")?,
            teacher: record.id("teacher")?,
            confirmed: record.text("confirmed").to_owned(),
            change: record.text("change").to_owned(),
            readers: record.ids("readers"),
        })
    }
}
