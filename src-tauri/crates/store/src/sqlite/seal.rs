//! Putting a store under lock that was kept in the clear, and copies with another key.
//!
//! Laws (tested in `tests/seal.rs`, cut at every step):
//! - the plain file is moved only when a whole copy under lock, read back row for row, is on the disk;
//! - wherever it is cut, the next call finishes it, or begins again from the plain file;
//! - when it is done, nothing in the clear is left beside the store: the plain file, its log and older copies of it are
//!   written over before they are removed. What the disk itself remembers below the file system is not in our hands.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::backup::{put_in_place, refuse_existing, remove_if_present};
use super::cipher::{self, MAGIC, PAGE};
use super::link::connect;
use super::open::{self, beside};
use crate::{Result, StoreError, StoreKey};

/// Tables that are compared row for row.
const TABLES: &str =
    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
/// Bytes that are written over at once.
const BLOCK: usize = 64 << 10;

/// What has just been done, for whoever wants to cut it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The copy under lock is whole and on the disk.
    Copied,
    /// The plain file has its other name; no file has the store's.
    Moved,
    /// The copy under lock is the store.
    Placed,
    /// Nothing in the clear is left.
    Scrubbed,
}

/// Puts the store at `path` under lock if it is in the clear, and finishes what was cut short of that. Returns whether
/// there was something to do.
///
/// Errors leave the plain store in its place, or where the next call finds it. Nobody else may use the store meanwhile.
pub fn seal(path: &Path, key: &StoreKey) -> Result<bool> {
    seal_by_steps(path, key, &mut |_| Ok(()))
}

/// The same; `done` hears of each step and stops it there with an error.
#[doc(hidden)]
pub fn seal_by_steps(
    path: &Path,
    key: &StoreKey,
    done: &mut dyn FnMut(Step) -> Result<()>,
) -> Result<bool> {
    if !key.is_sealed() {
        return Ok(false);
    }
    let (plain, sealing) = (plain_path(path), beside(path, ".sealing"));
    if plain.is_file() && !path.exists() {
        // Cut between the two names. The copy was whole by then; were its key another, the plain file is still here.
        let whole = match open::check_whole(&sealing, key) {
            Ok(()) => &sealing,
            Err(_) => &plain,
        };
        rename(whole, path)?;
    }
    let is_plain = is_plain(path)?;
    if is_plain {
        copy_under_lock(path, &sealing, key).map_err(|error| error.located(path))?;
        done(Step::Copied)?;
        rename(path, &plain)?;
        done(Step::Moved)?;
        rename(&sealing, path)?;
        done(Step::Placed)?;
    }
    let left = in_the_clear(path)?;
    if left.is_empty() {
        return Ok(is_plain);
    }
    // Only what is safe elsewhere is let go.
    open::check_whole(path, key).map_err(|error| cipher::told(error, key, path))?;
    for file in left {
        scrub_file(&file)?;
    }
    done(Step::Scrubbed)?;
    Ok(true)
}

/// Where the plain file of the store at `path` is while it is put under lock.
pub fn plain_path(path: &Path) -> PathBuf {
    beside(path, ".plain")
}

/// Writes a whole copy of the store at `path` to `target` under another key, or in the clear, and reads it back. The
/// store may be in use.
///
/// Errors when `target` exists or the copy is not what it should be.
pub fn copy_as(path: &Path, key: &StoreKey, target: &Path, target_key: &StoreKey) -> Result<()> {
    refuse_existing(target)?;
    let part = beside(target, ".part");
    remove_if_present(&part)?;
    let copied = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key)
        .and_then(|conn| {
            open::schema_of(&conn, path, open::STEPS.len() as i64)?;
            export(&conn, &part, target_key)
        })
        .and_then(|()| put_in_place(&part, target));
    if copied.is_err() {
        remove_if_present(&part)?;
    }
    copied.map_err(|error| cipher::told(error, key, path))
}

/// Writes over a file, so that what was in it is not left on the disk as far as that can be reached, and removes it.
/// Nothing happens when there is none.
pub fn scrub_file(path: &Path) -> Result<()> {
    let scrub = || {
        let mut file = File::options().write(true).open(path)?;
        let mut left = file.metadata()?.len();
        let block = vec![0; BLOCK];
        while left > 0 {
            let len = left.min(BLOCK as u64);
            file.write_all(
                block
                    .get(..usize::try_from(len).unwrap_or(BLOCK))
                    .unwrap_or(&block),
            )?;
            left -= len;
        }
        file.sync_all()?;
        drop(file);
        fs::remove_file(path)
    };
    match scrub() {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(failed("removing", path, source))
        }
        _ => Ok(()),
    }
}

