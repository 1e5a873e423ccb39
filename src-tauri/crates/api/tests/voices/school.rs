//! A made-up school on a real store, with a clock that tests move, and both its doors: commands, and the wire as a changed
//! client would use it. Ids of people are offset from all others, so that a mixed-up id fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use alongside_api::{Actor, ApiError, Desk, Place};
use alongside_domain::{
    DeviceId, Field, Kind, ObservationId, PersonId, RecordId, SchoolId, ShareId, Stamp, TermId,
    VisitId,
};
use alongside_store::StoreKey;
use alongside_store::sqlite::SqliteStore;
use alongside_sync::wire::PairSchool;
use alongside_sync::{DeviceClock, RecordResult, SyncRequest, Wall, WireRecord};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

pub const HEAD: u128 = 20;
/// Leads too, and is the line manager of [`TEACHER`].
pub const DEPUTY: u128 = 31;
/// Teaches the first class.
pub const TEACHER: u128 = 42;
/// Teaches the second and third.
pub const COLLEAGUE: u128 = 53;
/// Teaches the fourth and fifth.
pub const NEIGHBOUR: u128 = 64;
/// Of the support staff; observes.
pub const OBSERVER: u128 = 75;
/// A governor, no member of staff; observes.
pub const GOVERNOR: u128 = 86;

pub const WALK: u128 = 200;
/// The first of the five classes; the others follow in tens.
pub const CLASS: u128 = 300;
/// The visit to the first class; the others follow in tens.
pub const VISIT: u128 = 500;

/// When staff are told.
pub const NOTICE: &str = "2026-11-09T08:00:00Z";
/// When the first visit is; the others follow every half hour.
pub const BEGIN: &str = "2026-11-17T09:30:00Z";
/// When its observers leave.
pub const END: &str = "2026-11-17T09:50:00Z";

pub struct School {
    pub desk: Desk,
    hand: Arc<Hand>,
    counter: AtomicU16,
    folder: tempfile::TempDir,
}

struct Hand(AtomicU64);

impl Wall for Hand {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn person(n: u128) -> PersonId {
    PersonId::from_uuid(id(n))
}

pub fn visit(n: u128) -> VisitId {
    VisitId::from_uuid(id(n))
}

pub fn observation(of: u128, by: u128) -> RecordId {
    ObservationId::derive(visit(of), person(by)).into()
}

pub fn share(of: u128) -> RecordId {
    ShareId::derive(visit(of)).into()
}

pub fn millis(text: &str) -> u64 {
    let at: DateTime<Utc> = text.parse().unwrap();
    u64::try_from(at.timestamp_millis()).unwrap()
}

/// The first term of the year, which the school was founded with.
pub fn autumn() -> Uuid {
    TermId::derive(SchoolId::from_uuid(id(1)), 2026, 1).uuid()
}

pub fn actor(n: u128) -> Actor {
    Actor {
        person: person(n),
        device: DeviceId::from_uuid(id(7_000 + n)),
    }
}

impl School {
    /// People, five classes, a term and a walk with a visit to each class; nobody has been told of it yet.
    pub fn planned(place: Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("alongside.db"), &StoreKey::Plain).unwrap();
        let own = DeviceId::from_uuid(id(7_001));
        let hand = Arc::new(Hand(AtomicU64::new(millis("2026-10-01T08:00:00Z"))));
        let clock = DeviceClock::new(own, hand.clone(), None, 0);
        let desk = Desk::new(Arc::new(store), place, Arc::new(clock), |_| {});
        let founding = PairSchool {
            id: SchoolId::from_uuid(id(1)),
            name: "Larkfield".into(),
            person: person(HEAD),
            person_name: "Imke Sandoval".into(),
        };
        desk.school_create(&founding, own).unwrap();
        let school = Self {
            desk,
            hand,
            counter: AtomicU16::new(1),
            folder,
        };
        school.fill();
        school
    }

