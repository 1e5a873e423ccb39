//! Patterns: what the visits of a walk show together, across classes (R14), and never of one person (R9).
//!
//! **What is counted.** A visit counts once for a criterion: as looked at when any observer marked it, as seen when any
//! observer saw it. A cell is a criterion in a group of visits and says `seen` of `looked`; `did not look` is left out.
//!
//! **What is hidden.** A cell that rests on fewer classes, or teachers, than the school shows together; and as many more
//! as it takes that no hidden cell and no smaller group can be worked out (`suppress`). Groups that are too small are put
//! together first (`unit`), so that little is left to hide. Where all or none saw it, or all but one or one, both are said
//! together ([`Cell::Shown`]).
//!
//! **Why each walk stands by itself.** Within a walk all views are decided at once, as one table, and published once. A
//! section adds up what is shown of its criteria, and walk over walk puts published numbers side by side: neither says
//! anything new, so neither gives anything away. Marks of two walks are of two lessons; no number that is published adds
//! them, so none can be taken from another.

mod mask;
mod set;
mod suppress;
mod unit;
mod words;
mod worlds;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::field::{Declared, Shape};
use crate::template::Template;
use crate::visit::Visit;
use crate::{PatternId, Record, Refusal, VisitId, WalkId};

pub use mask::{CLASS, Mask, NAME};
pub use unit::{By, Unit};
pub use words::Said;

use set::Set;
use suppress::{Fate, Place};
use unit::{Crowd, Grouped};

/// What is declared of a published pattern's fields. All of them are the hub's.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("made_at", Shape::Time),
    ("threshold", Shape::Whole(3, 200)),
    ("counts", Shape::Object),
    ("groups.*", Shape::Object),
    ("sections.*", Shape::Object),
    ("criteria.*", Shape::Object),
    ("words.*", Shape::Object),
];

/// A criterion in a group of visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(rename = "PatternCell"))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Cell {
    /// So many of those who looked saw it.
    Shown {
        /// Visits that saw it, at the least.
        least: u32,
        /// At the most. One more than the least where it would otherwise be known of every class.
        most: u32,
        /// Visits that looked.
        looked: u32,
        /// To how many classes; of a section, of that criterion which rests on the fewest.
        classes: u32,
    },
    /// Hidden: it rests on too few classes.
    Few,
    /// Hidden: another hidden cell could be worked out from it.
    Protects,
    /// Nobody looked.
    Nobody,
}

/// A group of visits that stands as a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What it is called; small groups that were put together have the names of all.
    pub name: String,
    /// How many classes were visited.
    pub classes: u32,
    /// How many visits were made.
    pub visits: u32,
}

/// A criterion with its cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its key.
    pub key: String,
    /// What was looked for.
    pub text: String,
    /// Its cells by way and group.
    pub cells: BTreeMap<By, Vec<Cell>>,
}

/// A section with its criteria and what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Its criteria, in order.
    pub lines: Vec<Line>,
    /// What observers said, where enough classes are behind it.
    pub said: Vec<Said>,
}

/// What the visits of one walk show together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Of which walk.
    pub walk: WalkId,
    /// When it was published; none while it is only looked at.
    pub made_at: Option<DateTime<FixedOffset>>,
    /// How many classes were shown together at the least.
    pub threshold: usize,
    /// The groups of each way that says something.
    pub groups: BTreeMap<By, Vec<Group>>,
    /// The sections of the form, in order.
    pub sections: Vec<Section>,
    /// Entries of what went well and of even better if (R13); none where too few classes are behind them.
    pub balance: Option<(u32, u32)>,
    /// What went well.
    pub went_well: Vec<Said>,
    /// Even better if.
    pub even_better_if: Vec<Said>,
}

/// Why a walk's patterns cannot be published yet, if so: once, and when every visit is over or called off.
///
/// `finished` says of a visit whether all who began it have finished.
pub fn may_publish(
    visits: &[Visit],
    finished: impl Fn(VisitId) -> bool,
    is_published: bool,
) -> Result<(), Refusal> {
    if is_published {
        return Err(Refusal::new(
            "already_published",
            "The patterns of this walk were published before and stay as they are. What two publications differ in would tell of single classes.",
        ));
    }
    let made = visits.iter().filter(|visit| !visit.is_cancelled);
    let open = made.clone().filter(|visit| !finished(visit.id)).count();
    if made.count() == 0 {
        return Err(Refusal::new(
            "no_visits",
            "This walk has no finished visits yet. Publish its patterns when they are over.",
        ));
    }
    if open > 0 {
        return Err(Refusal::new(
            "visits_open",
            format!(
                "Not all of its visits are over: {open} {} not finished. Finish them or call them off, then publish. Patterns are published once.",
                if open == 1 { "is" } else { "are" }
            ),
        ));
    }
    Ok(())
}

