//! Searching what people wrote: which fields are words, how words are compared, what a person's name finds and what it
//! never finds (R9), and the few words shown around what was found.
//!
//! A mark is no word: it is neither searched nor shown. Two spellings are one word when they differ in case, accents or
//! apostrophes only, and a word is found by its beginning. Where words are kept ready to be found is not here (`store`),
//! nor who may read what is found (`api`).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::class::Class;
use crate::person::Person;
use crate::{Kind, Record};

/// The most words of a question that are looked for; what follows is left out.
pub const WORDS_LIMIT: usize = 8;
/// The most characters of a question that are read.
pub const ASKED_LIMIT: usize = 400;
/// The most characters of one word that are compared.
const WORD_LIMIT: usize = 48;
/// About how many characters are shown before what was found, and in all.
const BEFORE: usize = 48;
const SHOWN: usize = 160;
/// What stands in the place of a name that is not shown.
const HIDDEN: &str = "(name)";
/// What comes before a name and is none.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "sir", "dame", "prof", "rev",
];

/// What stands in the name of a class and names none.
const GENERIC: &[&str] = &[
    "class", "classes", "group", "form", "set", "year", "room", "unit", "the", "school",
];

/// The fields of a kind that hold words to be found, a whole family of fields by its first part. A mark never is one.
pub fn searched(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Walk => &["name", "focus", "purpose"],
        Kind::Template => &["name", "sections", "criteria"],
        Kind::Review => &["words"],
        Kind::Report => &[
            "strengths",
            "development",
            "good_practice",
            "changes",
            "more_information",
            "additions",
        ],
        Kind::Action => &["title", "success_criteria", "notes"],
        Kind::Comment => &["text"],
        Kind::Observation => &[
            "went_well",
            "even_better_if",
            "comments",
            "overall",
            "additions",
        ],
        Kind::Response => &["comments", "overall"],
        Kind::Reflection => &["confirmed", "change"],
        Kind::Concern => &["text", "answer"],
        _ => &[],
    }
}

/// The words of a record that can be found, each text with the name of its field, in the order of [`searched`].
pub fn texts(record: &Record) -> Vec<(&str, &str)> {
    let mut texts = Vec::new();
    for family in searched(&record.kind) {
        for (name, field) in &record.fields {
            let is_of_family = name == family
                || name
                    .strip_prefix(family)
                    .is_some_and(|rest| rest.starts_with('.'));
            if is_of_family {
                match &field.value {
                    Value::String(text) => texts.push((name.as_str(), text.as_str())),
                    // A part of a form, or a note.
                    Value::Object(part) => {
                        let words = ["title", "text", "guidance"];
                        let words = words.iter().filter_map(|key| part.get(*key)?.as_str());
                        texts.extend(words.map(|text| (name.as_str(), text)));
                    }
                    _ => {}
                }
            }
        }
    }
    texts.retain(|(_, text)| !text.trim().is_empty());
    texts
}

/// One word of a text: where it stands, in bytes, and how it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where.
    pub at: Range<usize>,
    /// Without case, accents and apostrophes: letters and digits only.
    pub folded: String,
}

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    let mut close = |at: Range<usize>| {
        let spelt = text.get(at.clone()).unwrap_or_default();
        let spelt = spelt.trim_end_matches(is_apostrophe);
        let folded = fold(spelt);
        if !folded.is_empty() {
            let at = at.start..at.start + spelt.len();
            words.push(Word { at, folded });
        }
    };
    for (at, c) in text.char_indices() {
        let goes_on = start.is_some() && (is_apostrophe(c) || is_combining_mark(c));
        if c.is_alphanumeric() || goes_on {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            close(start..at);
        }
    }
    if let Some(start) = start {
        close(start..text.len());
    }
    words
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().flat_map(char::to_lowercase).take(WORD_LIMIT) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            c if c.is_alphanumeric() && !is_combining_mark(c) && !is_apostrophe(c) => {
                folded.push(c);
            }
            _ => {}
        }
    }
    folded
}

/// What somebody looks for: words, each of which must be found by its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    words: Vec<String>,
}

impl Query {
    /// Reads what was typed. Anything can be: whatever is no letter and no digit only parts words.
    pub fn read(asked: &str) -> Self {
        let end = asked.char_indices().nth(ASKED_LIMIT).map(|(at, _)| at);
        let asked = asked.get(..end.unwrap_or(asked.len())).unwrap_or_default();
        let mut found: Vec<String> = Vec::new();
        for word in words(asked) {
            if found.len() < WORDS_LIMIT && !found.contains(&word.folded) {
                found.push(word.folded);
            }
        }
        Self { words: found }
    }

