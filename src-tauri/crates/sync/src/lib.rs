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
pub mod digest;
pub mod engine;
mod error;
mod events;
mod exchange;
mod http;
mod join;
pub mod lost;
pub mod notes;
pub mod plan;
pub mod refused;
mod repair;
pub mod runner;
pub mod wire;

pub use address::HubAddress;
pub use apply::Applied;
pub use clock::{DeviceClock, SKEW_LIMIT_MS, SystemWall, Wall};
pub use compare::{Care, Checked};
pub use engine::{Engine, Summary};
pub use error::SyncError;
pub use exchange::{Answering, Exchange, Heard};
pub use http::HttpHub;
pub use join::{Joined, join, joined_hub};
pub use lost::{Farewell, WipeWord};
pub use runner::{Pace, Runner, State, Trigger, Trouble};
pub use wire::{
    Check, FieldRefusal, PairAnswer, PairRequest, RecordResult, SyncAnswer, SyncRequest, WireError,
    WireRecord,
};
