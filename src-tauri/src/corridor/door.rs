//! A door that is open: what is behind it, where it listens, and when it closes.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alongside_api::corridor::{DoorLine, DoorState};
use alongside_api::{Actor, ApiError, Code, Desk};
use alongside_domain::PersonId;
use alongside_hub::{
    Announced, Ask, Collect, HubError, Identity, Lobby, Shown, Tls, announce, limits, open_door,
};
use alongside_sync::wire::JoinState;
use alongside_sync::{KeyHash, Purpose, Ticket, notes, own_addresses};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::app::{Event, Settings};
use crate::inner_hub::InnerHub;
use crate::session::{Session, blocking};

/// The note of the port on which the door was open last: the same again, and devices find it where it was.
const PORT: &str = "door_port";
/// How long closing waits for what is under way.
const CLOSE_WITHIN: Duration = Duration::from_secs(12);
const IDLE: &str =
    "The door was closed, since nobody came for a while. Open it again when you need it.";
const IN_BACK: &str = "The door was closed while Alongside was in the back. Open it again, and keep this screen in front while devices come.";
const BROKE: &str =
    "The door closed because the network went away. Check the Wi-Fi, then open it again.";

/// How a door is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct DoorSettings {
    /// Where it listens: every network and any port, unless told otherwise.
    pub listen: SocketAddr,
    /// Whether it is announced in the network, so that devices find it again.
    pub is_announced: bool,
    /// How often it is looked whether it is to be closed.
    pub look_every: Duration,
    /// How long it stays open with nobody coming or sending.
    pub idle_within: Duration,
    /// How long it stays open while the app is in the back.
    pub in_back_within: Duration,
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([0, 0, 0, 0], 0)),
            is_announced: true,
            look_every: Duration::from_secs(5),
            idle_within: limits::DOOR_IDLE_WITHIN,
            in_back_within: limits::DOOR_IN_BACK_WITHIN,
        }
    }
}

/// What is behind a door.
#[derive(Clone)]
pub(crate) enum Behind {
    /// The school's hub, in this app.
    Hub(Arc<InnerHub>),
    /// Only hands that take over what is for the hub.
    Collect(Arc<Collect>),
}

impl Behind {
    /// A door that collects for the hub of this space.
    pub(crate) async fn collect(session: &Session) -> Result<Self, ApiError> {
        let desk = Arc::clone(session.desk());
        blocking(move || {
            let hub = notes::hub_id(&*desk.store().read()?)?.ok_or_else(|| {
                ApiError::new(
                    Code::NoHub,
                    "This device has not joined the hub of your school yet, so there is nobody to collect for.",
                )
            })?;
            let lobby = Lobby::new(Purpose::Collect, hub, desk.now());
            Ok(Self::Collect(Collect::new(Arc::clone(&desk), lobby)))
        })
        .await
    }
}

/// The doors of a space: at most one is open.
#[derive(Default)]
pub(crate) struct Doors {
    state: Mutex<Standing>,
    /// One is opened at a time.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Standing {
    open: Option<Arc<Door>>,
    closed: Option<String>,
    back_since: Option<Instant>,
}

impl Doors {
    /// Waits for another who opens it in this moment.
    pub(crate) async fn opening(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.opening.lock().await
    }

    /// The one that is open.
    pub(crate) fn open_one(&self) -> Option<Arc<Door>> {
        self.lock().open.clone()
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().open.is_some()
    }

    /// Why the last one closed by itself.
    pub(crate) fn why_closed(&self) -> Option<String> {
        self.lock().closed.clone()
    }

    /// The app came to the front.
    pub(crate) fn front(&self) {
        self.lock().back_since = None;
    }

    /// The app went to the back.
    pub(crate) fn back(&self) {
        self.lock().back_since.get_or_insert_with(Instant::now);
    }

    /// Closes the one that is open, if it is; `why` when it closes by itself.
    pub(crate) async fn close(&self, why: Option<&str>) {
        let door = {
            let mut state = self.lock();
            state.closed = why.map(str::to_owned);
            state.open.take()
        };
        if let Some(door) = door {
            door.close().await;
        }
    }

