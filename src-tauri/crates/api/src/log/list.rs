//! Reading the log: the head reads all of it, everyone else the lines about themselves, a page at a time.
//!
//! No line has a mark, a text of anyone or the name of a field in it, so no filter of it says how a lesson was (R9). A
//! concern's lines are for those who read the concern (R18).

use std::collections::{HashMap, HashSet};

use alongside_domain::class::Class;
use alongside_domain::visit::Visit;
use alongside_domain::{ClassId, DeviceId, Kind, PersonId, Record, RecordId, VisitId};
use alongside_store::{LogFilter, LogLine};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{DESTROYED, sentence};
use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::{Actor, ApiError, Desk};

/// How many lines are on a page.
const PAGE: usize = 50;
/// How many lines are looked at together.
const LOOKED_AT: usize = 500;

/// `log_list`
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct LogAsked {
    /// Lines older than this one; the newest where absent.
    #[ts(type = "number | null")]
    pub before: Option<u64>,
    /// Lines of this act only.
    pub act: Option<String>,
    /// Lines by this person only.
    pub person: Option<PersonId>,
}

/// One line, in plain words.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LogLineView {
    /// Its place in the log.
    #[ts(type = "number")]
    pub seq: u64,
    /// When, on the hub's clock.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// With which device.
    pub device: Option<String>,
    /// For machines: `accepted`, `read`, `destroyed`, …
    pub act: String,
    /// What happened.
    pub sentence: String,
    /// The kind of record, for machines.
    pub kind: Option<String>,
}

/// A page of the log.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LogPage {
    /// Latest first.
    pub lines: Vec<LogLineView>,
    /// Ask with this for the next page; none on the last.
    #[ts(type = "number | null")]
    pub before: Option<u64>,
    /// Whether this person reads the whole log, or the lines about themselves.
    pub is_whole: bool,
}

/// `log_list`: at the hub.
pub(crate) fn list(desk: &Desk, actor: &Actor, request: LogAsked) -> Result<LogPage, ApiError> {
    desk.must_be_hub()?;
    desk.read(actor, |view| {
        let filter = LogFilter {
            person: request.person,
            act: request.act.filter(|act| !act.is_empty()),
            ..LogFilter::default()
        };
        let mut lens = Lens::new(view)?;
        let mut page = LogPage {
            lines: Vec::new(),
            before: None,
            is_whole: lens.is_whole,
        };
        let mut before = request.before;
        loop {
            let lines = view.facts.reader.log(&filter, before, LOOKED_AT)?;
            let is_last = lines.len() < LOOKED_AT;
            for line in lines {
                before = Some(line.seq);
                if !lens.shows(&line)? {
                    continue;
                }
                if page.lines.len() == PAGE {
                    page.before = page.lines.last().map(|last: &LogLineView| last.seq);
                    return Ok(page);
                }
                page.lines.push(lens.told(line)?);
            }
            if is_last {
                return Ok(page);
            }
        }
    })
}

/// Every line of the log about this person, latest first; for what is held about them.
pub(crate) fn about(view: &View<'_>) -> Result<Vec<LogLineView>, ApiError> {
    let mut lens = Lens::new(view)?;
    // The head reads the whole log, and is not the one all of it is about.
    lens.is_whole = false;
    let (mut lines, mut before) = (Vec::new(), None);
    loop {
        let page = view
            .facts
            .reader
            .log(&LogFilter::default(), before, LOOKED_AT)?;
        let is_last = page.len() < LOOKED_AT;
        for line in page {
            before = Some(line.seq);
            if line.act != DESTROYED && lens.shows(&line)? {
                lines.push(lens.told(line)?);
            }
        }
        if is_last {
            return Ok(lines);
        }
    }
}

/// The log as one person may see it.
struct Lens<'a> {
    view: &'a View<'a>,
    atlas: Atlas,
    is_whole: bool,
    /// The classes whose staff they are.
    classes: HashSet<ClassId>,
    devices: HashMap<DeviceId, String>,
    /// Records of this page, and whether lines about them are for this person.
    seen: HashMap<RecordId, (Option<Record>, bool)>,
}

