//! Retention: what is due to be destroyed, shown first and then gone, everywhere (R20).
//!
//! A record that is destroyed leaves nothing at the hub but its id and whom to tell: its fields, what they were before,
//! and its place among what may be read are gone, and every device is told to forget it at its next pull. Whatever a
//! device still sends for it is refused (`accept`). The log keeps a line with counts and kinds.
//!
//! Laws (tested in this crate's `tests/keeping`):
//! - what is destroyed is exactly the list that was shown (`a_list_that_has_changed_is_not_destroyed`);
//! - nothing goes before its day (`nothing_goes_before_its_day`);
//! - by itself a hub destroys only what it has shown for [`SHOWN_DAYS`] (`the_hub_destroys_by_itself_what_it_has_shown`);
//! - no word of it is left in the file (`no_word_of_what_was_destroyed_is_left_in_the_file`).

mod dated;
mod group;

use alongside_domain::retention::SHOWN_DAYS;
use alongside_store::LogLine;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use self::dated::dated;
use self::group::{Group, Shown, token};
use crate::desk::Changed;
use crate::facts::Facts;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk, Place, log, notes};

/// What a line of the list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RetentionKind {
    /// Visits of one walk, with all that hangs on them.
    Visit,
    /// A walk and its notices, its debrief, its report and its actions.
    Walk,
    /// Concerns of one academic year.
    Concern,
    /// A review and the comments on it.
    Review,
    /// Comments of one academic year on drafts of forms.
    Comment,
    /// The self-evaluation of one academic year, with what people rated.
    SelfEvaluation,
    /// Actions of one academic year that came from no walk.
    Action,
}

/// What goes together.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RetentionLine {
    /// In words.
    pub what: String,
    /// The day on which it is destroyed.
    pub date: NaiveDate,
    /// The day on which the hub does it by itself: that day, or later where it has not been shown for long enough.
    pub by_itself_on: NaiveDate,
    /// How many records that is.
    #[ts(type = "number")]
    pub records: usize,
    /// What it is about.
    pub kind: RetentionKind,
}

/// What is due to be destroyed, and what comes next. Nothing is destroyed by looking.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Retention {
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// What is due.
    pub lines: Vec<RetentionLine>,
    /// How many records that is.
    #[ts(type = "number")]
    pub records: usize,
    /// Stands for exactly this list.
    pub token: String,
    /// What goes on the next day on which anything does.
    pub next: Vec<RetentionLine>,
}

/// `retention_destroy`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RetentionDestroy {
    /// The list that was shown.
    pub token: String,
}

/// `retention_list`: a dry run, for the head.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Retention, ApiError> {
    must_be_head(desk, actor)?;
    desk.retention()
}

/// `retention_destroy`: the list that was shown is gone, everywhere.
pub(crate) fn destroy(
    desk: &Desk,
    actor: &Actor,
    request: RetentionDestroy,
) -> Result<Retention, ApiError> {
    must_be_head(desk, actor)?;
    desk.destroy(Some(actor), &request.token)?;
    desk.retention()
}

fn must_be_head(desk: &Desk, actor: &Actor) -> Result<(), ApiError> {
    desk.must_be_hub()?;
    desk.read(actor, |view| {
        if view.standing.is_head() {
            Ok(())
        } else {
            Err(ApiError::not_allowed(
                "Only the headteacher can see and destroy what is due.",
            ))
        }
    })
}

impl Desk {
    /// What is due to be destroyed, and what comes next. At a hub, whoever runs it may look.
    pub fn retention(&self) -> Result<Retention, ApiError> {
        let today = self.local_now().date_naive();
        let reader = self.store().read()?;
        let dated = dated(Facts::new(&*reader))?;
        let next = dated
            .iter()
            .map(|group| group.on)
            .filter(|on| *on > today)
            .min();
        let shown = Shown::read(&*reader)?;
        let (mut due, mut coming) = (Vec::new(), Vec::new());
        for group in dated {
            if group.on <= today {
                due.push(group.gather(&*reader)?);
            } else if Some(group.on) == next {
                coming.push(group.gather(&*reader)?);
            }
        }
        let line = |group: &Group| group.line(&shown, today);
        Ok(Retention {
            as_of: self.now(),
            lines: due.iter().map(line).collect(),
            records: due.iter().map(|group| group.records.len()).sum(),
            token: token(&due),
            next: coming.iter().map(line).collect(),
        })
    }

