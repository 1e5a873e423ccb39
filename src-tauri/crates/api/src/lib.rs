//! What a person may ask, authorised in one place.
//!
//! A [`Desk`] serves one store. A screen calls a command by name (`commands` is the table); the desk finds out how the
//! [`Actor`] stands in the school, lets the noun's file read or write through `authority`, and answers with a view made
//! for that screen. On a hub the same desk also takes in what devices wrote ([`Desk::exchange`]) and lets people in
//! ([`Desk::pair`]); every field passes the same judge whichever way it came.
//!
//! No SQL, no Tauri and no HTTP here: the shell and the hub carry calls to a desk and answers back.

mod accept;
mod actor;
mod arrival;
mod atlas;
mod authority;
mod commands;
mod crowd;
mod desk;
mod door;
pub mod draft;
mod error;
mod exchange;
mod facts;
mod founding;
mod fresh;
mod handover;
pub mod log;
pub mod notes;

mod taught;
mod unplaced;

pub mod about;
pub mod acknowledgement;
pub mod action;
pub mod archive;
pub mod class;
pub mod coming;
pub mod comment;
pub mod concern;
pub mod corridor;
pub mod debrief;
pub mod device;
pub mod file;
pub mod held;
pub mod import;
pub mod install;
pub mod letter;
pub mod line;
pub mod notice;
pub mod observation;
pub mod pattern;
pub mod person;
pub mod plan;
pub mod record;
pub mod reflection;
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
pub mod template;
pub mod term;
pub mod theme;
pub mod visit;
pub mod walk;

pub use actor::Actor;
pub use atlas::{LockView, MyState, VisitCard};
pub use commands::{COMMANDS, Command, Where, command, export_types};
pub use desk::{Changed, Desk, Place};
pub use door::{CODE_MINUTES, FreshCode, SESSION_DAYS};
pub use error::{ApiError, Code};
pub use exchange::wire_time;
pub use fresh::{Fresh, OfTheMoment};
pub use handover::Handed;
