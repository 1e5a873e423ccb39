//! A disk that fails: the real store, whose power is lost at any step of a transaction, or which is full for a while.
//!
//! What was committed stays and what was not is gone: the file and its log are copied as they lie there when the power
//! goes, and opened from the copy. Every committed step is written into a journal that the laws are judged by; the store
//! does not know of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use alongside_domain::{Field, Kind, LetterId, PersonId, Put, Record, RecordId, Stamp};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{
    Audience, Carried, Code, Device, EachStamps, Entry, Kept, LogFilter, LogLine, OwnLetter, Past,
    Reader, Result, Scope, SetAside, Settled, Store, StoreError, StoreKey, Wanted, Writer,
};

/// What a committed transaction did.
#[derive(Debug, Clone)]
pub enum Done {
    /// A writing that stands.
    Put(RecordId, Kind, String, Field, Kept),
    /// A receipt.
    Delivered(RecordId, String, Stamp),
    /// A refusal.
    Aside(SetAside),
    /// A refused writing let go.
    Dropped(RecordId, String),
    /// Refused writings with this code wait again.
    Offered(String),
    /// A writing stamped anew.
    Restamped(Stamp, Field),
    /// A record forgotten at the hub's word, with what was set aside of it.
    Forgotten(RecordId),
}

#[derive(Debug, Default)]
struct State {
    /// After so many steps of a transaction the power goes.
    steps_left: Option<u64>,
    is_off: bool,
    is_full: bool,
    commits: u64,
    refused_full: u64,
    journal: Vec<Done>,
}

/// A store on a disk that fails.
pub struct Disk {
    inner: SqliteStore,
    state: Mutex<State>,
}

impl Disk {
    /// Opens what lies at `path`.
    pub fn open(path: &Path) -> Arc<Self> {
        Arc::new(Self {
            inner: SqliteStore::open(path, &StoreKey::Plain).unwrap(),
            state: Mutex::default(),
        })
    }

    /// Lets the power go after so many more steps.
    pub fn lose_power_after(&self, steps: u64) {
        self.state.lock().unwrap().steps_left = Some(steps);
    }

    /// Takes a planned loss of power back.
    pub fn keep_power(&self) {
        self.state.lock().unwrap().steps_left = None;
    }

    /// Lets the power go now.
    pub fn turn_off(&self) {
        self.state.lock().unwrap().is_off = true;
    }

    /// Whether the power is gone.
    pub fn is_off(&self) -> bool {
        self.state.lock().unwrap().is_off
    }

    /// Fills the disk, or frees it.
    pub fn fill(&self, is_full: bool) {
        self.state.lock().unwrap().is_full = is_full;
    }

    /// How many transactions were committed.
    pub fn commits(&self) -> u64 {
        self.state.lock().unwrap().commits
    }

    /// How many were refused since the disk was full, counted anew.
    pub fn take_refused_full(&self) -> u64 {
        std::mem::take(&mut self.state.lock().unwrap().refused_full)
    }

    /// What was committed since the last look.
    pub fn take_journal(&self) -> Vec<Done> {
        std::mem::take(&mut self.state.lock().unwrap().journal)
    }

    /// Copies what lies on the disk to `folder`, as after a loss of power, and returns the new path.
    pub fn what_is_left(&self, folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        let path = self.inner.path();
        let target = folder.join("store.sqlite");
        std::fs::copy(path, &target).unwrap();
        let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
        if log(path).exists() {
            std::fs::copy(log(path), log(&target)).unwrap();
        }
        target
    }

    /// The store behind, which does not fail: for the laws.
    pub fn truth(&self) -> &SqliteStore {
        &self.inner
    }

    fn lost(&self) -> Result<()> {
        match self.is_off() {
            true => Err(no_power()),
            false => Ok(()),
        }
    }

    /// One step of a transaction: the power may go before it.
    fn step(&self) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        if state.is_off {
            return Err(no_power());
        }
        if let Some(left) = &mut state.steps_left {
            if *left == 0 {
                state.is_off = true;
                return Err(no_power());
            }
            *left -= 1;
        }
        Ok(())
    }
}

fn no_power() -> StoreError {
    StoreError::Disk("the power is gone".into())
}

