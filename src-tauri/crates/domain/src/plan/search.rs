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
//! `state` keeps a plan in the making with its price, `moves` changes it.
//!
//! Not taken: a solver for integer programmes. It would be the largest dependency of the product, slow on a tablet, and
//! its answer would still need to say in sentences what cannot be met.

mod moves;
mod state;

use super::ground::{Ground, Place};
use state::State;

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
