//! Writing an action: what it says, by leaders; how far it is, by its owner.

use alongside_domain::action::{ActionFrom, ActionState, Note};
use alongside_domain::{ActionId, Kind, PersonId, TemplateId, WalkId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::{ActionAsked, ActionView, get};
use crate::authority::may_read;
use crate::observation::key;
use crate::{Actor, ApiError, Desk};

/// `action_put`: adds or changes an action.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ActionPut {
    /// Which; none adds one.
    pub action: Option<ActionId>,
    /// What is to be done.
    pub title: String,
    /// By whom.
    pub owner: PersonId,
    /// By when.
    pub due_on: NaiveDate,
    /// How one will know that it worked.
    pub success_criteria: String,
    /// Where it came from; kept as it was first said.
    pub from: ActionFrom,
    /// What it came from, in the words it has now.
    pub about: String,
    /// The walk it came from; kept as it was first said.
    pub walk: Option<WalkId>,
    /// The form of its criterion.
    pub template: Option<TemplateId>,
    /// The key of the criterion that will show whether it worked; empty where there is none.
    pub criterion: String,
}

/// `action_progress`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ActionProgress {
    /// Of which action.
    pub action: ActionId,
    /// How far it is, or how it goes.
    pub edit: ActionEdit,
}

/// One thing that is said of an action's progress.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ActionEdit {
    /// How far it is: by its owner, or a leader.
    State {
        /// From now on.
        state: ActionState,
    },
    /// A note, by its owner alone.
    Note {
        /// Which.
        entry: String,
        /// The words; none takes it back while it can be.
        text: Option<String>,
    },
}

/// `action_put`: for leaders. Answers with the id alone: a request that names a person gives nothing that was seen (R9).
pub(crate) fn put(desk: &Desk, actor: &Actor, request: ActionPut) -> Result<ActionAsked, ApiError> {
    let id = request
        .action
        .unwrap_or_else(|| ActionId::from_uuid(desk.fresh()));
    let criterion = match request.criterion.as_str() {
        "" => Value::Null,
        _ => json!(key(request.criterion)?),
    };
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let held = edit.get(id)?;
        let mut fields = vec![
            ("title", json!(request.title.trim())),
            ("owner", json!(request.owner)),
            ("due_on", json!(request.due_on)),
            ("success_criteria", json!(request.success_criteria.trim())),
            ("template", json!(request.template)),
            ("criterion", criterion),
        ];
        if held.is_none() {
            fields.extend([
                ("walk", json!(request.walk)),
                ("from", json!(request.from)),
                ("about", json!(request.about.trim())),
                ("state", json!(ActionState::Open)),
            ]);
        }
        edit.put(id, &Kind::Action, fields)
    })?;
    Ok(ActionAsked { action: id })
}

/// `action_progress`: how far it is, by its owner or a leader; notes, by its owner alone.
pub(crate) fn progress(
    desk: &Desk,
    actor: &Actor,
    request: ActionProgress,
) -> Result<ActionView, ApiError> {
    let id = request.action;
    desk.edit(actor, |edit| {
        let own = edit.standing.id();
        let held = edit
            .facts()
            .record(id, &Kind::Action)?
            .ok_or_else(|| ApiError::not_found("action"))?;
        // Who may not read it is told no more than that it is not here.
        if !may_read(edit.facts(), &edit.standing, &held)? {
            return Err(ApiError::not_found("action"));
        }
        let field = match request.edit {
            ActionEdit::State { state } => ("state".to_owned(), json!(state)),
            ActionEdit::Note { entry, text } => {
                let text = text.filter(|text| !text.trim().is_empty());
                let value = text.map_or(Value::Null, |text| Note::value(own, text.trim()));
                (format!("notes.{}", key(entry)?), value)
            }
        };
        edit.put(id, &Kind::Action, [field])
    })?;
    get(desk, actor, ActionAsked { action: id })
}
