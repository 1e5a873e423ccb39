//! Writing a report: begun from the debrief, one point or text at a time, and published.

use alongside_domain::debrief::Evidence;
use alongside_domain::field::time_value;
use alongside_domain::person::check_names_nobody;
use alongside_domain::report::{PUBLISHED_AT, Report};
use alongside_domain::template::Template;
use alongside_domain::walk::Walk;
use alongside_domain::{Kind, ReportId, WalkId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use super::{ReportAsked, ReportView, balance_view, get};
use crate::desk::View;
use crate::facts::Facts;
use crate::observation::{BalanceView, key};
use crate::walk::WalkAsked;
use crate::{Actor, ApiError, Code, Desk, debrief};

/// `report_write`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReportWrite {
    /// Of which walk.
    pub walk: WalkId,
    /// What was written.
    pub edit: ReportEdit,
}

/// One thing a leader writes in a report.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ReportEdit {
    /// Adds, changes or takes away a strength.
    Strength {
        /// Which.
        entry: String,
        /// The words; none takes it away.
        text: Option<String>,
    },
    /// Adds, changes or takes away a development point.
    Development {
        /// Which.
        entry: String,
        /// The words; none takes it away.
        text: Option<String>,
    },
    /// Good practice, and how it will be extended.
    GoodPractice {
        /// The words.
        text: String,
    },
    /// Changes of policy, practice or routine.
    Changes {
        /// The words.
        text: String,
    },
    /// What needs more information.
    MoreInformation {
        /// The words.
        text: String,
    },
    /// Adds something to a published report, with its day.
    Addition {
        /// Which.
        entry: String,
        /// The words; none takes it away while it can be.
        text: Option<String>,
    },
}

/// A change that is on the disk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReportSaved {
    /// When.
    pub saved_at: DateTime<Utc>,
    /// The balance after it.
    pub balance: BalanceView,
}

/// `report_start`: begins the draft from the debrief; for leaders. Begun twice is harmless.
pub(crate) fn start(
    desk: &Desk,
    actor: &Actor,
    request: WalkAsked,
) -> Result<ReportView, ApiError> {
    let drafted = desk.read(actor, |view| {
        view.standing.must_lead()?;
        let walk = view
            .facts
            .walk(request.walk)?
            .ok_or_else(|| ApiError::not_found("walk"))?;
        drafted(view, &walk)
    })?;
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let id = ReportId::derive(request.walk);
        if edit.get(id)?.is_some() {
            return Ok(());
        }
        let people = edit.facts().people()?;
        let mut fields = vec![("walk".to_owned(), json!(request.walk))];
        // Words of a debrief from before somebody joined may name them now: they are left for the leader to say anew.
        fields.extend(drafted.into_iter().filter(|(_, text)| {
            let text = text.as_str().unwrap_or_default();
            check_names_nobody(text, &people).is_ok()
        }));
        edit.put(id, &Kind::Report, fields)
    })?;
    get(
        desk,
        actor,
        ReportAsked {
            of: request.walk.into(),
        },
    )
}

/// The entries a draft starts from: the criteria that spoke loudest, with what was said to them. Words and no numbers, so
/// that nothing can be worked out from it (R14).
fn drafted(view: &View<'_>, walk: &Walk) -> Result<Vec<(String, Value)>, ApiError> {
    let debrief = debrief::held(view, walk.id)?;
    let (form, found) = debrief::loudest(view, walk)?;
    let text = |form: &Template, one: &Evidence| -> Option<String> {
        let criterion = form.criterion(&one.criterion)?.text.trim().to_owned();
        let said = debrief
            .as_ref()
            .and_then(|debrief| debrief.said.get(&one.criterion));
        Some(match said.map(|said| said.trim()) {
            Some(said) if !said.is_empty() => format!("{criterion}: {said}"),
            _ => criterion,
        })
    };
    let mut fields = Vec::new();
    let Some(form) = form else {
        return Ok(fields);
    };
    let aim = view.facts.settings()?.balance_strengths;
    for (list, points) in [
        ("strengths", found.strengths.iter().collect::<Vec<_>>()),
        ("development", found.balanced(aim, debrief.as_ref())),
    ] {
        for (place, one) in points.into_iter().enumerate() {
            if let Some(text) = text(&form, one) {
                fields.push((format!("{list}.{place:02}-{}", one.criterion), json!(text)));
            }
        }
    }
    if let Some(overall) = debrief.as_ref().map(|debrief| debrief.overall.trim())
        && !overall.is_empty()
    {
        fields.push(("good_practice".to_owned(), json!(overall)));
    }
    Ok(fields)
}

/// `report_write`: for leaders. The draft must have been begun.
pub(crate) fn write(
    desk: &Desk,
    actor: &Actor,
    request: ReportWrite,
) -> Result<ReportSaved, ApiError> {
    let entry = |list: &str, entry: String, text: Option<String>| {
        let text = text.map_or(Value::Null, debrief::words);
        key(entry).map(|entry| (format!("{list}.{entry}"), text))
    };
    let (name, value) = match request.edit {
        ReportEdit::Strength { entry: id, text } => entry("strengths", id, text)?,
        ReportEdit::Development { entry: id, text } => entry("development", id, text)?,
        ReportEdit::Addition { entry: id, text } => entry("additions", id, text)?,
        ReportEdit::GoodPractice { text } => ("good_practice".to_owned(), debrief::words(text)),
        ReportEdit::Changes { text } => ("changes".to_owned(), debrief::words(text)),
        ReportEdit::MoreInformation { text } => {
            ("more_information".to_owned(), debrief::words(text))
        }
    };
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        begun(edit.facts(), request.walk)?;
        edit.put(
            ReportId::derive(request.walk),
            &Kind::Report,
            [(name, value)],
        )?;
        let report = edit.facts().report(request.walk)?;
        Ok(ReportSaved {
            saved_at: edit.now.to_utc(),
            balance: balance_view(edit.facts(), report.as_ref())?,
        })
    })
}

fn begun(facts: Facts<'_>, walk: WalkId) -> Result<Report, ApiError> {
    facts.report(walk)?.ok_or_else(|| {
        ApiError::new(
            Code::Refused,
            "Start the report first; then every word is kept.",
        )
    })
}

/// `report_publish`: from now on all staff read it, and it stays as it is; for leaders. Published twice is harmless.
pub(crate) fn publish(
    desk: &Desk,
    actor: &Actor,
    request: WalkAsked,
) -> Result<ReportView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let report = begun(edit.facts(), request.walk)?;
        if report.published_at.is_some() {
            return Ok(());
        }
        report.check_written()?;
        // Somebody may have joined since a word was written.
        let people = edit.facts().people()?;
        report
            .texts()
            .try_for_each(|text| check_names_nobody(text, &people))?;
        let at = time_value(edit.now.to_utc());
        edit.put(report.id, &Kind::Report, [(PUBLISHED_AT, at)])
    })?;
    get(
        desk,
        actor,
        ReportAsked {
            of: request.walk.into(),
        },
    )
}
