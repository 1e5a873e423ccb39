//! A debrief: leaders talk about a walk once its visits are made, and keep what was said. The report starts from it.
//!
//! What speaks loudest is counted here ([`points`]): by criterion over the whole walk, only where enough classes were
//! looked at (R14), with no class and no person in it (R9). It counts marks; what was written is read elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::field::{Declared, Shape};
use crate::observation::Mark;
use crate::template::Template;
use crate::{ClassId, DebriefId, Record, WalkId};

/// What is declared of a debrief's fields. `said` is by criterion.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("said.*", Shape::Text),
    ("overall", Shape::Text),
];

/// How many strengths, and how many development points, a debrief begins with.
pub const POINTS_LIMIT: usize = 6;
/// Seen in this many of a hundred or more of the marks, a criterion is a strength.
const STRENGTH_SHARE: usize = 70;

/// A debrief, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debrief {
    /// Which.
    pub id: DebriefId,
    /// Of which walk.
    pub walk: WalkId,
    /// What was said, by criterion.
    pub said: BTreeMap<String, String>,
    /// What was said on the whole.
    pub overall: String,
}

impl Debrief {
    /// Reads a debrief; `None` while it does not say of which walk.
    pub fn read(record: &Record) -> Option<Self> {
        let said = record
            .parts("said")
            .filter_map(|(key, field)| Some((key.to_owned(), field.value.as_str()?.to_owned())));
        Some(Self {
            id: record.id.into(),
            walk: record.id("walk")?,
            said: said.collect(),
            overall: record.text("overall").to_owned(),
        })
    }
}

impl Points {
    /// The development points that a report starts with, so that its draft leans towards `aim` strengths of a hundred
    /// (R13): those with most evidence, at least one, and all that something was said to.
    pub fn balanced(&self, aim: i64, debrief: Option<&Debrief>) -> Vec<&Evidence> {
        let aim = usize::try_from(aim.clamp(1, 99)).unwrap_or(99);
        let beside = (self.strengths.len() * (100 - aim)).div_ceil(aim).max(1);
        let is_said = |one: &Evidence| {
            let said = debrief.and_then(|debrief| debrief.said.get(&one.criterion));
            said.is_some_and(|said| !said.trim().is_empty())
        };
        let points = self.development.iter().enumerate();
        points
            .filter(|(place, one)| *place < beside || is_said(one))
            .map(|(_, one)| one)
            .collect()
    }
}

/// That somebody looked for a criterion in a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// In which class.
    pub class: ClassId,
    /// For what.
    pub criterion: String,
    /// What they marked. Who did not look has no mark, and counts for nothing (R14).
    pub mark: Mark,
}

/// What the marks of a walk say of one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its key.
    pub criterion: String,
    /// How often it was seen.
    pub seen: usize,
    /// Of how many looks.
    pub looked: usize,
    /// In how many classes.
    pub classes: usize,
}

impl Evidence {
    fn is_strength(&self) -> bool {
        self.seen * 100 >= self.looked * STRENGTH_SHARE
    }

    fn not_seen(&self) -> usize {
        self.looked.saturating_sub(self.seen)
    }
}

/// What speaks loudest in a walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Points {
    /// Most evidence first.
    pub strengths: Vec<Evidence>,
    /// Most evidence first.
    pub development: Vec<Evidence>,
    /// How many criteria were looked for in too few classes to say anything (R14).
    pub hidden: usize,
}

/// What the marks say of one criterion; `None` where it was looked for in fewer than `suppression` classes (R14).
pub fn evidence(looks: &[Look], criterion: &str, suppression: i64) -> Option<Evidence> {
    let own = || looks.iter().filter(|look| look.criterion == criterion);
    let classes: BTreeSet<ClassId> = own().map(|look| look.class).collect();
    let least = usize::try_from(suppression).unwrap_or(usize::MAX).max(1);
    (classes.len() >= least).then(|| Evidence {
        criterion: criterion.to_owned(),
        seen: own().filter(|look| look.mark == Mark::Seen).count(),
        looked: own().count(),
        classes: classes.len(),
    })
}

