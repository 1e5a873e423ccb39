//! Notice, record, answer, reflection, comment, concern and review: each rule tried by its public doors, the commands of
//! screens and the wire of a changed client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod concerns;
mod notices;
mod records;
mod reflections;
mod reviews;
mod school;
