//! Devices with real stores, and a hub in the same process behind a line that can be cut.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_domain::clock::AHEAD_LIMIT_MS;
use alongside_domain::{DeviceId, Field, HubId, Kind, PersonId, Record, RecordId, SchoolId, Stamp};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Kept, Store, StoreKey};
use alongside_sync::wire::{FIELD_NAME_LIMIT, Named, RECORDS_LIMIT};
use alongside_sync::{
    Answering, Care, Check, DeviceClock, Engine, Exchange, FieldRefusal, Heard, PairAnswer,
    PairRequest, RecordResult, Summary, SyncAnswer, SyncError, SyncRequest, Wall, WireError,
    WireRecord,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast;
use uuid::Uuid;

/// 2026-11-17T09:00:00Z.
pub const MORNING: u64 = 1_794_906_000_000;

/// A record's id that cannot be taken for another kind of id.
pub fn record(n: u128) -> RecordId {
    RecordId::from_uuid(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + n,
    ))
}

/// A device's id.
pub fn device_id(n: u128) -> DeviceId {
    DeviceId::from_uuid(Uuid::from_u128(
        0x0190_1111_0000_7000_8000_0000_0000_0000 + n * 17,
    ))
}

/// A clock on the wall that tests move.
pub struct Hand(AtomicU64);

impl Hand {
    pub fn at(ms: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(ms)))
    }

    pub fn forward(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn back(&self, ms: u64) {
        self.0.fetch_sub(ms, Ordering::Relaxed);
    }
}

impl Wall for Hand {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Whole,
    /// The call does not arrive.
    CutBefore,
    /// The call arrives and is done; its answer does not.
    CutAfter,
    /// The call arrives twice; the second answer is heard.
    Twice,
    /// Something else answers.
    Garbled,
    /// The answer's records come in another order.
    Reordered,
    /// The hub asks to come back later.
    Busy,
}

#[derive(Clone)]
struct HubRecord {
    kind: Kind,
    fields: BTreeMap<String, (Field, u64)>,
    seen_from: u64,
}

#[derive(Clone)]
struct Held {
    version: u64,
    records: BTreeMap<RecordId, HubRecord>,
    history: Vec<Value>,
    forgotten: Vec<(u64, RecordId)>,
}

type Rule = dyn Fn(&Kind, &str, &Field) -> Option<(&'static str, &'static str)> + Send + Sync;

/// A hub in the same process: the merge of the domain, one feed for all, and a rule that tests set.
pub struct Hub {
    pub wall: Arc<Hand>,
    held: Mutex<Held>,
    rule: Mutex<Box<Rule>>,
    page: Mutex<usize>,
    fields_limit: Mutex<usize>,
    is_honest: Mutex<bool>,
    changed: broadcast::Sender<u64>,
}

