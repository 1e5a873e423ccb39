//! What one visit brings to a pattern, and the groups it falls into.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::observation::{Mark, Observation};
use crate::visit::{Part, Visit};
use crate::{ClassId, PersonId};

use super::set::Set;

/// By what visits are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(rename = "PatternBy"))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// All visits of the walk.
    All,
    /// The phase or department of the class.
    Phase,
    /// The part of the lesson.
    Part,
    /// The year group of the class.
    YearGroup,
    /// The subject.
    Subject,
}

impl By {
    /// Every way, that of all visits first.
    pub const EVERY: [Self; 5] = [
        Self::All,
        Self::Phase,
        Self::Part,
        Self::YearGroup,
        Self::Subject,
    ];

    /// Whether its groups have an order, so that only neighbours are put together.
    fn is_ordered(self) -> bool {
        matches!(self, Self::YearGroup | Self::Part)
    }
}

/// One visit: where it was, and what was marked and said on it. The teachers of its class serve to count how many people a
/// number rests on, and go no further (R9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Which class.
    pub class: ClassId,
    /// Who teaches it.
    pub teachers: Vec<PersonId>,
    /// The phase or department of the class.
    pub phase: String,
    /// Its year group.
    pub year_group: String,
    /// The part of the lesson.
    pub part: Part,
    /// The subject.
    pub subject: String,
    /// By criterion, whether it was seen. A criterion nobody looked at is not here.
    pub marks: BTreeMap<String, bool>,
    /// What was written under each section.
    pub comments: Vec<(String, String)>,
    /// What went well.
    pub went_well: Vec<String>,
    /// Even better if.
    pub even_better_if: Vec<String>,
}

impl Unit {
    /// One visit with its finished observations. A criterion counts as looked at when any observer marked it, and as seen
    /// when any of them saw it: two observers stand in different places, and what one saw was there. So a visit counts
    /// once, however many observed.
    pub fn of(visit: &Visit, class: &Class, observations: &[Observation]) -> Self {
        let finished = || observations.iter().filter(|o| o.finished_at.is_some());
        let mut marks: BTreeMap<String, bool> = BTreeMap::new();
        for (criterion, mark) in finished().flat_map(|o| &o.marks) {
            *marks.entry(criterion.clone()).or_default() |= *mark == Mark::Seen;
        }
        Self {
            class: visit.class,
            teachers: visit.teachers(Some(class)).to_vec(),
            phase: said(&class.phase),
            year_group: said(&class.year_group),
            part: visit.part,
            subject: said(&visit.subject),
            marks,
            comments: finished()
                .flat_map(|o| o.comments.clone().into_iter())
                .collect(),
            went_well: finished()
                .flat_map(|o| o.went_well.iter().map(|line| line.text.clone()))
                .collect(),
            even_better_if: finished()
                .flat_map(|o| o.even_better_if.iter().map(|line| line.text.clone()))
                .collect(),
        }
    }

    fn group(&self, by: By) -> String {
        match by {
            By::All => "All".into(),
            By::Phase => self.phase.clone(),
            By::YearGroup => self.year_group.clone(),
            By::Part => match self.part {
                Part::Opening => "Opening".into(),
                Part::Main => "Main part".into(),
                Part::Plenary => "Plenary".into(),
            },
            By::Subject => self.subject.clone(),
        }
    }
}

fn said(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        "Not said".into()
    } else {
        text.into()
    }
}

/// Who is behind the visits of a walk: counts how many classes and teachers a set of them rests on.
pub(super) struct Crowd {
    /// By visit: its class, and its teachers, each as a number.
    behind: Vec<(usize, Set)>,
}

impl Crowd {
    pub(super) fn of(units: &[Unit]) -> Self {
        let mut classes: BTreeMap<ClassId, usize> = BTreeMap::new();
        // A class with no teacher counts as a teacher of its own.
        let mut teachers: BTreeMap<Result<PersonId, ClassId>, usize> = BTreeMap::new();
        let behind = units.iter().map(|unit| {
            let next = classes.len();
            let class = *classes.entry(unit.class).or_insert(next);
            let own = unit.teachers.iter().map(|teacher| Ok(*teacher));
            let untaught = unit.teachers.is_empty().then_some(Err(unit.class));
            let own = own.chain(untaught).map(|teacher| {
                let next = teachers.len();
                *teachers.entry(teacher).or_insert(next)
            });
            (class, own.collect())
        });
        Self {
            behind: behind.collect(),
        }
    }

    /// How many classes a set of visits rests on, or teachers where they are fewer: five classes of one teacher are about
    /// one teacher (R9, R14).
    pub(super) fn weight(&self, set: &Set) -> usize {
        let mut teachers = Set::default();
        for (_, own) in self.of_set(set) {
            teachers = teachers.or(own);
        }
        self.classes(set).min(teachers.len())
    }

