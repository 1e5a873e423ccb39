//! What is coming to one person's classes: when, what focus, who, why.

use alongside_domain::NoticeId;
use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use ts_rs::TS;

use crate::atlas::{Atlas, VisitCard};
use crate::install::Nothing;
use crate::record::own_visits;
use crate::{Actor, ApiError, Desk, notice};

/// Visits that come to one person's classes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Coming {
    /// Soonest first.
    pub visits: Vec<ComingVisit>,
    /// What a walk is for (R1).
    pub statement: String,
}

/// A visit to come: when, what focus, who, why.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComingVisit {
    /// The visit.
    pub card: VisitCard,
    /// The name of the walk.
    pub walk: String,
    /// Why this focus now.
    pub purpose: String,
    /// Since when it has stood announced.
    pub notice_since: Option<DateTime<FixedOffset>>,
    /// The latest notice that announced it.
    pub notice: Option<NoticeId>,
    /// What is different from what staff were told before, a sentence each (R3).
    pub changed: Vec<String>,
}

/// `coming_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Coming, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let mut visits = Vec::new();
        for visit in own_visits(view, &atlas)? {
            // Today's stay all day: a visit may begin later than planned, and its teacher still wants to know who comes.
            if visit.ends_at() < view.now && !visit.is_on_day_of(view.now) {
                continue;
            }
            let Some(known) = view.facts.known(visit)? else {
                continue;
            };
            let known = view.visible(known)?;
            if known.share.is_some() {
                continue;
            }
            visits.push(ComingVisit {
                card: atlas.card(view, &known),
                walk: known.walk.name.clone(),
                purpose: known.walk.purpose.clone(),
                notice_since: known.life().noticed_since(),
                notice: notice::latest_of(view, &known)?,
                changed: notice::told(view, &atlas, &known),
            });
        }
        visits.sort_by_key(|coming| coming.card.starts_at);
        Ok(Coming {
            visits,
            statement: STATEMENT.into(),
        })
    })
}
