//! Making a form the school's own: from another, from nothing, or as the next version of one that is in use; and every
//! change of a draft, each with what undoes it.

use alongside_domain::template::edit::TemplateEdit;
use alongside_domain::template::{Section, Template, fields_of};
use alongside_domain::{Kind, Refusal, TemplateId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::{TemplateAsked, TemplateView, known, shown};
use crate::desk::Edit;
use crate::{Actor, ApiError, Code, Desk};

/// The most changes of one call.
const EDITS_LIMIT: usize = 100;

/// `template_new`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateNew {
    /// Made from this form; none begins with an empty one.
    pub from: Option<TemplateId>,
    /// What it is to be called.
    pub name: String,
}

/// `template_edit`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateEdits {
    /// Which draft.
    pub template: TemplateId,
    /// What is done to it, in order: all of it or nothing.
    pub edits: Vec<TemplateEdit>,
}

/// A draft after its change.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TemplateEdited {
    /// As it stands now.
    pub form: TemplateView,
    /// What makes it as it was, in order.
    pub undo: Vec<TemplateEdit>,
}

/// `template_away`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateAway {
    /// Which.
    pub template: TemplateId,
    /// Whether it is put away, or taken out again.
    pub is_away: bool,
}

pub(super) fn refused(refusal: &Refusal) -> ApiError {
    ApiError::new(Code::Refused, refusal.message())
}

/// Writes a new form inside a transaction.
pub(super) fn put(
    edit: &mut Edit<'_>,
    id: TemplateId,
    (name, version): (&str, i64),
    sections: &[Section],
    more: &[(&str, TemplateId)],
) -> Result<(), ApiError> {
    let mut fields = fields_of(name.trim(), version, sections);
    let more = more.iter();
    fields.extend(more.map(|(name, id)| ((*name).to_owned(), json!(id))));
    edit.put(id, &Kind::Template, fields)
}

/// `template_new`: a draft of the school's own; for leaders.
pub(crate) fn new(
    desk: &Desk,
    actor: &Actor,
    request: TemplateNew,
) -> Result<TemplateView, ApiError> {
    let id = TemplateId::from_uuid(desk.fresh());
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        match request.from {
            Some(from) => {
                let from = known(edit.facts(), from)?;
                let more = [("based_on", from.id)];
                put(edit, id, (&request.name, 1), &from.sections, &more)
            }
            None => {
                let section = Section {
                    key: "s1".into(),
                    title: "First section".into(),
                    criteria: Vec::new(),
                    prompts: Vec::new(),
                };
                put(edit, id, (&request.name, 1), &[section], &[])
            }
        }
    })?;
    desk.read(actor, |view| shown(view, id))
}

/// `template_next`: the next version of a settled form, as a draft; for leaders. Where there is one it is that one, also
/// when another leader began it.
pub(crate) fn next(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAsked,
) -> Result<TemplateView, ApiError> {
    let id = request.template.next();
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let form = known(edit.facts(), request.template)?;
        if !form.is_frozen {
            return Err(ApiError::new(
                Code::Refused,
                "This form is a draft still, so it can be changed as it is.",
            ));
        }
        match edit.get(id)? {
            Some(held) if Template::read(&held).is_away => {
                edit.put(id, &Kind::Template, [("is_away", Value::Null)])
            }
            Some(_) => Ok(()),
            None => {
                let named = (form.name.as_str(), form.version + 1);
                put(edit, id, named, &form.sections, &[("follows", form.id)])
            }
        }
    })?;
    desk.read(actor, |view| shown(view, id))
}

/// `template_edit`: changes a draft, all of it or nothing; for leaders.
pub(crate) fn edit(
    desk: &Desk,
    actor: &Actor,
    request: TemplateEdits,
) -> Result<TemplateEdited, ApiError> {
    if request.edits.len() > EDITS_LIMIT {
        return Err(ApiError::new(
            Code::TooLarge,
            "These are too many changes at once. Make some of them first.",
        ));
    }
    let undo = desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let mut undo = Vec::new();
        for change in &request.edits {
            let held = edit.facts().record(request.template, &Kind::Template)?;
            let held = held.ok_or_else(|| ApiError::not_found("form"))?;
            let fields = change.fields(&held).map_err(|refusal| refused(&refusal))?;
            let back = change.undoing(&held).map_err(|refusal| refused(&refusal))?;
            edit.put(request.template, &Kind::Template, fields)?;
            undo.splice(0..0, back);
        }
        Ok(undo)
    })?;
    let form = desk.read(actor, |view| shown(view, request.template))?;
    Ok(TemplateEdited { form, undo })
}

/// `template_away`: puts a form away, or takes it out again; for leaders. Walks that use it keep it.
pub(crate) fn away(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAway,
) -> Result<TemplateView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        known(edit.facts(), request.template)?;
        let is_away = request.is_away.then_some(true);
        edit.put(
            request.template,
            &Kind::Template,
            [("is_away", json!(is_away))],
        )
    })?;
    desk.read(actor, |view| shown(view, request.template))
}
