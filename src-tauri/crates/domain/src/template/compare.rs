//! Two forms beside each other: what was added, taken out, worded anew, moved or split between them.
//!
//! Parts are met by their keys, which a form keeps from version to version and gives to what is made from it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Criterion, Section, Template};

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its words are others.
    Reworded,
    /// Its guidance, or the questions for pupils, are others.
    Guided,
    /// It stands elsewhere.
    Moved,
    /// It was split in two, or made by that.
    Split,
}

/// A part in both forms, as far as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<T> {
    /// Its key.
    pub key: String,
    /// In the earlier form.
    pub before: Option<T>,
    /// In the later form.
    pub after: Option<T>,
    /// What became of it; nothing where it stayed as it was.
    pub changes: Vec<Change>,
}

/// A section in both forms, with the criteria that stand or stood in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionPair {
    /// The section itself.
    pub section: Pair<Section>,
    /// Its criteria in the order of the later form, those taken out after them.
    pub criteria: Vec<Pair<Criterion>>,
}

/// Compares two forms, in the order of the later one; what is gone follows.
pub fn compare(before: &Template, after: &Template) -> Vec<SectionPair> {
    let old = home(before);
    let new = home(after);
    let split: BTreeSet<&str> = new
        .values()
        .filter(|(_, criterion)| !old.contains_key(criterion.key.as_str()))
        .filter_map(|(_, criterion)| criterion.split_from.as_deref())
        .filter(|from| old.contains_key(from))
        .collect();
    let moved_sections = moved(&keys(&before.sections), &keys(&after.sections));
    let section_before = |key: &str| before.sections.iter().find(|section| section.key == key);

    let mut pairs: Vec<SectionPair> = after
        .sections
        .iter()
        .map(|section| {
            let was = section_before(&section.key);
            let own = |section: &Section| {
                section
                    .criteria
                    .iter()
                    .map(|c| c.key.clone())
                    .collect::<Vec<_>>()
            };
            let moved_here = moved(&was.map(own).unwrap_or_default(), &own(section));
            let mut criteria: Vec<Pair<Criterion>> = section
                .criteria
                .iter()
                .map(|criterion| {
                    let held = old.get(criterion.key.as_str());
                    let mut changes = Vec::new();
                    match held {
                        None if criterion
                            .split_from
                            .as_deref()
                            .is_some_and(|from| split.contains(from)) =>
                        {
                            changes.push(Change::Split);
                        }
                        None => changes.push(Change::Added),
                        Some((home, held)) => {
                            if split.contains(criterion.key.as_str()) {
                                changes.push(Change::Split);
                            } else if held.text != criterion.text {
                                changes.push(Change::Reworded);
                            }
                            if held.guidance != criterion.guidance {
                                changes.push(Change::Guided);
                            }
                            if *home != section.key || moved_here.contains(&criterion.key) {
                                changes.push(Change::Moved);
                            }
                        }
                    }
                    Pair {
                        key: criterion.key.clone(),
                        before: held.map(|(_, held)| (*held).clone()),
                        after: Some(criterion.clone()),
                        changes,
                    }
                })
                .collect();
            let left = was.into_iter().flat_map(|was| &was.criteria);
            criteria.extend(
                left.filter(|held| !new.contains_key(held.key.as_str()))
                    .map(removed),
            );
            let mut changes = Vec::new();
            match was {
                None => changes.push(Change::Added),
                Some(was) => {
                    if was.title != section.title {
                        changes.push(Change::Reworded);
                    }
                    if was.prompts != section.prompts {
                        changes.push(Change::Guided);
                    }
                    if moved_sections.contains(&section.key) {
                        changes.push(Change::Moved);
                    }
                }
            }
            SectionPair {
                section: Pair {
                    key: section.key.clone(),
                    before: was.cloned(),
                    after: Some(section.clone()),
                    changes,
                },
                criteria,
            }
        })
        .collect();
    let is_gone = |section: &&Section| !after.sections.iter().any(|now| now.key == section.key);
    pairs.extend(before.sections.iter().filter(is_gone).map(|section| {
        SectionPair {
            section: Pair {
                key: section.key.clone(),
                before: Some(section.clone()),
                after: None,
                changes: vec![Change::Removed],
            },
            criteria: section
                .criteria
                .iter()
                .filter(|held| !new.contains_key(held.key.as_str()))
                .map(removed)
                .collect(),
        }
    }));
    pairs
}

