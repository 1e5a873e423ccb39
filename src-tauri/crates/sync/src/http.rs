//! The way to a hub over HTTP.
//!
//! Certificates are checked by the platform, so that a school's own authority counts; on Android, where that asks for
//! Java glue, by the well-known roots. A hub whose key is pinned must answer with that key, over TLS 1.3. Redirects are not followed: a token goes to the hub it belongs to and nowhere
//! else. Answers are read up to a limit, so that a hostile one cannot fill the memory.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::tls::TlsInfo;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, redirect};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::events::Lines;
use crate::exchange::{Answering, Exchange, Heard};
use crate::letter::MEDIA_TYPE;
use crate::wire::{BODY_LIMIT, Health, LetterKeyAnswer};
use crate::{
    Farewell, HubAddress, KeyHash, LetterKey, PairAnswer, PairRequest, SyncAnswer, SyncError,
    SyncRequest, WipeWord, WireError, verify,
};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a line may stay silent. The hub breathes on its events more often than this.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
/// The most bytes of an answer that are read, uncompressed: what the wire allows and room for its envelope.
const ANSWER_LIMIT: usize = 2 * BODY_LIMIT;
/// Bodies below this are not worth compressing.
const COMPRESS_FROM: usize = 1024;
/// The level at which a walk week's text stops getting notably smaller for the time spent.
const ZSTD_LEVEL: i32 = 6;

/// A hub, spoken to over HTTP.
pub struct HttpHub {
    address: HubAddress,
    client: Client,
    token: Option<String>,
    encoding: Mutex<Option<String>>,
}

impl HttpHub {
    /// The hub at `address`, spoken to with `token` (none before pairing). `encoding` is what it said it reads when it
    /// was last heard, from the [note](crate::notes::HUB_ENCODING).
    pub fn new(
        address: HubAddress,
        token: Option<String>,
        encoding: Option<String>,
    ) -> Result<Self, SyncError> {
        let client = client(&address)?;
        Ok(Self {
            address,
            client,
            token,
            encoding: Mutex::new(encoding),
        })
    }

