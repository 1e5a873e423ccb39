//! Plays the [`diary`](super::diary) before a desk: each deed at its own time, by the person whose it is, through the
//! same commands and the same sync as a real school's. What a rule forbids is refused here too.

mod improving;
mod rating;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use alongside_api::{Actor, ApiError, Code, Desk};
use alongside_domain::field::time_value;
use alongside_domain::programme::usual_terms;
use alongside_domain::school::Settings;
use alongside_domain::template::EVIDENCE_FORM;
use alongside_domain::{
    DeviceId, Field, HybridClock, Kind, ObservationId, PersonId, SchoolId, TermId, VisitId,
};
use alongside_store::DeviceKind;
use alongside_sync::Wall;
use alongside_sync::wire::{PairDevice, PairSchool};
use alongside_sync::{SyncRequest, WireRecord};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde_json::{Value, json};
use uuid::Uuid;

use super::diary::{Deed, Entry};
use super::people::{Group, HEAD, SCHOOL, Someone};
use super::plan::{MINUTES, Round, Stop};

/// A clock whose hands are moved.
#[derive(Default)]
pub(super) struct Hands(AtomicU64);

impl Wall for Hands {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Hands {
    /// Shows this time from now on.
    pub(super) fn move_to(&self, at: DateTime<FixedOffset>) {
        self.0.store(millis(at), Ordering::Relaxed);
    }
}

fn millis(at: DateTime<FixedOffset>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default()
}

/// Who and what is there by now.
pub(super) struct Stage<'a> {
    desk: &'a Desk,
    hands: Arc<Hands>,
    school: SchoolId,
    /// A form, by its id.
    template: Value,
    /// By name: who, and on what they write.
    people: HashMap<&'static str, Actor>,
    clocks: HashMap<&'static str, HybridClock>,
    /// By name.
    rooms: HashMap<&'static str, Value>,
    /// By name.
    classes: HashMap<&'static str, Value>,
    /// By the number of the walk in it.
    terms: HashMap<usize, Value>,
    /// By number.
    walks: HashMap<usize, Value>,
    /// By the number of its walk.
    notices: HashMap<usize, Value>,
    /// By number.
    actions: HashMap<usize, Value>,
    /// By number.
    visits: HashMap<usize, VisitId>,
}

impl<'a> Stage<'a> {
    /// Founds the school, with its head.
    pub(super) fn found(
        desk: &'a Desk,
        hands: Arc<Hands>,
        at: DateTime<FixedOffset>,
    ) -> Result<Self, ApiError> {
        hands.move_to(at);
        let head = Actor {
            person: PersonId::from_uuid(Uuid::now_v7()),
            device: DeviceId::from_uuid(Uuid::now_v7()),
        };
        let school = PairSchool {
            id: SchoolId::from_uuid(Uuid::now_v7()),
            name: SCHOOL.into(),
            person: head.person,
            person_name: HEAD.into(),
        };
        desk.open_hub()?;
        desk.school_create(&school, head.device)?;
        let answer = desk.call(&head, "school_get", json!({}))?;
        let template = found(&answer, "templates", "name", EVIDENCE_FORM.name, "template")?;
        Ok(Self {
            desk,
            hands,
            school: school.id,
            template,
            people: HashMap::from([(HEAD, head)]),
            clocks: HashMap::new(),
            rooms: HashMap::new(),
            classes: HashMap::new(),
            terms: HashMap::new(),
            walks: HashMap::new(),
            notices: HashMap::new(),
            actions: HashMap::new(),
            visits: HashMap::new(),
        })
    }

