//! A concern: a word to the head about how the protocol is carried out (R18).
//!
//! What is listed, and so what can be counted, is what this person may read: their own, those they stand beside, and
//! for the head all. For anyone else there is nothing here, not even a number.

use std::collections::BTreeSet;

use alongside_domain::concern::{Concern, EXPLANATION, check_words};
use alongside_domain::field::time_value;
use alongside_domain::person::Role;
use alongside_domain::{ConcernId, Kind, RecordId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, Place};

/// A concern, for those who may read it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ConcernLine {
    /// Which.
    pub concern: ConcernId,
    /// Whether this person raised it.
    pub is_mine: bool,
    /// Who raised it.
    pub writer: String,
    /// The line manager who stands beside them.
    pub supporter: Option<String>,
    /// In the writer's words.
    pub text: String,
    /// When it was raised.
    pub raised_at: DateTime<FixedOffset>,
    /// Whether the hub has all of it: its receipt.
    pub is_received: bool,
    /// The head's answer.
    pub answer: String,
    /// When it was answered.
    pub answered_at: Option<DateTime<FixedOffset>>,
    /// By whom.
    pub answered_by: Option<String>,
    /// Whether this person can answer it now.
    pub may_answer: bool,
}

/// `concern_raise`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConcernRaise {
    /// The words.
    pub text: String,
    /// Whether the line manager stands beside this person, and reads it.
    pub with_line_manager: bool,
}

/// `concern_answer`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConcernAnswer {
    /// Which.
    pub concern: ConcernId,
    /// The words.
    pub answer: String,
}

/// What somebody is told before they raise a concern.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ConcernBefore {
    /// To whom it goes.
    pub head: String,
    /// Who could stand beside them.
    pub line_manager: Option<String>,
    /// Who reads it and what becomes of it.
    pub explanation: &'static str,
}

/// The concerns this person may read.
fn readable(view: &View<'_>) -> Result<Vec<Concern>, ApiError> {
    let mut concerns = Vec::new();
    for record in view.facts.reader.list(&Kind::Concern)? {
        if may_read(view.facts, view.standing, &record)? {
            concerns.extend(Concern::read(&record));
        }
    }
    Ok(concerns)
}

/// How many wait for this person's answer.
pub(crate) fn unanswered(view: &View<'_>) -> Result<usize, ApiError> {
    let readable = readable(view)?;
    Ok(readable
        .iter()
        .filter(|concern| may_answer(view, concern))
        .count())
}

fn may_answer(view: &View<'_>, concern: &Concern) -> bool {
    view.standing.is_head() && concern.answered_at.is_none()
}

/// `concern_before`
pub(crate) fn before(desk: &Desk, actor: &Actor, _: Nothing) -> Result<ConcernBefore, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let mut heads: Vec<String> = atlas
            .people
            .values()
            .filter(|person| person.has(Role::Head))
            .map(|person| person.name.clone())
            .collect();
        heads.sort();
        Ok(ConcernBefore {
            head: heads.join(" and "),
            line_manager: view
                .standing
                .person
                .line_manager
                .map(|manager| atlas.name(manager)),
            explanation: EXPLANATION,
        })
    })
}

/// `concern_list`: latest first.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<ConcernLine>, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let waiting: BTreeSet<RecordId> = match view.place {
            Place::Hub => BTreeSet::new(),
            Place::Device => {
                let waiting = view.facts.reader.outbox(usize::MAX)?;
                waiting.into_iter().map(|record| record.id).collect()
            }
        };
        let mut concerns = readable(view)?;
        concerns.sort_by_key(|concern| std::cmp::Reverse((concern.raised_at, concern.id)));
        Ok(concerns
            .into_iter()
            .map(|concern| ConcernLine {
                concern: concern.id,
                is_mine: concern.writer == view.standing.id(),
                writer: atlas.name(concern.writer),
                supporter: concern.supporter.map(|supporter| atlas.name(supporter)),
                raised_at: concern.raised_at,
                is_received: !waiting.contains(&concern.id.into()),
                answered_at: concern.answered_at,
                answered_by: concern.answered_by.map(|head| atlas.name(head)),
                may_answer: may_answer(view, &concern),
                text: concern.text,
                answer: concern.answer,
            })
            .collect())
    })
}

/// `concern_raise`: from now on it stays in its writer's words.
pub(crate) fn raise(
    desk: &Desk,
    actor: &Actor,
    request: ConcernRaise,
) -> Result<Vec<ConcernLine>, ApiError> {
    check_words(&request.text)?;
    desk.edit(actor, |edit| {
        let supporter = edit.standing.person.line_manager;
        if request.with_line_manager && supporter.is_none() {
            return Err(ApiError::new(
                Code::Refused,
                "No line manager is entered for you, so nobody can stand beside you here. Raise it alone, or ask a leader to enter your line manager first.",
            ));
        }
        let mut fields = vec![
            ("writer", json!(edit.standing.id())),
            ("text", json!(request.text.trim())),
            ("raised_at", time_value(edit.now.to_utc())),
        ];
        if request.with_line_manager {
            fields.push(("supporter", json!(supporter)));
        }
        edit.put(
            ConcernId::from_uuid(edit.fresh()),
            &Kind::Concern,
            fields,
        )
    })?;
    list(desk, actor, Nothing {})
}

/// `concern_answer`: the head's; once given it stays.
pub(crate) fn answer(
    desk: &Desk,
    actor: &Actor,
    request: ConcernAnswer,
) -> Result<Vec<ConcernLine>, ApiError> {
    check_words(&request.answer)?;
    desk.edit(actor, |edit| {
        let held = edit.facts().record(request.concern, &Kind::Concern)?;
        let is_readable = match &held {
            Some(held) => may_read(edit.facts(), &edit.standing, held)?,
            None => false,
        };
        if !is_readable {
            return Err(ApiError::not_found("concern"));
        }
        let own = edit.standing.id();
        let at = time_value(edit.now.to_utc());
        edit.put(
            request.concern,
            &Kind::Concern,
            [
                ("answer", json!(request.answer.trim())),
                ("answered_at", at),
                ("answered_by", json!(own)),
            ],
        )
    })?;
    list(desk, actor, Nothing {})
}
