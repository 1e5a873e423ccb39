//! The ids of things: one newtype per noun, a UUID on the wire.
//!
//! New ids are version 7 (they sort by when they were made). Where two hands could make the same thing twice, the id is
//! version 5, derived from what the thing belongs to, so that both meet in one record.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(transparent)]
        pub struct $name(#[cfg_attr(feature = "ts", ts(type = "string"))] Uuid);

        impl $name {
            /// Wraps a UUID that is known to be this kind of id.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// Any record, whatever its kind.
    RecordId;
    /// A school. One install holds one school per space.
    SchoolId;
    /// A person of the school: staff, governor or other professional.
    PersonId;
    /// A teaching group.
    ClassId;
    /// A room on the route.
    RoomId;
    /// One version of a form.
    TemplateId;
    /// One round of visits with one focus.
    WalkId;
    /// One class, one date and time, up to two observers.
    VisitId;
    /// An announcement to all staff.
    NoticeId;
    /// What one observer wrote on one visit.
    ObservationId;
    /// The release of a visit's record to its teachers.
    ShareId;
    /// One teacher's answer to one record.
    ResponseId;
    /// A part of the academic year.
    TermId;
    /// That one person has read one thing.
    AcknowledgementId;
    /// One teacher's own thoughts after one visit.
    ReflectionId;
    /// One word to the head.
    ConcernId;
    /// One term's review.
    ReviewId;
    /// One comment on a draft or a review.
    CommentId;
    /// One academic year's self-evaluation.
    SelfEvaluationId;
    /// What one person rates in one self-evaluation.
    RatingId;
    /// What leaders said when they talked about one walk.
    DebriefId;
    /// The report of one walk.
    ReportId;
    /// One thing to be done.
    ActionId;
    /// The published patterns of one walk.
    PatternId;
    /// One install of the app.
    DeviceId;
    /// One hub.
    HubId;
    /// What one device wrote to a hub that it cannot reach, sealed.
    LetterId;
}

macro_rules! record_ids {
    ($($name:ident),*) => {$(
        impl From<$name> for RecordId {
            fn from(id: $name) -> Self {
                Self::from_uuid(id.uuid())
            }
        }

        impl From<RecordId> for $name {
            fn from(id: RecordId) -> Self {
                Self::from_uuid(id.uuid())
            }
        }
    )*};
}

record_ids!(
    SchoolId,
    PersonId,
    ClassId,
    RoomId,
    TemplateId,
    WalkId,
    VisitId,
    NoticeId,
    ObservationId,
    ShareId,
    ResponseId,
    TermId,
    AcknowledgementId,
    ReflectionId,
    ConcernId,
    ReviewId,
    CommentId,
    SelfEvaluationId,
    RatingId,
    DebriefId,
    ReportId,
    ActionId,
    PatternId
);

impl ObservationId {
    /// The one observation that `observer` can have on `visit`.
    ///
    /// Version 5, with the visit's id as namespace and the observer's id as name: a double tap or a second tablet of
    /// the same observer meets in the same record.
    pub fn derive(visit: VisitId, observer: PersonId) -> Self {
        Self(Uuid::new_v5(&visit.uuid(), observer.to_string().as_bytes()))
    }
}

impl ShareId {
    /// The one share that `visit` can have, so that two leaders sharing at once share once.
    pub fn derive(visit: VisitId) -> Self {
        Self(Uuid::new_v5(&visit.uuid(), b"share"))
    }
}

impl ResponseId {
    /// The one response that `teacher` can have to the record of `visit`.
    pub fn derive(visit: VisitId, teacher: PersonId) -> Self {
        Self(Uuid::new_v5(
            &visit.uuid(),
            format!("response {teacher}").as_bytes(),
        ))
    }
}

impl AcknowledgementId {
    /// The one acknowledgement that `person` can give of `record`.
    pub fn derive(record: RecordId, person: PersonId) -> Self {
        Self(Uuid::new_v5(
            &record.uuid(),
            format!("read by {person}").as_bytes(),
        ))
    }
}

impl ReflectionId {
    /// The one reflection that `teacher` can have on `visit`.
    pub fn derive(visit: VisitId, teacher: PersonId) -> Self {
        Self(Uuid::new_v5(
            &visit.uuid(),
            format!("reflection {teacher}").as_bytes(),
        ))
    }
}

impl ReviewId {
    /// The one review that a term can have.
    pub fn derive(term: TermId) -> Self {
        Self(Uuid::new_v5(&term.uuid(), b"review"))
    }
}

impl SelfEvaluationId {
    /// The one self-evaluation that a school has of the academic year that starts in the calendar year `year`, so that two
    /// leaders who begin it at once begin one.
    pub fn derive(school: SchoolId, year: i32) -> Self {
        Self(Uuid::new_v5(
            &school.uuid(),
            format!("self-evaluation {year}").as_bytes(),
        ))
    }
}

impl RatingId {
    /// The one record in which `person` rates, so that nobody rates in another's place.
    pub fn derive(self_evaluation: SelfEvaluationId, person: PersonId) -> Self {
        Self(Uuid::new_v5(
            &self_evaluation.uuid(),
            format!("rated by {person}").as_bytes(),
        ))
    }
}

impl DebriefId {
    /// The one debrief that `walk` can have.
    pub fn derive(walk: WalkId) -> Self {
        Self(Uuid::new_v5(&walk.uuid(), b"debrief"))
    }
}

impl ReportId {
    /// The one report that `walk` can have, so that two leaders who start it offline meet in one draft.
    pub fn derive(walk: WalkId) -> Self {
        Self(Uuid::new_v5(&walk.uuid(), b"report"))
    }
}

impl PatternId {
    /// The one publication that the patterns of a walk can have.
    pub fn derive(walk: WalkId) -> Self {
        Self(Uuid::new_v5(&walk.uuid(), b"pattern"))
    }
}

impl TemplateId {
    /// The one next version that a form can have, so that two leaders who each begin it meet in one draft.
    pub fn next(self) -> Self {
        Self(Uuid::new_v5(&self.0, b"next version"))
    }
}

impl TermId {
    /// The id of the `number`th term that a school starts an academic year with, so that a school that moves in brings no
    /// second copy of it.
    pub fn derive(school: SchoolId, year: i32, number: usize) -> Self {
        Self(Uuid::new_v5(
            &school.uuid(),
            format!("term {year} {number}").as_bytes(),
        ))
    }
}

impl VisitId {
    /// A name for a visit that is planned and not kept yet, within one plan of its walk. Never written.
    pub fn stand_in(walk: WalkId, place: usize) -> Self {
        Self(Uuid::new_v5(
            &walk.uuid(),
            format!("planned {place}").as_bytes(),
        ))
    }
}

impl DeviceId {
    /// The last 12 hexadecimal digits, as they stand at the end of a stamp.
    pub fn tail(self) -> [u8; 6] {
        let [.., a, b, c, d, e, f] = *self.0.as_bytes();
        [a, b, c, d, e, f]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_id_depends_on_visit_and_observer_alone() {
        let visit = VisitId::from_uuid(Uuid::from_u128(1));
        let (ada, ben) = (
            PersonId::from_uuid(Uuid::from_u128(20)),
            PersonId::from_uuid(Uuid::from_u128(31)),
        );
        assert_eq!(
            ObservationId::derive(visit, ada),
            ObservationId::derive(visit, ada)
        );
        assert_ne!(
            ObservationId::derive(visit, ada),
            ObservationId::derive(visit, ben)
        );
        assert_ne!(
            ObservationId::derive(visit, ada).uuid(),
            ResponseId::derive(visit, ada).uuid()
        );
    }
}
