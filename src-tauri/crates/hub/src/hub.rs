//! A hub: one school's store, the desk over it, and what the doors to it share.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use alongside_api::{Actor, ApiError, Changed, Code, Desk, Place, notes};
use alongside_domain::{DeviceId, HubId};
use alongside_store::sqlite::SqliteStore;
use alongside_store::{Store, StoreError, StoreKey};
use alongside_sync::{DeviceClock, SystemWall, Wall};
use tokio::sync::{Semaphore, broadcast, watch};

use crate::answer::Failed;
use crate::demo::DemoPeople;
use crate::demo_sign_in;
use crate::door::Door;
use crate::events::Followers;
use crate::limits::{self, Limits};
use crate::lobby::Lobby;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::page::Pages;
use crate::ready::Found;
use crate::who::{self, Key};
use crate::worker::Queue;

/// The name of the store's file in a hub's folder.
pub const STORE_FILE: &str = "hub.sqlite";

/// The note that says when the last backup was made, in seconds since 1970.
pub const BACKED_UP: &str = "backed_up_at";

/// How a hub is to be run.
pub struct Config {
    /// The folder that holds the store.
    pub data_dir: PathBuf,
    /// The clock on the wall; tests bring their own.
    pub wall: Arc<dyn Wall>,
    /// What the store is locked with. A server's is not: its disk is the school's.
    pub key: StoreKey,
    /// The screens that are served at `/`.
    pub pages: Pages,
    /// Names, besides its address, under which the hub may be asked.
    pub hosts: Vec<String>,
    /// Whether callers' addresses are told by a proxy before the hub (`X-Forwarded-For`).
    pub is_behind_proxy: bool,
    /// Whether the ready-made sign-ins of the demo school are open. Only for the demo school, and only on loopback.
    pub has_demo_sign_ins: bool,
    /// How much may be asked of it; the usual numbers unless a test needs others.
    pub limits: Limits,
}

impl Config {
    /// A hub over `data_dir` with the clock of the system, no screens and no demo.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            wall: Arc::new(SystemWall),
            key: StoreKey::Plain,
            pages: Pages::none(),
            hosts: Vec::new(),
            is_behind_proxy: false,
            has_demo_sign_ins: false,
            limits: Limits::default(),
        }
    }
}

/// Why a hub could not be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The desk said no.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The folder, the network or a thread failed.
    #[error("{doing} failed: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why not.
        source: std::io::Error,
    },
    /// What was asked for does not go together.
    #[error("{0}")]
    Setting(String),
}

impl HubError {
    /// An error of the system, with what was being done.
    pub fn io(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

/// What happens in a hub and some may want to hear of.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A change was committed.
    Changed(Arc<Changed>),
    /// A device or session was let out.
    LetOut(DeviceId),
}

/// One school's hub.
pub struct Hub {
    desk: Arc<Desk>,
    id: HubId,
    cookie_name: String,
    queue: Queue,
    happenings: broadcast::Sender<Happening>,
    stopping: watch::Sender<bool>,
    large_bodies: Arc<Semaphore>,
    followers: Followers,
    pub(crate) door: Arc<Door>,
    lobby: RwLock<Option<Arc<Lobby>>>,
    pub(crate) pace: Pace,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) found: Found,
    pub(crate) limits: Limits,
    pub(crate) data_dir: PathBuf,
    pub(crate) pages: Pages,
    pub(crate) hosts: Vec<String>,
    pub(crate) is_behind_proxy: bool,
    pub(crate) demo: Option<DemoPeople>,
}

impl Hub {
    /// Opens the store in the folder, which is made when it is not there, and starts the thread that writes.
    ///
    /// Errors when the store cannot be opened, and when demo sign-ins are asked for a school that is not the demo.
    pub fn open(config: Config) -> Result<Arc<Self>, HubError> {
        let (happenings, _) = broadcast::channel(limits::HAPPENINGS_KEPT);
        let tell = happenings.clone();
        let (desk, id) = open_desk(&config.data_dir, &config.key, config.wall, move |changed| {
            // Nobody may be listening.
            for device in &changed.let_out {
                let _ = tell.send(Happening::LetOut(*device));
            }
            if !changed.records.is_empty() {
                let _ = tell.send(Happening::Changed(Arc::new(changed.clone())));
            }
        })?;
        let demo = if config.has_demo_sign_ins {
            Some(demo_sign_in::people_of(&desk)?)
        } else {
            None
        };
        let metrics = Arc::new(Metrics::new());
        let queue = Queue::start(Arc::clone(&desk), Arc::clone(&metrics))
            .map_err(HubError::io("Starting the thread that writes"))?;
        Ok(Arc::new(Self {
            desk,
            id,
            cookie_name: who::cookie_name(id),
            queue,
            happenings,
            stopping: watch::Sender::new(false),
            large_bodies: Arc::new(Semaphore::new(limits::LARGE_BODIES_AT_ONCE)),
            followers: Followers::new(&config.limits),
            door: Arc::new(Door::new(Arc::clone(&metrics))),
            lobby: RwLock::default(),
            pace: Pace::new(&config.limits),
            metrics,
            found: Found::default(),
            limits: config.limits,
            data_dir: config.data_dir,
            pages: config.pages,
            hosts: config.hosts,
            is_behind_proxy: config.is_behind_proxy,
            demo,
        }))
    }

