//! Opens the store of a space, also on a bad day.
//!
//! A damaged store is set aside under another name, never thrown away. What had not been sent and who this device is
//! are read from it into a fresh store; everything else comes back from the hub. Laws (tested in `tests/`):
//! - what waited is in the fresh store before the damaged one is moved (`a_damaged_store_gives_back_what_waited`);
//! - a fresh store gets its second name, `.fresh`, only when it is whole; from then on the job is finished, however
//!   often it is cut short (`a_rescue_that_was_cut_short_is_finished`), and before that it is begun again;
//! - a store in the clear comes under lock first (`a_plain_store_is_taken_over`);
//! - a store whose key is gone is set aside too and never opened with a new one (`a_lost_key_is_a_sentence`);
//! - a store of a newer version, and one that could not be opened for another reason, is not touched.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use alongside_api::{ApiError, Code};
use alongside_domain::{DeviceId, PersonId};
use alongside_store::sqlite::{
    Aside, Rescue, SqliteStore, looks_locked, plain_path, rescue, seal, set_aside_file,
};
use alongside_store::{Kept, Result, SetAside, Store as _, StoreError, StoreKey};
use alongside_sync::{Wall, notes};
use uuid::Uuid;

use crate::heard;
use crate::keys::{KeyError, Keys, key_or_new};

const DAMAGED: &str = "What was stored on this device was damaged and has been set aside.";
const KEY_GONE: &str = "The key to what was stored here for you is gone from this device, so it cannot be read any more; it was set aside. Ask a leader for a code and join again: everything that the hub has comes back. What had not been sent is lost. The hub last had everything from here";
const FETCHED: &str = "Everything else is fetched from the hub again.";

/// What is known of the hub's records, which a fresh store does not hold.
const OF_THE_PULL: [&str; 5] = [
    notes::CURSOR,
    notes::CHECK,
    notes::CHECKED_AT,
    notes::DIVERGED_AT,
    notes::RECEIVED_AT,
];

/// An open store, and what had to be done for it.
pub(crate) struct Opened {
    pub(crate) store: SqliteStore,
    /// The key it is under, and whatever else belongs to the space.
    pub(crate) key: StoreKey,
    /// What went wrong, in words for the person.
    pub(crate) trouble: Option<String>,
}

/// Why a space was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unopened {
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its key could not be read or kept.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its key is gone, and what it had locked was set aside. The sentence is for the person.
    #[error("the key of a store is gone")]
    Lost(String),
}

impl Unopened {
    /// The same in words for the person.
    pub(crate) fn told(&self) -> ApiError {
        match self {
            Self::Store(error) if error.is_full() => ApiError::new(Code::NotSaved, sentence(error)),
            Self::Store(error) => ApiError::new(Code::Internal, sentence(error)),
            Self::Key(error) => ApiError::new(Code::Internal, error.to_string()),
            Self::Lost(sentence) => ApiError::new(Code::SignInFirst, sentence.clone()),
        }
    }
}

/// Whether there is a store at `path`, or one that was about to take its place.
pub(crate) fn is_present(path: &Path) -> bool {
    [path, &fresh_path(path), &plain_path(path)]
        .iter()
        .any(|file| file.is_file())
}

/// Opens the store of `person` at `path` with the key that is kept for it; one that has none gets one.
pub(crate) fn open(
    path: &Path,
    person: PersonId,
    keys: &dyn Keys,
    wall: &dyn Wall,
) -> std::result::Result<Opened, Unopened> {
    let name = person.to_string();
    let is_locked = looks_locked(path)? || looks_locked(&fresh_path(path))?;
    let key = match keys.get(&name)? {
        Some(secret) => secret.store_key().ok_or(KeyError::Wrapped)?,
        // While it is taken over, the plain file is still there.
        None if is_locked && !plain_path(path).is_file() => return Err(lose(path, wall)?),
        None => key_or_new(keys, &name)?,
    };
    match open_with(path, person, &key) {
        Err(error) if error.is_other_key() => Err(lose(path, wall)?),
        opened => Ok(opened?),
    }
}

/// Sets a store aside that no key opens, and says what that means.
fn lose(path: &Path, wall: &dyn Wall) -> Result<Unopened> {
    tracing::error!("the key of a store is gone; the store is set aside");
    for file in [path, &fresh_path(path)] {
        if file.is_file() {
            set_aside_file(file, Aside::Locked)?;
        }
    }
    let heard = heard::days_since(path, wall);
    let heard = match heard {
        Some(0) => "today".to_owned(),
        Some(1) => "yesterday".to_owned(),
        Some(days) => format!("{days} days ago"),
        None => "never, as far as is known".to_owned(),
    };
    Ok(Unopened::Lost(format!("{KEY_GONE} {heard}.")))
}

