//! The devices of the school: who was heard when, and what is still to come from whom.

pub(crate) mod revoke;

use std::collections::{HashMap, HashSet};

use alongside_domain::visit::Visit;
use alongside_domain::{DeviceId, PersonId, VisitId};
use alongside_store::{Device, DeviceKind, LogLine};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::desk::View;
use crate::install::Nothing;
use crate::{Actor, ApiError, Desk, log};

pub use revoke::{DeviceRevoke, LostDevice};

/// How long a device that was shut out keeps its line, in days.
const LOST_SHOWN_DAYS: i64 = 90;

/// One line per device, as a hub answers.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Devices {
    /// Those with something missing first.
    pub devices: Vec<DeviceLine>,
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// False when a device shows the hub's last answer.
    pub is_live: bool,
}

/// One device.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeviceLine {
    /// Which.
    pub device: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// Whose.
    pub person: String,
    /// The same, to invite them again.
    pub person_id: PersonId,
    /// App, or browser.
    pub is_browser: bool,
    /// When it was last heard.
    pub last_contact: Option<DateTime<Utc>>,
    /// Visits of its person that are over by plan or begun.
    #[ts(type = "number")]
    pub expected: usize,
    /// Finished observations of these that the hub holds.
    #[ts(type = "number")]
    pub received: usize,
    /// The difference.
    #[ts(type = "number")]
    pub missing: usize,
    /// Changes it said were waiting on it when last heard.
    #[ts(type = "number | null")]
    pub waiting: Option<u64>,
    /// Whether it was refused from.
    pub is_revoked: bool,
    /// Whether it is the one asked from, which cannot be shut out from itself.
    pub is_own: bool,
    /// Browsers its person is signed in with besides.
    #[ts(type = "number")]
    pub browsers: usize,
    /// What is known of it, when a leader has shut it out.
    pub lost: Option<LostDevice>,
}

/// `device_invite`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeviceInvite {
    /// Whom to let in.
    pub person: PersonId,
    /// Where the hub is reached, as the screen knows it: the page's own origin, or the device's hub.
    pub address: String,
}

/// A one-time code for one person.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Invite {
    /// Their name.
    pub person: String,
    /// The code, as people read it.
    pub code: String,
    /// The address with the code, to open on the person's device.
    pub link: String,
    /// The link as a QR code: a path in a square of its own size, for the screen to draw.
    pub qr: QrPath,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// A QR code as one SVG path.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct QrPath {
    /// The side of the square, in modules, the quiet zone left out.
    #[ts(type = "number")]
    pub size: usize,
    /// The `d` of the path.
    pub path: String,
}

impl QrPath {
    /// Draws `text`.
    ///
    /// Errors when the text is too long for a QR code.
    pub fn draw(text: &str) -> Result<Self, ApiError> {
        use std::fmt::Write as _;
        let code = fast_qr::QRBuilder::new(text).build().map_err(|_| {
            ApiError::new(
                crate::Code::BadRequest,
                "This address is too long for a QR code.",
            )
        })?;
        let mut path = String::new();
        for (y, row) in (0..code.size).map(|y| (y, &code[y])) {
            for (x, module) in row.iter().enumerate().take(code.size) {
                if module.value() {
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{x} {y}h1v1h-1z");
                }
            }
        }
        Ok(Self {
            size: code.size,
            path,
        })
    }
}

