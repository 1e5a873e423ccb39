//! A concern: a word to the head about how the protocol is carried out, alone or with the line manager's support (R18).
//!
//! Nobody else reads it: not observers, not other leaders; it is in no feed, export, search or count of theirs.

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::{ConcernId, PersonId, Record, Refusal};

/// What is declared of a concern's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("writer", Shape::Id),
    ("supporter", Shape::Id),
    ("visit", Shape::Id),
    ("text", Shape::Text),
    ("raised_at", Shape::Moment),
    ("answer", Shape::Text),
    ("answered_at", Shape::Moment),
    ("answered_by", Shape::Id),
];

/// The fields the head writes; all others are the writer's.
pub const ANSWER_FIELDS: &[&str] = &["answer", "answered_at", "answered_by"];

/// What somebody is told before they raise a concern.
pub const EXPLANATION: &str = "A concern is about how a learning walk was carried out. It goes to the headteacher, from you alone or with your line manager beside you. Nobody else can read it: no observer, no other leader. You get a receipt when it has arrived, and an answer. Each term only the number of concerns is said, never whose or about what.";

/// Refuses a concern or an answer with no words in it.
pub fn check_words(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new("no_words", "There is nothing written yet."));
    }
    Ok(())
}

/// A concern, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// Which.
    pub id: ConcernId,
    /// Whose.
    pub writer: PersonId,
    /// The line manager who stands beside the writer, if one does.
    pub supporter: Option<PersonId>,
    /// In the writer's words.
    pub text: String,
    /// When it was raised.
    pub raised_at: DateTime<FixedOffset>,
    /// The head's answer.
    pub answer: String,
    /// When it was answered.
    pub answered_at: Option<DateTime<FixedOffset>>,
    /// By whom.
    pub answered_by: Option<PersonId>,
}

impl Concern {
    /// Reads a concern; `None` while it does not say whose and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            id: record.id.into(),
            writer: record.id("writer")?,
            supporter: record.id("supporter"),
            text: record.text("text").to_owned(),
            raised_at: record.time("raised_at")?,
            answer: record.text("answer").to_owned(),
            answered_at: record.time("answered_at"),
            answered_by: record.id("answered_by"),
        })
    }
}
