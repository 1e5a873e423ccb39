//! What leaders plan and observers write: templates, walks, notices, visits, observations.

use std::collections::HashMap;

use alongside_domain::class::Class;
use alongside_domain::notice::Notice;
use alongside_domain::observation::ADDITION_MINUTES;
use alongside_domain::template::limit::{check_field, check_size, may_freeze};
use alongside_domain::template::{ASIDE, Template};
use alongside_domain::visit::{
    TEACHERS, Visit, check_minutes, check_new_teachers, check_yearly_maximum,
};
use alongside_domain::walk::{COVER_FLOOR, check_cover};
use alongside_domain::{ClassId, Field, Kind, ObservationId, Record, ShareId, VisitId, WalkId};

use super::{Judge, Verdict, Way, refuse};
use crate::{ApiError, Place};

/// An addition can be corrected while it is being written; then it stays, and another one is added.
pub(super) fn addition(held: Option<&Record>, name: &str, field: &Field) -> Result<(), Verdict> {
    let before = held
        .and_then(|held| held.fields.get(name))
        .filter(|before| !before.value.is_null() && *before != field);
    let until = before.map(|before| before.stamp.millis() + ADDITION_MINUTES * 60_000);
    if until.is_some_and(|until| field.stamp.millis() > until) {
        return Err(refuse(
            "addition_made",
            "This addition was made before, so it stays as it is. Add another one.",
        ));
    }
    Ok(())
}

