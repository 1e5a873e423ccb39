//! Somebody who wants to know what was seen in one class, and knows everything else: the plan of the walk, who teaches
//! what, and even who looked at what. They read what is published, as JSON, and reckon.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::pattern::Unit;

/// A published number: of these visits (by place) at least and at most so many.
struct Known {
    visits: Vec<usize>,
    least: u64,
    most: u64,
}

/// What is published of one criterion.
struct Criterion {
    key: String,
    looked: Vec<usize>,
    known: Vec<Known>,
    /// The visits of each hidden cell.
    hidden: Vec<Vec<usize>>,
}

pub(super) struct Adversary<'a> {
    units: &'a [Unit],
    criteria: Vec<Criterion>,
}

impl<'a> Adversary<'a> {
    pub(super) fn of(units: &'a [Unit], published: &BTreeMap<String, Value>) -> Self {
        let mut criteria = Vec::new();
        for (name, value) in published {
            let Some(key) = name.strip_prefix("criteria.") else {
                continue;
            };
            let looked: Vec<usize> = (0..units.len())
                .filter(|place| units[*place].marks.contains_key(key))
                .collect();
            let (mut known, mut hidden) = (Vec::new(), Vec::new());
            for (by, cells) in value["cells"].as_object().unwrap() {
                let groups = &published[&format!("groups.{by}")]["groups"];
                for (group, cell) in cells.as_array().unwrap().iter().enumerate() {
                    let name = groups[group]["name"].as_str().unwrap();
                    let visits: Vec<usize> = looked
                        .iter()
                        .copied()
                        .filter(|place| is_in(&units[*place], by, name))
                        .collect();
                    if cell["state"] == "shown" {
                        assert_eq!(cell["looked"], visits.len(), "{key} {by} {name}");
                        known.push(Known {
                            visits,
                            least: cell["least"].as_u64().unwrap(),
                            most: cell["most"].as_u64().unwrap(),
                        });
                    } else {
                        hidden.push(visits);
                    }
                }
            }
            criteria.push(Criterion {
                key: key.into(),
                looked,
                known,
                hidden,
            });
        }
        Self { units, criteria }
    }

    /// Everything that can be worked out about fewer than `least` classes or teachers, by sums and by trying every world.
    pub(super) fn found(&self, least: usize) -> Vec<String> {
        let mut found = self.found_by_sums(least);
        for criterion in &self.criteria {
            let targets = self.targets(criterion, least);
            let mut seen: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); targets.len()];
            for world in 0u32..1 << criterion.looked.len() {
                let sum = |visits: &[usize]| {
                    let on = |visit: &usize| {
                        let bit = criterion
                            .looked
                            .iter()
                            .position(|one| one == visit)
                            .unwrap();
                        world >> bit & 1
                    };
                    visits.iter().map(on).sum::<u32>()
                };
                let fits = criterion.known.iter().all(|known| {
                    (known.least..=known.most).contains(&u64::from(sum(&known.visits)))
                });
                if fits {
                    for (target, values) in targets.iter().zip(&mut seen) {
                        values.insert(sum(target));
                    }
                }
            }
            for (target, values) in targets.iter().zip(seen) {
                if values.len() < 2 {
                    found.push(format!("{} of {target:?} is {values:?}", criterion.key));
                }
            }
        }
        found
    }

    /// What the exact numbers alone give away when they are added and taken from each other.
    pub(super) fn found_by_sums(&self, least: usize) -> Vec<String> {
        let mut found = Vec::new();
        for criterion in &self.criteria {
            let vector = |visits: &[usize]| -> Vec<Fraction> {
                let of = |visit: &usize| Fraction::whole(i128::from(visits.contains(visit)));
                criterion.looked.iter().map(of).collect()
            };
            let mut basis: Vec<(usize, Vec<Fraction>)> = Vec::new();
            for known in criterion
                .known
                .iter()
                .filter(|known| known.least == known.most)
            {
                let rest = without(vector(&known.visits), &basis);
                if let Some(pivot) = rest.iter().position(|value| value.0 != 0) {
                    let by = rest[pivot];
                    basis.push((pivot, rest.iter().map(|value| value.over(by)).collect()));
                }
            }
            let mut targets = self.targets(criterion, least);
            targets.extend(self.handfuls(criterion, least));
            for target in targets {
                if without(vector(&target), &basis)
                    .iter()
                    .all(|value| value.0 == 0)
                {
                    found.push(format!("{} of {target:?} is a sum", criterion.key));
                }
            }
        }
        found
    }

    /// The sets of visits that must stay unknown: hidden cells, visits, classes, teachers, and what two published cells have
    /// in common or differ by, when they are of too few.
    fn targets(&self, criterion: &Criterion, least: usize) -> BTreeSet<Vec<usize>> {
        let mut targets: BTreeSet<Vec<usize>> = criterion.hidden.iter().cloned().collect();
        for visit in &criterion.looked {
            let own = &self.units[*visit];
            let alike = |is: &dyn Fn(&Unit) -> bool| -> Vec<usize> {
                let all = criterion.looked.iter().copied();
                all.filter(|place| is(&self.units[*place])).collect()
            };
            targets.insert(vec![*visit]);
            targets.insert(alike(&|unit| unit.class == own.class));
            for teacher in &own.teachers {
                targets.insert(alike(&|unit| unit.teachers.contains(teacher)));
            }
        }
        let cells = || criterion.known.iter().map(|known| &known.visits);
        for one in cells() {
            for other in cells() {
                let (in_both, in_one): (Vec<usize>, Vec<usize>) =
                    one.iter().partition(|visit| other.contains(visit));
                targets.extend([in_both, in_one]);
            }
        }
        targets.retain(|visits| !visits.is_empty() && self.people(visits) < least);
        targets
    }

    /// Any one to four visits, where there are few enough to try all.
    fn handfuls(&self, criterion: &Criterion, least: usize) -> BTreeSet<Vec<usize>> {
        let mut all: BTreeSet<Vec<usize>> = BTreeSet::new();
        if criterion.looked.len() > 16 {
            return all;
        }
        let mut last: Vec<Vec<usize>> = vec![Vec::new()];
        for _ in 0..4 {
            let longer = last.iter().flat_map(|set| {
                let after = set.last().copied();
                let next = criterion
                    .looked
                    .iter()
                    .filter(move |visit| Some(**visit) > after);
                next.map(|visit| [set.as_slice(), &[*visit]].concat())
            });
            last = longer.collect();
            all.extend(last.iter().filter(|set| self.people(set) < least).cloned());
        }
        all
    }

    fn people(&self, visits: &[usize]) -> usize {
        let classes: BTreeSet<_> = visits
            .iter()
            .map(|visit| self.units[*visit].class)
            .collect();
        let teachers = visits.iter().flat_map(|visit| &self.units[*visit].teachers);
        classes.len().min(teachers.collect::<BTreeSet<_>>().len())
    }
}

