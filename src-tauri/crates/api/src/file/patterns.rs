//! What stands in a table of patterns. It is filled from what the screen is given and from nothing else, so that what is
//! hidden there is hidden here (R14).

use alongside_domain::WalkId;
use alongside_domain::pattern::{By, Cell as Known};
use alongside_print::{Cell, Cut, CutRow, Patterns};

use crate::ApiError;
use crate::desk::View;
use crate::pattern::{self, PatternAsked, PatternView};

/// Gathers the patterns of a walk in every way that has something to show: for leaders as they are now, for everyone once
/// they are published.
///
/// Errors when this person may not see them.
pub(super) fn gather(view: &View<'_>, walk: WalkId) -> Result<Patterns, ApiError> {
    let shown = pattern::every(view, walk)?;
    let title = shown.first().map(|one| one.title.clone());
    let cuts = shown.iter().map(|one| cut(one, way(one.by).to_owned()));
    Ok(Patterns {
        school: school(view)?,
        title: format!("Patterns: {}", title.unwrap_or_default()),
        classes_at_least: shown.first().map_or(0, |one| one.threshold),
        cuts: cuts.collect(),
        taken_at: view.now,
    })
}

/// Gathers walk over walk: of those walks whose patterns this person may see, one group side by side.
pub(super) fn over(view: &View<'_>, by: By, group: Option<String>) -> Result<Patterns, ApiError> {
    let of = match &group {
        Some(group) if by != By::All => format!("{}: {group}", way(by)),
        _ => way(By::All).to_owned(),
    };
    let shown = pattern::seen(view, &PatternAsked::Walks { by, group })?;
    Ok(Patterns {
        school: school(view)?,
        title: shown.title.clone(),
        classes_at_least: shown.threshold,
        cuts: vec![cut(&shown, of)],
        taken_at: view.now,
    })
}

fn school(view: &View<'_>) -> Result<String, ApiError> {
    let school = view.facts.school()?;
    Ok(school.map(|school| school.name).unwrap_or_default())
}

fn cut(shown: &PatternView, title: String) -> Cut {
    let rows = shown.sections.iter().flat_map(|section| {
        section.criteria.iter().map(|row| CutRow {
            section: section.title.clone(),
            criterion: row.text.clone(),
            cells: row.cells.iter().copied().map(cell).collect(),
        })
    });
    Cut {
        title,
        groups: shown.columns.iter().map(|one| one.name.clone()).collect(),
        rows: rows.collect(),
    }
}

fn cell(known: Option<Known>) -> Cell {
    match known {
        Some(Known::Shown {
            least,
            most,
            looked,
            ..
        }) => Cell::Shown {
            least,
            most,
            looked,
        },
        Some(Known::Few | Known::Protects) => Cell::Hidden,
        Some(Known::Nobody) => Cell::NobodyLooked,
        None => Cell::Absent,
    }
}

fn way(by: By) -> &'static str {
    match by {
        By::All => "All classes",
        By::Phase => "By phase",
        By::Part => "By part of lesson",
        By::YearGroup => "By year group",
        By::Subject => "By subject",
    }
}
