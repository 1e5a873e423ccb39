//! What leaders keep of the school: its people, terms and settings.

use alongside_domain::field::parse_time;
use alongside_domain::person::{Person, Role, keep_a_leader};
use alongside_domain::setting::check_changes;
use alongside_domain::term::{Term, check_term};
use alongside_domain::{Field, Kind, Record, RecordId};
use chrono::Duration;

use super::{Judge, Verdict, refuse};
use crate::ApiError;

impl Judge<'_> {
    pub(super) fn person(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
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

    pub(super) fn term(&self, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        if let Some(term) = Term::read(candidate) {
            let others: Vec<Term> = self
                .facts
                .reader
                .list(&Kind::Term)
                .map_err(ApiError::from)?
                .iter()
                .filter_map(Term::read)
                .collect();
            check_term(&term, &others)?;
        }
        Ok(())
    }

    /// The school and its settings: a change says who makes it, and all of it together makes sense or none is taken.
    pub(super) fn school(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        let own = self.facts.school()?;
        if own.is_some_and(|school| RecordId::from(school.id) != candidate.id) {
            return Err(refuse(
                "foreign_school",
                "This belongs to another school, so it was not taken.",
            ));
        }
        self.leads()?;
        Ok(check_changes(held, candidate, self.standing.id())?)
    }

    pub(super) fn school_field(&self, name: &str, field: &Field) -> Result<(), Verdict> {
        let at = field
            .value
            .get("at")
            .filter(|_| name.starts_with("changes."));
        match at.and_then(|at| at.as_str()).and_then(parse_time) {
            Some(at) if at.to_utc() > self.now + Duration::minutes(5) => Err(refuse(
                "time_ahead",
                "This time lies ahead of the school's clock. Check the clock of this device.",
            )),
            _ => Ok(()),
        }
    }
}
