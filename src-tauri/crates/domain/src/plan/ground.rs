//! Everything a plan has to reckon with, as numbers: who can visit which class, when, and what stands already.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::route::Route;
use super::timetable::{Period, periods};
use super::{Slot, Wish, visits_of, whole};
use crate::class::Class;
use crate::notice::opens_at;
use crate::visit::{Around, Part, Visit, WALK_MINUTES, visits_to};
use crate::{ClassId, PersonId, RoomId, VisitId};

/// A class that needs a place in the plan.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) class: ClassId,
    pub(super) room: Option<RoomId>,
    pub(super) route: Option<i64>,
    /// The observers who can visit it, by number.
    pub(super) observers: Vec<usize>,
    /// Its teachers, by number.
    pub(super) teachers: Vec<usize>,
    /// The observer who is its only teacher, if it is one.
    pub(super) alone: Option<usize>,
    /// By day: whether nobody else visits it then.
    pub(super) is_free: Vec<bool>,
    /// The visit it has already, which is moved.
    visit: Option<VisitId>,
    /// What is taught on it.
    subject: String,
}

/// A time at which a visit can be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    pub(super) period: Period,
    /// In minutes.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) day: usize,
    pub(super) part: usize,
    pub(super) year: usize,
}

/// Where somebody is for a while on some day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) room: Option<RoomId>,
    pub(super) route: Option<i64>,
    /// With their own class, which is being visited.
    pub(super) is_teaching: bool,
    /// Which group's visit; none where it stands already.
    pub(super) group: Option<usize>,
}

impl Stay {
    /// Whether two stays of one person can both be: not at one time, and with time to walk between two visits.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        if self.from < other.to && other.from < self.to {
            return self.is_teaching && other.is_teaching;
        }
        let is_here = self.room.is_some() && self.room == other.room;
        self.is_teaching
            || other.is_teaching
            || is_here
            || self.to + WALK_MINUTES <= other.from
            || other.to + WALK_MINUTES <= self.from
    }
}

/// Where a group is put: when, and who visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) time: usize,
    pub(super) first: usize,
    pub(super) second: Option<usize>,
}

impl Place {
    pub(super) fn observers(self) -> impl Iterator<Item = usize> {
        [Some(self.first), self.second].into_iter().flatten()
    }
}

/// The numbers a search works on.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) groups: Vec<Group>,
    pub(super) observers: Vec<PersonId>,
    /// By observer: whether a class has no other teacher.
    pub(super) is_alone: Vec<bool>,
    pub(super) times: Vec<Time>,
    pub(super) days: Vec<NaiveDate>,
    /// By teacher and year, what counts towards the yearly maximum already.
    pub(super) counts: Vec<i64>,
    pub(super) years: usize,
    pub(super) maximum: i64,
    /// How many observers each visit should have.
    pub(super) each: usize,
    pub(super) route: Route,
    /// By observer and day, what stands already, in order of time.
    pub(super) stays: Vec<Vec<Stay>>,
    /// The slots that are kept: when and who, as far as they are among the days and observers.
    pub(super) kept: Vec<Kept>,
}

/// A slot that stays as it is, as far as it counts for the spread.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) part: usize,
    pub(super) day: Option<usize>,
    pub(super) observers: Vec<usize>,
}

