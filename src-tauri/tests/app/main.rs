//! The app without a window: real stores in real folders, and a real hub on a port of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

mod alone;
mod corridor;
mod device;
mod joined;
mod killed;
mod letters;
mod lost;
mod pins;
mod reminding;
mod rest;
