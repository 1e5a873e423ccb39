//! What comes from outside as bytes, each kind given to the door that reads it: for the fuzz targets in `tests/fuzz`, and
//! for the test that reads their kept corpus again on every machine.
//!
//! Each function takes any bytes and returns. What must hold whatever they are is asserted here, once; so a panic is a
//! finding, and nothing else is.

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use alongside_api::{Actor, ApiError, Code, Desk};
use alongside_domain::field::parse_time;
use alongside_domain::{DeviceId, Field, RecordId};
use alongside_hub::{STORE_FILE, open_desk, read_sync};
use alongside_store::{Store as _, StoreKey};
use alongside_sync::{
    Answering, Care, DoorCode, Envelope, Exchange, Heard, HubAddress, Letter, PairAnswer,
    PairRequest, Receipt, SyncAnswer, SyncError, SyncRequest, Ticket,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{Cast, Device, HandClock, RunningHub, School, id};

/// A target: its name, which is also that of its folder in the corpus, and what it is given to.
pub type Target = (&'static str, fn(&[u8]));

/// Every target there is.
pub const TARGETS: &[Target] = &[
    ("sync_body", sync_body),
    ("sync_answer", sync_answer),
    ("csv_list", csv_list),
    ("xlsform", xlsform),
    ("form_json", form_json),
    ("letter", letter),
    ("ticket", ticket),
];

/// A small school on the day of a visit, at a hub and on a tablet on which something waits.
struct Place {
    runtime: Runtime,
    hub: RunningHub,
    tablet: Device,
    waiting: Vec<(RecordId, String, Field)>,
}

thread_local! {
    static PLACE: OnceCell<Place> = const { OnceCell::new() };
}

fn in_place<T>(work: impl FnOnce(&Place) -> T) -> T {
    PLACE.with(|place| work(place.get_or_init(Place::make)))
}

/// A folder in memory where the machine has one: thousands of stores are made in it.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

impl Place {
    fn make() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (hub, tablet) = runtime.block_on(async {
            let hub = School::on_the_day().await;
            let tablet = Device::join(&hub, Cast::ANSA).await;
            tablet.sync().await;
            (hub, tablet)
        });
        hub.clock.pass(300_000);
        tablet.clock.pass(300_000);
        tablet.tap("visit_start", json!({ "visit": Cast::VISIT }));
        for criterion in ["aids_in_reach", "time_to_answer"] {
            let edit = json!({ "what": "mark", "criterion": criterion, "mark": "seen" });
            // A form that calls its criteria otherwise only leaves less waiting.
            let _ = tablet.call(
                "observation_write",
                json!({ "visit": Cast::VISIT, "edit": edit }),
            );
        }
        let waiting = tablet.read(|reader| waiting(reader));
        assert!(!waiting.is_empty());
        Self {
            runtime,
            hub,
            tablet,
            waiting,
        }
    }

    /// A desk over a copy of the hub's store, which what is tried may spoil.
    fn hub_copy(&self, folder: &TempDir) -> Arc<Desk> {
        let copy = folder.path().join(STORE_FILE);
        self.hub.desk().store().back_up(&copy).unwrap();
        let wall = Arc::new(self.hub.clock.clone());
        open_desk(folder.path(), &StoreKey::Plain, wall, |_| {})
            .unwrap()
            .0
    }

    fn tablet_copy(&self) -> Device {
        let folder = folder();
        let copy = folder.path().join("space.sqlite");
        self.tablet.store().back_up(&copy).unwrap();
        let clock: HandClock = self.tablet.clock.skewed(0);
        Device::open(folder, clock)
    }
}

fn waiting(reader: &dyn alongside_store::Reader) -> Vec<(RecordId, String, Field)> {
    let records = reader.outbox(usize::MAX).unwrap();
    let each = records.into_iter().flat_map(|record| {
        let id = record.id;
        record
            .fields
            .into_iter()
            .map(move |(name, field)| (id, name, field))
    });
    each.collect()
}

/// A refusal is for people and is no fault of the hub's.
fn assert_refused(error: &ApiError) {
    assert_ne!(error.code, Code::Internal, "{error}");
    assert!(error.message.len() < 2_000, "{} bytes", error.message.len());
}

/// The body of `POST /v1/sync`, as it stands in an observer's name. The hub answers each record in order or refuses the
/// whole; its log stays whole, and its answer can be written.
pub fn sync_body(bytes: &[u8]) {
    let (request, spoiled) = match read_sync(bytes) {
        Ok(read) => read,
        Err(error) => return assert_refused(&error),
    };
    in_place(|place| {
        let folder = folder();
        let desk = place.hub_copy(&folder);
        let actor = Actor {
            person: Cast::ANSA,
            device: DeviceId::from_uuid(id(8_077)),
        };
        let sent: Vec<_> = request.records.iter().map(|record| record.id).collect();
        match desk.exchange(&actor, request) {
            Ok(mut answer) => {
                let told: Vec<_> = answer.results.iter().map(|result| result.id).collect();
                assert_eq!(told, sent);
                spoiled.mend(&mut answer);
                serde_json::to_vec(&answer).unwrap();
            }
            Err(error) => assert_refused(&error),
        }
        assert_eq!(desk.store().check().unwrap(), Vec::<String>::new());
    });
}

/// A hub that answers the same to whatever it is asked, a few times.
struct Parrot {
    answer: SyncAnswer,
    left: AtomicU32,
}

impl Exchange for Parrot {
    fn pair<'a>(&'a self, _: &'a PairRequest) -> Answering<'a, PairAnswer> {
        Box::pin(async { Err(SyncError::NotJoined) })
    }

    fn exchange<'a>(&'a self, _: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        let is_over = self.left.fetch_sub(1, Ordering::Relaxed) <= 1;
        Box::pin(async move {
            if is_over {
                return Err(SyncError::NotJoined);
            }
            Ok(self.answer.clone())
        })
    }

    fn ask<'a>(&'a self, _: &'a str, _: Value) -> Answering<'a, Value> {
        Box::pin(async { Err(SyncError::NotJoined) })
    }

    fn listen<'a>(&'a self, _: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        Box::pin(async { Err(SyncError::NotJoined) })
    }
}

