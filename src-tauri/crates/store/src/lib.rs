//! Where records are kept.
//!
//! One trait, [`Store`], and its bodies: [`sqlite`] today. Everything that reads goes through a [`Reader`], a consistent
//! snapshot; everything that writes goes through a [`Writer`], one transaction that is durable when
//! [`commit`](Writer::commit) returns and gone without it. All SQL of the product is in this crate; what may be written
//! by whom is not (`api`), nor is the merge itself (`domain`).
//!
//! A device's store and a hub's have the same tables. On a device a field waits (version 0) until the hub's receipt
//! gives it a version; on a hub every field has one. The feed, the log, devices and pairing codes are the hub's.

mod error;
mod key;
mod model;
pub mod sqlite;

use std::path::Path;

use alongside_domain::{DeviceId, Field, Kind, LetterId, PersonId, Put, Record, RecordId, Stamp};

pub use error::StoreError;
pub use key::StoreKey;
pub use model::{
    Audience, Carried, Code, Device, DeviceKind, Entry, Kept, LogFilter, LogLine, OwnLetter, Past,
    Scope, SetAside, Settled, Wanted,
};

/// What every call here can end with.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Called with a record and the names and stamps of its fields.
pub type EachStamps<'a> = dyn FnMut(RecordId, &[(&str, Stamp)]) + 'a;

/// A place where the records of one space (one person's device, or one school's hub) are kept.
pub trait Store: Send + Sync {
    /// Opens a consistent snapshot. Readers do not wait for the writer.
    fn read(&self) -> Result<Box<dyn Reader + '_>>;

    /// Opens the one transaction that may write. Waits for the one before to end.
    fn write(&self) -> Result<Box<dyn Writer + '_>>;

    /// Writes a whole, consistent copy to `path` while the store is in use, and reads it back.
    ///
    /// Errors when `path` exists, cannot be written, or when what was read back is not what was written.
    fn back_up(&self, path: &Path) -> Result<()>;

    /// Leaves nothing in the storage of what was forgotten or superseded and taken out (R20): rows that are gone are not
    /// only free space, and no log beside the file holds them still. Takes as long as copying the store.
    ///
    /// Returns false when somebody is still reading what was there before; then it is to be asked again later.
    fn scrub(&self) -> Result<bool>;

    /// The records of a kind with a text for each of the words [wanted](Wanted), about the latest first. A word is met by
    /// its beginning; which fields hold words, and how they are compared, `domain::search` says.
    ///
    /// What is found is a hint: whoever shows it reads the record, and asks again who may read it. The first search after
    /// a start is slower; one with no words finds nothing and makes the next one fast.
    fn search(&self, wanted: &Wanted<'_>) -> Result<Vec<RecordId>>;

    /// What is wrong with the storage itself: one sentence each; empty when it is whole.
    fn check(&self) -> Result<Vec<String>>;
}

/// Reads from one snapshot.
pub trait Reader {
    /// One record with all its fields.
    fn get(&self, id: RecordId) -> Result<Option<Record>>;

    /// The same with the fields of its head only (see [`Record::is_of_head`]).
    fn head(&self, id: RecordId) -> Result<Option<Record>>;

    /// The kind a record was first written with.
    fn kind(&self, id: RecordId) -> Result<Option<Kind>>;

    /// All records of a kind, in order of id.
    fn list(&self, kind: &Kind) -> Result<Vec<Record>>;

    /// The records of a kind that belong to `parent` (see [`Kind::parent_field`]), in order of id.
    fn list_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>>;

    /// The same records with the fields of their heads only.
    fn heads_under(&self, kind: &Kind, parent: RecordId) -> Result<Vec<Record>>;

    /// The writings of a record that were superseded, latest stamp first.
    fn history(&self, id: RecordId) -> Result<Vec<Past>>;

    /// The greatest stamp of what stands or stood here, waiting or not. What was set aside does not count.
    fn last_stamp(&self) -> Result<Option<Stamp>>;

    /// A small fact about this install, kept under a key.
    fn note(&self, key: &str) -> Result<Option<String>>;

    // The device's side of a sync.

