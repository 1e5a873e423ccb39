//! What leaders keep of the school: its people, terms and settings.

use alongside_domain::person::{Person, Role, keep_a_leader};
use alongside_domain::school::School;
use alongside_domain::term::{Term, check_term};
use alongside_domain::{Field, Kind, Record, RecordId};

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

    /// Settings that only make sense together, and lesson times that can be read.
    pub(super) fn school(&self, candidate: &Record) -> Result<(), Verdict> {
        let own = self.facts.school()?;
        if own.is_some_and(|school| RecordId::from(school.id) != candidate.id) {
            return Err(refuse(
                "foreign_school",
                "This belongs to another school, so it was not taken.",
            ));
        }
        self.leads()
    }

    pub(super) fn school_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if name == "settings.lessons" {
            alongside_domain::school::lessons(field.value.as_str().unwrap_or_default())?;
        }
        let Some(held) = held else { return Ok(()) };
        let mut changed = held.clone();
        changed.put(name, field.clone());
        let settings = School::read(&changed).settings;
        if settings.share_limit_hours < settings.share_target_hours {
            return Err(refuse(
                "limit_before_target",
                "The limit for sharing cannot be shorter than its target.",
            ));
        }
        if settings.visit_stop_minutes < settings.visit_nudge_minutes {
            return Err(refuse(
                "stop_before_nudge",
                "A visit cannot end before its nudge.",
            ));
        }
        Ok(())
    }
}
