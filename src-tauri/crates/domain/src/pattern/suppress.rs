//! Which cells of one criterion are shown (R14).
//!
//! First the cells that rest on too few classes are hidden. Then it is asked of every group that must stay unknown whether
//! all that is shown gives it away ([`Worlds`]); while it does, one more cell is hidden: the smallest that helps, and one of
//! a phase or the whole only when no other does. At the end what turned out not to be needed is shown again.
//!
//! Groups that must stay unknown: every hidden cell, every class, every teacher's classes, every visit; what two cells have
//! in common and what one has more than another; and what is left of a cell when all that is shown within it is taken away.
//! Of all these, those that rest on fewer classes than the school shows together.

use std::collections::BTreeSet;

use super::set::Set;
use super::unit::{By, Crowd, Unit};
use super::worlds::{Row, Worlds};

/// A cell of one criterion: those visits of a group that looked.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) by: By,
    pub(super) units: Set,
}

/// What becomes of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Shown,
    /// Too few classes.
    Few,
    /// It would give another away.
    Protects,
    /// Nobody looked.
    Nobody,
}

/// The number that is shown of so many who looked: the least and the most it can be. Where all or none saw it, or all but
/// one or one, the two are said together: otherwise it would be known of every class.
pub(super) fn coded(seen: usize, looked: usize) -> (usize, usize) {
    if seen <= 1 {
        (0, looked.min(1))
    } else if seen + 1 >= looked {
        (looked - 1, looked)
    } else {
        (seen, seen)
    }
}

/// Decides for each cell. `seen` are the visits that saw the criterion.
pub(super) fn decide(
    units: &[Unit],
    crowd: &Crowd,
    seen: &Set,
    cells: &[Place],
    least: usize,
) -> Vec<Fate> {
    let mut fates: Vec<Fate> = cells
        .iter()
        .map(|cell| match crowd.weight(&cell.units) {
            0 => Fate::Nobody,
            few if few < least => Fate::Few,
            _ => Fate::Shown,
        })
        .collect();
    let mut table = Table {
        units,
        crowd,
        seen,
        cells,
        least,
        worlds: Worlds::new(units.len(), seen.clone(), Vec::new()),
    };
    table.worlds = table.showing(&fates);
    while let Some(group) = table.given_away(&fates) {
        let Some(cell) = table.to_hide(&fates, &group) else {
            break;
        };
        table.hide(&mut fates, cell);
        table.worlds = table.showing(&fates);
    }
    table.show_again(&mut fates);
    fates
}

struct Table<'a> {
    units: &'a [Unit],
    crowd: &'a Crowd,
    seen: &'a Set,
    cells: &'a [Place],
    least: usize,
    worlds: Worlds,
}

