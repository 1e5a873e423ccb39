//! A year's line: each walk with its report, the actions that came of it, and the walk that followed them up.

use std::collections::BTreeMap;

use alongside_domain::{ActionId, WalkId};
use serde::Serialize;
use ts_rs::TS;

use crate::action::{self, ActionLine};
use crate::atlas::Atlas;
use crate::report::{self, ReportState};
use crate::term::YearAsked;
use crate::walk::WalkCard;
use crate::{Actor, ApiError, Desk, walk};

/// The line of one academic year.
#[derive(Debug, Clone, Serialize, TS)]
pub struct YearLine {
    /// Which: `2026-27`.
    pub year: String,
    /// Its walks, in order of time.
    pub walks: Vec<LineWalk>,
}

/// One walk on the line.
#[derive(Debug, Clone, Serialize, TS)]
pub struct LineWalk {
    /// The walk as a card.
    #[serde(flatten)]
    #[ts(flatten)]
    pub card: WalkCard,
    /// Where its report stands.
    pub report: ReportState,
    /// The actions that came of it.
    pub actions: Vec<ActionLine>,
    /// The action it follows up.
    pub follows: Option<LineFollows>,
}

/// An action that a walk follows up.
#[derive(Debug, Clone, Serialize, TS)]
pub struct LineFollows {
    /// Which.
    pub action: ActionId,
    /// What was to be done.
    pub title: String,
}

/// `line_get`: for leaders. Walks without a visit stand in the year of today.
pub(crate) fn get(desk: &Desk, actor: &Actor, request: YearAsked) -> Result<YearLine, ApiError> {
    desk.read(actor, |view| {
        view.standing.must_lead()?;
        let atlas = Atlas::read(view)?;
        let settings = &atlas.settings;
        let today = settings.year_name(settings.academic_year_of(view.now.date_naive()));
        let year = request.year.unwrap_or_else(|| today.clone());
        let mut by_walk: BTreeMap<WalkId, Vec<ActionLine>> = BTreeMap::new();
        let mut titles = BTreeMap::new();
        for action in action::readable(view)? {
            titles.insert(action.id, action.title.clone());
            if let Some(walk) = action.walk {
                let line = action::line(view, &atlas, &action)?;
                by_walk.entry(walk).or_default().push(line);
            }
        }
        let mut walks = Vec::new();
        for (walk, card) in walk::cards(view)? {
            let of_walk = card.from.map(|from| settings.academic_year_name(from));
            if of_walk.as_ref().unwrap_or(&today) != &year {
                continue;
            }
            let follows = walk.follows.and_then(|action| {
                let title = titles.get(&action)?.clone();
                Some(LineFollows { action, title })
            });
            walks.push(LineWalk {
                card,
                report: report::state(view.facts, walk.id)?,
                actions: by_walk.remove(&walk.id).unwrap_or_default(),
                follows,
            });
        }
        walks.sort_by_key(|LineWalk { card, .. }| (card.from.is_none(), card.from, card.walk));
        Ok(YearLine { year, walks })
    })
}
