//! The way from Rust to Kotlin and to Swift.
#![allow(unsafe_code)]

use std::path::Path;

use serde::Serialize;
use tauri::plugin::mobile::PluginInvokeError;
use tauri::plugin::{Builder, PluginHandle, TauriPlugin};
use tauri::{Manager as _, Runtime};

#[cfg(target_os = "ios")]
tauri::ios_plugin_binding!(init_plugin_handover);

/// Hands files over. One is kept by the app that took [`init`] into use.
pub struct HandOver<R: Runtime>(PluginHandle<R>);

/// What the native halves are asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    path: &'a Path,
    media_type: &'a str,
    title: &'a str,
}

impl<R: Runtime> HandOver<R> {
    /// Opens the share sheet over a file and returns once it stands open; what the person chooses there is theirs, and
    /// no platform says it reliably. Not for the main thread.
    ///
    /// Errors when the file is not where it may be read from, or there is no screen to show the sheet on.
    pub fn file(
        &self,
        path: &Path,
        media_type: &str,
        title: &str,
    ) -> Result<(), PluginInvokeError> {
        let asked = Asked {
            path,
            media_type,
            title,
        };
        // Both halves resolve with nothing.
        self.0
            .run_mobile_plugin::<serde::de::IgnoredAny>("file", asked)
            .map(|_| ())
    }
}

/// Takes the native half into use.
pub fn init<R: Runtime>() -> TauriPlugin<R> {
    Builder::new("handover")
        .setup(|app, api| {
            #[cfg(target_os = "android")]
            let handle =
                api.register_android_plugin("school.alongside.handover", "HandOverPlugin")?;
            #[cfg(target_os = "ios")]
            let handle = api.register_ios_plugin(init_plugin_handover)?;
            app.manage(HandOver(handle));
            Ok(())
        })
        .build()
}
