//! Who answers at the hub's address: every way in which someone else could pass for the hub, over real sockets.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_domain::HubId;
use alongside_sync::wire::{HelloAnswer, HelloRequest};
use alongside_sync::{
    DoorCode, Exchange as _, HttpHub, HubAddress, KeyHash, Proven, SyncError, SyncRequest, hello,
};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use crate::conversation::{Doorway, take_connections};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::{Config, Hub, Identity, ServedKey, Tls, serve_tls};

/// A token that must be seen by nobody but the hub.
const TOKEN: &str = "marker-token-c0ffee";

/// A hub behind TLS.
pub struct House {
    pub identity: Identity,
    tls: Tls,
    pub address: SocketAddr,
    _folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
    _task: JoinHandle<()>,
}

impl House {
    pub async fn open() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        change(&mut config.limits);
        let hub = Hub::open(config).unwrap();
        let identity = Identity::make().unwrap();
        let tls = Tls::new(&identity).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shown = tls.clone();
        let task = tokio::spawn(async move {
            serve_tls(listener, hub, shown, async { drop(stopped.await) })
                .await
                .unwrap();
        });
        Self {
            identity,
            tls,
            address,
            _folder: folder,
            _stop: stop,
            _task: task,
        }
    }

    pub fn pinned(&self) -> HubAddress {
        HubAddress::pinned(self.address, self.identity.key_hash()).unwrap()
    }
}

fn device_of(address: HubAddress) -> HttpHub {
    HttpHub::new(address, Some(TOKEN.into()), None).unwrap()
}

/// Someone who shows what `config` says, and everything that reached them inside TLS.
async fn impostor(config: ServerConfig) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let hears = Arc::clone(&heard);
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut piece = [0; 1024];
            while let Ok(count @ 1..) = stream.read(&mut piece).await {
                hears.lock().unwrap().extend_from_slice(&piece[..count]);
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                    .await;
            }
        }
    });
    (address, heard)
}

/// Someone at an address of the hub's, with a key of their own.
pub async fn impostor_with_another_key() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let own = Identity::make().unwrap();
    impostor(shows(copied(&own, &own), &[&TLS13])).await
}

fn shows(certified: CertifiedKey, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
    #[derive(Debug)]
    struct Always(Arc<CertifiedKey>);
    impl rustls::server::ResolvesServerCert for Always {
        fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(Arc::clone(&self.0))
        }
    }
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::new(certified))))
}

/// The certificate of one, byte for byte, with the key of another.
fn copied(certificate: &Identity, key: &Identity) -> CertifiedKey {
    let chain: Vec<CertificateDer<'static>> = certificate.certified().cert.clone();
    CertifiedKey::new(chain, Arc::clone(&key.certified().key))
}

async fn expect_wrong_key(address: SocketAddr, key: KeyHash, heard: &Mutex<Vec<u8>>) {
    let device = device_of(HubAddress::pinned(address, key).unwrap());
    let synced = device.exchange(&SyncRequest::default()).await;
    assert!(matches!(synced, Err(SyncError::WrongKey)), "{synced:?}");
    assert!(heard.lock().unwrap().is_empty(), "something was told");
}

#[tokio::test]
async fn a_device_that_pins_the_key_is_served_over_tls_1_3() {
    let house = House::open().await;
    let device = device_of(house.pinned());
    assert_eq!(device.health().await.unwrap().status, "ok");
    let synced = device.exchange(&SyncRequest::default()).await;
    assert!(
        matches!(synced, Err(SyncError::Unauthorised(_))),
        "the hub itself answered: {synced:?}"
    );
}

#[tokio::test]
async fn a_copied_certificate_with_another_key_is_refused_by_the_signature() {
    let (hub, attacker) = (Identity::make().unwrap(), Identity::make().unwrap());
    let (address, heard) = impostor(shows(copied(&hub, &attacker), &[&TLS13])).await;
    expect_wrong_key(address, hub.key_hash(), &heard).await;
}

#[tokio::test]
async fn another_certificate_that_looks_the_same_is_refused() {
    let (hub, attacker) = (Identity::make().unwrap(), Identity::make().unwrap());
    let (address, heard) = impostor(shows(copied(&attacker, &attacker), &[&TLS13])).await;
    expect_wrong_key(address, hub.key_hash(), &heard).await;
}

