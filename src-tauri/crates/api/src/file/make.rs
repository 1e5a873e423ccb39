//! `file_make`: what stands on a screen, as a file to take away. Whoever may read it there may have it as a file, and
//! nothing is in the file that is not on the screen.
//!
//! It is made on this install, with or without a network. At the hub it leaves a line in the log: who took what, by its
//! id, and no word of it.

use alongside_domain::{Kind, RecordId, ReviewId, TermId, VisitId};
use alongside_print::Unfaithful;
use alongside_store::LogLine;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FileView, form, not_whole, review};
use crate::desk::View;
use crate::{Actor, ApiError, Desk, Place, log};

/// `file_make`
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum FileAsked {
    /// The evidence form of one visit, as PDF.
    Form {
        /// Which.
        visit: VisitId,
    },
    /// The review of a term, as PDF.
    Review {
        /// Of which term.
        term: TermId,
    },
}

/// What is to be printed, gathered as this person may read it.
enum Gathered {
    Form(Box<alongside_print::Form>),
    Review(Box<alongside_print::Review>),
}

/// `file_make`
pub(crate) fn make(desk: &Desk, actor: &Actor, request: FileAsked) -> Result<FileView, ApiError> {
    // The snapshot is let go before the page is set: that takes a while.
    let (gathered, name) = desk.read(actor, |view| gather(view, request))?;
    let made = match &gathered {
        Gathered::Form(form) => alongside_print::form(form),
        Gathered::Review(review) => alongside_print::review(review),
    };
    let bytes = made.map_err(|error| unfaithful(&error))?;
    leave_line(desk, actor, request)?;
    Ok(FileView::of_bytes(
        format!("{name}.pdf"),
        "application/pdf",
        &bytes,
    ))
}

fn gather(view: &View<'_>, request: FileAsked) -> Result<(Gathered, String), ApiError> {
    match request {
        FileAsked::Form { visit } => {
            let form = form::gather(view, visit)?;
            let day = form.starts_at.format("%Y-%m-%d");
            let name = format!("{} {day}", form.class);
            Ok((Gathered::Form(Box::new(form)), plain(&name)))
        }
        FileAsked::Review { term } => {
            let review = review::gather(view, term)?;
            let name = format!("Review {}", review.term);
            Ok((Gathered::Review(Box::new(review)), plain(&name)))
        }
    }
}

/// A name that every file system takes.
pub(super) fn plain(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(80)
        .collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    match parts.join("-").to_lowercase() {
        name if name.is_empty() => "alongside".to_owned(),
        name => name,
    }
}

/// Says in the hub's log that this was taken away as a file.
fn leave_line(desk: &Desk, actor: &Actor, request: FileAsked) -> Result<(), ApiError> {
    if desk.place() != Place::Hub {
        return Ok(());
    }
    let (record, kind): (RecordId, Kind) = match request {
        FileAsked::Form { visit } => (visit.into(), Kind::Visit),
        FileAsked::Review { term } => (ReviewId::derive(term).into(), Kind::Review),
    };
    let mut writer = desk.store().write()?;
    let line = LogLine {
        at: desk.now().timestamp_millis(),
        person: Some(actor.person),
        device: Some(actor.device),
        act: log::EXPORTED.into(),
        record: Some(record),
        kind: Some(kind),
        detail: "file pdf".into(),
        ..LogLine::default()
    };
    log::append(&mut *writer, line)?;
    writer.commit()?;
    Ok(())
}

/// What is wrong is said to whoever keeps the hub; a person is told that there is no file.
pub(super) fn unfaithful(error: &Unfaithful) -> ApiError {
    tracing::error!(%error, "a file was not whole");
    not_whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_has_no_folder_and_no_sign_in_it() {
        assert_eq!(
            plain("../Kestrel: 3/4 2026-11-17"),
            "kestrel-3-4-2026-11-17"
        );
        assert_eq!(plain("Łódź 5"), "łódź-5");
        assert_eq!(plain("…"), "alongside");
    }
}
