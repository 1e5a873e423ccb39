//! The hub's side of a sync: takes what a device wrote, answers with what is new for its person.
//!
//! Laws (tested in `tests/`, modules `sync` and `protocol`):
//! - every record sent has one result, in order, and what is refused takes nothing else with it;
//! - what a wrong clock wrote is judged once it is corrected
//!   (`a_visit_that_a_wrong_clock_began_too_early_or_too_late_is_taken_when_it_was`);
//! - a device is not sent back what it has just sent, nor, once it has pulled from the start, what it wrote itself;
//! - the cursor moves only over what is in the answer, so an answer that is lost can be asked for again;
//! - with nothing to do, nothing is written and no digest is made anew.

use std::collections::HashMap;

use alongside_domain::field::parse_time;
use alongside_domain::{Kind, RecordId};
use alongside_store::{Audience, Entry, Reader, Scope, Writer};
use alongside_sync::wire::{BODY_LIMIT, RECORDS_LIMIT, value_size};
use alongside_sync::{
    Check, FieldRefusal, RecordResult, SKEW_LIMIT_MS, SyncAnswer, SyncRequest, WireRecord, digest,
    refused,
};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::accept::{self, Intake};
use crate::actor::{Actor, Standing};
use crate::authority::Way;
use crate::desk::{Changed, Desk};
use crate::facts::Memo;
use crate::{ApiError, Code, log};

/// Room kept in an answer for everything that is not a pulled record.
const ANSWER_ROOM: usize = 256 * 1024;

