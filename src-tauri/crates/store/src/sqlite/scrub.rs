//! Making sure that what is gone from the tables is gone from the file, and from the log beside it.
//!
//! `secure_delete` overwrites what a transaction deletes, page by page. What it leaves are the pages' earlier states in
//! the log, and what moving rows from page to page left between them. So the file is written anew (`VACUUM`) and the log
//! emptied into it. What lies on the disk below the file system is not in our hands.

use super::link::Link;
use crate::Result;

/// See [`Store::scrub`](crate::Store::scrub).
pub(super) fn scrub(link: &Link) -> Result<bool> {
    link.conn.execute_batch("VACUUM")?;
    let is_busy: i64 = link
        .conn
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(is_busy == 0)
}
