//! When a visit can be: days, lessons, and the part of a lesson that a visit shows.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime};

use crate::school::Lesson;
use crate::visit::Part;

/// Less room than this in a lesson, in minutes, and a visit takes in its main part wherever it lies.
const PARTS_NEED: i64 = 10;
/// Visits in the middle of a lesson start at a multiple of this, in minutes from its start.
const EVEN: i64 = 5;

/// One time at which a visit could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it starts.
    pub starts_at: DateTime<FixedOffset>,
    /// The part of the lesson.
    pub part: Part,
}

/// When a visit of some length can start in a lesson: with it, in the middle, or so as to end with it.
///
/// A lesson hardly longer than the visit has no parts to choose from, and one that is shorter has no place for it.
pub fn starts(lesson: Lesson, minutes: i64) -> Vec<(Part, NaiveTime)> {
    let room = (lesson.ends - lesson.starts).num_minutes() - minutes;
    let after = |minutes: i64| lesson.starts + Duration::minutes(minutes);
    let middle = room / 2 / EVEN * EVEN;
    if minutes <= 0 || room < 0 {
        Vec::new()
    } else if room < PARTS_NEED {
        vec![(Part::Main, after(middle))]
    } else {
        vec![
            (Part::Opening, after(0)),
            (Part::Main, after(middle)),
            (Part::Plenary, after(room)),
        ]
    }
}

/// Every time at which a visit of some length can be, in order. `at` says when a time of a day is at the school.
pub fn periods(
    days: &[NaiveDate],
    lessons: &[Lesson],
    minutes: i64,
    at: &dyn Fn(NaiveDate, NaiveTime) -> DateTime<FixedOffset>,
) -> Vec<Period> {
    let mut days = days.to_vec();
    days.sort_unstable();
    days.dedup();
    let mut periods = Vec::new();
    for day in days {
        for (part, time) in lessons.iter().flat_map(|lesson| starts(*lesson, minutes)) {
            let starts_at = at(day, time);
            periods.push(Period { starts_at, part });
        }
    }
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(starts: (u32, u32), ends: (u32, u32)) -> Lesson {
        let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        Lesson {
            starts: time(starts),
            ends: time(ends),
        }
    }

    #[test]
    fn a_visit_lies_in_its_part_and_within_the_lesson() {
        let lesson = lesson((9, 10), (10, 0));
        for minutes in [15, 20] {
            let starts = starts(lesson, minutes);
            assert_eq!(starts.len(), 3);
            for (_, time) in &starts {
                assert!(*time >= lesson.starts);
                assert!(*time + Duration::minutes(minutes) <= lesson.ends);
            }
            assert!(starts.windows(2).all(|pair| pair[0].1 < pair[1].1));
        }
    }

    #[test]
    fn a_short_lesson_has_one_place_or_none() {
        assert_eq!(starts(lesson((9, 0), (9, 25)), 20).len(), 1);
        assert!(starts(lesson((9, 0), (9, 15)), 20).is_empty());
    }
}
