//! Whether what is shown gives something away: is there another world, in which every number that is shown is the same
//! and this one is not?
//!
//! A world says for each visit whether it saw a criterion. What is shown of a set of visits bounds how many of them did.
//! A group's number is safe when a second world is found in which it differs: then nobody can tell the two apart, with
//! any amount of arithmetic. A world that was found stays one while less is shown, so most questions are answered by
//! worlds found before. The search is bounded; what it does not find counts as given away, which hides more and never
//! less.

use std::collections::BTreeMap;

use super::set::Set;

/// How many steps one search takes at the most.
const STEPS: usize = 1_500;
/// How many visits differ between two worlds at the most, tried in this order.
const DEPTHS: [usize; 4] = [2, 4, 6, 10];
/// How many worlds are remembered.
const REMEMBERED: usize = 64;
/// The field in which sums are looked for: a prime whose squares fit.
const PRIME: u64 = (1 << 31) - 1;

/// A number that is shown: of these visits, so many saw it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Which visits.
    pub(super) units: Set,
    /// At the least.
    pub(super) least: usize,
    /// At the most.
    pub(super) most: usize,
}

impl Row {
    /// By how much a world is off this row.
    fn excess(&self, world: &Set) -> usize {
        self.off(world.common(&self.units))
    }

    /// By how much a count is off.
    fn off(&self, count: usize) -> usize {
        count.saturating_sub(self.most) + self.least.saturating_sub(count)
    }
}

/// The worlds in which all that is shown is as it is.
#[derive(Debug, Clone)]
pub(super) struct Worlds {
    /// How many visits there are.
    count: usize,
    /// The world there is.
    truth: Set,
    /// What is shown.
    rows: Vec<Row>,
    /// Others that look the same.
    found: Vec<Set>,
}

impl Worlds {
    pub(super) fn new(count: usize, truth: Set, rows: Vec<Row>) -> Self {
        Self {
            count,
            truth,
            rows,
            found: Vec::new(),
        }
    }

    /// The same when something else is shown. Worlds that do not fit any more are forgotten.
    pub(super) fn showing(&self, rows: Vec<Row>) -> Self {
        let fits = |world: &&Set| rows.iter().all(|row| row.excess(world) == 0);
        Self {
            count: self.count,
            truth: self.truth.clone(),
            found: self.found.iter().filter(fits).cloned().collect(),
            rows,
        }
    }

    /// Whether the number of a group could be another.
    pub(super) fn is_open(&mut self, group: &Set) -> bool {
        let own = self.truth.common(group);
        if self.found.iter().any(|world| world.common(group) != own) {
            return true;
        }
        let kinds = self.kinds(group);
        if self.is_a_sum_of_rows(group, &kinds) {
            return false;
        }
        match self.search(group, own, &kinds) {
            Some(world) => {
                if self.found.len() < REMEMBERED {
                    self.found.push(world);
                }
                true
            }
            None => false,
        }
    }

    /// For each visit a number that it has in common with those that stand in the same rows and the same side of the group.
    fn kinds(&self, group: &Set) -> Vec<usize> {
        let mut known: BTreeMap<Set, usize> = BTreeMap::new();
        (0..self.count)
            .map(|unit| {
                let rows = self.rows.iter().map(|row| &row.units).chain([group]);
                let stands: Set = rows
                    .enumerate()
                    .filter(|(_, set)| set.has(unit))
                    .map(|(place, _)| place)
                    .collect();
                let next = known.len();
                *known.entry(stands).or_insert(next)
            })
            .collect()
    }

    /// Whether rows that are shown to the unit add up to the group: then its number is given away by arithmetic alone.
    ///
    /// Elimination modulo a prime. Where that errs it says yes, and a cell more is hidden.
    fn is_a_sum_of_rows(&self, group: &Set, kinds: &[usize]) -> bool {
        let sums = Sums::of(&self.rows, kinds);
        sums.hold(group)
    }

