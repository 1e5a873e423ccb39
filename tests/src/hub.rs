//! A whole hub on a port of its own, over a file in a temporary folder.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use alongside_api::{Actor, Desk};
use alongside_domain::DeviceId;
use alongside_hub::limits::Limits;
use alongside_hub::{Config, Hub, STORE_FILE};
use alongside_store::StoreKey;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{Cast, HandClock};

/// Any port of this machine that is free, for this machine alone.
pub const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A hub that listens.
pub struct RunningHub {
    /// Its clock on the wall.
    pub clock: HandClock,
    folder: TempDir,
    address: SocketAddr,
    hub: Arc<Hub>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl RunningHub {
    /// An empty hub.
    pub async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), HandClock::default(), ANY_PORT).await
    }

    /// A hub over `folder` that listens on `address`.
    ///
    /// It is patient with who asks thousands of things in one of the story's minutes: that a device is told to wait is
    /// tried where the limits are, in the hub's own tests.
    pub async fn start_in(folder: TempDir, clock: HandClock, address: SocketAddr) -> Self {
        let mut limits = Limits::default();
        limits.syncs_by_device = NonZeroU32::MAX;
        limits.commands_by_device = NonZeroU32::MAX;
        let config = Config {
            limits,
            wall: Arc::new(clock.clone()),
            ..Config::new(folder.path())
        };
        let hub = Hub::open(config).unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&hub);
        let task = tokio::spawn(async move {
            let told = async { drop(stopped.await) };
            alongside_hub::serve(listener, served, told).await.unwrap();
        });
        Self {
            clock,
            folder,
            address,
            hub,
            stop: Some(stop),
            task,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The desk behind its door.
    pub fn desk(&self) -> &Desk {
        self.hub.desk()
    }

    /// Its store's file.
    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join(STORE_FILE)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the leader of the cast does on the hub's own screen, which has to work.
    pub fn lead(&self, command: &str, request: Value) -> Value {
        let leader = Actor {
            person: Cast::HEAD,
            device: DeviceId::from_uuid(self.hub.id().uuid()),
        };
        self.desk()
            .call(&leader, command, request)
            .unwrap_or_else(|error| panic!("{command}: {:?} {error}", error.code))
    }

    /// Stops as asked to, and starts again over the same file at the same address.
    #[must_use]
    pub async fn restart(mut self) -> Self {
        drop(self.stop.take());
        self.task.await.unwrap();
        let Self {
            clock,
            folder,
            address,
            hub,
            ..
        } = self;
        drop(hub);
        Self::start_in(folder, clock, address).await
    }

    /// Its disk is lost, and a backup is brought back at the same address.
    #[must_use]
    pub async fn bring_back(mut self, backup: &Path) -> Self {
        drop(self.stop.take());
        self.task.await.unwrap();
        let Self {
            clock,
            address,
            hub,
            ..
        } = self;
        drop(hub);
        let folder = tempfile::tempdir().unwrap();
        alongside_store::sqlite::restore(backup, &folder.path().join(STORE_FILE), &StoreKey::Plain)
            .unwrap();
        Self::start_in(folder, clock, address).await
    }

    /// Ends in the middle of whatever it is doing, as at a power cut, and starts again over what lies on the disk.
    #[must_use]
    pub async fn crash(self) -> Self {
        let Self {
            clock,
            folder,
            address,
            hub,
            task,
            ..
        } = self;
        // What a crash leaves behind is the file and its log, not what closing would make of them.
        let left = tempfile::tempdir().unwrap();
        for name in [STORE_FILE.to_owned(), format!("{STORE_FILE}-wal")] {
            let from = folder.path().join(&name);
            if from.exists() {
                std::fs::copy(from, left.path().join(&name)).unwrap();
            }
        }
        task.abort();
        // It was aborted, which is no error here.
        let _ = task.await;
        drop(hub);
        Self::start_in(left, clock, address).await
    }
}
