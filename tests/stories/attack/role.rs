//! Who tries: everyone the table knows, each as a person of the cast on a device of their own.

use alongside_domain::PersonId;
use alongside_tests::{Cast, id};

/// Somebody at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Head,
    Leader,
    LineManager,
    Teacher,
    OtherTeacher,
    Observer,
    CoObserver,
    OtherObserver,
    Support,
    Governor,
    Visitor,
    Left,
    Revoked,
    Stranger,
}

impl Role {
    /// Everyone.
    pub const ALL: [Self; 14] = [
        Self::Head,
        Self::Leader,
        Self::LineManager,
        Self::Teacher,
        Self::OtherTeacher,
        Self::Observer,
        Self::CoObserver,
        Self::OtherObserver,
        Self::Support,
        Self::Governor,
        Self::Visitor,
        Self::Left,
        Self::Revoked,
        Self::Stranger,
    ];

    /// Those who are let in.
    pub const STAFF: [Self; 11] = [
        Self::Head,
        Self::Leader,
        Self::LineManager,
        Self::Teacher,
        Self::OtherTeacher,
        Self::Observer,
        Self::CoObserver,
        Self::OtherObserver,
        Self::Support,
        Self::Governor,
        Self::Visitor,
    ];

    /// The table's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Leader => "leader",
            Self::LineManager => "line_manager",
            Self::Teacher => "teacher",
            Self::OtherTeacher => "other_teacher",
            Self::Observer => "observer",
            Self::CoObserver => "co_observer",
            Self::OtherObserver => "other_observer",
            Self::Support => "support",
            Self::Governor => "governor",
            Self::Visitor => "visitor",
            Self::Left => "left",
            Self::Revoked => "revoked",
            Self::Stranger => "stranger",
        }
    }

    /// Whether the door is open to them at all.
    pub fn is_let_in(self) -> bool {
        Self::STAFF.contains(&self)
    }

    /// The person. A revoked device is one of the leader's, and a stranger says they are the head.
    pub fn person(self) -> PersonId {
        match self {
            Self::Head | Self::Stranger => Cast::HEAD,
            Self::Leader | Self::Revoked => Cast::LEADER,
            Self::LineManager => PersonId::from_uuid(id(211)),
            Self::Teacher => Cast::TEACHER,
            Self::OtherTeacher => Cast::OTHER_TEACHER,
            Self::Observer => Cast::ANSA,
            Self::CoObserver => Cast::BRAM,
            Self::OtherObserver => PersonId::from_uuid(id(222)),
            Self::Support => Cast::SUPPORT,
            Self::Governor => PersonId::from_uuid(id(233)),
            Self::Visitor => PersonId::from_uuid(id(244)),
            Self::Left => PersonId::from_uuid(id(255)),
        }
    }
}
