//! Every cell of the table over the wire: each role pulls its feed, and pushes each field of each kind in each state, and
//! what the hub does is compared with what the table says.

use std::collections::BTreeSet;

use alongside_domain::Kind;
use alongside_domain::field::{Shape, shape_of};
use alongside_tests::Cast;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::role::Role;
use super::stage::{Scene, Stage, acknowledged, new_id, stage_of_new};
use super::table::{Row, UNKNOWN, rows};
use super::value::{Turn, name, value};

/// What became of one try to write.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Taken,
    Refused(String),
    TurnedAway,
    Odd(String),
}

/// The fields with which a new record is sent: all of it, so that it is refused for nothing but who sends it.
fn whole(scene: &Scene, row: &Row, role: Role) -> Vec<(String, Value)> {
    let skipped = |pattern: &str| match (&row.kind, row.state.as_str(), pattern) {
        // Each of these would make another record of it, or is tried by a line of its own.
        (Kind::Concern, "new", "supporter") => true,
        (Kind::Concern, "new_supported", "answer" | "answered_at" | "answered_by") => true,
        (Kind::Visit | Kind::Walk, _, "cancelled_at" | "follows") => true,
        (Kind::Template, _, "frozen_at" | "follows") => true,
        (Kind::Action, _, "notes.*") => true,
        (Kind::SelfEvaluation, _, "closed_at") => true,
        _ => false,
    };
    let mut fields: Vec<(String, Value)> = row
        .writers
        .keys()
        .filter(|pattern| !skipped(pattern))
        .map(|pattern| {
            let mut one = value(scene, &row.kind, pattern, role, Turn::Fill);
            if row.kind == Kind::Acknowledgement && pattern == "of" {
                one = json!(acknowledged(scene, &row.state));
            }
            (name(&row.kind, pattern, Turn::Fill), one)
        })
        .collect();
    if row.kind == Kind::Visit {
        // Where there is room in the year, and the walk covers what it covered.
        fields.retain(|(name, _)| name != "class");
        fields.push(("class".into(), json!(Cast::HERON)));
    }
    fields
}

/// What is sent to try one cell.
fn attempt(scene: &Scene, row: &Row, pattern: &str, role: Role) -> (Value, String) {
    let client = scene.client(role);
    let field = name(
        &row.kind,
        pattern,
        if row.is_new() { Turn::Fill } else { Turn::Try },
    );
    let (id, fields) = if row.is_new() {
        let mut fields = whole(scene, row, role);
        if !fields.iter().any(|(name, _)| *name == field) {
            fields.push((
                field.clone(),
                value(scene, &row.kind, pattern, role, Turn::Fill),
            ));
        }
        (new_id(scene, &row.kind, &row.state, role), fields)
    } else {
        let id = scene.id(&row.kind, &row.state).unwrap();
        let mut fields = vec![(
            field.clone(),
            value(scene, &row.kind, pattern, role, Turn::Try),
        )];
        if let Some(key) = pattern.strip_prefix("settings.") {
            let said = json!({
                "key": key, "to": fields[0].1, "by": role.person(), "at": scene.hub.clock.true_now(),
            });
            fields.push(("changes.p3".into(), said));
        }
        (id, fields)
    };
    let pairs: Vec<(&str, Value)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    (
        client.record(&scene.hub, id, row.kind.as_str(), &pairs),
        field,
    )
}

async fn tried(scene: &Scene, row: &Row, pattern: &str, role: Role) -> Verdict {
    let (record, field) = attempt(scene, row, pattern, role);
    let answer = scene.client(role).push(&[record]).await;
    if answer.status == StatusCode::UNAUTHORIZED {
        answer.code();
        return Verdict::TurnedAway;
    }
    if answer.status != StatusCode::OK {
        return Verdict::Odd(format!("{answer:?}"));
    }
    let result = &answer.body["results"][0];
    let has = |list: &str| {
        result[list]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one == &json!(field))
    };
    let refused = result["refused"].as_array().unwrap();
    if let Some(refusal) = refused.iter().find(|one| one["field"] == field) {
        return Verdict::Refused(refusal["code"].as_str().unwrap().to_owned());
    }
    match has("accepted") || has("superseded") {
        true => Verdict::Taken,
        false => Verdict::Odd(answer.body.to_string()),
    }
}

