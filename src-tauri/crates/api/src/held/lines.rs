//! A record in plain words, for the person it is about.

use alongside_domain::action::Action;
use alongside_domain::class::Class;
use alongside_domain::field::ARRIVED_AT;
use alongside_domain::observation::{Mark, Observation};
use alongside_domain::person::Person;
use alongside_domain::reflection::QUESTIONS;
use alongside_domain::self_evaluation::Ratings;
use alongside_domain::self_evaluation::tool::DOMAINS;
use alongside_domain::setting;
use alongside_domain::template::Template;
use alongside_domain::visit::{Part, Visit};
use alongside_domain::{Kind, PersonId, Record, TemplateId, VisitId};
use serde_json::Value;

use super::gather::in_words;
use crate::ApiError;
use crate::atlas::Atlas;
use crate::desk::View;
use crate::unplaced::unplaced;

type Line = (String, String);

/// Words for the records of one school.
pub(super) struct Lines<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) atlas: Atlas,
}

impl Lines<'_> {
    /// What a record is.
    pub(super) fn title(&self, record: &Record) -> Result<String, ApiError> {
        let visit = || self.visit(record.id("visit"));
        let by = |name: &str| self.person(record.id(name));
        Ok(match record.kind {
            Kind::Observation => format!("{}, written by {}", visit()?, by("observer")),
            Kind::Share => format!("The record of {}", visit()?),
            Kind::Response => format!("{}, written by {}", visit()?, by("teacher")),
            Kind::Reflection => format!("After {}", visit()?),
            Kind::Visit => capital(&self.visit(Some(record.id.into()))?),
            Kind::Acknowledgement => {
                format!("Read by {}: {}", by("person"), self.read_thing(record)?)
            }
            Kind::Notice => format!("Notice of {}", self.walk(record)?),
            Kind::Concern => format!("A concern raised by {}", by("writer")),
            Kind::Comment => "A comment".to_owned(),
            Kind::Rating => "Your ratings".to_owned(),
            Kind::Action => record.text("title").to_owned(),
            Kind::School => "Settings you changed".to_owned(),
            _ => record.text("name").to_owned(),
        })
    }

    /// What a record says, each part with its name. What has no words here is in the file for machines.
    pub(super) fn of(&self, record: &Record) -> Result<Vec<Line>, ApiError> {
        let mut lines = Vec::new();
        let mut say = |label: &str, text: String| {
            if !text.trim().is_empty() {
                lines.push((label.to_owned(), text));
            }
        };
        let when = |name: &str| record.time(name).map(in_words).unwrap_or_default();
        match &record.kind {
            Kind::Person => {
                let person = Person::read(record);
                let roles: Vec<&str> = person.roles.iter().map(|role| role.as_str()).collect();
                say("Roles", roles.join(", "));
                let manager = person.line_manager.map(|id| self.atlas.name(id));
                say("Line manager", manager.unwrap_or_default());
            }
            Kind::Class => {
                let class = Class::read(record);
                let named = |people: &[PersonId]| self.people(people);
                say("Year group", class.year_group.clone());
                say("Phase", class.phase.clone());
                say("Teachers", named(&class.teachers));
                say("Support staff", named(&class.support));
            }
            Kind::Visit => {
                if let Some(visit) = Visit::read(record) {
                    say("When", in_words(visit.starts_at));
                    say("Minutes", visit.minutes.to_string());
                    say("Observers", self.people(&visit.observers));
                    say("Subject", visit.subject.clone());
                    let part = match visit.part {
                        Part::Opening => "the opening",
                        Part::Main => "the main part",
                        Part::Plenary => "the plenary",
                    };
                    say("Part of the lesson", part.to_owned());
                    if visit.is_cancelled {
                        say("Called off", when("cancelled_at"));
                    }
                    let day = self.atlas.settings.destroyed_on(visit.starts_at);
                    say("Destroyed on", day.format("%-d %B %Y").to_string());
                }
            }
            Kind::Observation => return self.observation(record),
            Kind::Share => {
                say("Shared", when("shared_at"));
                if record.flag("talked") {
                    say("Afterwards", "A short talk took place.".to_owned());
                }
            }
            Kind::Response => {
                say("Sent", when("sent_at"));
                let template = self.template(record)?;
                for (section, field) in record.parts("comments") {
                    let label = section_title(template.as_ref(), section);
                    say(&label, text_of(&field.value));
                }
                say("On the whole", record.text("overall").to_owned());
            }
            Kind::Reflection => {
                for (key, question) in QUESTIONS {
                    say(question, record.text(key).to_owned());
                }
                say("Who may read it", self.people(&record.ids("readers")));
            }
            Kind::Acknowledgement => say("When", when("at")),
            Kind::Concern => {
                say("Raised", when("raised_at"));
                let supporter = record.id("supporter").map(|id| self.atlas.name(id));
                say("With the support of", supporter.unwrap_or_default());
                say("Concern", record.text("text").to_owned());
                say("Answer", record.text("answer").to_owned());
                say("Answered", when("answered_at"));
            }
            Kind::Comment => {
                say("When", when("at"));
                say("Comment", record.text("text").to_owned());
            }
            Kind::Notice => {
                say("Given", when("given_at"));
                say("Came to the hub", when(ARRIVED_AT));
            }
            Kind::Rating => {
                if let Some(own) = Ratings::read(record) {
                    for one in DOMAINS.iter().flat_map(|domain| &domain.indicators) {
                        let rating = own.ratings.get(one.key).map(|rating| rating.word());
                        let note = own.notes.get(one.key).map(String::as_str);
                        let said: Vec<&str> = rating.into_iter().chain(note).collect();
                        say(one.text, said.join(". "));
                    }
                }
            }
            Kind::Action => {
                if let Some(action) = Action::read(record) {
                    say("Whose", self.atlas.name(action.owner));
                    say("By", action.due_on.format("%-d %B %Y").to_string());
                    say("Done when", action.success_criteria);
                    let own = self.view.standing.id();
                    for note in action.notes.iter().filter(|note| note.by == own) {
                        say("Your note", format!("{}, {}", note.text, in_words(note.at)));
                    }
                }
            }
            Kind::Walk => {
                say("Focus", record.text("focus").to_owned());
                say("Observers", self.people(&record.ids("observers")));
            }
            Kind::School => {
                let own = self.view.standing.id();
                for change in setting::told(record)
                    .iter()
                    .filter(|change| change.by == own)
                {
                    let said = format!(
                        "{} instead of {}, {}",
                        change.to,
                        change.from,
                        in_words(change.at)
                    );
                    say(change.title, said);
                }
            }
            _ => {}
        }
        Ok(lines)
    }

    fn observation(&self, record: &Record) -> Result<Vec<Line>, ApiError> {
        let Some(own) = Observation::read(record) else {
            return Ok(Vec::new());
        };
        let template = self.template(record)?;
        let mut lines = Vec::new();
        let mut say = |label: &str, text: String| {
            if !text.trim().is_empty() {
                lines.push((label.to_owned(), text));
            }
        };
        say("Began", own.started_at.map(in_words).unwrap_or_default());
        say(
            "Finished",
            own.finished_at.map(in_words).unwrap_or_default(),
        );
        let pupils = own.pupils.map(|pupils| pupils.to_string());
        say("Pupils", pupils.unwrap_or_default());
        say("About the group", own.pupils_note.clone());
        for line in &own.went_well {
            say("What went well", line.text.clone());
        }
        for line in &own.even_better_if {
            say("Even better if", line.text.clone());
        }
        let sections = template.iter().flat_map(|template| &template.sections);
        for section in sections {
            for criterion in &section.criteria {
                let mark = match own.marks.get(&criterion.key) {
                    Some(Mark::Seen) => "Seen",
                    Some(Mark::NotSeen) => "Not seen this time",
                    None => continue,
                };
                say(&criterion.text, mark.to_owned());
            }
        }
        for (section, text) in &own.comments {
            say(&section_title(template.as_ref(), section), text.clone());
        }
        say("On the whole", own.overall.clone());
        for (at, line) in &own.additions {
            say(&format!("Added on {}", in_words(*at)), line.text.clone());
        }
        for (name, words) in unplaced(record, template.as_ref()) {
            if !name.starts_with("comments.") {
                say(&format!("Beside the form ({name})"), words);
            }
        }
        Ok(lines)
    }

    /// The form of the walk that a record's visit belongs to.
    fn template(&self, record: &Record) -> Result<Option<Template>, ApiError> {
        let Some(visit) = record
            .id("visit")
            .map(|visit| self.view.facts.visit(visit))
            .transpose()?
            .flatten()
        else {
            return Ok(None);
        };
        let walk = self.view.facts.walk(visit.walk)?;
        let template: Option<TemplateId> = walk.and_then(|walk| walk.template);
        let form = template.map(|id| self.view.facts.record(id, &Kind::Template));
        Ok(form.transpose()?.flatten().as_ref().map(Template::read))
    }

    fn visit(&self, id: Option<VisitId>) -> Result<String, ApiError> {
        let visit = id
            .map(|id| self.view.facts.visit(id))
            .transpose()?
            .flatten();
        Ok(visit.map_or_else(
            || "a visit".to_owned(),
            |visit| {
                format!(
                    "the visit to {} on {}",
                    self.atlas.class_name(visit.class),
                    visit.starts_at.format("%-d %B %Y")
                )
            },
        ))
    }

    fn walk(&self, record: &Record) -> Result<String, ApiError> {
        let walk = record.id("walk").map(|id| self.view.facts.walk(id));
        Ok(walk.transpose()?.flatten().map_or_else(
            || "a walk".to_owned(),
            |walk| format!("the walk “{}”", walk.name),
        ))
    }

    fn read_thing(&self, record: &Record) -> Result<String, ApiError> {
        let of = record.id("of").map(|id| self.view.facts.reader.get(id));
        Ok(match of.transpose()?.flatten() {
            Some(of) if of.kind == Kind::Notice => format!("the notice of {}", self.walk(&of)?),
            Some(of) if of.kind == Kind::Report => format!("the report of {}", self.walk(&of)?),
            Some(of) if of.kind == Kind::Visit => {
                format!("the record of {}", self.visit(Some(of.id.into()))?)
            }
            Some(of) if of.kind == Kind::Response => {
                format!("a response to {}", self.visit(of.id("visit"))?)
            }
            _ => "something that is not here".to_owned(),
        })
    }

    fn person(&self, id: Option<PersonId>) -> String {
        id.map_or_else(|| "somebody".to_owned(), |id| self.atlas.name(id))
    }

    fn people(&self, people: &[PersonId]) -> String {
        let names: Vec<String> = people.iter().map(|id| self.atlas.name(*id)).collect();
        names.join(", ")
    }
}

fn section_title(template: Option<&Template>, key: &str) -> String {
    let mut sections = template.into_iter().flat_map(|template| &template.sections);
    sections
        .find(|section| section.key == key)
        .map_or_else(|| key.to_owned(), |section| section.title.clone())
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
