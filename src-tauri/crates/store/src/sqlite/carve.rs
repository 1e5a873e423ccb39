//! Reading rows out of the pages of a file whose head or branches are lost: every page that looks like one of the
//! plain tables gives up the rows it holds.
//!
//! The form of pages, rows and the log is SQLite's file format. Nothing read here is trusted: a row counts only when
//! each of its columns is what this version writes. Erased rows do not come back: what is deleted is overwritten
//! (`secure_delete`).

use std::borrow::Cow;
use std::collections::HashMap;

use alongside_domain::{Kind, RecordId};
use uuid::Uuid;

use super::cipher::{self, PAGE, Pages};
use super::records::read_field;
use crate::{SetAside, StoreKey};

/// The mark of the leaves of a table with row numbers, and those of leaves and branches without, which both hold rows.
const LEAF_OF_NUMBERED: u8 = 0x0d;
const LEAF: u8 = 0x0a;
const BRANCH: u8 = 0x02;
/// The heads of the log and of each page in it.
const LOG_HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// A row that was found.
pub(super) enum Found {
    /// A writing that waits, or one that was refused.
    Waiting(SetAside),
    Refused(SetAside),
    Note(String, String),
}

/// The newest pages there are, in the clear.
struct Leaves<'a> {
    pages: HashMap<u32, Cow<'a, [u8]>>,
    /// How many bytes of a page are SQLite's.
    usable: usize,
}

/// Calls `each` for every row found in the file and the log beside it.
pub(super) fn carve(file: &[u8], log: &[u8], key: &StoreKey, each: &mut dyn FnMut(Found)) {
    let reader = Pages::new(key);
    let in_clear = |n, page| match &reader {
        Some(reader) => reader.open(n, page).map(Cow::Owned),
        None => Some(Cow::Borrowed(page)),
    };
    let in_file = (1..).zip(file.chunks_exact(PAGE));
    let in_log = newest_of_log(log).into_iter();
    let leaves = Leaves {
        pages: in_file
            .chain(in_log)
            .filter_map(|(n, page)| Some((n, in_clear(n, page)?)))
            .collect(),
        usable: cipher::usable(key),
    };
    let mut numbers: Vec<_> = leaves.pages.keys().copied().collect();
    numbers.sort_unstable();
    for page in numbers.iter().filter_map(|n| leaves.pages.get(n)) {
        // A branch has four bytes more in its head, and four before each row: the number of the page below.
        let (more, is_numbered) = match page.first() {
            Some(&LEAF_OF_NUMBERED) => (0, true),
            Some(&LEAF) => (0, false),
            Some(&BRANCH) => (4, false),
            _ => continue,
        };
        for cell in 0..usize::from(short(page, 3).unwrap_or(0)) {
            let at = short(page, 8 + more + 2 * cell).map(|at| usize::from(at) + more);
            if let Some(found) = at.and_then(|at| leaves.row(page.get(at..)?, is_numbered)) {
                each(found);
            }
        }
    }
}

/// The newest committed version of each page in the log.
fn newest_of_log(log: &[u8]) -> HashMap<u32, &[u8]> {
    let mut newest = HashMap::new();
    let Some((head, frames)) = log.split_at_checked(LOG_HEAD) else {
        return newest;
    };
    let mut pending = Vec::new();
    for frame in frames.chunks_exact(FRAME_HEAD + PAGE) {
        let (about, page) = frame.split_at(FRAME_HEAD);
        if about.get(8..16) != head.get(16..24) {
            break;
        }
        pending.push((long(about, 0).unwrap_or(0), page));
        // The last page of a transaction says how many pages there are.
        if long(about, 4).is_some_and(|count| count > 0) {
            newest.extend(pending.drain(..));
        }
    }
    newest
}

