//! What one observer writes on one visit, and what a teacher answers.
//!
//! Every visit has its own truth by criterion, drawn from the [tendencies](super::tendency); two observers agree with
//! it, and so with each other, most of the time. Words are said only of marks that agree with it, so that two observers
//! never contradict each other in words. Of the sentences that fit, the one used least so far is taken.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::chance::{chance, happens};
use super::plan::{Round, Stop};
use super::replies::{OVERALL, OVERALL_TO_ONE, REPLIES};
use super::tendency;
use super::words::{PUPILS_NOTES, SECTIONS, Said};

/// What a draw of chance is about, so that no two are the same.
mod about {
    pub(super) const TRUTH: u64 = 1;
    pub(super) const LOOK: u64 = 2;
    pub(super) const AGREE: u64 = 3;
    pub(super) const COMMENT: u64 = 4;
    pub(super) const ORDER: u64 = 5;
    pub(super) const SECOND: u64 = 6;
    pub(super) const FEW: u64 = 7;
    pub(super) const LINES: u64 = 8;
    pub(super) const PUPILS: u64 = 9;
    pub(super) const NOTE: u64 = 10;
    pub(super) const REPLY: u64 = 11;
}

/// How often an observer marks what the other would have marked, of a hundred.
const AGREEMENT: u64 = 90;
/// How often a section gets a comment, of a hundred.
const COMMENTED: u64 = 93;
/// How often a comment has a second sentence, of a hundred.
const SECOND_SENTENCE: u64 = 50;

/// Counts what has been said, so that nothing is said twice while something else fits.
#[derive(Default)]
pub(super) struct Shelf {
    used: HashMap<&'static str, u32>,
}

