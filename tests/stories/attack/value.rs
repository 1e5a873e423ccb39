//! A value that fits for every field of the table: one to fill a record with, and another one to try to put in its place.

use alongside_domain::field::{Shape, shape_of};
use alongside_domain::{Kind, PersonId, RecordId, TemplateId};
use alongside_tests::{Cast, School};
use chrono::Duration;
use serde_json::{Value, json};

use super::role::Role;
use super::stage::{Scene, acknowledged, of_the_year, own};
use super::table::UNKNOWN;

/// Whether a record is filled, or somebody tries to change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Fill,
    Try,
}

/// The part of a family of fields (`marks.*`) that is written. What is only added to is tried with a part of its own.
pub fn part(pattern: &str, turn: Turn) -> &'static str {
    match (pattern, turn) {
        ("marks.*", _) => "aids",
        ("comments.*", _) => "communication",
        ("agreed.*" | "ratings.*" | "notes.*", Turn::Fill) => "send_cycle",
        ("additions.*" | "notes.*" | "changes.*", Turn::Try) => "p2",
        _ => "p1",
    }
}

/// The name on the wire of a field of the table.
pub fn name(kind: &Kind, pattern: &str, turn: Turn) -> String {
    match pattern {
        UNKNOWN => "later.thing".into(),
        "notes.*" if *kind == Kind::Rating => "notes.send_cycle".into(),
        _ => pattern.replace('*', part(pattern, turn)),
    }
}

fn another_id(scene: &Scene, kind: &Kind, field: &str, role: Role, turn: Turn) -> RecordId {
    let is_first = turn == Turn::Fill;
    let pick = |first: RecordId, second: RecordId| if is_first { first } else { second };
    let people = |first: PersonId, second: PersonId| pick(first.into(), second.into());
    match (kind, field) {
        (_, "walk") => pick(Cast::WALK.into(), own(777)),
        (Kind::Visit, "class") => pick(Cast::KESTREL.into(), Cast::HERON.into()),
        (_, "visit") => pick(Cast::VISIT.into(), Cast::OTHER_VISIT.into()),
        (Kind::Walk | Kind::Action, "template") => pick(form(scene).into(), scene.draft.into()),
        (Kind::Walk, "follows") => own(5),
        (Kind::Walk | Kind::Review, "term") => pick(scene.term.into(), own(779)),
        (Kind::Template, _) => form(scene).into(),
        (Kind::Class, "room") => Cast::ROOM.into(),
        (Kind::Acknowledgement, "of") => pick(acknowledged(scene, ""), Cast::OTHER_VISIT.into()),
        (Kind::Comment, "on") => pick(scene.draft.into(), form(scene).into()),
        (Kind::Rating, "self_evaluation") => pick(of_the_year().into(), own(778)),
        (_, "supporter") => people(Role::LineManager.person(), Cast::LEADER),
        (_, "answered_by") => role.person().into(),
        (Kind::Action, "owner") => people(Cast::OTHER_TEACHER, Cast::TEACHER),
        (Kind::Person, "line_manager") => people(Cast::HEAD, Cast::LEADER),
        // Whose it is: their own, or somebody else's who is none of them.
        _ => people(role.person(), Cast::VISITED_TEACHER),
    }
}

fn form(scene: &Scene) -> TemplateId {
    School::evidence_form(&scene.hub)
}

/// A value for a field of the table.
pub fn value(scene: &Scene, kind: &Kind, pattern: &str, role: Role, turn: Turn) -> Value {
    let is_first = turn == Turn::Fill;
    let now = scene.hub.clock.true_now();
    let field = name(kind, pattern, turn);
    match (kind, pattern) {
        (_, UNKNOWN) => {
            return json!(if is_first {
                format!("zq-{kind}-later")
            } else {
                "Another".into()
            });
        }
        (Kind::Action, "notes.*") => {
            return json!({ "by": role.person(), "text": scene.words.as_deref().unwrap_or("zq-action-progress") });
        }
        (Kind::School, "changes.*") => {
            return json!({ "key": "notice_days", "to": 9, "by": role.person(), "at": now });
        }
        (Kind::School, "settings.lessons") => return json!("09:10-10:00\n10:20-11:10"),
        (Kind::School, "settings.share_limit_hours") => return json!(72),
        (Kind::School, "settings.visit_stop_minutes") => return json!(25),
        (Kind::Term, "starts_on") => {
            return json!(if is_first { "2027-09-01" } else { "2026-09-02" });
        }
        (Kind::Term, "ends_on") => {
            return json!(if is_first { "2027-12-10" } else { "2026-12-19" });
        }
        (Kind::Person, "roles") => return json!(["teacher", "leader"]),
        (Kind::Person | Kind::Class, "is_active") => return json!(is_first),
        (Kind::Class, "teachers") => return json!([Cast::OTHER_TEACHER, Cast::TEACHER]),
        (Kind::Template, "sections.*") => return json!({ "title": "Talk", "place": 9 }),
        (Kind::Template, "criteria.*") => {
            let section = if is_first { "p1" } else { "communication" };
            return json!({ "section": section, "text": "Pupils talk", "place": 9 });
        }
        (Kind::Template, "section_places.*") => return json!({ "place": 3 }),
        (Kind::Template, "places.*") => {
            return json!({ "section": if is_first { "p1" } else { "communication" }, "place": 3 });
        }
        (Kind::Template, "prompts.*") => return json!(["What are you learning?"]),
        (Kind::Visit, "starts_at") => {
            let hours = if is_first { 0 } else { 2 };
            return json!(School::visit_at() + Duration::days(5) + Duration::hours(hours));
        }
        (Kind::Visit, "minutes") => return json!(if is_first { 20 } else { 18 }),
        (Kind::Visit, "observers") => return json!([Cast::ANSA, Cast::LEADER]),
        (Kind::SelfEvaluation, "year") => return json!(if is_first { 2025 } else { 2024 }),
        (Kind::Walk, "classes") => return json!([Cast::KESTREL]),
        (Kind::Walk | Kind::Notice, "focus") if !is_first => {
            return json!("Speaking in full sentences");
        }
        _ => {}
    }
    if let (Some(words), Turn::Fill, Some(Shape::Text)) =
        (&scene.words, turn, shape_of(kind, &field))
    {
        return json!(words);
    }
    match shape_of(kind, &field) {
        Some(Shape::Name) => json!(if is_first { "A name" } else { "Another name" }),
        Some(Shape::Text) if *kind == Kind::Visit && pattern == "subject" => json!("Science"),
        Some(Shape::Text) => json!(if is_first {
            "First words"
        } else {
            "Other words"
        }),
        Some(Shape::Time | Shape::Moment) => json!(now),
        Some(Shape::Date) => json!(if is_first { "2026-12-01" } else { "2026-12-08" }),
        Some(Shape::Id) => json!(another_id(scene, kind, pattern, role, turn)),
        Some(Shape::Ids(_)) => json!([Cast::ANSA]),
        Some(Shape::Whole(low, high)) => json!((low + i64::from(!is_first)).min(high)),
        Some(Shape::Flag) => json!(!is_first),
        Some(Shape::Choice(words)) => {
            let word = if is_first {
                words.first()
            } else {
                words.get(1)
            };
            json!(word)
        }
        Some(Shape::Choices(words)) => json!([words.last()]),
        Some(Shape::Texts(_)) => json!(["Words"]),
        Some(Shape::Object) => json!({ "what": if is_first { 1 } else { 2 } }),
        None => panic!("{kind} has no field {field}"),
    }
}