    /// Why `door` is to be closed now; none as long as it is not.
    fn over(
        &self,
        door: &Door,
        settings: &DoorSettings,
        now: DateTime<Utc>,
    ) -> Option<&'static str> {
        if door.is_broken() {
            return Some(BROKE);
        }
        let back_since = self.lock().back_since;
        if back_since.is_some_and(|since| since.elapsed() >= settings.in_back_within) {
            return Some(IN_BACK);
        }
        let quiet_for = (now - door.last_heard(now)).to_std().unwrap_or_default();
        (quiet_for >= settings.idle_within).then_some(IDLE)
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A door that is open.
pub(crate) struct Door {
    behind: Behind,
    lobby: Arc<Lobby>,
    key: KeyHash,
    ips: Vec<IpAddr>,
    port: u16,
    opened_at: DateTime<Utc>,
    own: alongside_domain::DeviceId,
    admitted: Mutex<HashMap<Uuid, PersonId>>,
    serving: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
    announced: Mutex<Option<Announced>>,
}

impl Door {
    /// Opens a door of this space and keeps it in its [`Doors`].
    pub(crate) async fn open(
        session: &Arc<Session>,
        behind: Behind,
        settings: &Settings,
    ) -> Result<(), ApiError> {
        let (within, kept) = (Arc::clone(session), behind.clone());
        let (identity, last_port) = blocking(move || {
            let port = within.desk().store().read()?.note(PORT)?;
            let identity = match &kept {
                Behind::Hub(inner) => inner.identity(),
                // Good for this one time.
                Behind::Collect(_) => Identity::make(),
            };
            let identity = identity.map_err(|error| not_open(&error))?;
            Ok((identity, port.and_then(|port| port.parse().ok())))
        })
        .await?;
        let listener = listen(settings.door.listen, last_port).await?;
        let bound = listener.local_addr().map_err(|error| no_network(&error))?;
        let ips = match bound.ip().is_unspecified() {
            true => own_addresses(),
            false => vec![bound.ip()],
        };
        if ips.is_empty() {
            return Err(ApiError::new(
                Code::HubUnreachable,
                "This device is in no network, so nobody could come. Join the Wi-Fi that the other devices use, or open a hotspot on this device, then try again.",
            ));
        }
        let now = session.desk().now();
        let lobby = match &behind {
            Behind::Hub(inner) => {
                let lobby = Arc::new(Lobby::new(Purpose::Join, inner.hub().id(), now));
                inner.hub().put_lobby(Some(Arc::clone(&lobby)));
                lobby
            }
            Behind::Collect(collect) => Arc::clone(collect.lobby()),
        };
        let announced = match settings.door.is_announced {
            true => announce(lobby.hub(), &ips, bound.port()).unwrap_or_else(|error| {
                // It is found by scanning all the same.
                tracing::warn!(%error, "the door is not announced");
                None
            }),
            false => None,
        };
        let tls = Tls::new(&identity).map_err(|error| not_open(&error))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = behind.clone();
        let serving = tokio::spawn(async move {
            let told = async { drop(stopped.await) };
            let ended = match served {
                Behind::Hub(inner) => {
                    open_door(listener, Arc::clone(inner.hub()), Some(tls), told).await
                }
                Behind::Collect(collect) => collect.open_door(listener, tls, told).await,
            };
            if let Err(error) = ended {
                tracing::error!(%error, "the door did not stay open");
            }
        });
        let door = Arc::new(Self {
            behind,
            lobby,
            key: identity.key_hash(),
            ips,
            port: bound.port(),
            opened_at: now,
            own: session.actor().device,
            admitted: Mutex::default(),
            serving: Mutex::new(Some((stop, serving))),
            announced: Mutex::new(announced),
        });
        {
            let mut state = session.doors().lock();
            state.open = Some(Arc::clone(&door));
            state.closed = None;
            state.back_since = None;
        }
        keep_port(session, bound.port()).await;
        tokio::spawn(look_after(
            Arc::downgrade(session),
            Arc::downgrade(&door),
            settings.door,
        ));
        session.tell(Event::Door);
        Ok(())
    }

    pub(crate) fn lobby(&self) -> &Lobby {
        &self.lobby
    }

    pub(crate) fn opened_at(&self) -> DateTime<Utc> {
        self.opened_at
    }

    /// Where it is, as people type it.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let typed = |ip: &IpAddr| SocketAddr::new(*ip, self.port).to_string();
        self.ips.iter().map(typed).collect()
    }

    /// What the QR code holds.
    pub(crate) fn ticket(&self, shown: &Shown) -> Ticket {
        Ticket {
            purpose: self.lobby.purpose(),
            hub: self.lobby.hub(),
            key: self.key,
            addresses: self.ips.clone(),
            port: self.port,
            code: shown.code,
            expires_at: u64::try_from(shown.expires_at.timestamp()).unwrap_or_default(),
        }
    }

    /// Lets a device in for `person`, on the word of `leader`. Waits for the disk.
    pub(crate) fn approve(
        &self,
        leader: &Actor,
        ask: Uuid,
        person: PersonId,
    ) -> Result<(), ApiError> {
        let admit = |ask: &Ask| match &self.behind {
            Behind::Hub(inner) => {
                let desk = inner.hub().desk();
                let answer = desk.let_in_at_door(leader, person, &ask.device)?;
                Ok(JoinState::Joined(Box::new(answer)))
            }
            Behind::Collect(collect) => collect.admit(leader, ask, person),
        };
        let now = match &self.behind {
            Behind::Hub(inner) => inner.hub().desk().now(),
            Behind::Collect(collect) => collect.now(),
        };
        self.lobby.settle(ask, now, admit)?;
        self.admitted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(ask)
            .or_insert(person);
        Ok(())
    }

