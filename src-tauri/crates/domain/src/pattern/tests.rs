//! What is shown of made-up schools, and an adversary who knows everything but what was seen: who was visited, where, in
//! what, and who looked at what. It shares no code with the rules: it takes the published fields as JSON, tries sums
//! (elimination over whole fractions) and, in small schools, every world there could be.

mod adversary;
mod school;

use adversary::Adversary;
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::*;
use crate::{ClassId, Field, Kind, PersonId, Record, Stamp};
use school::{School, small, units};

fn published(pattern: &Pattern) -> Record {
    let mut record = Record::new(pattern.id(), Kind::Pattern);
    let stamp = Stamp::new(1, 0, [0; 6]);
    let mut fields = pattern.fields();
    fields.push(("made_at".into(), json!("2026-11-20T16:00:00Z")));
    for (name, value) in fields {
        let shape = crate::field::shape_of(&Kind::Pattern, &name).expect("declared");
        shape.check(&name, &value).expect("fits");
        record.put(&name, Field { value, stamp });
    }
    record
}

/// The published fields, as anybody on the wire reads them.
fn wire(pattern: &Pattern) -> BTreeMap<String, Value> {
    let fields = published(pattern).fields;
    let plain = fields.into_iter().map(|(name, field)| {
        let text = field.value.to_string();
        (name, serde_json::from_str(&text).unwrap())
    });
    plain.collect()
}

fn shown(cell: Cell) -> Option<(u32, u32, u32)> {
    match cell {
        Cell::Shown {
            least,
            most,
            looked,
            ..
        } => Some((least, most, looked)),
        _ => None,
    }
}

#[test]
fn a_pattern_is_read_as_it_was_published() {
    let school = School::of(14, 11);
    let mut pattern = school.collate(5);
    let read = Pattern::read(&published(&pattern)).unwrap();
    pattern.made_at = read.made_at;
    assert_eq!(read, pattern);
}

#[test]
fn the_same_visits_in_any_order_give_the_same_numbers() {
    let mut school = School::of(20, 5);
    let one = school.collate(5);
    school.units.reverse();
    let other = school.collate(5);
    assert_eq!(one.groups, other.groups);
    let count = |pattern: &Pattern| -> usize {
        let lines = pattern.sections.iter().flat_map(|section| &section.lines);
        lines
            .flat_map(|line| line.cells.values().flatten())
            .filter(|cell| shown(**cell).is_some())
            .count()
    };
    assert!(count(&one) > 0 && count(&other) > 0);
}

#[test]
fn a_visit_counts_once_and_two_observers_see_more_than_one() {
    let school = School::of(12, 3);
    let pattern = school.collate(3);
    let all = pattern.sections[0].lines[0].cell(By::All, 0);
    let looked = school.looked("a1").len();
    assert_eq!(shown(all).unwrap().2 as usize, looked);
}

#[test]
fn small_groups_are_put_together_until_each_rests_on_enough_classes() {
    let school = School::phases(&[("Primary", 6), ("Secondary", 5), ("Post-16", 3)]);
    let pattern = school.collate(5);
    let phases = &pattern.groups[&By::Phase];
    let names: Vec<_> = phases
        .iter()
        .map(|g| (g.name.as_str(), g.classes))
        .collect();
    assert_eq!(names, [("Primary", 6), ("Secondary and Post-16", 8)]);
    for groups in pattern.groups.values() {
        assert!(groups.iter().all(|group| group.classes >= 5), "{groups:?}");
    }
}

#[test]
fn five_classes_of_one_teacher_are_about_one_teacher() {
    let mut school = School::phases(&[("Primary", 8), ("Secondary", 8)]);
    let one = PersonId::from_uuid(Uuid::from_u128(1));
    for unit in school.units.iter_mut().skip(8) {
        unit.teachers = vec![one];
    }
    let pattern = school.collate(5);
    // The secondary classes stand for one teacher, so they are put together with the others, and the whole is all there is.
    assert!(!pattern.groups.contains_key(&By::Phase));
}

