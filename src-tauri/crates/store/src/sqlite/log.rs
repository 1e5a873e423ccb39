//! The log: lines are added at its end, walked and read; never changed here.
//!
//! It has no index but its order: a filter walks it, which at ten years takes some hundredths of a second, and an index
//! would cost a third of its size.

use alongside_domain::{DeviceId, Kind, PersonId, RecordId};
use rusqlite::Row;
use uuid::Uuid;

use super::link::Link;
use super::records::bytes;
use crate::{LogFilter, LogLine, Result, StoreError};

const COLUMNS: &str = "seq, at, person, device, act, kind, record, detail, hash";

/// Adds a line at the end and returns its number.
pub(super) fn append(link: &Link, line: &LogLine) -> Result<u64> {
    let number = |word: Option<String>| word.map_or(Ok(0), |word| link.number(&word));
    link.sql(
        "INSERT INTO log (at, person, device, act, kind, record, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        line.at,
        number(line.person.map(|person| person.to_string()))?,
        number(line.device.map(|device| device.to_string()))?,
        link.number(&line.act)?,
        number(line.kind.as_ref().map(|kind| kind.as_str().to_owned()))?,
        line.record.map_or(Vec::new(), |record| bytes(record).to_vec()),
        &line.detail,
        line.hash,
    ))?;
    Ok(link.conn.last_insert_rowid().unsigned_abs())
}

/// Lines that pass the filter, newest first.
pub(super) fn list(
    link: &Link,
    filter: &LogFilter,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<LogLine>> {
    let word = |word: Option<String>| match word {
        None => Ok(Some(None)),
        Some(word) => Ok::<_, StoreError>(link.find(&word)?.map(Some)),
    };
    let (Some(person), Some(act)) = (
        word(filter.person.map(|person| person.to_string()))?,
        word(filter.act.clone())?,
    ) else {
        return Ok(Vec::new());
    };
    let mut statement = link.sql(&format!(
        "SELECT {COLUMNS} FROM log
         WHERE seq < ?1 AND (?2 IS NULL OR person = ?2) AND (?3 IS NULL OR record = ?3) AND (?4 IS NULL OR act = ?4)
         ORDER BY seq DESC LIMIT ?5",
    ))?;
    let mut rows = statement.query((
        before
            .and_then(|before| i64::try_from(before).ok())
            .unwrap_or(i64::MAX),
        person,
        filter.record.map(bytes),
        act,
        i64::try_from(limit).unwrap_or(i64::MAX),
    ))?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line_at(link, row)?);
    }
    Ok(lines)
}

/// Every line, oldest first, until `each` returns false.
pub(super) fn walk(link: &Link, each: &mut dyn FnMut(&LogLine) -> bool) -> Result<()> {
    let mut statement = link.sql(&format!("SELECT {COLUMNS} FROM log ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if !each(&line_at(link, row)?) {
            break;
        }
    }
    Ok(())
}

/// The hash of the newest line.
pub(super) fn head(link: &Link) -> Result<Option<[u8; 32]>> {
    let mut statement = link.sql("SELECT hash FROM log ORDER BY seq DESC LIMIT 1")?;
    let mut rows = statement.query([])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

fn line_at(link: &Link, row: &Row<'_>) -> Result<LogLine> {
    let word = |column| match row.get(column)? {
        0 => Ok(None),
        n => link.word(n).map(Some),
    };
    let id = |column| -> Result<Option<Uuid>> {
        let word = word(column)?;
        let id = word.map(|word| word.parse::<Uuid>()).transpose();
        id.map_err(|_| StoreError::damaged("a log line of no one"))
    };
    Ok(LogLine {
        seq: row.get::<_, i64>(0)?.unsigned_abs(),
        at: row.get(1)?,
        person: id(2)?.map(PersonId::from_uuid),
        device: id(3)?.map(DeviceId::from_uuid),
        act: word(4)?.map_or_else(String::new, |word| word.as_ref().to_owned()),
        kind: word(5)?.map(|word| Kind::from(word.as_ref().to_owned())),
        record: Uuid::from_slice(super::records::blob(row, 6)?)
            .ok()
            .map(RecordId::from_uuid),
        detail: row.get(7)?,
        hash: row.get(8)?,
    })
}
