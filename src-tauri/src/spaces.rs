//! The folder of an install: who has a space in it, and where each one's store is.
//!
//! `spaces.json` is a list of names for the screen that asks who is here, under lock. It is only a list: it is written whole or not
//! at all, and where it is lost or lacks someone, it is read again from the stores, which know whose they are.
//! Nothing else may write in the folder while a window does ([`Spaces::open`] holds a lock on it).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_api::install::Space;
use alongside_domain::person::Person;
use alongside_domain::school::School;
use alongside_domain::{Kind, PersonId};
use alongside_store::sqlite::{SqliteStore, is_plain};
use alongside_store::{Store as _, StoreKey};
use alongside_sync::notes;
use serde::{Deserialize, Serialize};

use crate::keys::Keys;
use crate::list::{ListFile, Listed};
use crate::parting;

/// The store of a space, in its folder.
const STORE: &str = "alongside.db";
/// What someone is called whose store cannot be read and whose name is on no list.
const UNNAMED: &str = "Someone on this device";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another window uses it.
    #[error(
        "Alongside is already open with the folder {path}. Go to that window, or close it and start again.",
        path = .0.display()
    )]
    Taken(PathBuf),
    /// It cannot be made or read.
    #[error(
        "The folder {path} cannot be used: {source}. Nothing was changed.",
        path = .path.display()
    )]
    Unusable {
        /// Which folder or file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct List {
    /// Who was here last.
    #[serde(default)]
    last: Option<PersonId>,
    #[serde(default)]
    spaces: Vec<Space>,
    /// Why a space is gone, until somebody is here again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parting: Option<String>,
}

/// The people who have a space in this folder.
pub struct Spaces {
    folder: PathBuf,
    list: Mutex<List>,
    /// Held while files are removed, so that a fresh space does not lose its own.
    erasing: Mutex<()>,
    file: ListFile,
    /// Held as long as the folder is in use; the system lets go of it even when the program is killed.
    _lock: File,
}

