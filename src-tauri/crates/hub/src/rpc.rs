//! `POST /rpc/<command>`: the same commands the window uses, for a browser with a session and for devices.

use std::sync::Arc;

use alongside_api::{ApiError, Code, Where};
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use serde_json::Value;

use crate::answer::{Failed, json_bytes};
use crate::hub::{Hub, blocking};
use crate::install::{self, Answer, Caller};
use crate::sync::From;
use crate::who::{self, Key};
use crate::{body, lenient};

/// Answers one command.
pub(crate) async fn rpc(
    State(hub): State<Arc<Hub>>,
    Extension(From(address)): Extension<From>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let Some(command) = alongside_api::command(&name) else {
        body::drain(request.into_body()).await;
        return Err(ApiError::new(
            Code::UnknownCommand,
            "This hub does not know what was asked. It may be older than the page: reload, or update the hub.",
        )
        .into());
    };
    let key = Key::of(request.headers(), hub.cookie_name());
    if matches!(key, Key::Session(_)) && !who::names_its_page(request.headers()) {
        body::drain(request.into_body()).await;
        return Err(Failed::new(
            StatusCode::FORBIDDEN,
            Code::NotAllowed,
            "The browser did not say which page asks. Use the hub's own page, in a browser of the last years.",
        ));
    }
    let is_secure = who::is_secure(request.headers());
    let letter = body::receive(&hub, key, request).await?;
    let turn = match install::is_knock(command.name) {
        true => hub.door.turn().await,
        false => None,
    };
    let (bytes, cookie) = blocking(&hub, move |hub| {
        let _turn = turn;
        let opened = letter.open(hub)?;
        if let Ok(sender) = &opened.sender {
            hub.pace.command(sender.device)?;
        }
        let request: Value = lenient::parse(&opened.text)?;
        let answer = if command.at == Where::Install {
            let caller = Caller {
                sender: opened.sender,
                address,
                is_secure,
            };
            install::answer(hub, &caller, command.name, request)?
        } else if command.name == "about_get" {
            // For everyone, also for those who have not signed in (R1).
            install::about()?
        } else {
            Answer::from(hub.desk().call(&opened.sender?, command.name, request)?)
        };
        let bytes = serde_json::to_vec(&answer.value).map_err(|error| {
            tracing::error!(%error, "an answer could not be written as JSON");
            ApiError::new(
                Code::Internal,
                "The answer could not be written. Try again.",
            )
        })?;
        Ok::<_, Failed>((bytes, answer.cookie))
    })
    .await?;
    let mut response = json_bytes(bytes);
    if let Some(cookie) = cookie {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
