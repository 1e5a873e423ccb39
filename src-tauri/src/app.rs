//! The app without its window: which spaces are open, whose is shown, and what was wrong at the start.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use alongside_api::{ApiError, Code};
use alongside_domain::PersonId;
use alongside_sync::{Finder, LocalNetwork, Pace, SystemWall, Trigger, Wall};
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::corridor::DoorSettings;
use crate::inner_hub::InnerHub;
use crate::joining::JoiningNow;
use crate::keys::{DeviceKeys, Keys};
use crate::locks::{self, Locks};
use crate::mend::{self, Unopened};
use crate::pin::Cost;
use crate::pins::Away;
use crate::reminding::{Notifier, Unseen};
use crate::session::{Session, blocking};
use crate::spaces::{FolderError, Spaces};
use crate::tries::{SinceStart, Uptime};
use crate::{Invitation, parting};

/// The longest pause between two tries to reach the hub. A try without a network costs next to nothing.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// How long changes are gathered before it is looked at what there is to tell.
const SETTLE: Duration = Duration::from_secs(2);
/// How long closing waits for what is under way.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// What an app is started with.
#[derive(Clone)]
pub struct Settings {
    /// The folder of the install.
    pub data: PathBuf,
    /// An invitation to take up when nobody has a space here yet.
    pub join: Option<Invitation>,
    /// The clock on the wall.
    pub wall: Arc<dyn Wall>,
    /// How long syncs wait before what.
    pub pace: Pace,
    /// Shows what the device tells by itself.
    pub notifier: Arc<dyn Notifier>,
    /// Where the keys of the stores are kept.
    pub keys: Arc<dyn Keys>,
    /// How long changes are gathered before it is looked at what there is to tell.
    pub settle: Duration,
    /// Who knows where a hub is that does not answer any more.
    pub finder: Arc<dyn Finder>,
    /// How the door is kept, when a leader opens it.
    pub door: DoorSettings,
    /// What one guess at a PIN costs. Only tests take less than the usual.
    pub pin_cost: Cost,
    /// The clock that nobody sets, by which waits between guesses are counted.
    pub uptime: Arc<dyn Uptime>,
}

impl Settings {
    /// The usual ones, in this folder.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        let data = data.into();
        Self {
            // Never the key store of the system unless someone says so: a folder may be anybody's.
            keys: Arc::new(DeviceKeys::new(&data, None)),
            data,
            join: None,
            wall: Arc::new(SystemWall),
            pace: Pace {
                longest_retry: LONGEST_RETRY,
                ..Pace::default()
            },
            notifier: Arc::new(Unseen),
            settle: SETTLE,
            finder: Arc::new(LocalNetwork),
            door: DoorSettings::default(),
            pin_cost: Cost::TABLET,
            uptime: Arc::new(SinceStart::default()),
        }
    }
}

/// What the window is told of: names only, the screen reads again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Records of these kinds read otherwise than before.
    Changed {
        /// Which kinds.
        kinds: Vec<String>,
    },
    /// Where the sync stands has changed.
    Sync,
    /// Somebody stands at the door, or it was opened or closed.
    Door,
    /// Who is here has changed by itself.
    Install,
}

impl Event {
    /// What the window calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Changed { .. } => "changed",
            Self::Sync => "sync",
            Self::Door => "door",
            Self::Install => "install",
        }
    }
}

/// Where events go.
pub type Sink = Arc<dyn Fn(Event) + Send + Sync>;

/// The app over one folder. Everything runs in the tokio runtime that calls it.
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) spaces: Arc<Spaces>,
    /// The same as the keys in the settings, with those behind a PIN.
    pub(crate) locks: Arc<Locks>,
    /// What runs in the background of this app.
    pub(crate) runtime: OnceLock<Handle>,
    pub(crate) sink: Sink,
    pub(crate) state: Arc<Mutex<State>>,
    /// One space is opened at a time.
    opening: tokio::sync::Mutex<()>,
    /// Where this device stands at another's door.
    pub(crate) joining: JoiningNow,
    started: OnceCell<()>,
}

#[derive(Default)]
pub(crate) struct State {
    /// Once opened, a space without a PIN stays so: what waits in it goes out whoever is shown.
    pub(crate) sessions: HashMap<PersonId, Arc<Session>>,
    /// Spaces that were locked and are about to be closed.
    pub(crate) closing: HashMap<PersonId, Arc<Session>>,
    pub(crate) current: Option<PersonId>,
    /// Since when the app is in the back, where that matters.
    pub(crate) away: Option<Away>,
    trouble: Option<String>,
}

