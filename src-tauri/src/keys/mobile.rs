//! The key store of a tablet or a phone (`crates/keystore`).

use alongside_api::install::KeyStore as Kind;
use alongside_keystore::{KeyStore, KeyStoreError};
use tauri::{AppHandle, Manager as _, Wry};

use super::{KeyError, Keys, Result, Secret};

/// The key store of the device the app runs on.
pub struct MobileKeys(pub AppHandle);

impl MobileKeys {
    fn ask<T>(
        &self,
        question: impl FnOnce(&KeyStore<Wry>) -> std::result::Result<T, KeyStoreError>,
    ) -> Result<T> {
        let store = self.0.try_state().ok_or(KeyError::Unavailable)?;
        question(&store).map_err(|error| {
            tracing::warn!(%error, "a key was not had");
            KeyError::Unavailable
        })
    }
}

impl Keys for MobileKeys {
    fn get(&self, name: &str) -> Result<Option<Secret>> {
        let kept = self.ask(|store| store.get(name))?;
        Ok(kept.map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<()> {
        self.ask(|store| store.put(name, secret.bytes()))
    }

    fn delete(&self, name: &str) -> Result<()> {
        self.ask(|store| store.delete(name))
    }

    fn kind(&self) -> Kind {
        Kind::Platform
    }
}
