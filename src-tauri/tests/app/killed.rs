//! The real app and the real hub, each a process of its own with real files and sockets, killed with `kill -9` at
//! random moments: on the way to the first tick, in a guess at a PIN, in a tick, in a sync, with an open door.
//!
//! `ALONGSIDE_KILLED_ROUNDS=200` kills that often; `ALONGSIDE_KILLED_SEED=7` takes other moments. A seed decides who is
//! killed, after which word of theirs and how much later; what the machine does meanwhile is its own.

mod ledger;
mod mortal;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use alongside_app::App;
use alongside_tests::DemoHub;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use crate::device::{call, until, waiting};
use ledger::Ledger;
use mortal::{Life, Mortal, PIN, Said, Who, observed, rooms, settings};

/// How often somebody is killed, unless [`ROUNDS_ASKED`] says otherwise.
const ROUNDS: u64 = 30;
const ROUNDS_ASKED: &str = "ALONGSIDE_KILLED_ROUNDS";
/// The seed, unless [`SEED_ASKED`] says otherwise.
const SEED: u64 = 5;
const SEED_ASKED: &str = "ALONGSIDE_KILLED_SEED";
/// The longest time between the word after which somebody is killed, and the kill.
const LONGEST_DELAY: Duration = Duration::from_millis(25);
/// How long an app may say nothing while it lives.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who dies in a round.
const DEATHS: [(bool, bool, bool); 6] = [
    // The observer's app, the leader's app, the hub.
    (true, false, false),
    (true, false, false),
    (false, true, false),
    (false, false, true),
    (true, false, true),
    (true, true, true),
];

fn asked(variable: &str, usual: u64) -> u64 {
    let said = std::env::var(variable).ok();
    said.map_or(usual, |said| said.parse().expect("a number"))
}

/// Says how a run is had again, when it has failed.
struct Again {
    seed: u64,
    rounds: u64,
}

impl Drop for Again {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, rounds } = self;
            // Nobody is helped by a second panic.
            let _ = writeln!(
                std::io::stderr(),
                "To kill in the same way again:\n  {SEED_ASKED}={seed} {ROUNDS_ASKED}={rounds} cargo nextest run -p alongside killed"
            );
        }
    }
}

/// Somebody's device: its folder, the app on it while it lives, and what that app said.
struct Place {
    who: Who,
    folder: TempDir,
    app: Option<Mortal>,
    ledger: Ledger,
}

impl Place {
    fn path(&self) -> &Path {
        self.folder.path()
    }
}

struct Stage {
    hub: DemoHub,
    places: BTreeMap<Who, Place>,
    visit: Value,
    seed: u64,
    heard: UnboundedReceiver<(Who, Said)>,
    told: UnboundedSender<(Who, Said)>,
}

impl Stage {
    /// The demo school, an observer with a PIN whose visit has begun, and a leader.
    async fn set(seed: u64) -> Self {
        let hub = DemoHub::with_demo().await;
        let mut visit = Value::Null;
        let mut places = BTreeMap::new();
        for (who, role) in [(Who::Observer, "observer"), (Who::Leader, "leader")] {
            let folder = tempfile::tempdir().unwrap();
            let app = App::new(settings(folder.path()), |_| {}).unwrap();
            let join =
                json!({ "address": hub.address(), "code": hub.invite(role), "device": "Tablet" });
            call(&app, "device_join", join).await;
            if who == Who::Observer {
                let pin = json!({ "old": null, "new": PIN, "after_minutes": 5 });
                call(&app, "pin_put", pin).await;
                let day = call(&app, "day_list", json!({})).await;
                visit = day["visits"][0]["visit"].clone();
                call(&app, "visit_start", json!({ "visit": visit })).await;
            }
            app.close().await;
            let place = Place {
                who,
                folder,
                app: None,
                ledger: Ledger::default(),
            };
            places.insert(who, place);
        }
        let (told, heard) = unbounded_channel();
        Self {
            hub,
            places,
            visit,
            seed,
            heard,
            told,
        }
    }

    /// Starts every app that is dead.
    fn start_apps(&mut self) {
        for place in self.places.values_mut() {
            if place.app.is_none() {
                let life = Life {
                    who: place.who,
                    data: place.path().to_owned(),
                    visit: self.visit.clone(),
                    seed: self.seed,
                    first: place.ledger.tried,
                };
                place.app = Some(Mortal::start(&life, &self.told));
            }
        }
    }

    /// Takes down the next word that is said before `latest`, and returns whose it was.
    async fn hear(&mut self, latest: Instant) -> Option<Who> {
        let (who, said) = timeout_at(latest, self.heard.recv()).await.ok()??;
        assert_ne!(said, Said::Dead, "the app of the {who:?} died by itself");
        self.places.get_mut(&who).unwrap().ledger.hear(said);
        Some(who)
    }

    /// Listens until `who` has said so many words more, and so long after that.
    async fn listen(&mut self, who: Who, words: u32, delay: Duration) {
        let mut left = words;
        while left > 0 {
            let heard = self.hear(Instant::now() + PATIENCE).await;
            let heard = heard.expect("an app that lives says something");
            left -= u32::from(heard == who);
        }
        if !delay.is_zero() {
            let latest = Instant::now() + delay;
            while self.hear(latest).await.is_some() {}
        }
    }

