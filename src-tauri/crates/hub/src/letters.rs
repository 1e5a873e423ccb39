//! `POST /v1/letters` and `GET /v1/letter-key`: letters of devices that could not come themselves.
//!
//! Any device that is let in may bring one; what is in it counts as its writer's or not at all.

use std::sync::Arc;

use alongside_sync::letter::MEDIA_TYPE;
use alongside_sync::wire::LetterKeyAnswer;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::answer::{Failed, json};
use crate::hub::{Hub, blocking};
use crate::who::Key;
use crate::{body, limits};

/// Takes a letter in and answers with its receipt.
pub(crate) async fn take(
    State(hub): State<Arc<Hub>>,
    request: Request,
) -> Result<Response, Failed> {
    let key = bearer(&hub, &request);
    let let_in = blocking(&hub, move |hub| hub.actor(&key)).await;
    if let Err(failed) = let_in {
        body::drain(request.into_body()).await;
        return Err(failed);
    }
    // A few letters at a time: each may be as large as a call.
    let _place = hub.large_bodies().acquire_owned().await.ok();
    let letter = body::read(
        hub.limits.body_step_within,
        request.into_body(),
        limits::LETTER_LIMIT,
    )
    .await?;
    let receipt = blocking(&hub, move |hub| hub.desk().take_letter(&letter)).await?;
    let mut response = receipt.into_response();
    let media_type = HeaderValue::from_static(MEDIA_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}

/// Tells a device to what letters for this hub are sealed.
pub(crate) async fn key(State(hub): State<Arc<Hub>>, request: Request) -> Result<Response, Failed> {
    let key = bearer(&hub, &request);
    let letter_key = blocking(&hub, move |hub| {
        hub.actor(&key)?;
        hub.desk().letter_key()
    })
    .await?;
    Ok(json(&LetterKeyAnswer {
        letter_key: letter_key.to_string(),
    }))
}

/// A browser has no letters of its own to bring here: it has a command.
fn bearer(hub: &Hub, request: &Request) -> Key {
    match Key::of(request.headers(), hub.cookie_name()) {
        key @ Key::Bearer(_) => key,
        Key::Session(_) | Key::Nothing => Key::Nothing,
    }
}