impl Hub {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            wall: Hand::at(MORNING),
            held: Mutex::new(Held {
                version: 0,
                records: BTreeMap::new(),
                history: Vec::new(),
                forgotten: Vec::new(),
            }),
            rule: Mutex::new(Box::new(|_, _, _| None)),
            page: Mutex::new(RECORDS_LIMIT),
            fields_limit: Mutex::new(usize::MAX),
            is_honest: Mutex::new(true),
            changed: broadcast::channel(64).0,
        })
    }

    /// Refuses fields by this rule from now on.
    pub fn refuse(
        &self,
        rule: impl Fn(&Kind, &str, &Field) -> Option<(&'static str, &'static str)>
        + Send
        + Sync
        + 'static,
    ) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    /// Sends at most this many records at once.
    pub fn page(&self, records: usize) {
        *self.page.lock().unwrap() = records;
    }

    /// Answers 413 to more fields than this at once.
    pub fn take_at_most(&self, fields: usize) {
        *self.fields_limit.lock().unwrap() = fields;
    }

    /// From now on the hub's check is wrong, whatever the device holds.
    pub fn lie_about_the_check(&self) {
        *self.is_honest.lock().unwrap() = false;
    }

    /// Takes a record out of sight.
    pub fn hide(&self, id: RecordId) {
        let mut held = self.held.lock().unwrap();
        held.records.remove(&id);
        held.version += 1;
        let version = held.version;
        held.forgotten.push((version, id));
    }

    /// Everything as it is now, to go back to.
    pub fn backup(&self) -> Backup {
        Backup(self.held.lock().unwrap().clone())
    }

    /// Goes back.
    pub fn restore(&self, backup: &Backup) {
        *self.held.lock().unwrap() = backup.0.clone();
    }

    /// The value of a field.
    pub fn value(&self, id: RecordId, name: &str) -> Option<Value> {
        let held = self.held.lock().unwrap();
        Some(held.records.get(&id)?.fields.get(name)?.0.value.clone())
    }

    /// The stamp of a field.
    pub fn stamp(&self, id: RecordId, name: &str) -> Option<Stamp> {
        let held = self.held.lock().unwrap();
        Some(held.records.get(&id)?.fields.get(name)?.0.stamp)
    }

    /// Whether a value has ever been taken.
    pub fn has_ever_held(&self, value: &Value) -> bool {
        let held = self.held.lock().unwrap();
        let mut current = held
            .records
            .values()
            .flat_map(|record| record.fields.values());
        current.any(|(field, _)| field.value == *value) || held.history.contains(value)
    }

    /// All records as a device should read them.
    pub fn records(&self) -> BTreeMap<RecordId, Record> {
        let held = self.held.lock().unwrap();
        held.records
            .iter()
            .map(|(id, record)| {
                let fields = record
                    .fields
                    .iter()
                    .map(|(name, (field, _))| (name.clone(), field.clone()));
                (
                    *id,
                    Record {
                        id: *id,
                        kind: record.kind.clone(),
                        fields: fields.collect(),
                    },
                )
            })
            .collect()
    }

    fn answer(&self, device: DeviceId, request: &SyncRequest) -> Result<SyncAnswer, SyncError> {
        let sent: usize = request
            .records
            .iter()
            .map(|record| record.fields.len())
            .sum();
        if sent > *self.fields_limit.lock().unwrap() || request.records.len() > RECORDS_LIMIT {
            return Err(SyncError::from_status(413, wire_error("too_large"), None));
        }
        let now = self.wall.now_ms();
        let rule = self.rule.lock().unwrap();
        let mut held = self.held.lock().unwrap();
        let before = held.version;
        let mut answer = SyncAnswer {
            time: rfc3339(now),
            ..SyncAnswer::default()
        };
        for sent in &request.records {
            answer.results.push(take(&mut held, sent, now, &**rule));
        }
        if let Some(after) = request.after {
            self.feed(&held, device, after, request, &mut answer);
        }
        if held.version > before {
            let _ = self.changed.send(held.version);
        }
        Ok(answer)
    }

    fn feed(
        &self,
        held: &Held,
        device: DeviceId,
        after: u64,
        request: &SyncRequest,
        answer: &mut SyncAnswer,
    ) {
        let entire = request.held.unwrap_or(0);
        let mut news: Vec<(u64, Option<WireRecord>, RecordId)> = held
            .forgotten
            .iter()
            .map(|(version, id)| (*version, None, *id))
            .collect();
        for (id, record) in &held.records {
            let newest = record
                .fields
                .values()
                .map(|(_, version)| *version)
                .max()
                .unwrap_or(0);
            let sent = request.records.iter().find(|sent| sent.id == *id);
            let fields: BTreeMap<_, _> = record
                .fields
                .iter()
                .filter(|(_, (_, version))| *version > entire || record.seen_from > entire)
                .filter(|(_, (field, _))| entire == 0 || field.stamp.device() != device.tail())
                .filter(|(name, (field, _))| {
                    sent.and_then(|sent| sent.fields.get(*name)) != Some(field)
                })
                .map(|(name, (field, _))| (name.clone(), field.clone()))
                .collect();
            let wire = WireRecord {
                id: *id,
                kind: record.kind.clone(),
                version: Some(newest),
                fields,
            };
            news.push((newest.max(record.seen_from), Some(wire), *id));
        }
        news.retain(|(version, wire, _)| {
            *version > after && wire.as_ref().is_none_or(|wire| !wire.fields.is_empty())
        });
        news.sort_by_key(|(version, _, _)| *version);
        let page = *self.page.lock().unwrap();
        answer.more = news.len() > page;
        let mut cursor = held.version;
        for (version, wire, id) in news.into_iter().take(page) {
            match wire {
                Some(wire) => answer.records.push(wire),
                None => answer.forget.push(id),
            }
            if answer.more {
                cursor = version;
            }
        }
        answer.cursor = Some(if answer.more {
            cursor
        } else {
            cursor.max(after)
        });
        if !answer.more {
            answer.check = Some(self.check(held));
        }
    }

    fn check(&self, held: &Held) -> Check {
        let mut text = String::new();
        for (id, record) in &held.records {
            text.push_str(&format!("{id}\n"));
            for (name, (field, _)) in &record.fields {
                text.push_str(&format!("{name}={}\n", field.stamp));
            }
        }
        let honest = *self.is_honest.lock().unwrap();
        Check {
            count: held.records.len() as u64,
            digest: if honest {
                Sha256::digest(text)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect()
            } else {
                "0".repeat(64)
            },
        }
    }
}

pub struct Backup(Held);

