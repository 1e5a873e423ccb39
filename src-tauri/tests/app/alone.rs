//! With no hub in reach: everything works, and waits.

use std::fs;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use alongside_api::Code;
use alongside_app::spaces::FolderError;
use alongside_app::{App, Event, Settings};
use serde_json::{Value, json};

use crate::device::{
    Device, add_person, call, close, overwrite, people, refusal, start_school, waiting,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_run_offers_nothing_but_a_beginning() {
    let device = Device::new();
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["place"], "device");
    assert_eq!(
        (&install["me"], &install["has_school"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(
        refusal(&app, "day_list", json!({})).await.code,
        Code::SignInFirst
    );
    assert_eq!(
        refusal(&app, "device_list", json!({})).await.code,
        Code::SignInFirst
    );
    assert_eq!(
        refusal(&app, "no_such_thing", json!({})).await.code,
        Code::UnknownCommand
    );
    assert_eq!(
        refusal(&app, "space_choose", json!({"space": 7}))
            .await
            .code,
        Code::BadRequest
    );
    let about = call(&app, "about_get", json!({})).await;
    assert!(!about["statement"].as_str().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_starts_with_no_network_and_everything_waits() {
    let device = Device::new();
    let app = device.open();
    start_school(&app, "Foxglove School", "Robin Vale").await;
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Robin Vale");
    assert_eq!(install["me"]["is_leader"], true);
    let before = waiting(&app).await;
    assert!(before > 0, "the school itself waits for a hub");
    add_person(&app, "Jo Marsh").await;
    assert!(waiting(&app).await > before);
    let ran = call(&app, "sync_run", json!({})).await;
    assert_eq!((&ran["hub"], &ran["trouble"]), (&Value::Null, &Value::Null));
    assert_eq!(
        refusal(&app, "device_list", json!({})).await.code,
        Code::NoHub
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_without_a_name_is_not_started() {
    let device = Device::new();
    let app = device.open();
    let request = json!({"school": "  ", "person": "Robin Vale", "setup_code": null});
    assert_eq!(
        refusal(&app, "school_start", request).await.code,
        Code::BadRequest
    );
    close(app).await;
    let install = call(&device.open(), "install_get", json!({})).await;
    assert_eq!(install["spaces"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_at_the_next_start() {
    let device = Device::new();
    let app = device.open();
    start_school(&app, "Foxglove School", "Robin Vale").await;
    add_person(&app, "Jo Marsh").await;
    let before = waiting(&app).await;
    close(app).await;
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Robin Vale");
    assert_eq!(install["trouble"], Value::Null);
    assert_eq!(people(&app).await, ["Jo Marsh", "Robin Vale"]);
    assert_eq!(waiting(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_on_one_tablet_have_stores_of_their_own() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    add_person(&app, "Jo Marsh").await;
    let sam = start_school(&app, "Alder School", "Sam Reed").await;
    assert_eq!(people(&app).await, ["Sam Reed"]);
    assert_ne!(device.store(&robin), device.store(&sam));
    close(app).await;

    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        install["me"],
        Value::Null,
        "with several people, someone has to say who they are"
    );
    let names: Vec<_> = install["spaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|space| space["name"].clone())
        .collect();
    assert_eq!(
        names,
        ["Sam Reed", "Robin Vale"],
        "who was here last comes first"
    );
    let chosen = call(&app, "space_choose", json!({"space": robin})).await;
    assert_eq!(chosen["me"]["school"], "Foxglove School");
    assert_eq!(people(&app).await, ["Jo Marsh", "Robin Vale"]);
    call(&app, "space_choose", json!({"space": sam})).await;
    assert_eq!(people(&app).await, ["Sam Reed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_asked_for_again() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    let left = call(&app, "space_leave", json!({})).await;
    assert_eq!(left["me"], Value::Null);
    assert_eq!(left["spaces"][0]["id"], robin);
    assert_eq!(
        refusal(&app, "school_get", json!({})).await.code,
        Code::SignInFirst
    );
    assert_eq!(
        waiting(&app).await,
        0,
        "nobody's changes are shown to nobody"
    );
    let back = call(&app, "space_choose", json!({"space": robin})).await;
    assert_eq!(back["me"]["person"], robin);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_told_to_the_window_and_another_space_is_silent() {
    let device = Device::new();
    let told: Arc<Mutex<Vec<Event>>> = Arc::default();
    let heard = Arc::clone(&told);
    let app = App::new(Settings::new(device.folder.path()), move |event| {
        heard.lock().unwrap().push(event)
    })
    .unwrap();
    start_school(&app, "Foxglove School", "Robin Vale").await;
    add_person(&app, "Jo Marsh").await;
    let people = Event::Changed {
        kinds: vec!["person".into()],
    };
    assert!(told.lock().unwrap().contains(&people));
    assert_eq!(
        serde_json::to_value(&people).unwrap(),
        json!({"kinds": ["person"]})
    );
    call(&app, "space_leave", json!({})).await;
    told.lock().unwrap().clear();
    app.send_for_others().await;
    assert_eq!(*told.lock().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_people_is_made_anew_from_their_stores() {
    for spoilt in [None, Some("{\"spaces\": [")] {
        let device = Device::new();
        let app = device.open();
        start_school(&app, "Foxglove School", "Robin Vale").await;
        start_school(&app, "Alder School", "Sam Reed").await;
        close(app).await;
        match spoilt {
            None => fs::remove_file(device.path("spaces.json")).unwrap(),
            Some(text) => fs::write(device.path("spaces.json"), text).unwrap(),
        }
        let install = call(&device.open(), "install_get", json!({})).await;
        let mut names: Vec<_> = install["spaces"]
            .as_array()
            .unwrap()
            .iter()
            .map(|space| format!("{} {}", space["name"], space["school"]).replace('"', ""))
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["Robin Vale Foxglove School", "Sam Reed Alder School"]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_serves_one_window_at_a_time() {
    let device = Device::new();
    let app = device.open();
    let second = App::new(Settings::new(device.folder.path()), |_| {});
    assert!(matches!(second, Err(FolderError::Taken(_))));
    close(app).await;
    device.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_gives_back_what_waited() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    for n in 0..40 {
        add_person(&app, &format!("Jo Marsh {n}")).await;
    }
    let before = waiting(&app).await;
    close(app).await;
    let store = device.store(&robin);
    // Its schema is whole, the last page is not.
    let len = fs::metadata(&store).unwrap().len() as usize;
    overwrite(&store, len - 4096, len);

    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    let trouble = install["trouble"].as_str().unwrap();
    assert!(trouble.contains("set aside"), "{trouble}");
    assert_eq!(install["me"]["person"], robin);
    let after = waiting(&app).await;
    assert!(
        after > before / 2 && after <= before,
        "{after} of {before} were rescued"
    );
    assert!(store.with_file_name("alongside.db.damaged-1").is_file());
    close(app).await;
    let again = call(&device.open(), "install_get", json!({})).await;
    assert_eq!(again["trouble"], Value::Null, "it is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_which_nothing_can_be_read_begins_anew_under_its_name() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    close(app).await;
    overwrite(&device.store(&robin), 0, usize::MAX);
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["name"], "Robin Vale");
    assert_eq!(install["me"]["roles"], json!([]));
    assert!(install["trouble"].as_str().unwrap().contains("join again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rescue_that_was_cut_short_is_finished() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    let before = waiting(&app).await;
    close(app).await;
    let store = device.store(&robin);
    let fresh = store.with_file_name("alongside.db.fresh");
    // Cut off before the damaged store was moved, and after.
    for is_moved in [false, true] {
        fs::copy(&store, &fresh).unwrap();
        if is_moved {
            fs::remove_file(&store).unwrap();
        } else {
            overwrite(&store, 0, usize::MAX);
        }
        let app = device.open();
        let install = call(&app, "install_get", json!({})).await;
        assert_eq!(install["me"]["name"], "Robin Vale");
        assert!(install["trouble"].is_string());
        assert_eq!(waiting(&app).await, before);
        assert!(!fresh.exists());
        close(app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_version_is_not_touched() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    close(app).await;
    let store = device.store(&robin);
    let plain = device.in_the_clear(&robin);
    let mut bytes = fs::read(&plain).unwrap();
    // Where the header of the file holds the schema.
    bytes[60..64].copy_from_slice(&9_999u32.to_be_bytes());
    fs::remove_file(&plain).unwrap();
    fs::write(&store, &bytes).unwrap();
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"], Value::Null);
    assert!(
        install["trouble"]
            .as_str()
            .unwrap()
            .contains("newer version")
    );
    assert!(
        refusal(&app, "space_choose", json!({"space": robin}))
            .await
            .message
            .contains("newer version")
    );
    close(app).await;
    assert_eq!(fs::read(&store).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_where_no_hub_is_leaves_nothing_behind() {
    let device = Device::new();
    let mut settings = Settings::new(device.folder.path());
    // Port 9 of this machine: nobody is there.
    settings.join = Some(alongside_app::Invitation::read(
        "http://127.0.0.1:9#ABCD-EFGH",
    ));
    let app = App::new(settings, |_| {}).unwrap();
    let install = call(&app, "install_get", json!({})).await;
    assert!(install["trouble"].as_str().unwrap().contains("no answer"));
    assert_eq!(install["spaces"], json!([]));
    for (address, code, expected) in [
        ("127.0.0.1:9", "ABCD-EFGH", Code::HubUnreachable),
        (
            "",
            "http://127.0.0.1:9/#/join/ABCD-EFGH",
            Code::HubUnreachable,
        ),
        ("", "ABCD-EFGH", Code::BadRequest),
        ("127.0.0.1:9", " ", Code::BadRequest),
        ("two words", "ABCD-EFGH", Code::BadRequest),
        ("http://walks.school.example", "ABCD-EFGH", Code::BadRequest),
    ] {
        let request = json!({"address": address, "code": code, "device": "Tablet 3"});
        assert_eq!(
            refusal(&app, "device_join", request).await.code,
            expected,
            "{address} {code}"
        );
    }
    assert_eq!(fs::read_dir(device.path("spaces")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_answers_but_is_no_hub_is_named_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The head of the question is enough to be rude to it.
        stream.read_exact(&mut [0; 16]).unwrap();
        let answer =
            "HTTP/1.1 404 Not Found\r\ncontent-length: 7\r\nconnection: close\r\n\r\n<html/>";
        stream.write_all(answer.as_bytes()).unwrap();
        // Until the other side has done, or the answer would be cut off.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let device = Device::new();
    let app = device.open();
    let request = json!({"address": address, "code": "ABCD-EFGH", "device": "Tablet 3"});
    let error = refusal(&app, "device_join", request).await;
    assert_eq!(error.code, Code::HubUnreachable);
    assert!(error.message.contains("is not a hub"), "{error}");
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    let device = Device::new();
    let file = device.path("file");
    fs::write(&file, "").unwrap();
    let Err(error) = App::new(Settings::new(file.join("inside")), |_| {}) else {
        panic!("a folder inside a file was used");
    };
    assert!(error.to_string().contains("inside"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_does_not_wait_for_a_sync() {
    let device = Device::new();
    let app = device.open();
    start_school(&app, "Foxglove School", "Robin Vale").await;
    let began = Instant::now();
    tokio::join!(
        call(&app, "sync_run", json!({})),
        add_person(&app, "Jo Marsh")
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}
