//! A class: a teaching group with its staff and usual room.

use crate::field::{Declared, Shape};
use crate::{ClassId, PersonId, Record, RoomId};

/// The most people that can be on the staff of one class, in each list.
pub const STAFF_LIMIT: usize = 20;

/// What is declared of a class's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("year_group", Shape::Text),
    ("phase", Shape::Text),
    ("teachers", Shape::Ids(STAFF_LIMIT)),
    ("support", Shape::Ids(STAFF_LIMIT)),
    ("room", Shape::Id),
    ("is_active", Shape::Flag),
];

/// A class, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Which.
    pub id: ClassId,
    /// As the school calls it.
    pub name: String,
    /// The year group or groups.
    pub year_group: String,
    /// The phase or department.
    pub phase: String,
    /// Its teachers.
    pub teachers: Vec<PersonId>,
    /// Its support staff.
    pub support: Vec<PersonId>,
    /// Where it usually is.
    pub room: Option<RoomId>,
    /// False once it is no longer taught.
    pub is_active: bool,
}

impl Class {
    /// Reads a class leniently: what is missing reads as empty.
    pub fn read(record: &Record) -> Self {
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            year_group: record.text("year_group").to_owned(),
            phase: record.text("phase").to_owned(),
            teachers: record.ids("teachers"),
            support: record.ids("support"),
            room: record.id("room"),
            is_active: record.value("is_active").is_none_or(|flag| flag != false),
        }
    }

    /// Whether a person teaches or supports this class. Nobody visits their own class as an observer.
    pub fn has_staff(&self, person: PersonId) -> bool {
        self.teachers.contains(&person) || self.support.contains(&person)
    }

    /// Its teacher, where it has no other: nobody else can teach it while they observe elsewhere.
    pub fn only_teacher(&self) -> Option<PersonId> {
        match self.teachers.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}
