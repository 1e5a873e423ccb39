//! The ready-made sign-ins of the demo school: `GET /demo/observer`, `/demo/teacher` and `/demo/leader`.
//!
//! Three doors without a lock, so they exist only in a hub that was started with them, over the demo school, on this
//! machine's loopback. A cookie belongs to a host name: each role is offered under a name of its own below `localhost`,
//! which every machine resolves to itself, so that three tabs of one browser are three people.

use std::net::SocketAddr;
use std::sync::Arc;

use alongside_api::{ApiError, Desk, notes};
use alongside_domain::{DeviceId, PersonId};
use alongside_store::DeviceKind;
use alongside_sync::wire::PairDevice;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::answer::Failed;
use crate::demo::DemoPeople;
use crate::hub::{Hub, HubError, blocking};
use crate::install;
use crate::who::{self, Key};

/// The people that can be signed in as.
///
/// Errors with a sentence when it is not the demo school.
pub(crate) fn people_of(desk: &Desk) -> Result<DemoPeople, HubError> {
    let note = desk.store().read()?.note(notes::DEMO)?;
    note.and_then(|note| serde_json::from_str(&note).ok()).ok_or_else(|| {
        HubError::Setting(
            "Ready-made sign-ins exist only for the demo school, and this folder does not hold it. \
             Load it into an empty folder with `alongside-hub demo --data-dir DIR`, or start without --demo-sign-ins."
                .into(),
        )
    })
}

/// Each role with the address to open, on a hub that listens on `listens_on`.
pub fn demo_addresses(listens_on: SocketAddr) -> [(&'static str, String); 3] {
    let port = listens_on.port();
    ["observer", "teacher", "leader"]
        .map(|role| (role, format!("http://{role}.localhost:{port}/demo/{role}")))
}

fn person(people: &DemoPeople, role: &str) -> Option<PersonId> {
    match role {
        "observer" => Some(people.observer),
        "teacher" => Some(people.teacher),
        "leader" => Some(people.leader),
        _ => None,
    }
}

/// Signs a browser in as one of the three and sends it to the screens.
pub(crate) async fn sign_in(
    State(hub): State<Arc<Hub>>,
    Path(role): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let Some(person) = hub.demo.and_then(|people| person(&people, &role)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let key = Key::of(request.headers(), hub.cookie_name());
    let token = blocking(&hub, move |hub| {
        match hub.actor(&key) {
            // Opened again: the session goes on.
            Ok(actor) if actor.person == person => return Ok(None),
            Ok(other) => install::sign_out(hub, &other)?,
            Err(_) => {}
        }
        let device = PairDevice {
            id: DeviceId::from_uuid(Uuid::now_v7()),
            name: "Browser".into(),
        };
        Ok::<_, ApiError>(Some(
            hub.desk()
                .let_in(person, &device, DeviceKind::Browser)?
                .token,
        ))
    })
    .await?;
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, "/")]).into_response();
    if let Some(cookie) = token.and_then(|token| who::cookie(hub.cookie_name(), &token, false)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
