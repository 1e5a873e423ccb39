//! `POST /v1/pair` and `POST /v1/sync`: the wire, over HTTP.

use std::net::IpAddr;
use std::sync::Arc;

use alongside_api::{Actor, ApiError, Code};
use alongside_store::DeviceKind;
use alongside_sync::Farewell;
use alongside_sync::wire::{PairRequest, SyncRequest};
use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;

use crate::answer::{Failed, json, json_bytes};
use crate::body;
use crate::hub::{Hub, blocking};
use crate::lenient::{self, Spoiled};
use crate::who::Key;

/// The address a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From(pub(crate) IpAddr);

/// Lets a device in with a one-time code.
pub(crate) async fn pair(
    State(hub): State<Arc<Hub>>,
    Extension(From(address)): Extension<From>,
    request: Request,
) -> Result<Response, Failed> {
    let letter = body::receive(&hub, Key::Nothing, request).await?;
    let turn = hub.door.turn().await;
    let answer = blocking(&hub, move |hub| {
        let _turn = turn;
        let opened = letter.open(hub)?;
        let request: PairRequest = lenient::parse(&opened.text)?;
        hub.door.knock(address, || {
            hub.desk().pair(
                &request.code,
                &request.device,
                DeviceKind::App,
                request.school.as_ref(),
            )
        })
    })
    .await?;
    Ok(json(&answer))
}

/// Hears from a device that was shut out what it had not sent, once; the device then wipes itself.
pub(crate) async fn farewell(
    State(hub): State<Arc<Hub>>,
    request: Request,
) -> Result<Response, Failed> {
    let key = Key::of(request.headers(), hub.cookie_name());
    let letter = body::receive(&hub, key.clone(), request).await?;
    blocking(&hub, move |hub| {
        let opened = letter.open(hub)?;
        let said: Farewell = lenient::parse(&opened.text)?;
        match key {
            Key::Bearer(token) => Ok(hub.desk().farewell(&token, &said)?),
            // A browser holds nothing to take leave of.
            Key::Session(_) | Key::Nothing => Err(Failed::from(ApiError::new(
                Code::SignInFirst,
                "Only a device with its token takes its leave.",
            ))),
        }
    })
    .await?;
    Ok(json(&serde_json::json!({})))
}

enum Step {
    /// It only asked; here is the answer.
    Answered(Vec<u8>),
    /// It wrote: to the thread that writes.
    Push(Box<Push>),
}

struct Push {
    actor: Actor,
    request: SyncRequest,
    spoiled: Spoiled,
    place: Option<OwnedSemaphorePermit>,
}

/// Answers one call of a sync.
pub(crate) async fn sync(
    State(hub): State<Arc<Hub>>,
    request: Request,
) -> Result<Response, Failed> {
    let key = match Key::of(request.headers(), hub.cookie_name()) {
        key @ Key::Bearer(_) => key,
        // A browser has no store of its own to sync.
        Key::Session(_) | Key::Nothing => Key::Nothing,
    };
    let letter = body::receive(&hub, key, request).await?;
    let step = blocking(&hub, move |hub| {
        let opened = letter.open(hub)?;
        let actor = opened.sender?;
        hub.pace.sync(actor.device)?;
        let (request, spoiled) = lenient::sync_request(&opened.text)?;
        if !request.records.is_empty() {
            let place = opened.place;
            return Ok(Step::Push(Box::new(Push {
                actor,
                request,
                spoiled,
                place,
            })));
        }
        let mut answer = hub.desk().exchange(&actor, request)?;
        spoiled.mend(&mut answer);
        written(&answer).map(Step::Answered)
    })
    .await?;
    let push = match step {
        Step::Answered(bytes) => return Ok(json_bytes(bytes)),
        Step::Push(push) => *push,
    };
    let mut answer = hub.queue().push(push.actor, push.request).await?;
    push.spoiled.mend(&mut answer);
    hub.metrics.pushed(&answer);
    drop(push.place);
    Ok(json(&answer))
}

fn written(answer: &impl serde::Serialize) -> Result<Vec<u8>, Failed> {
    serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ApiError::new(
            Code::Internal,
            "The answer could not be written. Sync again.",
        )
        .into()
    })
}