impl Spaces {
    /// Opens the folder, makes it when it is not there, and keeps others out.
    pub fn open(folder: &Path, keys: Arc<dyn Keys>) -> Result<Self, FolderError> {
        let unusable = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Unusable { path, source }
        };
        let stores = folder.join("spaces");
        make_private(&stores).map_err(unusable(&stores))?;
        crate::backups::leave_out(folder);
        let lock_path = folder.join("alongside.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(unusable(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(FolderError::Taken(folder.to_owned())),
            // Phones and tablets run an app once.
            Err(fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(fs::TryLockError::Error(error)) => return Err(unusable(&lock_path)(error)),
        }
        let list_path = folder.join("spaces.json");
        let file = ListFile::new(list_path.clone(), Arc::clone(&keys));
        let listed = file.read().map_err(unusable(&list_path))?;
        // What its key would say about the list it would say about the stores.
        let has_keys = !matches!(listed, Listed::NotNow);
        let kept = match listed {
            Listed::Text(text) => serde_json::from_slice::<List>(&text).unwrap_or_else(|error| {
                tracing::warn!(kind = ?error.classify(), "the list of spaces is not readable; it is made anew");
                List::default()
            }),
            Listed::None | Listed::NotNow => List::default(),
        };
        finish_removing(&stores, &*keys).map_err(unusable(&stores))?;
        let present = present(&stores).map_err(unusable(&stores))?;
        let list = completed(kept, &present, &stores, has_keys.then_some(&*keys));
        let spaces = Self {
            folder: folder.to_owned(),
            list: Mutex::new(list),
            erasing: Mutex::default(),
            file,
            _lock: lock,
        };
        // One that was in the clear is not left so.
        if !present.is_empty() {
            spaces.keep(&spaces.lock());
        }
        Ok(spaces)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Everyone, who was here last first, then by name.
    pub fn list(&self) -> Vec<Space> {
        let list = self.lock();
        let mut spaces = list.spaces.clone();
        spaces.sort_by_key(|space| (Some(space.id) != list.last, space.name.to_lowercase()));
        spaces
    }

    /// The space of `person`, if they have one.
    pub fn get(&self, person: PersonId) -> Option<Space> {
        self.lock()
            .spaces
            .iter()
            .find(|space| space.id == person)
            .cloned()
    }

    /// Where the store of `person` is or will be.
    pub fn store_path(&self, person: PersonId) -> PathBuf {
        self.folder
            .join("spaces")
            .join(person.to_string())
            .join(STORE)
    }

    /// Makes the folder for a new store of `person` and returns where the store goes.
    pub fn make(&self, person: PersonId) -> io::Result<PathBuf> {
        self.finish_removing(person);
        let path = self.store_path(person);
        if let Some(folder) = path.parent() {
            if parting::is_marked(folder) {
                return Err(io::ErrorKind::DirectoryNotEmpty.into());
            }
            make_private(folder)?;
        }
        Ok(path)
    }

    /// Takes back a store that never came to be of use.
    pub fn unmake(&self, person: PersonId) {
        if let Some(folder) = self.store_path(person).parent()
            && let Err(error) = fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, "the folder of a space that was not begun was not removed");
        }
    }

    /// Begins to remove the space of `person` for good: it is marked, its key is gone, and it is on no list. `parting` is
    /// told to whoever is in front of the device next.
    pub(crate) fn begin_removing(
        &self,
        person: PersonId,
        parting: Option<String>,
        keys: &dyn Keys,
    ) {
        if let Some(folder) = self.store_path(person).parent()
            && let Err(error) = parting::mark(folder)
        {
            tracing::error!(%error, "a space that is removed could not be marked");
        }
        delete_key(person, keys);
        let mut list = self.lock();
        list.spaces.retain(|space| space.id != person);
        list.last = list.last.filter(|last| *last != person);
        list.parting = parting;
        self.keep(&list);
    }

    /// Removes what lies in the folder of a space that is marked; a fresh one that has taken its place stays.
    pub(crate) fn finish_removing(&self, person: PersonId) {
        let _turn = self.erasing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = self.store_path(person).parent()
            && parting::is_marked(folder)
        {
            parting::erase(folder);
        }
    }

    /// Why a space is gone, in words for whoever is here next.
    pub(crate) fn parting(&self) -> Option<String> {
        self.lock().parting.clone()
    }

    /// Enters a space into the list, new or with new names.
    pub fn put(&self, space: Space) {
        let mut list = self.lock();
        match list.spaces.iter_mut().find(|known| known.id == space.id) {
            Some(known) if known.name == space.name && known.school == space.school => return,
            Some(known) => *known = space,
            None => list.spaces.push(space),
        }
        self.keep(&list);
    }

    /// Gives a space that is on the list its newest names. One that is being removed does not come back by it.
    pub fn update(&self, space: Space) {
        if self.get(space.id).is_some() {
            self.put(space);
        }
    }

    /// Takes a space off the list whose store is not there any more.
    pub fn forget(&self, person: PersonId) {
        let mut list = self.lock();
        list.spaces.retain(|space| space.id != person);
        list.last = list.last.filter(|last| *last != person);
        self.keep(&list);
    }

    /// Remembers who is here now.
    pub fn put_last(&self, person: PersonId) {
        let mut list = self.lock();
        if list.last != Some(person) || list.parting.is_some() {
            list.last = Some(person);
            list.parting = None;
            self.keep(&list);
        }
    }

    /// Writes the list down. When it cannot be, it is made anew at the next start, so that is no reason to stop.
    fn keep(&self, list: &List) {
        let written = serde_json::to_vec_pretty(list).map_err(io::Error::other);
        if let Err(error) = written.and_then(|text| self.file.write(&text)) {
            tracing::warn!(%error, "the list of spaces was not written");
        }
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finishes removing what was being removed when the program ended.
fn finish_removing(stores: &Path, keys: &dyn Keys) -> io::Result<()> {
    for entry in fs::read_dir(stores)? {
        let entry = entry?;
        let folder = entry.path();
        if parting::is_marked(&folder) {
            tracing::info!("a space that was being removed is removed now");
            let name = entry.file_name();
            if let Some(person) = name.to_str().and_then(|name| name.parse().ok()) {
                delete_key(person, keys);
            }
            parting::erase(&folder);
        }
    }
    Ok(())
}

fn delete_key(person: PersonId, keys: &dyn Keys) {
    if let Err(error) = keys.delete(&person.to_string()) {
        tracing::error!(%error, "the key of a space that is removed is still there");
    }
}

/// Those whose folder holds a store, or what is left of one.
fn present(stores: &Path) -> io::Result<BTreeSet<PersonId>> {
    let mut present = BTreeSet::new();
    for entry in fs::read_dir(stores)? {
        let entry = entry?;
        let person = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let Some(person) = person
            && !parting::is_marked(&entry.path())
            && crate::mend::is_present(&entry.path().join(STORE))
        {
            present.insert(person);
        }
    }
    Ok(present)
}

/// The list without those whose store is gone and with those it lacks.
fn completed(
    kept: List,
    present: &BTreeSet<PersonId>,
    stores: &Path,
    keys: Option<&dyn Keys>,
) -> List {
    let List {
        last,
        mut spaces,
        parting,
    } = kept;
    spaces.retain(|space| present.contains(&space.id));
    for person in present {
        if !spaces.iter().any(|space| space.id == *person) {
            spaces.extend(identity(
                *person,
                &stores.join(person.to_string()).join(STORE),
                keys,
            ));
        }
    }
    List {
        last: last.filter(|last| present.contains(last)),
        spaces,
        parting,
    }
}

/// Reads from a store whose it is; none when it was never anyone's. Who cannot be read is still listed: what they have
/// not sent may be rescued when they are chosen.
fn identity(person: PersonId, path: &Path, keys: Option<&dyn Keys>) -> Option<Space> {
    let unnamed = || Space {
        id: person,
        name: UNNAMED.into(),
        school: String::new(),
    };
    let key = match keys.map(|keys| keys.get(&person.to_string())) {
        Some(Ok(Some(secret))) => secret.store_key(),
        // Not under lock yet.
        Some(Ok(None)) if is_plain(path).unwrap_or(false) => Some(StoreKey::Plain),
        _ => None,
    };
    let Some(key) = key else {
        return Some(unnamed());
    };
    let read = || -> alongside_store::Result<Option<Space>> {
        let store = SqliteStore::open(path, &key)?;
        let reader = store.read()?;
        if notes::person(&*reader)? != Some(person) {
            return Ok(None);
        }
        let own = reader
            .get(person.into())?
            .map(|record| Person::read(&record).name);
        let school = reader
            .list(&Kind::School)?
            .first()
            .map(|record| School::read(record).name);
        Ok(Some(Space {
            name: own
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| UNNAMED.into()),
            school: school.unwrap_or_default(),
            ..unnamed()
        }))
    };
    read().unwrap_or_else(|error| {
        tracing::warn!(%error, "a store that is on no list could not be read");
        Some(unnamed())
    })
}

/// Makes a folder that only its owner can look into.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
