//! Patterns: what the visits of a walk show together (R14). What is shown and what is hidden is the domain's to say; here
//! the visits are gathered, the answer laid out for a screen, and published by the hub.
//!
//! A leader looks at a walk from what this install holds; once published, everyone sees the same and it stays so. Nothing
//! asked here names a person, and nothing answered does (R9).

mod gather;
mod lay;

use alongside_domain::field::time_value;
use alongside_domain::pattern::{By, Cell, Pattern, may_publish};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::{Kind, PatternId, WalkId};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::desk::View;
use crate::facts::Facts;
use crate::install::Nothing;
use crate::walk::WalkAsked;
use crate::{Actor, ApiError, Code, Desk};

/// The most walks side by side: the latest.
const WALKS: usize = 6;

/// `pattern_get`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternGet {
    /// Which view.
    pub of: PatternAsked,
}

/// Which view of the patterns.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum PatternAsked {
    /// One walk, its visits put together in one way.
    Walk {
        /// Which.
        walk: WalkId,
        /// How its visits are put together.
        by: By,
    },
    /// Walk over walk: one group of each walk, side by side.
    Walks {
        /// How the visits are put together.
        by: By,
        /// Which group, by its name; none where all visits are meant.
        group: Option<String>,
    },
}

/// A table of criteria by columns: the groups of one walk, or walks.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternView {
    /// What it is of: the walk's name, or “Walk over walk”.
    pub title: String,
    /// The walk; none for several.
    pub walk: Option<WalkId>,
    /// Its focus.
    pub focus: String,
    /// When it was published; none while only leaders see it.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// How many classes are shown together at the least (R14).
    #[ts(type = "number")]
    pub threshold: usize,
    /// What a walk is for (R1).
    pub statement: String,
    /// How a visit is counted, in a sentence.
    pub counting: String,
    /// In which way its columns are put together.
    pub by: By,
    /// Every way that has something to show.
    pub ways: Vec<PatternWay>,
    /// The columns, in order.
    pub columns: Vec<PatternColumn>,
    /// The sections, in order; the cells of each stand in the order of the columns.
    pub sections: Vec<PatternSection>,
    /// Entries of what went well and even better if; none where too few classes are behind them.
    pub balance: Option<PatternBalance>,
    /// How many texts there are of what went well and even better if.
    #[ts(type = "number")]
    pub words: usize,
    /// How many classes were visited.
    #[ts(type = "number")]
    pub classes: u32,
    /// How many visits are in it.
    #[ts(type = "number")]
    pub visits: u32,
    /// How many visits are not finished and not in it.
    #[ts(type = "number")]
    pub visits_open: usize,
    /// Whether this person may publish it now.
    pub may_publish: bool,
    /// Why it cannot be published yet; none for who could not anyway.
    pub why_not: Option<String>,
}

/// A way of putting visits together, and its groups.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternWay {
    /// The way.
    pub by: By,
    /// The names of its groups, in order.
    pub groups: Vec<String>,
}

/// A column: a group of a walk, or a walk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternColumn {
    /// Its name.
    pub name: String,
    /// The walk it is of.
    pub walk: WalkId,
    /// How many classes were visited.
    #[ts(type = "number")]
    pub classes: u32,
    /// How many visits were made.
    #[ts(type = "number")]
    pub visits: u32,
    /// Whether it is published.
    pub is_published: bool,
}

/// A section of the form.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternSection {
    /// Its key.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// The criteria that are shown, added up; none where a column has no such section.
    pub cells: Vec<Option<Cell>>,
    /// Its criteria, in order.
    pub criteria: Vec<PatternRow>,
    /// How many texts of observers there are.
    #[ts(type = "number")]
    pub words: usize,
}

/// A criterion.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternRow {
    /// Its key.
    pub key: String,
    /// What was looked for.
    pub text: String,
    /// In the order of the columns; none where the form of that walk does not have it.
    pub cells: Vec<Option<Cell>>,
}

/// Strengths and development points by number of entries (R13).
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct PatternBalance {
    /// Entries of what went well.
    #[ts(type = "number")]
    pub strengths: u32,
    /// Entries of even better if.
    #[ts(type = "number")]
    pub development: u32,
    /// Of a hundred, how many strengths the school aims for.
    #[ts(type = "number")]
    pub aim: i64,
}

/// `pattern_comments`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternWordsAsked {
    /// Of which walk.
    pub walk: WalkId,
    /// Under which section; none for what went well and even better if.
    pub section: Option<String>,
    /// Of which group of phases, by its name; none for all classes.
    pub phase: Option<String>,
}

/// What observers said, without who, of whom, when and where; names are masked.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternWords {
    /// The section's heading.
    pub title: String,
    /// From which classes: a group's name, or all.
    pub from: String,
    /// Why it is not what was asked for, or why there is nothing.
    pub note: Option<String>,
    /// What was written under the section.
    pub comments: Vec<String>,
    /// What went well.
    pub went_well: Vec<String>,
    /// Even better if.
    pub even_better_if: Vec<String>,
}

