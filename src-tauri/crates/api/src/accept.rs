//! Takes one record's fields in, wherever they come from: a screen on this install or a device that syncs.
//!
//! Laws (tested in `tests/`, module `protocol`):
//! - a field that may not be written changes nothing, and the others of its record still count
//!   (`a_refused_field_leaves_the_others_accepted`);
//! - sending the same again changes nothing and is accepted again (`the_same_push_twice_changes_nothing`);
//! - what was destroyed does not come back (`what_was_destroyed_does_not_come_back`, in this crate's `tests/keeping`);
//! - the first beginning of a visit writes down who taught it (`r8_who_taught_a_visit_is_said_by_the_hub_alone`);
//! - on a hub, whoever loses sight of a record is told to forget it, whoever gains it receives all of it.

use alongside_domain::report::PUBLISHED_AT;
use alongside_domain::visit::{TEACHERS, Visit};
use alongside_domain::{ClassId, Field, Kind, Put, Record, RecordId, Refusal, VisitId, WalkId};
use alongside_store::{Kept, LogLine, Writer};
use alongside_sync::{FieldRefusal, WireRecord, refused};
use chrono::{DateTime, Utc};

use crate::actor::Standing;
use crate::arrival::Move;
use crate::authority::{self, Judge, Verdict, Way};
use crate::desk::Changed;
use crate::facts::{Facts, Memo};
use crate::taught::Taught;
use crate::{ApiError, Place, arrival, crowd, log, taught};

/// What became of the fields of one record.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) version: u64,
    pub(crate) accepted: Vec<String>,
    pub(crate) superseded: Vec<String>,
    pub(crate) refused: Vec<FieldRefusal>,
}

/// Who sends, how and when, and where it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Intake<'a> {
    pub(crate) standing: &'a Standing,
    pub(crate) now: DateTime<Utc>,
    pub(crate) place: Place,
    pub(crate) way: Way,
    /// Up to which version the sender had pulled, where it said so.
    pub(crate) seen: Option<u64>,
    /// What the transaction remembers from one record to the next.
    pub(crate) memo: &'a Memo,
}

/// Judges and keeps the fields of one record. `held` is the record as the store has it.
pub(crate) fn accept(
    writer: &mut dyn Writer,
    intake: Intake<'_>,
    held: Option<Record>,
    incoming: &WireRecord,
    changed: &mut Changed,
) -> Result<Accepted, ApiError> {
    let Intake {
        standing,
        now,
        place,
        memo,
        ..
    } = intake;
    let (id, kind) = (incoming.id, &incoming.kind);
    let (mut taken, refused) = judge(writer, intake, held.as_ref(), incoming)?;
    let (crowd_field, crowded) = (
        "crowded".to_owned(),
        crowd::found(writer, intake, held.as_ref(), &taken)?,
    );
    if let Some(crowded) = &crowded {
        taken.push((&crowd_field, crowded));
    }
    let arrived = arrival::late(writer, intake, held.as_ref(), kind, &taken)?;
    if let Some((name, arrived)) = &arrived {
        taken.push((name, arrived));
    }
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
    if *kind == Kind::Observation
        && written.contains(&"started_at")
        && let Some(taught) = taught::found(writer, intake, id)?
    {
        write_teachers(writer, intake, &taught, changed)?;
    }
    Ok(accepted)
}

/// Writes on a visit that has begun who its teachers are, for good (R8).
fn write_teachers(
    writer: &mut dyn Writer,
    intake: Intake<'_>,
    taught: &Taught,
    changed: &mut Changed,
) -> Result<(), ApiError> {
    let (visit, teachers) = (taught.visit, &taught.field);
    let kept = match intake.place {
        Place::Device => Kept::Waiting,
        Place::Hub => Kept::At(writer.next_version()?),
    };
    writer.put(visit, &Kind::Visit, TEACHERS, teachers, kept)?;
    intake.memo.clear(&Kind::Visit);
    changed.records.insert(visit);
    changed.kinds.insert(Kind::Visit);
    if let Kept::At(version) = kept {
        changed.version = changed.version.max(version);
        let line = LogLine {
            at: intake.now.timestamp_millis(),
            act: "accepted".into(),
            record: Some(visit),
            kind: Some(Kind::Visit),
            detail: format!("version {version}: {TEACHERS}"),
            ..LogLine::default()
        };
        log::append(writer, line)?;
        let written: &[&str] = match taught.are_others {
            true => &[TEACHERS],
            false => &[],
        };
        let (memo, kind) = (intake.memo, Kind::Visit);
        publish(writer, memo, visit, &kind, version, written, changed)?;
    }
    Ok(())
}

pub(crate) type Judged<'f> = (Vec<(&'f String, &'f Field)>, Vec<FieldRefusal>);

