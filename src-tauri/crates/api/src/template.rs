//! The form, as screens show it.

use alongside_domain::field::time_value;
use alongside_domain::template::{Section, Template};
use alongside_domain::{Kind, TemplateId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::desk::Edit;
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
            criteria: section
                .criteria
                .iter()
                .map(|c| CriterionView {
                    key: c.key.clone(),
                    text: c.text.clone(),
                    guidance: c.guidance.clone(),
                })
                .collect(),
            prompts: section.prompts.clone(),
        }
    }
}

/// `template_get`
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAsked,
) -> Result<TemplateView, ApiError> {
    desk.read(actor, |view| {
        let record = view.facts.record(request.template, &Kind::Template)?;
        let template = record
            .as_ref()
            .map(Template::read)
            .ok_or_else(|| ApiError::not_found("form"))?;
        Ok(TemplateView {
            template: template.id,
            sections: template.sections.iter().map(SectionView::of).collect(),
            name: template.name,
            version: template.version,
            is_draft: !template.is_frozen,
        })
    })
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
