//! A plan in the making: where each class is, who is where when, and what it costs, kept up to date as classes are put and
//! taken. It never breaks a hard rule as long as what is put fits.

use super::super::ground::{Ground, Group, Place, Stay, Time};
use super::super::route::Route;
use super::super::whole;
use super::{LACKING, Spread, UNPLACED};

/// Counts, with the sum of their squares kept as they change.
#[derive(Debug, Clone)]
struct Tally(Vec<i64>);

impl Tally {
    fn add(&mut self, at: usize, by: i64, squares: &mut i64) {
        if let Some(count) = self.0.get_mut(at) {
            *squares += by * (2 * *count + by);
            *count += by;
        }
    }
}

/// A plan in the making.
pub(super) struct State<'a> {
    pub(super) ground: &'a Ground,
    pub(super) places: Vec<Option<Place>>,
    pub(super) stays: Vec<Vec<Stay>>,
    pub(super) counts: Vec<i64>,
    loads: Tally,
    parts: Tally,
    pairs: Tally,
    days: Tally,
    own_days: Tally,
    pub(super) spread: Spread,
    pub(super) unplaced: i64,
    lacking: i64,
    /// What the move under way has changed: which group, and where it was.
    pub(super) journal: Vec<(usize, Option<Place>)>,
}

impl<'a> State<'a> {
    pub(super) fn new(ground: &'a Ground) -> Self {
        let (observers, days) = (ground.observers.len(), ground.days.len());
        let groups = ground.groups.len();
        let mut state = Self {
            ground,
            places: vec![None; groups],
            stays: ground.stays.clone(),
            counts: ground.counts.clone(),
            loads: Tally(vec![0; observers]),
            parts: Tally(vec![0; 3]),
            pairs: Tally(vec![0; observers * observers]),
            days: Tally(vec![0; days]),
            own_days: Tally(vec![0; observers * days]),
            spread: Spread::default(),
            unplaced: whole(groups),
            lacking: 0,
            journal: Vec::new(),
        };
        for kept in &ground.kept {
            let pair = match kept.observers.as_slice() {
                [one, other] => Some((*one, *other)),
                _ => None,
            };
            state.count(kept.part, kept.day, &kept.observers, pair, 1);
        }
        for at in 0..state.stays.len() {
            state.way(at, 1);
        }
        state
    }

    pub(super) fn price(&self) -> i64 {
        UNPLACED * self.unplaced + LACKING * self.lacking + self.spread.score()
    }

    pub(super) fn count(
        &mut self,
        part: usize,
        day: Option<usize>,
        observers: &[usize],
        pair: Option<(usize, usize)>,
        by: i64,
    ) {
        let spread = &mut self.spread;
        self.parts.add(part, by, &mut spread.parts);
        if let Some(day) = day {
            self.days.add(day, by, &mut spread.days);
        }
        for own in observers {
            self.loads.add(*own, by, &mut spread.loads);
            if let Some(day) = day {
                let at = own * self.ground.days.len() + day;
                self.own_days.add(at, by, &mut spread.own_days);
            }
            if self.ground.is_alone.get(*own) == Some(&true) {
                spread.covers += by;
            }
        }
        if let Some((one, other)) = pair {
            let at = one.min(other) * self.ground.observers.len() + one.max(other);
            self.pairs.add(at, by, &mut spread.pairs);
        }
    }

    /// Counts the way of one observer on one day in, or out.
    pub(super) fn way(&mut self, at: usize, by: i64) {
        if let Some(list) = self.stays.get(at) {
            let visits = list.iter().filter(|stay| !stay.is_teaching);
            let walked = self
                .ground
                .route
                .walked(visits.filter_map(|stay| stay.route));
            self.spread.walked += by * walked;
            self.spread.crossings += by * Route::crossings_again(walked);
        }
    }

