//! An app without a window in a process of its own: it opens its space, ticks as fast as it can, and says on its output
//! what it is about to write and what stands on the disk. Nothing ends it in good order.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alongside_api::Code;
use alongside_app::{App, Cost, DoorSettings, Settings, Uptime};
use alongside_domain::HubId;
use alongside_sync::{Finder, Finding, HubAddress, Pace};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::device::call;

/// The variable that holds the [`Life`] of the app to be.
const LIFE: &str = "ALONGSIDE_KILLED_LIFE";
/// The test below, by the name it has in this program.
const TEST: &str = "killed::mortal::is_the_app_that_is_killed";
/// What every line of ours begins with; the others are the test runner's.
const OURS: &str = "@ ";
/// The PIN of whoever has one.
pub const PIN: &str = "274905";
const WRONG: &str = "805316";

/// Who does what with the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Who {
    /// Ticks the criteria of one visit, behind a PIN.
    Observer,
    /// Adds rooms, which the observer's device has to pull, now and then with an open door.
    Leader,
}

/// One life of an app, from a start to a kill.
#[derive(Debug, Serialize, Deserialize)]
pub struct Life {
    pub who: Who,
    pub data: PathBuf,
    /// What the observer ticks.
    pub visit: Value,
    /// What decides what is written.
    pub seed: u64,
    /// The number of the first thing written, so that no two are the same.
    pub first: u64,
}

/// What an app says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// It has come this far on its way to the first tick.
    Step,
    /// This stands on the disk at the start of a life, by place.
    Finds(BTreeMap<String, Vec<String>>),
    /// It is about to write this value there.
    Tries { at: String, value: String },
    /// What it tried last stands on the disk: its person was told so.
    Stands,
    /// Nothing more will come: the process is dead.
    Dead,
}

/// A clock by which every wait between guesses is over: here nobody guesses.
#[derive(Default)]
struct Hurried(AtomicU64);

impl Uptime for Hurried {
    fn now(&self) -> Duration {
        Duration::from_secs(3600 * self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// The hub is where it was, or nowhere.
struct Nowhere;

impl Finder for Nowhere {
    fn find(&self, _: HubId, _: &HubAddress) -> Finding<'_> {
        Box::pin(async { Vec::new() })
    }
}

/// An app as it is killed here.
pub fn settings(data: &Path) -> Settings {
    Settings {
        pace: Pace {
            after_change: Duration::from_millis(5),
            after_hub_change: Duration::from_millis(5),
            first_retry: Duration::from_millis(20),
            longest_retry: Duration::from_millis(100),
        },
        pin_cost: Cost {
            memory_kib: 8,
            passes: 1,
        },
        uptime: Arc::new(Hurried::default()),
        finder: Arc::new(Nowhere),
        door: DoorSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            is_announced: false,
            ..DoorSettings::default()
        },
        ..Settings::new(data)
    }
}

/// The process of an app, killed when it is dropped.
pub struct Mortal {
    child: Child,
    /// Closed with us, upon which the app ends.
    _leash: ChildStdin,
}

impl Mortal {
    /// Starts an app; what it says goes to `heard`.
    pub fn start(life: &Life, heard: &UnboundedSender<(Who, Said)>) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--ignored", "--nocapture"])
            .env(LIFE, serde_json::to_string(life).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (who, heard) = (life.who, heard.clone());
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // A line that was cut by the kill was not said.
                let said = line.strip_prefix(OURS).map(serde_json::from_str);
                if let Some(Ok(said)) = said {
                    let _ = heard.send((who, said));
                }
            }
            let _ = heard.send((who, Said::Dead));
        });
        let leash = child.stdin.take().unwrap();
        Self {
            child,
            _leash: leash,
        }
    }

    /// Ends it as an empty battery does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says it at once and as one line.
fn say(said: &Said) {
    let line = format!("{OURS}{}\n", serde_json::to_string(said).unwrap());
    let mut output = std::io::stdout().lock();
    output.write_all(line.as_bytes()).unwrap();
    output.flush().unwrap();
}

