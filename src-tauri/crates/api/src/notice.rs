//! The notice of a walk: given by a leader, read and acknowledged by all staff (R2, R3).

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::field::time_value;
use alongside_domain::notice::{
    Announced, Change, Notice, Wording, announced, changes, changes_between, focus_changed,
    last_change, opens_at,
};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::template::Template;
use alongside_domain::visit::{Part, Visit};
use alongside_domain::walk::Walk;
use alongside_domain::{ClassId, Kind, NoticeId, PersonId, RecordId, TemplateId, VisitId, WalkId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::acknowledgement::{self, ReadBy};
use crate::atlas::Atlas;
use crate::desk::View;
use crate::facts::Known;
use crate::install::Nothing;
use crate::template::SectionView;
use crate::walk::{self, WalkAsked, WalkView};
use crate::{Actor, ApiError, Code, Desk, template};

/// A question about one notice.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct NoticeAsked {
    /// Which.
    pub notice: NoticeId,
}

/// A notice in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoticeLine {
    /// Which.
    pub notice: NoticeId,
    /// Of which walk.
    pub walk: WalkId,
    /// The walk's name.
    pub walk_name: String,
    /// The focus it announced.
    pub focus: String,
    /// Since when it counts: when it was given, or came to the hub.
    pub given_at: DateTime<FixedOffset>,
    /// Whether this person has said that they read it.
    pub is_read: bool,
    /// Whether it holds: the latest of its walk, while a visit of it is to come.
    pub is_standing: bool,
    /// Whether a visit it announces, or changes, comes to this person's class or is made by them.
    pub concerns_me: bool,
    /// What it changed of the notice before, and what changed since it, a sentence each.
    pub changed: Vec<String>,
}

/// One page to all staff.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoticePage {
    /// Which.
    pub notice: NoticeId,
    /// Of which walk.
    pub walk: WalkId,
    /// The walk's name.
    pub walk_name: String,
    /// The focus it announced.
    pub focus: String,
    /// Why this focus now.
    pub purpose: String,
    /// Since when it counts: when it was given, or came to the hub.
    pub given_at: DateTime<FixedOffset>,
    /// What a walk is for (R1).
    pub statement: String,
    /// From when the visits it announces can be started.
    pub opens_at: DateTime<FixedOffset>,
    /// Whether it waits on this device, so that its days have not begun: they do when the hub has it.
    pub is_waiting: bool,
    /// How many days it must stand.
    #[ts(type = "number")]
    pub days: i64,
    /// In order of time.
    pub visits: Vec<NoticeVisit>,
    /// The form.
    pub template: TemplateId,
    /// The form's name.
    pub template_name: String,
    /// The criteria in full.
    pub sections: Vec<SectionView>,
    /// Whether this person has said that they read it.
    pub is_read: bool,
    /// Whether no later notice of this walk was given.
    pub is_latest: bool,
}

/// A visit as a notice announces it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoticeVisit {
    /// The class's name.
    pub class: String,
    /// The room's name.
    pub room: String,
    /// When it starts.
    pub starts_at: DateTime<FixedOffset>,
    /// How long it is planned for.
    #[ts(type = "number")]
    pub minutes: i64,
    /// The observers' names.
    pub observers: Vec<String>,
    /// Which part of the lesson.
    pub part: Part,
    /// Whether it comes to this person's class, or is made by them.
    pub is_mine: bool,
    /// What changed about it, a sentence each.
    pub changed: Vec<String>,
}

/// Who has read a notice.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoticeReaders {
    /// Those who said so, earliest first.
    pub read: Vec<ReadBy>,
    /// The others, by name.
    pub not_read: Vec<String>,
    /// To how many it goes: the staff team, and whoever else is to observe.
    #[ts(type = "number")]
    pub staff: usize,
}

/// A notice with its id, its walk, and the one before it.
struct Given {
    id: NoticeId,
    notice: Notice,
    walk: Walk,
    before: Option<Notice>,
    is_latest: bool,
}

