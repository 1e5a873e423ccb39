//! Who reads a record in its present state.

use alongside_domain::acknowledgement::Acknowledgement;
use alongside_domain::concern::Concern;
use alongside_domain::observation::Observation;
use alongside_domain::person::Role;
use alongside_domain::reflection::Reflection;
use alongside_domain::report::PUBLISHED_AT;
use alongside_domain::response::Response;
use alongside_domain::school::GovernorsMay;
use alongside_domain::visit::Visit;
use alongside_domain::{Kind, Record, VisitId, WalkId};
use alongside_store::Audience;

use crate::ApiError;
use crate::actor::Standing;
use crate::facts::Facts;

/// Who reads a record in its present state. The head of the record is enough.
pub fn readers(facts: Facts<'_>, record: &Record) -> Result<Vec<Audience>, ApiError> {
    let visit = || match record.id::<VisitId>("visit") {
        Some(id) => facts.visit(id),
        None => Ok(None),
    };
    let teachers = |visit: &Visit| -> Result<Vec<Audience>, ApiError> {
        let teachers = facts.teachers(visit)?.into_iter();
        Ok(teachers.map(Audience::Person).collect())
    };
    let mut audiences = match record.kind {
        Kind::School
        | Kind::Person
        | Kind::Class
        | Kind::Room
        | Kind::Template
        | Kind::Walk
        | Kind::Visit
        | Kind::Notice
        | Kind::Term
        | Kind::Review
        | Kind::Comment => vec![Audience::Everyone],
        Kind::Observation => {
            let mut audiences = vec![Audience::Leaders];
            if let Some(own) = Observation::read(record) {
                audiences.push(Audience::Person(own.observer));
                if let Some(visit) = visit()? {
                    let observations = facts.observation_heads(visit.id)?;
                    let all_finished = observations.iter().all(|o| o.finished_at.is_some());
                    if all_finished {
                        let others = observations.iter().map(|o| Audience::Person(o.observer));
                        audiences.extend(others);
                    }
                    // Finished or not: what leaders read of a shared record, its teachers read (R8).
                    if facts.share(visit.id)?.is_some() {
                        audiences.extend(teachers(&visit)?);
                    }
                }
            }
            audiences
        }
        Kind::Share => {
            let mut audiences = vec![Audience::Leaders];
            if let Some(visit) = visit()? {
                audiences.extend(visit.observers.iter().copied().map(Audience::Person));
                audiences.extend(teachers(&visit)?);
            }
            audiences
        }
        Kind::Response => {
            let mut audiences = Vec::new();
            if let Some(response) = Response::read(record) {
                audiences.push(Audience::Person(response.teacher));
                if response.sent_at.is_some() {
                    audiences.push(Audience::Leaders);
                    if let Some(visit) = visit()? {
                        audiences.extend(visit.observers.iter().copied().map(Audience::Person));
                    }
                }
            }
            audiences
        }
        Kind::Acknowledgement => acknowledgement(facts, record)?,
        Kind::Reflection => {
            let reflection = Reflection::read(record);
            let people = reflection.into_iter().flat_map(|own| {
                let mut people = own.readers;
                people.push(own.teacher);
                people
            });
            people.map(Audience::Person).collect()
        }
        Kind::Concern => {
            let heads = facts
                .people()?
                .into_iter()
                .filter(|person| person.has(Role::Head));
            let mut audiences: Vec<Audience> =
                heads.map(|head| Audience::Person(head.id)).collect();
            if let Some(concern) = Concern::read(record) {
                audiences.push(Audience::Person(concern.writer));
                audiences.extend(concern.supporter.map(Audience::Person));
            }
            audiences
        }
        Kind::SelfEvaluation => of_self_evaluations(facts)?,
        Kind::Rating => {
            let mut audiences = of_self_evaluations(facts)?;
            // Whoever rated keeps their own words, also when governors no longer read the rest.
            audiences.extend(record.id("person").map(Audience::Person));
            audiences
        }
        Kind::Debrief => vec![Audience::Leaders],
        Kind::Report if record.value(PUBLISHED_AT).is_some() => vec![Audience::Everyone],
        Kind::Report => vec![Audience::Leaders],
        Kind::Action => {
            let is_published = match record.id::<WalkId>("walk") {
                Some(walk) => facts
                    .report(walk)?
                    .is_some_and(|report| report.published_at.is_some()),
                None => false,
            };
            if is_published {
                vec![Audience::Everyone]
            } else {
                let owner = record.id("owner").map(Audience::Person);
                std::iter::once(Audience::Leaders).chain(owner).collect()
            }
        }
        Kind::Other(_) => Vec::new(),
    };
    audiences.sort_unstable();
    audiences.dedup();
    Ok(audiences)
}

/// Whether a person may read a record in its present state.
pub fn may_read(facts: Facts<'_>, standing: &Standing, record: &Record) -> Result<bool, ApiError> {
    let own = standing.audiences();
    Ok(readers(facts, record)?
        .iter()
        .any(|audience| own.contains(audience)))
}

/// Leaders read self-evaluations, and governors where the school lets them; nobody else does.
fn of_self_evaluations(facts: Facts<'_>) -> Result<Vec<Audience>, ApiError> {
    let mut audiences = vec![Audience::Leaders];
    if facts.settings()?.governors_may != GovernorsMay::Nothing {
        let people = facts.people()?;
        let governors = people.iter().filter(|person| person.has(Role::Governor));
        audiences.extend(governors.map(|person| Audience::Person(person.id)));
    }
    Ok(audiences)
}

/// Whether a person reads the school's self-evaluations.
pub fn reads_self_evaluations(facts: Facts<'_>, standing: &Standing) -> Result<bool, ApiError> {
    let own = standing.audiences();
    let audiences = of_self_evaluations(facts)?;
    Ok(audiences.iter().any(|audience| own.contains(audience)))
}

/// Whether a person rates in the school's self-evaluations.
pub fn rates(facts: Facts<'_>, standing: &Standing) -> Result<bool, ApiError> {
    let is_let = facts.settings()?.governors_may == GovernorsMay::Rate;
    Ok(standing.is_leader() || (is_let && standing.person.has(Role::Governor)))
}

/// Leaders see who has read a notice; teachers see who has read their record, and their response.
fn acknowledgement(facts: Facts<'_>, record: &Record) -> Result<Vec<Audience>, ApiError> {
    let Some(own) = Acknowledgement::read(record) else {
        return Ok(Vec::new());
    };
    let mut audiences = vec![Audience::Person(own.person)];
    let of = facts.reader.get(own.of)?;
    match of {
        Some(of) if of.kind == Kind::Visit => {
            audiences.push(Audience::Leaders);
            if let Some(visit) = Visit::read(&of) {
                audiences.extend(facts.teachers(&visit)?.into_iter().map(Audience::Person));
            }
        }
        Some(of) if of.kind == Kind::Response => {
            audiences
                .extend(Response::read(&of).map(|response| Audience::Person(response.teacher)));
        }
        _ => audiences.push(Audience::Leaders),
    }
    Ok(audiences)
}
