//! Spaces with a PIN, in the app: opening one, locking it by hand or after a while in the back, and a forgotten PIN.
//!
//! **Locked means that the key is gone.** A space that is locked is out of sight in the same moment, and says nothing
//! more by itself; what waits in it may still go out for [`SENDS_WITHIN`], since its store is open until then, and then
//! the store is closed and the key with it. From there on nothing of it is sent until its person is back.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use alongside_api::ApiError;
use alongside_api::install::{Install, PinPut, PinRemove, SpaceLock, SpaceUnlock};
use alongside_domain::PersonId;

use crate::app::{App, Event, State};
use crate::locks::Door;
use crate::parting;
use crate::session::{Session, blocking};

/// How long what waits in a space that was locked may take to go out before its key is dropped.
const SENDS_WITHIN: Duration = Duration::from_secs(20);
/// The shortest while in the back that locks a space on a desktop, where a window is left for each dialogue.
const DESKTOP_MINUTES: u32 = 1;

/// Since when the app is in the back: on the clock that nobody sets, and on the wall, which goes on while a tablet sleeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Away {
    since: Duration,
    wall_ms: u64,
    minutes: u32,
}

impl Away {
    /// Whether it was long enough. A wall clock that was set back counts as long enough.
    fn is_over(&self, now: Duration, wall_ms: u64) -> bool {
        let patience = Duration::from_secs(u64::from(self.minutes) * 60);
        let by_wall = wall_ms.checked_sub(self.wall_ms).map(Duration::from_millis);
        now.saturating_sub(self.since) >= patience || by_wall.is_none_or(|wall| wall >= patience)
    }
}

impl App {
    /// The lock of the space of `person`.
    pub(crate) fn door(&self, person: PersonId) -> Door {
        let store = self.spaces.store_path(person);
        Door {
            person,
            name: person.to_string(),
            folder: store.parent().map(ToOwned::to_owned).unwrap_or_default(),
        }
    }

    /// Whether the space of `person` opens only with its PIN.
    pub(crate) async fn is_locked(&self, person: PersonId) -> Result<bool, ApiError> {
        let (locks, door) = (Arc::clone(&self.locks), self.door(person));
        blocking(move || locks.is_locked(&door)).await
    }

    /// The locks of the spaces that have a PIN. One whose key cannot be asked for now is left out.
    pub(crate) async fn space_locks(&self) -> Result<Vec<SpaceLock>, ApiError> {
        let locks = Arc::clone(&self.locks);
        let spaces = self.spaces.list().into_iter();
        let doors: Vec<Door> = spaces.map(|space| self.door(space.id)).collect();
        blocking(move || {
            let lock = |door: &Door| {
                let lock = locks.lock(door).ok().flatten()?;
                Some(SpaceLock {
                    space: door.person,
                    is_locked: lock.is_locked,
                    wait_seconds: lock.wait.as_millis().div_ceil(1000).try_into().unwrap_or(0),
                    after_minutes: lock.after_minutes,
                })
            };
            Ok(doors.iter().filter_map(lock).collect())
        })
        .await
    }

    /// Opens someone's space with their PIN, and shows it. Needs no network.
    pub async fn space_unlock(&self, request: SpaceUnlock) -> Result<Install, ApiError> {
        let person = request.space;
        if self.spaces.get(person).is_none() {
            return Err(ApiError::not_found("person"));
        }
        let (locks, door) = (Arc::clone(&self.locks), self.door(person));
        let pin = request.pin;
        blocking(move || locks.unlock(&door, &pin.0)).await?;
        {
            // Locked a moment ago and not closed yet: one store is never opened twice.
            let mut state = self.state();
            if let Some(session) = state.closing.remove(&person) {
                state.sessions.entry(person).or_insert(session);
            }
        }
        if let Err(error) = self.choose(person).await {
            self.locks.close(&self.door(person).name);
            return Err(error);
        }
        self.install_get().await
    }

    /// Locks the space that is shown; one without a PIN is left.
    pub async fn space_lock(&self) -> Result<Install, ApiError> {
        self.leave();
        self.install_get().await
    }

    /// Puts a PIN on the space that is shown, or changes it.
    pub async fn pin_put(&self, request: PinPut) -> Result<Install, ApiError> {
        let person = self.session()?.actor().person;
        let (locks, door) = (Arc::clone(&self.locks), self.door(person));
        blocking(move || {
            let old = request.old.as_ref().map(|old| old.0.as_str());
            locks.put(&door, old, &request.new.0, request.after_minutes)
        })
        .await?;
        self.settings.notifier.foretell(&[]);
        self.install_get().await
    }

