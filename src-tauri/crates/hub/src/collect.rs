//! A door where is only collected: a leader's device takes over what waits on other devices for the school's hub, which
//! is somewhere else and out of reach. It lets nobody in; a token from here is good for handing over at this door, for one
//! device and one person, and is gone when the door closes.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_api::{Actor, ApiError, Code, Desk, wire_time};
use alongside_domain::{DeviceId, PersonId};
use alongside_sync::wire::{HandoverRequest, Health, JoinState};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;
use uuid::Uuid;

use crate::answer::{Failed, json};
use crate::conversation::{Doorway, refuse, take_connections};
use crate::door::Door;
use crate::host::Hosts;
use crate::hub::HubError;
use crate::limits::{self, Limits};
use crate::lobby::{Ask, Lobby};
use crate::metrics::Metrics;
use crate::server::{check_host, finish};
use crate::threshold::{self, Threshold};
use crate::tls::Tls;
use crate::who::Key;
use crate::{body, lenient};

/// A door where is collected.
pub struct Collect {
    desk: Arc<Desk>,
    lobby: Arc<Lobby>,
    knocks: Arc<Door>,
    givers: Mutex<HashMap<[u8; 32], Giver>>,
}

/// A device that may hand over here.
#[derive(Debug, Clone)]
pub struct Giver {
    /// Under which number it asked.
    pub ask: Uuid,
    /// Which device.
    pub device: DeviceId,
    /// Whose, on the leader's word.
    pub person: PersonId,
    /// Changes it says it hands over.
    pub changes: u64,
    /// Changes of these that are here.
    pub arrived: u64,
    /// Whether it said that this was all.
    pub is_done: bool,
    /// When it was last heard, in milliseconds since 1970.
    pub heard_at: Option<i64>,
}

impl Collect {
    /// A door that collects at the leader's `desk`, with what devices meet there.
    pub fn new(desk: Arc<Desk>, lobby: Lobby) -> Arc<Self> {
        Arc::new(Self {
            desk,
            lobby: Arc::new(lobby),
            knocks: Arc::new(Door::new(Arc::new(Metrics::new()))),
            givers: Mutex::default(),
        })
    }

    /// Who waits here.
    pub fn lobby(&self) -> &Arc<Lobby> {
        &self.lobby
    }

    /// The leader's word for an ask: it may hand over as `person`. The answer for the device.
    ///
    /// Errors when `leader` does not lead, and when `person` is not among the school's people.
    pub fn admit(
        &self,
        leader: &Actor,
        ask: &Ask,
        person: PersonId,
    ) -> Result<JoinState, ApiError> {
        self.desk.door_person(leader, person)?;
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        self.givers().insert(
            hash(&token),
            Giver {
                ask: ask.id,
                device: ask.own.unwrap_or(ask.device.id),
                person,
                changes: ask.announced.map_or(0, |announced| announced.changes),
                arrived: 0,
                is_done: false,
                heard_at: None,
            },
        );
        Ok(JoinState::Collecting {
            token,
            hub: self.lobby.hub(),
        })
    }