/// Says what is tried, writes it, and says that it stands.
async fn write(app: &App, at: String, value: String, command: &str, request: Value) {
    say(&Said::Tries { at, value });
    call(app, command, request).await;
    say(&Said::Stands);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process for another test to kill"]
async fn is_the_app_that_is_killed() {
    let Ok(life) = std::env::var(LIFE) else {
        return;
    };
    std::thread::spawn(|| {
        // Who started this is gone when its end of the line is.
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let life: Life = serde_json::from_str(&life).unwrap();
    let mut chance = StdRng::seed_from_u64(life.seed ^ (life.first << 16));
    // The test runner has begun a line of its own.
    std::io::stdout().write_all(b"\n").unwrap();
    say(&Said::Step);
    let app = App::new(settings(&life.data), |_| {}).unwrap();
    say(&Said::Step);
    match life.who {
        Who::Observer => {
            unlock(&app, &mut chance).await;
            tick(&app, &life, &mut chance).await;
        }
        Who::Leader => furnish(&app, &life, &mut chance).await,
    }
}

/// Opens the one space there is, now and then after a slip of the finger.
async fn unlock(app: &App, chance: &mut StdRng) {
    let install = call(app, "install_get", json!({})).await;
    say(&Said::Step);
    let space = &install["spaces"][0]["id"];
    if chance.random_bool(0.5) {
        let wrong = json!({ "space": space, "pin": WRONG });
        let refused = app.call("space_unlock", wrong).await.unwrap_err();
        assert_eq!(refused.code, Code::PinWrong, "{refused}");
        say(&Said::Step);
    }
    call(app, "space_unlock", json!({ "space": space, "pin": PIN })).await;
    say(&Said::Step);
}

async fn tick(app: &App, life: &Life, chance: &mut StdRng) {
    let sheet = call(app, "visit_get", json!({ "visit": life.visit })).await;
    say(&Said::Finds(observed(&sheet["mine"])));
    let sections = sheet["sections"].as_array().unwrap();
    let keys = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| one["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let criteria: Vec<String> = sections.iter().flat_map(|s| keys(&s["criteria"])).collect();
    let headings = keys(&sheet["sections"]);
    for number in life.first.. {
        let (at, value, edit) = match chance.random_range(0..12) {
            0 => {
                let (entry, text) = (format!("line{number}"), format!("Line {number}"));
                let edit = json!({ "what": "went_well", "entry": entry, "text": text });
                (format!("line {text}"), text, edit)
            }
            1..=4 => {
                let section = headings.choose(chance).unwrap();
                let text = format!("Words {number}");
                let edit = json!({ "what": "comment", "section": section, "text": text });
                (format!("comment {section}"), text, edit)
            }
            _ => {
                let criterion = criteria.choose(chance).unwrap();
                let mark = *["seen", "not_seen", ""].choose(chance).unwrap();
                let put = Some(mark).filter(|mark| !mark.is_empty());
                let edit = json!({ "what": "mark", "criterion": criterion, "mark": put });
                (format!("mark {criterion}"), mark.to_owned(), edit)
            }
        };
        let request = json!({ "visit": life.visit, "edit": edit });
        write(app, at, value, "observation_write", request).await;
        if chance.random_range(0..8) == 0 {
            call(app, "sync_run", json!({})).await;
            say(&Said::Step);
        }
    }
}

async fn furnish(app: &App, life: &Life, chance: &mut StdRng) {
    let school = call(app, "school_get", json!({})).await;
    say(&Said::Finds(rooms(&school)));
    if chance.random_bool(0.5) {
        call(app, "door_open", json!({})).await;
        say(&Said::Step);
    }
    for number in life.first.. {
        let name = format!("Room of life {number}");
        let request = json!({ "room": null, "name": name, "place": "", "route": 9 });
        write(app, format!("room {name}"), name, "room_put", request).await;
        if chance.random_range(0..8) == 0 {
            call(app, "sync_run", json!({})).await;
            say(&Said::Step);
        }
    }
}

/// What stands in an observation, by place.
pub fn observed(mine: &Value) -> BTreeMap<String, Vec<String>> {
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (what, list) in [("mark", "marks"), ("comment", "comments")] {
        for (key, value) in mine[list].as_object().unwrap() {
            let value = value.as_str().unwrap().to_owned();
            there.insert(format!("{what} {key}"), vec![value]);
        }
    }
    for line in mine["went_well"].as_array().unwrap() {
        let text = line["text"].as_str().unwrap().to_owned();
        there.entry(format!("line {text}")).or_default().push(text);
    }
    there
}

/// The rooms that were added here, by name.
pub fn rooms(school: &Value) -> BTreeMap<String, Vec<String>> {
    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for room in school["rooms"].as_array().unwrap() {
        let name = room["name"].as_str().unwrap().to_owned();
        if name.starts_with("Room of life") {
            there.entry(format!("room {name}")).or_default().push(name);
        }
    }
    there
}
