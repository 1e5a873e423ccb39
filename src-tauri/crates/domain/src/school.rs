//! The school and what it decides for itself: the settings, each with its default, its bounds and the rule it serves.

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, TimeZone};

use crate::field::{Declared, Shape};
use crate::{Record, SchoolId};

/// What is declared of the school's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("started_at", Shape::Time),
    ("settings.notice_days", Shape::Whole(0, 28)),
    ("settings.visit_nudge_minutes", Shape::Whole(5, 60)),
    ("settings.visit_stop_minutes", Shape::Whole(5, 60)),
    ("settings.yearly_maximum", Shape::Whole(1, 10)),
    ("settings.share_target_hours", Shape::Whole(1, 336)),
    ("settings.share_limit_hours", Shape::Whole(1, 336)),
    ("settings.balance_strengths", Shape::Whole(50, 90)),
    ("settings.retention_years", Shape::Whole(0, 7)),
    ("settings.year_starts_month", Shape::Whole(1, 12)),
];

/// The school, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Which.
    pub id: SchoolId,
    /// As it calls itself.
    pub name: String,
    /// What it decided, defaults where it did not.
    pub settings: Settings,
}

impl School {
    /// Reads the school leniently: a missing setting has its default.
    pub fn read(record: &Record) -> Self {
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            settings: Settings::read(record),
        }
    }
}

/// What the sources leave to a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Days a notice stands before a visit can be opened (R3).
    pub notice_days: i64,
    /// Minutes after which the visit screen nudges (R5).
    pub visit_nudge_minutes: i64,
    /// Minutes after which a visit is over (R5).
    pub visit_stop_minutes: i64,
    /// Observations of a teacher in one academic year (R10).
    pub yearly_maximum: i64,
    /// Hours within which a record should be shared (R12).
    pub share_target_hours: i64,
    /// Hours within which a record must be shared (R12).
    pub share_limit_hours: i64,
    /// Strengths of a hundred entries to aim for (R13).
    pub balance_strengths: i64,
    /// Academic years after the current one for which records are kept (R20).
    pub retention_years: i64,
    /// The month in which an academic year starts, from 1.
    pub year_starts_month: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            notice_days: 7,
            visit_nudge_minutes: 15,
            visit_stop_minutes: 20,
            yearly_maximum: 3,
            share_target_hours: 24,
            share_limit_hours: 48,
            balance_strengths: 70,
            retention_years: 1,
            year_starts_month: 9,
        }
    }
}

impl Settings {
    fn read(record: &Record) -> Self {
        let default = Self::default();
        let setting =
            |name: &str, default: i64| record.whole(&format!("settings.{name}")).unwrap_or(default);
        Self {
            notice_days: setting("notice_days", default.notice_days),
            visit_nudge_minutes: setting("visit_nudge_minutes", default.visit_nudge_minutes),
            visit_stop_minutes: setting("visit_stop_minutes", default.visit_stop_minutes),
            yearly_maximum: setting("yearly_maximum", default.yearly_maximum),
            share_target_hours: setting("share_target_hours", default.share_target_hours),
            share_limit_hours: setting("share_limit_hours", default.share_limit_hours),
            balance_strengths: setting("balance_strengths", default.balance_strengths),
            retention_years: setting("retention_years", default.retention_years),
            year_starts_month: setting("year_starts_month", default.year_starts_month),
        }
    }

    /// The academic year a moment falls in, by the calendar year it starts in.
    pub fn academic_year(&self, at: DateTime<FixedOffset>) -> i32 {
        if i64::from(at.month()) >= self.year_starts_month {
            at.year()
        } else {
            at.year() - 1
        }
    }

    /// The academic year as people write it: `2026-27`.
    pub fn academic_year_name(&self, at: DateTime<FixedOffset>) -> String {
        let start = self.academic_year(at);
        if self.year_starts_month == 1 {
            start.to_string()
        } else {
            format!("{start}-{:02}", (start + 1).rem_euclid(100))
        }
    }

    /// The day on which records of a visit at `at` are destroyed: the last day of the academic year that ends
    /// `retention_years` after the visit's own (R20).
    pub fn destroyed_on(&self, at: DateTime<FixedOffset>) -> NaiveDate {
        let next_start =
            self.academic_year(at) + 1 + i32::try_from(self.retention_years).unwrap_or(1);
        let month = u32::try_from(self.year_starts_month).unwrap_or(9);
        NaiveDate::from_ymd_opt(next_start, month, 1)
            .and_then(|first| first.pred_opt())
            .unwrap_or_else(|| at.date_naive())
    }

    /// When a record of a visit that ended at `ended` should be shared at the latest (R12).
    pub fn share_due<Zone: TimeZone>(&self, ended: DateTime<Zone>) -> DateTime<Zone> {
        ended + Duration::hours(self.share_target_hours)
    }

    /// When a record of a visit that ended at `ended` is overdue (R12).
    pub fn share_overdue<Zone: TimeZone>(&self, ended: DateTime<Zone>) -> DateTime<Zone> {
        ended + Duration::hours(self.share_limit_hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    #[test]
    fn an_academic_year_runs_from_september() {
        let settings = Settings::default();
        assert_eq!(
            settings.academic_year_name(at("2026-11-17T09:30:00+00:00")),
            "2026-27"
        );
        assert_eq!(
            settings.academic_year_name(at("2027-08-31T23:00:00+01:00")),
            "2026-27"
        );
        assert_eq!(
            settings.academic_year_name(at("2027-09-01T00:00:00+01:00")),
            "2027-28"
        );
    }

    #[test]
    fn records_are_kept_to_the_end_of_the_next_academic_year() {
        let day = Settings::default().destroyed_on(at("2026-11-17T09:30:00+00:00"));
        assert_eq!(day, NaiveDate::from_ymd_opt(2028, 8, 31).unwrap());
    }
}