impl Pattern {
    /// Collates the visits of a walk. The same visits in any order give the same pattern.
    pub fn collate(
        walk: WalkId,
        template: &Template,
        units: &[Unit],
        threshold: usize,
        mask: &Mask,
    ) -> Self {
        let threshold = threshold.max(3);
        let crowd = Crowd::of(units);
        let grouped: BTreeMap<By, Vec<Grouped>> = By::EVERY
            .into_iter()
            .map(|by| (by, unit::grouped(units, &crowd, by, threshold)))
            .filter(|(_, groups)| !groups.is_empty())
            .collect();
        let phases = grouped.get(&By::Phase).map_or(&[][..], Vec::as_slice);
        let said = |of: &dyn Fn(&Unit) -> Vec<String>| {
            words::shown(units, &crowd, phases, threshold, mask, of)
        };
        let sections = template
            .sections
            .iter()
            .map(|section| Section {
                key: section.key.clone(),
                title: section.title.clone(),
                lines: section
                    .criteria
                    .iter()
                    .map(|criterion| Line {
                        key: criterion.key.clone(),
                        text: criterion.text.clone(),
                        cells: cells(units, &crowd, &grouped, &criterion.key, threshold),
                    })
                    .collect(),
                said: said(&|unit| {
                    let own = unit.comments.iter();
                    own.filter(|(key, _)| *key == section.key)
                        .map(|(_, text)| text.clone())
                        .collect()
                }),
            })
            .collect();
        let went_well = said(&|unit| unit.went_well.clone());
        let even_better_if = said(&|unit| unit.even_better_if.clone());
        Self {
            walk,
            made_at: None,
            threshold,
            groups: grouped
                .iter()
                .map(|(by, groups)| (*by, groups.iter().map(|g| group(&crowd, *by, g)).collect()))
                .collect(),
            sections,
            balance: balance(units, &crowd, threshold),
            went_well,
            even_better_if,
        }
    }

    /// Reads a published pattern; `None` while it does not say of which walk and when.
    pub fn read(record: &Record) -> Option<Self> {
        let made_at = record.time("made_at")?;
        let counts: Counts = part(record.value("counts")?)?;
        let groups = record
            .parts("groups")
            .filter_map(|(key, field)| {
                let kept: Groups = part(&field.value)?;
                Some((part(&json!(key))?, kept.groups))
            })
            .collect();
        let mut lines: BTreeMap<String, Vec<(usize, Line)>> = BTreeMap::new();
        for (key, field) in record.parts("criteria") {
            let Some(kept) = part::<KeptLine>(&field.value) else {
                continue;
            };
            let line = Line {
                key: key.to_owned(),
                text: kept.text,
                cells: kept.cells,
            };
            lines
                .entry(kept.section)
                .or_default()
                .push((kept.order, line));
        }
        let said = |key: &str| {
            let kept = record
                .value(&format!("words.{key}"))
                .and_then(part::<Words>);
            kept.map(|words| words.said).unwrap_or_default()
        };
        let mut sections: Vec<(usize, Section)> = record
            .parts("sections")
            .filter_map(|(key, field)| {
                let kept: KeptSection = part(&field.value)?;
                let mut own = lines.remove(key).unwrap_or_default();
                own.sort_by_key(|(order, _)| *order);
                let section = Section {
                    key: key.to_owned(),
                    title: kept.title,
                    lines: own.into_iter().map(|(_, line)| line).collect(),
                    said: said(&format!("section.{key}")),
                };
                Some((kept.order, section))
            })
            .collect();
        sections.sort_by_key(|(order, _)| *order);
        Some(Self {
            walk: record.id("walk")?,
            made_at: Some(made_at),
            threshold: usize::try_from(record.whole("threshold")?).ok()?,
            groups,
            sections: sections.into_iter().map(|(_, section)| section).collect(),
            balance: counts.balance,
            went_well: said("went_well"),
            even_better_if: said("even_better_if"),
        })
    }

    /// The fields of the record that publishes it, but for the moment.
    pub fn fields(&self) -> Vec<(String, Value)> {
        let mut fields = vec![
            ("walk".to_owned(), json!(self.walk)),
            ("threshold".to_owned(), json!(self.threshold)),
            (
                "counts".to_owned(),
                json!(Counts {
                    balance: self.balance
                }),
            ),
            (
                "words.went_well".to_owned(),
                json!(Words {
                    said: self.went_well.clone()
                }),
            ),
            (
                "words.even_better_if".to_owned(),
                json!(Words {
                    said: self.even_better_if.clone()
                }),
            ),
        ];
        for (by, groups) in &self.groups {
            let key = json!(by);
            let name = format!("groups.{}", key.as_str().unwrap_or_default());
            fields.push((
                name,
                json!(Groups {
                    groups: groups.clone()
                }),
            ));
        }
        for (order, section) in self.sections.iter().enumerate() {
            let key = &section.key;
            let title = section.title.clone();
            fields.push((
                format!("sections.{key}"),
                json!(KeptSection { title, order }),
            ));
            let said = section.said.clone();
            fields.push((format!("words.section.{key}"), json!(Words { said })));
            for (order, line) in section.lines.iter().enumerate() {
                let kept = KeptLine {
                    section: key.clone(),
                    order,
                    text: line.text.clone(),
                    cells: line.cells.clone(),
                };
                fields.push((format!("criteria.{}", line.key), json!(kept)));
            }
        }
        fields
    }

