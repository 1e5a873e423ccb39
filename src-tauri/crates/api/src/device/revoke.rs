//! Shutting a lost device out: who may, what it is told, and what had not arrived from it.
//!
//! A leader shuts out in one transaction with the check that they are themselves let in, so two leaders who shut each
//! other out at once leave one of them in; and nobody shuts out what they ask from. The head can be shut out of a lost
//! tablet like anyone, since whoever did it can make a new code. What a device says in its farewell may be said by
//! whoever found it, so it is shown as what the device said, and names only visits that are its person's.

use std::collections::HashSet;

use alongside_domain::visit::Visit;
use alongside_domain::{DeviceId, Kind, ObservationId, PersonId, RecordId, ResponseId, VisitId};
use alongside_store::{Device, DeviceKind, LogLine};
use alongside_sync::lost::FAREWELL_LIMIT;
use alongside_sync::{Farewell, WipeWord};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Devices;
use crate::actor::Standing;
use crate::atlas::Atlas;
use crate::desk::{Changed, View};
use crate::door;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, log};

/// The most visits that are named in one sentence.
const NAMED: usize = 3;

/// `device_revoke`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeviceRevoke {
    /// Which device; for a browser, all browsers of its person.
    pub device: DeviceId,
    /// Whether its person is signed out of every browser as well: who has the tablet may have the phone.
    pub browsers: bool,
}

/// A device that a leader has shut out.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LostDevice {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who shut it out.
    pub by: String,
    /// Whether it has come back since and said that it removes everything.
    pub has_come_back: bool,
    /// What had not arrived from it, as far as is known.
    pub sentence: String,
}

/// What a device that was let out hears, whatever it asks.
pub(crate) fn turned_away(device: &Device) -> ApiError {
    if device.revoked_by.is_none() {
        return not_let_in();
    }
    match device.kind {
        DeviceKind::App => ApiError {
            wipe: (!device.wipe.is_empty()).then(|| WipeWord::new(device.wipe.clone())),
            ..ApiError::new(
                Code::DeviceRevoked,
                "A leader has shut this device out of the school. Ask a leader for a new code and join again.",
            )
        },
        DeviceKind::Browser => ApiError::new(
            Code::SignInFirst,
            "A leader has signed this browser out. Ask a leader for a new code.",
        ),
    }
}

/// What a token hears that opens nothing, or not any more.
pub(crate) fn not_let_in() -> ApiError {
    ApiError::new(
        Code::SignInFirst,
        "This device is not let in any more. Ask a leader for a new code; what is saved here stays.",
    )
}