    /// Whom the leader let in under this number.
    pub(crate) fn admitted(&self, ask: Uuid) -> Option<PersonId> {
        self.admitted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&ask)
            .copied()
    }

    /// How far a device is that hands over.
    pub(crate) fn put_handed_over(&self, ask: Uuid, line: &mut DoorLine) {
        let Behind::Collect(collect) = &self.behind else {
            return;
        };
        let Some(giver) = collect.giver(ask) else {
            return;
        };
        line.changes = giver.changes;
        line.arrived = giver.arrived;
        line.heard_at = giver
            .heard_at
            .and_then(DateTime::from_timestamp_millis)
            .or(line.heard_at);
        line.state = match (giver.is_done, giver.heard_at) {
            (true, _) => DoorState::Done,
            (false, Some(_)) => DoorState::Sending,
            (false, None) => DoorState::Joined,
        };
    }

    /// When somebody last came or sent.
    fn last_heard(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let asked = self.lobby.asks(now).iter().map(|ask| ask.asked_at).max();
        let sent = match &self.behind {
            Behind::Hub(inner) => inner.hub().desk().last_heard(self.own),
            Behind::Collect(collect) => {
                collect.heard_at().and_then(DateTime::from_timestamp_millis)
            }
        };
        [Some(self.opened_at), asked, sent]
            .into_iter()
            .flatten()
            .max()
            .unwrap_or(now)
    }

    /// Whether nobody listens any more.
    fn is_broken(&self) -> bool {
        let serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        serving.as_ref().is_some_and(|(_, task)| task.is_finished())
    }

    async fn close(&self) {
        drop(
            self.announced
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        if let Behind::Hub(inner) = &self.behind {
            inner.hub().put_lobby(None);
        }
        let serving = self
            .serving
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, mut task)) = serving {
            // Refused only when it has ended already.
            let _ = stop.send(());
            if tokio::time::timeout(CLOSE_WITHIN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let serving = self
            .serving
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, task)) = serving.take() {
            task.abort();
        }
    }
}

/// Tells the screen who asks, and closes the door when it is time to.
async fn look_after(
    session: std::sync::Weak<Session>,
    door: std::sync::Weak<Door>,
    settings: DoorSettings,
) {
    let Some(mut changes) = door.upgrade().map(|door| door.lobby.changes()) else {
        return;
    };
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(settings.look_every) => {}
        }
        let (Some(session), Some(door)) = (session.upgrade(), door.upgrade()) else {
            return;
        };
        let is_open = session
            .doors()
            .open_one()
            .is_some_and(|open| Arc::ptr_eq(&open, &door));
        if !is_open {
            return;
        }
        let over = session.doors().over(&door, &settings, session.desk().now());
        if let Some(why) = over {
            session.doors().close(Some(why)).await;
        }
        session.tell(Event::Door);
    }
}

/// Listens, on the port of the last time where that is free.
async fn listen(asked: SocketAddr, last_port: Option<u16>) -> Result<TcpListener, ApiError> {
    if asked.port() == 0
        && let Some(port) = last_port
        && let Ok(listener) = TcpListener::bind(SocketAddr::new(asked.ip(), port)).await
    {
        return Ok(listener);
    }
    TcpListener::bind(asked)
        .await
        .map_err(|error| no_network(&error))
}

/// Remembers the port. Without it the door is found all the same.
async fn keep_port(session: &Session, port: u16) {
    let kept = session.at_desk(move |desk| {
        let mut writer = desk.store().write()?;
        writer.note_put(PORT, Some(&port.to_string()))?;
        Ok(writer.commit()?)
    });
    if let Err(error) = kept.await {
        tracing::warn!(%error, "the port of the door was not kept");
    }
}

/// Letters that wait on this device for the school's hub.
pub(crate) fn carried(desk: &Desk) -> Result<u64, ApiError> {
    Ok(desk.store().read()?.carried_count()?)
}

fn no_network(error: &std::io::Error) -> ApiError {
    tracing::error!(%error, "the door could not be opened");
    ApiError::new(
        Code::HubUnreachable,
        "This device could not open its door to the network. Check that Wi-Fi is on and that Alongside may use the local network, then try again.",
    )
}

fn not_open(error: &HubError) -> ApiError {
    tracing::error!(%error, "the door could not be opened");
    ApiError::new(
        Code::Internal,
        "The door could not be opened. Try again; if it happens again, restart the app.",
    )
}