/// What changed, in sentences: about each visit, and about the walk.
#[derive(Default)]
struct Sentences {
    visits: BTreeMap<VisitId, Vec<String>>,
    walk: Vec<String>,
}

/// Every notice, latest first.
fn given(view: &View<'_>) -> Result<Vec<Given>, ApiError> {
    let mut all = Vec::new();
    for record in view.facts.reader.list(&Kind::Notice)? {
        let Some(notice) = view.facts.notice(&record)? else {
            continue;
        };
        let Some(walk) = view.facts.walk(notice.walk)? else {
            continue;
        };
        let of_walk = view.facts.notices(walk.id)?;
        all.push(Given {
            id: record.id.into(),
            before: of_walk
                .iter()
                .filter(|other| other.given_at < notice.given_at)
                .max_by_key(|other| other.given_at)
                .cloned(),
            is_latest: of_walk
                .iter()
                .all(|other| other.given_at <= notice.given_at),
            walk,
            notice,
        });
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.notice.given_at));
    Ok(all)
}

/// Whether a notice still asks to be read: once its last visit has begun it does not.
fn is_to_come(view: &View<'_>, notice: &Notice) -> bool {
    notice
        .visits
        .values()
        .filter_map(|text| Announced::read(text))
        .any(|one| one.starts_at > view.now)
}

/// The notices that this person has not said they read: the latest of each walk, while a visit is to come.
pub(crate) fn unread(view: &View<'_>) -> Result<Vec<NoticeId>, ApiError> {
    let mut unread = Vec::new();
    for one in given(view)? {
        if one.is_latest
            && is_to_come(view, &one.notice)
            && !acknowledgement::is_given(view, one.id)?
        {
            unread.push(one.id);
        }
    }
    Ok(unread)
}

/// `notice_list`: for everyone.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<NoticeLine>, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let mut lines = Vec::new();
        for one in given(view)? {
            let told = sentences(view, &atlas, &one)?;
            let both = one.notice.visits.iter();
            let both = both.chain(one.before.iter().flat_map(|before| {
                let changed = before.visits.iter();
                changed.filter(|(visit, _)| told.visits.contains_key(visit))
            }));
            let mut concerns_me = false;
            for (visit, text) in both {
                if let Some(announced) = Announced::read(text) {
                    let visit = view.facts.visit(*visit)?;
                    concerns_me |= is_mine(view, &atlas, visit.as_ref(), &announced);
                }
            }
            let changed = told
                .walk
                .into_iter()
                .chain(told.visits.into_values().flatten());
            lines.push(NoticeLine {
                notice: one.id,
                walk: one.walk.id,
                focus: one.notice.focus.clone(),
                given_at: one.notice.given_at,
                is_read: acknowledgement::is_given(view, one.id)?,
                is_standing: one.is_latest && is_to_come(view, &one.notice),
                concerns_me,
                changed: changed.collect(),
                walk_name: one.walk.name,
            });
        }
        Ok(lines)
    })
}

/// `notice_get`: for everyone.
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: NoticeAsked,
) -> Result<NoticePage, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let one = find(view, request.notice)?;
        let form = match one.walk.template {
            Some(template) => view.facts.record(template, &Kind::Template)?,
            None => None,
        };
        let form = form
            .as_ref()
            .map(Template::read)
            .ok_or_else(|| ApiError::not_found("form"))?;
        let mut told = sentences(view, &atlas, &one)?;
        let mut visits = Vec::new();
        for (id, text) in &one.notice.visits {
            if let Some(announced) = Announced::read(text)
                && let Some(visit) = view.facts.visit(*id)?
            {
                visits.push(NoticeVisit {
                    class: atlas.class_name(announced.class),
                    room: room_name(&atlas, announced.class),
                    starts_at: announced.starts_at.with_timezone(visit.starts_at.offset()),
                    minutes: visit.minutes,
                    observers: announced
                        .observers
                        .iter()
                        .map(|observer| atlas.name(*observer))
                        .collect(),
                    part: visit.part,
                    is_mine: is_mine(view, &atlas, Some(&visit), &announced),
                    changed: told.visits.remove(id).unwrap_or_default(),
                });
            }
        }
        visits.sort_by(|a, b| (a.starts_at, &a.class).cmp(&(b.starts_at, &b.class)));
        let days = atlas.settings.notice_days;
        Ok(NoticePage {
            notice: one.id,
            walk: one.walk.id,
            focus: one.notice.focus,
            purpose: one.walk.purpose,
            given_at: one.notice.given_at,
            statement: STATEMENT.into(),
            opens_at: opens_at(one.notice.given_at, &atlas.settings),
            is_waiting: one.notice.is_waiting,
            days,
            visits,
            template: form.id,
            sections: form.sections.iter().map(SectionView::of).collect(),
            template_name: form.name,
            is_read: acknowledgement::is_given(view, one.id)?,
            is_latest: one.is_latest,
            walk_name: one.walk.name,
        })
    })
}

