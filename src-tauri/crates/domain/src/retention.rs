//! Retention: the day on which a record is destroyed (R20).
//!
//! A record is kept for the academic year it belongs to and for as many more as the school decides
//! ([`Settings::destroyed_on`]). What hangs on a record goes with it. A day is counted by what nobody can move
//! afterwards: a visit that has begun keeps its time, a review the moment it was made.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};

use crate::Record;
use crate::comment::Comment;
use crate::concern::Concern;
use crate::review::Review;
use crate::school::Settings;
use crate::self_evaluation::SelfEvaluation;
use crate::term::Term;
use crate::visit::Visit;

/// For how many days a hub shows what it will destroy by itself, before it does. So nothing goes unseen when a school
/// keeps its records for a shorter time from now on, or when a clock leapt.
pub const SHOWN_DAYS: i64 = 7;

/// The day for a visit, its observations, share, responses and reflections.
pub fn of_visit(visit: &Visit, settings: &Settings) -> NaiveDate {
    settings.destroyed_on(visit.starts_at)
}

/// The day for a walk, its notices, its debrief, its report and its actions: that of its last visit, and not before its term's. A walk with neither is counted
/// from its last writing.
pub fn of_walk(
    walk: &Record,
    visits: &[Visit],
    term: Option<&Term>,
    settings: &Settings,
) -> NaiveDate {
    let of_visits = visits.iter().map(|visit| of_visit(visit, settings)).max();
    let of_term = term.map(|term| settings.destroyed_on(midnight(term.ends_on)));
    let written = || settings.destroyed_on(last_written(walk));
    of_visits.max(of_term).unwrap_or_else(written)
}

/// The day for an action that came from no walk: counted from its last writing. Any other goes with its walk.
pub fn of_action(action: &Record, settings: &Settings) -> NaiveDate {
    settings.destroyed_on(last_written(action))
}

/// When a record was last written.
pub fn last_written(record: &Record) -> DateTime<FixedOffset> {
    let last = record
        .fields
        .values()
        .map(|field| field.stamp.millis())
        .max();
    let last = last.and_then(|millis| i64::try_from(millis).ok());
    let last = DateTime::from_timestamp_millis(last.unwrap_or_default());
    last.unwrap_or_default().fixed_offset()
}

/// The day for a concern and its answer.
pub fn of_concern(concern: &Concern, settings: &Settings) -> NaiveDate {
    settings.destroyed_on(concern.raised_at)
}

/// The day for a review and the comments on it.
pub fn of_review(review: &Review, term: Option<&Term>, settings: &Settings) -> NaiveDate {
    let made = settings.destroyed_on(review.made_at);
    let of_term = term.map(|term| settings.destroyed_on(midnight(term.ends_on)));
    of_term.map_or(made, |of_term| of_term.max(made))
}

/// The day for a comment on the draft of a form.
pub fn of_comment(comment: &Comment, settings: &Settings) -> NaiveDate {
    settings.destroyed_on(comment.at)
}

/// The day for a self-evaluation and what people rated in it: that of the year it is of.
pub fn of_self_evaluation(evaluation: &SelfEvaluation, settings: &Settings) -> NaiveDate {
    let month = u32::try_from(settings.year_starts_month).unwrap_or(9);
    let first = NaiveDate::from_ymd_opt(evaluation.year, month, 1).unwrap_or_default();
    settings.destroyed_on(midnight(first))
}

fn midnight(day: NaiveDate) -> DateTime<FixedOffset> {
    day.and_time(NaiveTime::MIN).and_utc().fixed_offset()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{Field, Kind, RecordId, Stamp, TermId};

    fn record(kind: Kind, fields: &[(&str, serde_json::Value)]) -> Record {
        let mut record = Record::new(RecordId::from_uuid(Uuid::from_u128(1)), kind);
        // 17 November 2026.
        let stamp = Stamp::new(1_794_900_000_000, 0, [7; 6]);
        for (name, value) in fields {
            let value = value.clone();
            record.put(name, Field { value, stamp });
        }
        record
    }

    fn visit(at: &str) -> Visit {
        let id = Uuid::from_u128(9).to_string();
        let fields = [
            ("walk", json!(id)),
            ("class", json!(id)),
            ("starts_at", json!(at)),
        ];
        Visit::read(&record(Kind::Visit, &fields)).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn term(ends_on: &str) -> Term {
        Term {
            id: TermId::from_uuid(Uuid::from_u128(3)),
            name: "Spring".into(),
            starts_on: day("2026-01-05"),
            ends_on: day(ends_on),
        }
    }

    #[test]
    fn a_walk_is_kept_as_long_as_its_last_visit_and_its_term() {
        let settings = Settings::default();
        let walk = record(Kind::Walk, &[("name", json!("Walk"))]);
        let visits = [
            visit("2026-07-10T09:30:00+01:00"),
            visit("2026-09-10T09:30:00+01:00"),
        ];
        assert_eq!(
            of_walk(&walk, &visits, Some(&term("2026-07-20")), &settings),
            day("2028-08-31")
        );
        assert_eq!(
            of_walk(&walk, &[], Some(&term("2026-07-20")), &settings),
            day("2027-08-31")
        );
    }

    #[test]
    fn a_walk_with_neither_visits_nor_term_is_counted_from_its_last_writing() {
        let walk = record(Kind::Walk, &[("name", json!("Walk"))]);
        assert_eq!(
            of_walk(&walk, &[], None, &Settings::default()),
            day("2028-08-31")
        );
    }

    #[test]
    fn a_review_does_not_go_early_because_its_term_was_moved_back() {
        let review = record(
            Kind::Review,
            &[
                ("term", json!(Uuid::from_u128(3).to_string())),
                ("made_at", json!("2026-11-17T09:30:00+00:00")),
            ],
        );
        let review = Review::read(&review).unwrap();
        let moved = term("2020-07-20");
        assert_eq!(
            of_review(&review, Some(&moved), &Settings::default()),
            day("2028-08-31")
        );
    }
}
