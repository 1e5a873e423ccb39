//! The search for a timetable: late acceptance hill climbing over places for classes.
//!
//! What is searched is where each class is put: a time, and one or two observers. A state never breaks a hard rule,
//! because no move that would break one is made; what cannot be placed stays out, at a price above everything else. A move
//! puts one class elsewhere, changes one of its observers, lets two classes change times or observers, or makes room for a
//! class by taking out those in its way. It is kept when the plan is then no worse than now, or than it was
//! [`MEMORY`] moves ago: so the search gets over small ridges early on, and settles later by itself, with no temperature
//! to choose. The price of a state is kept up to date move by move, in whole numbers, and chance comes from a fixed seed:
//! the same wish gives the same plan on every machine.
//!
//! Not taken: a solver for integer programmes. It would be the largest dependency of the product, slow on a tablet, and
//! its answer would still need to say in sentences what cannot be met.

use super::ground::{Ground, Group, Place, Stay, Time};
use super::route::Route;
use super::whole;

/// How many moves are tried.
const MOVES: usize = 60_000;
/// How many moves without a better plan end the search early.
const PATIENCE: usize = 15_000;
/// How far back a move is compared.
const MEMORY: usize = 100;
/// Where chance starts.
const SEED: u64 = 0x5eed_a11d;

/// The price of a class that is in no place.
const UNPLACED: i64 = 100_000_000;
/// The price of an observer that a visit lacks.
const LACKING: i64 = 1_000_000;

/// How a timetable is spread: sums of squares of counts, which are least when the counts are even.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spread {
    /// Of the visits of each observer.
    pub(super) loads: i64,
    /// Of the visits in each part of a lesson.
    pub(super) parts: i64,
    /// Of the visits that each two observers make together.
    pub(super) pairs: i64,
    /// Of the visits on each day.
    pub(super) days: i64,
    /// Of the visits of each observer on each day.
    pub(super) own_days: i64,
    /// How far observers walk, in thousandths of the route.
    pub(super) walked: i64,
    /// How often anybody crosses the building again on one day.
    pub(super) crossings: i64,
    /// Visits by observers whose own class has no other teacher.
    pub(super) covers: i64,
}

impl Spread {
    /// The price. An uneven load weighs as much as half a walk through the building; crossing it again weighs most.
    pub(super) fn score(&self) -> i64 {
        300 * self.loads
            + 150 * self.parts
            + 40 * self.pairs
            + 10 * self.days
            + 25 * self.own_days
            + self.walked
            + 4_000 * self.crossings
            + 50 * self.covers
    }
}

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
struct State<'a> {
    ground: &'a Ground,
    places: Vec<Option<Place>>,
    stays: Vec<Vec<Stay>>,
    counts: Vec<i64>,
    loads: Tally,
    parts: Tally,
    pairs: Tally,
    days: Tally,
    own_days: Tally,
    spread: Spread,
    unplaced: i64,
    lacking: i64,
    /// What the move under way has changed: which group, and where it was.
    journal: Vec<(usize, Option<Place>)>,
}

/// The best places found, by group.
pub(super) fn search(ground: &Ground) -> Vec<Option<Place>> {
    let mut state = State::new(ground);
    if ground.groups.is_empty() || ground.times.is_empty() || ground.observers.is_empty() {
        return state.places;
    }
    let mut chance = Chance(SEED);
    state.fill(&mut chance);
    let mut price = state.price();
    let mut best = (price, state.places.clone(), 0);
    let mut memory = vec![price; MEMORY];
    for tried in 0..MOVES {
        if tried - best.2 > PATIENCE {
            break;
        }
        state.journal.clear();
        if !state.step(&mut chance) {
            state.undo();
            continue;
        }
        let after = state.price();
        let Some(before) = memory.get_mut(tried % MEMORY) else {
            break;
        };
        if after <= price || after <= *before {
            price = after;
            if price < best.0 {
                best = (price, state.places.clone(), tried);
            }
        } else {
            state.undo();
        }
        *before = price.min(*before);
    }
    best.1
}

