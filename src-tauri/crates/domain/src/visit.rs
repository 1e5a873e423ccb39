//! A visit: one class, one date and time, up to two observers, one subject. Its life is in [`Life`].

mod life;

use chrono::{DateTime, Duration, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::field::{Declared, Shape};
use crate::{ClassId, PersonId, Record, VisitId, WalkId};

pub use life::{Life, Lock, Step, VisitState};

/// The most observers a visit can have at any time (R6).
pub const OBSERVERS_LIMIT: usize = 2;

/// What is declared of a visit's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("class", Shape::Id),
    ("starts_at", Shape::Time),
    ("minutes", Shape::Whole(5, 60)),
    ("observers", Shape::Ids(OBSERVERS_LIMIT)),
    ("subject", Shape::Text),
    ("part", Shape::Choice(&["opening", "main", "plenary"])),
    ("cancelled_at", Shape::Time),
];

/// A part of a lesson. The visits of a walk are spread over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The opening.
    Opening,
    /// The main part.
    Main,
    /// The plenary.
    Plenary,
}

impl Part {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Main => "main",
            Self::Plenary => "plenary",
        }
    }
}

/// A visit, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Which.
    pub id: VisitId,
    /// Of which walk.
    pub walk: WalkId,
    /// To which class.
    pub class: ClassId,
    /// When, at the school's own offset.
    pub starts_at: DateTime<FixedOffset>,
    /// How long it is planned for.
    pub minutes: i64,
    /// Who visits, at most two (R6).
    pub observers: Vec<PersonId>,
    /// What is taught.
    pub subject: String,
    /// Which part of the lesson.
    pub part: Part,
    /// Whether it was called off.
    pub is_cancelled: bool,
}

impl Visit {
    /// Reads a visit; `None` while it does not say of what, where and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            id: record.id.into(),
            walk: record.id("walk")?,
            class: record.id("class")?,
            starts_at: record.time("starts_at")?,
            minutes: record.whole("minutes").unwrap_or(20),
            observers: record.ids("observers"),
            subject: record.text("subject").to_owned(),
            part: match record.text("part") {
                "opening" => Part::Opening,
                "plenary" => Part::Plenary,
                _ => Part::Main,
            },
            is_cancelled: record.value("cancelled_at").is_some(),
        })
    }

    /// When it is planned to end.
    pub fn ends_at(&self) -> DateTime<FixedOffset> {
        self.starts_at + Duration::minutes(self.minutes)
    }

    /// Whether `now` falls on the visit's own day, at the school.
    pub fn is_on_day_of(&self, now: DateTime<FixedOffset>) -> bool {
        now.with_timezone(self.starts_at.offset()).date_naive() == self.starts_at.date_naive()
    }

    /// Whether two visits overlap in time.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at() && other.starts_at < self.ends_at()
    }
}

/// What is wrong with a planned visit, a sentence each: it is shown on the visit and does not block (R11).
pub fn problems(
    visit: &Visit,
    others: &[Visit],
    class: Option<&crate::class::Class>,
) -> Vec<String> {
    let others = || {
        others
            .iter()
            .filter(|other| other.id != visit.id && !other.is_cancelled)
    };
    let mut found = Vec::new();
    if visit.observers.is_empty() {
        found.push("Nobody is down to make this visit.".to_owned());
    }
    if class.is_some_and(|class| {
        visit
            .observers
            .iter()
            .any(|observer| class.has_staff(*observer))
    }) {
        found.push("An observer works with this class. Somebody else should visit it.".to_owned());
    }
    if others().any(|other| {
        other.overlaps(visit)
            && other
                .observers
                .iter()
                .any(|observer| visit.observers.contains(observer))
    }) {
        found.push("An observer is in two places at this time.".to_owned());
    }
    if others().any(|other| {
        other.class == visit.class && other.starts_at.date_naive() == visit.starts_at.date_naive()
    }) {
        found.push("This class is visited twice on this day.".to_owned());
    }
    found
}
