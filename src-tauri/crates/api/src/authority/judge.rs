//! Whether a person may write a field: the record as a whole first, then each field of it.

mod answering;
mod improving;
mod keeping;
mod rating;
mod visiting;

use alongside_domain::field::{ARRIVED_AT, shape_of};
use alongside_domain::visit::Visit;
use alongside_domain::walk::check_focus;
use alongside_domain::{Field, Kind, Record, Refusal, VisitId, field};
use alongside_sync::wire::{FIELD_NAME_LIMIT, VALUE_LIMIT, value_size};
use chrono::{DateTime, Duration, Utc};

use crate::actor::Standing;
use crate::arrival::Move;
use crate::facts::Facts;
use crate::{ApiError, Place};

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
    /// How the writing came.
    pub way: Way,
    /// How the school moved in from a device, if it did.
    pub moved: Option<Move>,
}

/// How a writing comes to an install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a screen, through a command of this install.
    Screen,
    /// Over the wire, from a device that nobody can vouch for.
    Wire,
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
            Kind::School => self.school(held, candidate),
            Kind::Person => self.person(held, candidate),
            Kind::Class => self.class(held, candidate),
            Kind::Room | Kind::Walk => self.leads(),
            Kind::Template => self.template(held, candidate),
            Kind::Term => self.term(candidate),
            Kind::Visit => self.visit(held, candidate),
            Kind::Notice => self.notice(held, candidate),
            Kind::Observation => self.observation(candidate),
            Kind::Share => self.share(held, candidate),
            Kind::Response => self.response(candidate),
            Kind::Reflection => self.reflection(candidate),
            Kind::Acknowledgement => self.acknowledgement(candidate),
            Kind::Comment => self.comment(held, candidate),
            Kind::Concern => self.concern(held, candidate),
            Kind::Review => self.review(candidate),
            Kind::SelfEvaluation => self.self_evaluation(held, candidate),
            Kind::Rating => self.rating(held, candidate),
            Kind::Debrief => self.debrief(candidate),
            Kind::Report => self.report(candidate),
            Kind::Action => self.action(held, candidate),
            Kind::Pattern => self.pattern(held, candidate),
        }
    }

    /// Whether this writing of one field may stand. Asked after [`record`](Self::record), with the same `candidate`.
    pub fn field(
        &self,
        held: Option<&Record>,
        candidate: &Record,
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
            // A name that is kept out of the focus does not come in beside it (R4).
            Kind::Walk if matches!(name, "focus" | "name" | "purpose") => {
                let text = field.value.as_str().unwrap_or_default();
                Ok(check_focus(text, &self.facts.people()?)?)
            }
            Kind::School => self.school_field(name, field),
            Kind::Template => self.template_field(held, name, field),
            Kind::Notice | Kind::Share if name == ARRIVED_AT && self.way == Way::Wire => {
                Err(refuse(
                    "hub_only",
                    "Since when others could read this is said by the hub alone.",
                ))
            }
            Kind::Notice => self.notice_field(held, name, field),
            Kind::Share => self.moment(held, name, field, "shared_at"),
            Kind::Response => self.moment(held, name, field, "sent_at"),
            Kind::Acknowledgement => self.moment(held, name, field, "at"),
            Kind::Comment => self.comment_field(held, name, field),
            Kind::Concern => self.concern_field(held, name, field),
            Kind::Review => self.review_field(name),
            Kind::SelfEvaluation => self.self_evaluation_field(held, name, field),
            Kind::Rating => self.rating_field(held, name, field),
            Kind::Debrief => self.debrief_field(name, field),
            Kind::Report => self.report_field(held, candidate, name, field),
            Kind::Action => self.action_field(held, candidate, name, field),
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
        Kind::Reflection => matches!(name, "visit" | "teacher"),
        Kind::Acknowledgement => matches!(name, "of" | "person"),
        Kind::Comment => matches!(name, "on" | "part" | "person"),
        Kind::Concern => matches!(name, "writer" | "supporter" | "visit"),
        Kind::Review => name == "term",
        Kind::SelfEvaluation => name == "year",
        Kind::Rating => matches!(name, "self_evaluation" | "person"),
        Kind::Debrief | Kind::Report | Kind::Action => name == "walk",
        Kind::Pattern => name == "walk",
        // What was said of a change of a setting stays as it was said.
        Kind::School => name.starts_with("changes."),
        _ => false,
    }
}

fn refuse(code: &'static str, message: impl Into<String>) -> Verdict {
    Verdict::Refused(Refusal::new(code, message))
}