    /// The words, as they are compared.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Which of the words this one begins with.
    fn met_by<'q>(&'q self, word: &str) -> impl Iterator<Item = usize> + 'q {
        let word = word.to_owned();
        let met = move |(n, asked): (usize, &String)| word.starts_with(asked.as_str()).then_some(n);
        self.words.iter().enumerate().filter_map(met)
    }
}

/// The names of a school's people and classes: words by which nothing about a lesson is found (R9).
///
/// Who looks for a name finds the person or the class. Were comments found by it too, the search would be a file on one
/// teacher. A class is mostly one teacher's, so its name is treated alike.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Words that name somebody, or one class alone.
    single: HashSet<String>,
    /// Names of classes that are names only when their words stand together: `Year 3`.
    classes: BTreeSet<Vec<String>>,
}

impl Names {
    /// The names of these people and classes; those who have left are named still.
    pub fn of<'a>(
        people: impl IntoIterator<Item = &'a Person>,
        classes: impl IntoIterator<Item = &'a Class>,
    ) -> Self {
        let folded = |name: &str| words(name).into_iter().map(|word| word.folded);
        let mut single: HashSet<String> = people
            .into_iter()
            .flat_map(|person| folded(&person.name))
            .filter(|word| word.chars().count() >= 2 && !TITLES.contains(&word.as_str()))
            .collect();
        let classes: BTreeSet<Vec<String>> = classes
            .into_iter()
            .map(|class| folded(&class.name).collect())
            .filter(|name: &Vec<String>| !name.is_empty())
            .collect();
        let mut shared: HashMap<&String, usize> = HashMap::new();
        for word in classes.iter().flatten() {
            *shared.entry(word).or_default() += 1;
        }
        let names_one = |word: &String| {
            let is_generic = GENERIC.contains(&word.as_str());
            word.chars().any(char::is_alphabetic) && word.chars().count() >= 2 && !is_generic
        };
        let alone = shared.iter().filter(|(_, classes)| **classes == 1);
        let alone = alone.map(|(word, _)| *word).filter(|word| names_one(word));
        single.extend(alone.cloned());
        Self { single, classes }
    }

    /// Whether a question names a person, by any word of their name, or a class, by a word that no other class has or
    /// by all words of its name.
    pub fn are_in(&self, query: &Query) -> bool {
        let of_class = |name: &Vec<String>| name.iter().all(|word| query.words.contains(word));
        query.words.iter().any(|word| self.is_single(word)) || self.classes.iter().any(of_class)
    }

    fn is_single(&self, word: &str) -> bool {
        let without_s = word.strip_suffix('s').unwrap_or(word);
        self.single.contains(word) || self.single.contains(without_s)
    }

    /// Which words of a text are names.
    fn among(&self, words: &[Word]) -> Vec<bool> {
        let mut named: Vec<bool> = words
            .iter()
            .map(|word| self.is_single(&word.folded))
            .collect();
        for name in &self.classes {
            let ends: Vec<usize> = words
                .windows(name.len())
                .enumerate()
                .filter(|(_, run)| run.iter().map(|word| &word.folded).eq(name))
                .map(|(start, _)| start)
                .collect();
            for start in ends {
                let run = named.iter_mut().skip(start).take(name.len());
                run.for_each(|is_named| *is_named = true);
            }
        }
        named
    }
}

/// What becomes of names in the texts that are looked through.
#[derive(Debug, Clone, Copy)]
pub enum Naming<'a> {
    /// They are words like others.
    Plain,
    /// Nothing is found by them; they are shown.
    Silent(&'a Names),
    /// Nothing is found by them, and they are not shown.
    Hidden(&'a Names),
}

/// A piece of what is shown: found, or around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As it was written.
    pub text: String,
    /// Whether it was looked for.
    pub is_match: bool,
}

/// Where a question was met among texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In which of the texts most of it was met.
    pub text: usize,
    /// A few words of that text.
    pub snippet: Vec<Piece>,
}

