//! TLS before the doors: version 1.3 only, and handshakes that keep nobody else waiting.
//!
//! A handshake happens on a task of its own, within a time, and so many at once, of which one address has a share. Who
//! speaks plain HTTP here is told so in a sentence.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use alongside_sync::KeyHash;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::door::neighbourhood;
use crate::{HubError, Identity, limits};

/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;
/// How much of a plain request is read before it is answered.
const PLAIN_HEAD: usize = 8 * 1024;

/// The key of the certificate that was shown on the connection a request came over; an extension of such requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServedKey(pub KeyHash);

/// How a door speaks TLS. Clones are the same door.
#[derive(Clone)]
pub struct Tls {
    shown: Arc<RwLock<Shown>>,
    turns: Arc<Turns>,
}

/// What is shown to those who connect now. The key goes with its configuration, so that a proof is always for the key of
/// its own connection, also while the certificate is being renewed.
#[derive(Clone)]
struct Shown {
    config: Arc<ServerConfig>,
    key: KeyHash,
}

impl Tls {
    /// A door that shows `identity`.
    pub fn new(identity: &Identity) -> Result<Self, HubError> {
        Ok(Self {
            shown: Arc::new(RwLock::new(Shown::new(identity)?)),
            turns: Arc::new(Turns::new()),
        })
    }

    /// Shows another identity from the next connection on; those that are open go on.
    pub fn show(&self, identity: &Identity) -> Result<(), HubError> {
        let shown = Shown::new(identity)?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
        Ok(())
    }

    /// The key that is shown now: what devices pin.
    pub fn key_hash(&self) -> KeyHash {
        self.now().key
    }

    fn now(&self) -> Shown {
        self.shown
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Shakes hands with who connected from `peer`. None when that did not come to its end `within` this time.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        peer: IpAddr,
        within: Duration,
    ) -> Option<(TlsStream<TcpStream>, ServedKey)> {
        let Shown { config, key } = self.now();
        let shaken = timeout(within, async {
            let _turn = self.turns.take(peer).await?;
            let mut first = [0];
            match (stream.peek(&mut first).await, first) {
                (Ok(1), [HANDSHAKE]) => {}
                (Ok(1), [letter]) if letter.is_ascii_alphabetic() => {
                    refuse_plain(stream).await;
                    return None;
                }
                _ => return None,
            }
            match TlsAcceptor::from(config).accept(stream).await {
                Ok(stream) => Some(stream),
                Err(error) => {
                    tracing::debug!(%error, "a handshake failed");
                    None
                }
            }
        });
        Some((shaken.await.ok()??, ServedKey(key)))
    }
}

impl Shown {
    fn new(identity: &Identity) -> Result<Self, HubError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| HubError::Setting(format!("TLS cannot be spoken here: {error}.")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(identity.certified())));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            key: identity.key_hash(),
        })
    }
}

/// One certificate, whatever name is asked for.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Whose turn it is to shake hands.
struct Turns {
    all: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
}

impl Turns {
    fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits::HANDSHAKES_AT_ONCE)),
            by_address: Mutex::default(),
        }
    }

    async fn take(&self, address: IpAddr) -> Option<[OwnedSemaphorePermit; 2]> {
        let own = self.of(neighbourhood(address));
        // First the own share: who waits for it does not take a turn from others.
        let own = own.acquire_owned().await.ok()?;
        let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
        Some([own, all])
    }

    fn of(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut by_address = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = by_address.get(&address).and_then(Weak::upgrade) {
            return own;
        }
        by_address.retain(|_, own| own.strong_count() > 0);
        let own = Arc::new(Semaphore::new(limits::HANDSHAKES_BY_ADDRESS));
        by_address.insert(address, Arc::downgrade(&own));
        own
    }
}

/// Says in plain HTTP that it is not spoken here. Nothing that was sent is looked at.
async fn refuse_plain(mut stream: TcpStream) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while head.len() < PLAIN_HEAD && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(count @ 1..) => head.extend_from_slice(piece.get(..count).unwrap_or_default()),
            _ => return,
        }
    }
    let body = r#"{"code":"bad_request","message":"This hub speaks only TLS. Ask again with https:// before its address."}"#;
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Whether they wait to hear it is theirs.
    if stream.write_all(answer.as_bytes()).await.is_ok() && stream.shutdown().await.is_ok() {
        // A line that is closed with something unread loses the answer on its way.
        while matches!(stream.read(&mut piece).await, Ok(1..)) {}
    }
}