    /// Takes the PIN off the space that is shown.
    pub async fn pin_remove(&self, request: PinRemove) -> Result<Install, ApiError> {
        let person = self.session()?.actor().person;
        let (locks, door) = (Arc::clone(&self.locks), self.door(person));
        blocking(move || locks.remove(&door, &request.pin.0)).await?;
        self.install_get().await
    }

    /// Removes a locked space in whose place its person joins again, having forgotten the PIN. What waited is lost.
    pub(crate) async fn remove_locked(&self, person: PersonId) -> Result<(), ApiError> {
        let session = {
            let mut state = self.state();
            state
                .sessions
                .remove(&person)
                .or(state.closing.remove(&person))
        };
        let desk = session.as_ref().map(|session| {
            session.runner().stop();
            Arc::downgrade(session.desk())
        });
        drop(session);
        let (locks, spaces) = (Arc::clone(&self.locks), Arc::clone(&self.spaces));
        blocking(move || {
            spaces.begin_removing(person, None, &*locks);
            if let Some(desk) = desk {
                parting::wait_for_calls(&desk);
            }
            spaces.finish_removing(person);
            locks.forget_tries(person);
            Ok(())
        })
        .await
    }

    /// Puts a space out of sight; one with a PIN is locked.
    pub(crate) fn put_away(&self, state: &mut State, person: PersonId) {
        let Some(session) = state.sessions.get(&person) else {
            return;
        };
        session.hide();
        let name = self.door(person).name;
        if self.locks.after_minutes(&name).is_none() {
            return;
        }
        self.locks.close(&name);
        self.settings.notifier.foretell(&[]);
        state.away = None;
        if let Some(session) = state.sessions.remove(&person) {
            state.closing.insert(person, Arc::clone(&session));
            self.close_soon(person, session);
        }
    }

    /// Lets what waits go out, and then closes the store of a space that was locked.
    fn close_soon(&self, person: PersonId, session: Arc<Session>) {
        // Nothing is open before there is a runtime.
        let Some(runtime) = self.runtime.get() else {
            return;
        };
        let state = Arc::downgrade(&self.state);
        runtime.spawn(async move {
            let waits = session
                .at_desk(|desk| Ok(desk.store().read()?.outbox_count()? > 0))
                .await;
            if waits.unwrap_or(false) {
                // Whether it went out or not, it is kept, and the key goes.
                let _ = tokio::time::timeout(SENDS_WITHIN, session.sync()).await;
            }
            if let Some(state) = state.upgrade() {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                let is_own = |known: &Arc<Session>| Arc::ptr_eq(known, &session);
                if state.closing.get(&person).is_some_and(is_own) {
                    state.closing.remove(&person);
                }
            }
        });
    }

    /// The app went out of sight and goes on running, as on a desktop. Returns when to ask
    /// [`lock_if_due`](Self::lock_if_due).
    pub fn away(&self) -> Option<Duration> {
        self.begin_away(DESKTOP_MINUTES)
    }

    /// Locks the space that is shown when the app has been in the back for too long.
    pub fn lock_if_due(&self) {
        let is_locked = {
            let mut state = self.state();
            let (now, wall_ms) = (self.settings.uptime.now(), self.settings.wall.now_ms());
            let is_due = state.away.is_some_and(|away| away.is_over(now, wall_ms));
            if is_due {
                self.leave_in(&mut state);
            }
            is_due
        };
        if is_locked {
            (self.sink)(Event::Install);
        }
    }

    /// Notes that the app is in the back, where the space that is shown has a PIN.
    pub(crate) fn begin_away(&self, at_least: u32) -> Option<Duration> {
        let minutes = {
            let mut state = self.state();
            let person = state.current?;
            let minutes = self.locks.after_minutes(&self.door(person).name)?;
            let minutes = minutes.max(at_least);
            state.away = Some(Away {
                since: self.settings.uptime.now(),
                wall_ms: self.settings.wall.now_ms(),
                minutes,
            });
            minutes
        };
        self.lock_if_due();
        (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// The app is looked at again: a space that was left for too long is locked before anything of it is shown.
    pub(crate) fn end_away(&self) {
        self.lock_if_due();
        self.state().away = None;
    }
}
