//! The school and what it decides for itself: the settings, each with its default, its bounds and the rule it serves.

use chrono::{DateTime, Datelike, Duration, FixedOffset, NaiveDate, NaiveTime, TimeZone};

use serde::{Deserialize, Serialize};

use crate::field::{Declared, Shape};
use crate::{Record, Refusal, SchoolId};

/// What is declared of the school's fields. The numbers among the settings are bounded by [`SETTINGS`].
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("started_at", Shape::Moment),
    ("changes.*", Shape::Object),
    ("settings.lessons", Shape::Text),
    ("settings.walks_count", Shape::Flag),
    (
        "settings.self_evaluation_governors",
        Shape::Choice(GOVERNORS),
    ),
    ("settings.notice_days", whole(Key::NoticeDays)),
    (
        "settings.visit_nudge_minutes",
        whole(Key::VisitNudgeMinutes),
    ),
    ("settings.visit_stop_minutes", whole(Key::VisitStopMinutes)),
    ("settings.tidy_minutes", whole(Key::TidyMinutes)),
    ("settings.yearly_maximum", whole(Key::YearlyMaximum)),
    ("settings.walks_a_year", whole(Key::WalksAYear)),
    ("settings.share_target_hours", whole(Key::ShareTargetHours)),
    ("settings.share_limit_hours", whole(Key::ShareLimitHours)),
    ("settings.balance_strengths", whole(Key::BalanceStrengths)),
    ("settings.suppression", whole(Key::Suppression)),
    ("settings.retention_years", whole(Key::RetentionYears)),
    ("settings.year_starts_month", whole(Key::YearStartsMonth)),
];

/// What governors may do with the school's self-evaluation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GovernorsMay {
    /// It is the leaders' alone.
    Nothing,
    /// They read it.
    #[default]
    Read,
    /// They read it, and rate beside the leaders.
    Rate,
}

const GOVERNORS: &[&str] = &["nothing", "read", "rate"];

impl GovernorsMay {
    /// Reads the word of the setting; where the school has not decided, the usual.
    pub fn read(value: Option<&serde_json::Value>) -> Self {
        value
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .unwrap_or_default()
    }
}

/// A setting that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    NoticeDays,
    VisitNudgeMinutes,
    VisitStopMinutes,
    TidyMinutes,
    YearlyMaximum,
    WalksAYear,
    ShareTargetHours,
    ShareLimitHours,
    BalanceStrengths,
    Suppression,
    RetentionYears,
    YearStartsMonth,
}

/// A setting that is a number, with its default, its bounds (both included) and the rule it serves.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The part of the field's name after `settings.`.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// In what it is counted.
    pub unit: &'static str,
    /// The rule it serves.
    pub rule: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    /// Where the school has not decided.
    pub default: i64,
    /// At the least.
    pub low: i64,
    /// At the most.
    pub high: i64,
}

macro_rules! settings {
    ($($key:expr => $name:literal, $title:literal, $unit:literal, $rule:literal, $default:literal, $low:literal..=$high:literal, $meaning:literal;)*) => {
        /// Every setting that is a number.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            key: $name, title: $title, unit: $unit, rule: $rule, meaning: $meaning, default: $default, low: $low, high: $high,
        },)*];

        const fn bounds(key: Key) -> (i64, i64) {
            $(if key as u8 == $key as u8 { return ($low, $high); })*
            (i64::MIN, i64::MAX)
        }
    };
}

settings! {
    Key::NoticeDays => "notice_days", "Notice before a visit", "days", "R3", 7, 1..=28,
        "How long a notice stands before a visit it announces can be started. A change starts it again.";
    Key::VisitNudgeMinutes => "visit_nudge_minutes", "Nudge on a visit", "minutes", "R5", 15, 5..=60,
        "When the visit screen quietly says that the time is nearly over.";
    Key::VisitStopMinutes => "visit_stop_minutes", "End of a visit", "minutes", "R5", 20, 5..=60,
        "When the visit screen says that it is time to leave.";
    Key::TidyMinutes => "tidy_minutes", "Tidying up afterwards", "minutes", "R8", 15, 0..=120,
        "How long an observer can correct an observation after finishing it. Later only additions are possible, and seen as such.";
    Key::YearlyMaximum => "yearly_maximum", "Observations of a teacher in a year", "visits", "R10", 3, 1..=10,
        "How many visits to a teacher's classes there can be in one academic year, where walks count.";
    Key::WalksAYear => "walks_a_year", "Walks in a year", "walks", "R11", 3, 1..=12,
        "How many walks the programme of a year holds.";
    Key::ShareTargetHours => "share_target_hours", "Sharing: target", "hours", "R12", 24, 1..=336,
        "Within how many hours of the visit a record should be shared.";
    Key::ShareLimitHours => "share_limit_hours", "Sharing: limit", "hours", "R12", 48, 1..=336,
        "Within how many hours of the visit a record must be shared.";
    Key::BalanceStrengths => "balance_strengths", "Strengths to aim for", "of a hundred", "R13", 70, 50..=90,
        "The share of strengths among strengths and development points. It nudges and never blocks.";
    Key::Suppression => "suppression", "Least classes shown together", "classes", "R14", 5, 3..=20,
        "A pattern that rests on fewer classes is hidden, and a walk covers at least so many.";
    Key::RetentionYears => "retention_years", "Records are kept", "academic years more", "R20", 1, 0..=7,
        "For how many academic years after its own a record is kept before it is destroyed.";
    Key::YearStartsMonth => "year_starts_month", "The academic year starts in", "month", "R10", 9, 1..=12,
        "The month, from 1, in which an academic year starts.";
}

