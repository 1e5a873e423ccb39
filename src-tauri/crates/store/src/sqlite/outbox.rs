//! What waits for a receipt, and what a hub refused.

use std::collections::BTreeMap;

use alongside_domain::{Field, Kind, Record, RecordId, Stamp};

use super::link::Link;
use super::records::{bytes, each_waiting, field_at, id_at};
use super::tray::Tray;
use crate::{Kept, Result, SetAside};

/// Records with those of their fields that wait: what they refer to comes first, then what was written first.
pub(super) fn list(link: &Link, limit: usize) -> Result<Vec<Record>> {
    let mut order = Vec::new();
    let mut statement =
        link.sql("SELECT place >> 20, id, kind, min(stamp) FROM waiting GROUP BY place >> 20")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let kind = Kind::from(row.get::<_, String>(2)?);
        let first: String = row.get(3)?;
        order.push((kind.order(), first, id_at(row, 1)?, row.get(0)?, kind));
    }
    order.sort_unstable_by(|a, b| (a.0, &a.1, a.2).cmp(&(b.0, &b.1, b.2)));
    let mut records = Vec::new();
    for (_, _, id, rid, kind) in order.into_iter().take(limit) {
        let mut record = Record::new(id, kind);
        each_waiting(link, rid, &mut |_, name, field| {
            record.fields.insert(name, field);
        })?;
        records.push(record);
    }
    Ok(records)
}

/// How many fields wait.
pub(super) fn count(link: &Link) -> Result<u64> {
    let count: i64 = link
        .sql("SELECT count(*) FROM waiting")?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// What was refused, latest first.
pub(super) fn set_aside(link: &Link) -> Result<Vec<SetAside>> {
    let mut aside = Vec::new();
    let mut statement = link.sql(
        "SELECT id, kind, name, value, stamp, code, message, at FROM set_aside ORDER BY at DESC, stamp DESC",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        aside.push(SetAside {
            record: id_at(row, 0)?,
            kind: Kind::from(row.get::<_, String>(1)?),
            name: row.get(2)?,
            field: field_at(row, 3, 4)?,
            code: row.get(5)?,
            message: row.get(6)?,
            at: row.get(7)?,
        });
    }
    Ok(aside)
}

/// See [`Writer::deliver`](crate::Writer::deliver).
pub(super) fn deliver(
    link: &Link,
    tray: &mut Tray,
    id: RecordId,
    name: &str,
    stamp: Stamp,
    version: u64,
) -> Result<()> {
    let held = tray.touch(link, id)?;
    let is_gone = held.kind.is_none();
    if is_gone || held.deliver(name, stamp, version) {
        tray.note_stamp(stamp);
        return Ok(());
    }
    // Written again while this writing was on its way: the hub has it, so it belongs under what waits now.
    tray.save(link)?;
    let mut statement = link.sql(
        "DELETE FROM history WHERE id = ?1 AND name = ?2 AND stamp = ?3 AND version = 0 RETURNING value, stamp",
    )?;
    let mut rows = statement.query((bytes(id), name, stamp.to_string()))?;
    let held = tray.touch(link, id)?;
    while let Some(row) = rows.next()? {
        held.join(name, &field_at(row, 0, 1)?, version);
    }
    Ok(())
}

/// See [`Writer::put_aside`](crate::Writer::put_aside).
pub(super) fn put_aside(link: &Link, tray: &mut Tray, aside: &SetAside) -> Result<()> {
    let held = tray.touch(link, aside.record)?;
    let is_standing = held
        .waiting
        .get(&aside.name)
        .is_some_and(|field| field.stamp == aside.field.stamp);
    if !is_standing {
        return Ok(());
    }
    let kind = held.kind.clone();
    let Some(field) = held.take_waiting(&aside.name) else {
        return Ok(());
    };
    // An earlier refusal of the same field makes way, and is not lost.
    if let Some(before) = take_aside(link, aside.record, &aside.name)? {
        held.supersede(&aside.name, before, 0);
    }
    link.sql(
        "INSERT INTO set_aside (id, name, kind, value, stamp, code, message, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        bytes(aside.record),
        &aside.name,
        kind.as_ref().unwrap_or(&aside.kind).as_str(),
        field.value.to_string(),
        field.stamp.to_string(),
        &aside.code,
        &aside.message,
        aside.at,
    ))?;
    Ok(())
}

/// Takes a refused writing out of those set aside.
pub(super) fn take_aside(link: &Link, id: RecordId, name: &str) -> Result<Option<Field>> {
    let mut statement =
        link.sql("DELETE FROM set_aside WHERE id = ?1 AND name = ?2 RETURNING value, stamp")?;
    let mut rows = statement.query((bytes(id), name))?;
    let mut taken = None;
    while let Some(row) = rows.next()? {
        taken = Some(field_at(row, 0, 1)?);
    }
    Ok(taken)
}

/// See [`Writer::offer_again`](crate::Writer::offer_again).
pub(super) fn offer_again(link: &Link, tray: &mut Tray, code: &str) -> Result<u64> {
    tray.save(link)?;
    let refused = set_aside(link)?;
    let mut count = 0;
    for aside in refused.into_iter().filter(|aside| aside.code == code) {
        take_aside(link, aside.record, &aside.name)?;
        tray.touch(link, aside.record)?
            .put(&aside.kind, &aside.name, &aside.field, Kept::Waiting);
        count += 1;
    }
    Ok(count)
}

/// See [`Writer::restamp_waiting`](crate::Writer::restamp_waiting).
pub(super) fn restamp(
    link: &Link,
    tray: &mut Tray,
    restamp: &mut dyn FnMut(&Kind, &str, &mut Field),
) -> Result<u64> {
    tray.save(link)?;
    let mut waiting = BTreeMap::new();
    let mut statement = link.sql("SELECT stamp, id, name, kind FROM waiting")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = (
            row.get::<_, String>(0)?,
            id_at(row, 1)?,
            row.get::<_, String>(2)?,
        );
        waiting.insert(key, Kind::from(row.get::<_, String>(3)?));
    }
    let count = waiting.len() as u64;
    for ((_, id, name), kind) in waiting {
        let held = tray.touch(link, id)?;
        if let Some(mut field) = held.take_waiting(&name) {
            restamp(&kind, &name, &mut field);
            // Below a delivered writing that is later after all, it goes to the history.
            held.put(&kind, &name, &field, Kept::Waiting);
        }
    }
    Ok(count)
}

/// See [`Writer::forget`](crate::Writer::forget).
pub(super) fn forget(link: &Link, tray: &mut Tray, id: RecordId) -> Result<()> {
    tray.touch(link, id)?.forget();
    link.sql("DELETE FROM history WHERE id = ?1")?
        .execute([bytes(id)])?;
    link.sql("DELETE FROM set_aside WHERE id = ?1")?
        .execute([bytes(id)])?;
    Ok(())
}

/// See [`Writer::forget_all_but`](crate::Writer::forget_all_but).
pub(super) fn forget_all_but(
    link: &Link,
    tray: &mut Tray,
    kept: &std::collections::BTreeSet<RecordId>,
) -> Result<u64> {
    tray.save(link)?;
    let mut gone = Vec::new();
    let mut statement = link.sql("SELECT id FROM records WHERE delivered <> x''")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = id_at(row, 0)?;
        if !kept.contains(&id) {
            gone.push(id);
        }
    }
    for id in &gone {
        forget(link, tray, *id)?;
    }
    Ok(gone.len() as u64)
}
