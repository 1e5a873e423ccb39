//! The loop that takes connections, who gets a place for one, and each from its first byte to its last, over whatever
//! stream carries it.
//!
//! A connection for which there is no place is not cut off but told so. A head that does not come to its end is answered
//! with 408. Once the hub stops, what is open is finished and nothing new is begun on it.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use alongside_api::{ApiError, Code};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::answer::Failed;
use crate::door::neighbourhood;
use crate::events::stopped;
use crate::limits::{self, Limits};
use crate::metrics::{Limit, Metrics};
use crate::paced::Paced;
use crate::sync::From;
use crate::tally::{Held, Tally};

/// The places for connections.
pub(crate) struct Places {
    served: Arc<Semaphore>,
    refused: Arc<Semaphore>,
    by_address: Tally<IpAddr>,
    most_by_address: usize,
    metrics: Arc<Metrics>,
}

/// A place for one connection, given back when dropped.
pub(crate) struct Place {
    /// Whose it is; none when they are only told that there is no place.
    address: Option<Held<IpAddr>>,
    metrics: Arc<Metrics>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// All of them free.
    pub(crate) fn new(doorway: &Doorway) -> Self {
        Self {
            served: Arc::new(Semaphore::new(doorway.limits.connections)),
            refused: Arc::new(Semaphore::new(limits::CONNECTIONS_REFUSED)),
            by_address: Tally::new(),
            // Behind a proxy all come from one address, and the proxy counts them.
            most_by_address: match doorway.is_behind_proxy {
                true => usize::MAX,
                false => doorway.limits.connections_by_address,
            },
            metrics: Arc::clone(&doorway.metrics),
        }
    }

    /// A place for a connection from `address`, be it only to be told that there is none.
    ///
    /// None when too many are being told so in this moment: to wait for them would let whoever sends them keep everyone
    /// out.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let held = self
            .by_address
            .take(neighbourhood(address), self.most_by_address);
        let served = held.and_then(|held| {
            let permit = Arc::clone(&self.served).try_acquire_owned().ok()?;
            Some((permit, Some(held)))
        });
        let refused = || {
            let permit = Arc::clone(&self.refused).try_acquire_owned().ok()?;
            Some((permit, None))
        };
        let Some((permit, address)) = served.or_else(refused) else {
            self.metrics.hit(Limit::Connections);
            return None;
        };
        self.metrics.connections.inc();
        Some(Place {
            address,
            metrics: Arc::clone(&self.metrics),
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}

/// A door: what answers at it, and how many may come through it how fast.
#[derive(Clone)]
pub(crate) struct Doorway {
    pub(crate) app: Router,
    /// Answers those it has no place for.
    pub(crate) refusal: Router,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) is_behind_proxy: bool,
    /// Turns true when what is open is to be finished and nothing new begun.
    pub(crate) closing: watch::Receiver<bool>,
}

/// Takes connections into `tasks` until `shutdown` completes.
pub(crate) async fn take_connections(
    listener: &TcpListener,
    doorway: &Doorway,
    tasks: &mut JoinSet<()>,
    shutdown: impl Future<Output = ()> + Send,
) {
    let places = Places::new(doorway);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
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
        while tasks.try_join_next().is_some() {}
        let Some(place) = places.take(peer.ip()) else {
            continue;
        };
        // Small answers must not wait for more to come; without it they are only later.
        let _ = stream.set_nodelay(true);
        tasks.spawn(converse(doorway.clone(), stream, peer.ip(), place));
    }
}

/// Says on every path that there is no place.
pub(crate) async fn refuse(request: Request) -> Response {
    crate::body::drain(request.into_body()).await;
    let mut response = Failed::over(
        StatusCode::SERVICE_UNAVAILABLE,
        Limit::Connections,
        ApiError::new(
            Code::TooMany,
            "The hub has as many connections as it can serve. Nothing is lost; try again in a moment.",
        ),
        limits::CONNECTIONS_RETRY,
    )
    .into_response();
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Serves one connection over `stream` (bare, or inside TLS) from `peer` until either side ends it.
pub(crate) async fn converse<S>(doorway: Doorway, stream: S, peer: IpAddr, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if place.address.is_none() {
        let told = speak(
            &doorway,
            &doorway.refusal,
            stream,
            peer,
            limits::REFUSED_WITHIN,
        );
        // Whether they waited to hear it is theirs.
        let _ = tokio::time::timeout(limits::REFUSED_WITHIN, told).await;
    } else {
        let head_within = doorway.limits.head_within;
        speak(&doorway, &doorway.app, stream, peer, head_within).await;
    }
    drop(place);
}

async fn speak<S>(doorway: &Doorway, app: &Router, stream: S, peer: IpAddr, head_within: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let is_behind_proxy = doorway.is_behind_proxy;
    let service = app
        .clone()
        .map_request(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            let address = caller(request.headers(), peer, is_behind_proxy);
            request.extensions_mut().insert(From(address));
            request
        });
    let was_slow = Arc::new(AtomicBool::new(false));
    let stream = Paced::new(
        stream,
        doorway.limits.answer_step_within,
        Arc::clone(&was_slow),
    );
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut closing = doorway.closing.clone();
    let mut is_last = false;
    let ended = loop {
        tokio::select! {
            ended = &mut connection => break ended,
            () = stopped(&mut closing), if !is_last => {
                is_last = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    let Err(error) = ended else { return };
    if was_slow.load(Ordering::Relaxed) {
        doorway.metrics.hit(Limit::SlowReader);
        tracing::info!("a reader took an answer too slowly and was let go");
        return;
    }
    tracing::debug!(%error, "a connection ended early");
    if !error.is_timeout() {
        return;
    }
    let parts = connection.into_parts();
    // A line that was only kept open has asked nothing.
    if !parts.read_buf.is_empty() {
        doorway.metrics.hit(Limit::SlowHead);
        let mut stream = parts.io.into_inner().into_inner();
        let answer = too_slow_a_head();
        let told = async {
            stream.write_all(&answer).await?;
            stream.shutdown().await
        };
        // Who sends slowly may not read at all.
        let _ = tokio::time::timeout(limits::REFUSED_WITHIN, told).await;
    }
}

/// The answer to a request whose head did not come to its end, which no service gets to see.
fn too_slow_a_head() -> Vec<u8> {
    let body =
        r#"{"code":"bad_request","message":"The request took too long to arrive. Try again."}"#;
    format!(
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
         retry-after: 1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
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
