//! A device of the run: the real desk and engine over a real store on a disk that fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use alongside_api::{Actor, ApiError, Desk, Place};
use alongside_domain::{DeviceId, PersonId};
use alongside_store::{Reader, Store};
use alongside_sync::wire::PairDevice;
use alongside_sync::{
    Care, DeviceClock, Engine, HubAddress, PairRequest, Summary, SyncError, join, notes,
};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::chance::{Chance, Ids};
use crate::disk::{Disk, Done};
use crate::hub::Hub;
use crate::ledger::Ledger;
use crate::net::Way;
use crate::trace::Shared;
use crate::wall::SimWall;

/// A law that broke, in words.
pub type Broken = String;

/// One person's device.
pub struct Device {
    /// What it is called in the trace.
    pub name: String,
    /// Who holds it.
    pub actor: Actor,
    /// Its clock.
    pub wall: Arc<SimWall>,
    /// Its way to the hub it has joined.
    pub way: Arc<Way>,
    /// Its disk.
    pub disk: Arc<Disk>,
    /// What was promised on it.
    pub ledger: Ledger,
    /// Which hub it has joined.
    pub hub: usize,
    /// Whether there was a reason for it to differ from its hub until it pulls from the start.
    pub may_differ: bool,
    /// What its commands are carried out by.
    pub desk: Desk,
    engine: Engine,
    folder: PathBuf,
    starts: u32,
    ids: Chance,
    shared: Arc<Shared>,
    syncing: Option<JoinHandle<Result<Summary, SyncError>>>,
}

