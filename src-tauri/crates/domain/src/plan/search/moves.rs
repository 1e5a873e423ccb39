//! The moves of the search. Each leaves the plan within the hard rules, and notes what it changed so that it can be taken
//! back.

use super::super::ground::{Place, Stay};
use super::Chance;
use super::state::{State, stay};

impl State<'_> {
    /// Puts a group that was taken out into a time, with observers who can: those wished for first, then any.
    pub(super) fn settle(
        &mut self,
        group: usize,
        at: usize,
        wished: &[Option<usize>],
        chance: &mut Chance,
    ) -> bool {
        let (Some(own), Some(time)) = (self.group(group), self.time(at)) else {
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
    pub(super) fn fill(&mut self, chance: &mut Chance) {
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
    pub(super) fn step(&mut self, chance: &mut Chance) -> bool {
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

    pub(super) fn an_unplaced(&self, chance: &mut Chance) -> usize {
        let from = chance.below(self.places.len());
        let all = self.places.iter().zip(0..);
        let mut unplaced = all.filter(|(place, _)| place.is_none()).map(|(_, at)| at);
        let first = unplaced.clone().next().unwrap_or_default();
        unplaced.find(|at| *at >= from).unwrap_or(first)
    }

    /// Another observer in the place of one, or beside one who is alone.
    pub(super) fn change_observer(
        &mut self,
        group: usize,
        place: Place,
        chance: &mut Chance,
    ) -> bool {
        let stays = match (place.second, chance.below(2)) {
            (Some(second), 0) => second,
            _ => place.first,
        };
        let Some(own) = self.group(group) else {
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
    pub(super) fn make_room(&mut self, group: usize, at: usize, chance: &mut Chance) -> bool {
        let (Some(own), Some(time)) = (self.group(group), self.time(at)) else {
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

#[cfg(test)]
mod tests {
    use super::super::super::ground::Ground;
    use super::super::super::tests::World;
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
