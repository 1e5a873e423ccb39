//! What a decision needs to know, read from one snapshot: the records around a visit, as typed views.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use alongside_domain::class::Class;
use alongside_domain::notice::Notice;
use alongside_domain::observation::Observation;
use alongside_domain::person::Person;
use alongside_domain::report::Report;
use alongside_domain::response::Response;
use alongside_domain::school::{School, Settings};
use alongside_domain::share::Share;
use alongside_domain::visit::{Life, Visit};
use alongside_domain::walk::Walk;
use alongside_domain::{
    ClassId, Kind, PersonId, Record, RecordId, ReportId, ShareId, VisitId, WalkId,
};
use alongside_store::Reader;
use chrono::{DateTime, Utc};

use crate::{ApiError, arrival};

/// What one transaction has read of the plan and would read again for every record of a push. Whoever writes a record
/// of the plan in between [clears](Memo::clear) it.
#[derive(Default)]
pub struct Memo {
    settings: RefCell<Option<Settings>>,
    visits: RefCell<HashMap<VisitId, Option<Visit>>>,
    notices: RefCell<HashMap<WalkId, Arc<Vec<Notice>>>>,
    covers: RefCell<HashMap<WalkId, usize>>,
}

impl Memo {
    /// Forgets what a writing of this kind may have changed.
    pub fn clear(&self, kind: &Kind) {
        match kind {
            Kind::School => drop(self.settings.take()),
            Kind::Visit => {
                self.visits.take();
                self.covers.take();
            }
            Kind::Notice => drop(self.notices.take()),
            _ => {}
        }
    }
}

/// Reads records of one snapshot as nouns. What is not there is `None`, never an error.
#[derive(Clone, Copy)]
pub struct Facts<'r> {
    /// The snapshot.
    pub reader: &'r dyn Reader,
    memo: Option<&'r Memo>,
}

impl<'r> Facts<'r> {
    /// Facts out of `reader`.
    pub fn new(reader: &'r dyn Reader) -> Self {
        Self { reader, memo: None }
    }

    /// Facts out of a transaction that remembers what it has read.
    pub fn remembering(reader: &'r dyn Reader, memo: &'r Memo) -> Self {
        Self {
            reader,
            memo: Some(memo),
        }
    }

    /// A record, when it is of this kind.
    pub fn record(&self, id: impl Into<RecordId>, kind: &Kind) -> Result<Option<Record>, ApiError> {
        Ok(self
            .reader
            .get(id.into())?
            .filter(|record| record.kind == *kind))
    }

    /// A record as it stood at a moment, by the stamps of its writings.
    pub fn as_of(&self, record: &Record, moment: DateTime<Utc>) -> Result<Record, ApiError> {
        let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
        let mut then = Record::new(record.id, record.kind.clone());
        for (name, field) in &record.fields {
            if field.stamp.millis() <= millis {
                then.put(name, field.clone());
            }
        }
        for past in self.reader.history(record.id)? {
            if past.field.stamp.millis() <= millis {
                then.put(&past.name, past.field);
            }
        }
        Ok(then)
    }

    /// The one school of this store.
    pub fn school(&self) -> Result<Option<School>, ApiError> {
        Ok(self.reader.list(&Kind::School)?.first().map(School::read))
    }

    /// What the school decided for itself.
    pub fn settings(&self) -> Result<Settings, ApiError> {
        if let Some(settings) = self.memo.and_then(|memo| *memo.settings.borrow()) {
            return Ok(settings);
        }
        let school = self.school()?;
        let settings = school.map(|school| school.settings).unwrap_or_default();
        if let Some(memo) = self.memo {
            memo.settings.replace(Some(settings));
        }
        Ok(settings)
    }

    /// Everyone, also those who have left.
    pub fn people(&self) -> Result<Vec<Person>, ApiError> {
        Ok(self
            .reader
            .list(&Kind::Person)?
            .iter()
            .map(Person::read)
            .collect())
    }

    /// A visit.
    pub fn visit(&self, id: VisitId) -> Result<Option<Visit>, ApiError> {
        if let Some(visit) = self
            .memo
            .and_then(|memo| memo.visits.borrow().get(&id).cloned())
        {
            return Ok(visit);
        }
        let record = self.record(id, &Kind::Visit)?;
        let visit = record.as_ref().and_then(Visit::read);
        if let Some(memo) = self.memo {
            memo.visits.borrow_mut().insert(id, visit.clone());
        }
        Ok(visit)
    }

