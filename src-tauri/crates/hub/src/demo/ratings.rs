//! What the people of the demo school rate in its self-evaluations: last year's, finished, and this year's, begun.

use alongside_domain::self_evaluation::tool::DOMAINS;

use super::chance::chance;
use super::people::{HEAD, HOLT, PETROSYAN};

/// The two self-evaluations, the earlier first.
pub(super) const YEARS: [Rated; 2] = [
    Rated {
        years_ago: 1,
        raters: &[(HEAD, 40), (HOLT, 40), (PETROSYAN, 38)],
        views: [
            [3, 3, 2, 3, 3],
            [2, 2, 3, 3, 2],
            [3, 4, 3, 3, 3],
            [3, 4, 3, 4, 3],
            [3, 2, 4, 2, 2],
            [3, 3, 3, 3, 2],
            [2, 2, 1, 2, 2],
            [3, 3, 2, 3, 2],
        ],
        agreed: 40,
        is_closed: true,
    },
    Rated {
        years_ago: 0,
        raters: &[(HEAD, 31), (HOLT, 40)],
        views: [
            [3, 3, 3, 4, 3],
            [3, 2, 3, 3, 3],
            [4, 4, 3, 3, 3],
            [4, 4, 3, 4, 3],
            [3, 3, 4, 3, 2],
            [3, 3, 3, 4, 2],
            [3, 2, 2, 2, 2],
            [3, 3, 3, 3, 2],
        ],
        agreed: 30,
        is_closed: false,
    },
];

/// One year's self-evaluation.
pub(super) struct Rated {
    /// Of which academic year, counted back from the present one.
    pub(super) years_ago: i32,
    /// Who rates, and how many indicators of the forty, from the first on.
    pub(super) raters: &'static [(&'static str, usize)],
    /// What is agreed in the end, by domain.
    views: [[u8; 5]; 8],
    /// How many indicators are agreed by now, from the first on.
    agreed: usize,
    /// Whether it is closed.
    pub(super) is_closed: bool,
}

impl Rated {
    /// Each indicator with what is agreed of it, as far as it has come.
    pub(super) fn agreed(&self) -> impl Iterator<Item = (&'static str, u8)> {
        self.all().take(self.agreed)
    }

    fn all(&self) -> impl Iterator<Item = (&'static str, u8)> {
        let indicators = DOMAINS.iter().flat_map(|domain| &domain.indicators);
        let views = self.views.iter().flatten();
        indicators.zip(views).map(|(one, view)| (one.key, *view))
    }

    /// What one rater says: mostly what is agreed in the end, sometimes a step beside it.
    pub(super) fn said(
        &self,
        rater: usize,
        count: usize,
    ) -> impl Iterator<Item = (&'static str, u8)> {
        let year = u64::from(self.is_closed);
        let rater = u64::try_from(rater).unwrap_or_default();
        (0..)
            .zip(self.all())
            .take(count)
            .map(move |(place, (key, view))| {
                let said = match chance(&[year, rater, place, 7]) % 5 {
                    0 => view.saturating_sub(1),
                    1 => view + 1,
                    _ => view,
                };
                (key, said.clamp(1, 4))
            })
    }

    /// What this rater notes their answers rest on.
    pub(super) fn notes(
        &self,
        rater: usize,
        count: usize,
    ) -> impl Iterator<Item = (&'static str, &'static str)> {
        let raters = self.raters.len().max(1);
        let rated: Vec<&str> = self.said(rater, count).map(|(key, _)| key).collect();
        let own = NOTES.iter().skip(rater).step_by(raters);
        own.filter(move |(key, _)| rated.contains(key)).copied()
    }
}

const NOTES: &[(&str, &str)] = &[
    (
        "teaching_checks",
        "Mini whiteboards in most rooms; less so in the afternoons.",
    ),
    (
        "teaching_explaining",
        "The phase meeting on shorter explanations has been taken up.",
    ),
    (
        "assessment_misconceptions",
        "We have a bank of questions for mathematics and none yet for science.",
    ),
    (
        "assessment_results",
        "Moderated with two other schools in the summer; reading only.",
    ),
    (
        "behaviour_taught",
        "Weekly sessions in every class, with the same words for feelings throughout.",
    ),
    (
        "behaviour_early",
        "The Monday round brings worries up within the week.",
    ),
    (
        "send_cycle",
        "Plans are reviewed each term with families at the table.",
    ),
    (
        "send_senco",
        "Two days without teaching since January; the training is under way.",
    ),
    (
        "staff_coaching",
        "Five pairs so far. Support staff have asked to be part of it.",
    ),
    (
        "staff_change",
        "We still count who came and do not yet look at what changed.",
    ),
    (
        "curriculum_links",
        "Written into the plans for humanities, not yet elsewhere.",
    ),
    (
        "parents_active",
        "The cooking afternoons were full. There is nothing yet for families of older pupils.",
    ),
    (
        "parents_reaching",
        "Home visits happen before the first day and seldom after.",
    ),
    (
        "premium_impact",
        "The report says what was bought more clearly than what came of it.",
    ),
];