fn take(held: &mut Held, sent: &WireRecord, now: u64, rule: &Rule) -> RecordResult {
    let mut result = RecordResult {
        id: sent.id,
        version: 0,
        accepted: Vec::new(),
        superseded: Vec::new(),
        refused: Vec::new(),
    };
    let mut version = None;
    for (name, field) in &sent.fields {
        let verdict = if matches!(sent.kind, Kind::Other(_)) && sent.kind.as_str() != "learnt" {
            Some(("unknown_kind", "The hub does not know this kind yet."))
        } else if name.len() > FIELD_NAME_LIMIT {
            Some(("wrong_name", "This name cannot be kept."))
        } else if field.stamp.millis() > now + AHEAD_LIMIT_MS {
            Some(("stamp_ahead", "The clock runs ahead."))
        } else {
            rule(&sent.kind, name, field)
        };
        if let Some((code, message)) = verdict {
            result.refused.push(FieldRefusal {
                field: name.clone(),
                code: code.into(),
                message: message.into(),
            });
            continue;
        }
        let current = held
            .records
            .get(&sent.id)
            .and_then(|record| record.fields.get(name))
            .cloned();
        match current {
            Some((current, _)) if current == *field => result.accepted.push(name.clone()),
            Some((current, _)) if !field.wins_over(&current) => {
                held.history.push(field.value.clone());
                result.superseded.push(name.clone());
            }
            current => {
                held.history.extend(current.map(|(old, _)| old.value));
                let version = *version.get_or_insert_with(|| {
                    held.version += 1;
                    held.version
                });
                let record = held.records.entry(sent.id).or_insert_with(|| HubRecord {
                    kind: sent.kind.clone(),
                    fields: BTreeMap::new(),
                    seen_from: version,
                });
                record.fields.insert(name.clone(), (field.clone(), version));
                result.accepted.push(name.clone());
            }
        }
    }
    result.version = version.unwrap_or(held.version);
    result
}