/// The strengths and the development points with most evidence, by the criteria of a form, at most [`POINTS_LIMIT`] of
/// each. Evidence for a strength is how often it was seen, for a development point how often it was not.
pub fn points(template: &Template, looks: &[Look], suppression: i64) -> Points {
    let mut points = Points::default();
    for criterion in template.sections.iter().flat_map(|one| &one.criteria) {
        match evidence(looks, &criterion.key, suppression) {
            Some(found) if found.is_strength() => points.strengths.push(found),
            Some(found) => points.development.push(found),
            None if looks.iter().any(|look| look.criterion == criterion.key) => points.hidden += 1,
            None => {}
        }
    }
    // What weighs the same stays in the form's own order.
    points
        .strengths
        .sort_by_key(|one| std::cmp::Reverse((one.seen, one.classes)));
    points
        .development
        .sort_by_key(|one| std::cmp::Reverse((one.not_seen(), one.classes)));
    points.strengths.truncate(POINTS_LIMIT);
    points.development.truncate(POINTS_LIMIT);
    points
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::TemplateId;
    use crate::template::{Criterion, Section};

    fn form(keys: &[&str]) -> Template {
        let criteria = keys.iter().map(|key| Criterion {
            key: (*key).to_owned(),
            text: format!("Text of {key}"),
            guidance: None,
            split_from: None,
        });
        Template {
            id: TemplateId::from_uuid(Uuid::from_u128(1)),
            name: "Form".into(),
            version: 1,
            is_frozen: true,
            follows: None,
            based_on: None,
            is_away: false,
            sections: vec![Section {
                key: "one".into(),
                title: "One".into(),
                criteria: criteria.collect(),
                prompts: Vec::new(),
            }],
        }
    }

    /// Marks for a criterion, one class after the other: `s` seen, `n` not seen.
    fn looks(criterion: &str, marks: &str) -> Vec<Look> {
        marks
            .chars()
            .enumerate()
            .map(|(place, mark)| Look {
                class: ClassId::from_uuid(Uuid::from_u128(900 + place as u128)),
                criterion: criterion.into(),
                mark: if mark == 's' {
                    Mark::Seen
                } else {
                    Mark::NotSeen
                },
            })
            .collect()
    }

    #[test]
    fn what_rests_on_too_few_classes_is_not_said() {
        let few = looks("tidy", "ssss");
        assert_eq!(evidence(&few, "tidy", 5), None);
        let mut twice = few.clone();
        twice.extend(few);
        assert_eq!(
            evidence(&twice, "tidy", 5),
            None,
            "two looks in a class are one class"
        );
        let points = points(&form(&["tidy"]), &twice, 5);
        assert_eq!((points.strengths.len(), points.hidden), (0, 1));
    }

    #[test]
    fn a_report_starts_near_its_balance_with_all_that_something_was_said_to() {
        let one = |criterion: String| Evidence {
            criterion,
            seen: 1,
            looked: 9,
            classes: 9,
        };
        let points = Points {
            strengths: (0..6).map(|n| one(format!("s{n}"))).collect(),
            development: (0..6).map(|n| one(format!("d{n}"))).collect(),
            hidden: 0,
        };
        let keys = |debrief: Option<&Debrief>| -> Vec<String> {
            let found = points.balanced(70, debrief).into_iter();
            found.map(|one| one.criterion.clone()).collect()
        };
        assert_eq!(keys(None), ["d0", "d1", "d2"]);
        let debrief = Debrief {
            id: DebriefId::from_uuid(Uuid::from_u128(4)),
            walk: WalkId::from_uuid(Uuid::from_u128(5)),
            said: BTreeMap::from([("d5".to_owned(), "Said".to_owned())]),
            overall: String::new(),
        };
        assert_eq!(keys(Some(&debrief)), ["d0", "d1", "d2", "d5"]);
    }

    #[test]
    fn strengths_and_development_points_come_with_most_evidence_first() {
        let mut marks = looks("tidy", "sssssn");
        marks.extend(looks("pace", "sssssssn"));
        marks.extend(looks("aids", "nnnnss"));
        marks.extend(looks("time", "nnsss"));
        let found = points(
            &form(&["tidy", "aids", "time", "pace", "unasked"]),
            &marks,
            5,
        );
        let keys = |of: &[Evidence]| -> Vec<String> {
            of.iter().map(|one| one.criterion.clone()).collect()
        };
        assert_eq!(keys(&found.strengths), ["pace", "tidy"]);
        assert_eq!(keys(&found.development), ["aids", "time"]);
        assert_eq!(found.hidden, 0);
    }
}
