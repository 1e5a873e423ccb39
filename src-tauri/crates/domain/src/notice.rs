//! A notice: the announcement of a walk's visits to all staff, and since when it stands (R2, R3).

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use crate::field::{Declared, Shape};
use crate::visit::Visit;
use crate::walk::Walk;
use crate::{Record, VisitId, WalkId};

/// What is declared of a notice's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("walk", Shape::Id),
    ("given_at", Shape::Time),
    ("focus", Shape::Name),
    ("visits.*", Shape::Text),
];

/// A notice, read from its record: what it announced, word for word enough to see whether that still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Of which walk.
    pub walk: WalkId,
    /// When it was given.
    pub given_at: DateTime<FixedOffset>,
    /// The focus it announced.
    pub focus: String,
    /// What it announced of each visit (see [`announced`]).
    pub visits: BTreeMap<VisitId, String>,
}

impl Notice {
    /// Reads a notice; `None` while it does not say of what and when.
    pub fn read(record: &Record) -> Option<Self> {
        Some(Self {
            walk: record.id("walk")?,
            given_at: record.time("given_at")?,
            focus: record.text("focus").to_owned(),
            visits: record
                .parts("visits")
                .filter_map(|(id, field)| {
                    Some((id.parse().ok()?, field.value.as_str()?.to_owned()))
                })
                .collect(),
        })
    }

    fn holds_for(&self, visit: &Visit, walk: &Walk) -> bool {
        self.focus == walk.focus && self.visits.get(&visit.id) == Some(&announced(visit))
    }
}

/// What a notice says of a visit: its class, date, time and observers. When any of them changes, the notice no longer
/// holds for it (R3).
pub fn announced(visit: &Visit) -> String {
    let mut observers: Vec<String> = visit.observers.iter().map(ToString::to_string).collect();
    observers.sort_unstable();
    format!(
        "{} {} {}",
        visit.starts_at.to_utc().format("%Y-%m-%dT%H:%MZ"),
        visit.class,
        observers.join(",")
    )
}

/// One thing that changed about a visit since a notice announced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was not announced before.
    Added,
    /// Its class, date or time.
    Moved,
    /// Who visits.
    Observers,
    /// The focus of the walk.
    Focus,
    /// It was called off.
    CalledOff,
}

/// What changed about a visit since the latest notice that announced it; nothing where none did (R3).
pub fn changes(visit: &Visit, walk: &Walk, notices: &[Notice]) -> Vec<Change> {
    let latest = notices
        .iter()
        .filter(|notice| notice.walk == walk.id)
        .max_by_key(|notice| notice.given_at);
    let Some(latest) = latest else {
        return Vec::new();
    };
    let Some(before) = latest.visits.get(&visit.id) else {
        return if visit.starts_at > latest.given_at && !visit.is_cancelled {
            vec![Change::Added]
        } else {
            Vec::new()
        };
    };
    let now = announced(visit);
    let part = |text: &str, place: usize| text.split(' ').nth(place).map(str::to_owned);
    let mut changes = Vec::new();
    if visit.is_cancelled {
        changes.push(Change::CalledOff);
    }
    if part(before, 0) != part(&now, 0) || part(before, 1) != part(&now, 1) {
        changes.push(Change::Moved);
    }
    if part(before, 2) != part(&now, 2) {
        changes.push(Change::Observers);
    }
    if latest.focus != walk.focus {
        changes.push(Change::Focus);
    }
    changes
}

/// Since when a visit has stood announced as it is planned now: the oldest of the latest notices that all hold for it.
pub fn stands_since(
    visit: &Visit,
    walk: &Walk,
    notices: &[Notice],
) -> Option<DateTime<FixedOffset>> {
    let mut of_walk: Vec<&Notice> = notices
        .iter()
        .filter(|notice| notice.walk == walk.id && notice.visits.contains_key(&visit.id))
        .collect();
    of_walk.sort_by_key(|notice| std::cmp::Reverse(notice.given_at));
    of_walk
        .into_iter()
        .take_while(|notice| notice.holds_for(visit, walk))
        .last()
        .map(|notice| notice.given_at)
}
