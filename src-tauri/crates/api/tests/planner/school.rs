//! A made-up school on a real store: eight classes in a row of rooms, four observers, a walk for them without visits. Ids of
//! people are offset from all others, so that a mixed-up id fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alongside_api::{Actor, ApiError, Code, Desk, Place};
use alongside_domain::visit::Visit;
use alongside_domain::{DeviceId, Field, Kind, PersonId, RecordId, SchoolId, Stamp};
use alongside_store::StoreKey;
use alongside_store::sqlite::SqliteStore;
use alongside_sync::wire::PairSchool;
use alongside_sync::{DeviceClock, RecordResult, SyncRequest, Wall, WireRecord};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

pub const HEAD: u128 = 20;
/// The teacher of the first class; those of the others follow by ones.
pub const TEACHER: u128 = 40;
/// The first of the observers; the others follow by ones.
pub const OBSERVER: u128 = 70;
pub const CLASSES: u128 = 8;
pub const OBSERVERS: u128 = 4;
/// The first class; the others follow by ones.
pub const CLASS: u128 = 300;
pub const ROOM: u128 = 400;
pub const WALK: u128 = 200;
/// A walk before this one.
pub const BEFORE: u128 = 210;

/// When the leader sits down to plan: a Monday in January.
pub const NOW: &str = "2027-01-11T08:00:00Z";
/// The days of the walk.
pub const DAYS: [&str; 3] = ["2027-01-25", "2027-01-26", "2027-01-27"];

pub struct School {
    pub desk: Desk,
    hand: Arc<Hand>,
    _folder: tempfile::TempDir,
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

pub fn device(n: u128) -> DeviceId {
    DeviceId::from_uuid(id(7_000 + n))
}

pub fn millis(text: &str) -> u64 {
    let at: DateTime<Utc> = text.parse().unwrap();
    u64::try_from(at.timestamp_millis()).unwrap()
}

pub fn founding() -> PairSchool {
    PairSchool {
        id: SchoolId::from_uuid(id(1)),
        name: "Larkfield".into(),
        person: person(HEAD),
        person_name: "Imke Sandoval".into(),
    }
}

impl School {
    /// A store with nobody in it.
    pub fn empty(place: Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("alongside.db"), &StoreKey::Plain).unwrap();
        let hand = Arc::new(Hand(AtomicU64::new(millis(NOW))));
        let clock = DeviceClock::new(device(HEAD), hand.clone(), None, 0);
        Self {
            desk: Desk::new(Arc::new(store), place, Arc::new(clock), |_| {}),
            hand,
            _folder: folder,
        }
    }

    /// The school, its walk and no visits.
    pub fn new(place: Place) -> Self {
        let school = Self::empty(place);
        school
            .desk
            .school_create(&founding(), device(HEAD))
            .unwrap();
        for (first, count, role) in [
            (TEACHER, CLASSES, "teacher"),
            (OBSERVER, OBSERVERS, "governor"),
        ] {
            for n in first..first + count {
                let name = format!("Somebody {n}");
                let fields = json!({"name": name, "roles": [role], "is_active": true});
                school.put(id(n), Kind::Person, fields);
            }
        }
        for n in 0..CLASSES {
            let room = json!({"name": format!("Room {n}"), "route": 10 * n as i64});
            school.put(id(ROOM + n), Kind::Room, room);
            let class = json!({
                "name": format!("Class {n}"), "teachers": [id(TEACHER + n)],
                "room": id(ROOM + n), "is_active": true,
            });
            school.put(id(CLASS + n), Kind::Class, class);
        }
        for walk in [WALK, BEFORE] {
            school.put(id(walk), Kind::Walk, school.walk());
        }
        school
    }

    fn walk(&self) -> Value {
        let classes: Vec<Uuid> = (CLASS..CLASS + CLASSES).map(id).collect();
        let observers: Vec<Uuid> = (OBSERVER..OBSERVER + OBSERVERS).map(id).collect();
        json!({
            "name": "Spring walk", "focus": "Talk for learning", "template": self.form(),
            "classes": classes, "observers": observers,
        })
    }

    pub fn form(&self) -> Value {
        self.ask(HEAD, "school_get", json!({}))["templates"][0]["template"].clone()
    }

    /// Moves the clock.
    pub fn at(&self, text: &str) {
        self.hand.0.store(millis(text), Ordering::SeqCst);
    }

    pub fn try_ask(&self, by: u128, command: &str, request: Value) -> Result<Value, ApiError> {
        let actor = Actor {
            person: person(by),
            device: device(by),
        };
        self.desk.call(&actor, command, request)
    }

