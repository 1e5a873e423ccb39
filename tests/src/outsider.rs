//! A client that keeps no rules: it sends whatever it is told to, with whatever token it was given.

use alongside_domain::{DeviceId, PersonId, Stamp};
use alongside_sync::Wall as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{Device, RunningHub};

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

impl Answered {
    /// The code of a refusal of the whole call, with its sentence checked to be one.
    #[track_caller]
    pub fn code(&self) -> &str {
        assert!(self.status.is_client_error(), "{self:?}");
        assert_sentence(self.body["message"].as_str().unwrap_or_default());
        self.body["code"].as_str().unwrap()
    }

    /// The code with which a field of the nth record was refused, with its sentence checked to be one.
    #[track_caller]
    pub fn refused(&self, record: usize, field: &str) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let refused = self.body["results"][record]["refused"].as_array().unwrap();
        let one = refused.iter().find(|one| one["field"] == field);
        let one = one.unwrap_or_else(|| panic!("{field} was not refused: {}", self.body));
        assert_sentence(one["message"].as_str().unwrap_or_default());
        one["code"].as_str().unwrap()
    }

    /// Which fields of the nth record were accepted.
    #[track_caller]
    pub fn accepted(&self, record: usize) -> Vec<&str> {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let accepted = self.body["results"][record]["accepted"].as_array().unwrap();
        accepted.iter().map(|name| name.as_str().unwrap()).collect()
    }
}

#[track_caller]
fn assert_sentence(message: &str) {
    let is_sentence = message.starts_with(|c: char| c.is_uppercase() || c == '“')
        && message.ends_with(['.', '!', '?'])
        && message.contains(' ');
    assert!(is_sentence, "not a sentence for people: {message:?}");
}

/// A way to speak HTTP that follows no setting of the machine.
pub fn http() -> reqwest::Client {
    // Fails when a provider is installed already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(std::iter::empty())
        .build()
        .unwrap()
}

/// The client.
pub struct Outsider {
    /// The token it shows.
    pub token: String,
    /// The end of the stamps it makes.
    pub device: DeviceId,
    base: String,
    client: reqwest::Client,
    count: std::sync::atomic::AtomicU16,
}

impl Outsider {
    /// A changed client on the device of `person`, who was let in as everybody is.
    pub async fn let_in(hub: &RunningHub, person: PersonId) -> Self {
        let device = Device::join(hub, person).await;
        Self::on(hub, &device)
    }

    /// A changed client with the token of a device.
    pub fn on(hub: &RunningHub, device: &Device) -> Self {
        Self::with(hub, device.token(), device.actor.device)
    }

    /// A client with a token it made up.
    pub fn with(hub: &RunningHub, token: String, device: DeviceId) -> Self {
        Self {
            token,
            device,
            base: hub.url(""),
            client: http(),
            count: std::sync::atomic::AtomicU16::new(0),
        }
    }

    /// The same client at another hub, or at one that was started again: the stamps go on.
    #[must_use]
    pub fn at(&self, hub: &RunningHub) -> Self {
        let count = self.count.load(std::sync::atomic::Ordering::Relaxed);
        Self {
            token: self.token.clone(),
            device: self.device,
            base: hub.url(""),
            client: self.client.clone(),
            count: std::sync::atomic::AtomicU16::new(count),
        }
    }

    /// A stamp of its own, at the hub's time.
    pub fn stamp(&self, hub: &RunningHub) -> String {
        let count = self
            .count
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Stamp::new(hub.clock.now_ms(), count, self.device.tail()).to_string()
    }

    /// A record to send: every value with a stamp of its own, in the order given.
    pub fn record(
        &self,
        hub: &RunningHub,
        id: impl std::fmt::Display,
        kind: &str,
        fields: &[(&str, Value)],
    ) -> Value {
        let fields: serde_json::Map<_, _> = fields
            .iter()
            .map(|(name, value)| {
                (
                    (*name).to_owned(),
                    json!({ "value": value, "stamp": self.stamp(hub) }),
                )
            })
            .collect();
        json!({ "id": id.to_string(), "kind": kind, "fields": fields })
    }

    /// Pushes records.
    pub async fn push(&self, records: &[Value]) -> Answered {
        self.post("/v1/sync", &json!({ "records": records })).await
    }

    /// Pulls everything, page by page, and returns the records.
    pub async fn pull(&self) -> Vec<Value> {
        let (mut after, mut records) = (0, Vec::new());
        loop {
            let answer = self.post("/v1/sync", &json!({ "after": after })).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            records.extend(answer.body["records"].as_array().unwrap().iter().cloned());
            after = answer.body["cursor"].as_u64().unwrap();
            if answer.body["more"] == false {
                return records;
            }
        }
    }

    /// Asks a command.
    pub async fn rpc(&self, command: &str, request: Value) -> Answered {
        self.post(&format!("/rpc/{command}"), &request).await
    }

    /// Posts JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answered {
        self.post_raw(
            path,
            &[("content-type", "application/json")],
            body.to_string().into(),
        )
        .await
    }

    /// Posts bytes.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answered {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.body(body).send().await.unwrap();
        let status = response.status();
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        Answered { status, body }
    }
}
