//! `POST /v1/hello`, `POST /v1/join`, `GET /v1/join/{ask}`: what strangers can say at a leader's door, be it that of a hub
//! or one where is only collected for a hub elsewhere. A hub whose door no leader holds open answers 410 to all of it.

use std::sync::Arc;

use alongside_api::{ApiError, Code, Desk};
use alongside_sync::wire::{HelloRequest, JoinAsked, JoinRequest};
use axum::Extension;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::{Failed, json};
use crate::door::Door;
use crate::hub::Hub;
use crate::lobby::Lobby;
use crate::sync::From;
use crate::tls::ServedKey;
use crate::who::Key;
use crate::{body, lenient, limits};

/// What strangers meet at a door.
#[derive(Clone)]
pub(crate) struct Threshold {
    pub(crate) lobby: Option<Arc<Lobby>>,
    pub(crate) knocks: Arc<Door>,
    /// For its clock.
    pub(crate) desk: Arc<Desk>,
}

impl FromRef<Arc<Hub>> for Threshold {
    fn from_ref(hub: &Arc<Hub>) -> Self {
        Self {
            lobby: hub.lobby(),
            knocks: Arc::clone(&hub.door),
            desk: Arc::clone(hub.desk()),
        }
    }
}

impl Threshold {
    fn lobby(&self) -> Result<&Lobby, ApiError> {
        self.lobby.as_deref().ok_or_else(|| {
            ApiError::new(
                Code::DoorClosed,
                "The door is shut. Ask the leader to open it: Collect devices, on their screen.",
            )
        })
    }
}

/// Shows that this door knows the code, without hearing it.
pub(crate) async fn hello(
    State(threshold): State<Threshold>,
    key: Option<Extension<ServedKey>>,
    request: Request,
) -> Result<Response, Failed> {
    let text = body::whole(request, limits::STRANGER_BODY_LIMIT).await?;
    let lobby = threshold.lobby()?;
    let Some(Extension(ServedKey(key))) = key else {
        return Err(ApiError::new(
            Code::BadRequest,
            "A greeting is for a line that is encrypted. Ask over https.",
        )
        .into());
    };
    let request: HelloRequest = lenient::parse(&text)?;
    Ok(json(&lobby.hello(&key, &request.nonce)?))
}

/// Asks to come in with the code that is shown.
pub(crate) async fn join(
    State(threshold): State<Threshold>,
    Extension(From(address)): Extension<From>,
    request: Request,
) -> Result<Response, Failed> {
    let text = body::whole(request, limits::STRANGER_BODY_LIMIT).await?;
    let lobby = threshold.lobby()?;
    let _turn = threshold.knocks.turn().await;
    let request: JoinRequest = lenient::parse(&text)?;
    let now = threshold.desk.now();
    let ask = threshold
        .knocks
        .knock(address, || lobby.ask(&request, now))?;
    let mut response = json(&JoinAsked {
        ask: ask.to_string(),
    });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// What the leader has said to an ask, for who asked.
pub(crate) async fn answer(
    State(threshold): State<Threshold>,
    Path(ask): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let lobby = threshold.lobby()?;
    let secret = match Key::of(request.headers(), "") {
        Key::Bearer(secret) => secret,
        Key::Session(_) | Key::Nothing => String::new(),
    };
    let ask = ask.parse().unwrap_or_default();
    Ok(json(&lobby.answer(ask, &secret, threshold.desk.now())?))
}
