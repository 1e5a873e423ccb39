//! The way round the school, and how often somebody crosses the whole of it.

use crate::room::Room;

/// The route through the rooms of a school. Rooms near each other have places near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    length: i64,
}

impl Route {
    /// From the first to the last of these rooms.
    pub fn of<'a>(rooms: impl Iterator<Item = &'a Room>) -> Self {
        let (first, last) = rooms.fold((i64::MAX, i64::MIN), |(first, last), room| {
            (first.min(room.route), last.max(room.route))
        });
        Self {
            length: last.saturating_sub(first).max(0),
        }
    }

    /// How far somebody walks who goes from place to place, in thousandths of the whole route.
    pub fn walked(&self, mut places: impl Iterator<Item = i64>) -> i64 {
        let Some(first) = places.next().filter(|_| self.length > 0) else {
            return 0;
        };
        let step = |(walked, from): (i64, i64), to: i64| (walked + (to - from).abs(), to);
        places.fold((0, first), step).0 * 1000 / self.length
    }

    /// How often somebody crosses the building again after the first time, who has walked so far: whole lengths of the
    /// route, to the nearest, less the one that a walk from end to end takes.
    pub fn crossings_again(walked: i64) -> i64 {
        ((walked + 500) / 1000 - 1).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossings_again(places: &[i64]) -> i64 {
        let route = Route { length: 100 };
        Route::crossings_again(route.walked(places.iter().copied()))
    }

    #[test]
    fn who_walks_the_route_once_crosses_the_building_once() {
        assert_eq!(crossings_again(&[0, 30, 60, 100]), 0);
        assert_eq!(crossings_again(&[0, 10, 0, 20]), 0);
        assert_eq!(crossings_again(&[0, 90, 0]), 1);
        assert_eq!(crossings_again(&[0, 100, 0, 100]), 2);
    }

    #[test]
    fn a_school_of_one_room_has_no_way_to_walk() {
        let route = Route::of([].into_iter());
        assert_eq!(route.walked([0, 900, 0].into_iter()), 0);
    }
}
