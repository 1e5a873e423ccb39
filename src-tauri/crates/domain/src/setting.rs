//! A change of a setting: who changed what, and when. It is kept with the school, so that all staff see it on every
//! device, and nobody can change one silently or in another's name.
//!
//! The settings themselves, with their bounds and defaults, are in [`school`](crate::school).

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::field::{parse_time, shape_of};
use crate::school::{GovernorsMay, LESSONS, SETTINGS, School, Setting};
use crate::{Kind, PersonId, Record, Refusal};

/// The key of the setting that says whether walks count towards the yearly maximum (R10).
pub const WALKS_COUNT: &str = "walks_count";
/// The key of the setting that says when lessons are.
pub const LESSON_TIMES: &str = "lessons";
/// The key of the setting that says what governors may do with the self-evaluation.
pub const GOVERNORS: &str = "self_evaluation_governors";

/// What a change is kept under: `changes.<its own id>`.
const CHANGES: &str = "changes";
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// One change of one setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Which setting: the part of its field's name after `settings.`.
    pub key: String,
    /// What it is since.
    pub to: Value,
    /// Who changed it.
    pub by: PersonId,
    /// When, by the clock of the writer's device.
    pub at: DateTime<FixedOffset>,
}

impl Change {
    /// As the school's record holds it.
    pub fn value(&self) -> Value {
        json!({
            "key": self.key,
            "to": self.to,
            "by": self.by,
            "at": self.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        Some(Self {
            key: text("key")?.to_owned(),
            to: value.get("to").cloned().unwrap_or_default(),
            by: text("by")?.parse().ok()?,
            at: parse_time(text("at")?)?,
        })
    }
}

/// The member of a change that says when it was made, where `name` is the field of one; else none.
pub fn moment_of(kind: &Kind, name: &str) -> Option<&'static str> {
    let is_change = *kind == Kind::School
        && name
            .split_once('.')
            .is_some_and(|(group, _)| group == CHANGES);
    is_change.then_some("at")
}

/// Every change of the school's settings, in the order they were written.
pub fn changes(school: &Record) -> Vec<Change> {
    let mut written: Vec<_> = school
        .parts(CHANGES)
        .filter_map(|(_, field)| Some((field.stamp, Change::read(&field.value)?)))
        .collect();
    written.sort_by_key(|(stamp, _)| *stamp);
    written.into_iter().map(|(_, change)| change).collect()
}

/// Refuses settings that were changed without saying who changes them, in another's name, to what cannot be, or that do
/// not go together. `held` is the school as it stands, `candidate` as it would be.
pub fn check_changes(
    held: Option<&Record>,
    candidate: &Record,
    by: PersonId,
) -> Result<(), Refusal> {
    let is_new = |name: &str| held.is_none_or(|held| !held.fields.contains_key(name));
    let mut said = Vec::new();
    for (part, field) in candidate.parts(CHANGES) {
        if !is_new(&format!("{CHANGES}.{part}")) {
            continue;
        }
        let change = Change::read(&field.value)
            .filter(|change| change.by == by)
            .ok_or_else(|| {
                Refusal::new(
                    "not_yours",
                    "A change of a setting carries the name of who makes it.",
                )
            })?;
        let name = format!("settings.{}", change.key);
        if let Some(shape) = shape_of(&Kind::School, &name) {
            shape.check(&name, &change.to)?;
        }
        said.push(change);
    }
    // A call that had to be cut brings what was said of a setting before the setting itself.
    let before = held.map(changes).unwrap_or_default();
    let was_said = |key: &str, to: &Value| {
        let last = before.iter().rfind(|one| one.key == key);
        last.is_some_and(|one| one.by == by && one.to == *to)
    };
    let old = |name: &str| held.and_then(|held| held.value(name));
    for (key, field) in candidate
        .fields
        .iter()
        .filter_map(|(name, field)| Some((name.strip_prefix("settings.")?, field)))
    {
        let name = format!("settings.{key}");
        let is_same = old(&name) == candidate.value(&name);
        if !is_same
            && !was_said(key, &field.value)
            && !said
                .iter()
                .any(|one| one.key == key && one.to == field.value)
        {
            return Err(Refusal::new(
                "unsaid_change",
                "A setting is changed together with who changes it, so that all staff see it. Update the app and try again.",
            ));
        }
    }
    check_together(candidate)
}

/// Settings that only make sense together, and lesson times that can be read.
fn check_together(candidate: &Record) -> Result<(), Refusal> {
    if let Some(text) = candidate.value("settings.lessons") {
        crate::school::lessons(text.as_str().unwrap_or_default())?;
    }
    let settings = School::read(candidate).settings;
    if settings.share_limit_hours < settings.share_target_hours {
        return Err(Refusal::new(
            "limit_before_target",
            "The limit for sharing cannot be shorter than its target.",
        ));
    }
    if settings.visit_stop_minutes < settings.visit_nudge_minutes {
        return Err(Refusal::new(
            "stop_before_nudge",
            "A visit cannot end before its nudge.",
        ));
    }
    Ok(())
}

/// A change as all staff read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who changed it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Which setting, for people.
    pub title: &'static str,
    /// What it was.
    pub from: String,
    /// What it is since.
    pub to: String,
}

/// Every change in words, latest first. Changes of settings that this version does not know are left out.
pub fn told(school: &Record) -> Vec<Told> {
    let all = changes(school);
    let mut told: Vec<Told> = Vec::with_capacity(all.len());
    for (place, change) in all.iter().enumerate() {
        let Some(title) = title(&change.key) else {
            continue;
        };
        let before = all
            .iter()
            .take(place)
            .rfind(|before| before.key == change.key);
        let from = before.map_or(Value::Null, |before| before.to.clone());
        told.push(Told {
            by: change.by,
            at: change.at,
            title,
            from: in_words(&change.key, &from),
            to: in_words(&change.key, &change.to),
        });
    }
    told.reverse();
    told
}