impl Ground {
    pub(super) fn new(wish: &Wish<'_>, around: &Around<'_>) -> Self {
        let observers = active_observers(wish, around);
        let number: BTreeMap<PersonId, usize> = observers.iter().copied().zip(0..).collect();
        let periods = periods(wish.days, around.lessons, wish.minutes, wish.at);
        let is_to_come = |period: &Period| period.starts_at > wish.now;
        let periods: Vec<Period> = periods.into_iter().filter(is_to_come).collect();
        let periods = where_notice_stands(periods, wish, around);
        let days: BTreeSet<NaiveDate> = periods.iter().map(|p| p.starts_at.date_naive()).collect();
        let days: Vec<NaiveDate> = days.into_iter().collect();
        let day_of =
            |at: DateTime<FixedOffset>| days.iter().position(|day| *day == at.date_naive());
        let year_of = |day: NaiveDate| around.settings.academic_year_of(day);
        let years: BTreeSet<i32> = days.iter().copied().map(year_of).collect();
        let years: Vec<i32> = years.into_iter().collect();

        let kept: Vec<Slot> = wish.slots.iter().filter(|s| s.is_kept()).cloned().collect();
        let mut fixed: Vec<Visit> = around
            .visits
            .iter()
            .filter(|visit| !visit.is_cancelled)
            .cloned()
            .collect();
        fixed.extend(visits_of(wish.walk, &kept));

        let classes = open_classes(wish, around);
        let mut teachers: Vec<PersonId> = classes
            .iter()
            .flat_map(|class| class.teachers.iter().copied())
            .collect();
        teachers.sort_unstable();
        teachers.dedup();
        let class_of = |class| around.class(class);
        let counted = |teacher: &PersonId, year: &i32| {
            whole(visits_to(
                *teacher,
                *year,
                None,
                &fixed,
                class_of,
                around.settings,
            ))
        };
        let before = |class: ClassId| {
            let mut slots = wish
                .slots
                .iter()
                .filter(|s| !s.is_kept() && s.class == class);
            let first = slots.clone().next();
            slots.find(|slot| slot.visit.is_some()).or(first)
        };
        let groups = classes
            .iter()
            .map(|class| Group {
                class: class.id,
                room: class.room,
                route: around.room(class.id).map(|room| room.route),
                observers: observers
                    .iter()
                    .zip(0..)
                    .filter(|(observer, _)| !class.has_staff(**observer))
                    .map(|(_, number)| number)
                    .collect(),
                teachers: class
                    .teachers
                    .iter()
                    .filter_map(|teacher| teachers.binary_search(teacher).ok())
                    .collect(),
                alone: class
                    .only_teacher()
                    .and_then(|teacher| number.get(&teacher).copied()),
                is_free: days
                    .iter()
                    .map(|day| {
                        !fixed.iter().any(|visit| {
                            visit.class == class.id && visit.starts_at.date_naive() == *day
                        })
                    })
                    .collect(),
                visit: before(class.id).and_then(|slot| slot.visit),
                subject: before(class.id).map_or(String::new(), |slot| slot.subject.clone()),
            })
            .collect();

        let mut stays: Vec<Vec<Stay>> = vec![Vec::new(); observers.len() * days.len()];
        for visit in &fixed {
            let Some(day) = day_of(visit.starts_at) else {
                continue;
            };
            let room = around.class(visit.class).and_then(|class| class.room);
            let stay = |is_teaching| Stay {
                from: minute(visit.starts_at),
                to: minute(visit.ends_at()),
                room,
                route: around.room(visit.class).map(|room| room.route),
                is_teaching,
                group: None,
            };
            let visiting = visit.observers.iter().map(|own| (own, stay(false)));
            let teacher = around.class(visit.class).and_then(Class::only_teacher);
            let teaching = teacher.iter().map(|own| (own, stay(true)));
            for (person, stay) in visiting.chain(teaching) {
                let at = number.get(person).map(|own| own * days.len() + day);
                if let Some(list) = at.and_then(|at| stays.get_mut(at)) {
                    list.push(stay);
                }
            }
        }
        for list in &mut stays {
            list.sort_by_key(|stay| (stay.from, stay.to));
        }

        Self {
            counts: teachers
                .iter()
                .flat_map(|teacher| years.iter().map(move |year| counted(teacher, year)))
                .collect(),
            years: years.len(),
            maximum: if around.settings.walks_count {
                around.settings.yearly_maximum
            } else {
                i64::MAX
            },
            each: wish.observers_each.max(1),
            route: Route::of(around.rooms.values()),
            is_alone: observers
                .iter()
                .map(|own| {
                    around
                        .classes
                        .values()
                        .any(|class| class.only_teacher() == Some(*own))
                })
                .collect(),
            times: periods
                .iter()
                .filter_map(|period| {
                    let day = day_of(period.starts_at)?;
                    let from = minute(period.starts_at);
                    Some(Time {
                        period: *period,
                        from,
                        to: from + wish.minutes,
                        day,
                        part: part_number(period.part),
                        year: years
                            .binary_search(&year_of(period.starts_at.date_naive()))
                            .ok()?,
                    })
                })
                .collect(),
            kept: kept
                .iter()
                .map(|slot| Kept {
                    part: part_number(slot.part),
                    day: day_of(slot.starts_at),
                    observers: slot
                        .observers
                        .iter()
                        .filter_map(|own| number.get(own).copied())
                        .collect(),
                })
                .collect(),
            groups,
            observers,
            days,
            stays,
        }
    }