/// Whether a visit is in a published group, by its name: “Art and Music”, “Year 1 to Year 4”.
fn is_in(unit: &Unit, by: &str, name: &str) -> bool {
    let part = ["Opening", "Main part", "Plenary"];
    match by {
        "all" => true,
        "phase" => names(name).contains(&unit.phase.as_str()),
        "subject" => names(name).contains(&unit.subject.as_str()),
        "part" => {
            let own = crate::visit::Part::ALL
                .iter()
                .position(|one| *one == unit.part)
                .unwrap();
            let at = |name: &str| part.iter().position(|one| *one == name).unwrap();
            let (first, last) = name.split_once(" to ").unwrap_or((name, name));
            (at(first)..=at(last)).contains(&own)
        }
        "year_group" => {
            let number = |name: &str| name.trim_start_matches("Year ").parse::<u32>().unwrap();
            let (first, last) = name.split_once(" to ").unwrap_or((name, name));
            (number(first)..=number(last)).contains(&number(&unit.year_group))
        }
        other => panic!("a way nobody knows: {other}"),
    }
}

fn names(name: &str) -> Vec<&str> {
    name.split(", ")
        .flat_map(|part| part.split(" and "))
        .collect()
}

/// A fraction in its lowest terms.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fraction(i128, i128);

impl Fraction {
    fn whole(value: i128) -> Self {
        Self(value, 1)
    }

    fn new(above: i128, below: i128) -> Self {
        let (mut a, mut b) = (above.abs(), below.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if below < 0 { -1 } else { 1 };
        Self(sign * above / a.max(1), sign * below / a.max(1))
    }

    fn over(self, by: Self) -> Self {
        Self::new(self.0 * by.1, self.1 * by.0)
    }

    fn less(self, times: Self, other: Self) -> Self {
        let product = Self::new(times.0 * other.0, times.1 * other.1);
        Self::new(self.0 * product.1 - product.0 * self.1, self.1 * product.1)
    }
}

fn without(mut vector: Vec<Fraction>, basis: &[(usize, Vec<Fraction>)]) -> Vec<Fraction> {
    for (pivot, row) in basis {
        let times = vector[*pivot];
        if times.0 != 0 {
            for (value, by) in vector.iter_mut().zip(row) {
                *value = value.less(times, *by);
            }
        }
    }
    vector
}
