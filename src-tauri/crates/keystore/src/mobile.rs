//! The way from Rust to Kotlin and to Swift.
#![allow(unsafe_code)]

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tauri::plugin::mobile::PluginInvokeError;
use tauri::plugin::{Builder, PluginHandle, TauriPlugin};
use tauri::{Manager as _, Runtime};

#[cfg(target_os = "ios")]
tauri::ios_plugin_binding!(init_plugin_keystore);

/// The key store of this tablet or phone. One is kept by the app that took [`init`] into use.
pub struct KeyStore<R: Runtime>(PluginHandle<R>);

/// Why a secret was not read or kept. It says nothing of what was to be kept.
#[derive(Debug)]
pub struct KeyStoreError(());

impl std::fmt::Display for KeyStoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the key store of the device did not do it")
    }
}

impl std::error::Error for KeyStoreError {}

impl From<PluginInvokeError> for KeyStoreError {
    fn from(_: PluginInvokeError) -> Self {
        // What a platform says of it may hold the arguments.
        Self(())
    }
}

/// What the native halves are asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    name: &'a str,
    /// Base64, where there is something to keep.
    secret: Option<String>,
}

/// What is asked about a folder.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Folder<'a> {
    path: &'a Path,
}

/// What they answer.
#[derive(Deserialize)]
struct Answered {
    /// Base64; none when there is nothing under the name.
    secret: Option<String>,
}

impl<R: Runtime> KeyStore<R> {
    /// What is kept under `name`; none when there is nothing. Not for the main thread, and neither are the others.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        let answered: Answered = self.ask("get", name, None)?;
        answered
            .secret
            .map(|text| STANDARD.decode(text).map_err(|_| KeyStoreError(())))
            .transpose()
    }

    /// Keeps a secret, in place of the one before.
    pub fn put(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        self.ask::<Answered>("put", name, Some(STANDARD.encode(secret)))
            .map(drop)
    }

    /// Lets go of a secret.
    pub fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.ask::<Answered>("delete", name, None).map(drop)
    }

    /// Tells the system's backups to leave a folder out, where that is said of folders (iOS).
    pub fn leave_out_of_backups(&self, path: &Path) -> Result<(), KeyStoreError> {
        let asked = Folder { path };
        let _: serde::de::IgnoredAny = self.0.run_mobile_plugin("leaveOut", asked)?;
        Ok(())
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        name: &str,
        secret: Option<String>,
    ) -> Result<T, KeyStoreError> {
        Ok(self.0.run_mobile_plugin(what, Asked { name, secret })?)
    }
}

/// Takes the native half into use.
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("keystore")
        .setup(|app, api| {
            #[cfg(target_os = "android")]
            let handle =
                api.register_android_plugin("school.alongside.keystore", "KeyStorePlugin")?;
            #[cfg(target_os = "ios")]
            let handle = api.register_ios_plugin(init_plugin_keystore)?;
            app.manage(KeyStore(handle));
            Ok(())
        })
        .build()
}
