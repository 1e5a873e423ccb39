//! The plan of a walk: a timetable of its visits, offered as a whole, moved by hand, and looked at before it is kept.
//!
//! A leader says which classes, which observers, which days; [`propose`] finds a timetable for them. [`look`] says of any
//! timetable, offered or moved by hand, what is wrong with each visit and how the whole is spread. Nothing here writes: a
//! plan becomes visits only when a leader keeps it, and then each is judged again.
//!
//! - [`timetable`]: the times at which a visit can be, from the lessons of the school;
//! - [`route`]: the way through the building;
//! - `ground`: everything a plan has to reckon with, as numbers;
//! - `search`: the local search over them;
//! - `unmet`: what cannot be met, in sentences.
//!
//! What is wrong with one visit is in [`visit::problems`](fn@crate::visit::problems), for the planner and the walk alike.

mod ground;
pub mod route;
mod search;
#[cfg(test)]
mod tests;
pub mod timetable;
mod unmet;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime};

use crate::class::Class;
use crate::visit::{Around, Part, Visit, check_minutes, check_observers, problems};
use crate::{ClassId, PersonId, Refusal, VisitId, WalkId};

use self::route::Route;

/// The most days one plan is spread over.
pub const DAYS_LIMIT: usize = 40;
/// How far ahead a walk is planned, in days.
pub const AHEAD_LIMIT: u64 = 731;
/// The most slots one plan holds.
pub const SLOTS_LIMIT: usize = 400;

/// A visit in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Which visit it moves; none makes a new one.
    pub visit: Option<VisitId>,
    /// To which class.
    pub class: ClassId,
    /// When, at the school's own offset.
    pub starts_at: DateTime<FixedOffset>,
    /// For how long.
    pub minutes: i64,
    /// Which part of the lesson.
    pub part: Part,
    /// What is taught.
    pub subject: String,
    /// Who.
    pub observers: Vec<PersonId>,
    /// Kept where it is by a leader.
    pub is_locked: bool,
    /// Begun, so that it stays as it is.
    pub is_begun: bool,
    /// Who taught the class when it began.
    pub taught_by: Vec<PersonId>,
}

impl Slot {
    /// A visit as it stands.
    pub fn of(visit: &Visit, is_begun: bool) -> Self {
        Self {
            visit: Some(visit.id),
            class: visit.class,
            starts_at: visit.starts_at,
            minutes: visit.minutes,
            part: visit.part,
            subject: visit.subject.clone(),
            observers: visit.observers.clone(),
            is_locked: is_begun,
            is_begun,
            taught_by: visit.taught_by.clone(),
        }
    }

    /// Whether a new plan leaves it as it is.
    pub fn is_kept(&self) -> bool {
        self.is_locked || self.is_begun
    }
}

/// The visits that slots would be. New ones have a stand-in for an id.
pub fn visits_of(walk: WalkId, slots: &[Slot]) -> Vec<Visit> {
    let visits = slots.iter().enumerate();
    visits
        .map(|(place, slot)| Visit {
            id: slot.visit.unwrap_or_else(|| VisitId::stand_in(walk, place)),
            walk,
            class: slot.class,
            starts_at: slot.starts_at,
            minutes: slot.minutes,
            observers: slot.observers.clone(),
            subject: slot.subject.clone(),
            part: slot.part,
            is_cancelled: false,
            crowded: Vec::new(),
            taught_by: slot.taught_by.clone(),
        })
        .collect()
}

/// What a leader wants planned.
#[derive(Clone, Copy)]
pub struct Wish<'a> {
    /// Of which walk.
    pub walk: WalkId,
    /// The classes to visit, each once.
    pub classes: &'a [ClassId],
    /// Who observes.
    pub observers: &'a [PersonId],
    /// How many observers each visit should have: one or two (R6).
    pub observers_each: usize,
    /// How long each visit is.
    pub minutes: i64,
    /// On which days.
    pub days: &'a [NaiveDate],
    /// The slots as they stand: those locked or begun are kept exactly, of the others the visit and subject.
    pub slots: &'a [Slot],
    /// The school's time now.
    pub now: DateTime<FixedOffset>,
    /// When a time of a day is at the school.
    pub at: &'a dyn Fn(NaiveDate, NaiveTime) -> DateTime<FixedOffset>,
}

/// A timetable, and what it could not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In order of time and route.
    pub slots: Vec<Slot>,
    /// What cannot be met, a sentence each.
    pub unmet: Vec<String>,
}

