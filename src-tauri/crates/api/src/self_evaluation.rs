//! The school's self-evaluation: begun, rated, agreed, closed, and what it comes to. For leaders, and for governors as
//! far as the school lets them.
//!
//! Nothing here reads what was written on a visit (R9): a self-evaluation is what its raters say of the school's work.

mod page;

use alongside_domain::school::Settings;
use alongside_domain::self_evaluation::score::Spread;
use alongside_domain::self_evaluation::{Rating, Ratings, SelfEvaluation, check_year, tool};
use alongside_domain::{Kind, RatingId, SchoolId, SelfEvaluationId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::authority::{rates, reads_self_evaluations};
use crate::desk::{Edit, View};
use crate::facts::Facts;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk};

pub use page::{
    SelfEvaluationBefore, SelfEvaluationDomain, SelfEvaluationFigure, SelfEvaluationIndicator,
    SelfEvaluationLine, SelfEvaluationRater, SelfEvaluationSaid, SelfEvaluationStep,
    SelfEvaluationView, SelfEvaluations,
};

/// A question about one academic year.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct SelfEvaluationAsked {
    /// The calendar year in which it starts.
    #[ts(type = "number")]
    pub year: i32,
}

/// `self_evaluation_rate`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationRate {
    /// Of which academic year.
    #[ts(type = "number")]
    pub year: i32,
    /// Which indicator.
    pub indicator: String,
    /// What was done.
    pub edit: SelfEvaluationEdit,
}

/// One thing a rater does.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SelfEvaluationEdit {
    /// Rates, or takes the answer back.
    Answer {
        /// From 1, not in place, to 4, embedded; none for unanswered.
        #[ts(type = "number | null")]
        value: Option<i64>,
    },
    /// Says what the answer rests on.
    Note {
        /// The words; empty takes them away.
        text: String,
    },
}

/// A change that is on the disk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SelfEvaluationSaved {
    /// When.
    pub saved_at: DateTime<Utc>,
}

/// `self_evaluation_agree`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationAgree {
    /// Of which academic year.
    #[ts(type = "number")]
    pub year: i32,
    /// What is agreed.
    pub edit: SelfEvaluationAgreed,
}

/// What leaders agree.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SelfEvaluationAgreed {
    /// One indicator.
    One {
        /// Which.
        indicator: String,
        /// From 1 to 4; none takes it back.
        #[ts(type = "number | null")]
        value: Option<i64>,
    },
    /// Every indicator that is not agreed yet and of which all who answered say the same, two of them at least.
    Alike,
}

/// `self_evaluation_reading`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SelfEvaluationReading {
    /// Of which academic year.
    #[ts(type = "number")]
    pub year: i32,
    /// Which domain.
    pub domain: String,
    /// Titles, one a line; none goes back to what stood before.
    pub text: Option<String>,
}

/// `self_evaluation_list`: the years, latest first.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<SelfEvaluations, ApiError> {
    desk.read(actor, |view| {
        must_read(view)?;
        page::all(view)
    })
}

/// `self_evaluation_get`
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationAsked,
) -> Result<SelfEvaluationView, ApiError> {
    desk.read(actor, |view| {
        must_read(view)?;
        page::one(view, request.year)
    })
}

/// `self_evaluation_start`: for leaders. A year that was begun before stays as it is.
pub(crate) fn start(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationAsked,
) -> Result<SelfEvaluationView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let id = id_of(edit.facts(), request.year)?;
        if edit.get(id)?.is_some() {
            return Ok(());
        }
        let settings = edit.facts().settings()?;
        check_year(request.year, settings.academic_year(edit.now))?;
        let at = alongside_domain::field::time_value(edit.now.to_utc());
        let fields = [("year", json!(request.year)), ("started_at", at)];
        edit.put(id, &Kind::SelfEvaluation, fields)
    })?;
    get(desk, actor, request)
}

/// `self_evaluation_rate`: returns when the change is durable. Everyone rates in their own place.
pub(crate) fn rate(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationRate,
) -> Result<SelfEvaluationSaved, ApiError> {
    let indicator = indicator(&request.indicator)?;
    let (name, value) = match request.edit {
        SelfEvaluationEdit::Answer { value } => (format!("ratings.{indicator}"), json!(value)),
        SelfEvaluationEdit::Note { text } if text.trim().is_empty() => {
            (format!("notes.{indicator}"), Value::Null)
        }
        SelfEvaluationEdit::Note { text } => (format!("notes.{indicator}"), json!(text)),
    };
    desk.edit(actor, |edit| {
        if !rates(edit.facts(), &edit.standing)? {
            return Err(ApiError::not_allowed(
                "Leaders rate, and governors where the school lets them. Ask a leader of your school.",
            ));
        }
        let own = edit.standing.id();
        let of = begun(edit, request.year)?;
        edit.put(
            RatingId::derive(of.id, own),
            &Kind::Rating,
            [
                ("self_evaluation".to_owned(), json!(of.id)),
                ("person".to_owned(), json!(own)),
                (name, value),
            ],
        )?;
        Ok(SelfEvaluationSaved {
            saved_at: edit.now.to_utc(),
        })
    })
}

