//! What lasts: a hub in the app outlives the app, moves to a server, and a door that nobody needs closes by itself.

use std::sync::Arc;

use alongside_api::Code;
use alongside_app::App;
use alongside_hub::{Config, Hub, Identity, STORE_FILE, Tls, serve_tls};
use alongside_store::sqlite;
use alongside_sync::{Finder, Finding, HubAddress};
use alongside_tests::Cast;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::stage::{Tablet, observe, school_without_a_hub, settings};
use crate::device::{Device, refusal, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_in_the_app_outlives_the_app_and_the_leader_goes_on_ticking_beside_it() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let ansa = Tablet::new(&leader.clock);
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    observe(&ansa, Cast::VISIT, "Every board in reach").await;

    // The app is closed while the tablet still has something, and opened again.
    let leader = leader.restart().await;
    let door = leader.call("door_get", json!({})).await;
    assert_eq!(door["open"], Value::Null, "a door does not open by itself");
    leader.open_door().await;
    let room = json!({ "room": null, "name": "Room 9", "place": "", "route": 9 });
    leader.call("room_put", room).await;
    until("the tablet has delivered", || async {
        ansa.call("sync_run", json!({})).await;
        ansa.waiting().await == 0
    })
    .await;
    assert_eq!(leader.line(Cast::ANSA).await["state"], "done");
    until("what the leader wrote is the hub's", || async {
        leader.waiting().await == 0
    })
    .await;
    let state = leader.call("sync_get", json!({})).await;
    assert_eq!(
        (&state["is_hub"], &state["hub"], &state["trouble"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_closes_when_nobody_comes_and_when_the_app_is_long_in_the_back() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    leader.clock.pass(21 * 60 * 1000);
    until("it has closed and says so", || async {
        let door = leader.call("door_get", json!({})).await;
        door["open"].is_null() && door["closed"].is_string()
    })
    .await;

    let Tablet { device, clock, app } = leader;
    app.close().await;
    drop(app);
    let mut settings = settings(&device, &clock);
    settings.door.in_back_within = std::time::Duration::from_millis(1);
    let app = Arc::new(App::new(settings, |_| {}).unwrap());
    let leader = Tablet { device, clock, app };
    let opened = leader.open_door().await;
    assert_eq!(opened["closed"], Value::Null);
    leader.app.back();
    until("it has closed and says so", || async {
        let door = leader.call("door_get", json!({})).await;
        door["closed"]
            .as_str()
            .is_some_and(|why| why.contains("back"))
    })
    .await;
}

/// Knows where the server is that the hub has moved to.
struct Told(std::net::SocketAddr);

impl Finder for Told {
    fn find(&self, _: alongside_domain::HubId, _: &HubAddress) -> Finding<'_> {
        let place = self.0;
        Box::pin(async move { vec![place] })
    }
}

/// A server that was brought back from a backup.
struct Server {
    _folder: tempfile::TempDir,
    address: std::net::SocketAddr,
    key: String,
    stop: Option<oneshot::Sender<()>>,
}

impl Server {
    async fn from(backup: &[u8], clock: &alongside_tests::HandClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.sqlite");
        std::fs::write(&copy, backup).unwrap();
        let data = folder.path().join("hub");
        std::fs::create_dir(&data).unwrap();
        sqlite::restore(&copy, &data.join(STORE_FILE)).unwrap();
        let hub = Hub::open(Config {
            wall: Arc::new(clock.clone()),
            ..Config::new(&data)
        })
        .unwrap();
        let pem = hub.desk().store().read().unwrap().note("identity").unwrap();
        let identity = Identity::from_pem(&pem.unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let tls = Tls::new(&identity).unwrap();
        tokio::spawn(async move {
            let told = async { drop(stopped.await) };
            serve_tls(listener, hub, tls, told).await.unwrap();
        });
        Self {
            _folder: folder,
            address,
            key: identity.key_hash().to_string(),
            stop: Some(stop),
        }
    }

    fn url(&self) -> String {
        format!("https://{}#key={}", self.address, self.key)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

async fn backup(leader: &Tablet) -> Vec<u8> {
    let file = leader.call("hub_take_along", json!({})).await;
    STANDARD.decode(file["base64"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_moves_to_a_server_and_the_tablets_find_it_there() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let ansa = Tablet::new(&leader.clock);
    leader.admit(&ansa, json!(Cast::ANSA)).await;
    let old = backup(&leader).await;
    observe(&ansa, Cast::VISIT, "Every board in reach").await;
    until("the tablet has delivered", || async {
        ansa.call("sync_run", json!({})).await;
        ansa.waiting().await == 0
    })
    .await;
    // A copy from before the tablet came is not all there is.
    let early = Server::from(&old, &leader.clock).await;
    let refused = refusal(&leader.app, "hub_moved", json!({ "address": early.url() })).await;
    assert_eq!(refused.code, Code::Refused, "{refused}");
    // And another hub is not this one.
    let (other, _) = school_without_a_hub().await;
    other.open_door().await;
    let foreign = Server::from(&backup(&other).await, &leader.clock).await;
    let refused = refusal(
        &leader.app,
        "hub_moved",
        json!({ "address": foreign.url() }),
    )
    .await;
    assert_eq!(refused.code, Code::ForeignSchool, "{refused}");
    let state = leader.call("sync_get", json!({})).await;
    assert_eq!(state["is_hub"], true, "nothing was let go of");

    let server = Server::from(&backup(&leader).await, &leader.clock).await;
    leader
        .call("hub_moved", json!({ "address": server.url() }))
        .await;
    let head = leader.call("install_get", json!({})).await["me"]["person"].clone();
    let folder = leader.device.store(&head).with_file_name("hub");
    assert!(
        !folder.exists(),
        "the hub is on the server now, and not here"
    );
    let state = leader.call("sync_run", json!({})).await;
    assert_eq!(
        (&state["is_hub"], &state["trouble"]),
        (&json!(false), &Value::Null)
    );

    // The tablet knows only the leader's device; its finder says where the hub is, and its key proves it.
    let Tablet { device, clock, app } = ansa;
    app.close().await;
    drop(app);
    let mut settings = settings(&device, &clock);
    settings.finder = Arc::new(Told(server.address));
    let ansa = Tablet {
        app: Arc::new(App::new(settings, |_| {}).unwrap()),
        device,
        clock,
    };
    until("the tablet has found the server", || async {
        let state = ansa.call("sync_run", json!({})).await;
        state["trouble"].is_null() && state["hub"] == json!(server.url())
    })
    .await;
    let leader = leader.restart().await;
    let state = leader.call("sync_run", json!({})).await;
    assert_eq!(state["hub"], json!(server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_head_takes_the_hub_along() {
    let (leader, _) = school_without_a_hub().await;
    leader.open_door().await;
    let second = Tablet::open(Device::new(), leader.clock.clone());
    leader.admit(&second, json!(Cast::LEADER)).await;
    let refused = refusal(&second.app, "hub_take_along", json!({})).await;
    assert_eq!(refused.code, Code::NoHub);
}
