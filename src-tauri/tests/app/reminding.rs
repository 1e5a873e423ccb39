//! What a device tells by itself: without a name, each thing once, and not in the middle of a visit.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_app::{App, Notifier, Settings};
use alongside_domain::PersonId;
use alongside_hub::demo::{self, DemoPeople};
use alongside_sync::{SystemWall, Wall};
use chrono::Utc;
use serde_json::{Value, json};

use crate::device::{Device, call, close, until};
use crate::joined::Server;

const HOUR: u64 = 3_600_000;

/// The clock of the machine, set ahead by hand.
#[derive(Default)]
struct SetAhead(AtomicU64);

impl SetAhead {
    fn by(&self, hours: u64) {
        self.0.fetch_add(hours * HOUR, Ordering::Relaxed);
    }
}

impl Wall for SetAhead {
    fn now_ms(&self) -> u64 {
        SystemWall.now_ms() + self.0.load(Ordering::Relaxed)
    }
}

/// Keeps what was shown.
#[derive(Default)]
struct Shown(Mutex<Vec<String>>);

impl Notifier for Shown {
    fn show(&self, sentence: &str) {
        self.0.lock().unwrap().push(sentence.to_owned());
    }
}

impl Shown {
    fn has(&self, words: &str) -> bool {
        self.all().iter().any(|said| said.contains(words))
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A device with its clock and what it has shown.
struct Watched {
    device: Device,
    wall: Arc<SetAhead>,
}

impl Watched {
    fn new() -> Self {
        Self {
            device: Device::new(),
            wall: Arc::default(),
        }
    }

    /// Opens the app; what it shows from then on is kept.
    fn open(&self) -> (App, Arc<Shown>) {
        let shown = Arc::new(Shown::default());
        let settings = Settings {
            wall: Arc::clone(&self.wall) as Arc<dyn Wall>,
            notifier: Arc::clone(&shown) as Arc<dyn Notifier>,
            settle: Duration::ZERO,
            ..self.device.settings()
        };
        (App::new(settings, |_| {}).unwrap(), shown)
    }
}

async fn demo_school() -> (Server, DemoPeople) {
    let server = Server::start().await;
    let store = Arc::clone(server.hub().desk().store());
    let people = demo::load(store, Utc::now()).unwrap();
    (server, people)
}

async fn join(server: &Server, app: &App, person: PersonId) {
    let person = serde_json::to_value(person).unwrap();
    server.join(app, &person).await;
    call(app, "sync_run", json!({})).await;
}

async fn is_shown(shown: &Shown, words: &str) {
    until(words, || async { shown.has(words) }).await;
}

/// Every name of the school: of people, classes and rooms, and each part of it that is a word.
fn names(school: &Value) -> BTreeSet<String> {
    ["people", "classes", "rooms"]
        .iter()
        .flat_map(|list| school[list].as_array().unwrap())
        .flat_map(|line| {
            let name = line["name"].as_str().unwrap().to_owned();
            let words: Vec<String> = name.split_whitespace().map(str::to_owned).collect();
            words.into_iter().chain([name])
        })
        .filter(|word| word.len() > 3 && !["class", "Room"].contains(&word.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_is_told_once_of_what_is_to_be_shared_and_no_name_is_in_it() {
    let (mut server, people) = demo_school().await;
    let watched = Watched::new();
    let (app, shown) = watched.open();
    join(&server, &app, people.leader).await;
    is_shown(&shown, "to share").await;
    let names = names(&call(&app, "school_get", json!({})).await);
    assert!(names.len() > 20);
    close(app).await;
    server.stop().await;

    // Opened again, the first that is told is something that has come about since.
    let (app, again) = watched.open();
    app.start().await;
    watched.wall.by(30);
    app.front();
    is_shown(&again, "record").await;
    watched.wall.by(30);
    app.front();
    is_shown(&again, "passed").await;
    let told = [shown.all(), again.all()].concat();
    let different: BTreeSet<&String> = told.iter().collect();
    assert_eq!(different.len(), told.len(), "each thing once: {told:?}");
    for said in &told {
        assert!(
            !names.iter().any(|name| said.contains(name.as_str())),
            "a name: {said}"
        );
    }
    close(app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teacher_is_told_that_there_is_something_to_read_and_not_what() {
    let (server, people) = demo_school().await;
    let watched = Watched::new();
    let (app, shown) = watched.open();
    join(&server, &app, people.teacher).await;
    is_shown(&shown, "new to read").await;
    assert_eq!(
        shown.all(),
        ["There is something new to read in Alongside."]
    );
    close(app).await;
}
