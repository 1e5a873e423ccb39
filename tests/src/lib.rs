//! What stories and figures are told with: a hub on a port of its own, devices with stores of their own, the people of
//! a small school, a bad line between them, and a client that keeps no rules.
//!
//! Everything is real (SQLite files in temporary folders, HTTP over loopback) but the clock on the wall, which a story
//! moves by hand. Nobody sleeps: [`until`] polls for a fact.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a story a panic is the report"
)]

mod demo;
mod device;
pub mod hostile;
mod hub;
mod line;
mod outsider;
mod school;
mod wall;
mod window;

pub use demo::{DemoHub, Other};
pub use device::{Device, Spy};
pub use hub::{ANY_PORT, RunningHub};
pub use line::{Line, Way};
pub use outsider::{Answered, Outsider, http};
pub use school::{Cast, School, id};
pub use wall::{HandClock, START_MS};
pub use window::{TAKEN, Window, free_port};

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long a fact may take to come true before a story is given up.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Polls until `fact` gives a value, and returns it.
///
/// Panics, naming `what`, when [`PATIENCE`] is over.
pub async fn until<T>(what: &str, mut fact: impl AsyncFnMut() -> Option<T>) -> T {
    let given_up = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = fact().await {
            return value;
        }
        assert!(Instant::now() < given_up, "this never came true: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A program of ours, of the same build as the one that asks.
///
/// Panics when it was not built.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let mut beside = own.ancestors().skip(1).map(|folder| folder.join(name));
    let found = beside.find(|path| path.is_file());
    found.expect("the programs are not built yet: cargo build --workspace --bins")
}
