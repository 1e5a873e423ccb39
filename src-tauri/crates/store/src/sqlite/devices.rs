//! Devices that were let in, the codes that let them in, and the notes of this install.

use alongside_domain::{DeviceId, PersonId};
use rusqlite::Row;
use uuid::Uuid;

use super::link::Link;
use crate::{Code, Device, DeviceKind, Result, StoreError};

const COLUMNS: &str = "id, person, name, kind, token_hash, paired_at, last_contact, waiting, cursor, revoked_at, wipe, revoked_by, farewell";

/// All devices, those let in first at the head.
pub(super) fn list(link: &Link) -> Result<Vec<Device>> {
    let mut statement = link.sql(&format!(
        "SELECT {COLUMNS} FROM devices ORDER BY paired_at, id"
    ))?;
    let mut rows = statement.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        devices.push(device_at(row)?);
    }
    Ok(devices)
}

/// A device by its id.
pub(super) fn get(link: &Link, id: DeviceId) -> Result<Option<Device>> {
    let mut statement = link.sql(&format!("SELECT {COLUMNS} FROM devices WHERE id = ?1"))?;
    let mut rows = statement.query([id.uuid().into_bytes()])?;
    rows.next()?.map(device_at).transpose()
}

/// The device whose token has this hash.
pub(super) fn by_token(link: &Link, token_hash: &[u8; 32]) -> Result<Option<Device>> {
    let mut statement = link.sql(&format!(
        "SELECT {COLUMNS} FROM devices WHERE token_hash = ?1"
    ))?;
    let mut rows = statement.query([token_hash])?;
    rows.next()?.map(device_at).transpose()
}

/// Keeps a device, new or changed.
pub(super) fn put(link: &Link, device: &Device) -> Result<()> {
    link.sql(
        "INSERT INTO devices (id, person, name, kind, token_hash, paired_at, last_contact, waiting, cursor, revoked_at,
                              wipe, revoked_by, farewell)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT DO UPDATE SET
             person = excluded.person, name = excluded.name, kind = excluded.kind, token_hash = excluded.token_hash,
             paired_at = excluded.paired_at, last_contact = excluded.last_contact, waiting = excluded.waiting,
             cursor = excluded.cursor, revoked_at = excluded.revoked_at, wipe = excluded.wipe,
             revoked_by = excluded.revoked_by, farewell = excluded.farewell",
    )?
    .execute((
        device.id.uuid().into_bytes(),
        device.person.uuid().into_bytes(),
        &device.name,
        match device.kind {
            DeviceKind::App => "app",
            DeviceKind::Browser => "browser",
        },
        device.token_hash,
        device.paired_at,
        device.last_contact,
        device.waiting.map(|waiting| waiting as i64),
        device.cursor as i64,
        device.revoked_at,
        &device.wipe,
        device
            .revoked_by
            .map_or(Vec::new(), |person| person.uuid().into_bytes().to_vec()),
        device.farewell.as_deref().unwrap_or_default(),
    ))?;
    Ok(())
}

fn device_at(row: &Row<'_>) -> Result<Device> {
    let uuid = |column| Ok::<_, StoreError>(Uuid::from_bytes(row.get(column)?));
    Ok(Device {
        id: DeviceId::from_uuid(uuid(0)?),
        person: PersonId::from_uuid(uuid(1)?),
        name: row.get(2)?,
        kind: match row.get::<_, String>(3)?.as_str() {
            "app" => DeviceKind::App,
            "browser" => DeviceKind::Browser,
            other => return Err(StoreError::damaged(format!("a device of kind {other}"))),
        },
        token_hash: row.get(4)?,
        paired_at: row.get(5)?,
        last_contact: row.get(6)?,
        waiting: row.get::<_, Option<i64>>(7)?.map(i64::unsigned_abs),
        cursor: row.get::<_, i64>(8)?.unsigned_abs(),
        revoked_at: row.get(9)?,
        wipe: row.get(10)?,
        revoked_by: Uuid::from_slice(super::records::blob(row, 11)?)
            .ok()
            .map(PersonId::from_uuid),
        farewell: row
            .get::<_, Option<String>>(12)?
            .filter(|text| !text.is_empty()),
    })
}

/// Keeps a pairing code.
pub(super) fn code_put(link: &Link, code: &Code) -> Result<()> {
    link.sql("INSERT OR REPLACE INTO codes (hash, person, expires_at) VALUES (?1, ?2, ?3)")?
        .execute((
            code.hash,
            code.person
                .map_or(Vec::new(), |person| person.uuid().into_bytes().to_vec()),
            code.expires_at,
        ))?;
    Ok(())
}

/// Uses a pairing code up.
pub(super) fn code_take(link: &Link, hash: &[u8; 32]) -> Result<Option<Code>> {
    let mut statement =
        link.sql("DELETE FROM codes WHERE hash = ?1 RETURNING hash, person, expires_at")?;
    let mut rows = statement.query([hash])?;
    let mut taken = None;
    while let Some(row) = rows.next()? {
        taken = Some(Code {
            hash: row.get(0)?,
            person: Uuid::from_slice(super::records::blob(row, 1)?)
                .ok()
                .map(PersonId::from_uuid),
            expires_at: row.get(2)?,
        });
    }
    Ok(taken)
}

/// Removes every code of a person.
pub(super) fn codes_delete(link: &Link, person: PersonId) -> Result<()> {
    link.sql("DELETE FROM codes WHERE person = ?1")?
        .execute([person.uuid().into_bytes()])?;
    Ok(())
}

/// A note of this install.
pub(super) fn note(link: &Link, key: &str) -> Result<Option<String>> {
    let mut statement = link.sql("SELECT value FROM notes WHERE key = ?1")?;
    let mut rows = statement.query([key])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

/// Keeps a note, or takes it away.
pub(super) fn note_put(link: &Link, key: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => link
            .sql("INSERT OR REPLACE INTO notes (key, value) VALUES (?1, ?2)")?
            .execute([key, value])?,
        None => link
            .sql("DELETE FROM notes WHERE key = ?1")?
            .execute([key])?,
    };
    Ok(())
}
