//! Takes one record's fields in, wherever they come from: a screen on this install or a device that syncs.
//!
//! Laws (tested in `tests/`, module `protocol`):
//! - a field that may not be written changes nothing, and the others of its record still count
//!   (`a_refused_field_leaves_the_others_accepted`);
//! - sending the same again changes nothing and is accepted again (`the_same_push_twice_changes_nothing`);
//! - on a hub, whoever loses sight of a record is told to forget it, whoever gains it receives all of it.

use alongside_domain::{ClassId, Field, Kind, Put, Record, RecordId, VisitId, field::parse_time};
use alongside_store::{Kept, LogLine, Writer};
use alongside_sync::{FieldRefusal, WireRecord};
use chrono::{DateTime, Utc};

use crate::actor::Standing;
use crate::authority::{self, Judge, Verdict};
use crate::desk::Changed;
use crate::facts::{Facts, Memo};
use crate::{ApiError, Place, log, notes};

/// What became of the fields of one record.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) version: u64,
    pub(crate) accepted: Vec<String>,
    pub(crate) superseded: Vec<String>,
    pub(crate) refused: Vec<FieldRefusal>,
}

/// Who writes, when, and where it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Hand<'a> {
    pub(crate) standing: &'a Standing,
    pub(crate) now: DateTime<Utc>,
    pub(crate) place: Place,
    /// What the transaction remembers from one record to the next.
    pub(crate) memo: &'a Memo,
}

/// Judges and keeps the fields of one record. `held` is the record as the store has it.
pub(crate) fn accept(
    writer: &mut dyn Writer,
    hand: Hand<'_>,
    held: Option<Record>,
    incoming: &WireRecord,
    changed: &mut Changed,
) -> Result<Accepted, ApiError> {
    let Hand {
        standing,
        now,
        place,
        memo,
    } = hand;
    let (id, kind) = (incoming.id, &incoming.kind);
    let (taken, refused) = judge(writer, hand, held.as_ref(), incoming)?;
    let mut accepted = Accepted {
        refused,
        ..Accepted::default()
    };
    let is_new = |(name, field): &(&String, &Field)| {
        held.as_ref().and_then(|held| held.fields.get(*name)) != Some(field)
    };
    let kept = match place {
        Place::Device => Kept::Waiting,
        Place::Hub if taken.iter().any(is_new) => Kept::At(writer.next_version()?),
        Place::Hub => Kept::At(writer.version()?.max(1)),
    };
    let mut written = Vec::new();
    for (name, field) in taken {
        match writer.put(id, kind, name, field, kept)? {
            Put::Taken(_) => {
                written.push(name.as_str());
                accepted.accepted.push(name.clone());
            }
            Put::Same => accepted.accepted.push(name.clone()),
            Put::Superseded => accepted.superseded.push(name.clone()),
        }
    }
    if let Kept::At(version) = kept {
        accepted.version = version;
        changed.version = changed.version.max(version);
    }
    if written.is_empty() {
        return Ok(accepted);
    }
    memo.clear(kind);
    changed.records.insert(id);
    changed.kinds.insert(kind.clone());
    if let (Place::Hub, Kept::At(version)) = (place, kept) {
        let detail = format!("version {version}: {}", written.join(" "));
        let line = LogLine {
            at: now.timestamp_millis(),
            person: Some(standing.id()),
            device: Some(standing.actor.device),
            act: "accepted".into(),
            record: Some(id),
            kind: Some(kind.clone()),
            detail,
            ..LogLine::default()
        };
        log::append(writer, line)?;
        publish(writer, memo, id, kind, version, &written, changed)?;
    }
    Ok(accepted)
}

type Judged<'f> = (Vec<(&'f String, &'f Field)>, Vec<FieldRefusal>);