/// Whether a file is a store in the clear.
pub fn is_plain(path: &Path) -> Result<bool> {
    let mut first = Vec::with_capacity(MAGIC.len());
    match File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut first)) {
        Ok(_) => Ok(first == MAGIC),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(failed("reading", path, source)),
    }
}

/// Whether a file could be a store under lock, with whatever key.
pub fn looks_locked(path: &Path) -> Result<bool> {
    let mut first = Vec::with_capacity(PAGE);
    match File::open(path).and_then(|file| file.take(PAGE as u64).read_to_end(&mut first)) {
        Ok(_) => Ok(first.len() == PAGE && cipher::looks_encrypted(&first)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(failed("reading", path, source)),
    }
}

fn copy_under_lock(path: &Path, sealing: &Path, key: &StoreKey) -> Result<()> {
    for ending in ["", "-journal"] {
        remove_if_present(&beside(sealing, ending))?;
    }
    {
        // Also plays what a log holds into the file.
        let conn = open::check_and_connect(path, &StoreKey::Plain)?;
        let is_busy: i64 =
            conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if is_busy != 0 {
            return Err(StoreError::Busy("someone reads the plain store".into()));
        }
        export(&conn, sealing, key)?;
    }
    File::open(sealing)
        .and_then(|file| file.sync_all())
        .map_err(|source| failed("writing", sealing, source))?;
    scrub_file(&beside(path, "-wal"))?;
    remove_if_present(&beside(path, "-shm"))
}

/// Copies a database into a new file with a key of its own, row for row, and compares the two.
fn export(conn: &Connection, to: &Path, key: &StoreKey) -> Result<()> {
    // On the way nothing is written to a file of the system's.
    conn.execute_batch("PRAGMA temp_store = MEMORY")?;
    // The connection makes no files, its own excepted.
    File::create_new(to).map_err(|source| failed("making", to, source))?;
    let name = to.to_string_lossy();
    cipher::attach(conn, &name, key)?;
    let copied = copy_attached(conn, to);
    let detached = conn.execute_batch("DETACH fresh");
    copied?;
    Ok(detached?)
}

fn copy_attached(conn: &Connection, to: &Path) -> Result<()> {
    let step = conn.unchecked_transaction()?;
    conn.query_row("SELECT sqlcipher_export('fresh')", [], |_| Ok(()))?;
    for fact in ["user_version", "application_id"] {
        let kept: i64 = conn.query_row(&format!("PRAGMA main.{fact}"), [], |row| row.get(0))?;
        conn.execute_batch(&format!("PRAGMA fresh.{fact} = {kept}"))?;
    }
    let tables = conn
        .prepare(TABLES)?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for table in tables {
        for (one, other) in [("main", "fresh"), ("fresh", "main")] {
            let sql = format!(
                "SELECT count(*) FROM (SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})"
            );
            let differing: i64 = conn.query_row(&sql, [], |row| row.get(0))?;
            if differing != 0 {
                return Err(StoreError::BadCopy {
                    path: to.to_owned(),
                    detail: format!("{differing} rows of {table} are not the same"),
                });
            }
        }
    }
    Ok(step.commit()?)
}

/// Files beside a store that is under lock which are not: its plain file, and older copies of that.
fn in_the_clear(path: &Path) -> Result<Vec<PathBuf>> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let unreadable = |source| failed("reading", folder, source);
    let mut left = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let found = entry.map_err(unreadable)?.path();
        let is_ours = found.file_name().is_some_and(|other| {
            other
                .as_encoded_bytes()
                .strip_prefix(name.as_encoded_bytes())
                .is_some_and(|ending| ending.starts_with(b"."))
        });
        if is_ours && is_plain(&found)? {
            // The log first: without its file nothing says any more that it is in the clear.
            left.extend([beside(&found, "-wal"), beside(&found, "-shm"), found]);
        }
    }
    Ok(left)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|source| failed("moving", from, source))?;
    // The new name must last too, where folders can be synced.
    if let Some(folder) = to.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> StoreError {
    StoreError::File {
        doing,
        path: path.to_owned(),
        source,
    }
}
