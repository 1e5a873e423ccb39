//! The self-evaluation of a year, for leaders, governors or inspection: ratings of the school by domain, the agreed ones
//! beside last year's, what is strongest and what comes first.
//!
//! It is kept apart from walks: nothing of a mark or a visit can be in it.

use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::pdf::{Template, make};
use crate::{Unfaithful, words};

/// What stands in it. Ratings are out of 4; what is not rated is absent, never 0.
#[derive(Debug, Clone)]
pub struct SelfEvaluation {
    /// Of which school.
    pub school: String,
    /// Of which academic year.
    pub year: String,
    /// The year before, where there is one.
    pub year_before: Option<String>,
    /// Overall.
    pub overall: Option<f64>,
    /// Overall in the year before.
    pub overall_before: Option<f64>,
    /// In order.
    pub domains: Vec<EvaluatedDomain>,
    /// The strongest domains, by name.
    pub strengths: Vec<String>,
    /// What comes first.
    pub priorities: Vec<SelfEvaluationPriority>,
    /// When the file was made.
    pub taken_at: DateTime<FixedOffset>,
}

/// One domain.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluatedDomain {
    /// Its name.
    pub title: String,
    /// Of its rated indicators.
    pub score: Option<f64>,
    /// The same in the year before.
    pub before: Option<f64>,
    /// How many indicators are rated.
    pub rated: usize,
    /// In order.
    pub indicators: Vec<EvaluatedIndicator>,
}

/// One indicator.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluatedIndicator {
    /// What it says.
    pub text: String,
    /// The agreed rating, 1 to 4.
    pub rating: Option<u8>,
    /// The rating in words, such as `developing`; empty where there is none.
    pub rating_word: String,
    /// How far people were apart, such as `2 to 4, by 5 people`; empty where there is nothing to say.
    pub spread: String,
    /// What it rests on.
    pub evidence: String,
    /// The rating of the year before.
    pub before: Option<u8>,
}

/// A domain that comes first.
#[derive(Debug, Clone, Serialize)]
pub struct SelfEvaluationPriority {
    /// The domain's name.
    pub title: String,
    /// Where to read on.
    pub read_on: Vec<String>,
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    subtitle: &'a str,
    statement: &'static str,
    school: &'a str,
    foot: String,
    year: &'a str,
    year_before: Option<&'a str>,
    overall: Option<f64>,
    overall_before: Option<f64>,
    domains: &'a [EvaluatedDomain],
    unrated: usize,
    strengths: &'a [String],
    priorities: &'a [SelfEvaluationPriority],
}

/// The self-evaluation as PDF/UA-1.
///
/// Errors when it could not be made, or does not hold every word.
pub fn self_evaluation(own: &SelfEvaluation) -> Result<Vec<u8>, Unfaithful> {
    let view = View {
        title: format!("Self-evaluation {}", own.year),
        subtitle: &own.school,
        statement: STATEMENT,
        school: &own.school,
        foot: words::foot(&own.school, own.taken_at),
        year: &own.year,
        year_before: own.year_before.as_deref(),
        overall: own.overall,
        overall_before: own.overall_before,
        domains: &own.domains,
        unrated: own
            .domains
            .iter()
            .map(|domain| domain.indicators.len().saturating_sub(domain.rated))
            .sum(),
        strengths: &own.strengths,
        priorities: &own.priorities,
    };
    make(Template::SelfEvaluation, &view)
}
