//! The desk: where a person's wishes meet the store. Every read and every edit of the product passes here.
//!
//! An edit opens one transaction, lets the command say what it wants written, has each field judged
//! ([`crate::authority`]), stamps and puts it, and commits; when it returns, the change is durable. On a
//! device the change then waits for the hub. On a hub it gets the school's next version, enters the feeds of all who
//! may read it, and leaves a line in the log ([`crate::accept`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::{Field, Kind, Record, RecordId};
use alongside_store::{Audience, Store, Writer};
use alongside_sync::{Check, DeviceClock, WireRecord};
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::accept::{self, Accepted, Intake};
use crate::actor::{Actor, Standing};
use crate::authority::Way;
use crate::door::Contacts;
use crate::facts::{Facts, Memo};
use crate::fresh::{Fresh, OfTheMoment};
use crate::{ApiError, Code};

/// Where the desk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the app on a device: changes wait for a hub.
    Device,
    /// In a hub: changes are the school's at once.
    Hub,
}

/// What a transaction changed: ids and kinds only, so that a screen reads again what it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Which records.
    pub records: BTreeSet<RecordId>,
    /// Of which kinds.
    pub kinds: BTreeSet<Kind>,
    /// The newest version of the school, on a hub.
    pub version: u64,
}

type Listener = Box<dyn Fn(&Changed) + Send + Sync>;

/// Serves one store.
pub struct Desk {
    store: Arc<dyn Store>,
    place: Place,
    clock: Arc<DeviceClock>,
    listener: Listener,
    fresh: Arc<dyn Fresh>,
    pub(crate) checks: Mutex<HashMap<Vec<Audience>, (u64, Check)>>,
    pub(crate) contacts: Mutex<Contacts>,
}

impl Desk {
    /// A desk over `store`. `listener` hears of every committed change.
    pub fn new(
        store: Arc<dyn Store>,
        place: Place,
        clock: Arc<DeviceClock>,
        listener: impl Fn(&Changed) + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            place,
            clock,
            listener: Box::new(listener),
            fresh: Arc::new(OfTheMoment),
            checks: Mutex::default(),
            contacts: Mutex::default(),
        }
    }

    /// The same desk with another source of ids, so that what happens at it can be made to happen again.
    #[must_use]
    pub fn with_ids(mut self, fresh: Arc<dyn Fresh>) -> Self {
        self.fresh = fresh;
        self
    }

    /// An id for a new record.
    pub(crate) fn fresh(&self) -> uuid::Uuid {
        self.fresh.id()
    }

    /// The store behind the desk.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Where this desk stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The clock that stamps what is written here.
    pub fn clock(&self) -> &Arc<DeviceClock> {
        &self.clock
    }

    /// The school's time as this install knows it: the hub's own, or the device's corrected by its offset.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The same moment at the offset this install lives in.
    pub(crate) fn local_now(&self) -> DateTime<FixedOffset> {
        self.now().with_timezone(&chrono::Local).fixed_offset()
    }

    /// Refuses what only a hub can answer: it alone has the log and everyone's records.
    pub(crate) fn must_be_hub(&self) -> Result<(), ApiError> {
        match self.place {
            Place::Hub => Ok(()),
            Place::Device => Err(ApiError::new(
                Code::NoHub,
                "Only the hub can answer this. Connect this device to the hub of your school.",
            )),
        }
    }

    /// Reads for `actor` from one snapshot.
    pub(crate) fn read<T>(
        &self,
        actor: &Actor,
        read: impl FnOnce(&View<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let reader = self.store.read()?;
        let standing = Standing::read(&*reader, *actor)?;
        read(&View {
            facts: Facts::new(&*reader),
            standing: &standing,
            now: self.local_now(),
            place: self.place,
        })
    }

    /// Edits for `actor` in one transaction. When this returns, what was written is durable.
    pub(crate) fn edit<T>(
        &self,
        actor: &Actor,
        edit: impl FnOnce(&mut Edit<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let writer = self.store.write()?;
        let standing = Standing::read(&*writer, *actor)?;
        let mut edited = Edit {
            writer,
            standing,
            now: self.local_now(),
            place: self.place,
            clock: &self.clock,
            fresh: &*self.fresh,
            changed: Changed::default(),
        };
        let answer = edit(&mut edited)?;
        let Edit {
            writer, changed, ..
        } = edited;
        writer.commit()?;
        self.tell(&changed);
        Ok(answer)
    }

    pub(crate) fn tell(&self, changed: &Changed) {
        if !changed.records.is_empty() {
            (self.listener)(changed);
        }
    }

    pub(crate) fn contacts(&self) -> std::sync::MutexGuard<'_, Contacts> {
        self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One snapshot, as one person may see it.
pub(crate) struct View<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) standing: &'a Standing,
    pub(crate) now: DateTime<FixedOffset>,
    pub(crate) place: Place,
}

/// One open transaction of one person.
pub(crate) struct Edit<'a> {
    pub(crate) writer: Box<dyn Writer + 'a>,
    pub(crate) standing: Standing,
    pub(crate) now: DateTime<FixedOffset>,
    place: Place,
    clock: &'a DeviceClock,
    fresh: &'a dyn Fresh,
    changed: Changed,
}

impl Edit<'_> {
    /// An id for a new record.
    pub(crate) fn fresh(&self) -> uuid::Uuid {
        self.fresh.id()
    }

    /// What is known inside this transaction, its own writings included.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts::new(&*self.writer)
    }

    /// Writes fields into one record. What stands already is not written again, so a double tap writes nothing.
    ///
    /// Refused as a whole when any field is: a screen's wish is one thing.
    pub(crate) fn put<Name: Into<String>>(
        &mut self,
        id: impl Into<RecordId>,
        kind: &Kind,
        fields: impl IntoIterator<Item = (Name, Value)>,
    ) -> Result<(), ApiError> {
        let id = id.into();
        let held = self.writer.get(id)?;
        let mut fresh = BTreeMap::new();
        for (name, value) in fields {
            let name = name.into();
            let before = held.as_ref().and_then(|held| held.fields.get(&name));
            let is_same = match before {
                Some(before) => before.value == value,
                None => value.is_null(),
            };
            if !is_same {
                fresh.insert(
                    name,
                    Field {
                        value,
                        stamp: self.clock.tick(),
                    },
                );
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let record = WireRecord {
            id,
            kind: kind.clone(),
            version: None,
            fields: fresh,
        };
        let intake = Intake {
            standing: &self.standing,
            now: self.now.to_utc(),
            place: self.place,
            way: Way::Screen,
            seen: None,
            memo: &Memo::default(),
        };
        let accepted = accept::accept(&mut *self.writer, intake, held, &record, &mut self.changed)?;
        match accepted {
            Accepted { refused, .. } if !refused.is_empty() => {
                let sentence = refused.into_iter().next().map(|refusal| refusal.message);
                Err(ApiError::new(Code::Refused, sentence.unwrap_or_default()))
            }
            _ => Ok(()),
        }
    }

    /// A record as it stands inside this transaction.
    pub(crate) fn get(&self, id: impl Into<RecordId>) -> Result<Option<Record>, ApiError> {
        Ok(self.writer.get(id.into())?)
    }
}
