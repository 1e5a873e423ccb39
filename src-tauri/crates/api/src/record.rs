//! The record of a visit: its observations side by side, shared with the teachers, answered by them.
//!
//! One record is read at a time, by those who may: no call takes a person and yields marks (R9).

use alongside_domain::observation::{Line, Mark, Observation};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::template::Template;
use alongside_domain::visit::Visit;
use alongside_domain::{Kind, RecordId, ResponseId, VisitId};
use alongside_store::LogLine;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use crate::acknowledgement::{self, ReadBy};
use crate::atlas::{Atlas, VisitCard};
use crate::desk::View;
use crate::facts::Known;
use crate::install::Nothing;
use crate::unplaced::unplaced;
use crate::visit::{self, VisitAsked};
use crate::{Actor, ApiError, Desk, Place, log};

/// Where a record stands for its teacher and for leaders (R12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Not yet due.
    Waiting,
    /// Past the target.
    Due,
    /// Past the limit.
    Overdue,
    /// Shared.
    Shared,
    /// Shared, and answered.
    Answered,
}

/// A record in a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecordCard {
    /// Of which visit.
    pub visit: VisitId,
    /// The class's name.
    pub class: String,
    /// What was taught.
    pub subject: String,
    /// When the visit was.
    pub starts_at: DateTime<FixedOffset>,
    /// The observers' names.
    pub observers: Vec<String>,
    /// Where it stands.
    pub state: RecordState,
    /// By when it must be shared.
    pub due_at: Option<DateTime<FixedOffset>>,
    /// When it was shared.
    pub shared_at: Option<DateTime<FixedOffset>>,
}

/// The records of one person's classes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Records {
    /// Latest first.
    pub records: Vec<RecordCard>,
    /// This person's own count of visits this year (R10).
    pub count: Count,
    /// What a walk is for (R1).
    pub statement: String,
}

/// Visits made to a teacher in an academic year, of the maximum (R10).
#[derive(Debug, Clone, Serialize, TS)]
pub struct Count {
    /// Made.
    #[ts(type = "number")]
    pub made: usize,
    /// Of at most.
    #[ts(type = "number")]
    pub maximum: i64,
    /// In which academic year.
    pub year: String,
}

/// The whole record.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecordView {
    /// The visit.
    pub card: VisitCard,
    /// The name of the walk.
    pub walk: String,
    /// Why this focus.
    pub purpose: String,
    /// What a walk is for (R1).
    pub statement: String,
    /// Who observed.
    pub observers: Vec<ObserverView>,
    /// When it was shared.
    pub shared_at: Option<DateTime<FixedOffset>>,
    /// How many hours after the visit that was.
    #[ts(type = "number | null")]
    pub shared_after_hours: Option<i64>,
    /// By when it must be shared.
    pub due_at: Option<DateTime<FixedOffset>>,
    /// The day on which it is destroyed (R20).
    pub destroyed_on: NaiveDate,
    /// What went well.
    pub went_well: Vec<Words>,
    /// Even better if.
    pub even_better_if: Vec<Words>,
    /// On the whole.
    pub overall: Vec<Words>,
    /// What observers added after they had finished, earliest first.
    pub additions: Vec<AdditionView>,
    /// The form's own order.
    pub sections: Vec<RecordSection>,
    /// The answers this person may read.
    pub responses: Vec<ResponseView>,
    /// Whether this person may answer.
    pub may_respond: bool,
    /// Whether this person may share it now.
    pub may_share: bool,
    /// Why it cannot be shared yet.
    pub share_lock: Option<String>,
    /// Whether a short talk took place straight after.
    pub talked: bool,
    /// Who has read the record since it was shared, earliest first; for its teachers and leaders.
    pub read_by: Vec<ReadBy>,
    /// Until when an observer can still correct it; none once that is over or it was shared.
    pub tidy_until: Option<DateTime<FixedOffset>>,
}

/// Something an observer added after finishing.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AdditionView {
    /// Whose.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
}

/// One observer of the record.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ObserverView {
    /// Their name.
    pub name: String,
    /// When they began.
    pub started_at: Option<DateTime<FixedOffset>>,
    /// When they finished.
    pub finished_at: Option<DateTime<FixedOffset>>,
    /// How many pupils they counted.
    #[ts(type = "number | null")]
    pub pupils: Option<i64>,
    /// Their note about the group.
    pub pupils_note: String,
}

