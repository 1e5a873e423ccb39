//! Every command as every role: with honest ids, compared with `commands.txt`, and then with every id replaced by one of
//! somebody or something else.
//!
//! Whatever is asked, three things hold: no answer is an error of the hub, no answer has words in it that the table keeps
//! from who asks, and no change comes of it that the table does not let them make.

use std::collections::{BTreeMap, BTreeSet};

use alongside_api::COMMANDS;
use alongside_domain::{Kind, RecordId};
use alongside_tests::{Cast, School, id};
use chrono::Duration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::role::Role;
use super::stage::{Scene, Stage, own};
use super::table::{Row, UNKNOWN, rows};

/// A form of one criterion, in base64.
const FORM: &str = "eyJhbG9uZ3NpZGVfZm9ybSI6MSwibmFtZSI6Ik1hZGUgdXAiLCJzZWN0aW9ucyI6W3sia2V5IjoicyIsInRpdGxlIjoiVGFsayIsImNyaXRlcmlhIjpbeyJrZXkiOiJtYWRlX3VwIiwidGV4dCI6IlB1cGlscyB0YWxrIn1dfV19";

/// Who is answered, by command; `None` for everybody, let in or not.
struct Line {
    command: &'static str,
    stage: Stage,
    who: Option<BTreeSet<Role>>,
}

fn lines() -> Vec<Line> {
    let text = include_str!("commands.txt").lines();
    text.filter_map(|line| line.split_once(" @"))
        .map(|(command, rest)| {
            let (stage, who) = rest.split_once(": ").unwrap();
            let stage = match stage {
                "Planned" => Stage::Planned,
                "Noticed" => Stage::Noticed,
                "Begun" => Stage::Begun,
                "Settled" => Stage::Settled,
                "Offered" => Stage::Offered,
                "Shared" => Stage::Shared,
                "Published" => Stage::Published,
                other => panic!("there is no stage {other}"),
            };
            let who = (who != "everybody").then(|| super::table::roles(who));
            Line {
                command,
                stage,
                who,
            }
        })
        .collect()
}

