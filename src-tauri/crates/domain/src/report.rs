//! The report of a walk (R16): short, written by leaders from the debrief, and read by all staff once it is published.
//!
//! Its life: a draft that leaders read, then published, once and for good. What is to be put right afterwards is an
//! addition with its day.

use chrono::{DateTime, FixedOffset, Utc};

use crate::field::{Declared, Shape};
use crate::observation::{Balance, Line};
use crate::walk::COVER_FLOOR;
use crate::{Record, Refusal, ReportId, WalkId};

/// What is declared of a report's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("strengths.*", Shape::Text),
    ("development.*", Shape::Text),
    ("good_practice", Shape::Text),
    ("changes", Shape::Text),
    ("more_information", Shape::Text),
    ("additions.*", Shape::Text),
    (PUBLISHED_AT, Shape::Time),
];

/// The field that makes a draft a published report.
pub const PUBLISHED_AT: &str = "published_at";

/// A report, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub id: ReportId,
    /// Of which walk.
    pub walk: WalkId,
    /// Strengths and areas of excellence, in order of writing.
    pub strengths: Vec<Line>,
    /// Development points, in order of writing.
    pub development: Vec<Line>,
    /// Good practice, and how it will be extended across the school.
    pub good_practice: String,
    /// Changes of policy, practice or routine.
    pub changes: String,
    /// What needs more information.
    pub more_information: String,
    /// What was added once it was published, each with when, earliest first.
    pub additions: Vec<(DateTime<Utc>, Line)>,
    /// When it was published; a draft before that.
    pub published_at: Option<DateTime<FixedOffset>>,
}

impl Report {
    /// Reads a report; `None` while it does not say of which walk.
    pub fn read(record: &Record) -> Option<Self> {
        let lines = |prefix: &'static str| {
            let lines = record.parts(prefix).filter_map(|(key, field)| {
                let text = field.value.as_str()?.to_owned();
                let key = key.to_owned();
                Some((field.stamp.millis(), Line { key, text }))
            });
            lines.filter(|(_, line)| !line.text.trim().is_empty())
        };
        let mut additions: Vec<(DateTime<Utc>, Line)> = lines("additions")
            .filter_map(|(millis, line)| {
                let at = DateTime::from_timestamp_millis(i64::try_from(millis).ok()?)?;
                Some((at, line))
            })
            .collect();
        additions.sort_by(|(a, one), (b, other)| (a, &one.key).cmp(&(b, &other.key)));
        Some(Self {
            id: record.id.into(),
            walk: record.id("walk")?,
            strengths: lines("strengths").map(|(_, line)| line).collect(),
            development: lines("development").map(|(_, line)| line).collect(),
            good_practice: record.text("good_practice").to_owned(),
            changes: record.text("changes").to_owned(),
            more_information: record.text("more_information").to_owned(),
            additions,
            published_at: record.time(PUBLISHED_AT),
        })
    }

    /// Strengths and development points by number of entries (R13).
    pub fn balance(&self) -> Balance {
        Balance {
            strengths: self.strengths.len(),
            development: self.development.len(),
        }
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let entries = self.strengths.iter().chain(&self.development);
        let parts = [&self.good_practice, &self.changes, &self.more_information];
        entries
            .map(|line| line.text.as_str())
            .chain(parts.into_iter().map(String::as_str))
    }

    /// Refuses to publish a report that says nothing.
    pub fn check_written(&self) -> Result<(), Refusal> {
        if self.texts().any(|text| !text.trim().is_empty()) {
            return Ok(());
        }
        Err(Refusal::new(
            "report_empty",
            "This report says nothing yet. Write at least one strength, then publish it.",
        ))
    }
}

/// Refuses to publish the report of a walk while a teacher who was visited has not been offered their record (R12), or
/// when so few classes were visited that it would be about the people in them (R4).
///
/// `unshared` names the visits that were begun and are not shared; `visited` counts the classes that were visited.
pub fn may_publish(unshared: &[String], visited: usize) -> Result<(), Refusal> {
    let least = usize::try_from(COVER_FLOOR).unwrap_or(usize::MAX);
    if let Some(first) = unshared.first() {
        let rest = match unshared.len() - 1 {
            0 => ". Share it first".to_owned(),
            more => format!(" and {more} more. Share them first"),
        };
        return Err(Refusal::new(
            "not_offered",
            format!(
                "Every teacher who was visited is offered their record before the report. Not shared yet: {first}{rest}."
            ),
        ));
    }
    if visited < least {
        return Err(Refusal::new(
            "too_few_visited",
            format!(
                "A report is about the whole school, so it comes from at least {least} classes. {visited} have been visited."
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_waits_until_every_visited_teacher_was_offered_their_record() {
        let unshared = ["Kestrel on 12 November".to_owned(), "Heron".to_owned()];
        let refused = may_publish(&unshared, 9).unwrap_err();
        assert_eq!(refused.code(), "not_offered");
        assert!(
            refused
                .message()
                .contains("Kestrel on 12 November and 1 more")
        );
        assert!(may_publish(&[], 3).is_ok());
    }

    #[test]
    fn a_report_of_two_classes_would_be_about_two_teachers() {
        assert_eq!(may_publish(&[], 2).unwrap_err().code(), "too_few_visited");
    }
}
