//! The keys of a device: in the key store of the system where that works, in files where it does not.
//!
//! Beside the key files lies, for each key that is elsewhere, a file that names its entry in the key store. So what is
//! where is known without asking: a key store that is locked or gone is told apart from a key that is.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use alongside_api::install::KeyStore;
use uuid::Uuid;

use super::{KeyError, KeyFiles, Keys, Result, Secret};

/// How long a key store has to show that it works when a first key is to be kept in it.
const FIRST_WITHIN: Duration = Duration::from_secs(1);
/// How long it is waited for when a key is known to be in it: someone may have to unlock it.
const KNOWN_WITHIN: Duration = Duration::from_secs(60);
/// The folder of the key files, in the folder of the install.
const FOLDER: &str = "keys";
const ELSEWHERE: &str = "elsewhere";

/// The keys of one install.
pub struct DeviceKeys {
    files: KeyFiles,
    platform: Option<Arc<dyn Keys>>,
}

impl DeviceKeys {
    /// The keys of the install in `folder`, with new ones in the key store of the system, if there is one.
    pub fn new(folder: &Path, platform: Option<Arc<dyn Keys>>) -> Self {
        Self {
            files: KeyFiles::new(folder.join(FOLDER)),
            platform,
        }
    }

    /// The name of the entry that a key has in the key store of the system, if it is there.
    fn entry(&self, name: &str) -> Result<Option<String>> {
        let kept = self.files.read(&self.files.path(name, ELSEWHERE))?;
        Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Asks the key store of the system, and not for longer than this.
    fn ask<T: Send + 'static>(
        &self,
        patience: Duration,
        question: impl FnOnce(&dyn Keys) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let platform = self.platform.clone().ok_or(KeyError::Unavailable)?;
        let (tell, told) = mpsc::sync_channel(1);
        // It may never answer; then the thread stays behind and ends with the program.
        thread::Builder::new()
            .name("key store".into())
            .spawn(move || {
                // Nobody listens any more when it took too long.
                let _ = tell.send(question(&*platform));
            })
            .map_err(KeyError::File)?;
        told.recv_timeout(patience)
            .unwrap_or(Err(KeyError::Unavailable))
    }

    /// Keeps a first key in the key store of the system, and reads it back.
    fn put_elsewhere(&self, name: &str, secret: &Secret) -> Result<()> {
        let entry = Uuid::now_v7().to_string();
        let (asked, kept) = (entry.clone(), secret.clone());
        self.ask(FIRST_WITHIN, move |platform| {
            platform.put(&asked, &kept)?;
            match platform.get(&asked)? {
                Some(read) if read == kept => Ok(()),
                _ => Err(KeyError::Unavailable),
            }
        })?;
        let path = self.files.path(name, ELSEWHERE);
        self.files.write(&path, entry.as_bytes())
    }
}

impl Keys for DeviceKeys {
    fn get(&self, name: &str) -> Result<Option<Secret>> {
        match self.entry(name)? {
            Some(entry) => self.ask(KNOWN_WITHIN, move |platform| platform.get(&entry)),
            None => self.files.get(name),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<()> {
        if let Some(entry) = self.entry(name)? {
            let secret = secret.clone();
            return self.ask(KNOWN_WITHIN, move |platform| platform.put(&entry, &secret));
        }
        if self.files.get(name)?.is_none() {
            match self.put_elsewhere(name, secret) {
                Err(KeyError::Unavailable) => {
                    tracing::info!("there is no key store that answers; the key is kept in a file");
                }
                kept => return kept,
            }
        }
        self.files.put(name, secret)
    }

    fn delete(&self, name: &str) -> Result<()> {
        if let Some(entry) = self.entry(name)? {
            self.ask(KNOWN_WITHIN, move |platform| platform.delete(&entry))?;
            std::fs::remove_file(self.files.path(name, ELSEWHERE)).map_err(KeyError::File)?;
        }
        self.files.delete(name)
    }

    fn kind(&self) -> KeyStore {
        // One key in a file is enough to say so.
        if self.files.has_any() {
            KeyStore::File
        } else {
            KeyStore::Platform
        }
    }

    fn notice(&self) -> Option<String> {
        self.files.notice()
    }
}
