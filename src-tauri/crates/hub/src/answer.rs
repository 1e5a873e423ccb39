//! How the hub says no: an HTTP status for machines on the way, and always `{"code", "message"}` for the one who asked.

use std::time::Duration;

use alongside_api::{ApiError, Code};
use alongside_sync::{SyncError, WireError};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::limits;
use crate::metrics::Limit;

const TOO_SLOW: &str = "The request took too long to arrive. Try again.";
const TOO_LONG: &str =
    "This took longer than the hub waits for anything. Nothing already saved is lost; try again.";
/// Who was too slow may try again right away.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A call that was not done.
#[derive(Debug)]
pub(crate) struct Failed {
    status: StatusCode,
    error: ApiError,
    retry_after: Option<Duration>,
    limit: Option<Limit>,
}

impl Failed {
    /// A failure whose status says more than its code does.
    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self {
            status,
            error: ApiError::new(code, message),
            retry_after: None,
            limit: None,
        }
    }

    /// Too much at once; `wait` says when to come back.
    pub(crate) fn too_many(limit: Limit, message: impl Into<String>, wait: Duration) -> Self {
        let error = ApiError::new(Code::TooMany, message);
        Self::over(StatusCode::TOO_MANY_REQUESTS, limit, error, wait)
    }

    /// Over a limit; `wait` says when to come back.
    pub(crate) fn over(status: StatusCode, limit: Limit, error: ApiError, wait: Duration) -> Self {
        Self {
            status,
            error,
            retry_after: Some(wait),
            limit: Some(limit),
        }
    }

    /// Whether it failed for this reason.
    pub(crate) fn is(&self, code: Code) -> bool {
        self.error.code == code
    }

    /// It took too long to arrive.
    pub(crate) fn too_slow() -> Self {
        let error = ApiError::new(Code::BadRequest, TOO_SLOW);
        Self::over(StatusCode::REQUEST_TIMEOUT, Limit::SlowBody, error, AT_ONCE)
    }

    /// More than a call may carry.
    pub(crate) fn too_large(limit: usize) -> Self {
        let limit = match limit / 1024 {
            kilobytes if kilobytes >= 1024 => format!("{} MB", kilobytes / 1024),
            kilobytes => format!("{kilobytes} KB"),
        };
        ApiError::new(
            Code::TooLarge,
            format!("A call carries at most {limit}. Send less, in several calls."),
        )
        .into()
    }
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        let status = match error.code {
            Code::BadRequest => StatusCode::BAD_REQUEST,
            Code::UnknownCommand | Code::NotFound => StatusCode::NOT_FOUND,
            Code::NotAllowed | Code::CodeUnknown | Code::Locked | Code::PinWrong => {
                StatusCode::FORBIDDEN
            }
            Code::Refused | Code::NoHub | Code::ForeignSchool => StatusCode::CONFLICT,
            Code::LetterUnreadable
            | Code::LetterNewer
            | Code::LetterForeign
            | Code::LetterRefused => StatusCode::UNPROCESSABLE_ENTITY,
            Code::SignInFirst | Code::DeviceRevoked => StatusCode::UNAUTHORIZED,
            Code::DoorClosed => StatusCode::GONE,
            Code::HubUnreachable | Code::HubNotFound => StatusCode::BAD_GATEWAY,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Code::NotSaved => StatusCode::INSUFFICIENT_STORAGE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            status,
            error,
            retry_after: None,
            limit: None,
        }
    }
}

impl From<Failed> for SyncError {
    /// What a device in the same process hears: the same as over the network.
    fn from(failed: Failed) -> Self {
        let Failed {
            status,
            error,
            retry_after,
            limit: _,
        } = failed;
        let code = serde_json::to_value(error.code).ok();
        let error = WireError {
            code: code
                .and_then(|code| code.as_str().map(str::to_owned))
                .unwrap_or_default(),
            message: error.message,
        };
        Self::from_status(status.as_u16(), error, retry_after)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut response = json(&self.error);
        *response.status_mut() = self.status;
        if let Some(limit) = self.limit {
            response.extensions_mut().insert(limit);
        }
        if let Some(wait) = self.retry_after {
            // Rounded up: who comes back in time must not be told to wait again.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A value as an answer.
pub(crate) fn json(value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => json_bytes(bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            let text =
                r#"{"code":"internal","message":"The answer could not be written. Try again."}"#;
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                json_bytes(text.as_bytes().to_vec()),
            )
                .into_response()
        }
    }
}

/// JSON that is written already, as an answer.
pub(crate) fn json_bytes(bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Gives a refusal that some layer made without words its `{"code", "message"}`, and keeps its headers (`Allow`, …).
pub(crate) fn with_words(mut response: Response) -> Response {
    let status = response.status();
    let is_json = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json");
    if is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::NOT_FOUND => (Code::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => (Code::BadRequest, "This address is not asked this way."),
        StatusCode::REQUEST_TIMEOUT => {
            let error = ApiError::new(Code::TooMany, TOO_LONG);
            return Failed::over(status, Limit::SlowAnswer, error, limits::QUEUE_RETRY)
                .into_response();
        }
        StatusCode::FORBIDDEN => (
            Code::NotAllowed,
            "This was asked by a page from elsewhere, which may not act for you. Open the hub's own page and try there.",
        ),
        status if status.is_client_error() => (Code::BadRequest, "The request was not understood."),
        _ => (
            Code::Internal,
            "Something went wrong in the hub. Try again; nothing already saved is lost.",
        ),
    };
    let words = Failed::new(status, code, message).into_response();
    let (words, body) = words.into_parts();
    response
        .headers_mut()
        .remove(axum::http::header::CONTENT_LENGTH);
    response.headers_mut().extend(words.headers);
    *response.body_mut() = body;
    response
}
