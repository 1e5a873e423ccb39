//! Whole stories between real installs over real sockets.
//!
//! One program, so that it is linked once. `story` tells what people do, `sync` what the line between two installs may
//! do to it, `protocol` what a changed client may try, `rules` each rule of the protocol with those who want round it,
//! `attack` everything that somebody who wants in may try, `letter` what goes to the hub without a network, `badinput` what
//! no client should send, `hostile` any bytes at all, `programs` runs the hub as people run it, `packaging` holds together
//! what it is installed with, and `window` the app.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a story a panic is the report"
)]

mod attack;
mod badinput;
mod hostile;
mod letter;
mod packaging;
mod programs;
mod protocol;
mod rules;
mod story;
mod sync;
mod window;
