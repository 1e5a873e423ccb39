//! The self-evaluations as they are read: the list of years, and one year with all that is said, agreed and made of it.

use alongside_domain::self_evaluation::score::{Score, Spread, extremes, overall, scores};
use alongside_domain::self_evaluation::tool::{DOMAINS, Domain, Indicator};
use alongside_domain::self_evaluation::{Rating, Ratings, SelfEvaluation, reading};
use alongside_domain::{Kind, PersonId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ratings, said_alike, school};
use crate::ApiError;
use crate::atlas::Atlas;
use crate::authority::rates;
use crate::desk::View;

/// The years of which there is a self-evaluation.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SelfEvaluations {
    /// Latest first.
    pub years: Vec<SelfEvaluationLine>,
    /// The present academic year, by the calendar year in which it starts, where this person may begin it.
    #[ts(type = "number | null")]
    pub may_start: Option<i32>,
    /// The present academic year as people write it.
    pub present: String,
}

/// One year in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SelfEvaluationLine {
    /// The calendar year in which it starts.
    #[ts(type = "number")]
    pub year: i32,
    /// As people write it.
    pub name: String,
    /// When a leader closed it.
    pub closed_at: Option<DateTime<FixedOffset>>,
    /// How many people have answered anything.
    #[ts(type = "number")]
    pub raters: usize,
    /// What the agreed ratings come to.
    pub overall: SelfEvaluationFigure,
    /// How many indicators this person has answered; none where they do not rate.
    #[ts(type = "number | null")]
    pub mine: Option<usize>,
}

/// A mean out of four, with what it rests on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct SelfEvaluationFigure {
    /// From 1 to 4; none while nothing is answered, never 0.
    pub of_four: Option<f64>,
    /// How many indicators are answered.
    #[ts(type = "number")]
    pub answered: u32,
    /// How many there are.
    #[ts(type = "number")]
    pub of: u32,
}

impl From<Score> for SelfEvaluationFigure {
    fn from(score: Score) -> Self {
        Self {
            of_four: score.mean(),
            answered: score.answered,
            of: score.of,
        }
    }
}

/// One year. A file of it is filled from this and from nothing else.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationView {
    /// The calendar year in which it starts.
    #[ts(type = "number")]
    pub year: i32,
    /// As people write it.
    pub name: String,
    /// The school's name.
    pub school: String,
    /// When it was begun.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When a leader closed it; it stays as it is from then on.
    pub closed_at: Option<DateTime<FixedOffset>>,
    /// Whether this person may rate now.
    pub may_rate: bool,
    /// Whether this person may agree, change where to read on, and close.
    pub may_agree: bool,
    /// The four steps, from the lowest.
    pub steps: Vec<SelfEvaluationStep>,
    /// In their order.
    pub domains: Vec<SelfEvaluationDomain>,
    /// Who has answered anything, this person first.
    pub raters: Vec<SelfEvaluationRater>,
    /// What the agreed ratings come to.
    pub overall: SelfEvaluationFigure,
    /// The highest domains by key, highest first.
    pub strengths: Vec<String>,
    /// The lowest domains by key, lowest first.
    pub priorities: Vec<String>,
    /// How many indicators wait to be agreed on which all who answered say the same.
    #[ts(type = "number")]
    pub alike: usize,
    /// The year before, where there is one.
    pub before: Option<SelfEvaluationBefore>,
}

/// The year before.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationBefore {
    /// The calendar year in which it starts.
    #[ts(type = "number")]
    pub year: i32,
    /// As people write it.
    pub name: String,
    /// What its agreed ratings came to.
    pub overall: SelfEvaluationFigure,
}

/// How far something can be in place.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationStep {
    /// 1 to 4.
    #[ts(type = "number")]
    pub value: u8,
    /// For people.
    pub word: String,
}

/// A rater.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationRater {
    /// Their name.
    pub name: String,
    /// Whether it is this person.
    pub is_me: bool,
    /// How many indicators they have answered.
    #[ts(type = "number")]
    pub answered: usize,
}

