//! Whole syncs between devices with real stores and a hub in the same process: what must hold whatever the network does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod checks;
mod clocks;
mod cuts;
mod http;
mod refusals;
mod runner;
mod support;
mod usual;
