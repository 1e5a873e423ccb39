//! Sharing: the record of a visit is released to the teachers of the class, once and for good.

use chrono::{DateTime, FixedOffset};

use crate::field::{ARRIVED_AT, Declared, Shape};
use crate::observation::Observation;
use crate::{Record, Refusal, VisitId};

/// What is declared of a share's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("visit", Shape::Id),
    ("shared_at", Shape::Moment),
    ("talked", Shape::Flag),
    (ARRIVED_AT, Shape::Time),
];

/// A share, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Of which visit.
    pub visit: VisitId,
    /// When, on the hub's time: when it came to the hub, where that says so.
    pub shared_at: DateTime<FixedOffset>,
    /// Whether a short talk took place straight after the visit.
    pub talked: bool,
}

impl Share {
    /// Reads a share; `None` while it does not say of what and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            visit: record.id("visit")?,
            shared_at: record.time_of_arrival("shared_at")?,
            talked: record.flag("talked"),
        })
    }
}

/// Whether the record with these observations can be shared: something is finished, and nothing is still being written.
pub fn may_share(observations: &[Observation]) -> Result<(), Refusal> {
    if observations
        .iter()
        .any(|o| o.started_at.is_some() && o.finished_at.is_none())
    {
        return Err(Refusal::new(
            "still_open",
            "An observer is still writing. The record can be shared once both have finished.",
        ));
    }
    if !observations.iter().any(|o| o.finished_at.is_some()) {
        return Err(Refusal::new(
            "nothing_finished",
            "No finished observation of this visit has arrived yet. Ask the observers to bring their tablets near the hub.",
        ));
    }
    Ok(())
}