fn removed(held: &Criterion) -> Pair<Criterion> {
    Pair {
        key: held.key.clone(),
        before: Some(held.clone()),
        after: None,
        changes: vec![Change::Removed],
    }
}

/// Each criterion with the key of the section it stands in.
fn home(template: &Template) -> BTreeMap<&str, (&str, &Criterion)> {
    let sections = template.sections.iter();
    sections
        .flat_map(|section| {
            let criteria = section.criteria.iter();
            criteria.map(|criterion| (criterion.key.as_str(), (section.key.as_str(), criterion)))
        })
        .collect()
}

fn keys(sections: &[Section]) -> Vec<String> {
    sections.iter().map(|section| section.key.clone()).collect()
}

/// Which of the keys that stand in both lists moved against the others: all but a longest run that kept its order.
fn moved(before: &[String], after: &[String]) -> BTreeSet<String> {
    let places: Vec<(&String, usize)> = after
        .iter()
        .filter_map(|key| Some((key, before.iter().position(|old| old == key)?)))
        .collect();
    // For each place the longest run that ends there, as the keys in it.
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for (nth, (_, place)) in places.iter().enumerate() {
        let longest = runs
            .iter()
            .filter(|run| {
                let last = run.last().and_then(|last| places.get(*last));
                last.is_some_and(|(_, before)| before < place)
            })
            .max_by_key(|run| run.len());
        let mut run = longest.cloned().unwrap_or_default();
        run.push(nth);
        runs.push(run);
    }
    let stayed = runs.into_iter().max_by_key(Vec::len).unwrap_or_default();
    let numbered = places.into_iter().enumerate();
    numbered
        .filter(|(nth, _)| !stayed.contains(nth))
        .map(|(_, (key, _))| key.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::EVIDENCE_FORM;
    use super::super::edit::TemplateEdit;
    use super::super::tests::{record_of, written};
    use super::*;

    fn changed(edits: &[TemplateEdit]) -> Vec<SectionPair> {
        let before = record_of(&EVIDENCE_FORM);
        let mut after = before.clone();
        for edit in edits {
            written(&mut after, edit);
        }
        compare(&Template::read(&before), &Template::read(&after))
    }

    fn changes_of(pairs: &[SectionPair]) -> Vec<(&str, Vec<Change>)> {
        let all = pairs.iter().flat_map(|pair| {
            let own = (pair.section.key.as_str(), pair.section.changes.clone());
            let criteria = pair.criteria.iter();
            std::iter::once(own).chain(criteria.map(|one| (one.key.as_str(), one.changes.clone())))
        });
        all.filter(|(_, changes)| !changes.is_empty()).collect()
    }

    #[test]
    fn a_form_beside_itself_differs_in_nothing() {
        assert!(changes_of(&changed(&[])).is_empty());
    }

    #[test]
    fn each_kind_of_change_is_found_and_no_other() {
        let pairs = changed(&[
            TemplateEdit::CriterionText {
                criterion: "zones".into(),
                text: "Zones are used".into(),
            },
            TemplateEdit::CriterionMove {
                criterion: "aids".into(),
                section: "communication".into(),
                place: 3,
            },
            TemplateEdit::CriterionRemove {
                criterion: "tidy".into(),
            },
            TemplateEdit::CriterionSplit {
                criterion: "engaged".into(),
                text: "All pupils join in".into(),
                second: "talk".into(),
                second_text: "All pupils talk".into(),
            },
            TemplateEdit::CriterionAdd {
                criterion: "fresh".into(),
                section: "books".into(),
                text: "Books are kept with care".into(),
                place: 0,
            },
            TemplateEdit::SectionRemove {
                section: "assessment".into(),
            },
            TemplateEdit::SectionMove {
                section: "books".into(),
                place: 0,
            },
        ]);
        let found = changes_of(&pairs);
        assert_eq!(
            found,
            [
                ("books", vec![Change::Moved]),
                ("fresh", vec![Change::Added]),
                ("zones", vec![Change::Reworded]),
                ("aids", vec![Change::Moved]),
                ("tidy", vec![Change::Removed]),
                ("engaged", vec![Change::Split]),
                ("talk", vec![Change::Split]),
                ("assessment", vec![Change::Removed]),
                ("feedback", vec![Change::Removed]),
                ("objectives", vec![Change::Removed]),
                ("own_assessment", vec![Change::Removed]),
            ]
        );
    }
}