/// Somebody's words.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Words {
    /// Whose.
    pub by: String,
    /// The words.
    pub text: String,
}

/// One section, both observers side by side.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecordSection {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Its criteria.
    pub rows: Vec<RecordRow>,
    /// The observers' comments.
    pub comments: Vec<Words>,
    /// This person's reply to it.
    pub reply: String,
}

/// One criterion, with what each observer marked.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecordRow {
    /// Its key.
    pub key: String,
    /// What was looked for.
    pub text: String,
    /// By observer.
    pub marks: Vec<MarkBy>,
}

/// What one observer marked.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Seen")]
pub struct MarkBy {
    /// Their name.
    pub observer: String,
    /// The mark; none when they did not look.
    pub mark: Option<Mark>,
}

/// A teacher's answer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ResponseView {
    /// Whose.
    pub teacher: String,
    /// Whether it is this person's own.
    pub is_mine: bool,
    /// When it was sent; a draft before that.
    pub sent_at: Option<DateTime<FixedOffset>>,
    /// By section.
    pub comments: BTreeMap<String, String>,
    /// To the whole.
    pub overall: String,
    /// Whether the hub has all of it.
    pub is_received: bool,
    /// Who has read it, earliest first; for its own teacher.
    pub read_by: Vec<ReadBy>,
}

/// `record_share`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RecordShare {
    /// The record of which visit.
    pub visit: VisitId,
    /// Whether a short talk took place straight after the visit.
    pub talked: bool,
}

/// `record_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Records, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let year = atlas.settings.academic_year(view.now);
        let (mut records, mut made) = (Vec::new(), 0);
        for visit in own_visits(view, &atlas)? {
            // A visit can be made, and its record shared, earlier in its day than it was planned for (R8).
            if visit.ends_at() > view.now && view.facts.share(visit.id)?.is_none() {
                continue;
            }
            let Some(known) = view.facts.known(visit)? else {
                continue;
            };
            let known = view.visible(known)?;
            if atlas.settings.academic_year(known.visit.starts_at) == year {
                made += 1;
            }
            records.push(RecordCard {
                visit: known.visit.id,
                class: atlas.class_name(known.visit.class),
                subject: known.visit.subject.clone(),
                starts_at: known.visit.starts_at,
                observers: known
                    .visit
                    .observers
                    .iter()
                    .map(|observer| atlas.name(*observer))
                    .collect(),
                state: state_of(view, &atlas, &known),
                due_at: due_at(&atlas, &known),
                shared_at: known.share.as_ref().map(|share| share.shared_at),
            });
        }
        records.sort_by_key(|record| std::cmp::Reverse(record.starts_at));
        Ok(Records {
            records,
            count: Count {
                made,
                maximum: atlas.settings.yearly_maximum,
                year: atlas.settings.academic_year_name(view.now),
            },
            statement: STATEMENT.into(),
        })
    })
}

/// The visits of this person as a teacher: those of their lessons, and those to come to their classes.
pub(crate) fn own_visits(view: &View<'_>, atlas: &Atlas) -> Result<Vec<Visit>, ApiError> {
    let own = view.standing.id();
    let mut visits = view.facts.visits()?;
    visits.retain(|visit| !visit.is_cancelled && atlas.teaches(own, visit));
    Ok(visits)
}

/// Where a record stands, counted on the hub's time (R12).
pub(crate) fn state_of(view: &View<'_>, atlas: &Atlas, known: &Known) -> RecordState {
    if known.share.is_some() {
        let is_answered = known
            .responses
            .iter()
            .any(|response| response.sent_at.is_some());
        return if is_answered {
            RecordState::Answered
        } else {
            RecordState::Shared
        };
    }
    let ended = known.life().ended_at();
    if view.now > atlas.settings.share_overdue(ended) {
        RecordState::Overdue
    } else if view.now > atlas.settings.share_due(ended) {
        RecordState::Due
    } else {
        RecordState::Waiting
    }
}

/// By when a record must be shared, while it is not.
pub(crate) fn due_at(atlas: &Atlas, known: &Known) -> Option<DateTime<FixedOffset>> {
    known.share.is_none().then(|| {
        let ended = known.life().ended_at();
        atlas
            .settings
            .share_overdue(ended)
            .with_timezone(known.visit.starts_at.offset())
    })
}

