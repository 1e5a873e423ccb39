//! Whole copies: made while the store is in use, read back before they are called done, and brought back.

use std::fs;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::link::{Link, connect};
use super::records::{blob, field_at, id_at};
use super::{cipher, open, pack, seats};
use crate::{Result, StoreError, StoreKey};

/// Tables whose rows are counted on both sides of a copy.
const TABLES: [&str; 10] = [
    "words",
    "state",
    "records",
    "waiting",
    "history",
    "set_aside",
    "notes",
    "feed",
    "log",
    "devices",
];

/// Copies the store to `path`, under the same key, and reads the copy back; see [`Store::back_up`](crate::Store::back_up).
pub(super) fn back_up(link: &Link, path: &Path, key: &StoreKey) -> Result<()> {
    refuse_existing(path)?;
    copy_checked(&link.conn, path, key)
}

/// Brings a store back from a copy with the same key.
///
/// The copy is read through first and left as it is. Errors when it is not a whole store ([`StoreError::Damaged`],
/// [`StoreError::BadCopy`]), was written by a newer version ([`StoreError::Newer`]), or when there is something at
/// `target` already ([`StoreError::Exists`]). An older copy is brought up to date when it is opened.
pub fn restore(copy: &Path, target: &Path, key: &StoreKey) -> Result<()> {
    refuse_existing(target)?;
    refuse_existing(&open::beside(target, "-wal"))?;
    let whole = || {
        let conn = connect(copy, OpenFlags::SQLITE_OPEN_READ_ONLY, key)?;
        if open::schema_of(&conn, copy, open::STEPS.len() as i64)? == 0 {
            return Err(StoreError::damaged("it is empty"));
        }
        Ok(conn)
    };
    let told = |error| cipher::told(error, key, copy);
    let conn = whole().map_err(told)?;
    let faults = faults(&conn);
    if let Some(fault) = faults.map_err(told)?.first() {
        return Err(bad_copy(copy, fault.clone()));
    }
    copy_checked(&conn, target, key)
}

/// Copies a database to `path`, taking the place of what was there.
pub(super) fn copy(conn: &Connection, path: &Path, key: &StoreKey) -> Result<()> {
    let part = open::beside(path, ".part");
    remove_if_present(&part)?;
    let result = write_copy(conn, &part, key).and_then(|()| put_in_place(&part, path));
    if result.is_err() {
        remove_if_present(&part)?;
    }
    result
}

fn copy_checked(conn: &Connection, path: &Path, key: &StoreKey) -> Result<()> {
    let part = open::beside(path, ".part");
    remove_if_present(&part)?;
    let result = write_copy(conn, &part, key)
        .and_then(|()| compare(conn, &part, path, key))
        .and_then(|()| put_in_place(&part, path));
    if result.is_err() {
        remove_if_present(&part)?;
    }
    result
}

fn write_copy(from: &Connection, part: &Path, key: &StoreKey) -> Result<()> {
    let mut to = connect(
        part,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        key,
    )?;
    let outcome = Backup::new(from, &mut to)?.step(-1)?;
    if !matches!(outcome, StepResult::Done) {
        return Err(bad_copy(part, "the copying was interrupted".into()));
    }
    // One file, without a log beside it.
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// Reads a copy back and counts what is in it.
fn compare(from: &Connection, part: &Path, path: &Path, key: &StoreKey) -> Result<()> {
    let copy = connect(part, OpenFlags::SQLITE_OPEN_READ_ONLY, key)?;
    if let Some(fault) = faults(&copy)?.first() {
        return Err(bad_copy(path, fault.clone()));
    }
    for table in TABLES {
        let count = |conn: &Connection| {
            conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get::<_, i64>(0)
            })
        };
        let (expected, found) = (count(from)?, count(&copy)?);
        if expected != found {
            let detail = format!("{found} rows of {table} where there are {expected}");
            return Err(bad_copy(path, detail));
        }
    }
    Ok(())
}

