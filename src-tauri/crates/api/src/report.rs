//! The report of a walk (R16): drafted by leaders from the debrief, published to all staff, printed as it looks.

mod writing;

use alongside_domain::observation::{Balance, Line};
use alongside_domain::purpose::STATEMENT;
use alongside_domain::report::{Report, may_publish};
use alongside_domain::visit::Visit;
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, RecordId, ReportId, WalkId};
use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::action::{self, ActionLine};
use crate::desk::View;
use crate::facts::Facts;
use crate::install::Nothing;
use crate::observation::BalanceView;
use crate::visit::EntryView;
use crate::{Actor, ApiError, Desk, acknowledgement};

pub use writing::{ReportEdit, ReportSaved, ReportWrite};
pub(crate) use writing::{publish, start, write};

/// Where the report of a walk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// Not begun.
    None,
    /// A draft, for leaders.
    Draft,
    /// Published, for all staff.
    Published,
}

/// `report_get`
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct ReportAsked {
    /// A walk, or its report.
    #[ts(type = "string")]
    pub of: RecordId,
}

/// A report in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReportLine {
    /// Which.
    pub report: ReportId,
    /// Of which walk.
    pub walk: WalkId,
    /// The walk's name.
    pub walk_name: String,
    /// The walk's focus.
    pub focus: String,
    /// When it was published.
    pub published_at: DateTime<FixedOffset>,
    /// Whether this person has said that they read it.
    pub is_read: bool,
}

/// The page of a report.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReportView {
    /// Which.
    pub report: ReportId,
    /// Of which walk.
    pub walk: WalkId,
    /// The walk's name.
    pub walk_name: String,
    /// The walk's focus.
    pub focus: String,
    /// The school's name.
    pub school: String,
    /// The first visit that was made or planned.
    pub visited_from: Option<DateTime<FixedOffset>>,
    /// The last.
    pub visited_to: Option<DateTime<FixedOffset>>,
    /// How many classes were visited.
    #[ts(type = "number")]
    pub classes: usize,
    /// Where it stands.
    pub state: ReportState,
    /// When it was published.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// What a walk is for (R1).
    pub statement: String,
    /// Strengths and areas of excellence.
    pub strengths: Vec<EntryView>,
    /// Development points.
    pub development: Vec<EntryView>,
    /// Good practice, and how it will be extended across the school.
    pub good_practice: String,
    /// Changes of policy, practice or routine.
    pub changes: String,
    /// What needs more information.
    pub more_information: String,
    /// What was added once it was published, earliest first.
    pub additions: Vec<ReportAddition>,
    /// Strengths beside development points (R13).
    pub balance: BalanceView,
    /// What is being done about it.
    pub actions: Vec<ActionLine>,
    /// Whether this person writes it.
    pub may_edit: bool,
    /// Why it cannot be published yet.
    pub lock: Option<String>,
    /// How many visits of the walk are still to come.
    #[ts(type = "number")]
    pub to_come: usize,
    /// Whether this person has said that they read it.
    pub is_read: bool,
}

/// Something that was added to a published report.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReportAddition {
    /// Its key.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
}

/// Where the report of a walk stands, as far as this install holds it.
pub(crate) fn state(facts: Facts<'_>, walk: WalkId) -> Result<ReportState, ApiError> {
    Ok(match facts.report(walk)? {
        None => ReportState::None,
        Some(report) if report.published_at.is_some() => ReportState::Published,
        Some(_) => ReportState::Draft,
    })
}

/// The published reports, latest first.
fn published(view: &View<'_>) -> Result<Vec<(Report, Walk)>, ApiError> {
    let mut all = Vec::new();
    for record in view.facts.reader.list(&Kind::Report)? {
        if let Some(report) = Report::read(&record).filter(|one| one.published_at.is_some())
            && let Some(walk) = view.facts.walk(report.walk)?
        {
            all.push((report, walk));
        }
    }
    all.sort_by_key(|(report, _)| std::cmp::Reverse(report.published_at));
    Ok(all)
}

/// How many published reports of this and the last month nobody has heard this person say they read.
pub(crate) fn unread(view: &View<'_>) -> Result<usize, ApiError> {
    let since = view.now - chrono::Duration::days(60);
    let mut count = 0;
    for (report, _) in published(view)? {
        let is_recent = report.published_at.is_some_and(|at| at > since);
        if is_recent && !acknowledgement::is_given(view, report.id)? {
            count += 1;
        }
    }
    Ok(count)
}

/// `report_list`: the published ones, for everyone.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<Vec<ReportLine>, ApiError> {
    desk.read(actor, |view| {
        let mut lines = Vec::new();
        for (report, walk) in published(view)? {
            let Some(published_at) = report.published_at else {
                continue;
            };
            lines.push(ReportLine {
                report: report.id,
                walk: walk.id,
                is_read: acknowledgement::is_given(view, report.id)?,
                walk_name: walk.name,
                focus: walk.focus,
                published_at,
            });
        }
        Ok(lines)
    })
}

