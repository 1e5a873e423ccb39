//! When things happen in the demo school, counted from the moment it is loaded.
//!
//! Schools are closed at the weekend, so what is past and what is to come lies on weekdays; today is today, also on a
//! Sunday, so that there is always something to try.

use chrono::{
    DateTime, Datelike, Days, FixedOffset, Local, NaiveDate, TimeZone, Timelike, Utc, Weekday,
};

/// The part of the school year that today lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term {
    Autumn,
    Spring,
    Summer,
}

impl Term {
    /// The name of its walk.
    pub(super) fn walk(self) -> &'static str {
        match self {
            Self::Autumn => "Autumn walk",
            Self::Spring => "Spring walk",
            Self::Summer => "Summer walk",
        }
    }

    /// Its place in the academic year, from 1.
    pub(super) fn number(self) -> usize {
        match self {
            Self::Autumn => 1,
            Self::Spring => 2,
            Self::Summer => 3,
        }
    }

    /// The term before.
    pub(super) fn before(self) -> Self {
        match self {
            Self::Autumn => Self::Summer,
            Self::Spring => Self::Autumn,
            Self::Summer => Self::Spring,
        }
    }
}

/// The school's days around one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    today: NaiveDate,
    has_first_visit_ended: bool,
}

/// The moment from which the first visit of today is over.
const FIRST_VISIT_OVER: u32 = 10;

impl Calendar {
    /// Around `now`, at the offset this install lives in.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let local = now.with_timezone(&Local);
        Self {
            today: local.date_naive(),
            has_first_visit_ended: local.hour() >= FIRST_VISIT_OVER,
        }
    }

    /// Whether a visit that began at nine today has ended.
    pub(super) fn has_first_visit_ended(self) -> bool {
        self.has_first_visit_ended
    }

    /// The school day so many days away: 0 is today, -1 the last weekday before, 1 the next.
    pub(super) fn day(self, away: i32) -> NaiveDate {
        let mut day = self.today;
        for _ in 0..away.unsigned_abs() {
            day = if away < 0 {
                weekday_before(day)
            } else {
                weekday_after(day)
            };
        }
        day
    }

    /// The term that today lies in.
    pub(super) fn term(self) -> Term {
        match self.today.month() {
            9..=12 => Term::Autumn,
            1..=3 => Term::Spring,
            _ => Term::Summer,
        }
    }

    /// A day in the week of last term's walk, 0 for its Monday: never a half term, never a holiday.
    pub(super) fn last_term(self, day: u64) -> NaiveDate {
        let year = self.today.year();
        let from = match self.term() {
            Term::Autumn => NaiveDate::from_ymd_opt(year, 6, 8),
            Term::Spring => NaiveDate::from_ymd_opt(year - 1, 11, 10),
            Term::Summer => NaiveDate::from_ymd_opt(year, 2, 2),
        };
        later(monday_from(from.unwrap_or(self.today)), day)
    }

    /// The term of the walk before last term's: of the academic year before the present one, whatever day it is, so that
    /// the visits of the present one leave room for those that are still to be planned (R10).
    pub(super) fn earlier_term(self) -> Term {
        match self.term() {
            Term::Autumn => Term::Spring,
            Term::Spring | Term::Summer => Term::Summer,
        }
    }

    /// A day in the week of that walk, 0 for its Monday.
    pub(super) fn earlier_walk(self, day: u64) -> NaiveDate {
        let year = self.today.year();
        let from = match self.term() {
            Term::Autumn => NaiveDate::from_ymd_opt(year, 2, 2),
            Term::Spring | Term::Summer => NaiveDate::from_ymd_opt(year - 1, 6, 8),
        };
        later(monday_from(from.unwrap_or(self.today)), day)
    }
}

fn monday_from(mut day: NaiveDate) -> NaiveDate {
    while day.weekday() != Weekday::Mon {
        day = later(day, 1);
    }
    day
}

/// A day so many days before.
pub(super) fn earlier(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

fn later(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(day)
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The last weekday up to `day`.
pub(super) fn weekday_up_to(day: NaiveDate) -> NaiveDate {
    if is_weekday(day) {
        day
    } else {
        weekday_before(day)
    }
}

fn weekday_before(day: NaiveDate) -> NaiveDate {
    let mut day = earlier(day, 1);
    while !is_weekday(day) {
        day = earlier(day, 1);
    }
    day
}

/// The first weekday after `day`.
pub(super) fn weekday_after(day: NaiveDate) -> NaiveDate {
    let mut day = later(day, 1);
    while !is_weekday(day) {
        day = later(day, 1);
    }
    day
}

/// When the record of a visit on `day` is shared: next morning, or the same afternoon before a weekend.
pub(super) fn sharing(day: NaiveDate) -> DateTime<FixedOffset> {
    let next = later(day, 1);
    if is_weekday(next) {
        at(next, 8, 30)
    } else {
        at(day, 16, 30)
    }
}

/// A time of day at the school. Where a clock change leaves it out, the time just after.
pub(super) fn at(day: NaiveDate, hour: u32, minute: u32) -> DateTime<FixedOffset> {
    let time = day.and_hms_opt(hour, minute, 0).unwrap_or_default();
    Local
        .from_local_datetime(&time)
        .earliest()
        .unwrap_or_else(|| Local.from_utc_datetime(&time))
        .fixed_offset()
}
