//! Whether a person may write a field: the record as a whole first, then each field of it.

use alongside_domain::field::shape_of;
use alongside_domain::notice::Notice;
use alongside_domain::person::{Person, Role, keep_a_leader};
use alongside_domain::visit::Visit;
use alongside_domain::walk::check_focus;
use alongside_domain::{
    Field, Kind, ObservationId, Record, Refusal, ResponseId, ShareId, VisitId, field,
};
use alongside_sync::wire::{FIELD_NAME_LIMIT, VALUE_LIMIT, value_size};
use chrono::{DateTime, Duration, Utc};

use crate::actor::Standing;
use crate::facts::Facts;
use crate::{ApiError, Place};

/// How long after it was given a notice may reach the hub and still count from when it was given.
const NOTICE_LATENESS: Duration = Duration::hours(48);

/// Judges writings by one person, at one moment of the install's time.
pub struct Judge<'a> {
    /// What is known.
    pub facts: Facts<'a>,
    /// Who writes.
    pub standing: &'a Standing,
    /// When: the hub's time, or the device's corrected to it.
    pub now: DateTime<Utc>,
    /// Where this is judged. A hub counts notice and stamps on its own clock.
    pub place: Place,
    /// Since when a school that moved in from a device has been here.
    pub moved_in_at: Option<DateTime<Utc>>,
}