/// `report_get`: a draft for leaders, a published report for everyone. One that was not begun is empty.
pub(crate) fn get(
    desk: &Desk,
    actor: &Actor,
    request: ReportAsked,
) -> Result<ReportView, ApiError> {
    desk.read(actor, |view| {
        let found = view.facts.reader.get(request.of)?;
        let walk = match found {
            Some(walk) if walk.kind == Kind::Walk => Some(Walk::read(&walk)),
            Some(report) if report.kind == Kind::Report => {
                let walk = Report::read(&report).map(|report| view.facts.walk(report.walk));
                walk.transpose()?.flatten()
            }
            _ => None,
        };
        let walk = walk.ok_or_else(|| ApiError::not_found("report"))?;
        page(view, walk)
    })
}

fn page(view: &View<'_>, walk: Walk) -> Result<ReportView, ApiError> {
    let report = view.facts.report(walk.id)?;
    let state = state(view.facts, walk.id)?;
    if state != ReportState::Published && !view.standing.is_leader() {
        return Err(ApiError::not_found("report"));
    }
    let is_draft = state == ReportState::Draft;
    let visits: Vec<Visit> = view
        .facts
        .reader
        .list_under(&Kind::Visit, walk.id.into())?
        .iter()
        .filter_map(Visit::read)
        .filter(|visit| !visit.is_cancelled)
        .collect();
    let entries = |lines: &dyn Fn(&Report) -> Vec<Line>| -> Vec<EntryView> {
        let lines = report.as_ref().map(lines).unwrap_or_default();
        lines
            .into_iter()
            .map(|line| EntryView {
                id: line.key,
                text: line.text,
            })
            .collect()
    };
    let text = |of: &dyn Fn(&Report) -> String| report.as_ref().map(of).unwrap_or_default();
    let id = ReportId::derive(walk.id);
    Ok(ReportView {
        report: id,
        school: view
            .facts
            .school()?
            .map(|school| school.name)
            .unwrap_or_default(),
        visited_from: visits.iter().map(|visit| visit.starts_at).min(),
        visited_to: visits.iter().map(|visit| visit.starts_at).max(),
        classes: visited(view, &visits)?,
        state,
        published_at: report.as_ref().and_then(|report| report.published_at),
        statement: STATEMENT.into(),
        strengths: entries(&|report| report.strengths.clone()),
        development: entries(&|report| report.development.clone()),
        good_practice: text(&|report| report.good_practice.clone()),
        changes: text(&|report| report.changes.clone()),
        more_information: text(&|report| report.more_information.clone()),
        additions: report.iter().flat_map(additions).collect(),
        balance: balance_view(view.facts, report.as_ref())?,
        actions: action::of_walk(view, walk.id)?,
        may_edit: view.standing.is_leader(),
        lock: if is_draft {
            lock(view.facts, report.as_ref(), walk.id)?
        } else {
            None
        },
        to_come: visits
            .iter()
            .filter(|visit| visit.starts_at > view.now)
            .count(),
        is_read: acknowledgement::is_given(view, id)?,
        walk: walk.id,
        walk_name: walk.name,
        focus: walk.focus,
    })
}

/// How many classes were visited: as leaders know it; for everyone else by the plan, since who was seen is not theirs to
/// read.
fn visited(view: &View<'_>, visits: &[Visit]) -> Result<usize, ApiError> {
    let Some(walk) = visits.first().map(|visit| visit.walk) else {
        return Ok(0);
    };
    if view.standing.is_leader() {
        return Ok(view.facts.offered(walk)?.visited);
    }
    let begun: std::collections::BTreeSet<_> = visits
        .iter()
        .filter(|visit| visit.starts_at <= view.now)
        .map(|visit| visit.class)
        .collect();
    Ok(begun.len())
}

fn additions(report: &Report) -> Vec<ReportAddition> {
    let additions = report.additions.iter();
    additions
        .map(|(at, line)| ReportAddition {
            id: line.key.clone(),
            at: *at,
            text: line.text.clone(),
        })
        .collect()
}

fn balance_view(facts: Facts<'_>, report: Option<&Report>) -> Result<BalanceView, ApiError> {
    let none = Balance {
        strengths: 0,
        development: 0,
    };
    let balance = report.map_or(none, Report::balance);
    Ok(BalanceView::new(
        balance,
        facts.settings()?.balance_strengths,
    ))
}

/// Why a draft cannot be published yet.
fn lock(
    facts: Facts<'_>,
    report: Option<&Report>,
    walk: WalkId,
) -> Result<Option<String>, ApiError> {
    let offered = facts.offered(walk)?;
    let checked = may_publish(&offered.unshared, offered.visited)
        .and_then(|()| report.map_or(Ok(()), Report::check_written));
    Ok(checked.err().map(|refusal| refusal.message().to_owned()))
}
