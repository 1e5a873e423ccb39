//! A letter: what waits on a device, sealed so that only its hub can read it, to be carried there by anyone: as a file
//! on a stick, through a share sheet, or by a leader's device that met it in a corridor. And the receipt that comes back.
//!
//! A letter is sealed with age to the hub's [`LetterKey`]. In it lies the device's own token, so the hub judges it as that
//! device's sync and nobody else's; whoever carries it can neither read, change nor forge it. The receipt is sealed to a
//! key that stands only inside the letter, so it can be made only by who could open that letter, and read only by the
//! device that wrote it. Around both is an [`Envelope`] in clear that says for whom it is and names nobody.
//!
//! What comes from outside is read by plain functions over bytes, each with its limits: [`Envelope::read_all`],
//! [`Letter::read`] and [`Receipt::read`]. Making letters from a store and keeping receipts in one is in
//! [`post`](crate::post); delivering them for others in the module `courier`.

mod envelope;
mod seal;

use std::fmt;

use alongside_domain::{DeviceId, HubId, LetterId, PersonId, RecordId, Stamp};
use serde::{Deserialize, Serialize};

pub use envelope::{Envelope, Inside};
pub use seal::{LetterIdentity, LetterKey};

use crate::{RecordResult, SyncRequest};

/// The most bytes of JSON that the writings in one letter take; what waits beyond goes in further letters.
pub const REQUEST_LIMIT: usize = 1024 * 1024;
/// The most bytes of a letter or receipt while it is sealed.
pub const SEALED_LIMIT: usize = 2 * REQUEST_LIMIT;
/// The most bytes of what is in one. A receipt says a sentence for each refused field, so it may be longer than its
/// letter.
pub const OPENED_LIMIT: usize = 8 * REQUEST_LIMIT;
/// The most bytes of a file of letters and receipts.
pub const FILE_LIMIT: usize = 32 * 1024 * 1024;
/// The ending of a file of letters.
pub const LETTER_ENDING: &str = "alongside-letter";
/// The ending of a file of receipts.
pub const RECEIPT_ENDING: &str = "alongside-receipt";
/// The media type of both.
pub const MEDIA_TYPE: &str = "application/octet-stream";

/// Why a letter or receipt could not be read or made: each a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// It is some other file.
    #[error(
        "This file is not from Alongside. Choose a file whose name ends with .{LETTER_ENDING} or .{RECEIPT_ENDING}."
    )]
    NotOurs,
    /// It was made by a later version.
    #[error(
        "This file was made by a newer version of Alongside. Update this one, then open it again."
    )]
    Newer,
    /// Bytes are missing or not as they were written.
    #[error(
        "This file is damaged: it was cut off or changed on its way. Make it again on the device it came from; nothing is lost there."
    )]
    Damaged,
    /// It was sealed to another key.
    #[error(
        "This was sealed for another hub, or for this one before it was set up anew. Let the device it came from sync once, or join again; nothing is lost there."
    )]
    WrongKey,
    /// It is larger than any that Alongside makes.
    #[error(
        "This file is larger than any that Alongside makes, so it was not opened. Make it again on the device it came from."
    )]
    TooLarge,
}

impl LetterError {
    /// For machines; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOurs | Self::Damaged | Self::TooLarge => "letter_unreadable",
            Self::Newer => "letter_newer",
            Self::WrongKey => "letter_foreign",
        }
    }
}

/// What waits on one device, for its hub.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// Which letter.
    pub id: LetterId,
    /// For which hub.
    pub hub: HubId,
    /// From which device.
    pub device: DeviceId,
    /// Whose device that is.
    pub person: PersonId,
    /// The device's bearer token, by which the hub knows it.
    pub token: String,
    /// When it was made, on the device's clock, in milliseconds since 1970.
    pub made_at: u64,
    /// To what the receipt is sealed ([`LetterKey`]). Nobody but the device and the hub ever sees it.
    pub reply_to: String,
    /// What was written: a call that only pushes.
    pub request: SyncRequest,
}

impl fmt::Debug for Letter {
    /// Says which letter it is and nothing of what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .field("hub", &self.hub)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Letter {
    /// Reads what was in a sealed letter.
    pub fn read(opened: &[u8]) -> Result<Self, LetterError> {
        read(opened)
    }