    /// Records with those of their fields that wait for a receipt: what they refer to comes first, at most `limit`.
    fn outbox(&self, limit: usize) -> Result<Vec<Record>>;

    /// Whether anything of a record waits for a receipt.
    fn is_waiting(&self, id: RecordId) -> Result<bool>;

    /// How many fields wait for a receipt.
    fn outbox_count(&self) -> Result<u64>;

    /// What a hub refused, latest first.
    fn set_aside(&self) -> Result<Vec<SetAside>>;

    /// Calls `each` for every record in `scope`, in order of id, with the name and stamp of each of its delivered
    /// fields in order of name. Records without any are left out. Where a waiting writing stands above a delivered one,
    /// the delivered one is meant: it is what the hub has.
    fn stamps(&self, scope: Scope<'_>, each: &mut EachStamps<'_>) -> Result<()>;

    // Letters: what goes to a hub without a network.

    /// The letters made here, latest first.
    fn letters(&self) -> Result<Vec<OwnLetter>>;

    /// The letters carried for others, those taken first at the head.
    fn carried(&self) -> Result<Vec<Carried>>;

    /// How many letters of others have not been at their hub yet.
    fn carried_count(&self) -> Result<u64>;

    /// A letter that is carried, as it lies in a file; none once the hub has taken it.
    fn carried_letter(&self, id: LetterId) -> Result<Option<Vec<u8>>>;

    /// The receipt of a letter that was carried, as it lies in a file, once there is one.
    fn carried_receipt(&self, id: LetterId) -> Result<Option<Vec<u8>>>;

    /// On a hub: the receipt that was given for the letter whose sealed bytes have this SHA-256.
    fn letter_taken(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>>;

    // The hub's side.

    /// The newest version given to a change of this school.
    fn version(&self) -> Result<u64>;

    /// The newest version at which anything changed for a reader of these audiences.
    fn feed_version(&self, audiences: &[Audience]) -> Result<u64>;

    /// What is new after `after` for a reader of these audiences, in order of version, at most `limit` records.
    ///
    /// `held` is up to where the reader holds its feed entire, and less than `after` in the middle of a pull of several
    /// pages: a record met on a later page may have changed since, and its older fields been on no page. An entry holds
    /// the fields newer than `held`, or all of them when the record came into the reader's sight after `held`; it is a
    /// forget when the record is in none of the audiences any more. Nothing is said of a record with nothing new, nor
    /// of one to forget when `after` is 0.
    fn feed(
        &self,
        audiences: &[Audience],
        after: u64,
        held: u64,
        limit: usize,
    ) -> Result<Vec<Entry>>;

    /// Who reads a record now.
    fn audiences(&self, id: RecordId) -> Result<Vec<Audience>>;

    /// Whether a record that had readers was forgotten here. Nothing may be written to it again: a reader who has not
    /// pulled since would join the new fields to the destroyed ones.
    fn was_destroyed(&self, id: RecordId) -> Result<bool>;

    /// Lines of the log, newest first, at most `limit`, older than `before` (a sequence number) where given.
    fn log(&self, filter: &LogFilter, before: Option<u64>, limit: usize) -> Result<Vec<LogLine>>;

    /// Calls `each` for every line of the log, oldest first, until it says stop by returning `false`.
    fn log_walk(&self, each: &mut dyn FnMut(&LogLine) -> bool) -> Result<()>;

    /// The hash of the newest line of the log.
    fn log_head(&self) -> Result<Option<[u8; 32]>>;

    /// All devices and browsers that were ever let in.
    fn devices(&self) -> Result<Vec<Device>>;

    /// One device or browser.
    fn device(&self, id: DeviceId) -> Result<Option<Device>> {
        Ok(self.devices()?.into_iter().find(|device| device.id == id))
    }

    /// The device whose token has this hash.
    fn device_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<Device>>;
}

/// Writes in one transaction. Dropped without [`commit`](Self::commit), nothing of it remains.
pub trait Writer: Reader {
    /// Puts one writing into a record, which is made when it is not there. The value it supersedes, or it itself when
    /// a later one stands, goes to the history.
    ///
    /// A waiting value that is superseded by a delivered one no longer waits.
    fn put(
        &mut self,
        id: RecordId,
        kind: &Kind,
        name: &str,
        field: &Field,
        kept: Kept,
    ) -> Result<Put>;