    /// A hub on which there is no school yet, at the same moment.
    #[allow(dead_code, reason = "not every test that has this school moves it")]
    pub fn empty(&self) -> (Desk, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("alongside.db"), &StoreKey::Plain).unwrap();
        let own = DeviceId::from_uuid(id(7_002));
        let clock = DeviceClock::new(own, self.hand.clone(), None, 0);
        let desk = Desk::new(Arc::new(store), Place::Hub, Arc::new(clock), |_| {});
        (desk, folder)
    }

    /// The same, with notice given in time and the clock at the start of the first visit.
    pub fn noticed(place: Place) -> Self {
        let school = Self::planned(place);
        school.at(NOTICE);
        school.give_notice();
        school.at(BEGIN);
        school
    }

    /// The same, with the first visit made by both observers and shared by the deputy an hour later.
    pub fn shared(place: Place) -> Self {
        let school = Self::noticed(place);
        school.make(VISIT, BEGIN, END);
        school.at("2026-11-17T10:50:00Z");
        let asked = json!({"visit": id(VISIT), "talked": false});
        school.ask(DEPUTY, "record_share", asked);
        school
    }

    fn fill(&self) {
        for (n, name, roles, manager) in [
            (DEPUTY, "Bede Quist", "leader", HEAD),
            (TEACHER, "Orla Tamblyn", "teacher", DEPUTY),
            (COLLEAGUE, "Anouk Brandt", "teacher", HEAD),
            (NEIGHBOUR, "Cosmo Wren", "teacher", DEPUTY),
            (OBSERVER, "Dilys Okoro", "support", HEAD),
            (GOVERNOR, "Ferran Holt", "governor", HEAD),
        ] {
            self.put(
                HEAD,
                id(n),
                Kind::Person,
                json!({"name": name, "roles": [roles], "line_manager": id(manager), "is_active": true}),
            );
        }
        let term = json!({"name": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-18"});
        self.put(HEAD, autumn(), Kind::Term, term);
        let form = self.form();
        self.put(
            HEAD,
            id(WALK),
            Kind::Walk,
            json!({"name": "Autumn walk", "focus": "Talk for learning", "template": form}),
        );
        let teachers = [TEACHER, COLLEAGUE, COLLEAGUE, NEIGHBOUR, NEIGHBOUR];
        let names = ["Kestrel", "Heron", "Wagtail", "Plover", "Dunnock"];
        for (place, (teacher, name)) in (0..).zip(teachers.into_iter().zip(names)) {
            let class = json!({"name": name, "teachers": [id(teacher)], "is_active": true});
            self.put(HEAD, id(CLASS + 10 * place), Kind::Class, class);
            self.plan(place, &format!("2026-11-17T{}:00Z", half_hour(place)));
        }
    }

    /// Plans the visit to a class, or moves it.
    pub fn plan(&self, place: u128, starts_at: &str) {
        self.put(
            HEAD,
            id(VISIT + 10 * place),
            Kind::Visit,
            json!({
                "walk": id(WALK), "class": id(CLASS + 10 * place), "starts_at": starts_at, "minutes": 20,
                "observers": [id(OBSERVER), id(GOVERNOR)],
            }),
        );
    }

    pub fn give_notice(&self) {
        self.ask(HEAD, "notice_give", json!({"walk": id(WALK)}));
    }

    /// Both observers make a visit and leave.
    pub fn make(&self, of: u128, begin: &str, end: &str) {
        for (at, command) in [(begin, "visit_start"), (end, "visit_finish")] {
            self.at(at);
            for by in [OBSERVER, GOVERNOR] {
                self.ask(by, command, json!({"visit": id(of)}));
            }
        }
    }

    /// The form of the walk.
    pub fn form(&self) -> String {
        let school = self.ask(HEAD, "school_get", json!({}));
        let form = school["templates"][0]["template"].as_str();
        form.unwrap().to_owned()
    }

    /// The file of the store, and the log beside it.
    #[allow(dead_code, reason = "only the tests of retention look into it")]
    pub fn files(&self) -> [std::path::PathBuf; 2] {
        ["alongside.db", "alongside.db-wal"].map(|name| self.folder.path().join(name))
    }

    /// A leader decides a setting, in the sight of all.
    pub fn decide(&self, by: u128, key: &str, to: Value) {
        let sent = self.send(
            by,
            RecordId::from_uuid(id(1)),
            Kind::School,
            self.decided(by, key, &to),
        );
        assert!(sent.refused.is_empty(), "{:?}", sent.refused);
    }

    /// What an honest client sends when a setting is changed.
    pub fn decided(&self, by: u128, key: &str, to: &Value) -> Value {
        let at = DateTime::from_timestamp_millis(self.hand.now_ms() as i64).unwrap();
        let change = json!({"key": key, "to": to, "by": id(by), "at": at});
        json!({format!("settings.{key}"): to, format!("changes.{}", Uuid::now_v7()): change})
    }

    /// Moves the clock.
    pub fn at(&self, text: &str) {
        self.hand.0.store(millis(text), Ordering::SeqCst);
    }

    pub fn try_ask(&self, by: u128, command: &str, request: Value) -> Result<Value, ApiError> {
        self.desk.call(&actor(by), command, request)
    }

    pub fn ask(&self, by: u128, command: &str, request: Value) -> Value {
        match self.try_ask(by, command, request) {
            Ok(answer) => answer,
            Err(error) => panic!("{command}: {error}"),
        }
    }

    /// The sentence with which a command is refused.
    pub fn refused(&self, by: u128, command: &str, request: Value) -> String {
        match self.try_ask(by, command, request) {
            Ok(answer) => panic!("{command} was not refused: {answer}"),
            Err(error) => error.message,
        }
    }

    /// What a changed client of `by` sends over the wire, stamped at `stamped` whatever the clock says.
    pub fn send_stamped(
        &self,
        by: u128,
        record: impl Into<RecordId>,
        kind: Kind,
        fields: Value,
        stamped: u64,
    ) -> RecordResult {
        let fields = stamped_at(fields, self.stamp(by, stamped));
        self.exchange(by, record.into(), kind, fields, None)
    }

    /// What a device sends that has not heard of anything yet.
    pub fn send_unaware(&self, by: u128, record: Uuid, kind: Kind, fields: Value) {
        let stamp = self.stamp(by, self.hand.now_ms());
        let fields = stamped_at(fields, stamp);
        let sent = self.exchange(by, RecordId::from_uuid(record), kind, fields, Some(0));
        assert!(sent.refused.is_empty(), "{:?}", sent.refused);
    }

    fn stamp(&self, by: u128, millis: u64) -> Stamp {
        let counter = self.counter.fetch_add(1, Ordering::SeqCst);
        Stamp::new(millis, counter, actor(by).device.tail())
    }

    /// Sends one field exactly as it was written.
    pub fn send_as(
        &self,
        by: u128,
        record: RecordId,
        kind: Kind,
        name: &str,
        field: Field,
    ) -> RecordResult {
        let fields = [(name.to_owned(), field)].into();
        self.exchange(by, record, kind, fields, None)
    }

    fn exchange(
        &self,
        by: u128,
        id: RecordId,
        kind: Kind,
        fields: BTreeMap<String, Field>,
        after: Option<u64>,
    ) -> RecordResult {
        let request = SyncRequest {
            records: vec![WireRecord {
                id,
                kind,
                version: None,
                fields,
            }],
            after,
            ..SyncRequest::default()
        };
        let mut answer = self.desk.exchange(&actor(by), request).unwrap();
        answer.results.pop().unwrap()
    }

    pub fn send(
        &self,
        by: u128,
        record: impl Into<RecordId>,
        kind: Kind,
        fields: Value,
    ) -> RecordResult {
        self.send_stamped(by, record, kind, fields, self.hand.now_ms())
    }

    /// The same, where nothing of it is refused.
    pub fn put(&self, by: u128, record: Uuid, kind: Kind, fields: Value) {
        let result = self.send(by, RecordId::from_uuid(record), kind, fields);
        assert!(result.refused.is_empty(), "{:?}", result.refused);
    }

    /// The code with which the hub refuses a field of what was sent.
    pub fn code(result: &RecordResult, field: &str) -> String {
        let refusal = result.refused.iter().find(|refusal| refusal.field == field);
        refusal.map_or_else(|| "accepted".into(), |refusal| refusal.code.clone())
    }

    /// Everything a fresh device of somebody is sent, and how much that is by the hub's own count.
    pub fn feed(&self, of: u128) -> (Vec<WireRecord>, u64) {
        let (mut records, mut after) = (Vec::new(), 0);
        loop {
            let request = SyncRequest {
                after: Some(after),
                held: Some(0),
                ..SyncRequest::default()
            };
            let answer = self.desk.exchange(&actor(of), request).unwrap();
            records.extend(answer.records);
            after = answer.cursor.unwrap();
            if let Some(check) = answer.check {
                return (records, check.count);
            }
        }
    }

    /// Whether a record is among what a fresh device of somebody is sent.
    pub fn is_sent(&self, of: u128, record: RecordId) -> bool {
        self.feed(of).0.iter().any(|sent| sent.id == record)
    }
}

fn stamped_at(fields: Value, stamp: Stamp) -> BTreeMap<String, Field> {
    let fields = fields.as_object().unwrap().iter();
    let stamped = fields.map(|(name, value)| {
        let value = value.clone();
        (name.clone(), Field { value, stamp })
    });
    stamped.collect()
}

fn half_hour(place: u128) -> &'static str {
    ["09:30", "10:00", "10:30", "11:00", "11:30"][usize::try_from(place).unwrap()]
}
