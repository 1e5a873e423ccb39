//! Opening a file: is it a store, whole, and of a schema that is known here; if it is older, a copy and the steps up.

use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use super::cipher::{self, MAGIC, PAGE, Pages};
use super::link::{Link, connect};
use crate::{Result, StoreError, StoreKey};

/// The steps from nothing to the newest schema; step n brings a file to schema n.
pub(super) const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/0001_first.sql")),
    M::up(include_str!("../../migrations/0002_letters.sql")),
    M::up(include_str!("../../migrations/0003_lost.sql")),
];

/// What the header of every store says it is.
const APPLICATION: i64 = 1_095_518_030;
/// Up to this size, in bytes, every page is looked at on every opening: some milliseconds. A larger file is looked at
/// when it was not closed well.
const CHECKED_ALWAYS: u64 = 16 << 20;

/// A file beside `path`, with `ending` after its whole name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Connects to the store at `path`, which is there, of a schema known here and whole: every page of it was looked at.
pub(super) fn check_and_connect(path: &Path, key: &StoreKey) -> Result<Connection> {
    let len = fs::metadata(path).map_or(0, |file| file.len());
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    check_header(path, len, has_log, key)?;
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key)?;
    schema_of(&conn, path, i64::try_from(STEPS.len()).unwrap_or(i64::MAX))?;
    quick_check(&conn)?;
    Ok(conn)
}

/// Errors unless there is a whole store at `path` that opens with this key.
pub(super) fn check_whole(path: &Path, key: &StoreKey) -> Result<()> {
    check_and_connect(path, key).map(drop)
}

fn quick_check(conn: &Connection) -> Result<()> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::damaged(verdict));
    }
    Ok(())
}

/// Makes `path` ready to be used (made, checked and brought to the newest of `steps`) and connects to it.
pub(super) fn prepare(path: &Path, key: &StoreKey, steps: &[M<'_>]) -> Result<Connection> {
    let len = fs::metadata(path).map_or(0, |file| file.len());
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    if len > 0 {
        check_header(path, len, has_log, key)?;
    }
    let mut conn = connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        key,
    )?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let schema = schema_of(&conn, path, known)?;
    if len > 0 && (has_log || len <= CHECKED_ALWAYS) {
        quick_check(&conn)?;
    }
    if schema == known {
        // A copy (a backup brought back, a store put under lock) comes without it.
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        return Ok(conn);
    }
    if schema > 0 {
        let copy = beside(path, &format!(".before-{known}"));
        super::backup::copy(&conn, &copy, key)?;
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

/// A writer's link to a file that was made ready before.
pub(super) fn connect_again(path: &Path, key: &StoreKey) -> Result<Link> {
    Link::writer(connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key)?)
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

/// Refuses, without a connection, what is no store with this key or is shorter than its header says.
pub(super) fn check_header(path: &Path, len: u64, has_log: bool, key: &StoreKey) -> Result<()> {
    let mut first = Vec::with_capacity(PAGE);
    fs::File::open(path)
        .and_then(|file| file.take(PAGE as u64).read_to_end(&mut first))
        .map_err(|source| StoreError::File {
            doing: "reading",
            path: path.to_owned(),
            source,
        })?;
    let header = match key {
        StoreKey::Plain if first.starts_with(MAGIC) && first.len() >= 32 => first,
        StoreKey::Plain => return Err(StoreError::damaged("it does not begin like a store")),
        StoreKey::Raw(raw) if first.starts_with(&cipher::salt(raw)) => {
            // With a log beside it, the page may be one that was not written to its end; the log has it then.
            if has_log {
                return Ok(());
            }
            Pages::new(key)
                .and_then(|pages| pages.open(1, &first))
                .ok_or_else(|| StoreError::damaged("its first page is not what was written"))?
        }
        StoreKey::Raw(_) => return Err(foreign(path, key, &first)),
    };
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

/// What is wrong with a file that does not begin as those with this key do: it has no key, another one, or lost its head.
fn foreign(path: &Path, key: &StoreKey, first: &[u8]) -> StoreError {
    let other = |detail| StoreError::OtherKey {
        path: path.to_owned(),
        detail,
    };
    if first.starts_with(MAGIC) {
        return other("it is not locked");
    }
    let opens_a_page = || {
        let (pages, content) = (Pages::new(key)?, fs::read(path).ok()?);
        let mut numbered = (1..).zip(content.chunks_exact(PAGE));
        numbered.find_map(|(n, page)| pages.open(n, page))
    };
    if first.len() < PAGE || !cipher::looks_encrypted(first) || opens_a_page().is_some() {
        return StoreError::damaged("it does not begin like a store");
    }
    other("it is locked with another one")
}
