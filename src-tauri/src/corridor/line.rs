//! The lines of a door: who asked and who came, and how far each is.

use std::collections::HashMap;

use alongside_api::corridor::{DoorGround, DoorLine, DoorState};
use alongside_domain::{DeviceId, PersonId};
use alongside_hub::Ask;
use alongside_store::Device;
use alongside_sync::wire::JoinState;
use chrono::{DateTime, Utc};

use super::door::Door;

/// A line per device that asked or came since the door was opened, in the order in which they did. `own` is this device.
pub(crate) fn lines(
    door: &Door,
    ground: &DoorGround,
    own: DeviceId,
    now: DateTime<Utc>,
) -> Vec<DoorLine> {
    let asks = door.lobby().asks(now);
    let names: HashMap<PersonId, &str> = ground
        .people
        .iter()
        .map(|line| (line.person, line.name.as_str()))
        .collect();
    let mut lines: Vec<DoorLine> = asks
        .iter()
        .map(|ask| {
            let admitted = door.admitted(ask.id);
            let device = ground
                .devices
                .iter()
                .find(|device| device.id == ask.device.id);
            let mut line = of_ask(ask, admitted.or(ask.person), door, device);
            put_counts(&mut line, ground, &names);
            line
        })
        .collect();
    let opened = door.opened_at().timestamp_millis();
    let came = ground.devices.iter().filter(|device| {
        device.id != own
            && device.revoked_at.is_none()
            && device.last_contact.is_some_and(|at| at >= opened)
            && !asks.iter().any(|ask| ask.device.id == device.id)
    });
    for device in came {
        let waiting = device.waiting.unwrap_or(0);
        let mut line = DoorLine {
            ask: None,
            device: device.name.clone(),
            person: Some(device.person),
            name: None,
            state: match waiting {
                0 => DoorState::Done,
                _ => DoorState::Sending,
            },
            expected: 0,
            received: 0,
            missing: 0,
            changes: waiting,
            arrived: 0,
            heard_at: moment(device),
        };
        put_counts(&mut line, ground, &names);
        lines.push(line);
    }
    lines
}

fn of_ask(ask: &Ask, person: Option<PersonId>, door: &Door, device: Option<&Device>) -> DoorLine {
    let announced = ask.announced.map_or(0, |announced| announced.changes);
    let mut line = DoorLine {
        ask: Some(ask.id.to_string()),
        device: ask.device.name.clone(),
        person,
        name: None,
        state: DoorState::Asked,
        expected: 0,
        received: 0,
        missing: 0,
        changes: announced,
        arrived: 0,
        heard_at: device.and_then(moment).or(Some(ask.asked_at)),
    };
    match &ask.state {
        JoinState::Waiting => {}
        JoinState::Refused => line.state = DoorState::Refused,
        JoinState::Joined(_) => {
            let waiting = device.and_then(|device| device.waiting);
            line.changes = announced.max(waiting.unwrap_or(0));
            line.arrived = waiting.map_or(0, |waiting| line.changes.saturating_sub(waiting));
            line.state = match waiting {
                None => DoorState::Joined,
                Some(0) => DoorState::Done,
                Some(_) => DoorState::Sending,
            };
        }
        JoinState::Collecting { .. } => door.put_handed_over(ask.id, &mut line),
    }
    line
}

fn put_counts(line: &mut DoorLine, ground: &DoorGround, names: &HashMap<PersonId, &str>) {
    let Some(person) = line.person else {
        return;
    };
    line.name = names.get(&person).map(|name| (*name).to_owned());
    let (expected, received) = ground.counts.get(&person).copied().unwrap_or_default();
    (line.expected, line.received) = (expected, received);
    line.missing = expected.saturating_sub(received);
}

fn moment(device: &Device) -> Option<DateTime<Utc>> {
    device
        .last_contact
        .and_then(DateTime::from_timestamp_millis)
}