/// Why a writing was not taken: a rule, or the storage could not be read.
pub enum Verdict {
    /// Refused by a rule.
    Refused(Refusal),
    /// Not judged.
    Failed(ApiError),
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ApiError> for Verdict {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl Judge<'_> {
    /// Whether this person may write into this record at all. `held` is the record as it stands, `candidate` its head as
    /// it would be with everything that was sent.
    pub fn record(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        if held.is_some_and(|held| held.kind != candidate.kind) {
            return Err(refuse(
                "wrong_kind",
                "This record is of another kind. Update the app and try again.",
            ));
        }
        match &candidate.kind {
            Kind::Other(_) => Err(refuse(
                "unknown_kind",
                "The hub does not know this kind of record yet. It is kept here until the hub has been updated.",
            )),
            Kind::School => {
                let own = self.facts.school()?;
                if own.is_some_and(|school| {
                    alongside_domain::RecordId::from(school.id) != candidate.id
                }) {
                    return Err(refuse(
                        "foreign_school",
                        "This belongs to another school, so it was not taken.",
                    ));
                }
                self.leads()
            }
            Kind::Person => self.person(held, candidate),
            Kind::Class | Kind::Room | Kind::Template | Kind::Walk => self.leads(),
            Kind::Visit => {
                self.leads()?;
                self.exists(candidate, "walk", &Kind::Walk)?;
                self.exists(candidate, "class", &Kind::Class)
            }
            Kind::Notice => {
                self.leads()?;
                self.exists(candidate, "walk", &Kind::Walk)
            }
            Kind::Observation => self.observation(candidate),
            Kind::Share => self.share(held, candidate),
            Kind::Response => self.response(candidate),
        }
    }

    /// Whether this writing of one field may stand. Asked after [`record`](Self::record).
    pub fn field(
        &self,
        held: Option<&Record>,
        kind: &Kind,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if name.is_empty() || name.len() > FIELD_NAME_LIMIT || name.chars().any(char::is_control) {
            return Err(refuse(
                "wrong_name",
                "The name of this field cannot be kept.",
            ));
        }
        let now_ms = u64::try_from(self.now.timestamp_millis()).unwrap_or_default();
        if self.place == Place::Hub && field.stamp.is_ahead_of(now_ms) {
            return Err(refuse(
                "stamp_ahead",
                "This device's clock runs ahead. It is being corrected, and the change is sent again.",
            ));
        }
        if let Some(shape) = shape_of(kind, name) {
            shape.check(name, &field.value)?;
        }
        if value_size(&field.value) > VALUE_LIMIT {
            return Err(refuse(
                "value_too_large",
                "This text is too long to keep. Shorten it and try again.",
            ));
        }
        if is_identity(kind, name)
            && let Some(before) = held.and_then(|held| held.fields.get(name))
            && before.value != field.value
        {
            return Err(refuse(
                "fixed",
                "What this record belongs to cannot be changed any more.",
            ));
        }
        match kind {
            Kind::Observation => self.observation_field(held, name, field),
            Kind::Visit => self.visit_field(held, name, field),
            Kind::Walk if name == "template" => self.walk_template(held, field),
            Kind::Walk if name == "focus" => {
                let focus = field.value.as_str().unwrap_or_default();
                Ok(check_focus(focus, &self.facts.people()?)?)
            }
            Kind::Template => self.template_field(held),
            Kind::Notice => self.notice_field(held, name, field),
            Kind::Share => self.moment(held, name, field, "shared_at"),
            Kind::Response => self.moment(held, name, field, "sent_at"),
            _ => Ok(()),
        }
    }

    fn leads(&self) -> Result<(), Verdict> {
        if self.standing.is_leader() {
            Ok(())
        } else {
            Err(refuse(
                "not_a_leader",
                "Only leaders can change this. Ask a leader of your school.",
            ))
        }
    }

    fn exists(&self, candidate: &Record, name: &str, kind: &Kind) -> Result<(), Verdict> {
        let id = candidate.id::<alongside_domain::RecordId>(name);
        let is_there = match id {
            Some(id) => self.facts.record(id, kind)?.is_some(),
            None => false,
        };
        if is_there {
            Ok(())
        } else {
            Err(refuse(
                "unknown_id",
                format!(
                    "The {kind} this belongs to is not known here. Sync again; if it stays, ask a leader."
                ),
            ))
        }
    }

    fn person(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        let (before, after) = (held.map(Person::read), Person::read(candidate));
        let was_head = before.is_some_and(|person| person.has(Role::Head));
        if was_head != after.has(Role::Head) && !self.standing.is_head() {
            let people = self.facts.people()?;
            if was_head || people.iter().any(|person| person.has(Role::Head)) {
                return Err(refuse(
                    "not_the_head",
                    "Only the headteacher can hand on or share this role.",
                ));
            }
        }
        if held.is_some() {
            keep_a_leader(&self.facts.people()?, &after)?;
        }
        Ok(())
    }

    fn visit_of(&self, candidate: &Record) -> Result<Visit, Verdict> {
        let id = candidate.id::<VisitId>("visit");
        match id.map(|id| self.facts.visit(id)).transpose()?.flatten() {
            Some(visit) => Ok(visit),
            None => Err(refuse(
                "unknown_id",
                "The visit this belongs to is not known here. Sync again; if it stays, ask a leader.",
            )),
        }
    }

    fn observation(&self, candidate: &Record) -> Result<(), Verdict> {
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

    fn observation_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
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
            if finished.stamp < field.stamp {
                return Err(refuse(
                    "observation_finished",
                    "This visit is finished, so the observation cannot be changed any more.",
                ));
            }
        }
        match name {
            "started_at" => self.started_at(held, field),
            "finished_at" => self.not_ahead(field),
            _ => Ok(()),
        }
    }

