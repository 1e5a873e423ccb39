//! Who may read what, written down a second time and without the product's own policy: from the table of the domain.

use std::collections::BTreeMap;

use alongside_domain::{Kind, PersonId, Record, RecordId};

/// Everything a hub has.
pub type All = BTreeMap<RecordId, Record>;

fn people(record: &Record, name: &str) -> Vec<PersonId> {
    record.ids(name)
}

fn has_role(all: &All, person: PersonId, role: &str) -> bool {
    let record = all.get(&person.into());
    let roles = record.and_then(|record| record.value("roles").cloned());
    roles
        .and_then(|roles| roles.as_array().cloned())
        .is_some_and(|roles| roles.iter().any(|one| one == role))
}

/// Whether they lead: the head does too.
fn leads(all: &All, person: PersonId) -> bool {
    has_role(all, person, "leader") || has_role(all, person, "head")
}

/// Whether `person` may read `record`; `None` for kinds the table is silent on here.
pub fn may_read(all: &All, person: PersonId, record: &Record) -> Option<bool> {
    let is = |name: &str| record.id::<PersonId>(name) == Some(person);
    let visit = record.id::<RecordId>("visit").and_then(|id| all.get(&id));
    let observes = visit.is_some_and(|visit| people(visit, "observers").contains(&person));
    let teaches = visit.is_some_and(|visit| {
        let taught = people(visit, "teachers");
        match taught.is_empty() {
            false => taught.contains(&person),
            true => visit
                .id::<RecordId>("class")
                .and_then(|id| all.get(&id))
                .is_some_and(|class| people(class, "teachers").contains(&person)),
        }
    });
    let of_visit = |kind: Kind| {
        let visit = record.id::<RecordId>("visit");
        all.values()
            .filter(move |other| other.kind == kind && other.id::<RecordId>("visit") == visit)
    };
    Some(match &record.kind {
        Kind::Person | Kind::Class | Kind::Room | Kind::Template | Kind::School => true,
        Kind::Walk | Kind::Visit | Kind::Notice => true,
        Kind::Observation => {
            let is_shared = of_visit(Kind::Share).any(|share| share.value("shared_at").is_some());
            // A list of observations of this visit that say whose they are.
            let all_finished = of_visit(Kind::Observation)
                .filter(|other| other.value("observer").is_some())
                .all(|other| other.value("finished_at").is_some());
            let is_co_observer = of_visit(Kind::Observation)
                .any(|other| other.id::<PersonId>("observer") == Some(person));
            is("observer")
                || leads(all, person)
                || (is_shared && teaches)
                || (all_finished && is_co_observer)
        }
        Kind::Share => leads(all, person) || observes || teaches,
        Kind::Response => {
            let is_sent = record.value("sent_at").is_some();
            is("teacher") || (is_sent && (leads(all, person) || observes))
        }
        Kind::Reflection => is("teacher") || people(record, "readers").contains(&person),
        Kind::Concern => is("writer") || is("supporter") || has_role(all, person, "head"),
        Kind::Report => record.value("published_at").is_some() || leads(all, person),
        Kind::Debrief => leads(all, person),
        _ => return None,
    })
}