fn numbered(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// A setting's name for people.
pub fn title(key: &str) -> Option<&'static str> {
    match key {
        WALKS_COUNT => Some("Walks count towards the yearly maximum"),
        LESSON_TIMES => Some("Lesson times"),
        GOVERNORS => Some("Governors and the self-evaluation"),
        _ => numbered(key).map(|setting| setting.title),
    }
}

/// A value of a setting in words, the default where nothing is decided.
pub fn in_words(key: &str, value: &Value) -> String {
    match key {
        WALKS_COUNT if value.as_bool().unwrap_or(true) => "they count".into(),
        WALKS_COUNT => "they do not count".into(),
        GOVERNORS => match GovernorsMay::read(Some(value)) {
            GovernorsMay::Nothing => "they do not read it".into(),
            GovernorsMay::Read => "they read it".into(),
            GovernorsMay::Rate => "they read it and rate".into(),
        },
        LESSON_TIMES => value.as_str().unwrap_or(LESSONS).replace('\n', ", "),
        _ => match numbered(key) {
            Some(setting) => number_in_words(setting, value.as_i64().unwrap_or(setting.default)),
            None => value.to_string(),
        },
    }
}

fn number_in_words(setting: &Setting, value: i64) -> String {
    if setting.unit == "month" {
        let month = usize::try_from(value - 1).ok();
        return month
            .and_then(|month| MONTHS.get(month))
            .map_or_else(|| value.to_string(), |month| (*month).to_owned());
    }
    let unit = match (value, setting.unit) {
        (1, "classes") => "class".to_owned(),
        (1, unit) => unit
            .replacen("years", "year", 1)
            .trim_end_matches('s')
            .to_owned(),
        (_, unit) => unit.to_owned(),
    };
    format!("{value} {unit}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Field, RecordId, Stamp};

    fn person(n: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(n))
    }

    fn school() -> Record {
        Record::new(RecordId::from_uuid(Uuid::from_u128(1)), Kind::School)
    }

    fn write(record: &mut Record, name: &str, value: Value, at: u64) {
        let stamp = Stamp::new(at, 0, [7; 6]);
        record.put(name, Field { value, stamp });
    }

    fn change(record: &mut Record, key: &str, to: Value, by: u128, at: u64) {
        let told = Change {
            key: key.into(),
            to: to.clone(),
            by: person(by),
            at: parse_time("2026-11-17T09:30:00+00:00").unwrap(),
        };
        write(record, &format!("settings.{key}"), to, at);
        write(record, &format!("changes.{at}"), told.value(), at);
    }

    #[test]
    fn a_change_is_told_with_what_it_was_before() {
        let mut record = school();
        change(&mut record, "notice_days", json!(5), 20, 100);
        change(&mut record, "walks_count", json!(false), 31, 200);
        change(&mut record, "notice_days", json!(1), 31, 300);
        let told = told(&record);
        let words: Vec<_> = told
            .iter()
            .map(|one| (one.by, one.from.as_str(), one.to.as_str()))
            .collect();
        assert_eq!(
            words,
            [
                (person(31), "5 days", "1 day"),
                (person(31), "they count", "they do not count"),
                (person(20), "7 days", "5 days"),
            ]
        );
        assert_eq!(in_words("year_starts_month", &json!(9)), "September");
        assert_eq!(
            in_words("retention_years", &Value::Null),
            "1 academic year more"
        );
    }

    #[test]
    fn a_setting_cannot_be_changed_silently_or_in_anothers_name() {
        let held = school();
        let mut silent = held.clone();
        write(&mut silent, "settings.notice_days", json!(5), 100);
        let refused = check_changes(Some(&held), &silent, person(20)).unwrap_err();
        assert_eq!(refused.code(), "unsaid_change");
        let mut said = held.clone();
        change(&mut said, "notice_days", json!(5), 20, 100);
        assert_eq!(check_changes(Some(&held), &said, person(20)), Ok(()));
        let refused = check_changes(Some(&held), &said, person(31)).unwrap_err();
        assert_eq!(refused.code(), "not_yours");
        let mut other = said.clone();
        write(&mut other, "settings.notice_days", json!(9), 200);
        assert!(check_changes(Some(&said), &other, person(20)).is_err());
    }

    #[test]
    fn what_was_said_may_come_before_its_setting_and_stands_for_its_writer_alone() {
        let mut said = school();
        change(&mut said, "notice_days", json!(5), 20, 100);
        said.fields.remove("settings.notice_days");
        let mut set = said.clone();
        write(&mut set, "settings.notice_days", json!(5), 100);
        assert_eq!(check_changes(Some(&said), &set, person(20)), Ok(()));
        assert!(check_changes(Some(&said), &set, person(31)).is_err());
        let mut later = said.clone();
        change(&mut later, "notice_days", json!(7), 31, 200);
        let mut back = later.clone();
        write(&mut back, "settings.notice_days", json!(5), 300);
        assert!(check_changes(Some(&later), &back, person(20)).is_err());
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused_whatever_their_order() {
        let held = school();
        let mut both = held.clone();
        change(&mut both, "share_target_hours", json!(72), 20, 100);
        assert_eq!(
            check_changes(Some(&held), &both, person(20))
                .unwrap_err()
                .code(),
            "limit_before_target"
        );
        change(&mut both, "share_limit_hours", json!(96), 20, 200);
        assert_eq!(check_changes(Some(&held), &both, person(20)), Ok(()));
    }
}
