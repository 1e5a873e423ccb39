//! A device to try things on, and what every test asks of it.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alongside_api::ApiError;
use alongside_app::{App, Settings};
use alongside_store::StoreKey;
use alongside_store::sqlite::copy_as;
use alongside_sync::Pace;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a fact may take to come about.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that outlives the app that is open over it.
pub struct Device {
    pub folder: TempDir,
}

impl Device {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn settings(&self) -> Settings {
        let pace = Pace {
            after_change: Duration::from_millis(20),
            after_hub_change: Duration::from_millis(20),
            first_retry: Duration::from_millis(50),
            longest_retry: Duration::from_millis(200),
        };
        Settings {
            pace,
            ..Settings::new(self.folder.path())
        }
    }

    pub fn open(&self) -> App {
        App::new(self.settings(), |_| {}).unwrap()
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    /// The key of a person's store, from the key file.
    pub fn key(&self, person: &Value) -> StoreKey {
        let name = format!("{}.key", person.as_str().unwrap());
        let bytes = fs::read(self.path("keys").join(name)).unwrap();
        StoreKey::Raw(bytes.try_into().unwrap())
    }

    /// A copy of a person's store in the clear, beside it.
    pub fn in_the_clear(&self, person: &Value) -> PathBuf {
        let store = self.store(person);
        let plain = store.with_file_name("plain.db");
        copy_as(&store, &self.key(person), &plain, &StoreKey::Plain).unwrap();
        plain
    }

    pub fn store(&self, person: &Value) -> PathBuf {
        self.path("spaces")
            .join(person.as_str().unwrap())
            .join("alongside.db")
    }
}

pub async fn call(app: &App, name: &str, request: Value) -> Value {
    app.call(name, request)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub async fn refusal(app: &App, name: &str, request: Value) -> ApiError {
    app.call(name, request)
        .await
        .err()
        .unwrap_or_else(|| panic!("{name} was not refused"))
}

pub async fn close(app: App) {
    app.close().await;
}

/// Starts a school and returns the head's id.
pub async fn start_school(app: &App, school: &str, person: &str) -> Value {
    let request = json!({"school": school, "person": person, "setup_code": null});
    call(app, "school_start", request).await["me"]["person"].clone()
}

/// Adds a teacher and returns their id.
pub async fn add_person(app: &App, name: &str) -> Value {
    let person = json!({"person": null, "name": name, "roles": ["teacher"], "line_manager": null, "is_active": true});
    let school = call(app, "person_put", person).await;
    let people = school["people"].as_array().unwrap();
    people.iter().find(|line| line["name"] == name).unwrap()["person"].clone()
}

/// The names of the school's people.
pub async fn people(app: &App) -> Vec<String> {
    let school = call(app, "school_get", json!({})).await;
    let people = school["people"].as_array().unwrap();
    people
        .iter()
        .map(|line| line["name"].as_str().unwrap().to_owned())
        .collect()
}

pub async fn waiting(app: &App) -> u64 {
    call(app, "sync_get", json!({})).await["waiting"]
        .as_u64()
        .unwrap()
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let latest = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < latest, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Spoils a part of a file.
pub fn overwrite(path: &Path, from: usize, to: usize) {
    let mut bytes = fs::read(path).unwrap();
    let to = to.min(bytes.len());
    bytes[from..to].fill(0xA5);
    fs::write(path, bytes).unwrap();
}