#[test]
fn where_all_saw_it_or_none_two_numbers_are_said() {
    let mut school = School::phases(&[("Primary", 8)]);
    for unit in &mut school.units {
        unit.marks = [("a1".to_owned(), true), ("a2".to_owned(), false)].into();
    }
    let pattern = school.collate(5);
    let lines = &pattern.sections[0].lines;
    assert_eq!(shown(lines[0].cell(By::All, 0)), Some((7, 8, 8)));
    assert_eq!(shown(lines[1].cell(By::All, 0)), Some((0, 1, 8)));
    assert_eq!(
        shown(pattern.sections[0].cell(By::All, 0)),
        Some((7, 9, 16))
    );
}

#[test]
fn a_criterion_that_few_looked_at_is_hidden_and_so_is_what_would_give_it_away() {
    let mut school = School::phases(&[("Primary", 6), ("Secondary", 6)]);
    // Two of the secondary classes were not looked at for this.
    for unit in school.units.iter_mut().skip(10) {
        unit.marks.remove("a1");
    }
    for (place, unit) in school.units.iter_mut().enumerate().take(10) {
        unit.marks.insert("a1".into(), place % 2 == 0);
    }
    let pattern = school.collate(5);
    let line = &pattern.sections[0].lines[0];
    assert_eq!(line.cell(By::Phase, 1), Cell::Few);
    assert_eq!(line.cell(By::Phase, 0), Cell::Protects);
    assert!(shown(line.cell(By::All, 0)).is_some());
}

#[test]
fn without_the_second_hiding_the_adversary_finds_the_hidden_cell() {
    let mut school = School::phases(&[("Primary", 6), ("Secondary", 6)]);
    for unit in school.units.iter_mut().skip(10) {
        unit.marks.remove("a1");
    }
    for (place, unit) in school.units.iter_mut().enumerate().take(10) {
        unit.marks.insert("a1".into(), place % 2 == 0);
    }
    let mut pattern = school.collate(5);
    assert_eq!(
        Adversary::of(&school.units, &wire(&pattern)).found(5),
        Vec::<String>::new()
    );
    // The primary cell, put back by hand.
    let cells = &mut pattern.sections[0].lines[0].cells;
    cells.get_mut(&By::Phase).unwrap()[0] = Cell::Shown {
        least: 3,
        most: 3,
        looked: 6,
        classes: 6,
    };
    let found = Adversary::of(&school.units, &wire(&pattern)).found(5);
    assert!(!found.is_empty(), "the adversary is asleep");
}

#[test]
fn without_the_coding_of_all_the_adversary_knows_every_class() {
    let mut school = School::phases(&[("Primary", 6)]);
    for unit in &mut school.units {
        unit.marks = [("a1".to_owned(), true)].into();
    }
    let mut pattern = school.collate(5);
    assert!(
        Adversary::of(&school.units, &wire(&pattern))
            .found(5)
            .is_empty()
    );
    let cells = &mut pattern.sections[0].lines[0].cells;
    cells.get_mut(&By::All).unwrap()[0] = Cell::Shown {
        least: 6,
        most: 6,
        looked: 6,
        classes: 6,
    };
    let found = Adversary::of(&school.units, &wire(&pattern)).found(5);
    assert!(!found.is_empty(), "the adversary is asleep");
}

#[test]
fn a_large_school_gives_nobody_away_by_sums_and_still_shows_much() {
    for seed in [1, 2, 3] {
        let school = School::of(60, seed);
        let pattern = school.collate(5);
        let found = Adversary::of(&school.units, &wire(&pattern)).found_by_sums(5);
        assert_eq!(found, Vec::<String>::new());
        let lines = pattern.sections.iter().flat_map(|section| &section.lines);
        let cells: Vec<Cell> = lines
            .flat_map(|line| line.cells.values().flatten().copied())
            .collect();
        let open = cells.iter().filter(|cell| shown(**cell).is_some()).count();
        assert!(open * 100 / cells.len() >= 70, "{open} of {}", cells.len());
    }
}

