//! What a store keeps besides the fields of records: feed entries, the log, devices, codes, what was set aside.

use std::fmt;
use std::str::FromStr;

use alongside_domain::{DeviceId, Field, HubId, Kind, LetterId, PersonId, Record, RecordId};

/// How a field is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Written here; the hub has not acknowledged it.
    Waiting,
    /// Known to the hub under this version (1 or more).
    At(u64),
}

/// A group of readers. What a person may read is what any of their audiences may read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everyone in the school.
    Everyone,
    /// Everyone who leads.
    Leaders,
    /// One person.
    Person(PersonId),
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Leaders => f.write_str("leaders"),
            Self::Person(person) => write!(f, "person {person}"),
        }
    }
}

impl FromStr for Audience {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "everyone" => Ok(Self::Everyone),
            "leaders" => Ok(Self::Leaders),
            _ => text
                .strip_prefix("person ")
                .and_then(|id| id.parse().ok())
                .map(Self::Person)
                .ok_or(()),
        }
    }
}

/// One record as it enters a reader's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// New or changed: the fields that are new for this reader, and the record's newest version.
    Changed {
        /// The record with its new fields.
        record: Record,
        /// Where it stands in the feed.
        version: u64,
    },
    /// Out of this reader's sight.
    Forgotten {
        /// Which record.
        id: RecordId,
        /// Where it stands in the feed.
        version: u64,
    },
}

impl Entry {
    /// Where it stands in the feed.
    pub fn version(&self) -> u64 {
        match self {
            Self::Changed { version, .. } | Self::Forgotten { version, .. } => *version,
        }
    }
}

/// Which records a digest is taken over.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// All delivered fields on this device.
    Delivered,
    /// What a reader of these audiences may read on this hub.
    Visible(&'a [Audience]),
}

/// What is searched for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Of which kind.
    pub kind: &'a Kind,
    /// Words as the domain folds them; each must be met.
    pub words: &'a [String],
    /// By whom, on a hub; `None` where everything that is here may be read.
    pub by: Option<&'a [Audience]>,
    /// The most records that are wanted.
    pub limit: usize,
}

/// A writing that no longer stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Which field.
    pub name: String,
    /// What was written, and when.
    pub field: Field,
    /// How it was kept when it was superseded.
    pub kept: Kept,
}

/// A writing that a hub refused, kept with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Which record.
    pub record: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Which field.
    pub name: String,
    /// What was written, and when.
    pub field: Field,
    /// Why not, for machines.
    pub code: String,
    /// Why not, for people.
    pub message: String,
    /// When the refusal came, milliseconds since 1970.
    pub at: i64,
}

/// Who did, read, exported or destroyed what. Texts of people are never in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogLine {
    /// Its place in the log, from 1; 0 before it is appended.
    pub seq: u64,
    /// When, on the hub's clock, milliseconds since 1970.
    pub at: i64,
    /// Who; absent for the hub itself.
    pub person: Option<PersonId>,
    /// On which device; absent for the hub itself.
    pub device: Option<DeviceId>,
    /// What was done: `accepted`, `read`, `paired`, `invited`, …
    pub act: String,
    /// With which record.
    pub record: Option<RecordId>,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Names of fields, counts and codes; no words of people.
    pub detail: String,
    /// SHA-256 over the line before and this one.
    pub hash: [u8; 32],
}

/// Which lines of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFilter {
    /// Lines by this person.
    pub person: Option<PersonId>,
    /// Lines about this record.
    pub record: Option<RecordId>,
    /// Lines of this act.
    pub act: Option<String>,
}

/// What came in through the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// The app.
    App,
    /// A browser session.
    Browser,
}

/// A device or browser that a person was let in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// What the person calls it.
    pub name: String,
    /// App or browser.
    pub kind: DeviceKind,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// When it was let in, milliseconds since 1970 on the hub's clock.
    pub paired_at: i64,
    /// When it was last heard, likewise.
    pub last_contact: Option<i64>,
    /// How many changes it said still wait on it.
    pub waiting: Option<u64>,
    /// The version up to which it has pulled.
    pub cursor: u64,
    /// When it was refused from, if it was.
    pub revoked_at: Option<i64>,
    /// The leader who shut it out; absent when it left by itself.
    pub revoked_by: Option<PersonId>,
    /// The word that makes it wipe itself once it is shut out; empty when none was agreed. Never logged.
    pub wipe: String,
    /// What it said it had not sent when it heard that it is shut out, as JSON; absent before that.
    pub farewell: Option<String>,
}

/// A letter this device made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLetter {
    /// Which letter.
    pub id: LetterId,
    /// When, milliseconds since 1970.
    pub made_at: i64,
    /// What opens its receipt; empty once that was read.
    pub identity: String,
    /// How many fields are in it.
    pub changes: u64,
    /// In how many records.
    pub records: u64,
    /// When its receipt was read.
    pub answered_at: Option<i64>,
}

/// A letter of another device, carried to its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Which letter.
    pub letter: LetterId,
    /// To which hub.
    pub hub: HubId,
    /// From which device.
    pub device: DeviceId,
    /// Whose device it says that is; only the hub can tell.
    pub person: PersonId,
    /// When it was made, by its device's clock, milliseconds since 1970.
    pub made_at: i64,
    /// When it was taken along, milliseconds since 1970.
    pub taken_at: i64,
    /// What came of it.
    pub settled: Settled,
}

/// What came of a letter that is carried for another device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It has not been at the hub.
    NotYet,
    /// The hub took it in; the receipt is to be handed back.
    Receipt {
        /// When.
        at: i64,
    },
    /// The hub will never take it.
    Refused {
        /// When it said so.
        at: i64,
        /// Why, for machines.
        code: String,
        /// Why, for people.
        message: String,
    },
}

/// A one-time pairing code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// SHA-256 of the code.
    pub hash: [u8; 32],
    /// Whom it lets in; absent for the code that sets a new hub up.
    pub person: Option<PersonId>,
    /// Until when, milliseconds since 1970 on the hub's clock.
    pub expires_at: i64,
}
