//! The words two installs speak, and the device's side of a sync.
//!
//! A sync is one question, asked as often as it takes: *here is what I wrote; what is new for me?*
//! [`plan`] reads the outbox into a [`SyncRequest`]; an [`Exchange`] carries it to a hub and brings the
//! [`SyncAnswer`]; [`apply`] keeps receipts, what was refused, what is new and the cursor in one transaction. Cut off
//! anywhere, it is simply run again. At the end both sides compare a [digest]; when they differ the device
//! pulls again from the start, its outbox kept.
//!
//! What a hub does with a request is in `api`; how it listens is in `hub`. No SQL and no printing here.

mod address;
pub mod apply;
mod clock;
pub mod compare;
mod corridor;
mod courier;
mod crockford;
pub mod digest;
mod door_code;
pub mod engine;
mod error;
mod events;
mod exchange;
mod finder;
pub mod hello;
mod http;
mod join;
mod key_hash;
pub mod letter;
pub mod nearby;
pub mod notes;
pub mod plan;
pub mod post;
pub mod refused;
mod repair;
pub mod runner;
mod ticket;
mod verify;
pub mod wire;

pub use address::HubAddress;
pub use apply::Applied;
pub use clock::{DeviceClock, SKEW_LIMIT_MS, SystemWall, Wall};
pub use compare::{Care, Checked};
pub use corridor::first_that_answers;
pub use door_code::{DoorCode, DoorCodeError};
pub use engine::{Engine, Summary};
pub use error::SyncError;
pub use exchange::{Answering, Exchange, Heard};
pub use finder::{Finder, Finding, FindingHub, joined_way};
pub use hello::{Proven, hello};
pub use http::HttpHub;
pub use join::{Joined, join, join_inner, joined_hub};
pub use key_hash::{KeyHash, KeyHashError};
pub use letter::{Envelope, Letter, LetterError, LetterIdentity, LetterKey, Receipt};
pub use nearby::{LocalNetwork, own_addresses};
pub use runner::{Pace, Runner, State, Trigger, Trouble};
pub use ticket::{Purpose, Ticket, TicketError};
pub use wire::{
    Check, FieldRefusal, PairAnswer, PairRequest, RecordResult, SyncAnswer, SyncRequest, WireError,
    WireRecord,
};
