//! A store under lock: telling SQLCipher the key, and reading its pages without it on bad days.
//!
//! The form is SQLCipher 4's with a raw key: each page of 4096 bytes ends in 80 that are not SQLite's, an initialisation
//! vector and an HMAC-SHA512 over the encrypted page and its number; what is before them is AES-256-CBC. The first 16
//! bytes of a file are its salt, which SQLCipher makes at random. Here it follows from the key, for two reasons: whether
//! a file belongs to a key is then told by its first bytes, and pages can be read though the head is lost. It has nothing
//! to hide, since no password is stretched with it.
//!
//! A page whose HMAC is wrong is not read, not even in a rescue: what stands in it could have been put there.

use std::path::Path;

use aes::Aes256Dec;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyInit};
use hmac::{Hmac, Mac};
use rusqlite::{Connection, ffi};
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

use crate::{Result, StoreError, StoreKey};

/// The size of our pages; nothing ever sets another.
pub(super) const PAGE: usize = 4096;
/// What SQLCipher keeps at the end of each page.
const RESERVE: usize = VECTOR + SUM;
const VECTOR: usize = 16;
const SUM: usize = 64;
/// The first bytes of a file in the clear.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// What SQLCipher changes the salt by before it makes the HMAC's key from it, and how often it turns that.
const MASK: u8 = 0x3a;
const TURNS: usize = 2;
/// The least number of different bytes in a page that may be an encrypted one; at random 256 are met.
const LEAST_DIFFERENT: usize = 200;

/// How many bytes of a page are SQLite's.
pub(super) fn usable(key: &StoreKey) -> usize {
    match key {
        StoreKey::Plain => PAGE,
        StoreKey::Raw(_) => PAGE - RESERVE,
    }
}

/// Tells a connection the key of its file, before anything is asked of it.
pub(super) fn unlock(conn: &Connection, key: &StoreKey) -> Result<()> {
    let StoreKey::Raw(raw) = key else {
        return Ok(());
    };
    // What SQLCipher would say on standard error comes back as an error here.
    conn.pragma_update(None, "cipher_log_level", "NONE")?;
    let mut asked = Zeroizing::new(String::with_capacity(160));
    asked.push_str("PRAGMA key = \"");
    asked.push_str(&spelled(raw));
    asked.push('"');
    // An error of SQLite's holds the words that it was asked with.
    conn.query_row(&asked, [], |_| Ok(()))
        .map_err(|_| StoreError::Database("the key was not taken".into()))
}

/// Attaches a new file with a key of its own, as `fresh`.
pub(super) fn attach(conn: &Connection, path: &str, key: &StoreKey) -> Result<()> {
    let spelled = match key {
        StoreKey::Plain => Zeroizing::default(),
        StoreKey::Raw(raw) => {
            conn.pragma_update(None, "cipher_log_level", "NONE")?;
            spelled(raw)
        }
    };
    conn.execute(
        "ATTACH DATABASE ?1 AS fresh KEY ?2",
        (path, spelled.as_str()),
    )?;
    Ok(())
}

/// A raw key with its salt as SQLCipher reads it.
fn spelled(raw: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(128));
    text.push_str("x'");
    for byte in raw.iter().chain(&salt(raw)) {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text.push('\'');
    text
}

/// The first bytes of every file with this key.
pub(super) fn salt(raw: &[u8; 32]) -> [u8; 16] {
    let sum = hmac::<Hmac<Sha256>>(raw, &[b"alongside store salt 1"]);
    let mut salt = [0; 16];
    salt.iter_mut().zip(&sum).for_each(|(to, from)| *to = *from);
    salt
}

/// What an error means in a file under lock. SQLCipher has no code of its own for a page that the key does not open; all
/// that is asked of a store is written here and right, so nothing else ends so.
pub(super) fn told(error: StoreError, key: &StoreKey, path: &Path) -> StoreError {
    if key.is_sealed() && is_locked_page(&error) {
        return StoreError::Damaged {
            path: path.to_owned(),
            detail: "a page is not what was written".into(),
        };
    }
    error.located(path)
}

/// Whether SQLite stopped without a reason of its own, or because there was "no memory" for a page that it was not given:
/// in a file under lock, that is such a page.
pub(super) fn is_locked_page(error: &StoreError) -> bool {
    let StoreError::Database(cause) = error else {
        return false;
    };
    matches!(
        cause.downcast_ref(),
        Some(rusqlite::Error::SqliteFailure(code, _))
            if matches!(code.extended_code, ffi::SQLITE_ERROR | ffi::SQLITE_NOMEM)
    )
}

/// Whether a page could be one that is encrypted with some key.
pub(super) fn looks_encrypted(page: &[u8]) -> bool {
    let mut met = [false; 256];
    for byte in page {
        if let Some(met) = met.get_mut(usize::from(*byte)) {
            *met = true;
        }
    }
    met.iter().filter(|met| **met).count() >= LEAST_DIFFERENT
}

/// Reads pages with a key.
pub(super) struct Pages {
    cipher: Aes256Dec,
    sum_key: Zeroizing<Vec<u8>>,
}

impl Pages {
    /// Makes a reader; none where there is no key.
    pub(super) fn new(key: &StoreKey) -> Option<Self> {
        let StoreKey::Raw(raw) = key else {
            return None;
        };
        let masked = salt(raw).map(|byte| byte ^ MASK);
        // PBKDF2, of which one block is enough.
        let mut turned =
            Zeroizing::new(hmac::<Hmac<Sha512>>(raw, &[&masked, &1_u32.to_be_bytes()]));
        let mut sum_key = turned.clone();
        for _ in 1..TURNS {
            turned = Zeroizing::new(hmac::<Hmac<Sha512>>(raw, &[&turned]));
            sum_key
                .iter_mut()
                .zip(turned.iter())
                .for_each(|(to, from)| *to ^= *from);
        }
        sum_key.truncate(raw.len());
        Some(Self {
            cipher: Aes256Dec::new_from_slice(raw).ok()?,
            sum_key,
        })
    }

    /// What stands in page `n`, as it would stand in a file in the clear; none when it is not what was written.
    pub(super) fn open(&self, n: u32, page: &[u8]) -> Option<Vec<u8>> {
        let (signed, sum) = page.get(..PAGE)?.split_at_checked(PAGE - SUM)?;
        // The first bytes of a file are in the clear.
        let (head, signed) = signed.split_at_checked(if n == 1 { MAGIC.len() } else { 0 })?;
        let mut mac = Hmac::<Sha512>::new_from_slice(&self.sum_key).ok()?;
        mac.update(signed);
        mac.update(&n.to_le_bytes());
        mac.verify_slice(sum).ok()?;
        let (body, vector) = signed.split_at_checked(signed.len().checked_sub(VECTOR)?)?;
        let reader = cbc::Decryptor::inner_iv_slice_init(self.cipher.clone(), vector).ok()?;
        let mut opened = MAGIC.get(..head.len())?.to_vec();
        let from = opened.len();
        opened.extend_from_slice(body);
        reader
            .decrypt_padded::<NoPadding>(opened.get_mut(from..)?)
            .ok()?;
        opened.resize(PAGE, 0);
        Some(opened)
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        // An HMAC takes a key of any length.
        return Vec::new();
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}
