//! The debrief of a walk: what speaks loudest across its classes, and what leaders said to it. For leaders.

use alongside_domain::debrief::{Debrief, Evidence, Points, points};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::template::Template;
use alongside_domain::walk::Walk;
use alongside_domain::{DebriefId, Kind, WalkId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::action::FoundView;
use crate::desk::View;
use crate::observation::key;
use crate::report::{self, ReportState};
use crate::response::ResponseSaved;
use crate::walk::WalkAsked;
use crate::{Actor, ApiError, Desk, pattern};

/// The debrief of a walk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DebriefView {
    /// Of which walk.
    pub walk: WalkId,
    /// Its name.
    pub walk_name: String,
    /// Its focus.
    pub focus: String,
    /// How many classes were visited.
    #[ts(type = "number")]
    pub classes: usize,
    /// On how few classes nothing rests that is shown (R14).
    #[ts(type = "number")]
    pub least: i64,
    /// Most evidence first.
    pub strengths: Vec<PointView>,
    /// Most evidence first.
    pub development: Vec<PointView>,
    /// How many criteria rest on too few classes to be shown.
    #[ts(type = "number")]
    pub hidden: usize,
    /// What was said on the whole.
    pub overall: String,
    /// Where the report stands.
    pub report: ReportState,
    /// What a walk is for (R1).
    pub statement: String,
}

/// A criterion that speaks loudly, over all classes together.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PointView {
    /// Its key.
    pub criterion: String,
    /// Its words.
    pub text: String,
    /// Its section's title.
    pub section: String,
    /// What the walk shows of it.
    pub found: FoundView,
    /// What was said to it.
    pub said: String,
}

/// `debrief_write`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DebriefWrite {
    /// Of which walk.
    pub walk: WalkId,
    /// What was written.
    pub edit: DebriefEdit,
}

/// One thing that was said.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum DebriefEdit {
    /// To one criterion.
    Said {
        /// Which.
        criterion: String,
        /// The words.
        text: String,
    },
    /// On the whole.
    Overall {
        /// The words.
        text: String,
    },
}

/// `debrief_get`: for leaders.
pub(crate) fn get(desk: &Desk, actor: &Actor, request: WalkAsked) -> Result<DebriefView, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let walk = view
            .facts
            .walk(request.walk)?
            .ok_or_else(|| ApiError::not_found("walk"))?;
        let debrief = held(view, walk.id)?;
        let (form, found) = loudest(view, &walk)?;
        let points = |of: &[Evidence]| -> Vec<PointView> {
            let form = form.as_ref();
            of.iter()
                .filter_map(|one| point(form?, one, debrief.as_ref()))
                .collect()
        };
        Ok(DebriefView {
            classes: view.facts.offered(walk.id)?.visited,
            least: view.facts.settings()?.suppression,
            strengths: points(&found.strengths),
            development: points(&found.development),
            hidden: found.hidden,
            overall: debrief
                .as_ref()
                .map(|debrief| debrief.overall.clone())
                .unwrap_or_default(),
            report: report::state(view.facts, walk.id)?,
            statement: STATEMENT.into(),
            walk: walk.id,
            walk_name: walk.name,
            focus: walk.focus,
        })
    })
}

fn point(form: &Template, one: &Evidence, debrief: Option<&Debrief>) -> Option<PointView> {
    let section = form
        .sections
        .iter()
        .find(|section| section.criteria.iter().any(|c| c.key == one.criterion))?;
    let said = debrief.and_then(|debrief| debrief.said.get(&one.criterion));
    Some(PointView {
        criterion: one.criterion.clone(),
        text: form.criterion(&one.criterion)?.text.clone(),
        section: section.title.clone(),
        found: FoundView::from(one),
        said: said.cloned().unwrap_or_default(),
    })
}

/// `debrief_write`: for leaders.
pub(crate) fn write(
    desk: &Desk,
    actor: &Actor,
    request: DebriefWrite,
) -> Result<ResponseSaved, ApiError> {
    let (name, text) = match request.edit {
        DebriefEdit::Said { criterion, text } => (format!("said.{}", key(criterion)?), text),
        DebriefEdit::Overall { text } => ("overall".to_owned(), text),
    };
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit.put(
            DebriefId::derive(request.walk),
            &Kind::Debrief,
            [
                ("walk".to_owned(), json!(request.walk)),
                (name, words(text)),
            ],
        )?;
        Ok(ResponseSaved {
            saved_at: edit.now.to_utc(),
        })
    })
}

/// A text as a field holds it: an empty one is an absence.
pub(crate) fn words(text: String) -> Value {
    if text.trim().is_empty() {
        Value::Null
    } else {
        Value::String(text)
    }
}

pub(crate) fn held(view: &View<'_>, walk: WalkId) -> Result<Option<Debrief>, ApiError> {
    let record = view.facts.record(DebriefId::derive(walk), &Kind::Debrief)?;
    Ok(record.as_ref().and_then(Debrief::read))
}

/// What speaks loudest in a walk, and its form.
pub(crate) fn loudest(
    view: &View<'_>,
    walk: &Walk,
) -> Result<(Option<Template>, Points), ApiError> {
    let form = match walk.template {
        Some(template) => view.facts.record(template, &Kind::Template)?,
        None => None,
    };
    let form = form.as_ref().map(Template::read);
    let found = match &form {
        Some(_) => points(&pattern::pattern_of(view, walk.id)?),
        None => Points::default(),
    };
    Ok((form, found))
}
