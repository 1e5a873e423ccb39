//! The screens: the built ui as files at `/`, with headers that let nothing else in.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::hub::Hub;
use crate::sync::From;

/// Where the screens come from.
#[derive(Clone)]
pub struct Pages(Source);

#[derive(Clone)]
enum Source {
    None,
    Built(Arc<HashMap<&'static str, (&'static [u8], HeaderValue)>>),
    Folder(PathBuf),
}

impl Pages {
    /// No screens: a hub for devices only, and for tests.
    pub fn none() -> Self {
        Self(Source::None)
    }

    /// Files that are part of the program: their paths below the ui's root, and what is in them.
    pub fn built(files: &[(&'static str, &'static [u8])]) -> Self {
        let files = files
            .iter()
            .map(|(path, bytes)| (*path, (*bytes, etag(bytes))))
            .collect();
        Self(Source::Built(Arc::new(files)))
    }

    /// Files in a folder, read anew each time; for work on the ui.
    pub fn folder(path: impl Into<PathBuf>) -> Self {
        Self(Source::Folder(path.into()))
    }

    async fn file(&self, path: &str) -> Option<(Bytes, HeaderValue)> {
        match &self.0 {
            Source::None => None,
            Source::Built(files) => files
                .get(path)
                .map(|(bytes, etag)| (Bytes::from_static(bytes), etag.clone())),
            Source::Folder(folder) => {
                let is_inside = Path::new(path)
                    .components()
                    .all(|part| matches!(part, Component::Normal(_)));
                if !is_inside {
                    return None;
                }
                let bytes = tokio::fs::read(folder.join(path)).await.ok()?;
                let etag = etag(&bytes);
                Some((bytes.into(), etag))
            }
        }
    }
}

fn etag(bytes: &[u8]) -> HeaderValue {
    let mut text = String::from("\"");
    for byte in Sha256::digest(bytes).iter().take(12) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('"');
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("\"\""))
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Answers whatever no other route does.
pub(crate) async fn page(
    State(hub): State<Arc<Hub>>,
    Extension(From(address)): Extension<From>,
    request: Request,
) -> Response {
    if let Err(failed) = hub.pace.page(address) {
        let (_, body) = request.into_parts();
        crate::body::drain(body).await;
        return failed.into_response();
    }
    let asked = request.uri().path().trim_start_matches('/');
    let path = if asked.is_empty() {
        "index.html"
    } else {
        asked
    };
    let Some((bytes, etag)) = hub.pages.file(path).await else {
        let (_, body) = request.into_parts();
        crate::body::drain(body).await;
        return StatusCode::NOT_FOUND.into_response();
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let (_, body) = request.into_parts();
        crate::body::drain(body).await;
        return (StatusCode::METHOD_NOT_ALLOWED, [("allow", "GET, HEAD")]).into_response();
    }
    // The names of built files carry a hash of what is in them: what is under a name never changes.
    let is_hashed = path.starts_with("assets/");
    let caching = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = knows(request.headers(), &etag);
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(bytes))
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(ETAG, etag);
    if !is_known {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind_of(path)));
    }
    response
}

fn knows(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .unwrap_or_default();
    let own = etag.to_str().unwrap_or_default();
    known
        .split(',')
        .any(|one| one.trim().trim_start_matches("W/") == own)
}

/// What every answer says about itself, whatever it is.
pub(crate) const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    // A walk is silent: no camera, no microphone (R5).
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), display-capture=()",
    ),
    ("x-frame-options", "DENY"),
    // Devices compress what they send once they know that it is unpacked here.
    ("accept-encoding", "zstd, gzip"),
];