/// `self_evaluation_agree`: for leaders.
pub(crate) fn agree(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationAgree,
) -> Result<SelfEvaluationView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let of = begun(edit, request.year)?;
        let fields = match request.edit {
            SelfEvaluationAgreed::One {
                indicator: key,
                value,
            } => vec![(format!("agreed.{}", indicator(&key)?), json!(value))],
            SelfEvaluationAgreed::Alike => alike(edit.facts(), &of)?,
        };
        edit.put(of.id, &Kind::SelfEvaluation, fields)
    })?;
    get(desk, actor, SelfEvaluationAsked { year: request.year })
}

/// `self_evaluation_reading`: for leaders.
pub(crate) fn reading(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationReading,
) -> Result<SelfEvaluationView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let domain = tool::domain(&request.domain).ok_or_else(|| ApiError::not_found("domain"))?;
        let of = begun(edit, request.year)?;
        let name = format!("reading.{}", domain.key);
        edit.put(of.id, &Kind::SelfEvaluation, [(name, json!(request.text))])
    })?;
    get(desk, actor, SelfEvaluationAsked { year: request.year })
}

/// `self_evaluation_close`: for leaders; it stays as it is from then on.
pub(crate) fn close(
    desk: &Desk,
    actor: &Actor,
    request: SelfEvaluationAsked,
) -> Result<SelfEvaluationView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let of = begun(edit, request.year)?;
        if of.closed_at.is_some() {
            return Ok(());
        }
        if of.agreed.is_empty() {
            return Err(ApiError::new(
                Code::Refused,
                "Nothing is agreed yet. Agree ratings first; a closed year cannot be changed.",
            ));
        }
        let at = alongside_domain::field::time_value(edit.now.to_utc());
        edit.put(of.id, &Kind::SelfEvaluation, [("closed_at", at)])
    })?;
    get(desk, actor, request)
}

fn must_read(view: &View<'_>) -> Result<(), ApiError> {
    if reads_self_evaluations(view.facts, view.standing)? {
        Ok(())
    } else {
        Err(ApiError::not_allowed(
            "The self-evaluation is read by leaders, and by governors where the school lets them.",
        ))
    }
}

fn indicator(key: &str) -> Result<&str, ApiError> {
    if tool::is_indicator(key) {
        Ok(key)
    } else {
        Err(ApiError::new(
            Code::BadRequest,
            "There is no such indicator. Update the app and try again.",
        ))
    }
}

fn school(facts: Facts<'_>) -> Result<(SchoolId, Settings), ApiError> {
    let school = facts.school()?;
    school
        .map(|school| (school.id, school.settings))
        .ok_or_else(|| ApiError::not_found("school"))
}

fn id_of(facts: Facts<'_>, year: i32) -> Result<SelfEvaluationId, ApiError> {
    Ok(SelfEvaluationId::derive(school(facts)?.0, year))
}

fn begun(edit: &Edit<'_>, year: i32) -> Result<SelfEvaluation, ApiError> {
    let record = edit.get(id_of(edit.facts(), year)?)?;
    record
        .as_ref()
        .and_then(SelfEvaluation::read)
        .ok_or_else(|| ApiError::not_found("self-evaluation"))
}

fn ratings(facts: Facts<'_>, of: SelfEvaluationId) -> Result<Vec<Ratings>, ApiError> {
    let records = facts.reader.list_under(&Kind::Rating, of.into())?;
    Ok(records.iter().filter_map(Ratings::read).collect())
}

/// What all raters say alike where nothing is agreed yet.
fn alike(facts: Facts<'_>, of: &SelfEvaluation) -> Result<Vec<(String, Value)>, ApiError> {
    let ratings = ratings(facts, of.id)?;
    let open = tool::DOMAINS
        .iter()
        .flat_map(|domain| &domain.indicators)
        .filter(|one| !of.agreed.contains_key(one.key));
    Ok(open
        .filter_map(|one| {
            let rating = said_alike(&ratings, one.key)?;
            Some((format!("agreed.{}", one.key), json!(rating.number())))
        })
        .collect())
}

fn said_alike(ratings: &[Ratings], indicator: &str) -> Option<Rating> {
    let answers = || ratings.iter().filter_map(|one| one.ratings.get(indicator));
    Spread::of(answers().copied())?
        .alike()
        .filter(|_| answers().count() >= 2)
}
