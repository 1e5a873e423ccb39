//! Bad days, thousands of them, each from a seed and each the same again from the same seed.
//!
//! A run is one thread on a paused clock: real devices (desk, engine, SQLite store) and real hubs (desk, store), people
//! who do what people do, letters and corridors where there is no network, a network that drops, repeats, delays and cuts, disks that fill up and lose power at any step,
//! clocks that are wrong, hubs that are brought back from old backups or move to another machine, people who leave and
//! come back. Then everyone has a quiet end, and [`laws`] says what must hold. What was promised is kept in a
//! [`ledger`] that the product knows nothing of.
//!
//! `make simulate SEEDS=10000` runs many, `make simulate SEED=123` one with its trace; `make test` runs some hundreds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "in a simulation a panic is the report"
)]

mod acts;
mod chance;
mod device;
mod disk;
mod hub;
mod laws;
mod ledger;
mod letters;
mod net;
mod readers;
mod run;
mod school;
mod trace;
mod wall;
mod world;
