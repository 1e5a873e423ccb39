//! Made-up schools: classes with their year groups and phases, subjects, parts of lessons, and marks.

use proptest::prelude::*;

use super::*;
use crate::TemplateId;
use crate::template::{Criterion, Section as FormSection, Template};
use crate::visit::Part;

pub(super) struct School {
    pub(super) units: Vec<Unit>,
}

const PARTS: [Part; 3] = Part::ALL;
const SUBJECTS: [&str; 6] = [
    "English",
    "Mathematics",
    "Science",
    "Art",
    "Music",
    "Cooking",
];

pub(super) fn unit(number: u128, phase: &str, year: &str, subject: &str, part: Part) -> Unit {
    Unit {
        class: ClassId::from_uuid(Uuid::from_u128(2_000 + number)),
        teachers: vec![PersonId::from_uuid(Uuid::from_u128(100 + number))],
        phase: phase.into(),
        year_group: year.into(),
        part,
        subject: subject.into(),
        marks: BTreeMap::new(),
        comments: Vec::new(),
        went_well: Vec::new(),
        even_better_if: Vec::new(),
    }
}

/// Numbers in a fixed row that look like chance.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

impl School {
    /// So many classes in three phases and thirteen year groups.
    pub(super) fn of(classes: u128, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let units = (0..classes).map(|number| {
            let year = 1 + number * 13 / classes;
            let phase = match year {
                1..=6 => "Primary",
                7..=11 => "Secondary",
                _ => "Post-16",
            };
            let subject = SUBJECTS[chance.next(6) as usize];
            let part = PARTS[chance.next(3) as usize];
            let mut unit = unit(number, phase, &format!("Year {year}"), subject, part);
            for criterion in CRITERIA {
                match chance.next(10) {
                    0 => {}
                    1..=3 => drop(unit.marks.insert(criterion.into(), false)),
                    _ => drop(unit.marks.insert(criterion.into(), true)),
                }
            }
            unit
        });
        Self {
            units: units.collect(),
        }
    }

    /// Phases with so many classes each, one year group in each and one subject for all.
    pub(super) fn phases(phases: &[(&str, usize)]) -> Self {
        let mut units = Vec::new();
        for (phase, count) in phases {
            for _ in 0..*count {
                let number = units.len() as u128;
                let year = match *phase {
                    "Primary" => "Year 1",
                    "Secondary" => "Year 7",
                    _ => "Year 12",
                };
                let mut own = unit(number, phase, year, "English", Part::Main);
                own.marks = CRITERIA
                    .iter()
                    .enumerate()
                    .map(|(place, key)| ((*key).to_owned(), (units.len() + place) % 3 != 0))
                    .collect();
                units.push(own);
            }
        }
        Self { units }
    }

    pub(super) fn collate(&self, threshold: usize) -> Pattern {
        let walk = WalkId::from_uuid(Uuid::from_u128(4_001));
        Pattern::collate(walk, &form(), &self.units, threshold, &Mask::default())
    }

    pub(super) fn looked(&self, criterion: &str) -> Vec<&Unit> {
        let all = self.units.iter();
        all.filter(|unit| unit.marks.contains_key(criterion))
            .collect()
    }
}

pub(super) const CRITERIA: [&str; 4] = ["a1", "a2", "b1", "b2"];

fn form() -> Template {
    let section = |key: &str| FormSection {
        key: key.into(),
        title: key.to_uppercase(),
        criteria: CRITERIA
            .iter()
            .filter(|own| own.starts_with(key))
            .map(|own| Criterion {
                key: (*own).into(),
                text: format!("Criterion {own}"),
                guidance: None,
                split_from: None,
            })
            .collect(),
        prompts: Vec::new(),
    };
    Template {
        id: TemplateId::from_uuid(Uuid::from_u128(5_001)),
        name: "Form".into(),
        version: 1,
        is_frozen: true,
        follows: None,
        based_on: None,
        is_away: false,
        sections: vec![section("a"), section("b")],
    }
}

/// Schools small enough to try every world: at most 12 visits.
pub(super) fn small() -> impl Strategy<Value = Vec<Unit>> {
    units(4..13)
}

/// Schools of so many visits. Some classes are visited twice, some teachers have two classes.
pub(super) fn units(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Unit>> {
    let one = (
        0u128..40,
        0usize..3,
        0u8..6,
        0usize..3,
        prop::collection::vec(0u8..8, 4),
        0u128..3,
    );
    prop::collection::vec(one, count).prop_map(|visits| {
        let place = |number: u128, salt: u128| (number * 7 + salt) % 3;
        visits
            .into_iter()
            .map(|(number, subject, _, part, marks, _)| {
                // Phase and year group belong to the class, so two visits to one have the same.
                let phase = ["Lower", "Middle", "Upper"][place(number, 1) as usize];
                let year = format!("Year {}", place(number, 1) * 2 + number % 2);
                let mut own = unit(number, phase, &year, SUBJECTS[subject], PARTS[part]);
                if number % 5 == 0 {
                    own.teachers = vec![PersonId::from_uuid(Uuid::from_u128(150 + number % 10))];
                }
                for (criterion, mark) in CRITERIA.iter().zip(marks) {
                    match mark {
                        0 => {}
                        1..=2 => drop(own.marks.insert((*criterion).into(), false)),
                        _ => drop(own.marks.insert((*criterion).into(), true)),
                    }
                }
                own
            })
            .collect()
    })
}