impl App {
    /// Takes the folder into use. No space is opened yet: the first call does that, or [`start`](Self::start).
    ///
    /// Errors when another window uses the folder or it cannot be written.
    pub fn new(
        settings: Settings,
        sink: impl Fn(Event) + Send + Sync + 'static,
    ) -> Result<Self, FolderError> {
        let mut settings = settings;
        let locks = Arc::new(Locks::new(
            Arc::clone(&settings.keys),
            settings.pin_cost,
            Arc::clone(&settings.uptime),
        ));
        // Whoever asks for a key from here on has it only while its space is open.
        settings.keys = Arc::clone(&locks) as Arc<dyn Keys>;
        Ok(Self {
            spaces: Arc::new(Spaces::open(&settings.data, Arc::clone(&settings.keys))?),
            locks,
            runtime: OnceLock::new(),
            settings,
            sink: Arc::new(sink),
            state: Arc::default(),
            opening: tokio::sync::Mutex::default(),
            joining: JoiningNow::default(),
            started: OnceCell::new(),
        })
    }

    /// Opens the one space there is, takes up the invitation when there is none, and sends what waits in others.
    ///
    /// With several spaces none is shown until someone says who they are. Every call waits for this.
    pub async fn start(&self) {
        // The first call of them is as good as any.
        let _ = self.runtime.set(Handle::current());
        self.started.get_or_init(|| self.begin()).await;
    }

    async fn begin(&self) {
        let spaces = self.spaces.list();
        match (spaces.as_slice(), &self.settings.join) {
            ([], Some(invitation)) => {
                if let Err(error) = self.join(invitation.clone(), None, None).await {
                    tracing::warn!(code = ?error.code, "the invitation of the first start did not work");
                    self.state().trouble = Some(error.message);
                }
            }
            ([only], _) => {
                // Why it did not open is kept for the screen.
                let _ = self.choose(only.id).await;
            }
            _ => {}
        }
    }

    /// Sends what others than the one shown have left waiting on this device.
    pub async fn send_for_others(&self) {
        self.start().await;
        for space in self.spaces.list() {
            if self.state().sessions.contains_key(&space.id) {
                continue;
            }
            match self.opened(space.id).await {
                Ok(session) => {
                    // Under the lock, so that someone who chooses the space in this moment shows it afterwards.
                    let state = self.state();
                    if state.current != Some(space.id) {
                        session.hide();
                    }
                }
                // Its person has the PIN.
                Err(error) if error.code == Code::Locked => {}
                // Its person is told when they choose it.
                Err(_) => tracing::warn!("a space in the background was not opened"),
            }
        }
    }

    /// The space that is shown.
    pub(crate) fn current(&self) -> Option<Arc<Session>> {
        let state = self.state();
        state
            .current
            .and_then(|person| state.sessions.get(&person).cloned())
    }

    /// The space that is shown, or the reason why a command for it cannot be answered.
    pub(crate) fn session(&self) -> Result<Arc<Session>, ApiError> {
        self.current().ok_or_else(|| {
            ApiError::new(
                Code::SignInFirst,
                "Nobody is here yet. Choose who you are, start a school or join with a code.",
            )
        })
    }

    /// What was wrong at the start, in words for the person.
    pub(crate) fn trouble(&self) -> Option<String> {
        let state = self.state();
        let parting = || match state.current {
            Some(_) => None,
            None => self.spaces.parting(),
        };
        state.trouble.clone().or_else(parting)
    }

    /// Shows the space of `person`, opening it when it is not open yet.
    pub(crate) async fn choose(&self, person: PersonId) -> Result<Arc<Session>, ApiError> {
        let opened = self.opened(person).await;
        let mut state = self.state();
        match opened {
            Ok(session) => {
                let before = state.current.replace(person);
                let is_same = before == Some(person);
                if let Some(before) = before.filter(|_| !is_same) {
                    self.put_away(&mut state, before);
                }
                // Chosen again, the same person still reads what was wrong.
                state.trouble = session
                    .take_trouble()
                    .or_else(|| state.trouble.take().filter(|_| is_same));
                drop(state);
                session.show();
                self.spaces.put_last(person);
                Ok(session)
            }
            Err(error) if error.code == Code::Locked => Err(error),
            Err(error) => {
                state.trouble = Some(error.message.clone());
                Err(error)
            }
        }
    }

    /// Shows nobody's space.
    pub(crate) fn leave(&self) {
        let mut state = self.state();
        state.trouble = None;
        self.leave_in(&mut state);
    }