    /// A hub whose key is not known yet: over TLS 1.3, to whoever holds the key of the certificate they show. Nothing
    /// secret may be told to it.
    pub(crate) fn stranger(address: &HubAddress) -> Result<Self, SyncError> {
        let address = address.over_tls()?;
        let client = builder(&address)
            .tls_backend_preconfigured(verify::tls(None)?)
            .tls_info(true)
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            address,
            client,
            token: None,
            encoding: Mutex::new(None),
        })
    }

    /// Asks a [stranger](Self::stranger), and says which key answered on this very connection.
    pub(crate) async fn ask_stranger<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<(T, KeyHash), SyncError> {
        let body =
            serde_json::to_vec(body).map_err(|error| SyncError::Unreachable(error.into()))?;
        let request = self
            .request(Method::POST, path)?
            .header(CONTENT_TYPE, "application/json");
        let response = self.send(request.body(body)).await?;
        let key = response
            .extensions()
            .get::<TlsInfo>()
            .and_then(TlsInfo::peer_certificate)
            .and_then(|shown| KeyHash::of_certificate(&CertificateDer::from(shown)))
            .ok_or(SyncError::WrongKey)?;
        Ok((read(response).await?, key))
    }

    /// Where it is.
    pub fn address(&self) -> &HubAddress {
        &self.address
    }

    /// Asks whether the hub is well.
    pub async fn health(&self) -> Result<Health, SyncError> {
        let response = self.send(self.request(Method::GET, "health")?).await?;
        read(response).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, SyncError> {
        let request = self.client.request(method, self.address.call(path)?);
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, SyncError> {
        let body =
            serde_json::to_vec(body).map_err(|error| SyncError::Unreachable(error.into()))?;
        let mut request = self
            .request(Method::POST, path)?
            .header(CONTENT_TYPE, "application/json");
        let is_compressed = body.len() > COMPRESS_FROM && self.reads_zstd();
        let body = if is_compressed {
            request = request.header(CONTENT_ENCODING, "zstd");
            zstd::bulk::compress(&body, ZSTD_LEVEL)
                .map_err(|error| SyncError::Unreachable(error.into()))?
        } else {
            body
        };
        read(self.send(request.body(body)).await?).await
    }

    /// Sends, takes note of what the hub reads, and turns a refusal of the whole call into its error.
    async fn send(&self, request: RequestBuilder) -> Result<Response, SyncError> {
        let response = request
            .send()
            .await
            .map_err(|error| self.not_answered(error))?;
        if let Some(encoding) = text(response.headers(), &ACCEPT_ENCODING) {
            *self.encoding.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(encoding.to_owned());
        }
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let retry_after = text(response.headers(), &RETRY_AFTER)
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        // A proxy in between refuses in its own words; the status says enough.
        let refusal = read(response).await.unwrap_or_else(|_| Refusal {
            error: WireError {
                code: format!("http_{status}"),
                message: String::new(),
            },
            wipe: None,
        });
        Err(
            match SyncError::from_status(status, refusal.error, retry_after) {
                SyncError::Revoked { error, .. } => SyncError::Revoked {
                    error,
                    wipe: refusal.wipe,
                },
                error => error,
            },
        )
    }

    /// Why no answer came. With a pinned key, someone else who answers is not the hub.
    fn not_answered(&self, error: reqwest::Error) -> SyncError {
        if self.address.pin().is_some() && verify::is_about_tls(&error) {
            SyncError::WrongKey
        } else {
            unreachable(error)
        }
    }

    /// Asks with `secret` in the token's place.
    pub(crate) async fn get_as<T: DeserializeOwned>(
        &self,
        path: &str,
        secret: &str,
    ) -> Result<T, SyncError> {
        read(
            self.send(self.request(Method::GET, path)?.bearer_auth(secret))
                .await?,
        )
        .await
    }

    fn reads_zstd(&self) -> bool {
        let encoding = self.encoding.lock().unwrap_or_else(PoisonError::into_inner);
        encoding.as_deref().is_some_and(|said| {
            said.split(',')
                .any(|one| one.split(';').next().map(str::trim) == Some("zstd"))
        })
    }
}

/// What a hub says when it refuses a whole call.
#[derive(serde::Deserialize)]
struct Refusal {
    #[serde(flatten)]
    error: WireError,
    #[serde(default)]
    wipe: Option<WipeWord>,
}

impl Exchange for HttpHub {
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer> {
        Box::pin(self.post("v1/pair", request))
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        Box::pin(self.post("v1/sync", request))
    }

    fn farewell<'a>(&'a self, said: &'a Farewell) -> Answering<'a, ()> {
        Box::pin(async move {
            let _: Value = self.post("v1/farewell", said).await?;
            Ok(())
        })
    }

    fn ask<'a>(&'a self, command: &'a str, request: Value) -> Answering<'a, Value> {
        Box::pin(async move {
            let is_command =
                !command.is_empty() && command.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if !is_command {
                return Err(SyncError::Address("there is no such command"));
            }
            self.post(&format!("rpc/{command}"), &request).await
        })
    }

    fn listen<'a>(&'a self, heard: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        Box::pin(async move {
            let request = self
                .request(Method::GET, "v1/events")?
                .header(reqwest::header::ACCEPT, "text/event-stream");
            let mut response = self.send(request).await?;
            heard(Heard::Open);
            let mut lines = Lines::default();
            while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
                lines.feed(&chunk, &mut |version| heard(Heard::Changed(version)))?;
            }
            Ok(())
        })
    }

    fn letter<'a>(&'a self, letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        Box::pin(async move {
            let request = self
                .request(Method::POST, "v1/letters")?
                .header(CONTENT_TYPE, MEDIA_TYPE)
                .body(letter.to_vec());
            bytes(self.send(request).await?).await
        })
    }

    fn letter_key(&self) -> Answering<'_, LetterKey> {
        Box::pin(async move {
            let request = self.request(Method::GET, "v1/letter-key")?;
            let answer: LetterKeyAnswer = read(self.send(request).await?).await?;
            let key = answer.letter_key.parse();
            key.map_err(|_| SyncError::Garbled("no key for letters".into()))
        })
    }

    fn encoding(&self) -> Option<String> {
        self.encoding
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn client(address: &HubAddress) -> Result<Client, SyncError> {
    let mut builder = builder(address);
    if let Some(pin) = address.pin() {
        builder = builder.tls_backend_preconfigured(verify::tls(Some(pin))?);
    } else if !address.is_encrypted() {
        // Nothing to check, so nothing is loaded, and a machine without certificates will do.
        builder = builder.tls_certs_only(std::iter::empty());
    } else if cfg!(target_os = "android") {
        builder = builder.tls_certs_only(well_known_roots());
    }
    builder.build().map_err(unreachable)
}

fn builder(address: &HubAddress) -> ClientBuilder {
    // Fails when a provider is installed already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("alongside/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .tcp_nodelay(true);
    if address.is_local() {
        // A proxy for the open network does not know the way to a tablet next door.
        builder.no_proxy()
    } else {
        builder
    }
}

#[cfg(target_os = "android")]
fn well_known_roots() -> Vec<reqwest::Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|root| reqwest::Certificate::from_der(root).ok())
        .collect()
}

#[cfg(not(target_os = "android"))]
fn well_known_roots() -> Vec<reqwest::Certificate> {
    Vec::new()
}

/// Reads a body up to the limit.
async fn bytes(mut response: Response) -> Result<Vec<u8>, SyncError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(cut_or_garbled)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(SyncError::Garbled("more than a hub sends at once".into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a JSON body up to the limit. What is not JSON did not come from a hub.
async fn read<T: DeserializeOwned>(response: Response) -> Result<T, SyncError> {
    let body = bytes(response).await?;
    // The parser's own words quote the text, which may be a person's; its place says enough.
    serde_json::from_slice(&body).map_err(|error| {
        SyncError::Garbled(format!(
            "{:?} at {}:{}",
            error.classify(),
            error.line(),
            error.column()
        ))
    })
}

fn cut_or_garbled(error: reqwest::Error) -> SyncError {
    if error.is_decode() {
        SyncError::Garbled("it could not be decompressed, or was cut off".into())
    } else {
        unreachable(error)
    }
}

fn unreachable(error: reqwest::Error) -> SyncError {
    // Addresses do not belong in logs.
    SyncError::Unreachable(error.without_url().into())
}

fn text<'a>(headers: &'a HeaderMap, name: &reqwest::header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
