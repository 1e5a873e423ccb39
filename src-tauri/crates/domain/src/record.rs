//! A record: a set of fields, each with the stamp of its last writing, and how two copies become one.
//!
//! Laws of [`Record::merge`], each with its test below:
//! - the order of arrival does not matter (`merging_is_commutative`, `merging_is_associative`);
//! - hearing the same thing twice changes nothing (`merging_is_idempotent`);
//! - a value once written is either the current one or among the superseded ones (`no_written_value_is_lost`).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{RecordId, Stamp};

/// What a record is about. Kinds unknown to this version are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Kind {
    /// The school itself and its settings.
    School,
    /// A person with roles.
    Person,
    /// A teaching group.
    Class,
    /// A room on the route.
    Room,
    /// One version of a form.
    Template,
    /// One round of visits.
    Walk,
    /// One class at one time.
    Visit,
    /// An announcement to all staff.
    Notice,
    /// What one observer wrote.
    Observation,
    /// The release of a record.
    Share,
    /// A teacher's answer.
    Response,
    /// A part of the academic year.
    Term,
    /// A person has read a notice or a record.
    Acknowledgement,
    /// The teacher's own two questions.
    Reflection,
    /// A word to the head about how the protocol is carried out.
    Concern,
    /// The page of a term on how walks operate.
    Review,
    /// A word of any member of staff on a draft or a review.
    Comment,
    /// How the school sees itself in one academic year.
    SelfEvaluation,
    /// What one person rates in a self-evaluation.
    Rating,
    /// What leaders said when they talked about a walk.
    Debrief,
    /// The report of a walk.
    Report,
    /// Something to be done, with an owner and a day.
    Action,
    /// The published patterns of a walk.
    Pattern,
    /// A kind this version does not know.
    Other(String),
}

impl Kind {
    /// Every kind this version knows, in an order in which each comes after what it refers to.
    pub const KNOWN: [Self; 23] = [
        Self::School,
        Self::Person,
        Self::Term,
        Self::Room,
        Self::Class,
        Self::Template,
        Self::Walk,
        Self::Visit,
        Self::Notice,
        Self::Observation,
        Self::Share,
        Self::Response,
        Self::Reflection,
        Self::Acknowledgement,
        Self::Concern,
        Self::Review,
        Self::Comment,
        Self::SelfEvaluation,
        Self::Rating,
        Self::Debrief,
        Self::Report,
        Self::Action,
        Self::Pattern,
    ];

    /// The word on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::School => "school",
            Self::Person => "person",
            Self::Class => "class",
            Self::Room => "room",
            Self::Template => "template",
            Self::Walk => "walk",
            Self::Visit => "visit",
            Self::Notice => "notice",
            Self::Observation => "observation",
            Self::Share => "share",
            Self::Response => "response",
            Self::Term => "term",
            Self::Acknowledgement => "acknowledgement",
            Self::Reflection => "reflection",
            Self::Concern => "concern",
            Self::Review => "review",
            Self::Comment => "comment",
            Self::SelfEvaluation => "self_evaluation",
            Self::Rating => "rating",
            Self::Debrief => "debrief",
            Self::Report => "report",
            Self::Action => "action",
            Self::Pattern => "pattern",
            Self::Other(word) => word,
        }
    }

    /// The field that names the record this one belongs to; stores index by it.
    pub fn parent_field(&self) -> Option<&'static str> {
        match self {
            Self::Visit
            | Self::Notice
            | Self::Debrief
            | Self::Report
            | Self::Action
            | Self::Pattern => Some("walk"),
            Self::Observation | Self::Share | Self::Response | Self::Reflection => Some("visit"),
            Self::Acknowledgement => Some("of"),
            Self::Comment => Some("on"),
            Self::Review => Some("term"),
            Self::Rating => Some("self_evaluation"),
            _ => None,
        }
    }

    /// The field that names the one person who writes all of such a record, where there is one person. Whichever of
    /// their devices wrote which field of it, it is theirs.
    pub fn sole_writer_field(&self) -> Option<&'static str> {
        match self {
            Self::Observation => Some("observer"),
            Self::Response | Self::Reflection => Some("teacher"),
            Self::Acknowledgement | Self::Rating => Some("person"),
            _ => None,
        }
    }

    /// Where this kind stands among the others: what it refers to comes before it.
    pub fn order(&self) -> usize {
        Self::KNOWN
            .iter()
            .position(|kind| kind == self)
            .unwrap_or(Self::KNOWN.len())
    }
}

impl From<String> for Kind {
    fn from(word: String) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .unwrap_or(Self::Other(word))
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One value and when it was written. `null` is an absence that has been written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What was written.
    pub value: Value,
    /// When, on the writing device's hybrid clock.
    pub stamp: Stamp,
}