/// Codes that say something else than who may write: a cell that is refused with one of these was not tried.
const NOT_TRIED: &[&str] = &[
    "wrong_value",
    "wrong_name",
    "value_too_large",
    "stamp_ahead",
    "unknown_kind",
];

/// Whether the school is another one once this was written, for those who try the same after it. Other words in the place
/// of words are not.
fn turns(row: &Row, pattern: &str) -> bool {
    let shape = shape_of(&row.kind, &name(&row.kind, pattern, Turn::Try));
    row.is_new()
        || row.kind == Kind::School
        || !matches!(
            shape,
            None | Some(
                Shape::Text
                    | Shape::Name
                    | Shape::Whole(..)
                    | Shape::Choice(_)
                    | Shape::Object
                    | Shape::Texts(_)
            )
        )
}

/// Tries every writing cell of a stage, and puts the school back after each that was taken.
async fn write(scene: &mut Scene, rows: &[Row], wrong: &mut Vec<String>) -> usize {
    let mut version = scene.version();
    let mut cells = 0;
    for row in rows {
        for (pattern, writers) in &row.writers {
            for role in Role::ALL {
                if row.is_new()
                    && role.is_let_in()
                    && scene.has(new_id(scene, &row.kind, &row.state, role))
                {
                    // Theirs is there already, and tried in the state it is in.
                    continue;
                }
                cells += 1;
                let mut verdict = tried(scene, row, pattern, role).await;
                let now = scene.version();
                if verdict == Verdict::TurnedAway && now != version && role.is_let_in() {
                    // Who puts themselves out of the school is let in no more, also not for the answer.
                    verdict = Verdict::Taken;
                }
                let is_right = match &verdict {
                    Verdict::Taken => writers.contains(&role),
                    Verdict::Refused(code) => {
                        role.is_let_in()
                            && !writers.contains(&role)
                            && !NOT_TRIED.contains(&code.as_str())
                    }
                    Verdict::TurnedAway => !role.is_let_in(),
                    Verdict::Odd(_) => false,
                };
                let cell = format!("{} {}: {pattern} by {}", row.kind, row.state, role.word());
                if !is_right {
                    let says = if writers.contains(&role) {
                        "may"
                    } else {
                        "may not"
                    };
                    wrong.push(format!(
                        "{cell}: the table says {says}, the hub {verdict:?}"
                    ));
                }
                // A new record that is refused in part may be taken in part, and so may a setting beside its change.
                let is_part = row.is_new() || pattern.starts_with("settings.");
                if now != version && verdict != Verdict::Taken && !is_part {
                    wrong.push(format!("{cell}: refused, and yet something changed"));
                }
                if now != version && (verdict != Verdict::Taken || turns(row, pattern)) {
                    scene.restore().await;
                }
                version = scene.version();
            }
        }
    }
    cells
}

/// Holds every feed against the table: who has a record has all of it, and who has not has nothing of it.
async fn read(scene: &Scene, rows: &[Row], wrong: &mut Vec<String>) -> usize {
    let mut cells = 0;
    for role in Role::ALL {
        if !role.is_let_in() {
            let answer = scene
                .client(role)
                .post("/v1/sync", &json!({ "after": 0 }))
                .await;
            if answer.status != StatusCode::UNAUTHORIZED || answer.body.get("records").is_some() {
                wrong.push(format!("{} pulls: {answer:?}", role.word()));
            }
            cells += rows.iter().map(|row| row.writers.len()).sum::<usize>();
            continue;
        }
        let feed = scene.client(role).pull().await;
        for row in rows {
            let id = scene.id(&row.kind, &row.state).unwrap();
            let own = feed.iter().find(|record| record["id"] == json!(id));
            let held = scene.hub.desk().store().read().unwrap().get(id).unwrap();
            for pattern in row.writers.keys() {
                cells += 1;
                let prefix = match pattern.as_str() {
                    UNKNOWN => "later.",
                    pattern => pattern.trim_end_matches('*'),
                };
                let is_of = |name: &str| {
                    name == prefix || (prefix.ends_with('.') && name.starts_with(prefix))
                };
                let names: BTreeSet<&str> = held
                    .iter()
                    .flat_map(|held| held.fields.keys())
                    .map(String::as_str)
                    .filter(|name| is_of(name))
                    .collect();
                let seen: BTreeSet<&str> = own
                    .and_then(|record| record["fields"].as_object())
                    .into_iter()
                    .flat_map(|fields| fields.keys())
                    .map(String::as_str)
                    .filter(|name| is_of(name))
                    .collect();
                let may = row.readers.contains(&role);
                let expected = if may { names } else { BTreeSet::new() };
                if seen != expected || own.is_some() != may {
                    let says = if may { "reads" } else { "does not read" };
                    let cell = format!("{} {}: {pattern} by {}", row.kind, row.state, role.word());
                    wrong.push(format!(
                        "{cell}: the table {says} it, the feed has {seen:?}"
                    ));
                }
            }
        }
    }
    cells
}

