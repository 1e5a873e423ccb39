//! Actions: what is done after a walk, by whom and by when, and how far it is (R15).

mod writing;

use alongside_domain::action::{self as rules, Action, ActionFrom, ActionState, Hand};
use alongside_domain::debrief::Evidence;
use alongside_domain::template::Template;
use alongside_domain::walk::Walk;
use alongside_domain::{ActionId, Kind, PersonId, TemplateId, WalkId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::authority::may_read;
use crate::desk::View;
use crate::install::Nothing;
use crate::{Actor, ApiError, Desk, pattern};

pub use writing::{ActionEdit, ActionProgress, ActionPut};
pub(crate) use writing::{progress, put};

/// Within how many days an action counts as due soon.
pub(crate) const SOON_DAYS: i64 = 7;

/// A question about one action.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct ActionAsked {
    /// Which.
    pub action: ActionId,
}

/// An action in the list, or as a card on the board.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ActionLine {
    /// Which.
    pub action: ActionId,
    /// What is to be done.
    pub title: String,
    /// By whom.
    pub owner: PersonId,
    /// Their name.
    pub owner_name: String,
    /// By when.
    pub due_on: NaiveDate,
    /// How far it is.
    pub state: ActionState,
    /// Whether its day has passed and it is not done.
    pub is_overdue: bool,
    /// Whether it is this person's.
    pub is_mine: bool,
    /// How many notes of progress there are.
    #[ts(type = "number")]
    pub notes: usize,
    /// What it came from, in a few words.
    pub about: String,
    /// The walk it came from.
    pub walk: Option<WalkId>,
    /// That walk's name.
    pub walk_name: String,
    /// What this person may make of it, besides what it is.
    pub steps: Vec<ActionState>,
}

/// All actions this person may read.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Actions {
    /// What is overdue first, then by the day, what is over at the end.
    pub actions: Vec<ActionLine>,
    /// Today, at the school.
    pub today: NaiveDate,
    /// Whether this person writes actions.
    pub may_write: bool,
}

/// One action.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ActionView {
    /// As in the list.
    pub line: ActionLine,
    /// How one will know that it worked.
    pub success_criteria: String,
    /// Where it came from.
    pub from: ActionFrom,
    /// The form of its criterion.
    pub template: Option<TemplateId>,
    /// The key of its criterion; empty where there is none.
    pub criterion: String,
    /// That criterion's words.
    pub criterion_text: String,
    /// The focus that a walk which follows it up starts with.
    pub focus: String,
    /// Of its progress, earliest first.
    pub notes: Vec<NoteView>,
    /// Whether this person writes what it says.
    pub may_edit: bool,
    /// Whether this person writes notes of its progress.
    pub may_note: bool,
    /// What the marks of the walk it came from say of its criterion, and then those of each walk that followed it up, in
    /// order of time. For leaders, and only from enough classes (R14).
    pub shown: Vec<ShownView>,
}

/// What the marks of one walk say of a criterion, over all its classes together.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ShownView {
    /// Which walk.
    pub walk: WalkId,
    /// Its name.
    pub walk_name: String,
    /// Its first visit.
    pub at: Option<NaiveDate>,
    /// Whether it is the walk the action came from, and not one that followed it up.
    pub is_before: bool,
    /// How often it was seen, of how many looks, in how many classes; none where they are too few.
    pub found: Option<FoundView>,
}

/// What was found of a criterion, over all classes of a walk together.
#[derive(Debug, Clone, Copy, Serialize, TS)]
pub struct FoundView {
    /// Visits that saw it, at the least.
    pub least: u32,
    /// At the most: another number where nearly all or hardly any saw it.
    pub most: u32,
    /// Visits that looked.
    pub looked: u32,
    /// To how many classes.
    pub classes: u32,
}

impl From<&Evidence> for FoundView {
    fn from(found: &Evidence) -> Self {
        Self {
            least: found.least,
            most: found.most,
            looked: found.looked,
            classes: found.classes,
        }
    }
}

/// A note of progress.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NoteView {
    /// Its key.
    pub id: String,
    /// Whose.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
}

/// The actions that the person of `view` may read, in the order of a list.
pub(crate) fn readable(view: &View<'_>) -> Result<Vec<Action>, ApiError> {
    let mut actions = Vec::new();
    for record in view.facts.reader.list(&Kind::Action)? {
        if let Some(action) = Action::read(&record)
            && may_read(view.facts, view.standing, &record)?
        {
            actions.push(action);
        }
    }
    rules::in_order(&mut actions, view.now.date_naive());
    Ok(actions)
}

/// The actions of a walk, in the order of a list.
pub(crate) fn of_walk(view: &View<'_>, walk: WalkId) -> Result<Vec<ActionLine>, ApiError> {
    let atlas = Atlas::read(view)?;
    let actions = readable(view)?;
    let own = actions.iter().filter(|action| action.walk == Some(walk));
    own.map(|action| line(view, &atlas, action)).collect()
}

