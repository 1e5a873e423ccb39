//! The nouns of a learning walk, their rules and their lives.
//!
//! Everything the product knows is a [`Record`]: an id, a [`Kind`] and a set of fields, each with the [`Stamp`] of its
//! last writing. Records from two installs [`merge`](Record::merge) field by field, the greater stamp winning, so that
//! any order, repetition or partial arrival gives the same result. The noun modules ([`visit`], [`observation`], …)
//! read records into typed views, say which values a field may take, and hold the rules R1-R20 of the protocol as
//! functions over what is known: what may be started, shared, answered, and why not yet.
//!
//! Pure: no I/O, no wall clock and no randomness but what is passed in. Who may read or write is not here but in `api`;
//! how a record is kept is in `store`.

pub mod acknowledgement;
pub mod action;
pub mod class;
pub mod clock;
pub mod comment;
pub mod concern;
pub mod debrief;
pub mod field;
pub mod id;
pub mod notice;
pub mod observation;
pub mod pattern;
pub mod person;
pub mod plan;
pub mod programme;
pub mod purpose;
pub mod record;
pub mod reflection;
pub mod refusal;
pub mod reminder;
pub mod report;
pub mod response;
pub mod retention;
pub mod review;
pub mod room;
pub mod school;
pub mod search;
pub mod self_evaluation;
pub mod setting;
pub mod share;
pub mod template;
pub mod term;
pub mod theme;
pub mod visit;
pub mod walk;

pub use clock::{HybridClock, Stamp};
pub use field::Shape;
pub use id::{
    AcknowledgementId, ActionId, ClassId, CommentId, ConcernId, DebriefId, DeviceId, HubId,
    LetterId, NoticeId, ObservationId, PatternId, PersonId, RatingId, RecordId, ReflectionId,
    ReportId, ResponseId, ReviewId, RoomId, SchoolId, SelfEvaluationId, ShareId, TemplateId,
    TermId, VisitId, WalkId,
};
pub use record::{Field, Kind, Put, Record};
pub use refusal::Refusal;
