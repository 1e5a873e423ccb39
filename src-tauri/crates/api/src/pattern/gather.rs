//! The visits of a walk, as patterns count them.

use std::collections::BTreeSet;

use alongside_domain::class::Class;
use alongside_domain::observation::Observation;
use alongside_domain::pattern::{Mask, Pattern, Unit};
use alongside_domain::room::Room;
use alongside_domain::template::Template;
use alongside_domain::visit::Visit;
use alongside_domain::{Kind, RoomId, VisitId, WalkId};
use chrono::{DateTime, FixedOffset};

use crate::ApiError;
use crate::facts::Facts;

/// A walk and what its finished visits bring.
pub(super) struct Gathered {
    pub(super) walk: WalkId,
    pub(super) visits: Vec<Visit>,
    finished: BTreeSet<VisitId>,
    template: Template,
    units: Vec<Unit>,
    threshold: usize,
    mask: Mask,
}

impl Gathered {
    pub(super) fn is_finished(&self, visit: VisitId) -> bool {
        self.finished.contains(&visit)
    }

    pub(super) fn collate(&self) -> Pattern {
        Pattern::collate(
            self.walk,
            &self.template,
            &self.units,
            self.threshold,
            &self.mask,
        )
    }

    /// How many visits are planned and not finished.
    pub(super) fn open(&self) -> usize {
        let to_come = self.visits.iter().filter(|visit| !visit.is_cancelled);
        to_come.filter(|visit| !self.is_finished(visit.id)).count()
    }
}

/// Gathers a walk.
pub(super) fn of(facts: Facts<'_>, walk: WalkId) -> Result<Gathered, ApiError> {
    let found = facts
        .walk(walk)?
        .ok_or_else(|| ApiError::not_found("walk"))?;
    let template = match found.template {
        Some(id) => facts.record(id, &Kind::Template)?,
        None => None,
    };
    let template = template.ok_or_else(|| ApiError::not_found("form of this walk"))?;
    let visits = visits(facts, walk)?;
    let mut finished = BTreeSet::new();
    let mut units = Vec::new();
    for visit in visits.iter().filter(|visit| !visit.is_cancelled) {
        let observations = facts.observations(visit.id)?;
        if !is_over(&observations) {
            continue;
        }
        finished.insert(visit.id);
        let Some(class) = facts.class(visit.class)? else {
            continue;
        };
        let mut unit = Unit::of(visit, &class, &observations);
        // Its teachers read the words of a record first (R8).
        if facts.share(visit.id)?.is_none() {
            unit.comments.clear();
            unit.went_well.clear();
            unit.even_better_if.clear();
        }
        units.push(unit);
    }
    let threshold = facts.settings()?.suppression;
    Ok(Gathered {
        walk,
        visits,
        finished,
        template: Template::read(&template),
        units,
        threshold: usize::try_from(threshold).unwrap_or(usize::MAX),
        mask: mask(facts)?,
    })
}

/// How many visits of a walk are finished, and when the last of all is.
pub(super) fn finished(
    facts: Facts<'_>,
    walk: WalkId,
) -> Result<(usize, Option<DateTime<FixedOffset>>), ApiError> {
    let visits = visits(facts, walk)?;
    let mut count = 0;
    for visit in visits.iter().filter(|visit| !visit.is_cancelled) {
        count += usize::from(is_over(&facts.observation_heads(visit.id)?));
    }
    Ok((count, visits.iter().map(|visit| visit.starts_at).max()))
}

fn visits(facts: Facts<'_>, walk: WalkId) -> Result<Vec<Visit>, ApiError> {
    let records = facts.reader.list_under(&Kind::Visit, walk.into())?;
    Ok(records.iter().filter_map(Visit::read).collect())
}

/// Whether everyone who began has finished.
fn is_over(observations: &[Observation]) -> bool {
    observations.iter().any(|o| o.finished_at.is_some())
        && !observations.iter().any(Observation::is_open)
}

/// Over the names of all people, also those who have left, of all classes, and of the rooms they are usually in.
fn mask(facts: Facts<'_>) -> Result<Mask, ApiError> {
    let people = facts.people()?;
    let records = facts.reader.list(&Kind::Class)?;
    let classes: Vec<Class> = records.iter().map(Class::read).collect();
    let rooms: BTreeSet<RoomId> = classes.iter().filter_map(|class| class.room).collect();
    let records = facts.reader.list(&Kind::Room)?;
    let rooms: Vec<Room> = records
        .iter()
        .map(Room::read)
        .filter(|room| rooms.contains(&room.id))
        .collect();
    let places = classes.iter().map(|class| class.name.as_str());
    Ok(Mask::new(
        people.iter().map(|person| person.name.as_str()),
        places.chain(rooms.iter().map(|room| room.name.as_str())),
    ))
}
