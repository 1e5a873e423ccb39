//! What is given away as a file: to read, to print, and for machines.
//!
//! A document is made from what it is handed, and read back before it is given: a file that turns out not to hold what
//! was asked for is an error here, not a surprise at home. Every document carries the statement of what a walk is for
//! (R1): it is put there by the page that all of them share, and by nothing else.
//!
//! Pure: values in, text out. What a person may have in their file is decided in `api`; nothing is read from a store and
//! nothing written to a disk here.

pub mod held;
mod page;

/// A document that is not what it should be. Nothing of it is given away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfaithful {
    /// It could not be written, or what was written cannot be read.
    #[error("the document cannot be read back: {0}")]
    Unreadable(String),
    /// It does not hold as many records as it was made from.
    #[error("the document holds {found} records where there are {expected}")]
    Incomplete {
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The statement of purpose is not on it (R1).
    #[error("the statement of purpose is missing")]
    NoStatement,
}
