//! A tablet that was left on a bus: shut out at its hub, it tells what it had not sent and removes the space; and nobody
//! but its hub can make it do so.

use std::fs;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::device::{Device, add_person, call, close, start_school, until, waiting};
use crate::joined::Server;

/// A school at a hub: the head's app, and a tablet that a teacher has joined with.
struct Bus {
    server: Server,
    _home: Device,
    head: alongside_app::App,
    tablet: Device,
    app: alongside_app::App,
    teacher: Value,
}

impl Bus {
    async fn start() -> Self {
        let server = Server::start().await;
        let home = Device::new();
        let head = home.open();
        start_school(&head, "Foxglove School", "Robin Vale").await;
        let code = server.hub().desk().setup_code().unwrap().code;
        let request = json!({"address": server.address(), "code": code});
        call(&head, "hub_connect", request).await;
        let teacher = add_person(&head, "Ines Moor").await;
        until("everything is received", || async {
            waiting(&head).await == 0
        })
        .await;
        let tablet = Device::new();
        let app = tablet.open();
        server.join(&app, &teacher).await;
        Self {
            server,
            _home: home,
            head,
            tablet,
            app,
            teacher,
        }
    }

    async fn line(&self) -> Value {
        line(&self.head).await
    }

    async fn revoke(&self) {
        let device = self.line().await["device"].clone();
        let request = json!({"device": device, "browsers": true});
        call(&self.head, "device_revoke", request).await;
    }

    /// Something is written on the tablet.
    async fn write(&self) {
        let concern = json!({"text": "A concern of mine", "with_line_manager": false});
        call(&self.app, "concern_raise", concern).await;
    }

    async fn is_gone(&self) -> Value {
        until("the space is gone", || async {
            call(&self.app, "install_get", json!({})).await["spaces"] == json!([])
        })
        .await;
        until("its files are gone", || async {
            !self.tablet.store(&self.teacher).parent().unwrap().exists()
        })
        .await;
        call(&self.app, "install_get", json!({})).await
    }
}

