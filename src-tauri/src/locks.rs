//! PINs before spaces: which space has one, opening and locking it, and changing it.
//!
//! What is kept of the key of a space with a PIN is its wrapping (`pin.rs`), in the one place where the key would lie: so
//! putting a PIN on, changing it and taking it off is one replacement, and a power cut leaves the one or the other, whole
//! (`a_power_cut_while_a_pin_is_put_on_loses_nothing`). The key itself is in memory from the right PIN until the space is
//! locked; [`Locks`] stands before the keys of the device and gives it out meanwhile, and to nobody after.
//!
//! A wrong PIN says nothing of what is in the space. It is counted before it is tried (`tries.rs`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alongside_api::install::KeyStore;
use alongside_api::{ApiError, Code};
use alongside_domain::PersonId;
use zeroize::Zeroizing;

use crate::keys::{KeyError, Keys, Result as Kept, Secret};
use crate::pin::{self, Closed, Cost, Key, Wrapped};
use crate::tries::{Tries, Uptime};

/// The file of the tries, in the folder of a space.
const TRIES: &str = "tries.json";
/// After how many minutes in the back a space may lock itself.
const MINUTES: [u32; 4] = [0, 1, 5, 15];

/// A space, as far as its lock is concerned.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) person: PersonId,
    /// The name of its key.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) folder: PathBuf,
}

/// How the lock of a space stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Whether the PIN is asked for.
    pub(crate) is_locked: bool,
    /// How long until it may be tried.
    pub(crate) wait: Duration,
    /// After how many minutes in the back it locks itself.
    pub(crate) after_minutes: u32,
}

