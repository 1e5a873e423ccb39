//! Where the writer gathers the records it changes, so that each is read once and written down once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use alongside_domain::{Kind, Record, RecordId, Stamp};

use super::held::Held;
use super::link::Link;
use super::pack;
use super::records::{bytes, ids_of, load, places_of};
use super::seats::{self, Seat};
use crate::{Result, StoreError};

/// Beyond this many records the tray is cleared.
const ROOM: usize = 1024;
/// Beyond this many unsaved records a list is better made after saving.
const UNSAVED_AT_MOST: usize = 64;

/// The records in the writer's hands, and what it knows of the whole store.
#[derive(Debug, Default)]
pub(super) struct Tray {
    held: HashMap<RecordId, Held>,
    /// Records with something unsaved, in the order they were first touched.
    touched: Vec<RecordId>,
    /// The newest version, once one was given out.
    version: Option<u64>,
    /// The greatest stamp among what was delivered, if anything was.
    last_stamp: Option<Stamp>,
    /// The rows written down in this transaction.
    pub(super) saved: Vec<i64>,
}

impl Tray {
    /// A record, to look at.
    pub(super) fn look(&mut self, link: &Link, id: RecordId) -> Result<&Held> {
        take(&mut self.held, link, id).map(|held| &*held)
    }

    /// A record, to change.
    pub(super) fn touch(&mut self, link: &Link, id: RecordId) -> Result<&mut Held> {
        if self.held.len() >= ROOM && !self.held.contains_key(&id) {
            self.save(link)?;
            self.held.clear();
        }
        let held = take(&mut self.held, link, id)?;
        if !held.unsaved.is_noted {
            held.unsaved.is_noted = true;
            self.touched.push(id);
        }
        Ok(held)
    }

    /// The records of a kind, or those of them that belong to `parent`, in order of id; unsaved ones too. Each is read
    /// from the file once, however often it is listed: a judge looks at the same few records for every writing of a push.
    pub(super) fn list(
        &mut self,
        link: &Link,
        kind: &Kind,
        parent: Option<RecordId>,
        as_record: fn(&Held, RecordId) -> Option<Record>,
    ) -> Result<Vec<Record>> {
        if self.touched.len() > UNSAVED_AT_MOST {
            self.save(link)?;
        }
        let mut ids = ids_of(link, kind, parent)?;
        ids.extend(&self.touched);
        ids.sort_unstable();
        ids.dedup();
        let mut records = Vec::new();
        for id in ids {
            let record_if_listed = |held: &Held| {
                let is_listed = held.shown_kind() == Some(kind)
                    && parent.is_none_or(|parent| held.parent() == Some(parent));
                is_listed.then(|| as_record(held, id)).flatten()
            };
            let has_room = self.held.len() < ROOM;
            records.extend(match self.held.entry(id) {
                Entry::Occupied(place) => record_if_listed(place.get()),
                Entry::Vacant(place) if has_room => record_if_listed(place.insert(load(link, id)?)),
                Entry::Vacant(_) => record_if_listed(&load(link, id)?),
            });
        }
        Ok(records)
    }

    /// The newest version given out.
    pub(super) fn version(&self, link: &Link) -> Result<u64> {
        match self.version {
            Some(version) => Ok(version),
            None => super::feed::version(link),
        }
    }

    /// Notes the stamp of something delivered.
    pub(super) fn note_stamp(&mut self, stamp: Stamp) {
        self.last_stamp = self.last_stamp.max(Some(stamp));
    }

    /// The next version of the school.
    pub(super) fn next_version(&mut self, link: &Link) -> Result<u64> {
        let next = self.version(link)? + 1;
        self.version = Some(next);
        Ok(next)
    }

    /// Writes down all that is unsaved.
    pub(super) fn save(&mut self, link: &Link) -> Result<()> {
        for id in std::mem::take(&mut self.touched) {
            if let Some(held) = self.held.get_mut(&id) {
                let before = held.rid;
                save_record(link, id, held)?;
                self.saved.extend(before.or(held.rid));
            }
        }
        if self.version.is_some() || self.last_stamp.is_some() {
            let version = self.version.take().map(|version| version as i64);
            let stamp = self.last_stamp.take().map(|stamp| stamp.to_string());
            link.sql(
                "UPDATE state SET version = coalesce(?1, version), last_stamp = max(last_stamp, coalesce(?2, ''))",
            )?
            .execute((version, stamp))?;
        }
        Ok(())
    }
}

fn take<'h>(
    held: &'h mut HashMap<RecordId, Held>,
    link: &Link,
    id: RecordId,
) -> Result<&'h mut Held> {
    match held.entry(id) {
        Entry::Occupied(place) => Ok(place.into_mut()),
        Entry::Vacant(place) => Ok(place.insert(load(link, id)?)),
    }
}

fn save_record(link: &Link, id: RecordId, held: &mut Held) -> Result<()> {
    let unsaved = std::mem::take(&mut held.unsaved);
    save_row(link, id, held, unsaved.is_delivered)?;
    if held.waiting.is_empty() {
        clear_waiting(link, held)?;
    } else {
        for name in unsaved.waiting {
            save_waiting(link, id, held, &name)?;
        }
    }
    for (name, field, version) in unsaved.past {
        link.sql(
            "INSERT INTO history (id, name, stamp, value, version) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET version = max(version, excluded.version)",
        )?
        .execute((
            bytes(id),
            name,
            field.stamp.to_string(),
            field.value.to_string(),
            version as i64,
        ))?;
    }
    Ok(())
}

