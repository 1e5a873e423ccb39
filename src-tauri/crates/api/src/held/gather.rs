//! Finding what is held about one person: what is theirs by its nature first, then whatever else names them.

use std::collections::HashSet;

use alongside_domain::class::Class;
use alongside_domain::concern::Concern;
use alongside_domain::retention;
use alongside_domain::visit::Visit;
use alongside_domain::{ClassId, Kind, Record, RecordId, VisitId};
use alongside_print::held::{Entry, Group, Held};
use alongside_store::DeviceKind;
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::lines::Lines;
use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::{ApiError, Place, log};

/// Everything that is held about the person of `view` and that they may read.
pub(super) fn held(view: &View<'_>) -> Result<Held, ApiError> {
    let reader = view.facts.reader;
    let is_whole = view.place == Place::Hub
        || (reader.outbox_count()? == 0
            && reader
                .note(alongside_sync::notes::HELD)?
                .is_some_and(|held| held != "0"));
    let mut gathering = Gathering::new(view)?;
    gathering.own()?;
    gathering.visits()?;
    gathering.words()?;
    gathering.all_else()?;
    if view.place == Place::Hub {
        gathering.hub()?;
    } else {
        gathering.device()?;
    }
    let mut groups = gathering.groups;
    groups.retain(|group| !group.records.is_empty());
    let school = view.facts.school()?;
    Ok(Held {
        school: school.map(|school| school.name).unwrap_or_default(),
        name: view.standing.person.name.clone(),
        taken_at: view.now,
        is_whole,
        groups,
    })
}

struct Gathering<'a> {
    view: &'a View<'a>,
    lines: Lines<'a>,
    /// As it stands in the values of fields.
    own: Value,
    /// The classes whose staff they are.
    staffed: HashSet<ClassId>,
    seen: HashSet<RecordId>,
    groups: Vec<Group>,
}

impl<'a> Gathering<'a> {
    fn new(view: &'a View<'a>) -> Result<Self, ApiError> {
        let own = view.standing.id();
        let classes: Vec<Class> = view
            .facts
            .reader
            .list(&Kind::Class)?
            .iter()
            .map(Class::read)
            .collect();
        let of = |is_theirs: &dyn Fn(&Class) -> bool| -> HashSet<ClassId> {
            let theirs = classes.iter().filter(|class| is_theirs(class));
            theirs.map(|class| class.id).collect()
        };
        Ok(Self {
            view,
            lines: Lines {
                view,
                atlas: Atlas::read(view)?,
            },
            own: json!(own),
            staffed: of(&|class| class.has_staff(own)),
            seen: HashSet::new(),
            groups: Vec::new(),
        })
    }

    /// Adds a group of those of `records` that this person may read and that are in no group yet.
    fn add(&mut self, title: &str, why: &str, records: Vec<Record>) -> Result<(), ApiError> {
        let (mut entries, mut until) = (Vec::new(), None::<NaiveDate>);
        for record in records {
            if self.seen.contains(&record.id) || !self.may_have(&record)? {
                continue;
            }
            self.seen.insert(record.id);
            until = until.max(self.until(&record)?);
            entries.push(Entry {
                title: self.lines.title(&record)?,
                lines: self.lines.of(&record)?,
                held: self.as_held(&record)?,
            });
        }
        self.groups.push(Group {
            title: title.to_owned(),
            why: why.to_owned(),
            until,
            records: entries,
        });
        Ok(())
    }

    /// What may be read, less what an observer does not see of the other before both are done.
    fn may_have(&self, record: &Record) -> Result<bool, ApiError> {
        if !may_read(self.view.facts, self.view.standing, record)? {
            return Ok(false);
        }
        let Some(visit) = record
            .id::<VisitId>("visit")
            .filter(|_| record.kind == Kind::Observation && !self.is_by_own(record))
        else {
            return Ok(true);
        };
        let known = self.view.known(visit)?;
        Ok(known
            .observations
            .iter()
            .any(|o| RecordId::from(o.id) == record.id))
    }

