//! Pulling again from the start, when both sides hold different records although nothing waits.
//!
//! The hub decides what there is, and this device never throws away what its own person wrote while the hub may have
//! lost it. The pages of such a pull are merged in as they come, the cursor untouched; the last one, in its
//! transaction, also
//! - lets writings of this device wait again that the hub shows its record without (`what_the_hub_lost_is_sent_again`),
//!   and, when the hub was brought back from before this device's receipts or it is another hub than before, those of
//!   records it lacks altogether;
//! - lets wait again what had been set aside of a record that is built anew;
//! - drops delivered values of others that the hub does not show, and records it does not show
//!   (`what_the_hub_no_longer_shows_is_forgotten`).
//!
//! Cut off before that, the next comparison starts it again.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::{Field, Kind, PersonId, Record, RecordId, Stamp};
use alongside_store::{Kept, Scope, Writer};

use crate::apply::Applied;
use crate::{SyncAnswer, SyncError, WireRecord, notes};

/// What the pages of one pull from the start have shown so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Every record shown.
    ids: BTreeSet<RecordId>,
    /// Those of which this device holds more than was shown.
    lacking: Vec<WireRecord>,
}

impl Seen {
    /// Takes note of a page before it is merged in.
    pub fn page(&mut self, writer: &dyn Writer, answer: &SyncAnswer) -> Result<(), SyncError> {
        for record in &answer.records {
            self.ids.insert(record.id);
            let Some(held) = writer.get(record.id)? else {
                continue;
            };
            let is_lacking = held
                .fields
                .iter()
                .any(|(name, field)| lacks(record, name, field.stamp));
            if is_lacking {
                self.lacking.push(record.clone());
            }
        }
        Ok(())
    }
}

fn lacks(shown: &WireRecord, name: &str, stamp: Stamp) -> bool {
    shown
        .fields
        .get(name)
        .is_none_or(|field| field.stamp < stamp)
}

/// Makes the device hold what was shown, in the transaction of the last page. `own` is the end of this device's stamps.
pub(crate) fn reconcile(
    writer: &mut dyn Writer,
    mut seen: Seen,
    cursor: u64,
    own: [u8; 6],
    applied: &mut Applied,
) -> Result<(), SyncError> {
    let asides = writer.set_aside()?;
    let has_hub_less = cursor < notes::cursor(writer)? || writer.note(notes::HUB_MOVED)?.is_some();
    let own = Own {
        device: own,
        person: notes::person(writer)?.filter(|_| has_hub_less),
    };
    let delivered = delivered_stamps(writer)?;
    for shown in std::mem::take(&mut seen.lacking) {
        let stamps = delivered.get(&shown.id);
        let is_extra = |name: &str, stamp: Stamp| {
            let is_delivered = stamps.is_some_and(|stamps| stamps.get(name) == Some(&stamp));
            is_delivered && lacks(&shown, name, stamp)
        };
        rebuild(
            writer,
            shown.id,
            Some(&shown),
            &own,
            cursor,
            &is_extra,
            applied,
        )?;
    }
    if has_hub_less {
        for (id, stamps) in delivered.iter().filter(|(id, _)| !seen.ids.contains(id)) {
            let is_extra = |name: &str, stamp: Stamp| stamps.get(name) == Some(&stamp);
            rebuild(writer, *id, None, &own, cursor, &is_extra, applied)?;
        }
    }
    for id in delivered.keys().filter(|id| !seen.ids.contains(id)) {
        if let Some(kind) = writer.kind(*id)? {
            applied.changed.insert(*id, kind);
        }
    }
    applied.forgotten += writer.forget_all_but(&seen.ids)?;
    // What was set aside of a record goes with it. Where the hub has not said that the record is gone, it is judged again.
    let left = writer.set_aside()?;
    for aside in asides.iter().filter(|aside| !left.contains(aside)) {
        if has_hub_less || seen.ids.contains(&aside.record) {
            let (id, kind) = (aside.record, &aside.kind);
            writer.put(id, kind, &aside.name, &aside.field, Kept::Waiting)?;
        }
    }
    writer.note_put(notes::CURSOR, Some(&cursor.to_string()))?;
    writer.note_put(notes::HELD, Some(&cursor.to_string()))?;
    Ok(())
}

/// What this device sends again.
struct Own {
    /// What it stamped.
    device: [u8; 6],
    /// Where the hub holds less than it did: also what this person wrote alone, on whichever of their devices. Each of
    /// them would else send its half, of which the hub makes no record.
    person: Option<PersonId>,
}

impl Own {
    fn is_sole_writer(&self, kind: &Kind, fields: &BTreeMap<String, Field>) -> bool {
        let named = kind.sole_writer_field().and_then(|name| fields.get(name));
        self.person.is_some_and(|own| {
            named.and_then(|field| field.value.as_str()) == Some(own.to_string().as_str())
        })
    }
}

/// Builds one record anew without its delivered extras: those of this device wait again, those of others are dropped.
fn rebuild(
    writer: &mut dyn Writer,
    id: RecordId,
    shown: Option<&WireRecord>,
    own: &Own,
    cursor: u64,
    is_extra: &dyn Fn(&str, Stamp) -> bool,
    applied: &mut Applied,
) -> Result<(), SyncError> {
    let Some(Record { kind, fields, .. }) = writer.get(id)? else {
        return Ok(());
    };
    let is_ours = own.is_sole_writer(&kind, &fields);
    let extras: BTreeMap<String, Field> = fields
        .into_iter()
        .filter(|(name, field)| is_extra(name, field.stamp))
        .collect();
    let again: Vec<_> = extras
        .iter()
        .filter(|(_, field)| is_ours || field.stamp.device() == own.device)
        .collect();
    // One that is not shown at all and has nothing of this device is forgotten with the others.
    if extras.is_empty() || (shown.is_none() && again.is_empty()) {
        return Ok(());
    }
    // What waits is kept by this.
    writer.forget(id)?;
    if let Some(shown) = shown {
        let kept = Kept::At(shown.version.unwrap_or(cursor).max(1));
        for (name, field) in &shown.fields {
            writer.put(id, &kind, name, field, kept)?;
        }
    }
    for (name, field) in again {
        writer.put(id, &kind, name, field, Kept::Waiting)?;
    }
    applied.changed.insert(id, kind);
    Ok(())
}

fn delivered_stamps(
    writer: &dyn Writer,
) -> Result<BTreeMap<RecordId, BTreeMap<String, Stamp>>, SyncError> {
    let mut delivered = BTreeMap::new();
    writer.stamps(Scope::Delivered, &mut |id, fields| {
        let fields = fields
            .iter()
            .map(|(name, stamp)| ((*name).to_owned(), *stamp));
        delivered.insert(id, fields.collect());
    })?;
    Ok(delivered)
}
