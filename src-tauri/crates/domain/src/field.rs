//! Which values a field may take: the shape each noun declares for its fields, and typed reading of them.
//!
//! A field that no noun declares is unknown: it is kept, never judged (a later version may know it).

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{Kind, Record, Refusal};

/// The longest text of one field, in characters.
pub const TEXT_LIMIT: usize = 8_000;
/// The longest name of a thing or person, in characters.
pub const NAME_LIMIT: usize = 120;

/// The form of a field's value. A `null` is always allowed where the field may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A name: not blank, one line, at most [`NAME_LIMIT`] characters.
    Name,
    /// Free text of at most [`TEXT_LIMIT`] characters.
    Text,
    /// A time that was agreed on, such as a visit's start: RFC 3339 with its offset.
    Time,
    /// When its writer did something, read from the clock of the device: RFC 3339 with its offset. Where that clock turns
    /// out to be wrong, it moves with the stamp of the writing.
    Moment,
    /// A day, `2026-11-17`.
    Date,
    /// The id of another record.
    Id,
    /// At most this many different ids.
    Ids(usize),
    /// A whole number between two bounds, both included.
    Whole(i64, i64),
    /// True or false.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words, each at most once.
    Choices(&'static [&'static str]),
    /// At most this many texts, each as long as a name may be.
    Texts(usize),
    /// A small object; its noun reads it leniently.
    Object,
}

impl Shape {
    /// Refuses a value that does not have this shape.
    pub fn check(self, name: &str, value: &Value) -> Result<(), Refusal> {
        let is_fit = match self {
            Self::Name => value.as_str().is_some_and(|text| {
                !text.trim().is_empty()
                    && text.chars().count() <= NAME_LIMIT
                    && !text.chars().any(char::is_control)
            }),
            Self::Text => value
                .as_str()
                .is_some_and(|text| text.chars().count() <= TEXT_LIMIT && !text.contains('\0')),
            Self::Time | Self::Moment => value
                .as_str()
                .is_some_and(|text| parse_time(text).is_some()),
            Self::Date => value
                .as_str()
                .is_some_and(|text| text.parse::<NaiveDate>().is_ok()),
            Self::Id => uuid(value).is_some(),
            Self::Ids(limit) => value.as_array().is_some_and(|ids| {
                let mut uuids: Vec<_> = ids.iter().filter_map(uuid).collect();
                let count = uuids.len();
                uuids.sort_unstable();
                uuids.dedup();
                count == ids.len() && uuids.len() == count && count <= limit
            }),
            Self::Whole(low, high) => value.as_i64().is_some_and(|n| (low..=high).contains(&n)),
            Self::Flag => value.is_boolean(),
            Self::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Choices(words) => value.as_array().is_some_and(|chosen| {
                chosen.len() <= words.len()
                    && chosen
                        .iter()
                        .all(|word| word.as_str().is_some_and(|word| words.contains(&word)))
            }),
            Self::Texts(limit) => value.as_array().is_some_and(|texts| {
                texts.len() <= limit
                    && texts.iter().all(|text| {
                        text.as_str()
                            .is_some_and(|text| text.chars().count() <= NAME_LIMIT)
                    })
            }),
            Self::Object => value.is_object(),
        };
        if is_fit || value.is_null() {
            Ok(())
        } else {
            Err(Refusal::wrong_value(name, self.expectation()))
        }
    }

    fn expectation(self) -> String {
        match self {
            Self::Name => format!("a name of 1 to {NAME_LIMIT} characters on one line"),
            Self::Text => format!("a text of at most {TEXT_LIMIT} characters"),
            Self::Time | Self::Moment => {
                "a date and time with its offset, such as 2026-11-17T09:30:00+00:00".into()
            }
            Self::Date => "a day, such as 2026-11-17".into(),
            Self::Id => "an id".into(),
            Self::Ids(limit) => format!("a list of at most {limit} different ids"),
            Self::Whole(low, high) => format!("a whole number from {low} to {high}"),
            Self::Flag => "true or false".into(),
            Self::Choice(words) => format!("one of: {}", words.join(", ")),
            Self::Choices(words) => format!("some of: {}", words.join(", ")),
            Self::Texts(limit) => {
                format!("a list of at most {limit} texts of {NAME_LIMIT} characters")
            }
            Self::Object => "an object".into(),
        }
    }
}

/// What a hub writes into a notice or a share that a device brings later than it says: since when others could read it. A
/// device's word for it counts for nothing, or a leader in a hurry would give notice and share in time afterwards (R3, R12).
pub const ARRIVED_AT: &str = "arrived_at";

