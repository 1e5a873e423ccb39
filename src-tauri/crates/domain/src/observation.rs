//! An observation: what one observer wrote on one visit.
//!
//! It belongs to its observer alone. Two observers are two observations, never merged into one.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::{Declared, Shape};
use crate::{ObservationId, PersonId, Record, VisitId};

/// What an observer marked on a criterion. `did not look` is the absence of a mark, and left out of every share (R14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Seen.
    Seen,
    /// Looked for, and not seen this time.
    NotSeen,
}

impl Mark {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::NotSeen => "not_seen",
        }
    }

    /// Reads the word on the wire.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "seen" => Some(Self::Seen),
            "not_seen" => Some(Self::NotSeen),
            _ => None,
        }
    }
}

/// What is declared of an observation's fields. There is no field for pupils' views of staff, and none for names (R7).
pub(crate) const FIELDS: &[Declared] = &[
    ("visit", Shape::Id),
    ("observer", Shape::Id),
    ("started_at", Shape::Moment),
    ("finished_at", Shape::Moment),
    ("marks.*", Shape::Choice(&["seen", "not_seen"])),
    ("comments.*", Shape::Text),
    ("went_well.*", Shape::Text),
    ("even_better_if.*", Shape::Text),
    ("overall", Shape::Text),
    ("additions.*", Shape::Text),
    ("pupils", Shape::Whole(0, 200)),
    ("pupils_note", Shape::Text),
];

/// For how many minutes after its last writing an addition can still be corrected. Then it stays: the teacher may have
/// read it (R8).
pub const ADDITION_MINUTES: u64 = 15;

/// One line under "what went well" or "even better if".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its part of the field's name.
    pub key: String,
    /// Its words.
    pub text: String,
}

/// An observation, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Which.
    pub id: ObservationId,
    /// On which visit.
    pub visit: VisitId,
    /// Whose.
    pub observer: PersonId,
    /// When the observer began.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When the observer finished.
    pub finished_at: Option<DateTime<FixedOffset>>,
    /// By criterion; none where the observer did not look.
    pub marks: BTreeMap<String, Mark>,
    /// By section.
    pub comments: BTreeMap<String, String>,
    /// What went well, in order of writing.
    pub went_well: Vec<Line>,
    /// Even better if, in order of writing.
    pub even_better_if: Vec<Line>,
    /// On the whole.
    pub overall: String,
    /// What was added after it was finished, each with when, in order of writing. Seen as additions (R8).
    pub additions: Vec<(DateTime<Utc>, Line)>,
    /// How many pupils were there.
    pub pupils: Option<i64>,
    /// A note about the group; never names (R7).
    pub pupils_note: String,
}

impl Observation {
    /// Reads an observation; `None` while it does not say whose and of what.
    pub fn read(record: &Record) -> Option<Self> {
        let texts = |prefix: &'static str| {
            record
                .parts(prefix)
                .filter_map(|(key, field)| Some((key.to_owned(), field.value.as_str()?.to_owned())))
                .filter(|(_, text)| !text.trim().is_empty())
        };
        Some(Self {
            id: record.id.into(),
            visit: record.id("visit")?,
            observer: record.id("observer")?,
            started_at: record.time("started_at"),
            finished_at: record.time("finished_at"),
            marks: record
                .parts("marks")
                .filter_map(|(key, field)| Some((key.to_owned(), Mark::from_value(&field.value)?)))
                .collect(),
            comments: texts("comments").collect(),
            went_well: texts("went_well")
                .map(|(key, text)| Line { key, text })
                .collect(),
            even_better_if: texts("even_better_if")
                .map(|(key, text)| Line { key, text })
                .collect(),
            overall: record.text("overall").to_owned(),
            additions: record
                .parts("additions")
                .filter_map(|(key, field)| {
                    let at =
                        DateTime::from_timestamp_millis(i64::try_from(field.stamp.millis()).ok()?)?;
                    let text = field.value.as_str()?.to_owned();
                    Some((
                        at,
                        Line {
                            key: key.to_owned(),
                            text,
                        },
                    ))
                })
                .collect(),
            pupils: record.whole("pupils"),
            pupils_note: record.text("pupils_note").to_owned(),
        })
    }

    /// Whether the observer began and has not finished.
    pub fn is_open(&self) -> bool {
        self.started_at.is_some() && self.finished_at.is_none()
    }

    /// Until when its observer can still correct it, once finished (R8). Sharing ends it at once.
    pub fn tidy_until(&self, tidy_minutes: i64) -> Option<DateTime<FixedOffset>> {
        self.finished_at
            .map(|finished| finished + Duration::minutes(tidy_minutes))
    }

    /// Strengths and development points by number of entries (R13): lines, not people and not marks.
    pub fn balance(&self) -> Balance {
        Balance {
            strengths: self.went_well.len(),
            development: self.even_better_if.len(),
        }
    }
}

/// The proportion of strengths to development points (R13). It nudges and never blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Entries of what went well.
    pub strengths: usize,
    /// Entries of even better if.
    pub development: usize,
}

impl Balance {
    /// A kind word when the entries lean away from `aim` strengths of a hundred; none while there is little to go by.
    pub fn nudge(self, aim: i64) -> Option<&'static str> {
        let total = self.strengths + self.development;
        if total < 3 {
            return None;
        }
        let share = i64::try_from(self.strengths * 100 / total).unwrap_or(100);
        if share < aim - 15 {
            Some("More to improve than went well so far. What else did pupils do well?")
        } else if share > aim + 25 {
            Some("All of it went well. Is there one thing that would help pupils further?")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_balance_nudges_only_when_there_is_something_to_go_by() {
        let balance = |strengths, development| {
            Balance {
                strengths,
                development,
            }
            .nudge(70)
        };
        assert_eq!(balance(0, 2), None);
        assert!(balance(1, 3).is_some());
        assert_eq!(balance(7, 3), None);
        assert!(balance(4, 0).is_some());
    }
}