/// Looks for every word of `query` in `texts`, each of which may be in another text; `None` when one is in none.
pub fn find(query: &Query, texts: &[&str], naming: Naming<'_>) -> Option<Found> {
    let mut met = HashSet::new();
    let mut best: Option<(usize, usize, Vec<Word>, Vec<bool>)> = None;
    for (n, text) in texts.iter().enumerate() {
        let words = words(text);
        let named = match naming {
            Naming::Plain => Vec::new(),
            Naming::Silent(names) | Naming::Hidden(names) => names.among(&words),
        };
        let here: HashSet<usize> = words
            .iter()
            .enumerate()
            .filter(|(at, _)| named.get(*at) != Some(&true))
            .flat_map(|(_, word)| query.met_by(&word.folded))
            .collect();
        if here.len() > best.as_ref().map_or(0, |(count, ..)| *count) {
            best = Some((here.len(), n, words, named));
        }
        met.extend(here);
    }
    let (_, n, words, named) = best.filter(|_| met.len() == query.words.len())?;
    let hides = matches!(naming, Naming::Hidden(_));
    Some(Found {
        text: n,
        snippet: snippet(query, texts.get(n)?, &words, &named, hides),
    })
}

/// The whole of a short text, with what was looked for told apart.
pub fn highlight(query: &Query, text: &str) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    let mut at = 0;
    for word in words(text) {
        let is_match = query.met_by(&word.folded).next().is_some();
        pieces.add(text.get(at..word.at.start).unwrap_or_default(), false);
        pieces.add(text.get(word.at.clone()).unwrap_or_default(), is_match);
        at = word.at.end;
    }
    pieces.add(text.get(at..).unwrap_or_default(), false);
    pieces.0
}

