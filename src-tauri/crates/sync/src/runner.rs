//! Runs syncs in the background of the app: one at a time, when there is reason to, and again after a pause when one
//! did not work.
//!
//! A reason is a [`Trigger`]. What the person sees is the [`State`]: whether a sync is under way, why the last one did
//! not work, when the hub last answered. How much waits is not in it: that is counted in the store, never remembered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alongside_domain::{Kind, RecordId};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::compare::Care;
use crate::engine::{Engine, Summary};
use crate::exchange::{Exchange, Heard};
use crate::{SyncError, lost, notes};

/// Why to sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Something was written here.
    Change,
    /// The network is back.
    Network,
    /// The app came to the front. Listening for changes begins.
    Front,
    /// The app went to the back. What waits is sent; listening ends, to spare the battery.
    Back,
    /// The person asked for it.
    Hand,
    /// The hub has this version now.
    HubChanged(u64),
}

/// How long to wait before what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After a change, so that a run of ticks goes in one call.
    pub after_change: Duration,
    /// After the hub said that something changed, likewise.
    pub after_hub_change: Duration,
    /// After the first failure; doubled with every further one.
    pub first_retry: Duration,
    /// The longest pause between two tries.
    pub longest_retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            after_change: Duration::from_millis(1500),
            after_hub_change: Duration::from_millis(300),
            first_retry: Duration::from_secs(2),
            longest_retry: Duration::from_secs(5 * 60),
        }
    }
}

impl Pace {
    /// The pause before the try after `failures` in a row: doubled each time, with a random half so that the tablets of
    /// a school do not all come back in the same moment.
    fn retry(&self, failures: u32) -> Duration {
        let doubled = self
            .first_retry
            .saturating_mul(1u32 << failures.saturating_sub(1).min(16));
        doubled
            .min(self.longest_retry)
            .mul_f64(rand::random_range(0.5..=1.0))
    }
}

/// Why the last sync did not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// For machines: see [`SyncError::code`].
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

impl From<&SyncError> for Trouble {
    fn from(error: &SyncError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message(),
        }
    }
}

/// Where the background stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Whether a sync is under way.
    pub is_syncing: bool,
    /// Whether there is a hub to sync with.
    pub has_hub: bool,
    /// Why the last sync did not work; none once one did.
    pub trouble: Option<Trouble>,
    /// When the hub last answered, in milliseconds since 1970 on its clock.
    pub received_at: Option<u64>,
    /// How far this device's clock is behind the hub's (ahead, when negative), when it is over two minutes.
    pub skew_ms: Option<i64>,
    /// Whether the hub has shut this device out and proved that it is the hub: the space is to be wiped.
    pub is_shut_out: bool,
}

/// Hears which records read otherwise than before, with their kinds, as soon as that is durable.
pub type Listener = Arc<dyn Fn(&BTreeMap<RecordId, Kind>) + Send + Sync>;

/// The way to a hub, or none yet.
pub type Hub = Option<Arc<dyn Exchange>>;

