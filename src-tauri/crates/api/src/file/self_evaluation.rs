//! What stands in the self-evaluation of a year: what is agreed and what it rests on, for paper.
//!
//! Raters are not named in it: a file goes to people outside the school, and what counts is what was agreed.

use alongside_print::{
    EvaluatedDomain, EvaluatedIndicator, SelfEvaluation, SelfEvaluationPriority,
};

use crate::ApiError;
use crate::desk::View;
use crate::self_evaluation::{
    self, SelfEvaluationDomain, SelfEvaluationIndicator, SelfEvaluationView,
};

/// Gathers a year; for those who read the self-evaluation.
///
/// Errors for everyone else, and where the year was not begun.
pub(super) fn gather(view: &View<'_>, year: i32) -> Result<SelfEvaluation, ApiError> {
    let page = self_evaluation::one(view, year)?;
    let named = |key: &String| page.domains.iter().find(|domain| domain.key == *key);
    Ok(SelfEvaluation {
        overall: page.overall.of_four,
        overall_before: page.before.as_ref().and_then(|one| one.overall.of_four),
        year_before: page.before.as_ref().map(|before| before.name.clone()),
        domains: page.domains.iter().map(|one| domain(one, &page)).collect(),
        strengths: page
            .strengths
            .iter()
            .filter_map(|key| Some(named(key)?.title.clone()))
            .collect(),
        priorities: page
            .priorities
            .iter()
            .filter_map(named)
            .map(|domain| SelfEvaluationPriority {
                title: domain.title.clone(),
                read_on: domain.reading.clone(),
            })
            .collect(),
        school: page.school,
        year: page.name,
        taken_at: view.now,
    })
}

fn domain(domain: &SelfEvaluationDomain, page: &SelfEvaluationView) -> EvaluatedDomain {
    let indicators = domain.indicators.iter().map(|one| indicator(one, page));
    EvaluatedDomain {
        title: domain.title.clone(),
        score: domain.figure.of_four,
        before: domain.before.and_then(|before| before.of_four),
        rated: usize::try_from(domain.figure.answered).unwrap_or_default(),
        indicators: indicators.collect(),
    }
}

fn indicator(one: &SelfEvaluationIndicator, page: &SelfEvaluationView) -> EvaluatedIndicator {
    let word = page
        .steps
        .iter()
        .find(|step| Some(step.value) == one.agreed);
    let notes = one.said.iter().map(|said| said.note.trim());
    let notes: Vec<&str> = notes.filter(|note| !note.is_empty()).collect();
    let answers = one.said.iter().filter(|said| said.value.is_some()).count();
    EvaluatedIndicator {
        text: one.text.clone(),
        rating: one.agreed,
        rating_word: word.map(|step| step.word.clone()).unwrap_or_default(),
        spread: match (one.low, one.high) {
            (Some(low), Some(high)) if low < high => {
                format!("{low} to {high}, by {answers} people")
            }
            _ => String::new(),
        },
        evidence: notes.join("\n"),
        before: one.before,
    }
}