    /// Whether this person wrote it, so that what it said before is theirs too.
    fn is_by_own(&self, record: &Record) -> bool {
        let writer = match record.kind {
            Kind::Observation => "observer",
            Kind::Response | Kind::Reflection => "teacher",
            Kind::Acknowledgement | Kind::Comment | Kind::Rating => "person",
            Kind::Concern => "writer",
            _ => return false,
        };
        record.value(writer) == Some(&self.own)
    }

    fn as_held(&self, record: &Record) -> Result<Value, ApiError> {
        let is_person = record.id == self.view.standing.id().into();
        let mut held = json!({"id": record.id, "kind": record.kind, "fields": record.fields});
        if record.kind == Kind::School {
            // Of the school only what this person changed in it is about them.
            let own = record.fields.iter().filter(|(name, field)| {
                name.starts_with("changes.") && field.value.get("by") == Some(&self.own)
            });
            let own: serde_json::Map<String, Value> = own
                .map(|(name, field)| (name.clone(), json!(field)))
                .collect();
            held = json!({"id": record.id, "kind": record.kind, "fields": own});
        }
        if (is_person || self.is_by_own(record))
            && let Some(held) = held.as_object_mut()
        {
            let earlier = self.view.facts.reader.history(record.id)?;
            let earlier: Vec<Value> = earlier
                .into_iter()
                .map(|past| {
                    json!({"field": past.name, "value": past.field.value, "stamp": past.field.stamp})
                })
                .collect();
            held.insert("earlier".into(), json!(earlier));
        }
        Ok(held)
    }

    fn until(&self, record: &Record) -> Result<Option<NaiveDate>, ApiError> {
        let settings = &self.lines.atlas.settings;
        let of = match record.kind {
            Kind::Visit => Visit::read(record),
            Kind::Observation | Kind::Share | Kind::Response | Kind::Reflection => record
                .id("visit")
                .map(|visit| self.view.facts.visit(visit))
                .transpose()?
                .flatten(),
            Kind::Concern => {
                let concern = Concern::read(record);
                return Ok(concern.map(|concern| retention::of_concern(&concern, settings)));
            }
            _ => None,
        };
        Ok(of.map(|visit| retention::of_visit(&visit, settings)))
    }

    fn list(
        &self,
        kind: Kind,
        is_theirs: impl Fn(&Record) -> bool,
    ) -> Result<Vec<Record>, ApiError> {
        let mut records = self.view.facts.reader.list(&kind)?;
        records.retain(is_theirs);
        Ok(records)
    }

    /// Whether a field of a record is this person's id.
    fn says(&self, record: &Record, name: &str) -> bool {
        record.value(name) == Some(&self.own)
    }

    /// Who they are, and where they work.
    fn own(&mut self) -> Result<(), ApiError> {
        let id = self.view.standing.id();
        let own = self.list(Kind::Person, |record| record.id == id.into())?;
        self.add(
            "Who you are",
            "So that you can be let in, and told what concerns you.",
            own,
        )?;
        let staffed = self.staffed.clone();
        let classes = self.list(Kind::Class, |record| staffed.contains(&record.id.into()))?;
        self.add(
            "Your classes",
            "They decide whose record it is when a class is visited.",
            classes,
        )
    }

    /// Visits to their classes, and those they make.
    fn visits(&mut self) -> Result<(), ApiError> {
        let to = self.visits_of(|visit, this| this.is_to(visit))?;
        let to = self.list(Kind::Visit, |record| to.contains(&record.id.into()))?;
        self.add(
            "Visits to your lessons",
            "They are announced to you, and counted towards the most there can be in a year.",
            to,
        )?;
        let own = self.own.clone();
        let by = self.list(Kind::Visit, |record| names(record, &own))?;
        self.add(
            "Visits you make",
            "You are down for them as an observer.",
            by,
        )
    }

