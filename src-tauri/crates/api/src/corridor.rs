//! The corridor: a leader's device opens its door, and other devices come in or hand over. What the screens of both sides
//! ask and are answered; the app's shell answers all of it, since it is about this device and the network around it.

use std::collections::HashMap;

use alongside_domain::person::Person;
use alongside_domain::{Kind, PersonId};
use alongside_store::Device;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::device::{self, QrPath};
use crate::{Actor, ApiError, Desk};

/// What other devices do at a leader's door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DoorPurpose {
    /// This device is the school's hub: they join it and sync with it.
    Join,
    /// The school's hub is somewhere else: they hand over what waits for it.
    Collect,
}

/// A leader's door, as its screen shows it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DoorView {
    /// What devices do here, or would if it were open.
    pub purpose: DoorPurpose,
    /// What is shown to them; none while the door is shut.
    pub open: Option<OpenDoor>,
    /// A line per device that asked or came since the door was opened.
    pub lines: Vec<DoorLine>,
    /// Who may be let in: the school's people.
    pub people: Vec<DoorPerson>,
    /// Why the door closed by itself, in a sentence.
    pub closed: Option<String>,
    /// Letters that this device carries for the school's hub and has not delivered yet.
    #[ts(type = "number")]
    pub carried: u64,
}

/// What an open door shows.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OpenDoor {
    /// All that a device needs, to be scanned.
    pub qr: QrPath,
    /// The same as text, for a device that can be sent one.
    pub ticket: String,
    /// The one-time code, in groups to be typed.
    pub groups: Vec<String>,
    /// Where this device is in the network: with the groups, what is typed where nothing can be scanned.
    pub addresses: Vec<String>,
    /// Until when the code works; another one is shown then, and after each use.
    pub expires_at: DateTime<Utc>,
    /// Since when the door is open.
    pub opened_at: DateTime<Utc>,
}

/// One device at the door.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DoorLine {
    /// Under which number it asked; none when it was let in before and simply came.
    pub ask: Option<String>,
    /// What it is called.
    pub device: String,
    /// Whose it is, or says it is.
    pub person: Option<PersonId>,
    /// Their name.
    pub name: Option<String>,
    /// How far it is.
    pub state: DoorState,
    /// Visits of its person that are over by plan or begun.
    #[ts(type = "number")]
    pub expected: usize,
    /// Finished observations of these that are here.
    #[ts(type = "number")]
    pub received: usize,
    /// The difference.
    #[ts(type = "number")]
    pub missing: usize,
    /// Changes it brings.
    #[ts(type = "number")]
    pub changes: u64,
    /// Changes of these that are here.
    #[ts(type = "number")]
    pub arrived: u64,
    /// When it was last heard.
    pub heard_at: Option<DateTime<Utc>>,
}

/// How far a device at the door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DoorState {
    /// It waits for the leader's word.
    Asked,
    /// It was let in and has not sent anything yet.
    Joined,
    /// It is sending.
    Sending,
    /// All it had is here.
    Done,
    /// The leader said no.
    Refused,
}

/// Somebody whom a device can be let in for.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DoorPerson {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
}

/// `door_approve`: lets a device in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DoorApprove {
    /// Which ask.
    pub ask: String,
    /// Whose device it is.
    pub person: PersonId,
}

/// `door_refuse`: turns a device away.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DoorRefuse {
    /// Which ask.
    pub ask: String,
}

/// `hub_join`: this device goes to a leader's door, with what was scanned there or with what was typed.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct HubJoin {
    /// What was scanned, or pasted; or the groups of the code.
    pub code: String,
    /// The address, when only the groups were typed.
    pub address: Option<String>,
    /// What this device is called.
    pub device: Option<String>,
}

/// Where this device stands at a leader's door.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Joining {
    /// How far it is.
    pub step: JoiningStep,
    /// Whether it joins the hub for good, or hands over what waits; known once the door has answered.
    pub purpose: Option<DoorPurpose>,
    /// Changes to bring.
    #[ts(type = "number")]
    pub changes: u64,
    /// Changes of these that have arrived.
    #[ts(type = "number")]
    pub arrived: u64,
    /// Why it ended, when it did not end well.
    pub trouble: Option<ApiError>,
}

/// How far a device is at a leader's door.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JoiningStep {
    /// It goes nowhere.
    #[default]
    Idle,
    /// It looks for the leader's device.
    Looking,
    /// It asked, and waits for the leader's word.
    Asked,
    /// It sends.
    Sending,
    /// All is there.
    Done,
    /// It did not work; `trouble` says why.
    Failed,
}

/// A leader's device in the network, as it announces itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DoorFound {
    /// Its address, with the port.
    pub address: String,
    /// Whether it is the hub this space belongs to.
    pub is_own: bool,
}

/// `hub_moved`: the hub of this space is at another address now, with all that it held.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct HubMoved {
    /// Where it is now.
    pub address: String,
}

/// What the shell puts the lines of a door together from, besides who asked.
#[derive(Debug, Clone, Default)]
pub struct DoorGround {
    /// The school's people, by name.
    pub people: Vec<DoorPerson>,
    /// What is to come, by observer.
    pub due: HashMap<PersonId, device::Due>,
    /// The devices that were let in, as last heard; on a hub only.
    pub devices: Vec<Device>,
}

impl Desk {
    /// Whether `leader` may take over at a door what `person` wrote: leaders may, of who is in the school.
    pub fn door_person(&self, leader: &Actor, person: PersonId) -> Result<(), ApiError> {
        self.read(leader, |view| {
            view.standing.must_lead()?;
            match view.facts.record(person, &Kind::Person)? {
                Some(record) if Person::read(&record).is_active => Ok(()),
                _ => Err(ApiError::not_found("person")),
            }
        })
    }

    /// What a leader's door shows of the school; for leaders.
    pub fn door_ground(&self, actor: &Actor) -> Result<DoorGround, ApiError> {
        self.read(actor, |view| {
            view.standing.must_lead()?;
            let mut people: Vec<DoorPerson> = view
                .facts
                .reader
                .list(&Kind::Person)?
                .iter()
                .map(Person::read)
                .filter(|person| person.is_active)
                .map(|person| DoorPerson {
                    person: person.id,
                    name: person.name,
                })
                .collect();
            people.sort_by_key(|person| person.name.to_lowercase());
            Ok(DoorGround {
                people,
                due: device::due(view, &view.facts.visits()?)?,
                devices: self.devices_heard(view.facts.reader)?,
            })
        })
    }
}
