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
mod tests {
    use proptest::prelude::*;

    use super::super::EVIDENCE_FORM;
    use super::super::tests::{record_of, written};
    use super::*;

    /// An edit of any kind, of parts chosen by number, so that it mostly meets one that is there.
    fn chosen(
        template: &Template,
        (kind, one, other, place): (u8, usize, usize, u32),
    ) -> Option<TemplateEdit> {
        let sections: Vec<String> = template
            .sections
            .iter()
            .map(|section| section.key.clone())
            .collect();
        let criteria: Vec<String> = template
            .sections
            .iter()
            .flat_map(|section| {
                section
                    .criteria
                    .iter()
                    .map(|criterion| criterion.key.clone())
            })
            .collect();
        let nth = |keys: &[String], number: usize| keys.get(number % keys.len().max(1)).cloned();
        let section = nth(&sections, one)?;
        let criterion = nth(&criteria, other);
        let fresh = format!("new{kind}-{one}-{other}-{place}");
        Some(match kind {
            0 => TemplateEdit::Name {
                name: format!("Form {one}"),
            },
            1 => TemplateEdit::SectionAdd {
                section: fresh,
                title: "New".into(),
                place,
            },
            2 => TemplateEdit::SectionTitle {
                section,
                title: format!("Title {other}"),
            },
            3 => TemplateEdit::SectionMove { section, place },
            4 => TemplateEdit::SectionRemove { section },
            5 => TemplateEdit::SectionPrompts {
                section,
                prompts: vec![format!("Why {other}?")],
            },
            6 => TemplateEdit::CriterionAdd {
                criterion: fresh,
                section,
                text: "New".into(),
                place,
            },
            7 => TemplateEdit::CriterionText {
                criterion: criterion?,
                text: format!("Text {one}"),
            },
            8 => TemplateEdit::CriterionGuidance {
                criterion: criterion?,
                guidance: format!("Guide {one}"),
            },
            9 => TemplateEdit::CriterionMove {
                criterion: criterion?,
                section,
                place,
            },
            10 => TemplateEdit::CriterionRemove {
                criterion: criterion?,
            },
            _ => TemplateEdit::CriterionSplit {
                criterion: criterion?,
                text: "First half".into(),
                second: fresh,
                second_text: "Second half".into(),
            },
        })
    }

    fn choices() -> impl Strategy<Value = Vec<(u8, usize, usize, u32)>> {
        prop::collection::vec((0u8..12, 0usize..40, 0usize..40, 0u32..8), 1..24)
    }

    /// The edits of `choices`, one after the other, on a copy of the built-in form.
    fn edited(record: &mut Record, choices: &[(u8, usize, usize, u32)]) {
        for choice in choices {
            let edit = chosen(&Template::read(record), *choice);
            if let Some(edit) = edit.filter(|edit| edit.fields(record).is_ok()) {
                written(record, &edit);
            }
        }
    }