impl<'a> State<'a> {
    fn new(ground: &'a Ground) -> Self {
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

    fn price(&self) -> i64 {
        UNPLACED * self.unplaced + LACKING * self.lacking + self.spread.score()
    }

    fn count(
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
    fn way(&mut self, at: usize, by: i64) {
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

    fn group(&self, group: usize) -> Option<(&'a Group, Option<Place>)> {
        let place = self.places.get(group).copied().flatten();
        Some((self.ground.groups.get(group)?, place))
    }

    fn time(&self, time: usize) -> Option<&'a Time> {
        self.ground.times.get(time)
    }

    fn list(&self, observer: usize, day: usize) -> &[Stay] {
        let at = observer * self.ground.days.len() + day;
        self.stays.get(at).map_or(&[], Vec::as_slice)
    }

    /// Takes a group out of its place, and notes where it was.
    fn take(&mut self, group: usize) -> Option<Place> {
        let before = self.places.get_mut(group)?.take();
        self.journal.push((group, before));
        if let Some(place) = before {
            self.apply(group, place, -1);
        }
        before
    }

    /// Puts a group that was taken out into a place that it fits.
    fn put(&mut self, group: usize, place: Place) {
        if let Some(into) = self.places.get_mut(group) {
            *into = Some(place);
            self.apply(group, place, 1);
        }
    }

    /// Takes back what the move under way has changed.
    fn undo(&mut self) {
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

    fn apply(&mut self, group: usize, place: Place, by: i64) {
        let Some((own, _)) = self.group(group) else {
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

    fn stay(&mut self, observer: usize, day: usize, stay: Stay, by: i64) {
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
    fn can_be_visited(&self, group: usize, own: &Group, time: &Time) -> bool {
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
    fn can_visit(&self, observer: usize, visiting: &Stay, day: usize) -> bool {
        let list = self.list(observer, day);
        list.iter().all(|other| other.goes_with(visiting))
    }

    /// Puts a group that was taken out into a time, with observers who can: those wished for first, then any.
    fn settle(
        &mut self,
        group: usize,
        at: usize,
        wished: &[Option<usize>],
        chance: &mut Chance,
    ) -> bool {
        let (Some((own, _)), Some(time)) = (self.group(group), self.time(at)) else {
            return false;
        };
        if !self.can_be_visited(group, own, time) {
            return false;
        }
        let visiting = stay(group, own, time, false);
        let from = chance.below(own.observers.len());
        let any = own.observers.iter().cycle().skip(from);
        let any = any.take(own.observers.len()).copied();
        let wished = wished.iter().flatten().copied();
        let wished = wished.filter(|observer| own.observers.contains(observer));
        let mut chosen: [Option<usize>; 2] = [None, None];
        for observer in wished.chain(any) {
            let is_new = !chosen.contains(&Some(observer));
            if is_new && self.can_visit(observer, &visiting, time.day) {
                match &mut chosen {
                    [first @ None, _] => *first = Some(observer),
                    [_, second] => *second = Some(observer),
                }
                if self.ground.each < 2 || chosen.iter().all(Option::is_some) {
                    break;
                }
            }
        }
        match chosen {
            [Some(first), second] => {
                let place = Place {
                    time: at,
                    first,
                    second,
                };
                self.put(group, place);
                true
            }
            _ => false,
        }
    }

    /// A first plan: whoever has fewest observers to choose from comes first.
    fn fill(&mut self, chance: &mut Chance) {
        let mut order: Vec<(usize, usize)> = self
            .ground
            .groups
            .iter()
            .zip(0..)
            .map(|(own, group)| (own.observers.len(), group))
            .collect();
        order.sort_unstable();
        let times = self.ground.times.len();
        for (_, group) in order {
            let from = chance.below(times);
            for step in 0..times {
                if self.settle(group, (from + step) % times, &[], chance) {
                    break;
                }
            }
        }
    }

    /// Tries one move. False when it cannot be made.
    fn step(&mut self, chance: &mut Chance) -> bool {
        let (groups, times) = (self.places.len(), self.ground.times.len());
        let group = match chance.below(3) {
            0 if self.unplaced > 0 => self.an_unplaced(chance),
            _ => chance.below(groups),
        };
        let now = self.places.get(group).copied().flatten();
        let wished = |place: Option<Place>| [place.map(|p| p.first), place.and_then(|p| p.second)];
        match (now, chance.below(20)) {
            (None, 0..10) | (_, 0) => self.make_room(group, chance.below(times), chance),
            (Some(place), 1..5) => self.change_observer(group, place, chance),
            (Some(place), 5..11) => {
                let other = chance.below(groups);
                match self.places.get(other).copied().flatten() {
                    Some(theirs) if other != group => {
                        self.take(group);
                        self.take(other);
                        // The times change hands, and the observers with them or not.
                        let (ours, yours) = match chance.below(2) {
                            0 => (wished(Some(place)), wished(Some(theirs))),
                            _ => (wished(Some(theirs)), wished(Some(place))),
                        };
                        self.settle(group, theirs.time, &ours, chance)
                            && self.settle(other, place.time, &yours, chance)
                    }
                    _ => false,
                }
            }
            (Some(place), 11..14) => {
                let other = chance.below(groups);
                match self.places.get(other).copied().flatten() {
                    Some(theirs) if other != group => {
                        // The observers change hands, or one of them does.
                        self.take(group);
                        self.take(other);
                        let (mut ours, mut yours) = (wished(Some(theirs)), wished(Some(place)));
                        if let ([_, ours], [_, yours], 0) = (&mut ours, &mut yours, chance.below(2))
                        {
                            std::mem::swap(ours, yours);
                        }
                        self.settle(group, place.time, &ours, chance)
                            && self.settle(other, theirs.time, &yours, chance)
                    }
                    _ => false,
                }
            }
            _ => {
                let before = self.take(group);
                let at = chance.below(times);
                match chance.below(2) {
                    0 => self.settle(group, at, &wished(before), chance),
                    _ => self.settle(group, at, &[], chance),
                }
            }
        }
    }

    fn an_unplaced(&self, chance: &mut Chance) -> usize {
        let from = chance.below(self.places.len());
        let all = self.places.iter().zip(0..);
        let mut unplaced = all.filter(|(place, _)| place.is_none()).map(|(_, at)| at);
        let first = unplaced.clone().next().unwrap_or_default();
        unplaced.find(|at| *at >= from).unwrap_or(first)
    }

    /// Another observer in the place of one, or beside one who is alone.
    fn change_observer(&mut self, group: usize, place: Place, chance: &mut Chance) -> bool {
        let stays = match (place.second, chance.below(2)) {
            (Some(second), 0) => second,
            _ => place.first,
        };
        let Some((own, _)) = self.group(group) else {
            return false;
        };
        let Some(new) = own
            .observers
            .get(chance.below(own.observers.len()))
            .copied()
        else {
            return false;
        };
        self.take(group);
        let wished = match self.ground.each {
            1 => [Some(new), None],
            _ => [Some(stays), Some(new)],
        };
        self.settle(group, place.time, &wished, chance)
    }

    /// Puts a group into a time with one observer, and takes out whoever is in the way.
    fn make_room(&mut self, group: usize, at: usize, chance: &mut Chance) -> bool {
        let (Some((own, _)), Some(time)) = (self.group(group), self.time(at)) else {
            return false;
        };
        let Some(observer) = own
            .observers
            .get(chance.below(own.observers.len()))
            .copied()
        else {
            return false;
        };
        self.take(group);
        let visiting = stay(group, own, time, false);
        let teaching = stay(group, own, time, true);
        let against = |list: &[Stay], stay: &Stay| -> Vec<Option<usize>> {
            let against = list.iter().filter(|other| !other.goes_with(stay));
            against.map(|other| other.group).collect()
        };
        let mut in_the_way = against(self.list(observer, time.day), &visiting);
        if let Some(alone) = own.alone {
            in_the_way.extend(against(self.list(alone, time.day), &teaching));
        }
        for other in in_the_way {
            match other {
                Some(other) if self.places.get(other).is_some_and(Option::is_some) => {
                    self.take(other);
                }
                Some(_) => {}
                None => return false,
            }
        }
        let is_settled = self.settle(group, at, &[Some(observer)], chance);
        // Those who were taken out may find another place at once.
        let taken: Vec<usize> = self.journal.iter().map(|(other, _)| *other).collect();
        for other in taken.into_iter().filter(|other| *other != group) {
            for _ in 0..4 {
                let at = chance.below(self.ground.times.len());
                if self.settle(other, at, &[], chance) {
                    break;
                }
            }
        }
        is_settled
    }
}

fn stay(group: usize, own: &Group, time: &Time, is_teaching: bool) -> Stay {
    Stay {
        from: time.from,
        to: time.to,
        room: own.room,
        route: own.route,
        is_teaching,
        group: Some(group),
    }
}

/// Chance from a fixed seed: a counter, mixed (splitmix).
struct Chance(u64);

impl Chance {
    /// A number below `limit`; 0 where there is none.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let limit = u64::try_from(limit).unwrap_or_default();
        usize::try_from(mixed.checked_rem(limit).unwrap_or_default()).unwrap_or_default()
    }
}

/// What the search makes of places, counted from the start.
#[cfg(test)]
pub(super) fn score_of(ground: &Ground, places: &[Option<Place>]) -> i64 {
    let mut state = State::new(ground);
    for (group, place) in places.iter().enumerate() {
        state.put(group, place.unwrap());
    }
    state.price()
}

#[cfg(test)]
mod tests {
    use super::super::tests::World;
    use super::*;

    #[test]
    fn a_move_taken_back_leaves_no_trace_and_one_made_is_counted_right() {
        let world = World::new(9, 3, 1);
        let (wish, around) = (world.wish(), world.around());
        let ground = Ground::new(&wish, &around);
        let mut state = State::new(&ground);
        let mut chance = Chance(7);
        state.fill(&mut chance);
        for tried in 0..2_000 {
            let (places, spread, stays) = (state.places.clone(), state.spread, state.stays.clone());
            let price = state.price();
            state.journal.clear();
            let was_made = state.step(&mut chance);
            if !was_made || tried % 3 == 0 {
                state.undo();
                assert_eq!(
                    (&state.places, state.spread, state.price()),
                    (&places, spread, price)
                );
                assert_eq!(state.stays, stays);
            }
            let mut again = State::new(&ground);
            for (group, place) in state.places.iter().enumerate() {
                if let Some(place) = place {
                    again.put(group, *place);
                }
            }
            assert_eq!((again.spread, again.price()), (state.spread, state.price()));
            assert_eq!(again.counts, state.counts);
        }
    }
}
