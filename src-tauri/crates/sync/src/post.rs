//! The device's side of a letter: what waits is written into one for the hub, and what its receipt says is kept.
//!
//! Laws, each with its test in this workspace's `tests/`:
//! - writing a letter changes nothing that waits: only the hub's receipt does (`a_letter_that_is_lost_loses_nothing`);
//! - a receipt does what the answer of a sync would have done, in one transaction, by the same code;
//! - read twice it changes nothing the second time (`a_receipt_read_twice_changes_nothing`);
//! - what a hub acknowledged and lost since is sent again (`what_a_hub_acknowledged_by_receipt_and_lost_is_sent_again`);
//! - what was written anew since goes on waiting (`what_was_written_since_goes_on_waiting`).

use alongside_domain::{DeviceId, HubId, LetterId, PersonId, Record};
use alongside_store::{OwnLetter, Reader, Store, Writer};
use uuid::Uuid;

use crate::apply::{self, Applied};
use crate::letter::REQUEST_LIMIT;
use crate::{
    DeviceClock, Envelope, FieldRefusal, Letter, LetterError, LetterIdentity, LetterKey, Receipt,
    RecordResult, SyncAnswer, SyncError, SyncRequest, WireRecord, notes, plan,
};

/// How many days it is remembered that a letter was written.
const REMEMBERED_DAYS: i64 = 90;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Letters just written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Each in its envelope, in the order of what they refer to.
    pub letters: Vec<Envelope>,
    /// How many fields are in them.
    pub changes: u64,
    /// In how many records.
    pub records: u64,
}

/// Why no letter was written, or a receipt not kept.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// This space has not joined a hub, so there is nobody to write to.
    #[error(
        "This device has not joined a hub yet, so there is nobody to send to. Join with a code from a leader first."
    )]
    NoHub,
    /// The hub has not told to what its letters are sealed.
    #[error(
        "This device does not yet know how to seal anything for its hub. Let it reach the hub once, then this works without a network."
    )]
    NoKey,
    /// It could not be read or sealed.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// No letter of this device has this receipt.
    #[error(
        "This receipt is not for a letter of yours on this device. Open it on the device that made the letter."
    )]
    NotMine,
    /// The letter was made here, but the receipt does not come from the hub that could read it.
    #[error(
        "This receipt does not come from your hub, so nothing of it was kept. What waits here goes on waiting."
    )]
    Forged,
    /// The store could not keep it.
    #[error(transparent)]
    Store(#[from] alongside_store::StoreError),
    /// What was in the receipt could not be kept.
    #[error("{}", .0.message())]
    Sync(SyncError),
}

impl From<SyncError> for PostError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) => Self::Store(error),
            error => Self::Sync(error),
        }
    }
}

/// Writes what waits in `store` into letters for its hub, and remembers what opens their receipts. Nothing is taken out
/// of what waits. `None` when nothing waits.
pub fn write(store: &dyn Store, clock: &DeviceClock) -> Result<Option<Written>, PostError> {
    let now_ms = clock.now_ms();
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let mut writer = store.write()?;
    let from = Sender::read(&*writer)?;
    let waiting = writer.outbox(usize::MAX)?;
    let batches = batches(waiting);
    if batches.is_empty() {
        return Ok(None);
    }
    for old in writer.letters()? {
        if now - old.made_at > REMEMBERED_DAYS * DAY_MS {
            writer.letter_delete(old.id)?;
        }
    }
    let mut written = Written {
        letters: Vec::new(),
        changes: 0,
        records: 0,
    };
    for records in batches {
        let request = SyncRequest {
            records,
            ..SyncRequest::default()
        };
        let (changes, records) = (
            plan::sent_count(&request) as u64,
            request.records.len() as u64,
        );
        let identity = LetterIdentity::generate();
        let letter = Letter {
            id: LetterId::from_uuid(Uuid::now_v7()),
            hub: from.hub,
            device: from.device,
            person: from.person,
            token: from.token.clone(),
            made_at: now_ms,
            reply_to: identity.key().to_string(),
            request,
        };
        written.letters.push(letter.seal(&from.key)?);
        written.changes += changes;
        written.records += records;
        writer.letter_put(&OwnLetter {
            id: letter.id,
            made_at: now,
            identity: identity.text(),
            changes,
            records,
            answered_at: None,
        })?;
    }
    writer.commit()?;
    Ok(Some(written))
}

/// Who writes, and to whom.
struct Sender {
    hub: HubId,
    device: DeviceId,
    person: PersonId,
    token: String,
    key: LetterKey,
}

impl Sender {
    fn read(reader: &dyn Reader) -> Result<Self, PostError> {
        let (Some(hub), Some(token), Some(device), Some(person)) = (
            notes::hub_id(reader)?,
            reader.note(notes::HUB_TOKEN)?,
            notes::device(reader)?,
            notes::person(reader)?,
        ) else {
            return Err(PostError::NoHub);
        };
        let key = reader.note(notes::LETTER_KEY)?;
        let key = key.and_then(|key| key.parse().ok());
        Ok(Self {
            hub,
            device,
            person,
            token,
            key: key.ok_or(PostError::NoKey)?,
        })
    }
}

