//! Writing an observation: one tick, one comment, one line at a time, each durable before the screen says so.

use alongside_domain::observation::{Balance, Mark};
use alongside_domain::{Kind, ObservationId, VisitId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::{Actor, ApiError, Code, Desk};

/// The longest key of a part, in characters.
const KEY_LIMIT: usize = 80;

/// `observation_write`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ObservationWrite {
    /// On which visit.
    pub visit: VisitId,
    /// What was done.
    pub edit: Edit,
}

/// One thing an observer does.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Edit {
    /// Ticks a criterion, or clears it.
    Mark {
        /// Which.
        criterion: String,
        /// The mark; none when not looked at.
        mark: Option<Mark>,
    },
    /// Comments on a section.
    Comment {
        /// Which.
        section: String,
        /// The words; empty takes the comment away.
        text: String,
    },
    /// Adds, changes or takes away a line of what went well.
    WentWell {
        /// Which line.
        entry: String,
        /// The words; none takes it away.
        text: Option<String>,
    },
    /// Adds, changes or takes away a line of even better if.
    EvenBetterIf {
        /// Which line.
        entry: String,
        /// The words; none takes it away.
        text: Option<String>,
    },
    /// Adds something to a finished observation; it is seen as an addition (R8).
    Addition {
        /// Which addition.
        entry: String,
        /// The words; none takes it away while it can be.
        text: Option<String>,
    },
    /// Comments on the whole.
    Overall {
        /// The words.
        text: String,
    },
    /// Counts the pupils.
    Pupils {
        /// How many.
        #[ts(type = "number | null")]
        count: Option<i64>,
    },
    /// Notes something about the group; never names (R7).
    PupilsNote {
        /// The words.
        text: String,
    },
}

/// A change that is on the disk.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Saved {
    /// When.
    pub saved_at: DateTime<Utc>,
    /// The balance after it.
    pub balance: BalanceView,
}

/// Strengths and development points so far (R13).
#[derive(Debug, Clone, Serialize, TS)]
pub struct BalanceView {
    /// Entries of what went well.
    #[ts(type = "number")]
    pub strengths: usize,
    /// Entries of even better if.
    #[ts(type = "number")]
    pub development: usize,
    /// Strengths of a hundred to aim for.
    #[ts(type = "number")]
    pub aim: i64,
    /// A kind word when it leans far.
    pub nudge: Option<String>,
}

impl BalanceView {
    /// Against the school's aim.
    pub(crate) fn new(balance: Balance, aim: i64) -> Self {
        Self {
            strengths: balance.strengths,
            development: balance.development,
            aim,
            nudge: balance.nudge(aim).map(str::to_owned),
        }
    }
}

/// `observation_write`: returns when the change is durable. The visit must have been started.
pub(crate) fn write(
    desk: &Desk,
    actor: &Actor,
    request: ObservationWrite,
) -> Result<Saved, ApiError> {
    let ObservationWrite { visit, edit } = request;
    let (name, value) = field_of(edit)?;
    desk.edit(actor, |open| {
        let id = ObservationId::derive(visit, open.standing.id());
        let held = open.get(id)?;
        if held.is_none_or(|held| held.value("started_at").is_none()) {
            return Err(ApiError::new(
                Code::Refused,
                "Start the visit first; then every tick is kept.",
            ));
        }
        open.put(id, &Kind::Observation, [(name, value)])?;
        let record = open.get(id)?;
        let balance = record.as_ref().map_or(
            Balance {
                strengths: 0,
                development: 0,
            },
            |record| Balance {
                strengths: record
                    .parts("went_well")
                    .filter(|(_, field)| is_words(&field.value))
                    .count(),
                development: record
                    .parts("even_better_if")
                    .filter(|(_, field)| is_words(&field.value))
                    .count(),
            },
        );
        let aim = open.facts().settings()?.balance_strengths;
        Ok(Saved {
            saved_at: open.now.to_utc(),
            balance: BalanceView::new(balance, aim),
        })
    })
}

fn is_words(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// The field an edit writes. An empty text is an absence.
fn field_of(edit: Edit) -> Result<(String, Value), ApiError> {
    let words = |text: String| {
        if text.trim().is_empty() {
            Value::Null
        } else {
            Value::String(text)
        }
    };
    Ok(match edit {
        Edit::Mark { criterion, mark } => (format!("marks.{}", key(criterion)?), json!(mark)),
        Edit::Comment { section, text } => (format!("comments.{}", key(section)?), words(text)),
        Edit::WentWell { entry, text } => (
            format!("went_well.{}", key(entry)?),
            text.map_or(Value::Null, words),
        ),
        Edit::EvenBetterIf { entry, text } => (
            format!("even_better_if.{}", key(entry)?),
            text.map_or(Value::Null, words),
        ),
        Edit::Addition { entry, text } => (
            format!("additions.{}", key(entry)?),
            text.map_or(Value::Null, words),
        ),
        Edit::Overall { text } => ("overall".into(), words(text)),
        Edit::Pupils { count } => ("pupils".into(), json!(count)),
        Edit::PupilsNote { text } => ("pupils_note".into(), words(text)),
    })
}

/// A part of a field's name, as screens may give it.
pub(crate) fn key(key: String) -> Result<String, ApiError> {
    let is_fit = (1..=KEY_LIMIT).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_fit {
        Ok(key)
    } else {
        Err(ApiError::new(
            Code::BadRequest,
            "This part of the form has no fitting key.",
        ))
    }
}
