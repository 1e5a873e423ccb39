//! The network between a device and its hub: real bytes, dropped, repeated, delayed, cut at any one of them, or answered
//! by something else.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_sync::{
    Answering, Exchange, Heard, PairAnswer, PairRequest, SyncAnswer, SyncError, SyncRequest,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::hub::{Hub, Refusal, wire};
use crate::trace::Shared;

/// What can happen to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Whole,
    RequestDropped,
    RequestCut,
    AnswerDropped,
    AnswerCut,
    RepeatedAtOnce,
    RepeatedLate,
    Refused(u16),
    SignInPage,
}

/// The way from one device to the hub it has joined.
pub struct Way {
    name: String,
    shared: Arc<Shared>,
    /// Where it leads, and with which token.
    pub to: Mutex<(Arc<Hub>, String)>,
    /// Whether the device has any network.
    pub is_online: AtomicBool,
    /// How many calls in a thousand something happens to.
    pub trouble: AtomicU64,
    /// How long a call takes at the most, in milliseconds.
    pub slowness: AtomicU64,
    /// How many calls went out.
    pub calls: AtomicU64,
}

impl Way {
    /// A way that leads to `hub`, for a device that is let in with `token`.
    pub fn new(name: String, shared: Arc<Shared>, hub: Arc<Hub>, token: String) -> Arc<Self> {
        Arc::new(Self {
            name,
            shared,
            to: Mutex::new((hub, token)),
            is_online: AtomicBool::new(true),
            trouble: AtomicU64::new(0),
            slowness: AtomicU64::new(50),
            calls: AtomicU64::new(0),
        })
    }

    fn say(&self, what: &str) {
        self.shared.say(format!("{}: {what}", self.name));
    }

    fn draw(&self) -> (Fault, Duration, Duration, u64) {
        let mut chance = self.shared.chance.lock().unwrap();
        let trouble = self.trouble.load(Ordering::Relaxed);
        let fault = match chance.per_mille(trouble) {
            false => Fault::Whole,
            true => chance.pick(&[
                Fault::RequestDropped,
                Fault::RequestCut,
                Fault::AnswerDropped,
                Fault::AnswerDropped,
                Fault::AnswerCut,
                Fault::AnswerCut,
                Fault::RepeatedAtOnce,
                Fault::RepeatedLate,
                Fault::RepeatedLate,
                Fault::Refused(413),
                Fault::Refused(429),
                Fault::Refused(500),
                Fault::Refused(503),
                Fault::SignInPage,
            ]),
        };
        let slowness = self.slowness.load(Ordering::Relaxed) + 1;
        let (up, down) = (chance.below(slowness), chance.below(slowness));
        if slowness > 5_000 {
            self.shared.count("a slow network");
        }
        let (up, down) = (Duration::from_millis(up), Duration::from_millis(down));
        (fault, up, down, chance.next())
    }

    async fn carry(
        &self,
        body: Vec<u8>,
        serve: impl Fn(&Hub, &str, &[u8]) -> Option<Result<Vec<u8>, Refusal>> + Send + Copy + 'static,
    ) -> Result<Vec<u8>, SyncError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (hub, token) = self.to.lock().unwrap().clone();
        let (fault, up, down, place) = self.draw();
        if fault != Fault::Whole {
            self.say(&format!("on the way to {}: {fault:?}", hub.name));
        }
        sleep(up).await;
        if !self.is_online.load(Ordering::Relaxed) {
            self.shared.count("no network");
            return Err(unreachable("no network"));
        }
        match fault {
            Fault::RequestDropped => {
                self.shared.count("request dropped");
                sleep(Duration::from_secs(30)).await;
                return Err(unreachable("dropped"));
            }
            Fault::RequestCut => {
                self.shared.count("request cut");
                let cut = place as usize % body.len();
                // What a hub reads of half a body is no body: if it were, it would be another writing than was meant.
                if let Some(Ok(_)) = serve(&hub, &token, &body[..cut]) {
                    panic!("a hub took half a request for a whole one");
                }
                return Err(unreachable("cut"));
            }
            Fault::Refused(status) => {
                self.shared.count(match status {
                    413 => "answered 413",
                    429 => "answered 429",
                    _ => "answered 5xx",
                });
                sleep(down).await;
                return Err(SyncError::from_status(status, wire("simulated"), None));
            }
            Fault::SignInPage => {
                self.shared.count("something else answered");
                return Ok(b"<html>Welcome to the Wi-Fi of the school".to_vec());
            }
            _ => {}
        }
        let answer = serve(&hub, &token, &body);
        match fault {
            Fault::RepeatedAtOnce => {
                self.shared.count("request repeated at once");
                let _ = serve(&hub, &token, &body);
            }
            Fault::RepeatedLate => {
                self.shared.count("request repeated late");
                let (hub, token, body) = (hub.clone(), token.clone(), body.clone());
                let later = Duration::from_millis(place % 600_000);
                let shared = self.shared.clone();
                let name = self.name.clone();
                tokio::spawn(async move {
                    sleep(later).await;
                    shared.say(format!(
                        "{name}: an old request arrives again at {}",
                        hub.name
                    ));
                    let _ = serve(&hub, &token, &body);
                });
            }
            _ => {}
        }
        sleep(down).await;
        let Some(answer) = answer else {
            self.shared.count("no hub");
            return Err(unreachable("no hub there"));
        };
        let mut answer = answer.map_err(|(status, error)| {
            self.say(&format!("{} answers {status} {}", hub.name, error.code));
            SyncError::from_status(status, error, None)
        })?;
        match fault {
            Fault::AnswerDropped => {
                self.shared.count("answer dropped");
                return Err(unreachable("the answer was dropped"));
            }
            Fault::AnswerCut => {
                self.shared.count("answer cut");
                answer.truncate(place as usize % answer.len());
            }
            _ => {}
        }
        if !self.is_online.load(Ordering::Relaxed) {
            return Err(unreachable("no network any more"));
        }
        Ok(answer)
    }
}

fn unreachable(why: &str) -> SyncError {
    SyncError::Unreachable(why.into())
}

fn garbled(error: serde_json::Error) -> SyncError {
    SyncError::Garbled(format!("{:?} at {}", error.classify(), error.column()))
}

impl Exchange for Way {
    fn pair<'a>(&'a self, request: &'a PairRequest) -> Answering<'a, PairAnswer> {
        Box::pin(async move {
            let body = serde_json::to_vec(request).unwrap();
            let answer = self.carry(body, |hub, _, body| hub.pair(body)).await?;
            serde_json::from_slice(&answer).map_err(garbled)
        })
    }

    fn exchange<'a>(&'a self, request: &'a SyncRequest) -> Answering<'a, SyncAnswer> {
        Box::pin(async move {
            let body = serde_json::to_vec(request).unwrap();
            let answer = self
                .carry(body, |hub, token, body| hub.sync(token, body))
                .await?;
            serde_json::from_slice(&answer).map_err(garbled)
        })
    }

    fn letter<'a>(&'a self, letter: &'a [u8]) -> Answering<'a, Vec<u8>> {
        Box::pin(async move {
            self.carry(letter.to_vec(), |hub, token, body| hub.letter(token, body))
                .await
        })
    }

    fn ask<'a>(&'a self, _: &'a str, _: Value) -> Answering<'a, Value> {
        Box::pin(async { Err(SyncError::NotJoined) })
    }

    fn listen<'a>(&'a self, _: &'a (dyn Fn(Heard) + Send + Sync)) -> Answering<'a, ()> {
        Box::pin(async { Err(unreachable("nobody listens")) })
    }
}