/// Which fields of a record may stand, and why the others may not. Writes nothing.
pub(crate) fn judge<'f>(
    writer: &dyn Writer,
    intake: Intake<'_>,
    held: Option<&Record>,
    incoming: &'f WireRecord,
) -> Result<Judged<'f>, ApiError> {
    let (kind, fields) = (&incoming.kind, &incoming.fields);
    let judge = Judge {
        facts: Facts::remembering(writer, intake.memo),
        standing: intake.standing,
        now: intake.now,
        place: intake.place,
        way: intake.way,
        moved: Move::read(writer)?,
    };
    let candidate = candidate(held, incoming);
    let mut verdict = if is_destroyed(writer, &candidate)? {
        Err(Verdict::Refused(Refusal::new(
            refused::DESTROYED,
            "This was destroyed at the end of its time, everywhere. Nothing can be written to it any more.",
        )))
    } else {
        judge.record(held, &candidate)
    };
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
            None => judge.field(held, &candidate, kind, name, field),
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

/// Whether a record, or what it belongs to, was destroyed here (R20). A device that has not heard of it would bring parts
/// of it back.
fn is_destroyed(writer: &dyn Writer, candidate: &Record) -> Result<bool, ApiError> {
    let parent = candidate.kind.parent_field();
    let parent = parent.and_then(|name| candidate.id::<RecordId>(name));
    Ok(writer.was_destroyed(candidate.id)?
        || match parent {
            Some(parent) => writer.was_destroyed(parent)?,
            None => false,
        })
}

/// The head of the record as it would be with everything that was sent; of the school and of a form all of it.
pub(crate) fn candidate(held: Option<&Record>, incoming: &WireRecord) -> Record {
    let mut candidate = Record::new(incoming.id, incoming.kind.clone());
    let held_fields = held.into_iter().flat_map(|held| &held.fields);
    for (name, field) in held_fields.chain(&incoming.fields) {
        // What a record belongs to is what is held of it: a try to change that is refused alone.
        let is_fixed =
            authority::is_identity(&incoming.kind, name) && candidate.fields.contains_key(name);
        // Settings are judged together, and with what is said of them; a form by how long it is.
        let is_whole = matches!(incoming.kind, Kind::School | Kind::Template);
        let is_judged = Record::is_of_head(name) || is_whole;
        if is_judged && !is_fixed {
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

/// Who is a governor, and what governors may do, decides who reads these.
fn of_self_evaluations(writer: &dyn Writer) -> Result<Vec<Record>, ApiError> {
    let mut records = writer.list(&Kind::SelfEvaluation)?;
    records.extend(writer.list(&Kind::Rating)?);
    Ok(records)
}

/// The heads of the records whose readers may depend on what was written.
fn dependents(
    writer: &dyn Writer,
    record: &Record,
    kind: &Kind,
    written: &[&str],
) -> Result<Vec<Record>, ApiError> {
    let under = |visit: RecordId| -> Result<Vec<Record>, ApiError> {
        let mut records = Vec::new();
        for kind in [
            Kind::Observation,
            Kind::Share,
            Kind::Response,
            Kind::Acknowledgement,
        ] {
            records.extend(writer.heads_under(&kind, visit)?);
        }
        records.retain(|dependent| dependent.id != record.id);
        Ok(records)
    };
    let under_own_visit = || match record.id::<VisitId>("visit") {
        Some(visit) => under(visit.into()),
        None => Ok(Vec::new()),
    };
    let wrote = |names: &[&str]| written.iter().any(|name| names.contains(name));
    match kind {
        Kind::Visit if wrote(&["observers", "class", TEACHERS]) => under(record.id),
        Kind::Observation if wrote(&["visit", "observer", "started_at", "finished_at"]) => {
            under_own_visit()
        }
        Kind::Share => under_own_visit(),
        Kind::Class if wrote(&["teachers"]) => {
            let mut records = Vec::new();
            for visit in writer.list(&Kind::Visit)? {
                // A visit that has begun stays its own teachers' (R8).
                let is_to_come = Visit::read(&visit).is_none_or(|own| own.taught_by.is_empty());
                if is_to_come && visit.id::<ClassId>("class") == Some(record.id.into()) {
                    records.extend(under(visit.id)?);
                }
            }
            Ok(records)
        }
        // Who is head decides who reads concerns (R18), and who is a governor who reads self-evaluations.
        Kind::Person if wrote(&["roles", "is_active"]) => {
            let mut records = writer.list(&Kind::Concern)?;
            records.extend(of_self_evaluations(writer)?);
            Ok(records)
        }
        Kind::School if wrote(&["settings.self_evaluation_governors"]) => {
            of_self_evaluations(writer)
        }
        // Once a report is published all staff read the actions of its walk.
        Kind::Report if wrote(&[PUBLISHED_AT]) => match record.id::<WalkId>("walk") {
            Some(walk) => Ok(writer.heads_under(&Kind::Action, walk.into())?),
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}
