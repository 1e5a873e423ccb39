//! What a leader does to a draft, as fields to write. Each part has fields of its own, so that two leaders who change
//! different things without a network both keep them; of two wordings of one criterion the later stands and the other is in
//! the history.
//!
//! Laws, each with its test below:
//! - an edit and then its undoing leave the form as it was (`undoing_an_edit_gives_the_form_back`);
//! - parts stand where they were put (`parts_stand_where_they_were_put`);
//! - edits of two leaders to different parts both hold, in whatever order they meet (`edits_of_two_leaders_both_hold`).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::layout::placed;
use super::limit::{self, too_many};
use super::{Criterion, Section, Template, order_at};
use crate::{Record, Refusal};

/// One thing a leader does to a draft. The keys of new parts are made by whoever asks, so that asking twice adds once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TemplateEdit {
    /// Calls the form something else.
    Name {
        /// The new name.
        name: String,
    },
    /// Adds a section.
    SectionAdd {
        /// Its key.
        section: String,
        /// Its heading.
        title: String,
        /// How many sections come before it.
        place: u32,
    },
    /// Words a heading anew.
    SectionTitle {
        /// Which.
        section: String,
        /// The heading.
        title: String,
    },
    /// Puts a section elsewhere.
    SectionMove {
        /// Which.
        section: String,
        /// How many other sections come before it.
        place: u32,
    },
    /// Takes a section out, with its criteria.
    SectionRemove {
        /// Which.
        section: String,
    },
    /// Puts back what was taken out, where it was.
    SectionRestore {
        /// Which.
        section: String,
    },
    /// Says what pupils may be asked in a section: about learning only (R7).
    SectionPrompts {
        /// Which.
        section: String,
        /// All its questions.
        prompts: Vec<String>,
    },
    /// Adds a criterion.
    CriterionAdd {
        /// Its key.
        criterion: String,
        /// Of which section.
        section: String,
        /// What to look for.
        text: String,
        /// How many criteria come before it there.
        place: u32,
    },
    /// Words a criterion anew.
    CriterionText {
        /// Which.
        criterion: String,
        /// What to look for.
        text: String,
    },
    /// Says what counts, in a few words more; an empty text takes it away.
    CriterionGuidance {
        /// Which.
        criterion: String,
        /// The guidance.
        guidance: String,
    },
    /// Puts a criterion elsewhere, also into another section.
    CriterionMove {
        /// Which.
        criterion: String,
        /// To which section.
        section: String,
        /// How many other criteria come before it there.
        place: u32,
    },
    /// Takes a criterion out.
    CriterionRemove {
        /// Which.
        criterion: String,
    },
    /// Puts back what was taken out, where it was.
    CriterionRestore {
        /// Which.
        criterion: String,
    },
    /// Makes two of one. The first keeps the key, so that walk over walk its marks still line up; the second is new, stands
    /// behind it and remembers which it was split from. What was marked before counts for the first alone.
    CriterionSplit {
        /// Which.
        criterion: String,
        /// What it says from now on.
        text: String,
        /// The key of the second.
        second: String,
        /// What the second says.
        second_text: String,
    },
}

fn gone(what: &str) -> Refusal {
    Refusal::new(
        "form_part_gone",
        format!("This {what} was taken out meanwhile. Look at the form again."),
    )
}

fn taken(key: &str) -> Refusal {
    Refusal::new(
        "form_key",
        format!("The key “{key}” cannot stand for a new part of this form. Try again."),
    )
}

fn section<'a>(template: &'a Template, key: &str) -> Result<&'a Section, Refusal> {
    let found = template.sections.iter().find(|section| section.key == key);
    found.ok_or_else(|| gone("section"))
}

fn criterion<'a>(
    template: &'a Template,
    key: &str,
) -> Result<(&'a Section, usize, &'a Criterion), Refusal> {
    template
        .sections
        .iter()
        .find_map(|section| {
            let place = section.criteria.iter().position(|one| one.key == key)?;
            Some((section, place, section.criteria.get(place)?))
        })
        .ok_or_else(|| gone("criterion"))
}

fn place_of(template: &Template, key: &str) -> Result<usize, Refusal> {
    let place = template
        .sections
        .iter()
        .position(|section| section.key == key);
    place.ok_or_else(|| gone("section"))
}