/// The background of one space. Ends when dropped.
pub struct Runner {
    orders: mpsc::UnboundedSender<Order>,
    hub: watch::Sender<Hub>,
    is_front: watch::Sender<bool>,
    state: watch::Receiver<State>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

enum Order {
    Because(Trigger),
    Now(oneshot::Sender<Result<Summary, SyncError>>),
}

impl Runner {
    /// Starts the background of `engine` in the runtime of the caller, with `hub` if one was joined. The first sync is
    /// at once.
    pub fn start(engine: Engine, hub: Hub, pace: Pace, listener: Listener) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (hub, hub_seen) = watch::channel(hub);
        let (is_front, front_seen) = watch::channel(true);
        let received_at = engine
            .store()
            .read()
            .and_then(|reader| notes::received_at(&*reader))
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "when the hub last answered could not be read");
                None
            });
        let (state, state_seen) = watch::channel(State {
            received_at,
            ..State::default()
        });
        let work = Work {
            engine,
            hub: hub_seen.clone(),
            pace,
            listener,
            state,
            failures: 0,
            due: Some(Due {
                at: Instant::now(),
                care: Care::WhenDue,
                is_for_changes: false,
            }),
            not_before: None,
            has_offered_again: false,
            has_asked_for_key: false,
        };
        let tasks = vec![
            tokio::spawn(work.run(inbox)),
            tokio::spawn(listen(hub_seen, front_seen, orders.clone(), pace)),
        ];
        Self {
            orders,
            hub,
            is_front,
            state: state_seen,
            tasks: Mutex::new(tasks),
        }
    }

    /// Gives a reason to sync.
    pub fn nudge(&self, trigger: Trigger) {
        match trigger {
            Trigger::Front => drop(self.is_front.send_replace(true)),
            Trigger::Back => drop(self.is_front.send_replace(false)),
            _ => {}
        }
        // Refused only when the background has ended.
        let _ = self.orders.send(Order::Because(trigger));
    }

    /// Syncs now, after one that is under way, and waits for how it went.
    pub async fn sync(&self) -> Result<Summary, SyncError> {
        let (answer, answered) = oneshot::channel();
        self.orders
            .send(Order::Now(answer))
            .map_err(|_| SyncError::Stopped)?;
        answered.await.map_err(|_| SyncError::Stopped)?
    }

    /// Syncs with this hub from now on, at once; with `None`, with none.
    pub fn set_hub(&self, hub: Hub) {
        self.hub.send_replace(hub);
        self.nudge(Trigger::Network);
    }

    /// The hub in use.
    pub fn hub(&self) -> Hub {
        self.hub.borrow().clone()
    }

    /// Where the background stands, now and whenever that changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends the background. What was under way is cut off, which loses nothing.
    pub fn stop(&self) {
        for task in self
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            task.abort();
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The next sync.
#[derive(Debug, Clone, Copy)]
struct Due {
    at: Instant,
    care: Care,
    /// Whether it need not be when nothing waits any more.
    is_for_changes: bool,
}

struct Work {
    engine: Engine,
    hub: watch::Receiver<Hub>,
    pace: Pace,
    listener: Listener,
    state: watch::Sender<State>,
    failures: u32,
    due: Option<Due>,
    /// Until when not to try, after a failure or at the hub's wish; a change does not shorten it.
    not_before: Option<Instant>,
    has_offered_again: bool,
    has_asked_for_key: bool,
}

impl Work {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Order>) {
        loop {
            let due = self.due.map(|due| due.at);
            tokio::select! {
                biased;
                order = inbox.recv() => match order {
                    None => return,
                    Some(Order::Because(trigger)) => self.consider(trigger),
                    Some(Order::Now(answer)) => {
                        let synced = self.sync(Care::Now).await;
                        // Whoever asked may be gone by now.
                        let _ = answer.send(synced);
                    }
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.sync_if_needed().await,
            }
        }
    }

    fn consider(&mut self, trigger: Trigger) {
        let now = Instant::now();
        let (at, care, is_for_changes) = match trigger {
            Trigger::Change => (now + self.pace.after_change, Care::WhenDue, true),
            Trigger::HubChanged(version) => {
                if self.has_pulled(version) {
                    return;
                }
                (now + self.pace.after_hub_change, Care::WhenDue, false)
            }
            Trigger::Back => (now, Care::WhenDue, true),
            Trigger::Network | Trigger::Front => {
                // The pause was for a network that was not there.
                self.not_before = None;
                self.failures = 0;
                (now, Care::WhenDue, false)
            }
            Trigger::Hand => {
                self.not_before = None;
                (now, Care::Now, false)
            }
        };
        let at = self.not_before.map_or(at, |not_before| at.max(not_before));
        self.due = Some(match self.due {
            // Further changes do not push a sync back: a long visit is sent while it goes on.
            Some(due) => Due {
                at: due.at.min(at),
                care: if care == Care::Now { care } else { due.care },
                is_for_changes: due.is_for_changes && is_for_changes,
            },
            None => Due {
                at,
                care,
                is_for_changes,
            },
        });
    }

    fn has_pulled(&self, version: u64) -> bool {
        let cursor = self
            .engine
            .store()
            .read()
            .and_then(|reader| notes::cursor(&*reader));
        cursor.is_ok_and(|cursor| version <= cursor)
    }

    async fn sync_if_needed(&mut self) {
        let Some(due) = self.due.take() else {
            return;
        };
        if due.is_for_changes {
            let waiting = self
                .engine
                .store()
                .read()
                .and_then(|reader| reader.outbox_count());
            if matches!(waiting, Ok(0)) {
                return;
            }
        }
        // How it went is in the state, and in the log if it went wrong.
        let _ = self.sync(due.care).await;
    }

    async fn sync(&mut self, care: Care) -> Result<Summary, SyncError> {
        self.due = None;
        let Some(hub) = self.hub.borrow_and_update().clone() else {
            self.state.send_modify(|state| {
                *state = State {
                    received_at: state.received_at,
                    ..State::default()
                };
            });
            return Err(SyncError::NotJoined);
        };
        self.state.send_modify(|state| {
            state.is_syncing = true;
            state.has_hub = true;
        });
        let synced = self.exchange(&*hub, care).await;
        self.settle(&synced);
        let is_shut_out = self.is_shut_out(&synced);
        self.state.send_modify(|state| {
            state.is_syncing = false;
            state.is_shut_out |= is_shut_out;
            match &synced {
                Ok(summary) => {
                    state.trouble = None;
                    state.received_at = Some(summary.received_at);
                    state.skew_ms = summary.skew_ms;
                }
                Err(error) => state.trouble = Some(error.into()),
            }
        });
        synced
    }

    /// Whether the hub ended with the word that was agreed with this device, and with nobody else.
    fn is_shut_out(&self, synced: &Result<Summary, SyncError>) -> bool {
        let Err(SyncError::Revoked { wipe, .. }) = synced else {
            return false;
        };
        let is_ordered = self
            .engine
            .store()
            .read()
            .and_then(|reader| lost::is_ordered(&*reader, wipe.as_ref()));
        is_ordered.unwrap_or_else(|error| {
            tracing::error!(%error, "whether this device is to be wiped could not be read");
            false
        })
    }

    async fn exchange(&mut self, hub: &dyn Exchange, care: Care) -> Result<Summary, SyncError> {
        if !self.has_offered_again {
            self.engine.offer_again().await?;
            self.has_offered_again = true;
        }
        let listener = Arc::clone(&self.listener);
        let heed = move |applied: &crate::Applied| {
            if !applied.changed.is_empty() {
                listener(&applied.changed);
            }
        };
        let synced = self.engine.sync(hub, care, &heed).await?;
        if !self.has_asked_for_key {
            // Once is enough until the next start: a hub from before letters has none.
            self.has_asked_for_key = true;
            if let Err(error) = self.engine.learn_letter_key(hub).await {
                tracing::info!(
                    code = error.code(),
                    "the hub's key for letters is not known yet"
                );
            }
        }
        Ok(synced)
    }

    /// Plans the next try after a failure.
    fn settle(&mut self, synced: &Result<Summary, SyncError>) {
        self.not_before = None;
        let error = match synced {
            Ok(_) => {
                self.failures = 0;
                return;
            }
            Err(error) => error,
        };
        tracing::info!(code = error.code(), %error, "a sync did not work");
        if !error.is_transient() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let mut pause = self.pace.retry(self.failures);
        if let SyncError::Busy {
            retry_after: Some(asked),
            ..
        } = error
        {
            pause = pause.max(*asked);
        }
        let at = Instant::now() + pause;
        self.not_before = Some(at);
        self.due = Some(Due {
            at,
            care: Care::WhenDue,
            is_for_changes: false,
        });
    }
}

/// Listens to the hub while the app is in front, and again after a pause when the line breaks.
async fn listen(
    mut hub: watch::Receiver<Hub>,
    mut is_front: watch::Receiver<bool>,
    orders: mpsc::UnboundedSender<Order>,
    pace: Pace,
) {
    let failures = Mutex::new(0u32);
    let mut has_been_open = false;
    loop {
        let current = hub.borrow_and_update().clone();
        let (Some(current), true) = (current, *is_front.borrow_and_update()) else {
            has_been_open = false;
            let gone = tokio::select! {
                changed = hub.changed() => changed.is_err(),
                changed = is_front.changed() => changed.is_err(),
            };
            if gone {
                return;
            }
            continue;
        };
        let was_open = has_been_open;
        let is_open = std::sync::atomic::AtomicBool::new(false);
        let hear = |heard: Heard| {
            let trigger = match heard {
                Heard::Open => {
                    *failures.lock().unwrap_or_else(PoisonError::into_inner) = 0;
                    is_open.store(true, std::sync::atomic::Ordering::Relaxed);
                    // What changed while the line was down was not heard.
                    was_open.then_some(Trigger::Network)
                }
                Heard::Changed(version) => Some(Trigger::HubChanged(version)),
            };
            if let Some(trigger) = trigger {
                let _ = orders.send(Order::Because(trigger));
            }
        };
        tokio::select! {
            ended = current.listen(&hear) => {
                if let Err(error) = ended {
                    tracing::debug!(code = error.code(), "the line to the hub broke");
                    if matches!(error, SyncError::Revoked { .. }) {
                        // A sync settles what is to be done about it.
                        let _ = orders.send(Order::Because(Trigger::Network));
                    }
                }
            }
            changed = hub.changed() => if changed.is_err() { return } else { continue },
            changed = is_front.changed() => if changed.is_err() { return } else { continue },
        }
        has_been_open |= is_open.into_inner();
        let pause = {
            let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
            *failures = failures.saturating_add(1);
            pace.retry(*failures)
        };
        tokio::select! {
            () = sleep(pause) => {}
            changed = hub.changed() => if changed.is_err() { return },
            changed = is_front.changed() => if changed.is_err() { return },
        }
    }
}