    /// Destroys what is due, when that is still the list that `token` stands for. `by` is absent when the hub does it, or
    /// whoever runs it. Returns how many records are gone.
    pub fn destroy(&self, by: Option<&Actor>, token: &str) -> Result<usize, ApiError> {
        let count = self.destroy_groups(by, |group, today, _| group.on <= today, Some(token))?;
        self.scrub()?;
        Ok(count)
    }

    /// What a hub does at its start and once a day: shows what will go, destroys what has been shown for long enough on
    /// its day, and leaves nothing of it in the file. Returns how many records are gone.
    pub fn keep_retention(&self) -> Result<usize, ApiError> {
        debug_assert_eq!(self.place(), Place::Hub);
        let is_ready = |group: &Group, today: NaiveDate, shown: &Shown| {
            group.by_itself_on(shown, today) <= today
        };
        // Nothing is written while there is nothing to do, which is nearly always.
        let count = if self.show(is_ready)? {
            self.destroy_groups(None, is_ready, None)?
        } else {
            0
        };
        let is_left = self.store().read()?.note(notes::UNSCRUBBED)?.is_some();
        if is_left {
            self.scrub()?;
        }
        Ok(count)
    }

    /// Notes since when each group has been on the list of what goes within [`SHOWN_DAYS`], and says whether any is ready.
    fn show(&self, is_ready: impl Fn(&Group, NaiveDate, &Shown) -> bool) -> Result<bool, ApiError> {
        let today = self.local_now().date_naive();
        let until = today + Days::new(SHOWN_DAYS.unsigned_abs());
        let (before, groups) = {
            let reader = self.store().read()?;
            (Shown::read(&*reader)?, dated(Facts::new(&*reader))?)
        };
        let shown = groups
            .iter()
            .filter(|group| group.on <= until)
            .map(|group| (group.key(), before.since(group).unwrap_or(today)));
        let shown = Shown(shown.collect());
        if shown != before {
            let mut writer = self.store().write()?;
            writer.note_put(notes::TO_BE_DESTROYED, Some(&shown.written()))?;
            writer.commit()?;
        }
        Ok(groups.iter().any(|group| is_ready(group, today, &shown)))
    }

    fn destroy_groups(
        &self,
        by: Option<&Actor>,
        is_due: impl Fn(&Group, NaiveDate, &Shown) -> bool,
        expected: Option<&str>,
    ) -> Result<usize, ApiError> {
        let today = self.local_now().date_naive();
        let mut writer = self.store().write()?;
        let shown = Shown::read(&*writer)?;
        let mut due = Vec::new();
        for group in dated(Facts::new(&*writer))? {
            if is_due(&group, today, &shown) {
                due.push(group.gather(&*writer)?);
            }
        }
        if expected.is_some_and(|expected| expected != token(&due)) {
            return Err(ApiError::new(
                Code::Refused,
                "The list has changed since it was shown, so nothing was destroyed. Look at it again.",
            ));
        }
        let mut changed = Changed::default();
        for group in &due {
            let line = LogLine {
                at: self.now().timestamp_millis(),
                person: by.map(|actor| actor.person),
                device: by.map(|actor| actor.device),
                act: log::DESTROYED.into(),
                record: group.subject,
                kind: Some(group.kind.subject()),
                detail: group.counts(),
                ..LogLine::default()
            };
            log::append(&mut *writer, line)?;
            for (kind, id) in &group.records {
                // Nobody reads it any more, and each who did is told; only then is there nothing left to read.
                let version = writer.next_version()?;
                writer.feed_put(*id, &[], version)?;
                writer.forget(*id)?;
                changed.version = version;
                changed.records.insert(*id);
                changed.kinds.insert(kind.clone());
            }
        }
        if changed.records.is_empty() {
            return Ok(0);
        }
        writer.note_put(notes::UNSCRUBBED, Some("1"))?;
        writer.commit()?;
        self.tell(&changed);
        Ok(changed.records.len())
    }

    /// Leaves nothing of what was destroyed in the file. What cannot be done now is done at the next daily check: the
    /// records themselves are gone already.
    fn scrub(&self) -> Result<(), ApiError> {
        match self.store().scrub() {
            Ok(true) => {
                let mut writer = self.store().write()?;
                writer.note_put(notes::UNSCRUBBED, None)?;
                Ok(writer.commit()?)
            }
            Ok(false) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "what was destroyed is not yet gone from the file");
                Ok(())
            }
        }
    }
}
