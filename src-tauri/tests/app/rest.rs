//! The device at rest: what a thief has, where the key is, and what happens when it is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside_api::install::KeyStore;
use alongside_app::keys::{
    DeviceKeys, KeyError, Keys, MemoryKeys, Result as KeyResult, Secret, key_or_new,
};
use alongside_app::{App, Settings};
use alongside_store::sqlite::is_plain;
use serde_json::{Value, json};

use crate::device::{Device, add_person, call, close, people, refusal, start_school, waiting};
use crate::joined::{delivered, school};

fn open_with(device: &Device, keys: Arc<dyn Keys>) -> App {
    let settings = Settings {
        keys,
        ..device.settings()
    };
    App::new(settings, |_| {}).unwrap()
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The files under a folder in which one of these texts stands.
fn in_the_clear(folder: &Path, texts: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for path in files(folder) {
        let content = fs::read(&path).unwrap();
        for text in texts {
            if content
                .windows(text.len())
                .any(|bytes| bytes == text.as_bytes())
            {
                found.push((path.clone(), (*text).to_owned()));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_tablet_gives_no_name_no_word_and_no_token() {
    let device = Device::new();
    let keys = Arc::new(MemoryKeys::default());
    let app = open_with(&device, keys.clone());
    let (mut server, elsewhere, other, head) = school().await;
    let joined = server.join(&app, &head).await;
    assert_eq!(joined["me"]["person"], head);
    assert_eq!(joined["key_store"], "platform");
    add_person(&app, "Zachariah Quillfeather").await;
    delivered(&app).await;
    server.stop().await;
    // This one waits, and stands in the log beside the file.
    add_person(&app, "Wilhelmina Oxenstierna").await;

    let store = device.store(&head);
    let key = keys.get(head.as_str().unwrap()).unwrap().unwrap();
    let key = key.store_key().unwrap();
    let opened = alongside_store::sqlite::SqliteStore::open(&store, &key).unwrap();
    let token = alongside_store::Store::read(&opened)
        .unwrap()
        .note(alongside_sync::notes::HUB_TOKEN)
        .unwrap()
        .unwrap();
    alongside_store::Store::back_up(&opened, &store.with_file_name("copy.db")).unwrap();
    drop(opened);
    let me = joined["me"]["name"].as_str().unwrap();
    let place = joined["me"]["school"].as_str().unwrap();
    let secret = [
        "Zachariah",
        "Quillfeather",
        "Wilhelmina",
        "Oxenstierna",
        &token,
        me,
        place,
        "teacher",
        "hub_token",
        "CREATE TABLE",
    ];
    assert!(files(device.folder.path()).len() >= 5);
    assert_eq!(in_the_clear(device.folder.path(), &secret), []);
    close(app).await;
    assert_eq!(in_the_clear(device.folder.path(), &secret), []);
    // The search finds what is there.
    let plain = elsewhere.in_the_clear(&head);
    assert!(!in_the_clear(plain.parent().unwrap(), &[me]).is_empty());
    close(other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_a_sentence_and_a_fresh_sync() {
    let (server, device, app, head) = school().await;
    add_person(&app, "Jo Marsh").await;
    delivered(&app).await;
    close(app).await;
    fs::remove_dir_all(device.path("keys")).unwrap();

    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"], Value::Null);
    assert_eq!(install["spaces"], json!([]));
    let trouble = install["trouble"].as_str().unwrap();
    assert!(trouble.contains("join again"), "{trouble}");
    assert!(
        trouble.ends_with("everything from here today."),
        "{trouble}"
    );
    // Set aside, not destroyed.
    let aside = device.store(&head).with_file_name("alongside.db.locked-1");
    assert!(aside.is_file() && !device.store(&head).exists());

    let joined = server.join(&app, &head).await;
    assert_eq!(joined["me"]["person"], head);
    delivered(&app).await;
    assert!(people(&app).await.contains(&"Jo Marsh".to_owned()));
    close(app).await;
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&install["me"]["person"], &install["trouble"]),
        (&head, &Value::Null)
    );
    assert!(aside.is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_store_is_gone_serves_the_next_one() {
    let (server, device, app, head) = school().await;
    delivered(&app).await;
    close(app).await;
    fs::remove_file(device.store(&head)).unwrap();
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&install["spaces"], &install["trouble"]),
        (&json!([]), &Value::Null)
    );
    let joined = server.join(&app, &head).await;
    assert_eq!(joined["me"]["person"], head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_was_copied_from_another_device_is_no_crash_and_no_way_in() {
    let device = Device::new();
    let keys =
        |platform: Arc<dyn Keys>| Arc::new(DeviceKeys::new(device.folder.path(), Some(platform)));
    let own: Arc<dyn Keys> = Arc::new(MemoryKeys::default());
    let app = open_with(&device, keys(own.clone()));
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    close(app).await;
    assert!(
        device
            .path("keys")
            .join(format!("{}.elsewhere", robin.as_str().unwrap()))
            .is_file()
    );
    let store = fs::read(device.store(&robin)).unwrap();

    // Another machine with nothing in its key store, and one with a key of its own under every name.
    let app = open_with(&device, keys(Arc::new(MemoryKeys::default())));
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"], Value::Null);
    assert!(
        install["trouble"].is_string() || install["spaces"] == json!([]),
        "{install}"
    );
    let _ = refusal(&app, "space_choose", json!({"space": robin})).await;
    close(app).await;
    let aside = device.store(&robin).with_file_name("alongside.db.locked-1");
    assert_eq!(fs::read(&aside).unwrap(), store);
    fs::rename(&aside, device.store(&robin)).unwrap();

    let app = open_with(&device, Arc::new(Stranger));
    let _ = call(&app, "install_get", json!({})).await;
    let _ = refusal(&app, "space_choose", json!({"space": robin})).await;
    close(app).await;
    fs::rename(&aside, device.store(&robin)).unwrap();

    // Back at home it opens.
    let app = open_with(&device, keys(own));
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["me"]["person"], robin, "{install}");
}

/// A key store that has another key under every name.
struct Stranger;

impl Keys for Stranger {
    fn get(&self, _: &str) -> KeyResult<Option<Secret>> {
        Ok(Some(Secret::new(vec![9; 32])))
    }

    fn put(&self, _: &str, _: &Secret) -> KeyResult<()> {
        Ok(())
    }

    fn delete(&self, _: &str) -> KeyResult<()> {
        Ok(())
    }

    fn kind(&self) -> KeyStore {
        KeyStore::Platform
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_store_is_taken_over_with_what_waits_and_leaves_nothing() {
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    add_person(&app, "Jo Marsh").await;
    let before = waiting(&app).await;
    close(app).await;
    // As a version before locks left it.
    let plain = device.in_the_clear(&robin);
    fs::rename(&plain, device.store(&robin)).unwrap();
    fs::remove_dir_all(device.path("keys")).unwrap();
    let list = json!({"last": robin, "spaces": [{"id": robin, "name": "Robin Vale", "school": "Foxglove School"}]});
    fs::write(device.path("spaces.json"), list.to_string()).unwrap();
    let names = ["Robin Vale", "Jo Marsh", "Foxglove"];
    assert!(in_the_clear(device.folder.path(), &names).len() >= 3);

    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&install["me"]["person"], &install["trouble"]),
        (&robin, &Value::Null)
    );
    assert_eq!(waiting(&app).await, before);
    assert!(people(&app).await.contains(&"Jo Marsh".to_owned()));
    assert!(!is_plain(&device.store(&robin)).unwrap());
    close(app).await;
    assert_eq!(in_the_clear(device.folder.path(), &names), []);
}

/// A key store that never answers.
struct Silent;

impl Keys for Silent {
    fn get(&self, _: &str) -> KeyResult<Option<Secret>> {
        loop {
            std::thread::park();
        }
    }

    fn put(&self, name: &str, _: &Secret) -> KeyResult<()> {
        self.get(name).map(drop)
    }

    fn delete(&self, name: &str) -> KeyResult<()> {
        self.get(name).map(drop)
    }

    fn kind(&self) -> KeyStore {
        KeyStore::Platform
    }
}

/// A key store that says that it is locked.
struct Shut;

impl Keys for Shut {
    fn get(&self, _: &str) -> KeyResult<Option<Secret>> {
        Err(KeyError::Unavailable)
    }

    fn put(&self, _: &str, _: &Secret) -> KeyResult<()> {
        Err(KeyError::Unavailable)
    }

    fn delete(&self, _: &str) -> KeyResult<()> {
        Err(KeyError::Unavailable)
    }

    fn kind(&self) -> KeyStore {
        KeyStore::Platform
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_store_that_does_not_answer_is_done_without_and_that_is_said() {
    let device = Device::new();
    let keys = Arc::new(DeviceKeys::new(
        device.folder.path(),
        Some(Arc::new(Silent)),
    ));
    let app = open_with(&device, keys);
    let begun = Instant::now();
    start_school(&app, "Foxglove School", "Robin Vale").await;
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(install["key_store"], "file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_store_that_is_locked_today_is_not_taken_for_a_lost_key() {
    let device = Device::new();
    let keys =
        |platform: Arc<dyn Keys>| Arc::new(DeviceKeys::new(device.folder.path(), Some(platform)));
    let own: Arc<dyn Keys> = Arc::new(MemoryKeys::default());
    let app = open_with(&device, keys(own.clone()));
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    assert_eq!(
        call(&app, "install_get", json!({})).await["key_store"],
        "platform"
    );
    close(app).await;
    let before = fs::read(device.path("spaces.json")).unwrap();

    let app = open_with(&device, keys(Arc::new(Shut)));
    let install = call(&app, "install_get", json!({})).await;
    assert!(
        install["trouble"].as_str().unwrap().contains("Unlock it"),
        "{install}"
    );
    assert_eq!(install["spaces"][0]["id"], robin);
    close(app).await;
    assert!(device.store(&robin).is_file());
    assert_eq!(fs::read(device.path("spaces.json")).unwrap(), before);

    let app = open_with(&device, keys(own));
    let install = call(&app, "install_get", json!({})).await;
    assert_eq!(
        (&install["me"]["name"], &install["trouble"]),
        (&json!("Robin Vale"), &Value::Null)
    );
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let device = Device::new();
    let app = device.open();
    let robin = start_school(&app, "Foxglove School", "Robin Vale").await;
    close(app).await;
    let key = device
        .path("keys")
        .join(format!("{}.key", robin.as_str().unwrap()));
    let may = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((may(&key), may(&device.path("keys"))), (0o600, 0o700));

    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let app = device.open();
    let install = call(&app, "install_get", json!({})).await;
    assert!(
        install["trouble"]
            .as_str()
            .unwrap()
            .contains("read by other people"),
        "{install}"
    );
    assert_eq!(may(&key), 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_of_the_system_are_told_to_leave_the_folder_out() {
    let device = Device::new();
    close(device.open()).await;
    let tag = fs::read_to_string(device.path("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"));
    assert!(device.path(".nobackup").is_file());

    let android = Path::new(env!("CARGO_MANIFEST_DIR")).join("gen/android/app/src/main");
    let manifest = fs::read_to_string(android.join("AndroidManifest.xml")).unwrap();
    for said in [
        r#"android:allowBackup="false""#,
        r#"android:fullBackupContent="false""#,
        r#"android:dataExtractionRules="@xml/data_extraction_rules""#,
    ] {
        assert!(manifest.contains(said), "{said}");
    }
    let rules = fs::read_to_string(android.join("res/xml/data_extraction_rules.xml")).unwrap();
    for domain in ["root", "file", "database", "sharedpref", "external"] {
        let said = format!(r#"<exclude domain="{domain}""#);
        assert_eq!(
            rules.matches(&said).count(),
            2,
            "{domain}: cloud and another device"
        );
    }
    assert!(!rules.contains("<include"));
}

#[test]
fn nothing_shows_a_secret() {
    let keys = MemoryKeys::default();
    let key = key_or_new(&keys, "ada").unwrap();
    let secret = keys.get("ada").unwrap().unwrap();
    let said = format!("{key:?} {secret:?} {:?}", KeyError::Wrapped);
    assert_eq!(said, "StoreKey(hidden) Secret(hidden) Wrapped");
    // The same key every time, and another under another name.
    assert!(key_or_new(&keys, "ada").unwrap() == key);
    assert!(key_or_new(&keys, "grace").unwrap() != key);
}
