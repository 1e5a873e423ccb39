//! Sealing with age (X25519): pressed, padded so that the length tells little, sealed to one key; and back, within
//! limits before and after.

use std::fmt;
use std::io::Read as _;
use std::str::FromStr;

use age::secrecy::ExposeSecret as _;
use age::x25519::{Identity, Recipient};

use super::{LetterError, OPENED_LIMIT, SEALED_LIMIT};

/// The level at which texts stop getting notably smaller for the time spent.
const PRESS_LEVEL: i32 = 6;
/// The shortest that is ever sealed: one tick looks like a visit.
const SHORTEST: usize = 4096;
/// How many bytes say how much is not padding.
const LENGTH: usize = 4;
/// The most bytes of the head of an age file with one recipient, and whatever age adds to it so that readers stay
/// tolerant. A stranger's file with thousands of recipients would keep a hub busy.
const HEAD_LIMIT: usize = 2048;
/// The most recipients looked at.
const STANZAS: usize = 4;

/// To what letters are sealed: the public half.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterKey(Recipient);

/// What opens them: the secret half. Never shown; written down only by [`text`](Self::text).
#[derive(Clone)]
pub struct LetterIdentity(Identity);

impl LetterKey {
    /// Seals `opened` so that only the holder of the secret half can read it.
    pub(super) fn seal(&self, opened: &[u8]) -> Result<Vec<u8>, LetterError> {
        let pressed =
            zstd::bulk::compress(opened, PRESS_LEVEL).map_err(|_| LetterError::TooLarge)?;
        let length = u32::try_from(pressed.len()).map_err(|_| LetterError::TooLarge)?;
        let mut padded = length.to_be_bytes().to_vec();
        padded.extend(pressed);
        padded.resize(padded_length(padded.len()), 0);
        let sealed = age::encrypt(&self.0, &padded).map_err(|_| LetterError::TooLarge)?;
        if sealed.len() > SEALED_LIMIT {
            return Err(LetterError::TooLarge);
        }
        Ok(sealed)
    }
}

impl LetterIdentity {
    /// A fresh one.
    pub fn generate() -> Self {
        Self(Identity::generate())
    }

    /// The public half.
    pub fn key(&self) -> LetterKey {
        LetterKey(self.0.to_public())
    }

    /// The secret as text, for the store's own notes and nothing else.
    pub fn text(&self) -> String {
        self.0.to_string().expose_secret().to_owned()
    }

    /// Opens what was sealed to the public half.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, LetterError> {
        if sealed.len() > SEALED_LIMIT {
            return Err(LetterError::TooLarge);
        }
        check_head(sealed)?;
        let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| LetterError::Damaged)?;
        let identity: &dyn age::Identity = &self.0;
        let mut reader =
            decryptor
                .decrypt(std::iter::once(identity))
                .map_err(|error| match error {
                    age::DecryptError::NoMatchingKeys => LetterError::WrongKey,
                    _ => LetterError::Damaged,
                })?;
        let mut padded = Vec::new();
        reader
            .read_to_end(&mut padded)
            .map_err(|_| LetterError::Damaged)?;
        unpadded(&padded)
    }
}

/// Takes the padding off and unpresses what is left.
fn unpadded(padded: &[u8]) -> Result<Vec<u8>, LetterError> {
    let (length, rest) = padded
        .split_first_chunk::<LENGTH>()
        .ok_or(LetterError::Damaged)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| LetterError::Damaged)?;
    let pressed = rest.get(..length).ok_or(LetterError::Damaged)?;
    zstd::bulk::decompress(pressed, OPENED_LIMIT).map_err(|_| LetterError::Damaged)
}

/// Refuses a head that no seal of ours has.
fn check_head(sealed: &[u8]) -> Result<(), LetterError> {
    let head = sealed.get(..HEAD_LIMIT).unwrap_or(sealed);
    let lines = || head.split(|&byte| byte == b'\n');
    let mac = lines().position(|line| line.starts_with(b"--- "));
    let stanzas = lines()
        .take(mac.ok_or(LetterError::Damaged)?)
        .filter(|line| line.starts_with(b"-> "))
        .count();
    if (1..=STANZAS).contains(&stanzas) {
        Ok(())
    } else {
        Err(LetterError::Damaged)
    }
}

/// The next of a few lengths, each at most an eighth longer than what it is for.
fn padded_length(length: usize) -> usize {
    let length = length.max(SHORTEST);
    let step = (length.next_power_of_two() / 16).max(1);
    length.div_ceil(step) * step
}

impl FromStr for LetterKey {
    type Err = LetterError;

    fn from_str(text: &str) -> Result<Self, LetterError> {
        text.trim()
            .parse()
            .map(Self)
            .map_err(|_| LetterError::Damaged)
    }
}

impl fmt::Display for LetterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for LetterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LetterKey")
    }
}

impl FromStr for LetterIdentity {
    type Err = LetterError;

    fn from_str(text: &str) -> Result<Self, LetterError> {
        text.trim()
            .parse()
            .map(Self)
            .map_err(|_| LetterError::Damaged)
    }
}

impl fmt::Debug for LetterIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LetterIdentity")
    }
}
