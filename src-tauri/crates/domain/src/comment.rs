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
    ("answer", Shape::Text),
    ("answered_by", Shape::Id),
    ("answered_at", Shape::Moment),
    ("is_taken_up", Shape::Flag),
];

/// The fields a leader writes under somebody's comment; all others are its writer's.
pub const ANSWER_FIELDS: &[&str] = &["answer", "answered_by", "answered_at", "is_taken_up"];

/// What a leader said to a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whose answer.
    pub by: PersonId,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The words; may be empty where it was taken up without any.
    pub text: String,
    /// Whether what was said went into the form.
    pub is_taken_up: bool,
}

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
    /// What a leader said to it.
    pub answer: Option<Answer>,
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
            answer: Answer::read(record),
        })
    }
}

impl Answer {
    /// Reads the answer to a comment; `None` while there is none.
    fn read(record: &Record) -> Option<Self> {
        let answer = Self {
            by: record.id("answered_by")?,
            at: record.time("answered_at")?,
            text: record.text("answer").to_owned(),
            is_taken_up: record.flag("is_taken_up"),
        };
        (answer.is_taken_up || !answer.text.is_empty()).then_some(answer)
    }
}
