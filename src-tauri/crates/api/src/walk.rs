//! A walk on a leader's screen: its plan, its notice, and where each of its visits stands.

use alongside_domain::notice::{comes_too_early, opens_at};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::template::Template;
use alongside_domain::term::Term;
use alongside_domain::visit::{Around, Visit, VisitState, problems};
use alongside_domain::walk::Walk;
use alongside_domain::{ActionId, ClassId, Kind, PersonId, TemplateId, TermId, VisitId, WalkId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

use crate::atlas::{Atlas, MyState, VisitCard};
use crate::desk::View;
use crate::facts::Known;
use crate::install::Nothing;
use crate::record::{RecordState, due_at, state_of};
use crate::report::{self, ReportState};
use crate::{Actor, ApiError, Desk, action};

/// A question about one walk.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct WalkAsked {
    /// Which.
    pub walk: WalkId,
}

/// A walk in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WalkCard {
    /// Which.
    pub walk: WalkId,
    /// Its name.
    pub name: String,
    /// Its focus.
    pub focus: String,
    /// Its first visit.
    pub from: Option<DateTime<FixedOffset>>,
    /// Its last visit.
    pub to: Option<DateTime<FixedOffset>>,
    /// How many visits.
    #[ts(type = "number")]
    pub visits: usize,
    /// How many are finished.
    #[ts(type = "number")]
    pub finished: usize,
    /// How many records are shared.
    #[ts(type = "number")]
    pub shared: usize,
    /// How many are answered.
    #[ts(type = "number")]
    pub answered: usize,
    /// Whether every visit to come stands announced.
    pub noticed: bool,
}

/// A walk with its visits.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WalkView {
    /// Which.
    pub walk: WalkId,
    /// Its name.
    pub name: String,
    /// Its focus.
    pub focus: String,
    /// Why this focus now.
    pub purpose: String,
    /// Its form.
    pub template: Option<TemplateId>,
    /// The form's name.
    pub template_name: String,
    /// The term it belongs to, where one was chosen.
    pub term: Option<TermId>,
    /// That term's name.
    pub term_name: String,
    /// The classes it is meant to visit.
    pub classes: Vec<ClassId>,
    /// The people who are to observe.
    pub observers: Vec<PersonId>,
    /// The action it follows up (R15).
    pub follows: Option<FollowsView>,
    /// Where its report stands.
    pub report: ReportState,
    /// In order of time.
    pub visits: Vec<VisitLine>,
    /// Where its notice stands.
    pub notice: NoticeView,
    /// What a walk is for (R1).
    pub statement: String,
}

/// The action that a walk follows up.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FollowsView {
    /// Which.
    pub action: ActionId,
    /// What was to be done.
    pub title: String,
    /// The words of its criterion, for observers to look at first; empty where it has none.
    pub criterion_text: String,
}

/// A visit of a walk, for a leader.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitLine {
    /// The visit.
    pub card: VisitCard,
    /// Who visits, and how far they are.
    pub observers: Vec<ObserverLine>,
    /// The teachers' names.
    pub teachers: Vec<String>,
    /// The ids with which the plan is edited.
    pub class: ClassId,
    /// Where the record stands; none before the visit is finished.
    pub record: Option<RecordState>,
    /// By when it must be shared.
    pub due_at: Option<DateTime<FixedOffset>>,
    /// When it was shared.
    pub shared_at: Option<DateTime<FixedOffset>>,
    /// Whether it may be shared now.
    pub may_share: bool,
    /// Why not yet.
    pub share_lock: Option<String>,
    /// What is wrong with the plan.
    pub problems: Vec<String>,
    /// Whether it was called off.
    pub is_cancelled: bool,
}

/// An observer of a visit.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ObserverLine {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// How far their observation is, as received.
    pub state: MyState,
}

/// Where the notice of a walk stands (R3).
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoticeView {
    /// Since when the latest counts: when it was given, or came to the hub.
    pub given_at: Option<DateTime<FixedOffset>>,
    /// From when visits it announced can be opened; not known while it waits.
    pub opens_at: Option<DateTime<FixedOffset>>,
    /// Whether the latest waits on this device, so that its days have not begun: they do when the hub has it.
    pub is_waiting: bool,
    /// Visits to come that are not announced as they stand.
    pub stale: Vec<VisitId>,
    /// How many days it must stand.
    #[ts(type = "number")]
    pub days: i64,
}