/// The keys of this device, those behind a PIN only while they are open.
pub(crate) struct Locks {
    keys: Arc<dyn Keys>,
    cost: Cost,
    uptime: Arc<dyn Uptime>,
    open: Mutex<HashMap<String, Secret>>,
    /// The wrappings as they were last read. Asking the key store of a system again and again takes too long.
    wrapped: Mutex<HashMap<String, Option<Wrapped>>>,
    tries: Mutex<HashMap<PersonId, Tries>>,
    /// One PIN is tried at a time, so that none is tried uncounted.
    turn: Mutex<()>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Locks {
    pub(crate) fn new(keys: Arc<dyn Keys>, cost: Cost, uptime: Arc<dyn Uptime>) -> Self {
        Self {
            keys,
            cost,
            uptime,
            open: Mutex::default(),
            wrapped: Mutex::default(),
            tries: Mutex::default(),
            turn: Mutex::default(),
        }
    }

    /// How the lock of a space stands; none where it has none. May ask the key store of the system.
    pub(crate) fn lock(&self, door: &Door) -> Result<Option<Lock>, ApiError> {
        let Some(wrapped) = self.wrapping(&door.name)? else {
            return Ok(None);
        };
        Ok(Some(Lock {
            is_locked: !held(&self.open).contains_key(&door.name),
            wait: self.wait(door),
            after_minutes: wrapped.after_minutes,
        }))
    }

    /// Whether the key of a space is not to be had without its PIN.
    pub(crate) fn is_locked(&self, door: &Door) -> Result<bool, ApiError> {
        Ok(self.lock(door)?.is_some_and(|lock| lock.is_locked))
    }

    /// What was last known, without asking: after how many minutes in the back a space with a PIN locks itself.
    pub(crate) fn after_minutes(&self, name: &str) -> Option<u32> {
        let wrapped = held(&self.wrapped);
        wrapped.get(name)?.as_ref().map(|one| one.after_minutes)
    }

    /// Opens a space with its PIN.
    pub(crate) fn unlock(&self, door: &Door, pin: &str) -> Result<(), ApiError> {
        let _turn = held(&self.turn);
        let key = self.tried(door, pin)?;
        held(&self.open).insert(door.name.clone(), Secret::new(key.to_vec()));
        Ok(())
    }

    /// Locks a space: its key is dropped here. What still has it open lets go of it on its own.
    pub(crate) fn close(&self, name: &str) {
        held(&self.open).remove(name);
    }

    /// Puts a PIN on an open space, or changes it; `old` is the one it has.
    pub(crate) fn put(
        &self,
        door: &Door,
        old: Option<&str>,
        new: &str,
        after_minutes: u32,
    ) -> Result<(), ApiError> {
        if let Some(why) = pin::weakness(new) {
            return Err(ApiError::new(Code::Refused, why));
        }
        if !MINUTES.contains(&after_minutes) {
            return Err(ApiError::new(
                Code::BadRequest,
                "A space locks itself at once, or after 1, 5 or 15 minutes.",
            ));
        }
        let _turn = held(&self.turn);
        let key = self.present_key(door, old)?;
        let wrapped =
            pin::wrap(&key, new, door.person, after_minutes, self.cost).map_err(not_wrapped)?;
        let text = wrapped.text().map_err(|error| {
            tracing::error!(%error, "a wrapped key could not be written as JSON");
            not_kept()
        })?;
        // From before the wrapping is kept, so that a cut in between leaves no space without a count.
        Tries::clear(&door.folder.join(TRIES)).map_err(|error| {
            tracing::error!(%error, "the count of tries was not begun");
            not_kept()
        })?;
        held(&self.tries).remove(&door.person);
        self.replace(door, &Secret::new(text.into_bytes()), &key)?;
        held(&self.wrapped).insert(door.name.clone(), Some(wrapped));
        held(&self.open).insert(door.name.clone(), Secret::new(key.to_vec()));
        Ok(())
    }

    /// Takes the PIN off a space.
    pub(crate) fn remove(&self, door: &Door, pin: &str) -> Result<(), ApiError> {
        let _turn = held(&self.turn);
        if self.wrapping(&door.name)?.is_none() {
            return Err(no_pin());
        }
        let key = self.tried(door, pin)?;
        self.replace(door, &Secret::new(key.to_vec()), &key)?;
        held(&self.wrapped).insert(door.name.clone(), None);
        held(&self.open).remove(&door.name);
        held(&self.tries).remove(&door.person);
        // Nothing asks for it any more.
        let _ = std::fs::remove_file(door.folder.join(TRIES));
        Ok(())
    }

    /// Lets go of everything that is known of a space that is removed.
    fn forget(&self, name: &str) {
        held(&self.open).remove(name);
        held(&self.wrapped).remove(name);
    }

    /// Lets go of the count of a space whose folder goes.
    pub(crate) fn forget_tries(&self, person: PersonId) {
        held(&self.tries).remove(&person);
    }

    /// The key of an open space, for which `old` has to be right where there is a PIN.
    fn present_key(&self, door: &Door, old: Option<&str>) -> Result<Key, ApiError> {
        if self.wrapping(&door.name)?.is_some() {
            return match old {
                Some(old) => self.tried(door, old),
                None => Err(ApiError::new(
                    Code::PinWrong,
                    "This space has a PIN. Type the present one, then the new one.",
                )),
            };
        }
        let kept = self.keys.get(&door.name).map_err(unread)?;
        let bytes = kept
            .as_ref()
            .and_then(|secret| <[u8; 32]>::try_from(secret.bytes()).ok());
        bytes.map(Zeroizing::new).ok_or_else(|| {
            ApiError::new(
                Code::Internal,
                "This space has no key that a PIN could lock. Restart the app, then try again.",
            )
        })
    }

    /// Counts a try and makes it. A caller holds the turn.
    fn tried(&self, door: &Door, pin: &str) -> Result<Key, ApiError> {
        let wrapped = self.wrapping(&door.name)?.ok_or_else(no_pin)?;
        let wait = self.wait(door);
        if !wait.is_zero() {
            return Err(ApiError::new(
                Code::TooMany,
                format!(
                    "Too many wrong PINs. Wait {} before the next try.",
                    lasting(wait)
                ),
            ));
        }
        self.with_tries(door, |tries, now| tries.count(now))
            .map_err(|error| {
                tracing::error!(%error, "a try was not counted, and so not made");
                ApiError::new(
                    Code::NotSaved,
                    "This device has no space left, so the PIN could not be tried. Free some space, then try again.",
                )
            })?;
        match wrapped.unwrap(pin, door.person) {
            Ok(key) => {
                if let Err(error) = self.with_tries(door, |tries, _| tries.was_right()) {
                    tracing::warn!(%error, "the count of tries was not begun anew");
                }
                Ok(key)
            }
            Err(Closed::WrongPin) => {
                let wait = self.wait(door);
                let then = if wait.is_zero() {
                    "Try again.".to_owned()
                } else {
                    format!("Wait {} before the next try.", lasting(wait))
                };
                Err(ApiError::new(
                    Code::PinWrong,
                    format!("This is not the PIN of this space. {then}"),
                ))
            }
            Err(closed) => Err(not_wrapped(closed)),
        }
    }

    fn wait(&self, door: &Door) -> Duration {
        self.with_tries(door, |tries, now| tries.wait(now))
    }

    fn with_tries<T>(&self, door: &Door, then: impl FnOnce(&mut Tries, Duration) -> T) -> T {
        let now = self.uptime.now();
        let mut all = held(&self.tries);
        let tries = all
            .entry(door.person)
            .or_insert_with(|| Tries::open(&tries_path(&door.folder), now));
        then(tries, now)
    }

    fn wrapping(&self, name: &str) -> Result<Option<Wrapped>, ApiError> {
        if let Some(known) = held(&self.wrapped).get(name) {
            return Ok(known.clone());
        }
        let kept = self.keys.get(name).map_err(unread)?;
        let wrapped = kept.and_then(|secret| Wrapped::read(secret.bytes()));
        held(&self.wrapped).insert(name.to_owned(), wrapped.clone());
        Ok(wrapped)
    }

    /// Puts `secret` where the key of a space lies, and reads it back; where that is not what was put there, the key goes
    /// back as it is.
    fn replace(&self, door: &Door, secret: &Secret, key: &Key) -> Result<(), ApiError> {
        let is_kept = self
            .keys
            .put(&door.name, secret)
            .and_then(|()| self.keys.get(&door.name));
        if matches!(&is_kept, Ok(Some(kept)) if kept == secret) {
            return Ok(());
        }
        tracing::error!("what stands in the place of a key is not what was put there");
        // Whatever is there now is read again.
        held(&self.wrapped).remove(&door.name);
        let is_known = matches!(&is_kept, Ok(Some(kept)) if kept.bytes() == key.as_slice() || Wrapped::read(kept.bytes()).is_some());
        if !is_known
            && self
                .keys
                .put(&door.name, &Secret::new(key.to_vec()))
                .is_err()
        {
            tracing::error!("and the key was not put back");
        }
        Err(not_kept())
    }
}

impl Keys for Locks {
    fn get(&self, name: &str) -> Kept<Option<Secret>> {
        if let Some(open) = held(&self.open).get(name) {
            return Ok(Some(open.clone()));
        }
        self.keys.get(name)
    }

