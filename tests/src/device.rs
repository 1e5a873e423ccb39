//! A device: its own store, clock and desk, and the engine that syncs it over HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use alongside_api::{Actor, ApiError, Code, Desk, Place};
use alongside_domain::{DeviceId, PersonId, Record, RecordId};
use alongside_store::sqlite::{SqliteStore, seal};
use alongside_store::{Reader, SetAside, Store, StoreKey};
use alongside_sync::wire::PairDevice;
use alongside_sync::{
    Answering, Care, DeviceClock, Engine, Exchange, Heard, HttpHub, HubAddress, LetterKey,
    PairAnswer, PairRequest, Summary, SyncAnswer, SyncError, SyncRequest, notes,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{HandClock, RunningHub};

/// The way to a hub that keeps what was asked and answered in the clear.
pub struct Spy {
    hub: HttpHub,
    heard: Mutex<Vec<(SyncRequest, SyncAnswer)>>,
}

impl Spy {
    /// Everything that was asked and answered so far, taken out.
    pub fn take(&self) -> Vec<(SyncRequest, SyncAnswer)> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

impl Exchange for Spy {
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer> {
        self.hub.pair(request)
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        Box::pin(async move {
            let answer = self.hub.exchange(request).await?;
            let mut heard = self.heard.lock().unwrap();
            heard.push((request.clone(), answer.clone()));
            Ok(answer)
        })
    }

    fn ask<'a>(&'a self, command: &'a str, request: Value) -> Answering<'a, Value> {
        self.hub.ask(command, request)
    }

    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        self.hub.listen(heard)
    }

    fn letter<'a>(&'a self, letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        self.hub.letter(letter)
    }

    fn letter_key(&self) -> Answering<'_, LetterKey> {
        self.hub.letter_key()
    }

    fn encoding(&self) -> Option<String> {
        self.hub.encoding()
    }
}

/// One person's install.
pub struct Device {
    /// Whose.
    pub actor: Actor,
    /// Its clock on the wall.
    pub clock: HandClock,
    /// Where its person taps.
    pub desk: Desk,
    /// What syncs it.
    pub engine: Engine,
    /// The way to the hub it joined.
    pub hub: Arc<Spy>,
    store: Arc<SqliteStore>,
    key: StoreKey,
    folder: TempDir,
}

impl Device {
    /// A new device of `person` that joins `hub` with a code and has pulled nothing yet.
    pub async fn join(hub: &RunningHub, person: PersonId) -> Self {
        Self::join_at(hub, person, hub.address(), hub.clock.skewed(0)).await
    }

    /// The same over `address` (a [`Line`](crate::Line) to the hub), with its own clock.
    pub async fn join_at(
        hub: &RunningHub,
        person: PersonId,
        address: SocketAddr,
        clock: HandClock,
    ) -> Self {
        Self::join_in(tempfile::tempdir().unwrap(), hub, person, address, clock).await
    }

    /// The same, with its store in `folder`.
    pub async fn join_in(
        folder: TempDir,
        hub: &RunningHub,
        person: PersonId,
        address: SocketAddr,
        clock: HandClock,
    ) -> Self {
        let store =
            SqliteStore::open(&folder.path().join("space.sqlite"), &StoreKey::Plain).unwrap();
        let device = DeviceId::from_uuid(uuid::Uuid::now_v7());
        let mut writer = store.write().unwrap();
        writer
            .note_put(notes::DEVICE, Some(&device.to_string()))
            .unwrap();
        writer.commit().unwrap();

        let code = hub.desk().code_for(person).unwrap().code;
        let request = PairRequest {
            code,
            device: PairDevice {
                id: device,
                name: "Tablet".into(),
            },
            school: None,
        };
        let address: HubAddress = address.to_string().parse().unwrap();
        let door = HttpHub::new(address.clone(), None, None).unwrap();
        let joined = alongside_sync::join(&address, &door, &request)
            .await
            .unwrap();
        joined.keep(&store).unwrap();
        drop(store);
        Self::open(folder, clock)
    }

    /// Opens what lies in `folder`, as at a start of the app.
    pub fn open(folder: TempDir, clock: HandClock) -> Self {
        Self::open_with(folder, clock, StoreKey::Plain)
    }

