//! The library of whole-school themes that a walk can start from.

use alongside_domain::theme::THEMES;
use serde::Serialize;
use ts_rs::TS;

use crate::install::Nothing;
use crate::{Actor, ApiError, Desk};

/// A theme, with a purpose that could stand beside it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ThemeLine {
    /// The focus.
    pub focus: String,
    /// Why a school might look at it.
    pub purpose: String,
}

/// `theme_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<ThemeLine>, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let themes = THEMES.iter();
        Ok(themes
            .map(|theme| ThemeLine {
                focus: theme.focus.to_owned(),
                purpose: theme.purpose.to_owned(),
            })
            .collect())
    })
}