/// What waits, in as many calls as it takes: each within the limits of a letter and of a call. A value that fits none
/// is left for a sync, which sets it aside.
fn batches(waiting: Vec<Record>) -> Vec<Vec<WireRecord>> {
    let mut batches: Vec<Vec<WireRecord>> = Vec::new();
    let mut bytes_left = 0;
    for record in waiting {
        let base = plan::record_size(&record.kind);
        let mut fields: Vec<_> = record.fields.into_iter().collect();
        // What was written first goes first: what names the visit and the observer before the marks.
        fields.sort_by_key(|(_, field)| field.stamp);
        for (name, field) in fields {
            let size = plan::field_size(&name, &field);
            if base + size > REQUEST_LIMIT {
                continue;
            }
            let is_begun = batches
                .last()
                .and_then(|batch| batch.last())
                .is_some_and(|last| last.id == record.id);
            let needed = size + if is_begun { 0 } else { base };
            let is_full = batches
                .last()
                .is_none_or(|batch| !is_begun && batch.len() >= crate::wire::RECORDS_LIMIT);
            if is_full || needed > bytes_left {
                batches.push(Vec::new());
                bytes_left = REQUEST_LIMIT;
            }
            let Some(batch) = batches.last_mut() else {
                continue;
            };
            if batch.last().is_none_or(|last| last.id != record.id) {
                batch.push(WireRecord {
                    id: record.id,
                    kind: record.kind.clone(),
                    version: None,
                    fields: Default::default(),
                });
                bytes_left = bytes_left.saturating_sub(base);
            }
            if let Some(last) = batch.last_mut() {
                last.fields.insert(name, field);
                bytes_left = bytes_left.saturating_sub(size);
            }
        }
    }
    batches
}

/// What a receipt changed here.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// What it says is kept.
    Now(Applied),
    /// It was read before; nothing changed.
    Before,
}

/// Keeps what a receipt says, in one transaction.
///
/// Errors with [`PostError::NotMine`] when its letter was not written here, and [`PostError::Forged`] when it was not
/// sealed by who could open that letter.
pub fn keep_receipt(
    store: &dyn Store,
    clock: &DeviceClock,
    envelope: &Envelope,
) -> Result<Kept, PostError> {
    let mut writer = store.write()?;
    let own = writer.letters()?;
    let mut own = own
        .into_iter()
        .find(|own| own.id == envelope.letter)
        .ok_or(PostError::NotMine)?;
    if own.answered_at.is_some() {
        return Ok(Kept::Before);
    }
    let identity: LetterIdentity = own.identity.parse()?;
    let receipt = envelope
        .open_receipt(&identity)
        .map_err(|error| match error {
            LetterError::WrongKey => PostError::Forged,
            error => error.into(),
        })?;
    let mark = receipt.mark.clone();
    let (request, answer) = as_sync(&*writer, receipt)?;
    apply::validate(&request, &answer)?;
    let now_ms = clock.now_ms();
    let mut applied = Applied::default();
    apply::keep_receipts(&mut *writer, &request, &answer, now_ms, &mut applied)?;
    if applied.delivered > 0 {
        writer.note_put(notes::CHECK, None)?;
        keep_mark(&mut *writer, mark)?;
    }
    own.answered_at = Some(i64::try_from(now_ms).unwrap_or(i64::MAX));
    own.identity = String::new();
    writer.letter_put(&own)?;
    writer.commit()?;
    if applied.forgotten > 0
        && let Err(error) = store.scrub()
    {
        tracing::warn!(%error, "what was forgotten may still be found in the file");
    }
    Ok(Kept::Now(applied))
}

/// Keeps the place in the hub's log that a receipt tells, unless this device was told a later one. The hub says at the
/// next sync whether its log still has it; if not, what it had acknowledged is offered again.
fn keep_mark(writer: &mut dyn Writer, mark: Option<String>) -> Result<(), PostError> {
    let line = |mark: &str| mark.split_once('-')?.0.parse::<u64>().ok();
    let Some(mark) = mark else {
        return Ok(());
    };
    let told = writer.note(notes::MARK)?;
    let is_later = told.is_none_or(|told| line(&told) < line(&mark));
    if is_later {
        writer.note_put(notes::MARK, Some(&mark))?;
    }
    Ok(())
}

/// The call that a receipt answers, as far as it still waits here, and the answer it is to it.
fn as_sync(reader: &dyn Reader, receipt: Receipt) -> Result<(SyncRequest, SyncAnswer), PostError> {
    let (mut request, mut answer) = (SyncRequest::default(), SyncAnswer::default());
    for line in receipt.results {
        // What is not here any more was forgotten, and has nothing waiting.
        let Some(held) = reader.get(line.id)? else {
            continue;
        };
        let mut sent = WireRecord {
            id: line.id,
            kind: held.kind.clone(),
            version: None,
            fields: Default::default(),
        };
        let mut take = |name: &String, stamp| {
            let standing = held.fields.get(name);
            let value = match standing {
                Some(field) if field.stamp == stamp => field.value.clone(),
                _ => serde_json::Value::Null,
            };
            let field = alongside_domain::Field { value, stamp };
            sent.fields.insert(name.clone(), field);
            name.clone()
        };
        let accepted = line.accepted.iter().map(|one| take(&one.field, one.stamp));
        let accepted = accepted.collect();
        let superseded = line
            .superseded
            .iter()
            .map(|one| take(&one.field, one.stamp));
        let superseded = superseded.collect();
        let refused = line.refused.into_iter().map(|one| FieldRefusal {
            field: take(&one.field, one.stamp),
            code: one.code,
            message: one.message,
        });
        answer.results.push(RecordResult {
            id: line.id,
            version: line.version,
            accepted,
            superseded,
            refused: refused.collect(),
        });
        request.records.push(sent);
    }
    Ok((request, answer))
}