    /// Errors for a name behind which there is a PIN: nothing but the PIN's own ways replaces a wrapping.
    fn put(&self, name: &str, secret: &Secret) -> Kept<()> {
        let before = self.keys.get(name)?;
        if before.is_some_and(|kept| Wrapped::read(kept.bytes()).is_some()) {
            return Err(KeyError::Wrapped);
        }
        held(&self.wrapped).remove(name);
        self.keys.put(name, secret)
    }

    fn delete(&self, name: &str) -> Kept<()> {
        self.forget(name);
        self.keys.delete(name)
    }

    fn kind(&self) -> KeyStore {
        self.keys.kind()
    }

    fn notice(&self) -> Option<String> {
        self.keys.notice()
    }
}

fn tries_path(folder: &Path) -> PathBuf {
    folder.join(TRIES)
}

/// A wait as people say it.
fn lasting(wait: Duration) -> String {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match seconds {
        1 => "1 second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn unread(error: KeyError) -> ApiError {
    tracing::error!(%error, "a key was not read");
    ApiError::new(Code::Internal, error.to_string())
}

fn no_pin() -> ApiError {
    ApiError::new(Code::Refused, "This space has no PIN.")
}

fn not_kept() -> ApiError {
    ApiError::new(
        Code::NotSaved,
        "The PIN could not be kept on this device, so everything is as it was. Free some space, then try again.",
    )
}

fn not_wrapped(_: Closed) -> ApiError {
    ApiError::new(
        Code::Internal,
        "This device had no memory left for the PIN, so everything is as it was. Close other apps, then try again.",
    )
}

/// What a space says that is asked for without its PIN.
pub(crate) fn locked() -> ApiError {
    ApiError::new(
        Code::Locked,
        "This space is locked. Open it with its PIN; everything in it is kept.",
    )
}
