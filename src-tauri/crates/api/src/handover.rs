//! Handing over in a corridor, while the school's hub is out of reach: what a leader's device keeps of a tablet that it
//! meets.
//!
//! The letter is carried sealed; only the hub that it is for decides what counts. The copies are for the leader's eyes
//! until then: each is judged as the writing of the person whose tablet it is, kept only where leaders may read it, and
//! never sent on from here. At the next comparison with the hub whatever it refused is gone again
//! (`what_the_hub_refused_of_a_copy_is_gone_after_the_next_comparison`).

use alongside_domain::{Kind, Record};
use alongside_store::{Audience, Carried, Kept, Reader, Settled, Writer};
use alongside_sync::letter::Inside;
use alongside_sync::wire::{HandoverAnswer, HandoverRequest};
use alongside_sync::{Envelope, WireRecord, notes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use crate::accept::{self, Intake};
use crate::actor::Standing;
use crate::authority::{self, Way};
use crate::desk::{Changed, Desk};
use crate::exchange::wire_time;
use crate::facts::{Facts, Memo};
use crate::{Actor, ApiError, Code, Place};

/// How many days a letter that came to its end is remembered where it was carried.
const REMEMBERED_DAYS: i64 = 90;

/// What came of a handover.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handed {
    /// What the tablet is answered.
    pub answer: HandoverAnswer,
    /// Fields of copies that are kept, or were already.
    pub copies: u64,
    /// Fields of copies that may not stand, or are not for leaders to read.
    pub refused: u64,
    /// Letters that were not here yet.
    pub letters: u64,
}

/// What a leader sees of a walk: only these are handed over in clear.
fn is_copied(kind: &Kind) -> bool {
    matches!(kind, Kind::Observation | Kind::Share | Kind::Response)
}

/// Whether leaders read a record as it would then be.
fn is_for_leaders(facts: Facts<'_>, record: &Record) -> Result<bool, ApiError> {
    let readers = authority::readers(facts, record)?;
    Ok(readers.contains(&Audience::Leaders) || readers.contains(&Audience::Everyone))
}

impl Desk {
    /// What waits here of what leaders may read: the copies of a handover, in order of what they refer to.
    pub fn copies(&self) -> Result<Vec<WireRecord>, ApiError> {
        let reader = self.store().read()?;
        let mut copies = Vec::new();
        for record in reader.outbox(usize::MAX)? {
            let Some(held) = reader.head(record.id)? else {
                continue;
            };
            if is_copied(&record.kind) && is_for_leaders(Facts::new(&*reader), &held)? {
                copies.push(WireRecord {
                    id: record.id,
                    kind: record.kind,
                    version: None,
                    fields: record.fields,
                });
            }
        }
        Ok(copies)
    }

    /// Keeps what the tablet of `from` hands over to this device, and answers with the receipts that came back for it.
    ///
    /// The caller makes sure who `from` is: here everything is judged as theirs. Errors with [`Code::LetterForeign`] when
    /// a letter is not for the hub of this device, [`Code::LetterUnreadable`] when it is none or not from that tablet;
    /// then nothing is kept.
    pub fn keep_copies(&self, from: &Actor, request: &HandoverRequest) -> Result<Handed, ApiError> {
        let now = self.now();
        let mut writer = self.store().write()?;
        let standing = Standing::read(&*writer, *from)?;
        let mut handed = Handed {
            letters: carry(&mut *writer, from, &request.letter, now)?,
            ..Handed::default()
        };
        let mut changed = Changed::default();
        let mut order: Vec<&WireRecord> = request.copies.iter().collect();
        order.sort_by_key(|record| record.kind.order());
        for record in order {
            keep_copy(
                &mut *writer,
                &standing,
                now,
                record,
                &mut handed,
                &mut changed,
            )?;
        }
        if !changed.records.is_empty() {
            // Both sides differ now until the hub has the letter, or has refused it.
            writer.note_put(notes::CHECK, None)?;
        }
        handed.answer = HandoverAnswer {
            receipts: receipts(&*writer, from)?,
            time: wire_time(now),
        };
        writer.commit()?;
        self.tell(&changed);
        Ok(handed)
    }
}

