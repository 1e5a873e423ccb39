//! A line of the log in plain words: who did what with what. Names of people, classes, walks and days are in it; what
//! anyone wrote or marked is not.

use alongside_domain::visit::{TEACHERS, Visit};
use alongside_domain::{Kind, Record, VisitId, WalkId, setting};
use alongside_store::LogLine;

use super::{DESTROYED, EXPORTED};
use crate::ApiError;
use crate::atlas::Atlas;
use crate::facts::Facts;

/// The sentence of a line. `record` is what the line is about, while it is there.
pub(super) fn of(
    facts: Facts<'_>,
    atlas: &Atlas,
    line: &LogLine,
    by: &str,
    record: Option<&Record>,
) -> Result<String, ApiError> {
    let words = Words {
        facts,
        atlas,
        line,
        record,
    };
    Ok(match line.act.as_str() {
        DESTROYED => return Ok(destroyed(line, by)),
        "accepted" => format!("{by} {}.", words.written()?),
        "read" => format!("{by} read {}.", words.thing()?),
        "paired" => format!("{by} came in with a device or a browser."),
        "revoked" => format!("{by} shut out a device or a browser of {}.", words.person()),
        "wiped" => format!(
            "A device of {} that was shut out came back, and removed everything from itself.",
            words.person()
        ),
        "left" => format!("{by} signed out, or was let out of a device."),
        "invited" => format!("{by} made a code to let {} in.", words.person()),
        "taken_along" => format!("{by} took a copy of the whole hub along, for a server."),
        "imported" => format!("{by} took the school in from an archive."),
        EXPORTED => match line.kind {
            Some(Kind::Person) => format!("{by} took away what is held about them."),
            Some(Kind::School) => format!("{by} took away an archive of what the school holds."),
            // They are named by their walk: until they are published there is no record of them.
            Some(Kind::Pattern) => match line.record {
                Some(walk) => {
                    let walk = words.walk(Some(walk.into()))?;
                    format!("{by} took the patterns of {walk} away as a file.")
                }
                None => format!("{by} took the patterns of several walks away as a file."),
            },
            _ => format!("{by} took {} away as a file.", words.thing()?),
        },
        _ if line.record.is_some() => format!("{by} did something with {}.", words.thing()?),
        _ => format!("{by} did something that this version has no words for."),
    })
}

/// What a destruction says of itself: `visit 12 observation 24`.
fn destroyed(line: &LogLine, by: &str) -> String {
    let mut parts = line.detail.split(' ');
    let mut counted = Vec::new();
    while let (Some(kind), Some(count)) = (parts.next(), parts.next()) {
        let count: usize = count.parse().unwrap_or_default();
        counted.push(super::counted(count, &Kind::from(kind.to_owned())));
    }
    let counted = counted.join(", ");
    match line.person {
        Some(_) => format!("{by} destroyed what was due: {counted}."),
        None => format!("The hub destroyed what was due: {counted}."),
    }
}

struct Words<'a> {
    facts: Facts<'a>,
    atlas: &'a Atlas,
    line: &'a LogLine,
    record: Option<&'a Record>,
}