    fn open_with(folder: TempDir, clock: HandClock, key: StoreKey) -> Self {
        let file = folder.path().join("space.sqlite");
        let store = Arc::new(SqliteStore::open(&file, &key).unwrap());
        let reader = store.read().unwrap();
        let actor = Actor {
            person: notes::person(&*reader).unwrap().unwrap(),
            device: notes::device(&*reader).unwrap().unwrap(),
        };
        let note = |key| reader.note(key).unwrap();
        let hub = Arc::new(Spy {
            hub: HttpHub::new(
                note(notes::HUB_ADDRESS).unwrap().parse().unwrap(),
                note(notes::HUB_TOKEN),
                note(notes::HUB_ENCODING),
            )
            .unwrap(),
            heard: Mutex::default(),
        });
        let wall = Arc::new(clock.clone());
        let own = Arc::new(DeviceClock::open(&*reader, actor.device, wall).unwrap());
        drop(reader);
        let kept: Arc<dyn Store> = store.clone();
        Self {
            desk: Desk::new(kept.clone(), Place::Device, own.clone(), |_| {}),
            engine: Engine::new(kept, own, actor.device),
            actor,
            clock,
            hub,
            store,
            key,
            folder,
        }
    }

    /// A way to its hub with no connection open yet.
    pub fn way(&self) -> HttpHub {
        let note = |key| self.read(|reader| reader.note(key).unwrap());
        HttpHub::new(
            note(notes::HUB_ADDRESS).unwrap().parse().unwrap(),
            note(notes::HUB_TOKEN),
            note(notes::HUB_ENCODING),
        )
        .unwrap()
    }

    /// Closes the app and opens it again.
    #[must_use]
    pub fn restart(self) -> Self {
        let key = self.key.clone();
        let (folder, clock) = self.close();
        Self::open_with(folder, clock, key)
    }

    /// The same, and its store is under lock from now on, as every device's is in the product.
    #[must_use]
    pub fn sealed(self) -> Self {
        let (path, key) = (self.path(), StoreKey::Raw([0x5A; 32]));
        let (folder, clock) = self.close();
        seal(&path, &key).unwrap();
        Self::open_with(folder, clock, key)
    }

    /// Ends the app and leaves what lies on the disk.
    pub fn close(self) -> (TempDir, HandClock) {
        (self.folder, self.clock)
    }

    /// Where its store is.
    pub fn path(&self) -> PathBuf {
        self.store.path().to_owned()
    }

    /// What its store is locked with.
    pub fn key(&self) -> &StoreKey {
        &self.key
    }

    /// Its store.
    pub fn store(&self) -> &Arc<SqliteStore> {
        &self.store
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What its person taps: a command, answered by its own desk.
    pub fn call(&self, command: &str, request: Value) -> Result<Value, ApiError> {
        self.desk.call(&self.actor, command, request)
    }

    /// The same, where it has to work.
    pub fn tap(&self, command: &str, request: Value) -> Value {
        self.call(command, request)
            .unwrap_or_else(|error| panic!("{command}: {:?} {error}", error.code))
    }

    /// The code a command is refused with.
    pub fn refusal(&self, command: &str, request: Value) -> Code {
        self.call(command, request).unwrap_err().code
    }

    /// Syncs once, and compares.
    pub async fn try_sync(&self) -> Result<Summary, SyncError> {
        self.engine.sync(&*self.hub, Care::Now, &|_| {}).await
    }

    /// The same, where it has to work.
    pub async fn sync(&self) -> Summary {
        let summary = self.try_sync().await.unwrap();
        assert_ne!(
            summary.checked,
            alongside_sync::Checked::NotNow,
            "{summary:?}"
        );
        summary
    }

    /// One snapshot of its store.
    pub fn read<T>(&self, read: impl FnOnce(&dyn Reader) -> T) -> T {
        read(&*self.store.read().unwrap())
    }

    /// A record it holds.
    pub fn get(&self, id: impl Into<RecordId>) -> Option<Record> {
        self.read(|reader| reader.get(id.into()).unwrap())
    }

    /// How many changes wait.
    pub fn waiting(&self) -> u64 {
        self.read(|reader| reader.outbox_count().unwrap())
    }

    /// What was refused of it.
    pub fn set_aside(&self) -> Vec<SetAside> {
        self.read(|reader| reader.set_aside().unwrap())
    }

    /// The token that lets it in.
    pub fn token(&self) -> String {
        self.read(|reader| reader.note(notes::HUB_TOKEN).unwrap().unwrap())
    }
}
