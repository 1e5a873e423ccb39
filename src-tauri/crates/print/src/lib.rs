//! What is given away as a file: to read, to print, and for machines.
//!
//! A document is made from what it is handed, and read back before it is given: a file that turns out not to hold what
//! was asked for is an error here, not a surprise at home. Every document carries the statement of what a walk is for
//! (R1): it is put there by the page that all of them share, and by nothing else.
//!
//! One function for each file, from a struct of its own: [`form()`], [`report()`], [`review()`],
//! [`self_evaluation()`] as PDF, [`patterns_xlsx`] and [`patterns_csv`] for tables, and [`held`] for what is held about a
//! person. PDFs are set by Typst from the templates in this crate's folder `templates`, with the fonts in `fonts`; the
//! words of people reach a template as values and never as markup.
//!
//! Pure: values in, bytes out. What a person may have in their file is decided in `api`; nothing is read from a store, a
//! network or this machine's fonts, and nothing written to a disk here.

mod form;
pub mod held;
mod page;
mod patterns;
mod pdf;
mod report;
mod review;
mod self_evaluation;
mod words;

pub use form::{
    Form, FormAddition, FormObserver, FormReply, FormResponse, FormRow, FormSection, form,
};
pub use patterns::{Cell, Cut, CutRow, Patterns, patterns_csv, patterns_xlsx};
pub use report::{Report, ReportAction, ReportPassage, ReportPoint, report};
pub use review::{Review, ReviewComment, ReviewLine, review};
pub use self_evaluation::{
    EvaluatedDomain, EvaluatedIndicator, SelfEvaluation, SelfEvaluationPriority, self_evaluation,
};

/// A document that is not what it should be. Nothing of it is given away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfaithful {
    /// It could not be set or written; at which step. What it was about is not said: that would be people's words.
    #[error("the document could not be made: {0}")]
    NotMade(&'static str),
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
