//! `GET /ready`: whether this hub can take in what is sent, for whatever decides where requests go.
//!
//! `/health` says that the program runs and what time it has; a hub with a full disk is healthy and not ready.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::answer::json;
use crate::hub::{Hub, STORE_FILE, blocking};
use crate::limits;

/// Why a hub cannot take anything in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Unready {
    /// For machines.
    pub(crate) code: &'static str,
    /// For whoever looks after the hub.
    pub(crate) message: &'static str,
}

const STOPPING: Unready = Unready {
    code: "stopping",
    message: "The hub is stopping. It ends what it has begun and takes nothing new.",
};
const STORE: Unready = Unready {
    code: "store",
    message: "The store cannot be written. Look at the hub's log, and run `alongside-hub check`.",
};
const DISK: Unready = Unready {
    code: "disk_full",
    message: "There is hardly any room left on the disk of the store. Make some; nothing that was received is lost.",
};

/// What was found last, and when.
#[derive(Default)]
pub(crate) struct Found(Mutex<Option<(Instant, Result<(), Unready>)>>);

/// Answers 200, or 503 with a code and a sentence.
pub(crate) async fn ready(State(hub): State<Arc<Hub>>) -> Response {
    #[derive(Serialize)]
    struct Ready {
        status: &'static str,
    }
    let mut response = match check(&hub).await {
        Ok(()) => json(&Ready { status: "ready" }),
        Err(unready) => {
            let mut response = (StatusCode::SERVICE_UNAVAILABLE, json(&unready)).into_response();
            let wait = HeaderValue::from(limits::HEAD_WITHIN.as_secs());
            response.headers_mut().insert(RETRY_AFTER, wait);
            response
        }
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether the hub is ready. Store and disk are looked at once in [`limits::READY_HOLDS`], however often it is asked.
pub(crate) async fn check(hub: &Arc<Hub>) -> Result<(), Unready> {
    if *hub.stopping().borrow() {
        return Err(STOPPING);
    }
    let found = *hub.found.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, found)) = found
        && at.elapsed() < limits::READY_HOLDS
    {
        return found;
    }
    let looked = tokio::time::timeout(limits::READY_WITHIN, blocking(hub, |hub| look(hub))).await;
    let found = match looked {
        Ok(Ok(found)) => found,
        Ok(Err(failed)) => {
            tracing::error!(?failed, "the store cannot be written");
            Err(STORE)
        }
        Err(_) => {
            tracing::error!("the store did not answer in time");
            Err(STORE)
        }
    };
    *hub.found.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), found));
    found
}

/// Writes as a push does, without keeping it, and looks how much room there is.
fn look(hub: &Hub) -> Result<Result<(), Unready>, alongside_api::ApiError> {
    let mut writer = hub.desk().store().write()?;
    writer.note_put("ready", Some("yes"))?;
    // Dropped without a commit: the next one asks again.
    drop(writer);
    Ok(match fs4::available_space(&hub.data_dir) {
        Ok(bytes) if bytes < hub.limits.disk_least => Err(DISK),
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::error!(%error, "the disk does not say how much room it has");
            Err(DISK)
        }
    })
}

/// How large the files of the store are together, in bytes.
pub(crate) fn store_bytes(folder: &Path) -> u64 {
    ["", "-wal", "-shm"]
        .iter()
        .filter_map(|ending| std::fs::metadata(folder.join(format!("{STORE_FILE}{ending}"))).ok())
        .map(|file| file.len())
        .sum()
}
