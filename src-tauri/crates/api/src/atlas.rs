//! Names of what ids stand for, read once for a whole view: people, classes, rooms, and a visit as a card.

use std::collections::HashMap;

use alongside_domain::class::Class;
use alongside_domain::observation::Observation;
use alongside_domain::person::Person;
use alongside_domain::room::Room;
use alongside_domain::school::Settings;
use alongside_domain::visit::{Part, Visit, VisitState};
use alongside_domain::{ClassId, Kind, PersonId, Record, RoomId, VisitId, WalkId};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use ts_rs::TS;

use crate::ApiError;
use crate::authority;
use crate::desk::View;
use crate::facts::Known;

/// A visit, as it stands in a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitCard {
    /// Which.
    pub visit: VisitId,
    /// Of which walk.
    pub walk: WalkId,
    /// The class's name.
    pub class: String,
    /// Year group and phase.
    pub class_detail: String,
    /// The room's name.
    pub room: String,
    /// Where that is.
    pub room_detail: String,
    /// The room's place on the route.
    #[ts(type = "number")]
    pub route: i64,
    /// When it starts.
    pub starts_at: DateTime<FixedOffset>,
    /// How long it is planned for.
    #[ts(type = "number")]
    pub minutes: i64,
    /// What is taught.
    pub subject: String,
    /// Which part of the lesson.
    pub part: Part,
    /// The observers' names.
    pub observers: Vec<String>,
    /// The walk's focus.
    pub focus: String,
    /// Where it stands in its life, as far as this person may see.
    pub state: VisitState,
    /// Where this person's own observation stands.
    pub my_state: MyState,
    /// Why this person cannot start it, if they cannot.
    pub lock: Option<LockView>,
}

/// Where one observer's observation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MyState {
    /// Nothing written.
    NotStarted,
    /// Begun.
    Open,
    /// Finished.
    Finished,
}

impl MyState {
    /// Of an observation, or of none.
    pub(crate) fn of(observation: Option<&Observation>) -> Self {
        match observation {
            Some(o) if o.finished_at.is_some() => Self::Finished,
            Some(o) if o.started_at.is_some() => Self::Open,
            _ => Self::NotStarted,
        }
    }
}

/// Why a visit cannot be started, and from when it can.
#[derive(Debug, Clone, Serialize, TS)]
pub struct LockView {
    /// The rule: `no_notice`, `notice_too_young`, `day_to_come`, …
    pub code: String,
    /// For the person.
    pub reason: String,
    /// From when, if it only needs to wait.
    pub from: Option<DateTime<FixedOffset>>,
}

/// The names of a school, for one view.
pub(crate) struct Atlas {
    pub(crate) people: HashMap<PersonId, Person>,
    pub(crate) classes: HashMap<ClassId, Class>,
    pub(crate) rooms: HashMap<RoomId, Room>,
    pub(crate) settings: Settings,
}

impl Atlas {
    /// Reads all names.
    pub(crate) fn read(view: &View<'_>) -> Result<Self, ApiError> {
        let list = |kind: Kind| view.facts.reader.list(&kind);
        let by_id = |records: Vec<Record>| records.into_iter();
        Ok(Self {
            people: by_id(list(Kind::Person)?)
                .map(|r| (r.id.into(), Person::read(&r)))
                .collect(),
            classes: by_id(list(Kind::Class)?)
                .map(|r| (r.id.into(), Class::read(&r)))
                .collect(),
            rooms: by_id(list(Kind::Room)?)
                .map(|r| (r.id.into(), Room::read(&r)))
                .collect(),
            settings: view.facts.settings()?,
        })
    }

    /// A person's name.
    pub(crate) fn name(&self, person: PersonId) -> String {
        self.people.get(&person).map_or_else(
            || "Somebody who has left".into(),
            |person| person.name.clone(),
        )
    }

    /// A class's name.
    pub(crate) fn class_name(&self, class: ClassId) -> String {
        self.classes
            .get(&class)
            .map(|class| class.name.clone())
            .unwrap_or_default()
    }

    /// Whether a person is a teacher of a visit (see [`Visit::teachers`]).
    pub(crate) fn teaches(&self, person: PersonId, visit: &Visit) -> bool {
        visit.is_taught_by(person, self.classes.get(&visit.class))
    }

    /// A visit as a card, for the person of `view`.
    pub(crate) fn card(&self, view: &View<'_>, known: &Known) -> VisitCard {
        let visit = &known.visit;
        let class = self.classes.get(&visit.class);
        let room = class
            .and_then(|class| class.room)
            .and_then(|room| self.rooms.get(&room));
        let own = view.standing.id();
        let mine = MyState::of(known.life().observation(own));
        let is_observer = visit.observers.contains(&own);
        let lock = if is_observer && mine == MyState::NotStarted {
            known.life().lock(own, view.now, &self.settings)
        } else {
            None
        };
        let detail = |parts: [Option<&str>; 2]| {
            let parts: Vec<&str> = parts
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect();
            parts.join(" · ")
        };
        VisitCard {
            visit: visit.id,
            walk: visit.walk,
            class: class.map(|class| class.name.clone()).unwrap_or_default(),
            class_detail: detail([
                class.map(|class| class.year_group.as_str()),
                class.map(|class| class.phase.as_str()),
            ]),
            room: room.map(|room| room.name.clone()).unwrap_or_default(),
            room_detail: room.map(|room| room.place.clone()).unwrap_or_default(),
            route: room.map(|room| room.route).unwrap_or_default(),
            starts_at: visit.starts_at,
            minutes: visit.minutes,
            subject: visit.subject.clone(),
            part: visit.part,
            observers: visit
                .observers
                .iter()
                .map(|observer| self.name(*observer))
                .collect(),
            focus: known.walk.focus.clone(),
            state: known.life().state(),
            my_state: mine,
            lock: lock.map(|lock| LockView {
                code: lock.refusal.code().to_owned(),
                reason: lock.refusal.message().to_owned(),
                from: lock.from,
            }),
        }
    }
}

impl View<'_> {
    /// A visit with as much of its record as this person may read.
    pub(crate) fn known(&self, id: VisitId) -> Result<Known, ApiError> {
        let known = self.facts.known_by_id(id)?;
        self.visible(known)
    }

    /// What of a visit's record this person may read. While their own observation is not finished, an observer sees no
    /// other, leader or not: two observers look for themselves.
    pub(crate) fn visible(&self, mut known: Known) -> Result<Known, ApiError> {
        let own = self.standing.id();
        let is_observer = known.visit.observers.contains(&own);
        let is_done = known
            .observations
            .iter()
            .any(|o| o.observer == own && o.finished_at.is_some());
        let readable = |records: Vec<Record>| -> Result<Vec<alongside_domain::RecordId>, ApiError> {
            let mut ids = Vec::with_capacity(records.len());
            for record in records {
                if authority::may_read(self.facts, self.standing, &record)? {
                    ids.push(record.id);
                }
            }
            Ok(ids)
        };
        let under = |kind: Kind| self.facts.reader.list_under(&kind, known.visit.id.into());
        let observations = readable(under(Kind::Observation)?)?;
        let shares = readable(under(Kind::Share)?)?;
        let responses = readable(under(Kind::Response)?)?;
        known.observations.retain(|o| {
            observations.contains(&o.id.into()) && (o.observer == own || !is_observer || is_done)
        });
        known.responses.retain(|response| {
            let id = alongside_domain::ResponseId::derive(response.visit, response.teacher);
            responses.contains(&id.into())
        });
        if shares.is_empty() {
            known.share = None;
        }
        Ok(known)
    }
}