    /// The desk behind the door.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Which hub this is.
    pub fn id(&self) -> HubId {
        self.id
    }

    /// Whether it holds the demo school.
    pub fn is_demo(&self) -> Result<bool, ApiError> {
        Ok(self.desk.store().read()?.note(notes::DEMO)?.is_some())
    }

    /// Whether the ready-made sign-ins of the demo school are open.
    pub fn has_demo_sign_ins(&self) -> bool {
        self.demo.is_some()
    }

    /// The lobby behind its door, while a leader holds that open.
    pub fn lobby(&self) -> Option<Arc<Lobby>> {
        self.lobby
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts a lobby behind the door, or takes it away with all who wait in it.
    pub fn put_lobby(&self, lobby: Option<Arc<Lobby>>) {
        *self.lobby.write().unwrap_or_else(PoisonError::into_inner) = lobby;
    }

    /// Who holds this key.
    pub(crate) fn actor(&self, key: &Key) -> Result<Actor, ApiError> {
        match key {
            Key::Bearer(token) | Key::Session(token) => self.desk.actor_by_token(token),
            Key::Nothing => Err(ApiError::new(
                Code::SignInFirst,
                "Nobody is signed in here. Join with a code from a leader of your school.",
            )),
        }
    }

    pub(crate) fn cookie_name(&self) -> &str {
        &self.cookie_name
    }

    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(crate) fn large_bodies(&self) -> Arc<Semaphore> {
        Arc::clone(&self.large_bodies)
    }

    pub(crate) fn followers(&self) -> &Followers {
        &self.followers
    }

    pub(crate) fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.happenings.subscribe()
    }

    /// Tells followers that a device or session was let out.
    pub(crate) fn tell_let_out(&self, device: DeviceId) {
        // Nobody may be listening.
        let _ = self.happenings.send(Happening::LetOut(device));
    }

    /// Turns to `true` when the hub is asked to stop.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Its door is opened again.
    pub(crate) fn go_on(&self) {
        self.stopping.send_replace(false);
    }
}

/// Opens the store of a hub's folder and a desk over it; `listener` hears of every committed change.
///
/// The folder is made when it is not there, readable by its owner only, and the hub is given its id when it has none.
pub fn open_desk(
    data_dir: &Path,
    key: &StoreKey,
    wall: Arc<dyn Wall>,
    listener: impl Fn(&Changed) + Send + Sync + 'static,
) -> Result<(Arc<Desk>, HubId), HubError> {
    make_folder(data_dir)?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data_dir.join(STORE_FILE), key)?);
    let id = hub_id(&*store)?;
    // The hub writes in its own name; its stamps end with its own id.
    let device = DeviceId::from_uuid(id.uuid());
    let clock = DeviceClock::open(&*store.read()?, device, wall)?;
    let desk = Desk::new(store, Place::Hub, Arc::new(clock), listener);
    desk.open_letters()?;
    Ok((Arc::new(desk), id))
}

fn hub_id(store: &dyn Store) -> Result<HubId, HubError> {
    let noted = |note: Option<String>| note.and_then(|text| text.parse().ok());
    if let Some(id) = noted(store.read()?.note(notes::HUB)?) {
        return Ok(id);
    }
    let mut writer = store.write()?;
    // Another program may have been first.
    if let Some(id) = noted(writer.note(notes::HUB)?) {
        return Ok(id);
    }
    let id = HubId::from_uuid(uuid::Uuid::now_v7());
    writer.note_put(notes::HUB, Some(&id.to_string()))?;
    writer.commit()?;
    Ok(id)
}

/// Makes a folder that only its owner can look into.
pub fn make_folder(path: &Path) -> Result<(), HubError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(HubError::io(format!(
        "Making the folder {}",
        path.display()
    )))
}

/// Runs what reads or writes the store on a thread that may wait.
pub(crate) async fn blocking<T, E>(
    hub: &Arc<Hub>,
    work: impl FnOnce(&Hub) -> Result<T, E> + Send + 'static,
) -> Result<T, Failed>
where
    T: Send + 'static,
    E: Into<Failed> + Send + 'static,
{
    let hub = Arc::clone(hub);
    match tokio::task::spawn_blocking(move || work(&hub)).await {
        Ok(done) => done.map_err(Into::into),
        Err(error) => {
            tracing::error!(%error, "a call panicked");
            Err(ApiError::new(
                Code::Internal,
                "Something went wrong in the hub. Try again.",
            )
            .into())
        }
    }
}