impl Table<'_> {
    fn rows(&self, fates: &[Fate]) -> Vec<Row> {
        let shown = self.cells.iter().zip(fates);
        shown
            .filter(|(_, fate)| **fate == Fate::Shown)
            .map(|(cell, _)| {
                let (least, most) = coded(self.seen.common(&cell.units), cell.units.len());
                Row {
                    units: cell.units.clone(),
                    least,
                    most,
                }
            })
            .collect()
    }

    fn showing(&self, fates: &[Fate]) -> Worlds {
        self.worlds.showing(self.rows(fates))
    }

    /// The first group that must stay unknown and does not.
    fn given_away(&mut self, fates: &[Fate]) -> Option<Set> {
        let guarded = self.guarded(fates);
        guarded
            .into_iter()
            .find(|group| !self.worlds.is_open(group))
    }

    /// Every group that must stay unknown, in an order that does not depend on what was seen.
    fn guarded(&self, fates: &[Fate]) -> BTreeSet<Set> {
        let shown: Vec<&Set> = self
            .cells
            .iter()
            .zip(fates)
            .filter(|(_, fate)| **fate == Fate::Shown)
            .map(|(cell, _)| &cell.units)
            .collect();
        let looked = shown
            .iter()
            .fold(Set::default(), |all, units| all.or(units));
        let mut groups = self.people(&looked);
        groups.extend(
            self.cells
                .iter()
                .zip(fates)
                .filter(|(_, fate)| **fate == Fate::Few)
                .map(|(cell, _)| cell.units.clone()),
        );
        for (place, one) in shown.iter().enumerate() {
            for other in shown.iter().skip(place + 1) {
                groups.extend([one.and(other), one.without(other), other.without(one)]);
            }
        }
        // What is left of a cell beside all of one kind that lie within it.
        for whole in &shown {
            for by in By::EVERY {
                let within = self
                    .cells
                    .iter()
                    .zip(fates)
                    .filter(|(cell, fate)| cell.by == by && **fate == Fate::Shown)
                    .map(|(cell, _)| &cell.units)
                    .filter(|units| units.is_within(whole) && units != whole);
                groups.insert(within.fold((*whole).clone(), |rest, units| rest.without(units)));
            }
        }
        groups
            .into_iter()
            .filter(|group| !group.is_empty() && self.crowd.weight(group) < self.least)
            .collect()
    }

    /// Every visit, class and teacher that a number shown rests on.
    fn people(&self, looked: &Set) -> BTreeSet<Set> {
        let mut groups = BTreeSet::new();
        for (place, unit) in self.units.iter().enumerate() {
            if !looked.has(place) {
                continue;
            }
            let alike = |is_alike: &dyn Fn(&Unit) -> bool| -> Set {
                let all = self.units.iter().enumerate();
                all.filter(|(_, other)| is_alike(other))
                    .map(|(place, _)| place)
                    .collect::<Set>()
                    .and(looked)
            };
            groups.insert([place].into_iter().collect());
            groups.insert(alike(&|other| other.class == unit.class));
            for teacher in &unit.teachers {
                groups.insert(alike(&|other| other.teachers.contains(teacher)));
            }
        }
        groups
    }

    /// The cell to hide so that a group is not given away: the smallest that is enough by itself, else the smallest that
    /// touches the group.
    fn to_hide(&self, fates: &[Fate], group: &Set) -> Option<usize> {
        let mut shown: Vec<(usize, &Place)> = self
            .cells
            .iter()
            .enumerate()
            .zip(fates)
            .filter(|(_, fate)| **fate == Fate::Shown)
            .map(|(cell, _)| cell)
            .collect();
        let rank = |by: By| match by {
            By::Subject => 0,
            By::YearGroup => 1,
            By::Part => 2,
            By::Phase => 3,
            By::All => 4,
        };
        shown.sort_by_key(|(place, cell)| (rank(cell.by), cell.units.len(), *place));
        let is_enough = |place: usize| {
            let mut then = fates.to_vec();
            self.hide(&mut then, place);
            self.showing(&then).is_open(group)
        };
        let enough = shown.iter().find(|(place, _)| is_enough(*place));
        let touches = shown.iter().find(|(_, cell)| cell.units.common(group) > 0);
        enough
            .or(touches)
            .or(shown.first())
            .map(|(place, _)| *place)
    }

    /// Hides a cell, and every other of the very same visits: one would say what the other hides.
    fn hide(&self, fates: &mut [Fate], place: usize) {
        let own = self.cells.get(place).map(|cell| &cell.units);
        for (cell, fate) in self.cells.iter().zip(fates) {
            if *fate == Fate::Shown && Some(&cell.units) == own {
                *fate = Fate::Protects;
            }
        }
    }

    /// Shows what was hidden for others' sake and is not needed any more, the largest first.
    fn show_again(&mut self, fates: &mut [Fate]) {
        let mut hidden: Vec<(usize, usize)> = self
            .cells
            .iter()
            .enumerate()
            .zip(fates.iter())
            .filter(|(_, fate)| **fate == Fate::Protects)
            .map(|((place, cell), _)| (usize::MAX - cell.units.len(), place))
            .collect();
        hidden.sort_unstable();
        for (_, place) in hidden {
            set(fates, place, Fate::Shown);
            let before = self.worlds.clone();
            self.worlds = self.showing(fates);
            if self.given_away(fates).is_some() {
                set(fates, place, Fate::Protects);
                self.worlds = before;
            }
        }
    }
}

fn set(fates: &mut [Fate], place: usize, fate: Fate) {
    if let Some(own) = fates.get_mut(place) {
        *own = fate;
    }
}
