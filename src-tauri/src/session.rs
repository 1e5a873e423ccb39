//! An open space: one person's store with its desk, its clock and its background.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alongside_api::device::Devices;
use alongside_api::install::{Me, SyncState};
use alongside_api::letter::is_cut_off;
use alongside_api::{Actor, ApiError, Code, Desk, Place};
use alongside_domain::person::Person;
use alongside_domain::{DeviceId, Kind, PersonId};
use alongside_store::{Store, StoreError, StoreKey};
use alongside_sync::{
    DeviceClock, Engine, Exchange, Finder, Runner, SyncError, Trigger, Wall, joined_way, notes,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::app::{Event, Settings, Sink};
use crate::corridor::Doors;
use crate::heard;
use crate::inner_hub::{self, InnerHub};
use crate::mend::{self, Unopened};
use crate::reminding::Reminding;

/// The key of the hub's last answer about its devices, shown when it cannot be asked.
const DEVICES_NOTE: &str = "device_list";

/// Tells the window what happened.
type Teller = Arc<dyn Fn(Event) + Send + Sync>;

/// One person's space, open. Its background ends with it.
pub struct Session {
    actor: Actor,
    desk: Arc<Desk>,
    runner: Arc<Runner>,
    is_shown: Arc<AtomicBool>,
    arrived: Arc<Notify>,
    reminding: Reminding,
    trouble: Mutex<Option<String>>,
    path: PathBuf,
    key: StoreKey,
    wall: Arc<dyn Wall>,
    finder: Arc<dyn Finder>,
    inner: Mutex<Option<Arc<InnerHub>>>,
    doors: Doors,
    tell: Teller,
}

/// How a person stands in the school that their own store tells of.
pub(crate) enum Known {
    /// Their record has not come yet.
    NotYet,
    /// They are among the school's people.
    As(Me),
    /// They have left it.
    Gone(ApiError),
}

impl Session {
    /// Opens the space of `person`, whose store is at `path`, with its hub if it has joined one. Needs no network.
    ///
    /// Must be called inside a tokio runtime, in which the background then runs.
    pub(crate) fn open(
        path: &Path,
        person: PersonId,
        settings: &Settings,
        sink: &Sink,
    ) -> Result<Self, Unopened> {
        let (keys, wall) = (&*settings.keys, &*settings.wall);
        let mend::Opened {
            store,
            key,
            mut trouble,
        } = mend::open(path, person, keys, wall)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let inner = inner_of(&*store, path, &key, &settings.wall).unwrap_or_else(|error| {
            trouble.get_or_insert(error.message);
            None
        });
        let device = own_device(&*store)?;
        let clock = {
            let reader = store.read()?;
            Arc::new(DeviceClock::open(
                &*reader,
                device,
                Arc::clone(&settings.wall),
            )?)
        };
        let (is_shown, arrived) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
        let tell = teller(sink, &is_shown);
        let told_of_doors = tell.clone();
        let again = Arc::new(Notify::new());

        let engine = Engine::new(Arc::clone(&store), Arc::clone(&clock), device);
        let (told, news, look) = (tell.clone(), Arc::clone(&arrived), Arc::clone(&again));
        let heard = Arc::new(move |changed: &std::collections::BTreeMap<_, Kind>| {
            told(Event::changed(changed.values()));
            news.notify_waiters();
            look.notify_one();
        });
        let hub = hub_of(&store, inner.as_deref(), &settings.finder);
        let runner = Arc::new(Runner::start(engine, hub, settings.pace, heard));
        let (told, mut state, noted) = (tell.clone(), runner.state(), path.to_owned());
        tokio::spawn(async move {
            loop {
                let received_at = state.borrow_and_update().received_at;
                if let Some(received_at) = received_at {
                    heard::note(&noted, received_at);
                }
                if state.changed().await.is_err() {
                    return;
                }
                told(Event::Sync);
            }
        });

        let (nudged, look) = (Arc::clone(&runner), Arc::clone(&again));
        let desk = Desk::new(store, Place::Device, clock, move |changed| {
            nudged.nudge(Trigger::Change);
            look.notify_one();
            tell(Event::changed(&changed.kinds));
        });
        let (actor, desk) = (Actor { person, device }, Arc::new(desk));
        let (shown, notifier) = (Arc::clone(&is_shown), Arc::clone(&settings.notifier));
        let reminding = Reminding::start(&desk, actor, shown, again, notifier, settings.settle);
        Ok(Self {
            actor,
            desk,
            reminding,
            runner,
            is_shown,
            arrived,
            trouble: Mutex::new(trouble),
            path: path.to_owned(),
            key,
            wall: Arc::clone(&settings.wall),
            finder: Arc::clone(&settings.finder),
            inner: Mutex::new(inner),
            doors: Doors::default(),
            tell: told_of_doors,
        })
    }

    /// What syncs it.
    pub(crate) fn runner(&self) -> &Arc<Runner> {
        &self.runner
    }

    /// Whose space it is, and on which device.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The desk of this space.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// What was wrong with the store when it was opened, in words for the person. It is told once.
    pub fn take_trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Puts the space before its person: what changes is told, and the hub is listened to.
    pub fn show(&self) {
        self.is_shown.store(true, Ordering::Relaxed);
        self.front();
    }

    /// Takes the space out of sight. What waits still goes out.
    pub fn hide(&self) {
        self.is_shown.store(false, Ordering::Relaxed);
        self.runner.nudge(Trigger::Back);
    }

    /// The app came to the front, and this space with it.
    pub fn front(&self) {
        self.doors.front();
        self.runner.nudge(Trigger::Front);
        self.reminding.front();
    }

    /// The app went to the back, and this space with it.
    pub fn back(&self) {
        self.doors.back();
        self.runner.nudge(Trigger::Back);
        self.reminding.back();
    }

    /// The app went to the back, and this space says nothing by itself there.
    pub(crate) fn back_quietly(&self) {
        self.runner.nudge(Trigger::Back);
    }

    /// Answers a command of the table at this person's desk.
    pub async fn call(&self, command: &str, request: Value) -> Result<Value, ApiError> {
        let (actor, command) = (self.actor, command.to_owned());
        self.at_desk(move |desk| desk.call(&actor, &command, request))
            .await
    }

    /// Does something at the desk, away from the threads that serve the window and the network.
    pub(crate) async fn at_desk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let desk = Arc::clone(&self.desk);
        blocking(move || work(&desk)).await
    }

    /// Syncs with the hub that the store names now, at once.
    pub(crate) fn take_up_hub(&self) {
        let hub = hub_of(self.desk.store(), self.inner().as_deref(), &self.finder);
        self.runner.set_hub(hub);
    }

    /// The doors of this space.
    pub(crate) fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Tells the window, as long as the space is shown.
    pub(crate) fn tell(&self, event: Event) {
        (self.tell)(event);
    }

    /// The key of this space's store, and of the hub's beside it.
    pub(crate) fn key(&self) -> &StoreKey {
        &self.key
    }

    /// The hub that runs in this app, beside this space.
    pub(crate) fn inner(&self) -> Option<Arc<InnerHub>> {
        self.inner_lock().clone()
    }

    /// The same, opened when it is not; made when there is none. Waits for the disk.
    pub(crate) fn make_inner(&self) -> Result<Arc<InnerHub>, ApiError> {
        let mut inner = self.inner_lock();
        if let Some(inner) = inner.as_ref() {
            return Ok(Arc::clone(inner));
        }
        let folder = InnerHub::folder(&self.path);
        let opened = InnerHub::open(&folder, &self.key, Arc::clone(&self.wall))
            .map_err(|error| inner_hub::not_opened(&error))?;
        Ok(Arc::clone(inner.insert(opened)))
    }

    /// Lets go of a hub that has moved away, for good.
    pub(crate) async fn forget_inner(&self) {
        let inner = self.inner_lock().take();
        let Some(inner) = inner else { return };
        let folder = inner.folder_path().to_owned();
        drop(inner);
        let removed = blocking(move || {
            InnerHub::remove(&folder);
            Ok(())
        });
        // A failure is in the log; it is tried again at the next start.
        let _ = removed.await;
    }

    fn inner_lock(&self) -> MutexGuard<'_, Option<Arc<InnerHub>>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes letters of others to the hub, as soon as it can be reached.
    pub(crate) fn carry(&self) {
        self.runner.nudge(Trigger::Hand);
    }

    /// Syncs and waits for the end, however it goes: how it went is in the state.
    pub(crate) async fn sync(&self) {
        if let Err(error) = self.runner.sync().await {
            tracing::debug!(code = error.code(), "a sync by hand did not work");
        }
    }

    /// Waits until the person's own record has come, the first sync has ended, or the time is up.
    pub(crate) async fn meet(&self, patience: Duration) {
        let first_sync = self.sync();
        tokio::pin!(first_sync);
        let time_is_up = tokio::time::sleep(patience);
        tokio::pin!(time_is_up);
        loop {
            let arrived = self.arrived.notified();
            if !matches!(self.known().await, Ok(Known::NotYet)) {
                return;
            }
            tokio::select! {
                () = arrived => {}
                () = &mut first_sync => return,
                () = &mut time_is_up => return,
            }
        }
    }

    /// How the person stands, as their store knows.
    pub(crate) async fn known(&self) -> Result<Known, ApiError> {
        let actor = self.actor;
        self.at_desk(move |desk| match desk.me(&actor) {
            Ok(me) => Ok(Known::As(me)),
            Err(error) if error.code == Code::SignInFirst => {
                let record = desk.store().read()?.get(actor.person.into())?;
                let has_come = record.is_some_and(|record| {
                    record.kind == Kind::Person && !Person::read(&record).name.is_empty()
                });
                Ok(if has_come {
                    Known::Gone(error)
                } else {
                    Known::NotYet
                })
            }
            Err(error) => Err(error),
        })
        .await
    }

    /// How many changes the hub has not acknowledged.
    pub(crate) async fn waiting(&self) -> Result<u64, ApiError> {
        self.at_desk(|desk| Ok(desk.store().read()?.outbox_count()?))
            .await
    }

    /// Where what was written here stands, counted from the store.
    pub async fn sync_state(&self) -> Result<SyncState, ApiError> {
        let state = self.runner.state().borrow().clone();
        let trouble = state
            .trouble
            .map(|trouble| ApiError::new(code(&trouble.code), trouble.message));
        let moment = |millis: u64| {
            let time = i64::try_from(millis)
                .ok()
                .and_then(DateTime::<Utc>::from_timestamp_millis)?;
            Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
        };
        self.at_desk(move |desk| {
            let reader = desk.store().read()?;
            let address = reader.note(notes::HUB_ADDRESS)?;
            let waiting = reader.outbox_count()?;
            Ok(SyncState {
                place: Place::Device,
                waiting,
                is_cut_off: is_cut_off(waiting, state.received_at, desk.clock().now_ms()),
                received_at: state.received_at.and_then(moment),
                is_syncing: state.is_syncing,
                set_aside: u64::try_from(reader.set_aside()?.len()).unwrap_or(u64::MAX),
                trouble,
                is_hub: address.as_deref() == Some(notes::INNER),
                hub: address.filter(|address| address != notes::INNER),
                // A device that is behind has a negative figure here, and one that is ahead a positive one.
                skew_seconds: desk.clock().skew_ms().map(|behind_ms| -behind_ms / 1000),
            })
        })
        .await
    }

    /// Asks the hub what only the hub can answer.
    pub(crate) async fn ask_hub(&self, command: &str, request: Value) -> Result<Value, ApiError> {
        let is_list = command == DEVICES_NOTE;
        let asked = match self.runner.hub() {
            Some(hub) => hub.ask(command, request).await,
            None => Err(SyncError::NotJoined),
        };
        match asked {
            Ok(answer) if is_list => {
                let kept = answer.clone();
                self.at_desk(move |desk| {
                    let mut writer = desk.store().write()?;
                    writer.note_put(DEVICES_NOTE, Some(&kept.to_string()))?;
                    Ok(writer.commit()?)
                })
                .await?;
                Ok(answer)
            }
            Ok(answer) => Ok(answer),
            Err(error @ SyncError::Revoked { .. }) => {
                // A sync settles whether it was the hub that said so, and what follows.
                self.runner.nudge(Trigger::Network);
                Err(asking(&error))
            }
            Err(error) if is_list && error.is_transient() => match self.last_devices().await? {
                Some(last) => Ok(last),
                None => Err(asking(&error)),
            },
            Err(error) => Err(asking(&error)),
        }
    }

    /// The hub's last answer about its devices, marked as such.
    async fn last_devices(&self) -> Result<Option<Value>, ApiError> {
        let actor = self.actor;
        self.at_desk(move |desk| {
            // The hub judged the asker then; since then they may have ceased to lead.
            if !desk.me(&actor)?.is_leader {
                return Ok(None);
            }
            let noted = desk.store().read()?.note(DEVICES_NOTE)?;
            let last = noted.and_then(|text| serde_json::from_str::<Devices>(&text).ok());
            Ok(last.and_then(|last| {
                serde_json::to_value(Devices {
                    is_live: false,
                    ..last
                })
                .ok()
            }))
        })
        .await
    }
}