impl Shelf {
    /// The text used least so far, counting from a place that depends on `turn`.
    fn take(&mut self, texts: &[&'static str], turn: u64) -> Option<&'static str> {
        let start = usize::try_from(turn).unwrap_or_default() % texts.len().max(1);
        let turned = texts.iter().skip(start).chain(texts.iter().take(start));
        let text = turned.min_by_key(|text| self.used.get(**text).copied().unwrap_or_default())?;
        *self.used.entry(text).or_default() += 1;
        Some(text)
    }
}

/// What an observer wrote, in order of writing, and of which criteria there are words.
#[derive(Default)]
pub(super) struct Sheet {
    /// Fields of the observation; lines of went well and even better if have `*` for their key.
    pub(super) fields: Vec<(String, Value)>,
    said: Vec<(&'static str, bool)>,
}

/// A visit that is being written about.
pub(super) struct Lesson<'a> {
    /// Its number among all visits.
    pub(super) number: u64,
    pub(super) round: &'a Round,
    pub(super) stop: &'a Stop,
}

/// A criterion that an observer marked: its words, its mark, and whether the mark is beyond doubt.
#[derive(Clone, Copy)]
struct Marked {
    place: u64,
    said: &'static Said,
    is_seen: bool,
    is_sure: bool,
}

impl Lesson<'_> {
    /// What the observer in this place (0 or 1) writes.
    pub(super) fn sheet(&self, observer: u64, shelf: &mut Shelf) -> Sheet {
        let mut sheet = Sheet::default();
        let here = self
            .stop
            .group
            .pupils
            .saturating_sub(chance(&[about::PUPILS, self.number]) % 3);
        sheet.fields.push(("pupils".into(), json!(here)));
        if observer == 0 && happens(22, &[about::NOTE, self.number]) {
            let note = shelf.take(PUPILS_NOTES, self.number);
            sheet
                .fields
                .extend(note.map(|note| ("pupils_note".into(), json!(note))));
        }
        let mut all = Vec::new();
        for (section, (key, said)) in (0u64..).zip(SECTIONS) {
            let marked: Vec<Marked> = (section * 10..)
                .zip(said.iter())
                .filter_map(|(place, said)| self.mark(observer, place, said))
                .collect();
            for one in &marked {
                let mark = if one.is_seen { "seen" } else { "not_seen" };
                sheet
                    .fields
                    .push((format!("marks.{}", one.said.criterion), json!(mark)));
            }
            if happens(COMMENTED, &[about::COMMENT, self.number, observer, section])
                && let Some(comment) =
                    self.comment(observer, section, &marked, shelf, &mut sheet.said)
            {
                sheet
                    .fields
                    .push((format!("comments.{key}"), json!(comment)));
            }
            all.extend(marked);
        }
        self.lines(observer, &all, shelf, &mut sheet);
        if let Some(overall) = shelf.take(self.round.overall, self.number) {
            sheet
                .fields
                .push(("overall".into(), json!(self.fill(overall, observer))));
        }
        sheet
    }

    fn mark(&self, observer: u64, place: u64, said: &'static Said) -> Option<Marked> {
        let criterion = said.criterion;
        if !happens(
            tendency::looked(criterion),
            &[about::LOOK, self.number, observer, place],
        ) {
            return None;
        }
        let percent = tendency::seen(criterion, self.stop.group.phase, self.round.tide);
        let truth = happens(percent, &[about::TRUTH, self.number, place]);
        let is_sure = happens(AGREEMENT, &[about::AGREE, self.number, observer, place]);
        Some(Marked {
            place,
            said,
            is_seen: truth == is_sure,
            is_sure,
        })
    }

    /// One or two sentences about a section; two observers begin from different ends.
    fn comment(
        &self,
        observer: u64,
        section: u64,
        marked: &[Marked],
        shelf: &mut Shelf,
        said: &mut Vec<(&'static str, bool)>,
    ) -> Option<String> {
        let mut sure: Vec<&Marked> = marked.iter().filter(|one| one.is_sure).collect();
        sure.sort_by_key(|one| chance(&[about::ORDER, self.number, one.place]));
        if observer == 1 {
            sure.reverse();
        }
        // What went well comes first, what did not second.
        let first = sure.iter().find(|one| one.is_seen).or(sure.first())?;
        let second = sure
            .iter()
            .filter(|one| one.place != first.place)
            .min_by_key(|one| one.is_seen)
            .filter(|_| {
                happens(
                    SECOND_SENTENCE,
                    &[about::SECOND, self.number, observer, section],
                )
            });
        let mut sentences = Vec::new();
        for one in [Some(first), second].into_iter().flatten() {
            let texts = if one.is_seen {
                one.said.seen
            } else {
                one.said.not_seen
            };
            if let Some(text) = shelf.take(texts, self.number + observer) {
                said.push((one.said.criterion, one.is_seen));
                sentences.push(self.fill(text, one.place));
            }
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// What went well and even better if: about seven to three.
    fn lines(&self, observer: u64, marked: &[Marked], shelf: &mut Shelf, sheet: &mut Sheet) {
        let draw = chance(&[about::LINES, self.number, observer]) % 10;
        let (well, better) = match draw {
            0..=1 => (2, 1),
            2..=5 => (3, 1),
            6..=7 => (3, 2),
            8 => (4, 1),
            _ => (2, 0),
        };
        let mut sure: Vec<&Marked> = marked.iter().filter(|one| one.is_sure).collect();
        sure.sort_by_key(|one| chance(&[about::LINES, self.number, one.place]));
        if observer == 1 {
            sure.reverse();
        }
        for one in sure.iter().filter(|one| one.is_seen).take(well) {
            let text = shelf.take(one.said.well, self.number + observer);
            sheet
                .fields
                .extend(text.map(|text| ("went_well.*".into(), json!(text))));
        }
        // Where the two agree on all that went well, a point of one's own still helps.
        let own = marked.iter().filter(|one| !one.is_sure);
        for one in sure
            .iter()
            .copied()
            .chain(own)
            .filter(|one| !one.is_seen)
            .take(better)
        {
            let text = shelf.take(one.said.better, self.number + observer);
            sheet
                .fields
                .extend(text.map(|text| ("even_better_if.*".into(), json!(text))));
        }
    }

    fn fill(&self, text: &str, place: u64) -> String {
        let few = chance(&[about::FEW, self.number, place]) % 3;
        self.stop
            .subject
            .fill(text, usize::try_from(few).unwrap_or_default())
    }

    /// What the teacher answers to these sheets: to a section or two by its key, and to the whole under no key.
    pub(super) fn reply(
        &self,
        sheets: &[Sheet],
        shelf: &mut Shelf,
    ) -> Vec<(Option<&'static str>, &'static str)> {
        let mut answers: Vec<(Option<&'static str>, &'static str)> = Vec::new();
        let wanted = if happens(50, &[about::REPLY, self.number]) {
            2
        } else {
            1
        };
        for (section, said) in SECTIONS {
            let fitting = REPLIES.iter().filter(|reply| {
                let is_of_section = said.iter().any(|said| said.criterion == reply.criterion);
                let point = (reply.criterion, reply.is_to_seen);
                is_of_section
                    && sheets.iter().any(|sheet| sheet.said.contains(&point))
                    && !shelf.used.contains_key(reply.text)
            });
            let texts: Vec<&'static str> = fitting.map(|reply| reply.text).collect();
            if answers.len() < wanted
                && let Some(text) = shelf.take(&texts, self.number)
            {
                answers.push((Some(section), text));
            }
        }
        let pool = if sheets.len() > 1 {
            OVERALL
        } else {
            OVERALL_TO_ONE
        };
        answers.extend(shelf.take(pool, self.number).map(|text| (None, text)));
        answers
    }
}
