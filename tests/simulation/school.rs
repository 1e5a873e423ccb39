//! The school of every run: who is in it, and a walk of which notice was given and has stood its days.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use alongside_api::{Actor, Desk, Place, notes};
use alongside_domain::{
    ClassId, DeviceId, Kind, PersonId, RoomId, SchoolId, TemplateId, VisitId, WalkId,
};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Store, StoreKey};
use alongside_sync::wire::PairSchool;
use alongside_sync::{DeviceClock, Wall};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::chance::{Chance, Ids};
use crate::wall::BEGIN_MS;

/// An id of a given number.
pub const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// The head, a leader.
pub const HEAD: PersonId = PersonId::from_uuid(id(101));
/// A leader who walks too.
pub const LEADER: PersonId = PersonId::from_uuid(id(112));
/// An observer.
pub const ANSA: PersonId = PersonId::from_uuid(id(123));
/// An observer who teaches.
pub const BRAM: PersonId = PersonId::from_uuid(id(134));
/// Who teaches Kestrel and Lark.
pub const TILDE: PersonId = PersonId::from_uuid(id(145));
/// Who teaches Heron and Wren.
pub const TOVE: PersonId = PersonId::from_uuid(id(156));
/// Support staff.
pub const SUNNA: PersonId = PersonId::from_uuid(id(167));
/// Everyone.
pub const PEOPLE: [(PersonId, &str, &[&str]); 7] = [
    (HEAD, "Hesper Quill", &["head", "leader"]),
    (LEADER, "Lio Marram", &["leader"]),
    (ANSA, "Ansa Whitlow", &["governor"]),
    (BRAM, "Bram Ollery", &["teacher"]),
    (TILDE, "Tilde Farrow", &["teacher"]),
    (TOVE, "Tove Garrick", &["teacher"]),
    (SUNNA, "Sunna Peverel", &["support"]),
];
/// The classes and who teaches them.
pub const CLASSES: [(ClassId, &str, PersonId); 5] = [
    (ClassId::from_uuid(id(2_011)), "Kestrel", TILDE),
    (ClassId::from_uuid(id(2_022)), "Heron", TOVE),
    (ClassId::from_uuid(id(2_033)), "Lark", TILDE),
    (ClassId::from_uuid(id(2_044)), "Wren", TOVE),
    (ClassId::from_uuid(id(2_055)), "Dunlin", BRAM),
];
const ROOM: RoomId = RoomId::from_uuid(id(3_031));
/// The walk.
pub const WALK: WalkId = WalkId::from_uuid(id(4_041));
/// Its visits: of which class, how many minutes after the run begins, by whom.
pub const VISITS: [(VisitId, usize, i64, &[PersonId]); 5] = [
    (VisitId::from_uuid(id(5_051)), 0, 40, &[ANSA, BRAM]),
    (VisitId::from_uuid(id(5_062)), 1, 100, &[BRAM, LEADER]),
    (VisitId::from_uuid(id(5_073)), 2, 160, &[ANSA]),
    (VisitId::from_uuid(id(5_084)), 3, 250, &[ANSA, LEADER]),
    (
        VisitId::from_uuid(id(5_095)),
        4,
        24 * 60 + 70,
        &[LEADER, HEAD],
    ),
];
/// The hub's own id.
pub const HUB: Uuid = id(9_101);

/// The hub's store as every run finds it.
#[derive(Debug)]
pub struct Image {
    /// Where it lies.
    pub path: PathBuf,
}

struct Stopped(std::sync::atomic::AtomicU64);

impl Wall for Stopped {
    fn now_ms(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// When runs begin.
pub fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(BEGIN_MS as i64).unwrap()
}

/// What is asked to plan a visit.
pub fn visit(id: VisitId, class: ClassId, at: DateTime<Utc>, by: &[PersonId]) -> Value {
    json!({
        "visit": id, "walk": WALK, "class": class, "starts_at": at, "minutes": 20,
        "observers": by, "subject": "Mathematics", "part": "main",
    })
}

/// What is asked to change a person.
pub fn person(id: PersonId, is_active: bool) -> Value {
    let (_, name, roles) = PEOPLE.iter().find(|(person, ..)| *person == id).unwrap();
    json!({ "person": id, "name": name, "roles": roles, "is_active": is_active })
}

/// What is asked to say who teaches a class.
pub fn class(no: usize, teacher: PersonId) -> Value {
    let (id, name, _) = CLASSES[no];
    json!({
        "class": id, "name": name, "year_group": "Year 4", "phase": "Middle",
        "teachers": [teacher], "support": [SUNNA], "room": ROOM, "is_active": true,
    })
}

/// The store, made once for all runs of this program.
pub fn image(folder: &Path) -> &'static Image {
    static IMAGE: OnceLock<Image> = OnceLock::new();
    IMAGE.get_or_init(|| make(folder))
}

fn make(folder: &Path) -> Image {
    std::fs::create_dir_all(folder).unwrap();
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(&folder.join("made.sqlite"), &StoreKey::Plain).unwrap());
    let mut writer = store.write().unwrap();
    writer.note_put(notes::HUB, Some(&HUB.to_string())).unwrap();
    writer.commit().unwrap();
    let device = DeviceId::from_uuid(HUB);
    let weeks_before = BEGIN_MS - 9 * 24 * 3_600_000;
    let wall = Arc::new(Stopped(weeks_before.into()));
    let clock = DeviceClock::new(device, wall, None, 0);
    let desk = Desk::new(store.clone(), Place::Hub, Arc::new(clock), |_| {})
        .with_ids(Arc::new(Ids::new(Chance::new(0))));
    desk.open_letters().unwrap();
    let school = PairSchool {
        id: SchoolId::from_uuid(id(9_001)),
        name: "Underhill School".into(),
        person: HEAD,
        person_name: "Hesper Quill".into(),
    };
    desk.school_create(&school, DeviceId::from_uuid(id(8_001)))
        .unwrap();
    let head = Actor {
        person: HEAD,
        device,
    };
    let lead = |command: &str, request: Value| {
        desk.call(&head, command, request)
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    };
    for (person_id, ..) in &PEOPLE[1..] {
        lead("person_put", person(*person_id, true));
    }
    let room = json!({ "room": ROOM, "name": "Room 4", "place": "Garden side", "route": 4 });
    lead("room_put", room);
    for (no, (_, _, teacher)) in CLASSES.iter().enumerate() {
        lead("class_put", class(no, *teacher));
    }
    let reader = store.read().unwrap();
    let forms = reader.list(&Kind::Template).unwrap();
    let form = forms
        .iter()
        .find(|form| form.text("name") == "Evidence form");
    let template: TemplateId = form.unwrap().id.into();
    drop(reader);
    lead(
        "walk_put",
        json!({
            "walk": WALK, "name": "Autumn walk", "focus": "Time to answer",
            "purpose": "Pupils who are given time say more.", "template": template,
            "term": null, "classes": [], "observers": [],
        }),
    );
    for (visit_id, no, minutes, observers) in VISITS {
        let at = begin() + Duration::minutes(minutes);
        lead("visit_put", visit(visit_id, CLASSES[no].0, at, observers));
    }
    lead("notice_give", json!({ "walk": WALK }));
    let path = folder.join("image.sqlite");
    store.back_up(&path).unwrap();
    Image { path }
}
