//! The store in one SQLite file, with its log beside it (WAL, synchronous FULL: a commit is one fsync).
//!
//! One connection writes; readers have a small pool of their own and never wait for it. The delivered fields of a record
//! are one packed row (`pack`), what waits is a row for each field: a tick touches one page, a sync touches each record
//! once, and ten years take a few megabytes. A writer gathers what it changes (`tray`) and writes it down once.
//!
//! Where to look: `open` for checks and migrations, `records` for reading records, `tray` and `held` for changing them,
//! `outbox`, `feed`, `log`, `devices` and `search` for what their names say, `backup` and `rescue` for bad days.

mod backup;
mod bytes;
mod carve;
mod cipher;
mod devices;
mod feed;
mod held;
mod link;
mod log;
mod open;
mod outbox;
mod pack;
mod press;
mod reads;
mod records;
mod rescue;
mod scrub;
mod seal;
mod search;
mod seats;
#[cfg(test)]
mod tests;
mod tray;
mod value;
mod words;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use alongside_domain::RecordId;
use link::Link;
use rusqlite_migration::M;

use crate::{Reader, Result, Store, StoreKey, Wanted, Writer};
pub use backup::restore;
pub use rescue::{Aside, Rescue, rescue, set_aside_file};
pub use seal::{
    Step, copy_as, is_plain, looks_locked, plain_path, scrub_file, seal, seal_by_steps,
};

/// How many idle readers are kept.
const IDLE_READERS: usize = 4;

/// A store in a file.
pub struct SqliteStore {
    path: PathBuf,
    key: StoreKey,
    writer: Mutex<Link>,
    readers: Mutex<Vec<Link>>,
    index: search::Index,
}

impl SqliteStore {
    /// Opens the store at `path` with its key; makes it when there is no such file.
    ///
    /// An older schema is brought up to date, after a copy to `<path>.before-<schema>`. A newer one is refused
    /// ([`Newer`](crate::StoreError::Newer)), and so is a file that is not a whole store ([`Damaged`](crate::StoreError::Damaged)) or
    /// that is locked otherwise ([`OtherKey`](crate::StoreError::OtherKey)); none of them is changed.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Self> {
        Self::open_at(path, key, open::STEPS)
    }

    fn open_at(path: &Path, key: &StoreKey, steps: &[M<'_>]) -> Result<Self> {
        let writer = open::prepare(path, key, steps)
            .and_then(Link::writer)
            .map_err(|error| cipher::told(error, key, path))?;
        Ok(Self {
            path: path.to_owned(),
            key: key.clone(),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            index: search::Index::default(),
        })
    }

    /// Where the store is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn reader(&self) -> Result<reads::SqliteReader<'_>> {
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let link = match idle {
            Some(link) => link,
            None => Link::reader(&self.path, &self.key)?,
        };
        reads::SqliteReader::begin(self, link)
    }

    fn give_back(&self, link: Link) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < IDLE_READERS && !link.is_spoilt() {
            readers.push(link);
        }
    }

    /// Names this store's file in an error that speaks of damage.
    fn located<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| cipher::told(error, &self.key, &self.path))
    }
}

impl Store for SqliteStore {
    fn read(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(self.located(self.reader())?))
    }

    fn write(&self) -> Result<Box<dyn Writer + '_>> {
        let mut link = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if link.is_spoilt() {
            *link = self.located(open::connect_again(&self.path, &self.key))?;
        }
        Ok(Box::new(
            self.located(writer::SqliteWriter::begin(self, link))?,
        ))
    }

    fn back_up(&self, path: &Path) -> Result<()> {
        self.located(
            self.reader()
                .and_then(|reader| backup::back_up(reader.link()?, path, &self.key)),
        )
    }

    fn scrub(&self) -> Result<bool> {
        let link = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.index.drop_all();
        self.located(scrub::scrub(&link))
    }

    fn search(&self, wanted: &Wanted<'_>) -> Result<Vec<RecordId>> {
        self.located(search::search(self, wanted))
    }

    fn check(&self) -> Result<Vec<String>> {
        self.located(
            self.reader()
                .and_then(|reader| backup::check(reader.link()?)),
        )
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