    /// Whether any union of up to four kinds of visits, of those that are `small`, is a sum of rows: what several cells have
    /// more than several others, however they lie.
    ///
    /// Sums of rows stand upright on every number that the rows leave open. Of one such number, made up without any order,
    /// a union that is no sum adds up to nothing only by chance; so those that do are few, and looked at one by one.
    pub(super) fn gives_away_a_handful(&self, is_small: impl Fn(&Set) -> bool) -> bool {
        let kinds = self.kinds(&Set::default());
        let sums = Sums::of(&self.rows, &kinds);
        let is_shown = |unit: &usize| self.rows.iter().any(|row| row.units.has(*unit));
        let mut of_kind: BTreeMap<usize, Set> = BTreeMap::new();
        for (unit, kind) in kinds.iter().enumerate().filter(|(unit, _)| is_shown(unit)) {
            of_kind.entry(*kind).or_default().add(unit);
        }
        let open = sums.left_open();
        let few: Vec<(u64, Set)> = of_kind
            .into_iter()
            .filter(|(_, units)| is_small(units))
            .map(|(kind, units)| (open.get(&kind).copied().unwrap_or_default(), units))
            .collect();
        let given_away = |units: &Set| is_small(units) && sums.hold(units);
        // None and one of them, then two, each with what it adds up to.
        let mut pairs: BTreeMap<u64, Vec<Set>> = BTreeMap::new();
        pairs.entry(0).or_default().push(Set::default());
        for (place, (value, units)) in few.iter().enumerate() {
            pairs.entry(*value).or_default().push(units.clone());
            for (other, more) in few.iter().skip(place + 1) {
                let sum = (value + other) % PRIME;
                pairs.entry(sum).or_default().push(units.or(more));
            }
        }
        pairs.iter().any(|(value, sets)| {
            let opposite = pairs.get(&((PRIME - value) % PRIME));
            opposite.into_iter().flatten().any(|other| {
                sets.iter().any(|set| {
                    set.common(other) == 0 && !(set.is_empty() && other.is_empty()) && {
                        let both = set.or(other);
                        given_away(&both)
                    }
                })
            })
        })
    }

    fn search(&self, group: &Set, own: usize, kinds: &[usize]) -> Option<Set> {
        let rows = |unit: usize| -> Vec<usize> {
            let all = self.rows.iter().enumerate();
            all.filter(|(_, row)| row.units.has(unit))
                .map(|(place, _)| place)
                .collect()
        };
        let rows_of: Vec<Vec<usize>> = (0..self.count).map(rows).collect();
        let counts = self.rows.iter().map(|row| self.truth.common(&row.units));
        let counts: Vec<usize> = counts.collect();
        for depth in DEPTHS {
            let mut search = Search {
                rows: &self.rows,
                rows_of: &rows_of,
                group,
                own,
                kinds,
                left: STEPS,
                world: self.truth.clone(),
                flipped: Set::default(),
                counts: counts.clone(),
            };
            let mut tried: Set = Set::default();
            for unit in group.places() {
                let kind = kinds.get(unit).copied().unwrap_or_default();
                let key = 2 * kind + usize::from(self.truth.has(unit));
                if tried.has(key) {
                    continue;
                }
                tried.add(key);
                if search.step(unit, depth) {
                    return Some(search.world);
                }
            }
        }
        None
    }
}

/// A search for another world, from the one there is: change one visit of the group, then another for every number that
/// is off.
struct Search<'a> {
    rows: &'a [Row],
    /// By visit, the rows it stands in.
    rows_of: &'a [Vec<usize>],
    group: &'a Set,
    own: usize,
    kinds: &'a [usize],
    left: usize,
    world: Set,
    flipped: Set,
    /// By row, how many of its visits saw it in this world.
    counts: Vec<usize>,
}

