//! Words in an observation that have no place on the page: of a section or criterion that the form does not have, or under
//! a name that this version does not know. The teacher reads them all the same: there are no hidden notes (R8).

use alongside_domain::Record;
use alongside_domain::template::Template;
use serde_json::Value;

/// What is on the page, or says whose and of what the observation is.
const PLACED: &[&str] = &[
    "visit",
    "observer",
    "started_at",
    "finished_at",
    "overall",
    "pupils",
    "pupils_note",
];
const PLACED_FAMILIES: &[&str] = &["went_well.", "even_better_if.", "additions."];

/// The name and the words of each, in order of name.
pub(crate) fn unplaced(observation: &Record, form: Option<&Template>) -> Vec<(String, String)> {
    let sections = || form.into_iter().flat_map(|form| &form.sections);
    let is_on_page = |name: &str| {
        if let Some(section) = name.strip_prefix("comments.") {
            return sections().any(|own| own.key == section);
        }
        if let Some(criterion) = name.strip_prefix("marks.") {
            let mut criteria = sections().flat_map(|own| &own.criteria);
            return criteria.any(|own| own.key == criterion);
        }
        PLACED.contains(&name)
            || PLACED_FAMILIES
                .iter()
                .any(|family| name.starts_with(family))
    };
    observation
        .fields
        .iter()
        .filter(|(name, field)| !field.value.is_null() && !is_on_page(name))
        .map(|(name, field)| {
            let words = match &field.value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            (name.clone(), words)
        })
        .collect()
}