#[tokio::test]
async fn the_hub_s_certificate_further_down_the_chain_is_worth_nothing() {
    let (hub, attacker) = (Identity::make().unwrap(), Identity::make().unwrap());
    let mut both = copied(&attacker, &attacker);
    both.cert.extend(hub.certified().cert.iter().cloned());
    let (address, heard) = impostor(shows(both, &[&TLS13])).await;
    expect_wrong_key(address, hub.key_hash(), &heard).await;
}

#[tokio::test]
async fn the_right_key_over_tls_1_2_is_refused_by_the_device() {
    let hub = Identity::make().unwrap();
    let (address, heard) = impostor(shows(copied(&hub, &hub), &[&TLS12])).await;
    expect_wrong_key(address, hub.key_hash(), &heard).await;
}

#[tokio::test]
async fn a_client_of_tls_1_2_gets_no_further_than_the_handshake() {
    let house = House::open().await;
    let old = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone))
        .with_no_client_auth();
    let stream = TcpStream::connect(house.address).await.unwrap();
    let name = IpAddr::from([127, 0, 0, 1]).into();
    let shaken = tokio_rustls::TlsConnector::from(Arc::new(old))
        .connect(name, stream)
        .await;
    let refused = shaken.unwrap_err();
    let alert = refused.get_ref().unwrap().downcast_ref::<rustls::Error>();
    assert_eq!(
        alert,
        Some(&rustls::Error::AlertReceived(
            rustls::AlertDescription::ProtocolVersion
        ))
    );
}

#[derive(Debug)]
struct Anyone;

impl rustls::client::danger::ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &rustls::pki_types::ServerName<'_>,
        _: &[u8],
        _: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Ok(rustls::client::danger::ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Ok(rustls::client::danger::HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[tokio::test]
async fn plain_http_on_the_tls_port_is_told_what_to_do() {
    let house = House::open().await;
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream
        .write_all(b"POST /v1/sync HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer x\r\n\r\n")
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("https://"), "{answer}");
}

#[tokio::test]
async fn a_hub_under_the_pin_cannot_send_a_device_on_to_a_plain_line() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/v1/sync", plain.local_addr().unwrap());
    let app = Router::new().fallback(move || {
        let to = elsewhere.clone();
        async move { (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]) }
    });
    let door = Door::open(app).await;
    let device = device_of(HubAddress::pinned(door.address, door.key).unwrap());
    let synced = device.exchange(&SyncRequest::default()).await;
    assert!(
        matches!(synced, Err(SyncError::Refused { status: 307, .. })),
        "{synced:?}"
    );
    let knocked = tokio::time::timeout(Duration::from_millis(200), plain.accept()).await;
    assert!(knocked.is_err(), "the device went where it was sent");
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_from_the_next_connection_on() {
    let house = House::open().await;
    let before = device_of(house.pinned());
    before.health().await.unwrap();
    let renewed = Identity::make().unwrap();
    house.tls.show(&renewed).unwrap();
    assert_eq!(house.tls.key_hash(), renewed.key_hash());
    let address = HubAddress::pinned(house.address, renewed.key_hash()).unwrap();
    device_of(address).health().await.unwrap();
    assert!(
        before.health().await.is_ok(),
        "an open connection is not cut"
    );
    let late = device_of(house.pinned()).health().await;
    assert!(matches!(late, Err(SyncError::WrongKey)), "{late:?}");
}

#[tokio::test]
async fn a_slow_handshake_keeps_nobody_waiting_and_is_let_go() {
    let house = House::with(|limits| limits.handshake_within = Duration::from_millis(300)).await;
    let mut silent = TcpStream::connect(house.address).await.unwrap();
    let mut half = TcpStream::connect(house.address).await.unwrap();
    half.write_all(&[0x16, 3, 1, 2, 0]).await.unwrap();
    device_of(house.pinned()).health().await.unwrap();
    for slow in [&mut silent, &mut half] {
        let mut rest = Vec::new();
        // Ended by the hub, with nothing said or cut off: either way it does not stay.
        let _ = slow.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
    }
}

#[tokio::test]
async fn one_machine_full_of_slow_handshakes_keeps_no_other_out() {
    let house = House::open().await;
    let mut slow = Vec::new();
    for _ in 0..crate::limits::HANDSHAKES_BY_ADDRESS + 8 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        slow.push(socket.connect(house.address).await.unwrap());
    }
    let device = device_of(house.pinned());
    let answered = tokio::time::timeout(crate::limits::HANDSHAKE_WITHIN / 2, device.health());
    answered
        .await
        .expect("served before the slow are let go")
        .unwrap();
}