impl<'a> Lens<'a> {
    fn new(view: &'a View<'a>) -> Result<Self, ApiError> {
        let own = view.standing.id();
        let classes = view.facts.reader.list(&Kind::Class)?;
        let devices = view.facts.reader.devices()?;
        Ok(Self {
            view,
            atlas: Atlas::read(view)?,
            is_whole: view.standing.is_head(),
            classes: classes
                .iter()
                .map(Class::read)
                .filter(|class| class.has_staff(own))
                .map(|class| class.id)
                .collect(),
            devices: devices.into_iter().map(|one| (one.id, one.name)).collect(),
            seen: HashMap::new(),
        })
    }

    /// Whether a line is for this person: all are for the head; else those by them and about what is theirs, and that
    /// something was destroyed, which is about everyone.
    fn shows(&mut self, line: &LogLine) -> Result<bool, ApiError> {
        if self.is_whole || line.person == Some(self.view.standing.id()) || line.act == DESTROYED {
            return Ok(true);
        }
        match line.record {
            Some(id) => Ok(self.seen(id)?.1),
            None => Ok(false),
        }
    }

    fn seen(&mut self, id: RecordId) -> Result<&(Option<Record>, bool), ApiError> {
        if !self.seen.contains_key(&id) {
            let record = self.view.facts.reader.get(id)?;
            let is_theirs = match &record {
                Some(record) => self.is_about(record)?,
                None => false,
            };
            self.seen.insert(id, (record, is_theirs));
        }
        self.seen
            .get(&id)
            .ok_or_else(|| ApiError::not_found("record"))
    }

    fn is_about(&self, record: &Record) -> Result<bool, ApiError> {
        let own = self.view.standing.id();
        let visit = |id: Option<VisitId>| -> Result<bool, ApiError> {
            let visit = id
                .map(|id| self.view.facts.visit(id))
                .transpose()?
                .flatten();
            Ok(visit.is_some_and(|visit| self.is_own_visit(&visit)))
        };
        let is_readable = || may_read(self.view.facts, self.view.standing, record);
        Ok(match record.kind {
            Kind::Person => record.id == own.into(),
            Kind::Class => self.classes.contains(&record.id.into()),
            Kind::Visit => visit(Some(record.id.into()))?,
            // That an observer wrote about their lesson they may know before it is shared; what, they read then (R8).
            Kind::Observation | Kind::Share => visit(record.id("visit"))?,
            Kind::Response => visit(record.id("visit"))? && is_readable()?,
            Kind::Reflection | Kind::Concern => is_readable()?,
            Kind::Acknowledgement => {
                let of = record.id("of").map(|of| self.view.facts.reader.get(of));
                let of = of.transpose()?.flatten();
                let visit_of = of.as_ref().and_then(|of| match of.kind {
                    Kind::Visit => Some(of.id.into()),
                    Kind::Response => of.id("visit"),
                    _ => None,
                });
                visit(visit_of)? && is_readable()?
            }
            Kind::Comment => record.id("person") == Some(own),
            Kind::Action => record.id("owner") == Some(own),
            _ => false,
        })
    }

    fn is_own_visit(&self, visit: &Visit) -> bool {
        let own = self.view.standing.id();
        let class = self.atlas.classes.get(&visit.class);
        visit.is_taught_by(own, class)
            || class.is_some_and(|class| class.support.contains(&own))
            || visit.observers.contains(&own)
    }

    fn told(&mut self, line: LogLine) -> Result<LogLineView, ApiError> {
        let by = match line.person {
            Some(person) => self.atlas.name(person),
            None => "The hub".to_owned(),
        };
        let record = match line.record {
            Some(id) => self.seen(id)?.0.clone(),
            None => None,
        };
        let sentence = sentence::of(self.view.facts, &self.atlas, &line, &by, record.as_ref())?;
        Ok(LogLineView {
            seq: line.seq,
            at: DateTime::from_timestamp_millis(line.at).unwrap_or_default(),
            device: line.device.and_then(|id| self.devices.get(&id).cloned()),
            act: line.act,
            kind: line.kind.map(|kind| kind.to_string()),
            sentence,
            by,
        })
    }
}
