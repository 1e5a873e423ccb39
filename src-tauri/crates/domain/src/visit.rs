//! A visit: one class, one date and time, up to two observers, one subject. Its life is in `life`, what can be wrong
//! with its plan in `problems`.

mod life;
mod problems;

use chrono::{DateTime, Duration, FixedOffset};
use serde::{Deserialize, Serialize};

use crate::class::{Class, STAFF_LIMIT};
use crate::field::{Declared, Shape};
use crate::{ClassId, PersonId, Record, Refusal, VisitId, WalkId};

pub use life::{Life, Lock, Step, VisitState};
pub use problems::{Around, WALK_MINUTES, problems};

/// The most observers a visit can have at any time (R6).
pub const OBSERVERS_LIMIT: usize = 2;

/// The shortest visit, in minutes.
pub const LEAST_MINUTES: i64 = 5;

/// What is declared of a visit's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("class", Shape::Id),
    ("starts_at", Shape::Time),
    ("minutes", Shape::Whole(LEAST_MINUTES, 60)),
    ("observers", Shape::Ids(OBSERVERS_LIMIT)),
    ("subject", Shape::Text),
    ("part", Shape::Choice(&["opening", "main", "plenary"])),
    ("cancelled_at", Shape::Moment),
    ("crowded", Shape::Ids(20)),
    (TEACHERS, Shape::Ids(STAFF_LIMIT)),
];

/// What a hub writes on a visit when its first observer begins: the teachers of the class then. Theirs are the record, the
/// answer and the count (R8, R10), whoever teaches the class afterwards; a device's word for it counts for nothing.
pub const TEACHERS: &str = "teachers";

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
    /// Every part, in order of the lesson.
    pub const ALL: [Self; 3] = [Self::Opening, Self::Main, Self::Plenary];

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
    /// Observers whom somebody added while somebody else did, so that there were more than two (R6). A hub writes it and
    /// a leader clears it; nobody is silently dropped.
    pub crowded: Vec<PersonId>,
    /// Who taught the class when the first observer began; nobody before that. [`teachers`](Self::teachers) is what to ask.
    pub taught_by: Vec<PersonId>,
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
            crowded: record.ids("crowded"),
            taught_by: record.ids(TEACHERS),
        })
    }

    /// The teachers of this visit: those who taught the class when it began, and of one that has not begun the teachers of
    /// the class now (R8, R10). `class` is the visit's own.
    pub fn teachers<'a>(&'a self, class: Option<&'a Class>) -> &'a [PersonId] {
        match (self.taught_by.as_slice(), class) {
            ([], Some(class)) => &class.teachers,
            (taught_by, _) => taught_by,
        }
    }

    /// Whether a person is a teacher of this visit, with [`teachers`](Self::teachers).
    pub fn is_taught_by(&self, person: PersonId, class: Option<&Class>) -> bool {
        self.teachers(class).contains(&person)
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

    /// Whether two visits are to one class on one day (R11).
    pub fn is_to_same_class_on_same_day(&self, other: &Self) -> bool {
        self.class == other.class && self.starts_at.date_naive() == other.starts_at.date_naive()
    }

    /// The observers who would be in two places at once, at this visit and another (R11).
    pub fn observers_also_at(&self, other: &Self) -> Vec<PersonId> {
        if !self.overlaps(other) {
            return Vec::new();
        }
        let both = self.observers.iter().copied();
        both.filter(|observer| other.observers.contains(observer))
            .collect()
    }
}

/// Refuses a third observer (R6).
pub fn check_observers(count: usize) -> Result<(), Refusal> {
    if count <= OBSERVERS_LIMIT {
        return Ok(());
    }
    Err(Refusal::new(
        "too_many_observers",
        "At most two observers visit a class at a time. Take one away, or plan another visit.",
    ))
}

/// Refuses a visit that is longer than visits are at this school (R5), or too short to see anything.
pub fn check_minutes(minutes: i64, settings: &crate::school::Settings) -> Result<(), Refusal> {
    if minutes < LEAST_MINUTES {
        return Err(Refusal::new(
            "too_short",
            format!("A visit lasts at least {LEAST_MINUTES} minutes. Make it longer."),
        ));
    }
    if minutes <= settings.visit_stop_minutes {
        return Ok(());
    }
    Err(Refusal::new(
        "too_long",
        format!(
            "A visit lasts at most {} minutes at this school. Make it shorter.",
            settings.visit_stop_minutes
        ),
    ))
}

/// Refuses a visit that would be one too many in the year of a teacher of it (R10). Nobody's name is said.
///
/// `others` are all visits of the school; `class_of` finds a class.
pub fn check_yearly_maximum<'a>(
    visit: &Visit,
    others: &[Visit],
    class_of: impl Fn(ClassId) -> Option<&'a Class>,
    settings: &crate::school::Settings,
) -> Result<(), Refusal> {
    if !settings.walks_count || visit.is_cancelled {
        return Ok(());
    }
    let year = settings.academic_year(visit.starts_at);
    for teacher in visit.teachers(class_of(visit.class)) {
        let count = visits_to(*teacher, year, Some(visit.id), others, &class_of, settings) + 1;
        if i64::try_from(count).unwrap_or(i64::MAX) > settings.yearly_maximum {
            return Err(Refusal::new(
                "yearly_maximum",
                format!(
                    "A teacher of this class has had {} visits this academic year, which is the most there can be. Choose another class, or another year.",
                    count - 1
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses to make somebody a teacher of a class when a visit to it that is still to come would be one too many of theirs
/// (R10): otherwise a visit could be planned first and its teacher put down afterwards.
///
/// `class` is as it would be, `before` its teachers as they are, `to_come` its visits that have not begun, `all` the visits
/// of the school; `class_of` finds a class, this one as it would be.
pub fn check_new_teachers<'a>(
    class: &Class,
    before: &[PersonId],
    to_come: &[Visit],
    all: &[Visit],
    class_of: impl Fn(ClassId) -> Option<&'a Class>,
    settings: &crate::school::Settings,
) -> Result<(), Refusal> {
    if !settings.walks_count {
        return Ok(());
    }
    let new = class.teachers.iter().filter(|own| !before.contains(own));
    for teacher in new {
        for visit in to_come {
            let year = settings.academic_year(visit.starts_at);
            let count = visits_to(*teacher, year, None, all, &class_of, settings);
            if i64::try_from(count).unwrap_or(i64::MAX) > settings.yearly_maximum {
                return Err(Refusal::new(
                    "yearly_maximum",
                    format!(
                        "With the visits planned to this class, a teacher would have more than {} in one academic year, which is the most there can be. Call a visit to this class off first.",
                        settings.yearly_maximum
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// How many visits there are to a teacher in an academic year, leaving one out where asked (R10).
pub fn visits_to<'a>(
    teacher: PersonId,
    year: i32,
    except: Option<VisitId>,
    visits: &[Visit],
    class_of: impl Fn(ClassId) -> Option<&'a Class>,
    settings: &crate::school::Settings,
) -> usize {
    visits
        .iter()
        .filter(|visit| {
            Some(visit.id) != except
                && !visit.is_cancelled
                && settings.academic_year(visit.starts_at) == year
                && visit.is_taught_by(teacher, class_of(visit.class))
        })
        .count()
}