const fn whole(key: Key) -> Shape {
    let (low, high) = bounds(key);
    Shape::Whole(low, high)
}

/// The school, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Which.
    pub id: SchoolId,
    /// As it calls itself.
    pub name: String,
    /// What it decided, defaults where it did not.
    pub settings: Settings,
    /// When lessons start and end.
    pub lessons: Vec<Lesson>,
}

impl School {
    /// Reads the school leniently: a missing setting has its default.
    pub fn read(record: &Record) -> Self {
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            settings: Settings::read(record),
            lessons: lessons(
                record
                    .value("settings.lessons")
                    .and_then(|text| text.as_str())
                    .unwrap_or(LESSONS),
            )
            .unwrap_or_default(),
        }
    }
}

/// A lesson of the school's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lesson {
    /// When it starts.
    pub starts: NaiveTime,
    /// When it ends.
    pub ends: NaiveTime,
}

/// The lessons of a school that has not said when they are.
pub const LESSONS: &str = "09:10-10:00\n10:00-10:50\n11:10-12:00\n13:00-13:50\n13:50-14:40";

/// Reads lesson times, one a line: `09:10-10:00`.
///
/// Errors with the line that is not one, ends before it starts, or lies over the one before.
pub fn lessons(text: &str) -> Result<Vec<Lesson>, Refusal> {
    let refuse = |line: &str| {
        Refusal::new(
            "wrong_lesson",
            format!("“{line}” is no lesson. Write one a line, in order, like 09:10-10:00."),
        )
    };
    let mut lessons: Vec<Lesson> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let read =
            |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").map_err(|_| refuse(line));
        let (starts, ends) = line.split_once(['-', '–']).ok_or_else(|| refuse(line))?;
        let lesson = Lesson {
            starts: read(starts)?,
            ends: read(ends)?,
        };
        if lesson.ends <= lesson.starts
            || lessons
                .last()
                .is_some_and(|before| lesson.starts < before.ends)
        {
            return Err(refuse(line));
        }
        lessons.push(lesson);
    }
    Ok(lessons)
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
    /// Minutes after finishing in which an observation can still be corrected (R8).
    pub tidy_minutes: i64,
    /// Whether a visit counts towards the yearly maximum (R10).
    pub walks_count: bool,
    /// Walks in an academic year (R11).
    pub walks_a_year: i64,
    /// The least classes that a pattern rests on and a walk covers (R4, R14).
    pub suppression: i64,
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
    /// What governors may do with the self-evaluation.
    pub governors_may: GovernorsMay,
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_values(|_| None, None)
    }
}

impl Settings {
    fn read(record: &Record) -> Self {
        let decided = |key: &str| record.whole(&format!("settings.{key}"));
        let counts = record
            .value("settings.walks_count")
            .and_then(serde_json::Value::as_bool);
        Self {
            governors_may: GovernorsMay::read(record.value("settings.self_evaluation_governors")),
            ..Self::from_values(decided, counts)
        }
    }

    fn from_values(decided: impl Fn(&str) -> Option<i64>, counts: Option<bool>) -> Self {
        let value = |key: &str| {
            let setting = SETTINGS.iter().find(|setting| setting.key == key);
            decided(key)
                .or(setting.map(|setting| setting.default))
                .unwrap_or_default()
        };
        Self {
            notice_days: value("notice_days"),
            visit_nudge_minutes: value("visit_nudge_minutes"),
            visit_stop_minutes: value("visit_stop_minutes"),
            tidy_minutes: value("tidy_minutes"),
            walks_count: counts.unwrap_or(true),
            walks_a_year: value("walks_a_year"),
            suppression: value("suppression"),
            yearly_maximum: value("yearly_maximum"),
            share_target_hours: value("share_target_hours"),
            share_limit_hours: value("share_limit_hours"),
            balance_strengths: value("balance_strengths"),
            retention_years: value("retention_years"),
            year_starts_month: value("year_starts_month"),
            governors_may: GovernorsMay::default(),
        }
    }

    /// The academic year a moment falls in, by the calendar year it starts in.
    pub fn academic_year(&self, at: DateTime<FixedOffset>) -> i32 {
        self.academic_year_of(at.date_naive())
    }

    /// The academic year a day falls in, by the calendar year it starts in.
    pub fn academic_year_of(&self, day: NaiveDate) -> i32 {
        if i64::from(day.month()) >= self.year_starts_month {
            day.year()
        } else {
            day.year() - 1
        }
    }

    /// The academic year of a moment as people write it: `2026-27`.
    pub fn academic_year_name(&self, at: DateTime<FixedOffset>) -> String {
        self.year_name(self.academic_year(at))
    }

    /// The academic year that starts in a calendar year as people write it: `2026-27`.
    pub fn year_name(&self, start: i32) -> String {
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
    fn every_setting_is_declared_and_its_default_lies_within_its_bounds() {
        for setting in SETTINGS {
            let name = format!("settings.{}", setting.key);
            let shape = crate::field::shape_of(&crate::Kind::School, &name);
            assert_eq!(
                shape,
                Some(Shape::Whole(setting.low, setting.high)),
                "{name}"
            );
            assert!(
                (setting.low..=setting.high).contains(&setting.default),
                "{name}"
            );
        }
        assert_eq!(SETTINGS.len() + 6, FIELDS.len());
    }

    #[test]
    fn lessons_are_read_in_order_or_refused_with_the_line() {
        assert_eq!(lessons(LESSONS).unwrap().len(), 5);
        assert!(
            lessons("09:10-10:00\n09:50-10:40")
                .unwrap_err()
                .message()
                .contains("09:50")
        );
        assert!(lessons("all day").is_err());
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
