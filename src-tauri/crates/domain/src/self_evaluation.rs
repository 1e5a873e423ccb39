//! A self-evaluation: how the school sees its own work in one academic year. Several people rate, each in a record of
//! their own; leaders then agree one rating for each indicator.
//!
//! It says nothing of any person's teaching and rests on nothing that was written on a visit (R9): no function here takes
//! an observation, and none could. What is rated is in [`tool`], what it comes to in [`score`].

pub mod score;
pub mod tool;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::person::Person;
use crate::walk::check_focus;
use crate::{PersonId, RatingId, Record, Refusal, SelfEvaluationId};

/// What is declared of a self-evaluation's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("year", Shape::Whole(2000, 2199)),
    ("started_at", Shape::Time),
    ("closed_at", Shape::Time),
    ("agreed.*", Shape::Whole(1, 4)),
    ("reading.*", Shape::Text),
];

/// What is declared of the fields of one person's ratings.
pub(crate) const RATING_FIELDS: &[Declared] = &[
    ("self_evaluation", Shape::Id),
    ("person", Shape::Id),
    ("ratings.*", Shape::Whole(1, 4)),
    ("notes.*", Shape::Text),
];

/// How far something is in place. Unanswered is not among them: it is the absence of a rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rating {
    /// 1.
    NotInPlace,
    /// 2.
    Emerging,
    /// 3.
    Developing,
    /// 4.
    Embedded,
}

impl Rating {
    /// All four, from the lowest.
    pub const ALL: [Self; 4] = [
        Self::NotInPlace,
        Self::Emerging,
        Self::Developing,
        Self::Embedded,
    ];

    /// The rating of a number from 1 to 4.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|rating| i64::from(rating.number()) == number)
    }

    /// As records hold it: 1 to 4.
    pub fn number(self) -> u8 {
        match self {
            Self::NotInPlace => 1,
            Self::Emerging => 2,
            Self::Developing => 3,
            Self::Embedded => 4,
        }
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotInPlace => "not in place",
            Self::Emerging => "emerging",
            Self::Developing => "developing",
            Self::Embedded => "embedded",
        }
    }
}

/// A self-evaluation, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfEvaluation {
    /// Which.
    pub id: SelfEvaluationId,
    /// The calendar year in which its academic year starts.
    pub year: i32,
    /// When it was begun.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When a leader closed it; open before that.
    pub closed_at: Option<DateTime<FixedOffset>>,
    /// What leaders agreed, by indicator.
    pub agreed: BTreeMap<String, Rating>,
    /// Where to read on in the school's own words, by domain; one title a line.
    pub reading: BTreeMap<String, String>,
}

impl SelfEvaluation {
    /// Reads a self-evaluation; `None` while it does not say of what year.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            id: record.id.into(),
            year: i32::try_from(record.whole("year")?).ok()?,
            started_at: record.time("started_at"),
            closed_at: record.time("closed_at"),
            agreed: by_indicator(record, "agreed"),
            reading: texts(record, "reading"),
        })
    }

    /// Refuses what would change a year that is closed.
    pub fn must_be_open(&self) -> Result<(), Refusal> {
        match self.closed_at {
            None => Ok(()),
            Some(_) => Err(closed()),
        }
    }
}

/// A closed year stays as it was closed.
pub fn closed() -> Refusal {
    Refusal::new(
        "closed",
        "This self-evaluation is closed and stays as it is. What has changed since belongs in the next one.",
    )
}

/// Refuses to begin the self-evaluation of a year that is neither the present one, nor the one before, nor the next.
pub fn check_year(year: i32, present: i32) -> Result<(), Refusal> {
    if (present - 1..=present + 1).contains(&year) {
        Ok(())
    } else {
        Err(Refusal::new(
            "far_year",
            "A self-evaluation is begun in its own academic year or beside it. Check the year and the clock of this device.",
        ))
    }
}

/// Refuses a note that names a member of staff: it says what the school's work rests on, never how one person does (R9).
pub fn check_note(text: &str, people: &[Person]) -> Result<(), Refusal> {
    check_focus(text, people).map_err(|_| {
        Refusal::new(
            "note_names_staff",
            "This is about the work of the whole school, so it names no member of staff. Say what is done, not who does it.",
        )
    })
}

