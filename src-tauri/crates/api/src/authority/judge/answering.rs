//! What follows a visit: sharing, responses, reflections, acknowledgements, comments, concerns, reviews.

use alongside_domain::comment::{self, Comment};
use alongside_domain::concern::ANSWER_FIELDS;
use alongside_domain::template::Template;
use alongside_domain::{
    AcknowledgementId, Field, Kind, PatternId, PersonId, Record, RecordId, ReflectionId,
    ResponseId, ReviewId, ShareId, TermId, WalkId,
};

use super::super::readers::may_read;
use super::{Judge, Verdict, Way, refuse};
use crate::{ApiError, Place};

impl Judge<'_> {
    pub(super) fn share(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        let visit = self.visit_of(candidate)?;
        if candidate.id != ShareId::derive(visit.id).into() {
            return Err(refuse(
                "not_yours",
                "A record is shared under its own id. Update the app and try again.",
            ));
        }
        if held.and_then(|held| held.value("shared_at")).is_none() {
            alongside_domain::share::may_share(&self.facts.observation_heads(visit.id)?)?;
        }
        Ok(())
    }

    pub(super) fn response(&self, candidate: &Record) -> Result<(), Verdict> {
        let visit = self.visit_of(candidate)?;
        if candidate.id("teacher") != Some(self.standing.id())
            || candidate.id != ResponseId::derive(visit.id, self.standing.id()).into()
        {
            return Err(refuse(
                "not_yours",
                "A response is written by its teacher alone.",
            ));
        }
        if !self.facts.teachers(&visit)?.contains(&self.standing.id()) {
            return Err(refuse(
                "not_your_class",
                "Only those who taught the visited lesson can answer its record.",
            ));
        }
        if self.facts.share(visit.id)?.is_none() {
            return Err(refuse(
                "not_shared",
                "This record has not been shared yet, so it cannot be answered.",
            ));
        }
        Ok(())
    }

    /// A reflection is its teacher's own (R8, R19).
    pub(super) fn reflection(&self, candidate: &Record) -> Result<(), Verdict> {
        let visit = self.visit_of(candidate)?;
        if candidate.id("teacher") != Some(self.standing.id())
            || candidate.id != ReflectionId::derive(visit.id, self.standing.id()).into()
        {
            return Err(refuse(
                "not_yours",
                "A reflection is written by its teacher alone.",
            ));
        }
        if !self.facts.teachers(&visit)?.contains(&self.standing.id()) {
            return Err(refuse(
                "not_your_class",
                "Only those who taught the visited lesson reflect on its visit.",
            ));
        }
        Ok(())
    }

    /// An acknowledgement is given by its own person, of something they may read.
    pub(super) fn acknowledgement(&self, candidate: &Record) -> Result<(), Verdict> {
        let Some(of) = candidate.id::<RecordId>("of") else {
            return Err(refuse("unknown_id", "This does not say what was read."));
        };
        if candidate.id("person") != Some(self.standing.id())
            || candidate.id != AcknowledgementId::derive(of, self.standing.id()).into()
        {
            return Err(refuse(
                "not_yours",
                "Nobody can say for somebody else that they have read something.",
            ));
        }
        let target = self.facts.reader.get(of).map_err(ApiError::from)?;
        let is_readable = match &target {
            // Of a visit the record is read, and by those who may: nobody else is shown to its teachers as a reader.
            Some(target) if target.kind == Kind::Visit => {
                let share = self
                    .facts
                    .record(ShareId::derive(of.into()), &Kind::Share)?;
                match share.filter(|share| share.value("shared_at").is_some()) {
                    Some(share) => may_read(self.facts, self.standing, &share)?,
                    None => false,
                }
            }
            Some(target) if matches!(target.kind, Kind::Notice | Kind::Response | Kind::Report) => {
                may_read(self.facts, self.standing, target)?
            }
            _ => false,
        };
        if is_readable {
            Ok(())
        } else {
            Err(refuse("unknown_id", "What was read is not known here."))
        }
    }

    /// A comment is its writer's own, on a draft or a review; a leader answers it (R19).
    pub(super) fn comment(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        if held.is_some() && self.standing.is_leader() {
            return Ok(());
        }
        self.own_comment(candidate)
    }

    fn own_comment(&self, candidate: &Record) -> Result<(), Verdict> {
        if candidate.id("person") != Some(self.standing.id()) {
            return Err(refuse(
                "not_yours",
                "A comment is written and taken back by its own writer alone.",
            ));
        }
        let on = candidate
            .id::<RecordId>("on")
            .map(|on| self.facts.reader.get(on))
            .transpose();
        match on.map_err(ApiError::from)?.flatten() {
            Some(on) if on.kind == Kind::Review => Ok(()),
            Some(on) if on.kind == Kind::Template && !Template::read(&on).is_frozen => Ok(()),
            Some(on) if on.kind == Kind::Template => Err(refuse(
                "template_frozen",
                "This form is in use and no draft any more. Say it at the next review, or on the next draft.",
            )),
            _ => Err(refuse(
                "unknown_id",
                "What this comments on is not known here.",
            )),
        }
    }

    /// The words of a comment are its writer's, the answer a leader's. Once answered the words stay, or are taken back.
    pub(super) fn comment_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        if comment::ANSWER_FIELDS.contains(&name) {
            self.leads()?;
            if name == "answered_by" && field.value != serde_json::json!(self.standing.id()) {
                return Err(refuse(
                    "not_yours",
                    "An answer carries the name of who gives it.",
                ));
            }
            return self.moment(held, name, field, "answered_at");
        }
        let is_same = held.and_then(|held| held.fields.get(name)) == Some(field);
        if let Some(held) = held.filter(|_| !is_same) {
            self.own_comment(held)?;
            let is_answered = Comment::read(held).is_some_and(|held| held.answer.is_some());
            if is_answered && name == "text" && !field.value.is_null() {
                return Err(refuse(
                    "comment_answered",
                    "This comment was answered, so its words stay. Add another one, or take it back.",
                ));
            }
        }
        self.moment(held, name, field, "at")
    }

    /// A concern is written by its writer and answered by the head; neither can touch the other's part (R18).
    pub(super) fn concern(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        let own = self.standing.id();
        let writer = candidate.id("writer");
        if held.is_none() && writer != Some(own) {
            return Err(refuse(
                "not_yours",
                "A concern is raised by its own writer.",
            ));
        }
        if writer != Some(own) && !self.standing.is_head() {
            return Err(refuse(
                "not_yours",
                "Only the headteacher answers a concern.",
            ));
        }
        let supporter = candidate.id::<PersonId>("supporter");
        let before = held.and_then(|held| held.id::<PersonId>("supporter"));
        let is_new = supporter.is_some() && supporter != before;
        if is_new && supporter != self.standing.person.line_manager {
            return Err(refuse(
                "not_line_manager",
                "Only your line manager can stand beside you here.",
            ));
        }
        Ok(())
    }

    pub(super) fn concern_field(
        &self,
        held: Option<&Record>,
        name: &str,
        field: &Field,
    ) -> Result<(), Verdict> {
        let is_answer = ANSWER_FIELDS.contains(&name);
        if is_answer && !self.standing.is_head() {
            return Err(refuse(
                "not_yours",
                "Only the headteacher answers a concern.",
            ));
        }
        let is_set = held.is_some_and(|held| held.value(name).is_some());
        let is_answered = held.is_some_and(|held| held.value("answered_at").is_some());
        // What its writer's clock stamps anew before the receipt arrives is still what was said.
        let is_same = held.and_then(|held| held.value(name)) == Some(&field.value);
        if is_answer && is_answered && !is_same {
            return Err(refuse(
                "already_answered",
                "This concern was answered before, and the answer stays as it was given.",
            ));
        }
        let is_writer = held.is_none_or(|held| held.id("writer") == Some(self.standing.id()));
        if !is_answer && (!is_writer || (is_set && !is_same)) {
            return Err(refuse(
                "concern_raised",
                "A concern stays in its writer's words once it is raised.",
            ));
        }
        match name {
            "raised_at" | "answered_at" => self.moment(held, name, field, name),
            "answered_by" if field.value != serde_json::json!(self.standing.id()) => Err(refuse(
                "not_yours",
                "An answer carries the name of who gives it.",
            )),
            _ => Ok(()),
        }
    }

    /// A review is a leader's to publish; what it says of the protocol is counted by the hub (R17).
    pub(super) fn review(&self, candidate: &Record) -> Result<(), Verdict> {
        self.leads()?;
        self.exists(candidate, "term", &Kind::Term)?;
        let term = candidate.id::<TermId>("term");
        if term.is_none_or(|term| candidate.id != ReviewId::derive(term).into()) {
            return Err(refuse(
                "not_yours",
                "A term has one review, under its own id. Update the app and try again.",
            ));
        }
        Ok(())
    }

    pub(super) fn review_field(&self, name: &str) -> Result<(), Verdict> {
        if self.way == Way::Wire && matches!(name, "kept" | "made_at") {
            return Err(refuse(
                "hub_only",
                "A review's numbers are counted by the hub from its log, never written.",
            ));
        }
        Ok(())
    }

    /// Patterns are published by the hub when a leader says so, once, and stay as they are (R14).
    pub(super) fn pattern(&self, held: Option<&Record>, candidate: &Record) -> Result<(), Verdict> {
        if self.way == Way::Wire || self.place != Place::Hub {
            return Err(refuse(
                "hub_only",
                "Patterns are collated and published by the hub, never written. A leader publishes them on the page of the walk.",
            ));
        }
        self.leads()?;
        self.exists(candidate, "walk", &Kind::Walk)?;
        let walk = candidate.id::<WalkId>("walk");
        if walk.is_none_or(|walk| candidate.id != PatternId::derive(walk).into()) {
            return Err(refuse(
                "not_yours",
                "A walk has one publication of its patterns, under its own id. Update the app and try again.",
            ));
        }
        if held.is_some() {
            return Err(refuse(
                "already_published",
                "The patterns of this walk were published before and stay as they are.",
            ));
        }
        Ok(())
    }
}
