//! What stands on the evidence form of one visit: the record as this person may read it.
//!
//! The staff of the class are named on the form of their own teachers alone. For everyone else it says whose class it
//! was, so that no heap of forms lays names beside marks (R9).

use alongside_domain::VisitId;
use alongside_domain::visit::Part;
use alongside_print::{
    Form, FormAddition, FormObserver, FormReply, FormResponse, FormRow, FormSection,
};

use crate::ApiError;
use crate::atlas::Atlas;
use crate::desk::View;
use crate::record::{self, RecordView, Words};

/// Gathers the form of a visit.
///
/// Errors when this person may not read the record.
pub(super) fn gather(view: &View<'_>, visit: VisitId) -> Result<Form, ApiError> {
    let record = record::view(view, visit)?;
    // An observer who never began reads nobody's observation, and a form without any is an empty page.
    if record.observers.is_empty() {
        return Err(ApiError::not_allowed(
            "Nothing is written about this visit that you can read yet, so there is no form of it.",
        ));
    }
    let atlas = Atlas::read(view)?;
    let known = view.known(visit)?;
    let class = atlas.classes.get(&known.visit.class);
    let name = record.card.class.clone();
    let offset = *known.visit.starts_at.offset();
    let staff = match class {
        Some(class) if class.teachers.contains(&view.standing.id()) => {
            let staff = class.teachers.iter().chain(&class.support);
            let names: Vec<String> = staff.map(|person| atlas.name(*person)).collect();
            names.join(", ")
        }
        _ => format!("The staff of {name}"),
    };
    let school = view.facts.school()?;
    Ok(Form {
        school: school.map(|school| school.name).unwrap_or_default(),
        class: name,
        class_detail: record.card.class_detail.clone(),
        staff,
        starts_at: known.visit.starts_at,
        subject: record.card.subject.clone(),
        part: match record.card.part {
            Part::Opening => "Opening",
            Part::Main => "Main part",
            Part::Plenary => "Plenary",
        }
        .to_owned(),
        focus: record.card.focus.clone(),
        purpose: record.purpose.clone(),
        sections: sections(&record),
        went_well: by_observer(&record, &record.went_well),
        even_better_if: by_observer(&record, &record.even_better_if),
        overall: by_observer(&record, &record.overall)
            .into_iter()
            .map(|said| said.join("\n"))
            .collect(),
        additions: record
            .additions
            .iter()
            .map(|addition| FormAddition {
                by: addition.by.clone(),
                at: addition.at.with_timezone(&offset),
                text: addition.text.clone(),
            })
            .collect(),
        responses: responses(&record),
        is_shared: record.shared_at.is_some(),
        destroyed_on: record.destroyed_on,
        taken_at: view.now,
        observers: record
            .observers
            .into_iter()
            .map(|observer| FormObserver {
                name: observer.name,
                started_at: observer.started_at,
                finished_at: observer.finished_at,
                pupils: observer.pupils,
                pupils_note: observer.pupils_note,
            })
            .collect(),
    })
}

fn sections(record: &RecordView) -> Vec<FormSection> {
    let sections = record.sections.iter().map(|section| FormSection {
        title: section.title.clone(),
        rows: section
            .rows
            .iter()
            .map(|row| FormRow {
                text: row.text.clone(),
                marks: row.marks.iter().map(|seen| seen.mark).collect(),
            })
            .collect(),
        comments: by_observer(record, &section.comments),
    });
    sections.collect()
}

/// What each observer said, in the order in which observers stand on the form. Of two with one name the first has all.
fn by_observer(record: &RecordView, said: &[Words]) -> Vec<Vec<String>> {
    let mut columns = vec![Vec::new(); record.observers.len()];
    for words in said {
        let whose = record
            .observers
            .iter()
            .position(|observer| observer.name == words.by);
        if let Some(column) = columns.get_mut(whose.unwrap_or_default()) {
            column.push(words.text.clone());
        }
    }
    columns
}

/// The answers that were sent; a draft is its teacher's alone.
fn responses(record: &RecordView) -> Vec<FormResponse> {
    let title_of = |key: &str| {
        let section = record.sections.iter().find(|section| section.key == key);
        section.map_or_else(|| "To the form".to_owned(), |section| section.title.clone())
    };
    let order_of = |key: &str| {
        record
            .sections
            .iter()
            .position(|section| section.key == key)
    };
    let sent = record.responses.iter().filter_map(|response| {
        let mut keys: Vec<&String> = response.comments.keys().collect();
        keys.sort_by_key(|key| order_of(key).unwrap_or(usize::MAX));
        let replies = keys.into_iter().filter_map(|key| {
            let text = response.comments.get(key)?;
            (!text.trim().is_empty()).then(|| FormReply {
                title: title_of(key),
                text: text.clone(),
            })
        });
        Some(FormResponse {
            teacher: response.teacher.clone(),
            sent_at: response.sent_at?,
            replies: replies.collect(),
            overall: response.overall.clone(),
        })
    });
    sent.collect()
}