#[test]
fn words_are_shown_only_from_enough_classes_and_say_nothing_of_a_hidden_phase() {
    let mut school = School::phases(&[("Primary", 6), ("Secondary", 5), ("Upper", 5)]);
    for (place, unit) in school.units.iter_mut().enumerate() {
        // Of Upper only two classes have words.
        if place < 13 {
            unit.comments = vec![("a".into(), format!("Text {place}"))];
        }
        if place < 4 {
            unit.comments.push(("b".into(), format!("Other {place}")));
        }
    }
    let pattern = school.collate(5);
    let said = &pattern.sections[0].said;
    assert_eq!(said.len(), 13);
    // Secondary stays untold, so that the two of Upper stand among seven.
    let without: Vec<_> = said.iter().filter(|one| one.phase.is_none()).collect();
    assert_eq!(without.len(), 7);
    assert!(
        pattern.sections[1].said.is_empty(),
        "four classes are too few"
    );
    let order: Vec<_> = said.iter().map(|one| one.text.clone()).collect();
    let mut sorted = order.clone();
    sorted.sort();
    assert_ne!(order, sorted, "the order says nothing of the route");
}

#[test]
fn a_publication_waits_for_every_visit_and_comes_once() {
    let visit = |number: u128, cancelled: bool| {
        let id = Uuid::from_u128(number);
        let mut record = Record::new(VisitId::from_uuid(id), Kind::Visit);
        let stamp = Stamp::new(1, 0, [0; 6]);
        for (name, value) in [
            ("walk", json!(id)),
            ("class", json!(id)),
            ("starts_at", json!("2026-11-20T09:00:00Z")),
            (
                "cancelled_at",
                if cancelled {
                    json!("2026-11-19T09:00:00Z")
                } else {
                    Value::Null
                },
            ),
        ] {
            record.put(name, Field { value, stamp });
        }
        Visit::read(&record).unwrap()
    };
    let visits = [visit(31, false), visit(42, true)];
    let code = |result: Result<(), Refusal>| result.err().map(|refusal| refusal.code());
    assert_eq!(
        code(may_publish(&visits, |_| false, false)),
        Some("visits_open")
    );
    assert_eq!(
        code(may_publish(&visits[1..], |_| false, false)),
        Some("no_visits")
    );
    assert_eq!(
        code(may_publish(&visits, |_| true, true)),
        Some("already_published")
    );
    assert_eq!(code(may_publish(&visits, |_| true, false)), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn in_no_small_school_is_anything_worked_out(units in small(), threshold in 3usize..6) {
        let school = School { units };
        let pattern = school.collate(threshold);
        let found = Adversary::of(&school.units, &wire(&pattern)).found(threshold);
        prop_assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn in_no_larger_school_do_sums_give_anything_away(units in units(18..40), threshold in 3usize..7) {
        let school = School { units };
        let pattern = school.collate(threshold);
        let found = Adversary::of(&school.units, &wire(&pattern)).found_by_sums(threshold);
        prop_assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn what_is_shown_is_true_and_rests_on_enough_classes(units in units(6..30), threshold in 3usize..7) {
        let school = School { units };
        let pattern = school.collate(threshold);
        for line in pattern.sections.iter().flat_map(|section| &section.lines) {
            if let Some(Cell::Shown { least, most, looked, classes }) = line.cells.get(&By::All).and_then(|cells| cells.first()).copied() {
                let seen = school.looked(&line.key).iter().filter(|unit| unit.marks[&line.key]).count() as u32;
                prop_assert!(least <= seen && seen <= most);
                prop_assert_eq!(looked as usize, school.looked(&line.key).len());
                prop_assert!(classes as usize >= threshold);
            }
            for cell in line.cells.values().flatten() {
                if let Cell::Shown { classes, .. } = cell {
                    prop_assert!(*classes as usize >= threshold);
                }
            }
        }
    }
}
