//! The door of a hub: one-time codes, tokens, who was let in and when they were last heard.
//!
//! Only hashes of codes and tokens are kept. How often a stranger may knock is the hub's business.

use std::collections::HashMap;
use std::fmt::Write as _;

use alongside_domain::person::Person;
use alongside_domain::{DeviceId, HubId, Kind, PersonId, SchoolId};
use alongside_store::{Code as StoredCode, Device, DeviceKind, LogLine, Reader, Writer};
use alongside_sync::WipeWord;
use alongside_sync::wire::{Named, PairAnswer, PairDevice, PairSchool};
use chrono::{DateTime, Duration, Utc};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use sha2::{Digest as _, Sha256};

use crate::actor::{Actor, Standing};
use crate::desk::{Changed, Desk};
use crate::device::revoke;
use crate::exchange::wire_time;
use crate::facts::Facts;
use crate::{ApiError, Code, Place, log, notes};

/// How long a pairing code lets someone in.
pub const CODE_MINUTES: i64 = 30;
/// Days after which a browser is asked for a new code: a phone is lost more easily than missed.
pub const SESSION_DAYS: i64 = 30;
/// Letters and digits that cannot be taken for one another.
const CODE_ALPHABET: &[u8] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";
/// How often what is remembered of a device is written down, at the least, in milliseconds.
const CONTACT_KEPT_EVERY_MS: i64 = 60_000;

/// A fresh one-time code. It is shown once and kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreshCode {
    /// As people read it: `ABCD-EFGH`.
    pub code: String,
    /// Until when it lets someone in.
    pub expires_at: DateTime<Utc>,
}

/// Who was heard when, remembered between the moments it is written down.
#[derive(Debug, Default)]
pub struct Contacts {
    heard: HashMap<DeviceId, Contact>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Contact {
    at: i64,
    waiting: Option<u64>,
    cursor: Option<u64>,
    kept_at: i64,
}

impl Contacts {
    /// Notes that a device was heard.
    pub(crate) fn heard(
        &mut self,
        device: DeviceId,
        now: DateTime<Utc>,
        waiting: Option<u64>,
        cursor: Option<u64>,
    ) {
        let contact = self.heard.entry(device).or_default();
        contact.at = now.timestamp_millis();
        contact.waiting = waiting.or(contact.waiting);
        contact.cursor = cursor.or(contact.cursor);
    }

    /// A device as last heard.
    pub(crate) fn apply(&self, device: &mut Device) {
        if let Some(contact) = self.heard.get(&device.id) {
            device.last_contact = device.last_contact.max(Some(contact.at));
            device.waiting = contact.waiting.or(device.waiting);
            device.cursor = contact.cursor.unwrap_or(device.cursor);
        }
    }
}

pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn code_hash(code: &str) -> [u8; 32] {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    hash(&plain)
}

fn token() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

impl Desk {
    /// A one-time code that lets `person` in with one device. Older unused codes of theirs stop working.
    pub fn code_for(&self, person: PersonId) -> Result<FreshCode, ApiError> {
        let mut writer = self.store().write()?;
        let found = writer
            .get(person.into())?
            .filter(|record| record.kind == Kind::Person);
        if !found.is_some_and(|record| Person::read(&record).is_active) {
            return Err(ApiError::not_found("person"));
        }
        let fresh = self.new_code(&mut *writer, Some(person))?;
        writer.commit()?;
        Ok(fresh)
    }

    /// A one-time code with which a school is started on this hub, while it has none.
    pub fn setup_code(&self) -> Result<FreshCode, ApiError> {
        let mut writer = self.store().write()?;
        let fresh = self.new_code(&mut *writer, None)?;
        writer.commit()?;
        Ok(fresh)
    }

    fn new_code(
        &self,
        writer: &mut dyn Writer,
        person: Option<PersonId>,
    ) -> Result<FreshCode, ApiError> {
        let mut random = rand::rng();
        let mut code = String::with_capacity(9);
        for place in 0..8 {
            if place == 4 {
                code.push('-');
            }
            code.extend(
                CODE_ALPHABET
                    .choose(&mut random)
                    .map(|&letter| char::from(letter)),
            );
        }
        if let Some(person) = person {
            writer.codes_delete(person)?;
        }
        let expires_at = self.now() + Duration::minutes(CODE_MINUTES);
        writer.code_put(&StoredCode {
            hash: code_hash(&code),
            person,
            expires_at: expires_at.timestamp_millis(),
        })?;
        Ok(FreshCode { code, expires_at })
    }

