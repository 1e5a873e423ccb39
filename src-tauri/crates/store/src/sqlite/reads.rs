//! [`Reader`] for a snapshot and for the writer's own transaction: where each question is answered.

use alongside_domain::{DeviceId, Kind, LetterId, Record, RecordId, Stamp};

use super::held::Held;
use super::link::Link;
use super::writer::SqliteWriter;
use super::{SqliteStore, devices, feed, letters, log, outbox, records};
use crate::{
    Audience, Carried, Device, EachStamps, Entry, LogFilter, LogLine, OwnLetter, Past, Reader,
    Result, Scope, SetAside, StoreError,
};

/// A snapshot on a connection of its own, which goes back to the pool at the end.
pub(super) struct SqliteReader<'a> {
    store: &'a SqliteStore,
    /// Always there, until it is given back.
    link: Option<Link>,
}

impl<'a> SqliteReader<'a> {
    pub(super) fn begin(store: &'a SqliteStore, link: Link) -> Result<Self> {
        link.sql("BEGIN")?.execute([])?;
        // The snapshot is taken by the first look at the file, not by the word BEGIN.
        feed::version(&link)?;
        Ok(Self {
            store,
            link: Some(link),
        })
    }

    pub(super) fn link(&self) -> Result<&Link> {
        self.link
            .as_ref()
            .ok_or_else(|| StoreError::Database("a reader was used after its end".into()))
    }

    fn ask<T>(&self, question: impl FnOnce(&Link) -> Result<T>) -> Result<T> {
        let link = self.link()?;
        let result = question(link);
        link.heed(&result);
        self.store.located(result)
    }

    fn look<T>(&self, id: RecordId, at: impl FnOnce(&Link, Held) -> Result<T>) -> Result<T> {
        self.ask(|link| at(link, records::load(link, id)?))
    }
}

impl Drop for SqliteReader<'_> {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            link.roll_back(usize::MAX);
            self.store.give_back(link);
        }
    }
}

/// What both answer alike; `ask` lets the writer write down what it holds first.
macro_rules! answers {
    () => {
        fn history(&self, id: RecordId) -> Result<Vec<Past>> {
            self.ask(|link| records::history(link, id))
        }

        fn last_stamp(&self) -> Result<Option<Stamp>> {
            self.ask(records::last_stamp)
        }

        fn outbox(&self, limit: usize) -> Result<Vec<Record>> {
            self.ask(|link| outbox::list(link, limit))
        }

        fn is_waiting(&self, id: RecordId) -> Result<bool> {
            self.look(id, |_, held| Ok(!held.waiting.is_empty()))
        }

        fn outbox_count(&self) -> Result<u64> {
            self.ask(outbox::count)
        }

        fn set_aside(&self) -> Result<Vec<SetAside>> {
            self.ask(outbox::set_aside)
        }

        fn stamps(&self, scope: Scope<'_>, each: &mut EachStamps<'_>) -> Result<()> {
            self.ask(|link| records::stamps(link, scope, each))
        }

        fn feed_version(&self, audiences: &[Audience]) -> Result<u64> {
            self.ask(|link| feed::newest(link, audiences))
        }

        fn feed(
            &self,
            audiences: &[Audience],
            after: u64,
            held: u64,
            limit: usize,
        ) -> Result<Vec<Entry>> {
            let cursor = feed::Cursor { after, held };
            self.ask(|link| feed::list(link, audiences, cursor, limit))
        }

        fn log(
            &self,
            filter: &LogFilter,
            before: Option<u64>,
            limit: usize,
        ) -> Result<Vec<LogLine>> {
            self.ask(|link| log::list(link, filter, before, limit))
        }

        fn log_walk(&self, each: &mut dyn FnMut(&LogLine) -> bool) -> Result<()> {
            self.ask(|link| log::walk(link, each))
        }

        fn letters(&self) -> Result<Vec<OwnLetter>> {
            self.ask(letters::own)
        }

        fn carried(&self) -> Result<Vec<Carried>> {
            self.ask(letters::carried)
        }

        fn carried_count(&self) -> Result<u64> {
            self.ask(letters::carried_count)
        }

        fn carried_letter(&self, id: LetterId) -> Result<Option<Vec<u8>>> {
            self.ask(|link| letters::carried_letter(link, id))
        }

        fn carried_receipt(&self, id: LetterId) -> Result<Option<Vec<u8>>> {
            self.ask(|link| letters::carried_receipt(link, id))
        }

        fn letter_taken(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
            self.ask(|link| letters::taken(link, hash))
        }

        fn devices(&self) -> Result<Vec<Device>> {
            self.ask(devices::list)
        }

        fn device(&self, id: DeviceId) -> Result<Option<Device>> {
            self.ask(|link| devices::get(link, id))
        }

        fn device_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Device>> {
            self.ask(|link| devices::by_token(link, token_hash))
        }
    };
}

