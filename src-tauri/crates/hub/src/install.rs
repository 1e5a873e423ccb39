//! The commands that are about the place rather than the school, as a hub answers them for a browser: who is here,
//! joining with a code, starting a school, leaving. A browser keeps nothing of its own, so nothing ever waits in it.

use std::net::IpAddr;

use alongside_api::install::{DeviceJoin, Install, SchoolStart, SyncState};
use alongside_api::{Actor, ApiError, Code, Place, about, wire_time};
use alongside_domain::{DeviceId, PersonId, SchoolId};
use alongside_store::DeviceKind;
use alongside_sync::wire::{PairAnswer, PairDevice, PairSchool};
use axum::http::HeaderValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Failed;
use crate::hub::Hub;
use crate::who;

/// Who asks, from where.
pub(crate) struct Caller {
    /// Who, if they are signed in.
    pub(crate) sender: Result<Actor, ApiError>,
    /// The address they ask from.
    pub(crate) address: IpAddr,
    /// Whether their page came over TLS.
    pub(crate) is_secure: bool,
}

/// What is answered, and the cookie that signs in or out.
pub(crate) struct Answer {
    pub(crate) value: Value,
    pub(crate) cookie: Option<HeaderValue>,
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        Self {
            value,
            cookie: None,
        }
    }
}

/// Whether a command tries a code, and so waits for its turn at the door.
pub(crate) fn is_knock(command: &str) -> bool {
    matches!(command, "device_join" | "school_start")
}

/// Answers a command of the place.
pub(crate) fn answer(
    hub: &Hub,
    caller: &Caller,
    command: &str,
    request: Value,
) -> Result<Answer, Failed> {
    match command {
        "install_get" => Ok(written(&install(hub, caller.sender.as_ref().ok())?)?.into()),
        "device_join" => join(hub, caller, &asked(request)?),
        "school_start" => start(hub, caller, asked(request)?),
        "space_leave" => leave(hub, caller),
        "sync_get" | "sync_run" => Ok(written(&sync_state(hub))?.into()),
        "letter_list" => {
            let actor = caller.sender.clone()?;
            Ok(written(&hub.desk().letter_list(&actor)?)?.into())
        }
        "letter_take" => {
            let actor = caller.sender.clone()?;
            let taken = hub.desk().letter_take(&actor, &asked(request)?)?;
            Ok(written(&taken)?.into())
        }
        "set_aside_list" | "set_aside_drop" => Ok(json!([]).into()),
        // `hub_connect`, `space_choose`, and whatever a later table adds for the app only.
        _ => Err(ApiError::new(
            Code::BadRequest,
            "This is for the app on a device. In a browser you are at the hub already.",
        )
        .into()),
    }
}

/// Answers `about_get`: what a walk is, and what its record is never used for.
pub(crate) fn about() -> Result<Answer, Failed> {
    Ok(written(&about::page())?.into())
}

fn asked<T: DeserializeOwned>(request: Value) -> Result<T, ApiError> {
    serde_json::from_value(request).map_err(|error| {
        ApiError::new(
            Code::BadRequest,
            format!("The request was not understood: {error}."),
        )
    })
}

fn written(answer: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(answer).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ApiError::new(
            Code::Internal,
            "The answer could not be written. Try again.",
        )
    })
}

fn install(hub: &Hub, actor: Option<&Actor>) -> Result<Install, ApiError> {
    let me = match actor.map(|actor| hub.desk().me(actor)) {
        // Someone who has left the school is as good as nobody: the screen offers to join.
        Some(Err(error)) if error.code == Code::SignInFirst => None,
        Some(me) => Some(me?),
        None => None,
    };
    Ok(Install {
        key_store: None,
        place: Place::Hub,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        me,
        spaces: Vec::new(),
        locks: Vec::new(),
        has_school: hub.desk().school_name()?.is_some(),
        is_demo: hub.is_demo()?,
        trouble: None,
    })
}

fn sync_state(hub: &Hub) -> SyncState {
    SyncState {
        place: Place::Hub,
        waiting: 0,
        received_at: Some(wire_time(hub.desk().now())),
        is_syncing: false,
        set_aside: 0,
        trouble: None,
        hub: None,
        is_hub: false,
        is_cut_off: false,
        skew_seconds: None,
    }
}

fn browser(name: &str) -> PairDevice {
    let name = if name.trim().is_empty() {
        "Browser"
    } else {
        name
    };
    PairDevice {
        id: DeviceId::from_uuid(Uuid::now_v7()),
        name: name.to_owned(),
    }
}

fn join(hub: &Hub, caller: &Caller, request: &DeviceJoin) -> Result<Answer, Failed> {
    let device = browser(&request.device);
    let paired = hub.door.knock(caller.address, || {
        hub.desk()
            .pair(&request.code, &device, DeviceKind::Browser, None)
    })?;
    sign_in(hub, caller, device.id, &paired)
}

fn start(hub: &Hub, caller: &Caller, request: SchoolStart) -> Result<Answer, Failed> {
    let Some(code) = request.setup_code.filter(|code| !code.trim().is_empty()) else {
        return Err(ApiError::new(
            Code::BadRequest,
            "Type the code that the hub printed when it started: it shows that the hub is yours to set up.",
        )
        .into());
    };
    let school = PairSchool {
        id: SchoolId::from_uuid(Uuid::now_v7()),
        name: request.school,
        person: PersonId::from_uuid(Uuid::now_v7()),
        person_name: request.person,
    };
    let device = browser("");
    let paired = hub.door.knock(caller.address, || {
        hub.desk()
            .pair(&code, &device, DeviceKind::Browser, Some(&school))
    })?;
    sign_in(hub, caller, device.id, &paired)
}

/// Signs a browser in; a session it had before ends.
fn sign_in(
    hub: &Hub,
    caller: &Caller,
    device: DeviceId,
    paired: &PairAnswer,
) -> Result<Answer, Failed> {
    if let Ok(before) = &caller.sender {
        sign_out(hub, before)?;
    }
    let actor = Actor {
        person: paired.person.id,
        device,
    };
    Ok(Answer {
        value: written(&install(hub, Some(&actor))?)?,
        cookie: who::cookie(hub.cookie_name(), &paired.token, caller.is_secure),
    })
}

fn leave(hub: &Hub, caller: &Caller) -> Result<Answer, Failed> {
    if let Ok(actor) = &caller.sender {
        sign_out(hub, actor)?;
    }
    Ok(Answer {
        value: written(&install(hub, None)?)?,
        cookie: who::no_cookie(hub.cookie_name()),
    })
}

/// Ends a session, and the events that follow in its name.
pub(crate) fn sign_out(hub: &Hub, actor: &Actor) -> Result<(), ApiError> {
    hub.desk().let_out(actor)?;
    hub.tell_let_out(actor.device);
    Ok(())
}
