//! Opening a file: is it a store, whole, and of a schema that is known here; if it is older, a copy and the steps up.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::link::connect;
use crate::{Result, StoreError};

/// The steps from nothing to the newest schema; step n brings a file to schema n.
pub(super) const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_first.sql")),
    M::up(include_str!("../../migrations/0003_lost.sql")),
];

/// What the header of every store says it is.
const APPLICATION: i64 = 1_095_518_030;
/// The first bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Up to this size, in bytes, every page is looked at on every opening: some milliseconds. A larger file is looked at
/// when it was not closed well.
const CHECKED_ALWAYS: u64 = 16 << 20;

/// A file beside `path`, with `ending` after its whole name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Makes `path` ready to be used (made, checked and brought to the newest of `steps`) and connects to it.
pub(super) fn prepare(path: &Path, steps: &[M<'_>]) -> Result<Connection> {
    let len = fs::metadata(path).map_or(0, |file| file.len());
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if len > 0 {
        check_header(path, len, has_log)?;
    }
    let mut conn = connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let schema = schema_of(&conn, path, known)?;
    if len > 0 && (has_log || len <= CHECKED_ALWAYS) {
        let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(StoreError::damaged(verdict));
        }
    }
    if schema == known {
        return Ok(conn);
    }
    if schema > 0 {
        let copy = beside(path, &format!(".before-{known}"));
        super::backup::copy(&conn, &copy)?;
        tracing::info!(
            from = schema,
            to = known,
            "a copy was made before the schema changes"
        );
    }
    // Kept in the file: from here on every connection writes to the log beside it first.
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch("PRAGMA synchronous = FULL;")?;
    Migrations::from_slice(steps)
        .to_latest(&mut conn)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => match StoreError::from(err) {
                StoreError::Database(cause) => StoreError::Migration(cause),
                known => known,
            },
            other => StoreError::Migration(other.into()),
        })?;
    Ok(conn)
}

/// The schema of a file that is a store or empty, and not newer than `known`.
pub(super) fn schema_of(conn: &Connection, path: &Path, known: i64) -> Result<i64> {
    let ask = |sql| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let schema = ask("PRAGMA user_version")?;
    let is_empty = ask("SELECT count(*) FROM sqlite_schema")? == 0;
    if !(is_empty && schema == 0) && ask("PRAGMA application_id")? != APPLICATION {
        return Err(StoreError::damaged("it is not a store of Alongside"));
    }
    if schema > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: schema,
            known,
        });
    }
    Ok(schema)
}

/// Refuses, without a connection, what is no SQLite file or is shorter than its header says.
fn check_header(path: &Path, len: u64, has_log: bool) -> Result<()> {
    let mut header = [0_u8; 32];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    if read.is_err() || !header.starts_with(MAGIC) {
        return Err(StoreError::damaged("it does not begin like a store"));
    }
    let number = |at: usize, len: usize| {
        let bytes = header.get(at..at + len).unwrap_or_default();
        bytes
            .iter()
            .fold(0_u64, |n, &byte| n << 8 | u64::from(byte))
    };
    let page = match number(16, 2) {
        1 => 65_536,
        size => size,
    };
    // With a log beside it, pages may still be on their way into the file.
    if !has_log && page * number(28, 4) > len {
        return Err(StoreError::damaged("its end is missing"));
    }
    Ok(())
}
