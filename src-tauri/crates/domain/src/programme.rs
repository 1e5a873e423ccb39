//! The programme: the walks of an academic year, one each term, and what is to be said about it (R2, R11).

use chrono::{Datelike, NaiveDate, Weekday};

use crate::school::Settings;
use crate::term::Term;
use crate::visit::{Around, Visit};
use crate::walk::Walk;
use crate::{PersonId, TermId};

/// A term that a school starts with, until it writes its own days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsualTerm {
    /// Its name.
    pub name: &'static str,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

/// The three terms of an academic year as most schools have them: from the first days of its first month to before the
/// winter holiday, from the first Monday after it to spring, and from after the spring holiday to summer.
pub fn usual_terms(year: i32, settings: &Settings) -> Vec<UsualTerm> {
    let names = if (7..=10).contains(&settings.year_starts_month) {
        ["Autumn term", "Spring term", "Summer term"]
    } else {
        ["First term", "Second term", "Third term"]
    };
    // Months from the start of the year, and a day of it: from the weekday on or after, to the Friday on or before.
    let days = [((0, 1), (3, 20)), ((4, 4), (6, 31)), ((7, 12), (10, 24))];
    names
        .into_iter()
        .zip(days)
        .filter_map(|(name, (from, to))| {
            let starts_on = day(year, settings, from)?;
            let starts_on = match (from.0, starts_on.weekday()) {
                (0, Weekday::Sat | Weekday::Sun) | (1.., _) => on_or_after_monday(starts_on)?,
                (_, _) => starts_on,
            };
            let ends_on = on_or_before_friday(day(year, settings, to)?)?;
            Some(UsualTerm {
                name,
                starts_on,
                ends_on,
            })
        })
        .collect()
}

fn day(year: i32, settings: &Settings, (months, day): (u32, u32)) -> Option<NaiveDate> {
    let first = u32::try_from(settings.year_starts_month).unwrap_or(9);
    let month = first + months - 1;
    let year = year + i32::try_from(month / 12).unwrap_or_default();
    // The 31st of a month of thirty days is its last.
    (0..4).find_map(|less| NaiveDate::from_ymd_opt(year, month % 12 + 1, day.checked_sub(less)?))
}

fn on_or_after_monday(mut day: NaiveDate) -> Option<NaiveDate> {
    while day.weekday() != Weekday::Mon {
        day = day.succ_opt()?;
    }
    Some(day)
}

fn on_or_before_friday(mut day: NaiveDate) -> Option<NaiveDate> {
    while day.weekday() != Weekday::Fri {
        day = day.pred_opt()?;
    }
    Some(day)
}

/// Which term a walk belongs to: the one it says, or the one its first visit falls in.
pub fn term_of(walk: &Walk, first_visit: Option<NaiveDate>, terms: &[Term]) -> Option<TermId> {
    let said = terms.iter().find(|term| Some(term.id) == walk.term);
    let holds = |day| terms.iter().find(move |term| term.holds(day));
    said.or_else(|| first_visit.and_then(holds))
        .map(|term| term.id)
}

/// What is to be said about the programme of a year, a sentence each (R11).
///
/// `terms` are those of the year, each with the number of its walks; `unplaced` counts the year's walks in none of them;
/// `around.visits` are all visits, of which those of `year` are looked at.
pub fn warnings(
    year: i32,
    terms: &[(Term, usize)],
    unplaced: usize,
    today: NaiveDate,
    around: &Around<'_>,
    name: &dyn Fn(PersonId) -> String,
) -> Vec<String> {
    let settings = around.settings;
    let mut found = Vec::new();
    if terms.is_empty() {
        found.push(format!(
            "{} has no terms yet. Add them, and plan one walk in each.",
            settings.year_name(year)
        ));
    }
    let wanted = usize::try_from(settings.walks_a_year).unwrap_or_default();
    let planned = unplaced + terms.iter().map(|(_, walks)| walks).sum::<usize>();
    if planned < wanted {
        found.push(format!(
            "{planned} of the {wanted} {} of this year {} planned.",
            if wanted == 1 { "walk" } else { "walks" },
            if planned == 1 { "is" } else { "are" },
        ));
    }
    if planned > wanted {
        found.push(format!(
            "{planned} walks are planned this year. The programme holds {wanted}."
        ));
    }
    for (term, walks) in terms {
        if *walks == 0 {
            let has = if term.ends_on < today { "had" } else { "has" };
            found.push(format!("{} {has} no walk.", term.name));
        }
    }
    found.extend(clashes(year, around, name));
    found
}

/// Classes visited twice on a day, and observers in two places, in an academic year.
fn clashes(year: i32, around: &Around<'_>, name: &dyn Fn(PersonId) -> String) -> Vec<String> {
    let mut visits: Vec<&Visit> = around
        .visits
        .iter()
        .filter(|visit| {
            !visit.is_cancelled && around.settings.academic_year(visit.starts_at) == year
        })
        .collect();
    visits.sort_by_key(|visit| (visit.starts_at, visit.id));
    let mut found = Vec::new();
    for (place, visit) in visits.iter().enumerate() {
        let day = visit.starts_at.format("%A %-d %B");
        // In order of time: whoever is on another day is further on, and so is all after them.
        let same_day = visits
            .iter()
            .skip(place + 1)
            .take_while(|later| later.starts_at.date_naive() <= visit.ends_at().date_naive());
        for later in same_day {
            if visit.is_to_same_class_on_same_day(later) {
                let class = around.class_name(visit.class);
                found.push(format!("{class} is visited twice on {day}."));
            }
            for observer in visit.observers_also_at(later) {
                found.push(format!(
                    "{} is in two places on {day} at {}: {} and {}.",
                    name(observer),
                    later.starts_at.format("%H:%M"),
                    around.class_name(visit.class),
                    around.class_name(later.class),
                ));
            }
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_that_starts_in_september_has_english_terms() {
        let terms = usual_terms(2026, &Settings::default());
        let days: Vec<String> = terms
            .iter()
            .map(|term| format!("{} {} {}", term.name, term.starts_on, term.ends_on))
            .collect();
        assert_eq!(
            days,
            [
                "Autumn term 2026-09-01 2026-12-18",
                "Spring term 2027-01-04 2027-03-26",
                "Summer term 2027-04-12 2027-07-23",
            ]
        );
    }

    #[test]
    fn three_terms_lie_in_order_within_any_academic_year() {
        for month in 1..=12 {
            let settings = Settings {
                year_starts_month: month,
                ..Settings::default()
            };
            for year in 2024..2034 {
                let terms = usual_terms(year, &settings);
                assert_eq!(terms.len(), 3);
                assert!(
                    terms
                        .windows(2)
                        .all(|two| two[0].ends_on < two[1].starts_on)
                );
                for term in terms {
                    assert!(term.starts_on < term.ends_on);
                    assert_eq!(settings.academic_year_of(term.starts_on), year);
                    assert_eq!(settings.academic_year_of(term.ends_on), year, "{month}");
                }
            }
        }
    }
}