    pub(crate) fn leave_in(&self, state: &mut State) {
        state.away = None;
        if let Some(person) = state.current.take() {
            self.put_away(state, person);
        }
    }

    /// The open space of `person`.
    pub(crate) async fn opened(&self, person: PersonId) -> Result<Arc<Session>, ApiError> {
        let _turn = self.opening.lock().await;
        if let Some(session) = self.state().sessions.get(&person) {
            return Ok(Arc::clone(session));
        }
        if self.is_locked(person).await? {
            return Err(locks::locked());
        }
        let path = self.spaces.store_path(person);
        let (settings, sink) = (self.settings.clone(), Arc::clone(&self.sink));
        let session = blocking(move || {
            let opened = Session::open(&path, person, &settings, &sink);
            if let Err(error) = &opened {
                tracing::error!(%error, "a space was not opened");
            }
            Ok(opened.map_err(|error| (error.told(), matches!(error, Unopened::Lost(_)))))
        })
        .await?
        .map_err(|(told, is_lost)| {
            if is_lost {
                self.spaces.forget(person);
            }
            told
        })?;
        let session = Arc::new(session);
        self.state().sessions.insert(person, Arc::clone(&session));
        self.heed_shutting_out(person, &session);
        Ok(session)
    }

    /// Tells the window, whoever is shown.
    pub(crate) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Removes the space of `person` once its hub has shut it out.
    fn heed_shutting_out(&self, person: PersonId, session: &Arc<Session>) {
        let session = Arc::downgrade(session);
        let state = Arc::downgrade(&self.state);
        // Whoever only waits holds neither the folder nor the spaces open.
        let (spaces, sink) = (Arc::downgrade(&self.spaces), Arc::clone(&self.sink));
        let locks = Arc::clone(&self.locks);
        tokio::spawn(async move {
            let Some((parted, desk)) = parting::shut_out(&session).await else {
                return;
            };
            let (Some(state), Some(spaces)) = (state.upgrade(), spaces.upgrade()) else {
                return;
            };
            let known = spaces.get(person);
            let (name, school) = known
                .map(|space| (space.name, space.school))
                .unwrap_or_default();
            let sentence = parted.sentence(&name, &school);
            let marked = Arc::clone(&spaces);
            let begun = blocking(move || {
                marked.begin_removing(person, Some(sentence), &*locks);
                locks.forget_tries(person);
                Ok(())
            });
            if begun.await.is_err() {
                tracing::error!("a space that was shut out could not be marked");
            }
            {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                state.sessions.remove(&person);
                state.closing.remove(&person);
                if state.current == Some(person) {
                    state.current = None;
                    state.trouble = None;
                }
            }
            let removed = blocking(move || {
                parting::wait_for_calls(&desk);
                spaces.finish_removing(person);
                Ok(())
            });
            if removed.await.is_err() {
                tracing::error!("a space that was shut out is removed at the next start");
            }
            tracing::info!("a space was shut out by its hub and removed");
            sink(Event::Install);
        });
    }

    /// The app came to the front.
    pub fn front(&self) {
        self.end_away();
        if let Some(session) = self.current() {
            session.front();
        }
        // A space that was shut out must not stay because its person does not open it.
        let state = self.state();
        for (person, session) in &state.sessions {
            if Some(*person) != state.current {
                session.runner().nudge(Trigger::Network);
            }
        }
    }

    /// The app went to the back.
    pub fn back(&self) {
        let Some(session) = self.current() else {
            return;
        };
        // What is behind a PIN is not told where everyone can read it.
        match self
            .locks
            .after_minutes(&session.actor().person.to_string())
        {
            Some(_) => session.back_quietly(),
            None => session.back(),
        }
        drop(session);
        self.begin_away(0);
    }

    /// Closes every store, once what is being written in it is written. Nothing depends on it, since everything is
    /// durable already; but a store that was closed well need not be checked at the next start.
    pub async fn close(&self) {
        let State {
            mut sessions,
            closing,
            ..
        } = std::mem::take(&mut *self.state());
        sessions.extend(closing);
        for session in sessions.values() {
            session.doors().close(None).await;
        }
        // A store's log goes when the last connection to it is closed, and that may be in the background's hands.
        let logs: Vec<_> = sessions
            .keys()
            .flat_map(|person| {
                let store = self.spaces.store_path(*person);
                let hub = InnerHub::file(&InnerHub::folder(&store));
                [mend::beside(&store, "-wal"), mend::beside(&hub, "-wal")]
            })
            .collect();
        drop(sessions);
        let latest = Instant::now() + CLOSE_WITHIN;
        while logs.iter().any(|log| log.exists()) && Instant::now() < latest {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