/// An honest request of a command.
fn sample(scene: &Scene, command: &str, role: Role) -> Value {
    let visit = json!({ "visit": Cast::VISIT });
    let walk = json!({ "walk": Cast::WALK });
    let year = json!({ "year": 2026 });
    let school_year = json!({ "year": null });
    let form = School::evidence_form(&scene.hub);
    let slot = json!({
        "visit": Cast::VISIT, "class": Cast::KESTREL, "class_name": "Kestrel", "room": "Room 4", "route": 4,
        "starts_at": School::visit_at(), "minutes": 20, "part": "main", "subject": "Mathematics",
        "observers": [Cast::ANSA, Cast::BRAM], "is_locked": false,
    });
    let notice = || {
        let reader = scene.hub.desk().store().read().unwrap();
        let notices = reader.list(&Kind::Notice).unwrap();
        notices.first().map(|one| one.id)
    };
    match command {
        "about_get"
        | "day_list"
        | "coming_list"
        | "record_list"
        | "walk_list"
        | "notice_list"
        | "reflection_list"
        | "concern_list"
        | "concern_before"
        | "review_list"
        | "report_list"
        | "action_list"
        | "pattern_list"
        | "reminder_list"
        | "theme_list"
        | "school_get"
        | "setting_list"
        | "held_get"
        | "self_evaluation_list"
        | "template_list"
        | "device_list"
        | "archive_make"
        | "retention_list"
        | "install_get"
        | "space_leave"
        | "sync_get"
        | "sync_run"
        | "set_aside_list" => json!({}),
        "visit_get" | "visit_start" | "visit_finish" | "visit_cancel" | "record_get"
        | "response_send" | "reflection_get" => visit,
        "visit_put" => School::visit(
            Cast::VISIT,
            Cast::KESTREL,
            School::visit_at() + Duration::hours(2),
            &[Cast::ANSA],
        ),
        "place_put" => json!({ "visit": Cast::VISIT, "row": "aids" }),
        "observation_write" => {
            json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "More words" } })
        }
        "record_share" => json!({ "visit": Cast::VISIT, "talked": true }),
        "response_write" => {
            json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "More words" } })
        }
        "walk_get" | "notice_give" | "debrief_get" | "report_start" | "report_publish"
        | "plan_get" | "pattern_publish" => walk,
        "walk_put" => json!({
            "walk": Cast::WALK, "name": "Autumn walk", "focus": "Time to answer", "purpose": "To hear more",
            "template": form, "term": scene.term, "classes": [Cast::KESTREL], "observers": [Cast::ANSA],
            "follows": null,
        }),
        "notice_get" | "notice_readers" => json!({ "notice": notice() }),
        "acknowledgement_give" => json!({ "of": notice() }),
        "reflection_write" => {
            json!({ "visit": Cast::VISIT, "edit": { "what": "readers", "people": [Cast::ANSA] } })
        }
        "concern_raise" => json!({ "text": "Loud in the corridor", "with_line_manager": false }),
        "concern_answer" => json!({ "concern": own(3), "answer": "It will not happen again." }),
        "comment_list" => json!({ "on": scene.draft }),
        "comment_put" => {
            json!({ "comment": own(1), "on": scene.draft, "part": "", "text": "More words" })
        }
        "comment_answer" => json!({ "comment": own(1), "text": "Yes", "is_taken_up": false }),
        "review_get" | "review_make" => json!({ "term": scene.term }),
        "review_words" => json!({ "term": scene.term, "words": "A calm term" }),
        "debrief_write" => {
            json!({ "walk": Cast::WALK, "edit": { "what": "overall", "text": "More words" } })
        }
        "report_get" => json!({ "of": Cast::WALK }),
        "report_write" => {
            json!({ "walk": Cast::WALK, "edit": { "what": "changes", "text": "More words" } })
        }
        "action_get" => json!({ "action": own(6) }),
        "action_put" => json!({
            "action": own(6), "title": "Boards in reach", "owner": Cast::OTHER_TEACHER, "due_on": "2026-12-01",
            "success_criteria": "In most rooms", "from": "report", "about": "", "walk": Cast::WALK,
            "template": form, "criterion": "aids",
        }),
        "action_progress" => {
            json!({ "action": own(6), "edit": { "what": "state", "state": "done" } })
        }
        "line_get" | "year_get" => school_year,
        "pattern_get" => json!({ "of": { "what": "walk", "walk": Cast::WALK, "by": "all" } }),
        "pattern_comments" => {
            json!({ "walk": Cast::WALK, "section": "communication", "phase": null })
        }
        "plan_propose" => json!({
            "walk": Cast::WALK, "days": ["2026-11-12", "2026-11-13", "2026-11-16", "2026-11-17", "2026-11-18"],
            "minutes": 20, "observers_each": 1, "slots": [slot],
        }),
        "plan_check" | "plan_keep" => json!({ "walk": Cast::WALK, "slots": [slot] }),
        "term_put" => {
            json!({ "term": scene.term, "name": "Autumn", "starts_on": "2026-09-02", "ends_on": "2026-12-18" })
        }
        "term_start" => json!({ "year": "2027-28" }),
        "search_find" => json!({ "words": "zq words", "kinds": [] }),
        "person_put" => json!({
            "person": Cast::SUPPORT, "name": "Sunna Peverel", "roles": ["support", "governor"],
            "line_manager": Cast::HEAD, "is_active": true,
        }),
        "class_put" => json!({
            "class": Cast::HERON, "name": "Heron", "year_group": "Year 5", "phase": "Upper",
            "teachers": [Cast::OTHER_TEACHER], "support": [Cast::SUPPORT], "room": Cast::ROOM, "is_active": true,
        }),
        "room_put" => {
            json!({ "room": Cast::ROOM, "name": "Room 5", "place": "Street side", "route": 5 })
        }
        "import_preview" | "import_apply" => {
            json!({ "list": "rooms", "text": "Hall\tGround floor\t9" })
        }
        "setting_put" => json!({ "key": "notice_days", "value": 6 }),
        "setting_walks_count" => json!({ "counts": false }),
        "setting_lessons" => json!({ "lessons": "09:10-10:00" }),
        "setting_governors" => json!({ "may": "nothing" }),
        "held_take" => json!({ "format": "json" }),
        "file_make" => json!({ "what": "form", "visit": Cast::VISIT }),
        "template_get" | "template_export" => json!({ "template": form }),
        "template_next" => json!({ "template": form }),
        "template_freeze" => json!({ "template": scene.draft }),
        "self_evaluation_start" => json!({ "year": 2025 }),
        "self_evaluation_get" | "self_evaluation_close" => year,
        "self_evaluation_rate" => json!({
            "year": 2026, "indicator": "send_cycle", "edit": { "what": "answer", "value": 3 },
        }),
        "self_evaluation_agree" => json!({
            "year": 2026, "edit": { "what": "one", "indicator": "send_cycle", "value": 3 },
        }),
        "self_evaluation_reading" => json!({ "year": 2026, "domain": "send", "text": "A guide" }),
        "template_new" => json!({ "from": form, "name": "A third form" }),
        "template_edit" => {
            json!({ "template": scene.draft, "edits": [{ "what": "name", "name": "A form of ours" }] })
        }
        "template_away" => json!({ "template": scene.draft, "is_away": true }),
        "template_compare" => json!({ "before": form, "after": scene.draft }),
        "template_preview" => json!({ "file": FORM }),
        "template_import" => json!({ "file": FORM, "name": "Taken from a file" }),
        "device_invite" => json!({ "person": Cast::SUPPORT, "address": "127.0.0.1:8420" }),
        "log_list" => json!({ "before": null, "act": null, "person": role.person() }),
        "retention_destroy" => json!({ "token": "0".repeat(64) }),
        "school_start" => {
            json!({ "school": "Another School", "person": "Somebody Else", "setup_code": "ABCD-EFGH" })
        }
        "device_join" => json!({ "address": null, "code": "ABCD-EFGH", "device": "A browser" }),
        "hub_connect" => json!({ "address": "127.0.0.1:8420", "code": "ABCD-EFGH" }),
        "space_choose" => json!({ "space": Cast::HEAD }),
        "device_revoke" => json!({ "device": scene.device(Role::Left), "browsers": false }),
        "draft_list" => json!({}),
        "draft_put" => json!({ "about": "visit", "text": "Not yet" }),
        // For the app on a device; a hub answers none of it, whatever is asked.
        "door_approve" | "door_close" | "door_find" | "door_get" | "door_open" | "door_refuse"
        | "hub_join" | "hub_join_get" | "hub_join_stop" | "hub_moved" | "hub_take_along"
        | "letter_list" | "letter_make" | "letter_take" | "pin_put" | "pin_remove"
        | "space_lock" | "space_unlock" => {
            json!({ "ask": id(6_667), "device": id(6_668), "person": Cast::HEAD, "space": Cast::HEAD, "pin": "000000" })
        }
        "set_aside_drop" => json!({ "record": Cast::VISIT, "field": "part" }),
        _ => {
            panic!("{command} has no sample: nobody has thought about what another's id does in it")
        }
    }
}