/// One domain.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationDomain {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What its agreed ratings come to.
    pub figure: SelfEvaluationFigure,
    /// What they came to the year before.
    pub before: Option<SelfEvaluationFigure>,
    /// Where to read on.
    pub reading: Vec<String>,
    /// Whether the school wrote that for this year.
    pub is_own_reading: bool,
    /// What is rated.
    pub indicators: Vec<SelfEvaluationIndicator>,
}

/// One indicator.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationIndicator {
    /// Its key.
    pub key: String,
    /// What would be in place.
    pub text: String,
    /// What this person answered.
    #[ts(type = "number | null")]
    pub mine: Option<u8>,
    /// What this person's answer rests on.
    pub my_note: String,
    /// What each rater says, in the order of the raters; who said nothing is left out.
    pub said: Vec<SelfEvaluationSaid>,
    /// The lowest answer.
    #[ts(type = "number | null")]
    pub low: Option<u8>,
    /// The highest answer.
    #[ts(type = "number | null")]
    pub high: Option<u8>,
    /// Whether the answers lie so far apart that it is worth a talk.
    pub is_wide: bool,
    /// What leaders agreed.
    #[ts(type = "number | null")]
    pub agreed: Option<u8>,
    /// What they agreed the year before.
    #[ts(type = "number | null")]
    pub before: Option<u8>,
}

/// What one rater says of one indicator.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationSaid {
    /// Who.
    pub name: String,
    /// Whether it is this person.
    pub is_me: bool,
    /// 1 to 4; none where they only noted something.
    #[ts(type = "number | null")]
    pub value: Option<u8>,
    /// What it rests on.
    pub note: String,
}

/// Every self-evaluation that is here, latest first.
fn years(view: &View<'_>) -> Result<Vec<SelfEvaluation>, ApiError> {
    let records = view.facts.reader.list(&Kind::SelfEvaluation)?;
    let mut years: Vec<_> = records.iter().filter_map(SelfEvaluation::read).collect();
    years.sort_by_key(|one| std::cmp::Reverse(one.year));
    Ok(years)
}

pub(super) fn all(view: &View<'_>) -> Result<SelfEvaluations, ApiError> {
    let (_, settings) = school(view.facts)?;
    let own = view.standing.id();
    let is_rater = rates(view.facts, view.standing)?;
    let years = years(view)?;
    let present = settings.academic_year(view.now);
    let is_begun = years.iter().any(|one| one.year == present);
    let mut lines = Vec::new();
    for one in &years {
        let ratings = ratings(view.facts, one.id)?;
        let mine = ratings.iter().find(|rated| rated.person == own);
        let mine = mine.map(|rated| rated.ratings.len());
        lines.push(SelfEvaluationLine {
            year: one.year,
            name: settings.year_name(one.year),
            closed_at: one.closed_at,
            raters: ratings.iter().filter(|one| !one.ratings.is_empty()).count(),
            overall: overall(&one.agreed).into(),
            mine: mine.or(is_rater.then_some(0)),
        });
    }
    Ok(SelfEvaluations {
        years: lines,
        may_start: (view.standing.is_leader() && !is_begun).then_some(present),
        present: settings.year_name(present),
    })
}

