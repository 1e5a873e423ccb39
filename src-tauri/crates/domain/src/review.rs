//! A review: the page of a term on how walks operate, made from the log and open to everyone's comments (R17).

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::field::{Declared, Shape};
use crate::{Record, ReviewId, TermId};

/// What is declared of a review's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("term", Shape::Id),
    ("made_at", Shape::Time),
    ("kept", Shape::Object),
    ("words", Shape::Text),
];

/// How the protocol was kept in a term: counts of visits and records, never of people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct Kept {
    /// Visits made.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub visits: u64,
    /// Of them, those whose notice had stood for its days.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub noticed: u64,
    /// Of them, those with at most two observers.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub two_observers: u64,
    /// Visits whose plan changed after a notice.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub moved_after_notice: u64,
    /// Records shared.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub shared: u64,
    /// Of them, those shared within the limit.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub shared_in_time: u64,
    /// Hours from the end of a visit to sharing: the middle one.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub shared_median_hours: Option<u64>,
    /// The same: the longest.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub shared_worst_hours: Option<u64>,
    /// Responses that teachers could make.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub responses_offered: u64,
    /// Responses made.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub responses_made: u64,
    /// Concerns raised, as a number.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concerns: u64,
}

/// A review, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which.
    pub id: ReviewId,
    /// Of which term.
    pub term: TermId,
    /// When it was made from the log.
    pub made_at: DateTime<FixedOffset>,
    /// How the protocol was kept.
    pub kept: Kept,
    /// What leaders say to it.
    pub words: String,
}

impl Review {
    /// Reads a review; `None` while it does not say of what term and when it was made.
    pub fn read(record: &Record) -> Option<Self> {
        let kept = record.value("kept").cloned().unwrap_or_default();
        Some(Self {
            id: record.id.into(),
            term: record.id("term")?,
            made_at: record.time("made_at")?,
            kept: serde_json::from_value(kept).unwrap_or_default(),
            words: record.text("words").to_owned(),
        })
    }
}