/// A door without a hub behind it, as a leader's device opens one.
struct Door {
    key: KeyHash,
    address: SocketAddr,
    _closing: watch::Sender<bool>,
    _task: JoinHandle<()>,
}

impl Door {
    async fn open(app: Router) -> Self {
        let identity = Identity::make().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (closing, closes) = watch::channel(false);
        let doorway = Doorway {
            refusal: Router::new(),
            app,
            tls: Some(Tls::new(&identity).unwrap()),
            limits: Limits::default(),
            metrics: Arc::new(Metrics::new()),
            is_behind_proxy: false,
            closing: closes,
        };
        let task = tokio::spawn(async move {
            let mut tasks = JoinSet::new();
            take_connections(&listener, &doorway, &mut tasks, std::future::pending()).await;
        });
        Self {
            key: identity.key_hash(),
            address,
            _closing: closing,
            _task: task,
        }
    }

    /// A leader's device that shows `code`.
    async fn showing(code: DoorCode) -> Self {
        let app = Router::new()
            .route("/v1/hello", post(answer_hello))
            .with_state(code);
        Self::open(app).await
    }

    fn typed(&self) -> HubAddress {
        self.address.to_string().parse().unwrap()
    }
}

fn whose() -> HubId {
    HubId::from_uuid(Uuid::from_u128(0x5000_0007))
}

async fn answer_hello(
    State(code): State<DoorCode>,
    Extension(ServedKey(key)): Extension<ServedKey>,
    Json(request): Json<HelloRequest>,
) -> Response {
    let hub = whose();
    match alongside_sync::hello::proof(&code, &key, &request.nonce) {
        Some(proof) => Json(HelloAnswer { hub, proof }).into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[tokio::test]
async fn who_types_the_code_pins_the_key_that_knows_it() {
    let code = DoorCode::random();
    let door = Door::showing(code).await;
    let met = hello(&door.typed(), &code).await.unwrap();
    assert_eq!(
        met,
        Proven {
            address: HubAddress::pinned(door.address, door.key).unwrap(),
            hub: whose(),
        }
    );
}

#[tokio::test]
async fn who_does_not_know_the_code_is_not_believed() {
    let door = Door::showing(DoorCode::random()).await;
    let met = hello(&door.typed(), &DoorCode::random()).await;
    assert!(matches!(met, Err(SyncError::NotProven)), "{met:?}");
}

#[tokio::test]
async fn a_proof_made_for_another_key_is_not_believed() {
    let code = DoorCode::random();
    let leader = Door::showing(code).await;
    let relayed = Arc::new(AtomicUsize::new(0));
    let (to, count) = (leader.address, Arc::clone(&relayed));
    // The one in the middle passes everything on, and what comes back.
    let middle = Door::open(Router::new().fallback(move |request: Request| {
        let count = Arc::clone(&count);
        async move {
            let path = request.uri().path().to_owned();
            let body = axum::body::to_bytes(request.into_body(), 1 << 16).await;
            let trusting = reqwest::Client::builder()
                .no_proxy()
                .tls_danger_accept_invalid_certs(true)
                .build()
                .unwrap();
            let answer = trusting
                .post(format!("https://{to}{path}"))
                .header("content-type", "application/json")
                .body(body.unwrap())
                .send()
                .await
                .unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            (answer.status(), answer.bytes().await.unwrap())
        }
    }))
    .await;
    let met = hello(&middle.typed(), &code).await;
    assert!(matches!(met, Err(SyncError::NotProven)), "{met:?}");
    assert_eq!(
        relayed.load(Ordering::SeqCst),
        1,
        "the leader's own proof was passed on, and nothing after it"
    );
    assert!(
        hello(&leader.typed(), &code).await.is_ok(),
        "the same proof from the leader itself is believed"
    );
}

#[tokio::test]
async fn nothing_is_told_to_who_copied_the_leader_s_certificate() {
    let code = DoorCode::random();
    let (leader, attacker) = (Identity::make().unwrap(), Identity::make().unwrap());
    let (address, heard) = impostor(shows(copied(&leader, &attacker), &[&TLS13])).await;
    let met = hello(&address.to_string().parse().unwrap(), &code).await;
    assert!(matches!(met, Err(SyncError::Unreachable(_))), "{met:?}");
    assert!(heard.lock().unwrap().is_empty());
}
