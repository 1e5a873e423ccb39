//! A hub that has another address today: found again by its key, and by nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alongside_domain::HubId;
use alongside_store::Store;
use alongside_store::sqlite::SqliteStore;
use alongside_sync::{
    Exchange, Finder, Finding, HubAddress, KeyHash, SyncError, SyncRequest, joined_way, notes,
};
use uuid::Uuid;

use super::tls::{House, impostor_with_another_key};

/// What is said in a local network that is made up.
struct Said {
    sockets: Vec<SocketAddr>,
    asked: AtomicUsize,
}

impl Finder for Said {
    fn find(&self, hub: HubId, _lost: &HubAddress) -> Finding<'_> {
        assert_eq!(hub, hub_id());
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { self.sockets.clone() })
    }
}

fn hub_id() -> HubId {
    HubId::from_uuid(Uuid::from_u128(0x5000_0001))
}

/// A device that joined the hub with `key` when that was at `address`.
struct Device {
    store: Arc<dyn Store>,
    said: Arc<Said>,
    way: Arc<dyn Exchange>,
    _folder: tempfile::TempDir,
}

impl Device {
    fn joined(address: SocketAddr, key: KeyHash, sockets: Vec<SocketAddr>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(
                &folder.path().join("space.sqlite"),
                &alongside_store::StoreKey::Plain,
            )
            .unwrap(),
        );
        let address = HubAddress::pinned(address, key).unwrap();
        let mut writer = store.write().unwrap();
        for (note, value) in [
            (notes::HUB_ADDRESS, address.to_string()),
            (notes::HUB_TOKEN, "a-token".to_owned()),
            (notes::HUB_ID, hub_id().to_string()),
        ] {
            writer.note_put(note, Some(&value)).unwrap();
        }
        writer.commit().unwrap();
        let said = Arc::new(Said {
            sockets,
            asked: AtomicUsize::new(0),
        });
        let finder: Arc<dyn Finder> = said.clone();
        let way = joined_way(&store, &finder).unwrap().unwrap();
        Self {
            store,
            said,
            way,
            _folder: folder,
        }
    }

    async fn sync(&self) -> SyncError {
        let synced = self.way.exchange(&SyncRequest::default()).await;
        synced.unwrap_err()
    }

    fn kept(&self) -> String {
        let reader = self.store.read().unwrap();
        reader.note(notes::HUB_ADDRESS).unwrap().unwrap()
    }
}

/// An address at which nobody listens.
async fn nowhere() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn a_hub_is_found_again_under_its_key_and_kept() {
    let house = House::open().await;
    let (impostor, heard) = impostor_with_another_key().await;
    let device = Device::joined(
        nowhere().await,
        house.identity.key_hash(),
        vec![impostor, nowhere().await, house.address],
    );
    assert!(
        matches!(device.sync().await, SyncError::Unauthorised(_)),
        "the hub itself answered"
    );
    assert_eq!(device.kept(), house.pinned().to_string());
    assert!(heard.lock().unwrap().is_empty(), "the impostor heard of it");
    device.sync().await;
    assert_eq!(
        device.said.asked.load(Ordering::SeqCst),
        1,
        "it is not looked for where it is known to be"
    );
}

#[tokio::test]
async fn another_device_at_the_hub_s_address_sends_the_search_on() {
    let house = House::open().await;
    let (impostor, heard) = impostor_with_another_key().await;
    let device = Device::joined(impostor, house.identity.key_hash(), vec![house.address]);
    assert!(matches!(device.sync().await, SyncError::Unauthorised(_)));
    assert!(heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_only_calls_itself_the_hub_is_not_believed_and_the_person_is_asked() {
    let house = House::open().await;
    let (impostor, heard) = impostor_with_another_key().await;
    let was = nowhere().await;
    let device = Device::joined(was, house.identity.key_hash(), vec![impostor]);
    let before = device.kept();
    let error = device.sync().await;
    assert_eq!(error.code(), "hub_not_found");
    assert!(error.message().contains("scan the leader's code again"));
    assert!(error.is_transient());
    assert_eq!(device.kept(), before);
    assert!(heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_hub_that_refuses_is_not_looked_for() {
    let house = House::open().await;
    let device = Device::joined(house.address, house.identity.key_hash(), Vec::new());
    assert!(matches!(device.sync().await, SyncError::Unauthorised(_)));
    assert_eq!(device.said.asked.load(Ordering::SeqCst), 0);
}