/// Opens a store with its key.
fn open_with(path: &Path, person: PersonId, key: &StoreKey) -> Result<Opened> {
    let fresh = fresh_path(path);
    if fresh.is_file() {
        take_place(&fresh, path)?;
        seal(path, key)?;
        return Ok(Opened {
            store: SqliteStore::open(path, key)?,
            key: key.clone(),
            trouble: Some(format!("{DAMAGED} {FETCHED}")),
        });
    }
    match seal(path, key).and_then(|_| SqliteStore::open(path, key)) {
        Ok(store) => Ok(Opened {
            store,
            key: key.clone(),
            trouble: None,
        }),
        Err(error) if error.is_damaged() => {
            tracing::error!("a store is damaged; what can be read of it is put into a fresh one");
            let mut rescued = rescue(path, key)?;
            // What was never under lock is read without a key.
            if rescued.waiting.is_empty() && rescued.notes.is_empty() {
                rescued = rescue(path, &StoreKey::Plain)?;
            }
            let trouble = told(&rescued);
            fill(path, person, key, rescued)?;
            take_place(&fresh, path)?;
            Ok(Opened {
                store: SqliteStore::open(path, key)?,
                key: key.clone(),
                trouble: Some(trouble),
            })
        }
        Err(error) => Err(error),
    }
}

/// Why a store did not open, in words for the person.
pub(crate) fn sentence(error: &StoreError) -> String {
    match error {
        StoreError::Newer { .. } => {
            "What is stored on this device was written by a newer version of Alongside. Install the newer version to go on; nothing was changed."
        }
        StoreError::Full(_) => {
            "This device has no space left, so Alongside could not open what is stored here. Free some space, then try again; nothing is lost."
        }
        StoreError::Busy(_) => {
            "Another program is using what Alongside has stored here. Close it, then try again; nothing was changed."
        }
        _ => {
            "Alongside could not open what is stored on this device. Restart the device, then try again; nothing was changed."
        }
    }
    .to_owned()
}

/// Writes a fresh store with all that was rescued; it is whole when it has its name.
fn fill(path: &Path, person: PersonId, key: &StoreKey, rescued: Rescue) -> Result<()> {
    let begun = beside(path, ".filling");
    for ending in ["", "-wal", "-shm"] {
        remove_if_present(&beside(&begun, ending))?;
    }
    write_rescued(&SqliteStore::open(&begun, key)?, person, rescued)?;
    // Closed by now, and with that all of it is in the one file; unless the disk was too full for it.
    let log = beside(&begun, "-wal");
    if log.is_file() {
        return Err(failed(
            "closing",
            &log,
            std::io::ErrorKind::StorageFull.into(),
        ));
    }
    rename(&begun, &fresh_path(path))
}

/// Puts the damaged store aside and the fresh one in its place.
fn take_place(fresh: &Path, path: &Path) -> Result<()> {
    if path.is_file() {
        set_aside_file(path, Aside::Damaged)?;
    }
    rename(fresh, path)
}

fn write_rescued(store: &SqliteStore, person: PersonId, rescued: Rescue) -> Result<()> {
    let mut writer = store.write()?;
    for (key, value) in &rescued.notes {
        if !OF_THE_PULL.contains(&key.as_str()) {
            writer.note_put(key, Some(value))?;
        }
    }
    writer.note_put(notes::PERSON, Some(&person.to_string()))?;
    if notes::device(&*writer)?.is_none() {
        writer.note_put(
            notes::DEVICE,
            Some(&DeviceId::from_uuid(Uuid::now_v7()).to_string()),
        )?;
    }
    for aside in &rescued.set_aside {
        let SetAside {
            record,
            kind,
            name,
            field,
            ..
        } = aside;
        writer.put(*record, kind, name, field, Kept::Waiting)?;
        writer.put_aside(aside)?;
    }
    for record in &rescued.waiting {
        for (name, field) in &record.fields {
            writer.put(record.id, &record.kind, name, field, Kept::Waiting)?;
        }
    }
    writer.commit()
}

fn told(rescued: &Rescue) -> String {
    let waiting: usize = rescued
        .waiting
        .iter()
        .map(|record| record.fields.len())
        .sum();
    let mut told = format!("{DAMAGED} ");
    match (waiting, rescued.is_whole) {
        (0, true) => told.push_str("Nothing in it was waiting to be sent. "),
        (0, false) => {
            told.push_str("If something in it had not been sent yet, it could not be read. ")
        }
        (1, true) => told.push_str("The one change that had not been sent was saved from it. "),
        (1, false) => told.push_str(
            "One change that had not been sent was saved from it; others may be missing. ",
        ),
        (n, true) => told.push_str(&format!(
            "All {n} changes that had not been sent were saved from it. "
        )),
        (n, false) => told.push_str(&format!(
            "{n} changes that had not been sent were saved from it; others may be missing. "
        )),
    }
    let has_hub = [notes::HUB_ADDRESS, notes::HUB_TOKEN]
        .iter()
        .all(|key| rescued.notes.contains_key(*key));
    told.push_str(if has_hub {
        FETCHED
    } else {
        "Ask a leader for a code and join again to fetch everything else from the hub."
    });
    told
}

fn fresh_path(path: &Path) -> PathBuf {
    beside(path, ".fresh")
}

/// A file beside `path`, with `ending` after its whole name.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|source| failed("moving", from, source))?;
    // The new name must last too. Where a folder cannot be opened (Windows), the file system sees to it.
    if let Some(folder) = to.parent()
        && let Ok(opened) = fs::File::open(folder)
    {
        opened
            .sync_all()
            .map_err(|source| failed("writing", folder, source))?;
    }
    Ok(())
}

fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(failed("removing", path, source))
        }
        _ => Ok(()),
    }
}

fn failed(doing: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
