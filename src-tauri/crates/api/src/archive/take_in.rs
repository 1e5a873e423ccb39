//! Taking an archive in: into a hub that holds no school yet, all of it or nothing.
//!
//! The file may come from anybody. It is taken in by whoever keeps the hub, on its machine; no call over the network
//! does it. Ids, stamps and authors stay as they are; what a field may hold is checked as for any other writing.

use std::collections::BTreeSet;

use alongside_domain::field::shape_of;
use alongside_domain::person::{Person, Role};
use alongside_domain::{Field, Kind, PersonId, Record, RecordId, SchoolId};
use alongside_store::{Audience, Kept, LogLine, Writer};
use alongside_sync::wire::{FIELD_NAME_LIMIT, VALUE_LIMIT, value_size};

use super::gather::{self, sort};
use super::{File, Held, HeldLine, HeldRecord, Reach};
use crate::authority::readers;
use crate::desk::{Changed, Desk};
use crate::facts::Facts;
use crate::{ApiError, Code, log, notes};

/// The act of bringing a school in from an archive.
const IMPORTED: &str = "imported";

/// What came of taking an archive in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    /// The school.
    pub school: SchoolId,
    /// What it is called.
    pub name: String,
    /// How many records it has.
    pub records: usize,
    /// A head of it, to be let in first; they let the others in.
    pub head: PersonId,
    /// The head's name.
    pub head_name: String,
    /// Whether it is here since just now; not when this archive was taken in before.
    pub is_new: bool,
}

impl Desk {
    /// Takes an archive in, where there is no school yet, and reads it back before it is durable.
    ///
    /// Errors when the file is no whole archive, is newer than this version, holds what no record may hold, or when
    /// another school is here; then nothing has changed.
    pub fn take_in(&self, text: &str) -> Result<TakenIn, ApiError> {
        self.must_be_hub()?;
        let file = super::read(text)?;
        let now_ms = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        check(&file, now_ms)?;
        let head = head(&file.held)?;
        let mut taken = TakenIn {
            school: file.school.id,
            name: file.school.name.clone(),
            records: file.held.records.len(),
            head: head.id,
            head_name: head.name,
            is_new: true,
        };
        let mut writer = self.store().write()?;
        if Facts::new(&*writer).school()?.is_some() {
            if writer.note(notes::ARCHIVE)?.as_ref() == Some(&file.digest) {
                taken.is_new = false;
                return Ok(taken);
            }
            return Err(ApiError::new(
                Code::ForeignSchool,
                "There is a school here already, and an archive never writes over one. Take it in on an empty hub.",
            ));
        }
        let mut changed = Changed::default();
        put(&mut *writer, &file.held, &mut changed)?;
        read_back(&*writer, file.held)?;
        let line = LogLine {
            at: self.now().timestamp_millis(),
            act: IMPORTED.into(),
            record: Some(file.school.id.into()),
            kind: Some(Kind::School),
            detail: format!("archive {}", taken.records),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.note_put(notes::ARCHIVE, Some(&file.digest))?;
        writer.commit()?;
        self.tell(&changed);
        Ok(taken)
    }
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::BadRequest, message)
}

/// Refuses what no hub would have taken from a device: ids twice, stamps to come, names, values and sizes out of bounds.
fn check(file: &File, now_ms: u64) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    let mut schools = 0;
    for record in &file.held.records {
        if !seen.insert(record.id) {
            return Err(bad(
                "This archive holds a record twice, so it is not taken in.",
            ));
        }
        if record.kind == Kind::School {
            schools += 1;
            if record.id != file.school.id.into() {
                return Err(bad("This archive holds another school than it names."));
            }
        }
        let now = record.fields.iter();
        let before = record
            .earlier
            .iter()
            .map(|past| (&past.field, &past.written));
        for (name, field) in now.chain(before) {
            check_field(record, name, field, now_ms)?;
        }
    }
    if file.held.destroyed.iter().any(|id| seen.contains(id)) {
        return Err(bad(
            "This archive holds a record that it says was destroyed.",
        ));
    }
    if schools != 1 {
        return Err(bad("This archive does not hold one school."));
    }
    Ok(())
}

