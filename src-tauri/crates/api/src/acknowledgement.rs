//! Who has read what: given by hand for a notice or a report, and by itself when somebody opens a record or a response.

use alongside_domain::acknowledgement::Acknowledgement;
use alongside_domain::field::time_value;
use alongside_domain::{AcknowledgementId, Kind, RecordId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::{Edit, View};
use crate::{Actor, ApiError, Desk};

/// `acknowledgement_give`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AcknowledgementGive {
    /// What was read: a notice, or a report.
    #[ts(type = "string")]
    pub of: RecordId,
}

/// Somebody who has read it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReadBy {
    /// Their name.
    pub name: String,
    /// When they first did.
    pub at: DateTime<FixedOffset>,
}

/// `acknowledgement_give`: this person has read it. Giving it twice is harmless: the first time stands.
pub(crate) fn give(
    desk: &Desk,
    actor: &Actor,
    request: AcknowledgementGive,
) -> Result<(), ApiError> {
    desk.edit(actor, |edit| put(edit, request.of))
}

/// Notes that the person of this transaction has read something, once.
pub(crate) fn put(edit: &mut Edit<'_>, of: RecordId) -> Result<(), ApiError> {
    let own = edit.standing.id();
    let id = AcknowledgementId::derive(of, own);
    if edit.get(id)?.is_some() {
        return Ok(());
    }
    let at = time_value(edit.now.to_utc());
    edit.put(
        id,
        &Kind::Acknowledgement,
        [("of", json!(of)), ("person", json!(own)), ("at", at)],
    )
}

/// Whether the person of `view` has said that they read it.
pub(crate) fn is_given(view: &View<'_>, of: impl Into<RecordId>) -> Result<bool, ApiError> {
    let id = AcknowledgementId::derive(of.into(), view.standing.id());
    let held = view.facts.record(id, &Kind::Acknowledgement)?;
    Ok(held.is_some_and(|held| held.value("at").is_some()))
}

/// The acknowledgements of something that the person of `view` may read, earliest first.
pub(crate) fn list(
    view: &View<'_>,
    of: impl Into<RecordId>,
) -> Result<Vec<Acknowledgement>, ApiError> {
    let mut given = Vec::new();
    let under = view.facts.reader;
    for record in under.list_under(&Kind::Acknowledgement, of.into())? {
        if may_read(view.facts, view.standing, &record)? {
            given.extend(Acknowledgement::read(&record));
        }
    }
    given.sort_by_key(|one| one.at);
    Ok(given)
}

/// The same, by name.
pub(crate) fn read_by(
    view: &View<'_>,
    atlas: &Atlas,
    of: impl Into<RecordId>,
) -> Result<Vec<ReadBy>, ApiError> {
    let given = list(view, of)?;
    Ok(given
        .into_iter()
        .map(|one| ReadBy {
            name: atlas.name(one.person),
            at: one.at,
        })
        .collect())
}