    /// The one record that can publish the patterns of a walk.
    pub fn id(&self) -> PatternId {
        PatternId::derive(self.walk)
    }
}

impl Section {
    /// What the section shows in a group: the criteria that are shown there, added up. It says nothing that they do not.
    pub fn cell(&self, by: By, group: usize) -> Cell {
        let own = self.lines.iter().map(|line| line.cell(by, group));
        let mut sum = None;
        let mut hidden = Cell::Nobody;
        for cell in own {
            match (cell, sum) {
                (Cell::Shown { .. }, None) => sum = Some(cell),
                (
                    Cell::Shown {
                        least,
                        most,
                        looked,
                        classes,
                    },
                    Some(Cell::Shown {
                        least: l,
                        most: m,
                        looked: n,
                        classes: c,
                    }),
                ) => {
                    sum = Some(Cell::Shown {
                        least: least + l,
                        most: most + m,
                        looked: looked + n,
                        classes: classes.min(c),
                    });
                }
                (Cell::Few, _) => hidden = Cell::Few,
                (Cell::Protects, _) if hidden == Cell::Nobody => hidden = Cell::Protects,
                _ => {}
            }
        }
        sum.unwrap_or(hidden)
    }
}

impl Line {
    /// Its cell in a group.
    pub fn cell(&self, by: By, group: usize) -> Cell {
        let own = self.cells.get(&by).and_then(|cells| cells.get(group));
        own.copied().unwrap_or(Cell::Nobody)
    }
}

#[derive(Serialize, Deserialize)]
struct Counts {
    balance: Option<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Serialize, Deserialize)]
struct KeptSection {
    title: String,
    order: usize,
}

#[derive(Serialize, Deserialize)]
struct KeptLine {
    section: String,
    order: usize,
    text: String,
    cells: BTreeMap<By, Vec<Cell>>,
}

#[derive(Serialize, Deserialize)]
struct Words {
    said: Vec<Said>,
}

fn part<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn group(crowd: &Crowd, by: By, group: &Grouped) -> Group {
    Group {
        name: group.name(by),
        classes: number(crowd.classes(&group.units)),
        visits: number(group.units.len()),
    }
}

fn cells(
    units: &[Unit],
    crowd: &Crowd,
    grouped: &BTreeMap<By, Vec<Grouped>>,
    criterion: &str,
    threshold: usize,
) -> BTreeMap<By, Vec<Cell>> {
    let mark = |unit: &Unit| unit.marks.get(criterion).copied();
    let chosen = |is: &dyn Fn(Option<bool>) -> bool| -> Set {
        let all = units.iter().enumerate();
        all.filter(|(_, unit)| is(mark(unit)))
            .map(|(place, _)| place)
            .collect()
    };
    let looked = chosen(&|mark| mark.is_some());
    let seen = chosen(&|mark| mark == Some(true));
    let places: Vec<Place> = grouped
        .iter()
        .flat_map(|(by, groups)| {
            groups.iter().map(|group| Place {
                by: *by,
                units: group.units.and(&looked),
            })
        })
        .collect();
    let fates = suppress::decide(units, crowd, &seen, &places, threshold);
    let mut cells: BTreeMap<By, Vec<Cell>> = BTreeMap::new();
    for (place, fate) in places.iter().zip(fates) {
        let looked = place.units.len();
        let (least, most) = suppress::coded(seen.common(&place.units), looked);
        cells.entry(place.by).or_default().push(match fate {
            Fate::Shown => Cell::Shown {
                least: number(least),
                most: number(most),
                looked: number(looked),
                classes: number(crowd.classes(&place.units)),
            },
            Fate::Few => Cell::Few,
            Fate::Protects => Cell::Protects,
            Fate::Nobody => Cell::Nobody,
        });
    }
    cells
}

/// Entries, not people and not marks (R13).
fn balance(units: &[Unit], crowd: &Crowd, threshold: usize) -> Option<(u32, u32)> {
    let spoke: Set = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.went_well.is_empty() || !unit.even_better_if.is_empty())
        .map(|(place, _)| place)
        .collect();
    if crowd.weight(&spoke) < threshold {
        return None;
    }
    let count = |of: &dyn Fn(&Unit) -> usize| number(units.iter().map(of).sum());
    Some((
        count(&|unit| unit.went_well.len()),
        count(&|unit| unit.even_better_if.len()),
    ))
}

#[cfg(test)]
mod tests;
