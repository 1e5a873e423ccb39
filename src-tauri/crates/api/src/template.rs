//! The form, as screens show it: how it is read, and when it is settled. How it is changed is in `template::edit`, two
//! versions beside each other in `template::compare`, files in `template::import`.

pub mod compare;
pub mod edit;
pub mod import;
mod workbook;

use alongside_domain::field::time_value;
use alongside_domain::template::limit::may_freeze;
use alongside_domain::template::{Criterion, Section, Template};
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, TemplateId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::desk::{Edit, View};
use crate::facts::Facts;
use crate::install::Nothing;
use crate::{Actor, ApiError, Desk};

/// `template_get`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateAsked {
    /// Which.
    pub template: TemplateId,
}

/// A form.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TemplateView {
    /// Which.
    pub template: TemplateId,
    /// Its name.
    pub name: String,
    /// Its version.
    #[ts(type = "number")]
    pub version: i64,
    /// Whether it is a draft still, open to everyone's comments (R19).
    pub is_draft: bool,
    /// Its sections, in order.
    pub sections: Vec<SectionView>,
    /// Every version of it that is here, first to last, this one among them.
    pub versions: Vec<VersionLine>,
    /// The form it was made from, where it is the school's own.
    pub based_on: Option<VersionLine>,
    /// How many walks use this version.
    #[ts(type = "number")]
    pub walks: usize,
    /// Whether it is put away, and not offered for another walk.
    pub is_away: bool,
    /// Whether this person may change it.
    pub may_edit: bool,
    /// Why it cannot be settled yet.
    pub unfinished: Option<String>,
}

/// One version of a form.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VersionLine {
    /// Which.
    pub template: TemplateId,
    /// Its name.
    pub name: String,
    /// Its version.
    #[ts(type = "number")]
    pub version: i64,
    /// Whether it is a draft still.
    pub is_draft: bool,
}

/// A form among the school's forms.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FormLine {
    /// Which.
    pub template: TemplateId,
    /// Its name.
    pub name: String,
    /// Its version.
    #[ts(type = "number")]
    pub version: i64,
    /// Whether it is a draft still, open to everyone's comments (R19).
    pub is_draft: bool,
    /// Whether it is put away.
    pub is_away: bool,
    /// Whether a later version of it is settled.
    pub is_followed: bool,
    /// How many sections.
    #[ts(type = "number")]
    pub sections: usize,
    /// How many criteria.
    #[ts(type = "number")]
    pub criteria: usize,
    /// How many walks use it.
    #[ts(type = "number")]
    pub walks: usize,
    /// How many comments were given.
    #[ts(type = "number")]
    pub comments: usize,
    /// How many of them have no answer yet.
    #[ts(type = "number")]
    pub unanswered: usize,
}

/// A section of a form.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Section")]
pub struct SectionView {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What to look for, in order.
    pub criteria: Vec<CriterionView>,
    /// What pupils may be asked (R7).
    pub prompts: Vec<String>,
}

/// A criterion of a form.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(rename = "Criterion")]
pub struct CriterionView {
    /// Its key.
    pub key: String,
    /// What to look for.
    pub text: String,
    /// What counts, in a few words more.
    pub guidance: Option<String>,
}

impl SectionView {
    /// A section as screens show it.
    pub(crate) fn of(section: &Section) -> Self {
        Self {
            key: section.key.clone(),
            title: section.title.clone(),
            criteria: section.criteria.iter().map(CriterionView::of).collect(),
            prompts: section.prompts.clone(),
        }
    }
}

impl CriterionView {
    pub(crate) fn of(criterion: &Criterion) -> Self {
        Self {
            key: criterion.key.clone(),
            text: criterion.text.clone(),
            guidance: criterion.guidance.clone(),
        }
    }
}

impl VersionLine {
    fn of(template: &Template) -> Self {
        Self {
            template: template.id,
            name: template.name.clone(),
            version: template.version,
            is_draft: !template.is_frozen,
        }
    }
}

/// How far back and forth the versions of one form are followed.
const VERSIONS_LIMIT: usize = 60;

/// A form as it stands.
pub(crate) fn held(facts: Facts<'_>, template: TemplateId) -> Result<Option<Template>, ApiError> {
    let record = facts.record(template, &Kind::Template)?;
    Ok(record.as_ref().map(Template::read))
}

/// The same; an error where it is not here.
pub(crate) fn known(facts: Facts<'_>, template: TemplateId) -> Result<Template, ApiError> {
    held(facts, template)?.ok_or_else(|| ApiError::not_found("form"))
}

