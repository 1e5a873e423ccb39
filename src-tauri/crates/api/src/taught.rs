//! Who taught a visit, written down when its first observer begins (R8, R10).
//!
//! The record of a lesson belongs to those who taught it: they read it, answer it, and have it counted, whoever takes the
//! class over afterwards. So whoever judges a beginning says on the visit who its teachers were at that moment: the hub,
//! or a device that is alone with its school.

use alongside_domain::class::Class;
use alongside_domain::visit::Visit;
use alongside_domain::{Field, Kind, PersonId, RecordId, Stamp, VisitId};
use alongside_store::Writer;
use serde_json::json;

use crate::accept::Intake;
use crate::facts::Facts;
use crate::{ApiError, Place, arrival};

/// What is to be written on a visit.
pub(crate) struct Taught {
    /// Which visit.
    pub(crate) visit: RecordId,
    /// Who taught it.
    pub(crate) field: Field,
    /// Whether others teach the class by now, so that its record has other readers than before.
    pub(crate) are_others: bool,
}

/// What is to be written on the visit of an observation that was taken in, if it is the first that begins it.
///
/// A class that had no teacher then says nothing: its visit goes on to be that of its teachers now, so that nobody can be
/// left out by an empty list.
pub(crate) fn found(
    writer: &dyn Writer,
    intake: Intake<'_>,
    observation: RecordId,
) -> Result<Option<Taught>, ApiError> {
    if intake.place == Place::Device && arrival::has_hub(writer)? {
        return Ok(None);
    }
    let facts = Facts::remembering(writer, intake.memo);
    let Some(head) = writer.head(observation)? else {
        return Ok(None);
    };
    let (Some(visit), Some(began)) = (head.id::<VisitId>("visit"), head.time("started_at")) else {
        return Ok(None);
    };
    let visit: Option<Visit> = facts.visit(visit)?;
    let Some(visit) = visit.filter(|visit| visit.taught_by.is_empty()) else {
        return Ok(None);
    };
    let Some(class) = facts.record(visit.class, &Kind::Class)? else {
        return Ok(None);
    };
    // A tablet that comes home late is judged by who taught when it began. What is not known of then is as it is now.
    let then: Vec<PersonId> = Class::read(&facts.as_of(&class, began.to_utc())?).teachers;
    let class_now = Class::read(&class).teachers;
    let teachers = match then.is_empty() {
        true => class_now.clone(),
        false => then,
    };
    let now = u64::try_from(intake.now.timestamp_millis()).unwrap_or_default();
    let field = Field {
        value: json!(teachers),
        stamp: Stamp::new(now, 0, arrival::own_tail(writer, intake)?),
    };
    Ok((!teachers.is_empty()).then(|| Taught {
        visit: visit.id.into(),
        are_others: teachers != class_now,
        field,
    }))
}