/// What one person rated, read from their record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratings {
    /// Which.
    pub id: RatingId,
    /// In which self-evaluation.
    pub self_evaluation: SelfEvaluationId,
    /// Whose.
    pub person: PersonId,
    /// By indicator; what is not there is unanswered.
    pub ratings: BTreeMap<String, Rating>,
    /// What they rest on, by indicator.
    pub notes: BTreeMap<String, String>,
}

impl Ratings {
    /// Reads ratings; `None` while they do not say whose and in what.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            id: record.id.into(),
            self_evaluation: record.id("self_evaluation")?,
            person: record.id("person")?,
            ratings: by_indicator(record, "ratings"),
            notes: texts(record, "notes"),
        })
    }
}

/// Of indicators that this version knows.
fn by_indicator(record: &Record, prefix: &str) -> BTreeMap<String, Rating> {
    record
        .parts(prefix)
        .filter(|(key, _)| tool::is_indicator(key))
        .filter_map(|(key, field)| {
            Some((key.to_owned(), Rating::from_number(field.value.as_i64()?)?))
        })
        .collect()
}

fn texts(record: &Record, prefix: &str) -> BTreeMap<String, String> {
    record
        .parts(prefix)
        .filter_map(|(key, field)| Some((key.to_owned(), field.value.as_str()?.to_owned())))
        .collect()
}

/// Where to read on for a domain: what the school wrote for this year, else for a year before, latest first, else the
/// usual titles. `years` are self-evaluations up to this one, latest first.
pub fn reading(domain: &tool::Domain, years: &[&SelfEvaluation]) -> Vec<String> {
    let own = years.iter().find_map(|one| one.reading.get(domain.key));
    match own {
        Some(text) => text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        None => domain
            .reading
            .iter()
            .map(|title| (*title).to_owned())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{Field, Kind, RecordId, Stamp};

    fn record(fields: &[(&str, serde_json::Value)]) -> Record {
        let id = RecordId::from_uuid(Uuid::from_u128(1));
        let mut record = Record::new(id, Kind::SelfEvaluation);
        for (name, value) in fields {
            let value = value.clone();
            let stamp = Stamp::new(1, 0, [7; 6]);
            record.put(name, Field { value, stamp });
        }
        record
    }

    #[test]
    fn there_are_eight_domains_of_five_short_indicators_each_with_a_key_of_its_own() {
        assert_eq!(tool::DOMAINS.len(), 8);
        let all = tool::DOMAINS.iter().flat_map(|domain| &domain.indicators);
        let keys: BTreeSet<&str> = all.clone().map(|one| one.key).collect();
        assert_eq!((keys.len(), tool::indicators()), (40, 40));
        for one in all {
            assert!(one.text.chars().count() <= 100, "{}", one.text);
            let name = format!("ratings.{}", one.key);
            let shape = crate::field::shape_of(&Kind::Rating, &name);
            assert_eq!(shape, Some(Shape::Whole(1, 4)));
        }
    }

    #[test]
    fn nought_null_and_unknown_indicators_are_no_answers() {
        let held = record(&[
            ("year", json!(2026)),
            ("agreed.send_cycle", json!(3)),
            ("agreed.send_impact", json!(null)),
            ("agreed.send_senco", json!(0)),
            ("agreed.made_up", json!(4)),
        ]);
        let read = SelfEvaluation::read(&held).unwrap();
        assert_eq!(read.agreed.len(), 1);
        assert_eq!(read.agreed.get("send_cycle"), Some(&Rating::Developing));
    }

    #[test]
    fn reading_is_the_schools_own_latest_words_or_the_usual_titles() {
        let parents = tool::domain("parents").unwrap();
        let last = record(&[
            ("year", json!(2025)),
            ("reading.parents", json!("Ours\n\n Two ")),
        ]);
        let last = SelfEvaluation::read(&last).unwrap();
        let this = SelfEvaluation::read(&record(&[("year", json!(2026))])).unwrap();
        assert_eq!(reading(parents, &[&this, &last]), ["Ours", "Two"]);
        assert_eq!(reading(parents, &[&this]), parents.reading);
        let none = record(&[("year", json!(2026)), ("reading.parents", json!(""))]);
        let none = SelfEvaluation::read(&none).unwrap();
        assert!(reading(parents, &[&none, &last]).is_empty());
    }

    #[test]
    fn a_year_far_from_the_present_is_not_begun() {
        assert!(check_year(2026, 2026).is_ok() && check_year(2025, 2026).is_ok());
        assert_eq!(check_year(2031, 2026).unwrap_err().code(), "far_year");
    }
}