/// Finds a timetable: the whole of what is wished where that can be, or else the nearest plan that can.
///
/// `around.visits` are the visits of the school without those that the slots stand for. The slots it adds break no hard
/// rule: at most two observers (R6), nobody in two places or without time to walk, nobody at their own class, no class
/// twice in a day, no teacher past the yearly maximum (R10), every visit within a lesson. The same wish gives the same plan.
///
/// Errors when the wish itself cannot be: a third observer (R6), a visit longer than visits are (R5) or too short to see
/// anything, too many days or days too far ahead.
pub fn propose(wish: &Wish<'_>, around: &Around<'_>) -> Result<Plan, Refusal> {
    check_observers(wish.observers_each)?;
    check_minutes(wish.minutes, around.settings)?;
    if wish.days.len() > DAYS_LIMIT {
        return Err(Refusal::new(
            "too_many_days",
            format!("A walk is planned over at most {DAYS_LIMIT} days. Choose fewer."),
        ));
    }
    let last = wish.now.date_naive() + Days::new(AHEAD_LIMIT);
    if wish.days.iter().any(|day| *day > last) {
        return Err(Refusal::new(
            "too_far_ahead",
            "A walk is planned at most two years ahead. Check the days.",
        ));
    }
    let ground = ground::Ground::new(wish, around);
    let places = search::search(&ground);
    let mut slots: Vec<Slot> = wish
        .slots
        .iter()
        .filter(|slot| slot.is_kept())
        .cloned()
        .collect();
    slots.extend(ground.slots(&places, wish));
    sort(&mut slots, around);
    let unmet = unmet::of_proposal(wish, around, &ground, &places, &slots);
    Ok(Plan { slots, unmet })
}

/// In order of time, then of the route.
pub fn sort(slots: &mut [Slot], around: &Around<'_>) {
    let route = |slot: &Slot| around.room(slot.class).map(|room| room.route);
    slots.sort_by_key(|slot| (slot.starts_at, route(slot), slot.class));
}

/// How a timetable is spread, and what is wrong with each of its visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// For each slot, in their order.
    pub problems: Vec<Vec<String>>,
    /// Visits of each observer.
    pub loads: BTreeMap<PersonId, usize>,
    /// Visits in each part of a lesson.
    pub parts: BTreeMap<Part, usize>,
    /// How often anybody crosses the building again on one day.
    pub crossings: usize,
    /// How far the plan is from an even one that follows the route: lower is better. The search makes it small.
    pub score: i64,
}

/// Looks at a timetable. `around.visits` are the visits of the school without those that the slots stand for.
pub fn look(walk: WalkId, slots: &[Slot], observers: &[PersonId], around: &Around<'_>) -> Look {
    let planned = visits_of(walk, slots);
    let mut visits = around.visits.to_vec();
    visits.extend(planned.iter().cloned());
    let within = Around {
        visits: &visits,
        ..*around
    };
    let problems = planned
        .iter()
        .zip(slots)
        .map(|(visit, slot)| match slot.is_begun {
            true => Vec::new(),
            false => problems(visit, &within),
        })
        .collect();
    let mut loads: BTreeMap<PersonId, usize> = observers.iter().map(|own| (*own, 0)).collect();
    let mut parts: BTreeMap<Part, usize> = Part::ALL.into_iter().map(|part| (part, 0)).collect();
    let mut ways: BTreeMap<(PersonId, NaiveDate), Vec<&Visit>> = BTreeMap::new();
    for visit in &planned {
        *parts.entry(visit.part).or_default() += 1;
        for observer in &visit.observers {
            *loads.entry(*observer).or_default() += 1;
            let day = visit.starts_at.date_naive();
            ways.entry((*observer, day)).or_default().push(visit);
        }
    }
    let route = Route::of(around.rooms.values());
    let (mut walked, mut crossings) = (0, 0);
    for way in ways.values_mut() {
        way.sort_by_key(|visit| (visit.starts_at, visit.id));
        let places = way.iter();
        let way = route.walked(places.filter_map(|visit| Some(around.room(visit.class)?.route)));
        walked += way;
        crossings += Route::crossings_again(way);
    }
    let pairs = planned
        .iter()
        .filter_map(|visit| match visit.observers.as_slice() {
            [one, other] => Some((*one.min(other), *one.max(other))),
            _ => None,
        });
    let alone: BTreeSet<PersonId> = around
        .classes
        .values()
        .filter_map(Class::only_teacher)
        .collect();
    let made = planned.iter().flat_map(|visit| &visit.observers);
    let spread = search::Spread {
        loads: squares(loads.values().copied()),
        parts: squares(parts.values().copied()),
        pairs: squares(counted(pairs)),
        days: squares(counted(
            planned.iter().map(|own| own.starts_at.date_naive()),
        )),
        own_days: squares(ways.values().map(Vec::len)),
        walked,
        crossings,
        covers: whole(made.filter(|own| alone.contains(own)).count()),
    };
    Look {
        score: spread.score(),
        problems,
        loads,
        parts,
        crossings: usize::try_from(crossings).unwrap_or_default(),
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn squares(counts: impl IntoIterator<Item = usize>) -> i64 {
    counts.into_iter().map(|count| whole(count).pow(2)).sum()
}

fn counted<T: Ord>(things: impl Iterator<Item = T>) -> Vec<usize> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts.into_values().collect()
}

/// What a timetable made by hand does not meet: classes without a visit, too few classes (R4).
pub fn unmet(classes: &[ClassId], slots: &[Slot], around: &Around<'_>) -> Vec<String> {
    unmet::of_slots(classes, slots, around)
}