    /// Lets a device or browser in with a one-time code, which is used up whatever comes of it.
    ///
    /// With the code that sets a hub up, `school` says which school moves in or is started.
    pub fn pair(
        &self,
        code: &str,
        device: &PairDevice,
        kind: DeviceKind,
        school: Option<&PairSchool>,
    ) -> Result<PairAnswer, ApiError> {
        let unknown = || {
            ApiError::new(
                Code::CodeUnknown,
                "This code does not work: it was used, is too old, or has a typing error. Ask a leader for a new one.",
            )
        };
        let now = self.now();
        let mut writer = self.store().write()?;
        let Some(stored) = writer.code_take(&code_hash(code))? else {
            return Err(unknown());
        };
        if stored.expires_at < now.timestamp_millis() {
            writer.commit()?;
            return Err(unknown());
        }
        let mut changed = Changed::default();
        let person = match (stored.person, school) {
            (Some(person), _) => person,
            (None, Some(school)) => {
                if Facts::new(&*writer).school()?.is_some() {
                    return Err(ApiError::new(
                        Code::ForeignSchool,
                        "This hub already serves a school. Join it with a code from one of its leaders.",
                    ));
                }
                writer.note_put(notes::MOVED_IN_AT, Some(&wire_time(now)))?;
                writer.note_put(notes::MOVED_IN_FROM, Some(&device.id.to_string()))?;
                self.found(&mut *writer, device.id, school, &mut changed)?;
                school.person
            }
            (None, None) => return Err(unknown()),
        };
        let answer = self.admit(&mut *writer, person, device, kind)?;
        writer.commit()?;
        self.tell(&changed);
        Ok(answer)
    }

    /// Lets a browser in as `person` without a code: for the ready-made sign-ins of the demo school and nothing else.
    ///
    /// The caller makes sure that this is the demo school on the machine's own loopback.
    pub fn let_in(
        &self,
        person: PersonId,
        device: &PairDevice,
        kind: DeviceKind,
    ) -> Result<PairAnswer, ApiError> {
        let mut writer = self.store().write()?;
        let answer = self.admit(&mut *writer, person, device, kind)?;
        writer.commit()?;
        Ok(answer)
    }

