//! The demo school: invented people; two walks that are over, with their reports and the actions that came of them, and
//! one under way; last year's self-evaluation, and this year's begun. Loaded as if it had all happened.
//!
//! `people` and `plan` say who and what there is, `words`, `replies` and `tendency` what can be said and how
//! often, `writing` draws each observation from them, `calendar` finds the days, `diary` puts everything in order
//! of time, and `stage` plays it before a desk. Only the public door is used, so the demo keeps every rule of the
//! protocol; nothing here knows how a record is kept. The same moment gives the same school, ids apart.

mod calendar;
mod chance;
mod diary;
mod improving;
mod people;
mod plan;
mod ratings;
mod replies;
mod stage;
mod tendency;
#[cfg(test)]
mod tests;
mod voices;
mod words;
mod writing;

use std::sync::Arc;

use alongside_api::{ApiError, Code, Desk, Place, notes};
use alongside_domain::{DeviceId, PersonId};
use alongside_store::Store;
use alongside_sync::DeviceClock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Noted while the demo is being loaded.
const LOADING: &str = "loading";

/// The three people to try the demo as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoPeople {
    /// Visits four classes today.
    pub observer: PersonId,
    /// Teaches Kestrel class: one record to answer, one answered, one visit to come.
    pub teacher: PersonId,
    /// The head.
    pub leader: PersonId,
}

/// Loads the demo school into an empty store, as it stands at `now`; where it was loaded before, nothing changes.
///
/// Errors when the store holds another school, or a demo school whose loading was interrupted.
pub fn load(store: Arc<dyn Store>, now: DateTime<Utc>) -> Result<DemoPeople, ApiError> {
    let noted = store.read()?.note(notes::DEMO)?;
    if let Some(noted) = noted {
        return serde_json::from_str(&noted).map_err(|_| {
            ApiError::new(
                Code::Refused,
                "Loading the demo school was interrupted. Remove it with `make demo-reset`, or empty the hub's folder, and load it again.",
            )
        });
    }
    let hands = Arc::new(stage::Hands::default());
    let device = DeviceId::from_uuid(Uuid::now_v7());
    let clock = DeviceClock::new(device, hands.clone(), None, 0);
    let desk = Desk::new(store.clone(), Place::Hub, Arc::new(clock), |_| {});
    if desk.school_name()?.is_some() {
        return Err(ApiError::new(
            Code::ForeignSchool,
            "There is a school here already. Load the demo school into an empty folder.",
        ));
    }
    note(&*store, LOADING)?;
    let diary = diary::Diary::new(calendar::Calendar::new(now));
    let mut stage = stage::Stage::found(&desk, hands, diary.founded_at())?;
    for entry in diary.entries() {
        stage.play(entry)?;
    }
    desk.keep_contacts()?;
    let people = DemoPeople {
        observer: stage.person_named(people::ADEYEMI)?,
        teacher: stage.person_named(people::CASTELLOW)?,
        leader: stage.person_named(people::HEAD)?,
    };
    let noted = serde_json::to_string(&people).map_err(|error| {
        tracing::error!(%error, "the ids of the demo school could not be written");
        ApiError::new(
            Code::Internal,
            "The demo school could not be finished. Try again in an empty folder.",
        )
    })?;
    note(&*store, &noted)?;
    Ok(people)
}

fn note(store: &dyn Store, value: &str) -> Result<(), ApiError> {
    let mut writer = store.write()?;
    writer.note_put(notes::DEMO, Some(value))?;
    Ok(writer.commit()?)
}
