//! The wire, version 1: what goes over the network, and its limits.
//!
//! Fields and kinds may be added and never change meaning. Unknown members of these objects are ignored.

use std::collections::BTreeMap;

use alongside_domain::{DeviceId, Field, HubId, Kind, PersonId, RecordId, SchoolId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lost::WipeWord;

/// The most records one call carries, each way.
pub const RECORDS_LIMIT: usize = 500;
/// The most bytes one call carries, each way, before compression.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// The most bytes one value may take as JSON.
pub const VALUE_LIMIT: usize = 64 * 1024;
/// The most characters a field's name may have.
pub const FIELD_NAME_LIMIT: usize = 200;

/// How many bytes a value takes as JSON, without writing it anywhere.
pub fn value_size(value: &Value) -> usize {
    match value {
        Value::Null => 4,
        Value::Bool(flag) => 5 - usize::from(*flag),
        Value::Number(number) => number.to_string().len(),
        Value::String(text) => text_size(text),
        Value::Array(values) => {
            2 + values
                .iter()
                .map(|value| value_size(value) + 1)
                .sum::<usize>()
                - usize::from(!values.is_empty())
        }
        Value::Object(members) => {
            let size = |(name, value): (&String, &Value)| text_size(name) + value_size(value) + 2;
            2 + members.iter().map(size).sum::<usize>() - usize::from(!members.is_empty())
        }
    }
}

/// How many bytes a text takes as JSON.
pub fn text_size(text: &str) -> usize {
    let size = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    2 + text.bytes().map(size).sum::<usize>()
}

/// `POST /v1/sync`: *here is what I wrote; what is new for me?*
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// The cursor up to which this device holds its feed; without it the call only pushes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Up to where this device holds its feed entire: less than `after` in the middle of a pull of several pages, when a
    /// record met on a later page may have fields older than `after` that no page has brought. Fields up to here need
    /// not be sent again; without it, records are sent whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<u64>,
    /// How many records to send back at the most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// `false` when the device will not compare both sides this time: then the answer has a check only where the hub has
    /// one at hand. A digest over ten years for every tick that is sent would be most of a hub's work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<bool>,
    /// What was written here; with none the call only pulls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<WireRecord>,
    /// What this device takes for the hub's time as it sends, RFC 3339. A hub that knows better takes none of the records,
    /// so that what a wrong clock wrote is corrected before it counts; without it they are judged as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The place in the hub's log that this device was last told of ([`SyncAnswer::mark`]). A hub whose log does not have
    /// it is not, or no longer, the one that gave this device its receipts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// How many changes will still wait on the device after this call; shown to leaders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

/// A record on its way, with those of its fields that matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WireRecord {
    /// Which thing.
    pub id: RecordId,
    /// What kind of thing.
    pub kind: Kind,
    /// The hub's version of it; only on the way to a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Its fields by name.
    pub fields: BTreeMap<String, Field>,
}

/// What a hub answers to a [`SyncRequest`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SyncAnswer {
    /// One receipt for every record sent, in the same order.
    #[serde(default)]
    pub results: Vec<RecordResult>,
    /// What is new for this device.
    #[serde(default)]
    pub records: Vec<WireRecord>,
    /// What this device must no longer hold.
    #[serde(default)]
    pub forget: Vec<RecordId>,
    /// Up to where the device now holds its feed; absent when the call only pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
    /// Whether there is more to pull.
    #[serde(default)]
    pub more: bool,
    /// The hub's time, RFC 3339 with milliseconds.
    pub time: String,
    /// The newest place in the hub's log: its number and the beginning of its hash. The log is a chain, so whoever has this
    /// place has everything that this answer and those before it acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// Whether this hub's log does not have the place the device was told of: the hub was brought back from before it, or
    /// went another way since. What it acknowledged is to be offered again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_lost: bool,
    /// What the device must now hold; only when there is no more to pull, and not when the device did not want it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
}

/// The receipt for one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordResult {
    /// Which record.
    pub id: RecordId,
    /// Its newest version on the hub; 0 when nothing of it is held.
    pub version: u64,
    /// Fields the hub now holds as sent, or held before.
    #[serde(default)]
    pub accepted: Vec<String>,
    /// Fields of which the hub holds a later writing.
    #[serde(default)]
    pub superseded: Vec<String>,
    /// Fields that were not taken, each with its reason.
    #[serde(default)]
    pub refused: Vec<FieldRefusal>,
}

/// Why a field was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRefusal {
    /// Which field.
    pub field: String,
    /// For machines.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

/// What a device must hold when it has pulled everything: a count of records and a [digest](crate::digest).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// How many records are visible to the person.
    pub count: u64,
    /// Hex SHA-256 over them.
    pub digest: String,
}

