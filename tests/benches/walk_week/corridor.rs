//! (k) The corridor: four tablets with a whole day on each hand over to a leader's device, over TLS.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside_app::{App, DoorSettings, Settings};
use alongside_domain::PersonId;
use alongside_sync::Ticket;
use alongside_tests::{Cast, HandClock, Line, RunningHub, School, Way, until};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::floor::{self, FloorDevice};
use crate::table::{Aim, Table, Unit, median};
use crate::week::middle;
use crate::workload::{self, VISITS};

/// Tablets that come.
const TABLETS: u128 = 4;
/// Visits on each of them: a whole day of walking.
const DAY: u128 = 6;
/// How often it is measured.
const ROUNDS: usize = 5;
/// How often the screen asks how far everyone is.
const LOOK: Duration = Duration::from_millis(10);

/// A whole app over a folder of its own, with its store under lock.
struct Install {
    app: Arc<App>,
    _folder: TempDir,
}

impl Install {
    fn new(clock: &HandClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            wall: Arc::new(clock.clone()),
            door: DoorSettings {
                listen: "127.0.0.1:0".parse().unwrap(),
                is_announced: false,
                ..DoorSettings::default()
            },
            ..Settings::new(folder.path())
        };
        Self {
            app: Arc::new(App::new(settings, |_| {}).unwrap()),
            _folder: folder,
        }
    }

    async fn call(&self, command: &str, request: Value) -> Value {
        let answer = self.app.call(command, request).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Joins the school's hub while that is in reach.
    async fn join(&self, hub: &RunningHub, way: &Line, person: PersonId) {
        let code = hub.desk().code_for(person).unwrap().code;
        let address = format!("http://{}", way.address());
        let asked = json!({ "address": address, "code": code, "device": "Tablet" });
        self.call("device_join", asked).await;
        self.call("sync_run", json!({})).await;
    }

    /// Writes one visit as its observer does, and finishes it. A visit is some 38 commits here: each field of the header
    /// is one of its own.
    async fn observe(&self, number: u128, observer: PersonId) {
        let visit = workload::visit(0, number);
        self.call("visit_start", json!({ "visit": visit })).await;
        let written = workload::observation(0, number, observer, false);
        for (name, value) in written.commits.into_iter().flatten() {
            let (kind, key) = name.split_once('.').unwrap_or((&name, ""));
            let edit = match kind {
                "marks" => json!({ "what": "mark", "criterion": key, "mark": value }),
                "comments" => json!({ "what": "comment", "section": key, "text": value }),
                "went_well" | "even_better_if" => {
                    json!({ "what": kind, "entry": key, "text": value })
                }
                "overall" | "pupils_note" => json!({ "what": kind, "text": value }),
                "pupils" => json!({ "what": "pupils", "count": value }),
                // The app puts these itself.
                _ => continue,
            };
            let asked = json!({ "visit": visit, "edit": edit });
            self.call("observation_write", asked).await;
        }
        self.call("visit_finish", json!({ "visit": visit })).await;
    }

    async fn waiting(&self) -> u64 {
        self.call("sync_get", json!({})).await["waiting"]
            .as_u64()
            .unwrap()
    }

    async fn lines(&self) -> Vec<Value> {
        let door = self.call("door_get", json!({})).await;
        door["lines"].as_array().unwrap().clone()
    }
}

fn observer_of(number: u128) -> PersonId {
    workload::observer(number / DAY % TABLETS)
}

/// The door of a leader who collects, and who stands before it, on the day of the walk with the hub out of reach.
struct Corridor {
    leader: Install,
    tablets: Vec<(PersonId, Install)>,
    _hub: RunningHub,
    _way: Line,
}

impl Corridor {
    async fn new() -> Self {
        let hub = RunningHub::start().await;
        School::found(&hub);
        workload::hire(&hub, TABLETS);
        workload::open_classes(&hub);
        workload::plan(&hub, 0, &|number| vec![observer_of(number)]);
        let way = Line::to(hub.address()).await;
        let leader = Install::new(&hub.clock);
        leader.join(&hub, &way, Cast::LEADER).await;
        let mut tablets = Vec::new();
        for number in 0..TABLETS {
            let person = workload::observer(number);
            let tablet = Install::new(&hub.clock);
            tablet.join(&hub, &way, person).await;
            tablets.push((person, tablet));
        }
        way.break_down();
        for number in 0..DAY * TABLETS {
            hub.clock.pass(60_000);
            let person = observer_of(number);
            let place = usize::try_from(number / DAY).unwrap();
            tablets[place].1.observe(number, person).await;
        }
        Self {
            leader,
            tablets,
            _hub: hub,
            _way: way,
        }
    }

