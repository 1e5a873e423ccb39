//! The leader's side of the corridor: opening the door of this device, who stands before it, and closing it again.
//!
//! Where this device is the school's hub, its own door is opened and others join it. Where the hub is somewhere else and
//! out of reach, others only hand over what waits for it. A door is of one space; it closes with that, by hand, after a
//! time without anyone, and when the app is long in the back, and says so.

mod door;
mod line;

use std::sync::Arc;

use alongside_api::corridor::{DoorApprove, DoorPurpose, DoorRefuse, DoorView, OpenDoor};
use alongside_api::device::QrPath;
use alongside_api::{ApiError, Code};
use alongside_hub::Ask;
use alongside_sync::notes;
use alongside_sync::wire::JoinState;
use uuid::Uuid;

pub use door::DoorSettings;
pub(crate) use door::{Behind, Door, Doors};

use crate::App;
use crate::inner_hub::InnerHub;
use crate::session::{Session, blocking};

impl App {
    /// The door of the space that is shown.
    pub async fn door_get(&self) -> Result<DoorView, ApiError> {
        let session = self.session()?;
        door_view(&session).await
    }

    /// Opens it. A school that has no hub gets one here, which it keeps.
    pub async fn door_open(&self) -> Result<DoorView, ApiError> {
        let session = self.session()?;
        // Asked before anything is made: who may not collect gets no hub by trying.
        let actor = session.actor();
        session
            .at_desk(move |desk| desk.door_ground(&actor))
            .await?;
        let opening = session.doors().opening().await;
        if session.doors().is_open() {
            return door_view(&session).await;
        }
        let behind = match purpose(&session).await? {
            DoorPurpose::Join => {
                let inner = match session.inner() {
                    Some(inner) => inner,
                    None => self.hub_make(&session).await?,
                };
                Behind::Hub(inner)
            }
            DoorPurpose::Collect => Behind::collect(&session).await?,
        };
        Door::open(&session, behind, &self.settings).await?;
        drop(opening);
        door_view(&session).await
    }

    /// Closes it. Whoever stands before it hears that it is shut; what was received is kept.
    pub async fn door_close(&self) -> Result<DoorView, ApiError> {
        let session = self.session()?;
        session.doors().close(None).await;
        door_view(&session).await
    }

    /// Lets a device in that asked.
    pub async fn door_approve(&self, request: DoorApprove) -> Result<DoorView, ApiError> {
        let session = self.session()?;
        let door = standing_open(&session)?;
        let (actor, ask, person) = (session.actor(), number(&request.ask)?, request.person);
        blocking(move || door.approve(&actor, ask, person)).await?;
        door_view(&session).await
    }

    /// Turns a device away that asked.
    pub async fn door_refuse(&self, request: DoorRefuse) -> Result<DoorView, ApiError> {
        let session = self.session()?;
        let door = standing_open(&session)?;
        let ask = number(&request.ask)?;
        let now = session.desk().now();
        let refuse = |_: &Ask| Ok(JoinState::Refused);
        door.lobby().settle(ask, now, refuse)?;
        door_view(&session).await
    }
}

fn number(ask: &str) -> Result<Uuid, ApiError> {
    ask.parse()
        .map_err(|_| ApiError::new(Code::BadRequest, "This is not the number of an ask."))
}

fn standing_open(session: &Session) -> Result<Arc<Door>, ApiError> {
    session.doors().open_one().ok_or_else(|| {
        ApiError::new(
            Code::DoorClosed,
            "The door is shut. Open it again, and let the device scan the new code.",
        )
    })
}

/// Whether others join this device or hand over for a hub elsewhere: who has no hub yet becomes one.
async fn purpose(session: &Session) -> Result<DoorPurpose, ApiError> {
    session
        .at_desk(|desk| {
            let address = desk.store().read()?.note(notes::HUB_ADDRESS)?;
            Ok(match address.as_deref() {
                None | Some(notes::INNER) => DoorPurpose::Join,
                Some(_) => DoorPurpose::Collect,
            })
        })
        .await
}

async fn door_view(session: &Session) -> Result<DoorView, ApiError> {
    let purpose = purpose(session).await?;
    let actor = session.actor();
    let inner: Option<Arc<InnerHub>> = session.inner();
    let ground = session
        .at_desk(move |desk| match &inner {
            // The hub's own desk knows the devices.
            Some(inner) => inner.hub().desk().door_ground(&actor),
            None => desk.door_ground(&actor),
        })
        .await?;
    let door = session.doors().open_one();
    let now = session.desk().now();
    let open = door.as_ref().map(|door| shown(door, now)).transpose()?;
    let lines = door
        .as_ref()
        .map(|door| line::lines(door, &ground, session.actor().device, now))
        .unwrap_or_default();
    Ok(DoorView {
        purpose,
        open,
        lines,
        people: ground.people,
        closed: session.doors().why_closed(),
        carried: session.at_desk(door::carried).await?,
    })
}

fn shown(door: &Door, now: chrono::DateTime<chrono::Utc>) -> Result<OpenDoor, ApiError> {
    let shown = door.lobby().shown(now);
    let ticket = door.ticket(&shown).text();
    Ok(OpenDoor {
        qr: QrPath::draw(&ticket)?,
        ticket,
        groups: shown.code.groups(),
        addresses: door.addresses(),
        expires_at: shown.expires_at,
        opened_at: door.opened_at(),
    })
}
