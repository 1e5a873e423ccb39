//! `file_make`: what stands on a screen, as a file to take away. Whoever may read it there may have it as a file, and
//! nothing is in the file that is not on the screen.
//!
//! It is made on this install, with or without a network. At the hub it leaves a line in the log: who took what, by its
//! id, and no word of it.

use alongside_domain::pattern::By;
use alongside_domain::{Kind, RecordId, ReportId, ReviewId, TermId, VisitId, WalkId};
use alongside_print::Unfaithful;
use alongside_store::LogLine;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{FileView, form, not_whole, patterns, report, review, self_evaluation};
use crate::desk::View;
use crate::{Actor, ApiError, Desk, Place, log};

/// `file_make`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
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
    /// The report of a walk, as PDF.
    Report {
        /// Of which walk.
        walk: WalkId,
    },
    /// The self-evaluation of an academic year, as PDF.
    SelfEvaluation {
        /// The calendar year in which it starts.
        #[ts(type = "number")]
        year: i32,
    },
    /// The patterns of a walk in every way that has something to show, as a table.
    Patterns {
        /// Of which walk.
        walk: WalkId,
        /// As which table.
        table: FileTable,
    },
    /// Walk over walk, one group of each side by side, as a table.
    PatternsOver {
        /// How the visits are put together.
        by: By,
        /// Which group, by its name; none where all visits are meant.
        group: Option<String>,
        /// As which table.
        table: FileTable,
    },
}

/// A file of numbers for another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileTable {
    /// A workbook.
    Xlsx,
    /// Comma-separated values.
    Csv,
}

/// What is to be made, gathered as this person may read it.
enum Gathered {
    Form(Box<alongside_print::Form>),
    Review(Box<alongside_print::Review>),
    Report(Box<alongside_print::Report>),
    SelfEvaluation(Box<alongside_print::SelfEvaluation>),
    Patterns(Box<alongside_print::Patterns>, FileTable),
}

/// What is gathered, what its file is called, and what stands in the log of it.
struct Asked {
    gathered: Gathered,
    name: String,
    record: Option<RecordId>,
    kind: Kind,
}

/// `file_make`
pub(crate) fn make(desk: &Desk, actor: &Actor, request: FileAsked) -> Result<FileView, ApiError> {
    // The snapshot is let go before the page is set: that takes a while.
    let asked = desk.read(actor, |view| gather(view, request))?;
    let made = match &asked.gathered {
        Gathered::Form(form) => alongside_print::form(form),
        Gathered::Review(review) => alongside_print::review(review),
        Gathered::Report(report) => alongside_print::report(report),
        Gathered::SelfEvaluation(year) => alongside_print::self_evaluation(year),
        Gathered::Patterns(patterns, FileTable::Xlsx) => alongside_print::patterns_xlsx(patterns),
        Gathered::Patterns(patterns, FileTable::Csv) => alongside_print::patterns_csv(patterns),
    };
    let bytes = made.map_err(|error| unfaithful(&error))?;
    let (ending, media_type) = match asked.gathered {
        Gathered::Patterns(_, FileTable::Xlsx) => (
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        Gathered::Patterns(_, FileTable::Csv) => ("csv", "text/csv"),
        _ => ("pdf", "application/pdf"),
    };
    leave_line(desk, actor, &asked, ending)?;
    let name = format!("{}.{ending}", plain(&asked.name));
    Ok(FileView::of_bytes(name, media_type, &bytes))
}

fn gather(view: &View<'_>, request: FileAsked) -> Result<Asked, ApiError> {
    Ok(match request {
        FileAsked::Form { visit } => {
            let form = form::gather(view, visit)?;
            let day = form.starts_at.format("%Y-%m-%d");
            Asked {
                name: format!("{} {day}", form.class),
                gathered: Gathered::Form(Box::new(form)),
                record: Some(visit.into()),
                kind: Kind::Visit,
            }
        }
        FileAsked::Review { term } => {
            let review = review::gather(view, term)?;
            Asked {
                name: format!("Review {}", review.term),
                gathered: Gathered::Review(Box::new(review)),
                record: Some(ReviewId::derive(term).into()),
                kind: Kind::Review,
            }
        }
        FileAsked::Report { walk } => {
            let report = report::gather(view, walk)?;
            Asked {
                name: format!("Report {}", report.walk),
                gathered: Gathered::Report(Box::new(report)),
                record: Some(ReportId::derive(walk).into()),
                kind: Kind::Report,
            }
        }
        FileAsked::SelfEvaluation { year } => {
            let own = self_evaluation::gather(view, year)?;
            Asked {
                name: format!("Self-evaluation {}", own.year),
                gathered: Gathered::SelfEvaluation(Box::new(own)),
                record: Some(crate::self_evaluation::id_of(view.facts, year)?.into()),
                kind: Kind::SelfEvaluation,
            }
        }
        FileAsked::Patterns { walk, table } => {
            let patterns = patterns::gather(view, walk)?;
            Asked {
                name: patterns.title.clone(),
                gathered: Gathered::Patterns(Box::new(patterns), table),
                // Until they are published there is no record of them but their walk.
                record: Some(walk.into()),
                kind: Kind::Pattern,
            }
        }
        FileAsked::PatternsOver { by, group, table } => {
            let patterns = patterns::over(view, by, group)?;
            Asked {
                name: format!("Patterns {}", patterns.title),
                gathered: Gathered::Patterns(Box::new(patterns), table),
                record: None,
                kind: Kind::Pattern,
            }
        }
    })
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
fn leave_line(desk: &Desk, actor: &Actor, asked: &Asked, ending: &str) -> Result<(), ApiError> {
    if desk.place() != Place::Hub {
        return Ok(());
    }
    let mut writer = desk.store().write()?;
    let line = LogLine {
        at: desk.now().timestamp_millis(),
        person: Some(actor.person),
        device: Some(actor.device),
        act: log::EXPORTED.into(),
        record: asked.record,
        kind: Some(asked.kind.clone()),
        detail: format!("file {ending}"),
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
