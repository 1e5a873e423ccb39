//! [`Writer`]: the one transaction that may write.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::MutexGuard;

use alongside_domain::{Field, Kind, PersonId, Put, RecordId, Stamp};

use super::held::Held;
use super::link::Link;
use super::tray::Tray;
use super::{SqliteStore, devices, feed, log, outbox};
use crate::{Audience, Code, Device, Kept, LogLine, Result, SetAside, StoreError, Writer};

/// The writer's transaction. What it changes lies on its tray until something else is asked of it, or the end.
pub(super) struct SqliteWriter<'a> {
    store: &'a SqliteStore,
    link: MutexGuard<'a, Link>,
    tray: RefCell<Tray>,
    /// Words beyond these are forgotten unless the transaction is committed.
    words_known: usize,
    /// Whether something failed: then nothing of the transaction may remain.
    has_failed: Cell<bool>,
}

impl<'a> SqliteWriter<'a> {
    pub(super) fn begin(store: &'a SqliteStore, link: MutexGuard<'a, Link>) -> Result<Self> {
        link.sql("BEGIN IMMEDIATE")?.execute([])?;
        let words_known = link.words_known();
        Ok(Self {
            store,
            link,
            tray: RefCell::default(),
            words_known,
            has_failed: Cell::new(false),
        })
    }

    /// Asks the file, after what lies on the tray was written down.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Link) -> Result<T>) -> Result<T> {
        self.step(|link| {
            self.tray.borrow_mut().save(link)?;
            question(link)
        })
    }

    /// Looks at a record on the tray.
    pub(super) fn look<T>(
        &self,
        id: RecordId,
        at: impl FnOnce(&Link, &Held) -> Result<T>,
    ) -> Result<T> {
        self.step(|link| at(link, self.tray.borrow_mut().look(link, id)?))
    }

    /// Asks what needs nothing written down first.
    pub(super) fn on_tray<T>(
        &self,
        question: impl FnOnce(&Link, &mut Tray) -> Result<T>,
    ) -> Result<T> {
        self.step(|link| question(link, &mut self.tray.borrow_mut()))
    }

    fn change<T>(&mut self, change: impl FnOnce(&Link, &mut Tray) -> Result<T>) -> Result<T> {
        self.step(|link| change(link, &mut self.tray.borrow_mut()))
    }

    /// One step of the transaction. When one fails, SQLite may have ended the transaction, and what followed would
    /// stand by itself: so nothing follows.
    fn step<T>(&self, step: impl FnOnce(&Link) -> Result<T>) -> Result<T> {
        let result = if self.has_failed.get() {
            Err(StoreError::Database("an earlier step failed".into()))
        } else {
            step(&self.link)
        };
        self.link.heed(&result);
        self.has_failed
            .set(self.has_failed.get() || result.is_err());
        self.store.located(result)
    }
}

impl Writer for SqliteWriter<'_> {
    fn put(
        &mut self,
        id: RecordId,
        kind: &Kind,
        name: &str,
        field: &Field,
        kept: Kept,
    ) -> Result<Put> {
        self.change(|link, tray| {
            if let Kept::At(_) = kept {
                tray.note_stamp(field.stamp);
            }
            Ok(tray.touch(link, id)?.put(kind, name, field, kept))
        })
    }

    fn deliver(&mut self, id: RecordId, name: &str, stamp: Stamp, version: u64) -> Result<()> {
        self.change(|link, tray| outbox::deliver(link, tray, id, name, stamp, version))
    }

    fn put_aside(&mut self, aside: &SetAside) -> Result<()> {
        self.change(|link, tray| outbox::put_aside(link, tray, aside))
    }

    fn drop_aside(&mut self, record: RecordId, name: &str) -> Result<()> {
        self.change(|link, _| outbox::take_aside(link, record, name).map(drop))
    }

    fn offer_again(&mut self, code: &str) -> Result<u64> {
        self.change(|link, tray| outbox::offer_again(link, tray, code))
    }

    fn restamp_waiting(&mut self, restamp: &mut dyn FnMut(&Kind, &str, &mut Field)) -> Result<u64> {
        self.change(|link, tray| outbox::restamp(link, tray, restamp))
    }

    fn forget(&mut self, id: RecordId) -> Result<()> {
        self.change(|link, tray| outbox::forget(link, tray, id))
    }

    fn forget_all_but(&mut self, kept: &BTreeSet<RecordId>) -> Result<u64> {
        self.change(|link, tray| outbox::forget_all_but(link, tray, kept))
    }

    fn note_put(&mut self, key: &str, value: Option<&str>) -> Result<()> {
        self.change(|link, _| devices::note_put(link, key, value))
    }

    fn next_version(&mut self) -> Result<u64> {
        self.change(|link, tray| tray.next_version(link))
    }

    fn feed_put(&mut self, id: RecordId, audiences: &[Audience], version: u64) -> Result<()> {
        self.change(|link, tray| feed::put(link, tray, id, audiences, version))
    }

    fn log_append(&mut self, line: &LogLine) -> Result<u64> {
        self.change(|link, _| log::append(link, line))
    }

    fn device_put(&mut self, device: &Device) -> Result<()> {
        self.change(|link, _| devices::put(link, device))
    }

    fn code_put(&mut self, code: &Code) -> Result<()> {
        self.change(|link, _| devices::code_put(link, code))
    }

    fn code_take(&mut self, hash: &[u8; 32]) -> Result<Option<Code>> {
        self.change(|link, _| devices::code_take(link, hash))
    }

    fn codes_delete(&mut self, person: PersonId) -> Result<()> {
        self.change(|link, _| devices::codes_delete(link, person))
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        let saved = self.change(|link, tray| {
            tray.save(link)?;
            link.sql("COMMIT")?.execute([])?;
            Ok(std::mem::take(&mut tray.saved))
        })?;
        self.words_known = usize::MAX;
        self.store.index.note(saved);
        Ok(())
    }
}

impl Drop for SqliteWriter<'_> {
    fn drop(&mut self) {
        self.link.roll_back(self.words_known);
    }
}
