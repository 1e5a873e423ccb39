//! One record as the writer holds it: what is delivered, what waits above it, and what of this is not written down yet.
//!
//! A waiting writing lies above the delivered one of its field and stands against it; taking it away shows what is
//! below. So the delivered fields are always the join of all that is known to the hub, whatever happens above them.
//!
//! Laws (tests/story.rs): the current fields are those that `domain`'s merge gives for all writings put in, less those
//! set aside (`any_order_of_writings_gives_what_the_domain_gives`); a writing is current, below a current one, in the
//! history or set aside, never gone (`no_writing_is_lost`).

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::{Field, Kind, Put, Record, RecordId, Stamp};

use super::pack::Delivered;
use super::seats::Seat;
use crate::Kept;

/// A writing for the history: its field's name, itself, and its version (0 when the hub never had it).
pub(super) type Superseded = (String, Field, u64);

/// A record, or the place for one.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Its row, once it has one.
    pub(super) rid: Option<i64>,
    pub(super) kind: Option<Kind>,
    pub(super) delivered: BTreeMap<String, Delivered>,
    pub(super) waiting: BTreeMap<String, Field>,
    /// Where the waiting writings are kept, as far as they are.
    pub(super) places: BTreeMap<String, i64>,
    pub(super) seats: Vec<Seat>,
    pub(super) stored_seats: Vec<Seat>,
    pub(super) stored_parent: Option<RecordId>,
    pub(super) unsaved: Unsaved,
}

/// What is not written down yet.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// Whether the tray has the record on its list.
    pub(super) is_noted: bool,
    /// Whether the delivered fields changed.
    pub(super) is_delivered: bool,
    /// Names whose waiting writing came, changed or went.
    pub(super) waiting: BTreeSet<String>,
    /// What goes to the history.
    pub(super) past: Vec<Superseded>,
}

impl Held {
    /// The writing that stands.
    pub(super) fn current(&self, name: &str) -> Option<&Field> {
        self.waiting
            .get(name)
            .or_else(|| self.delivered.get(name).map(|below| &below.field))
    }

    /// Whether there is anything to show.
    pub(super) fn has_fields(&self) -> bool {
        !self.delivered.is_empty() || !self.waiting.is_empty()
    }

    /// Whether it had readers and has nothing left for them.
    pub(super) fn was_destroyed(&self) -> bool {
        !self.has_fields() && !self.seats.is_empty()
    }

    /// The kind, while there is anything to show.
    pub(super) fn shown_kind(&self) -> Option<&Kind> {
        self.kind.as_ref().filter(|_| self.has_fields())
    }

    /// The record, while it has fields.
    pub(super) fn record(&self, id: RecordId) -> Option<Record> {
        let kind = self.shown_kind()?.clone();
        let below = self
            .delivered
            .iter()
            .map(|(name, delivered)| (name.clone(), delivered.field.clone()));
        let mut fields: BTreeMap<_, _> = below.collect();
        fields.extend(self.waiting.clone());
        Some(Record { id, kind, fields })
    }

    /// The same with the fields of its head only.
    pub(super) fn head(&self, id: RecordId) -> Option<Record> {
        let kind = self.shown_kind()?.clone();
        let below = self
            .delivered
            .iter()
            .map(|(name, delivered)| (name, &delivered.field));
        let mut head = Record::new(id, kind);
        for (name, field) in below.chain(&self.waiting) {
            if Record::is_of_head(name) {
                head.fields.insert(name.clone(), field.clone());
            }
        }
        Some(head)
    }

    /// The same, when nothing else is wanted of it.
    pub(super) fn into_record(self, id: RecordId) -> Option<Record> {
        let has_fields = self.has_fields();
        let kind = self.kind.filter(|_| has_fields)?;
        let below = self.delivered.into_iter();
        let mut fields: BTreeMap<_, _> = below
            .map(|(name, delivered)| (name, delivered.field))
            .collect();
        fields.extend(self.waiting);
        Some(Record { id, kind, fields })
    }

    /// The record this one belongs to.
    pub(super) fn parent(&self) -> Option<RecordId> {
        let name = self.kind.as_ref()?.parent_field()?;
        self.current(name)?.value.as_str()?.parse().ok()
    }

    /// Puts a writing in; see [`Writer::put`](crate::Writer::put).
    pub(super) fn put(&mut self, kind: &Kind, name: &str, field: &Field, kept: Kept) -> Put {
        self.kind.get_or_insert_with(|| kind.clone());
        match kept {
            Kept::Waiting => self.put_waiting(name, field),
            Kept::At(version) => self.put_delivered(name, field, version),
        }
    }

    fn put_waiting(&mut self, name: &str, field: &Field) -> Put {
        let replaced = match self.current(name) {
            Some(current) if current == field => return Put::Same,
            Some(current) if !field.wins_over(current) => {
                self.supersede(name, field.clone(), 0);
                return Put::Superseded;
            }
            current => current.cloned(),
        };
        self.unsaved.waiting.insert(name.to_owned());
        if let Some(before) = self.waiting.insert(name.to_owned(), field.clone()) {
            self.supersede(name, before, 0);
        }
        Put::Taken(replaced)
    }

    fn put_delivered(&mut self, name: &str, field: &Field, version: u64) -> Put {
        let Some(above) = self.waiting.get(name) else {
            return self.join(name, field, version);
        };
        if above == field {
            self.take_waiting(name);
            self.join(name, field, version);
            return Put::Same;
        }
        let is_taken = field.wins_over(above);
        self.join(name, field, version);
        if !is_taken {
            return Put::Superseded;
        }
        let above = self.take_waiting(name);
        if let Some(above) = &above {
            self.supersede(name, above.clone(), 0);
        }
        Put::Taken(above)
    }

    /// Joins a writing into the delivered fields.
    pub(super) fn join(&mut self, name: &str, field: &Field, version: u64) -> Put {
        let writing = Delivered {
            field: field.clone(),
            version,
        };
        let Some(below) = self.delivered.get_mut(name) else {
            self.delivered.insert(name.to_owned(), writing);
            self.unsaved.is_delivered = true;
            return Put::Taken(None);
        };
        if below.field == *field {
            return Put::Same;
        }
        if !field.wins_over(&below.field) {
            self.supersede(name, writing.field, version);
            return Put::Superseded;
        }
        let before = std::mem::replace(below, writing);
        self.unsaved.is_delivered = true;
        self.supersede(name, before.field.clone(), before.version);
        Put::Taken(Some(before.field))
    }

    /// Notes a receipt. Returns false when the writing is neither waiting nor delivered: then it may be history.
    pub(super) fn deliver(&mut self, name: &str, stamp: Stamp, version: u64) -> bool {
        if self
            .waiting
            .get(name)
            .is_some_and(|above| above.stamp == stamp)
        {
            if let Some(field) = self.take_waiting(name) {
                self.join(name, &field, version);
            }
            return true;
        }
        self.delivered
            .get(name)
            .is_some_and(|below| below.field.stamp == stamp)
    }

    /// Takes a waiting writing out.
    pub(super) fn take_waiting(&mut self, name: &str) -> Option<Field> {
        let field = self.waiting.remove(name)?;
        self.unsaved.waiting.insert(name.to_owned());
        Some(field)
    }

    /// Drops all but what waits.
    pub(super) fn forget(&mut self) {
        self.delivered.clear();
        self.unsaved.is_delivered = true;
        self.unsaved.past.clear();
    }

    pub(super) fn supersede(&mut self, name: &str, field: Field, version: u64) {
        self.unsaved.past.push((name.to_owned(), field, version));
    }
}
