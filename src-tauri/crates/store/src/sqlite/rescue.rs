//! Bad days: what can still be read of a damaged file, and putting the file aside.
//!
//! All that the hub has comes back from the hub. What matters here is what it never got: the rows of `waiting`, which
//! each stand by themselves for this reason. A page that cannot be read is stepped over, from both sides; where even the
//! way to the pages is lost, they are looked for one by one (`carve`). A row found twice does no harm: the later stamp
//! stands, and a hub takes a writing it has already for accepted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use alongside_domain::{Kind, Record, RecordId};
use rusqlite::{Connection, OpenFlags, Row};

use super::backup::remove_if_present;
use super::carve::{Found, carve};
use super::link::connect;
use super::open::beside;
use super::records::{field_at, id_at};
use crate::{Result, SetAside, StoreError, StoreKey};

/// How often a range of places is halved to step over a page, and how many looks are taken in all.
const DEPTH: u32 = 24;
const LOOKS: u32 = 2_000;

/// What was read of a damaged store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescue {
    /// Records with those of their fields that waited for a receipt.
    pub waiting: Vec<Record>,
    /// What a hub had refused.
    pub set_aside: Vec<SetAside>,
    /// The notes of the install.
    pub notes: BTreeMap<String, String>,
    /// Whether all of these could be read; false when pages of them are lost.
    pub is_whole: bool,
}

/// Reads what can be read of a damaged store with its key, without changing it.
///
/// Errors only when no copy to read from could be made; a file of which nothing can be read gives an empty rescue.
pub fn rescue(path: &Path, key: &StoreKey) -> Result<Rescue> {
    // Opening a file plays its log into it, so a copy is read.
    let copy = beside(path, ".rescue");
    let endings = ["", "-wal"];
    for ending in endings {
        copy_if_present(&beside(path, ending), &beside(&copy, ending))?;
    }
    let mut rescued = connect(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE, key)
        .map(|conn| read(&conn))
        .unwrap_or_default();
    if !rescued.is_whole {
        let bytes = |ending| fs::read(beside(path, ending)).unwrap_or_default();
        rescued.add_carved(&bytes(""), &bytes("-wal"), key);
    }
    for ending in endings.into_iter().chain(["-shm"]) {
        remove_if_present(&beside(&copy, ending))?;
    }
    Ok(rescued)
}

impl Rescue {
    /// Adds what the pages themselves give up.
    fn add_carved(&mut self, file: &[u8], log: &[u8], key: &StoreKey) {
        let mut records: BTreeMap<_, _> = std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|record| (record.id, record))
            .collect();
        carve(file, log, key, &mut |found| match found {
            Found::Waiting(writing) => {
                let record = records
                    .entry(writing.record)
                    .or_insert_with(|| Record::new(writing.record, writing.kind));
                record.put(&writing.name, writing.field);
            }
            Found::Refused(aside) => {
                let is_same =
                    |other: &SetAside| (other.record, &other.name) == (aside.record, &aside.name);
                if !self.set_aside.iter().any(is_same) {
                    self.set_aside.push(aside);
                }
            }
            Found::Note(key, value) => {
                self.notes.entry(key).or_insert(value);
            }
        });
        self.waiting = in_order(records);
    }
}

/// Records with what they refer to first.
fn in_order(records: BTreeMap<RecordId, Record>) -> Vec<Record> {
    let mut records: Vec<_> = records.into_values().collect();
    records.sort_by_key(|record| record.kind.order());
    records
}

/// Why a store is put aside; its new name says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    /// It is broken.
    Damaged,
    /// Its key is gone, or is another's.
    Locked,
}

/// Renames a store, with what lies beside it, to the first free `<name>.damaged-<n>` or `<name>.locked-<n>`, and returns
/// the new path.
pub fn set_aside_file(path: &Path, why: Aside) -> Result<PathBuf> {
    let word = match why {
        Aside::Damaged => "damaged",
        Aside::Locked => "locked",
    };
    let mut n = 1_u32;
    let free = loop {
        let candidate = beside(path, &format!(".{word}-{n}"));
        if fs::symlink_metadata(&candidate).is_err() {
            break candidate;
        }
        n += 1;
    };
    let rename = |from: &Path, to: &Path| {
        fs::rename(from, to).map_err(|source| StoreError::File {
            doing: "setting aside",
            path: from.to_owned(),
            source,
        })
    };
    // The log first: were this cut short, a store without its log is less than a log without its store.
    for ending in ["-wal", "-shm"] {
        let from = beside(path, ending);
        if fs::symlink_metadata(&from).is_ok() {
            rename(&from, &beside(&free, ending))?;
        }
    }
    rename(path, &free)?;
    Ok(free)
}

