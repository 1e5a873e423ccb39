//! What waits for this person: as numbers for a badge, and as sentences that a device says by itself. No names in either,
//! since both can show on a lock screen. What is said and when is decided in [`alongside_domain::reminder`].

use alongside_domain::reminder::{Told, Waiting, foretelling, telling};
use chrono::{DateTime, Duration, FixedOffset};
use serde::Serialize;
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::desk::View;
use crate::install::Nothing;
use crate::record::own_visits;
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

/// The key of the note of what was told on this device.
const TOLD: &str = "told";
/// For how long after its beginning an open visit keeps the device silent (R5), should nobody finish it.
const SILENT_MINUTES: i64 = 60;
/// How far back a beginning is looked for.
const BEGUN_WITHIN_HOURS: i64 = 24;

/// What a device says by itself, and when it has to look again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Sentences to show now, without names and without anybody's words.
    pub sentences: Vec<String>,
    /// Sentences to show later, should the device sleep until then.
    pub ahead: Vec<(DateTime<FixedOffset>, String)>,
    /// When there is something to say next, unless something changes before.
    pub next_at: Option<DateTime<FixedOffset>>,
}

/// Whether the device goes to sleep after this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// It stays awake, and looks again in time.
    Awake,
    /// It goes to sleep: what is to come is foretold.
    Falling,
}

impl Desk {
    /// What a device tells `actor` now by itself, each thing once (R12; silent during a visit, R5). What is answered
    /// counts as told: it is kept before it is shown, since a thing told twice is worse than a badge alone.
    ///
    /// Errors when the store cannot be read or written, or this person is not in the school.
    pub fn remind(&self, actor: &Actor, sleep: Sleep) -> Result<Said, ApiError> {
        let told = self.store().read()?.note(TOLD)?.unwrap_or_default();
        let (said, kept) = self.read(actor, |view| {
            let waiting = waiting(view, &Atlas::read(view)?)?;
            let silent_until = silent_until(view)?;
            let told = Told::read(&told).until(view.now);
            let telling = telling(&waiting, &told, view.now, silent_until);
            let (sentences, next_at) = (telling.sentences.clone(), telling.next_at);
            let (ahead, kept) = match sleep {
                Sleep::Awake => (Vec::new(), telling.told),
                Sleep::Falling => foretelling(&waiting, telling, silent_until),
            };
            let said = Said {
                sentences,
                ahead,
                next_at,
            };
            Ok((said, kept.written()))
        })?;
        if kept != told {
            let mut writer = self.store().write()?;
            writer.note_put(TOLD, Some(&kept))?;
            writer.commit()?;
        }
        Ok(said)
    }
}

/// Until when nothing is said: this person has begun a visit and not finished it (R5).
fn silent_until(view: &View<'_>) -> Result<Option<DateTime<FixedOffset>>, ApiError> {
    let own = view.standing.id();
    let earliest = view.now - Duration::hours(BEGUN_WITHIN_HOURS);
    let mut until = None;
    for visit in view.facts.visits()? {
        if !visit.observers.contains(&own) || visit.starts_at < earliest {
            continue;
        }
        for observation in view.facts.observation_heads(visit.id)? {
            if observation.observer == own && observation.finished_at.is_none() {
                let begun = observation.started_at;
                until = until.max(begun.map(|begun| begun + Duration::minutes(SILENT_MINUTES)));
            }
        }
    }
    Ok(until)
}

/// What waits for the person of `view`, concerns left out: that one was raised is nobody's news but the head's own.
fn waiting(view: &View<'_>, atlas: &Atlas) -> Result<Vec<Waiting>, ApiError> {
    let mut waiting: Vec<Waiting> = notice::unread(view)?
        .into_iter()
        .map(Waiting::Notice)
        .collect();
    if view.standing.is_leader() {
        for visit in view.facts.visits()? {
            let Some(known) = view.facts.known(visit)? else {
                continue;
            };
            if known.share.is_some() || known.life().share(view.now, false).is_err() {
                continue;
            }
            let ended = known.life().ended_at();
            let at = |moment: DateTime<_>| moment.with_timezone(known.visit.starts_at.offset());
            waiting.push(Waiting::ToShare {
                visit: known.visit.id,
                due_at: at(atlas.settings.share_due(ended)),
                limit_at: at(atlas.settings.share_overdue(ended)),
            });
        }
    }
    for visit in own_visits(view, atlas)? {
        if view.facts.share(visit.id)?.is_some() && !acknowledgement::is_given(view, visit.id)? {
            waiting.push(Waiting::Record(visit.id));
        }
    }
    Ok(waiting)
}

/// `reminder_list`
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Reminder, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let (actions_overdue, actions_due) = action::waiting(view)?;
        let mut reminder = Reminder {
            unread_reports: report::unread(view)?,
            actions_overdue,
            actions_due,
            concerns_to_answer: concern::unanswered(view)?,
            ..Reminder::default()
        };
        for one in waiting(view, &atlas)? {
            match one {
                Waiting::Notice(_) => reminder.unread_notices += 1,
                Waiting::Record(_) => reminder.records_to_read += 1,
                Waiting::ToShare {
                    due_at, limit_at, ..
                } => {
                    if view.now > limit_at {
                        reminder.overdue += 1;
                        continue;
                    }
                    reminder.due += usize::from(view.now > due_at);
                    let soonest = reminder.next_due_at.into_iter().chain([limit_at]).min();
                    reminder.next_due_at = soonest;
                }
            }
        }
        Ok(reminder)
    })
}