/// Keeps one copy as though it had come from the hub, so that nothing of it is ever sent from here.
fn keep_copy(
    writer: &mut dyn Writer,
    standing: &Standing,
    now: DateTime<Utc>,
    record: &WireRecord,
    handed: &mut Handed,
    changed: &mut Changed,
) -> Result<(), ApiError> {
    let fields = record.fields.len() as u64;
    let held = writer.get(record.id)?;
    let would_be = accept::candidate(held.as_ref(), record);
    if !is_copied(&record.kind) || !is_for_leaders(Facts::new(&*writer), &would_be)? {
        handed.refused += fields;
        return Ok(());
    }
    // Judged as the hub will: by its rules for what comes over the wire, and for stamps that run ahead.
    let memo = Memo::default();
    let intake = Intake {
        standing,
        now,
        place: Place::Hub,
        way: Way::Wire,
        seen: None,
        memo: &memo,
    };
    let (taken, refused) = accept::judge(writer, intake, held.as_ref(), record)?;
    let taken: Vec<_> = taken
        .into_iter()
        .map(|(name, field)| (name.clone(), field.clone()))
        .collect();
    handed.refused += refused.len() as u64;
    for (name, field) in &taken {
        let put = writer.put(record.id, &record.kind, name, field, Kept::At(1))?;
        if let alongside_domain::Put::Taken(_) = put {
            changed.records.insert(record.id);
            changed.kinds.insert(record.kind.clone());
        }
        handed.copies += 1;
    }
    Ok(())
}

/// Takes letters along for the hub of this device.
fn carry(
    writer: &mut dyn Writer,
    from: &Actor,
    letter: &str,
    now: DateTime<Utc>,
) -> Result<u64, ApiError> {
    let now = now.timestamp_millis();
    let oldest = now - chrono::Duration::days(REMEMBERED_DAYS).num_milliseconds();
    for old in writer.carried()? {
        if old.settled != Settled::NotYet && old.taken_at < oldest {
            writer.carried_delete(old.letter)?;
        }
    }
    if letter.is_empty() {
        return Ok(0);
    }
    let file = STANDARD.decode(letter).map_err(|_| {
        ApiError::new(
            Code::LetterUnreadable,
            "What the tablet handed over was not whole. Try again; nothing is lost there.",
        )
    })?;
    let mut letters = 0;
    for envelope in Envelope::read_all(&file)? {
        if envelope.device != from.device || envelope.person != from.person {
            return Err(ApiError::new(
                Code::LetterUnreadable,
                "This letter does not come from the device that hands it over. Let each device hand over its own.",
            ));
        }
        letters += u64::from(take_along(writer, &envelope, now)?);
    }
    Ok(letters)
}

/// Takes one letter along. Returns whether it was new here.
pub(crate) fn take_along(
    writer: &mut dyn Writer,
    envelope: &Envelope,
    now: i64,
) -> Result<bool, ApiError> {
    if envelope.inside != Inside::Letter {
        return Err(ApiError::new(
            Code::LetterUnreadable,
            "This is a receipt. Open it on the device whose letter it answers.",
        ));
    }
    let hub = notes::hub_id(&*writer)?.ok_or_else(|| {
        ApiError::new(
            Code::NoHub,
            "This device has not joined a hub, so it cannot bring anything there. Join with a code first.",
        )
    })?;
    if envelope.hub != hub {
        return Err(ApiError::new(
            Code::LetterForeign,
            "This letter is for another hub than the one this device has joined, so it cannot be carried here.",
        ));
    }
    let carried = Carried {
        letter: envelope.letter,
        hub: envelope.hub,
        device: envelope.device,
        person: envelope.person,
        made_at: i64::try_from(envelope.made_at).unwrap_or(i64::MAX),
        taken_at: now,
        settled: Settled::NotYet,
    };
    Ok(writer.carried_put(&carried, &envelope.to_bytes())?)
}

/// The receipts that came back for the letters of a device.
fn receipts(reader: &dyn Reader, from: &Actor) -> Result<Vec<String>, ApiError> {
    let mut receipts = Vec::new();
    for carried in reader.carried()? {
        if carried.device == from.device
            && let Some(receipt) = reader.carried_receipt(carried.letter)?
        {
            receipts.push(STANDARD.encode(receipt));
        }
    }
    Ok(receipts)
}
