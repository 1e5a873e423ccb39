//! How a file says times and days, and how many of something.

use chrono::{DateTime, FixedOffset, NaiveDate};

/// `17 November 2026`
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// `17 November 2026, 09:30`
pub(crate) fn time(time: DateTime<FixedOffset>) -> String {
    time.format("%-d %B %Y, %H:%M").to_string()
}

/// `1 visit`, `2 visits`
pub(crate) fn count(number: usize, of: &str) -> String {
    if number == 1 {
        format!("1 {of}")
    } else {
        format!("{number} {of}s")
    }
}

/// The line at the foot of each page.
pub(crate) fn foot(school: &str, taken_at: DateTime<FixedOffset>) -> String {
    format!("{school} · made on {}", time(taken_at))
}