impl Judge<'_> {
    pub(super) fn observation(&self, candidate: &Record) -> Result<(), Verdict> {
        let visit = self.visit_of(candidate)?;
        let observer = candidate.id("observer");
        if observer != Some(self.standing.id())
            || candidate.id != ObservationId::derive(visit.id, self.standing.id()).into()
        {
            return Err(refuse(
                "not_yours",
                "An observation is written by its observer alone.",
            ));
        }
        if !visit.observers.contains(&self.standing.id()) {
            return Err(refuse(
                "not_observer",
                "You are not an observer of this visit, so this was not taken. A leader can change who visits, with a new notice.",
            ));
        }
        Ok(())
    }

    pub(super) fn observation_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if name == "started_at" {
            return self.started_at(held, field);
        }
        let finished = held
            .and_then(|held| held.fields.get("finished_at"))
            .filter(|f| !f.value.is_null());
        if let Some(finished) = finished {
            if name == "finished_at" && finished != field {
                return Err(refuse(
                    "already_finished",
                    "This visit was finished before; the first time stands.",
                ));
            }
            if name.starts_with("additions.") {
                return addition(held, name, field);
            }
            let before = held.and_then(|held| held.fields.get(name));
            let is_new = before.is_none_or(|before| before.stamp < field.stamp);
            if before != Some(field)
                && (finished.stamp < field.stamp || (self.place == Place::Hub && is_new))
            {
                return self.tidying(held, finished, field);
            }
        } else if name.starts_with("additions.") {
            return Err(refuse(
                "not_finished",
                "Additions come after a visit is finished. Until then write it where it belongs.",
            ));
        }
        match name {
            "finished_at" => self.not_ahead(field),
            _ => Ok(()),
        }
    }

    /// For a time after finishing an observation can be corrected; sharing ends that at once (R8). Counted by the stamps of
    /// its one observer, so that a tablet that comes home late is judged by when its words were written. A stamp is only what
    /// a client says, so at the hub nothing changes under a record that was shared, however old it claims to be.
    fn tidying(
        &self,
        held: Option<&Record>,
        finished: &Field,
        field: &Field,
    ) -> Result<(), Verdict> {
        let tidy = self.facts.settings()?.tidy_minutes;
        let until = finished.stamp.millis() + u64::try_from(tidy).unwrap_or_default() * 60_000;
        let share = held
            .and_then(|held| held.id::<VisitId>("visit"))
            .map(|visit| self.facts.record(ShareId::derive(visit), &Kind::Share))
            .transpose()?
            .flatten();
        let was_shared = share
            .and_then(|share| share.fields.get("shared_at").map(|shared| shared.stamp))
            .is_some_and(|shared| self.place == Place::Hub || shared < field.stamp);
        if field.stamp.millis() <= until && !was_shared {
            return Ok(());
        }
        Err(refuse(
            "observation_finished",
            "This visit is finished, so the observation stays as it is. What you still want to say is added below it, and seen as an addition.",
        ))
    }

    pub(super) fn started_at(&self, held: Option<&Record>, field: &Field) -> Result<(), Verdict> {
        if let Some(before) = held.and_then(|held| held.fields.get("started_at"))
            && before != field
        {
            // Begun on two tablets of one observer, say: nothing that they need to be told of.
            return Err(refuse(
                "already_finished",
                "This visit was begun before; the first time stands.",
            ));
        }
        self.not_ahead(field)
    }

    /// R3 at the hub: an observation that claims to have begun without valid notice is refused, whatever the client; and
    /// so is one of a walk that had shrunk to too few classes by then (R4). Asked once its record is known.
    pub fn beginning(&self, candidate: &Record) -> Result<(), Verdict> {
        let visit = self.visit_of(candidate)?;
        let announced = self.facts.announced(visit)?;
        let (Some(started), Some(known)) = (candidate.time("started_at"), announced) else {
            return Err(refuse(
                "not_started",
                "An observation begins with its start.",
            ));
        };
        let settings = self.facts.settings()?;
        match known.life().lock(self.standing.id(), started, &settings) {
            Some(lock) => Err(lock.refusal.into()),
            None => {
                let floor = COVER_FLOOR.min(settings.suppression);
                if check_cover(self.facts.cover(known.walk.id)?, floor).is_ok() {
                    return Ok(());
                }
                // What was called off after the visit had begun, as a tablet that comes home late says, harms nothing.
                let then = self.facts.cover_at(known.walk.id, started.to_utc())?;
                Ok(check_cover(then, floor)?)
            }
        }
    }

    pub(super) fn visit_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        let is_same = held.and_then(|held| held.value(name)) == Some(&field.value);
        if name == "minutes" && !is_same {
            let minutes = field.value.as_i64().unwrap_or_default();
            check_minutes(minutes, &self.facts.settings()?)?;
        }
        if name == "crowded"
            && field.value.as_array().is_none_or(|ids| !ids.is_empty())
            && !field.value.is_null()
        {
            return Err(refuse(
                "not_yours",
                "Only the hub says that too many observers were put down.",
            ));
        }
        if name == TEACHERS && !is_same && self.way == Way::Wire && !self.is_moving_in() {
            return Err(refuse(
                "hub_only",
                "Who taught a visit is said by the hub alone, when the visit begins.",
            ));
        }
        if is_same
            || !matches!(
                name,
                "walk" | "class" | "starts_at" | "observers" | "cancelled_at"
            )
        {
            return Ok(());
        }
        let Some(held) = held else { return Ok(()) };
        if self
            .facts
            .observation_heads(held.id.into())?
            .iter()
            .any(|o| o.started_at.is_some())
        {
            return Err(refuse(
                "visit_begun",
                "This visit has begun, so its class, time and observers stay as they are.",
            ));
        }
        Ok(())
    }

    /// Whether this is a school moving in: its device judged until now, and says how it judged.
    fn is_moving_in(&self) -> bool {
        let device = self.standing.actor.device;
        self.moved
            .is_some_and(|moved| moved.is_under_way(device, self.now))
    }

    pub(super) fn has_begun(&self, walk: alongside_domain::WalkId) -> Result<bool, Verdict> {
        for record in self
            .facts
            .reader
            .list_under(&Kind::Visit, walk.into())
            .map_err(ApiError::from)?
        {
            if !self.facts.observation_heads(record.id.into())?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The form is what staff were told of: it stays from the first notice on (R3, R19).
    pub(super) fn walk_template(
        &self,
        held: Option<&Record>,
        field: &Field,
    ) -> Result<(), Verdict> {
        if let Some(held) = held
            && held.value("template") != Some(&field.value)
            && self.has_begun(held.id.into())?
        {
            return Err(refuse(
                "walk_begun",
                "Visits of this walk have begun, so its form stays as it is.",
            ));
        }
        if let Some(held) = held
            && held.value("template") != Some(&field.value)
            && !self.facts.notices(held.id.into())?.is_empty()
        {
            return Err(refuse(
                "walk_noticed",
                "Staff have had notice of this walk with what observers look for, so its form stays as it is. Plan another walk for another form.",
            ));
        }
        Ok(())
    }

    /// A form is a leader's to change, and settled only when observers can use it (R19).
    pub(super) fn template(
        &self,
        held: Option<&Record>,
        candidate: &Record,
    ) -> Result<(), Verdict> {
        self.leads()?;
        check_size(candidate)?;
        let was_frozen = held.is_some_and(|held| held.value("frozen_at").is_some());
        if !was_frozen && candidate.value("frozen_at").is_some() {
            may_freeze(&Template::read(candidate))?;
        }
        Ok(())
    }

    pub(super) fn template_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        let is_same = held.and_then(|held| held.fields.get(name)) == Some(field);
        let frozen = held
            .and_then(|held| held.fields.get("frozen_at"))
            .filter(|f| !f.value.is_null());
        match frozen {
            _ if is_same || ASIDE.contains(&name) => Ok(()),
            // Frozen by two leaders at once, say.
            Some(_) if name == "frozen_at" => Err(refuse(
                "already_finished",
                "This form was frozen before; the first time stands.",
            )),
            // Whenever it was written: what comes late would change what staff were told of.
            Some(_) => Err(refuse(
                "template_frozen",
                "This form is in use, so it stays as it is. Make a new version of it.",
            )),
            None if name == "frozen_at" => self.not_ahead(field),
            None => Ok(check_field(name, &field.value, &self.facts.people()?)?),
        }
    }

    /// A visit in the plan: R10 is counted whenever its class or time is new.
    pub(super) fn visit(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        self.exists(candidate, "walk", &Kind::Walk)?;
        self.exists(candidate, "class", &Kind::Class)?;
        let is_same = |name: &str| held.and_then(|held| held.value(name)) == candidate.value(name);
        if is_same("class") && is_same("starts_at") && is_same("cancelled_at") {
            return Ok(());
        }
        let Some(visit) = Visit::read(candidate) else {
            return Ok(());
        };
        let classes = self.classes()?;
        let settings = self.facts.settings()?;
        check_yearly_maximum(
            &visit,
            &self.facts.visits()?,
            |class| classes.get(&class),
            &settings,
        )?;
        Ok(())
    }

    /// A class, kept by leaders; a new teacher of it must have room in the year for the visits planned to it (R10).
    pub(super) fn class(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        let (Some(held), own) = (held, Class::read(candidate)) else {
            return Ok(());
        };
        let before = Class::read(held).teachers;
        if own.teachers.iter().all(|teacher| before.contains(teacher)) {
            return Ok(());
        }
        let (mut classes, all) = (self.classes()?, self.facts.visits()?);
        let mut to_come = Vec::new();
        for visit in all.iter().filter(|visit| {
            visit.class == own.id && !visit.is_cancelled && visit.ends_at() > self.now
        }) {
            if self.facts.observation_heads(visit.id)?.is_empty() {
                to_come.push(visit.clone());
            }
        }
        classes.insert(own.id, own.clone());
        let settings = self.facts.settings()?;
        let class_of = |class| classes.get(&class);
        check_new_teachers(&own, &before, &to_come, &all, class_of, &settings)?;
        Ok(())
    }

    fn classes(&self) -> Result<HashMap<ClassId, Class>, Verdict> {
        let records = self
            .facts
            .reader
            .list(&Kind::Class)
            .map_err(ApiError::from)?;
        let classes = records.iter();
        Ok(classes
            .map(|record| (record.id.into(), Class::read(record)))
            .collect())
    }

    /// A notice announces a walk that covers enough classes (R4), with a form that stays as it is.
    pub(super) fn notice(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        self.exists(candidate, "walk", &Kind::Walk)?;
        let Some(walk) = candidate.id::<WalkId>("walk").filter(|_| held.is_none()) else {
            return Ok(());
        };
        let settings = self.facts.settings()?;
        check_cover(self.facts.cover(walk)?, settings.suppression)?;
        let template = self.facts.walk(walk)?.and_then(|walk| walk.template);
        let is_frozen = match template {
            Some(id) => self
                .facts
                .record(id, &Kind::Template)?
                .is_some_and(|t| Template::read(&t).is_frozen),
            None => false,
        };
        if !is_frozen {
            return Err(refuse(
                "template_draft",
                "The form of this walk is still a draft. Freeze it first: staff are told what observers look for.",
            ));
        }
        Ok(())
    }

    pub(super) fn notice_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if held.and_then(Notice::read).is_some()
            && held
                .and_then(|held| held.fields.get(name))
                .is_none_or(|before| before != field)
        {
            return Err(refuse(
                "notice_given",
                "A notice that was given stays as it is. Give a new one.",
            ));
        }
        if name != "given_at" {
            return Ok(());
        }
        // One that is dated back counts from when it came to the hub (`arrival`).
        self.not_ahead(field)
    }
}