impl Device {
    /// A new device with an empty store.
    pub fn new(
        name: String,
        actor: Actor,
        wall: Arc<SimWall>,
        folder: PathBuf,
        hub: (usize, Arc<Hub>),
        ids: Chance,
        shared: Arc<Shared>,
    ) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let disk = Disk::open(&folder.join("store.sqlite"));
        let mut writer = disk.write().unwrap();
        let device = actor.device.to_string();
        writer.note_put(notes::DEVICE, Some(&device)).unwrap();
        writer.commit().unwrap();
        let way = Way::new(name.clone(), shared.clone(), hub.1, String::new());
        let mut ids = ids;
        let (desk, engine) = open(&disk, actor.device, &wall, &mut ids);
        Self {
            name,
            actor,
            wall,
            way,
            disk,
            ledger: Ledger::default(),
            hub: hub.0,
            may_differ: false,
            desk,
            engine,
            folder,
            starts: 0,
            ids,
            shared,
            syncing: None,
        }
    }

    /// Writes a line about it into the trace.
    pub fn say(&self, what: impl AsRef<str>) {
        self.shared.say(format!("{}: {}", self.name, what.as_ref()));
    }

    /// What its person taps. None when the power went.
    pub fn call(&mut self, command: &str, request: Value) -> Option<Result<Value, ApiError>> {
        self.enter(false);
        let answer = self.desk.call(&self.actor, command, request);
        let is_off = self.disk.is_off();
        self.enter(answer.is_ok());
        (!is_off).then_some(answer)
    }

    /// Takes down what was committed since the last look.
    pub fn enter(&mut self, is_told: bool) {
        let journal = self.disk.take_journal();
        // What was stamped anew although the hub had it, unheard, is this device's own, which the hub does not send back.
        // It may have been in a sync or with a receipt that came to no end.
        self.may_differ |= journal
            .iter()
            .any(|done| matches!(done, Done::Restamped(..)));
        self.ledger.enter(journal, is_told, false);
    }

    /// Begins a sync, if none is under way.
    pub fn begin_sync(&mut self, care: Care) {
        if self.syncing.is_some() || self.disk.is_off() {
            return;
        }
        self.enter(false);
        self.say("begins to sync");
        let (engine, way) = (self.engine.clone(), self.way.clone());
        self.syncing = Some(tokio::spawn(async move {
            engine.sync(&*way, care, &|_| {}).await
        }));
    }

    /// Whether a sync is under way.
    pub fn is_syncing(&self) -> bool {
        self.syncing
            .as_ref()
            .is_some_and(|task| !task.is_finished())
    }

    /// Takes note of a sync that has ended.
    pub async fn look(&mut self) -> Option<Result<Summary, SyncError>> {
        if !self.syncing.as_ref()?.is_finished() {
            return None;
        }
        self.settle().await
    }

    /// Waits for the sync that is under way.
    pub async fn settle(&mut self) -> Option<Result<Summary, SyncError>> {
        let ended = match self.syncing.take()?.await {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => return None,
        };
        self.enter(false);
        match &ended {
            Ok(done) => self.say(format!(
                "synced: {} calls, {} sent, {} came, {} refused, {} restamped, {} wait, {:?}",
                done.requests,
                done.pushed,
                done.pulled,
                done.refused,
                done.restamped,
                done.waiting,
                done.checked
            )),
            Err(error) => self.say(format!("did not sync: {error}")),
        }
        Some(ended)
    }

    /// The power goes, whatever is under way, and comes again. Errors name what was promised and is not there then.
    pub async fn crash(&mut self) -> Result<(), Broken> {
        self.disk.turn_off();
        if let Some(task) = self.syncing.take() {
            task.abort();
            if let Err(error) = task.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
        self.enter(false);
        self.starts += 1;
        let folder = self.folder.join(self.starts.to_string());
        let path = self.disk.what_is_left(&folder);
        self.start(&path)
    }

    fn start(&mut self, path: &Path) -> Result<(), Broken> {
        self.disk = Disk::open(path);
        (self.desk, self.engine) = open(&self.disk, self.actor.device, &self.wall, &mut self.ids);
        self.say("starts");
        let reader = self.disk.read().unwrap();
        let missing = self.ledger.missing(&*reader);
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(format!(
                "what the screen was told as saved is not there after a start: {first} ({} in all)",
                missing.len()
            )),
        }
    }

    /// Joins `hub` with a code that a leader made there.
    pub async fn join(&mut self, no: usize, hub: &Arc<Hub>) -> Result<(), SyncError> {
        assert!(!self.is_syncing(), "one thing after another");
        let Some(desk) = hub.desk() else {
            return Err(SyncError::NotJoined);
        };
        let Ok(fresh) = desk.code_for(self.actor.person) else {
            return Err(SyncError::NotJoined);
        };
        let before = self.way.to.lock().unwrap().clone();
        *self.way.to.lock().unwrap() = (hub.clone(), String::new());
        let request = PairRequest {
            code: fresh.code,
            device: PairDevice {
                id: self.actor.device,
                name: "Tablet".into(),
            },
            school: None,
        };
        let address: HubAddress = "127.0.0.1:8420".parse()?;
        let joined = join(&address, &*self.way, &request).await;
        let kept = joined.and_then(|joined| {
            joined.keep(&*self.disk)?;
            Ok(joined.answer.token)
        });
        self.enter(false);
        match kept {
            Ok(token) => {
                if self.hub != no {
                    let reader = self.disk.truth().read()?;
                    self.ledger.hub_is_lost(&*reader);
                }
                self.hub = no;
                *self.way.to.lock().unwrap() = (hub.clone(), token);
                self.say(format!("has joined {}", hub.name));
                Ok(())
            }
            Err(error) => {
                *self.way.to.lock().unwrap() = before;
                self.say(format!("could not join {}: {error}", hub.name));
                Err(error)
            }
        }
    }

    /// One snapshot of what it holds, whatever its disk does.
    pub fn read<T>(&self, read: impl FnOnce(&dyn Reader) -> T) -> T {
        read(&*self.disk.truth().read().unwrap())
    }

    /// How many calls it has made.
    pub fn calls(&self) -> u64 {
        self.way.calls.load(Ordering::Relaxed)
    }
}

fn open(
    disk: &Arc<Disk>,
    device: DeviceId,
    wall: &Arc<SimWall>,
    ids: &mut Chance,
) -> (Desk, Engine) {
    let clock = DeviceClock::open(&*disk.read().unwrap(), device, wall.clone()).unwrap();
    let clock = Arc::new(clock);
    let store: Arc<dyn Store> = disk.clone();
    let desk = Desk::new(store.clone(), Place::Device, clock.clone(), |_| {})
        .with_ids(Arc::new(Ids::new(ids.fork())));
    (desk, Engine::new(store, clock, device).on_one_thread())
}

/// Whose.
pub fn actor(person: PersonId, device: DeviceId) -> Actor {
    Actor { person, device }
}