/// How many of this person's own actions are overdue, and how many more are due soon.
pub(crate) fn waiting(view: &View<'_>) -> Result<(usize, usize), ApiError> {
    let (own, today) = (view.standing.id(), view.now.date_naive());
    let mut actions = readable(view)?;
    actions.retain(|action| action.owner == own);
    let overdue = actions.iter().filter(|one| one.is_overdue(today)).count();
    let soon = actions
        .iter()
        .filter(|one| one.is_due_soon(today, SOON_DAYS));
    Ok((overdue, soon.count()))
}

pub(crate) fn line(
    view: &View<'_>,
    atlas: &Atlas,
    action: &Action,
) -> Result<ActionLine, ApiError> {
    let is_mine = action.owner == view.standing.id();
    let hand = if view.standing.is_leader() {
        Some(Hand::Leader)
    } else {
        is_mine.then_some(Hand::Owner)
    };
    let steps = ActionState::ALL.into_iter().filter(|to| {
        let is_free = |hand| action.state.check_step(*to, hand).is_ok();
        *to != action.state && hand.is_some_and(is_free)
    });
    let walk = action.walk.map(|walk| view.facts.walk(walk)).transpose()?;
    Ok(ActionLine {
        action: action.id,
        title: action.title.clone(),
        owner: action.owner,
        owner_name: atlas.name(action.owner),
        due_on: action.due_on,
        state: action.state,
        is_overdue: action.is_overdue(view.now.date_naive()),
        is_mine,
        notes: action.notes.len(),
        about: action.about.clone(),
        walk: action.walk,
        walk_name: walk.flatten().map(|walk| walk.name).unwrap_or_default(),
        steps: steps.collect(),
    })
}

/// `action_list`: for everyone, those they may read.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Actions, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let actions = readable(view)?;
        let lines = actions.iter().map(|action| line(view, &atlas, action));
        Ok(Actions {
            actions: lines.collect::<Result<_, _>>()?,
            today: view.now.date_naive(),
            may_write: view.standing.is_leader(),
        })
    })
}

/// `action_get`
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: ActionAsked,
) -> Result<ActionView, ApiError> {
    desk.read(actor, |view| page(view, request.action))
}

/// An action that the person of `view` may read.
pub(crate) fn find(view: &View<'_>, id: ActionId) -> Result<Option<Action>, ApiError> {
    match view.facts.record(id, &Kind::Action)? {
        Some(record) if may_read(view.facts, view.standing, &record)? => Ok(Action::read(&record)),
        _ => Ok(None),
    }
}

fn page(view: &View<'_>, id: ActionId) -> Result<ActionView, ApiError> {
    let action = find(view, id)?.ok_or_else(|| ApiError::not_found("action"))?;
    let atlas = Atlas::read(view)?;
    let walk = action.walk.map(|walk| view.facts.walk(walk)).transpose()?;
    let notes = action.notes.iter().map(|note| NoteView {
        id: note.key.clone(),
        by: atlas.name(note.by),
        at: note.at,
        text: note.text.clone(),
    });
    let is_mine = action.owner == view.standing.id();
    Ok(ActionView {
        line: line(view, &atlas, &action)?,
        notes: notes.collect(),
        criterion_text: criterion_text(view, &action)?,
        focus: walk.flatten().map(|walk| walk.focus).unwrap_or_default(),
        shown: shown(view, &action)?,
        may_edit: view.standing.is_leader(),
        may_note: is_mine && action.state != ActionState::Dropped,
        success_criteria: action.success_criteria,
        from: action.from,
        template: action.template,
        criterion: action.criterion,
    })
}

/// The words of an action's criterion; empty where it has none, or its form is gone.
pub(crate) fn criterion_text(view: &View<'_>, action: &Action) -> Result<String, ApiError> {
    let form = match action.template.filter(|_| !action.criterion.is_empty()) {
        Some(template) => view.facts.record(template, &Kind::Template)?,
        None => None,
    };
    let form = form.as_ref().map(Template::read);
    let criterion = form
        .as_ref()
        .and_then(|form| form.criterion(&action.criterion));
    Ok(criterion.map(|one| one.text.clone()).unwrap_or_default())
}

fn shown(view: &View<'_>, action: &Action) -> Result<Vec<ShownView>, ApiError> {
    if !view.standing.is_leader() || action.criterion.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for record in view.facts.reader.list(&Kind::Walk)? {
        let walk = Walk::read(&record);
        let is_before = action.walk == Some(walk.id);
        if !is_before && walk.follows != Some(action.id) {
            continue;
        }
        let found = match walk.template {
            Some(_) => Evidence::of(&pattern::pattern_of(view, walk.id)?, &action.criterion),
            None => None,
        };
        let visits = view.facts.reader.list_under(&Kind::Visit, walk.id.into())?;
        let at = visits
            .iter()
            .filter_map(|visit| visit.time("starts_at"))
            .min();
        all.push(ShownView {
            walk: walk.id,
            walk_name: walk.name,
            at: at.map(|at| at.date_naive()),
            is_before,
            found: found.as_ref().map(FoundView::from),
        });
    }
    all.sort_by_key(|one| (!one.is_before, one.at.is_none(), one.at, one.walk));
    Ok(all)
}
