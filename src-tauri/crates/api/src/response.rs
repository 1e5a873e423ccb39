//! The teacher's answer to a record: a draft that only they read, then sent (R8).

use alongside_domain::{Kind, VisitId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::observation::key;
use crate::record::{self, RecordView};
use crate::visit::VisitAsked;
use crate::{Actor, ApiError, Desk};

/// `response_write`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResponseWrite {
    /// To the record of which visit.
    pub visit: VisitId,
    /// What was written.
    pub edit: ResponseEdit,
}

/// One thing a teacher writes.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ResponseEdit {
    /// To a section.
    Comment {
        /// Which.
        section: String,
        /// The words.
        text: String,
    },
    /// To the whole.
    Overall {
        /// The words.
        text: String,
    },
}

/// A draft that is on the disk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ResponseSaved {
    /// When.
    pub saved_at: DateTime<Utc>,
}

/// `response_write`: keeps the draft. The record must have been shared.
pub(crate) fn write(
    desk: &Desk,
    actor: &Actor,
    request: ResponseWrite,
) -> Result<ResponseSaved, ApiError> {
    let words = |text: String| {
        if text.trim().is_empty() {
            Value::Null
        } else {
            Value::String(text)
        }
    };
    let (name, value) = match request.edit {
        ResponseEdit::Comment { section, text } => {
            (format!("comments.{}", key(section)?), words(text))
        }
        ResponseEdit::Overall { text } => ("overall".to_owned(), words(text)),
    };
    desk.edit(actor, |edit| {
        let known = edit.facts().known_by_id(request.visit)?;
        let step = known.life().respond(edit.standing.id())?;
        let id = step.record();
        let mut fields: Vec<(String, Value)> = step
            .into_fields()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        fields.push((name, value));
        edit.put(id, &Kind::Response, fields)?;
        Ok(ResponseSaved {
            saved_at: edit.now.to_utc(),
        })
    })
}

/// `response_send`: from now on leaders and the visit's observers read it. Sending twice is harmless.
pub(crate) fn send(
    desk: &Desk,
    actor: &Actor,
    request: VisitAsked,
) -> Result<RecordView, ApiError> {
    desk.edit(actor, |edit| {
        let known = edit.facts().known_by_id(request.visit)?;
        let step = known.life().answer(edit.standing.id(), edit.now)?;
        let id = step.record();
        edit.put(id, &Kind::Response, step.into_fields())
    })?;
    record::get(desk, actor, request)
}