/// The hub's time as the wire writes it.
pub fn wire_time(now: DateTime<Utc>) -> String {
    now.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Whether the device says itself that its clock is not this hub's. Then nothing it wrote is judged yet: neither the
/// order of its writings nor when a visit began would be right.
fn is_far_off(request: &SyncRequest, now: DateTime<Utc>) -> bool {
    let said = request.time.as_deref().and_then(parse_time);
    said.is_some_and(|said| {
        let apart = (said.to_utc() - now).num_milliseconds().unsigned_abs();
        apart > SKEW_LIMIT_MS
    })
}

/// The receipt of a record that was not judged.
fn not_yet(record: &WireRecord) -> RecordResult {
    let refused = record.fields.keys().map(|field| FieldRefusal {
        field: field.clone(),
        code: refused::CLOCK_WRONG.into(),
        message:
            "This device's clock is wrong. It is being corrected, and the change is sent again."
                .into(),
    });
    RecordResult {
        id: record.id,
        version: 0,
        accepted: Vec::new(),
        superseded: Vec::new(),
        refused: refused.collect(),
    }
}

impl Desk {
    /// Answers one call of a sync.
    ///
    /// Errors with [`Code::TooLarge`] past the limits of the wire and [`Code::SignInFirst`] when the person is not
    /// among the school's people any more; a field that may not be written is no error but a line in its result.
    pub fn exchange(&self, actor: &Actor, request: SyncRequest) -> Result<SyncAnswer, ApiError> {
        let mut answers = self.exchange_all(vec![(*actor, request)]);
        answers.pop().unwrap_or_else(|| {
            Err(ApiError::new(
                Code::Internal,
                "The hub lost this call. Sync again.",
            ))
        })
    }

    /// Answers several calls, all of their writings in one durable transaction.
    ///
    /// When fifty tablets come home at once, one commit of the disk serves them all. Each call is judged on its own
    /// and in order; when the one transaction fails, each is tried alone.
    pub fn exchange_all(
        &self,
        calls: Vec<(Actor, SyncRequest)>,
    ) -> Vec<Result<SyncAnswer, ApiError>> {
        let pushed = match self.push_all(&calls) {
            Ok(pushed) => pushed,
            Err(_) if calls.len() > 1 => calls
                .iter()
                .map(|call| {
                    let mut alone = self.push_all(std::slice::from_ref(call))?;
                    alone.pop().unwrap_or_else(|| Ok(Vec::new()))
                })
                .collect(),
            Err(error) => calls.iter().map(|_| Err(error.clone())).collect(),
        };
        calls
            .into_iter()
            .zip(pushed)
            .map(|((actor, request), results)| self.answer(&actor, &request, results?))
            .collect()
    }

    fn push_all(
        &self,
        calls: &[(Actor, SyncRequest)],
    ) -> Result<Vec<Result<Vec<RecordResult>, ApiError>>, ApiError> {
        if calls.iter().all(|(_, request)| request.records.is_empty()) {
            return Ok(calls.iter().map(|_| Ok(Vec::new())).collect());
        }
        let mut writer = self.store().write()?;
        let mut changed = Changed::default();
        let pushed = self.push_into(&mut *writer, calls, &mut changed)?;
        writer.commit()?;
        self.tell(&changed);
        Ok(pushed)
    }

    /// Takes in what several calls wrote, in a transaction of the caller's.
    pub(crate) fn push_into(
        &self,
        writer: &mut dyn Writer,
        calls: &[(Actor, SyncRequest)],
        changed: &mut Changed,
    ) -> Result<Vec<Result<Vec<RecordResult>, ApiError>>, ApiError> {
        let now = self.now();
        let mut pushed = Vec::with_capacity(calls.len());
        let memo = Memo::default();
        for (actor, request) in calls {
            if request.records.len() > RECORDS_LIMIT {
                pushed.push(Err(ApiError::new(
                    Code::TooLarge,
                    format!("A call carries at most {RECORDS_LIMIT} records. Send them in several calls."),
                )));
                continue;
            }
            let standing = match Standing::read(writer, *actor) {
                Ok(standing) => standing,
                Err(error) => {
                    pushed.push(Err(error));
                    continue;
                }
            };
            if is_far_off(request, now) {
                pushed.push(Ok(request.records.iter().map(not_yet).collect()));
                continue;
            }
            // What a record refers to is taken in before it, whatever the order of sending.
            let mut order: Vec<usize> = (0..request.records.len()).collect();
            let kind_at = |place: &usize| {
                request
                    .records
                    .get(*place)
                    .map(|record| record.kind.order())
            };
            order.sort_by_key(kind_at);
            let mut results: Vec<Option<RecordResult>> =
                request.records.iter().map(|_| None).collect();
            for place in order {
                let (Some(record), Some(result)) =
                    (request.records.get(place), results.get_mut(place))
                else {
                    continue;
                };
                let held = writer.get(record.id)?;
                let intake = Intake {
                    standing: &standing,
                    now,
                    place: self.place(),
                    way: Way::Wire,
                    seen: request.held.or(request.after),
                    memo: &memo,
                };
                let accepted = accept::accept(writer, intake, held, record, changed)?;
                *result = Some(RecordResult {
                    id: record.id,
                    version: accepted.version,
                    accepted: accepted.accepted,
                    superseded: accepted.superseded,
                    refused: accepted.refused,
                });
            }
            pushed.push(Ok(results.into_iter().flatten().collect()));
        }
        Ok(pushed)
    }

    fn answer(
        &self,
        actor: &Actor,
        request: &SyncRequest,
        results: Vec<RecordResult>,
    ) -> Result<SyncAnswer, ApiError> {
        let reader = self.store().read()?;
        let standing = Standing::read(&*reader, *actor)?;
        let mut answer = SyncAnswer {
            results,
            time: wire_time(self.now()),
            mark: log::mark(&*reader)?,
            ..SyncAnswer::default()
        };
        if let Some(mark) = &request.mark
            && !log::has_mark(&*reader, mark)?
        {
            answer.has_lost = true;
            return Ok(answer);
        }
        if let Some(after) = request.after {
            self.pull(&*reader, &standing, request, after, &mut answer)?;
        }
        drop(reader);
        self.contacts()
            .heard(actor.device, self.now(), request.waiting, answer.cursor);
        Ok(answer)
    }

    fn pull(
        &self,
        reader: &dyn Reader,
        standing: &Standing,
        request: &SyncRequest,
        after: u64,
        answer: &mut SyncAnswer,
    ) -> Result<(), ApiError> {
        let audiences = standing.audiences();
        let limit = request
            .limit
            .unwrap_or(RECORDS_LIMIT)
            .clamp(1, RECORDS_LIMIT);
        let held = request.held.unwrap_or(0).min(after);
        // In the middle of a pull from the start a device is sent what it wrote itself like all else: what it is not
        // shown there it would take for gone.
        let is_from_start = match request.held {
            Some(held) => held == 0,
            None => after == 0,
        };
        let entries = reader.feed(&audiences, after, held, limit + 1)?;
        answer.more = entries.len() > limit;
        let mut cursor = after;
        let mut room = BODY_LIMIT - ANSWER_ROOM;
        for entry in entries.into_iter().take(limit) {
            let version = entry.version();
            match entry {
                Entry::Forgotten { id, .. } => answer.forget.push(id),
                Entry::Changed { mut record, .. } => {
                    if !is_from_start {
                        let tail = standing.actor.device.tail();
                        record
                            .fields
                            .retain(|_, field| field.stamp.device() != tail);
                    }
                    let sent = request.records.iter().find(|sent| sent.id == record.id);
                    if let Some(sent) = sent {
                        record
                            .fields
                            .retain(|name, field| sent.fields.get(name) != Some(field));
                    }
                    if !record.fields.is_empty() {
                        let record = WireRecord {
                            id: record.id,
                            kind: record.kind,
                            version: Some(version),
                            fields: record.fields,
                        };
                        let size = approximate_size(&record);
                        if size > room && !answer.records.is_empty() {
                            answer.more = true;
                            break;
                        }
                        room = room.saturating_sub(size);
                        answer.records.push(record);
                    }
                }
            }
            cursor = version;
        }
        if !answer.more {
            cursor = cursor.max(reader.feed_version(&audiences)?);
            answer.check = self.check(reader, standing, request.check != Some(false))?;
        }
        answer.cursor = Some(cursor);
        Ok(())
    }

    /// What a device of this person must hold. Made anew only when something changed for this person's audiences, and
    /// only when it is wanted; one that is at hand is told in any case.
    fn check(
        &self,
        reader: &dyn Reader,
        standing: &Standing,
        is_wanted: bool,
    ) -> Result<Option<Check>, ApiError> {
        let audiences = standing.audiences();
        let version = reader.feed_version(&audiences)?;
        let at_hand = self.checks().get(&audiences).cloned();
        if let Some((at, check)) = at_hand
            && at == version
        {
            return Ok(Some(check));
        }
        if !is_wanted {
            return Ok(None);
        }
        let check = digest::check(reader, Scope::Visible(&audiences))?;
        self.checks().insert(audiences, (version, check.clone()));
        Ok(Some(check))
    }

    fn checks(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<Audience>, (u64, Check)>> {
        self.checks
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The newest version at which anything changed for this person; for `GET /v1/events`.
    pub fn feed_version(&self, actor: &Actor) -> Result<u64, ApiError> {
        let reader = self.store().read()?;
        let standing = Standing::read(&*reader, *actor)?;
        Ok(reader.feed_version(&standing.audiences())?)
    }

    /// Whether a change of these records matters to this person now; for `GET /v1/events`.
    pub fn concerns(
        &self,
        actor: &Actor,
        records: impl IntoIterator<Item = RecordId>,
    ) -> Result<Vec<Kind>, ApiError> {
        let reader = self.store().read()?;
        let own = Standing::read(&*reader, *actor)?.audiences();
        let mut kinds = Vec::new();
        for id in records {
            if reader
                .audiences(id)?
                .iter()
                .any(|audience| own.contains(audience))
                && let Some(kind) = reader.kind(id)?
                && !kinds.contains(&kind)
            {
                kinds.push(kind);
            }
        }
        Ok(kinds)
    }
}

fn approximate_size(record: &WireRecord) -> usize {
    const STAMP: usize = "\"stamp\":\"\"".len() + 13 + 1 + 4 + 1 + 12;
    record
        .fields
        .iter()
        .map(|(name, field)| name.len() + value_size(&field.value) + STAMP + 20)
        .sum::<usize>()
        + 120
}