fn snippet(query: &Query, text: &str, words: &[Word], named: &[bool], hides: bool) -> Vec<Piece> {
    let is_named = |at: usize| named.get(at) == Some(&true);
    let is_met =
        |at: usize, word: &Word| !is_named(at) && query.met_by(&word.folded).next().is_some();
    let mut met = words.iter().enumerate().filter(|(at, w)| is_met(*at, w));
    let first = met.next().map_or(0, |(_, word)| word.at.start);
    let far = |word: &&Word| first.saturating_sub(word.at.start) <= BEFORE;
    let from = match words.iter().find(far) {
        Some(word) if word.at.start > BEFORE => word.at.start,
        _ => 0,
    };
    let near = |word: &&Word| word.at.end.saturating_sub(from) <= SHOWN;
    let to = match words.iter().rev().find(near) {
        _ if text.len().saturating_sub(from) <= SHOWN + BEFORE => text.len(),
        Some(word) if word.at.end > first => word.at.end,
        _ => text.len(),
    };
    let mut pieces = Pieces::default();
    if from > 0 {
        pieces.add("… ", false);
    }
    let mut at = from;
    for (n, word) in words.iter().enumerate() {
        if word.at.start < at || word.at.end > to {
            continue;
        }
        pieces.add(text.get(at..word.at.start).unwrap_or_default(), false);
        if hides && is_named(n) {
            pieces.add(HIDDEN, false);
        } else {
            let spelt = text.get(word.at.clone()).unwrap_or_default();
            pieces.add(spelt, is_met(n, word));
        }
        at = word.at.end;
    }
    pieces.add(text.get(at..to).unwrap_or_default(), false);
    if to < text.len() {
        pieces.add(" …", false);
    }
    pieces.0
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn add(&mut self, text: &str, is_match: bool) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.is_match == is_match => last.text.push_str(text),
            _ => self.0.push(Piece {
                text: text.to_owned(),
                is_match,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{ClassId, Field, PersonId, RecordId, Stamp};

    fn record(kind: Kind, fields: &[(&str, Value)]) -> Record {
        let mut record = Record::new(RecordId::from_uuid(Uuid::from_u128(4)), kind);
        for (name, value) in fields {
            let stamp = Stamp::new(1, 0, [1; 6]);
            let value = value.clone();
            record.put(name, Field { value, stamp });
        }
        record
    }

    fn names() -> Names {
        let person = |name: &str| {
            let mut person = Person::read(&record(Kind::Person, &[("name", json!(name))]));
            person.id = PersonId::from_uuid(Uuid::from_u128(3));
            person
        };
        let class = |name: &str| {
            let mut class = Class::read(&record(Kind::Class, &[("name", json!(name))]));
            class.id = ClassId::from_uuid(Uuid::from_u128(2));
            class
        };
        let people = [person("Ms Orla Tamblyn"), person("Zoë O'Hare")];
        let classes = [
            "Kestrel class",
            "Maple",
            "Year 3",
            "Year 4",
            "Maths 7A",
            "Maths 8",
        ];
        Names::of(&people, &classes.map(class))
    }

    fn shown(found: Option<Found>) -> String {
        let pieces = found.map(|found| found.snippet).unwrap_or_default();
        let mark = |piece: Piece| match piece.is_match {
            true => format!("[{}]", piece.text),
            false => piece.text,
        };
        pieces.into_iter().map(mark).collect()
    }

    #[test]
    fn words_are_compared_without_case_accents_and_apostrophes() {
        let folded = |text| words(text).into_iter().map(|word| word.folded);
        assert!(
            folded("Zoë’s CAFE\u{301}, naïve—Straße ½")
                .eq(["zoes", "cafe", "naive", "strasse", "12"])
        );
        assert_eq!(Query::read("  \"*NEAR(a^ 😀 a").words(), ["near", "a"]);
        assert!(Query::read("\"'*(): - 😀").is_empty());
    }

    #[test]
    fn every_word_must_be_met_by_its_beginning_in_one_text_or_another() {
        let texts = ["Pupils explain their thinking", "The pace suits everyone"];
        let find = |asked: &str| shown(find(&Query::read(asked), &texts, Naming::Plain));
        assert_eq!(find("think"), "Pupils explain their [thinking]");
        assert_eq!(find("pupil pace"), "[Pupils] explain their thinking");
        assert_eq!(find("inking"), "");
        assert_eq!(find("pupils quiet"), "");
    }

    #[test]
    fn a_mark_is_never_a_word() {
        let own = record(
            Kind::Observation,
            &[
                ("marks.pace", json!("not_seen")),
                ("comments.pace", json!("A brisk start")),
                ("observer", json!("not_seen")),
            ],
        );
        assert_eq!(texts(&own), [("comments.pace", "A brisk start")]);
        for kind in Kind::KNOWN {
            assert!(!searched(&kind).contains(&"marks"), "{kind}");
        }
    }

    #[test]
    fn names_of_people_and_classes_find_nothing_and_are_hidden_where_they_are_not_ones_own() {
        let names = names();
        for asked in [
            "tamblyn",
            "ORLA talk",
            "Tamblyn's",
            "zoe",
            "ohare",
            "maple",
            "3 year",
            "kestrel",
            "class kestrels",
            "7a",
        ] {
            assert!(names.are_in(&Query::read(asked)), "{asked}");
        }
        for asked in ["year", "ms", "tam", "talk", "class", "maths", "8"] {
            assert!(!names.are_in(&Query::read(asked)), "{asked}");
        }
        let texts = ["Tamblyn's table talk; Maple talked in year 3 this year"];
        let find = |asked: &str, naming| shown(find(&Query::read(asked), &texts, naming));
        assert_eq!(find("tambl", Naming::Silent(&names)), "");
        assert_eq!(find("mapl", Naming::Silent(&names)), "");
        let told = |text: &str| {
            shown(super::find(
                &Query::read("calm"),
                &[text],
                Naming::Hidden(&names),
            ))
        };
        assert_eq!(
            told("Kestrel was calm, as Year 4 is"),
            "(name) was [calm], as (name) (name) is"
        );
        assert_eq!(
            find("year talk", Naming::Hidden(&names)),
            "(name) table [talk]; (name) [talked] in (name) (name) this [year]"
        );
    }

    #[test]
    fn a_long_text_is_shown_around_what_was_found() {
        let text = format!(
            "{}the quiet needle stands here{}",
            "hay ".repeat(100),
            " hay".repeat(100)
        );
        let shown = shown(find(&Query::read("needle"), &[&text], Naming::Plain));
        assert!(shown.starts_with("… ") && shown.ends_with(" …") && shown.contains("[needle]"));
        assert!(shown.len() < 2 * SHOWN, "{}", shown.len());
    }

    proptest! {
        #[test]
        fn whatever_is_asked_and_written_there_is_an_answer(asked in ".{0,60}", text in ".{0,400}") {
            let (query, names) = (Query::read(&asked), names());
            prop_assert!(query.words().iter().all(|word| word.chars().all(char::is_alphanumeric)));
            for naming in [Naming::Plain, Naming::Silent(&names), Naming::Hidden(&names)] {
                let _ = find(&query, &[&text, &asked], naming);
            }
            if let Some(found) = find(&query, &[&text], Naming::Plain) {
                prop_assert!(found.snippet.iter().any(|piece| piece.is_match));
            }
        }

        #[test]
        fn a_text_is_found_by_its_own_words(text in "[a-zé]{1,12}( [a-zé]{1,12}){0,5}") {
            prop_assert!(find(&Query::read(&text), &[&text], Naming::Plain).is_some());
        }
    }
}