/// Every record of the hub: its kind, and each field's value.
type Dump = BTreeMap<RecordId, (Kind, BTreeMap<String, Value>)>;

fn dump(scene: &Scene) -> Dump {
    let reader = scene.hub.desk().store().read().unwrap();
    let mut all = Dump::new();
    for kind in Kind::KNOWN {
        for head in reader.list(&kind).unwrap() {
            let record = reader.get(head.id).unwrap().unwrap();
            let fields = record
                .fields
                .into_iter()
                .map(|(name, field)| (name, field.value));
            all.insert(head.id, (kind.clone(), fields.collect()));
        }
    }
    all
}

/// The line of the table that a field's name belongs to.
fn pattern_of<'a>(row: &'a Row, name: &str) -> &'a str {
    let patterns = row.writers.keys().map(String::as_str);
    let found = patterns
        .into_iter()
        .find(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => *pattern == name,
        });
    found.unwrap_or(UNKNOWN)
}

/// What the hub itself writes when somebody does something: no cell of anybody's.
fn is_of_the_hub(kind: &Kind, name: &str) -> bool {
    matches!(
        (kind, name),
        (Kind::Visit, "teachers" | "crowded")
            | (Kind::Review, "kept" | "made_at" | "term")
            | (Kind::Pattern, _)
    )
}

