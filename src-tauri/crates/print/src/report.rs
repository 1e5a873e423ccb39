//! The report of a walk: strengths, good practice, changes, what needs more information, and the balance (R13, R16).
//!
//! It speaks of the school: there is no place for a visit, a class or a name of a teacher in it.

use alongside_domain::purpose::STATEMENT;
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;

use crate::pdf::{Template, make};
use crate::{Unfaithful, words};

/// What stands in the report.
#[derive(Debug, Clone)]
pub struct Report {
    /// Of which school.
    pub school: String,
    /// The walk's name.
    pub walk: String,
    /// Of the walk.
    pub focus: String,
    /// The first and the last day of the walk.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// How many classes were visited.
    pub classes: usize,
    /// Strengths and areas of excellence.
    pub strengths: Vec<ReportPoint>,
    /// What to develop.
    pub development_points: Vec<ReportPoint>,
    /// The other parts, in order: good practice and how it is extended, changes, what needs more information, what was added
    /// once it was published. Those with no words are left out.
    pub passages: Vec<ReportPassage>,
    /// How many entries were strengths, and how many development points (R13).
    pub balance: (usize, usize),
    /// How many in a hundred of them the school aims at as strengths.
    pub balance_aim: usize,
    /// What is done about it.
    pub actions: Vec<ReportAction>,
    /// When it was published; none for a draft.
    pub published_at: Option<DateTime<FixedOffset>>,
    /// When the file was made.
    pub taken_at: DateTime<FixedOffset>,
}

/// A strength or a development point.
#[derive(Debug, Clone, Serialize)]
pub struct ReportPoint {
    /// The words.
    pub text: String,
    /// What it rests on, such as `seen in 34 of 38 looks`; empty where nothing is said.
    pub evidence: String,
}

/// A part of the report in free words.
#[derive(Debug, Clone, Serialize)]
pub struct ReportPassage {
    /// Its heading.
    pub title: String,
    /// Its words.
    pub text: String,
}

/// An action that follows from it.
#[derive(Debug, Clone)]
pub struct ReportAction {
    /// What is to be done.
    pub text: String,
    /// Who sees to it: a person or a group, as the action says.
    pub owner: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// How it will be known that it worked.
    pub success: String,
    /// Where it stands, in a word or two.
    pub state: String,
}

#[derive(Serialize)]
struct View<'a> {
    title: String,
    subtitle: String,
    statement: &'static str,
    school: &'a str,
    foot: String,
    focus: &'a str,
    scope: String,
    days: String,
    strengths: &'a [ReportPoint],
    development_points: &'a [ReportPoint],
    passages: Vec<&'a ReportPassage>,
    balance: Option<Balance>,
    actions: Vec<Action<'a>>,
}

#[derive(Serialize)]
struct Balance {
    strengths: usize,
    development_points: usize,
    aim: usize,
    sentence: String,
}

#[derive(Serialize)]
struct Action<'a> {
    text: &'a str,
    owner: &'a str,
    due: String,
    success: &'a str,
    state: &'a str,
}

/// The report as PDF/UA-1.
///
/// Errors when it could not be made, or does not hold every word.
pub fn report(report: &Report) -> Result<Vec<u8>, Unfaithful> {
    let (strengths, development_points) = report.balance;
    let balance = (strengths + development_points > 0).then(|| Balance {
        strengths,
        development_points,
        aim: report.balance_aim.min(100),
        sentence: format!(
            "{} and {}. The school aims at about {} strengths in a hundred; entries are counted, not people.",
            words::count(strengths, "strength"),
            words::count(development_points, "development point"),
            report.balance_aim
        ),
    });
    let actions = report.actions.iter().map(|action| Action {
        text: &action.text,
        owner: &action.owner,
        due: action.due_on.map(words::day).unwrap_or_default(),
        success: &action.success,
        state: &action.state,
    });
    let view = View {
        title: format!("Report: {}", report.walk),
        subtitle: match report.published_at {
            Some(at) => format!("{} · published on {}", report.school, words::time(at)),
            None => format!("{} · draft, not published", report.school),
        },
        statement: STATEMENT,
        school: &report.school,
        foot: words::foot(&report.school, report.taken_at),
        focus: &report.focus,
        scope: match report.classes {
            1 => "1 class visited".to_owned(),
            classes => format!("{classes} classes visited"),
        },
        days: match report.days {
            Some((first, last)) if first == last => words::day(first),
            Some((first, last)) => format!("{} to {}", words::day(first), words::day(last)),
            None => String::new(),
        },
        strengths: &report.strengths,
        development_points: &report.development_points,
        passages: report
            .passages
            .iter()
            .filter(|passage| !passage.text.trim().is_empty())
            .collect(),
        balance,
        actions: actions.collect(),
    };
    make(Template::Report, &view)
}
