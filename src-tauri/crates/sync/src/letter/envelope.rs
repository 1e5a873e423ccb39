//! The envelope around a sealed letter or receipt, and the file that several of them make.
//!
//! A file is one envelope after the other: a line that says what this is, a line of JSON that says for whom, and the
//! sealed bytes, counted. The line is in clear, for the one who carries it and for the hub that takes it in; the hub
//! compares it with what stands inside.

use alongside_domain::{DeviceId, HubId, LetterId, PersonId};
use serde::{Deserialize, Serialize};

use super::{FILE_LIMIT, Letter, LetterError, LetterIdentity, Receipt, SEALED_LIMIT};

/// What every envelope begins with, before its version.
const MAGIC: &[u8] = b"alongside letter ";
/// The version that is written.
const VERSION: &[u8] = b"1\n";
/// The most bytes of the line in clear.
const LINE_LIMIT: usize = 1024;

/// What lies in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inside {
    /// A letter from a device to its hub.
    Letter,
    /// The receipt from a hub to the device.
    Receipt,
}

/// A sealed letter or receipt, and for whom it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What lies in it.
    pub inside: Inside,
    /// Which letter, or of which letter.
    pub letter: LetterId,
    /// Which hub it is for or from.
    pub hub: HubId,
    /// Which device it is from or for.
    pub device: DeviceId,
    /// Whose device that is.
    pub person: PersonId,
    /// When the letter was made, on its device's clock, in milliseconds since 1970.
    pub made_at: u64,
    /// The sealed bytes.
    pub sealed: Vec<u8>,
}

/// The line in clear.
#[derive(Serialize, Deserialize)]
struct Line {
    inside: Inside,
    letter: LetterId,
    hub: HubId,
    device: DeviceId,
    person: PersonId,
    made_at: u64,
    bytes: usize,
}

impl Envelope {
    /// Reads all envelopes of a file, at least one.
    ///
    /// Errors when any of it is not as it was written: what is whole in a damaged file would be read again with the next
    /// one, and nobody would know what was missing.
    pub fn read_all(file: &[u8]) -> Result<Vec<Self>, LetterError> {
        if file.len() > FILE_LIMIT {
            return Err(LetterError::TooLarge);
        }
        let mut envelopes = Vec::new();
        let mut rest = file;
        while envelopes.is_empty() || !rest.is_empty() {
            let (envelope, after) = Self::read_first(rest).map_err(|error| match error {
                LetterError::NotOurs if !envelopes.is_empty() => LetterError::Damaged,
                error => error,
            })?;
            envelopes.push(envelope);
            rest = after;
        }
        Ok(envelopes)
    }

    fn read_first(bytes: &[u8]) -> Result<(Self, &[u8]), LetterError> {
        let after = bytes.strip_prefix(MAGIC).ok_or(LetterError::NotOurs)?;
        let after = match after.strip_prefix(VERSION) {
            Some(after) => after,
            None if after.first().is_some_and(u8::is_ascii_digit) => {
                return Err(LetterError::Newer);
            }
            None => return Err(LetterError::Damaged),
        };
        let head = after.get(..LINE_LIMIT).unwrap_or(after);
        let end = head.iter().position(|&byte| byte == b'\n');
        let (line, rest) = end
            .and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?)))
            .ok_or(LetterError::Damaged)?;
        let line: Line = serde_json::from_slice(line).map_err(|_| LetterError::Damaged)?;
        if line.bytes > SEALED_LIMIT {
            return Err(LetterError::TooLarge);
        }
        let (sealed, rest) = rest
            .split_at_checked(line.bytes)
            .ok_or(LetterError::Damaged)?;
        let envelope = Self {
            inside: line.inside,
            letter: line.letter,
            hub: line.hub,
            device: line.device,
            person: line.person,
            made_at: line.made_at,
            sealed: sealed.to_vec(),
        };
        Ok((envelope, rest))
    }

    /// The envelope as it lies in a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let line = Line {
            inside: self.inside,
            letter: self.letter,
            hub: self.hub,
            device: self.device,
            person: self.person,
            made_at: self.made_at,
            bytes: self.sealed.len(),
        };
        let mut bytes = [MAGIC, VERSION].concat();
        // Ids and numbers can always be written.
        bytes.extend(serde_json::to_vec(&line).unwrap_or_default());
        bytes.push(b'\n');
        bytes.extend(&self.sealed);
        bytes
    }

    /// Opens a letter with the hub's own key. What stands on the envelope must be what stands inside.
    pub fn open_letter(&self, identity: &LetterIdentity) -> Result<Letter, LetterError> {
        let letter = Letter::read(&identity.open(&self.sealed)?)?;
        let is_same = self.inside == Inside::Letter
            && self.letter == letter.id
            && self.hub == letter.hub
            && self.device == letter.device
            && self.person == letter.person
            && self.made_at == letter.made_at;
        if is_same {
            Ok(letter)
        } else {
            Err(LetterError::Damaged)
        }
    }

    /// Opens a receipt with the key that the device kept with its letter.
    pub fn open_receipt(&self, identity: &LetterIdentity) -> Result<Receipt, LetterError> {
        let receipt = Receipt::read(&identity.open(&self.sealed)?)?;
        let is_same = self.inside == Inside::Receipt
            && self.letter == receipt.letter
            && self.hub == receipt.hub;
        if is_same {
            Ok(receipt)
        } else {
            Err(LetterError::Damaged)
        }
    }
}