    pub fn ask(&self, by: u128, command: &str, request: Value) -> Value {
        self.try_ask(by, command, request).unwrap()
    }

    /// The sentence with which the head is refused.
    pub fn refusal(&self, command: &str, request: Value) -> String {
        let error = self.try_ask(HEAD, command, request).unwrap_err();
        assert_eq!(error.code, Code::Refused, "{error}");
        error.message
    }

    pub fn propose(&self) -> Value {
        self.propose_around(&[])
    }

    pub fn propose_around(&self, slots: &[Value]) -> Value {
        self.ask(
            HEAD,
            "plan_propose",
            json!({"walk": id(WALK), "days": DAYS, "minutes": 20, "observers_each": 2, "slots": slots}),
        )
    }

    pub fn plan(&self) -> Value {
        self.ask(HEAD, "plan_get", json!({"walk": id(WALK)}))
    }

    pub fn check(&self, slots: &[Value]) -> Value {
        self.ask(
            HEAD,
            "plan_check",
            json!({"walk": id(WALK), "slots": slots}),
        )
    }

    pub fn keep(&self, slots: &[Value]) -> Value {
        self.ask(HEAD, "plan_keep", json!({"walk": id(WALK), "slots": slots}))
    }

    /// A new visit in the plan.
    pub fn slot(&self, class: u128, starts_at: &str, observers: &[u128]) -> Value {
        let observers: Vec<Uuid> = observers.iter().copied().map(id).collect();
        json!({
            "visit": null, "class": id(CLASS + class), "starts_at": starts_at, "minutes": 20,
            "part": "main", "subject": "Maths", "observers": observers, "is_locked": false,
        })
    }

    /// A visit of the walk before, as the head's own app would send it.
    pub fn visited_before(&self, n: u128, class: u128, starts_at: &str) {
        let fields = self.visit_fields(BEFORE, class, starts_at, &[OBSERVER]);
        self.put(id(n), Kind::Visit, fields);
    }

    pub fn visit_fields(&self, walk: u128, class: u128, starts_at: &str, by: &[u128]) -> Value {
        let observers: Vec<Uuid> = by.iter().copied().map(id).collect();
        json!({
            "walk": id(walk), "class": id(CLASS + class), "starts_at": starts_at,
            "minutes": 20, "observers": observers, "part": "main",
        })
    }

    /// What came of a record that somebody sent over the wire.
    pub fn send(&self, by: u128, record: Uuid, kind: Kind, fields: Value) -> RecordResult {
        let now = self.hand.now_ms();
        let fields: BTreeMap<String, Field> = fields
            .as_object()
            .unwrap()
            .iter()
            .zip(0..)
            .map(|((name, value), n)| {
                let stamp = Stamp::new(now, n, device(by).tail());
                let value = value.clone();
                (name.clone(), Field { value, stamp })
            })
            .collect();
        let record = WireRecord {
            id: RecordId::from_uuid(record),
            kind,
            version: None,
            fields,
        };
        let request = SyncRequest {
            records: vec![record],
            ..SyncRequest::default()
        };
        let actor = Actor {
            person: person(by),
            device: device(by),
        };
        let answer = self.desk.exchange(&actor, request).unwrap();
        // The next writing is later.
        self.hand.0.fetch_add(1_000, Ordering::SeqCst);
        answer.results.into_iter().next().unwrap()
    }

    /// Sends as the head, and nothing of it is refused.
    pub fn put(&self, record: Uuid, kind: Kind, fields: Value) {
        let sent = self.send(HEAD, record, kind, fields);
        assert_eq!(sent.refused.len(), 0, "{:?}", sent.refused);
    }

    /// Every visit, called off or not.
    pub fn visits(&self) -> Vec<Visit> {
        let reader = self.desk.store().read().unwrap();
        let records = reader.list(&Kind::Visit).unwrap();
        records.iter().filter_map(Visit::read).collect()
    }

    /// The visits that stand.
    pub fn standing(&self) -> Vec<Visit> {
        let mut visits = self.visits();
        visits.retain(|visit| !visit.is_cancelled);
        visits
    }
}

pub fn slots(plan: &Value) -> Vec<Value> {
    plan["slots"].as_array().unwrap().clone()
}

pub fn sentences(list: &Value) -> String {
    let list = list.as_array().unwrap().iter();
    let list: Vec<&str> = list.map(|own| own.as_str().unwrap()).collect();
    list.join(" ")
}

/// The code with which a field was refused.
pub fn code(sent: &RecordResult, field: &str) -> String {
    let refused = sent.refused.iter().find(|own| own.field == field);
    refused.map(|own| own.code.clone()).unwrap_or_default()
}