    /// Seals it for its hub, in its envelope.
    pub fn seal(&self, key: &LetterKey) -> Result<Envelope, LetterError> {
        let sealed = key.seal(&written(self)?)?;
        Ok(Envelope {
            inside: Inside::Letter,
            letter: self.id,
            hub: self.hub,
            device: self.device,
            person: self.person,
            made_at: self.made_at,
            sealed,
        })
    }
}

/// What became of the writings in one letter: what a sync would have answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Of which letter.
    pub letter: LetterId,
    /// By which hub.
    pub hub: HubId,
    /// One line for every record in it.
    #[serde(default)]
    pub results: Vec<ReceiptLine>,
    /// The hub's time, RFC 3339 with milliseconds.
    pub time: String,
    /// The place in the hub's log after it took the letter in ([`SyncAnswer::mark`](crate::SyncAnswer::mark)). A device
    /// that keeps the receipt tells it at its next sync, and so learns whether that hub was lost since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// The receipt for one record. Every field is named with its stamp: by the time it comes, others may wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Which record.
    pub id: RecordId,
    /// Its newest version on the hub; 0 when nothing of it is held.
    pub version: u64,
    /// What the hub now holds as written, or held before.
    #[serde(default)]
    pub accepted: Vec<Writing>,
    /// Of what the hub holds a later writing.
    #[serde(default)]
    pub superseded: Vec<Writing>,
    /// What was not taken, each with its reason.
    #[serde(default)]
    pub refused: Vec<RefusedWriting>,
}

/// One writing of one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    /// Which field.
    pub field: String,
    /// Which writing of it.
    pub stamp: Stamp,
}

/// One writing that was not taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedWriting {
    /// Which field.
    pub field: String,
    /// Which writing of it.
    pub stamp: Stamp,
    /// For machines.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

impl Receipt {
    /// The receipt for `letter` from the `results` of its request, in the order of its records.
    pub fn of(letter: &Letter, results: Vec<RecordResult>, time: String) -> Self {
        let lines = letter.request.records.iter().zip(results);
        let lines = lines.map(|(sent, result)| {
            let stamp = |name: &String| sent.fields.get(name).map(|field| field.stamp);
            let writings = |names: Vec<String>| {
                let named = names.into_iter().filter_map(|field| {
                    let stamp = stamp(&field)?;
                    Some(Writing { field, stamp })
                });
                named.collect()
            };
            let refused = result.refused.into_iter().filter_map(|refusal| {
                Some(RefusedWriting {
                    stamp: stamp(&refusal.field)?,
                    field: refusal.field,
                    code: refusal.code,
                    message: refusal.message,
                })
            });
            ReceiptLine {
                id: sent.id,
                version: result.version,
                accepted: writings(result.accepted),
                superseded: writings(result.superseded),
                refused: refused.collect(),
            }
        });
        Self {
            letter: letter.id,
            hub: letter.hub,
            results: lines.collect(),
            time,
            mark: None,
        }
    }

    /// Reads what was in a sealed receipt.
    pub fn read(opened: &[u8]) -> Result<Self, LetterError> {
        read(opened)
    }

    /// Seals it for the device that wrote `letter`, in its envelope.
    ///
    /// Errors with [`LetterError::Damaged`] when the letter does not say to what.
    pub fn seal(&self, letter: &Letter) -> Result<Envelope, LetterError> {
        let key: LetterKey = letter.reply_to.parse()?;
        let sealed = key.seal(&written(self)?)?;
        Ok(Envelope {
            inside: Inside::Receipt,
            letter: letter.id,
            hub: letter.hub,
            device: letter.device,
            person: letter.person,
            made_at: letter.made_at,
            sealed,
        })
    }
}

fn read<'a, T: Deserialize<'a>>(opened: &'a [u8]) -> Result<T, LetterError> {
    if opened.len() > OPENED_LIMIT {
        return Err(LetterError::TooLarge);
    }
    // The parser's own words quote the text, which may be a person's.
    serde_json::from_slice(opened).map_err(|_| LetterError::Damaged)
}

fn written(value: &impl Serialize) -> Result<Vec<u8>, LetterError> {
    let text = serde_json::to_vec(value).map_err(|_| LetterError::Damaged)?;
    if text.len() > OPENED_LIMIT {
        return Err(LetterError::TooLarge);
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
