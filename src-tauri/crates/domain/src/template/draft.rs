//! A form that came from outside, before any of it is written: what of it fits, and what does not and why.

use std::collections::BTreeSet;

use super::limit::{self, GUIDANCE_LIMIT, TITLE_LIMIT, WORDING_LIMIT};
use super::{Criterion, Section, check_prompt};
use crate::Refusal;
use crate::field::NAME_LIMIT;
use crate::person::Person;

/// Something that did not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// Where it stands in the file.
    pub place: String,
    /// Its words, shortened.
    pub what: String,
    /// Why it is left out, or what was made of it.
    pub why: String,
    /// Whether it was taken over all the same, changed.
    pub is_taken: bool,
}

impl Unfit {
    /// Something that was left out.
    pub fn left(place: &str, what: &str, why: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            what: shortened(what, 80),
            why: why.into(),
            is_taken: false,
        }
    }

    /// Something that was taken over, changed.
    pub fn changed(place: &str, what: &str, why: impl Into<String>) -> Self {
        Self {
            is_taken: true,
            ..Self::left(place, what, why)
        }
    }
}

/// A part of a draft and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// Where it stands in the file.
    pub place: String,
    /// The part.
    pub part: T,
}

/// A section with where each of its criteria came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSection {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What pupils may be asked.
    pub prompts: Vec<String>,
    /// What to look for.
    pub criteria: Vec<Placed<Criterion>>,
}

/// A form as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What it calls itself.
    pub name: String,
    /// Its sections.
    pub sections: Vec<Placed<DraftSection>>,
    /// What did not fit already when it was read.
    pub unfit: Vec<Unfit>,
}

/// What fits of a draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitted {
    /// What it calls itself.
    pub name: String,
    /// Its sections, as they can be written.
    pub sections: Vec<Section>,
    /// What does not fit.
    pub unfit: Vec<Unfit>,
}

