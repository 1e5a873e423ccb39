//! A hub of the run: the real desk over a real store on a disk that fails, asked over a network that fails.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use alongside_api::{Actor, ApiError, Code, Desk, Place};
use alongside_domain::DeviceId;
use alongside_store::{DeviceKind, Store};
use alongside_sync::{DeviceClock, PairRequest, SyncRequest, WireError};
use serde::Serialize;

use crate::chance::{Chance, Ids};
use crate::disk::Disk;
use crate::ledger::Ledger;
use crate::trace::Shared;
use crate::wall::SimWall;

/// A whole copy of a hub, and what it had promised by then.
pub struct Backup {
    /// Where it lies.
    pub path: PathBuf,
    /// What its screens were told as saved.
    pub ledger: Ledger,
}

/// What runs while the hub has power.
pub struct Running {
    /// Its disk.
    pub disk: Arc<Disk>,
    /// Its desk.
    pub desk: Arc<Desk>,
}

/// A hub at an address of its own.
pub struct Hub {
    /// What it is called in the trace.
    pub name: &'static str,
    /// Its own stamps end with this.
    pub device: DeviceId,
    /// Its clock.
    pub wall: Arc<SimWall>,
    /// None while it has no power, or before it is there.
    pub running: Mutex<Option<Running>>,
    /// What its own screens were told as saved.
    pub ledger: Mutex<Ledger>,
    /// Its backups, oldest first.
    pub backups: Mutex<Vec<Backup>>,
    ids: Mutex<Chance>,
    shared: Arc<Shared>,
}

/// A refusal of a whole call.
pub type Refusal = (u16, WireError);

impl Hub {
    /// A hub that is not there yet.
    pub fn new(
        name: &'static str,
        device: DeviceId,
        wall: Arc<SimWall>,
        ids: Chance,
        shared: Arc<Shared>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            device,
            wall,
            running: Mutex::default(),
            ledger: Mutex::default(),
            backups: Mutex::default(),
            ids: Mutex::new(ids),
            shared,
        })
    }

    /// Starts over the store at `path`.
    pub fn start(&self, path: &std::path::Path) {
        let disk = Disk::open(path);
        let clock =
            DeviceClock::open(&*disk.read().unwrap(), self.device, self.wall.clone()).unwrap();
        let ids = Arc::new(Ids::new(self.ids.lock().unwrap().fork()));
        let store: Arc<dyn Store> = disk.clone();
        let desk = Desk::new(store, Place::Hub, Arc::new(clock), |_| {}).with_ids(ids);
        *self.running.lock().unwrap() = Some(Running {
            disk,
            desk: Arc::new(desk),
        });
        self.shared.say(format!("{} starts", self.name));
    }

    /// Whether it can be asked.
    pub fn is_up(&self) -> bool {
        let running = self.running.lock().unwrap();
        running
            .as_ref()
            .is_some_and(|running| !running.disk.is_off())
    }

    /// Its desk, while it has power.
    pub fn desk(&self) -> Option<Arc<Desk>> {
        let running = self.running.lock().unwrap();
        let running = running.as_ref().filter(|running| !running.disk.is_off());
        running.map(|running| running.desk.clone())
    }

    /// Its disk, with or without power.
    pub fn disk(&self) -> Option<Arc<Disk>> {
        let running = self.running.lock().unwrap();
        running.as_ref().map(|running| running.disk.clone())
    }

    /// What someone does on a screen that the hub itself serves.
    pub fn call(
        &self,
        actor: &Actor,
        command: &str,
        request: serde_json::Value,
    ) -> Option<Result<serde_json::Value, ApiError>> {
        let (desk, disk) = (self.desk()?, self.disk()?);
        self.enter(&disk, false);
        let answer = desk.call(actor, command, request);
        self.enter(&disk, answer.is_ok());
        Some(answer)
    }

    fn enter(&self, disk: &Disk, is_told: bool) {
        let journal = disk.take_journal();
        self.ledger.lock().unwrap().enter(journal, is_told, true);
    }

    /// `POST /v1/sync`, from bytes to bytes. None when the power went meanwhile.
    pub fn sync(&self, token: &str, body: &[u8]) -> Option<Result<Vec<u8>, Refusal>> {
        let (desk, disk) = (self.desk()?, self.disk()?);
        let answer = serde_json::from_slice::<SyncRequest>(body)
            .map_err(|_| (400, wire("bad_request")))
            .and_then(|request| {
                let actor = desk.actor_by_token(token).map_err(refusal)?;
                desk.exchange(&actor, request).map_err(refusal)
            });
        self.enter(&disk, false);
        (!disk.is_off()).then(|| answer.map(|answer| bytes(&answer)))
    }

    /// `POST /v1/letters`, likewise.
    pub fn letter(&self, token: &str, file: &[u8]) -> Option<Result<Vec<u8>, Refusal>> {
        let desk = self.desk()?;
        match desk.actor_by_token(token) {
            Ok(_) => self.take_file(file),
            Err(error) => Some(Err(refusal(error))),
        }
    }

    /// A letter that somebody brings as a file to whoever keeps the hub.
    pub fn take_file(&self, file: &[u8]) -> Option<Result<Vec<u8>, Refusal>> {
        let (desk, disk) = (self.desk()?, self.disk()?);
        let answer = desk.take_letter(file).map_err(refusal);
        self.enter(&disk, false);
        (!disk.is_off()).then_some(answer)
    }

    /// `POST /v1/pair`, likewise.
    pub fn pair(&self, body: &[u8]) -> Option<Result<Vec<u8>, Refusal>> {
        let (desk, disk) = (self.desk()?, self.disk()?);
        let request = serde_json::from_slice::<PairRequest>(body);
        let answer = request
            .map_err(|_| (400, wire("bad_request")))
            .and_then(|asked| {
                desk.pair(
                    &asked.code,
                    &asked.device,
                    DeviceKind::App,
                    asked.school.as_ref(),
                )
                .map_err(refusal)
            });
        self.enter(&disk, false);
        (!disk.is_off()).then(|| answer.map(|answer| bytes(&answer)))
    }
}

fn bytes(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap()
}

/// An error of the network or the hub, with no words.
pub fn wire(code: &str) -> WireError {
    WireError {
        code: code.to_owned(),
        message: String::new(),
    }
}

/// As the hub's HTTP says no.
fn refusal(error: ApiError) -> Refusal {
    let status = match error.code {
        Code::BadRequest => 400,
        Code::SignInFirst | Code::DeviceRevoked => 401,
        Code::NotAllowed | Code::CodeUnknown | Code::Locked | Code::PinWrong => 403,
        Code::UnknownCommand | Code::NotFound => 404,
        Code::TooLarge => 413,
        Code::TooMany => 429,
        Code::NotSaved => 507,
        Code::HubUnreachable | Code::HubNotFound => 502,
        Code::DoorClosed => 410,
        Code::LetterUnreadable | Code::LetterNewer | Code::LetterForeign | Code::LetterRefused => {
            422
        }
        Code::Refused | Code::NoHub | Code::ForeignSchool => 409,
        Code::Internal => 500,
    };
    let code = serde_json::to_value(error.code).unwrap();
    let code = code.as_str().unwrap_or_default().to_owned();
    (
        status,
        WireError {
            code,
            message: error.message,
        },
    )
}
