//! What waits for this person, as numbers for a badge: no names, since a badge can show on a lock screen.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::install::Nothing;
use crate::record::{RecordState, due_at, own_visits, state_of};
use crate::{Actor, ApiError, Desk, acknowledgement, action, concern, notice, report};

/// What waits for this person.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct Reminder {
    /// For leaders: records past the target and within the limit of sharing (R12).
    #[ts(type = "number")]
    pub due: usize,
    /// For leaders: records past the limit.
    #[ts(type = "number")]
    pub overdue: usize,
    /// For leaders: when the next record passes the limit.
    pub next_due_at: Option<DateTime<FixedOffset>>,
    /// Notices of visits to come that this person has not said they read.
    #[ts(type = "number")]
    pub unread_notices: usize,
    /// Reports of late that this person has not said they read.
    #[ts(type = "number")]
    pub unread_reports: usize,
    /// Actions of this person whose day has passed.
    #[ts(type = "number")]
    pub actions_overdue: usize,
    /// Actions of this person whose day comes within a week.
    #[ts(type = "number")]
    pub actions_due: usize,
    /// Records of this person's classes that were shared and not opened.
    #[ts(type = "number")]
    pub records_to_read: usize,
    /// For the head: concerns without an answer.
    #[ts(type = "number")]
    pub concerns_to_answer: usize,
}

/// `reminder_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Reminder, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let (actions_overdue, actions_due) = action::waiting(view)?;
        let mut reminder = Reminder {
            unread_notices: notice::unread(view)?,
            unread_reports: report::unread(view)?,
            actions_overdue,
            actions_due,
            concerns_to_answer: concern::unanswered(view)?,
            ..Reminder::default()
        };
        if view.standing.is_leader() {
            for visit in view.facts.visits()? {
                let Some(known) = view.facts.known(visit)? else {
                    continue;
                };
                if known.share.is_some() || known.life().share(view.now, false).is_err() {
                    continue;
                }
                match state_of(view, &atlas, &known) {
                    RecordState::Overdue => reminder.overdue += 1,
                    RecordState::Due => reminder.due += 1,
                    _ => {}
                }
                let limit = due_at(&atlas, &known).filter(|limit| *limit > view.now);
                let soonest = reminder.next_due_at.into_iter().chain(limit).min();
                reminder.next_due_at = soonest;
            }
        }
        for visit in own_visits(view, &atlas)? {
            if view.facts.share(visit.id)?.is_some() && !acknowledgement::is_given(view, visit.id)?
            {
                reminder.records_to_read += 1;
            }
        }
        Ok(reminder)
    })
}