pub(super) fn put_in_place(part: &Path, path: &Path) -> Result<()> {
    let failed = |doing, source| StoreError::File {
        doing,
        path: path.to_owned(),
        source,
    };
    fs::File::open(part)
        .and_then(|file| file.sync_all())
        .map_err(|source| failed("writing", source))?;
    fs::rename(part, path).map_err(|source| failed("naming", source))?;
    // So that the name outlives a power cut too, where folders can be synced.
    if let Some(folder) = path.parent()
        && let Ok(folder) = fs::File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// What is wrong with the storage; see [`Store::check`](crate::Store::check).
pub(super) fn check(link: &Link) -> Result<Vec<String>> {
    let mut wrong = faults(&link.conn)?;
    if wrong.is_empty() {
        wrong.extend(unreadable(link)?);
        wrong.extend(misplaced(link)?);
    }
    Ok(wrong)
}

/// What SQLite finds when it looks at every page, index and type.
fn faults(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Rows that do not hold what this version writes.
fn unreadable(link: &Link) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut statement = link.sql("SELECT id, readers, delivered FROM records")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let read = seats::unpack(blob(row, 1)?).and_then(|_| pack::unpack(blob(row, 2)?, link));
        if let Err(error) = read {
            wrong.push(format!("Record {}: {}.", id_at(row, 0)?, detail(error)));
        }
    }
    for table in ["waiting", "history", "set_aside"] {
        let mut statement = link.sql(&format!("SELECT id, name, value, stamp FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Err(error) = field_at(row, 2, 3) {
                let (id, name) = (id_at(row, 0)?, row.get::<_, String>(1)?);
                wrong.push(format!(
                    "Record {id}, {name} in {table}: {}.",
                    detail(error)
                ));
            }
        }
    }
    Ok(wrong)
}

/// Records that the feeds do not have where they say they are, waiting writings of no record, versions not given yet.
fn misplaced(link: &Link) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut taken = 0;
    let mut place =
        link.sql("SELECT count(*) FROM feed WHERE audience = ?1 AND version = ?2 AND rid = ?3")?;
    let mut statement = link.sql("SELECT rid, id, readers FROM records")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rid: i64 = row.get(0)?;
        for seat in seats::unpack(blob(row, 2)?).unwrap_or_default() {
            let found: i64 =
                place.query_row((seat.audience, seat.version as i64, rid), |row| row.get(0))?;
            taken += found;
            if found == 0 {
                wrong.push(format!("Record {} is missing from a feed.", id_at(row, 1)?));
            }
        }
    }
    let count = |sql| -> Result<i64> { Ok(link.sql(sql)?.query_row([], |row| row.get(0))?) };
    if count("SELECT count(*) FROM feed")? != taken {
        wrong.push("A feed holds a record that does not know of it.".into());
    }
    let strays = "SELECT count(*) FROM waiting LEFT JOIN records ON rid = place >> 20 WHERE records.id IS NOT waiting.id";
    if count(strays)? > 0 {
        wrong.push("A change waits that belongs to no record.".into());
    }
    if count(
        "SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT id, name FROM waiting)) FROM waiting",
    )? > 0
    {
        wrong.push("Two changes of one field wait.".into());
    }
    if count("SELECT coalesce(max(version), 0) > (SELECT version FROM state) FROM feed")? != 0 {
        wrong.push("A feed is ahead of the school's version.".into());
    }
    Ok(wrong)
}

fn detail(error: StoreError) -> String {
    match error {
        StoreError::Damaged { detail, .. } => detail,
        other => other.to_string(),
    }
}

fn bad_copy(path: &Path, detail: String) -> StoreError {
    StoreError::BadCopy {
        path: path.to_owned(),
        detail,
    }
}

pub(super) fn refuse_existing(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(StoreError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

pub(super) fn remove_if_present(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(StoreError::File {
            doing: "removing",
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
