//! What one answer changes on the device, in one transaction: receipts, the clock, what is new, what is to be
//! forgotten, and the cursor.
//!
//! Laws, each with its test in this crate's `tests/`:
//! - a writing waits until its receipt is stored, and the receipt is stored with all else that the answer changes
//!   (`a_cut_anywhere_loses_nothing`);
//! - the same answer twice changes nothing the second time (`an_answer_heard_twice_changes_nothing`);
//! - what the hub has destroyed is set aside nowhere (`what_the_hub_has_destroyed_is_not_set_aside`);
//! - one refused writing is set aside and takes nothing with it (`a_refused_field_is_set_aside_and_the_rest_goes`);
//! - what is stamped anew keeps its order (`what_waits_is_stamped_anew_in_order`).

use std::collections::BTreeMap;

use alongside_domain::field::shape_of;
use alongside_domain::setting::moment_of;
use alongside_domain::{Kind, Put, RecordId, Shape, Stamp};
use alongside_store::{Kept, Reader, Scope, SetAside, Writer};

use crate::clock::{SKEW_LIMIT_MS, Settling};
use crate::{SyncAnswer, SyncError, SyncRequest, notes, refused};

/// A note of the last answer need not be more exact than this when nothing else is written.
const RECEIVED_AT_EXACT_MS: u64 = 60_000;

/// What an answer changed on this device.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Applied {
    /// Fields the hub now holds.
    pub delivered: u64,
    /// What was refused and set aside.
    pub set_aside: Vec<SetAside>,
    /// Records that came.
    pub pulled: u64,
    /// Records that read otherwise than before, with their kinds: screens that show them read again.
    pub changed: BTreeMap<RecordId, Kind>,
    /// Fields the hub found written by a wrong clock; they wait, stamped anew.
    pub ahead: u64,
    /// Fields that were stamped anew.
    pub restamped: u64,
    /// Fields sent that the answer says nothing about; they go on waiting.
    pub unanswered: u64,
    /// Records that are gone from here: destroyed, or out of this person's sight.
    pub forgotten: u64,
}

impl Applied {
    /// Whether every field sent has its receipt or its refusal, and none is to be sent again at once.
    pub(crate) fn is_settled(&self) -> bool {
        self.unanswered == 0 && self.ahead == 0
    }
}

/// Refuses an answer that is not one to `request`. Nothing of it may be applied.
pub fn validate(request: &SyncRequest, answer: &SyncAnswer) -> Result<(), SyncError> {
    let garbled = |why: &str| Err(SyncError::Garbled(why.into()));
    if answer
        .results
        .iter()
        .any(|result| result.version == 0 && !result.accepted.is_empty())
    {
        return garbled("a receipt without a version");
    }
    // One that has lost its receipts says nothing else: see `Engine::sync`.
    if let Some(after) = request.after.filter(|_| !answer.has_lost) {
        let Some(cursor) = answer.cursor else {
            return garbled("no cursor");
        };
        if answer.more && cursor <= after {
            return garbled("a page that does not go on");
        }
    }
    Ok(())
}

/// Applies `answer` to `request`. The caller has [validated](validate) it and commits `writer`; `clock` counts only
/// once that is done.
pub(crate) fn apply(
    writer: &mut dyn Writer,
    request: &SyncRequest,
    answer: &SyncAnswer,
    clock: &mut Settling,
) -> Result<Applied, SyncError> {
    let mut applied = Applied::default();
    keep_receipts(writer, request, answer, clock.now_ms(), &mut applied)?;
    settle_clock(writer, clock, &mut applied)?;
    keep_pulled(writer, answer, clock, &mut applied)?;
    if applied.delivered > 0 || applied.pulled > 0 || !answer.forget.is_empty() {
        writer.note_put(notes::CHECK, None)?;
    }
    if let (Some(_), Some(cursor)) = (request.after, answer.cursor) {
        writer.note_put(notes::CURSOR, Some(&cursor.to_string()))?;
        if !answer.more {
            writer.note_put(notes::HELD, Some(&cursor.to_string()))?;
        }
    }
    writer.note_put(notes::MARK, answer.mark.as_deref())?;
    let now = clock.now_ms().to_string();
    writer.note_put(notes::RECEIVED_AT, Some(&now))?;
    Ok(applied)
}

/// Whether applying `answer` would change nothing worth a transaction.
pub(crate) fn is_idle(
    reader: &dyn Reader,
    request: &SyncRequest,
    answer: &SyncAnswer,
    clock: &Settling,
) -> Result<bool, SyncError> {
    let is_quiet = request.records.is_empty()
        && answer.results.is_empty()
        && answer.records.is_empty()
        && answer.forget.is_empty()
        && clock.moved_by_ms() == 0
        && (request.after.is_none()
            || (answer.cursor == request.after && request.held == request.after));
    if !is_quiet {
        return Ok(false);
    }
    let noted = notes::received_at(reader)?;
    Ok(noted.is_some_and(|at| clock.now_ms().abs_diff(at) < RECEIVED_AT_EXACT_MS))
}