/// `device_list`: for leaders.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Devices, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let atlas = Atlas::read(view)?;
        let visits = view.facts.visits()?;
        let due = due(view, &visits)?;
        let moment = |millis: i64| DateTime::from_timestamp_millis(millis);
        let heard = desk.devices_heard(view.facts.reader)?;
        let mut browsers: HashMap<PersonId, usize> = HashMap::new();
        for device in &heard {
            if device.kind == DeviceKind::Browser
                && device.revoked_at.is_none()
                && device.id != actor.device
            {
                *browsers.entry(device.person).or_default() += 1;
            }
        }
        let oldest = (view.now.to_utc() - Duration::days(LOST_SHOWN_DAYS)).timestamp_millis();
        let mut devices: Vec<DeviceLine> = worth_a_line(heard, oldest)
            .into_iter()
            .map(|device| {
                let due = due.get(&device.person);
                let missed = due.map_or(&[][..], |due| due.missing.as_slice());
                let lost = revoke::lost(view, &atlas, &visits, &device, missed)?;
                let (expected, received) = due.map_or((0, 0), |due| (due.expected, due.received));
                Ok(DeviceLine {
                    device: device.id,
                    name: device.name,
                    person: atlas.name(device.person),
                    person_id: device.person,
                    is_browser: device.kind == DeviceKind::Browser,
                    last_contact: device.last_contact.and_then(moment),
                    expected,
                    received,
                    missing: expected - received,
                    waiting: device.waiting,
                    is_revoked: device.revoked_at.is_some(),
                    is_own: device.id == actor.device,
                    browsers: match device.kind {
                        DeviceKind::App => browsers.get(&device.person).copied().unwrap_or(0),
                        DeviceKind::Browser => 0,
                    },
                    lost,
                })
            })
            .collect::<Result<_, ApiError>>()?;
        devices.sort_by(|a, b| {
            (std::cmp::Reverse(a.missing), a.is_browser, &a.person).cmp(&(
                std::cmp::Reverse(b.missing),
                b.is_browser,
                &b.person,
            ))
        });
        Ok(Devices {
            devices,
            as_of: view.now.to_utc(),
            is_live: true,
        })
    })
}

/// What is to come from one observer.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// How many of their visits are over by plan or begun.
    pub expected: usize,
    /// How many finished observations of these are here.
    pub received: usize,
    /// The visits whose observation is not here whole.
    pub missing: Vec<VisitId>,
}

/// What is to come, by observer.
pub(crate) fn due(view: &View<'_>, visits: &[Visit]) -> Result<HashMap<PersonId, Due>, ApiError> {
    let mut all: HashMap<PersonId, Due> = HashMap::new();
    for visit in visits.iter().filter(|visit| !visit.is_cancelled) {
        let observations = view.facts.observation_heads(visit.id)?;
        for observer in &visit.observers {
            let own = observations.iter().find(|o| o.observer == *observer);
            let due = all.entry(*observer).or_default();
            if own.is_some_and(|o| o.finished_at.is_some()) {
                due.received += 1;
                due.expected += 1;
            } else if own.is_some() || visit.ends_at() < view.now {
                due.expected += 1;
                due.missing.push(visit.id);
            }
        }
    }
    Ok(all)
}

/// A browser holds nothing of its own, so it has a line only where its person has no app, and then one for all.
/// What was let out before `oldest` has none any more.
fn worth_a_line(mut devices: Vec<Device>, oldest: i64) -> Vec<Device> {
    devices.retain(|device| device.revoked_at.is_none_or(|at| at >= oldest));
    let has_app: HashSet<PersonId> = devices
        .iter()
        .filter(|device| device.kind == DeviceKind::App && device.revoked_at.is_none())
        .map(|device| device.person)
        .collect();
    let mut browsers: HashMap<PersonId, Device> = HashMap::new();
    let mut lines = Vec::new();
    for device in devices {
        match device.kind {
            DeviceKind::App => lines.push(device),
            DeviceKind::Browser
                if device.revoked_at.is_some() || has_app.contains(&device.person) => {}
            DeviceKind::Browser => {
                let latest = browsers
                    .entry(device.person)
                    .or_insert_with(|| device.clone());
                if latest.last_contact < device.last_contact {
                    *latest = device;
                }
            }
        }
    }
    lines.extend(browsers.into_values());
    lines
}

/// `device_invite`: a one-time code, for leaders to hand over.
pub(crate) fn invite(
    desk: &Desk,
    actor: &Actor,
    request: DeviceInvite,
) -> Result<Invite, ApiError> {
    let name = desk.read(actor, |view| {
        view.standing.must_lead()?;
        Ok(Atlas::read(view)?.name(request.person))
    })?;
    let fresh = desk.code_for(request.person)?;
    let mut writer = desk.store().write()?;
    let line = LogLine {
        at: desk.now().timestamp_millis(),
        person: Some(actor.person),
        device: Some(actor.device),
        act: "invited".into(),
        record: Some(request.person.into()),
        ..LogLine::default()
    };
    log::append(&mut *writer, line)?;
    writer.commit()?;
    let link = format!(
        "{}/#/join/{}",
        request.address.trim_end_matches('/'),
        fresh.code
    );
    Ok(Invite {
        person: name,
        qr: QrPath::draw(&link)?,
        link,
        code: fresh.code,
        expires_at: fresh.expires_at,
    })
}