/// Keeps of a draft what a form can be: within its limits, with keys, naming nobody of `people` and asking pupils about
/// learning only (R7). Whatever is left out or changed is listed with its reason.
pub fn fitted(draft: Draft, people: &[Person]) -> Fitted {
    let mut unfit = draft.unfit;
    let name = line_of(&draft.name, NAME_LIMIT);
    let mut sections: Vec<Section> = Vec::new();
    let (mut section_keys, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let names = |text: &str| people.iter().any(|person| person.is_named_in(text));
    for Placed { place, part } in draft.sections {
        if sections.len() >= limit::SECTIONS_LIMIT {
            let why = format!(
                "A form has at most {} sections, so this one and what is in it are left out.",
                limit::SECTIONS_LIMIT
            );
            unfit.push(Unfit::left(&place, &part.title, why));
            continue;
        }
        let mut title = line_of(&part.title, TITLE_LIMIT);
        if title != part.title.trim() {
            unfit.push(Unfit::changed(
                &place,
                &part.title,
                "The heading was too long for one line and is shortened.",
            ));
        }
        if names(&part.title) {
            unfit.push(Unfit::changed(
                &place,
                &part.title,
                "A heading cannot name a member of staff, so it has another.",
            ));
            title = String::new();
        }
        if title.is_empty() {
            title = "General".into();
        }
        let mut section = Section {
            key: free_key(&part.key, "section", &mut section_keys),
            title,
            criteria: Vec::new(),
            prompts: Vec::new(),
        };
        for prompt in part.prompts {
            let prompt = prompt.trim();
            let refused = match check_prompt(prompt, people) {
                Ok(()) if section.prompts.len() >= limit::PROMPTS_LIMIT => Some(limit::too_many(
                    "questions for pupils in a section",
                    limit::PROMPTS_LIMIT,
                )),
                Ok(()) => None,
                Err(refusal) => Some(refusal),
            };
            match refused {
                None => section.prompts.push(prompt.to_owned()),
                Some(refusal) => unfit.push(Unfit::left(&place, prompt, refusal.message())),
            }
        }
        for criterion in part.criteria {
            let total = sections
                .iter()
                .map(|section| section.criteria.len())
                .sum::<usize>();
            let room = room_for(section.criteria.len(), total + section.criteria.len());
            let Placed { place, part } = criterion;
            let refused = room.err().or_else(|| {
                let text = [Some(part.text.as_str()), part.guidance.as_deref()];
                let is_named = text.into_iter().flatten().any(names);
                is_named.then(|| {
                    Refusal::new(
                        "form_names_staff",
                        "A form is used in every class, so it cannot name a member of staff.",
                    )
                })
            });
            if let Some(refusal) = refused {
                unfit.push(Unfit::left(&place, &part.text, refusal.message()));
                continue;
            }
            section
                .criteria
                .push(shown(part, &place, &mut keys, &mut unfit));
        }
        sections.push(section);
    }
    let (kept, empty): (Vec<_>, Vec<_>) = sections
        .into_iter()
        .partition(|section| !section.criteria.is_empty());
    for section in empty {
        unfit.push(Unfit::left(
            "",
            &section.title,
            "No criteria were found in this section, so it is left out.",
        ));
    }
    Fitted {
        name,
        sections: kept,
        unfit,
    }
}

fn room_for(in_section: usize, in_form: usize) -> Result<(), Refusal> {
    if in_form >= limit::CRITERIA_LIMIT {
        return Err(limit::too_many("criteria on a form", limit::CRITERIA_LIMIT));
    }
    if in_section >= limit::SECTION_CRITERIA_LIMIT {
        return Err(limit::too_many(
            "criteria in a section",
            limit::SECTION_CRITERIA_LIMIT,
        ));
    }
    Ok(())
}

/// A criterion whose words can be read at arm's length: what is too long is told in full in its guidance.
fn shown(
    criterion: Criterion,
    place: &str,
    keys: &mut BTreeSet<String>,
    unfit: &mut Vec<Unfit>,
) -> Criterion {
    let whole = line_of(&criterion.text, usize::MAX);
    let text = line_of(&whole, WORDING_LIMIT);
    let mut guidance = criterion
        .guidance
        .as_deref()
        .map(|text| line_of(text, usize::MAX))
        .unwrap_or_default();
    if text != whole {
        guidance = format!("{whole} {guidance}");
        let why = format!(
            "It is longer than {WORDING_LIMIT} characters: shortened, with all its words in the guidance."
        );
        unfit.push(Unfit::changed(place, &whole, why));
    }
    let kept = line_of(&guidance, GUIDANCE_LIMIT);
    if kept != guidance.trim() {
        let why =
            format!("The guidance is longer than {GUIDANCE_LIMIT} characters and is shortened.");
        unfit.push(Unfit::changed(place, &text, why));
    }
    Criterion {
        key: free_key(&criterion.key, "criterion", keys),
        text: if text.is_empty() {
            "Criterion".into()
        } else {
            text
        },
        guidance: (!kept.is_empty()).then_some(kept),
        split_from: criterion.split_from.filter(|from| limit::is_key(from)),
    }
}

/// A key that is one and is not taken.
fn free_key(wanted: &str, stem: &str, taken: &mut BTreeSet<String>) -> String {
    let fit: String = wanted
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(limit::KEY_LIMIT - 8)
        .collect();
    let stem = if fit.is_empty() { stem.to_owned() } else { fit };
    let mut key = stem.clone();
    let mut number = 1;
    while taken.contains(&key) {
        number += 1;
        key = format!("{stem}_{number}");
    }
    taken.insert(key.clone());
    key
}

/// A text on one line of at most so many characters, cut between words.
pub(super) fn line_of(text: &str, limit: usize) -> String {
    let line = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    shortened(&line, limit)
}

fn shortened(text: &str, limit: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    let at_word = cut.rfind(' ').filter(|at| *at > cut.len() / 2);
    let kept = at_word.and_then(|at| cut.get(..at)).unwrap_or(&cut);
    format!("{}…", kept.trim_end())
}