    /// Notes that the hub has this writing: it waits no longer. Where another writing stands by now, that one goes on
    /// waiting, and this one is what [`put_aside`](Self::put_aside) would bring back.
    fn deliver(&mut self, id: RecordId, name: &str, stamp: Stamp, version: u64) -> Result<()>;

    /// Takes a refused writing out of its record, brings back the latest delivered value, and keeps the refused one
    /// with its reason. Nothing happens when another writing stands by now.
    fn put_aside(&mut self, aside: &SetAside) -> Result<()>;

    /// Drops a refused writing for good, at the person's wish.
    fn drop_aside(&mut self, record: RecordId, name: &str) -> Result<()>;

    /// Lets refused writings with this code wait again: a newer hub may take them. Returns how many.
    fn offer_again(&mut self, code: &str) -> Result<u64>;

    /// Stamps everything that waits anew, in order of its stamps; its value may change with it. Returns how many.
    fn restamp_waiting(&mut self, restamp: &mut dyn FnMut(&Kind, &str, &mut Field)) -> Result<u64>;

    /// Removes a record, its history and what was set aside of it, from this device. What waits is kept.
    fn forget(&mut self, id: RecordId) -> Result<()>;

    /// Removes every delivered record that is not among `kept` (a pull from the start has shown all there is).
    fn forget_all_but(&mut self, kept: &std::collections::BTreeSet<RecordId>) -> Result<u64>;

    /// Keeps a small fact about this install; `None` takes it away.
    fn note_put(&mut self, key: &str, value: Option<&str>) -> Result<()>;

    /// Keeps a letter made here, new or with its receipt.
    fn letter_put(&mut self, letter: &OwnLetter) -> Result<()>;

    /// Forgets a letter made here. What waits goes on waiting.
    fn letter_delete(&mut self, id: LetterId) -> Result<()>;

    /// Takes a letter along, as it lies in a file. Returns whether it was new here; one that is known stays as it is.
    fn carried_put(&mut self, carried: &Carried, letter: &[u8]) -> Result<bool>;

    /// Notes what came of a letter that is carried. With its `receipt`, as it lies in a file, it need not be carried any
    /// more; refused, it is kept.
    fn carried_settle(&mut self, id: LetterId, settled: &Settled, receipt: &[u8]) -> Result<()>;

    /// Forgets a letter that was carried, with its receipt.
    fn carried_delete(&mut self, id: LetterId) -> Result<()>;

    /// On a hub: keeps the receipt given `at` this time for a letter, and forgets those given before `oldest`
    /// (milliseconds since 1970).
    fn letter_taken_put(
        &mut self,
        hash: &[u8; 32],
        at: i64,
        receipt: &[u8],
        oldest: i64,
    ) -> Result<()>;

    /// The next version of the school.
    fn next_version(&mut self) -> Result<u64>;

    /// Sets who reads a record, and enters it at `version` into the feed of all who do or did. Nothing happens to a
    /// record that is not there.
    ///
    /// Each call takes a version of its own: pages end between versions.
    fn feed_put(&mut self, id: RecordId, audiences: &[Audience], version: u64) -> Result<()>;

    /// Adds a line at the end of the log and returns its sequence number.
    fn log_append(&mut self, line: &LogLine) -> Result<u64>;

    /// Keeps a device, new or changed.
    fn device_put(&mut self, device: &Device) -> Result<()>;

    /// Keeps a pairing code. Only its hash is stored.
    fn code_put(&mut self, code: &Code) -> Result<()>;

    /// Uses a pairing code up: returns it if it was there and unused. Whether it is still in time the caller judges.
    fn code_take(&mut self, hash: &[u8; 32]) -> Result<Option<Code>>;

    /// Removes every pairing code of a person, used or not.
    fn codes_delete(&mut self, person: PersonId) -> Result<()>;

    /// Makes everything durable. When this returns, a power cut cannot take it back.
    fn commit(self: Box<Self>) -> Result<()>;
}
