//! A room and its place on the route.

use crate::field::{Declared, Shape};
use crate::{Record, RoomId};

/// What is declared of a room's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("name", Shape::Name),
    ("place", Shape::Text),
    ("route", Shape::Whole(0, 9_999)),
];

/// A room, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Which.
    pub id: RoomId,
    /// As the door says.
    pub name: String,
    /// Where in the building: `first floor`, `the annexe`.
    pub place: String,
    /// Its place on the way round the school; rooms near each other have numbers near each other.
    pub route: i64,
}

impl Room {
    /// Reads a room leniently: what is missing reads as empty.
    pub fn read(record: &Record) -> Self {
        Self {
            id: record.id.into(),
            name: record.text("name").to_owned(),
            place: record.text("place").to_owned(),
            route: record.whole("route").unwrap_or_default(),
        }
    }
}
