//! Reading what was sent: only JSON, only so much of it, unpacked when it came compressed.
//!
//! A refused body is still read to its end (up to a limit) before the answer goes out: a client that is cut off while
//! it sends does not get to read why.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use alongside_api::{Actor, ApiError, Code};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use futures_util::StreamExt as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::answer::Failed;
use crate::hub::{Hub, blocking};
use crate::limits;
use crate::who::Key;

/// What came in one request, and from whom.
pub(crate) struct Letter {
    key: Key,
    /// Known already when the body was too large to be read from just anyone.
    actor: Option<Actor>,
    bytes: Bytes,
    packing: Packing,
    /// A place among the large bodies, held as long as the letter or what was in it.
    place: Option<OwnedSemaphorePermit>,
}

/// An opened letter.
pub(crate) struct Opened {
    /// Who sent it, if they are let in.
    pub(crate) sender: Result<Actor, ApiError>,
    /// The JSON in it.
    pub(crate) text: Vec<u8>,
    /// Held until the call is answered.
    pub(crate) place: Option<OwnedSemaphorePermit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Receives the body of a request.
pub(crate) async fn receive(hub: &Arc<Hub>, key: Key, request: Request) -> Result<Letter, Failed> {
    let (parts, body) = request.into_parts();
    let packing = match check_head(&parts.headers) {
        Ok(packing) => packing,
        Err(failed) => {
            drain(body).await;
            return Err(failed);
        }
    };
    let length = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length <= limits::SMALL_BODY) {
        let bytes = read(hub.limits.body_step_within, body, limits::SMALL_BODY).await?;
        return Ok(Letter {
            key,
            actor: None,
            bytes,
            packing,
            place: None,
        });
    }
    let actor = blocking(hub, {
        let key = key.clone();
        move |hub| Ok::<_, Failed>(hub.actor(&key))
    })
    .await?;
    let Ok(actor) = actor else {
        // A stranger's letter is short, or it is not read at all.
        let bytes = read(
            hub.limits.body_step_within,
            body,
            limits::STRANGER_BODY_LIMIT,
        )
        .await;
        return match (bytes, actor) {
            (Ok(bytes), _) => Ok(Letter {
                key,
                actor: None,
                bytes,
                packing,
                place: None,
            }),
            (Err(_), Err(error)) if key != Key::Nothing => Err(error.into()),
            (Err(failed), _) => Err(failed),
        };
    };
    let place = hub.large_bodies().acquire_owned().await.ok();
    let bytes = read(hub.limits.body_step_within, body, limits::BODY_LIMIT).await?;
    Ok(Letter {
        key,
        actor: Some(actor),
        bytes,
        packing,
        place,
    })
}

/// Receives and unpacks a body of at most `limit` bytes, from whom it is known already how much they may send.
pub(crate) async fn whole(request: Request, limit: usize) -> Result<Vec<u8>, Failed> {
    let (parts, body) = request.into_parts();
    let packing = match check_head(&parts.headers) {
        Ok(packing) => packing,
        Err(failed) => {
            drain(body).await;
            return Err(failed);
        }
    };
    let bytes = read(limits::BODY_STEP_WITHIN, body, limit).await?;
    Ok(unpack(&bytes, packing, limit)?.into_owned())
}

impl Letter {
    /// Finds out who sent it and unpacks it. Reads the store, so not on a thread that serves others.
    pub(crate) fn open(self, hub: &Hub) -> Result<Opened, Failed> {
        let sender = match self.actor {
            Some(actor) => Ok(actor),
            None => hub.actor(&self.key),
        };
        let limit = match sender {
            Ok(_) => limits::BODY_LIMIT,
            Err(_) => limits::STRANGER_BODY_LIMIT,
        };
        let text = match unpack(&self.bytes, self.packing, limit)? {
            Cow::Owned(text) => text,
            Cow::Borrowed(text) => text.to_vec(),
        };
        Ok(Opened {
            sender,
            text,
            place: self.place,
        })
    }
}

