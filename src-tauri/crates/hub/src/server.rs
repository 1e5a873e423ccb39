//! The doors: which path leads where, what every request passes on its way in and every answer on its way out, and
//! the loop that takes connections until it is told to stop.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alongside_api::{Code, wire_time};
use alongside_sync::wire::Health;
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::answer::{Failed, json, with_words};
use crate::host::Hosts;
use crate::hub::{Hub, HubError, blocking};
use crate::sync::From;
use crate::{demo_sign_in, events, limits, page, rpc, sync, who};

/// Serves a hub on `listener` until `shutdown` completes; then ends events, lets open requests finish, and writes down
/// what is remembered of devices.
///
/// Errors at once when the hub has demo sign-ins and `listener` can be reached from other machines.
pub async fn serve(
    listener: TcpListener,
    hub: Arc<Hub>,
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
    let connections = GracefulShutdown::new();
    // Whatever runs for this hub ends with this call, also when the call itself is cut off.
    let mut tasks = JoinSet::new();
    tasks.spawn(keep_contacts(Arc::clone(&hub)));
    tasks.spawn(keep_retention(Arc::clone(&hub)));
    take_connections(&listener, &hub, &app, &connections, &mut tasks, shutdown).await;
    drop(listener);

    tracing::info!(connections = connections.count(), "stopping");
    hub.stop();
    if tokio::time::timeout(limits::STOP_WITHIN, connections.shutdown())
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

async fn take_connections(
    listener: &TcpListener,
    hub: &Arc<Hub>,
    app: &Router,
    connections: &GracefulShutdown,
    tasks: &mut JoinSet<()>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits::HEAD_WITHIN);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => return,
            next = next => next,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, most likely: give some time to be given back.
                tracing::error!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Small answers must not wait for more to come; without it they are only later.
        let _ = stream.set_nodelay(true);
        let is_behind_proxy = hub.is_behind_proxy;
        let service = app.clone().map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            let address = caller(request.headers(), peer.ip(), is_behind_proxy);
            request.extensions_mut().insert(From(address));
            request
        });
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = connections.watch(connection);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
}

/// Where a request came from: the last address that the proxy put down, which no caller can forge.
fn caller(headers: &HeaderMap, peer: IpAddr, is_behind_proxy: bool) -> IpAddr {
    if !is_behind_proxy {
        return peer;
    }
    let told = headers.get_all("x-forwarded-for").iter().next_back();
    told.and_then(|told| told.to_str().ok()?.rsplit(',').next()?.trim().parse().ok())
        .unwrap_or(peer)
}

async fn keep_contacts(hub: Arc<Hub>) {
    let mut stopping = hub.stopping();
    let mut every = tokio::time::interval(limits::CONTACTS_KEPT_EVERY);
    every.tick().await;
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = every.tick() => {}
        }
        if let Err(failed) = blocking(&hub, |hub| hub.desk().keep_contacts()).await {
            tracing::error!(?failed, "what is remembered of devices could not be kept");
        }
    }
}

/// Shows what is going to be destroyed, and destroys on its day what was shown for long enough (R20): at once when the
/// hub starts, and then from time to time.
async fn keep_retention(hub: Arc<Hub>) {
    let mut stopping = hub.stopping();
    let mut every = tokio::time::interval(limits::RETENTION_EVERY);
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = every.tick() => {}
        }
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
        .route("/v1/pair", post(sync::pair))
        .route("/v1/sync", post(sync::sync))
        .route("/v1/farewell", post(sync::farewell))
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
        .layer(middleware::from_fn(finish))
}

async fn health(State(hub): State<Arc<Hub>>) -> Response {
    json(&Health {
        status: "ok".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        time: wire_time(hub.desk().now()),
    })
}

async fn check_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
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
async fn finish(request: Request, next: Next) -> Response {
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
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match route.as_deref() {
        None | Some("/health") => tracing::debug!(%method, status, milliseconds, "answered"),
        Some(route) => tracing::info!(%method, route, command, status, milliseconds, "answered"),
    }
    response
}