    /// All visits.
    pub fn visits(&self) -> Result<Vec<Visit>, ApiError> {
        Ok(self
            .reader
            .list(&Kind::Visit)?
            .iter()
            .filter_map(Visit::read)
            .collect())
    }

    /// A class.
    pub fn class(&self, id: ClassId) -> Result<Option<Class>, ApiError> {
        Ok(self.record(id, &Kind::Class)?.as_ref().map(Class::read))
    }

    /// The teachers of a visit: those who taught it, or of one to come those of its class (see [`Visit::teachers`]).
    pub fn teachers(&self, visit: &Visit) -> Result<Vec<PersonId>, ApiError> {
        let class = match visit.taught_by.is_empty() {
            true => self.class(visit.class)?,
            false => None,
        };
        Ok(visit.teachers(class.as_ref()).to_vec())
    }

    /// A walk.
    pub fn walk(&self, id: WalkId) -> Result<Option<Walk>, ApiError> {
        Ok(self.record(id, &Kind::Walk)?.as_ref().map(Walk::read))
    }

    /// How many classes a walk is to visit, as it stands (R4).
    pub fn cover(&self, walk: WalkId) -> Result<usize, ApiError> {
        let known = self
            .memo
            .and_then(|memo| memo.covers.borrow().get(&walk).copied());
        if let Some(cover) = known {
            return Ok(cover);
        }
        let records = self.reader.list_under(&Kind::Visit, walk.into())?;
        let cover = classes(records.iter().filter_map(Visit::read));
        if let Some(memo) = self.memo {
            memo.covers.borrow_mut().insert(walk, cover);
        }
        Ok(cover)
    }

    /// How many classes a walk was to visit at some moment, by what was written up to then.
    pub fn cover_at(&self, walk: WalkId, moment: DateTime<Utc>) -> Result<usize, ApiError> {
        let mut then = Vec::new();
        for record in self.reader.list_under(&Kind::Visit, walk.into())? {
            then.extend(Visit::read(&self.as_of(&record, moment)?));
        }
        Ok(classes(then))
    }

    /// A notice, with whether it waits here for a hub.
    pub fn notice(&self, record: &Record) -> Result<Option<Notice>, ApiError> {
        let Some(mut notice) = Notice::read(record) else {
            return Ok(None);
        };
        notice.is_waiting = arrival::has_hub(self.reader)? && self.reader.is_waiting(record.id)?;
        Ok(Some(notice))
    }

    /// The notices of a walk.
    pub fn notices(&self, walk: WalkId) -> Result<Arc<Vec<Notice>>, ApiError> {
        if let Some(notices) = self
            .memo
            .and_then(|memo| memo.notices.borrow().get(&walk).cloned())
        {
            return Ok(notices);
        }
        let records = self.reader.list_under(&Kind::Notice, walk.into())?;
        let mut notices = Vec::with_capacity(records.len());
        for record in records {
            notices.extend(self.notice(&record)?);
        }
        let notices = Arc::new(notices);
        if let Some(memo) = self.memo {
            memo.notices.borrow_mut().insert(walk, Arc::clone(&notices));
        }
        Ok(notices)
    }

    /// The heads of the observations of a visit that are here: whose, and whether begun and finished.
    pub fn observation_heads(&self, visit: VisitId) -> Result<Vec<Observation>, ApiError> {
        let records = self.reader.heads_under(&Kind::Observation, visit.into())?;
        Ok(records.iter().filter_map(Observation::read).collect())
    }

    /// The observations of a visit that are here.
    pub fn observations(&self, visit: VisitId) -> Result<Vec<Observation>, ApiError> {
        let records = self.reader.list_under(&Kind::Observation, visit.into())?;
        Ok(records.iter().filter_map(Observation::read).collect())
    }

    /// The share of a visit.
    pub fn share(&self, visit: VisitId) -> Result<Option<Share>, ApiError> {
        Ok(self
            .record(ShareId::derive(visit), &Kind::Share)?
            .as_ref()
            .and_then(Share::read))
    }

