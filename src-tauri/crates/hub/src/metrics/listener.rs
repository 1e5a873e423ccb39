//! `GET /metrics`, `GET /ready` and `GET /health` on a listener for operators, which stays open until the hub has stopped.

use std::sync::Arc;

use alongside_api::ApiError;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::Reading;
use crate::host::Hosts;
use crate::hub::{BACKED_UP, Hub, HubError, blocking};
use crate::ready;
use crate::server::{check_host, health};

/// The form of the text: OpenMetrics, which Prometheus asks for by itself.
const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Tells operators how `hub` is, on `listener`, until the call is dropped: also while the hub stops.
///
/// There is no sign-in: listen where only operators and their programs are.
pub async fn serve_metrics(listener: TcpListener, hub: Arc<Hub>) -> Result<(), HubError> {
    let address = listener
        .local_addr()
        .map_err(HubError::io("Asking for the own address"))?;
    let hosts = Arc::new(Hosts::new(address.ip(), &hub.hosts));
    let app = Router::new()
        .route("/metrics", get(metrics))
        .route("/ready", get(ready::ready))
        .route("/health", get(health))
        .with_state(hub)
        .layer(middleware::from_fn_with_state(hosts, check_host));
    axum::serve(listener, app)
        .await
        .map_err(HubError::io("Telling the metrics"))
}

async fn metrics(State(hub): State<Arc<Hub>>) -> Response {
    let is_ready = ready::check(&hub).await.is_ok();
    let reading = blocking(&hub, move |hub| read(hub, is_ready)).await;
    let text = match reading {
        Ok(reading) => hub.metrics.text(&reading).map_err(|_| ()),
        Err(failed) => {
            tracing::error!(?failed, "the metrics could not be read");
            Err(())
        }
    };
    match text {
        Ok(text) => ([(CONTENT_TYPE, FORM), (CACHE_CONTROL, "no-store")], text).into_response(),
        Err(()) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn read(hub: &Hub, is_ready: bool) -> Result<Reading, ApiError> {
    let reader = hub.desk().store().read()?;
    let log_lines = reader
        .log(&Default::default(), None, 1)?
        .first()
        .map_or(0, |line| line.seq);
    let backup_seconds = reader
        .note(BACKED_UP)?
        .and_then(|at| at.parse().ok())
        .unwrap_or(0);
    drop(reader);
    Ok(Reading {
        followers: hub.followers().count(),
        queue: hub.queue().length(),
        is_ready,
        store_bytes: ready::store_bytes(&hub.data_dir),
        disk_bytes: fs4::available_space(&hub.data_dir).unwrap_or(0),
        log_lines,
        backup_seconds,
    })
}