    proptest! {
        #[test]
        fn undoing_an_edit_gives_the_form_back(before in choices(), last in choices()) {
            let mut record = record_of(&EVIDENCE_FORM);
            edited(&mut record, &before);
            let form = Template::read(&record);
            let edit = chosen(&form, last[0]).filter(|edit| edit.fields(&record).is_ok());
            if let Some(edit) = edit {
                let undoing = edit.undoing(&record).unwrap();
                written(&mut record, &edit);
                for back in undoing {
                    written(&mut record, &back);
                }
                prop_assert_eq!(Template::read(&record), form);
            }
        }

        #[test]
        fn parts_stand_where_they_were_put(before in choices(), one in 0usize..40, to in 0usize..40, place in 0u32..8) {
            let mut record = record_of(&EVIDENCE_FORM);
            edited(&mut record, &before);
            let form = Template::read(&record);
            let edit = chosen(&form, (9, to, one, place)).filter(|edit| edit.fields(&record).is_ok());
            if let Some(TemplateEdit::CriterionMove { criterion: key, section: home, .. }) = &edit {
                written(&mut record, edit.as_ref().unwrap());
                let after = Template::read(&record);
                let home = section(&after, home).unwrap();
                let stands = home.criteria.iter().position(|criterion| criterion.key == *key).unwrap();
                let last = home.criteria.len() - 1;
                prop_assert_eq!(stands, usize::try_from(place).unwrap().min(last));
                prop_assert_eq!(after.criteria_count(), form.criteria_count());
            }
        }

        #[test]
        fn a_draft_never_grows_past_what_can_be_read(all in choices()) {
            let mut record = record_of(&EVIDENCE_FORM);
            edited(&mut record, &all);
            let form = Template::read(&record);
            prop_assert!(form.sections.len() <= limit::SECTIONS_LIMIT);
            prop_assert!(form.criteria_count() <= limit::CRITERIA_LIMIT);
            prop_assert!(limit::check_size(&record).is_ok());
        }

        #[test]
        fn edits_of_two_leaders_both_hold(one in choices(), other in choices()) {
            let base = record_of(&EVIDENCE_FORM);
            let (mut left, mut right) = (base.clone(), base.clone());
            edited(&mut left, &one);
            edited(&mut right, &other);
            let mut both = left.clone();
            both.merge(right.clone());
            let mut turned = right.clone();
            turned.merge(left.clone());
            prop_assert_eq!(Template::read(&both), Template::read(&turned));
            // What only one of them wrote stands as they wrote it.
            for (name, field) in &left.fields {
                if right.fields.get(name) == base.fields.get(name) {
                    prop_assert_eq!(both.fields.get(name), Some(field));
                }
            }
        }
    }

    #[test]
    fn one_leader_words_a_criterion_while_another_moves_it_and_both_hold() {
        let base = record_of(&EVIDENCE_FORM);
        let (mut left, mut right) = (base.clone(), base);
        let text = "Zones are shown where pupils need them";
        written(
            &mut left,
            &TemplateEdit::CriterionText {
                criterion: "zones".into(),
                text: text.into(),
            },
        );
        written(
            &mut right,
            &TemplateEdit::CriterionMove {
                criterion: "zones".into(),
                section: "behaviour".into(),
                place: 0,
            },
        );
        left.merge(right);
        let form = Template::read(&left);
        let behaviour = form
            .sections
            .iter()
            .find(|section| section.key == "behaviour")
            .unwrap();
        assert_eq!(
            (
                behaviour.criteria[0].key.as_str(),
                behaviour.criteria[0].text.as_str()
            ),
            ("zones", text)
        );
    }

    #[test]
    fn the_first_of_a_split_keeps_its_key_and_the_second_remembers_it() {
        let mut record = record_of(&EVIDENCE_FORM);
        written(
            &mut record,
            &TemplateEdit::CriterionSplit {
                criterion: "aids".into(),
                text: "Communication aids are within reach".into(),
                second: "aids2".into(),
                second_text: "Adults model communication aids".into(),
            },
        );
        let form = Template::read(&record);
        let [first, second, ..] = form.sections[0].criteria.as_slice() else {
            panic!()
        };
        assert_eq!(
            (first.key.as_str(), first.split_from.as_deref()),
            ("aids", None)
        );
        assert_eq!(
            (second.key.as_str(), second.split_from.as_deref()),
            ("aids2", Some("aids"))
        );
    }

    #[test]
    fn a_part_that_is_gone_is_not_edited_and_a_key_is_not_used_twice() {
        let mut record = record_of(&EVIDENCE_FORM);
        written(
            &mut record,
            &TemplateEdit::CriterionRemove {
                criterion: "aids".into(),
            },
        );
        let late = TemplateEdit::CriterionText {
            criterion: "aids".into(),
            text: "Late".into(),
        };
        assert_eq!(late.fields(&record).unwrap_err().code(), "form_part_gone");
        let again = TemplateEdit::CriterionAdd {
            criterion: "aids".into(),
            section: "books".into(),
            text: "Something else".into(),
            place: 0,
        };
        assert_eq!(again.fields(&record).unwrap_err().code(), "form_key");
        written(
            &mut record,
            &TemplateEdit::CriterionRestore {
                criterion: "aids".into(),
            },
        );
        assert_eq!(Template::read(&record).sections[0].criteria[0].key, "aids");
    }
}