    /// How many classes a set of visits went to.
    pub(super) fn classes(&self, set: &Set) -> usize {
        let classes: Set = self.of_set(set).map(|(class, _)| *class).collect();
        classes.len()
    }

    fn of_set(&self, set: &Set) -> impl Iterator<Item = &(usize, Set)> {
        set.places().filter_map(|place| self.behind.get(place))
    }
}

/// A group of visits that are shown together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grouped {
    pub(super) names: Vec<String>,
    pub(super) units: Set,
}

impl Grouped {
    /// Puts another group into this one.
    fn take(&mut self, other: Self) {
        self.names.extend(other.names);
        self.units = self.units.or(&other.units);
    }

    pub(super) fn name(&self, by: By) -> String {
        match (self.names.as_slice(), by.is_ordered()) {
            ([first, .., last], true) => format!("{first} to {last}"),
            ([one], _) => one.clone(),
            ([names @ .., last], false) => format!("{} and {last}", names.join(", ")),
            ([], _) => String::new(),
        }
    }
}

/// The groups of a walk, each of at least `least` classes. Where they have an order, a smaller one is put together with its
/// smaller neighbour; otherwise all smaller ones with each other, and with the smallest of the rest when that is still too
/// little. Fewer than two groups say nothing that the whole does not.
pub(super) fn grouped(units: &[Unit], crowd: &Crowd, by: By, least: usize) -> Vec<Grouped> {
    let mut by_name: BTreeMap<String, Set> = BTreeMap::new();
    for (place, unit) in units.iter().enumerate() {
        by_name.entry(unit.group(by)).or_default().add(place);
    }
    let groups = by_name.into_iter().map(|(name, units)| Grouped {
        names: vec![name],
        units,
    });
    let mut groups: Vec<Grouped> = groups.collect();
    groups.sort_by_cached_key(|group| order(units, by, group));
    if by.is_ordered() {
        join_neighbours(&mut groups, crowd, least);
    } else {
        groups = join_small(groups, crowd, least);
    }
    if groups.len() < 2 && by != By::All {
        groups.clear();
    }
    groups
}

fn join_neighbours(groups: &mut Vec<Grouped>, crowd: &Crowd, least: usize) {
    while groups.len() > 1 {
        let sizes: Vec<usize> = groups.iter().map(|g| crowd.weight(&g.units)).collect();
        let smallest = sizes.iter().enumerate().min_by_key(|(_, size)| **size);
        let Some((place, _)) = smallest.filter(|(_, size)| **size < least) else {
            return;
        };
        let others = sizes.iter().enumerate();
        let neighbours = others.filter(|(other, _)| other.abs_diff(place) == 1);
        let Some((other, _)) = neighbours.min_by_key(|(_, size)| **size) else {
            return;
        };
        let taken = groups.remove(place.max(other));
        if let Some(group) = groups.get_mut(place.min(other)) {
            group.take(taken);
        }
    }
}

fn join_small(groups: Vec<Grouped>, crowd: &Crowd, least: usize) -> Vec<Grouped> {
    let is_enough = |group: &Grouped| crowd.weight(&group.units) >= least;
    let (mut large, small): (Vec<Grouped>, Vec<Grouped>) = groups.into_iter().partition(is_enough);
    let joined = small.into_iter().reduce(|mut all, group| {
        all.take(group);
        all
    });
    let Some(joined) = joined else {
        return large;
    };
    let smallest = large
        .iter_mut()
        .min_by_key(|group| crowd.weight(&group.units));
    match smallest {
        Some(smallest) if !is_enough(&joined) => smallest.take(joined),
        _ => large.push(joined),
    }
    large
}

/// Where a group stands: parts as in a lesson, year groups by their first number, phases by their youngest year group, the
/// rest by name; what was not said comes last.
fn order(units: &[Unit], by: By, group: &Grouped) -> (i64, String) {
    let name = group.names.first().cloned().unwrap_or_default();
    let place = match (by, name.as_str()) {
        (_, "Not said") => i64::MAX,
        (By::Part, "Opening") => 0,
        (By::Part, "Main part") => 1,
        (By::Part, _) => 2,
        (By::YearGroup, _) => year(&name),
        (By::Phase, _) => {
            let own = units.iter().enumerate();
            let own = own.filter(|(place, _)| group.units.has(*place));
            own.map(|(_, unit)| year(&unit.year_group))
                .min()
                .unwrap_or(i64::MAX)
        }
        _ => 0,
    };
    (place, name)
}

/// A year group as a number.
fn year(name: &str) -> i64 {
    let lower = name.to_lowercase();
    if lower.contains("nursery") {
        return -2;
    }
    if lower.contains("reception") {
        return -1;
    }
    let digits: String = lower
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(i64::MAX)
}