    /// All four ask; the leader says yes to one after the other. Returns the time from the first yes until the last line
    /// says done, the bytes of it both ways, and how many changes came.
    async fn hand_over(&self) -> (Duration, f64, u64) {
        let mut announced = 0;
        for (_, tablet) in &self.tablets {
            announced += tablet.waiting().await;
        }
        self.leader.call("door_open", json!({})).await;
        let mut going = Vec::new();
        let mut line: Option<Line> = None;
        for (place, (_, tablet)) in self.tablets.iter().enumerate() {
            let door = self.leader.call("door_get", json!({})).await;
            let mut ticket: Ticket = door["open"]["ticket"].as_str().unwrap().parse().unwrap();
            // What passes is counted on the way.
            let line = match &line {
                Some(line) => line,
                None => line.insert(Line::to(([127, 0, 0, 1], ticket.port).into()).await),
            };
            ticket.port = line.address().port();
            let asked = json!({ "code": ticket.text(), "address": null, "device": "Tablet" });
            let app = Arc::clone(&tablet.app);
            going.push(tokio::spawn(async move {
                let ended = app.call("hub_join", asked).await.unwrap();
                assert_eq!(ended["step"], "done", "{ended}");
            }));
            until("one more asks", async || {
                (self.leader.lines().await.len() > place).then_some(())
            })
            .await;
        }
        let line = line.unwrap();
        let before = line.bytes(Way::Up) + line.bytes(Way::Down);
        let asks = self.leader.lines().await;
        let began = Instant::now();
        for (ask, (person, _)) in asks.iter().zip(&self.tablets) {
            let said = json!({ "ask": ask["ask"], "person": person });
            self.leader.call("door_approve", said).await;
        }
        let lines = all_done(|| self.leader.lines()).await;
        let took = began.elapsed();
        for going in going {
            going.await.unwrap();
        }
        let arrived = lines
            .iter()
            .map(|line| line["arrived"].as_u64().unwrap())
            .sum();
        assert_eq!(arrived, announced);
        for number in 0..DAY * TABLETS {
            let asked = json!({ "visit": workload::visit(0, number) });
            let record = self.leader.call("record_get", asked).await;
            assert_eq!(record["observers"].as_array().unwrap().len(), 1);
        }
        let bytes = line.bytes(Way::Up) + line.bytes(Way::Down) - before;
        (took, bytes as f64, arrived)
    }
}

async fn all_done<F: Future<Output = Vec<Value>>>(look: impl Fn() -> F) -> Vec<Value> {
    let given_up = Instant::now() + Duration::from_secs(120);
    loop {
        let lines = look().await;
        if lines.iter().all(|line| line["state"] == "done") {
            return lines;
        }
        assert!(Instant::now() < given_up, "not all are done: {lines:?}");
        tokio::time::sleep(LOOK).await;
    }
}

/// The same four days by one plain request each, at once.
async fn floor_hands_over() -> (Duration, f64) {
    let folder = tempfile::tempdir().unwrap();
    let line = Line::to(floor::serve(&folder.path().join("hub")).await).await;
    let mut devices = Vec::new();
    for tablet in 0..TABLETS {
        let file = folder.path().join(format!("tablet-{tablet}"));
        let device = FloorDevice::open(&file, line.address());
        let written: Vec<_> = (tablet * DAY..(tablet + 1) * DAY)
            .map(|number| workload::observation(0, number, observer_of(number), true))
            .collect();
        device.edits().keep(&floor::edits(&written));
        devices.push(device);
    }
    let began = Instant::now();
    let [a, b, c, d] = &devices[..] else {
        unreachable!("there are four")
    };
    tokio::join!(a.push(), b.push(), c.push(), d.push());
    let took = began.elapsed();
    (took, (line.bytes(Way::Up) + line.bytes(Way::Down)) as f64)
}

/// (k) Four tablets, from the leader's first yes until the last line says done.
pub async fn four_tablets(table: &mut Table) {
    eprintln!("(k) the corridor");
    const { assert!(DAY * TABLETS <= VISITS) };
    let (mut ours, mut our_bytes) = (Vec::new(), Vec::new());
    let (mut floor, mut floor_bytes) = (Vec::new(), Vec::new());
    let mut changes = 0;
    for _ in 0..ROUNDS {
        let (took, bytes, arrived) = Corridor::new().await.hand_over().await;
        ours.push(took);
        our_bytes.push(bytes);
        changes = arrived;
        let (took, bytes) = floor_hands_over().await;
        floor.push(took);
        floor_bytes.push(bytes);
    }
    table.add(
        "(k) the corridor: four tablets of a day each, from the first yes until the last is done",
        Unit::Ms,
        median(&mut ours),
        Some(median(&mut floor)),
        Aim::Most(5_000.0),
    );
    table.add(
        "(k) bytes for it, both ways",
        Unit::Kb,
        middle(&mut our_bytes),
        Some(middle(&mut floor_bytes)),
        Aim::None,
    );
    table.note(format!(
        "(k): {TABLETS} whole apps hand {changes} changes in {} observations to the app of a leader who collects for a hub \
         out of reach, over TLS 1.3 on loopback: each sealed letter, and the copies the leader reads at once. The time \
         has in it how long a tablet waits until it asks again whether it was let in. The floor is one plain HTTP \
         request for each tablet, without TLS, asking nobody.",
        DAY * TABLETS
    ));
}