/// The changes that the table does not let `role` make.
fn misdone(scene: &Scene, rows: &[Row], before: &Dump, after: &Dump, role: Role) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, (kind, fields)) in after {
        let held = before.get(id);
        let own = scene
            .records
            .iter()
            .find(|(_, _, own)| own == id)
            .map(|(_, state, _)| *state);
        // Whose each is: the table tries one of each kind, and what holds of its writer holds of another's of theirs.
        let is_theirs = |field: &str| fields.get(field) == Some(&json!(role.person()));
        let as_if = match kind {
            Kind::Observation if own.is_none() && is_theirs("observer") => Role::Observer,
            Kind::Rating if own.is_none() && is_theirs("person") => Role::Leader,
            // Of the other visit its own teacher is the visited one.
            Kind::Reflection | Kind::Response
                if role == Role::OtherTeacher
                    && is_theirs("teacher")
                    && fields.get("visit") == Some(&json!(Cast::OTHER_VISIT)) =>
            {
                Role::Teacher
            }
            _ => role,
        };
        let like = || {
            scene
                .records
                .iter()
                .find(|(one, _, _)| one == kind)
                .map(|(_, state, _)| *state)
        };
        let state = own.or_else(|| if as_if == role { None } else { like() });
        for (name, value) in fields {
            if held.and_then(|(_, held)| held.get(name)) == Some(value) || is_of_the_hub(kind, name)
            {
                continue;
            }
            let may = rows.iter().filter(|row| row.kind == *kind).any(|row| {
                let is_so = match (held, state) {
                    (None, _) => row.is_new(),
                    (Some(_), Some(state)) => row.state == state,
                    (Some(_), None) => !row.is_new(),
                };
                is_so && row.writers[pattern_of(row, name)].contains(&as_if)
            });
            // Leaders alone make patterns and reviews come about, and the head alone lets anything be destroyed.
            if !may {
                wrong.push(format!("{kind} {state:?} {name} = {value}"));
            }
        }
    }
    for id in before.keys().filter(|id| !after.contains_key(id)) {
        wrong.push(format!("{id} is gone"));
    }
    wrong
}

/// Words that the table keeps from a role, as the scene's records have them: "zq-<kind>-<who wrote them>".
fn secrets(scene: &Scene, rows: &[Row], role: Role) -> Vec<String> {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    for (kind, state, _) in &scene.records {
        let row = rows
            .iter()
            .find(|row| row.kind == *kind && row.state == *state)
            .unwrap();
        let words = format!("zq-{kind}-");
        let may = row.readers.contains(&role);
        *known.entry(words).or_default() |= may;
    }
    known
        .into_iter()
        .filter(|(_, may)| !may)
        .map(|(words, _)| words)
        .collect()
}