    /// Does what the diary says.
    pub(super) fn play(&mut self, entry: Entry<'_>) -> Result<(), ApiError> {
        self.hands.move_to(entry.at);
        match entry.deed {
            Deed::Person(someone) => self.person(someone),
            Deed::Room(place, name, where_it_is) => self.room(place, name, where_it_is),
            Deed::Class(group) => self.class(group),
            Deed::Tablet(name, person) => self.tablet(name, person),
            Deed::Walk(walk, round) => self.walk(walk, round),
            Deed::Visit(visit, walk, stop) => self.visit(visit, walk, stop),
            Deed::Notice(walk) => self.notice(walk),
            Deed::Acknowledgement(walk, by) => {
                let request = json!({"of": known(&self.notices, &walk)?});
                self.call(by, "acknowledgement_give", request).map(drop)
            }
            Deed::Read(visit, by) => {
                let request = json!({"visit": known(&self.visits, &visit)?});
                self.call(by, "record_get", request).map(drop)
            }
            Deed::Reflection(visit, teacher, [confirmed, change], reader) => {
                let visit = known(&self.visits, &visit)?;
                let reader = self.person_named(reader)?;
                for edit in [
                    json!({"what": "confirmed", "text": confirmed}),
                    json!({"what": "change", "text": change}),
                    json!({"what": "readers", "people": [reader]}),
                ] {
                    let request = json!({"visit": visit, "edit": edit});
                    self.call(teacher, "reflection_write", request)?;
                }
                Ok(())
            }
            Deed::Concern(by, text) => {
                let request = json!({"text": text, "with_line_manager": true});
                self.call(by, "concern_raise", request).map(drop)
            }
            Deed::Answer(text) => {
                let concerns = self.call(HEAD, "concern_list", json!({}))?;
                let concern = concerns
                    .pointer("/0/concern")
                    .ok_or_else(|| astray("a concern"))?;
                let request = json!({"concern": concern, "answer": text});
                self.call(HEAD, "concern_answer", request).map(drop)
            }
            Deed::Review(term, words) => {
                let term = known(&self.terms, &term)?;
                self.call(HEAD, "review_make", json!({"term": term}))?;
                let request = json!({"term": term, "words": words});
                self.call(HEAD, "review_words", request).map(drop)
            }
            Deed::Comment(term, by, text) => {
                let term = known(&self.terms, &term)?;
                let review = self.call(by, "review_get", json!({"term": term}))?;
                let review = review.get("review").ok_or_else(|| astray("a review"))?;
                let request = json!({"comment": null, "on": review, "part": "", "text": text});
                self.call(by, "comment_put", request).map(drop)
            }
            Deed::Debrief(walk, outcome) => self.debrief(walk, outcome),
            Deed::Draft(walk, outcome) => self.draft(walk, outcome),
            Deed::Publish(walk, outcome) => self.publish(walk, outcome),
            Deed::Action(number, task, due_on) => self.action(number, task, due_on),
            Deed::Step(number, owner, step) => self.step(number, owner, step),
            Deed::SelfEvaluation(year) => {
                let request = json!({"year": year});
                self.call(HEAD, "self_evaluation_start", request).map(drop)
            }
            Deed::Rating(year, rated, place) => self.rating(year, rated, place, entry.at),
            Deed::Agreed(year, rated) => self.agreed(year, rated, entry.at),
            Deed::Observation(visit, observer, written) => {
                self.observation(visit, observer, written)
            }
            Deed::Share(visit, talked) => {
                let request = json!({"visit": known(&self.visits, &visit)?, "talked": talked});
                self.call(HEAD, "record_share", request).map(drop)
            }
            Deed::Reply(visit, teacher, section, text) => {
                let edit = match section {
                    Some(section) => json!({"what": "comment", "section": section, "text": text}),
                    None => json!({"what": "overall", "text": text}),
                };
                let request = json!({"visit": known(&self.visits, &visit)?, "edit": edit});
                self.call(teacher, "response_write", request).map(drop)
            }
            Deed::Send(visit, teacher) => {
                let request = json!({"visit": known(&self.visits, &visit)?});
                self.call(teacher, "response_send", request).map(drop)
            }
        }
    }

    /// The id of somebody, by name.
    pub(super) fn person_named(&self, name: &str) -> Result<PersonId, ApiError> {
        Ok(known(&self.people, name)?.person)
    }

    fn call(&self, by: &str, command: &str, request: Value) -> Result<Value, ApiError> {
        self.desk.call(known(&self.people, by)?, command, request)
    }

    fn ids(&self, names: &[&str]) -> Result<Vec<PersonId>, ApiError> {
        names.iter().map(|name| self.person_named(name)).collect()
    }

