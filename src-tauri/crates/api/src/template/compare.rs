//! Two forms, or two versions of one, beside each other.

use alongside_domain::TemplateId;
use alongside_domain::template::compare::{Change, Pair, compare as compared};
use alongside_domain::template::{Criterion, Section};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CriterionView, VersionLine, known};
use crate::{Actor, ApiError, Desk};

/// `template_compare`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateCompare {
    /// The earlier.
    pub before: TemplateId,
    /// The later.
    pub after: TemplateId,
}

/// Two forms beside each other.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Comparison {
    /// The earlier.
    pub before: VersionLine,
    /// The later.
    pub after: VersionLine,
    /// How many parts differ.
    #[ts(type = "number")]
    pub changes: usize,
    /// In the order of the later; what is gone follows.
    pub sections: Vec<ComparedSection>,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PartChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its words are others.
    Reworded,
    /// Its guidance, or the questions for pupils, are others.
    Guided,
    /// It stands elsewhere.
    Moved,
    /// It was split in two, or made by that.
    Split,
}

/// A section in both.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComparedSection {
    /// Its key.
    pub key: String,
    /// Its heading in the earlier.
    pub before: Option<String>,
    /// Its heading in the later.
    pub after: Option<String>,
    /// What pupils could be asked.
    pub prompts_before: Vec<String>,
    /// What pupils may be asked.
    pub prompts_after: Vec<String>,
    /// What became of it.
    pub changes: Vec<PartChange>,
    /// Its criteria.
    pub criteria: Vec<ComparedCriterion>,
}

/// A criterion in both.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ComparedCriterion {
    /// Its key.
    pub key: String,
    /// In the earlier.
    pub before: Option<CriterionView>,
    /// In the later.
    pub after: Option<CriterionView>,
    /// What became of it.
    pub changes: Vec<PartChange>,
}

impl From<Change> for PartChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Added => Self::Added,
            Change::Removed => Self::Removed,
            Change::Reworded => Self::Reworded,
            Change::Guided => Self::Guided,
            Change::Moved => Self::Moved,
            Change::Split => Self::Split,
        }
    }
}

fn changes(changes: &[Change]) -> Vec<PartChange> {
    changes.iter().copied().map(PartChange::from).collect()
}

fn criterion(pair: Pair<Criterion>) -> ComparedCriterion {
    ComparedCriterion {
        changes: changes(&pair.changes),
        key: pair.key,
        before: pair.before.as_ref().map(CriterionView::of),
        after: pair.after.as_ref().map(CriterionView::of),
    }
}

/// `template_compare`: for everyone.
pub(crate) fn compare(
    desk: &Desk,
    actor: &Actor,
    request: TemplateCompare,
) -> Result<Comparison, ApiError> {
    desk.read(actor, |view| {
        let before = known(view.facts, request.before)?;
        let after = known(view.facts, request.after)?;
        let prompts = |section: &Option<Section>| {
            let section = section.as_ref();
            section.map(|own| own.prompts.clone()).unwrap_or_default()
        };
        let sections: Vec<ComparedSection> = compared(&before, &after)
            .into_iter()
            .map(|pair| ComparedSection {
                prompts_before: prompts(&pair.section.before),
                prompts_after: prompts(&pair.section.after),
                changes: changes(&pair.section.changes),
                key: pair.section.key,
                before: pair.section.before.map(|section| section.title),
                after: pair.section.after.map(|section| section.title),
                criteria: pair.criteria.into_iter().map(criterion).collect(),
            })
            .collect();
        let count = |section: &ComparedSection| {
            let changed = section
                .criteria
                .iter()
                .filter(|one| !one.changes.is_empty());
            changed.count() + usize::from(!section.changes.is_empty())
        };
        Ok(Comparison {
            changes: sections.iter().map(count).sum(),
            before: VersionLine::of(&before),
            after: VersionLine::of(&after),
            sections,
        })
    })
}
