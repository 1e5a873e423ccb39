//! Reading a PDF back: that it is whole, is what assistive technology needs, and says what it was made from.

use std::collections::BTreeSet;

use alongside_domain::purpose::STATEMENT;
use lopdf::{Document, Object};
use serde_json::Value;

use super::fit::LONGEST_WORD;
use crate::Unfaithful;

/// Refuses a PDF that has no page, is not tagged or names no language, lacks the statement of purpose, or does not hold
/// the words of `view`.
pub(super) fn read_back(bytes: &[u8], view: &Value) -> Result<(), Unfaithful> {
    let unreadable = |why: &str| Unfaithful::Unreadable(why.to_owned());
    let document = Document::load_mem(bytes).map_err(|_| unreadable("it is not a PDF"))?;
    let catalog = document
        .catalog()
        .map_err(|_| unreadable("it has no catalogue"))?;
    for entry in [
        b"Lang".as_slice(),
        b"StructTreeRoot",
        b"MarkInfo",
        b"Metadata",
    ] {
        if !catalog.has(entry) {
            return Err(unreadable("it has no tags or no language"));
        }
    }
    let is_marked = catalog
        .get_deref(b"MarkInfo", &document)
        .and_then(Object::as_dict)
        .and_then(|mark| mark.get(b"Marked"))
        .and_then(Object::as_bool);
    if !matches!(is_marked, Ok(true)) {
        return Err(unreadable("it is not tagged"));
    }
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    if pages.is_empty() {
        return Err(unreadable("it has no page"));
    }
    let text = document
        .extract_text(&pages)
        .map_err(|_| unreadable("it has no text"))?;
    let text: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let is_there = |word: &&str| text.contains(&word.to_ascii_lowercase());
    if !plain_words(STATEMENT).iter().all(is_there) {
        return Err(Unfaithful::NoStatement);
    }
    let mut expected = BTreeSet::new();
    words_in(view, &mut expected);
    let found = expected.iter().filter(|word| is_there(word)).count();
    if found != expected.len() {
        return Err(Unfaithful::Incomplete {
            expected: expected.len(),
            found,
        });
    }
    Ok(())
}

fn words_in<'v>(value: &'v Value, words: &mut BTreeSet<&'v str>) {
    match value {
        Value::String(text) => words.extend(plain_words(text)),
        Value::Array(values) => values.iter().for_each(|value| words_in(value, words)),
        Value::Object(values) => values.values().for_each(|value| words_in(value, words)),
        _ => {}
    }
}

/// The words whose letters stand in a PDF as they stand in a text: plain ones, short enough not to be broken.
fn plain_words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && word.len() < LONGEST_WORD)
        .collect()
}