fn judge<'f>(
    writer: &dyn Writer,
    hand: Hand<'_>,
    held: Option<&Record>,
    incoming: &'f WireRecord,
) -> Result<Judged<'f>, ApiError> {
    let (kind, fields) = (&incoming.kind, &incoming.fields);
    let moved_in_at = writer
        .note(notes::MOVED_IN_AT)?
        .and_then(|text| parse_time(&text))
        .map(|time| time.to_utc());
    let judge = Judge {
        facts: Facts::remembering(writer, hand.memo),
        standing: hand.standing,
        now: hand.now,
        place: hand.place,
        moved_in_at,
    };
    let candidate = candidate(held, incoming);
    let mut verdict = judge.record(held, &candidate);
    let has_begun = held.is_some_and(|held| held.value("started_at").is_some());
    if verdict.is_ok() && *kind == Kind::Observation && !has_begun {
        verdict = judge.beginning(&candidate);
    }
    let whole = match verdict {
        Ok(()) => None,
        Err(Verdict::Refused(refusal)) => Some(refusal),
        Err(Verdict::Failed(error)) => return Err(error),
    };
    let (mut taken, mut refused) = (Vec::with_capacity(fields.len()), Vec::new());
    for (name, field) in fields {
        let verdict = match &whole {
            Some(refusal) => Err(Verdict::Refused(refusal.clone())),
            None => judge.field(held, kind, name, field),
        };
        match verdict {
            Ok(()) => taken.push((name, field)),
            Err(Verdict::Refused(refusal)) => refused.push(FieldRefusal {
                field: name.clone(),
                code: refusal.code().to_owned(),
                message: refusal.message().to_owned(),
            }),
            Err(Verdict::Failed(error)) => return Err(error),
        }
    }
    Ok((taken, refused))
}

/// The head of the record as it would be with everything that was sent.
fn candidate(held: Option<&Record>, incoming: &WireRecord) -> Record {
    let mut candidate = Record::new(incoming.id, incoming.kind.clone());
    let held_fields = held.into_iter().flat_map(|held| &held.fields);
    for (name, field) in held_fields.chain(&incoming.fields) {
        // What a record belongs to is what is held of it: a try to change that is refused alone.
        let is_fixed =
            authority::is_identity(&incoming.kind, name) && candidate.fields.contains_key(name);
        if Record::is_of_head(name) && !is_fixed {
            candidate.put(name, field.clone());
        }
    }
    candidate
}

/// Enters a changed record into the feeds, and with it every record whose readers changed by it.
fn publish(
    writer: &mut dyn Writer,
    memo: &Memo,
    id: RecordId,
    kind: &Kind,
    version: u64,
    written: &[&str],
    changed: &mut Changed,
) -> Result<(), ApiError> {
    let Some(record) = writer.head(id)? else {
        return Ok(());
    };
    let audiences = authority::readers(Facts::remembering(&*writer, memo), &record)?;
    writer.feed_put(id, &audiences, version)?;
    for dependent in dependents(writer, &record, kind, written)? {
        let audiences = authority::readers(Facts::remembering(&*writer, memo), &dependent)?;
        let mut before = writer.audiences(dependent.id)?;
        before.sort_unstable();
        if before != audiences {
            let version = writer.next_version()?;
            writer.feed_put(dependent.id, &audiences, version)?;
            changed.version = changed.version.max(version);
            changed.records.insert(dependent.id);
            changed.kinds.insert(dependent.kind);
        }
    }
    Ok(())
}

/// The heads of the records whose readers may depend on what was written.
fn dependents(
    writer: &dyn Writer,
    record: &Record,
    kind: &Kind,
    written: &[&str],
) -> Result<Vec<Record>, ApiError> {
    let under = |visit: RecordId| -> Result<Vec<Record>, ApiError> {
        let mut records = writer.heads_under(&Kind::Observation, visit)?;
        records.extend(writer.heads_under(&Kind::Share, visit)?);
        records.extend(writer.heads_under(&Kind::Response, visit)?);
        records.retain(|dependent| dependent.id != record.id);
        Ok(records)
    };
    let wrote = |names: &[&str]| written.iter().any(|name| names.contains(name));
    match kind {
        Kind::Visit if wrote(&["observers", "class"]) => under(record.id),
        Kind::Observation if wrote(&["visit", "observer", "started_at", "finished_at"]) => record
            .id::<VisitId>("visit")
            .map_or(Ok(Vec::new()), |visit| under(visit.into())),
        Kind::Share => record
            .id::<VisitId>("visit")
            .map_or(Ok(Vec::new()), |visit| under(visit.into())),
        Kind::Class if wrote(&["teachers"]) => {
            let mut records = Vec::new();
            for visit in writer.list(&Kind::Visit)? {
                if visit.id::<ClassId>("class") == Some(record.id.into()) {
                    records.extend(under(visit.id)?);
                }
            }
            Ok(records)
        }
        _ => Ok(Vec::new()),
    }
}