/// Runs what waits on the disk away from the threads that serve the window and the network.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        // It panicked, which is in the log already, or the app is being closed.
        Err(ApiError::new(
            Code::Internal,
            "Something went wrong inside Alongside. What was saved before is safe; try again, or restart the app.",
        ))
    })
}

/// The id of this install of this space; a space that has none gets one. A clock without it could not stamp.
fn own_device(store: &dyn Store) -> Result<DeviceId, StoreError> {
    if let Some(device) = notes::device(&*store.read()?)? {
        return Ok(device);
    }
    let device = DeviceId::from_uuid(Uuid::now_v7());
    let mut writer = store.write()?;
    writer.note_put(notes::DEVICE, Some(&device.to_string()))?;
    writer.commit()?;
    Ok(device)
}

/// The hub that runs in this app, when the store at `path` names it.
fn inner_of(
    store: &dyn Store,
    path: &Path,
    key: &StoreKey,
    wall: &Arc<dyn Wall>,
) -> Result<Option<Arc<InnerHub>>, ApiError> {
    let address = store.read()?.note(notes::HUB_ADDRESS)?;
    let folder = InnerHub::folder(path);
    match address.as_deref() {
        Some(notes::INNER) => {}
        // It has moved, and the app was closed before it was removed.
        Some(_) => {
            InnerHub::remove(&folder);
            return Ok(None);
        }
        // It may have been begun; that goes on when the door is opened.
        None => return Ok(None),
    }
    // An empty hub in the place of one that was lost would be another hub.
    if !InnerHub::file(&folder).is_file() {
        return Err(ApiError::new(
            Code::Internal,
            "This device was the hub of your school, and the hub’s own storage is gone. What you write is kept here; bring the hub back from its last backup.",
        ));
    }
    let opened = InnerHub::open(&folder, key, Arc::clone(wall));
    opened
        .map(Some)
        .map_err(|error| inner_hub::not_opened(&error))
}