/// `POST /v1/pair`: a device asks to be let in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairRequest {
    /// The one-time code.
    pub code: String,
    /// Who asks.
    pub device: PairDevice,
    /// When a school started on this device moves in with an empty hub: which school and who leads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub school: Option<PairSchool>,
}

/// The device that asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairDevice {
    /// Its id.
    pub id: DeviceId,
    /// What its person calls it.
    pub name: String,
}

/// A school that moves in with an empty hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairSchool {
    /// Its id.
    pub id: SchoolId,
    /// Its name.
    pub name: String,
    /// The person who leads it.
    pub person: PersonId,
    /// That person's name.
    pub person_name: String,
}

/// What a device that was let in learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairAnswer {
    /// The bearer token of this device; the hub keeps only its hash.
    pub token: String,
    /// Who.
    pub person: Named<PersonId>,
    /// Of which school.
    pub school: Named<SchoolId>,
    /// Which hub.
    pub hub: HubId,
    /// The hub's time, RFC 3339 with milliseconds.
    pub time: String,
    /// To what letters for this hub are sealed ([`LetterKey`](crate::LetterKey)); a hub from before letters has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter_key: Option<String>,
    /// The word without which this device obeys no order to wipe itself. It keeps only the word's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wipe: Option<WipeWord>,
}

/// `GET /v1/letter-key`: the same for a device that joined before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LetterKeyAnswer {
    /// To what letters for this hub are sealed.
    pub letter_key: String,
}

/// `POST /v1/handover`: a tablet in a corridor hands over what waits on it to a leader's device that is not its hub.
///
/// Nothing of it counts as delivered: that is said only by the hub's own receipt for the letter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HandoverRequest {
    /// What leaders may read of what waits, so that this one reads it at once.
    #[serde(default)]
    pub copies: Vec<WireRecord>,
    /// Letters for the hub as they lie in a file, base64 with padding; opaque to the one who carries them. Empty when
    /// nothing waits.
    #[serde(default)]
    pub letter: String,
    /// How much is handed over in all, over every call.
    #[serde(default)]
    pub of: HandoverOf,
    /// Whether this is the last call.
    #[serde(default)]
    pub done: bool,
}

/// How much a device hands over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverOf {
    /// Fields.
    pub changes: u64,
    /// In how many records.
    pub records: u64,
}

/// What a tablet is answered that handed something over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HandoverAnswer {
    /// The hub's receipts for letters of this tablet that were carried before, as they lie in a file, base64 each.
    #[serde(default)]
    pub receipts: Vec<String>,
    /// The time on the device that collects, RFC 3339 with milliseconds.
    pub time: String,
}

/// `POST /v1/join`: a device asks at a leader's door, with the code that is shown there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The one-time code, as it was scanned or typed.
    pub code: String,
    /// A secret that who asks makes, 22 to 128 characters: only who shows it hears the answer.
    pub secret: String,
    /// Who asks.
    pub device: PairDevice,
    /// Whose device it is, if it is somebody's already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// What waits on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<HandoverOf>,
    /// The id that its stamps and letters carry, when it is somebody's: where is only collected, it hands over as this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<DeviceId>,
}

/// What a leader's door answers to a [`JoinRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinAsked {
    /// Under which number to ask for the leader's word: `GET /v1/join/{ask}`, with the secret as the bearer token.
    pub ask: String,
}

/// The leader's word so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JoinState {
    /// None yet.
    Waiting,
    /// No.
    Refused,
    /// Yes: the device is let in to this hub.
    Joined(Box<PairAnswer>),
    /// Yes: the device may hand over what waits for the school's hub.
    Collecting {
        /// The token for this door, as long as it is open.
        token: String,
        /// The school's hub.
        hub: HubId,
    },
}

/// `POST /v1/hello`: does who answers know the code that a leader shows?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloRequest {
    /// 32 random bytes, base64url without padding.
    pub nonce: String,
}

/// What who knows the code answers to a [`HelloRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// Whose records: this hub, or the school's hub that is collected for.
    pub hub: HubId,
    /// HMAC-SHA256 under the code, over the key of this connection and the nonce; base64url without padding. See
    /// [`hello`](fn@crate::hello).
    pub proof: String,
}

/// An id with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named<Id> {
    /// Which.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// `GET /health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The hub's version.
    pub version: String,
    /// The hub's time, RFC 3339 with milliseconds.
    pub time: String,
    /// Which hub; none where a leader's device only collects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubId>,
}

/// A refusal of a whole call: with an HTTP status, never by a closed connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    /// For machines.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\u{0}-\u{22}\\\\é]{0,9}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_size_of_a_value_is_what_it_takes_as_json(value in value()) {
            prop_assert_eq!(value_size(&value), value.to_string().len());
        }
    }
}
