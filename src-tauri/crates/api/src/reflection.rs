//! A reflection: the teacher's own two questions after a visit, read by nobody but whom the teacher lets (R8, R19).

use alongside_domain::reflection::{QUESTIONS, Reflection};
use alongside_domain::{Kind, PersonId, ReflectionId, VisitId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::facts::Known;
use crate::install::Nothing;
use crate::response::ResponseSaved;
use crate::visit::VisitAsked;
use crate::{Actor, ApiError, Desk};

/// A reflection, as its own teacher sees it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReflectionView {
    /// After which visit.
    pub visit: VisitId,
    /// What the visit confirmed.
    pub confirmed: String,
    /// What might change.
    pub change: String,
    /// The two questions, in order.
    pub questions: Vec<ReflectionQuestion>,
    /// Who could be let read it, and who is: the line manager and the visit's observers first, then everyone by name.
    pub readers: Vec<ReflectionReader>,
}

/// One of the two questions.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReflectionQuestion {
    /// Its key.
    #[ts(type = "\"confirmed\" | \"change\"")]
    pub key: &'static str,
    /// Its words.
    pub text: &'static str,
}

/// Somebody who could be let read it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReflectionReader {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Whether they are.
    pub may_read: bool,
}

/// `reflection_write`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReflectionWrite {
    /// After which visit.
    pub visit: VisitId,
    /// What was written.
    pub edit: ReflectionEdit,
}

/// One thing a teacher does with a reflection.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ReflectionEdit {
    /// Says what the visit confirmed.
    Confirmed {
        /// The words; empty takes them away.
        text: String,
    },
    /// Says what might change.
    Change {
        /// The words; empty takes them away.
        text: String,
    },
    /// Says who may read it.
    Readers {
        /// All of them.
        people: Vec<PersonId>,
    },
}

/// A reflection that somebody else lets this person read.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReflectionLine {
    /// After which visit.
    pub visit: VisitId,
    /// The class's name.
    pub class: String,
    /// Whose.
    pub teacher: String,
    /// When the visit was.
    pub starts_at: DateTime<FixedOffset>,
    /// What the visit confirmed.
    pub confirmed: String,
    /// What might change.
    pub change: String,
}

/// `reflection_get`: for a teacher of the visit, their own.
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: VisitAsked,
) -> Result<ReflectionView, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let known = view.known(request.visit)?;
        let own = view.standing.id();
        if !atlas.teaches(own, &known.visit) {
            return Err(ApiError::not_allowed(
                "Only those who taught the visited lesson reflect on its visit.",
            ));
        }
        let held = view
            .facts
            .record(ReflectionId::derive(known.visit.id, own), &Kind::Reflection)?;
        let held = held.as_ref().and_then(Reflection::read);
        let readers = held.as_ref().map(|held| held.readers.clone());
        Ok(ReflectionView {
            visit: known.visit.id,
            confirmed: held
                .as_ref()
                .map_or_else(String::new, |held| held.confirmed.clone()),
            change: held
                .as_ref()
                .map_or_else(String::new, |held| held.change.clone()),
            questions: QUESTIONS
                .iter()
                .map(|(key, text)| ReflectionQuestion { key, text })
                .collect(),
            readers: could_read(view, &atlas, &known, &readers.unwrap_or_default()),
        })
    })
}

fn could_read(
    view: &View<'_>,
    atlas: &Atlas,
    known: &Known,
    readers: &[PersonId],
) -> Vec<ReflectionReader> {
    let own = view.standing.id();
    let place = |person: PersonId| {
        if view.standing.person.line_manager == Some(person) {
            0
        } else if known.visit.observers.contains(&person) {
            1
        } else {
            2
        }
    };
    let mut people: Vec<ReflectionReader> = atlas
        .people
        .values()
        .filter(|person| person.id != own && (person.is_active || readers.contains(&person.id)))
        .map(|person| ReflectionReader {
            person: person.id,
            name: person.name.clone(),
            may_read: readers.contains(&person.id),
        })
        .collect();
    people.sort_by_cached_key(|reader| (place(reader.person), reader.name.to_lowercase()));
    people
}

/// `reflection_write`: kept at once; whoever is let or no longer let reads it from the next sync on.
pub(crate) fn write(
    desk: &Desk,
    actor: &Actor,
    request: ReflectionWrite,
) -> Result<ResponseSaved, ApiError> {
    let words = |text: String| {
        if text.trim().is_empty() {
            Value::Null
        } else {
            Value::String(text)
        }
    };
    desk.edit(actor, |edit| {
        let own = edit.standing.id();
        let (name, value) = match request.edit {
            ReflectionEdit::Confirmed { text } => ("confirmed", words(text)),
            ReflectionEdit::Change { text } => ("change", words(text)),
            ReflectionEdit::Readers { mut people } => {
                people.retain(|person| *person != own);
                ("readers", json!(people))
            }
        };
        edit.put(
            ReflectionId::derive(request.visit, own),
            &Kind::Reflection,
            [
                ("visit", json!(request.visit)),
                ("teacher", json!(own)),
                (name, value),
            ],
        )?;
        Ok(ResponseSaved {
            saved_at: edit.now.to_utc(),
        })
    })
}

/// `reflection_list`: those that others let this person read, latest visit first.
pub(crate) fn list(
    desk: &Desk,
    actor: &Actor,
    _: Nothing,
) -> Result<Vec<ReflectionLine>, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let mut lines = Vec::new();
        for record in view.facts.reader.list(&Kind::Reflection)? {
            if !may_read(view.facts, view.standing, &record)? {
                continue;
            }
            if let Some(held) = Reflection::read(&record)
                && held.teacher != view.standing.id()
                && let Some(visit) = view.facts.visit(held.visit)?
            {
                lines.push(ReflectionLine {
                    visit: visit.id,
                    class: atlas.class_name(visit.class),
                    teacher: atlas.name(held.teacher),
                    starts_at: visit.starts_at,
                    confirmed: held.confirmed,
                    change: held.change,
                });
            }
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.starts_at));
        Ok(lines)
    })
}
