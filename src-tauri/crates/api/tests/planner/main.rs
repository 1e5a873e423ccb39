//! The planner, the year and the yearly maximum by their doors: commands, and the wire as a changed client would use it.
//! R6, R10 and R11 are tried here as somebody would who wants round them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod founding;
mod maximum;
mod school;
mod timetable;
mod year;