pub(super) fn one(view: &View<'_>, year: i32) -> Result<SelfEvaluationView, ApiError> {
    let atlas = Atlas::read(view)?;
    let years = years(view)?;
    let up_to: Vec<&SelfEvaluation> = years.iter().filter(|one| one.year <= year).collect();
    let this = up_to
        .first()
        .copied()
        .filter(|one| one.year == year)
        .ok_or_else(|| ApiError::not_found("self-evaluation"))?;
    let before = up_to.iter().find(|one| one.year == year - 1).copied();
    let own = view.standing.id();
    let mut raters = ratings(view.facts, this.id)?;
    raters.sort_by_cached_key(|one| (one.person != own, atlas.name(one.person).to_lowercase()));
    let page = Page {
        this,
        before,
        up_to: &up_to,
        raters: &raters,
        own,
        atlas: &atlas,
    };
    let scores = scores(&this.agreed);
    let extremes = extremes(&scores);
    let keys = |domains: &[&Domain]| domains.iter().map(|one| one.key.to_owned()).collect();
    let is_open = this.closed_at.is_none();
    let is_leader = view.standing.is_leader();
    let all = DOMAINS.iter().flat_map(|domain| &domain.indicators);
    Ok(SelfEvaluationView {
        year,
        name: atlas.settings.year_name(year),
        school: view
            .facts
            .school()?
            .map_or_else(String::new, |school| school.name),
        started_at: this.started_at,
        closed_at: this.closed_at,
        may_rate: is_open && rates(view.facts, view.standing)?,
        may_agree: is_open && is_leader,
        steps: Rating::ALL
            .iter()
            .map(|rating| SelfEvaluationStep {
                value: rating.number(),
                word: rating.word().to_owned(),
            })
            .collect(),
        domains: page.domains(),
        raters: raters
            .iter()
            .filter(|one| !one.ratings.is_empty())
            .map(|one| SelfEvaluationRater {
                name: atlas.name(one.person),
                is_me: one.person == own,
                answered: one.ratings.len(),
            })
            .collect(),
        overall: overall(&this.agreed).into(),
        strengths: keys(&extremes.strengths),
        priorities: keys(&extremes.priorities),
        alike: all
            .filter(|one| !this.agreed.contains_key(one.key))
            .filter(|one| said_alike(&raters, one.key).is_some())
            .count(),
        before: before.map(|before| SelfEvaluationBefore {
            year: before.year,
            name: atlas.settings.year_name(before.year),
            overall: overall(&before.agreed).into(),
        }),
    })
}

struct Page<'a> {
    this: &'a SelfEvaluation,
    before: Option<&'a SelfEvaluation>,
    up_to: &'a [&'a SelfEvaluation],
    raters: &'a [Ratings],
    own: PersonId,
    atlas: &'a Atlas,
}

impl Page<'_> {
    fn domains(&self) -> Vec<SelfEvaluationDomain> {
        let now = scores(&self.this.agreed);
        let before = self.before.map(|before| scores(&before.agreed));
        let before_of = |domain: &Domain| {
            let before = before.as_ref()?.iter().find(|one| one.domain == domain)?;
            Some(SelfEvaluationFigure::from(before.score))
        };
        now.iter()
            .map(|one| SelfEvaluationDomain {
                key: one.domain.key.to_owned(),
                title: one.domain.title.to_owned(),
                figure: one.score.into(),
                before: before_of(one.domain),
                reading: reading(one.domain, self.up_to),
                is_own_reading: self.this.reading.contains_key(one.domain.key),
                indicators: one
                    .domain
                    .indicators
                    .iter()
                    .map(|indicator| self.indicator(indicator))
                    .collect(),
            })
            .collect()
    }

    fn indicator(&self, one: &Indicator) -> SelfEvaluationIndicator {
        let number = |rating: Option<&Rating>| rating.map(|rating| rating.number());
        let note = |rated: &Ratings| rated.notes.get(one.key).cloned().unwrap_or_default();
        let mine = self.raters.iter().find(|rated| rated.person == self.own);
        let answers = self
            .raters
            .iter()
            .filter_map(|rated| rated.ratings.get(one.key));
        let spread = Spread::of(answers.copied());
        let said = self.raters.iter().map(|rated| SelfEvaluationSaid {
            name: self.atlas.name(rated.person),
            is_me: rated.person == self.own,
            value: number(rated.ratings.get(one.key)),
            note: note(rated),
        });
        SelfEvaluationIndicator {
            key: one.key.to_owned(),
            text: one.text.to_owned(),
            mine: number(mine.and_then(|rated| rated.ratings.get(one.key))),
            my_note: mine.map(note).unwrap_or_default(),
            said: said
                .filter(|said| said.value.is_some() || !said.note.is_empty())
                .collect(),
            low: spread.map(|spread| spread.low.number()),
            high: spread.map(|spread| spread.high.number()),
            is_wide: spread.is_some_and(Spread::is_wide),
            agreed: number(self.this.agreed.get(one.key)),
            before: number(self.before.and_then(|before| before.agreed.get(one.key))),
        }
    }
}
