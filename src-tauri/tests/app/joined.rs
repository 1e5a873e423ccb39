//! With a hub that comes and goes.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use alongside_api::Code;
use alongside_app::{App, Event, Invitation};
use alongside_hub::{Config, Hub, serve};
use alongside_store::StoreKey;
use alongside_store::sqlite::{SqliteStore, rescue};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::device::{
    Device, add_person, call, close, overwrite, people, refusal, start_school, until, waiting,
};

/// A hub that can be stopped and started again at its address.
pub struct Server {
    folder: TempDir,
    address: SocketAddr,
    running: Option<(Arc<Hub>, oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Server {
    pub async fn start() -> Self {
        let mut server = Self {
            folder: tempfile::tempdir().unwrap(),
            address: "127.0.0.1:0".parse().unwrap(),
            running: None,
        };
        server.start_again().await;
        server
    }

    pub async fn start_again(&mut self) {
        let hub = Hub::open(Config::new(self.folder.path())).unwrap();
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&hub);
        let task = tokio::spawn(async move {
            serve(listener, served, async { drop(stopped.await) })
                .await
                .unwrap();
        });
        self.running = Some((hub, stop, task));
    }

    pub async fn stop(&mut self) {
        let (hub, stop, task) = self.running.take().unwrap();
        stop.send(()).unwrap();
        task.await.unwrap();
        drop(hub);
    }

    pub fn hub(&self) -> &Hub {
        &self.running.as_ref().unwrap().0
    }

    pub fn socket(&self) -> SocketAddr {
        self.address
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    fn code_for(&self, person: &Value) -> String {
        let person = person.as_str().unwrap().parse().unwrap();
        self.hub().desk().code_for(person).unwrap().code
    }

    pub async fn join(&self, app: &App, person: &Value) -> Value {
        let request =
            json!({"address": self.address(), "code": self.code_for(person), "device": "Tablet 3"});
        call(app, "device_join", request).await
    }
}

/// A hub with the school of a device, whose app is returned with the head's id.
pub async fn school() -> (Server, Device, App, Value) {
    let server = Server::start().await;
    let device = Device::new();
    let app = device.open();
    let head = start_school(&app, "Foxglove School", "Robin Vale").await;
    let code = server.hub().desk().setup_code().unwrap().code;
    let connected = call(
        &app,
        "hub_connect",
        json!({"address": server.address(), "code": code}),
    )
    .await;
    assert_eq!(connected["me"]["is_leader"], true);
    delivered(&app).await;
    (server, device, app, head)
}

pub async fn delivered(app: &App) {
    until("everything is received", || async {
        waiting(app).await == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_was_started_on_a_device_moves_in_with_an_empty_hub() {
    let (server, _device, app, _) = school().await;
    let (_, name) = server.hub().desk().school_name().unwrap().unwrap();
    assert_eq!(name, "Foxglove School");
    let state = call(&app, "sync_run", json!({})).await;
    assert_eq!(
        (&state["trouble"], &state["set_aside"]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(state["hub"], server.address());
    assert!(state["received_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_lets_someone_in_connects_no_hub() {
    let (server, _device, app, head) = school().await;
    let other = Device::new();
    let second = other.open();
    start_school(&second, "Alder School", "Sam Reed").await;
    let before = waiting(&second).await;
    let request = json!({"address": server.address(), "code": server.code_for(&head)});
    let error = refusal(&second, "hub_connect", request).await;
    assert_eq!(error.code, Code::ForeignSchool);
    assert_eq!(waiting(&second).await, before);
    assert_eq!(
        call(&second, "sync_get", json!({})).await["hub"],
        Value::Null
    );
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_with_a_code_has_their_school_at_once() {
    let (server, _device, app, _) = school().await;
    let jo = add_person(&app, "Jo Marsh").await;
    delivered(&app).await;
    let tablet = Device::new();
    let second = tablet.open();
    let install = server.join(&second, &jo).await;
    assert_eq!(install["me"]["name"], "Jo Marsh");
    assert_eq!(install["me"]["school"], "Foxglove School");
    assert_eq!(install["me"]["is_leader"], false);
    close(second).await;

    let mut settings = tablet.settings();
    settings.join = Some(Invitation::read(&format!("{}#USED-CODE", server.address())));
    let second = App::new(settings, |_| {}).unwrap();
    let install = call(&second, "install_get", json!({})).await;
    assert_eq!(
        install["me"]["name"], "Jo Marsh",
        "an invitation is for a first start only"
    );
    assert_eq!(install["trouble"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_taken_up_at_the_first_start() {
    let (server, _device, _app, head) = school().await;
    let tablet = Device::new();
    let mut settings = tablet.settings();
    settings.join = Some(Invitation::read(&format!(
        "{}#{}",
        server.address(),
        server.code_for(&head)
    )));
    let second = App::new(settings, |_| {}).unwrap();
    let install = call(&second, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Robin Vale");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_lets_nobody_in() {
    let (server, _device, _app, head) = school().await;
    let tablet = Device::new();
    let second = tablet.open();
    let used = server.code_for(&head);
    let request = |code: &str| json!({"address": server.address(), "code": code, "device": ""});
    call(&second, "device_join", request(&used)).await;
    let third = Device::new();
    let app = third.open();
    for code in [used.as_str(), "ABCD-EFGH", "x"] {
        assert_eq!(
            refusal(&app, "device_join", request(code)).await.code,
            Code::CodeUnknown
        );
    }
    assert_eq!(fs::read_dir(third.path("spaces")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_again_goes_on_with_what_waits() {
    let (mut server, device, app, head) = school().await;
    server.stop().await;
    add_person(&app, "Jo Marsh").await;
    let waits = waiting(&app).await;
    assert!(waits > 0);
    close(app).await;
    // A token that the hub does not know: as after a lost one, or a hub that was restored from an older copy.
    server.start_again().await;
    forget_tokens(&server);
    let app = device.open();
    until("the hub does not let the device in", || async {
        call(&app, "sync_get", json!({})).await["trouble"]["code"] == "sign_in_first"
    })
    .await;
    assert_eq!(waiting(&app).await, waits);

    let install = server.join(&app, &head).await;
    assert_eq!(install["spaces"].as_array().unwrap().len(), 1);
    delivered(&app).await;
    let tablet = Device::new();
    let second = tablet.open();
    server.join(&second, &head).await;
    until("the other device has it", || async {
        people(&second).await.contains(&"Jo Marsh".to_owned())
    })
    .await;
}

/// Lets every device out.
fn forget_tokens(server: &Server) {
    let store = server.hub().desk().store();
    let mut writer = store.write().unwrap();
    for mut device in writer.devices().unwrap() {
        device.token_hash = [0; 32];
        writer.device_put(&device).unwrap();
    }
    writer.commit().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_elsewhere_is_told_to_the_window() {
    let (server, _device, app, head) = school().await;
    let tablet = Device::new();
    let told: Arc<Mutex<Vec<Event>>> = Arc::default();
    let heard = Arc::clone(&told);
    let second = App::new(tablet.settings(), move |event| {
        heard.lock().unwrap().push(event)
    })
    .unwrap();
    server.join(&second, &head).await;
    add_person(&app, "Jo Marsh").await;
    until("the change is there", || async {
        people(&second).await.contains(&"Jo Marsh".to_owned())
    })
    .await;
    let people = Event::Changed {
        kinds: vec!["person".into()],
    };
    until("it was told", || async {
        told.lock().unwrap().contains(&people)
    })
    .await;
    assert!(told.lock().unwrap().contains(&Event::Sync));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hubs_last_word_on_devices_is_shown_when_it_is_away() {
    let (mut server, _device, app, head) = school().await;
    let live = call(&app, "device_list", json!({})).await;
    assert_eq!(
        (&live["is_live"], live["devices"].as_array().unwrap().len()),
        (&json!(true), 1)
    );
    let invite = json!({"person": head, "address": server.address()});
    let invited = call(&app, "device_invite", invite.clone()).await;
    assert!(
        invited["link"]
            .as_str()
            .unwrap()
            .starts_with(&server.address())
    );
    server.stop().await;
    let last = call(&app, "device_list", json!({})).await;
    assert_eq!(last["is_live"], false);
    assert_eq!(
        (&last["as_of"], &last["devices"]),
        (&live["as_of"], &live["devices"])
    );
    assert_eq!(
        refusal(&app, "device_invite", invite).await.code,
        Code::HubUnreachable
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leaders_see_the_devices() {
    let (server, _device, app, _) = school().await;
    let jo = add_person(&app, "Jo Marsh").await;
    delivered(&app).await;
    let tablet = Device::new();
    let second = tablet.open();
    server.join(&second, &jo).await;
    assert_eq!(
        refusal(&second, "device_list", json!({})).await.code,
        Code::NotAllowed
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_someone_left_waiting_goes_out_while_another_is_here() {
    let (mut server, device, app, head) = school().await;
    let jo = add_person(&app, "Jo Marsh").await;
    delivered(&app).await;
    server.join(&app, &jo).await;
    call(&app, "space_choose", json!({"space": head})).await;
    server.stop().await;
    add_person(&app, "Kim Holt").await;
    close(app).await;

    server.start_again().await;
    let app = device.open();
    app.send_for_others().await;
    call(&app, "space_choose", json!({"space": jo})).await;
    until("the head's change has come to the other", || async {
        people(&app).await.contains(&"Kim Holt".to_owned())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_fetched_from_the_hub_again() {
    let (mut server, device, app, head) = school().await;
    for n in 0..30 {
        add_person(&app, &format!("Jo Marsh {n}")).await;
    }
    delivered(&app).await;
    server.stop().await;
    add_person(&app, "Kim Holt").await;
    let waits = waiting(&app).await;
    close(app).await;
    let store = device.store(&head);
    // A page of delivered records, behind those of what waits and of the notes.
    let pages = fs::metadata(&store).unwrap().len() as usize / 4096;
    let page = (1..pages)
        .find(|page| is_damage_in_records(&store, &device.key(&head), *page))
        .unwrap();
    overwrite(&store, page * 4096, (page + 1) * 4096);

    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert!(
        install["trouble"]
            .as_str()
            .unwrap()
            .contains("fetched from the hub"),
        "{install}"
    );
    assert_eq!(
        waiting(&app).await,
        waits,
        "what waited was rescued before anything came"
    );
    server.start_again().await;
    call(&app, "sync_run", json!({})).await;
    delivered(&app).await;
    assert_eq!(people(&app).await.len(), 32);
}

/// Whether spoiling this page of the store leaves all that a rescue is for.
fn is_damage_in_records(store: &std::path::Path, key: &StoreKey, page: usize) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(store, &copy).unwrap();
    overwrite(&copy, page * 4096, (page + 1) * 4096);
    let is_damaged = SqliteStore::open(&copy, key).is_err_and(|error| error.is_damaged());
    is_damaged && rescue(&copy, key).unwrap().is_whole
}