impl Leaves<'_> {
    fn row(&self, mut rest: &[u8], is_numbered: bool) -> Option<Found> {
        let len = usize::try_from(number(&mut rest)?).ok()?;
        // The most of a row that lies in the page itself.
        let most = if is_numbered {
            number(&mut rest)?;
            self.usable - 35
        } else {
            (self.usable - 12) * 64 / 255 - 23
        };
        let row = if len <= most {
            rest.get(..len)?.to_vec()
        } else {
            self.whole_row(rest, len, most)?
        };
        read_row(&row)
    }

    /// Gathers a row that goes on in other pages.
    fn whole_row(&self, rest: &[u8], len: usize, most: usize) -> Option<Vec<u8>> {
        // The least that lies in the page itself when the row goes on elsewhere.
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fit = least + (len - least) % (self.usable - 4);
        let local = if fit <= most { fit } else { least };
        let mut row = rest.get(..local)?.to_vec();
        let mut next = long(rest, local)?;
        while row.len() < len {
            let page = self.pages.get(&next)?;
            next = long(page, 0)?;
            row.extend_from_slice(page.get(4..(4 + len - row.len()).min(self.usable))?);
        }
        Some(row)
    }
}

/// One column of a row.
enum Column<'a> {
    Empty,
    Bytes(&'a [u8]),
    Text(&'a str),
    Number(i64),
}

fn read_row(row: &[u8]) -> Option<Found> {
    use Column::{Bytes, Empty, Number, Text};
    let columns = columns(row)?;
    let writing = |id: &[u8], name: &str, kind: &str, value: &str, stamp: &str| {
        Some(SetAside {
            record: RecordId::from_uuid(Uuid::from_slice(id).ok()?),
            kind: Kind::from(kind.to_owned()),
            name: name.to_owned(),
            field: read_field(value, stamp).ok()?,
            code: String::new(),
            message: String::new(),
            at: 0,
        })
    };
    match columns.as_slice() {
        // The number of a row is not in the row.
        [
            Empty,
            Bytes(id),
            Text(name),
            Text(kind),
            Text(value),
            Text(stamp),
        ] => writing(id, name, kind, value, stamp).map(Found::Waiting),
        [
            Bytes(id),
            Text(name),
            Text(kind),
            Text(value),
            Text(stamp),
            Text(code),
            Text(message),
            Number(at),
        ] => {
            let aside = writing(id, name, kind, value, stamp)?;
            Some(Found::Refused(SetAside {
                code: (*code).to_owned(),
                message: (*message).to_owned(),
                at: *at,
                ..aside
            }))
        }
        [Text(key), Text(value)] => Some(Found::Note((*key).to_owned(), (*value).to_owned())),
        _ => None,
    }
}

fn columns(row: &[u8]) -> Option<Vec<Column<'_>>> {
    let mut head = row;
    let head_len = usize::try_from(number(&mut head)?).ok()?;
    let own_len = row.len() - head.len();
    let mut head = head.get(..head_len.checked_sub(own_len)?)?;
    let mut body = row.get(head_len..)?;
    let mut columns = Vec::new();
    while !head.is_empty() {
        let form = number(&mut head)?;
        let len = match form {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(form).ok()?,
            5 => 6,
            6 => 8,
            12.. => usize::try_from((form - 12) / 2).ok()?,
            _ => return None,
        };
        let (bytes, rest) = body.split_at_checked(len)?;
        body = rest;
        columns.push(match form {
            12.. if form % 2 == 0 => Column::Bytes(bytes),
            12.. => Column::Text(std::str::from_utf8(bytes).ok()?),
            0 => Column::Empty,
            9 => Column::Number(1),
            _ => Column::Number(whole(bytes)),
        });
    }
    body.is_empty().then_some(columns)
}

/// A number of SQLite's: the high bits first, seven a byte, eight in the ninth.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for place in 1..=9 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if place == 9 {
            return Some(n << 8 | u64::from(byte));
        }
        n = n << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some(n);
        }
    }
    None
}

/// A whole number of up to eight bytes, the high ones first.
fn whole(bytes: &[u8]) -> i64 {
    let start = match bytes.first() {
        Some(first) if *first >= 0x80 => -1,
        _ => 0,
    };
    bytes
        .iter()
        .fold(start, |n, &byte| n << 8 | i64::from(byte))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}
