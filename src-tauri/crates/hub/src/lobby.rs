//! The lobby behind a door that a leader opened: who asks to come in, and what the leader says to that.
//!
//! The door shows one code at a time. It lets one device ask, and then, or when it is too old, another one is shown; so a
//! photograph of it, a used one and an old one are worth nothing. Asking gives nothing either: only the leader's word
//! does, and the answer to it goes to whoever asked, who shows that with a secret of their own making. All of it is kept
//! in memory and is gone when the door closes. Laws (tested in `tests/stories/corridor`):
//! - one code, one ask; asking again with the same secret is the same ask (a line that was cut);
//! - what was not approved answers `waiting` or `refused`, to who asked, and nothing at all to anyone else;
//! - the numbers are bounded, and who is turned away hears when to come back.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alongside_api::{ApiError, Code};
use alongside_domain::{DeviceId, HubId, PersonId};
use alongside_sync::wire::{HandoverOf, HelloAnswer, JoinRequest, JoinState, PairDevice};
use alongside_sync::{DoorCode, KeyHash, Purpose, hello};
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use crate::answer::Failed;
use crate::limits;
use crate::metrics::Limit;

/// The fewest characters of the secret that who asks makes: 128 bits in base64.
const SECRET_FROM: usize = 22;
/// The most.
const SECRET_TO: usize = 128;

/// Who waits behind an open door.
pub struct Lobby {
    purpose: Purpose,
    hub: HubId,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

struct State {
    shown: Shown,
    asks: Vec<Ask>,
}

/// The code that is shown now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The code.
    pub code: DoorCode,
    /// Until when it lets someone ask.
    pub expires_at: DateTime<Utc>,
}

impl Shown {
    fn fresh(now: DateTime<Utc>) -> Self {
        Self {
            code: DoorCode::random(),
            expires_at: now + limits::DOOR_CODE_WITHIN,
        }
    }
}

/// A device that asked to come in.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Which ask; no secret.
    pub id: Uuid,
    /// Which device.
    pub device: PairDevice,
    /// Whose it says it is.
    pub person: Option<PersonId>,
    /// How much it says waits on it.
    pub announced: Option<HandoverOf>,
    /// The id that its letters carry.
    pub own: Option<DeviceId>,
    /// When it asked.
    pub asked_at: DateTime<Utc>,
    /// What was said to it.
    pub state: JoinState,
    secret: String,
}

impl Lobby {
    /// The lobby of a door for this purpose, of this hub's records, which opens now.
    pub fn new(purpose: Purpose, hub: HubId, now: DateTime<Utc>) -> Self {
        Self {
            purpose,
            hub,
            state: Mutex::new(State {
                shown: Shown::fresh(now),
                asks: Vec::new(),
            }),
            changed: watch::Sender::new(0),
        }
    }

    /// What devices may do here.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whose records are joined or collected for.
    pub fn hub(&self) -> HubId {
        self.hub
    }

    /// The code to show now; another one when the last is too old.
    pub fn shown(&self, now: DateTime<Utc>) -> Shown {
        let mut state = self.lock();
        if state.shown.expires_at <= now {
            state.shown = Shown::fresh(now);
        }
        state.shown.clone()
    }

    /// Who has asked, the first first. Who waited too long is not among them any more.
    pub fn asks(&self, now: DateTime<Utc>) -> Vec<Ask> {
        let mut state = self.lock();
        forget_stale(&mut state, now);
        state.asks.clone()
    }

    /// Counts up whenever somebody asks or is answered.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What a door says that knows the code, over a connection to `key`; to anyone, since it tells nobody the code.
    pub fn hello(&self, key: &KeyHash, nonce: &str) -> Result<HelloAnswer, ApiError> {
        let code = self.lock().shown.code;
        let proof = hello::proof(&code, key, nonce).ok_or_else(|| {
            ApiError::new(
                Code::BadRequest,
                "A greeting brings 32 random bytes, in base64url.",
            )
        })?;
        Ok(HelloAnswer {
            hub: self.hub,
            proof,
        })
    }

