//! The doors: which path leads where, what every request passes on its way in and every answer on its way out, and
//! the loop that takes connections until it is told to stop.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use alongside_api::{Code, wire_time};
use alongside_sync::wire::Health;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::answer::{Failed, json, with_words};
use crate::conversation::{Doorway, refuse, take_connections};
use crate::host::Hosts;
use crate::hub::{Hub, HubError, blocking};
use crate::metrics::{Limit, Metrics};
use crate::tls::Tls;
use crate::{demo_sign_in, events, letters, limits, page, ready, rpc, sync, threshold, who};

/// Serves a hub on `listener` until `shutdown` completes, and [tends](tend) it meanwhile.
///
/// Errors like [`open_door`].
pub async fn serve(
    listener: TcpListener,
    hub: Arc<Hub>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), HubError> {
    // Whatever runs for this hub ends with this call, also when the call itself is cut off.
    let mut tending = JoinSet::new();
    tending.spawn(tend(Arc::clone(&hub)));
    open_door(listener, hub, None, shutdown).await
}

/// The same over TLS 1.3.
///
/// Errors like [`open_door`].
pub async fn serve_tls(
    listener: TcpListener,
    hub: Arc<Hub>,
    tls: Tls,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), HubError> {
    let mut tending = JoinSet::new();
    tending.spawn(tend(Arc::clone(&hub)));
    open_door(listener, hub, Some(tls), shutdown).await
}

/// Does what a hub does by itself, whether its door is open or not, for as long as this is polled: it writes down what is
/// remembered of devices, and destroys on its day what is due (R20).
pub async fn tend(hub: Arc<Hub>) {
    tokio::join!(keep_contacts(Arc::clone(&hub)), keep_retention(hub));
}

/// Opens the door of a hub on `listener`, over TLS where there is one, until `shutdown` completes; then ends events, lets open requests finish, and
/// writes down what is remembered of devices. A door can be opened again.
///
/// Errors at once when the hub has demo sign-ins and `listener` can be reached from other machines.
pub async fn open_door(
    listener: TcpListener,
    hub: Arc<Hub>,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), HubError> {
    let address = listener
        .local_addr()
        .map_err(HubError::io("Asking for the own address"))?;
    if hub.demo.is_some() && (!address.ip().is_loopback() || hub.is_behind_proxy) {
        return Err(HubError::Setting(format!(
            "Ready-made sign-ins let in anyone who can reach the hub, and {address} can be reached from other machines. \
             Listen on 127.0.0.1, without --behind-proxy, or start without --demo-sign-ins."
        )));
    }
    let app = router(&hub, Hosts::new(address.ip(), &hub.hosts));
    let doorway = Doorway {
        app,
        tls,
        refusal: Router::new()
            .fallback(refuse)
            .layer(middleware::from_fn_with_state(
                Arc::clone(&hub.metrics),
                finish,
            )),
        limits: hub.limits.clone(),
        metrics: Arc::clone(&hub.metrics),
        is_behind_proxy: hub.is_behind_proxy,
        closing: hub.stopping(),
    };
    // Connections end with this call, also when the call itself is cut off.
    let mut tasks = JoinSet::new();
    hub.go_on();
    take_connections(&listener, &doorway, &mut tasks, shutdown).await;
    // From here on it is not ready, nobody new is let in, and each connection ends with what is open on it.
    hub.stop();
    drop(listener);
    tracing::info!(connections = hub.metrics.connections.get(), "stopping");
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(limits::STOP_WITHIN, ended)
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were cut off");
    }
    tasks.shutdown().await;
    if let Err(failed) = blocking(&hub, |hub| hub.desk().keep_contacts()).await {
        tracing::error!(?failed, "what is remembered of devices could not be kept");
    }
    Ok(())
}

async fn keep_contacts(hub: Arc<Hub>) {
    let mut every = tokio::time::interval(limits::CONTACTS_KEPT_EVERY);
    every.tick().await;
    loop {
        every.tick().await;
        hub.pace.forget();
        if let Err(failed) = blocking(&hub, |hub| hub.desk().keep_contacts()).await {
            tracing::error!(?failed, "what is remembered of devices could not be kept");
        }
    }
}

/// Shows what is going to be destroyed, and destroys on its day what was shown for long enough (R20): at once when the
/// hub starts, and then from time to time.
async fn keep_retention(hub: Arc<Hub>) {
    let mut every = tokio::time::interval(limits::RETENTION_EVERY);
    loop {
        every.tick().await;
        match blocking(&hub, |hub| hub.desk().keep_retention()).await {
            Ok(0) => {}
            Ok(records) => tracing::info!(records, "destroyed at the end of their time"),
            Err(failed) => tracing::error!(?failed, "retention could not be kept"),
        }
    }
}

fn router(hub: &Arc<Hub>, hosts: Hosts) -> Router {
    let worth_compressing = SizeAbove::new(limits::COMPRESSED_FROM)
        .and(NotForContentType::SSE)
        .and(NotForContentType::const_new("image/png"))
        .and(NotForContentType::const_new("font/woff2"));
    // The last layer is the first a request meets.
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready::ready))
        .route("/v1/pair", post(sync::pair))
        .route("/v1/sync", post(sync::sync))
        .route("/v1/hello", post(threshold::hello))
        .route("/v1/join", post(threshold::join))
        .route("/v1/join/{ask}", get(threshold::answer))
        .route("/v1/letters", post(letters::take))
        .route("/v1/letter-key", get(letters::key))
        .route("/v1/events", get(events::events))
        .route("/rpc/{command}", post(rpc::rpc))
        .route("/demo/{role}", get(demo_sign_in::sign_in))
        .fallback(page::page)
        .with_state(Arc::clone(hub))
        .layer(CompressionLayer::new().compress_when(worth_compressing))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            limits::ANSWER_WITHIN,
        ))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(Arc::new(hosts), check_host))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn_with_state(
            Arc::clone(&hub.metrics),
            finish,
        ))
}

pub(crate) async fn health(State(hub): State<Arc<Hub>>) -> Response {
    json(&Health {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        time: wire_time(hub.desk().now()),
        hub: Some(hub.id()),
    })
}

pub(crate) async fn check_host(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    match who::host(request.uri(), request.headers()) {
        Some(host) if hosts.allow(host) => next.run(request).await,
        Some(_) => Failed::new(
            StatusCode::MISDIRECTED_REQUEST,
            Code::NotAllowed,
            "The hub does not go by this name. Use its address, or start it with --allow-host and this name.",
        )
        .into_response(),
        None => Failed::new(StatusCode::BAD_REQUEST, Code::BadRequest, "The request does not say whom it is for (Host).")
            .into_response(),
    }
}

/// Puts words to every refusal and the headers on every answer, and writes a line about it.
pub(crate) async fn finish(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let command = request
        .uri()
        .path()
        .strip_prefix("/rpc/")
        .and_then(alongside_api::command)
        .map_or("", |command| command.name);
    let mut response = with_words(next.run(request).await);
    let headers = response.headers_mut();
    for (name, value) in page::HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let status = response.status().as_u16();
    let took = began.elapsed();
    metrics.answered(route.as_deref(), status, took);
    let over = response.extensions().get::<Limit>().copied();
    if let Some(limit) = over.or((status == 413).then_some(Limit::Size)) {
        metrics.hit(limit);
    }
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match route.as_deref() {
        None | Some("/health" | "/ready") => {
            tracing::debug!(%method, status, milliseconds, "answered")
        }
        Some(route) => tracing::info!(%method, route, command, status, milliseconds, "answered"),
    }
    response
}