    /// What was written by them and about their lessons.
    fn words(&mut self) -> Result<(), ApiError> {
        let taught =
            self.visits_of(|visit, this| this.lines.atlas.teaches(this.view.standing.id(), visit))?;
        let made =
            self.visits_of(|visit, this| visit.observers.contains(&this.view.standing.id()))?;
        let under = |visits: &HashSet<VisitId>, record: &Record| {
            record.id("visit").is_some_and(|id| visits.contains(&id))
        };
        let about = self.list(Kind::Observation, |record| {
            under(&taught, record) && !self.says(record, "observer")
        })?;
        self.add(
            "What was written about your lessons",
            "You read every word of it once it is shared. It serves the whole school's learning and never judges you.",
            about,
        )?;
        let own = self.list(Kind::Observation, |record| self.says(record, "observer"))?;
        self.add(
            "What you wrote as an observer",
            "It is kept in your name and read by the teachers of the class.",
            own,
        )?;
        let shares = self.list(Kind::Share, |record| {
            under(&taught, record) || under(&made, record)
        })?;
        self.add(
            "When records were shared",
            "To keep the time within which a record must be shared.",
            shares,
        )?;
        let own = self.list(Kind::Response, |record| self.says(record, "teacher"))?;
        self.add(
            "Your responses",
            "They are kept with the record. Only you can change them.",
            own,
        )?;
        let others = self.list(Kind::Response, |record| under(&made, record))?;
        self.add(
            "Responses to what you observed",
            "Teachers answered a record you wrote in.",
            others,
        )?;
        let own = self.list(Kind::Reflection, |record| self.says(record, "teacher"))?;
        self.add(
            "Your reflections",
            "Your own thoughts after a visit, read by those you let.",
            own,
        )?;
        self.more_words(&taught)
    }

    fn more_words(&mut self, taught: &HashSet<VisitId>) -> Result<(), ApiError> {
        let own = self.list(Kind::Acknowledgement, |record| self.says(record, "person"))?;
        self.add(
            "What you have read",
            "So that others can see that you have read it.",
            own,
        )?;
        let mine: HashSet<RecordId> = self
            .list(Kind::Response, |record| self.says(record, "teacher"))?
            .iter()
            .map(|record| record.id)
            .chain(taught.iter().map(|visit| (*visit).into()))
            .collect();
        let by_others = self.list(Kind::Acknowledgement, |record| {
            record.id("of").is_some_and(|of| mine.contains(&of))
        })?;
        self.add(
            "Who has read your record and your responses",
            "So that you can see it.",
            by_others,
        )?;
        let own = self.own.clone();
        let concerns = self.list(Kind::Concern, |record| names(record, &own))?;
        self.add(
            "Concerns",
            "Those you raised, stand beside or answered. Nobody else reads them.",
            concerns,
        )?;
        let own = self.list(Kind::Comment, |record| self.says(record, "person"))?;
        self.add(
            "Your comments",
            "What you said to a draft or a review; all staff read it.",
            own,
        )?;
        let own = self.list(Kind::Rating, |record| self.says(record, "person"))?;
        self.add(
            "Your ratings in the school's self-evaluation",
            "What you rated of the school's work, and on what it rests; leaders read it, and governors where the school lets them.",
            own,
        )?;
        let me = self.own.clone();
        let own = self.list(Kind::Action, |record| names(record, &me))?;
        self.add(
            "Your actions",
            "What you were to do after a walk, and the notes you wrote about how it goes.",
            own,
        )
    }

    /// Whatever else names them: notices, walks, people they are line manager of, settings they changed.
    fn all_else(&mut self) -> Result<(), ApiError> {
        let (mut plans, mut others) = (Vec::new(), Vec::new());
        for kind in Kind::KNOWN {
            for record in self.view.facts.reader.list(&kind)? {
                if self.seen.contains(&record.id) || !names(&record, &self.own) {
                    continue;
                }
                match kind {
                    Kind::Walk | Kind::Notice => plans.push(record),
                    _ => others.push(record),
                }
            }
        }
        self.add(
            "Walks and notices that name you",
            "Staff are told beforehand who observes.",
            plans,
        )?;
        self.add(
            "Other entries that name you",
            "Such as people whose line manager you are, and settings you changed.",
            others,
        )
    }