    /// Lets a device in at an open door, on the word of the leader who stands there. The log names both.
    ///
    /// Errors when `leader` does not lead, and when `person` is not among the school's people.
    pub fn let_in_at_door(
        &self,
        leader: &Actor,
        person: PersonId,
        device: &PairDevice,
    ) -> Result<PairAnswer, ApiError> {
        let mut writer = self.store().write()?;
        Standing::read(&*writer, *leader)?.must_lead()?;
        let found = writer
            .get(person.into())?
            .filter(|record| record.kind == Kind::Person);
        if !found.is_some_and(|record| Person::read(&record).is_active) {
            return Err(ApiError::not_found("person"));
        }
        let line = LogLine {
            at: self.now().timestamp_millis(),
            person: Some(leader.person),
            device: Some(leader.device),
            act: "invited".into(),
            record: Some(person.into()),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        let answer = self.admit(&mut *writer, person, device, DeviceKind::App)?;
        writer.commit()?;
        Ok(answer)
    }

    /// The headteacher takes a copy of the whole hub along: authorised, and written down, before it is made.
    ///
    /// It holds everything, also what other leaders may not read.
    pub fn take_hub_along(&self, actor: &Actor) -> Result<(), ApiError> {
        self.must_be_hub()?;
        let mut writer = self.store().write()?;
        if !Standing::read(&*writer, *actor)?.is_head() {
            return Err(ApiError::not_allowed(
                "Only the headteacher takes the school’s hub along: it holds everything, concerns too. Ask them.",
            ));
        }
        let line = LogLine {
            at: self.now().timestamp_millis(),
            person: Some(actor.person),
            device: Some(actor.device),
            act: "taken_along".into(),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        Ok(writer.commit()?)
    }

    /// Lets the actor's own device or session out: its token is refused from now on. Twice is once.
    pub fn let_out(&self, actor: &Actor) -> Result<(), ApiError> {
        let now = self.now().timestamp_millis();
        let mut writer = self.store().write()?;
        let own = writer
            .devices()?
            .into_iter()
            .find(|device| device.id == actor.device && device.revoked_at.is_none());
        let Some(mut device) = own else {
            return Ok(());
        };
        device.revoked_at = Some(now);
        writer.device_put(&device)?;
        let line = LogLine {
            at: now,
            person: Some(actor.person),
            device: Some(actor.device),
            act: "left".into(),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.commit()?;
        Ok(())
    }

    fn admit(
        &self,
        writer: &mut dyn Writer,
        person: PersonId,
        device: &PairDevice,
        kind: DeviceKind,
    ) -> Result<PairAnswer, ApiError> {
        let now = self.now();
        // A device's id is no secret: it ends every stamp. It must not let anyone take a colleague's device over.
        if writer
            .devices()?
            .iter()
            .any(|known| known.id == device.id && known.person != person)
        {
            return Err(ApiError::new(
                Code::NotAllowed,
                "This device is known here as somebody else's. Ask a leader for a new code and join again.",
            ));
        }
        let name: String = device.name.trim().chars().take(80).collect();
        let secret = token();
        // A browser holds nothing that could be wiped.
        let wipe = (kind == DeviceKind::App).then(|| WipeWord::new(token()));
        writer.device_put(&Device {
            id: device.id,
            person,
            name: if name.is_empty() {
                "A device".into()
            } else {
                name
            },
            kind,
            token_hash: hash(&secret),
            paired_at: now.timestamp_millis(),
            last_contact: Some(now.timestamp_millis()),
            waiting: None,
            cursor: 0,
            revoked_at: None,
            revoked_by: None,
            wipe: wipe
                .as_ref()
                .map_or_else(String::new, |word| word.text().to_owned()),
            farewell: None,
        })?;
        let line = LogLine {
            at: now.timestamp_millis(),
            person: Some(person),
            device: Some(device.id),
            act: "paired".into(),
            ..LogLine::default()
        };
        log::append(writer, line)?;
        self.pair_answer(writer, person, secret, wipe)
    }

    fn pair_answer(
        &self,
        reader: &dyn Reader,
        person: PersonId,
        token: String,
        wipe: Option<WipeWord>,
    ) -> Result<PairAnswer, ApiError> {
        let facts = Facts::new(reader);
        let record = facts
            .record(person, &Kind::Person)?
            .ok_or_else(|| ApiError::not_found("person"))?;
        let school = facts
            .school()?
            .ok_or_else(|| ApiError::not_found("school"))?;
        Ok(PairAnswer {
            token,
            person: Named {
                id: person,
                name: Person::read(&record).name,
            },
            school: Named {
                id: school.id,
                name: school.name,
            },
            hub: self.hub_id(reader)?,
            time: wire_time(self.now()),
            letter_key: crate::letter::key_of(reader)?.map(|key| key.to_string()),
            wipe,
        })
    }

    pub(crate) fn hub_id(&self, reader: &dyn Reader) -> Result<HubId, ApiError> {
        let noted = reader.note(notes::HUB)?.and_then(|text| text.parse().ok());
        noted.ok_or_else(|| {
            ApiError::new(
                Code::Internal,
                "This hub has no id. Start it once with `serve`.",
            )
        })
    }

    /// Who holds this token. A stale or revoked one is refused, and a browser's after [`SESSION_DAYS`].
    pub fn actor_by_token(&self, token: &str) -> Result<Actor, ApiError> {
        let device = self.store().read()?.device_by_token(&hash(token))?;
        let oldest = (self.now() - Duration::days(SESSION_DAYS)).timestamp_millis();
        let is_over =
            |device: &Device| device.kind == DeviceKind::Browser && device.paired_at < oldest;
        match device {
            Some(device) if device.revoked_at.is_some() => Err(revoke::turned_away(&device)),
            Some(device) if !is_over(&device) => Ok(Actor {
                person: device.person,
                device: device.id,
            }),
            _ => Err(revoke::not_let_in()),
        }
    }

    /// Writes down what was remembered of devices heard; called now and then, and before the hub stops.
    pub fn keep_contacts(&self) -> Result<(), ApiError> {
        let now = self.now().timestamp_millis();
        let is_due = |contact: &Contact| {
            contact.kept_at < contact.at && now - contact.kept_at >= CONTACT_KEPT_EVERY_MS
        };
        if !self.contacts().heard.values().any(is_due) {
            return Ok(());
        }
        let mut writer = self.store().write()?;
        let mut devices = writer.devices()?;
        {
            let contacts = self.contacts();
            devices.retain(|device| contacts.heard.get(&device.id).is_some_and(is_due));
            devices.iter_mut().for_each(|device| contacts.apply(device));
        }
        for device in &devices {
            writer.device_put(device)?;
        }
        writer.commit()?;
        for contact in self.contacts().heard.values_mut() {
            contact.kept_at = now;
        }
        Ok(())
    }

    /// When another device than `own` was last heard since the hub was started.
    pub fn last_heard(&self, own: DeviceId) -> Option<DateTime<Utc>> {
        let contacts = self.contacts();
        let others = contacts.heard.iter().filter(|(device, _)| **device != own);
        let latest = others.map(|(_, contact)| contact.at).max()?;
        DateTime::from_timestamp_millis(latest)
    }

    /// All devices as last heard.
    pub(crate) fn devices_heard(&self, reader: &dyn Reader) -> Result<Vec<Device>, ApiError> {
        let mut devices = reader.devices()?;
        let contacts = self.contacts();
        devices.iter_mut().for_each(|device| contacts.apply(device));
        Ok(devices)
    }

    /// Prepares a hub: gives it its id if it has none.
    pub fn open_hub(&self) -> Result<(), ApiError> {
        debug_assert_eq!(self.place(), Place::Hub);
        let mut writer = self.store().write()?;
        if writer.note(notes::HUB)?.is_none() {
            writer.note_put(notes::HUB, Some(&uuid::Uuid::now_v7().to_string()))?;
            writer.commit()?;
        } else {
            drop(writer);
        }
        self.open_letters()
    }

    /// The school's id and name, if there is one.
    pub fn school_name(&self) -> Result<Option<(SchoolId, String)>, ApiError> {
        let reader = self.store().read()?;
        Ok(Facts::new(&*reader)
            .school()?
            .map(|school| (school.id, school.name)))
    }
}