    /// Kills an app, and takes down the last it said.
    async fn kill(&mut self, who: Who) {
        let place = self.places.get_mut(&who).unwrap();
        place.app.take().unwrap().kill();
        loop {
            let (whose, said) = self.heard.recv().await.unwrap();
            let is_last = whose == who && said == Said::Dead;
            assert!(
                is_last || said != Said::Dead,
                "the app of the {whose:?} died by itself"
            );
            self.places.get_mut(&whose).unwrap().ledger.hear(said);
            if is_last {
                return;
            }
        }
    }

    /// Opens an app over what a dead one left.
    async fn open(&self, who: Who) -> App {
        let app = App::new(settings(self.places[&who].path()), |_| {}).unwrap();
        let mut install = call(&app, "install_get", json!({})).await;
        assert_eq!(
            install["spaces"].as_array().unwrap().len(),
            1,
            "{who:?}: {install}"
        );
        if who == Who::Observer {
            let unlock = json!({ "space": install["spaces"][0]["id"], "pin": PIN });
            install = call(&app, "space_unlock", unlock).await;
        }
        assert_eq!(install["trouble"], Value::Null, "{who:?}: {install}");
        app
    }

    /// What disagrees between what `who` was told and what an answer shows.
    fn disagrees(&self, who: Who, answer: &Value) -> Vec<String> {
        let there = match who {
            Who::Observer => observed(&answer["mine"]),
            Who::Leader => rooms(answer),
        };
        self.places[&who].ledger.disagrees(&there)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_kill_9_of_app_and_hub_at_any_moment() {
    let (seed, rounds) = (asked(SEED_ASKED, SEED), asked(ROUNDS_ASKED, ROUNDS));
    let _again = Again { seed, rounds };
    let mut chance = StdRng::seed_from_u64(seed);
    let mut stage = Stage::set(seed).await;
    let mut is_hub_on = true;
    for _ in 0..rounds {
        stage.start_apps();
        // Some die on their way to the first word that counts, most in the middle of their work.
        let words = match chance.random_bool(0.3) {
            true => chance.random_range(0..7),
            false => chance.random_range(7..40),
        };
        // Half of them die on the very word, so that what it promised is all that was done for it.
        let delay = match chance.random_bool(0.5) {
            true => Duration::ZERO,
            false => LONGEST_DELAY.mul_f64(chance.random()),
        };
        let (observer, leader, hub) = *DEATHS.choose(&mut chance).unwrap();
        let marked = match leader && !observer {
            true => Who::Leader,
            false => Who::Observer,
        };
        stage.listen(marked, words, delay).await;
        let stays_off = chance.random_bool(0.3);
        if hub && is_hub_on {
            stage.hub.switch_off();
            is_hub_on = false;
        }
        if observer {
            stage.kill(Who::Observer).await;
        }
        if leader {
            stage.kill(Who::Leader).await;
        }
        if !is_hub_on && !stays_off {
            // It is looked through while nothing mends it; what is not whole is a failure of the command.
            stage.hub.check();
            stage.hub.switch_on().await;
            is_hub_on = true;
        }
    }
    for who in [Who::Observer, Who::Leader] {
        if stage.places[&who].app.is_some() {
            stage.kill(who).await;
        }
    }
    if !is_hub_on {
        stage.hub.switch_on().await;
    }
    everything_is_there(&stage).await;
}

/// In peace: on the device before and after its sync, and at the hub, stands what was acknowledged, once.
async fn everything_is_there(stage: &Stage) {
    let visit = json!({ "visit": stage.visit });
    let asked = |who| match who {
        Who::Observer => ("visit_get", visit.clone()),
        Who::Leader => ("school_get", json!({})),
    };
    let none: [String; 0] = [];
    let mut apps = Vec::new();
    for (who, role) in [(Who::Observer, "observer"), (Who::Leader, "leader")] {
        let ledger = &stage.places[&who].ledger;
        assert!(ledger.acknowledged > 20, "{who:?}: {}", ledger.acknowledged);
        let app = stage.open(who).await;
        let (command, request) = asked(who);
        let before = call(&app, command, request.clone()).await;
        assert_eq!(stage.disagrees(who, &before), none, "{who:?}, on the disk");
        until("nothing waits", || async {
            call(&app, "sync_run", json!({})).await;
            waiting(&app).await == 0
        })
        .await;
        let after = call(&app, command, request.clone()).await;
        assert_eq!(stage.disagrees(who, &after), none, "{who:?}, synced");
        let other = stage.hub.other_device(role).await;
        let there = other.ask(command, request).await;
        assert_eq!(stage.disagrees(who, &there), none, "{who:?}, at the hub");
        apps.push((who, app));
    }
    // A second sync of both does nothing, neither here nor there.
    for (_, app) in &apps {
        call(app, "sync_run", json!({})).await;
    }
    let whole = stage.hub.check();
    for (who, app) in &apps {
        let state = call(app, "sync_run", json!({})).await;
        let still = (&state["waiting"], &state["set_aside"], &state["trouble"]);
        assert_eq!(still, (&json!(0), &json!(0), &Value::Null), "{who:?}");
    }
    assert_eq!(stage.hub.check(), whole);
}