    pub(super) fn group(&self, group: usize) -> Option<&'a Group> {
        self.ground.groups.get(group)
    }

    pub(super) fn time(&self, time: usize) -> Option<&'a Time> {
        self.ground.times.get(time)
    }

    pub(super) fn list(&self, observer: usize, day: usize) -> &[Stay] {
        let at = observer * self.ground.days.len() + day;
        self.stays.get(at).map_or(&[], Vec::as_slice)
    }

    /// Takes a group out of its place, and notes where it was.
    pub(super) fn take(&mut self, group: usize) -> Option<Place> {
        let before = self.places.get_mut(group)?.take();
        self.journal.push((group, before));
        if let Some(place) = before {
            self.apply(group, place, -1);
        }
        before
    }

    /// Puts a group that was taken out into a place that it fits.
    pub(super) fn put(&mut self, group: usize, place: Place) {
        if let Some(into) = self.places.get_mut(group) {
            *into = Some(place);
            self.apply(group, place, 1);
        }
    }

    /// Takes back what the move under way has changed.
    pub(super) fn undo(&mut self) {
        let journal = std::mem::take(&mut self.journal);
        for (group, _) in &journal {
            if let Some(place) = self.places.get_mut(*group).and_then(Option::take) {
                self.apply(*group, place, -1);
            }
        }
        for (group, before) in journal.into_iter().rev() {
            // A group that was taken twice goes back to where it was first.
            if let Some(place) = self.places.get_mut(group).and_then(Option::take) {
                self.apply(group, place, -1);
            }
            if let Some(place) = before {
                self.put(group, place);
            }
        }
    }

    pub(super) fn apply(&mut self, group: usize, place: Place, by: i64) {
        let Some(own) = self.group(group) else {
            return;
        };
        let Some(time) = self.time(place.time) else {
            return;
        };
        self.unplaced -= by;
        for teacher in &own.teachers {
            let at = teacher * self.ground.years + time.year;
            if let Some(count) = self.counts.get_mut(at) {
                *count += by;
            }
        }
        let observers: Vec<usize> = place.observers().collect();
        let pair = place.second.map(|second| (place.first, second));
        self.lacking += by * (whole(self.ground.each) - whole(observers.len())).max(0);
        self.count(time.part, Some(time.day), &observers, pair, by);
        for observer in observers {
            self.stay(observer, time.day, stay(group, own, time, false), by);
        }
        if let Some(alone) = own.alone {
            self.stay(alone, time.day, stay(group, own, time, true), by);
        }
    }

    pub(super) fn stay(&mut self, observer: usize, day: usize, stay: Stay, by: i64) {
        let at = observer * self.ground.days.len() + day;
        if !stay.is_teaching {
            self.way(at, -1);
        }
        if let Some(list) = self.stays.get_mut(at) {
            if by > 0 {
                let place = list.partition_point(|other| other.from <= stay.from);
                list.insert(place, stay);
            } else {
                list.retain(|other| *other != stay);
            }
        }
        if !stay.is_teaching {
            self.way(at, 1);
        }
    }

    /// Whether a group can be visited at a time, whoever observes.
    pub(super) fn can_be_visited(&self, group: usize, own: &Group, time: &Time) -> bool {
        let has_room = |teacher: &usize| {
            let count = self.counts.get(teacher * self.ground.years + time.year);
            count.is_none_or(|count| *count < self.ground.maximum)
        };
        let teaching = stay(group, own, time, true);
        own.is_free.get(time.day) == Some(&true)
            && own.teachers.iter().all(has_room)
            && own.alone.is_none_or(|alone| {
                let list = self.list(alone, time.day);
                list.iter().all(|other| other.goes_with(&teaching))
            })
    }

    /// Whether an observer who may visit a group can do so at a time.
    pub(super) fn can_visit(&self, observer: usize, visiting: &Stay, day: usize) -> bool {
        let list = self.list(observer, day);
        list.iter().all(|other| other.goes_with(visiting))
    }
}

/// Where somebody is while a group is visited.
pub(super) fn stay(group: usize, own: &Group, time: &Time, is_teaching: bool) -> Stay {
    Stay {
        from: time.from,
        to: time.to,
        room: own.room,
        route: own.route,
        is_teaching,
        group: Some(group),
    }
}
