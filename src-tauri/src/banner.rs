//! What the device tells by itself, as notifications of the platform. Where a platform has none (a Linux without such a
//! service), or a person allows none, nothing happens: the badges on the screen say the same. No sentence is made here.

#[cfg(mobile)]
use chrono::{DateTime, FixedOffset};
use tauri::AppHandle;

use crate::reminding::Notifier;

/// Shows sentences as the platform shows notifications.
pub(crate) struct Banners(pub(crate) AppHandle);

/// What stands above each.
const TITLE: &str = "Alongside";

impl Notifier for Banners {
    fn show(&self, sentence: &str) {
        use tauri_plugin_notification::NotificationExt as _;
        let banners = self.0.notification();
        if !self.is_allowed() {
            return;
        }
        let banner = banners.builder().title(TITLE).body(sentence);
        if let Err(error) = banner.show() {
            tracing::info!(%error, "this device shows nothing by itself");
        }
    }

    #[cfg(mobile)]
    fn foretell(&self, ahead: &[(DateTime<FixedOffset>, String)]) {
        use tauri_plugin_notification::{NotificationExt as _, Schedule};
        let banners = self.0.notification();
        if let Err(error) = banners.cancel_all() {
            tracing::info!(%error, "what was to be shown later was not taken back");
        }
        // Asking belongs to a moment in which the person looks.
        if !matches!(
            banners.permission_state(),
            Ok(tauri::plugin::PermissionState::Granted)
        ) {
            return;
        }
        for (number, (at, sentence)) in (1..).zip(ahead) {
            let Ok(date) = time::OffsetDateTime::from_unix_timestamp(at.timestamp()) else {
                continue;
            };
            let banner = banners
                .builder()
                .id(number)
                .title(TITLE)
                .body(sentence)
                .schedule(Schedule::At {
                    date,
                    repeating: false,
                    allow_while_idle: true,
                });
            if let Err(error) = banner.show() {
                tracing::info!(%error, "this device shows nothing by itself later");
            }
        }
    }
}

impl Banners {
    /// Whether anything may be shown; asks for it once, where the platform wants to be asked.
    fn is_allowed(&self) -> bool {
        use tauri::plugin::PermissionState::{Denied, Granted};
        use tauri_plugin_notification::NotificationExt as _;
        let banners = self.0.notification();
        let state = match banners.permission_state() {
            Ok(state @ (Granted | Denied)) => Ok(state),
            Ok(_) => banners.request_permission(),
            Err(error) => Err(error),
        };
        matches!(state, Ok(Granted))
    }
}