impl Store for Disk {
    fn read(&self) -> Result<Box<dyn Reader + '_>> {
        self.lost()?;
        self.inner.read()
    }

    fn write(&self) -> Result<Box<dyn Writer + '_>> {
        self.step()?;
        Ok(Box::new(Transaction {
            inner: self.inner.write()?,
            disk: self,
            done: Vec::new(),
        }))
    }

    fn back_up(&self, path: &Path) -> Result<()> {
        self.lost()?;
        self.inner.back_up(path)
    }

    fn scrub(&self) -> Result<bool> {
        self.step()?;
        self.inner.scrub()
    }

    fn search(&self, wanted: &Wanted<'_>) -> Result<Vec<RecordId>> {
        self.lost()?;
        self.inner.search(wanted)
    }

    fn check(&self) -> Result<Vec<String>> {
        self.lost()?;
        self.inner.check()
    }
}

struct Transaction<'a> {
    inner: Box<dyn Writer + 'a>,
    disk: &'a Disk,
    done: Vec<Done>,
}

/// What only reads goes straight to the store.
macro_rules! reads {
    ($(fn $name:ident(&self $(, $arg:ident: $ty:ty)*) -> $answer:ty;)*) => {
        impl Reader for Transaction<'_> {
            $(fn $name(&self $(, $arg: $ty)*) -> $answer { self.inner.$name($($arg),*) })*
        }
    };
}