fn rfc3339(ms: u64) -> String {
    chrono::DateTime::from_timestamp_millis(ms as i64)
        .unwrap()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn wire_error(code: &str) -> WireError {
    WireError {
        code: code.into(),
        message: "Not now.".into(),
    }
}

/// One device's line to the hub, with what happens to its next calls.
pub struct Line {
    hub: Arc<Hub>,
    device: DeviceId,
    faults: Mutex<VecDeque<Fault>>,
    calls: Mutex<Vec<SyncRequest>>,
    during: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    busy_for: Mutex<Option<Duration>>,
}

impl Line {
    /// What happens to the next calls; after these all are whole.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        *self.faults.lock().unwrap() = faults.into_iter().collect();
    }

    /// Done while the next call is on its way.
    pub fn during_the_next_call(&self, act: impl FnOnce() + Send + 'static) {
        *self.during.lock().unwrap() = Some(Box::new(act));
    }

    /// What a busy hub asks for.
    pub fn busy_for(&self, pause: Duration) {
        *self.busy_for.lock().unwrap() = Some(pause);
    }

    /// The calls made since the last look.
    pub fn calls(&self) -> Vec<SyncRequest> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    /// How many calls were made since the last look.
    pub fn calls_made(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

impl Exchange for Line {
    fn pair<'a>(&'a self, _: &'a PairRequest) -> Answering<'a, PairAnswer> {
        Box::pin(async {
            Ok(PairAnswer {
                token: "token".into(),
                person: Named {
                    id: PersonId::from_uuid(Uuid::from_u128(5)),
                    name: "A. Person".into(),
                },
                school: Named {
                    id: SchoolId::from_uuid(Uuid::from_u128(6)),
                    name: "A School".into(),
                },
                hub: HubId::from_uuid(Uuid::from_u128(7)),
                time: rfc3339(self.hub.wall.now_ms()),
                letter_key: None,
                wipe: None,
            })
        })
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        Box::pin(async move {
            self.calls.lock().unwrap().push(request.clone());
            if let Some(act) = self.during.lock().unwrap().take() {
                act();
            }
            let cut = || SyncError::Unreachable("cut".into());
            // A hub sees what the wire carries, not what the device holds.
            let request: SyncRequest =
                serde_json::from_slice(&serde_json::to_vec(request).unwrap()).unwrap();
            let fault = self
                .faults
                .lock()
                .unwrap()
                .pop_front()
                .unwrap_or(Fault::Whole);
            match fault {
                Fault::CutBefore => return Err(cut()),
                Fault::Garbled => return Err(SyncError::Garbled("a page of a Wi-Fi".into())),
                Fault::Busy => {
                    let pause = *self.busy_for.lock().unwrap();
                    return Err(SyncError::from_status(429, wire_error("too_many"), pause));
                }
                _ => {}
            }
            let mut answer = self.hub.answer(self.device, &request)?;
            match fault {
                Fault::CutAfter => return Err(cut()),
                Fault::Twice => answer = self.hub.answer(self.device, &request)?,
                Fault::Reordered => answer.records.reverse(),
                _ => {}
            }
            Ok(serde_json::from_slice(&serde_json::to_vec(&answer).unwrap()).unwrap())
        })
    }

    fn ask<'a>(&'a self, _: &'a str, request: Value) -> Answering<'a, Value> {
        Box::pin(async move { Ok(request) })
    }

    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        Box::pin(async move {
            let mut changed = self.hub.changed.subscribe();
            heard(Heard::Open);
            while let Ok(version) = changed.recv().await {
                heard(Heard::Changed(version));
            }
            Ok(())
        })
    }
}

/// A device with its store in a folder of its own.
pub struct Device {
    pub wall: Arc<Hand>,
    pub line: Arc<Line>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<DeviceClock>,
    pub id: DeviceId,
    folder: tempfile::TempDir,
}

impl Device {
    pub fn new(n: u128, hub: &Arc<Hub>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (wall, id) = (Hand::at(MORNING), device_id(n));
        let (store, clock) = open(folder.path(), id, &wall);
        let line = Arc::new(Line {
            hub: Arc::clone(hub),
            device: id,
            faults: Mutex::default(),
            calls: Mutex::default(),
            during: Mutex::default(),
            busy_for: Mutex::default(),
        });
        Self {
            wall,
            line,
            store,
            clock,
            id,
            folder,
        }
    }

    /// The file of its store.
    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("store.db")
    }

    /// Starts the app again on the same folder.
    pub fn restart(&mut self) {
        (self.store, self.clock) = open(self.folder.path(), self.id, &self.wall);
    }

    pub fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.store), Arc::clone(&self.clock), self.id)
    }

    pub fn write(&self, id: RecordId, kind: &Kind, name: &str, value: Value) -> Stamp {
        write(&*self.store, &self.clock, id, kind, name, value)
    }

    pub fn mark(&self, id: RecordId, name: &str, value: &str) -> Stamp {
        self.write(id, &Kind::Observation, name, json!(value))
    }

    pub async fn sync(&self) -> Result<Summary, SyncError> {
        self.engine().sync(&*self.line, Care::Now, &|_| {}).await
    }

    pub fn waiting(&self) -> u64 {
        self.store.read().unwrap().outbox_count().unwrap()
    }

    pub fn get(&self, id: RecordId) -> Option<Record> {
        self.store.read().unwrap().get(id).unwrap()
    }

    pub fn value(&self, id: RecordId, name: &str) -> Option<Value> {
        self.get(id)?
            .fields
            .get(name)
            .map(|field| field.value.clone())
    }

    pub fn note(&self, key: &str) -> Option<String> {
        self.store.read().unwrap().note(key).unwrap()
    }

    /// Everything on this device.
    pub fn records(&self) -> BTreeMap<RecordId, Record> {
        let reader = self.store.read().unwrap();
        let kinds = Kind::KNOWN
            .into_iter()
            .chain([Kind::Other("timetable".into())]);
        kinds
            .flat_map(|kind| reader.list(&kind).unwrap())
            .map(|record| (record.id, record))
            .collect()
    }

    /// Whether a writing is anywhere on this device: current, in the history, or set aside.
    pub fn has_kept(&self, id: RecordId, value: &Value) -> bool {
        let reader = self.store.read().unwrap();
        let current = reader.get(id).unwrap();
        current.is_some_and(|record| record.fields.values().any(|field| field.value == *value))
            || reader
                .history(id)
                .unwrap()
                .iter()
                .any(|past| past.field.value == *value)
            || reader
                .set_aside()
                .unwrap()
                .iter()
                .any(|aside| aside.field.value == *value)
    }

    /// The codes of what was set aside.
    pub fn set_aside(&self) -> BTreeSet<String> {
        let reader = self.store.read().unwrap();
        reader
            .set_aside()
            .unwrap()
            .into_iter()
            .map(|aside| aside.code)
            .collect()
    }
}

pub fn write(
    store: &dyn Store,
    clock: &DeviceClock,
    id: RecordId,
    kind: &Kind,
    name: &str,
    value: Value,
) -> Stamp {
    let mut writer = store.write().unwrap();
    let stamp = clock.tick();
    writer
        .put(id, kind, name, &Field { value, stamp }, Kept::Waiting)
        .unwrap();
    writer.commit().unwrap();
    stamp
}

fn open(folder: &Path, id: DeviceId, wall: &Arc<Hand>) -> (Arc<dyn Store>, Arc<DeviceClock>) {
    let store = SqliteStore::open(&folder.join("store.db"), &StoreKey::Plain).unwrap();
    let wall: Arc<dyn Wall> = Arc::clone(wall) as Arc<dyn Wall>;
    let clock = DeviceClock::open(&*store.read().unwrap(), id, wall).unwrap();
    (Arc::new(store), Arc::new(clock))
}