    /// Opens the door on `listener` until `shutdown` completes; then lets open requests finish.
    pub async fn open_door(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Tls,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), HubError> {
        let address = listener
            .local_addr()
            .map_err(HubError::io("Asking for the own address"))?;
        let metrics = Arc::new(Metrics::new());
        let (close, closing) = watch::channel(false);
        let doorway = Doorway {
            app: self.router(Hosts::new(address.ip(), &[]), &metrics),
            tls: Some(tls),
            refusal: Router::new()
                .fallback(refuse)
                .layer(middleware::from_fn_with_state(Arc::clone(&metrics), finish)),
            limits: Limits::default(),
            metrics,
            is_behind_proxy: false,
            closing,
        };
        // Connections end with this call, also when the call itself is cut off.
        let mut tasks = JoinSet::new();
        take_connections(&listener, &doorway, &mut tasks, shutdown).await;
        close.send_replace(true);
        drop(listener);
        let ended = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limits::STOP_WITHIN, ended)
            .await
            .is_err()
        {
            tracing::warn!("some requests did not end in time and were cut off");
        }
        tasks.shutdown().await;
        Ok(())
    }

    fn router(self: &Arc<Self>, hosts: Hosts, metrics: &Arc<Metrics>) -> Router {
        // The last layer is the first a request meets.
        Router::new()
            .route("/health", get(health))
            .route("/v1/hello", post(threshold::hello))
            .route("/v1/join", post(threshold::join))
            .route("/v1/join/{ask}", get(threshold::answer))
            .route("/v1/handover", post(hand_over))
            .fallback(nothing)
            .with_state(Arc::clone(self))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                limits::ANSWER_WITHIN,
            ))
            .layer(CsrfLayer::new())
            .layer(middleware::from_fn_with_state(Arc::new(hosts), check_host))
            .layer(CatchPanicLayer::new())
            .layer(middleware::from_fn_with_state(Arc::clone(metrics), finish))
    }

    /// The school's time, as the leader's device knows it.
    pub fn now(&self) -> DateTime<Utc> {
        self.desk.now()
    }

    /// How far the device is that asked under this number.
    pub fn giver(&self, ask: Uuid) -> Option<Giver> {
        let givers = self.givers();
        givers.values().find(|giver| giver.ask == ask).cloned()
    }

    /// When a device was last heard that hands over, in milliseconds since 1970.
    pub fn heard_at(&self) -> Option<i64> {
        self.givers()
            .values()
            .filter_map(|giver| giver.heard_at)
            .max()
    }

    pub(crate) fn threshold(&self) -> Threshold {
        Threshold {
            lobby: Some(Arc::clone(&self.lobby)),
            knocks: Arc::clone(&self.knocks),
            desk: Arc::clone(&self.desk),
        }
    }

    /// Who holds this token.
    pub(crate) fn holder(&self, token: &str) -> Result<Giver, ApiError> {
        self.givers().get(&hash(token)).cloned().ok_or_else(|| {
            ApiError::new(
                Code::SignInFirst,
                "This device is not expected here. Scan the leader’s code, and let the leader let you in.",
            )
        })
    }

    /// Takes note of how far a device is.
    pub(crate) fn note(&self, token: &str, note: impl FnOnce(&mut Giver)) {
        if let Some(giver) = self.givers().get_mut(&hash(token)) {
            note(giver);
            giver.heard_at = Some(self.desk.now().timestamp_millis());
        }
    }

    fn givers(&self) -> MutexGuard<'_, HashMap<[u8; 32], Giver>> {
        self.givers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromRef<Arc<Collect>> for Threshold {
    fn from_ref(collect: &Arc<Collect>) -> Self {
        collect.threshold()
    }
}

/// Takes over what a device brings that the leader let in: copies to be read at once, and letters for the hub.
async fn hand_over(
    State(collect): State<Arc<Collect>>,
    request: Request,
) -> Result<Response, Failed> {
    let token = match Key::of(request.headers(), "") {
        Key::Bearer(token) => token,
        Key::Session(_) | Key::Nothing => String::new(),
    };
    let giver = match collect.holder(&token) {
        Ok(giver) => giver,
        Err(error) => {
            body::drain(request.into_body()).await;
            return Err(error.into());
        }
    };
    let text = body::whole(request, limits::BODY_LIMIT).await?;
    let work = Arc::clone(&collect);
    let answer = tokio::task::spawn_blocking(move || {
        let request: HandoverRequest = lenient::parse(&text)?;
        let from = Actor {
            person: giver.person,
            device: giver.device,
        };
        let handed = work.desk.keep_copies(&from, &request)?;
        let brought: usize = request.copies.iter().map(|copy| copy.fields.len()).sum();
        work.note(&token, |giver| {
            giver.changes = request.of.changes;
            giver.arrived = match request.done {
                true => request.of.changes,
                false => (giver.arrived + brought as u64).min(request.of.changes),
            };
            giver.is_done = request.done;
        });
        Ok::<_, Failed>(handed.answer)
    })
    .await
    .map_err(|error| {
        tracing::error!(%error, "taking over panicked");
        ApiError::new(
            Code::Internal,
            "Something went wrong on the leader’s device. Nothing is lost; hand over again.",
        )
    })??;
    Ok(json(&answer))
}

async fn health(State(collect): State<Arc<Collect>>) -> Response {
    json(&Health {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        time: wire_time(collect.now()),
        hub: None,
    })
}

/// Whatever else is asked: a hub answers that, and this is none.
async fn nothing(request: Request) -> Response {
    body::drain(request.into_body()).await;
    StatusCode::NOT_FOUND.into_response()
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
