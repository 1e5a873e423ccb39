//! The archive: everything a school holds, as one JSON file that another Alongside can take in. `docs/archive.md`
//! describes the file.
//!
//! Two reaches of it ([`Reach`]). Whoever keeps the hub's machine makes a whole one, to move the school: they hold the
//! database already. The head makes one on screen of what all staff or leaders read: concerns are not in it, though the
//! head reads them, since such a file is handed on (R18); nor reflections and unsent answers, which the head does not
//! read (R8). Devices, their tokens and codes are in neither: everyone is let in anew.
//!
//! Laws (tested in this crate's `tests/keeping/archives`):
//! - what comes out of an archive is what went in, with ids, stamps, authors and history
//!   (`a_school_comes_back_from_its_archive_as_it_was`);
//! - taking in twice changes nothing (`taking_in_the_same_archive_twice_changes_nothing`);
//! - an archive that is not whole changes nothing (`an_archive_that_is_not_whole_is_not_taken_in`).

mod gather;
mod take_in;

use std::collections::BTreeMap;

use alongside_domain::purpose::STATEMENT;
use alongside_domain::{DeviceId, Field, Kind, PersonId, RecordId, SchoolId};
use alongside_store::LogLine;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use ts_rs::TS;

use crate::file::FileView;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, log, wire_time};

pub use take_in::TakenIn;

/// What the file says it is.
const FORMAT: &str = "alongside-archive";
/// Which form of it this version writes, and the newest that it reads. Parts may be added to a form and never change
/// meaning; a change of meaning is a new number.
pub const VERSION: u64 = 1;

/// How much is in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// What all staff or leaders read: no concerns, no reflections, no unsent answers, and of what a person wrote for
    /// themselves only what stands.
    Shared,
    /// Everything the hub holds.
    Whole,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
struct File {
    format: String,
    version: u64,
    #[serde(default)]
    statement: String,
    #[serde(default)]
    made_at: String,
    reach: Reach,
    school: Named,
    /// How many records of each kind are in it.
    counts: BTreeMap<String, usize>,
    /// How many of each kind are not, since they are for some alone.
    #[serde(default)]
    left_out: BTreeMap<String, usize>,
    /// SHA-256 over the rest, in hexadecimal.
    digest: String,
    #[serde(flatten)]
    held: Held,
}

/// The school that it is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Named {
    id: SchoolId,
    name: String,
}

/// What is held.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    /// What others refer to comes first.
    records: Vec<HeldRecord>,
    /// What was destroyed and must not come back.
    #[serde(default)]
    destroyed: Vec<RecordId>,
    /// Who did what, oldest first; no words of people.
    #[serde(default)]
    log: Vec<HeldLine>,
}

/// A record, with what it said before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HeldRecord {
    id: RecordId,
    kind: Kind,
    fields: BTreeMap<String, Field>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<Earlier>,
}

/// A writing that was superseded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Earlier {
    field: String,
    #[serde(flatten)]
    written: Field,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct HeldLine {
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceId>,
    act: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(default)]
    detail: String,
}

/// An archive that was made, and read back.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ArchiveFile {
    /// The file.
    #[serde(flatten)]
    #[ts(flatten)]
    pub file: FileView,
    /// How many records are in it.
    #[ts(type = "number")]
    pub records: usize,
    /// How many are not, since they are for some alone: concerns, reflections and unsent answers.
    #[ts(type = "number")]
    pub left_out: usize,
}

/// An archive as text.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub text: String,
    /// How many records are in it.
    pub records: usize,
    /// How many are not, since they are for some alone.
    pub left_out: usize,
}

/// `archive_make`: for the head, at the hub, of what is shared. It leaves a line in the log.
pub(crate) fn make(desk: &Desk, actor: &Actor, _: Nothing) -> Result<ArchiveFile, ApiError> {
    desk.must_be_hub()?;
    desk.read(actor, |view| {
        if view.standing.is_head() {
            Ok(())
        } else {
            Err(ApiError::not_allowed(
                "Only the headteacher takes away an archive of the school. Ask them for it.",
            ))
        }
    })?;
    let made = desk.archive(Reach::Shared, Some(*actor))?;
    let day = desk.local_now().format("%Y-%m-%d").to_string();
    Ok(ArchiveFile {
        file: FileView::of_text(
            format!("alongside-archive-{day}.json"),
            "application/json",
            made.text,
        ),
        records: made.records,
        left_out: made.left_out,
    })
}

