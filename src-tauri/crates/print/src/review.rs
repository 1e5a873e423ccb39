//! The page of a term on how walks were carried out (R17): counts of visits and records, never of people.

use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::pdf::{Template, make};
use crate::{Unfaithful, words};

/// What stands on the page.
#[derive(Debug, Clone)]
pub struct Review {
    /// Of which school.
    pub school: String,
    /// As the school calls the term.
    pub term: String,
    /// When it was counted from the log.
    pub made_at: DateTime<FixedOffset>,
    /// What leaders say to it.
    pub words: String,
    /// How the protocol was kept.
    pub lines: Vec<ReviewLine>,
    /// What all staff say, earliest first.
    pub comments: Vec<ReviewComment>,
    /// What the school had agreed: each setting with its value.
    pub settings: Vec<(String, String)>,
    /// When the file was made.
    pub taken_at: DateTime<FixedOffset>,
}

/// One thing that was counted.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewLine {
    /// What.
    pub title: String,
    /// How many, of how many.
    pub figure: String,
    /// The same as a sentence.
    pub sentence: String,
    /// Made of how many; none for a bare number.
    pub share: Option<(u64, u64)>,
}

/// A word of somebody.
#[derive(Debug, Clone)]
pub struct ReviewComment {
    /// Whose.
    pub by: String,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The words.
    pub text: String,
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    subtitle: String,
    statement: &'static str,
    school: &'a str,
    foot: String,
    words: &'a str,
    lines: &'a [ReviewLine],
    comments: Vec<Comment<'a>>,
    settings: &'a [(String, String)],
}

#[derive(Serialize)]
struct Comment<'a> {
    by: String,
    text: &'a str,
}

/// The review as PDF/UA-1.
///
/// Errors when it could not be made, or does not hold every word.
pub fn review(review: &Review) -> Result<Vec<u8>, Unfaithful> {
    let comments = review.comments.iter().map(|comment| Comment {
        by: format!("{}, {}", comment.by, words::time(comment.at)),
        text: &comment.text,
    });
    let view = View {
        title: format!("Review: {}", review.term),
        subtitle: format!(
            "{} · counted from the log on {}",
            review.school,
            words::time(review.made_at)
        ),
        statement: STATEMENT,
        school: &review.school,
        foot: words::foot(&review.school, review.taken_at),
        words: &review.words,
        lines: &review.lines,
        comments: comments.collect(),
        settings: &review.settings,
    };
    make(Template::Review, &view)
}