/// `record_get`: a read by anyone but its writers leaves a line in the hub's log, and once, when the record is shared, an
/// acknowledgement that its teachers see; likewise for each response that somebody else wrote.
pub(crate) fn get(desk: &Desk, actor: &Actor, request: VisitAsked) -> Result<RecordView, ApiError> {
    let opened = open(desk, actor, request)?;
    if opened.unread.is_empty() {
        return Ok(opened.view);
    }
    desk.edit(actor, |edit| {
        opened
            .unread
            .iter()
            .try_for_each(|of| acknowledgement::put(edit, *of))
    })?;
    desk.read(actor, |view| Ok(look(view, request)?.view))
}

/// A record as it was opened by somebody.
struct Opened {
    view: RecordView,
    /// Whether this person alone wrote all that was observed.
    is_writer: bool,
    /// What of it they read now for the first time: the record, and responses.
    unread: Vec<RecordId>,
}

fn look(view: &View<'_>, request: VisitAsked) -> Result<Opened, ApiError> {
    let known = view.known(request.visit)?;
    let own = view.standing.id();
    let atlas = Atlas::read(view)?;
    let may_open = view.standing.is_leader()
        || known.visit.observers.contains(&own)
        || (known.share.is_some() && atlas.teaches(own, &known.visit));
    if !may_open {
        return Err(ApiError::not_found("record"));
    }
    let is_writer = known.observations.iter().all(|o| o.observer == own);
    let mut unread = Vec::new();
    if known.share.is_some() && !is_writer {
        unread.push(request.visit.into());
    }
    for response in &known.responses {
        if response.teacher != own && response.sent_at.is_some() {
            unread.push(ResponseId::derive(response.visit, response.teacher).into());
        }
    }
    let mut first = Vec::with_capacity(unread.len());
    for of in unread {
        if !acknowledgement::is_given(view, of)? {
            first.push(of);
        }
    }
    Ok(Opened {
        view: record(view, &atlas, &known)?,
        is_writer,
        unread: first,
    })
}

fn open(desk: &Desk, actor: &Actor, request: VisitAsked) -> Result<Opened, ApiError> {
    let opened = desk.read(actor, |view| look(view, request))?;
    if desk.place() == Place::Hub && !opened.is_writer {
        let mut writer = desk.store().write()?;
        let line = LogLine {
            at: desk.now().timestamp_millis(),
            person: Some(actor.person),
            device: Some(actor.device),
            act: "read".into(),
            record: Some(request.visit.into()),
            kind: Some(Kind::Visit),
            ..LogLine::default()
        };
        log::append(&mut *writer, line)?;
        writer.commit()?;
    }
    Ok(opened)
}

/// `record_share`: releases the record to the teachers, for good (R8, R12).
pub(crate) fn share(
    desk: &Desk,
    actor: &Actor,
    request: RecordShare,
) -> Result<RecordView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let known = edit.facts().known_by_id(request.visit)?;
        let step = known.life().share(edit.now, request.talked)?;
        visit::take(edit, &Kind::Share, step)
    })?;
    let visit = request.visit;
    // One press shares from a list: whoever did has not said that they read it.
    Ok(open(desk, actor, VisitAsked { visit })?.view)
}

/// A last section with whatever was written that has no place in the form (R8); none where there is nothing.
fn beside_the_form(
    view: &View<'_>,
    form: &Template,
    observations: &[&Observation],
    by: &dyn Fn(&Observation) -> String,
) -> Result<Option<RecordSection>, ApiError> {
    let mut comments = Vec::new();
    for own in observations {
        if let Some(held) = view.facts.record(own.id, &Kind::Observation)? {
            let said = unplaced(&held, Some(form)).into_iter();
            comments.extend(said.map(|(name, words)| Words {
                by: by(own),
                text: format!("{name}: {words}"),
            }));
        }
    }
    Ok((!comments.is_empty()).then(|| RecordSection {
        key: "beside_the_form".into(),
        title: "Written beside the form".into(),
        rows: Vec::new(),
        comments,
        reply: String::new(),
    }))
}

