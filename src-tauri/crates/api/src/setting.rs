//! What the school decides for itself: every setting with its default, its rule and its bounds, and who changed what.
//!
//! All staff read them; leaders change them. A change is kept with the school, so nobody can make one silently.

use alongside_domain::Kind;
use alongside_domain::school::{GovernorsMay, LESSONS, SETTINGS};
use alongside_domain::setting::{Change, GOVERNORS, LESSON_TIMES, WALKS_COUNT, told};
use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

use crate::atlas::Atlas;
use crate::install::Nothing;
use crate::{Actor, ApiError, Code, Desk};

/// A setting that is a number.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SettingLine {
    /// For `setting_put`.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    /// In what it is counted.
    pub unit: &'static str,
    /// The rule it serves.
    pub rule: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    /// As it stands.
    #[ts(type = "number")]
    pub value: i64,
    /// Where the school has not decided.
    #[ts(type = "number")]
    pub default: i64,
    /// At the least.
    #[ts(type = "number")]
    pub low: i64,
    /// At the most.
    #[ts(type = "number")]
    pub high: i64,
    /// Whether it stands at its default.
    pub is_default: bool,
}

/// Who changed a setting, when, from what to what.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SettingChange {
    /// When.
    pub at: DateTime<FixedOffset>,
    /// Who.
    pub by: String,
    /// Which setting.
    pub title: &'static str,
    /// What it was, in words.
    pub from: String,
    /// What it is since, in words.
    pub to: String,
}

/// The settings of the school.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SettingsView {
    /// Those that are numbers.
    pub settings: Vec<SettingLine>,
    /// Whether a visit counts towards the yearly maximum (R10).
    pub walks_count: bool,
    /// When lessons are, one a line: `09:10-10:00`.
    pub lessons: String,
    /// What governors may do with the self-evaluation.
    pub governors_may: GovernorsMay,
    /// Whether this person may change them.
    pub may_change: bool,
    /// Every change, latest first; all staff see it.
    pub changes: Vec<SettingChange>,
}

/// `setting_put`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SettingPut {
    /// Which setting.
    pub key: String,
    /// What it is to be.
    #[ts(type = "number")]
    pub value: i64,
}

/// `setting_walks_count`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SettingWalksCount {
    /// Whether a visit counts towards the yearly maximum.
    pub counts: bool,
}

/// `setting_lessons`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SettingLessons {
    /// One lesson a line, in order: `09:10-10:00`.
    pub lessons: String,
}

/// `setting_governors`
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SettingGovernors {
    /// What they may do with the self-evaluation.
    pub may: GovernorsMay,
}

/// `setting_list`: for all staff.
pub(crate) fn list(desk: &Desk, actor: &Actor, _: Nothing) -> Result<SettingsView, ApiError> {
    desk.read(actor, |view| {
        let atlas = Atlas::read(view)?;
        let school = view.facts.reader.list(&Kind::School)?.into_iter().next();
        let decided = |key: &str| {
            let school = school.as_ref()?;
            school.value(&format!("settings.{key}")).cloned()
        };
        let settings = SETTINGS.iter().map(|setting| {
            let value = decided(setting.key).and_then(|value| value.as_i64());
            let value = value.unwrap_or(setting.default);
            SettingLine {
                key: setting.key,
                title: setting.title,
                unit: setting.unit,
                rule: setting.rule,
                meaning: setting.meaning,
                value,
                default: setting.default,
                low: setting.low,
                high: setting.high,
                is_default: value == setting.default,
            }
        });
        let lessons = decided(LESSON_TIMES).and_then(|text| text.as_str().map(str::to_owned));
        let changes = school.as_ref().map(told).unwrap_or_default();
        Ok(SettingsView {
            settings: settings.collect(),
            walks_count: atlas.settings.walks_count,
            lessons: lessons.unwrap_or_else(|| LESSONS.into()),
            governors_may: atlas.settings.governors_may,
            may_change: view.standing.is_leader(),
            changes: changes
                .into_iter()
                .map(|change| SettingChange {
                    at: change.at,
                    by: atlas.name(change.by),
                    title: change.title,
                    from: change.from,
                    to: change.to,
                })
                .collect(),
        })
    })
}

/// `setting_put`: for leaders.
pub(crate) fn put(
    desk: &Desk,
    actor: &Actor,
    request: SettingPut,
) -> Result<SettingsView, ApiError> {
    if !SETTINGS.iter().any(|setting| setting.key == request.key) {
        return Err(ApiError::new(
            Code::BadRequest,
            "There is no such setting. Update the app and try again.",
        ));
    }
    change(desk, actor, &request.key, json!(request.value))
}

/// `setting_walks_count`: for leaders (R10).
pub(crate) fn walks_count(
    desk: &Desk,
    actor: &Actor,
    request: SettingWalksCount,
) -> Result<SettingsView, ApiError> {
    change(desk, actor, WALKS_COUNT, json!(request.counts))
}

/// `setting_lessons`: for leaders.
pub(crate) fn lessons(
    desk: &Desk,
    actor: &Actor,
    request: SettingLessons,
) -> Result<SettingsView, ApiError> {
    let lines = request.lessons.lines().map(str::trim);
    let kept: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    change(desk, actor, LESSON_TIMES, json!(kept.join("\n")))
}

/// `setting_governors`: for leaders.
pub(crate) fn governors(
    desk: &Desk,
    actor: &Actor,
    request: SettingGovernors,
) -> Result<SettingsView, ApiError> {
    change(desk, actor, GOVERNORS, json!(request.may))
}

/// Writes a setting together with who changes it. What stands already is no change.
fn change(desk: &Desk, actor: &Actor, key: &str, to: Value) -> Result<SettingsView, ApiError> {
    desk.edit(actor, |edit| {
        edit.standing.must_lead()?;
        let schools = edit.writer.list(&Kind::School)?;
        let school = schools
            .first()
            .ok_or_else(|| ApiError::not_found("school"))?;
        let name = format!("settings.{key}");
        let default = match key {
            WALKS_COUNT => json!(true),
            LESSON_TIMES => json!(LESSONS),
            GOVERNORS => json!(GovernorsMay::default()),
            _ => json!(
                SETTINGS
                    .iter()
                    .find(|setting| setting.key == key)
                    .map(|setting| setting.default)
            ),
        };
        if school.value(&name).unwrap_or(&default) == &to {
            return Ok(());
        }
        let change = Change {
            key: key.to_owned(),
            to: to.clone(),
            by: actor.person,
            at: edit.now,
        };
        let said = format!("changes.{}", edit.fresh());
        edit.put(
            school.id,
            &Kind::School,
            [(said, change.value()), (name, to)],
        )
    })?;
    list(desk, actor, Nothing {})
}
