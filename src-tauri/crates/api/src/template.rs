//! The form, as screens show it.

use alongside_domain::template::{Section, Template};
use alongside_domain::{Kind, TemplateId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

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
        })
    })
}