fn record(view: &View<'_>, atlas: &Atlas, known: &Known) -> Result<RecordView, ApiError> {
    let own = view.standing.id();
    let template = visit::template_of(view, known)?;
    let mut observations: Vec<&Observation> = known.observations.iter().collect();
    observations.sort_by_key(|o| {
        known
            .visit
            .observers
            .iter()
            .position(|observer| *observer == o.observer)
    });
    let by = |o: &Observation| atlas.name(o.observer);
    let lines = |pick: fn(&Observation) -> &[Line]| -> Vec<Words> {
        let all = observations
            .iter()
            .flat_map(|o| pick(o).iter().map(|line| (by(o), line)));
        all.map(|(by, line)| Words {
            by,
            text: line.text.clone(),
        })
        .collect()
    };
    let mine = known
        .responses
        .iter()
        .find(|response| response.teacher == own);
    let mut sections: Vec<RecordSection> = template
        .sections
        .iter()
        .map(|section| RecordSection {
            key: section.key.clone(),
            title: section.title.clone(),
            rows: section
                .criteria
                .iter()
                .map(|criterion| RecordRow {
                    key: criterion.key.clone(),
                    text: criterion.text.clone(),
                    marks: observations
                        .iter()
                        .map(|o| MarkBy {
                            observer: by(o),
                            mark: o.marks.get(&criterion.key).copied(),
                        })
                        .collect(),
                })
                .collect(),
            comments: observations
                .iter()
                .filter_map(|o| {
                    Some(Words {
                        by: by(o),
                        text: o.comments.get(&section.key)?.clone(),
                    })
                })
                .collect(),
            reply: mine
                .and_then(|mine| mine.comments.get(&section.key).cloned())
                .unwrap_or_default(),
        })
        .collect();
    sections.extend(beside_the_form(view, &template, &observations, &by)?);
    let share_lock = known
        .life()
        .share(view.now, false)
        .err()
        .map(|refusal| refusal.message().to_owned());
    let is_received = view.place == Place::Hub || view.facts.reader.outbox_count()? == 0;
    let ended = known.life().ended_at();
    let mut additions: Vec<(String, DateTime<Utc>, &Line)> = observations
        .iter()
        .flat_map(|o| o.additions.iter().map(|(at, line)| (by(o), *at, line)))
        .collect();
    additions.sort_by_key(|(_, at, _)| *at);
    let is_for_teacher = atlas.teaches(own, &known.visit);
    let read_by = if view.standing.is_leader() || is_for_teacher {
        acknowledgement::read_by(view, atlas, known.visit.id)?
    } else {
        Vec::new()
    };
    let mut responses = Vec::with_capacity(known.responses.len());
    for response in &known.responses {
        let is_mine = response.teacher == own;
        let id = ResponseId::derive(response.visit, response.teacher);
        responses.push(ResponseView {
            teacher: atlas.name(response.teacher),
            is_mine,
            sent_at: response.sent_at,
            comments: response.comments.clone(),
            overall: response.overall.clone(),
            is_received,
            read_by: match is_mine {
                true => acknowledgement::read_by(view, atlas, id)?,
                false => Vec::new(),
            },
        });
    }
    Ok(RecordView {
        card: atlas.card(view, known),
        walk: known.walk.name.clone(),
        purpose: known.walk.purpose.clone(),
        statement: STATEMENT.into(),
        observers: observations
            .iter()
            .map(|o| ObserverView {
                name: by(o),
                started_at: o.started_at,
                finished_at: o.finished_at,
                pupils: o.pupils,
                pupils_note: o.pupils_note.clone(),
            })
            .collect(),
        shared_at: known.share.as_ref().map(|share| share.shared_at),
        shared_after_hours: known
            .share
            .as_ref()
            .map(|share| (share.shared_at - ended).num_hours().max(0)),
        due_at: due_at(atlas, known),
        destroyed_on: atlas.settings.destroyed_on(known.visit.starts_at),
        went_well: lines(|o| &o.went_well),
        even_better_if: lines(|o| &o.even_better_if),
        overall: observations
            .iter()
            .filter(|o| !o.overall.trim().is_empty())
            .map(|o| Words {
                by: by(o),
                text: o.overall.clone(),
            })
            .collect(),
        sections,
        additions: additions
            .into_iter()
            .map(|(by, at, line)| AdditionView {
                by,
                at,
                text: line.text.clone(),
            })
            .collect(),
        responses,
        read_by,
        tidy_until: observations
            .iter()
            .filter_map(|o| visit::tidy_until(view, known, o, &atlas.settings))
            .max(),
        may_respond: known.share.is_some() && atlas.teaches(own, &known.visit),
        may_share: view.standing.is_leader() && known.share.is_none() && share_lock.is_none(),
        share_lock: share_lock.filter(|_| view.standing.is_leader()),
        talked: known.share.as_ref().is_some_and(|share| share.talked),
    })
}