/// The numbers of parts that stand in order, one of them left out.
fn siblings<'a>(
    record: &Record,
    of: &str,
    keys: impl Iterator<Item = &'a str>,
    but: &str,
) -> Vec<(String, f64)> {
    keys.filter(|key| *key != but)
        .map(|key| (key.to_owned(), order_at(record, of, key)))
        .collect()
}

fn sections_at(
    record: &Record,
    template: &Template,
    moved: &str,
    place: u32,
) -> Vec<(String, f64)> {
    let keys = template.sections.iter().map(|section| section.key.as_str());
    placed(
        &siblings(record, "sections", keys, moved),
        moved,
        usize::try_from(place).unwrap_or(usize::MAX),
    )
}

fn criteria_at(record: &Record, to: &Section, moved: &str, place: usize) -> Vec<(String, Value)> {
    let keys = to.criteria.iter().map(|criterion| criterion.key.as_str());
    placed(&siblings(record, "criteria", keys, moved), moved, place)
        .into_iter()
        .map(|(key, order)| {
            (
                format!("places.{key}"),
                json!({"section": to.key, "order": order}),
            )
        })
        .collect()
}

fn add_criterion(
    record: &Record,
    template: &Template,
    to: &Section,
    key: &str,
    place: usize,
    mut value: Value,
) -> Result<Vec<(String, Value)>, Refusal> {
    let name = format!("criteria.{key}");
    if !limit::is_key(key) || record.fields.contains_key(&name) {
        return Err(taken(key));
    }
    if to.criteria.len() >= limit::SECTION_CRITERIA_LIMIT {
        return Err(too_many(
            "criteria in a section",
            limit::SECTION_CRITERIA_LIMIT,
        ));
    }
    if template.criteria_count() >= limit::CRITERIA_LIMIT {
        return Err(too_many("criteria on a form", limit::CRITERIA_LIMIT));
    }
    let mut fields = criteria_at(record, to, key, place);
    let own = format!("places.{key}");
    let order = fields
        .iter()
        .position(|(name, _)| *name == own)
        .map(|nth| fields.remove(nth).1);
    if let (Some(object), Some(order)) = (
        value.as_object_mut(),
        order.as_ref().and_then(|order| order.get("order")),
    ) {
        object.insert("section".into(), json!(to.key));
        object.insert("order".into(), order.clone());
    }
    fields.push((name, value));
    Ok(fields)
}

impl TemplateEdit {
    /// The fields to write into `record` for this edit.
    ///
    /// Refused where the part is not on the form any more, or there would be too many. Words are judged with every other
    /// writing of a form ([`limit::check_field`]).
    pub fn fields(&self, record: &Record) -> Result<Vec<(String, Value)>, Refusal> {
        let template = Template::read(record);
        let one = |name: String, value: Value| Ok(vec![(name, value)]);
        match self {
            Self::Name { name } => one("name".into(), json!(name.trim())),
            Self::SectionAdd {
                section,
                title,
                place,
            } => {
                let name = format!("sections.{section}");
                if !limit::is_key(section) || record.fields.contains_key(&name) {
                    return Err(taken(section));
                }
                if template.sections.len() >= limit::SECTIONS_LIMIT {
                    return Err(too_many("sections on a form", limit::SECTIONS_LIMIT));
                }
                let orders = sections_at(record, &template, section, *place);
                Ok(orders
                    .into_iter()
                    .map(|(key, order)| {
                        if key == *section {
                            (
                                name.clone(),
                                json!({"title": title.trim(), "order": order, "prompts": []}),
                            )
                        } else {
                            (format!("section_places.{key}"), json!({"order": order}))
                        }
                    })
                    .collect())
            }
            Self::SectionTitle {
                section: key,
                title,
            } => {
                section(&template, key)?;
                one(format!("titles.{key}"), json!(title.trim()))
            }
            Self::SectionMove {
                section: key,
                place,
            } => {
                section(&template, key)?;
                let orders = sections_at(record, &template, key, *place);
                let fields = orders.into_iter();
                Ok(fields
                    .map(|(key, order)| (format!("section_places.{key}"), json!({"order": order})))
                    .collect())
            }
            Self::SectionRemove { section: key } => {
                section(&template, key)?;
                one(format!("section_removed.{key}"), json!(true))
            }
            Self::SectionRestore { section: key } => {
                one(format!("section_removed.{key}"), Value::Null)
            }
            Self::SectionPrompts {
                section: key,
                prompts,
            } => {
                section(&template, key)?;
                let prompts: Vec<&str> = prompts.iter().map(|prompt| prompt.trim()).collect();
                one(format!("prompts.{key}"), json!(prompts))
            }
            Self::CriterionAdd {
                criterion,
                section: to,
                text,
                place,
            } => {
                let to = section(&template, to)?;
                let place = usize::try_from(*place).unwrap_or(usize::MAX);
                add_criterion(
                    record,
                    &template,
                    to,
                    criterion,
                    place,
                    json!({"text": text.trim()}),
                )
            }
            Self::CriterionText {
                criterion: key,
                text,
            } => {
                criterion(&template, key)?;
                one(format!("wordings.{key}"), json!(text.trim()))
            }
            Self::CriterionGuidance {
                criterion: key,
                guidance,
            } => {
                criterion(&template, key)?;
                one(format!("guidance.{key}"), json!(guidance.trim()))
            }
            Self::CriterionMove {
                criterion: key,
                section: to,
                place,
            } => {
                let (from, _, _) = criterion(&template, key)?;
                let to = section(&template, to)?;
                if from.key != to.key && to.criteria.len() >= limit::SECTION_CRITERIA_LIMIT {
                    return Err(too_many(
                        "criteria in a section",
                        limit::SECTION_CRITERIA_LIMIT,
                    ));
                }
                Ok(criteria_at(
                    record,
                    to,
                    key,
                    usize::try_from(*place).unwrap_or(usize::MAX),
                ))
            }
            Self::CriterionRemove { criterion: key } => {
                criterion(&template, key)?;
                one(format!("removed.{key}"), json!(true))
            }
            Self::CriterionRestore { criterion: key } => one(format!("removed.{key}"), Value::Null),
            Self::CriterionSplit {
                criterion: key,
                text,
                second,
                second_text,
            } => {
                let (home, place, _) = criterion(&template, key)?;
                let value = json!({"text": second_text.trim(), "split_from": key});
                let mut fields = add_criterion(record, &template, home, second, place + 1, value)?;
                fields.push((format!("wordings.{key}"), json!(text.trim())));
                Ok(fields)
            }
        }
    }

