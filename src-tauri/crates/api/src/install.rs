//! The install itself: who is here, joining, starting a school, and the state of its sync.
//!
//! These commands have no actor yet, or are about the place rather than the school, so each place answers them: the
//! app's shell on a device, the hub for a browser. Their types are here, since the same screens ask both.

use alongside_domain::person::Role;
use alongside_domain::{Kind, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::desk::View;
use crate::{Actor, ApiError, Code, Desk, Place};

/// Nothing to ask with.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// Who is here and what they may do.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Install {
    /// A window on a device, or a browser at a hub.
    pub place: Place,
    /// The version of the program.
    pub version: String,
    /// Who is signed in.
    pub me: Option<Me>,
    /// The people who have a space of their own on this device.
    pub spaces: Vec<Space>,
    /// Those of these spaces that have a PIN.
    pub locks: Vec<SpaceLock>,
    /// Whether a school is served here.
    pub has_school: bool,
    /// Whether it is the demo school.
    pub is_demo: bool,
    /// What went wrong at the start, and what was done about it.
    pub trouble: Option<String>,
    /// Where this device keeps the key of what is stored on it; none in a browser.
    pub key_store: Option<KeyStore>,
}

/// Where the key of a device's store is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyStore {
    /// In the key store of the system, which opens with the person's own sign-in.
    Platform,
    /// In a file beside the store that only its owner can read: the system has no key store that answers.
    File,
}

/// The person who is signed in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Me {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// The school's name.
    pub school: String,
    /// Whether they have visits to make.
    pub is_observer: bool,
    /// Whether they teach a class, or taught one when it was visited.
    pub is_teacher: bool,
    /// Whether they lead.
    pub is_leader: bool,
    /// Whether they read the school's self-evaluation.
    pub reads_self_evaluation: bool,
}

/// One person's own store on a shared tablet.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Space {
    /// Whose.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The school's name.
    pub school: String,
}

/// `school_start`: a new school, led by the person who starts it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SchoolStart {
    /// The school's name.
    pub school: String,
    /// The name of the person, who becomes its head.
    pub person: String,
    /// At a hub with no school yet: the code it printed.
    pub setup_code: Option<String>,
}

/// `device_join`: lets this device or browser in with a code from a leader.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeviceJoin {
    /// The hub's address; none in a browser, which is at the hub already.
    pub address: Option<String>,
    /// The one-time code.
    pub code: String,
    /// What this device is called.
    pub device: String,
    /// Whose locked space on this device goes when the code lets them in, with what it had not sent: a forgotten PIN.
    #[serde(default)]
    #[ts(optional)]
    pub instead_of: Option<PersonId>,
}

/// `hub_connect`: a school that was started on this device moves in with an empty hub.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct HubConnect {
    /// The hub's address.
    pub address: String,
    /// The code it printed.
    pub code: String,
}

/// `space_choose`: who uses the tablet now.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SpaceChoose {
    /// Whose space.
    pub space: PersonId,
}

/// `space_unlock`: opens the space of someone who has a PIN.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SpaceUnlock {
    /// Whose space.
    pub space: PersonId,
    /// Their PIN.
    pub pin: Secret,
}

/// `pin_put`: puts a PIN on one's own space, or changes it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PinPut {
    /// The present PIN, where there is one.
    pub old: Option<Secret>,
    /// The new one: six digits or more, or a passphrase.
    pub new: Secret,
    /// After how many minutes in the back the space locks itself: 0, 1, 5 or 15.
    pub after_minutes: u32,
}

/// `pin_remove`: takes the PIN off one's own space.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PinRemove {
    /// The present PIN.
    pub pin: Secret,
}

/// What somebody typed and nobody is to read: printed, it says nothing.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The lock of a space with a PIN.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SpaceLock {
    /// Whose space.
    pub space: PersonId,
    /// Whether the PIN is asked for.
    pub is_locked: bool,
    /// How many seconds to wait before it may be tried.
    #[ts(type = "number")]
    pub wait_seconds: u64,
    /// After how many minutes in the back it locks itself.
    pub after_minutes: u32,
}