    fn person(&mut self, someone: &'static Someone) -> Result<(), ApiError> {
        let manager = someone
            .manager
            .map(|name| self.person_named(name))
            .transpose()?;
        let request = json!({
            "person": null,
            "name": someone.name,
            "roles": someone.roles,
            "line_manager": manager,
            "is_active": true,
        });
        let answer = self.call(HEAD, "person_put", request)?;
        let id = found(&answer, "people", "name", someone.name, "person")?;
        let person = serde_json::from_value(id).map_err(|_| astray(someone.name))?;
        let device = DeviceId::from_uuid(Uuid::now_v7());
        self.people.insert(someone.name, Actor { person, device });
        Ok(())
    }

    fn room(
        &mut self,
        place: usize,
        name: &'static str,
        where_it_is: &str,
    ) -> Result<(), ApiError> {
        let request =
            json!({"room": null, "name": name, "place": where_it_is, "route": 10 * place});
        let answer = self.call(HEAD, "room_put", request)?;
        self.rooms
            .insert(name, found(&answer, "rooms", "name", name, "room")?);
        Ok(())
    }

    fn class(&mut self, group: &'static Group) -> Result<(), ApiError> {
        let request = json!({
            "class": null,
            "name": group.name,
            "year_group": group.year_group,
            "phase": group.phase.name(),
            "teachers": self.ids(group.teachers)?,
            "support": self.ids(group.support)?,
            "room": known(&self.rooms, group.room)?,
            "is_active": true,
        });
        let answer = self.call(HEAD, "class_put", request)?;
        self.classes.insert(
            group.name,
            found(&answer, "classes", "name", group.name, "class")?,
        );
        Ok(())
    }

    fn tablet(&mut self, name: &str, person: &str) -> Result<(), ApiError> {
        let actor = known(&self.people, person)?;
        let code = self.desk.code_for(actor.person)?;
        let device = PairDevice {
            id: actor.device,
            name: name.into(),
        };
        self.desk
            .pair(&code.code, &device, DeviceKind::App, None)
            .map(drop)
    }

    /// The term of a round; the three terms of its academic year are put in where they are not there yet.
    fn term(&self, round: &Round) -> Result<Option<TermId>, ApiError> {
        let settings = Settings::default();
        let Some(first) = round.stops.first() else {
            return Ok(None);
        };
        let year = settings.academic_year(first.starts_at);
        for (usual, number) in usual_terms(year, &settings).into_iter().zip(1..) {
            let request = json!({
                "term": TermId::derive(self.school, year, number),
                "name": usual.name,
                "starts_on": usual.starts_on,
                "ends_on": usual.ends_on,
            });
            self.call(HEAD, "term_put", request)?;
        }
        let number = round.term.number();
        Ok(Some(TermId::derive(self.school, year, number)))
    }

    fn notice(&mut self, walk: usize) -> Result<(), ApiError> {
        let request = json!({"walk": known(&self.walks, &walk)?});
        self.call(HEAD, "notice_give", request)?;
        let notices = self.call(HEAD, "notice_list", json!({}))?;
        let latest = notices.pointer("/0/notice").cloned();
        self.notices
            .insert(walk, latest.ok_or_else(|| astray("a notice"))?);
        Ok(())
    }

    fn walk(&mut self, walk: usize, round: &Round) -> Result<(), ApiError> {
        let mut classes: Vec<&Value> = Vec::new();
        let mut observers: Vec<PersonId> = Vec::new();
        for stop in &round.stops {
            let class = known(&self.classes, stop.group.name)?;
            if !classes.contains(&class) {
                classes.push(class);
            }
            observers.extend(self.ids(stop.observers)?);
        }
        observers.sort_unstable();
        observers.dedup();
        let term = self.term(round)?;
        self.terms.insert(walk, json!(term));
        let follows = round.follows.map(|action| known(&self.actions, &action));
        let request = json!({
            "walk": null,
            "name": round.name,
            "focus": round.focus,
            "purpose": round.purpose,
            "template": self.template,
            "term": term,
            "classes": classes,
            "observers": observers,
            "follows": follows.transpose()?,
        });
        let answer = self.call(HEAD, "walk_put", request)?;
        let id = answer
            .get("walk")
            .cloned()
            .ok_or_else(|| astray(&round.name))?;
        self.walks.insert(walk, id);
        Ok(())
    }