/// `walk_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WalkPut {
    /// Which; none makes a new one.
    pub walk: Option<WalkId>,
    /// Its name.
    pub name: String,
    /// Its focus (R4).
    pub focus: String,
    /// Why this focus now.
    pub purpose: String,
    /// Its form.
    pub template: TemplateId,
    /// The term it belongs to (R11).
    pub term: Option<TermId>,
    /// The classes it is meant to visit.
    pub classes: Vec<ClassId>,
    /// The people who are to observe.
    pub observers: Vec<PersonId>,
    /// The action it follows up (R15).
    pub follows: Option<ActionId>,
}

/// `walk_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<WalkCard>, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let mut cards: Vec<WalkCard> = cards(view)?.into_iter().map(|(_, card)| card).collect();
        cards.sort_by_key(|card| std::cmp::Reverse(card.from));
        Ok(cards)
    })
}

/// All walks, with what their visits come to.
pub(crate) fn cards(view: &View<'_>) -> Result<Vec<(Walk, WalkCard)>, ApiError> {
    let mut cards = Vec::new();
    for record in view.facts.reader.list(&Kind::Walk)? {
        let walk = Walk::read(&record);
        let known = visits(view, walk.id)?;
        let states: Vec<VisitState> = known.iter().map(|known| known.life().state()).collect();
        let at_least = |state| states.iter().filter(|s| **s >= state).count();
        let card = WalkCard {
            walk: walk.id,
            from: known.first().map(|known| known.visit.starts_at),
            to: known.last().map(|known| known.visit.starts_at),
            visits: states.len(),
            finished: at_least(VisitState::Finished),
            shared: at_least(VisitState::Shared),
            answered: at_least(VisitState::Answered),
            noticed: !states.is_empty() && !states.contains(&VisitState::Planned),
            name: walk.name.clone(),
            focus: walk.focus.clone(),
        };
        cards.push((walk, card));
    }
    Ok(cards)
}

/// The visits of a walk that were not called off, in order of time, as far as this person may see.
fn visits(view: &View<'_>, walk: WalkId) -> Result<Vec<Known>, ApiError> {
    let mut all = all_visits(view, walk)?;
    all.retain(|known| !known.visit.is_cancelled);
    Ok(all)
}

fn all_visits(view: &View<'_>, walk: WalkId) -> Result<Vec<Known>, ApiError> {
    let mut known = Vec::new();
    for record in view.facts.reader.list_under(&Kind::Visit, walk.into())? {
        if let Some(visit) = Visit::read(&record)
            && let Some(one) = view.facts.known(visit)?
        {
            known.push(view.visible(one)?);
        }
    }
    known.sort_by_key(|known| known.visit.starts_at);
    Ok(known)
}

/// `walk_get`
pub(crate) fn get(desk: &Desk, actor: &Actor, request: WalkAsked) -> Result<WalkView, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let walk = view
            .facts
            .walk(request.walk)?
            .ok_or_else(|| ApiError::not_found("walk"))?;
        let atlas = Atlas::read(view)?;
        let known = all_visits(view, walk.id)?;
        let template = match walk.template {
            Some(template) => view.facts.record(template, &Kind::Template)?,
            None => None,
        };
        let term = match walk.term {
            Some(term) => view.facts.record(term, &Kind::Term)?,
            None => None,
        };
        let visits = view.facts.visits()?;
        let lessons = view.facts.school()?.map(|school| school.lessons);
        let around = Around {
            visits: &visits,
            people: &atlas.people,
            classes: &atlas.classes,
            rooms: &atlas.rooms,
            lessons: lessons.as_deref().unwrap_or_default(),
            settings: &atlas.settings,
        };
        Ok(WalkView {
            walk: walk.id,
            template: walk.template,
            template_name: template
                .as_ref()
                .map(|record| Template::read(record).name)
                .unwrap_or_default(),
            notice: notice(view, &atlas, &walk, &known)?,
            visits: known
                .iter()
                .map(|known| line(view, &atlas, known, &around))
                .collect(),
            term: walk.term,
            term_name: term
                .and_then(|record| Term::read(&record))
                .map(|term| term.name)
                .unwrap_or_default(),
            follows: follows(view, walk.follows)?,
            report: report::state(view.facts, walk.id)?,
            classes: walk.classes,
            observers: walk.observers,
            name: walk.name,
            focus: walk.focus,
            purpose: walk.purpose,
            statement: STATEMENT.into(),
        })
    })
}

