//! Forms: how leaders change a draft, what stays as it is once staff were told, and what a file of a stranger can and
//! cannot bring. By the doors of screens and of changed clients.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod editing;
mod files;
#[path = "../voices/school.rs"]
#[allow(dead_code, reason = "these tests need only some of it")]
mod school;