impl Search<'_> {
    /// Changes a visit and goes on; takes it back when that leads nowhere.
    fn step(&mut self, unit: usize, depth: usize) -> bool {
        self.turn(unit);
        self.flipped.add(unit);
        let is_there = self.mend(depth.saturating_sub(1));
        if !is_there {
            self.turn(unit);
            self.flipped.flip(unit);
        }
        is_there
    }

    fn turn(&mut self, unit: usize) {
        self.world.flip(unit);
        let is_on = self.world.has(unit);
        for row in self.rows_of.get(unit).into_iter().flatten() {
            if let Some(count) = self.counts.get_mut(*row) {
                *count = if is_on { *count + 1 } else { *count - 1 };
            }
        }
    }

    fn mend(&mut self, depth: usize) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        let off = self.rows.iter().zip(&self.counts);
        let off: Vec<(&Row, bool)> = off
            .filter(|(row, count)| row.off(**count) > 0)
            .map(|(row, count)| (row, *count > row.most))
            .collect();
        if off.is_empty() {
            return self.world.common(self.group) != self.own;
        }
        if depth == 0 {
            return false;
        }
        let ways = off
            .into_iter()
            .map(|(row, is_too_many)| self.ways(row, is_too_many));
        let mut ways = ways.min_by_key(Vec::len).unwrap_or_default();
        ways.sort_unstable();
        // One by one, those first after which the least is off.
        ways.into_iter().any(|(_, unit)| self.step(unit, depth))
    }

    /// The visits of a row that could be changed to mend it, one of each kind, with how much more would be off afterwards.
    fn ways(&self, row: &Row, is_too_many: bool) -> Vec<(isize, usize)> {
        let mut tried = Set::default();
        let mut ways = Vec::new();
        for unit in row.units.places() {
            if self.flipped.has(unit) || self.world.has(unit) != is_too_many {
                continue;
            }
            let kind = self.kinds.get(unit).copied().unwrap_or_default();
            if tried.has(kind) {
                continue;
            }
            tried.add(kind);
            ways.push((self.worse(unit, is_too_many), unit));
        }
        ways
    }

    /// By how much more the rows of a visit would be off once it is changed.
    fn worse(&self, unit: usize, is_on: bool) -> isize {
        let of_unit = self.rows_of.get(unit).into_iter().flatten();
        let change = of_unit.filter_map(|place| {
            let (row, count) = (self.rows.get(*place)?, *self.counts.get(*place)?);
            let then = if is_on { count - 1 } else { count + 1 };
            Some(row.off(then).cast_signed() - row.off(count).cast_signed())
        });
        change.sum()
    }
}

/// What can be made of rows by adding them and taking them from each other, modulo a prime.
struct Sums {
    /// By kind, one visit of it.
    visits: Vec<(usize, usize)>,
    /// Rows that do not come from others, each with the place where it is one and all before it are not.
    basis: Vec<(usize, Vec<u64>)>,
}

impl Sums {
    fn of(rows: &[Row], kinds: &[usize]) -> Self {
        let mut of_kind: BTreeMap<usize, usize> = BTreeMap::new();
        for (unit, kind) in kinds.iter().enumerate() {
            of_kind.entry(*kind).or_insert(unit);
        }
        let mut sums = Self {
            visits: of_kind.into_iter().collect(),
            basis: Vec::new(),
        };
        for row in rows.iter().filter(|row| row.least == row.most) {
            let rest = reduced(sums.vector(&row.units), &sums.basis);
            if let Some(pivot) = rest.iter().position(|value| *value != 0) {
                let scale = inverse(rest.get(pivot).copied().unwrap_or(1));
                let rest = rest.iter().map(|value| value * scale % PRIME).collect();
                sums.basis.push((pivot, rest));
            }
        }
        sums
    }

    fn vector(&self, set: &Set) -> Vec<u64> {
        let visits = self.visits.iter();
        visits.map(|(_, unit)| u64::from(set.has(*unit))).collect()
    }

    /// Whether a set is a sum. Of each kind it has all visits or none.
    fn hold(&self, set: &Set) -> bool {
        let rest = reduced(self.vector(set), &self.basis);
        rest.iter().all(|value| *value == 0)
    }

