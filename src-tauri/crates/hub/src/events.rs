//! `GET /v1/events`: tells those who follow live that something changed for them, never what.
//!
//! An event is `changed` with `{"version": N, "kinds": […]}`; the screen or device then reads or syncs again. It is
//! sent only when the change concerns that person. Who says where they stand (`Last-Event-ID` or `?after=N`) is told
//! at once when there is something newer. The line ends when the hub stops and when its owner is let out.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;

use alongside_api::{Actor, ApiError};
use alongside_domain::{DeviceId, Kind, RecordId};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior};

use crate::answer::Failed;
use crate::hub::{Happening, Hub, blocking};
use crate::limits::{self, Limits};
use crate::metrics::Limit;
use crate::tally::{Held, Tally};
use crate::who::Key;

/// Follows what happens, for one person.
pub(crate) async fn events(
    State(hub): State<Arc<Hub>>,
    request: Request,
) -> Result<Response, Failed> {
    let key = Key::of(request.headers(), hub.cookie_name());
    let after = after(&request);
    let place = hub.followers().take()?;
    // Listening begins before the version is read, so nothing falls between.
    let happenings = hub.happenings();
    let (actor, version) = blocking(&hub, {
        let key = key.clone();
        move |hub| {
            let actor = hub.actor(&key)?;
            Ok::<_, ApiError>((actor, hub.desk().feed_version(&actor)?))
        }
    })
    .await?;
    let own_place = hub.followers().take_for(actor.device)?;
    let mut heartbeat = tokio::time::interval(limits::HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        stopping: hub.stopping(),
        hub,
        key,
        actor,
        version,
        missed: after.is_some_and(|after| after < version),
        happenings,
        heartbeat,
        _place: (place, own_place),
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let mut response = Sse::new(events).into_response();
    // A proxy must not collect events before it passes them on.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn after(request: &Request) -> Option<u64> {
    let header = request
        .headers()
        .get("last-event-id")
        .and_then(|id| id.to_str().ok());
    let query = || {
        let pairs = request.uri().query().unwrap_or_default().split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == "after")
            .map(|(_, value)| value)
    };
    header.or_else(query)?.parse().ok()
}

/// The places of those who follow.
pub(crate) struct Followers {
    places: Arc<Semaphore>,
    most: usize,
    by_device: Tally<DeviceId>,
    most_by_device: usize,
}

impl Followers {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.followers)),
            most: limits.followers,
            by_device: Tally::new(),
            most_by_device: limits.followers_by_device,
        }
    }

    /// How many follow now.
    pub(crate) fn count(&self) -> usize {
        self.most - self.places.available_permits()
    }

    fn take(&self) -> Result<OwnedSemaphorePermit, Failed> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| too_many_follow())
    }

    fn take_for(&self, device: DeviceId) -> Result<Held<DeviceId>, Failed> {
        self.by_device
            .take(device, self.most_by_device)
            .ok_or_else(too_many_follow)
    }
}

fn too_many_follow() -> Failed {
    Failed::too_many(
        Limit::Followers,
        "Too many screens follow this hub at once. This one reads again when you touch it.",
        limits::FOLLOWERS_RETRY,
    )
}

struct Follower {
    hub: Arc<Hub>,
    key: Key,
    actor: Actor,
    /// Up to where they were told.
    version: u64,
    /// Something happened before they began to follow.
    missed: bool,
    happenings: broadcast::Receiver<Happening>,
    stopping: watch::Receiver<bool>,
    heartbeat: Interval,
    _place: (OwnedSemaphorePermit, Held<DeviceId>),
}

/// What a follower may have to be told of.
#[derive(Default)]
struct Fresh {
    records: BTreeSet<RecordId>,
    is_let_out: bool,
    is_over: bool,
}

impl Follower {
    /// The next event; none when the line ends.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.missed) {
            return Some(changed(self.version, &[]));
        }
        loop {
            let happening = tokio::select! {
                biased;
                _ = stopped(&mut self.stopping) => return None,
                happening = self.happenings.recv() => Some(happening),
                _ = self.heartbeat.tick() => None,
            };
            let Some(happening) = happening else {
                self.is_let_in().await?;
                return Some(Event::default().comment("still here"));
            };
            let fresh = self.gather(happening);
            if fresh.is_let_out || fresh.is_over {
                return None;
            }
            if let Some(event) = self.told(fresh.records).await? {
                return Some(event);
            }
        }
    }

    /// Takes what has happened, and whatever else has by now: a burst is one event.
    fn gather(&mut self, first: Result<Happening, RecvError>) -> Fresh {
        let mut fresh = Fresh::default();
        match first {
            Ok(happening) => fresh.add(happening, self.actor),
            // They were too slow to hear everything; the version still says whether it concerns them.
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => fresh.is_over = true,
        }
        loop {
            match self.happenings.try_recv() {
                Ok(happening) => fresh.add(happening, self.actor),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return fresh,
            }
        }
    }

    /// The event about these records, if they concern this person. None when they are not let in any more.
    async fn told(&mut self, records: BTreeSet<RecordId>) -> Option<Option<Event>> {
        let key = self.key.clone();
        let known = self.version;
        let told = blocking(&self.hub, move |hub| {
            let actor = hub.actor(&key)?;
            let version = hub.desk().feed_version(&actor)?;
            let kinds = hub.desk().concerns(&actor, records)?;
            // What went out of their sight concerns them too: the feed has a forget, and no kind can be told.
            Ok::<_, ApiError>((version > known || !kinds.is_empty()).then_some((version, kinds)))
        })
        .await;
        let Some((version, kinds)) = told.ok()? else {
            return Some(None);
        };
        self.version = version;
        Some(Some(changed(version, &kinds)))
    }

    async fn is_let_in(&self) -> Option<()> {
        let key = self.key.clone();
        blocking(&self.hub, move |hub| hub.actor(&key))
            .await
            .ok()
            .map(|_| ())
    }
}

impl Fresh {
    fn add(&mut self, happening: Happening, actor: Actor) {
        match happening {
            Happening::Changed(changed) => self.records.extend(changed.records.iter().copied()),
            Happening::LetOut(device) => self.is_let_out |= device == actor.device,
        }
    }
}

/// Completes when the hub is asked to stop, or is gone.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // An error means that the hub is gone, which is as good.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

fn changed(version: u64, kinds: &[Kind]) -> Event {
    let told = serde_json::json!({ "version": version, "kinds": kinds });
    Event::default()
        .event("changed")
        .id(version.to_string())
        .data(told.to_string())
}