    /// The report of a walk, drafted or published.
    pub fn report(&self, walk: WalkId) -> Result<Option<Report>, ApiError> {
        let record = self.record(ReportId::derive(walk), &Kind::Report)?;
        Ok(record.as_ref().and_then(Report::read))
    }

    /// What of a walk was visited, and whether its teachers were offered their records (R12).
    pub fn offered(&self, walk: WalkId) -> Result<Offered, ApiError> {
        let (mut unshared, mut visited) = (Vec::new(), Vec::new());
        for record in self.reader.list_under(&Kind::Visit, walk.into())? {
            let Some(visit) = Visit::read(&record) else {
                continue;
            };
            let observations = self.observation_heads(visit.id)?;
            if observations.iter().all(|one| one.started_at.is_none()) {
                continue;
            }
            if self.share(visit.id)?.is_none() {
                let class = self.class(visit.class)?;
                let class = class.map_or_else(|| "A class".to_owned(), |class| class.name);
                let day = visit.starts_at.format("%-d %B");
                unshared.push((visit.starts_at, format!("{class} on {day}")));
            }
            visited.push(visit);
        }
        unshared.sort();
        Ok(Offered {
            unshared: unshared.into_iter().map(|(_, named)| named).collect(),
            visited: classes(visited),
        })
    }

    /// The responses to a visit's record that are here.
    pub fn responses(&self, visit: VisitId) -> Result<Vec<Response>, ApiError> {
        let records = self.reader.list_under(&Kind::Response, visit.into())?;
        Ok(records.iter().filter_map(Response::read).collect())
    }

    /// What a beginning is judged by: the visit, its walk and its notices.
    pub fn announced(&self, visit: Visit) -> Result<Option<Known>, ApiError> {
        let Some(walk) = self.walk(visit.walk)? else {
            return Ok(None);
        };
        Ok(Some(Known {
            notices: self.notices(visit.walk)?,
            observations: Vec::new(),
            share: None,
            responses: Vec::new(),
            walk,
            visit,
        }))
    }

    /// Everything known of one visit, to ask its [`Life`] of.
    pub fn known(&self, visit: Visit) -> Result<Option<Known>, ApiError> {
        let Some(walk) = self.walk(visit.walk)? else {
            return Ok(None);
        };
        Ok(Some(Known {
            notices: self.notices(visit.walk)?,
            observations: self.observations(visit.id)?,
            share: self.share(visit.id)?,
            responses: self.responses(visit.id)?,
            walk,
            visit,
        }))
    }

    /// The same, by id; an error where the visit is not here.
    pub fn known_by_id(&self, id: VisitId) -> Result<Known, ApiError> {
        match self.visit(id)? {
            Some(visit) => self
                .known(visit)?
                .ok_or_else(|| ApiError::not_found("visit")),
            None => Err(ApiError::not_found("visit")),
        }
    }
}

/// How many classes these visits go to, those called off left out.
fn classes(visits: impl IntoIterator<Item = Visit>) -> usize {
    let to_come = visits.into_iter().filter(|visit| !visit.is_cancelled);
    let classes: BTreeSet<ClassId> = to_come.map(|visit| visit.class).collect();
    classes.len()
}

/// What of a walk was visited.
pub struct Offered {
    /// The visits that were begun and whose record was not shared, each by its class and day, earliest first.
    pub unshared: Vec<String>,
    /// How many classes were visited.
    pub visited: usize,
}

/// Everything known of one visit, owned.
#[derive(Debug, Clone)]
pub struct Known {
    /// The visit.
    pub visit: Visit,
    /// Its walk.
    pub walk: Walk,
    /// The notices of its walk.
    pub notices: Arc<Vec<Notice>>,
    /// Its observations that are here.
    pub observations: Vec<Observation>,
    /// Its share.
    pub share: Option<Share>,
    /// The responses that are here.
    pub responses: Vec<Response>,
}

impl Known {
    /// The life of this visit.
    pub fn life(&self) -> Life<'_> {
        Life {
            visit: &self.visit,
            walk: &self.walk,
            notices: &self.notices,
            observations: &self.observations,
            share: self.share.as_ref(),
            responses: &self.responses,
        }
    }
}