    /// A number for each kind such that every row adds up to nothing, and otherwise without any order.
    fn left_open(&self) -> BTreeMap<usize, u64> {
        let mut numbers: Vec<u64> = (1..=self.visits.len() as u64)
            .map(|place| {
                let mixed = place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) % PRIME
            })
            .collect();
        for (pivot, row) in self.basis.iter().rev() {
            let others = row.iter().zip(&numbers).enumerate();
            let others = others.filter(|(place, _)| place != pivot);
            let sum = others.fold(0, |sum, (_, (by, number))| (sum + by * number) % PRIME);
            if let Some(own) = numbers.get_mut(*pivot) {
                *own = (PRIME - sum) % PRIME;
            }
        }
        let kinds = self.visits.iter().map(|(kind, _)| *kind);
        kinds.zip(numbers).collect()
    }
}

fn reduced(mut vector: Vec<u64>, basis: &[(usize, Vec<u64>)]) -> Vec<u64> {
    for (pivot, row) in basis {
        let times = vector.get(*pivot).copied().unwrap_or_default();
        if times != 0 {
            for (value, by) in vector.iter_mut().zip(row) {
                *value = (*value + (PRIME - times) * by) % PRIME;
            }
        }
    }
    vector
}

fn inverse(value: u64) -> u64 {
    let (mut base, mut power, mut product) = (value % PRIME, PRIME - 2, 1);
    while power > 0 {
        if power & 1 == 1 {
            product = product * base % PRIME;
        }
        base = base * base % PRIME;
        power >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(places: &[usize]) -> Set {
        places.iter().copied().collect()
    }

    fn row(places: &[usize], count: usize) -> Row {
        Row {
            units: set(places),
            least: count,
            most: count,
        }
    }

    #[test]
    fn what_is_left_of_a_total_is_given_away() {
        let truth = set(&[0, 1, 4]);
        let rows = vec![row(&[0, 1, 2, 3, 4, 5], 3), row(&[0, 1, 2, 3], 2)];
        let mut worlds = Worlds::new(6, truth, rows);
        assert!(!worlds.is_open(&set(&[4, 5])));
        assert!(worlds.is_open(&set(&[4])));
        assert!(worlds.is_open(&set(&[0])));
    }

    #[test]
    fn all_seen_gives_everyone_away_without_any_subtraction() {
        let rows = vec![row(&[0, 1, 2], 3)];
        let mut worlds = Worlds::new(3, set(&[0, 1, 2]), rows);
        assert!(!worlds.is_open(&set(&[1])));
        let coded = vec![Row {
            units: set(&[0, 1, 2]),
            least: 2,
            most: 3,
        }];
        assert!(worlds.showing(coded).is_open(&set(&[1])));
    }

    #[test]
    fn what_is_left_beside_cells_of_different_ways_is_found_too() {
        // A whole, a phase within it and a subject beside that phase: two visits are in neither.
        let rows = vec![
            row(&[0, 1, 2, 3, 4, 5, 6, 7], 4),
            row(&[0, 1, 2], 2),
            row(&[3, 4, 5], 1),
        ];
        let worlds = Worlds::new(8, set(&[0, 1, 3, 6]), rows.clone());
        assert!(worlds.gives_away_a_handful(|units| units.len() < 3));
        assert!(!worlds.gives_away_a_handful(|units| units.len() < 2));
        let worlds = worlds.showing(rows.into_iter().skip(1).collect());
        assert!(!worlds.gives_away_a_handful(|units| units.len() < 3));
    }

    #[test]
    fn margins_of_a_table_are_safe_while_seen_and_unseen_can_change_places() {
        // Two by two, both margins shown, and one visit in each place.
        let margins = |columns: [usize; 2]| {
            vec![
                row(&[0, 1], 1),
                row(&[2, 3], 1),
                row(&[0, 2], columns[0]),
                row(&[1, 3], columns[1]),
            ]
        };
        let mut worlds = Worlds::new(4, set(&[0, 3]), margins([1, 1]));
        assert!(worlds.is_open(&set(&[0])));
        let mut worlds = Worlds::new(4, set(&[0, 2]), margins([2, 0]));
        assert!(!worlds.is_open(&set(&[0])));
    }
}