/// `notice_readers`: for leaders.
pub(crate) fn readers(
    desk: &Desk,
    actor: &Actor,
    request: NoticeAsked,
) -> Result<NoticeReaders, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let atlas = Atlas::read(view)?;
        let one = find(view, request.notice)?;
        let observers = one
            .notice
            .visits
            .values()
            .filter_map(|text| Announced::read(text));
        let mut to: BTreeSet<PersonId> = observers.flat_map(|one| one.observers).collect();
        to.extend(atlas.people.values().filter(|p| p.is_staff()).map(|p| p.id));
        to.retain(|person| atlas.people.get(person).is_some_and(|p| p.is_active));
        let mut readers = NoticeReaders {
            read: Vec::new(),
            not_read: Vec::new(),
            staff: to.len(),
        };
        for given in acknowledgement::list(view, one.id)? {
            if to.remove(&given.person) {
                readers.read.push(ReadBy {
                    name: atlas.name(given.person),
                    at: given.at,
                });
            }
        }
        readers
            .not_read
            .extend(to.into_iter().map(|person| atlas.name(person)));
        readers.not_read.sort();
        Ok(readers)
    })
}

/// `notice_give`: announces every visit to come as it is planned now (R2, R3). The form is frozen by it: staff are told
/// what observers look for.
pub(crate) fn give(desk: &Desk, actor: &Actor, request: WalkAsked) -> Result<WalkView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let facts = edit.facts();
        let walk = facts
            .walk(request.walk)?
            .ok_or_else(|| ApiError::not_found("walk"))?;
        let mut fields: Vec<(String, Value)> = vec![
            ("walk".into(), json!(walk.id)),
            ("focus".into(), json!(walk.focus)),
        ];
        let announced_now = fields.len();
        for record in facts.reader.list_under(&Kind::Visit, walk.id.into())? {
            if let Some(visit) = Visit::read(&record)
                && !visit.is_cancelled
                && visit.starts_at > edit.now
            {
                fields.push((format!("visits.{}", visit.id), json!(announced(&visit))));
            }
        }
        if fields.len() == announced_now {
            return Err(ApiError::new(
                Code::Refused,
                "There is no visit to come to give notice of. Add visits with a date first.",
            ));
        }
        if let Some(form) = walk.template {
            template::freeze_in(edit, form)?;
        }
        // Last: a notice that is given stays as it is, and a call that has to be cut goes in the order of writing.
        fields.push(("given_at".into(), time_value(edit.now.to_utc())));
        edit.put(RecordId::from_uuid(edit.fresh()), &Kind::Notice, fields)
    })?;
    walk::get(desk, actor, request)
}

/// The latest notice that announced a visit.
pub(crate) fn latest_of(view: &View<'_>, known: &Known) -> Result<Option<NoticeId>, ApiError> {
    let records = view
        .facts
        .reader
        .list_under(&Kind::Notice, known.walk.id.into())?;
    let latest = records
        .iter()
        .filter_map(|record| Some((Notice::read(record)?, record.id)))
        .filter(|(notice, _)| notice.visits.contains_key(&known.visit.id))
        .max_by_key(|(notice, _)| notice.given_at);
    Ok(latest.map(|(_, id)| id.into()))
}

