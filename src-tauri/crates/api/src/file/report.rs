//! What stands in the report of a walk: the same words as on screen, for paper.

use alongside_domain::WalkId;
use alongside_domain::action::ActionState;
use alongside_print::{Report, ReportAction, ReportPassage, ReportPoint};

use crate::ApiError;
use crate::desk::View;
use crate::report::{self, ReportAddition, ReportState};
use crate::visit::EntryView;

/// Gathers the report of a walk: a published one for everyone, a draft for leaders.
///
/// Errors when there is none, or this person may not read it.
pub(super) fn gather(view: &View<'_>, walk: WalkId) -> Result<Report, ApiError> {
    let walk = view.facts.walk(walk)?;
    let page = report::page(view, walk.ok_or_else(|| ApiError::not_found("report"))?)?;
    if page.state == ReportState::None {
        return Err(ApiError::not_found("report"));
    }
    let mut actions = Vec::new();
    for line in &page.actions {
        let action = view
            .facts
            .record(line.action, &alongside_domain::Kind::Action)?;
        actions.push(ReportAction {
            text: line.title.clone(),
            owner: line.owner_name.clone(),
            due_on: Some(line.due_on),
            success: action
                .map(|action| action.text("success_criteria").to_owned())
                .unwrap_or_default(),
            state: state(line.state).to_owned(),
        });
    }
    let passage = |title: &str, text: String| ReportPassage {
        title: title.to_owned(),
        text,
    };
    Ok(Report {
        days: page
            .visited_from
            .zip(page.visited_to)
            .map(|(from, to)| (from.date_naive(), to.date_naive())),
        passages: vec![
            passage("Good practice, and how we extend it", page.good_practice),
            passage("Changes of policy, practice or routine", page.changes),
            passage("What needs more information", page.more_information),
            passage("Added afterwards", added(&page.additions, view)),
        ],
        balance: (page.balance.strengths, page.balance.development),
        balance_aim: usize::try_from(page.balance.aim).unwrap_or_default(),
        strengths: points(page.strengths),
        development_points: points(page.development),
        school: page.school,
        walk: page.walk_name,
        focus: page.focus,
        classes: page.classes,
        actions,
        published_at: page.published_at,
        taken_at: view.now,
    })
}

fn points(entries: Vec<EntryView>) -> Vec<ReportPoint> {
    let points = entries.into_iter().map(|entry| ReportPoint {
        text: entry.text,
        evidence: String::new(),
    });
    points.collect()
}

/// Each with its day.
fn added(additions: &[ReportAddition], view: &View<'_>) -> String {
    let offset = *view.now.offset();
    let lines = additions.iter().map(|addition| {
        let day = addition.at.with_timezone(&offset).format("%-d %B %Y");
        format!("{day}: {}", addition.text)
    });
    lines.collect::<Vec<_>>().join("\n\n")
}

fn state(state: ActionState) -> &'static str {
    match state {
        ActionState::Open => "Open",
        ActionState::InProgress => "In progress",
        ActionState::Done => "Done",
        ActionState::Dropped => "Dropped",
    }
}
