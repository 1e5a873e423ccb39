//! A debrief: leaders talk about a walk once its visits are made, and keep what was said. The report starts from it.
//!
//! What speaks loudest is chosen here ([`points`]) from what the patterns of the walk show of all its classes together: so
//! nothing is said here that they hide (R14), and there is no class and no person in it (R9).

use std::collections::BTreeMap;

use crate::field::{Declared, Shape};
use crate::pattern::{By, Cell, Pattern};
use crate::{DebriefId, Record, WalkId};

/// What is declared of a debrief's fields. `said` is by criterion.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("said.*", Shape::Text),
    ("overall", Shape::Text),
];

/// How many strengths, and how many development points, a debrief begins with.
pub const POINTS_LIMIT: usize = 6;
/// Seen on this many of a hundred visits or more, a criterion is a strength.
const STRENGTH_SHARE: u32 = 70;

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

/// What a walk shows of one criterion, over all its classes together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its key.
    pub criterion: String,
    /// Visits that saw it, at the least.
    pub least: u32,
    /// At the most; one more than the least where nearly all or hardly any saw it, as in the patterns.
    pub most: u32,
    /// Visits that looked for it.
    pub looked: u32,
    /// To how many classes.
    pub classes: u32,
}

impl Evidence {
    /// What a pattern shows of a criterion; `None` where it hides it, or nobody looked (R14).
    pub fn of(pattern: &Pattern, criterion: &str) -> Option<Self> {
        let lines = pattern.sections.iter().flat_map(|section| &section.lines);
        let line = lines.into_iter().find(|line| line.key == criterion)?;
        Self::shown(criterion, line.cell(By::All, 0))
    }

    fn shown(criterion: &str, cell: Cell) -> Option<Self> {
        match cell {
            Cell::Shown {
                least,
                most,
                looked,
                classes,
            } => Some(Self {
                criterion: criterion.to_owned(),
                least,
                most,
                looked,
                classes,
            }),
            Cell::Few | Cell::Protects | Cell::Nobody => None,
        }
    }

    /// Twice the visits that saw it, halfway between the least and the most.
    fn seen_twice(&self) -> u32 {
        self.least + self.most
    }

    fn is_strength(&self) -> bool {
        self.seen_twice() * 100 >= self.looked * 2 * STRENGTH_SHARE
    }

    fn missed_twice(&self) -> u32 {
        (self.looked * 2).saturating_sub(self.seen_twice())
    }
}

/// What speaks loudest in a walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Points {
    /// Most evidence first.
    pub strengths: Vec<Evidence>,
    /// Most evidence first.
    pub development: Vec<Evidence>,
    /// How many criteria were looked for and are hidden (R14).
    pub hidden: usize,
}

/// The strengths and the development points with most evidence, in a walk's pattern, at most [`POINTS_LIMIT`] of each.
/// Evidence for a strength is how often it was seen, for a development point how often it was not.
pub fn points(pattern: &Pattern) -> Points {
    let mut points = Points::default();
    for line in pattern.sections.iter().flat_map(|section| &section.lines) {
        let cell = line.cell(By::All, 0);
        match Evidence::shown(&line.key, cell) {
            Some(found) if found.is_strength() => points.strengths.push(found),
            Some(found) => points.development.push(found),
            None if cell != Cell::Nobody => points.hidden += 1,
            None => {}
        }
    }
    // What weighs the same stays in the form's own order.
    points
        .strengths
        .sort_by_key(|one| std::cmp::Reverse((one.seen_twice(), one.classes)));
    points
        .development
        .sort_by_key(|one| std::cmp::Reverse((one.missed_twice(), one.classes)));
    points.strengths.truncate(POINTS_LIMIT);
    points.development.truncate(POINTS_LIMIT);
    points
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::pattern::{Group, Line, Section};

    fn shown(seen: u32, looked: u32) -> Cell {
        Cell::Shown {
            least: seen,
            most: seen,
            looked,
            classes: looked,
        }
    }

    fn pattern(cells: &[(&str, Cell)]) -> Pattern {
        let lines = cells.iter().map(|(key, cell)| Line {
            key: (*key).to_owned(),
            text: format!("Text of {key}"),
            cells: BTreeMap::from([(By::All, vec![*cell])]),
        });
        Pattern {
            walk: WalkId::from_uuid(Uuid::from_u128(5)),
            made_at: None,
            threshold: 5,
            groups: BTreeMap::from([(
                By::All,
                vec![Group {
                    name: "All classes".into(),
                    classes: 8,
                    visits: 8,
                }],
            )]),
            sections: vec![Section {
                key: "one".into(),
                title: "One".into(),
                lines: lines.collect(),
                said: Vec::new(),
            }],
            balance: None,
            went_well: Vec::new(),
            even_better_if: Vec::new(),
        }
    }

    #[test]
    fn what_the_patterns_hide_is_not_said() {
        let pattern = pattern(&[
            ("tidy", Cell::Few),
            ("pace", Cell::Protects),
            ("aids", Cell::Nobody),
        ]);
        assert_eq!(Evidence::of(&pattern, "tidy"), None);
        let points = points(&pattern);
        assert_eq!((points.strengths.len(), points.hidden), (0, 2));
    }

    #[test]
    fn a_report_starts_near_its_balance_with_all_that_something_was_said_to() {
        let one = |criterion: String| Evidence {
            criterion,
            least: 1,
            most: 1,
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
        let nearly_all = Cell::Shown {
            least: 5,
            most: 6,
            looked: 6,
            classes: 6,
        };
        let found = points(&pattern(&[
            ("tidy", nearly_all),
            ("aids", shown(2, 6)),
            ("time", shown(3, 5)),
            ("pace", shown(7, 8)),
            ("unasked", Cell::Nobody),
        ]));
        let keys = |of: &[Evidence]| -> Vec<String> {
            of.iter().map(|one| one.criterion.clone()).collect()
        };
        assert_eq!(keys(&found.strengths), ["pace", "tidy"]);
        assert_eq!(keys(&found.development), ["aids", "time"]);
        assert_eq!(found.hidden, 0);
    }
}
