//! The life of a visit: planned, noticed, open, finished, shared, answered.
//!
//! [`Life`] holds all that is known of one visit; each step of its life is a method that either gives a [`Step`], which
//! alone can say which fields to write, or says why not and from when. So a wrong step has no way to be written.

use chrono::{DateTime, Duration, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Visit;
use crate::field::time_value;
use crate::notice::{Notice, counts_since, days_in_words, opens_at, stands_since};
use crate::observation::Observation;
use crate::response::Response;
use crate::school::Settings;
use crate::share::{Share, may_share};
use crate::walk::Walk;
use crate::{ObservationId, PersonId, RecordId, Refusal, ResponseId, ShareId};

/// Where a visit stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// In the plan, not announced as it stands.
    Planned,
    /// Announced.
    Noticed,
    /// An observer has begun.
    Open,
    /// All observers who began have finished.
    Finished,
    /// Released to the teachers.
    Shared,
    /// A teacher has answered.
    Answered,
}

/// Why a visit cannot be started, and from when it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The rule.
    pub refusal: Refusal,
    /// The first moment it could be started, if it only needs to wait.
    pub from: Option<DateTime<FixedOffset>>,
}

/// A permitted step: the fields it writes, and where. Only a [`Life`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    record: RecordId,
    fields: Vec<(&'static str, Value)>,
}

impl Step {
    /// Into which record.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// Which fields with which values; none when the step was taken before.
    pub fn into_fields(self) -> Vec<(&'static str, Value)> {
        self.fields
    }
}

/// All that is known of one visit.
#[derive(Debug, Clone, Copy)]
pub struct Life<'a> {
    /// The visit.
    pub visit: &'a Visit,
    /// Its walk.
    pub walk: &'a Walk,
    /// The notices of its walk.
    pub notices: &'a [Notice],
    /// The observations of it that are known here.
    pub observations: &'a [Observation],
    /// Its share, if it was shared.
    pub share: Option<&'a Share>,
    /// The responses to it that are known here.
    pub responses: &'a [Response],
}

impl<'a> Life<'a> {
    /// Where it stands.
    pub fn state(&self) -> VisitState {
        if self.share.is_some() {
            if self
                .responses
                .iter()
                .any(|response| response.sent_at.is_some())
            {
                VisitState::Answered
            } else {
                VisitState::Shared
            }
        } else if self.observations.iter().any(Observation::is_open) {
            VisitState::Open
        } else if self.observations.iter().any(|o| o.finished_at.is_some()) {
            VisitState::Finished
        } else if self.noticed_since().is_some() {
            VisitState::Noticed
        } else {
            VisitState::Planned
        }
    }

    /// Since when it has stood announced as planned (R3).
    pub fn noticed_since(&self) -> Option<DateTime<FixedOffset>> {
        stands_since(self.visit, self.walk, self.notices)
    }

