//! Letters: those made here, those carried for others, and, on a hub, those that were taken in.

use alongside_domain::{DeviceId, HubId, LetterId, PersonId};
use rusqlite::Row;
use uuid::Uuid;

use super::link::Link;
use crate::{Carried, OwnLetter, Result, Settled, StoreError};

fn uuid_at(row: &Row<'_>, column: usize) -> Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

fn key(id: LetterId) -> [u8; 16] {
    id.uuid().into_bytes()
}

/// The letters made here, latest first.
pub(super) fn own(link: &Link) -> Result<Vec<OwnLetter>> {
    let mut statement = link.sql(
        "SELECT id, made_at, identity, changes, records, answered_at FROM letters ORDER BY made_at DESC, id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut letters = Vec::new();
    while let Some(row) = rows.next()? {
        letters.push(OwnLetter {
            id: LetterId::from_uuid(uuid_at(row, 0)?),
            made_at: row.get(1)?,
            identity: row.get(2)?,
            changes: row.get::<_, i64>(3)?.unsigned_abs(),
            records: row.get::<_, i64>(4)?.unsigned_abs(),
            answered_at: row.get(5)?,
        });
    }
    Ok(letters)
}

/// Keeps a letter made here, new or changed.
pub(super) fn own_put(link: &Link, letter: &OwnLetter) -> Result<()> {
    link.sql(
        "INSERT INTO letters (id, made_at, identity, changes, records, answered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET identity = excluded.identity, answered_at = excluded.answered_at",
    )?
    .execute((
        key(letter.id),
        letter.made_at,
        &letter.identity,
        letter.changes as i64,
        letter.records as i64,
        letter.answered_at,
    ))?;
    Ok(())
}

/// Forgets a letter made here.
pub(super) fn own_delete(link: &Link, id: LetterId) -> Result<()> {
    link.sql("DELETE FROM letters WHERE id = ?1")?
        .execute([key(id)])?;
    Ok(())
}

/// The letters carried for others, those taken first at the head.
pub(super) fn carried(link: &Link) -> Result<Vec<Carried>> {
    let mut statement = link.sql(
        "SELECT id, hub, device, person, made_at, taken_at, settled_at, code, message, length(receipt) > 0
         FROM carried ORDER BY taken_at, id",
    )?;
    let mut rows = statement.query([])?;
    let mut carried = Vec::new();
    while let Some(row) = rows.next()? {
        let settled_at: Option<i64> = row.get(6)?;
        let has_receipt: bool = row.get(9)?;
        let settled = match (settled_at, has_receipt) {
            (None, _) => Settled::NotYet,
            (Some(at), true) => Settled::Receipt { at },
            (Some(at), false) => Settled::Refused {
                at,
                code: row.get(7)?,
                message: row.get(8)?,
            },
        };
        carried.push(Carried {
            letter: LetterId::from_uuid(uuid_at(row, 0)?),
            hub: HubId::from_uuid(uuid_at(row, 1)?),
            device: DeviceId::from_uuid(uuid_at(row, 2)?),
            person: PersonId::from_uuid(uuid_at(row, 3)?),
            made_at: row.get(4)?,
            taken_at: row.get(5)?,
            settled,
        });
    }
    Ok(carried)
}

/// How many letters wait to be carried to their hub.
pub(super) fn carried_count(link: &Link) -> Result<u64> {
    let count: i64 = link
        .sql("SELECT count(*) FROM carried WHERE settled_at IS NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// One column of a letter that is carried.
fn envelope(link: &Link, sql: &str, id: LetterId) -> Result<Option<Vec<u8>>> {
    let mut statement = link.sql(sql)?;
    let mut rows = statement.query([key(id)])?;
    let bytes: Option<Vec<u8>> = match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    };
    Ok(bytes.filter(|bytes| !bytes.is_empty()))
}

/// A letter that is carried, as it lies in a file.
pub(super) fn carried_letter(link: &Link, id: LetterId) -> Result<Option<Vec<u8>>> {
    envelope(link, "SELECT letter FROM carried WHERE id = ?1", id)
}

/// Its receipt, as it lies in a file.
pub(super) fn carried_receipt(link: &Link, id: LetterId) -> Result<Option<Vec<u8>>> {
    envelope(link, "SELECT receipt FROM carried WHERE id = ?1", id)
}

/// Keeps a letter to be carried. One that is here already stays as it is.
pub(super) fn carried_put(link: &Link, carried: &Carried, letter: &[u8]) -> Result<bool> {
    let kept = link
        .sql(
            "INSERT INTO carried (id, hub, device, person, made_at, taken_at, letter) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO NOTHING",
        )?
        .execute((
            key(carried.letter),
            carried.hub.uuid().into_bytes(),
            carried.device.uuid().into_bytes(),
            carried.person.uuid().into_bytes(),
            carried.made_at,
            carried.taken_at,
            letter,
        ))?;
    Ok(kept > 0)
}

/// Notes what came of a letter; with a receipt the letter itself is carried no longer.
pub(super) fn carried_settle(
    link: &Link,
    id: LetterId,
    settled: &Settled,
    receipt: &[u8],
) -> Result<()> {
    let (at, code, message) = match settled {
        Settled::NotYet => return Err(StoreError::Database("nothing came of a letter".into())),
        Settled::Receipt { at } => (at, "", ""),
        Settled::Refused { at, code, message } => (at, code.as_str(), message.as_str()),
    };
    link.sql(
        "UPDATE carried SET settled_at = ?2, receipt = ?3, code = ?4, message = ?5,
             letter = CASE WHEN length(?3) > 0 THEN x'' ELSE letter END WHERE id = ?1",
    )?
    .execute((key(id), at, receipt, code, message))?;
    Ok(())
}

/// Forgets a letter that was carried.
pub(super) fn carried_delete(link: &Link, id: LetterId) -> Result<()> {
    link.sql("DELETE FROM carried WHERE id = ?1")?
        .execute([key(id)])?;
    Ok(())
}

/// The receipt that was given for a letter.
pub(super) fn taken(link: &Link, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
    let mut statement = link.sql("SELECT receipt FROM letters_taken WHERE hash = ?1")?;
    let mut rows = statement.query([hash])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

/// Keeps the receipt that is given for a letter, and forgets those given before `oldest`.
pub(super) fn taken_put(
    link: &Link,
    hash: &[u8; 32],
    at: i64,
    receipt: &[u8],
    oldest: i64,
) -> Result<()> {
    link.sql("DELETE FROM letters_taken WHERE taken_at < ?1")?
        .execute([oldest])?;
    link.sql("INSERT OR REPLACE INTO letters_taken (hash, taken_at, receipt) VALUES (?1, ?2, ?3)")?
        .execute((hash, at, receipt))?;
    Ok(())
}