/// What a hub answers to a sync, kept by a tablet on which something waits. Whatever it says, what was written here is
/// still here: waiting, delivered, superseded into the history, or set aside with a reason.
pub fn sync_answer(bytes: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<SyncAnswer>(bytes) else {
        return;
    };
    in_place(|place| {
        let tablet = place.tablet_copy();
        let parrot = Parrot {
            answer,
            left: AtomicU32::new(6),
        };
        let _outcome = place
            .runtime
            .block_on(tablet.engine.sync(&parrot, Care::Now, &|_| {}));
        let still = tablet.read(|reader| waiting(reader));
        for (record, name, field) in &place.waiting {
            // A moment is moved with the clock that the hub corrects.
            let moment = |value: &Value| {
                value
                    .as_str()
                    .is_some_and(|text| parse_time(text).is_some())
            };
            let is_same = |other: &Field| {
                other.value == field.value || (moment(&other.value) && moment(&field.value))
            };
            let stands = still
                .iter()
                .any(|(other, known, kept)| other == record && known == name && is_same(kept));
            let held = tablet.get(*record);
            let is_held = held.is_some_and(|held| held.fields.get(name).is_some_and(is_same));
            let past = tablet.read(|reader| reader.history(*record).unwrap());
            let is_past = past
                .iter()
                .any(|past| past.name == *name && is_same(&past.field));
            let asides = tablet.set_aside();
            let is_aside = asides.iter().any(|aside| {
                aside.record == *record && aside.name == *name && !aside.code.is_empty()
            });
            assert!(stands || is_held || is_past || is_aside, "{name} is gone");
        }
        assert_eq!(tablet.store().check().unwrap(), Vec::<String>::new());
    });
}

fn ask(command: &str, request: Value) {
    in_place(|place| {
        let head = Actor {
            person: Cast::HEAD,
            device: DeviceId::from_uuid(id(8_078)),
        };
        match place.hub.desk().call(&head, command, request) {
            Ok(answer) => assert!(answer.is_object()),
            Err(error) => assert_refused(&error),
        }
    });
}

/// A list of people, classes or rooms; the first byte says which.
pub fn csv_list(bytes: &[u8]) {
    let Some((which, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let list = ["people", "classes", "rooms"][usize::from(*which) % 3];
    ask("import_preview", json!({ "list": list, "text": text }));
}

/// A workbook with a form.
pub fn xlsform(bytes: &[u8]) {
    ask(
        "template_preview",
        json!({ "file": STANDARD.encode(bytes) }),
    );
}

/// A form as JSON.
pub fn form_json(bytes: &[u8]) {
    // What does not begin like JSON is taken for a workbook, which is another target.
    if bytes.trim_ascii_start().first() == Some(&b'{') {
        ask(
            "template_preview",
            json!({ "file": STANDARD.encode(bytes) }),
        );
    }
}

/// A file that came by stick or share sheet, and what may be in one once it is opened. What is understood is said again in
/// the same way.
pub fn letter(bytes: &[u8]) {
    if let Ok(envelopes) = Envelope::read_all(bytes) {
        assert!(!envelopes.is_empty());
    }
    if let Ok(letter) = Letter::read(bytes) {
        let said = serde_json::to_vec(&letter).unwrap();
        assert!(Letter::read(&said).unwrap() == letter);
    }
    if let Ok(receipt) = Receipt::read(bytes) {
        let said = serde_json::to_vec(&receipt).unwrap();
        assert_eq!(Receipt::read(&said).unwrap(), receipt);
    }
    in_place(|place| {
        // No key opens what nobody sealed, so nothing of it is ever taken.
        if let Err(error) = place.hub.desk().take_letter(bytes) {
            assert_refused(&error);
        }
    });
}

/// What was scanned, pasted or typed at a leader's door.
pub fn ticket(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(ticket) = text.parse::<Ticket>() {
        assert_eq!(ticket.text().parse::<Ticket>().unwrap(), ticket);
    }
    if let Ok(code) = text.parse::<DoorCode>() {
        assert_eq!(code.groups().join(" ").parse::<DoorCode>().unwrap(), code);
    }
    if let Ok(address) = text.parse::<HubAddress>() {
        assert_eq!(address.to_string().parse::<HubAddress>().unwrap(), address);
    }
}
