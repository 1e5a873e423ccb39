//! A term: a part of the academic year. A school plans one walk in each (R11).

use chrono::NaiveDate;

use crate::field::{Declared, Shape};
use crate::{Record, Refusal, TermId};

/// What is declared of a term's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("starts_on", Shape::Date),
    ("ends_on", Shape::Date),
];

/// A term, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Which.
    pub id: TermId,
    /// As the school calls it.
    pub name: String,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Its last day.
    pub ends_on: NaiveDate,
}

impl Term {
    /// Reads a term; `None` while it does not say from when to when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            starts_on: record.date("starts_on")?,
            ends_on: record.date("ends_on")?,
        })
    }

    /// Whether a day falls in it.
    pub fn holds(&self, day: NaiveDate) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
    }
}

/// The longest a term can be, in days.
const LONGEST: i64 = 366;

/// Refuses a term that ends before it starts, is longer than a year, or lies over another.
pub fn check_term(term: &Term, others: &[Term]) -> Result<(), Refusal> {
    if term.ends_on < term.starts_on {
        return Err(Refusal::new(
            "term_backwards",
            "A term ends after it starts. Check the two days.",
        ));
    }
    if (term.ends_on - term.starts_on).num_days() > LONGEST {
        return Err(Refusal::new(
            "term_too_long",
            "A term is shorter than a year. Check the two days.",
        ));
    }
    let over = others.iter().find(|other| {
        other.id != term.id && other.starts_on <= term.ends_on && term.starts_on <= other.ends_on
    });
    match over {
        Some(other) => Err(Refusal::new(
            "terms_overlap",
            format!(
                "This term lies over “{}”. Check the days of both.",
                other.name
            ),
        )),
        None => Ok(()),
    }
}