fn follows(view: &View<'_>, id: Option<ActionId>) -> Result<Option<FollowsView>, ApiError> {
    let action = id.map(|id| action::find(view, id)).transpose()?.flatten();
    action
        .map(|action| {
            Ok(FollowsView {
                criterion_text: action::criterion_text(view, &action)?,
                action: action.id,
                title: action.title,
            })
        })
        .transpose()
}

fn line(view: &View<'_>, atlas: &Atlas, known: &Known, around: &Around<'_>) -> VisitLine {
    let class = atlas.classes.get(&known.visit.class);
    let is_finished = known.life().state() >= VisitState::Finished;
    let share = known.life().share(view.now, false);
    let is_open = known.observations.is_empty() && !known.visit.is_cancelled;
    VisitLine {
        card: atlas.card(view, known),
        observers: known
            .visit
            .observers
            .iter()
            .map(|observer| ObserverLine {
                person: *observer,
                name: atlas.name(*observer),
                state: MyState::of(known.life().observation(*observer)),
            })
            .collect(),
        teachers: known
            .visit
            .teachers(class)
            .iter()
            .map(|teacher| atlas.name(*teacher))
            .collect(),
        class: known.visit.class,
        record: is_finished.then(|| state_of(view, atlas, known)),
        due_at: if is_finished {
            due_at(atlas, known)
        } else {
            None
        },
        shared_at: known.share.as_ref().map(|share| share.shared_at),
        may_share: known.share.is_none() && share.is_ok(),
        share_lock: share
            .err()
            .filter(|_| is_finished)
            .map(|refusal| refusal.message().to_owned()),
        problems: if is_open {
            let early = comes_too_early(
                &known.visit,
                &known.walk,
                &known.notices,
                view.now,
                around.settings,
            );
            let mut found = problems(&known.visit, around);
            found.extend(early);
            found
        } else {
            Vec::new()
        },
        is_cancelled: known.visit.is_cancelled,
    }
}

fn notice(
    view: &View<'_>,
    atlas: &Atlas,
    walk: &Walk,
    known: &[Known],
) -> Result<NoticeView, ApiError> {
    let notices = view.facts.notices(walk.id)?;
    let latest = notices.iter().max_by_key(|notice| notice.given_at);
    let is_waiting = latest.is_some_and(|notice| notice.is_waiting);
    let given_at = latest.map(|notice| notice.given_at);
    let opens = given_at.map(|given| opens_at(given, &atlas.settings));
    Ok(NoticeView {
        given_at,
        opens_at: opens.filter(|_| !is_waiting),
        is_waiting,
        stale: known
            .iter()
            .filter(|known| {
                !known.visit.is_cancelled && known.life().state() == VisitState::Planned
            })
            .map(|known| known.visit.id)
            .collect(),
        days: atlas.settings.notice_days,
    })
}

/// `walk_put`
pub(crate) fn put(desk: &Desk, actor: &Actor, request: WalkPut) -> Result<WalkView, ApiError> {
    let id = request
        .walk
        .unwrap_or_else(|| WalkId::from_uuid(desk.fresh()));
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            id,
            &Kind::Walk,
            [
                ("name", json!(request.name.trim())),
                ("focus", json!(request.focus.trim())),
                ("purpose", json!(request.purpose.trim())),
                ("template", json!(request.template)),
                ("term", json!(request.term)),
                ("classes", json!(request.classes)),
                ("observers", json!(request.observers)),
                ("follows", json!(request.follows)),
            ],
        )
    })?;
    get(desk, actor, WalkAsked { walk: id })
}