    /// Takes note that a device asks, and shows another code from now on.
    ///
    /// Errors with [`Code::CodeUnknown`] for a code that is not the one shown, and when too many wait.
    pub(crate) fn ask(&self, request: &JoinRequest, now: DateTime<Utc>) -> Result<Uuid, Failed> {
        if !(SECRET_FROM..=SECRET_TO).contains(&request.secret.len()) {
            return Err(ApiError::new(
                Code::BadRequest,
                "Who asks to come in brings a secret of 22 to 128 characters, to be known by afterwards.",
            )
            .into());
        }
        let mut state = self.lock();
        forget_stale(&mut state, now);
        let again = state.asks.iter().find(|ask| {
            ask.device.id == request.device.id && is_same(&ask.secret, &request.secret)
        });
        if let Some(ask) = again {
            return Ok(ask.id);
        }
        let code = request.code.parse::<DoorCode>().ok();
        if code != Some(state.shown.code) || state.shown.expires_at <= now {
            return Err(ApiError::new(
                Code::CodeUnknown,
                "This code does not work: it was used, is too old, or has a typing error. The leader’s screen shows a new one.",
            )
            .into());
        }
        let waiting = state
            .asks
            .iter()
            .filter(|ask| ask.state == JoinState::Waiting)
            .count();
        if waiting >= limits::ASKS_AT_ONCE || state.asks.len() >= limits::ASKS_BEHIND_A_DOOR {
            return Err(Failed::too_many(
                Limit::Asks,
                "Many devices wait to be let in here. Ask the leader, then try again in a moment.",
                limits::ASK_RETRY,
            ));
        }
        // Whoever scans again has given the first try up.
        state
            .asks
            .retain(|ask| ask.device.id != request.device.id || ask.state != JoinState::Waiting);
        let name: String = request.device.name.trim().chars().take(80).collect();
        let id = Uuid::now_v7();
        state.asks.push(Ask {
            id,
            device: PairDevice {
                id: request.device.id,
                name: match name.is_empty() {
                    true => "A device".to_owned(),
                    false => name,
                },
            },
            person: request.person,
            announced: request.announced,
            own: request.own,
            asked_at: now,
            state: JoinState::Waiting,
            secret: request.secret.clone(),
        });
        state.shown = Shown::fresh(now);
        drop(state);
        self.tell();
        Ok(id)
    }

    /// What was said to an ask, for who shows its secret; to all others it is not there.
    pub(crate) fn answer(
        &self,
        id: Uuid,
        secret: &str,
        now: DateTime<Utc>,
    ) -> Result<JoinState, ApiError> {
        let mut state = self.lock();
        forget_stale(&mut state, now);
        let ask = state
            .asks
            .iter()
            .find(|ask| ask.id == id && is_same(&ask.secret, secret));
        ask.map(|ask| ask.state.clone()).ok_or_else(|| {
            ApiError::new(
                Code::NotFound,
                "Nobody asks here under this number, or it took too long. Scan the leader’s code again.",
            )
        })
    }

    /// Says something to an ask that waits. An ask that was answered stays as it is, so a second touch does nothing.
    ///
    /// `answer` is made only when it waits still. Errors with [`Code::NotFound`] when it is gone.
    pub fn settle(
        &self,
        id: Uuid,
        now: DateTime<Utc>,
        answer: impl FnOnce(&Ask) -> Result<JoinState, ApiError>,
    ) -> Result<(), ApiError> {
        let mut state = self.lock();
        forget_stale(&mut state, now);
        let Some(ask) = state.asks.iter_mut().find(|ask| ask.id == id) else {
            return Err(ApiError::new(
                Code::NotFound,
                "This device does not wait any more. Let it scan the code again.",
            ));
        };
        if ask.state == JoinState::Waiting {
            ask.state = answer(ask)?;
            drop(state);
            self.tell();
        }
        Ok(())
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_stale(state: &mut State, now: DateTime<Utc>) {
    state
        .asks
        .retain(|ask| ask.state != JoinState::Waiting || ask.asked_at + limits::ASK_WITHIN > now);
}

/// Takes the same time for all secrets of a length.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |differs, (a, b)| differs | (a ^ b))
            == 0
}
