//! The school's self-evaluation: begun, agreed and closed by leaders; rated by each person in a record of their own.

use alongside_domain::self_evaluation::{SelfEvaluation, check_note, check_year, closed};
use alongside_domain::{Field, Kind, RatingId, Record, SelfEvaluationId};

use super::super::readers::rates;
use super::{Judge, Verdict, refuse};

impl Judge<'_> {
    /// A self-evaluation is the leaders', one for each academic year.
    pub(super) fn self_evaluation(
        &self,
        held: Option<&Record>,
        candidate: &Record,
    ) -> Result<(), Verdict> {
        self.leads()?;
        let read = SelfEvaluation::read(candidate);
        let (Some(school), Some(own)) = (self.facts.school()?, read) else {
            return Err(refuse(
                "unknown_id",
                "This does not say which year it is of. Update the app and try again.",
            ));
        };
        if own.id != SelfEvaluationId::derive(school.id, own.year) {
            return Err(refuse(
                "not_yours",
                "A year has one self-evaluation, under its own id. Update the app and try again.",
            ));
        }
        if held.is_none() {
            let present = self
                .facts
                .settings()?
                .academic_year(self.now.fixed_offset());
            check_year(own.year, present)?;
        }
        Ok(())
    }

    /// A closed year stays; what was written before stands however often it is sent.
    pub(super) fn self_evaluation_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if matches!(name, "started_at" | "closed_at") {
            return self.moment(held, name, field, name);
        }
        let is_closed = held.is_some_and(|held| held.value("closed_at").is_some());
        if is_closed && held.and_then(|held| held.fields.get(name)) != Some(field) {
            return Err(closed().into());
        }
        Ok(())
    }

    /// Ratings are their rater's alone, whoever leads.
    pub(super) fn rating(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        let own = self.standing.id();
        let of = candidate.id::<SelfEvaluationId>("self_evaluation");
        if candidate.id("person") != Some(own)
            || of.is_none_or(|of| candidate.id != RatingId::derive(of, own).into())
        {
            return Err(refuse(
                "not_yours",
                "Everyone rates for themselves. Nobody can write in another's place.",
            ));
        }
        if !rates(self.facts, self.standing)? {
            return Err(refuse(
                "not_a_rater",
                "Leaders rate, and governors where the school lets them. Ask a leader of your school.",
            ));
        }
        self.exists(candidate, "self_evaluation", &Kind::SelfEvaluation)?;
        if held.is_none() && self.is_of_closed(candidate)? {
            return Err(closed().into());
        }
        Ok(())
    }

    pub(super) fn rating_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if let Some(held) = held
            && held.fields.get(name) != Some(field)
            && self.is_of_closed(held)?
        {
            return Err(closed().into());
        }
        if name.starts_with("notes.") {
            let text = field.value.as_str().unwrap_or_default();
            check_note(text, &self.facts.people()?)?;
        }
        Ok(())
    }

    fn is_of_closed(&self, ratings: &Record) -> Result<bool, Verdict> {
        let Some(of) = ratings.id::<SelfEvaluationId>("self_evaluation") else {
            return Ok(false);
        };
        let record = self.facts.record(of, &Kind::SelfEvaluation)?;
        Ok(record.is_some_and(|record| record.value("closed_at").is_some()))
    }
}