impl Reader for SqliteReader<'_> {
    fn get(&self, id: RecordId) -> Result<Option<Record>> {
        self.look(id, |_, held| Ok(held.into_record(id)))
    }

    fn head(&self, id: RecordId) -> Result<Option<Record>> {
        self.look(id, |_, held| Ok(held.head(id)))
    }

    fn kind(&self, id: RecordId) -> Result<Option<Kind>> {
        self.look(id, |_, held| Ok(held.shown_kind().cloned()))
    }

    fn audiences(&self, id: RecordId) -> Result<Vec<Audience>> {
        self.look(id, |link, held| feed::audiences(link, &held.seats))
    }

    fn was_destroyed(&self, id: RecordId) -> Result<bool> {
        self.look(id, |_, held| Ok(held.was_destroyed()))
    }

    fn list(&self, kind: &Kind) -> Result<Vec<Record>> {
        self.ask(|link| records::list(link, kind))
    }

    fn list_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>> {
        self.ask(|link| records::list_under(link, kind, parent))
    }

    fn heads_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>> {
        let mut heads = self.list_under(kind, parent)?;
        for head in &mut heads {
            head.fields.retain(|name, _| Record::is_of_head(name));
        }
        Ok(heads)
    }

    fn note(&self, key: &str) -> Result<Option<String>> {
        self.ask(|link| devices::note(link, key))
    }

    fn version(&self) -> Result<u64> {
        self.ask(feed::version)
    }

    fn log_head(&self) -> Result<Option<[u8; 32]>> {
        self.ask(log::head)
    }

    answers!();
}

impl Reader for SqliteWriter<'_> {
    fn get(&self, id: RecordId) -> Result<Option<Record>> {
        self.look(id, |_, held| Ok(held.record(id)))
    }

    fn head(&self, id: RecordId) -> Result<Option<Record>> {
        self.look(id, |_, held| Ok(held.head(id)))
    }

    fn kind(&self, id: RecordId) -> Result<Option<Kind>> {
        self.look(id, |_, held| Ok(held.shown_kind().cloned()))
    }

    fn audiences(&self, id: RecordId) -> Result<Vec<Audience>> {
        self.look(id, |link, held| feed::audiences(link, &held.seats))
    }

    fn was_destroyed(&self, id: RecordId) -> Result<bool> {
        self.look(id, |_, held| Ok(held.was_destroyed()))
    }

    fn list(&self, kind: &Kind) -> Result<Vec<Record>> {
        self.on_tray(|link, tray| tray.list(link, kind, None, Held::record))
    }

    fn list_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>> {
        self.on_tray(|link, tray| tray.list(link, kind, Some(parent), Held::record))
    }

    fn heads_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>> {
        self.on_tray(|link, tray| tray.list(link, kind, Some(parent), Held::head))
    }

    fn note(&self, key: &str) -> Result<Option<String>> {
        self.on_tray(|link, _| devices::note(link, key))
    }

    fn version(&self) -> Result<u64> {
        self.on_tray(|link, tray| tray.version(link))
    }

    fn log_head(&self) -> Result<Option<[u8; 32]>> {
        self.on_tray(|link, _| log::head(link))
    }

    answers!();
}
