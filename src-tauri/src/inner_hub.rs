//! The school's hub in the app of one of its leaders: a school that has no server of its own is not without a hub.
//!
//! Its store lies in a folder of its own beside the space's, and is run by the same library as a server's. The leader's
//! own store is its first client, spoken to in the same process ([`Inside`]). It is there at every start and does by
//! itself what every hub does; whether anyone else reaches it is the door's business (`corridor`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alongside_api::{ApiError, Code};
use alongside_hub::{Config, Hub, HubError, Identity, Inside, STORE_FILE, tend};
use alongside_store::StoreKey;
use alongside_sync::Wall;
use tokio::task::JoinHandle;

use crate::mend;

/// The hub's folder, beside the store of the space.
const FOLDER: &str = "hub";

/// A hub that runs in this app. What it does by itself ends with it.
pub(crate) struct InnerHub {
    hub: Arc<Hub>,
    folder: PathBuf,
    tending: JoinHandle<()>,
}

impl InnerHub {
    /// Where the hub of the space is, whose store is at `store`.
    pub(crate) fn folder(store: &Path) -> PathBuf {
        store.with_file_name(FOLDER)
    }

    /// The file of a hub's store.
    pub(crate) fn file(folder: &Path) -> PathBuf {
        folder.join(STORE_FILE)
    }

    /// Opens the hub in `folder` under the space's `key`; it is made when it is not there. Must be called inside a tokio
    /// runtime.
    pub(crate) fn open(
        folder: &Path,
        key: &StoreKey,
        wall: Arc<dyn Wall>,
    ) -> Result<Arc<Self>, HubError> {
        let hub = Hub::open(Config {
            key: key.clone(),
            wall,
            ..Config::new(folder)
        })?;
        let tending = tokio::spawn(tend(Arc::clone(&hub)));
        Ok(Arc::new(Self {
            hub,
            folder: folder.to_owned(),
            tending,
        }))
    }

    /// Its folder.
    pub(crate) fn folder_path(&self) -> &Path {
        &self.folder
    }

    /// Removes a hub that this device has let go of.
    pub(crate) fn remove(folder: &Path) {
        if folder.exists()
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::error!(%error, "the hub that has moved still lies on this device");
        }
    }

    /// The hub.
    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// What its door shows. Waits for the disk.
    pub(crate) fn identity(&self) -> Result<Identity, HubError> {
        Identity::of_hub(&**self.hub.desk().store())
    }

    /// The way to it for who holds `token`.
    pub(crate) fn inside(&self, token: Option<String>) -> Inside {
        Inside::new(Arc::clone(&self.hub), token)
    }
}

impl Drop for InnerHub {
    fn drop(&mut self) {
        self.tending.abort();
    }
}

/// Why the hub on this device did not open, for its leader.
pub(crate) fn not_opened(error: &HubError) -> ApiError {
    tracing::error!(%error, "the hub on this device was not opened");
    match error {
        HubError::Store(error) if error.is_full() => {
            ApiError::new(Code::NotSaved, mend::sentence(error))
        }
        HubError::Api(error) => error.clone(),
        _ => ApiError::new(
            Code::Internal,
            "This device is the hub of your school, and the hub’s own storage could not be opened. What you write is kept here; restart the device, and if it happens again, bring the hub back from its last backup.",
        ),
    }
}