impl Desk {
    /// Makes an archive and reads it back. `by` is who asked for it on a screen; none for whoever keeps the hub. It
    /// leaves a line in the log.
    ///
    /// Errors when there is no school here, or when what was written does not read back as what is held.
    pub fn archive(&self, reach: Reach, by: Option<Actor>) -> Result<Made, ApiError> {
        let gathered = {
            let reader = self.store().read()?;
            gather::gather(&*reader, reach)?
        };
        let file = File {
            format: FORMAT.to_owned(),
            version: VERSION,
            statement: STATEMENT.to_owned(),
            made_at: wire_time(self.now()),
            reach,
            school: gathered.school,
            counts: gathered.held.counts(),
            left_out: gathered.left_out,
            digest: gathered.held.digest()?,
            held: gathered.held,
        };
        let text = serde_json::to_string(&file).map_err(|_| not_whole())?;
        if read(&text)?.held != file.held {
            return Err(not_whole());
        }
        let (records, left_out) = (file.held.records.len(), file.left_out.values().sum());
        let mut writer = self.store().write()?;
        let line = LogLine {
            at: self.now().timestamp_millis(),
            person: by.map(|actor| actor.person),
            device: by.map(|actor| actor.device),
            act: log::EXPORTED.into(),
            record: Some(file.school.id.into()),
            kind: Some(Kind::School),
            detail: format!("archive {records} {left_out}"),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.commit()?;
        Ok(Made {
            text,
            records,
            left_out,
        })
    }
}

impl Held {
    fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.records {
            *counts.entry(record.kind.to_string()).or_default() += 1;
        }
        counts
    }

    fn digest(&self) -> Result<String, ApiError> {
        let text = serde_json::to_vec(self).map_err(|_| not_whole())?;
        let hash = Sha256::digest(&text);
        Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Reads a file, and refuses what is none, what is newer, and what is not whole.
fn read(text: &str) -> Result<File, ApiError> {
    let bad = |message: &str| ApiError::new(Code::BadRequest, message);
    let start: Value = serde_json::from_str(text).map_err(|_| {
        bad("This file is not an archive of Alongside, or a part of it is missing.")
    })?;
    if start.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(bad("This file is not an archive of Alongside."));
    }
    match start.get("version").and_then(Value::as_u64) {
        Some(version) if version > VERSION => {
            return Err(bad(
                "This archive was made by a newer Alongside. Update this hub, then take the archive in.",
            ));
        }
        Some(version) if version > 0 => {}
        _ => return Err(bad("This archive does not say which version it is.")),
    }
    let file: File = serde_json::from_value(start)
        .map_err(|_| bad("This archive cannot be read: a part of it is missing or changed."))?;
    if file.held.counts() != file.counts || file.held.digest()? != file.digest {
        return Err(bad(
            "This archive is not whole: it does not hold what it says it holds. Make it again, and copy it again.",
        ));
    }
    Ok(file)
}

fn not_whole() -> ApiError {
    ApiError::new(
        Code::Internal,
        "The archive was not whole when it was read back, so there is none. Try again, and see that there is room on the disk.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        read(text).unwrap_err().message
    }

    #[test]
    fn what_is_no_archive_or_a_newer_one_is_refused_in_a_plain_sentence() {
        assert!(message("not json").contains("not an archive"));
        assert!(message("[]").contains("not an archive"));
        assert!(message(&"[".repeat(100_000)).contains("not an archive"));
        assert!(message(r#"{"format":"other","version":1}"#).contains("not an archive"));
        let newer = r#"{"format":"alongside-archive","version":2,"anything":[]}"#;
        assert!(
            message(newer).contains("newer Alongside"),
            "{}",
            message(newer)
        );
        let none = r#"{"format":"alongside-archive"}"#;
        assert!(message(none).contains("which version"));
        let bare = r#"{"format":"alongside-archive","version":1}"#;
        assert!(message(bare).contains("cannot be read"));
    }
}