    /// R3 at the hub: an observation that claims to have begun without valid notice is refused, whatever the client.
    fn started_at(&self, held: Option<&Record>, field: &Field) -> Result<(), Verdict> {
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

    /// Whether a visit may have begun when its observation says so; asked once its record is known.
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
            None => Ok(()),
        }
    }

    fn not_ahead(&self, field: &Field) -> Result<(), Verdict> {
        let time = field.value.as_str().and_then(field::parse_time);
        if time.is_none_or(|time| time.to_utc() > self.now + Duration::minutes(5)) {
            return Err(refuse(
                "time_ahead",
                "This time lies ahead of the school's clock. Check the clock of this device.",
            ));
        }
        Ok(())
    }

    fn visit_field(&self, held: Option<&Record>, name: &str, field: &Field) -> Result<(), Verdict> {
        let is_same = held.and_then(|held| held.value(name)) == Some(&field.value);
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

    fn has_begun(&self, walk: alongside_domain::WalkId) -> Result<bool, Verdict> {
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

    fn walk_template(&self, held: Option<&Record>, field: &Field) -> Result<(), Verdict> {
        if let Some(held) = held
            && held.value("template") != Some(&field.value)
            && self.has_begun(held.id.into())?
        {
            return Err(refuse(
                "walk_begun",
                "Visits of this walk have begun, so its form stays as it is.",
            ));
        }
        Ok(())
    }

    fn template_field(&self, held: Option<&Record>) -> Result<(), Verdict> {
        let Some(held) = held else { return Ok(()) };
        for walk in self
            .facts
            .reader
            .list(&Kind::Walk)
            .map_err(ApiError::from)?
        {
            let is_used = walk.id::<alongside_domain::RecordId>("template") == Some(held.id);
            if is_used && self.has_begun(walk.id.into())? {
                return Err(refuse(
                    "template_frozen",
                    "This form is in use, so it stays as it is. Make a new version of it.",
                ));
            }
        }
        Ok(())
    }

    fn notice_field(
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
        self.not_ahead(field)?;
        let given = field
            .value
            .as_str()
            .and_then(field::parse_time)
            .map(|time| time.to_utc());
        let is_late = given.is_some_and(|given| {
            given < self.now - NOTICE_LATENESS && self.moved_in_at.is_none_or(|moved| given > moved)
        });
        if self.place == Place::Hub && is_late {
            return Err(refuse(
                "notice_late",
                "This notice did not reach staff when it says it was given. Give notice again, now that you are connected.",
            ));
        }
        Ok(())
    }

    fn share(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        let visit = self.visit_of(candidate)?;
        if candidate.id != ShareId::derive(visit.id).into() {
            return Err(refuse(
                "not_yours",
                "A record is shared under its own id. Update the app and try again.",
            ));
        }
        if held.and_then(|held| held.value("shared_at")).is_none() {
            alongside_domain::share::may_share(&self.facts.observation_heads(visit.id)?)?;
        }
        Ok(())
    }

    fn response(&self, candidate: &Record) -> Result<(), Verdict> {
        let visit = self.visit_of(candidate)?;
        if candidate.id("teacher") != Some(self.standing.id())
            || candidate.id != ResponseId::derive(visit.id, self.standing.id()).into()
        {
            return Err(refuse(
                "not_yours",
                "A response is written by its teacher alone.",
            ));
        }
        let class = self.facts.class(visit.class)?;
        if !class.is_some_and(|class| class.teachers.contains(&self.standing.id())) {
            return Err(refuse(
                "not_your_class",
                "Only the teachers of the visited class can answer its record.",
            ));
        }
        if self.facts.share(visit.id)?.is_none() {
            return Err(refuse(
                "not_shared",
                "This record has not been shared yet, so it cannot be answered.",
            ));
        }
        Ok(())
    }

    /// A moment that, once written, stays.
    fn moment(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
        moment: &str,
    ) -> Result<(), Verdict> {
        if name != moment {
            return Ok(());
        }
        if let Some(before) = held
            .and_then(|held| held.fields.get(name))
            .filter(|f| !f.value.is_null())
            && before != field
        {
            return Err(refuse(
                "already_finished",
                "This was done before; the first time stands.",
            ));
        }
        self.not_ahead(field)
    }
}

/// Fields that say what a record is and belongs to; once written they stay.
pub fn is_identity(kind: &Kind, name: &str) -> bool {
    match kind {
        Kind::Observation => matches!(name, "visit" | "observer"),
        Kind::Response => matches!(name, "visit" | "teacher"),
        Kind::Share => name == "visit",
        Kind::Notice => name == "walk",
        _ => false,
    }
}

fn refuse(code: &'static str, message: impl Into<String>) -> Verdict {
    Verdict::Refused(Refusal::new(code, message))
}
