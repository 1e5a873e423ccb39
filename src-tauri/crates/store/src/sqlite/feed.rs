//! What is new for whom: the school's versions, and where each record stands in the feed of each audience.
//!
//! Laws (tests/story.rs): a reader who pulls page after page from any cursor holds, at the end, exactly the fields of
//! the records that one of their audiences reads (`pulling_from_anywhere_ends_with_what_may_be_read`).

use std::collections::{BTreeMap, HashSet};

use alongside_domain::{Kind, Record, RecordId};

use super::link::Link;
use super::records::{blob, id_at};
use super::seats::{self, Seat};
use super::{pack, tray::Tray};
use crate::{Audience, Entry, Result};

/// The newest version given out.
pub(super) fn version(link: &Link) -> Result<u64> {
    let version: i64 = link
        .sql("SELECT version FROM state")?
        .query_row([], |row| row.get(0))?;
    Ok(version.unsigned_abs())
}

/// The words of those audiences that any record ever had.
pub(super) fn known(link: &Link, audiences: &[Audience]) -> Result<Vec<u32>> {
    let mut words = Vec::with_capacity(audiences.len());
    for audience in audiences {
        words.extend(link.find(&audience.to_string())?);
    }
    Ok(words)
}

/// The newest version in any of these feeds.
pub(super) fn newest(link: &Link, audiences: &[Audience]) -> Result<u64> {
    let mut newest = 0;
    let mut statement =
        link.sql("SELECT coalesce(max(version), 0) FROM feed WHERE audience = ?1")?;
    for word in known(link, audiences)? {
        newest = newest.max(statement.query_row([word], |row| row.get::<_, i64>(0))?);
    }
    Ok(newest.unsigned_abs())
}

/// Who reads a record, out of its seats.
pub(super) fn audiences(link: &Link, seats: &[Seat]) -> Result<Vec<Audience>> {
    let mut present = Vec::new();
    for seat in seats.iter().filter(|seat| seat.since.is_some()) {
        let word = link.word(seat.audience)?;
        present.extend(word.parse::<Audience>());
    }
    present.sort_unstable();
    Ok(present)
}

/// The records that a reader of these audiences may read, with their rows.
pub(super) fn visible(link: &Link, audiences: &[Audience]) -> Result<BTreeMap<RecordId, i64>> {
    let mut visible = BTreeMap::new();
    let mut statement = link.sql(
        "SELECT records.id, records.rid, records.readers FROM feed JOIN records ON records.rid = feed.rid WHERE feed.audience = ?1",
    )?;
    for word in known(link, audiences)? {
        let mut rows = statement.query([word])?;
        while let Some(row) = rows.next()? {
            let seats = seats::unpack(blob(row, 2)?)?;
            if seats
                .iter()
                .any(|seat| seat.audience == word && seat.since.is_some())
            {
                visible.insert(id_at(row, 0)?, row.get(1)?);
            }
        }
    }
    Ok(visible)
}

/// What a reader holds already.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// The last place that was on a page.
    pub(super) after: u64,
    /// The last place up to which nothing is missing.
    pub(super) held: u64,
}

/// See [`Reader::feed`](crate::Reader::feed).
pub(super) fn list(
    link: &Link,
    audiences: &[Audience],
    cursor: Cursor,
    limit: usize,
) -> Result<Vec<Entry>> {
    let words = known(link, audiences)?;
    let mut entries = Vec::new();
    let mut seen = cursor.after;
    while entries.len() < limit {
        let (places, end) = places(link, &words, seen, limit)?;
        for (version, rid) in places {
            entries.extend(entry(link, &words, cursor, version, rid)?);
            if entries.len() == limit {
                break;
            }
        }
        match end {
            Some(version) => seen = version,
            None => break,
        }
    }
    Ok(entries)
}

/// A version and the record's row.
type Place = (u64, i64);

/// The next places in these feeds, in order of version, and the version they go up to if there may be more.
fn places(
    link: &Link,
    words: &[u32],
    after: u64,
    limit: usize,
) -> Result<(Vec<Place>, Option<u64>)> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = link.sql(
        "SELECT version, rid FROM feed WHERE audience = ?1 AND version > ?2 ORDER BY version LIMIT ?3",
    )?;
    let (mut places, mut end) = (Vec::new(), None::<u64>);
    for word in words {
        let mut rows = statement.query((word, after as i64, most))?;
        let (mut count, mut last) = (0, 0);
        while let Some(row) = rows.next()? {
            last = row.get::<_, i64>(0)?.unsigned_abs();
            places.push((last, row.get::<_, i64>(1)?));
            count += 1;
        }
        if count == most {
            end = Some(end.map_or(last, |end| end.min(last)));
        }
    }
    if let Some(end) = end {
        places.retain(|(version, _)| *version <= end);
    }
    places.sort_unstable();
    places.dedup();
    Ok((places, end))
}

/// A record as it enters the feed of these audiences, if this is its newest place there and holds anything new.
fn entry(
    link: &Link,
    words: &[u32],
    Cursor { after, held }: Cursor,
    version: u64,
    rid: i64,
) -> Result<Option<Entry>> {
    let mut statement =
        link.sql("SELECT id, kind, readers, delivered FROM records WHERE rid = ?1")?;
    let mut rows = statement.query([rid])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let mut seats = seats::unpack(blob(row, 2)?)?;
    seats.retain(|seat| words.contains(&seat.audience));
    if seats.iter().any(|seat| seat.version > version) {
        return Ok(None);
    }
    let id = id_at(row, 0)?;
    let packed = blob(row, 3)?;
    let since = seats.iter().filter_map(|seat| seat.since).min();
    let Some(since) = since.filter(|_| !packed.is_empty()) else {
        return Ok((after > 0).then_some(Entry::Forgotten { id, version }));
    };
    let fields: BTreeMap<_, _> = pack::unpack(packed, link)?
        .into_iter()
        .filter(|(_, delivered)| since > held || delivered.version > held)
        .map(|(name, delivered)| (name, delivered.field))
        .collect();
    let kind = Kind::from(link.word(row.get(1)?)?.as_ref().to_owned());
    let record = Record { id, kind, fields };
    Ok((!record.fields.is_empty()).then_some(Entry::Changed { record, version }))
}

/// See [`Writer::feed_put`](crate::Writer::feed_put).
pub(super) fn put(
    link: &Link,
    tray: &mut Tray,
    id: RecordId,
    audiences: &[Audience],
    version: u64,
) -> Result<()> {
    let mut present = HashSet::new();
    for audience in audiences {
        present.insert(link.number(&audience.to_string())?);
    }
    let held = tray.touch(link, id)?;
    if held.kind.is_none() {
        return Ok(());
    }
    for seat in &mut held.seats {
        if present.remove(&seat.audience) {
            seat.since = seat.since.or(Some(version));
            seat.version = version;
        } else if seat.since.take().is_some() {
            seat.version = version;
        }
    }
    held.seats.extend(present.into_iter().map(|audience| Seat {
        audience,
        version,
        since: Some(version),
    }));
    held.seats.sort_unstable_by_key(|seat| seat.audience);
    Ok(())
}