/// Keeps what an answer says of the writings in `request`.
pub(crate) fn keep_receipts(
    writer: &mut dyn Writer,
    request: &SyncRequest,
    answer: &SyncAnswer,
    now_ms: u64,
    applied: &mut Applied,
) -> Result<(), SyncError> {
    let mut results: BTreeMap<_, _> = answer
        .results
        .iter()
        .map(|result| (result.id, result))
        .collect();
    for sent in &request.records {
        let Some(result) = results.remove(&sent.id) else {
            applied.unanswered += sent.fields.len() as u64;
            continue;
        };
        let mut answered = 0;
        let mut is_destroyed = false;
        // A field of which the hub holds a later writing is in the hub's history: it waits no longer, and the later
        // one comes with this page or one of the next.
        let held = result.accepted.iter().chain(&result.superseded);
        for (name, field) in held.filter_map(|name| sent.fields.get_key_value(name)) {
            writer.deliver(sent.id, name, field.stamp, result.version.max(1))?;
            applied.delivered += 1;
            answered += 1;
        }
        for refusal in &result.refused {
            let Some(field) = sent.fields.get(&refusal.field) else {
                continue;
            };
            answered += 1;
            if matches!(
                refusal.code.as_str(),
                refused::STAMP_AHEAD | refused::CLOCK_WRONG
            ) {
                applied.ahead += 1;
                continue;
            }
            let aside = SetAside {
                record: sent.id,
                kind: sent.kind.clone(),
                name: refusal.field.clone(),
                field: field.clone(),
                code: refusal.code.clone(),
                message: refusal.message.clone(),
                at: now_ms as i64,
            };
            writer.put_aside(&aside)?;
            applied.changed.insert(sent.id, sent.kind.clone());
            if refusal.code == refused::ALREADY_FINISHED {
                writer.drop_aside(sent.id, &refusal.field)?;
                applied.delivered += 1;
            } else if refusal.code == refused::DESTROYED {
                is_destroyed = true;
            } else {
                applied.set_aside.push(aside);
            }
        }
        if is_destroyed {
            // With what was just set aside of it: what is destroyed is kept nowhere.
            writer.forget(sent.id)?;
            applied.forgotten += 1;
        }
        applied.unanswered += (sent.fields.len() as u64).saturating_sub(answered);
    }
    Ok(())
}

/// Takes over the offset. Where it moved far, or the hub found stamps ahead, what waits is stamped anew: after
/// everything this device had seen of the hub when it wrote, in the order it was written. The moments among what waits,
/// which came from the same clock, move as far.
fn settle_clock(
    writer: &mut dyn Writer,
    clock: &mut Settling,
    applied: &mut Applied,
) -> Result<(), SyncError> {
    if clock.moved_by_ms() != 0 {
        let offset = clock.offset_ms().to_string();
        writer.note_put(notes::CLOCK_OFFSET_MS, Some(&offset))?;
    }
    if clock.moved_by_ms().unsigned_abs() > SKEW_LIMIT_MS || applied.ahead > 0 {
        let now = clock.now_ms();
        let mut seen: Option<Stamp> = None;
        writer.stamps(Scope::Delivered, &mut |_, fields| {
            let stamps = fields.iter().map(|(_, stamp)| *stamp);
            seen = stamps
                .filter(|stamp| !stamp.is_ahead_of(now))
                .chain(seen)
                .max();
        })?;
        clock.reset(seen);
        let since = notes::received_at(writer)?;
        applied.restamped = writer.restamp_waiting(&mut |kind, name, field| {
            let is_moment = shape_of(kind, name) == Some(Shape::Moment);
            if let Some(said) = field.value.as_str().filter(|_| is_moment)
                && let Some(moved) = clock.moved(said, since)
            {
                field.value = moved;
            }
            if let Some(member) = moment_of(kind, name).and_then(|at| field.value.get_mut(at))
                && let Some(moved) = member.as_str().and_then(|said| clock.moved(said, since))
            {
                *member = moved;
            }
            field.stamp = clock.restamp(field.stamp, since);
        })?;
    }
    Ok(())
}

pub(crate) fn keep_pulled(
    writer: &mut dyn Writer,
    answer: &SyncAnswer,
    clock: &mut Settling,
    applied: &mut Applied,
) -> Result<(), SyncError> {
    let mut newest: Option<Stamp> = None;
    for record in &answer.records {
        let kept = Kept::At(record.version.unwrap_or(1).max(1));
        for (name, field) in &record.fields {
            if let Put::Taken(_) = writer.put(record.id, &record.kind, name, field, kept)? {
                applied.changed.insert(record.id, record.kind.clone());
            }
            newest = newest.max(Some(field.stamp));
        }
        applied.pulled += 1;
    }
    if let Some(newest) = newest {
        clock.observe(newest);
    }
    for id in &answer.forget {
        if let Some(kind) = writer.kind(*id)? {
            writer.forget(*id)?;
            applied.changed.insert(*id, kind);
            applied.forgotten += 1;
        }
    }
    Ok(())
}