/// The line of the teacher's tablet, as the head sees it.
async fn line(head: &alongside_app::App) -> Value {
    let list = call(head, "device_list", json!({})).await;
    let lines = list["devices"].as_array().unwrap();
    let own = |line: &&Value| line["person"] == "Ines Moor";
    lines.iter().find(own).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_that_was_shut_out_removes_the_space_and_says_why() {
    let bus = Bus::start().await;
    bus.revoke().await;
    // It is in front, so the line of events tells it within a moment.
    let install = bus.is_gone().await;
    assert_eq!(install["me"], Value::Null);
    assert_eq!(
        install["trouble"],
        "A leader of Foxglove School has shut this device out, so everything of Ines Moor was removed from it. Nothing was waiting to be sent."
    );
    until("the leader sees it", || async {
        bus.line().await["lost"]["has_come_back"] == true
    })
    .await;
    close(bus.app).await;
    let app = bus.tablet.open();
    let again = call(&app, "install_get", json!({})).await;
    assert_eq!(again["trouble"], install["trouble"], "also after a restart");
    bus.server.join(&app, &bus.teacher).await;
    let back = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&back["me"]["name"], &back["trouble"]),
        (&json!("Ines Moor"), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_had_not_sent_is_told_to_the_leader() {
    let mut bus = Bus::start().await;
    let device = bus.line().await["device"].clone();
    bus.server.stop().await;
    bus.write().await;
    let waiting = waiting(&bus.app).await;
    assert!(waiting > 0);
    close(bus.app).await;
    bus.server.start_again().await;
    let request = json!({"device": device, "browsers": true});
    until("the hub is back", || async {
        bus.head
            .call("device_revoke", request.clone())
            .await
            .is_ok()
    })
    .await;
    let before = line(&bus.head).await;
    assert_eq!(before["lost"]["has_come_back"], false);
    bus.app = bus.tablet.open();
    bus.app.start().await;
    bus.is_gone().await;
    let line = bus.line().await;
    let sentence = line["lost"]["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("It came back and removed everything.")
            && sentence.contains(&format!("{waiting} change"))
            && sentence.contains("had not arrived"),
        "{sentence}"
    );
    // What it pushed in the same breath was not taken.
    assert_eq!(line["waiting"], json!(waiting));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_on_the_same_tablet_stay_as_they_are() {
    let bus = Bus::start().await;
    let other = add_person(&bus.head, "Ewan Hill").await;
    until("it has arrived", || async { waiting(&bus.head).await == 0 }).await;
    bus.server.join(&bus.app, &other).await;
    bus.revoke().await;
    // Its person does not open it; whoever has the tablet looks at it.
    bus.app.front();
    until("the one space is gone", || async {
        let install = call(&bus.app, "install_get", json!({})).await;
        install["spaces"].as_array().unwrap().len() == 1
    })
    .await;
    let install = call(&bus.app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Ewan Hill");
    assert!(bus.tablet.store(&other).exists());
    call(&bus.app, "sync_run", json!({})).await;
    let state = call(&bus.app, "sync_get", json!({})).await;
    assert_eq!(state["trouble"], Value::Null);
}

/// Answers everything with the same refusal, at an address that a hub has left.
async fn impostor(address: std::net::SocketAddr, body: String) -> tokio::task::JoinHandle<()> {
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut asked = vec![0; 64 * 1024];
                let _ = stream.read(&mut asked).await;
                let answer = format!(
                    "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
                // Cut off while it still sends, the device would not get to read the answer.
                while stream.read(&mut asked).await.is_ok_and(|count| count > 0) {}
            });
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_hub_makes_a_device_remove_anything() {
    let mut bus = Bus::start().await;
    // The word of another device, as whoever holds that one hears it.
    let other = add_person(&bus.head, "Ewan Hill").await;
    until("it has arrived", || async { waiting(&bus.head).await == 0 }).await;
    let code = bus
        .server
        .hub()
        .desk()
        .code_for(other.as_str().unwrap().parse().unwrap())
        .unwrap()
        .code;
    let device = alongside_sync::wire::PairDevice {
        id: "00000000-0000-7000-8000-0000000000aa".parse().unwrap(),
        name: "Another".into(),
    };
    let paired = bus
        .server
        .hub()
        .desk()
        .pair(&code, &device, alongside_store::DeviceKind::App, None)
        .unwrap();
    let word = paired.wipe.unwrap();
    let address = bus.server.socket();
    bus.server.stop().await;
    bus.write().await;
    let said = |wipe: Value| {
        json!({"code": "device_revoked", "message": "You are shut out.", "wipe": wipe}).to_string()
    };
    for wipe in [
        Value::Null,
        json!(""),
        json!(word.text()),
        // As a device keeps it, were it read from one.
        json!(word.hash()),
        json!(7),
    ] {
        let posing = impostor(address, said(wipe)).await;
        let state = call(&bus.app, "sync_run", json!({})).await;
        let code = state["trouble"]["code"].as_str().unwrap_or_default();
        assert!(
            ["device_revoked", "sign_in_first"].contains(&code),
            "{state}"
        );
        posing.abort();
        let _ = posing.await;
    }
    let install = call(&bus.app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Ines Moor");
    assert!(
        waiting(&bus.app).await > 0,
        "and nothing that waits is lost"
    );
    bus.server.start_again().await;
    until("everything is received", || async {
        call(&bus.app, "sync_run", json!({})).await;
        waiting(&bus.app).await == 0
    })
    .await;
    // A space that is gone has nothing waiting either; removed in the background, it would be gone by now.
    let install = call(&bus.app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Ines Moor");
    assert!(bus.tablet.store(&bus.teacher).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_that_was_cut_short_is_finished_at_the_next_start() {
    let bus = Bus::start().await;
    let store = bus.tablet.store(&bus.teacher);
    close(bus.app).await;
    // The power went after the mark was made.
    fs::write(store.parent().unwrap().join("removing"), b"").unwrap();
    let app = bus.tablet.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&install["me"], &install["spaces"]),
        (&Value::Null, &json!([]))
    );
    assert!(!store.parent().unwrap().exists());
    bus.server.join(&app, &bus.teacher).await;
    close(app).await;
    let app = bus.tablet.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Ines Moor", "who comes back stays");
}
