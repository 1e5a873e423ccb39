//! Which cells of one criterion are shown (R14).
//!
//! Cells that rest on too few classes are hidden. The others are shown one after another, in the order in which a school
//! needs them: the whole, phases, parts of the lesson, year groups, subjects, the larger first. Each is shown only if all
//! that would then be shown gives away no group that must stay unknown ([`Worlds`]). What is refused once would be refused
//! later as well, since more would be shown by then; so at the end no further cell could be.
//!
//! Groups that must stay unknown: every hidden cell, every class, every teacher's classes, every visit; what two cells have
//! in common and what one has more than another; and what is left of a cell when all that is shown within it is taken away.
//! Beyond that, what sums of any cells leave of up to four kinds of visits, two visits being of one kind when every cell that
//! is shown has both or neither. Of all these, those that rest on fewer classes than the school shows together.

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
    let mut wanted: Vec<(By, usize, usize)> = Vec::new();
    for (place, (cell, fate)) in cells.iter().zip(&mut fates).enumerate() {
        if *fate == Fate::Shown {
            *fate = Fate::Protects;
            // In the order of the ways, the larger first.
            wanted.push((cell.by, usize::MAX - cell.units.len(), place));
        }
    }
    wanted.sort_unstable();
    for (_, _, place) in wanted {
        set(&mut fates, place, Fate::Shown);
        let before = table.worlds.clone();
        table.worlds = table.showing(&fates);
        if table.gives_away(&fates) {
            set(&mut fates, place, Fate::Protects);
            table.worlds = before;
        }
    }
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

    /// Whether a group that must stay unknown does not.
    fn gives_away(&mut self, fates: &[Fate]) -> bool {
        let guarded = self.guarded(fates);
        let is_small = |group: &Set| self.crowd.weight(group) < self.least;
        self.worlds.gives_away_a_handful(is_small)
            || guarded.iter().any(|group| !self.worlds.is_open(group))
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
}

fn set(fates: &mut [Fate], place: usize, fate: Fate) {
    if let Some(own) = fates.get_mut(place) {
        *own = fate;
    }
}