/// A walk in the list of patterns.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PatternLine {
    /// Which walk.
    pub walk: WalkId,
    /// As the programme calls it.
    pub name: String,
    /// Its focus.
    pub focus: String,
    /// When its last visit was.
    pub last_visit: Option<DateTime<FixedOffset>>,
    /// When its patterns were published; none while only leaders see them.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// How many visits are finished.
    #[ts(type = "number")]
    pub visits: usize,
}

/// `pattern_get`: published patterns for everyone, those of walks under way for leaders.
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: PatternGet,
) -> Result<PatternView, ApiError> {
    desk.read(actor, |view| seen(view, &request.of))
}

/// One view of the patterns, as this person may see it.
pub(crate) fn seen(view: &View<'_>, of: &PatternAsked) -> Result<PatternView, ApiError> {
    match of {
        PatternAsked::Walk { walk, by } => lay::walk(view, *walk, *by),
        PatternAsked::Walks { by, group } => lay::walks(view, *by, group.as_deref()),
    }
}

/// A walk in every way that has something to show, as this person may see it.
pub(crate) fn every(view: &View<'_>, walk: WalkId) -> Result<Vec<PatternView>, ApiError> {
    lay::every(view, walk)
}

/// `pattern_comments`: what observers said, under a cell.
pub(crate) fn comments(
    desk: &Desk,
    actor: &Actor,
    request: PatternWordsAsked,
) -> Result<PatternWords, ApiError> {
    desk.read(actor, |view| {
        let pattern = pattern_of(view, request.walk)?;
        lay::words(
            &pattern,
            request.section.as_deref(),
            request.phase.as_deref(),
        )
    })
}

/// `pattern_list`: the walks with patterns that this person may see, latest first.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<PatternLine>, ApiError> {
    desk.read(actor, |view| {
        let mut lines = lines(view)?;
        lines.truncate(60);
        Ok(lines)
    })
}

/// `pattern_publish`: collates a walk at the hub and freezes it for everyone, once.
pub(crate) fn publish(
    desk: &Desk,
    actor: &Actor,
    request: WalkAsked,
) -> Result<PatternView, ApiError> {
    desk.must_be_hub()?;
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let facts = edit.facts();
        let gathered = gather::of(facts, request.walk)?;
        let is_published = published(facts, request.walk)?.is_some();
        may_publish(
            &gathered.visits,
            |visit| gathered.is_finished(visit),
            is_published,
        )?;
        let pattern = gathered.collate();
        let mut fields = pattern.fields();
        fields.push(("made_at".into(), time_value(edit.now.to_utc())));
        edit.put(pattern.id(), &Kind::Pattern, fields)
    })?;
    desk.read(actor, |view| lay::walk(view, request.walk, By::All))
}

/// The published patterns of a walk.
fn published(facts: Facts<'_>, walk: WalkId) -> Result<Option<Pattern>, ApiError> {
    let record = facts.record(PatternId::derive(walk), &Kind::Pattern)?;
    Ok(record.as_ref().and_then(Pattern::read))
}

/// The patterns of a walk as this person sees them.
pub(crate) fn pattern_of(view: &View<'_>, walk: WalkId) -> Result<Pattern, ApiError> {
    match published(view.facts, walk)? {
        Some(pattern) => Ok(pattern),
        None if view.standing.is_leader() => Ok(gather::of(view.facts, walk)?.collate()),
        None => Err(ApiError::new(
            Code::NotFound,
            "The patterns of this walk have not been published. A leader publishes them when its visits are over.",
        )),
    }
}

fn lines(view: &View<'_>) -> Result<Vec<PatternLine>, ApiError> {
    let mut lines = Vec::new();
    for record in view.facts.reader.list(&Kind::Walk)? {
        let walk = alongside_domain::walk::Walk::read(&record);
        let pattern = published(view.facts, walk.id)?;
        if pattern.is_none() && !view.standing.is_leader() {
            continue;
        }
        let (visits, last_visit) = gather::finished(view.facts, walk.id)?;
        if pattern.is_none() && visits == 0 {
            continue;
        }
        lines.push(PatternLine {
            walk: walk.id,
            name: walk.name,
            focus: walk.focus,
            last_visit,
            visits: pattern.as_ref().map_or(visits, |pattern| {
                let all = pattern
                    .groups
                    .get(&By::All)
                    .and_then(|groups| groups.first());
                all.map_or(visits, |all| usize::try_from(all.visits).unwrap_or(visits))
            }),
            published_at: pattern.and_then(|pattern| pattern.made_at),
        });
    }
    lines.sort_by_key(|line| {
        let latest = line.last_visit.or(line.published_at);
        (std::cmp::Reverse(latest), line.walk)
    });
    Ok(lines)
}
