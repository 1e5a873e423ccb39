//! An action: what is to be done after a walk, by whom, by when, and how one will know (R15).
//!
//! Leaders write it; how far it is, its owner says. Its life ([`ActionState`]): open, in progress, done, or dropped.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::field::{Declared, Shape};
use crate::person::{Person, check_names_nobody};
use crate::{ActionId, PersonId, Record, Refusal, TemplateId, WalkId};

/// What is declared of an action's fields.
pub(crate) const FIELDS: &[Declared] = &[
    ("title", Shape::Name),
    ("owner", Shape::Id),
    ("due_on", Shape::Date),
    ("success_criteria", Shape::Text),
    (
        "state",
        Shape::Choice(&["open", "in_progress", "done", "dropped"]),
    ),
    (
        "from",
        Shape::Choice(&["report", "pattern", "criterion", "self_evaluation", "free"]),
    ),
    ("about", Shape::Text),
    ("walk", Shape::Id),
    ("template", Shape::Id),
    ("criterion", Shape::Text),
    ("notes.*", Shape::Object),
];

/// The longest a note of progress is, in characters.
pub const NOTE_LIMIT: usize = 2_000;

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// Nobody has begun.
    Open,
    /// Begun.
    InProgress,
    /// Done.
    Done,
    /// Given up.
    Dropped,
}

/// Whose hand moves an action on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// A leader's.
    Leader,
    /// Its owner's.
    Owner,
}

impl ActionState {
    /// Every state, in the order they stand on a board.
    pub const ALL: [Self; 4] = [Self::Open, Self::InProgress, Self::Done, Self::Dropped];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    /// Reads the word on the wire.
    pub fn from_value(value: &Value) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|state| value.as_str() == Some(state.as_str()))
    }

    /// Whether there is still something to do.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Open | Self::InProgress)
    }

    /// Refuses a step that this hand cannot take: an owner says how far it is, and leaders alone give it up or take it
    /// up again.
    pub fn check_step(self, to: Self, by: Hand) -> Result<(), Refusal> {
        let is_of_leaders = self != to && (to == Self::Dropped || self == Self::Dropped);
        if is_of_leaders && by == Hand::Owner {
            return Err(Refusal::new(
                "action_of_leaders",
                "Leaders decide whether an action is given up or taken up again. Write a note of progress, and talk to one.",
            ));
        }
        Ok(())
    }
}

/// Where an action came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ActionFrom {
    /// A point of a report.
    Report,
    /// A cell of the patterns.
    Pattern,
    /// A criterion of a form.
    Criterion,
    /// A priority of the self-evaluation.
    SelfEvaluation,
    /// None of them.
    Free,
}

impl ActionFrom {
    fn from_value(value: &Value) -> Option<Self> {
        serde_json::from_value(value.clone()).ok()
    }
}

/// A note of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its part of the field's name.
    pub key: String,
    /// Whose: the owner at that time.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub text: String,
}

impl Note {
    /// The value of the field that holds a note.
    pub fn value(by: PersonId, text: &str) -> Value {
        json!({"by": by, "text": text})
    }

    /// Who wrote the note that a field holds, and its words; `None` where it is no note, or too long.
    pub fn of_value(value: &Value) -> Option<(PersonId, &str)> {
        let by = value.get("by")?.as_str()?.parse().ok()?;
        let text = value.get("text")?.as_str()?;
        let is_fit = text.chars().count() <= NOTE_LIMIT && !text.contains('\0');
        is_fit.then_some((by, text))
    }
}

/// An action, read from its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Which.
    pub id: ActionId,
    /// What is to be done.
    pub title: String,
    /// By whom.
    pub owner: PersonId,
    /// By when.
    pub due_on: NaiveDate,
    /// How one will know that it worked.
    pub success_criteria: String,
    /// How far it is.
    pub state: ActionState,
    /// Where it came from.
    pub from: ActionFrom,
    /// What it came from, in the words it had then.
    pub about: String,
    /// The walk it came from.
    pub walk: Option<WalkId>,
    /// The form of its criterion.
    pub template: Option<TemplateId>,
    /// The key of the criterion that will show whether it worked; empty where there is none.
    pub criterion: String,
    /// Earliest first.
    pub notes: Vec<Note>,
}

impl Action {
    /// Reads an action; `None` while it does not say who does what by when.
    pub fn read(record: &Record) -> Option<Self> {
        let mut notes: Vec<Note> = record
            .parts("notes")
            .filter_map(|(key, field)| {
                let (by, text) = Note::of_value(&field.value)?;
                let at = i64::try_from(field.stamp.millis()).ok()?;
                Some(Note {
                    key: key.to_owned(),
                    by,
                    at: DateTime::from_timestamp_millis(at)?,
                    text: text.to_owned(),
                })
            })
            .filter(|note| !note.text.trim().is_empty())
            .collect();
        notes.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        let state = record.value("state").and_then(ActionState::from_value);
        let from = record.value("from").and_then(ActionFrom::from_value);
        Some(Self {
            id: record.id.into(),
            title: Some(record.text("title").to_owned()).filter(|title| !title.is_empty())?,
            owner: record.id("owner")?,
            due_on: record.date("due_on")?,
            success_criteria: record.text("success_criteria").to_owned(),
            state: state.unwrap_or(ActionState::Open),
            from: from.unwrap_or(ActionFrom::Free),
            about: record.text("about").to_owned(),
            walk: record.id("walk"),
            template: record.id("template"),
            criterion: record.text("criterion").to_owned(),
            notes,
        })
    }

