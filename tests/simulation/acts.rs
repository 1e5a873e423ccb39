//! What people do: each act is a command of the table, as a screen would call it.

use alongside_api::{Actor, ApiError};
use alongside_domain::{
    ConcernId, DeviceId, Kind, NoticeId, ObservationId, PersonId, Record, RecordId, ShareId,
    VisitId,
};
use alongside_store::Reader;
use chrono::Duration;
use serde_json::{Value, json};

use crate::device::actor;
use crate::school::{self, ANSA, BRAM, CLASSES, HEAD, LEADER, PEOPLE, SUNNA, TILDE, TOVE, WALK};
use crate::world::World;

type Asked = (&'static str, Value);

impl World {
    /// Someone does something on their own device.
    pub fn act(&mut self, no: usize) {
        let person = self.devices[no].actor.person;
        // A run of ticks, as in a lesson.
        let times = self.chance.pick(&[1, 1, 2, 5]);
        let visits = self.devices[no].read(|reader| {
            let mut visits = Vec::new();
            for (id, _) in &self.visits {
                visits.extend(reader.get((*id).into()).unwrap());
            }
            visits
        });
        let Some(asked) = self.wish(person, &visits, no) else {
            return;
        };
        self.tap(no, asked.clone());
        for _ in 1..times {
            let Some(more) = self.more_of(&asked) else {
                return;
            };
            self.tap(no, more);
        }
    }

    fn tap(&mut self, no: usize, (command, request): Asked) {
        let said = request.to_string();
        let answer = self.devices[no].call(command, request);
        let full = self.devices[no].disk.take_refused_full();
        for _ in 0..full {
            self.shared.count("device disk full");
        }
        let went = went(&answer);
        self.devices[no].say(format!("{command} {said}: {went}"));
        self.shared.count(match answer {
            Some(Ok(_)) => "command done",
            Some(Err(_)) => "command refused",
            None => "command cut off",
        });
        if let Some(Ok(_)) = answer {
            self.shared.count(kind_of_act(command));
        }
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word {}", self.words)
    }

    /// Another tick of the same kind.
    fn more_of(&mut self, (command, request): &Asked) -> Option<Asked> {
        match *command {
            "observation_write" => {
                let edit = self.edit();
                Some((
                    "observation_write",
                    json!({ "visit": request["visit"], "edit": edit }),
                ))
            }
            _ => None,
        }
    }

    fn edit(&mut self) -> Value {
        let entry = self.chance.pick(&["e1", "e2", "e3"]);
        let text = self.word();
        match self.chance.below(10) {
            0..=4 => {
                let criterion = self
                    .chance
                    .pick(&["aids", "zones", "time", "blank", "tidy"]);
                let mark = self.chance.pick(&[Some("seen"), Some("not_seen"), None]);
                json!({ "what": "mark", "criterion": criterion, "mark": mark })
            }
            5 | 6 => json!({ "what": "comment", "section": "communication", "text": text }),
            7 => json!({ "what": "went_well", "entry": entry, "text": text }),
            8 => match self.chance.below(3) {
                0 => json!({ "what": "even_better_if", "entry": entry, "text": null }),
                _ => json!({ "what": "even_better_if", "entry": entry, "text": text }),
            },
            _ => match self.chance.below(3) {
                0 => json!({ "what": "addition", "entry": entry, "text": text }),
                _ => json!({ "what": "overall", "text": text }),
            },
        }
    }

    fn wish(&mut self, person: PersonId, visits: &[Record], no: usize) -> Option<Asked> {
        let own: Vec<VisitId> = visits
            .iter()
            .filter(|visit| visit.ids::<PersonId>("observers").contains(&person))
            .map(|visit| visit.id.into())
            .collect();
        let leads = person == HEAD || person == LEADER;
        let teaches = [TILDE, TOVE, BRAM].contains(&person);
        let role = self.chance.weighed(&[
            (if own.is_empty() { 0 } else { 60 }, 'o'),
            (if leads { 40 } else { 0 }, 'l'),
            (if teaches { 40 } else { 0 }, 't'),
            (8, 'a'),
        ]);
        match role {
            'o' => {
                let act = self.chance.below(14);
                let begun = self.begun(no, person, &own);
                let visit = match act {
                    0..=3 => self.chance.pick(&own),
                    _ => self.mostly(&begun, &own),
                };
                Some(match act {
                    0..=3 => ("visit_start", json!({ "visit": visit })),
                    4 | 5 => ("visit_finish", json!({ "visit": visit })),
                    _ => {
                        let edit = self.edit();
                        ("observation_write", json!({ "visit": visit, "edit": edit }))
                    }
                })
            }
            'l' => self.lead(visits, no),
            't' => {
                let all: Vec<VisitId> = visits.iter().map(|visit| visit.id.into()).collect();
                if all.is_empty() {
                    return None;
                }
                let shared = self.shared_here(no, &all);
                let visit = self.mostly(&shared, &all);
                let text = self.word();
                Some(match self.chance.below(9) {
                    0..=2 => (
                        "response_write",
                        json!({ "visit": visit, "edit": { "what": "overall", "text": text } }),
                    ),
                    3 => (
                        "response_write",
                        json!({ "visit": visit, "edit": { "what": "comment", "section": "communication", "text": text } }),
                    ),
                    4 | 5 => ("response_send", json!({ "visit": visit })),
                    6 => (
                        "reflection_write",
                        json!({ "visit": visit, "edit": { "what": "confirmed", "text": text } }),
                    ),
                    7 => {
                        let reader = self.chance.pick(&[HEAD, LEADER, SUNNA]);
                        (
                            "reflection_write",
                            json!({ "visit": visit, "edit": { "what": "readers", "people": [reader] } }),
                        )
                    }
                    _ => ("acknowledgement_give", json!({ "of": visit })),
                })
            }
            _ => {
                let text = self.word();
                if self.chance.per_mille(500) {
                    return Some((
                        "concern_raise",
                        json!({ "text": text, "with_line_manager": false }),
                    ));
                }
                let notices: Vec<NoticeId> = self.ids_of(no, &Kind::Notice);
                (!notices.is_empty()).then(|| {
                    let notice = self.chance.pick(&notices);
                    ("acknowledgement_give", json!({ "of": notice }))
                })
            }
        }
    }

    /// One of those with which it works, nearly always, if there are any.
    fn mostly(&mut self, these: &[VisitId], all: &[VisitId]) -> VisitId {
        match these.is_empty() || self.chance.per_mille(150) {
            true => self.chance.pick(all),
            false => self.chance.pick(these),
        }
    }

    fn begun(&self, no: usize, person: PersonId, visits: &[VisitId]) -> Vec<VisitId> {
        let has_begun = |visit: &&VisitId| {
            let id = ObservationId::derive(**visit, person);
            self.devices[no].read(|reader| reader.get(id.into()).unwrap().is_some())
        };
        visits.iter().filter(has_begun).copied().collect()
    }

    fn shared_here(&self, no: usize, visits: &[VisitId]) -> Vec<VisitId> {
        let is_shared = |visit: &&VisitId| {
            let id = ShareId::derive(**visit);
            self.devices[no].read(|reader| reader.get(id.into()).unwrap().is_some())
        };
        visits.iter().filter(is_shared).copied().collect()
    }

    fn finished_here(&self, no: usize, visits: &[VisitId]) -> Vec<VisitId> {
        let is_finished = |visit: &&VisitId| {
            let under = |reader: &dyn Reader| {
                reader
                    .heads_under(&Kind::Observation, (**visit).into())
                    .unwrap()
            };
            let heads = self.devices[no].read(under);
            heads.iter().any(|head| head.value("finished_at").is_some())
        };
        visits.iter().filter(is_finished).copied().collect()
    }

    fn ids_of<Id: From<RecordId>>(&self, no: usize, kind: &Kind) -> Vec<Id> {
        let records = self.devices[no].read(|reader| reader.list(kind).unwrap());
        records.into_iter().map(|record| record.id.into()).collect()
    }

    fn lead(&mut self, visits: &[Record], no: usize) -> Option<Asked> {
        let text = self.word();
        let all: Vec<(VisitId, RecordId)> = visits
            .iter()
            .filter_map(|visit| Some((visit.id.into(), visit.id::<RecordId>("class")?)))
            .collect();
        let now = self.devices[no].wall.now();
        let observers = |world: &mut Self| {
            let one = world.chance.pick(&[ANSA, BRAM, LEADER, HEAD]);
            let other = world.chance.pick(&[ANSA, BRAM, LEADER, HEAD]);
            match one == other {
                true => vec![one],
                false => vec![one, other],
            }
        };
        Some(match self.chance.below(24) {
            0..=7 if !all.is_empty() => {
                let talked = self.chance.per_mille(500);
                let ids: Vec<VisitId> = all.iter().map(|(visit, _)| *visit).collect();
                let finished = self.finished_here(no, &ids);
                let visit = self.mostly(&finished, &ids);
                ("record_share", json!({ "visit": visit, "talked": talked }))
            }
            8..=10 if !all.is_empty() => {
                self.shared.count("observers swapped");
                let (visit, class) = self.chance.pick(&all);
                let by = observers(self);
                let held = visits.iter().find(|held| held.id == visit.into());
                let at = held.and_then(|held| held.time("starts_at"))?.to_utc();
                ("visit_put", school::visit(visit, class.into(), at, &by))
            }
            11 => {
                let visit = VisitId::from_uuid(self.chance.uuid());
                let class = self.chance.pick(&CLASSES).0;
                let by = observers(self);
                self.visits.push((visit, class));
                (
                    "visit_put",
                    school::visit(visit, class, now + Duration::days(8), &by),
                )
            }
            12 if !all.is_empty() => {
                let (visit, _) = self.chance.pick(&all);
                ("visit_cancel", json!({ "visit": visit }))
            }
            13 | 14 => ("notice_give", json!({ "walk": WALK })),
            15 => {
                let class = self.chance.below(5) as usize;
                let teacher = self.chance.pick(&[TILDE, TOVE, BRAM]);
                ("class_put", school::class(class, teacher))
            }
            16 => ("report_start", json!({ "walk": WALK })),
            17 | 18 => (
                "report_write",
                json!({ "walk": WALK, "edit": { "what": "changes", "text": text } }),
            ),
            19 => ("report_publish", json!({ "walk": WALK })),
            20 => (
                "debrief_write",
                json!({ "walk": WALK, "edit": { "what": "overall", "text": text } }),
            ),
            21 => {
                let concerns: Vec<ConcernId> = self.ids_of(no, &Kind::Concern);
                if concerns.is_empty() {
                    return None;
                }
                let concern = self.chance.pick(&concerns);
                (
                    "concern_answer",
                    json!({ "concern": concern, "answer": text }),
                )
            }
            22 => {
                let minutes = self.chance.pick(&[0, 15, 60]);
                (
                    "setting_put",
                    json!({ "key": "tidy_minutes", "value": minutes }),
                )
            }
            _ => {
                let class = self.chance.below(5) as usize;
                let teacher = CLASSES[class].2;
                ("class_put", school::class(class, teacher))
            }
        })
    }

    /// Someone does something in a browser, at the hub itself.
    pub fn act_at_hub(&mut self) {
        let all = self.visits.clone();
        let (visit, _) = self.chance.pick(&all);
        let (who, asked): (PersonId, Asked) = match self.chance.below(4) {
            0 => (
                HEAD,
                ("record_share", json!({ "visit": visit, "talked": true })),
            ),
            1 => {
                let text = self.word();
                let edit = json!({ "what": "overall", "text": text });
                let teacher = self.chance.pick(&[TILDE, TOVE, BRAM]);
                (
                    teacher,
                    ("response_write", json!({ "visit": visit, "edit": edit })),
                )
            }
            2 => {
                let class = self.chance.below(5) as usize;
                let teacher = self.chance.pick(&[TILDE, TOVE]);
                (HEAD, ("class_put", school::class(class, teacher)))
            }
            _ => {
                let text = self.word();
                let asked = json!({ "text": text, "with_line_manager": false });
                (SUNNA, ("concern_raise", asked))
            }
        };
        self.ask_hub(who, asked);
    }

    fn ask_hub(&mut self, who: PersonId, (command, request): Asked) -> bool {
        let hub = self.hubs[self.home].clone();
        let said = request.to_string();
        let answer = hub.call(&browser(who), command, request);
        if let Some(full) = hub.disk().map(|disk| disk.take_refused_full()) {
            for _ in 0..full {
                self.shared.count("hub disk full");
            }
        }
        self.shared.say(format!(
            "at {}: {command} {said}: {}",
            hub.name,
            went(&answer)
        ));
        let is_done = matches!(answer, Some(Ok(_)));
        if is_done {
            self.shared.count(kind_of_act(command));
            self.shared.count("done in a browser");
        }
        is_done
    }

    /// Someone leaves the school or comes back; a token is taken away; a device is let in again.
    pub fn people_come_and_go(&mut self, no: usize) {
        match self.chance.below(3) {
            0 => {
                let (person, ..) = PEOPLE[self.chance.within(2, PEOPLE.len() as u64) as usize];
                let is_active = self.away.contains(&person);
                let asked = school::person(person, is_active);
                if self.ask_hub(HEAD, ("person_put", asked)) {
                    match is_active {
                        true => self.away.remove(&person),
                        false => self.away.insert(person),
                    };
                    self.shared.count(match is_active {
                        true => "a person came back",
                        false => "a person left",
                    });
                }
            }
            1 => {
                let hub = self.hubs[self.devices[no].hub].clone();
                if let Some(desk) = hub.desk()
                    && desk.let_out(&self.devices[no].actor).is_ok()
                {
                    self.devices[no].say("is not let in any more");
                    self.shared.count("a device was revoked");
                }
            }
            _ => self.act(no),
        }
    }

    /// Brings everyone back who is away.
    pub fn everyone_comes_back(&mut self) {
        for person in self.away.clone() {
            if self.ask_hub(HEAD, ("person_put", school::person(person, true))) {
                self.away.remove(&person);
            }
        }
    }
}

/// The browser that a person uses at the hub.
pub fn browser(person: PersonId) -> Actor {
    let place = PEOPLE.iter().position(|(id, ..)| *id == person);
    let number = 6_000 + 13 * place.unwrap_or_default() as u128;
    actor(person, DeviceId::from_uuid(school::id(number)))
}

fn went(answer: &Option<Result<Value, ApiError>>) -> String {
    match answer {
        Some(Ok(_)) => "done".into(),
        Some(Err(error)) => format!("{:?}: {}", error.code, error.message),
        None => "cut off".into(),
    }
}

/// Under which name an act is counted.
fn kind_of_act(command: &str) -> &'static str {
    match command {
        "visit_start" => "a visit was started",
        "visit_finish" => "a visit was finished",
        "observation_write" => "a tick or a word",
        "record_share" => "a record was shared",
        "response_write" | "response_send" => "a teacher answered",
        "visit_put" | "visit_cancel" | "notice_give" => "a plan was changed",
        "concern_raise" | "concern_answer" => "a concern",
        _ => "something else was done",
    }
}
