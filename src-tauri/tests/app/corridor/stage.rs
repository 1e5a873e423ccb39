//! The people of the corridor: apps with one clock, a leader who says yes, tablets that go to the door.

use std::sync::Arc;

use alongside_app::{App, DoorSettings, Settings};
use alongside_domain::PersonId;
use alongside_tests::{Cast, HandClock, School};
use serde_json::{Value, json};

use crate::device::{Device, call, until};

/// An app over a folder of its own, with the clock of the story.
pub struct Tablet {
    pub device: Device,
    pub clock: HandClock,
    pub app: Arc<App>,
}

impl Tablet {
    pub fn new(clock: &HandClock) -> Self {
        Self::open(Device::new(), clock.clone())
    }

    pub fn open(device: Device, clock: HandClock) -> Self {
        let app = Arc::new(App::new(settings(&device, &clock), |_| {}).unwrap());
        Self { device, clock, app }
    }

    /// Ends the app in good order and opens it again.
    pub async fn restart(self) -> Self {
        let Self { device, clock, app } = self;
        app.close().await;
        drop(app);
        Self::open(device, clock)
    }

    pub async fn call(&self, command: &str, request: Value) -> Value {
        call(&self.app, command, request).await
    }

    /// Goes to the door, in the background.
    pub fn go(&self, ticket: &str) -> tokio::task::JoinHandle<Value> {
        let (app, ticket) = (Arc::clone(&self.app), ticket.to_owned());
        tokio::spawn(async move {
            let asked = json!({ "code": ticket, "address": null, "device": "Tablet" });
            app.call("hub_join", asked)
                .await
                .unwrap_or_else(|error| panic!("hub_join: {error}"))
        })
    }

    pub async fn waiting(&self) -> u64 {
        self.call("sync_get", json!({})).await["waiting"]
            .as_u64()
            .unwrap()
    }
}

pub fn settings(device: &Device, clock: &HandClock) -> Settings {
    Settings {
        wall: Arc::new(clock.clone()),
        door: DoorSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            is_announced: false,
            look_every: std::time::Duration::from_millis(20),
            ..DoorSettings::default()
        },
        ..device.settings()
    }
}

/// What a leader does at the door.
impl Tablet {
    pub async fn open_door(&self) -> Value {
        self.call("door_open", json!({})).await
    }

    /// What is scanned now.
    pub async fn ticket(&self) -> String {
        let door = self.call("door_get", json!({})).await;
        door["open"]["ticket"].as_str().unwrap().to_owned()
    }

    /// The line of the one who asks now.
    pub async fn who_asks(&self) -> Value {
        let mut asking = Value::Null;
        until("somebody asks", || async {
            let door = self.call("door_get", json!({})).await;
            door["lines"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line["state"] == "asked")
        })
        .await;
        let door = self.call("door_get", json!({})).await;
        for line in door["lines"].as_array().unwrap() {
            if line["state"] == "asked" {
                asking = line.clone();
            }
        }
        asking
    }

    /// Lets the tablet in for `person` and waits until it is through.
    pub async fn admit(&self, tablet: &Tablet, person: impl Into<Value>) -> Value {
        let going = tablet.go(&self.ticket().await);
        let asking = self.who_asks().await;
        let person: Value = person.into();
        self.call(
            "door_approve",
            json!({ "ask": asking["ask"], "person": person }),
        )
        .await;
        let ended = going.await.unwrap();
        assert_eq!(ended["step"], "done", "{ended}");
        ended
    }

    /// The line of `person` at the door.
    pub async fn line(&self, person: PersonId) -> Value {
        let door = self.call("door_get", json!({})).await;
        let lines = door["lines"].as_array().unwrap();
        lines
            .iter()
            .find(|line| line["person"] == json!(person))
            .unwrap_or_else(|| panic!("no line: {door}"))
            .clone()
    }
}

/// A school that was started on one device and has no hub: its leader, on the day of the walk, five minutes before it.
pub async fn school_without_a_hub() -> (Tablet, Value) {
    let clock = HandClock::default();
    let leader = Tablet::new(&clock);
    let started = leader
        .call(
            "school_start",
            json!({ "school": "Underhill School", "person": "Hesper Quill", "setup_code": null }),
        )
        .await;
    let head = started["me"]["person"].clone();
    let forms = leader.call("template_list", json!({})).await;
    let form = forms
        .as_array()
        .unwrap()
        .iter()
        .find(|form| form["name"] == "Evidence form")
        .unwrap()
        .clone();
    let (app, runtime) = (Arc::clone(&leader.app), tokio::runtime::Handle::current());
    let lead = move |command: &str, request: Value| {
        tokio::task::block_in_place(|| runtime.block_on(call(&app, command, request)))
    };
    School::people(&lead);
    let template = form["template"].as_str().unwrap().parse().unwrap();
    let own = head.as_str().unwrap().parse().unwrap();
    School::walk(template, own, &lead);
    lead("notice_give", json!({ "walk": Cast::WALK }));
    clock.set_true(School::visit_at() - chrono::Duration::minutes(5));
    (leader, head)
}

/// Makes and finishes an observation of this visit on the tablet.
pub async fn observe(tablet: &Tablet, visit: alongside_domain::VisitId, words: &str) {
    tablet.call("visit_start", json!({ "visit": visit })).await;
    for edit in [
        json!({ "what": "mark", "criterion": "aids", "mark": "seen" }),
        json!({ "what": "comment", "section": "communication", "text": words }),
        json!({ "what": "went_well", "entry": "w1", "text": words }),
    ] {
        tablet
            .call("observation_write", json!({ "visit": visit, "edit": edit }))
            .await;
    }
    tablet.call("visit_finish", json!({ "visit": visit })).await;
}
