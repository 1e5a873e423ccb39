//! Where the keys of this device's stores are kept.
//!
//! A key is kept in the key store of the system, which opens with the person's own sign-in: the login keychain, the
//! credentials of Windows, the secret service, the key stores of Android and iOS. Where there is none, it is a file that
//! only its owner can read, and the app says so. Which of the two it was is decided when a key is first kept and stays:
//! a key store that does not answer today is waited for and never taken for a lost key.
//!
//! What is kept under a name is not always a key as it is: with a PIN it is the wrapped key (`pin`).

mod device;
mod files;
#[cfg(mobile)]
mod mobile;
#[cfg(desktop)]
mod platform;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use alongside_api::install::KeyStore;
use alongside_store::StoreKey;
use rand::RngCore as _;
use zeroize::{Zeroize as _, Zeroizing};

pub use device::DeviceKeys;
pub use files::KeyFiles;
#[cfg(mobile)]
pub use mobile::MobileKeys;
#[cfg(desktop)]
pub use platform::PlatformKeys;

/// Bytes that nobody is shown. They are overwritten when they are dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// 256 new random bits.
    pub fn random() -> Self {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// These bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key of a store, if it is one as it is.
    pub fn store_key(&self) -> Option<StoreKey> {
        let mut bytes: [u8; 32] = self.0.as_slice().try_into().ok()?;
        let key = StoreKey::Raw(bytes);
        bytes.zeroize();
        Some(key)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Why a key was not read or kept. The message is for the person.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key store of the system does not answer, or is locked.
    #[error(
        "The key store of this device does not answer, so what is stored here cannot be opened. Unlock it or sign in to this device again, then try again; nothing was changed."
    )]
    Unavailable,
    /// A key file could not be read or written.
    #[error(
        "The key of what is stored here could not be read or kept. Free some space or restart this device, then try again; nothing was changed."
    )]
    File(#[source] std::io::Error),
    /// What is kept is wrapped: it takes the PIN.
    #[error("This space is locked. It opens with its PIN.")]
    Wrapped,
}

/// What every call here can end with.
pub type Result<T> = std::result::Result<T, KeyError>;

/// A place for secrets, each under a name. Calls may take a while: not for the threads that serve the window.
pub trait Keys: Send + Sync {
    /// What is kept under `name`; none only when it is certain that there is nothing.
    fn get(&self, name: &str) -> Result<Option<Secret>>;

    /// Keeps a secret, which is durable when this returns.
    fn put(&self, name: &str, secret: &Secret) -> Result<()>;

    /// Lets go of a secret. Nothing happens when there is none.
    fn delete(&self, name: &str) -> Result<()>;

    /// What kind of place it is, for the screen.
    fn kind(&self) -> KeyStore;

    /// What the person should know about how the keys are kept, once.
    fn notice(&self) -> Option<String> {
        None
    }
}

/// The key under `name`; when there is none, a new one is made and kept first, and read back before it is used.
pub fn key_or_new(keys: &dyn Keys, name: &str) -> Result<StoreKey> {
    if let Some(secret) = keys.get(name)? {
        return secret.store_key().ok_or(KeyError::Wrapped);
    }
    keys.put(name, &Secret::random())?;
    let kept = keys.get(name)?.ok_or(KeyError::Unavailable)?;
    kept.store_key().ok_or(KeyError::Unavailable)
}

/// Keeps secrets as long as the program runs: for tests.
#[derive(Default)]
pub struct MemoryKeys(Mutex<HashMap<String, Secret>>);

impl MemoryKeys {
    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<String, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys for MemoryKeys {
    fn get(&self, name: &str) -> Result<Option<Secret>> {
        Ok(self.kept().get(name).cloned())
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<()> {
        self.kept().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.kept().remove(name);
        Ok(())
    }

    fn kind(&self) -> KeyStore {
        KeyStore::Platform
    }
}