/// `device_revoke`: shuts a device out, for leaders. It is refused from now on and told to wipe itself. Twice is once.
pub(crate) fn revoke(
    desk: &Desk,
    actor: &Actor,
    request: DeviceRevoke,
) -> Result<Devices, ApiError> {
    desk.must_be_hub()?;
    let now = desk.now().timestamp_millis();
    let mut writer = desk.store().write()?;
    Standing::read(&*writer, *actor)?.must_lead()?;
    let lost = writer
        .device(request.device)?
        .ok_or_else(|| ApiError::not_found("device"))?;
    let is_meant = |device: &Device| match device.kind {
        DeviceKind::App => device.id == lost.id,
        DeviceKind::Browser => {
            device.person == lost.person && (request.browsers || lost.kind == DeviceKind::Browser)
        }
    };
    let meant: Vec<Device> = writer.devices()?.into_iter().filter(is_meant).collect();
    // Their own session among their other browsers stays; asked for by itself it is a mistake.
    if request.device == actor.device && meant.iter().all(|device| device.id == actor.device) {
        return Err(ApiError::new(
            Code::Refused,
            "This is the device you are asking from. Shut it out from another one, or leave the school on it.",
        ));
    }
    if lost.kind == DeviceKind::App && lost.id == actor.device {
        return Err(ApiError::new(
            Code::Refused,
            "This is the device you are asking from. Shut it out from another one.",
        ));
    }
    let mut changed = Changed::default();
    for mut device in meant {
        if device.revoked_at.is_some() || device.id == actor.device {
            continue;
        }
        device.revoked_at = Some(now);
        device.revoked_by = Some(actor.person);
        writer.device_put(&device)?;
        let line = LogLine {
            at: now,
            person: Some(actor.person),
            device: Some(actor.device),
            act: "revoked".into(),
            record: Some(device.person.into()),
            kind: Some(Kind::Person),
            detail: device.id.to_string(),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        changed.let_out.insert(device.id);
    }
    writer.commit()?;
    desk.tell(&changed);
    super::list(desk, actor, Nothing {})
}

impl Desk {
    /// Hears once, from a device that a leader has shut out, what it had not sent. Its token is good for nothing else.
    ///
    /// Errors with what any other call of that device is answered with when it is let in, or has said it before.
    pub fn farewell(&self, token: &str, said: &Farewell) -> Result<(), ApiError> {
        let now = self.now().timestamp_millis();
        let mut writer = self.store().write()?;
        let mut device = writer
            .device_by_token(&door::hash(token))?
            .ok_or_else(not_let_in)?;
        if device.revoked_by.is_none() {
            return Err(ApiError::new(
                Code::Refused,
                "Only a device that was shut out takes its leave. This one is let in; sync instead.",
            ));
        }
        if device.farewell.is_some() || device.revoked_at.is_none() {
            return Err(turned_away(&device));
        }
        let mut said = said.clone();
        said.records.truncate(FAREWELL_LIMIT);
        let text = serde_json::to_string(&said).map_err(|error| {
            tracing::error!(%error, "a farewell could not be written as JSON");
            ApiError::new(Code::Internal, "The farewell could not be kept.")
        })?;
        device.farewell = Some(text);
        device.waiting = Some(said.waiting);
        device.last_contact = Some(now);
        writer.device_put(&device)?;
        let line = LogLine {
            at: now,
            device: Some(device.id),
            act: "wiped".into(),
            record: Some(device.person.into()),
            kind: Some(Kind::Person),
            detail: format!("{} waiting", said.waiting),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.commit()?;
        Ok(())
    }
}

/// What is known of a device that a leader has shut out; none of one that is let in or left by itself. `missing` are the
/// visits of its person whose observations the hub does not hold, by the plan.
pub(super) fn lost(
    view: &View<'_>,
    atlas: &Atlas,
    visits: &[Visit],
    device: &Device,
    missing: &[VisitId],
) -> Result<Option<LostDevice>, ApiError> {
    let (Some(at), Some(by)) = (device.revoked_at, device.revoked_by) else {
        return Ok(None);
    };
    let farewell = device
        .farewell
        .as_deref()
        .and_then(|text| serde_json::from_str::<Farewell>(text).ok());
    let sentence = match (device.kind, &farewell) {
        (DeviceKind::Browser, _) => "A browser keeps nothing, so nothing is missing.".to_owned(),
        (DeviceKind::App, Some(said)) => said_last(view, atlas, visits, device.person, said)?,
        (DeviceKind::App, None) => heard_last(atlas, visits, device, missing),
    };
    Ok(Some(LostDevice {
        at: DateTime::from_timestamp_millis(at).unwrap_or_default(),
        by: atlas.name(by),
        has_come_back: farewell.is_some(),
        sentence,
    }))
}

/// From the device's own farewell.
fn said_last(
    view: &View<'_>,
    atlas: &Atlas,
    visits: &[Visit],
    person: PersonId,
    said: &Farewell,
) -> Result<String, ApiError> {
    if said.waiting == 0 {
        return Ok("It came back and removed everything; nothing had been left on it.".to_owned());
    }
    let told: HashSet<RecordId> = said.records.iter().map(|record| record.id).collect();
    let mut known = HashSet::new();
    let mut about = Vec::new();
    for visit in visits {
        let observation: RecordId = ObservationId::derive(visit.id, person).into();
        let response: RecordId = ResponseId::derive(visit.id, person).into();
        let class = view.facts.class(visit.class)?;
        let is_observer = visit.observers.contains(&person);
        let is_teacher = visit.is_taught_by(person, class.as_ref());
        let before = known.len();
        for (own, is_theirs) in [(observation, is_observer), (response, is_teacher)] {
            if is_theirs && told.contains(&own) {
                known.insert(own);
            }
        }
        if known.len() > before {
            about.push(visit);
        }
    }
    let others = told.len() - known.len();
    let mut places = Vec::new();
    if !about.is_empty() {
        places.push(counted(about.len(), "visit"));
    }
    if others > 0 {
        let noun = if about.is_empty() {
            "record"
        } else {
            "other record"
        };
        places.push(counted(others, noun));
    }
    let inside = if places.is_empty() {
        String::new()
    } else {
        format!(" in {}", places.join(" and "))
    };
    let changes = counted(
        usize::try_from(said.waiting).unwrap_or(usize::MAX),
        "change",
    );
    Ok(format!(
        "It came back and removed everything. {changes}{inside} had not arrived{}.",
        listed(atlas, &about)
    ))
}

/// From what was last heard of it and what is missing by the plan.
fn heard_last(atlas: &Atlas, visits: &[Visit], device: &Device, missing: &[VisitId]) -> String {
    let waiting = match device.waiting {
        Some(0) | None => "Nothing was waiting on it when it was last heard".to_owned(),
        Some(1) => "1 change was waiting on it when it was last heard".to_owned(),
        Some(some) => format!("{some} changes were waiting on it when it was last heard"),
    };
    let about: Vec<&Visit> = visits
        .iter()
        .filter(|visit| missing.contains(&visit.id))
        .collect();
    let missing = if about.is_empty() {
        String::new()
    } else {
        format!(
            " {} of its person had not arrived by the plan{}.",
            counted(about.len(), "record"),
            listed(atlas, &about)
        )
    };
    format!("It has not come back yet. {waiting}.{missing}")
}

/// The names of the first few visits, in order of time: `: Blue 2, Tue 10 Nov 10:20; and 2 more`.
fn listed(atlas: &Atlas, visits: &[&Visit]) -> String {
    let mut visits = visits.to_vec();
    visits.sort_by_key(|visit| visit.starts_at);
    if visits.is_empty() {
        return String::new();
    }
    let mut names: Vec<String> = visits
        .iter()
        .take(NAMED)
        .map(|visit| {
            let at = visit.starts_at.format("%a %-d %b %H:%M");
            format!("{}, {at}", atlas.class_name(visit.class))
        })
        .collect();
    if visits.len() > NAMED {
        names.push(format!("and {} more", visits.len() - NAMED));
    }
    format!(": {}", names.join("; "))
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