fn check_head(headers: &HeaderMap) -> Result<Packing, Failed> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Failed::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "The hub reads JSON only: send it with the header Content-Type: application/json.",
        ));
    }
    let packing = headers
        .get(CONTENT_ENCODING)
        .map_or(Ok("identity"), |packing| packing.to_str());
    match packing
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "identity" => Ok(Packing::Plain),
        "gzip" | "x-gzip" => Ok(Packing::Gzip),
        "zstd" => Ok(Packing::Zstd),
        _ => Err(Failed::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadRequest,
            "The hub unpacks zstd and gzip. Send it in one of these, or as it is.",
        )),
    }
}

/// Reads a body of at most `limit` bytes; what is past it is drained and refused, and so is what only trickles in.
pub(crate) async fn read(within: Duration, body: Body, limit: usize) -> Result<Bytes, Failed> {
    let mut frames = body.into_data_stream();
    let mut bytes = Vec::new();
    let (mut until, mut step) = (Instant::now() + within, 0);
    loop {
        let frame = match tokio::time::timeout_at(until, frames.next()).await {
            Ok(Some(frame)) => frame.map_err(|_| broken())?,
            Ok(None) => return Ok(bytes.into()),
            Err(_) => return Err(Failed::too_slow()),
        };
        if bytes.len() + frame.len() > limit {
            drain_frames(frames).await;
            return Err(Failed::too_large(limit));
        }
        bytes.extend_from_slice(&frame);
        step += frame.len();
        if step >= limits::BODY_STEP {
            (until, step) = (Instant::now() + within, 0);
        }
    }
}

/// Reads a body that nobody wants, so that its sender gets to read the answer.
pub(crate) async fn drain(body: Body) {
    drain_frames(body.into_data_stream()).await;
}

async fn drain_frames(mut frames: axum::body::BodyDataStream) {
    let all = async {
        let mut seen = 0;
        while let Some(Ok(frame)) = frames.next().await {
            seen += frame.len();
            if seen > limits::DRAINED_AT_MOST {
                break;
            }
        }
    };
    // Whether it ended or was given up makes no difference to the answer.
    let _ = tokio::time::timeout(limits::DRAINED_WITHIN, all).await;
}

fn broken() -> Failed {
    ApiError::new(
        Code::BadRequest,
        "The request broke off before its end. Try again.",
    )
    .into()
}

fn unpack(bytes: &[u8], packing: Packing, limit: usize) -> Result<Cow<'_, [u8]>, Failed> {
    let unpacked = match packing {
        Packing::Plain if bytes.len() > limit => return Err(Failed::too_large(limit)),
        Packing::Plain => return Ok(Cow::Borrowed(bytes)),
        Packing::Gzip => read_up_to(flate2::read::MultiGzDecoder::new(bytes), limit),
        Packing::Zstd => zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
            decoder.window_log_max(limits::ZSTD_WINDOW_LOG)?;
            read_up_to(decoder, limit)
        }),
    };
    match unpacked {
        Ok(text) if text.len() > limit => Err(Failed::too_large(limit)),
        Ok(text) => Ok(Cow::Owned(text)),
        Err(_) => Err(ApiError::new(
            Code::BadRequest,
            "The request is not packed the way its Content-Encoding says. Send it again.",
        )
        .into()),
    }
}

/// Reads one byte past `limit` at the most, however much would still come out.
fn read_up_to(packed: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    packed.take(most).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_not_unpacked_past_the_limit() {
        let bomb = zstd::encode_all(std::io::repeat(b' ').take(64 * 1024 * 1024), 1).unwrap();
        assert!(bomb.len() < 64 * 1024);
        let failed = unpack(&bomb, Packing::Zstd, limits::BODY_LIMIT).unwrap_err();
        assert!(format!("{failed:?}").contains("TooLarge"));
    }

    #[test]
    fn what_was_packed_comes_out_as_it_was() {
        let text = br#"{"after":0}"#;
        let packed = zstd::encode_all(text.as_slice(), 3).unwrap();
        assert_eq!(*unpack(&packed, Packing::Zstd, 100).unwrap(), *text);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, text).unwrap();
        assert_eq!(
            *unpack(&gzip.finish().unwrap(), Packing::Gzip, 100).unwrap(),
            *text
        );
    }

    #[test]
    fn what_is_not_packed_as_it_says_is_refused() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            assert!(unpack(b"{}", packing, 100).is_err());
        }
    }
}
