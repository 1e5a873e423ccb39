//! Reading records: one, those of a kind, those that belong to another, and what they said before.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use alongside_domain::{Field, Kind, Record, RecordId, Stamp};
use rusqlite::Row;
use serde_json::Value;
use uuid::Uuid;

use super::held::Held;
use super::link::Link;
use super::{pack, seats};
use crate::{EachStamps, Kept, Past, Result, Scope, StoreError};

/// An id as it is bound.
pub(super) fn bytes(id: RecordId) -> [u8; 16] {
    id.uuid().into_bytes()
}

/// An id as it is kept.
pub(super) fn id_at(row: &Row<'_>, column: usize) -> Result<RecordId> {
    Ok(RecordId::from_uuid(Uuid::from_bytes(row.get(column)?)))
}

/// A writing kept as two texts, its value and its stamp.
pub(super) fn field_at(row: &Row<'_>, value: usize, stamp: usize) -> Result<Field> {
    let (value, stamp) = (row.get_ref(value)?.as_str(), row.get_ref(stamp)?.as_str());
    let bad = |_| StoreError::damaged("a writing that is not text");
    read_field(value.map_err(bad)?, stamp.map_err(bad)?)
}

/// Reads a writing kept as two texts.
pub(super) fn read_field(value: &str, stamp: &str) -> Result<Field> {
    Ok(Field {
        value: read_value(value)?,
        stamp: read_stamp(stamp)?,
    })
}

fn read_value(json: &str) -> Result<Value> {
    // Nearly every value is a plain text, for which a parser takes five times as long.
    let text = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    if let Some(text) = text
        && !text.bytes().any(|b| matches!(b, b'"' | b'\\' | 0..0x20))
    {
        return Ok(Value::from(text));
    }
    serde_json::from_str(json).map_err(|_| StoreError::damaged("a value that is not JSON"))
}

fn read_stamp(stamp: &str) -> Result<Stamp> {
    stamp
        .parse()
        .map_err(|_| StoreError::damaged("a stamp that is none"))
}

/// One record with everything that belongs to it; an empty place where there is none.
pub(super) fn load(link: &Link, id: RecordId) -> Result<Held> {
    let mut held = Held::default();
    let mut statement =
        link.sql("SELECT rid, kind, parent, readers, delivered FROM records WHERE id = ?1")?;
    let mut rows = statement.query([bytes(id)])?;
    let Some(row) = rows.next()? else {
        return Ok(held);
    };
    held.rid = Some(row.get(0)?);
    held.kind = Some(Kind::from(link.word(row.get(1)?)?.as_ref().to_owned()));
    held.stored_parent = row
        .get_ref(2)?
        .as_blob()
        .ok()
        .and_then(|parent| Uuid::from_slice(parent).ok())
        .map(RecordId::from_uuid);
    held.seats = seats::unpack(blob(row, 3)?)?;
    held.stored_seats.clone_from(&held.seats);
    held.delivered = pack::unpack(blob(row, 4)?, link)?;
    if let Some(rid) = held.rid {
        each_waiting(link, rid, &mut |place, name, field| {
            held.places.insert(name.clone(), place);
            held.waiting.insert(name, field);
        })?;
    }
    Ok(held)
}

/// Where the waiting writings of a record lie.
pub(super) fn places_of(rid: i64) -> RangeInclusive<i64> {
    rid << 20..=(rid << 20) + 0xf_ffff
}

/// Calls `each` for every waiting writing of a record.
pub(super) fn each_waiting(
    link: &Link,
    rid: i64,
    each: &mut dyn FnMut(i64, String, Field),
) -> Result<()> {
    let places = places_of(rid);
    let mut statement =
        link.sql("SELECT place, name, value, stamp FROM waiting WHERE place BETWEEN ?1 AND ?2")?;
    let mut rows = statement.query([places.start(), places.end()])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?, row.get(1)?, field_at(row, 2, 3)?);
    }
    Ok(())
}

/// A packed column.
pub(super) fn blob<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [u8]> {
    row.get_ref(column)?
        .as_blob()
        .map_err(|_| StoreError::damaged("a packed column that is not bytes"))
}

/// All records of a kind, in order of id.
pub(super) fn list(link: &Link, kind: &Kind) -> Result<Vec<Record>> {
    list_where(link, kind, None)
}

/// The records of a kind that belong to `parent`, in order of id.
pub(super) fn list_under(link: &Link, kind: &Kind, parent: RecordId) -> Result<Vec<Record>> {
    list_where(link, kind, Some(parent))
}

/// The ids of the records of a kind, or of those of them that belong to `parent`.
pub(super) fn ids_of(link: &Link, kind: &Kind, parent: Option<RecordId>) -> Result<Vec<RecordId>> {
    let Some(word) = link.find(kind.as_str())? else {
        return Ok(Vec::new());
    };
    let mut ids = Vec::new();
    let mut take = |mut rows: rusqlite::Rows<'_>| -> Result<()> {
        while let Some(row) = rows.next()? {
            ids.push(id_at(row, 0)?);
        }
        Ok(())
    };
    match parent {
        Some(parent) => {
            let mut statement =
                link.sql("SELECT id FROM records WHERE kind = ?1 AND parent = ?2")?;
            take(statement.query((word, bytes(parent)))?)?;
        }
        None => take(
            link.sql("SELECT id FROM records WHERE kind = ?1")?
                .query([word])?,
        )?,
    }
    Ok(ids)
}

