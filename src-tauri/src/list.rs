//! The list of spaces on the disk. It holds names of people, so it is under lock like the stores.
//!
//! A list from before that, in the clear, is read and written anew, and the old one is written over.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alongside_store::StoreKey;
use alongside_store::sqlite::scrub_file;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore as _;

use crate::keys::{Keys, key_or_new};

/// The name of the key of the install itself.
const KEY: &str = "install";
/// What a list under lock begins with.
const MARK: &[u8] = b"alongside list 1\n";
const NONCE: usize = 24;

/// The file of the list.
pub(crate) struct ListFile {
    path: PathBuf,
    keys: Arc<dyn Keys>,
    /// Whether a list is there that could not be read only because its key was not to be had: it is left as it is.
    is_kept: AtomicBool,
}

/// What was read.
pub(crate) enum Listed {
    /// A list, as text.
    Text(Vec<u8>),
    /// None, or one that cannot be read any more.
    None,
    /// One that cannot be read now.
    NotNow,
}

impl ListFile {
    pub(crate) fn new(path: PathBuf, keys: Arc<dyn Keys>) -> Self {
        Self {
            path,
            keys,
            is_kept: AtomicBool::new(false),
        }
    }

    /// Reads the list.
    pub(crate) fn read(&self) -> io::Result<Listed> {
        let content = match fs::read(&self.path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listed::None),
            Err(error) => return Err(error),
        };
        let Some(locked) = content.strip_prefix(MARK) else {
            return Ok(Listed::Text(content));
        };
        match self.keys.get(KEY) {
            Ok(secret) => {
                let key = secret.and_then(|secret| secret.store_key());
                let opened = key.and_then(|key| open(&key, locked));
                Ok(opened.map_or(Listed::None, Listed::Text))
            }
            Err(error) => {
                tracing::warn!(%error, "the list of spaces cannot be read now");
                self.is_kept.store(true, Ordering::Relaxed);
                Ok(Listed::NotNow)
            }
        }
    }

    /// Writes the list so that it is either the old one or the new one, whatever happens.
    pub(crate) fn write(&self, text: &[u8]) -> io::Result<()> {
        if self.is_kept.load(Ordering::Relaxed) {
            return Ok(());
        }
        let key = key_or_new(&*self.keys, KEY).map_err(io::Error::other)?;
        let locked = lock(&key, text).ok_or_else(|| io::Error::other("it was not locked"))?;
        let fresh = self.path.with_extension("json.new");
        let mut file = File::create(&fresh)?;
        file.write_all(MARK)?;
        file.write_all(&locked)?;
        file.sync_all()?;
        drop(file);
        let was_plain = fs::read(&self.path).is_ok_and(|content| !content.starts_with(MARK));
        let plain = self.path.with_extension("json.plain");
        if was_plain {
            fs::rename(&self.path, &plain)?;
        }
        fs::rename(&fresh, &self.path)?;
        // The new name must last too. Where a folder cannot be opened (Windows), the file system sees to it.
        if let Some(folder) = self.path.parent()
            && let Ok(folder) = File::open(folder)
        {
            folder.sync_all()?;
        }
        scrub(&plain)
    }
}

fn scrub(path: &Path) -> io::Result<()> {
    scrub_file(path).map_err(io::Error::other)
}

fn cipher(key: &StoreKey) -> Option<XChaCha20Poly1305> {
    match key {
        StoreKey::Raw(raw) => XChaCha20Poly1305::new_from_slice(raw).ok(),
        StoreKey::Plain => None,
    }
}

fn lock(key: &StoreKey, text: &[u8]) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE];
    rand::rng().fill_bytes(&mut nonce);
    let locked = cipher(key)?.encrypt(&XNonce::from(nonce), text).ok()?;
    Some([nonce.as_slice(), &locked].concat())
}

fn open(key: &StoreKey, locked: &[u8]) -> Option<Vec<u8>> {
    let (nonce, locked) = locked.split_first_chunk::<NONCE>()?;
    cipher(key)?.decrypt(&XNonce::from(*nonce), locked).ok()
}
