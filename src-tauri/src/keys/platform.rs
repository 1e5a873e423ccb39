//! The key store of a desktop: the keychain of macOS, the credentials of Windows, the secret service elsewhere.

use alongside_api::install::KeyStore;
use keyring::{Entry, Error};

use super::{KeyError, Keys, Result, Secret};

/// What entries are filed under.
const SERVICE: &str = "school.alongside.app";

/// The one key store of the person who is signed in to this machine. Calls may wait for them to unlock it.
#[derive(Debug, Default)]
pub struct PlatformKeys;

fn entry(name: &str) -> Result<Entry> {
    Entry::new(SERVICE, name).map_err(|error| unavailable(&error))
}

/// What a key store says may quote what it was asked to keep, so only the kind of it is logged.
fn unavailable(error: &Error) -> KeyError {
    let kind = match error {
        Error::PlatformFailure(_) => "failed",
        Error::NoStorageAccess(_) => "not let in",
        Error::NoDefaultStore => "none",
        _ => "other",
    };
    tracing::warn!(kind, "the key store of the system does not answer");
    KeyError::Unavailable
}

impl Keys for PlatformKeys {
    fn get(&self, name: &str) -> Result<Option<Secret>> {
        match entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<()> {
        entry(name)?
            .set_secret(secret.bytes())
            .map_err(|error| unavailable(&error))
    }

    fn delete(&self, name: &str) -> Result<()> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn kind(&self) -> KeyStore {
        KeyStore::Platform
    }
}