fn read(conn: &Connection) -> Rescue {
    let mut is_whole = true;
    let mut waiting = Waiting::default();
    let mut looks = LOOKS;
    waiting.gather(conn, 0, i64::MAX, DEPTH, &mut looks);
    is_whole &= waiting.is_whole;

    let mut set_aside = Vec::new();
    is_whole &= read_all(
        conn,
        "SELECT id, kind, name, value, stamp, code, message, at FROM set_aside",
        |row| {
            set_aside.push(SetAside {
                record: id_at(row, 0)?,
                kind: Kind::from(row.get::<_, String>(1)?),
                name: row.get(2)?,
                field: field_at(row, 3, 4)?,
                code: row.get(5)?,
                message: row.get(6)?,
                at: row.get(7)?,
            });
            Ok(())
        },
    );
    let mut notes = BTreeMap::new();
    is_whole &= read_all(conn, "SELECT key, value FROM notes", |row| {
        notes.insert(row.get(0)?, row.get(1)?);
        Ok(())
    });
    Rescue {
        waiting: in_order(waiting.records),
        set_aside,
        notes,
        is_whole,
    }
}

#[derive(Default)]
struct Waiting {
    records: BTreeMap<RecordId, Record>,
    is_whole: bool,
}

impl Waiting {
    /// Reads the rows from place `low` to `high`: up from below, down from above where a page is in the way, and the two
    /// halves of what is between for pages that are whole in there.
    fn gather(&mut self, conn: &Connection, low: i64, high: i64, depth: u32, looks: &mut u32) {
        let (up, is_done) = self.step(conn, low, high, "ASC");
        if depth == DEPTH {
            self.is_whole = is_done;
        }
        if is_done {
            return;
        }
        let low = up.unwrap_or(low);
        let (down, _) = self.step(conn, low, high, "DESC");
        let high = down.unwrap_or(high);
        *looks = looks.saturating_sub(2);
        if depth > 0 && *looks > 0 && high > low.saturating_add(1) {
            let middle = low.midpoint(high);
            self.gather(conn, low, middle, depth - 1, looks);
            self.gather(conn, middle + 1, high, depth - 1, looks);
        }
    }

    /// Steps through the rows until the end or a page that cannot be read; returns the last place and which of the two.
    fn step(&mut self, conn: &Connection, low: i64, high: i64, way: &str) -> (Option<i64>, bool) {
        let mut last = None;
        let sql = format!(
            "SELECT id, kind, name, value, stamp, place FROM waiting WHERE place BETWEEN ?1 AND ?2 ORDER BY place {way}"
        );
        let is_done = read_rows(conn, &sql, (low, high), |row| {
            let id = id_at(row, 0)?;
            last = Some(row.get(5)?);
            let kind = Kind::from(row.get::<_, String>(1)?);
            let (name, field) = (row.get::<_, String>(2)?, field_at(row, 3, 4)?);
            let record = self
                .records
                .entry(id)
                .or_insert_with(|| Record::new(id, kind));
            record.put(&name, field);
            Ok(())
        });
        (last, is_done)
    }
}

fn read_all(conn: &Connection, sql: &str, each: impl FnMut(&Row<'_>) -> Result<()>) -> bool {
    read_rows(conn, sql, (), each)
}

/// Reads rows until the end or the first that cannot be reached; returns whether all were read.
fn read_rows(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut each: impl FnMut(&Row<'_>) -> Result<()>,
) -> bool {
    let Ok(mut statement) = conn.prepare(sql) else {
        return false;
    };
    let Ok(mut rows) = statement.query(params) else {
        return false;
    };
    let mut is_whole = true;
    loop {
        match rows.next() {
            Ok(Some(row)) => is_whole &= each(row).is_ok(),
            Ok(None) => return is_whole,
            Err(_) => return false,
        }
    }
}

fn copy_if_present(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(StoreError::File {
            doing: "copying",
            path: from.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}
