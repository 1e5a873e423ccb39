//! What is destroyed together, what hangs on it, and since when it has been shown.

use std::collections::BTreeMap;

use alongside_domain::retention::SHOWN_DAYS;
use alongside_domain::{Kind, RecordId};
use alongside_store::Reader;
use chrono::{Days, NaiveDate};
use sha2::{Digest as _, Sha256};

use super::{RetentionKind, RetentionLine};
use crate::{ApiError, notes};

/// Records that are destroyed together.
pub(super) struct Group {
    pub(super) kind: RetentionKind,
    pub(super) on: NaiveDate,
    pub(super) what: String,
    /// The walk or review.
    pub(super) subject: Option<RecordId>,
    /// What it is made of, before what hangs on it is gathered.
    pub(super) heads: Vec<(Kind, RecordId)>,
    /// All that goes.
    pub(super) records: Vec<(Kind, RecordId)>,
}

impl Group {
    /// Tells it from every other group on any day.
    pub(super) fn key(&self) -> String {
        let subject = self.subject.map(|id| id.to_string());
        format!(
            "{:?} {} {}",
            self.kind,
            self.on,
            subject.unwrap_or_default()
        )
    }

    /// The day on which a hub destroys it by itself: its own, and not before it has been shown for [`SHOWN_DAYS`].
    pub(super) fn by_itself_on(&self, shown: &Shown, today: NaiveDate) -> NaiveDate {
        let days = Days::new(SHOWN_DAYS.unsigned_abs());
        let since = shown.since(self).unwrap_or(today.max(self.on - days));
        self.on.max(since + days)
    }

    /// Finds all that hangs on its records.
    pub(super) fn gather(mut self, reader: &dyn Reader) -> Result<Self, ApiError> {
        self.records.clone_from(&self.heads);
        let mut place = 0;
        while let Some((_, id)) = self.records.get(place).cloned() {
            for kind in Kind::KNOWN {
                // The visits of a walk are a group of their own.
                if kind.parent_field().is_some() && kind != Kind::Visit {
                    let under = reader.list_under(&kind, id)?;
                    let under = under.into_iter().map(|record| (kind.clone(), record.id));
                    self.records.extend(under);
                }
            }
            place += 1;
        }
        Ok(self)
    }

    pub(super) fn line(&self, shown: &Shown, today: NaiveDate) -> RetentionLine {
        RetentionLine {
            what: self.what.clone(),
            date: self.on,
            by_itself_on: self.by_itself_on(shown, today),
            records: self.records.len(),
            kind: self.kind,
        }
    }

    /// How many of each kind, for the log: `visit 12 observation 24`.
    pub(super) fn counts(&self) -> String {
        let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        for (kind, _) in &self.records {
            *counts.entry((kind.order(), kind.as_str())).or_default() += 1;
        }
        let counts = counts
            .into_iter()
            .map(|((_, kind), count)| format!("{kind} {count}"));
        counts.collect::<Vec<_>>().join(" ")
    }
}

impl RetentionKind {
    pub(super) fn subject(self) -> Kind {
        match self {
            Self::Visit => Kind::Visit,
            Self::Walk => Kind::Walk,
            Self::Concern => Kind::Concern,
            Self::Review => Kind::Review,
            Self::Comment => Kind::Comment,
            Self::SelfEvaluation => Kind::SelfEvaluation,
            Self::Action => Kind::Action,
        }
    }
}

/// Since when groups have been shown, by their key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown(pub(super) BTreeMap<String, NaiveDate>);

impl Shown {
    pub(super) fn read(reader: &dyn Reader) -> Result<Self, ApiError> {
        let noted = reader.note(notes::TO_BE_DESTROYED)?;
        let lines = noted.iter().flat_map(|text| text.lines());
        Ok(Self(
            lines
                .filter_map(|line| {
                    let (since, key) = line.split_once(' ')?;
                    Some((key.to_owned(), since.parse().ok()?))
                })
                .collect(),
        ))
    }

    pub(super) fn written(&self) -> String {
        let lines = self.0.iter().map(|(key, since)| format!("{since} {key}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(super) fn since(&self, group: &Group) -> Option<NaiveDate> {
        self.0.get(&group.key()).copied()
    }
}

/// SHA-256 over each group and the ids of all its records.
pub(super) fn token(groups: &[Group]) -> String {
    let mut hash = Sha256::new();
    for group in groups {
        hash.update(group.key().as_bytes());
        let mut ids: Vec<RecordId> = group.records.iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        for id in ids {
            hash.update(id.uuid().as_bytes());
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
