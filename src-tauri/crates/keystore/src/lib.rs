//! Keeps small secrets in the key store of a tablet or a phone.
//!
//! The Rust half is here, the native halves are in `android/` and `ios/`. There is no command for the page, and nothing
//! for desktops, whose key stores have a crate of their own.
//!
//! - **Android**: a key that never leaves the key store (in a chip of its own, StrongBox, where there is one) encrypts
//!   each secret with AES-GCM; what comes of it is kept in the app's own preferences, which no backup carries.
//! - **iOS**: an item in the keychain of this device alone (`AfterFirstUnlockThisDeviceOnly`: a sync in the background
//!   may read it, another device or a backup may not). The native half also marks the folder of the stores as one that
//!   backups leave out.

#[cfg(mobile)]
mod mobile;

#[cfg(mobile)]
pub use mobile::{KeyStore, KeyStoreError, init};