/// What a noun declares of its fields: a name, or a family of names ending in `.*`, and the shape.
pub type Declared = (&'static str, Shape);

/// Every field that this version knows of a kind. Of one it does not know there are none.
pub fn declared(kind: &Kind) -> &'static [Declared] {
    match kind {
        Kind::School => crate::school::FIELDS,
        Kind::Person => crate::person::FIELDS,
        Kind::Class => crate::class::FIELDS,
        Kind::Room => crate::room::FIELDS,
        Kind::Template => crate::template::FIELDS,
        Kind::Walk => crate::walk::FIELDS,
        Kind::Visit => crate::visit::FIELDS,
        Kind::Notice => crate::notice::FIELDS,
        Kind::Observation => crate::observation::FIELDS,
        Kind::Share => crate::share::FIELDS,
        Kind::Response => crate::response::FIELDS,
        Kind::Term => crate::term::FIELDS,
        Kind::Acknowledgement => crate::acknowledgement::FIELDS,
        Kind::Reflection => crate::reflection::FIELDS,
        Kind::Concern => crate::concern::FIELDS,
        Kind::Review => crate::review::FIELDS,
        Kind::Comment => crate::comment::FIELDS,
        Kind::SelfEvaluation => crate::self_evaluation::FIELDS,
        Kind::Rating => crate::self_evaluation::RATING_FIELDS,
        Kind::Debrief => crate::debrief::FIELDS,
        Kind::Report => crate::report::FIELDS,
        Kind::Action => crate::action::FIELDS,
        Kind::Pattern => crate::pattern::FIELDS,
        Kind::Other(_) => &[],
    }
}

/// The shape declared for a field, if this version knows the field.
pub fn shape_of(kind: &Kind, name: &str) -> Option<Shape> {
    declared(kind).iter().find_map(|(pattern, shape)| {
        let is_match = match pattern.strip_suffix(".*") {
            Some(prefix) => name
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|rest| !rest.is_empty()),
            None => name == *pattern,
        };
        is_match.then_some(*shape)
    })
}

/// Reads a moment; `None` where the text is not RFC 3339.
pub fn parse_time(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}

/// Writes a moment the way records hold it.
pub fn time_value(time: DateTime<Utc>) -> Value {
    Value::String(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

fn uuid(value: &Value) -> Option<Uuid> {
    Uuid::parse_str(value.as_str()?).ok()
}

/// Typed reading of a record's fields. A field of another shape reads as absent.
impl Record {
    /// A text, or the empty one.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The id a field names.
    pub fn id<T: From<crate::RecordId>>(&self, name: &str) -> Option<T> {
        self.value(name)
            .and_then(uuid)
            .map(|uuid| crate::RecordId::from_uuid(uuid).into())
    }

    /// The ids a field lists.
    pub fn ids<T: From<crate::RecordId>>(&self, name: &str) -> Vec<T> {
        let list = self.value(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(uuid)
            .map(|uuid| crate::RecordId::from_uuid(uuid).into())
            .collect()
    }

    /// A moment with its offset.
    pub fn time(&self, name: &str) -> Option<DateTime<FixedOffset>> {
        self.value(name)
            .and_then(Value::as_str)
            .and_then(parse_time)
    }

    /// A moment that a device says, or that of its coming to the hub where it came [later](ARRIVED_AT) than it says.
    pub fn time_of_arrival(&self, said: &str) -> Option<DateTime<FixedOffset>> {
        let said = self.time(said)?;
        let arrived = self.time(ARRIVED_AT);
        Some(arrived.map_or(said, |arrived| arrived.max(said)))
    }

    /// A day.
    pub fn date(&self, name: &str) -> Option<NaiveDate> {
        self.value(name).and_then(Value::as_str)?.parse().ok()
    }

    /// A whole number.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.value(name).and_then(Value::as_i64)
    }

    /// A flag; false where absent.
    pub fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_of_the_wrong_shape_is_refused_with_what_was_expected() {
        let refused = Shape::Whole(15, 20)
            .check("minutes", &json!("twenty"))
            .unwrap_err();
        assert!(
            refused.message().contains("a whole number from 15 to 20"),
            "{refused}"
        );
        assert!(Shape::Ids(2).check("observers", &json!([])).is_ok());
        assert!(Shape::Name.check("name", &json!("  ")).is_err());
        assert!(Shape::Time.check("starts_at", &json!("tomorrow")).is_err());
    }

    #[test]
    fn the_same_id_twice_is_not_a_list_of_two() {
        let id = "0192f0c1-2345-7000-8000-000000000001";
        assert!(Shape::Ids(2).check("observers", &json!([id, id])).is_err());
    }

    #[test]
    fn a_family_of_names_needs_a_part() {
        assert!(shape_of(&Kind::Observation, "marks.tidy").is_some());
        assert!(shape_of(&Kind::Observation, "marks.").is_none());
        assert!(shape_of(&Kind::Observation, "colour").is_none());
    }
}