    /// What undoes this edit, asked before it is made. Empty where there is nothing to undo.
    pub fn undoing(&self, record: &Record) -> Result<Vec<Self>, Refusal> {
        let template = Template::read(record);
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let text_of = |key: &str| -> Result<Self, Refusal> {
            let (_, _, held) = criterion(&template, key)?;
            Ok(Self::CriterionText {
                criterion: key.to_owned(),
                text: held.text.clone(),
            })
        };
        Ok(vec![match self {
            Self::Name { .. } => Self::Name {
                name: template.name.clone(),
            },
            Self::SectionAdd { section, .. } | Self::SectionRestore { section } => {
                Self::SectionRemove {
                    section: section.clone(),
                }
            }
            Self::SectionTitle { section: key, .. } => Self::SectionTitle {
                section: key.clone(),
                title: section(&template, key)?.title.clone(),
            },
            Self::SectionMove { section: key, .. } => Self::SectionMove {
                section: key.clone(),
                place: at(place_of(&template, key)?),
            },
            Self::SectionRemove { section } => Self::SectionRestore {
                section: section.clone(),
            },
            Self::SectionPrompts { section: key, .. } => Self::SectionPrompts {
                section: key.clone(),
                prompts: section(&template, key)?.prompts.clone(),
            },
            Self::CriterionAdd { criterion, .. } | Self::CriterionRestore { criterion } => {
                Self::CriterionRemove {
                    criterion: criterion.clone(),
                }
            }
            Self::CriterionText { criterion: key, .. } => text_of(key)?,
            Self::CriterionGuidance { criterion: key, .. } => Self::CriterionGuidance {
                criterion: key.clone(),
                guidance: criterion(&template, key)?
                    .2
                    .guidance
                    .clone()
                    .unwrap_or_default(),
            },
            Self::CriterionMove { criterion: key, .. } => {
                let (home, place, _) = criterion(&template, key)?;
                Self::CriterionMove {
                    criterion: key.clone(),
                    section: home.key.clone(),
                    place: at(place),
                }
            }
            Self::CriterionRemove { criterion } => Self::CriterionRestore {
                criterion: criterion.clone(),
            },
            Self::CriterionSplit {
                criterion: key,
                second,
                ..
            } => {
                return Ok(vec![
                    Self::CriterionRemove {
                        criterion: second.clone(),
                    },
                    text_of(key)?,
                ]);
            }
        }])
    }
}

#[cfg(test)]
mod tests;