    fn visit(&mut self, visit: usize, walk: usize, stop: &Stop) -> Result<(), ApiError> {
        let request = json!({
            "visit": null,
            "walk": known(&self.walks, &walk)?,
            "class": known(&self.classes, stop.group.name)?,
            "starts_at": stop.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            "minutes": MINUTES,
            "observers": self.ids(stop.observers)?,
            "subject": stop.subject.name,
            "part": stop.part,
        });
        let answer = self.call(HEAD, "visit_put", request)?;
        let lines = answer
            .get("visits")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let id = lines
            .filter_map(|line| serde_json::from_value(line.pointer("/card/visit")?.clone()).ok())
            .find(|id| !self.visits.values().any(|before| before == id))
            .ok_or_else(|| astray(stop.group.name))?;
        self.visits.insert(visit, id);
        Ok(())
    }

    /// The observer's device brings in what was written on it, each field with the stamp of its own moment, in one call
    /// of a sync. So a visit costs one commit here, where it cost some thirty on the tablet.
    fn observation(
        &mut self,
        visit: usize,
        observer: &'static str,
        written: Vec<(DateTime<FixedOffset>, String, Value)>,
    ) -> Result<(), ApiError> {
        let actor = *known(&self.people, observer)?;
        let visit = *known(&self.visits, &visit)?;
        let clock = self
            .clocks
            .entry(observer)
            .or_insert_with(|| HybridClock::new(actor.device, None));
        let mut record = WireRecord {
            id: ObservationId::derive(visit, actor.person).into(),
            kind: Kind::Observation,
            version: None,
            fields: [("visit", json!(visit)), ("observer", json!(actor.person))]
                .into_iter()
                .zip(written.iter().map(|(at, ..)| millis(*at)))
                .map(|((name, value), at)| {
                    (
                        name.to_owned(),
                        Field {
                            value,
                            stamp: clock.tick(at),
                        },
                    )
                })
                .collect(),
        };
        for (at, name, value) in written {
            let name = match name.strip_suffix('*') {
                Some(family) => format!("{family}{}", line_key(at)),
                None => name,
            };
            let value = if name.ends_with("ed_at") {
                time_value(at.to_utc())
            } else {
                value
            };
            record.fields.insert(
                name,
                Field {
                    value,
                    stamp: clock.tick(millis(at)),
                },
            );
        }
        self.bring_in(&actor, record)
    }

    fn bring_in(&self, actor: &Actor, record: WireRecord) -> Result<(), ApiError> {
        let request = SyncRequest {
            records: vec![record],
            waiting: Some(0),
            ..SyncRequest::default()
        };
        let answer = self.desk.exchange(actor, request)?;
        let refused = answer
            .results
            .into_iter()
            .flat_map(|result| result.refused)
            .next();
        refused.map_or(Ok(()), |refused| {
            Err(ApiError::new(Code::Refused, refused.message))
        })
    }
}

/// The key of a line written at this moment; keys sort in order of writing.
fn line_key(at: DateTime<FixedOffset>) -> String {
    let nanos = at.timestamp_subsec_nanos();
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos)).to_string()
}

fn known<'m, Key, Name, Thing>(
    things: &'m HashMap<Key, Thing>,
    name: &Name,
) -> Result<&'m Thing, ApiError>
where
    Key: std::borrow::Borrow<Name> + std::hash::Hash + Eq,
    Name: std::hash::Hash + Eq + std::fmt::Debug + ?Sized,
{
    things.get(name).ok_or_else(|| astray(&format!("{name:?}")))
}

/// In a list of an answer, the id of the line with this name.
fn found(answer: &Value, list: &str, key: &str, name: &str, id: &str) -> Result<Value, ApiError> {
    let lines = answer.get(list).and_then(Value::as_array);
    lines
        .into_iter()
        .flatten()
        .find(|line| line.get(key).and_then(Value::as_str) == Some(name))
        .and_then(|line| line.get(id).cloned())
        .ok_or_else(|| astray(name))
}

fn astray(name: &str) -> ApiError {
    tracing::error!(name, "the demo school names what is not there");
    ApiError::new(
        Code::Internal,
        "The demo school could not be loaded: a part of it is missing.",
    )
}
