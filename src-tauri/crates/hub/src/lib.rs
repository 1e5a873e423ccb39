//! A store with its door open.
//!
//! A [`Hub`] is one school's store with a desk over it; [`serve`] opens the doors to it on a listener that is handed
//! in, so that a test gets a whole hub on a port of its own. A request passes the host check (`host`) and the check for
//! forged requests, then goes where its path says: `sync` for devices (pairing and the wire), `rpc` for screens
//! (the same commands as in the window, and `install` for what is about the place), `events` for those who follow
//! live, `page` for the screens themselves. What devices write goes through one thread (`worker`), so that many
//! commits become one. Every number that bounds any of it is in [`limits`]: `conversation` gives places to connections,
//! `pace` counts what each asks, `paced` lets go of who reads too slowly. What is counted of it (`metrics`) is told to
//! operators on a listener of their own ([`serve_metrics`]).
//!
//! What may be read and written is not decided here but in `api`; here are only HTTP, sessions and limits.

mod announce;
mod answer;
mod body;
mod collect;
mod conversation;
pub mod demo;
mod demo_sign_in;
mod door;
mod events;
mod host;
mod hub;
mod identity;
mod inside;
mod install;
mod lenient;
mod letters;
pub mod limits;
mod lobby;
mod metrics;
mod pace;
mod paced;
mod page;
mod ready;
mod rpc;
mod server;
mod sync;
mod tally;
#[cfg(test)]
mod tests;
mod threshold;
mod tls;
mod who;
mod worker;

pub use announce::{Announced, announce};
pub use collect::{Collect, Giver};
pub use demo_sign_in::demo_addresses;
pub use hub::{BACKED_UP, Config, Hub, HubError, STORE_FILE, make_folder, open_desk};
pub use identity::Identity;
pub use inside::Inside;
pub use lobby::{Ask, Lobby, Shown};
pub use metrics::serve_metrics;
pub use page::Pages;
pub use server::{open_door, serve, serve_tls, tend};
pub use tls::{ServedKey, Tls};