    /// The observation of one observer.
    pub fn observation(&self, observer: PersonId) -> Option<&'a Observation> {
        self.observations.iter().find(|o| o.observer == observer)
    }

    /// When the visit ended: when its last observer finished, or as planned (R12 counts from here). An observer who
    /// presses finish late was not longer in the room for that, so the clock does not wait for it.
    pub fn ended_at(&self) -> DateTime<FixedOffset> {
        let planned = Duration::minutes(self.visit.minutes);
        self.observations
            .iter()
            .filter_map(|o| {
                let finished = o.finished_at?;
                let began = o.started_at.unwrap_or(finished);
                Some(finished.min(began + planned))
            })
            .max()
            .unwrap_or_else(|| self.visit.ends_at())
    }

    /// Why `observer` cannot start now, if so: not theirs, called off, no notice, a notice too young, another day (R2,
    /// R3, R6).
    pub fn lock(
        &self,
        observer: PersonId,
        now: DateTime<FixedOffset>,
        settings: &Settings,
    ) -> Option<Lock> {
        let locked = |code, message: String, from| {
            Some(Lock {
                refusal: Refusal::new(code, message),
                from,
            })
        };
        if !self.visit.observers.contains(&observer) {
            return locked(
                "not_observer",
                "You are not an observer of this visit. A leader can change who visits, with a new notice.".into(),
                None,
            );
        }
        if self.visit.is_cancelled {
            return locked("cancelled", "This visit was called off.".into(), None);
        }
        let days = days_in_words(settings);
        let Some(since) = counts_since(self.visit, self.walk, self.notices) else {
            if self.noticed_since().is_some() {
                return locked(
                    "notice_waiting",
                    format!(
                        "The notice of this visit is still on this device. It stands for its {days} from when the hub has it and staff can read it: connect to the hub of your school."
                    ),
                    None,
                );
            }
            return locked(
                "no_notice",
                format!(
                    "Staff have not had notice of this visit as it is planned now. Once a leader has given it and it has stood for {} days, the visit can be started.",
                    settings.notice_days
                ),
                None,
            );
        };
        let ready = opens_at(since, settings);
        if now < ready {
            let given = since.format("%-d %B");
            // The day it is planned for may be over by then: waiting does not help, another day does.
            let comes_too_early = self.visit.starts_at.date_naive() < ready.date_naive();
            let message = if comes_too_early {
                let earliest = ready.format("%A %-d %B");
                format!(
                    "Notice was given on {given} and must stand for {days}, so this visit comes too early. A leader can plan it for {earliest} or later."
                )
            } else {
                format!("Notice was given on {given}. It must stand for {days} before a visit.")
            };
            return locked("notice_too_young", message, Some(ready));
        }
        if !self.visit.is_on_day_of(now) {
            let is_past = now > self.visit.starts_at;
            let day = self.visit.starts_at.format("%A %-d %B");
            // A flat battery can leave a tablet in another year; the observer sees it here and can set it right.
            let today = now
                .with_timezone(self.visit.starts_at.offset())
                .format("%A %-d %B %Y");
            return if is_past {
                locked(
                    "day_passed",
                    format!(
                        "This visit was announced for {day}, and this device’s clock says {today}. To make it on another day a leader gives a new notice."
                    ),
                    None,
                )
            } else {
                let midnight = self.visit.starts_at
                    - Duration::seconds(i64::from(chrono::Timelike::num_seconds_from_midnight(
                        &self.visit.starts_at,
                    )));
                locked(
                    "day_to_come",
                    format!(
                        "This visit is announced for {day} and can be started on that day. This device’s clock says {today}."
                    ),
                    Some(midnight),
                )
            };
        }
        None
    }

    /// The step with which `observer` begins. Beginning twice is harmless.
    pub fn start(
        &self,
        observer: PersonId,
        now: DateTime<FixedOffset>,
        settings: &Settings,
    ) -> Result<Step, Lock> {
        let record = ObservationId::derive(self.visit.id, observer).into();
        if self
            .observation(observer)
            .is_some_and(|o| o.started_at.is_some())
        {
            return Ok(Step {
                record,
                fields: Vec::new(),
            });
        }
        match self.lock(observer, now, settings) {
            Some(lock) => Err(lock),
            None => Ok(Step {
                record,
                fields: vec![
                    ("visit", json!(self.visit.id)),
                    ("observer", json!(observer)),
                    ("started_at", time_value(now.to_utc())),
                ],
            }),
        }
    }

    /// The step with which `observer` finishes. Finishing twice is harmless: the first time stands.
    pub fn finish(&self, observer: PersonId, now: DateTime<FixedOffset>) -> Result<Step, Refusal> {
        let record = ObservationId::derive(self.visit.id, observer).into();
        match self.observation(observer) {
            Some(o) if o.finished_at.is_some() => Ok(Step {
                record,
                fields: Vec::new(),
            }),
            Some(o) if o.started_at.is_some() => Ok(Step {
                record,
                fields: vec![("finished_at", time_value(now.to_utc()))],
            }),
            _ => Err(Refusal::new(
                "not_started",
                "This visit has not been started, so there is nothing to finish.",
            )),
        }
    }

    /// The step with which a leader releases the record (R8, R12). Sharing twice is harmless.
    pub fn share(&self, now: DateTime<FixedOffset>, talked: bool) -> Result<Step, Refusal> {
        let record = ShareId::derive(self.visit.id).into();
        if self.share.is_some() {
            return Ok(Step {
                record,
                fields: Vec::new(),
            });
        }
        may_share(self.observations)?;
        Ok(Step {
            record,
            fields: vec![
                ("visit", json!(self.visit.id)),
                ("shared_at", time_value(now.to_utc())),
                ("talked", json!(talked)),
            ],
        })
    }

    /// The step with which a teacher begins to answer; a response can be written only to a shared record (R8).
    pub fn respond(&self, teacher: PersonId) -> Result<Step, Refusal> {
        self.must_be_shared()?;
        Ok(Step {
            record: ResponseId::derive(self.visit.id, teacher).into(),
            fields: match self.responses.iter().any(|r| r.teacher == teacher) {
                true => Vec::new(),
                false => vec![("visit", json!(self.visit.id)), ("teacher", json!(teacher))],
            },
        })
    }

    /// The step with which a teacher sends the answer. Sending twice is harmless.
    pub fn answer(&self, teacher: PersonId, now: DateTime<FixedOffset>) -> Result<Step, Refusal> {
        self.must_be_shared()?;
        let record = ResponseId::derive(self.visit.id, teacher).into();
        match self.responses.iter().find(|r| r.teacher == teacher) {
            Some(response) if response.sent_at.is_some() => Ok(Step {
                record,
                fields: Vec::new(),
            }),
            Some(response) if !response.is_empty() => Ok(Step {
                record,
                fields: vec![("sent_at", time_value(now.to_utc()))],
            }),
            _ => Err(Refusal::new(
                "empty_response",
                "There is nothing written to send yet.",
            )),
        }
    }

    fn must_be_shared(&self) -> Result<(), Refusal> {
        self.share.map(|_| ()).ok_or_else(|| {
            Refusal::new(
                "not_shared",
                "This record has not been shared yet, so it cannot be answered.",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::notice::announced;
    use crate::visit::Part;
    use crate::{ClassId, Record, VisitId, WalkId};

    const ADA: u128 = 20;
    const BEN: u128 = 31;

    fn at(text: &str) -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339(text).unwrap()
    }

    fn person(n: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(n))
    }

    fn visit() -> Visit {
        Visit {
            id: VisitId::from_uuid(Uuid::from_u128(100)),
            walk: WalkId::from_uuid(Uuid::from_u128(200)),
            class: ClassId::from_uuid(Uuid::from_u128(300)),
            starts_at: at("2026-11-17T09:30:00+00:00"),
            minutes: 20,
            observers: vec![person(ADA)],
            subject: "Science".into(),
            part: Part::Main,
            is_cancelled: false,
            crowded: Vec::new(),
            taught_by: Vec::new(),
        }
    }

    fn walk() -> Walk {
        Walk {
            id: WalkId::from_uuid(Uuid::from_u128(200)),
            name: "Autumn walk".into(),
            focus: "Pupils' independence".into(),
            purpose: String::new(),
            template: None,
            term: None,
            classes: Vec::new(),
            observers: Vec::new(),
            follows: None,
        }
    }

    fn notice(visit: &Visit, given: &str) -> Notice {
        Notice {
            walk: visit.walk,
            given_at: at(given),
            is_waiting: false,
            focus: "Pupils' independence".into(),
            visits: BTreeMap::from([(visit.id, announced(visit))]),
        }
    }

    fn observation(observer: u128, finished: bool) -> Observation {
        let mut record = Record::new(
            ObservationId::derive(visit().id, person(observer)),
            crate::Kind::Observation,
        );
        let stamp = crate::Stamp::new(1, 0, [0; 6]);
        let mut put = |name: &str, value| record.put(name, crate::Field { value, stamp });
        put("visit", json!(visit().id));
        put("observer", json!(person(observer)));
        put("started_at", json!("2026-11-17T09:31:00Z"));
        if finished {
            put("finished_at", json!("2026-11-17T09:49:00Z"));
        }
        Observation::read(&record).unwrap()
    }

    fn life<'a>(
        visit: &'a Visit,
        walk: &'a Walk,
        notices: &'a [Notice],
        observations: &'a [Observation],
    ) -> Life<'a> {
        Life {
            visit,
            walk,
            notices,
            observations,
            share: None,
            responses: &[],
        }
    }

    #[test]
    fn a_visit_without_notice_cannot_be_started() {
        let (visit, walk) = (visit(), walk());
        let lock = life(&visit, &walk, &[], &[])
            .start(person(ADA), visit.starts_at, &Settings::default())
            .unwrap_err();
        assert_eq!(lock.refusal.code(), "no_notice");
    }

    #[test]
    fn a_notice_must_stand_for_its_days_and_the_lock_says_until_when() {
        let (visit, walk) = (visit(), walk());
        let notices = [notice(&visit, "2026-11-12T08:00:00+00:00")];
        let lock = life(&visit, &walk, &notices, &[])
            .start(person(ADA), visit.starts_at, &Settings::default())
            .unwrap_err();
        assert_eq!(lock.refusal.code(), "notice_too_young");
        assert_eq!(lock.from, Some(at("2026-11-19T08:00:00+00:00")));
        // Waiting does not help a visit that is planned for the 17th.
        assert!(
            lock.refusal
                .message()
                .contains("plan it for Thursday 19 November or later")
        );
    }

    #[test]
    fn a_change_after_notice_needs_a_new_one() {
        let (mut visit, walk) = (visit(), walk());
        let notices = [notice(&visit, "2026-11-02T08:00:00+00:00")];
        let settings = Settings::default();
        assert!(
            life(&visit, &walk, &notices, &[])
                .start(person(ADA), visit.starts_at, &settings)
                .is_ok()
        );
        visit.observers.push(person(BEN));
        let lock = life(&visit, &walk, &notices, &[])
            .start(person(ADA), visit.starts_at, &settings)
            .unwrap_err();
        assert_eq!(lock.refusal.code(), "no_notice");
    }

    #[test]
    fn a_visit_is_made_on_its_own_day() {
        let (visit, walk) = (visit(), walk());
        let notices = [notice(&visit, "2026-11-02T08:00:00+00:00")];
        let settings = Settings::default();
        let start = |now: &str| {
            life(&visit, &walk, &notices, &[])
                .start(person(ADA), at(now), &settings)
                .map_err(|lock| lock.refusal.code())
        };
        assert_eq!(start("2026-11-16T23:00:00+00:00"), Err("day_to_come"));
        assert!(start("2026-11-17T11:00:00+00:00").is_ok());
        assert_eq!(start("2026-11-18T00:10:00+00:00"), Err("day_passed"));
    }

    #[test]
    fn only_an_observer_of_the_visit_starts_it() {
        let (visit, walk) = (visit(), walk());
        let notices = [notice(&visit, "2026-11-02T08:00:00+00:00")];
        let lock = life(&visit, &walk, &notices, &[])
            .start(person(BEN), visit.starts_at, &Settings::default())
            .unwrap_err();
        assert_eq!(lock.refusal.code(), "not_observer");
    }

    #[test]
    fn finishing_twice_is_harmless() {
        let (visit, walk) = (visit(), walk());
        let observations = [observation(ADA, true)];
        let step = life(&visit, &walk, &[], &observations)
            .finish(person(ADA), visit.ends_at())
            .unwrap();
        assert!(step.into_fields().is_empty());
    }

    #[test]
    fn a_record_is_shared_only_when_nobody_is_still_writing() {
        let (visit, walk) = (visit(), walk());
        let both = [observation(ADA, true), observation(BEN, false)];
        assert_eq!(
            life(&visit, &walk, &[], &both)
                .share(visit.ends_at(), false)
                .unwrap_err()
                .code(),
            "still_open"
        );
        assert_eq!(
            life(&visit, &walk, &[], &[])
                .share(visit.ends_at(), false)
                .unwrap_err()
                .code(),
            "nothing_finished"
        );
        assert!(
            life(&visit, &walk, &[], &both[..1])
                .share(visit.ends_at(), true)
                .is_ok()
        );
    }

    #[test]
    fn a_record_that_is_not_shared_cannot_be_answered() {
        let (visit, walk) = (visit(), walk());
        let observations = [observation(ADA, true)];
        let life = life(&visit, &walk, &[], &observations);
        assert_eq!(life.respond(person(BEN)).unwrap_err().code(), "not_shared");
        assert_eq!(life.state(), VisitState::Finished);
    }
}
