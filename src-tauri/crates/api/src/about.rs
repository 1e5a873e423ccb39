//! The page for everyone: what a walk is, and what its record is never used for (R1).

use alongside_domain::purpose::{EXPLANATIONS, STATEMENT};
use serde::Serialize;
use ts_rs::TS;

use crate::install::Nothing;
use crate::{Actor, ApiError, Desk};

/// The statement of purpose and its explanations.
#[derive(Debug, Serialize, TS)]
pub struct About {
    /// Stands on every notice, record, report and export.
    pub statement: &'static str,
    /// One part each.
    pub sections: Vec<AboutSection>,
}

/// One part of the page.
#[derive(Debug, Serialize, TS)]
pub struct AboutSection {
    /// Its heading.
    pub title: &'static str,
    /// Its words.
    pub text: &'static str,
}

/// The page. It is for everyone, also for those who have not signed in.
pub fn page() -> About {
    About {
        statement: STATEMENT,
        sections: EXPLANATIONS
            .iter()
            .map(|part| AboutSection {
                title: part.title,
                text: part.text,
            })
            .collect(),
    }
}

/// `about_get`
pub(crate) fn get(_: &Desk, _: &Actor, _: Nothing) -> Result<About, ApiError> {
    Ok(page())
}
