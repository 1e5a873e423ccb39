//! Forms as files: out as JSON (`docs/form.md`), in as that JSON or as an XLSForm workbook. What comes in is shown first,
//! with every line that does not fit and why; nothing is written before somebody has seen that.

use alongside_domain::TemplateId;
use alongside_domain::person::Person;
use alongside_domain::template::draft::{Draft, Fitted, Unfit, fitted};
use alongside_domain::template::file::{self, FILE_VERSION};
use alongside_domain::template::xlsform::draft_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{SectionView, TemplateAsked, TemplateView, edit, known, shown, workbook};
use crate::file::FileView;
use crate::{Actor, ApiError, Code, Desk};

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: usize = 1024 * 1024;
/// How many lines that do not fit are told one by one.
const UNFIT_LIMIT: usize = 200;

/// `template_preview`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FormImport {
    /// The bytes of the file, as base64.
    pub file: String,
}

/// `template_import`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FormTaken {
    /// The bytes of the file, as base64: the same as were shown.
    pub file: String,
    /// What the form is to be called.
    pub name: String,
}

/// What would come of a file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FormPreview {
    /// What it calls itself; may be empty.
    pub name: String,
    /// The form as it would be.
    pub sections: Vec<SectionView>,
    /// How many criteria that is.
    #[ts(type = "number")]
    pub criteria: usize,
    /// What does not fit.
    pub unfit: Vec<UnfitLine>,
    /// How much more does not fit than is told here.
    #[ts(type = "number")]
    pub more: usize,
}

/// A line that does not fit.
#[derive(Debug, Clone, Serialize, TS)]
pub struct UnfitLine {
    /// Where it stands in the file.
    pub place: String,
    /// Its words.
    pub what: String,
    /// Why, and what was made of it.
    pub why: String,
    /// Whether it was taken over all the same, changed.
    pub is_taken: bool,
}

impl From<Unfit> for UnfitLine {
    fn from(unfit: Unfit) -> Self {
        Self {
            place: unfit.place,
            what: unfit.what,
            why: unfit.why,
            is_taken: unfit.is_taken,
        }
    }
}

pub(super) fn unreadable(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::Refused, message)
}

/// `template_export`: for everyone. Read back before it is given.
pub(crate) fn export(
    desk: &Desk,
    actor: &Actor,
    request: TemplateAsked,
) -> Result<FileView, ApiError> {
    let form = desk.read(actor, |view| known(view.facts, request.template))?;
    let whole = file::FormFile::from(&form);
    let text = serde_json::to_string_pretty(&whole).ok();
    let is_whole =
        |text: &String| serde_json::from_str(text).is_ok_and(|read: file::FormFile| read == whole);
    let text = text.filter(is_whole).ok_or_else(|| {
        tracing::error!("a form's file was not whole");
        ApiError::new(
            Code::Internal,
            "The file was not whole when it was read back. Try again.",
        )
    })?;
    let stem: String = form
        .name
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(60)
        .collect();
    let name = format!("form-{}-{}.json", stem.trim_matches('-'), form.version);
    Ok(FileView::of_text(name, "application/json", text))
}

/// `template_preview`: what would come of a file; for leaders. Nothing is written.
pub(crate) fn preview(
    desk: &Desk,
    actor: &Actor,
    request: FormImport,
) -> Result<FormPreview, ApiError> {
    let people = desk.read(actor, |view| {
        view.standing.must_lead()?;
        view.facts.people()
    })?;
    let read = read(&request.file, &people)?;
    let more = read.unfit.len().saturating_sub(UNFIT_LIMIT);
    Ok(FormPreview {
        criteria: read
            .sections
            .iter()
            .map(|section| section.criteria.len())
            .sum(),
        sections: read.sections.iter().map(SectionView::of).collect(),
        unfit: read
            .unfit
            .into_iter()
            .take(UNFIT_LIMIT)
            .map(UnfitLine::from)
            .collect(),
        name: read.name,
        more,
    })
}

/// `template_import`: the same file as a draft; for leaders.
pub(crate) fn take(
    desk: &Desk,
    actor: &Actor,
    request: FormTaken,
) -> Result<TemplateView, ApiError> {
    let people = desk.read(actor, |view| {
        view.standing.must_lead()?;
        view.facts.people()
    })?;
    let read = read(&request.file, &people)?;
    let id = TemplateId::from_uuid(desk.fresh());
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        edit::put(edit, id, (&request.name, 1), &read.sections, &[])
    })?;
    desk.read(actor, |view| shown(view, id))
}

/// Reads a file of either kind and keeps what fits.
fn read(text: &str, people: &[Person]) -> Result<Fitted, ApiError> {
    if text.len() > FILE_LIMIT / 3 * 4 + 8 {
        return Err(ApiError::new(
            Code::TooLarge,
            "This file is larger than 1 MB, which no form is. Choose the file with the form alone.",
        ));
    }
    let bytes = STANDARD.decode(text.trim()).map_err(|_| {
        ApiError::new(
            Code::BadRequest,
            "The file did not arrive whole. Choose it again.",
        )
    })?;
    let fit = fitted(draft(&bytes)?, people);
    if fit.sections.is_empty() {
        return Err(unreadable(match fit.unfit.first() {
            Some(unfit) => format!(
                "Nothing in this file can be a criterion. The first reason: {}",
                unfit.why
            ),
            None => "There are no criteria in this file. Choose a form from Alongside (JSON), or an XLSForm workbook with a survey sheet.".to_owned(),
        }));
    }
    Ok(fit)
}

fn draft(bytes: &[u8]) -> Result<Draft, ApiError> {
    if bytes.starts_with(b"PK") {
        let (sheets, unfit) = workbook::read(bytes)?;
        let mut draft = draft_of(&sheets);
        draft.unfit.extend(unfit);
        return Ok(draft);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(unreadable(
            "This is a workbook of the old kind, or one with a password. Open it, save it as .xlsx without a password, and choose that.",
        ));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|_| {
        unreadable("This is neither a form from Alongside (JSON) nor an XLSForm workbook (.xlsx). Choose another file.")
    })?;
    let version = value.get("alongside_form").and_then(Value::as_u64);
    match version {
        None => Err(unreadable(
            "This is a JSON file, but not a form from Alongside: it has no “alongside_form”. Choose another file.",
        )),
        Some(version) if version > u64::from(FILE_VERSION) => Err(unreadable(
            "This form comes from a newer Alongside. Update the app and try again.",
        )),
        Some(_) => {
            let read: file::FormFile = serde_json::from_value(value).map_err(|error| {
                unreadable(format!(
                    "This form’s file is not as it should be: {error}. Export it again where it came from."
                ))
            })?;
            Ok(read.into())
        }
    }
}