fn save_row(link: &Link, id: RecordId, held: &mut Held, is_delivered_new: bool) -> Result<()> {
    let is_wanted = held.has_fields() || !held.seats.is_empty();
    let parent = held.parent();
    let (is_parent_new, are_seats_new) = (
        parent != held.stored_parent,
        held.seats != held.stored_seats,
    );
    let parent_bytes = parent.map(bytes);
    let parent_bytes = parent_bytes.as_ref().map_or(&[][..], |bytes| bytes);
    match held.rid {
        None if !is_wanted => return Ok(()),
        None => {
            let kind = held.kind.as_ref().map_or("", |kind| kind.as_str());
            link.sql("INSERT INTO records (id, kind, parent, readers, delivered) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute((
                    bytes(id),
                    link.number(kind)?,
                    parent_bytes,
                    seats::pack(&held.seats),
                    pack::pack(&held.delivered, id, link)?,
                ))?;
            held.rid = Some(link.conn.last_insert_rowid());
        }
        Some(rid) if !is_wanted => {
            link.sql("DELETE FROM records WHERE rid = ?1")?
                .execute([rid])?;
            held.rid = None;
            held.kind = None;
            held.stored_parent = None;
            return Ok(());
        }
        Some(rid) => {
            if is_parent_new {
                link.sql("UPDATE records SET parent = ?1 WHERE rid = ?2")?
                    .execute((parent_bytes, rid))?;
            }
            if is_delivered_new && are_seats_new {
                link.sql("UPDATE records SET delivered = ?1, readers = ?2 WHERE rid = ?3")?
                    .execute((
                        pack::pack(&held.delivered, id, link)?,
                        seats::pack(&held.seats),
                        rid,
                    ))?;
            } else if is_delivered_new {
                link.sql("UPDATE records SET delivered = ?1 WHERE rid = ?2")?
                    .execute((pack::pack(&held.delivered, id, link)?, rid))?;
            } else if are_seats_new {
                link.sql("UPDATE records SET readers = ?1 WHERE rid = ?2")?
                    .execute((seats::pack(&held.seats), rid))?;
            }
        }
    }
    held.stored_parent = parent;
    if are_seats_new && let Some(rid) = held.rid {
        save_seats(link, rid, &held.stored_seats, &held.seats)?;
        held.stored_seats.clone_from(&held.seats);
    }
    Ok(())
}

/// Moves a record to its new places in the feeds.
fn save_seats(link: &Link, rid: i64, stored: &[Seat], seats: &[Seat]) -> Result<()> {
    let place = |seat: &Seat| (seat.audience, seat.version as i64, rid);
    let is_among = |seats: &[Seat], seat: &Seat| {
        seats
            .iter()
            .any(|other| (other.audience, other.version) == (seat.audience, seat.version))
    };
    for seat in stored.iter().filter(|seat| !is_among(seats, seat)) {
        link.sql("DELETE FROM feed WHERE audience = ?1 AND version = ?2 AND rid = ?3")?
            .execute(place(seat))?;
    }
    for seat in seats.iter().filter(|seat| !is_among(stored, seat)) {
        link.sql("INSERT INTO feed (audience, version, rid) VALUES (?1, ?2, ?3)")?
            .execute(place(seat))?;
    }
    Ok(())
}

/// Takes every waiting row of a record away at once, as after a receipt for all of them.
fn clear_waiting(link: &Link, held: &mut Held) -> Result<()> {
    let places = std::mem::take(&mut held.places);
    if let (Some(first), Some(last)) = (places.values().min(), places.values().max()) {
        link.sql("DELETE FROM waiting WHERE place BETWEEN ?1 AND ?2")?
            .execute([first, last])?;
    }
    Ok(())
}

fn save_waiting(link: &Link, id: RecordId, held: &mut Held, name: &str) -> Result<()> {
    let place = held.places.get(name).copied();
    match (held.waiting.get(name), place) {
        (None, None) => {}
        (None, Some(place)) => {
            link.sql("DELETE FROM waiting WHERE place = ?1")?
                .execute([place])?;
            held.places.remove(name);
        }
        (Some(field), Some(place)) => {
            link.sql("UPDATE waiting SET value = ?1, stamp = ?2 WHERE place = ?3")?
                .execute((field.value.to_string(), field.stamp.to_string(), place))?;
        }
        (Some(field), None) => {
            let (Some(rid), Some(kind)) = (held.rid, &held.kind) else {
                return Err(StoreError::damaged("a waiting writing of no record"));
            };
            let places = places_of(rid);
            let last = held.places.values().max();
            let place = last.map_or(*places.start(), |last| last + 1);
            if !places.contains(&place) {
                return Err(StoreError::Database(
                    "too many fields wait in one record".into(),
                ));
            }
            link.sql(
                "INSERT INTO waiting (place, id, name, kind, value, stamp) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                place,
                bytes(id),
                name,
                kind.as_str(),
                field.value.to_string(),
                field.stamp.to_string(),
            ))?;
            held.places.insert(name.to_owned(), place);
        }
    }
    Ok(())
}
