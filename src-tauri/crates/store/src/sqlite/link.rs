//! One connection, and what it remembers from one transaction to the next.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use alongside_domain::RecordId;
use rusqlite::{CachedStatement, Connection, OpenFlags};

use super::cipher;
use super::pack;
use super::press::Press;
use super::words::Words;
use crate::{Result, StoreError, StoreKey};

/// How long a transaction waits for one of another program, in milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// Statements kept ready; more than there are.
const STATEMENTS: usize = 96;
/// How hard texts are pressed: level 6 would take one byte in a hundred off, and twice the time.
const PRESS_LEVEL: i32 = 1;
/// How many made names are remembered in case another record has them too.
const MADE_NAMES: usize = 4096;

/// A connection with its statements, words and working memory.
pub(super) struct Link {
    pub(super) conn: Connection,
    pub(super) press: RefCell<Press>,
    words: RefCell<Words>,
    /// Names with a part made by a machine, and the one record that was seen to have them.
    made: RefCell<HashMap<String, RecordId>>,
    /// Whether the connection met a page that its key does not open: SQLCipher answers nothing more on it.
    is_spoilt: Cell<bool>,
}

impl Link {
    /// Makes a connection to a store the writer's.
    pub(super) fn writer(conn: Connection) -> Result<Self> {
        // Erased texts must be gone from the file too, hence secure_delete (R20).
        conn.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -8192; PRAGMA secure_delete = ON;",
        )?;
        Self::new(conn)
    }

    /// Opens a connection that refuses every change.
    pub(super) fn reader(path: &Path, key: &StoreKey) -> Result<Self> {
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key)?;
        conn.execute_batch(
            "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;",
        )?;
        Self::new(conn)
    }

    fn new(conn: Connection) -> Result<Self> {
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self {
            conn,
            press: RefCell::new(Press::new(PRESS_LEVEL)?),
            words: RefCell::default(),
            made: RefCell::default(),
            is_spoilt: Cell::default(),
        })
    }

    /// Notes how something asked of this link ended.
    pub(super) fn heed<T>(&self, result: &Result<T>) {
        if let Err(error) = result
            && (error.is_damaged() || cipher::is_locked_page(error))
        {
            self.is_spoilt.set(true);
        }
    }

    /// Whether it is of no use any more.
    pub(super) fn is_spoilt(&self) -> bool {
        self.is_spoilt.get()
    }

    /// A link to nothing but a table of words.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../migrations/0001_first.sql"))
            .unwrap();
        Self::new(conn).unwrap()
    }

    /// A statement, ready to run.
    pub(super) fn sql(&self, sql: &str) -> Result<CachedStatement<'_>> {
        Ok(self.conn.prepare_cached(sql)?)
    }

    /// Reads something with the words that are known, and again when words came since and it found one missing. Nothing
    /// else of this link may be asked inside.
    pub(super) fn with_words<T>(&self, read: impl Fn(&Words) -> Result<T>) -> Result<T> {
        let (known, first) = {
            let words = self.words.borrow();
            (words.len(), read(&words))
        };
        let is_damaged = first.as_ref().is_err_and(StoreError::is_damaged);
        if is_damaged {
            self.words.borrow_mut().catch_up(&self.conn)?;
        }
        let words = self.words.borrow();
        if is_damaged && words.len() > known {
            return read(&words);
        }
        first
    }

    /// The word with this number.
    pub(super) fn word(&self, n: u32) -> Result<Arc<str>> {
        self.words.borrow_mut().word(&self.conn, n)
    }

    /// The number of a word, if it has one.
    pub(super) fn find(&self, word: &str) -> Result<Option<u32>> {
        self.words.borrow_mut().find(&self.conn, word)
    }

    /// The number of a word, which is given one when it has none.
    pub(super) fn number(&self, word: &str) -> Result<u32> {
        self.words.borrow_mut().number(&self.conn, word)
    }

    /// The part of a field's name that is kept as a word, and the part that is not: a last part that was made by a
    /// machine and that no other record was seen to have. Else the table of words would grow with every entry.
    pub(super) fn stem<'n>(
        &self,
        name: &'n str,
        id: RecordId,
    ) -> Result<(&'n str, Option<&'n str>)> {
        let Some((stem, part)) = name
            .rsplit_once('.')
            .filter(|(_, part)| pack::is_made(part))
        else {
            return Ok((name, None));
        };
        if self.words.borrow().knows(name) {
            return Ok((name, None));
        }
        let mut made = self.made.borrow_mut();
        match made.get(name) {
            Some(other) if *other != id => {
                made.remove(name);
                Ok((name, None))
            }
            Some(_) => Ok((stem, Some(part))),
            None => {
                if made.len() >= MADE_NAMES {
                    made.clear();
                }
                made.insert(name.to_owned(), id);
                Ok((stem, Some(part)))
            }
        }
    }

    /// How many words are known, to come back to after a rollback.
    pub(super) fn words_known(&self) -> usize {
        self.words.borrow().len()
    }

    /// Ends the transaction, if one is open, as though it had not been.
    pub(super) fn roll_back(&self, words_known: usize) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction was not rolled back");
        }
        self.words.borrow_mut().forget_after(words_known);
    }
}

/// Opens a connection that knows the key and waits for others, with nothing else set.
pub(super) fn connect(path: &Path, how: OpenFlags, key: &StoreKey) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(std::time::Duration::from_millis(PATIENCE_MS))?;
    cipher::unlock(&conn, key)?;
    Ok(conn)
}