impl Field {
    /// Whether this writing stands against `other`.
    ///
    /// The greater stamp wins. Equal stamps with different values can only come from a forger or a broken device;
    /// the greater text wins then, so that all still agree.
    pub fn wins_over(&self, other: &Self) -> bool {
        match self.stamp.cmp(&other.stamp) {
            std::cmp::Ordering::Equal => {
                let (own, others) = (self.value.to_string(), other.value.to_string());
                own > others
            }
            order => order.is_gt(),
        }
    }
}

/// What became of a field that was put into a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It is the current value; the one it replaced, if any, belongs in the history.
    Taken(Option<Field>),
    /// A later writing stands; this one belongs in the history.
    Superseded,
    /// It was already there.
    Same,
}

/// A set of fields under one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which thing.
    pub id: RecordId,
    /// What kind of thing.
    pub kind: Kind,
    /// Its fields by name; dotted names where a thing has parts (`marks.<criterion>`).
    pub fields: BTreeMap<String, Field>,
}

impl Record {
    /// A record with nothing written yet.
    pub fn new(id: impl Into<RecordId>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            kind,
            fields: BTreeMap::new(),
        }
    }

    /// Whether a field belongs to the head of its record: what the record is, not what was written part by part
    /// (`marks.<criterion>`). Who may read and write is judged by heads alone.
    pub fn is_of_head(name: &str) -> bool {
        !name.contains('.')
    }

    /// The current value of a field; an absence that was written counts as absent.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.fields
            .get(name)
            .map(|field| &field.value)
            .filter(|value| !value.is_null())
    }

    /// The parts under `prefix` (without its dot) that are present, by the rest of their name.
    pub fn parts<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Field)> {
        // Names that begin alike lie together.
        let from_prefix = (Bound::Included(prefix), Bound::Unbounded);
        self.fields
            .range::<str, _>(from_prefix)
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter_map(move |(name, field)| {
                let rest = name.strip_prefix(prefix)?.strip_prefix('.')?;
                (!field.value.is_null()).then_some((rest, field))
            })
    }

    /// Puts one writing in, by the law of the greater stamp.
    pub fn put(&mut self, name: &str, field: Field) -> Put {
        match self.fields.get_mut(name) {
            None => {
                self.fields.insert(name.to_owned(), field);
                Put::Taken(None)
            }
            Some(current) if *current == field => Put::Same,
            Some(current) if field.wins_over(current) => {
                Put::Taken(Some(std::mem::replace(current, field)))
            }
            Some(_) => Put::Superseded,
        }
    }

    /// Joins another copy of this record into this one and returns the writings that lost.
    pub fn merge(&mut self, other: Self) -> Vec<(String, Field)> {
        let mut superseded = Vec::new();
        for (name, field) in other.fields {
            match self.put(&name, field.clone()) {
                Put::Taken(Some(old)) => superseded.push((name, old)),
                Put::Superseded => superseded.push((name, field)),
                Put::Taken(None) | Put::Same => {}
            }
        }
        superseded
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn field() -> impl Strategy<Value = Field> {
        (
            0u64..6,
            0u16..2,
            0u8..3,
            prop_oneof![
                Just(json!(null)),
                Just(json!("seen")),
                Just(json!("not_seen"))
            ],
        )
            .prop_map(|(millis, counter, device, value)| Field {
                value,
                stamp: Stamp::new(millis, counter, [device; 6]),
            })
    }

    fn record() -> impl Strategy<Value = Record> {
        prop::collection::btree_map("[a-d]", field(), 0..4).prop_map(|fields| Record {
            id: RecordId::from_uuid(Uuid::from_u128(9)),
            kind: Kind::Observation,
            fields,
        })
    }

    fn joined(a: &Record, b: &Record) -> Record {
        let mut whole = a.clone();
        whole.merge(b.clone());
        whole
    }

    proptest! {
        #[test]
        fn merging_is_commutative(a in record(), b in record()) {
            prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        }

        #[test]
        fn merging_is_associative(a in record(), b in record(), c in record()) {
            prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        }

        #[test]
        fn merging_is_idempotent(a in record(), b in record()) {
            let once = joined(&a, &b);
            prop_assert_eq!(joined(&once, &b), once.clone());
            prop_assert_eq!(joined(&once, &a), once);
        }

        #[test]
        fn no_written_value_is_lost(a in record(), b in record()) {
            let mut whole = a.clone();
            let superseded = whole.merge(b.clone());
            for (name, field) in a.fields.iter().chain(&b.fields) {
                let is_current = whole.fields.get(name) == Some(field);
                let is_in_history = superseded.iter().any(|(n, f)| n == name && f == field);
                prop_assert!(is_current || is_in_history);
            }
        }
    }

    #[test]
    fn a_kind_this_version_does_not_know_keeps_its_word() {
        let kind: Kind = serde_json::from_value(json!("timetable")).unwrap();
        assert_eq!(kind, Kind::Other("timetable".into()));
        assert_eq!(serde_json::to_value(kind).unwrap(), json!("timetable"));
    }
}