    /// The places as slots. A class that has a visit already keeps it, moved.
    pub(super) fn slots(&self, places: &[Option<Place>], wish: &Wish<'_>) -> Vec<Slot> {
        let placed = self.groups.iter().zip(places);
        placed
            .filter_map(|(group, place)| {
                let place = (*place)?;
                let time = self.times.get(place.time)?;
                Some(Slot {
                    visit: group.visit,
                    class: group.class,
                    starts_at: time.period.starts_at,
                    minutes: wish.minutes,
                    part: time.period.part,
                    subject: group.subject.clone(),
                    observers: place
                        .observers()
                        .filter_map(|own| self.observers.get(own).copied())
                        .collect(),
                    is_locked: false,
                    is_begun: false,
                    taught_by: Vec::new(),
                })
            })
            .collect()
    }

    /// Whether the yearly maximum leaves room for a visit to a group in some year of the plan, as it stands (R10).
    pub(super) fn has_room_in_year(&self, group: &Group) -> bool {
        (0..self.years).any(|year| {
            group.teachers.iter().all(|teacher| {
                let count = self.counts.get(teacher * self.years + year);
                count.is_none_or(|count| *count < self.maximum)
            })
        })
    }
}

/// Those times at which notice given now can have stood for its days (R3); all of them where there are none.
fn where_notice_stands(periods: Vec<Period>, wish: &Wish<'_>, around: &Around<'_>) -> Vec<Period> {
    let opens = opens_at(wish.now, around.settings);
    let stands = |period: &&Period| period.starts_at >= opens;
    let open: Vec<Period> = periods.iter().filter(stands).copied().collect();
    if open.is_empty() { periods } else { open }
}

/// The observers of a wish who are still at the school, each once.
pub(super) fn active_observers(wish: &Wish<'_>, around: &Around<'_>) -> Vec<PersonId> {
    let mut seen = BTreeSet::new();
    let is_active = |own: &PersonId| around.people.get(own).is_some_and(|own| own.is_active);
    let observers = wish.observers.iter().copied();
    observers
        .filter(|own| is_active(own) && seen.insert(*own))
        .collect()
}

/// The classes of a wish that are taught and have no slot that is kept, each once.
fn open_classes<'a>(wish: &Wish<'_>, around: &Around<'a>) -> Vec<&'a Class> {
    let mut seen: BTreeSet<ClassId> = wish
        .slots
        .iter()
        .filter(|slot| slot.is_kept())
        .map(|slot| slot.class)
        .collect();
    let classes = wish.classes.iter().filter_map(|class| around.class(*class));
    classes
        .filter(|class| class.is_active && seen.insert(class.id))
        .collect()
}

fn part_number(part: Part) -> usize {
    match part {
        Part::Opening => 0,
        Part::Main => 1,
        Part::Plenary => 2,
    }
}

fn minute(at: DateTime<FixedOffset>) -> i64 {
    at.timestamp().div_euclid(60)
}
