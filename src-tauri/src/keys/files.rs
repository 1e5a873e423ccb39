//! Keys as files, where there is no key store: each readable by its owner alone, in a folder of the same kind.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use alongside_api::install::KeyStore;
use alongside_store::sqlite::scrub_file;

use super::{KeyError, Keys, Result, Secret};
use crate::spaces::make_private;

/// The most bytes of a key file: a wrapped key is some hundred.
const MOST: u64 = 4096;
const EXPOSED: &str = "The file with the key of this device could be read by other people who use it. That has been put right. If you do not trust them, ask a leader for a code and join again.";

/// A folder of keys.
#[derive(Debug)]
pub struct KeyFiles {
    folder: PathBuf,
    was_exposed: AtomicBool,
}

impl KeyFiles {
    /// Keys in this folder, which is made when the first is kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            was_exposed: AtomicBool::new(false),
        }
    }

    /// Where what is kept under `name` lies, with this ending.
    pub(super) fn path(&self, name: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }

    /// Whether there is a key among the files.
    pub(super) fn has_any(&self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut paths = entries.map(|entry| entry.path());
        paths.any(|path| path.extension().is_some_and(|ending| ending == "key"))
    }

    /// What a file holds; none when it is not there.
    pub(super) fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeyError::File(error)),
        };
        self.close_to_others(&file).map_err(KeyError::File)?;
        let mut bytes = Vec::with_capacity(64);
        file.take(MOST)
            .read_to_end(&mut bytes)
            .map_err(KeyError::File)?;
        Ok(Some(bytes))
    }

    /// Writes a file so that it is either the old one or the new one, whatever happens.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let write = || {
            make_private(&self.folder)?;
            let fresh = path.with_extension("new");
            let mut options = File::options();
            options.create(true).truncate(true).write(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(0o600);
            }
            let mut file = options.open(&fresh)?;
            self.close_to_others(&file)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            drop(file);
            fs::rename(&fresh, path)?;
            // The new name must last too. Where a folder cannot be opened (Windows), the file system sees to it.
            if let Ok(folder) = File::open(&self.folder) {
                folder.sync_all()?;
            }
            Ok(())
        };
        write().map_err(KeyError::File)
    }

    /// Takes from everyone but the owner what they may do with a key file.
    #[cfg(unix)]
    fn close_to_others(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let may = file.metadata()?.permissions().mode() & 0o777;
        if may & 0o077 != 0 {
            tracing::warn!("a key file could be read by others; it is closed to them");
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            self.was_exposed.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The folder of a person's apps is theirs alone.
    #[cfg(not(unix))]
    fn close_to_others(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
}

impl Keys for KeyFiles {
    fn get(&self, name: &str) -> Result<Option<Secret>> {
        let kept = self.read(&self.path(name, "key"))?;
        Ok(kept.map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<()> {
        let path = self.path(name, "key");
        // What stood there before must not be found on the disk either: a key without its PIN, for instance.
        let before = path.with_extension("before");
        // Where there are no such links, the old one is only let go.
        let _ = fs::hard_link(&path, &before);
        self.write(&path, secret.bytes())?;
        scrub_file(&before).map_err(|error| KeyError::File(io::Error::other(error)))
    }

    fn delete(&self, name: &str) -> Result<()> {
        for ending in ["key", "before", "new"] {
            scrub_file(&self.path(name, ending))
                .map_err(|error| KeyError::File(io::Error::other(error)))?;
        }
        Ok(())
    }

    fn kind(&self) -> KeyStore {
        KeyStore::File
    }

    fn notice(&self) -> Option<String> {
        let was_exposed = self.was_exposed.swap(false, Ordering::Relaxed);
        was_exposed.then(|| EXPOSED.to_owned())
    }
}