fn list_where(link: &Link, kind: &Kind, parent: Option<RecordId>) -> Result<Vec<Record>> {
    let Some(word) = link.find(kind.as_str())? else {
        return Ok(Vec::new());
    };
    let (mut records, mut rids) = (Vec::new(), Vec::new());
    let mut take = |row: &Row<'_>| -> Result<()> {
        let fields = pack::unpack(blob(row, 1)?, link)?;
        rids.push(row.get(2)?);
        records.push(Record {
            id: id_at(row, 0)?,
            kind: kind.clone(),
            fields: fields
                .into_iter()
                .map(|(name, delivered)| (name, delivered.field))
                .collect(),
        });
        Ok(())
    };
    if let Some(parent) = parent {
        let mut statement =
            link.sql("SELECT id, delivered, rid FROM records WHERE kind = ?1 AND parent = ?2")?;
        let mut rows = statement.query((word, bytes(parent)))?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
    } else {
        let mut statement = link.sql("SELECT id, delivered, rid FROM records WHERE kind = ?1")?;
        let mut rows = statement.query([word])?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
    }
    lay_waiting_over(link, &mut records, &rids)?;
    records.retain(|record| !record.fields.is_empty());
    records.sort_unstable_by_key(|record| record.id);
    Ok(records)
}

/// Lays what waits over the delivered fields of these records.
fn lay_waiting_over(link: &Link, records: &mut [Record], rids: &[i64]) -> Result<()> {
    let is_any = link
        .sql("SELECT EXISTS (SELECT 1 FROM waiting)")?
        .query_row([], |row| row.get::<_, bool>(0))?;
    if is_any {
        for (record, rid) in records.iter_mut().zip(rids) {
            each_waiting(link, *rid, &mut |_, name, field| {
                record.fields.insert(name, field);
            })?;
        }
    }
    Ok(())
}

/// The writings of a record that were superseded, latest stamp first.
pub(super) fn history(link: &Link, id: RecordId) -> Result<Vec<Past>> {
    let held = load(link, id)?;
    let mut past = Vec::new();
    let mut statement =
        link.sql("SELECT name, value, stamp, version FROM history WHERE id = ?1")?;
    let mut rows = statement.query([bytes(id)])?;
    while let Some(row) = rows.next()? {
        let version: i64 = row.get(3)?;
        past.push(Past {
            name: row.get(0)?,
            field: field_at(row, 1, 2)?,
            kept: match version.unsigned_abs() {
                0 => Kept::Waiting,
                version => Kept::At(version),
            },
        });
    }
    // What lies under a waiting writing is superseded too, though it may come back.
    past.extend(held.waiting.keys().filter_map(|name| {
        let below = held.delivered.get(name)?;
        Some(Past {
            name: name.clone(),
            field: below.field.clone(),
            kept: Kept::At(below.version),
        })
    }));
    past.sort_by(|a, b| {
        b.field
            .stamp
            .cmp(&a.field.stamp)
            .then_with(|| a.name.cmp(&b.name))
    });
    Ok(past)
}

/// The greatest stamp kept here: what is delivered has left its greatest in `state`, and what waits is little.
pub(super) fn last_stamp(link: &Link) -> Result<Option<Stamp>> {
    let last: String = link
        .sql("SELECT max(last_stamp, (SELECT coalesce(max(stamp), '') FROM waiting)) FROM state")?
        .query_row([], |row| row.get(0))?;
    (!last.is_empty()).then(|| read_stamp(&last)).transpose()
}

/// Names and stamps of the delivered fields of the records in `scope`, in order of id.
pub(super) fn stamps(link: &Link, scope: Scope<'_>, each: &mut EachStamps<'_>) -> Result<()> {
    let mut tell = |id, packed: &[u8]| -> Result<()> {
        let stamps = pack::stamps(packed, link)?;
        let pairs = stamps.pairs();
        if !pairs.is_empty() {
            each(id, &pairs);
        }
        Ok(())
    };
    match scope {
        Scope::Delivered => {
            let mut statement = link.sql("SELECT id, delivered FROM records ORDER BY id")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                tell(id_at(row, 0)?, blob(row, 1)?)?;
            }
        }
        Scope::Visible(audiences) => {
            let visible: BTreeMap<RecordId, i64> = super::feed::visible(link, audiences)?;
            let mut statement = link.sql("SELECT delivered FROM records WHERE rid = ?1")?;
            for (id, rid) in visible {
                let mut rows = statement.query([rid])?;
                if let Some(row) = rows.next()? {
                    tell(id, blob(row, 0)?)?;
                }
            }
        }
    }
    Ok(())
}
