//! A device that was shut out: how it knows that its hub says so, and what it says in return before it wipes itself.
//!
//! Anyone who answers at a hub's address can say that a device is shut out; only the hub that let it in knows the word
//! that was agreed then. The device keeps the word's hash, so nothing on it orders another to be wiped.

use std::fmt;

use alongside_domain::{Kind, RecordId};
use alongside_store::{Reader, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::notes;

/// The most records a [`Farewell`] names; further ones are in its count only.
pub const FAREWELL_LIMIT: usize = 500;

/// The word that makes one device wipe itself. Nothing prints it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WipeWord(String);

impl WipeWord {
    /// The word with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text, for the hub that keeps it.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What a device keeps of it: hex SHA-256.
    pub fn hash(&self) -> String {
        hex(&Sha256::new()
            .chain_update(b"alongside wipe 1\n")
            .chain_update(self.0.as_bytes())
            .finalize())
    }
}

impl fmt::Debug for WipeWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WipeWord")
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether `said` is the word that was agreed when this device was let in. Without an agreed word nothing is ordered.
pub fn is_ordered(reader: &dyn Reader, said: Option<&WipeWord>) -> Result<bool> {
    let agreed = reader.note(notes::WIPE)?;
    Ok(match (agreed, said) {
        (Some(agreed), Some(said)) => agreed == said.hash(),
        _ => false,
    })
}

/// `POST /v1/farewell`: what had not been sent from a device that was shut out. Ids and kinds, never words of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// How many changes.
    pub waiting: u64,
    /// In which records, at most [`FAREWELL_LIMIT`].
    #[serde(default)]
    pub records: Vec<FarewellRecord>,
}

/// A record with changes that had not been sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FarewellRecord {
    /// Which.
    pub id: RecordId,
    /// Of which kind.
    pub kind: Kind,
    /// How many changes in it.
    #[serde(default)]
    pub changes: u64,
}

/// What waits in a store and will be lost with it.
pub fn farewell(reader: &dyn Reader) -> Result<Farewell> {
    let records = reader
        .outbox(FAREWELL_LIMIT)?
        .into_iter()
        .map(|record| FarewellRecord {
            id: record.id,
            changes: u64::try_from(record.fields.len()).unwrap_or(u64::MAX),
            kind: record.kind,
        });
    Ok(Farewell {
        waiting: reader.outbox_count()?,
        records: records.collect(),
    })
}
