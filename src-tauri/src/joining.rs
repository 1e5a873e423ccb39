//! The tablet's side of the corridor: this device goes to a leader's door, with what was scanned there or typed.
//!
//! Who answers is proven before anything is told to them: by the pinned key of a scanned ticket, or, when only the groups
//! of the code were typed, by a greeting that only who knows the code can answer. Then this device asks to come in and
//! waits for the leader's word. A school's hub lets it in for good, and it syncs; where a leader only collects, it hands
//! over what waits (`handing`). Cut off anywhere, it is simply done again.

mod handing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alongside_api::corridor::{DoorFound, DoorPurpose, HubJoin, Joining, JoiningStep};
use alongside_api::{ApiError, Code};
use alongside_domain::{DeviceId, HubId};
use alongside_sync::nearby::nearby;
use alongside_sync::wire::{HandoverOf, JoinAsked, JoinRequest, JoinState, PairDevice};
use alongside_sync::{
    DoorCode, HttpHub, HubAddress, Joined, Purpose, SyncError, Ticket, first_that_answers, hello,
    notes,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::App;
use crate::app::Event;
use crate::install::{self, DEVICE_NAME, MEETING};
use crate::session::Session;

/// How long this device waits for the leader's word; the door does not remember an ask for longer.
const WORD_WITHIN: Duration = Duration::from_secs(10 * 60);
/// How long it goes on asking while nobody answers.
const SILENT_WITHIN: Duration = Duration::from_secs(30);

/// Where this device stands at another's door.
#[derive(Default)]
pub(crate) struct JoiningNow {
    view: Mutex<Joining>,
    stop: Notify,
    /// One goes to a door at a time.
    turn: tokio::sync::Mutex<()>,
}

impl JoiningNow {
    pub(crate) fn view(&self) -> Joining {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Joining> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was scanned or typed.
enum Asked {
    Ticket(Ticket),
    Typed { address: HubAddress, code: DoorCode },
}

/// A door that was found and proven.
struct Found {
    address: HubAddress,
    code: DoorCode,
    hub: HubId,
    /// Known from a ticket.
    purpose: Option<Purpose>,
}

impl App {
    /// Goes to a leader's door and stays there until it is done or did not work; [`hub_join_get`](Self::hub_join_get) tells
    /// how far it is meanwhile.
    pub async fn hub_join(&self, request: HubJoin) -> Result<Joining, ApiError> {
        let asked = read(&request)?;
        let Ok(_turn) = self.joining.turn.try_lock() else {
            return Err(ApiError::new(
                Code::Refused,
                "This device is at a leader’s door already. Let that end, or stop it first.",
            ));
        };
        self.put_joining(|view| {
            *view = Joining {
                step: JoiningStep::Looking,
                ..Joining::default()
            };
        });
        let name = request
            .device
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .unwrap_or(DEVICE_NAME)
            .to_owned();
        let ended = tokio::select! {
            ended = self.go_to_door(asked, name) => ended,
            () = self.joining.stop.notified() => {
                self.put_joining(|view| *view = Joining::default());
                return Ok(self.joining.view());
            }
        };
        self.put_joining(|view| match ended {
            Ok(()) => view.step = JoiningStep::Done,
            Err(error) => {
                view.step = JoiningStep::Failed;
                view.trouble = Some(error);
            }
        });
        Ok(self.joining.view())
    }

    /// How far this device is at a leader's door.
    pub fn hub_join_get(&self) -> Joining {
        self.joining.view()
    }

    /// Goes away from the door, or lets go of how it ended. What was received stays received.
    pub fn hub_join_stop(&self) -> Joining {
        if self.joining.turn.try_lock().is_ok() {
            self.put_joining(|view| *view = Joining::default());
        } else {
            self.joining.stop.notify_one();
        }
        self.joining.view()
    }

    fn put_joining(&self, put: impl FnOnce(&mut Joining)) {
        put(&mut self.joining.lock());
        self.tell(Event::Door);
    }

    async fn go_to_door(&self, asked: Asked, name: String) -> Result<(), ApiError> {
        let session = self.current();
        let found = find(asked).await.map_err(|error| at_door(&error))?;
        if found.purpose == Some(Purpose::Collect) {
            fitting(session.as_deref(), found.hub).await?;
        }
        let announced = match &session {
            Some(session) => Some(announced(session).await?),
            None => None,
        };
        self.put_joining(|view| {
            view.purpose = found.purpose.map(|purpose| match purpose {
                Purpose::Join => DoorPurpose::Join,
                Purpose::Collect => DoorPurpose::Collect,
            });
            view.changes = announced.map_or(0, |announced| announced.changes);
        });
        let door =
            HttpHub::new(found.address.clone(), None, None).map_err(|error| at_door(&error))?;
        let request = JoinRequest {
            code: found.code.groups().join("-"),
            secret: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
            device: PairDevice {
                id: DeviceId::from_uuid(Uuid::now_v7()),
                name,
            },
            person: session.as_ref().map(|session| session.actor().person),
            announced,
            own: session.as_ref().map(|session| session.actor().device),
        };
        let pause = self.settings.pace.first_retry.min(Duration::from_secs(1));
        let asked = until_answered(pause, || door.ask_in(&request))
            .await
            .map_err(|error| at_door(&error))?;
        self.put_joining(|view| view.step = JoiningStep::Asked);
        match word(&door, &asked, &request.secret, pause).await? {
            JoinState::Joined(answer) => {
                let joined = Joined {
                    answer: *answer,
                    address: found.address.to_string(),
                    encoding: alongside_sync::Exchange::encoding(&door),
                };
                self.put_joining(|view| view.purpose = Some(DoorPurpose::Join));
                let session = self.take_in(request.device.id, joined, None).await?;
                self.sync_at_door(&session).await
            }
            JoinState::Collecting { token, hub } => {
                let session = fitting(session.as_deref(), hub)
                    .await
                    .and(session.clone().ok_or_else(nothing_here))?;
                self.put_joining(|view| view.purpose = Some(DoorPurpose::Collect));
                self.hand_over(&session, &found.address, token).await
            }
            JoinState::Waiting | JoinState::Refused => Err(ApiError::new(
                Code::NotAllowed,
                "The leader did not let this device in. Everything is saved here; ask the leader, and scan the new code.",
            )),
        }
    }

    /// Hands over what waits, to a leader who collects. Nothing of it counts as delivered by this.
    async fn hand_over(
        &self,
        session: &Arc<Session>,
        address: &HubAddress,
        token: String,
    ) -> Result<(), ApiError> {
        let door =
            HttpHub::new(address.clone(), Some(token), None).map_err(|error| at_door(&error))?;
        let calls = session.at_desk(handing::calls).await?;
        self.put_joining(|view| {
            view.step = JoiningStep::Sending;
            view.changes = calls.first().map_or(0, |call| call.of.changes);
        });
        let pause = self.settings.pace.first_retry.min(Duration::from_secs(1));
        for call in calls {
            let answer = until_answered(pause, || door.hand_over(&call))
                .await
                .map_err(|error| at_door(&error))?;
            session
                .at_desk(move |desk| handing::keep_receipts(desk, &answer))
                .await?;
            let brought: usize = call.copies.iter().map(|copy| copy.fields.len()).sum();
            self.put_joining(|view| {
                view.arrived = match call.done {
                    true => view.changes,
                    false => (view.arrived + brought as u64).min(view.changes),
                };
            });
        }
        Ok(())
    }

    /// Leaders' devices in this network, as they announce themselves. It may be anyone: who answers is proven first.
    pub async fn door_find(&self) -> Result<Vec<DoorFound>, ApiError> {
        if !self.settings.door.is_announced {
            return Ok(Vec::new());
        }
        let own = match self.current() {
            Some(session) => {
                session
                    .at_desk(|desk| Ok(notes::hub_id(&*desk.store().read()?)?))
                    .await?
            }
            None => None,
        };
        let found = nearby().await.into_iter().filter_map(|nearby| {
            let address = nearby.sockets.first()?.to_string();
            let is_own = Some(nearby.hub) == own;
            Some(DoorFound { address, is_own })
        });
        let mut found: Vec<DoorFound> = found.collect();
        found.sort_by_key(|door| !door.is_own);
        Ok(found)
    }

    /// Syncs with the hub that has just let this device in, and says how far that is.
    async fn sync_at_door(&self, session: &Arc<Session>) -> Result<(), ApiError> {
        let waiting = session.waiting().await?;
        self.put_joining(|view| {
            view.step = JoiningStep::Sending;
            view.changes = view.changes.max(waiting);
        });
        session.meet(MEETING).await;
        session.sync().await;
        let state = session.sync_state().await?;
        self.put_joining(|view| view.arrived = view.changes.saturating_sub(state.waiting));
        match state.trouble {
            // It is let in; the rest goes by itself.
            Some(trouble) if state.waiting > 0 => Err(trouble),
            _ => Ok(()),
        }
    }
}

/// What was scanned or typed, before anything is sent.
fn read(request: &HubJoin) -> Result<Asked, ApiError> {
    let code = request.code.trim();
    let wrong = |message: String| ApiError::new(Code::BadRequest, message);
    let address = request
        .address
        .as_deref()
        .map(str::trim)
        .unwrap_or_default();
    if let Ok(code) = code.parse::<DoorCode>() {
        if address.is_empty() {
            return Err(wrong(
                "The address is missing. It stands under the code on the leader’s screen.".into(),
            ));
        }
        let address = address
            .parse::<HubAddress>()
            .map_err(|error| wrong(error.message()))?;
        return Ok(Asked::Typed { address, code });
    }
    if !address.is_empty() {
        let error = code.parse::<DoorCode>().err();
        return Err(wrong(
            error.map(|error| error.to_string()).unwrap_or_default(),
        ));
    }
    code.parse::<Ticket>()
        .map(Asked::Ticket)
        .map_err(|error| wrong(error.to_string()))
}

/// Finds the door and proves who answers there.
async fn find(asked: Asked) -> Result<Found, SyncError> {
    match asked {
        Asked::Ticket(ticket) => Ok(Found {
            address: first_that_answers(ticket.hub_addresses()).await?,
            code: ticket.code,
            hub: ticket.hub,
            purpose: Some(ticket.purpose),
        }),
        Asked::Typed { address, code } => {
            let proven = hello(&address, &code).await?;
            Ok(Found {
                address: proven.address,
                code,
                hub: proven.hub,
                purpose: None,
            })
        }
    }
}

/// Asks again while nobody answers, for a while.
async fn until_answered<'a, T, F>(
    pause: Duration,
    mut ask: impl FnMut() -> F,
) -> Result<T, SyncError>
where
    F: Future<Output = Result<T, SyncError>> + 'a,
{
    let until = Instant::now() + SILENT_WITHIN;
    loop {
        match ask().await {
            Err(error @ (SyncError::Unreachable(_) | SyncError::Garbled(_))) => {
                if Instant::now() >= until {
                    return Err(error);
                }
            }
            answered => return answered,
        }
        tokio::time::sleep(pause).await;
    }
}

/// Waits for the leader's word.
async fn word(
    door: &HttpHub,
    asked: &JoinAsked,
    secret: &str,
    pause: Duration,
) -> Result<JoinState, ApiError> {
    let until = Instant::now() + WORD_WITHIN;
    loop {
        let said = until_answered(pause, || door.asked(asked, secret))
            .await
            .map_err(|error| at_door(&error))?;
        if said != JoinState::Waiting || Instant::now() >= until {
            return Ok(said);
        }
        tokio::time::sleep(pause).await;
    }
}

/// Whether what is here is for the hub that is collected for.
async fn fitting(session: Option<&Session>, hub: HubId) -> Result<(), ApiError> {
    let session = session.ok_or_else(nothing_here)?;
    let own = session
        .at_desk(|desk| Ok(notes::hub_id(&*desk.store().read()?)?))
        .await?;
    match own {
        Some(own) if own == hub => Ok(()),
        Some(_) => Err(ApiError::new(
            Code::ForeignSchool,
            "This leader collects for another school. Nothing was sent.",
        )),
        None => Err(ApiError::new(
            Code::NoHub,
            "This device has not joined your school’s hub, so nothing can be handed over for it. Join with a code first.",
        )),
    }
}

fn nothing_here() -> ApiError {
    ApiError::new(
        Code::SignInFirst,
        "This leader collects for a hub elsewhere, and nobody has anything on this device. Choose who you are first; a new device joins with a code, once the hub is in reach.",
    )
}

/// How much waits in a space.
async fn announced(session: &Session) -> Result<HandoverOf, ApiError> {
    session
        .at_desk(|desk| {
            let reader = desk.store().read()?;
            let changes = reader.outbox_count()?;
            let most = usize::try_from(changes).unwrap_or(usize::MAX);
            Ok(HandoverOf {
                changes,
                records: reader.outbox(most)?.len() as u64,
            })
        })
        .await
}

/// Why it did not work, for who stands at the door.
fn at_door(error: &SyncError) -> ApiError {
    match error {
        SyncError::Unreachable(_) => ApiError::new(
            Code::HubUnreachable,
            "The leader’s device does not answer. Check that both are in the same Wi-Fi and that its door is open, then scan again. Everything is saved here.",
        ),
        SyncError::WrongKey => ApiError::new(
            Code::HubUnreachable,
            "Another device answered in the leader’s place, so nothing was sent. Everything is saved here; scan the leader’s code again.",
        ),
        error => install::joining(error),
    }
}
