//! Words that many rows share, each known by a small number: kinds, names of fields, ends of device ids, audiences.
//!
//! Words are never changed or deleted, so what a connection has once read stays true; only the words of a transaction
//! that was rolled back must be forgotten again ([`Words::forget_after`]).

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use crate::{Result, StoreError};

/// What one connection knows of the table of words.
#[derive(Default)]
pub(super) struct Words {
    /// Word n is at place n - 1.
    by_number: Vec<Arc<str>>,
    by_word: HashMap<Arc<str>, u32>,
}

impl Words {
    /// How many words are known; numbers above this are new.
    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Forgets all words but the first `len`: the transaction that brought the others was rolled back.
    pub(super) fn forget_after(&mut self, len: usize) {
        for word in self.by_number.drain(len.min(self.by_number.len())..) {
            self.by_word.remove(&word);
        }
    }

    /// Whether a word is known already.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.by_word.contains_key(word)
    }

    /// The word with this number, which is known already.
    pub(super) fn at(&self, n: u32) -> Result<&str> {
        (n as usize)
            .checked_sub(1)
            .and_then(|place| self.by_number.get(place))
            .map(|word| &**word)
            .ok_or_else(|| StoreError::damaged(format!("word {n} is missing")))
    }

    /// The word with this number.
    pub(super) fn word(&mut self, conn: &Connection, n: u32) -> Result<Arc<str>> {
        if self.known(n).is_none() {
            self.catch_up(conn)?;
        }
        self.known(n)
            .ok_or_else(|| StoreError::damaged(format!("word {n} is missing")))
    }

    /// The number of a word, if it has one.
    pub(super) fn find(&mut self, conn: &Connection, word: &str) -> Result<Option<u32>> {
        if !self.by_word.contains_key(word) {
            self.catch_up(conn)?;
        }
        Ok(self.by_word.get(word).copied())
    }

    /// The number of a word, which is given one when it has none. Only for the writer.
    pub(super) fn number(&mut self, conn: &Connection, word: &str) -> Result<u32> {
        if let Some(n) = self.find(conn, word)? {
            return Ok(n);
        }
        conn.prepare_cached("INSERT INTO words (word) VALUES (?1)")?
            .execute([word])?;
        self.catch_up(conn)?;
        self.by_word
            .get(word)
            .copied()
            .ok_or_else(|| StoreError::damaged("the table of words does not count on"))
    }

    fn known(&self, n: u32) -> Option<Arc<str>> {
        self.by_number.get((n as usize).checked_sub(1)?).cloned()
    }

    /// Reads the words that came since, from this or another connection.
    pub(super) fn catch_up(&mut self, conn: &Connection) -> Result<()> {
        let mut statement =
            conn.prepare_cached("SELECT n, word FROM words WHERE n > ?1 ORDER BY n")?;
        let mut rows = statement.query([self.by_number.len() as i64])?;
        while let Some(row) = rows.next()? {
            let (n, word): (u32, Arc<str>) = (row.get(0)?, row.get(1)?);
            if n as usize != self.by_number.len() + 1 {
                return Err(StoreError::damaged("the table of words has a gap"));
            }
            self.by_word.insert(word.clone(), n);
            self.by_number.push(word);
        }
        Ok(())
    }
}
