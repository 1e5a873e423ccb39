//! A hub that listens, a clock moved by hand, and a caller who can say anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use alongside_domain::{DeviceId, PersonId, SchoolId, Stamp};
use alongside_sync::Wall;
use alongside_sync::wire::PairSchool;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{Config, Hub, HubError, serve};

/// Monday 2 November 2026, 08:00 UTC.
const START_MS: u64 = 1_793_606_400_000;

#[derive(Clone)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn pass_minutes(&self, minutes: u64) {
        self.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Wall for Clock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ids are far apart per kind, so that a mixed-up one fails.
pub fn person(n: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(0x1000 + n))
}

pub fn device(n: u128) -> DeviceId {
    DeviceId::from_uuid(Uuid::from_u128(0x7000_0000 + n))
}

pub const HEAD: u128 = 1;
pub const TEACHER: u128 = 20;

pub struct House {
    pub hub: Arc<Hub>,
    pub clock: Clock,
    pub url: String,
    pub client: Client,
    pub folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), HubError>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// It is a refusal with this status and code, and a sentence.
    #[track_caller]
    pub fn is_refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        let said = self.json();
        assert_eq!(said["code"], code, "{self:?}");
        let message = said["message"].as_str().unwrap();
        assert!(message.ends_with('.') && message.contains(' '), "{message}");
        message.to_owned()
    }

    #[track_caller]
    pub fn is_done(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }
}

pub async fn ask(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.unwrap(),
    }
}

impl House {
    /// A hub with no school.
    pub async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    /// A hub with a school, its head and a teacher.
    pub async fn school() -> Self {
        let house = Self::empty().await;
        house.found();
        house
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock(Arc::new(AtomicU64::new(START_MS)));
        let mut config = Config {
            wall: Arc::new(clock.clone()),
            ..Config::new(folder.path())
        };
        change(&mut config);
        let hub = Hub::open(config).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let served = Arc::clone(&hub);
        let task =
            tokio::spawn(
                async move { serve(listener, served, async { drop(stopped.await) }).await },
            );
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only(std::iter::empty())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            hub,
            clock,
            url,
            client,
            folder,
            stop: Some(stop),
            task,
        }
    }

    pub fn found(&self) {
        let school = PairSchool {
            id: SchoolId::from_uuid(Uuid::from_u128(0x2000)),
            name: "Thistle School".into(),
            person: person(HEAD),
            person_name: "Ida Head".into(),
        };
        self.hub.desk().school_create(&school, device(999)).unwrap();
        self.put_person(TEACHER, "Ben Teacher");
    }

    /// The head adds somebody.
    pub fn put_person(&self, n: u128, name: &str) {
        let head = alongside_api::Actor {
            person: person(HEAD),
            device: device(999),
        };
        let fields = json!({
            "name": { "value": name, "stamp": self.stamp(999) },
            "roles": { "value": ["teacher"], "stamp": self.stamp(999) },
            "is_active": { "value": true, "stamp": self.stamp(999) },
        });
        let record =
            json!({ "records": [{ "id": person(n), "kind": "person", "fields": fields }] });
        let answer = self
            .hub
            .desk()
            .exchange(&head, serde_json::from_value(record).unwrap())
            .unwrap();
        assert!(answer.results[0].refused.is_empty(), "{answer:?}");
    }

    pub fn stamp(&self, device_n: u128) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        Stamp::new(
            self.clock.now_ms(),
            u16::try_from(count).unwrap(),
            device(device_n).tail(),
        )
        .to_string()
    }

    pub fn code(&self, n: u128) -> String {
        self.hub.desk().code_for(person(n)).unwrap().code
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body.into())
    }

    pub fn pair(&self, code: &str, device_n: u128) -> RequestBuilder {
        let request =
            json!({ "code": code, "device": { "id": device(device_n), "name": "A tablet" } });
        self.post("/v1/pair", request.to_string())
    }

    /// The token of a device that was let in.
    pub async fn token(&self, person_n: u128, device_n: u128) -> String {
        let paired = ask(self.pair(&self.code(person_n), device_n))
            .await
            .is_done();
        paired["token"].as_str().unwrap().to_owned()
    }

    pub fn sync(&self, token: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.post("/v1/sync", body).bearer_auth(token)
    }

    /// A record of a class, as a leader's device sends it.
    pub fn class(&self, n: u128, device_n: u128) -> Value {
        json!({
            "id": Uuid::from_u128(0x5000 + n),
            "kind": "class",
            "fields": { "name": { "value": format!("Class {n}"), "stamp": self.stamp(device_n) } },
        })
    }

    /// The cookie of a browser that joined.
    pub async fn cookie(&self, person_n: u128) -> String {
        let join = json!({ "address": null, "code": self.code(person_n), "device": "A phone" });
        let joined = ask(self
            .post("/rpc/device_join", join.to_string())
            .header("origin", &self.url))
        .await;
        joined.is_done();
        joined
            .header("set-cookie")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    pub fn rpc(&self, cookie: &str, command: &str, request: &Value) -> RequestBuilder {
        self.post(&format!("/rpc/{command}"), request.to_string())
            .header("cookie", cookie)
            .header("origin", &self.url)
    }

    /// Stops it as a program would be asked to.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        tokio::time::timeout(Duration::from_secs(20), self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }
}