    /// What the hub alone keeps: the devices they were let in with, and the lines of the log about them.
    fn hub(&mut self) -> Result<(), ApiError> {
        let own = self.view.standing.id();
        let time = |millis: i64| DateTime::from_timestamp_millis(millis).unwrap_or_default();
        let devices = self.view.facts.reader.devices()?;
        let devices = devices.into_iter().filter(|device| device.person == own);
        let entries = devices.map(|device| {
            let kind = match device.kind {
                DeviceKind::App => "The app",
                DeviceKind::Browser => "A browser",
            };
            Entry {
                title: device.name.clone(),
                lines: vec![
                    ("What".to_owned(), kind.to_owned()),
                    ("Let in".to_owned(), in_words(time(device.paired_at))),
                ],
                held: json!({
                    "device": device.id,
                    "name": device.name,
                    "is_browser": device.kind == DeviceKind::Browser,
                    "paired_at": time(device.paired_at),
                    "last_contact": device.last_contact.map(time),
                    "revoked_at": device.revoked_at.map(time),
                }),
            }
        });
        self.groups.push(Group {
            title: "Devices and browsers you were let in with".to_owned(),
            why: "So that nobody else comes in as you, and leaders see which tablet has not been heard.".to_owned(),
            until: None,
            records: entries.collect(),
        });
        let lines = log::about(self.view)?;
        let entries = lines.into_iter().map(|line| Entry {
            title: line.sentence.clone(),
            lines: vec![("When".to_owned(), in_words(line.at))],
            held: json!({"log": line}),
        });
        self.groups.push(Group {
            title: "Lines of the log about you".to_owned(),
            why: "Who did and read what, so that the protocol can be checked. The lines stay; they have no words of anyone in them.".to_owned(),
            until: None,
            records: entries.collect(),
        });
        Ok(())
    }

    /// What this device alone keeps: changes that the hub did not take.
    fn device(&mut self) -> Result<(), ApiError> {
        let entries = self
            .view
            .facts
            .reader
            .set_aside()?
            .into_iter()
            .map(|aside| Entry {
                title: "A change that the hub did not take".to_owned(),
                lines: vec![
                    (
                        "What you wrote".to_owned(),
                        match &aside.field.value {
                            Value::String(text) => text.clone(),
                            other => other.to_string(),
                        },
                    ),
                    ("Why it was not taken".to_owned(), aside.message.clone()),
                ],
                held: json!({
                    "id": aside.record,
                    "kind": aside.kind,
                    "field": aside.name,
                    "value": aside.field.value,
                    "stamp": aside.field.stamp,
                    "code": aside.code,
                    "message": aside.message,
                }),
            });
        self.groups.push(Group {
            title: "Changes that were not taken".to_owned(),
            why: "They are kept on this device alone, until you let them go.".to_owned(),
            until: None,
            records: entries.collect(),
        });
        Ok(())
    }

    /// Whether a visit was to a lesson they taught or supported, or is to come to one.
    fn is_to(&self, visit: &Visit) -> bool {
        let (own, atlas) = (self.view.standing.id(), &self.lines.atlas);
        let class = atlas.classes.get(&visit.class);
        atlas.teaches(own, visit) || class.is_some_and(|class| class.support.contains(&own))
    }

    fn visits_of(
        &self,
        is_theirs: impl Fn(&Visit, &Self) -> bool,
    ) -> Result<HashSet<VisitId>, ApiError> {
        let visits = self.view.facts.visits()?;
        let theirs = visits.iter().filter(|visit| is_theirs(visit, self));
        Ok(theirs.map(|visit| visit.id).collect())
    }
}

/// Whether a person is named in any value of a record.
fn names(record: &Record, person: &Value) -> bool {
    let Some(id) = person.as_str() else {
        return false;
    };
    let mut values = record.fields.values().map(|field| &field.value);
    values.any(|value| is_in(value, id))
}

fn is_in(value: &Value, id: &str) -> bool {
    match value {
        // A notice has several ids in one text.
        Value::String(text) => text.contains(id),
        Value::Array(values) => values.iter().any(|value| is_in(value, id)),
        Value::Object(values) => values.values().any(|value| is_in(value, id)),
        _ => false,
    }
}

pub(super) fn in_words<Zone: chrono::TimeZone>(time: DateTime<Zone>) -> String
where
    Zone::Offset: std::fmt::Display,
{
    time.format("%-d %B %Y, %H:%M").to_string()
}
