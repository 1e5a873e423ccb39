//! What comes of a walk: the debrief, the report, and the actions with their progress (R15, R16).

use alongside_domain::action::{Action, ActionState, Hand, Note};
use alongside_domain::person::check_names_nobody;
use alongside_domain::report::{PUBLISHED_AT, may_publish};
use alongside_domain::{DebriefId, Field, Kind, PersonId, Record, RecordId, ReportId, WalkId};
use serde_json::Value;

use super::visiting::addition;
use super::{Judge, Verdict, refuse};

impl Judge<'_> {
    pub(super) fn debrief(&self, candidate: &Record) -> Result<(), Verdict> {
        self.of_walk(candidate, |walk| DebriefId::derive(walk).into())
    }

    pub(super) fn report(&self, candidate: &Record) -> Result<(), Verdict> {
        self.of_walk(candidate, |walk| ReportId::derive(walk).into())
    }

    /// What a walk has one of, under its own id, is leaders' to write.
    fn of_walk(
        &self,
        candidate: &Record,
        derive: impl Fn(WalkId) -> RecordId,
    ) -> Result<(), Verdict> {
        self.leads()?;
        self.exists(candidate, "walk", &Kind::Walk)?;
        let walk = candidate.id::<WalkId>("walk");
        if walk.is_none_or(|walk| candidate.id != derive(walk)) {
            return Err(refuse(
                "not_yours",
                "A walk has one debrief and one report, each under its own id. Update the app and try again.",
            ));
        }
        Ok(())
    }

    /// What leaders say among themselves names nobody either: nothing is written about a teacher that they do not read
    /// (R8).
    pub(super) fn debrief_field(&self, name: &str, field: &Field) -> Result<(), Verdict> {
        self.names_nobody(name, field)
    }

    /// A report is published when every visited teacher was offered their record (R12), and stays as it was then.
    pub(super) fn report_field(
        &self,
        held: Option<&Record>,
        candidate: &Record,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        let is_published = held.is_some_and(|held| held.value(PUBLISHED_AT).is_some());
        if held.and_then(|held| held.fields.get(name)) == Some(field) {
            return Ok(());
        }
        if name == PUBLISHED_AT {
            self.moment(held, name, field, PUBLISHED_AT)?;
            if let Some(walk) = candidate.id::<WalkId>("walk") {
                let offered = self.facts.offered(walk)?;
                may_publish(&offered.unshared, offered.visited)?;
            }
            return Ok(());
        }
        if name.starts_with("additions.") {
            if !is_published {
                return Err(refuse(
                    "not_published",
                    "This report is a draft still, so nothing is added to it. Change the draft itself.",
                ));
            }
            addition(held, name, field)?;
        } else if is_published {
            return Err(refuse(
                "report_published",
                "This report was published, so it stays as all staff have read it. Put it right with an addition.",
            ));
        }
        self.names_nobody(name, field)
    }

    fn names_nobody(&self, name: &str, field: &Field) -> Result<(), Verdict> {
        if name == "walk" {
            return Ok(());
        }
        Ok(check_names_nobody(
            &words(&field.value),
            &self.facts.people()?,
        )?)
    }

    /// An action is leaders' to write; its owner says how far it is.
    pub(super) fn action(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        let own = self.standing.id();
        let was_theirs = held.is_some_and(|held| held.id("owner") == Some(own));
        if !self.standing.is_leader() && !was_theirs {
            return Err(refuse(
                "not_yours",
                "Leaders write actions, and its owner says how far one is.",
            ));
        }
        let Some(action) = Action::read(candidate) else {
            return Err(refuse(
                "action_incomplete",
                "An action says what is to be done, by whom, and by when.",
            ));
        };
        if action.walk.is_some() {
            self.exists(candidate, "walk", &Kind::Walk)?;
        }
        let is_new = |name: &str| held.is_none_or(|held| held.value(name) != candidate.value(name));
        let people = self.facts.people()?;
        if is_new("owner")
            && !people
                .iter()
                .any(|person| person.id == action.owner && person.is_active)
        {
            return Err(refuse(
                "unknown_owner",
                "The owner of an action is a person of the school. Choose somebody else.",
            ));
        }
        // Who joins the school later does not make an old action a wrong one.
        let names = ["title", "success_criteria", "about", "owner"];
        if names.into_iter().any(is_new) {
            action.check_words(&people)?;
        }
        Ok(())
    }

    pub(super) fn action_field(
        &self,
        held: Option<&Record>,
        candidate: &Record,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if held.and_then(|held| held.fields.get(name)) == Some(field) {
            return Ok(());
        }
        if name.starts_with("notes.") {
            return self.note(held, candidate, name, field);
        }
        if name == "state" {
            let state = |value: Option<&Value>| value.and_then(ActionState::from_value);
            let before = state(held.and_then(|held| held.value(name)));
            let Some(to) = state(Some(&field.value)) else {
                return Err(refuse(
                    "wrong_value",
                    "How far an action is has to be said in one of its words. Update the app and try again.",
                ));
            };
            let hand = if self.standing.is_leader() {
                Hand::Leader
            } else {
                Hand::Owner
            };
            return Ok(before.unwrap_or(ActionState::Open).check_step(to, hand)?);
        }
        if !self.standing.is_leader() {
            return Err(refuse(
                "owner_writes_progress",
                "The owner of an action says how far it is; what it says is for leaders to write.",
            ));
        }
        let is_reference = matches!(
            name,
            "owner" | "due_on" | "from" | "walk" | "template" | "criterion"
        );
        match Action::read(candidate).filter(|_| !is_reference) {
            Some(action) => Ok(action.check_text(&words(&field.value), &self.facts.people()?)?),
            None => Ok(()),
        }
    }

    /// A note of progress is its owner's, in their own name; it is corrected for a time and then stays.
    fn note(
        &self,
        held: Option<&Record>,
        candidate: &Record,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        let own = self.standing.id();
        let by = |value: &Value| -> Option<PersonId> { value.get("by")?.as_str()?.parse().ok() };
        let before = held.and_then(|held| held.value(name)).and_then(by);
        if candidate.id("owner") != Some(own) || before.is_some_and(|before| before != own) {
            return Err(refuse(
                "not_yours",
                "How an action goes is written by its owner alone.",
            ));
        }
        if !field.value.is_null() {
            let Some((by, text)) = Note::of_value(&field.value) else {
                return Err(refuse(
                    "wrong_value",
                    "This note of progress was not kept: write at most 2,000 characters.",
                ));
            };
            if by != own {
                return Err(refuse(
                    "not_yours",
                    "A note of progress carries the name of who writes it.",
                ));
            }
            if let Some(action) = Action::read(candidate) {
                action.check_text(text, &self.facts.people()?)?;
            }
        }
        addition(held, name, field)
    }
}

/// All that a value says, whatever its form.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