/// Every cell of one stage.
async fn hold(stage: Stage) {
    let mut scene = Scene::at(stage).await;
    let rows = rows();
    let here: Vec<Row> = rows
        .iter()
        .filter(|row| !row.is_new() && scene.id(&row.kind, &row.state).is_some())
        .cloned()
        .collect();
    let new: Vec<Row> = rows
        .iter()
        .filter(|row| row.is_new() && stage_of_new(&row.kind, &row.state) == stage)
        .cloned()
        .collect();
    for (kind, state, _) in &scene.records {
        let is_there = here
            .iter()
            .any(|row| row.kind == *kind && row.state == *state);
        assert!(is_there, "the table does not know a {kind} that is {state}");
    }
    // Each row is tried at the first stage at which it stands, and has to stand there.
    let first: Vec<Row> = rows
        .iter()
        .filter(|row| !row.is_new() && stage_of(&row.kind, &row.state) == stage)
        .cloned()
        .collect();
    for row in &first {
        let is_here = here
            .iter()
            .any(|own| own.kind == row.kind && own.state == row.state);
        assert!(
            is_here,
            "there is no {} that is {} at {stage:?}",
            row.kind, row.state
        );
    }
    let mut wrong = Vec::new();
    let mut cells = read(&scene, &first, &mut wrong).await;
    cells += write(&mut scene, &first, &mut wrong).await;
    cells += write(&mut scene, &new, &mut wrong).await;
    assert!(cells > 0, "nothing was tried");
    assert!(
        wrong.is_empty(),
        "{} of {cells} cells are not as the table says:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// At which stage a row is tried.
fn stage_of(kind: &Kind, state: &str) -> Stage {
    match (kind, state) {
        (Kind::Visit | Kind::Walk, "noticed") | (Kind::Notice, _) | (_, "of_notice") => {
            Stage::Noticed
        }
        (Kind::Visit | Kind::Walk | Kind::Observation, "begun") => Stage::Begun,
        (_, "finished") => Stage::Finished,
        (_, "both_finished") => Stage::BothFinished,
        (_, "shared_soon") => Stage::SharedSoon,
        (_, "settled") => Stage::Settled,
        (Kind::Visit | Kind::Share | Kind::Observation, "shared") => Stage::Offered,
        (Kind::Response | Kind::Reflection | Kind::Report | Kind::Debrief | Kind::Action, _)
            if !matches!(state, "sent" | "let" | "published" | "free" | "destroyed") =>
        {
            Stage::Shared
        }
        (_, "of_record") => Stage::Shared,
        (_, "sent" | "let" | "published" | "closed" | "made") => Stage::Published,
        (Kind::Concern, "answered") => Stage::Published,
        (_, "destroyed") => Stage::Destroyed,
        _ => Stage::Planned,
    }
}

macro_rules! stages {
    ($($name:ident: $stage:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                hold(Stage::$stage).await;
            }
        )*
    };
}

stages! {
    every_cell_of_what_is_planned_is_as_the_table_says: Planned;
    every_cell_of_what_staff_have_notice_of_is_as_the_table_says: Noticed;
    every_cell_of_what_is_begun_is_as_the_table_says: Begun;
    every_cell_of_what_one_observer_has_finished_is_as_the_table_says: Finished;
    every_cell_of_what_both_observers_have_finished_is_as_the_table_says: BothFinished;
    every_cell_of_what_was_shared_at_once_is_as_the_table_says: SharedSoon;
    every_cell_of_what_is_settled_is_as_the_table_says: Settled;
    every_cell_of_what_every_teacher_was_offered_is_as_the_table_says: Offered;
    every_cell_of_what_is_answered_and_drafted_is_as_the_table_says: Shared;
    every_cell_of_what_is_published_and_closed_is_as_the_table_says: Published;
    every_cell_of_what_was_destroyed_is_as_the_table_says: Destroyed;
}