fn check_field(
    record: &HeldRecord,
    name: &str,
    field: &Field,
    now_ms: u64,
) -> Result<(), ApiError> {
    let what = format!("the {} {}", record.kind, record.id);
    if name.is_empty() || name.len() > FIELD_NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(bad(format!(
            "A field of {what} has a name that cannot be kept."
        )));
    }
    if value_size(&field.value) > VALUE_LIMIT {
        return Err(bad(format!("A value of {what} is too large to keep.")));
    }
    if field.stamp.is_ahead_of(now_ms) {
        return Err(bad(format!(
            "In {what}: it was written in time to come. Check the clock of this hub; if it is right, the archive was changed."
        )));
    }
    if let Some(shape) = shape_of(&record.kind, name) {
        shape
            .check(name, &field.value)
            .map_err(|refusal| bad(format!("In {what}: {}", refusal.message())))?;
    }
    Ok(())
}

/// The first head who is here still: somebody must be able to let the others in.
fn head(held: &Held) -> Result<Person, ApiError> {
    let people = held
        .records
        .iter()
        .filter(|record| record.kind == Kind::Person);
    let mut heads = people
        .map(|record| Person::read(&record_of(record)))
        .filter(|person| person.is_active && person.has(Role::Head));
    heads
        .next()
        .ok_or_else(|| bad("This archive has no headteacher who could let the others in."))
}

fn record_of(held: &HeldRecord) -> Record {
    let mut record = Record::new(held.id, held.kind.clone());
    record.fields.clone_from(&held.fields);
    record
}

/// Puts everything: what was written before first, so that what stands supersedes it as it did; then who reads what,
/// which rests on all of it; then the log, line by line, in a chain of its own.
fn put(writer: &mut dyn Writer, held: &Held, changed: &mut Changed) -> Result<(), ApiError> {
    let mut versions = Vec::with_capacity(held.records.len());
    for record in &held.records {
        let version = writer.next_version()?;
        let before = record
            .earlier
            .iter()
            .map(|past| (&past.field, &past.written));
        for (name, field) in before.chain(&record.fields) {
            writer.put(record.id, &record.kind, name, field, Kept::At(version))?;
        }
        versions.push((record, version));
        changed.records.insert(record.id);
        changed.kinds.insert(record.kind.clone());
        changed.version = version;
    }
    for (record, version) in versions {
        let audiences = readers(Facts::new(&*writer), &record_of(record))?;
        writer.feed_put(record.id, &audiences, version)?;
    }
    for id in &held.destroyed {
        keep_destroyed(writer, *id)?;
    }
    for line in &held.log {
        log::append(writer, line_of(line))?;
    }
    Ok(())
}

/// Remembers that a record was destroyed: it was here, and nobody reads it.
fn keep_destroyed(writer: &mut dyn Writer, id: RecordId) -> Result<(), ApiError> {
    let version = writer.next_version()?;
    let trace = Field {
        value: serde_json::Value::Null,
        stamp: alongside_domain::Stamp::new(0, 0, [0; 6]),
    };
    let kind = Kind::Other("destroyed".to_owned());
    writer.put(id, &kind, "destroyed", &trace, Kept::At(version))?;
    writer.feed_put(id, &[Audience::Everyone], version)?;
    let version = writer.next_version()?;
    writer.feed_put(id, &[], version)?;
    writer.forget(id)?;
    Ok(())
}

fn line_of(line: &HeldLine) -> LogLine {
    LogLine {
        at: line.at,
        person: line.person,
        device: line.device,
        act: line.act.clone(),
        record: line.record,
        kind: line.kind.clone(),
        detail: line.detail.clone(),
        ..LogLine::default()
    }
}

/// Compares what is here now with what was in the archive.
fn read_back(writer: &dyn Writer, mut expected: Held) -> Result<(), ApiError> {
    let mut found = gather::gather(writer, Reach::Whole)?.held;
    for held in [&mut expected, &mut found] {
        held.records.sort_by_key(|record| record.id);
        held.destroyed.sort_unstable();
        held.destroyed.dedup();
        for record in &mut held.records {
            sort(&mut record.earlier);
        }
    }
    if found == expected {
        Ok(())
    } else {
        Err(ApiError::new(
            Code::Internal,
            "What was taken in did not read back as it is in the archive, so nothing was taken in.",
        ))
    }
}
