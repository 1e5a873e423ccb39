//! What a school keeps and lets go: its settings, the log, retention, and what is held about a person. Each rule is tried by
//! its public doors, the commands of screens and the wire of a changed client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod archives;
mod files;
mod held;
mod logs;
mod retention;
#[allow(
    dead_code,
    reason = "the school of other tests, of which not all is needed here"
)]
#[path = "../voices/school.rs"]
mod school;
mod settings;