/// Every place of a request at which an id stands.
fn places(request: &Value) -> Vec<String> {
    fn walk(value: &Value, path: String, found: &mut Vec<String>) {
        match value {
            Value::String(text) if uuid::Uuid::parse_str(text).is_ok() => found.push(path),
            Value::Array(all) => {
                for (place, one) in all.iter().enumerate() {
                    walk(one, format!("{path}/{place}"), found);
                }
            }
            Value::Object(all) => {
                for (name, one) in all {
                    walk(one, format!("{path}/{name}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(request, String::new(), &mut found);
    found
}

/// What an outsider may put in the place of an id: a record of every kind, people, and things that are no id.
fn others(scene: &Scene) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let mut seen = BTreeSet::new();
    for (kind, _, record) in &scene.records {
        if seen.insert(kind.clone()) || *kind == Kind::Concern {
            all.push(json!(record));
        }
    }
    all.extend([Cast::HEAD, Cast::TEACHER, Cast::BRAM].map(|person| json!(person)));
    all.extend([
        json!(Cast::OTHER_VISIT),
        json!(own(777)),
        json!(Cast::of_bram()),
        json!(id(6_666)),
    ]);
    all.extend([
        json!(uuid::Uuid::nil()),
        json!(""),
        json!("../../etc/passwd"),
        json!(7),
        json!(null),
    ]);
    all
}

struct Harm<'a> {
    rows: &'a [Row],
    found: Vec<String>,
    secrets: BTreeMap<Role, Vec<String>>,
    asked: usize,
}

impl Harm<'_> {
    /// Asks once and holds the three things; gives whether it was answered. The school is put back after a change.
    async fn ask(
        &mut self,
        scene: &mut Scene,
        before: &Dump,
        role: Role,
        command: &str,
        request: &Value,
    ) -> bool {
        self.asked += 1;
        let version = scene.version();
        let answer = scene.client(role).rpc(command, request.clone()).await;
        let what = format!("{command} {request} by {}", role.word());
        if answer.status.is_server_error() {
            self.found.push(format!("{what}: {answer:?}"));
        }
        if answer.status.is_client_error() {
            let message = answer.body["message"].as_str().unwrap_or_default();
            if !message.ends_with(['.', '!', '?']) || answer.body["code"].as_str().is_none() {
                self.found.push(format!(
                    "{what}: refused without a sentence: {}",
                    answer.body
                ));
            }
        }
        let text = answer.body.to_string();
        for secret in &self.secrets[&role] {
            if text.contains(secret.as_str()) {
                self.found.push(format!("{what}: the answer says {secret}"));
            }
        }
        if scene.version() != version {
            let after = dump(scene);
            let is_let = match command {
                // By the hub, for who may ask for it.
                "pattern_publish" | "review_make" => matches!(role, Role::Head | Role::Leader),
                _ => true,
            };
            let wrong = misdone(scene, self.rows, before, &after, role);
            if !is_let || !wrong.is_empty() {
                self.found
                    .push(format!("{what}: changed {}", wrong.join(", ")));
            }
            scene.restore().await;
        } else if matches!(command, "device_revoke" | "space_leave")
            && answer.status == StatusCode::OK
        {
            // Who is let in is no record of the school.
            scene.restore().await;
        }
        answer.status == StatusCode::OK
    }
}

async fn hold(stage: Stage) {
    let mut scene = Scene::at(stage).await;
    let rows = rows();
    let before = dump(&scene);
    let secrets = Role::ALL.map(|role| (role, secrets(&scene, &rows, role)));
    let mut harm = Harm {
        rows: &rows,
        found: Vec::new(),
        secrets: secrets.into(),
        asked: 0,
    };
    let mut turn = 0;
    let is_known = |line: &Line| COMMANDS.iter().any(|command| command.name == line.command);
    for line in lines()
        .into_iter()
        .filter(|line| line.stage == stage && is_known(line))
    {
        for role in Role::ALL {
            let request = sample(&scene, line.command, role);
            let is_answered = harm
                .ask(&mut scene, &before, role, line.command, &request)
                .await;
            let may = line.who.as_ref().is_none_or(|who| who.contains(&role));
            let is_of_the_app = line.who.as_ref().is_some_and(BTreeSet::is_empty);
            if is_answered != may && !(is_of_the_app && role.is_let_in()) {
                let says = if may { "is answered" } else { "is refused" };
                harm.found.push(format!(
                    "{}: {} {says}, says the table",
                    line.command,
                    role.word()
                ));
            }
        }
        // Each id is put in each place by somebody, and each role tries every place with several.
        let others = others(&scene);
        for place in places(&sample(&scene, line.command, Role::Leader)) {
            for other in &others {
                turn += 1;
                let role = Role::STAFF[(turn * 5) % Role::STAFF.len()];
                let mut request = sample(&scene, line.command, role);
                *request.pointer_mut(&place).unwrap() = other.clone();
                harm.ask(&mut scene, &before, role, line.command, &request)
                    .await;
            }
        }
    }
    assert!(
        harm.found.is_empty(),
        "{} of {} went wrong:\n{}",
        harm.found.len(),
        harm.asked,
        harm.found.join("\n")
    );
}

#[test]
fn every_command_stands_in_the_table_of_who_is_answered() {
    let said: BTreeSet<&str> = lines().iter().map(|line| line.command).collect();
    let there: BTreeSet<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let missing: Vec<_> = there.difference(&said).collect();
    assert!(
        missing.is_empty(),
        "nobody has said who is answered to {missing:?}"
    );
    assert_eq!(said.len(), lines().len(), "each command once");
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
    anothers_id_gives_nothing_while_a_walk_is_planned: Planned;
    anothers_id_gives_nothing_once_notice_is_given: Noticed;
    anothers_id_gives_nothing_during_a_visit: Begun;
    anothers_id_gives_nothing_before_a_record_is_shared: Settled;
    anothers_id_gives_nothing_once_all_is_shared: Offered;
    anothers_id_gives_nothing_while_answers_and_reports_are_written: Shared;
    anothers_id_gives_nothing_of_what_is_published: Published;
}