    /// Whether its day has passed and it is not done.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.state.is_under_way() && self.due_on < today
    }

    /// Whether it is to be done within the next `days`, today among them.
    pub fn is_due_soon(&self, today: NaiveDate, days: i64) -> bool {
        let left = (self.due_on - today).num_days();
        self.state.is_under_way() && (0..=days).contains(&left)
    }

    /// Refuses an action that does not say how one will know that it worked (R15), or that names a member of staff other
    /// than its owner (R9).
    pub fn check_words(&self, people: &[Person]) -> Result<(), Refusal> {
        if self.success_criteria.trim().is_empty() {
            return Err(Refusal::new(
                "no_success_criteria",
                "Say how you will know that it worked: what will be seen more, where, and by when.",
            ));
        }
        [&self.title, &self.success_criteria, &self.about]
            .into_iter()
            .try_for_each(|text| self.check_text(text, people))
    }

    /// Refuses a text in it that names a member of staff other than its owner (R9).
    pub fn check_text(&self, text: &str, people: &[Person]) -> Result<(), Refusal> {
        check_names_nobody(text, people.iter().filter(|one| one.id != self.owner))
    }
}

/// Puts actions in the order of a list: what is overdue first, then by the day, and what is over at the end.
pub fn in_order(actions: &mut [Action], today: NaiveDate) {
    actions.sort_by(|a, b| {
        let place = |one: &Action| {
            let is_over = !one.state.is_under_way();
            (is_over, !one.is_overdue(today), one.due_on)
        };
        (place(a), &a.title, a.id).cmp(&(place(b), &b.title, b.id))
    });
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn action(number: u128, due: &str, state: ActionState) -> Action {
        Action {
            id: ActionId::from_uuid(Uuid::from_u128(number)),
            title: "More time to answer".into(),
            owner: PersonId::from_uuid(Uuid::from_u128(20)),
            due_on: due.parse().unwrap(),
            success_criteria: "Seen in most classes at the next walk".into(),
            state,
            from: ActionFrom::Free,
            about: String::new(),
            walk: None,
            template: None,
            criterion: String::new(),
            notes: Vec::new(),
        }
    }

    fn person(number: u128, name: &str) -> Person {
        Person {
            id: PersonId::from_uuid(Uuid::from_u128(number)),
            name: name.into(),
            roles: Vec::new(),
            line_manager: None,
            is_active: true,
        }
    }

    #[test]
    fn an_owner_says_how_far_it_is_and_leaders_alone_give_it_up() {
        use ActionState::{Done, Dropped, InProgress, Open};
        for (from, to) in [(Open, InProgress), (InProgress, Done), (Done, InProgress)] {
            assert!(from.check_step(to, Hand::Owner).is_ok());
        }
        assert!(InProgress.check_step(Dropped, Hand::Owner).is_err());
        assert!(Dropped.check_step(Open, Hand::Owner).is_err());
        assert!(Dropped.check_step(Open, Hand::Leader).is_ok());
    }

    #[test]
    fn an_action_says_how_one_will_know_and_names_nobody_but_its_owner() {
        let people = [person(20, "Orla Tamblyn"), person(31, "Ravi Coombe")];
        let mut one = action(1, "2026-12-01", ActionState::Open);
        one.title = "Orla Tamblyn collects examples".into();
        assert!(one.check_words(&people).is_ok());
        one.title = "Ravi Coombe gives pupils more time".into();
        assert_eq!(
            one.check_words(&people).unwrap_err().code(),
            "text_names_staff"
        );
        one.title = "More time".into();
        one.success_criteria = " ".into();
        assert_eq!(
            one.check_words(&people).unwrap_err().code(),
            "no_success_criteria"
        );
    }

    #[test]
    fn what_is_overdue_comes_first_and_what_is_over_last() {
        let mut actions = [
            action(1, "2026-10-01", ActionState::Done),
            action(2, "2026-12-24", ActionState::Open),
            action(3, "2026-11-01", ActionState::InProgress),
            action(4, "2026-11-21", ActionState::Open),
        ];
        in_order(&mut actions, "2026-11-21".parse().unwrap());
        let order: Vec<u128> = actions.iter().map(|a| a.id.uuid().as_u128()).collect();
        assert_eq!(order, [3, 4, 2, 1]);
    }

    #[test]
    fn a_note_that_is_no_note_is_not_read() {
        let by = PersonId::from_uuid(Uuid::from_u128(20));
        assert!(Note::of_value(&Note::value(by, "Begun")).is_some());
        assert!(Note::of_value(&json!({"text": "Begun"})).is_none());
        let long = "x".repeat(NOTE_LIMIT + 1);
        assert!(Note::of_value(&Note::value(by, &long)).is_none());
    }
}