/// Where the changes made here stand. Counted from the outbox, never remembered.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncState {
    /// A window on a device, or a browser at a hub.
    pub place: Place,
    /// Changes the hub has not acknowledged yet.
    #[ts(type = "number")]
    pub waiting: u64,
    /// When the hub last acknowledged everything, RFC 3339.
    pub received_at: Option<String>,
    /// Whether a sync is under way.
    pub is_syncing: bool,
    /// Changes the hub refused, kept with their reasons.
    #[ts(type = "number")]
    pub set_aside: u64,
    /// Why the last sync failed and what to do.
    pub trouble: Option<ApiError>,
    /// The hub's address, if this device has one.
    pub hub: Option<String>,
    /// Whether this device is the school's hub itself.
    pub is_hub: bool,
    /// Whether something has waited for so long without the hub that sending without a network is worth offering.
    pub is_cut_off: bool,
    /// How far this device's clock is from the hub's, when it is off enough to matter.
    #[ts(type = "number | null")]
    pub skew_seconds: Option<i64>,
}

/// A change the hub refused.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SetAsideLine {
    /// The record it belongs to.
    pub record: String,
    /// What it is about, for people.
    pub what: String,
    /// Which field.
    pub field: String,
    /// What was written.
    pub value: String,
    /// Why not, for machines.
    pub code: String,
    /// Why not, for people.
    pub message: String,
    /// When it was refused, RFC 3339.
    pub at: String,
}

/// `set_aside_drop`: lets a refused change go for good.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SetAsideDrop {
    /// Which record.
    pub record: String,
    /// Which field.
    pub field: String,
}

impl Desk {
    /// Who `actor` is and which rooms they see.
    pub fn me(&self, actor: &Actor) -> Result<Me, ApiError> {
        self.read(actor, me)
    }

    /// What was refused of this person's changes on this device, latest first.
    pub fn set_aside_list(&self, actor: &Actor) -> Result<Vec<SetAsideLine>, ApiError> {
        self.read(actor, |view| {
            let asides = view.facts.reader.set_aside()?;
            Ok(asides
                .into_iter()
                .map(|aside| SetAsideLine {
                    record: aside.record.to_string(),
                    what: aside.kind.to_string(),
                    field: aside.name,
                    value: match aside.field.value {
                        serde_json::Value::String(text) => text,
                        other => other.to_string(),
                    },
                    code: aside.code,
                    message: aside.message,
                    at: chrono::DateTime::from_timestamp_millis(aside.at)
                        .unwrap_or_default()
                        .to_rfc3339(),
                })
                .collect())
        })
    }

    /// Lets a refused change go for good and returns those that are left.
    pub fn set_aside_drop(
        &self,
        actor: &Actor,
        drop: &SetAsideDrop,
    ) -> Result<Vec<SetAsideLine>, ApiError> {
        let record = drop
            .record
            .parse()
            .map_err(|_| ApiError::new(Code::BadRequest, "This is not the id of a record."))?;
        let mut writer = self.store().write()?;
        writer.drop_aside(record, &drop.field)?;
        writer.commit()?;
        self.set_aside_list(actor)
    }
}

fn me(view: &View<'_>) -> Result<Me, ApiError> {
    let own = view.standing.id();
    let visits = view.facts.visits()?;
    let is_observer = visits.iter().any(|visit| visit.observers.contains(&own));
    // Whoever taught a visited lesson keeps its record, in whatever class they are now.
    let has_taught = visits.iter().any(|visit| visit.taught_by.contains(&own));
    let classes = view.facts.reader.list(&Kind::Class)?;
    let is_teacher = has_taught
        || classes
            .iter()
            .map(alongside_domain::class::Class::read)
            .any(|class| class.is_active && class.teachers.contains(&own));
    Ok(Me {
        person: own,
        name: view.standing.person.name.clone(),
        roles: view.standing.person.roles.clone(),
        school: view
            .facts
            .school()?
            .map(|school| school.name)
            .unwrap_or_default(),
        is_observer,
        is_teacher,
        is_leader: view.standing.is_leader(),
        reads_self_evaluation: crate::authority::reads_self_evaluations(view.facts, view.standing)?,
    })
}
