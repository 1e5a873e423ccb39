//! Words kept ready to be found: an FTS5 index in memory, beside no file.
//!
//! The index is made when somebody searches for the first time and follows from then on: a commit notes the rows it
//! wrote, and the next search reads those rows again before it looks. So a tick and a pull cost what they cost without
//! it, nothing waits for the writer, and no word outlives its record in a file (R20): what is destroyed has no second
//! place from which it had to go. The price is making it anew after each start: some tenths of a second for ten years.
//! The way not taken is an index in the store's file: it would be half as large again as the store, every sync would
//! write it, and erasing from it is a matter of trust in its merges.
//!
//! It holds which words are in which row, folded by the domain, and never the texts. It may be wrong for a moment, when
//! another program writes to the file: whoever asks looks at the record itself before it is shown.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use alongside_domain::{Kind, RecordId, search};
use rusqlite::Connection;

use super::SqliteStore;
use super::link::Link;
use super::records::{blob, id_at, load};
use super::{feed, seats};
use crate::{Result, Wanted};

/// Stands before the number of a kind, so that it is no word that anybody could ask for.
const KIND: char = '\u{e000}';

/// The index of one store.
#[derive(Default)]
pub(super) struct Index {
    made: Mutex<Option<Made>>,
    /// Rows that were written since they were last read; `None` while there is no index to keep up.
    stale: Mutex<Option<HashSet<i64>>>,
}

struct Made {
    conn: Connection,
    /// What the writer's connection says of writings by other programs.
    others: Option<i64>,
}

impl Index {
    /// Notes rows that were written and committed.
    pub(super) fn note(&self, rows: Vec<i64>) {
        let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stale) = stale.as_mut() {
            stale.extend(rows);
        }
    }

    /// Drops the index with all it holds; the next search makes it anew.
    pub(super) fn drop_all(&self) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        self.set_stale(None);
        *made = None;
    }

    fn set_stale(&self, stale: Option<HashSet<i64>>) -> Option<HashSet<i64>> {
        let mut kept = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut kept, stale)
    }
}

/// See [`Store::search`](crate::Store::search).
pub(super) fn search(store: &SqliteStore, wanted: &Wanted<'_>) -> Result<Vec<RecordId>> {
    let index = &store.index;
    let mut made = index.made.lock().unwrap_or_else(PoisonError::into_inner);
    let others = writings_of_others(store);
    // Another program has written: what, nobody noted.
    let is_known = |made: &Made| made.others.is_none() || others.is_none() || made.others == others;
    let fresh = made.take().filter(is_known);
    // Rows are taken off the list before the snapshot is opened: what is written meanwhile is read once more.
    let stale = index.set_stale(Some(HashSet::new()));
    let reader = store.reader()?;
    let link = reader.link()?;
    let current = match (fresh, stale) {
        (Some(mut current), Some(stale)) => {
            current.others = current.others.or(others);
            current.follow(link, &stale)?;
            current
        }
        _ => Made::all(link, others)?,
    };
    let found = current.find(link, wanted);
    // An error on the way leaves none, and the next search makes it anew.
    *made = Some(current);
    found
}

/// A number that changes when another program writes; `None` while the writer is busy.
fn writings_of_others(store: &SqliteStore) -> Option<i64> {
    let link = store.writer.try_lock().ok()?;
    let asked = link
        .conn
        .query_row("PRAGMA data_version", [], |row| row.get(0));
    asked.ok()
}

impl Made {
    /// Reads every record that has words to be found.
    fn all(link: &Link, others: Option<i64>) -> Result<Self> {
        let conn = Connection::open_in_memory()?;
        conn.execute_batch(
            "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = OFF;
             CREATE VIRTUAL TABLE found USING fts5(
                 words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');",
        )?;
        let made = Self { conn, others };
        let mut rows = HashSet::new();
        let kinds = Kind::KNOWN.iter();
        for kind in kinds.filter(|kind| !search::searched(kind).is_empty()) {
            if let Some(word) = link.find(kind.as_str())? {
                let mut statement = link.sql("SELECT rid FROM records WHERE kind = ?1")?;
                let found = statement.query_map([word], |row| row.get(0))?;
                for row in found {
                    rows.insert(row?);
                }
            }
        }
        made.follow(link, &rows)?;
        Ok(made)
    }

    /// Reads these rows again.
    fn follow(&self, link: &Link, rows: &HashSet<i64>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let step = self.conn.unchecked_transaction()?;
        // Marks make no row come or go, and most rows that are written have no words: these are looked up only.
        for row in rows {
            step.prepare_cached("DELETE FROM found WHERE rowid = ?1")?
                .execute([row])?;
            if let Some(words) = words_of(link, *row)? {
                step.prepare_cached("INSERT INTO found (rowid, words) VALUES (?1, ?2)")?
                    .execute((row, words))?;
            }
        }
        step.commit()?;
        Ok(())
    }

    fn find(&self, link: &Link, wanted: &Wanted<'_>) -> Result<Vec<RecordId>> {
        let mut ids = Vec::new();
        let Some(kind) = link.find(wanted.kind.as_str())? else {
            return Ok(ids);
        };
        if wanted.words.is_empty() {
            return Ok(ids);
        }
        // Words are letters and digits, so none is syntax; a quotation mark would part nothing but itself.
        let mut asked = format!("\"{KIND}{kind}\"");
        for word in wanted.words {
            asked.push_str(&format!(" AND \"{}\"*", word.replace('"', " ")));
        }
        let audiences = match wanted.by {
            Some(audiences) => Some(feed::known(link, audiences)?),
            None => None,
        };
        let mut statement = self
            .conn
            .prepare_cached("SELECT rowid FROM found WHERE found MATCH ?1 ORDER BY rowid DESC")?;
        let mut rows = statement.query([asked])?;
        while ids.len() < wanted.limit
            && let Some(row) = rows.next()?
        {
            ids.extend(readable(link, row.get(0)?, audiences.as_deref())?);
        }
        Ok(ids)
    }
}

/// The id of a row, when one of these audiences reads it.
fn readable(link: &Link, row: i64, audiences: Option<&[u32]>) -> Result<Option<RecordId>> {
    let mut statement = link.sql("SELECT id, readers FROM records WHERE rid = ?1")?;
    let mut rows = statement.query([row])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let is_read = match audiences {
        Some(audiences) => seats::unpack(blob(row, 1)?)?
            .iter()
            .any(|seat| seat.since.is_some() && audiences.contains(&seat.audience)),
        None => true,
    };
    Ok(if is_read { Some(id_at(row, 0)?) } else { None })
}

/// The words of a row with its kind, as they are indexed; `None` for a row that is gone or has none.
fn words_of(link: &Link, row: i64) -> Result<Option<String>> {
    let id = {
        let mut statement = link.sql("SELECT id FROM records WHERE rid = ?1")?;
        let mut rows = statement.query([row])?;
        match rows.next()? {
            Some(row) => id_at(row, 0)?,
            None => return Ok(None),
        }
    };
    let Some(record) = load(link, id)?.into_record(id) else {
        return Ok(None);
    };
    let texts = search::texts(&record);
    let (false, Some(kind)) = (texts.is_empty(), link.find(record.kind.as_str())?) else {
        return Ok(None);
    };
    let mut words = format!("{KIND}{kind}");
    for (_, text) in texts {
        for word in search::words(text) {
            words.push(' ');
            words.push_str(&word.folded);
        }
    }
    Ok(Some(words))
}
