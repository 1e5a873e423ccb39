//! The app: the api in a window.
//!
//! [`App`] is the whole of it without a window: who has a space on this device ([`spaces`]), the space that is open
//! ([`session`]), what the place itself answers ([`install`]), and the way of every call (`call`). [`window`] puts a
//! web view before it: two commands (a call, and a file to take away), two events, coming to the front and going to the back. Rules are in `domain`,
//! authorisation in `api`, SQL in `store`; nothing of these is here.

mod app;
pub mod args;
mod backups;
mod banner;
mod call;
mod corridor;
mod heard;
mod inner_hub;
pub mod install;
mod invitation;
mod joining;
pub mod keys;
mod list;
mod locks;
mod mend;
#[cfg(mobile)]
mod mobile;
mod moving;
mod parting;
mod pin;
mod pins;
pub mod reminding;
pub mod session;
pub mod spaces;
mod takeaway;
mod tries;
pub mod window;

pub use app::{App, Event, Settings, Sink};
pub use corridor::DoorSettings;
pub use invitation::Invitation;
pub use pin::Cost;
pub use reminding::{Notifier, Unseen};
pub use tries::{SinceStart, Uptime};