reads! {
    fn get(&self, id: RecordId) -> Result<Option<Record>>;
    fn head(&self, id: RecordId) -> Result<Option<Record>>;
    fn kind(&self, id: RecordId) -> Result<Option<Kind>>;
    fn list(&self, kind: &Kind) -> Result<Vec<Record>>;
    fn list_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>>;
    fn heads_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>>;
    fn history(&self, id: RecordId) -> Result<Vec<Past>>;
    fn last_stamp(&self) -> Result<Option<Stamp>>;
    fn note(&self, key: &str) -> Result<Option<String>>;
    fn outbox(&self, limit: usize) -> Result<Vec<Record>>;
    fn is_waiting(&self, id: RecordId) -> Result<bool>;
    fn outbox_count(&self) -> Result<u64>;
    fn set_aside(&self) -> Result<Vec<SetAside>>;
    fn stamps(&self, scope: Scope<'_>, each: &mut EachStamps<'_>) -> Result<()>;
    fn version(&self) -> Result<u64>;
    fn feed_version(&self, audiences: &[Audience]) -> Result<u64>;
    fn feed(&self, audiences: &[Audience], after: u64, held: u64, limit: usize) -> Result<Vec<Entry>>;
    fn audiences(&self, id: RecordId) -> Result<Vec<Audience>>;
    fn was_destroyed(&self, id: RecordId) -> Result<bool>;
    fn log(&self, filter: &LogFilter, before: Option<u64>, limit: usize) -> Result<Vec<LogLine>>;
    fn log_walk(&self, each: &mut dyn FnMut(&LogLine) -> bool) -> Result<()>;
    fn log_head(&self) -> Result<Option<[u8; 32]>>;
    fn devices(&self) -> Result<Vec<Device>>;
    fn device_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Device>>;
    fn letters(&self) -> Result<Vec<OwnLetter>>;
    fn carried(&self) -> Result<Vec<Carried>>;
    fn carried_count(&self) -> Result<u64>;
    fn carried_letter(&self, id: LetterId) -> Result<Option<Vec<u8>>>;
    fn carried_receipt(&self, id: LetterId) -> Result<Option<Vec<u8>>>;
    fn letter_taken(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>>;
}

/// What changes nothing that the laws look at passes, if the power stays.
macro_rules! steps {
    ($self:ident, $change:expr) => {{
        $self.disk.step()?;
        $change
    }};
}

impl Writer for Transaction<'_> {
    fn put(
        &mut self,
        id: RecordId,
        kind: &Kind,
        name: &str,
        field: &Field,
        kept: Kept,
    ) -> Result<Put> {
        self.disk.step()?;
        let put = self.inner.put(id, kind, name, field, kept)?;
        if let Put::Taken(_) = put {
            let done = Done::Put(id, kind.clone(), name.to_owned(), field.clone(), kept);
            self.done.push(done);
        }
        Ok(put)
    }

    fn deliver(&mut self, id: RecordId, name: &str, stamp: Stamp, version: u64) -> Result<()> {
        self.disk.step()?;
        self.done.push(Done::Delivered(id, name.to_owned(), stamp));
        self.inner.deliver(id, name, stamp, version)
    }

    fn put_aside(&mut self, aside: &SetAside) -> Result<()> {
        self.disk.step()?;
        self.done.push(Done::Aside(aside.clone()));
        self.inner.put_aside(aside)
    }

    fn drop_aside(&mut self, record: RecordId, name: &str) -> Result<()> {
        self.disk.step()?;
        self.done.push(Done::Dropped(record, name.to_owned()));
        self.inner.drop_aside(record, name)
    }

    fn offer_again(&mut self, code: &str) -> Result<u64> {
        self.disk.step()?;
        self.done.push(Done::Offered(code.to_owned()));
        self.inner.offer_again(code)
    }

    fn restamp_waiting(&mut self, restamp: &mut dyn FnMut(&Kind, &str, &mut Field)) -> Result<u64> {
        self.disk.step()?;
        let done = &mut self.done;
        self.inner.restamp_waiting(&mut |kind, name, field| {
            let before = field.stamp;
            restamp(kind, name, field);
            done.push(Done::Restamped(before, field.clone()));
        })
    }

    fn forget(&mut self, id: RecordId) -> Result<()> {
        self.disk.step()?;
        self.done.push(Done::Forgotten(id));
        self.inner.forget(id)
    }

    fn forget_all_but(&mut self, kept: &BTreeSet<RecordId>) -> Result<u64> {
        steps!(self, self.inner.forget_all_but(kept))
    }

    fn note_put(&mut self, key: &str, value: Option<&str>) -> Result<()> {
        steps!(self, self.inner.note_put(key, value))
    }

    fn next_version(&mut self) -> Result<u64> {
        steps!(self, self.inner.next_version())
    }

    fn feed_put(&mut self, id: RecordId, audiences: &[Audience], version: u64) -> Result<()> {
        steps!(self, self.inner.feed_put(id, audiences, version))
    }

    fn log_append(&mut self, line: &LogLine) -> Result<u64> {
        steps!(self, self.inner.log_append(line))
    }

    fn device_put(&mut self, device: &Device) -> Result<()> {
        steps!(self, self.inner.device_put(device))
    }

    fn code_put(&mut self, code: &Code) -> Result<()> {
        steps!(self, self.inner.code_put(code))
    }

    fn code_take(&mut self, hash: &[u8; 32]) -> Result<Option<Code>> {
        steps!(self, self.inner.code_take(hash))
    }

    fn codes_delete(&mut self, person: PersonId) -> Result<()> {
        steps!(self, self.inner.codes_delete(person))
    }

    fn letter_put(&mut self, letter: &OwnLetter) -> Result<()> {
        steps!(self, self.inner.letter_put(letter))
    }

    fn letter_delete(&mut self, id: LetterId) -> Result<()> {
        steps!(self, self.inner.letter_delete(id))
    }

    fn carried_put(&mut self, carried: &Carried, letter: &[u8]) -> Result<bool> {
        steps!(self, self.inner.carried_put(carried, letter))
    }

    fn carried_settle(&mut self, id: LetterId, settled: &Settled, receipt: &[u8]) -> Result<()> {
        steps!(self, self.inner.carried_settle(id, settled, receipt))
    }

    fn carried_delete(&mut self, id: LetterId) -> Result<()> {
        steps!(self, self.inner.carried_delete(id))
    }

    fn letter_taken_put(
        &mut self,
        hash: &[u8; 32],
        at: i64,
        receipt: &[u8],
        oldest: i64,
    ) -> Result<()> {
        steps!(self, self.inner.letter_taken_put(hash, at, receipt, oldest))
    }

    fn commit(self: Box<Self>) -> Result<()> {
        let Self { inner, disk, done } = *self;
        disk.step()?;
        {
            let mut state = disk.state.lock().unwrap();
            if state.is_full {
                state.refused_full += 1;
                return Err(StoreError::Full("no space is left".into()));
            }
        }
        inner.commit()?;
        let mut state = disk.state.lock().unwrap();
        state.commits += 1;
        state.journal.extend(done);
        drop(state);
        // It is durable, but the one who waits for it may not hear of it any more.
        disk.step()
    }
}
