//! A review: the page of a term on how walks operate, made from the log and open to everyone's comments (R17).
//!
//! How it is counted is here ([`VisitKept`], [`kept`]); gathering the facts from the log is not (`api`).

use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use crate::field::{Declared, Shape};
use crate::visit::OBSERVERS_LIMIT;
use crate::{Record, ReviewId, TermId};

/// What is declared of a review's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("term", Shape::Id),
    ("made_at", Shape::Moment),
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

/// What the log and the records of the hub say of one visit that was planned for a term.
///
/// Settings are those in force when the visit began, so that what a school decides later judges no earlier visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitKept {
    /// Whether its class, time or observers changed after a notice had announced it.
    pub is_moved: bool,
    /// How it was made; none while nobody has begun.
    pub made: Option<Made>,
}

/// How a visit was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// When the first observer began.
    pub began_at: DateTime<Utc>,
    /// Since when its notice had stood then.
    pub noticed_since: Option<DateTime<Utc>>,
    /// For how many days a notice had to.
    pub notice_days: i64,
    /// How many people were down for it or observed, at the most.
    pub observers: usize,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// When its sharing reached the hub, on the hub's own clock: what a device says of it counts for nothing (R12).
    pub shared_at: Option<DateTime<Utc>>,
    /// Within how many hours it had to be shared.
    pub share_limit_hours: i64,
    /// How many teachers could answer its record, had it been shared.
    pub teachers: usize,
    /// How many did.
    pub responses: usize,
}

impl Made {
    fn is_noticed(&self) -> bool {
        self.noticed_since
            .is_some_and(|since| since + Duration::days(self.notice_days) <= self.began_at)
    }

    /// Hours from the end of the visit to its sharing; an hour that has begun counts.
    fn hours(&self) -> Option<u64> {
        let waited = self.shared_at? - self.ended_at;
        let seconds = u64::try_from(waited.num_seconds()).unwrap_or_default();
        Some(seconds.div_ceil(3600))
    }

    fn is_in_time(&self) -> bool {
        let limit = u64::try_from(self.share_limit_hours).unwrap_or_default();
        self.hours().is_some_and(|hours| hours <= limit)
    }
}

/// Counts how the protocol was kept over the visits of a term. Of an even number of waits the longer of the two in the
/// middle is said.
pub fn kept(visits: &[VisitKept], concerns: usize) -> Kept {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let made: Vec<&Made> = visits
        .iter()
        .filter_map(|visit| visit.made.as_ref())
        .collect();
    let count =
        |holds: &dyn Fn(&Made) -> bool| number(made.iter().filter(|one| holds(one)).count());
    let sum = |of: &dyn Fn(&Made) -> usize| number(made.iter().map(|one| of(one)).sum());
    let mut hours: Vec<u64> = made.iter().filter_map(|one| one.hours()).collect();
    hours.sort_unstable();
    Kept {
        visits: number(made.len()),
        noticed: count(&Made::is_noticed),
        two_observers: count(&|one| one.observers <= OBSERVERS_LIMIT),
        moved_after_notice: number(visits.iter().filter(|visit| visit.is_moved).count()),
        shared: number(hours.len()),
        shared_in_time: count(&Made::is_in_time),
        shared_median_hours: hours.get(hours.len() / 2).copied(),
        shared_worst_hours: hours.last().copied(),
        responses_offered: sum(&|one| one.shared_at.map_or(0, |_| one.teachers)),
        responses_made: sum(&|one| one.responses),
        concerns: number(concerns),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn made() -> Made {
        Made {
            began_at: at("2026-11-17T09:30:00Z"),
            noticed_since: Some(at("2026-11-09T08:00:00Z")),
            notice_days: 7,
            observers: 2,
            ended_at: at("2026-11-17T09:50:00Z"),
            shared_at: Some(at("2026-11-18T09:50:00Z")),
            share_limit_hours: 48,
            teachers: 2,
            responses: 1,
        }
    }

    fn visit(made: Made) -> VisitKept {
        VisitKept {
            is_moved: false,
            made: Some(made),
        }
    }

    #[test]
    fn a_visit_that_was_never_made_counts_only_as_moved() {
        let planned = VisitKept {
            is_moved: true,
            made: None,
        };
        let counted = kept(&[planned], 0);
        assert_eq!((counted.visits, counted.moved_after_notice), (0, 1));
        assert_eq!(counted.shared_median_hours, None);
    }

    #[test]
    fn a_notice_is_kept_when_it_had_stood_its_days_to_the_minute() {
        let young = Made {
            noticed_since: Some(at("2026-11-10T09:31:00Z")),
            ..made()
        };
        let none = Made {
            noticed_since: None,
            ..made()
        };
        let ripe = Made {
            noticed_since: Some(at("2026-11-10T09:30:00Z")),
            ..made()
        };
        let counted = kept(&[visit(young), visit(none), visit(ripe)], 0);
        assert_eq!((counted.visits, counted.noticed), (3, 1));
    }

    #[test]
    fn a_record_is_late_from_the_first_second_past_the_limit() {
        let shared = |text: &str| {
            visit(Made {
                shared_at: Some(at(text)),
                ..made()
            })
        };
        let counted = kept(
            &[
                shared("2026-11-19T09:50:01Z"),
                shared("2026-11-19T09:50:00Z"),
                shared("2026-11-17T09:49:00Z"),
                visit(Made {
                    shared_at: None,
                    responses: 0,
                    ..made()
                }),
            ],
            3,
        );
        assert_eq!((counted.shared, counted.shared_in_time), (3, 2));
        assert_eq!(counted.shared_median_hours, Some(48));
        assert_eq!(counted.shared_worst_hours, Some(49));
        assert_eq!((counted.responses_offered, counted.responses_made), (6, 3));
        assert_eq!(counted.concerns, 3);
    }

    #[test]
    fn a_third_observer_is_counted_whatever_became_of_it() {
        let crowd = Made {
            observers: 3,
            ..made()
        };
        let counted = kept(&[visit(crowd), visit(made())], 0);
        assert_eq!((counted.visits, counted.two_observers), (2, 1));
    }
}