impl Words<'_> {
    /// Whether the line says that a field was written whose name begins so.
    fn wrote(&self, start: &str) -> bool {
        self.fields().any(|name| name.starts_with(start))
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        let names = self.line.detail.split_once(": ");
        names.map_or("", |(_, names)| names).split(' ')
    }

    /// What was written: a verb and the thing.
    fn written(&self) -> Result<String, ApiError> {
        let thing = self.thing()?;
        let kind = self.line.kind.as_ref();
        let Some(kind) = kind.filter(|_| self.record.is_some()) else {
            return Ok(format!("wrote in {thing}"));
        };
        Ok(match kind {
            Kind::School => self.school(),
            Kind::Visit if self.wrote("cancelled_at") => format!("called off {thing}"),
            Kind::Visit if self.wrote("walk") => format!("planned {thing}"),
            Kind::Visit if self.wrote(TEACHERS) => format!("noted who taught {thing}"),
            Kind::Visit => format!("changed the plan of {thing}"),
            Kind::Notice => format!("gave {thing}"),
            Kind::Observation if self.wrote("finished_at") => format!("finished {thing}"),
            Kind::Observation if self.wrote("started_at") => format!("began {thing}"),
            Kind::Observation if self.wrote("additions") => format!("added to {thing}"),
            Kind::Share => format!("shared {thing}"),
            Kind::Response if self.wrote("sent_at") => format!("sent {thing}"),
            Kind::Acknowledgement => format!("read {thing}"),
            Kind::Concern if self.wrote("raised_at") => format!("raised {thing}"),
            Kind::Concern if self.wrote("answer") => format!("answered {thing}"),
            Kind::Review if self.wrote("made_at") => format!("made {thing}"),
            Kind::Comment => format!("commented on {thing}"),
            Kind::SelfEvaluation if self.wrote("closed_at") => format!("closed {thing}"),
            Kind::SelfEvaluation if self.wrote("started_at") => format!("began {thing}"),
            Kind::Report if self.wrote("published_at") => format!("published {thing}"),
            Kind::Report if self.wrote("additions") => format!("added to {thing}"),
            Kind::Action if self.wrote("title") => format!("added or changed {thing}"),
            Kind::Action => format!("said how far {thing} is"),
            Kind::Pattern => format!("published {thing}"),
            Kind::Template if self.wrote("frozen_at") => format!("froze {thing}"),
            Kind::Person | Kind::Class | Kind::Room | Kind::Template | Kind::Walk | Kind::Term => {
                format!("added or changed {thing}")
            }
            _ => format!("wrote in {thing}"),
        })
    }

    fn school(&self) -> String {
        let titles: Vec<&str> = self
            .fields()
            .filter_map(|name| setting::title(name.strip_prefix("settings.")?))
            .collect();
        if titles.is_empty() {
            "changed the entry of the school".to_owned()
        } else {
            format!("changed a setting: {}", titles.join(", "))
        }
    }

    /// What the line is about.
    fn thing(&self) -> Result<String, ApiError> {
        let Some(record) = self.record else {
            return Ok(match &self.line.kind {
                Some(kind) => format!("{} that has been destroyed since", super::one(kind)),
                None => "something".to_owned(),
            });
        };
        let named = |noun: &str| format!("{noun} “{}”", record.text("name"));
        Ok(match &record.kind {
            Kind::School => "the school".to_owned(),
            Kind::Person => format!("the entry of {}", self.person()),
            Kind::Class => named("the class"),
            Kind::Room => named("the room"),
            Kind::Template => named("the form"),
            Kind::Term => named("the term"),
            Kind::Walk => named("the walk"),
            // A visit in a line of reading stands for its record.
            Kind::Visit if self.line.act == "read" => {
                format!("the record of {}", self.visit(Some(record.id.into()))?)
            }
            Kind::Visit => self.visit(Some(record.id.into()))?,
            Kind::Notice => format!("notice of {}", self.walk(record.id("walk"))?),
            Kind::Observation => {
                format!("their observation of {}", self.visit(record.id("visit"))?)
            }
            Kind::Share => format!("the record of {}", self.visit(record.id("visit"))?),
            Kind::Response => format!(
                "their response to the record of {}",
                self.visit(record.id("visit"))?
            ),
            Kind::Reflection => {
                format!("their reflection on {}", self.visit(record.id("visit"))?)
            }
            Kind::Acknowledgement => self.acknowledged(record)?,
            Kind::Concern => "a concern".to_owned(),
            Kind::Review => "a review".to_owned(),
            Kind::Comment => "a draft or a review".to_owned(),
            Kind::SelfEvaluation => "the school's self-evaluation".to_owned(),
            Kind::Rating => "their ratings in the school's self-evaluation".to_owned(),
            Kind::Debrief => format!("the debrief of {}", self.walk(record.id("walk"))?),
            Kind::Report => format!("the report of {}", self.walk(record.id("walk"))?),
            Kind::Action => format!("the action “{}”", record.text("title")),
            Kind::Pattern => format!("the patterns of {}", self.walk(record.id("walk"))?),
            Kind::Other(_) => "a record of a kind that is not known here".to_owned(),
        })
    }

    fn person(&self) -> String {
        match self.line.record {
            Some(id) if self.record.is_some_and(|one| one.kind == Kind::Person) => {
                self.atlas.name(id.into())
            }
            _ => "somebody".to_owned(),
        }
    }

    fn acknowledged(&self, record: &Record) -> Result<String, ApiError> {
        let of = record.id("of").map(|of| self.facts.reader.get(of));
        Ok(match of.transpose()?.flatten() {
            Some(of) if of.kind == Kind::Notice => {
                format!("the notice of {}", self.walk(of.id("walk"))?)
            }
            Some(of) if of.kind == Kind::Report => {
                format!("the report of {}", self.walk(of.id("walk"))?)
            }
            Some(of) if of.kind == Kind::Visit => {
                format!("the record of {}", self.visit(Some(of.id.into()))?)
            }
            Some(of) if of.kind == Kind::Response => format!(
                "a response to the record of {}",
                self.visit(of.id("visit"))?
            ),
            _ => "something that has been destroyed since".to_owned(),
        })
    }

    fn visit(&self, id: Option<VisitId>) -> Result<String, ApiError> {
        let record = id
            .map(|id| self.facts.record(id, &Kind::Visit))
            .transpose()?;
        Ok(match record.flatten().as_ref().and_then(Visit::read) {
            Some(visit) => format!(
                "the visit to {} on {}",
                self.atlas.class_name(visit.class),
                visit.starts_at.format("%-d %B %Y")
            ),
            None => "a visit that has been destroyed since".to_owned(),
        })
    }

    fn walk(&self, id: Option<WalkId>) -> Result<String, ApiError> {
        let walk = id.map(|id| self.facts.walk(id)).transpose()?.flatten();
        Ok(walk.map_or_else(
            || "a walk that has been destroyed since".to_owned(),
            |walk| format!("the walk “{}”", walk.name),
        ))
    }
}
