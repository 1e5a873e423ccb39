//! Finding what goes into an archive.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::{Kind, RecordId};
use alongside_store::{Audience, Reader};

use super::{Earlier, Held, HeldLine, HeldRecord, Named, Reach};
use crate::ApiError;
use crate::authority::readers;
use crate::facts::Facts;

/// What was found.
pub(super) struct Gathered {
    pub(super) school: Named,
    pub(super) held: Held,
    pub(super) left_out: BTreeMap<String, usize>,
}

/// Gathers what a hub holds, in an order in which each record comes after what it refers to.
///
/// Errors when there is no school.
pub(super) fn gather(reader: &dyn Reader, reach: Reach) -> Result<Gathered, ApiError> {
    let facts = Facts::new(reader);
    let school = facts
        .school()?
        .ok_or_else(|| ApiError::not_found("school"))?;
    let (mut records, mut hidden) = (Vec::new(), BTreeSet::new());
    let mut left_out = BTreeMap::new();
    for kind in kinds(reader)? {
        for record in reader.list(&kind)? {
            if reach == Reach::Shared && !is_shared(facts, &record)? {
                hidden.insert(record.id);
                *left_out.entry(kind.to_string()).or_default() += 1;
                continue;
            }
            let earlier = match reach {
                Reach::Shared if !is_written_for_all(&kind) => Vec::new(),
                _ => earlier(reader, record.id)?,
            };
            records.push(HeldRecord {
                id: record.id,
                kind: record.kind,
                fields: record.fields,
                earlier,
            });
        }
    }
    let (log, destroyed) = log(reader, &hidden)?;
    Ok(Gathered {
        school: Named {
            id: school.id,
            name: school.name,
        },
        held: Held {
            records,
            destroyed,
            log,
        },
        left_out,
    })
}

/// The kinds this version knows, and after them those it keeps without knowing: the log has a line of each.
fn kinds(reader: &dyn Reader) -> Result<Vec<Kind>, ApiError> {
    let mut unknown = BTreeSet::new();
    reader.log_walk(&mut |line| {
        if let Some(kind @ Kind::Other(_)) = &line.kind {
            unknown.insert(kind.clone());
        }
        true
    })?;
    Ok(Kind::KNOWN.into_iter().chain(unknown).collect())
}

/// Whether all staff or all leaders read a record. A concern never is, whoever reads it (R18).
fn is_shared(facts: Facts<'_>, record: &alongside_domain::Record) -> Result<bool, ApiError> {
    if record.kind == Kind::Concern {
        return Ok(false);
    }
    // What its teacher alone hears of is part of the record that leaders read.
    let audiences = readers(facts, record)?;
    let is_wide = |audience: &Audience| matches!(audience, Audience::Everyone | Audience::Leaders);
    Ok(audiences.iter().any(is_wide))
}

/// Whether what it said before was for all to read as well, and is no words that somebody took back.
fn is_written_for_all(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::School
            | Kind::Person
            | Kind::Term
            | Kind::Room
            | Kind::Class
            | Kind::Template
            | Kind::Walk
            | Kind::Visit
            | Kind::Notice
            | Kind::Share
            | Kind::Review
    )
}

/// What a record said before, in order of stamp.
pub(super) fn earlier(reader: &dyn Reader, id: RecordId) -> Result<Vec<Earlier>, ApiError> {
    let past = reader.history(id)?.into_iter();
    let mut earlier: Vec<Earlier> = past
        .map(|past| Earlier {
            field: past.name,
            written: past.field,
        })
        .collect();
    sort(&mut earlier);
    Ok(earlier)
}

/// By stamp, and where two stamps are the same so that the order is always the same one.
pub(super) fn sort(earlier: &mut Vec<Earlier>) {
    let key = |one: &Earlier| {
        let value = one.written.value.to_string();
        (one.written.stamp, one.field.clone(), value)
    };
    earlier.sort_by_cached_key(key);
    earlier.dedup();
}

/// The lines of the log but for those about what is hidden, and what the log names that was destroyed.
fn log(
    reader: &dyn Reader,
    hidden: &BTreeSet<RecordId>,
) -> Result<(Vec<HeldLine>, Vec<RecordId>), ApiError> {
    let (mut lines, mut named) = (Vec::new(), BTreeSet::new());
    reader.log_walk(&mut |line| {
        named.extend(line.record);
        if line.record.is_none_or(|record| !hidden.contains(&record)) {
            lines.push(HeldLine {
                at: line.at,
                person: line.person,
                device: line.device,
                act: line.act.clone(),
                record: line.record,
                kind: line.kind.clone(),
                detail: line.detail.clone(),
            });
        }
        true
    })?;
    let mut destroyed = Vec::new();
    for id in named {
        if reader.was_destroyed(id)? {
            destroyed.push(id);
        }
    }
    Ok((lines, destroyed))
}