/// What the people of a visit are told has changed about it since staff were first told otherwise.
pub(crate) fn told(view: &View<'_>, atlas: &Atlas, known: &Known) -> Vec<String> {
    let (changes, before) = last_change(&known.visit, &known.walk, &known.notices);
    let Some(now) = Announced::read(&announced(&known.visit)) else {
        return Vec::new();
    };
    let mut told = wording(view, atlas, Some(&known.visit), |wording| {
        wording.sentences(&changes, before.as_ref(), &now)
    });
    let latest = known.notices.iter().max_by_key(|notice| notice.given_at);
    let focus = latest.and_then(|latest| focus_changed(&latest.focus, &known.walk.focus));
    told.extend(focus);
    told
}

fn find(view: &View<'_>, id: NoticeId) -> Result<Given, ApiError> {
    given(view)?
        .into_iter()
        .find(|one| one.id == id)
        .ok_or_else(|| ApiError::not_found("notice"))
}

/// What a notice changed of the one before, and, while it is the latest, what was changed since.
fn sentences(view: &View<'_>, atlas: &Atlas, one: &Given) -> Result<Sentences, ApiError> {
    let mut told = Sentences::default();
    if let Some(before) = &one.before {
        told.walk
            .extend(focus_changed(&before.focus, &one.notice.focus));
        for (id, changes) in changes_between(before, &one.notice) {
            let text = |notice: &Notice| notice.visits.get(&id).and_then(|t| Announced::read(t));
            let (was, now) = (text(before), text(&one.notice));
            if let Some(now) = now.or_else(|| was.clone()) {
                let visit = view.facts.visit(id)?;
                let said = wording(view, atlas, visit.as_ref(), |wording| {
                    wording.sentences(&changes, was.as_ref(), &now)
                });
                told.visits.entry(id).or_default().extend(said);
            }
        }
    }
    if !one.is_latest {
        return Ok(told);
    }
    let focus = focus_changed(&one.notice.focus, &one.walk.focus);
    told.walk
        .extend(focus.map(|sentence| format!("Since then: {sentence}")));
    for (id, text) in &one.notice.visits {
        let (Some(was), Some(visit)) = (Announced::read(text), view.facts.visit(*id)?) else {
            continue;
        };
        let mut since = changes(&visit, &one.walk, std::slice::from_ref(&one.notice));
        if since.contains(&Change::CalledOff) {
            since = vec![Change::CalledOff];
        }
        let Some(now) = Announced::read(&announced(&visit)) else {
            continue;
        };
        let said = wording(view, atlas, Some(&visit), |wording| {
            wording.sentences(&since, Some(&was), &now)
        });
        let said = said
            .into_iter()
            .map(|sentence| format!("Since then: {sentence}"));
        told.visits.entry(*id).or_default().extend(said);
    }
    told.visits.retain(|_, said| !said.is_empty());
    Ok(told)
}

fn wording<T>(
    view: &View<'_>,
    atlas: &Atlas,
    visit: Option<&Visit>,
    say: impl FnOnce(&Wording<'_>) -> T,
) -> T {
    let offset = visit.map_or_else(|| *view.now.offset(), |visit| *visit.starts_at.offset());
    say(&Wording {
        person: &|person| atlas.name(person),
        class: &|class| atlas.class_name(class),
        offset,
    })
}

/// Whether an announced visit is one to this person's lesson, or made by them.
fn is_mine(view: &View<'_>, atlas: &Atlas, visit: Option<&Visit>, announced: &Announced) -> bool {
    let own = view.standing.id();
    let class = atlas.classes.get(&announced.class);
    let is_taught = match visit.filter(|visit| visit.class == announced.class) {
        Some(visit) => visit.is_taught_by(own, class),
        None => class.is_some_and(|class| class.teachers.contains(&own)),
    };
    is_taught || announced.observers.contains(&own)
}

fn room_name(atlas: &Atlas, class: ClassId) -> String {
    let room = atlas.classes.get(&class).and_then(|class| class.room);
    room.and_then(|room| atlas.rooms.get(&room))
        .map(|room| room.name.clone())
        .unwrap_or_default()
}