fn versions(facts: Facts<'_>, template: &Template) -> Result<Vec<VersionLine>, ApiError> {
    let mut lines = vec![VersionLine::of(template)];
    let mut before = template.follows;
    while let Some(id) = before
        && lines.len() < VERSIONS_LIMIT
        && lines.iter().all(|line| line.template != id)
        && let Some(one) = held(facts, id)?
    {
        lines.insert(0, VersionLine::of(&one));
        before = one.follows;
    }
    let mut next = template.id.next();
    while lines.len() < VERSIONS_LIMIT
        && let Some(one) = held(facts, next)?
    {
        if !one.is_away {
            lines.push(VersionLine::of(&one));
        }
        next = next.next();
    }
    Ok(lines)
}

/// A form as this person sees it.
pub(crate) fn shown(view: &View<'_>, id: TemplateId) -> Result<TemplateView, ApiError> {
    let template = known(view.facts, id)?;
    let based_on = template.based_on.map(|id| held(view.facts, id));
    Ok(TemplateView {
        template: template.id,
        sections: template.sections.iter().map(SectionView::of).collect(),
        versions: versions(view.facts, &template)?,
        based_on: based_on
            .transpose()?
            .flatten()
            .map(|one| VersionLine::of(&one)),
        walks: walks(view)?.into_iter().filter(|used| *used == id).count(),
        is_away: template.is_away,
        may_edit: view.standing.is_leader() && !template.is_frozen,
        unfinished: may_freeze(&template)
            .err()
            .map(|refusal| refusal.message().to_owned()),
        version: template.version,
        is_draft: !template.is_frozen,
        name: template.name,
    })
}

/// The form of each walk.
fn walks(view: &View<'_>) -> Result<Vec<TemplateId>, ApiError> {
    let walks = view.facts.reader.list(&Kind::Walk)?;
    Ok(walks
        .iter()
        .filter_map(|walk| Walk::read(walk).template)
        .collect())
}

/// `template_list`: the school's forms, drafts first; for everyone.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<FormLine>, ApiError> {
    desk.read(actor, |view| {
        let records = view.facts.reader.list(&Kind::Template)?;
        let forms: Vec<Template> = records.iter().map(Template::read).collect();
        let walks = walks(view)?;
        let mut lines = Vec::new();
        for form in &forms {
            let comments = crate::comment::readable(view, form.id.into())?;
            lines.push(FormLine {
                template: form.id,
                name: form.name.clone(),
                version: form.version,
                is_draft: !form.is_frozen,
                is_away: form.is_away,
                is_followed: is_followed(form, &forms),
                sections: form.sections.len(),
                criteria: form.criteria_count(),
                walks: walks.iter().filter(|used| **used == form.id).count(),
                unanswered: comments
                    .iter()
                    .filter(|(_, comment)| comment.answer.is_none())
                    .count(),
                comments: comments.len(),
            });
        }
        lines.sort_by(|a, b| {
            let order = |line: &FormLine| {
                (
                    line.is_away,
                    line.is_followed,
                    !line.is_draft,
                    line.name.to_lowercase(),
                    -line.version,
                )
            };
            order(a).cmp(&order(b))
        });
        Ok(lines)
    })
}

/// Whether a later version of a form is settled, so that a new walk begins with that.
pub(crate) fn is_followed(form: &Template, forms: &[Template]) -> bool {
    let mut next = form.id.next();
    let mut seen = 0;
    while seen < VERSIONS_LIMIT
        && let Some(one) = forms.iter().find(|other| other.id == next)
    {
        if one.is_frozen && !one.is_away {
            return true;
        }
        next = next.next();
        seen += 1;
    }
    false
}

/// `template_get`
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAsked,
) -> Result<TemplateView, ApiError> {
    desk.read(actor, |view| shown(view, request.template))
}

/// `template_freeze`: from now on the form stays as it is; for leaders. Freezing twice is harmless.
pub(crate) fn freeze(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAsked,
) -> Result<TemplateView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        freeze_in(edit, request.template)
    })?;
    get(desk, actor, request)
}

/// Freezes a form inside a transaction, if it is a draft still.
pub(crate) fn freeze_in(edit: &mut Edit<'_>, template: TemplateId) -> Result<(), ApiError> {
    let held = edit
        .facts()
        .record(template, &Kind::Template)?
        .ok_or_else(|| ApiError::not_found("form"))?;
    if Template::read(&held).is_frozen {
        return Ok(());
    }
    let now = time_value(edit.now.to_utc());
    edit.put(template, &Kind::Template, [("frozen_at", now)])
}