/// The hub a store names. One whose address cannot be used is as good as none: joining again mends it.
fn hub_of(
    store: &Arc<dyn Store>,
    inner: Option<&InnerHub>,
    finder: &Arc<dyn Finder>,
) -> Option<Arc<dyn Exchange>> {
    let found = || {
        let reader = store.read()?;
        if reader.note(notes::HUB_ADDRESS)?.as_deref() == Some(notes::INNER) {
            let token = reader.note(notes::HUB_TOKEN)?;
            return Ok(inner.map(|inner| Arc::new(inner.inside(token)) as Arc<dyn Exchange>));
        }
        drop(reader);
        joined_way(store, finder)
    };
    found().unwrap_or_else(|error: SyncError| {
        tracing::warn!(
            code = error.code(),
            "the hub that was joined cannot be used"
        );
        None
    })
}

/// Tells the window what happened, as long as the space is shown.
fn teller(sink: &Sink, is_shown: &Arc<AtomicBool>) -> Teller {
    let (sink, is_shown) = (Arc::clone(sink), Arc::clone(is_shown));
    Arc::new(move |event| {
        if is_shown.load(Ordering::Relaxed) {
            sink(event);
        }
    })
}

impl Event {
    fn changed<'a>(kinds: impl IntoIterator<Item = &'a Kind>) -> Self {
        let kinds: BTreeSet<String> = kinds.into_iter().map(ToString::to_string).collect();
        Self::Changed {
            kinds: kinds.into_iter().collect(),
        }
    }
}

/// What a failed question to the hub means for the one who asked.
fn asking(error: &SyncError) -> ApiError {
    let message = match error {
        SyncError::NotJoined => {
            "This school has no hub yet, so there is nothing to ask. Connect one first; until then everything stays on this device."
                .to_owned()
        }
        SyncError::Unreachable(_) | SyncError::NotFound => {
            "The hub cannot be reached, and only the hub can do this. Check the connection, then try again.".to_owned()
        }
        error => error.message(),
    };
    ApiError::new(code(error.code()), message)
}

/// The screen's word for a code of `sync` or of a hub. A hub's own words are the same as the screen's.
pub(crate) fn code(code: &str) -> Code {
    match code {
        "bad_address" => Code::BadRequest,
        "not_let_in" => Code::SignInFirst,
        "answer_unreadable" | "stopped" | "hub_key_wrong" => Code::HubUnreachable,
        "hub_not_proven" => Code::CodeUnknown,
        "diverged" => Code::Internal,
        code => serde_json::from_value(Value::from(code)).unwrap_or(Code::Internal),
    }
}
