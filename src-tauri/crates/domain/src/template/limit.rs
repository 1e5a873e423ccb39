//! How long a form and its words may be: every criterion can be read at arm's length while standing.
//!
//! The numbers of parts are kept where a leader adds one. Where two leaders each added some without a network, the joined
//! draft may be longer, up to twice; it cannot be settled before some are taken out again.

use serde_json::Value;

use super::builtin::is_ours;
use super::{Template, check_prompt};
use crate::person::Person;
use crate::{Record, Refusal};

/// The most sections of a form.
pub const SECTIONS_LIMIT: usize = 12;
/// The most criteria of a section.
pub const SECTION_CRITERIA_LIMIT: usize = 12;
/// The most criteria of a form.
pub const CRITERIA_LIMIT: usize = 60;
/// The most questions for pupils in a section.
pub const PROMPTS_LIMIT: usize = 6;
/// The longest heading of a section, in characters.
pub const TITLE_LIMIT: usize = 60;
/// The longest criterion, in characters.
pub const WORDING_LIMIT: usize = 100;
/// The longest guidance of a criterion, in characters.
pub const GUIDANCE_LIMIT: usize = 300;
/// The longest question for pupils, in characters.
pub const PROMPT_LIMIT: usize = 120;
/// The longest key of a part, in characters.
pub const KEY_LIMIT: usize = 64;

/// Whether a text can be the key of a part: a piece of a field's name.
pub fn is_key(text: &str) -> bool {
    (1..=KEY_LIMIT).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Refuses words that are empty, not on one line, or longer than can be read.
pub fn check_words(what: &str, text: &str, limit: usize) -> Result<(), Refusal> {
    let count = text.chars().count();
    if text.trim().is_empty() {
        return Err(Refusal::new(
            "form_words",
            format!("A {what} needs words. Write some, or take it out."),
        ));
    }
    if count > limit {
        return Err(Refusal::new(
            "form_words",
            format!(
                "A {what} has at most {limit} characters, so that it can be read at arm’s length; this one has {count}. Say it in fewer words."
            ),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::new(
            "form_words",
            format!("A {what} stands on one line. Take the line breaks out."),
        ));
    }
    Ok(())
}

fn check_guidance(text: &str) -> Result<(), Refusal> {
    if text.is_empty() {
        return Ok(());
    }
    check_words("piece of guidance", text, GUIDANCE_LIMIT)
}

/// Refuses words of a form that name a member of staff: what is looked for is looked for in every room (R4, R9).
///
/// The words of the forms that ship name nobody, whoever works in a school.
fn check_names(text: &str, people: &[Person]) -> Result<(), Refusal> {
    if is_ours(text) {
        return Ok(());
    }
    if people.iter().any(|person| person.is_named_in(text)) {
        return Err(Refusal::new(
            "form_names_staff",
            "A form is used in every class, so it cannot name a member of staff. Say what pupils’ learning looks like.",
        ));
    }
    Ok(())
}

/// Refuses a value of a form's field that nobody could read, that asks pupils about staff (R7) or that names staff.
/// `people` are those of the school.
pub fn check_field(name: &str, value: &Value, people: &[Person]) -> Result<(), Refusal> {
    let Some((family, key)) = name.split_once('.') else {
        return if name == "name" {
            check_names(value.as_str().unwrap_or_default(), people)
        } else {
            Ok(())
        };
    };
    let families = [
        "sections",
        "titles",
        "section_places",
        "section_removed",
        "prompts",
        "criteria",
        "wordings",
        "guidance",
        "places",
        "removed",
    ];
    if families.contains(&family) && !is_key(key) {
        return Err(Refusal::new(
            "wrong_name",
            "This part of the form has no fitting key. Update the app and try again.",
        ));
    }
    if value.is_null() {
        return Ok(());
    }
    let part = |name: &str| value.get(name).and_then(Value::as_str);
    let whole = value.as_str().unwrap_or_default();
    let words = |what: &str, text: &str, limit: usize| {
        check_words(what, text, limit)?;
        check_names(text, people)
    };
    let guide = |text: &str| {
        check_guidance(text)?;
        check_names(text, people)
    };
    let asked = |value: &Value| -> Result<(), Refusal> {
        let prompts: Vec<&str> = value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if prompts.len() > PROMPTS_LIMIT {
            return Err(too_many("questions for pupils in a section", PROMPTS_LIMIT));
        }
        prompts
            .into_iter()
            .try_for_each(|prompt| check_prompt(prompt, people))
    };
    match family {
        "sections" => {
            words("heading", part("title").unwrap_or_default(), TITLE_LIMIT)?;
            asked(value.get("prompts").unwrap_or(&Value::Null))
        }
        "criteria" => {
            words("criterion", part("text").unwrap_or_default(), WORDING_LIMIT)?;
            guide(part("guidance").unwrap_or_default())
        }
        "titles" => words("heading", whole, TITLE_LIMIT),
        "wordings" => words("criterion", whole, WORDING_LIMIT),
        "guidance" => guide(whole),
        "prompts" => asked(value),
        _ => Ok(()),
    }
}

pub(super) fn too_many(what: &str, limit: usize) -> Refusal {
    Refusal::new(
        "form_too_long",
        format!(
            "There are at most {limit} {what}, so that an observer can take it in. Take some out first."
        ),
    )
}

/// Refuses a record of a form that has more parts than two leaders together can have meant.
pub fn check_size(record: &Record) -> Result<(), Refusal> {
    let criteria = record.parts("criteria").count();
    let sections = record.parts("sections").count();
    // What was taken out stays in the record, so that it can be put back.
    if sections > SECTIONS_LIMIT * 8 || criteria > CRITERIA_LIMIT * 8 {
        return Err(too_many("criteria on a form", CRITERIA_LIMIT));
    }
    check_shown(&Template::read(record), 2)
}

fn check_shown(template: &Template, times: usize) -> Result<(), Refusal> {
    if template.sections.len() > SECTIONS_LIMIT * times {
        return Err(too_many("sections on a form", SECTIONS_LIMIT));
    }
    if template.criteria_count() > CRITERIA_LIMIT * times {
        return Err(too_many("criteria on a form", CRITERIA_LIMIT));
    }
    let longest = template
        .sections
        .iter()
        .map(|section| section.criteria.len())
        .max();
    if longest.unwrap_or_default() > SECTION_CRITERIA_LIMIT * times {
        return Err(too_many("criteria in a section", SECTION_CRITERIA_LIMIT));
    }
    Ok(())
}

/// Refuses to settle a form that is too long, or that nothing can be seen by (R19).
pub fn may_freeze(template: &Template) -> Result<(), Refusal> {
    check_shown(template, 1)?;
    match template
        .sections
        .iter()
        .find(|section| section.criteria.is_empty())
    {
        Some(section) => Err(Refusal::new(
            "form_unfinished",
            format!(
                "The section “{}” has no criteria yet. Add one, or take the section out.",
                section.title
            ),
        )),
        None if template.sections.is_empty() => Err(Refusal::new(
            "form_unfinished",
            "This form has no sections yet. Add one with its criteria first.",
        )),
        None => Ok(()),
    }
}
