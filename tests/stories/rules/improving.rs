//! R12 to R16 after the walk: the debrief, the report that waits for every teacher's record and then stays, and actions
//! with their owners.

use alongside_api::Code;
use alongside_domain::action::Note;
use alongside_domain::{ActionId, DebriefId, Kind, PersonId, RecordId, ReportId, WalkId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::Duration;
use serde_json::{Value, json};

use super::{made_up, share, visited};

fn report() -> ReportId {
    ReportId::derive(Cast::WALK)
}

fn walk() -> Value {
    json!({ "walk": Cast::WALK })
}

/// The head's visits to the other three classes, each on its day, with one mark and shared at once.
fn more_visits(hub: &RunningHub, marks: [&str; 3]) {
    for ((days, visit), mark) in (1..).zip(Cast::MORE_VISITS).zip(marks) {
        hub.clock
            .set_true(School::visit_at() + Duration::days(days) - Duration::minutes(5));
        hub.lead("visit_start", json!({ "visit": visit }));
        let edit = json!({ "what": "mark", "criterion": "aids", "mark": mark });
        hub.lead("observation_write", json!({ "visit": visit, "edit": edit }));
        hub.lead("visit_finish", json!({ "visit": visit }));
        hub.lead("record_share", json!({ "visit": visit, "talked": false }));
    }
}

/// A walk of four classes whose teachers were all offered their records.
async fn walked(hub: &RunningHub) {
    visited(hub).await;
    share(hub);
    more_visits(hub, ["seen", "seen", "not_seen"]);
}

/// Gives each of the other three classes a teacher of its own: what rests on few teachers is not shown (R9).
fn taught_apart(hub: &RunningHub) {
    for (number, (class, name)) in (0..).zip(Cast::MORE) {
        let teacher = PersonId::from_uuid(made_up(600 + number));
        let teaches = json!({ "person": teacher, "name": format!("Teacher of {name}"), "roles": ["teacher"], "is_active": true });
        hub.lead("person_put", teaches);
        School::staff(hub, class, name, teacher);
    }
}

/// Writes a strength into the draft, which is begun first.
fn draft(hub: &RunningHub, text: &str) {
    hub.lead("report_start", walk());
    let edit = json!({ "what": "strength", "entry": "s1", "text": text });
    hub.lead("report_write", json!({ "walk": Cast::WALK, "edit": edit }));
}

/// An action of the teacher's, from the walk.
fn action(hub: &RunningHub) -> ActionId {
    let made = hub.lead("action_put", asked(json!({})));
    made["action"].as_str().unwrap().parse().unwrap()
}

/// What is asked to write an action, with something else in it.
fn asked(with: Value) -> Value {
    let mut asked = json!({
        "action": null, "title": "Boards in reach in every room", "owner": Cast::TEACHER,
        "due_on": "2026-12-01", "success_criteria": "Seen in most classes at the next walk",
        "from": "report", "about": "Boards in reach", "walk": Cast::WALK,
        "template": null, "criterion": "aids",
    });
    for (name, value) in with.as_object().unwrap() {
        asked[name.as_str()] = value.clone();
    }
    asked
}

/// The ids of what a person may pull, of one kind.
async fn pulled(client: &Outsider, kind: &str) -> Vec<String> {
    let records = client.pull().await;
    let of_kind = records.iter().filter(|record| record["kind"] == kind);
    of_kind
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_report_waits_until_every_visited_teacher_was_offered_their_record() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    more_visits(&hub, ["seen", "seen", "seen"]);
    draft(&hub, "Pupils find their boards by themselves");
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;

    let page = leader
        .rpc("report_get", json!({ "of": Cast::WALK }))
        .await
        .body;
    assert!(
        page["lock"]
            .as_str()
            .unwrap()
            .contains("Kestrel on 12 November"),
        "{page}"
    );
    assert_eq!(leader.rpc("report_publish", walk()).await.code(), "refused");
    let forge = |client: &Outsider| {
        let at = json!(hub.clock.true_now());
        let fields = [("walk", json!(Cast::WALK)), ("published_at", at)];
        client.record(&hub, report(), "report", &fields)
    };
    let sent = leader.push(&[forge(&leader)]).await;
    assert_eq!(sent.refused(0, "published_at"), "not_offered");
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let sent = teacher.push(&[forge(&teacher)]).await;
    assert_eq!(sent.refused(0, "published_at"), "not_a_leader");

    share(&hub);
    let page = leader.rpc("report_publish", walk()).await.body;
    assert_eq!(page["state"], "published", "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_a_report_published_out_of_reach_is_judged_by_what_the_hub_knows() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    // Bram begins Heron's visit, and his tablet is not heard of for days.
    let bram = Device::join(&hub, Cast::BRAM).await;
    bram.sync().await;
    hub.clock
        .set_true(School::visit_at() + Duration::minutes(55));
    bram.tap("visit_start", json!({ "visit": Cast::OTHER_VISIT }));
    more_visits(&hub, ["seen", "seen", "seen"]);
    draft(&hub, "Pupils find their boards by themselves");
    let leader = Device::join(&hub, Cast::LEADER).await;
    leader.sync().await;
    bram.sync().await;
    assert_eq!((bram.waiting(), bram.set_aside().len()), (0, 0));

    assert_eq!(leader.tap("report_publish", walk())["state"], "published");
    leader.sync().await;
    assert_eq!(leader.set_aside()[0].code, "not_offered");
    let page = leader.tap("report_get", json!({ "of": report() }));
    assert_eq!(page["state"], "draft", "it is a draft again there, too");
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    assert!(pulled(&teacher, "report").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_report_of_one_class_is_not_published() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    draft(&hub, "Pupils find their boards by themselves");
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    assert_eq!(leader.rpc("report_publish", walk()).await.code(), "refused");
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("published_at", json!(hub.clock.true_now())),
    ];
    let sent = leader.record(&hub, report(), "report", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "published_at"),
        "too_few_visited"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_a_draft_is_leaders_alone_and_a_published_report_is_everyones() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    let client = Outsider::on(&hub, &teacher);
    let said = json!({ "what": "overall", "text": "Boards help everywhere" });
    hub.lead("debrief_write", json!({ "walk": Cast::WALK, "edit": said }));
    draft(&hub, "Pupils find their boards by themselves");

    for kind in ["debrief", "report"] {
        assert!(pulled(&client, kind).await.is_empty(), "a draft went out");
    }
    for (command, request) in [
        ("debrief_get", walk()),
        ("report_start", walk()),
        ("report_publish", walk()),
        ("line_get", json!({ "year": null })),
    ] {
        let code = client.rpc(command, request).await;
        assert_eq!(code.code(), "not_allowed", "{command}");
    }
    for of in [RecordId::from(Cast::WALK), report().into()] {
        let asked = client.rpc("report_get", json!({ "of": of })).await;
        assert_eq!(asked.code(), "not_found");
    }
    let file = json!({ "what": "report", "walk": Cast::WALK });
    let draft_taken = client.rpc("file_make", file.clone()).await;
    assert_eq!(draft_taken.code(), "not_found");
    let early = client
        .rpc("acknowledgement_give", json!({ "of": report() }))
        .await;
    assert_eq!(early.code(), "refused");

    hub.lead("report_publish", walk());
    teacher.sync().await;
    let list = teacher.tap("report_list", json!({}));
    assert_eq!(list[0]["report"], json!(report()));
    let taken = teacher.tap("file_make", file);
    assert_eq!(taken["media_type"], "application/pdf");
    let page = teacher.tap("report_get", json!({ "of": report() }));
    assert_eq!(
        page["strengths"][0]["text"],
        "Pupils find their boards by themselves"
    );
    assert_eq!(page["good_practice"], "Boards help everywhere");
    assert!(
        page["statement"]
            .as_str()
            .unwrap()
            .contains("does not judge")
    );
    assert!(pulled(&client, "debrief").await.is_empty());

    assert_eq!(teacher.tap("reminder_list", json!({}))["unread_reports"], 1);
    teacher.tap("acknowledgement_give", json!({ "of": report() }));
    teacher.sync().await;
    assert_eq!((teacher.waiting(), teacher.set_aside().len()), (0, 0));
    assert_eq!(teacher.tap("reminder_list", json!({}))["unread_reports"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_a_published_report_stays_as_all_staff_read_it() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    draft(&hub, "Pupils find their boards by themselves");
    let late = Device::join(&hub, Cast::LEADER).await;
    late.sync().await;
    hub.lead("report_publish", walk());

    // A leader who was out of reach goes on with the draft.
    let edit = json!({ "what": "strength", "entry": "s1", "text": "Something else" });
    late.tap("report_write", json!({ "walk": Cast::WALK, "edit": edit }));
    late.sync().await;
    assert_eq!(late.set_aside()[0].code, "report_published");
    for held in [School::get(&hub, report()), late.get(report())] {
        assert_eq!(
            held.unwrap().text("strengths.s1"),
            "Pupils find their boards by themselves"
        );
    }

    let client = Outsider::let_in(&hub, Cast::HEAD).await;
    for (name, value, code) in [
        ("strengths.s1", json!("Rewritten"), "report_published"),
        ("strengths.s1", json!(null), "report_published"),
        ("development.d9", json!("Slipped in"), "report_published"),
        ("footnote", json!("Slipped in"), "report_published"),
        ("published_at", json!(null), "already_finished"),
        (
            "published_at",
            json!("2026-11-13T09:00:00Z"),
            "already_finished",
        ),
        ("walk", json!(WalkId::from_uuid(made_up(8))), "fixed"),
    ] {
        let sent = client.record(&hub, report(), "report", &[(name, value)]);
        assert_eq!(client.push(&[sent]).await.refused(0, name), code, "{name}");
    }
    // What is to be put right is added, with its day, and then stays too.
    let add = |text: &str| {
        let edit = json!({ "what": "addition", "entry": "a1", "text": text });
        json!({ "walk": Cast::WALK, "edit": edit })
    };
    hub.lead("report_write", add("The library was visited too"));
    hub.clock.set_true(School::visit_at() + Duration::days(5));
    let client = Outsider::let_in(&hub, Cast::LEADER).await;
    assert_eq!(
        client.rpc("report_write", add("Never mind")).await.code(),
        "refused"
    );
    let page = hub.lead("report_get", json!({ "of": report() }));
    assert_eq!(page["additions"][0]["text"], "The library was visited too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r16_neither_debrief_nor_report_names_a_member_of_staff() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    hub.lead("report_start", walk());
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let named = "Tilde Farrow could give more time";
    for (command, edit) in [
        (
            "report_write",
            json!({ "what": "development", "entry": "d1", "text": named }),
        ),
        ("report_write", json!({ "what": "changes", "text": named })),
        ("debrief_write", json!({ "what": "overall", "text": named })),
        (
            "debrief_write",
            json!({ "what": "said", "criterion": "aids", "text": "Ask Farrow" }),
        ),
    ] {
        let asked = leader
            .rpc(command, json!({ "walk": Cast::WALK, "edit": edit }))
            .await;
        assert_eq!(asked.code(), "refused", "{command} {edit}");
    }
    for (id, kind) in [
        (RecordId::from(report()), "report"),
        (DebriefId::derive(Cast::WALK).into(), "debrief"),
    ] {
        let fields = [
            ("walk", json!(Cast::WALK)),
            ("overall", json!(named)),
            ("strengths.s7", json!(named)),
            ("hidden", json!({ "note": named })),
        ];
        let sent = leader.push(&[leader.record(&hub, id, kind, &fields)]).await;
        for name in ["overall", "strengths.s7", "hidden"] {
            assert_eq!(sent.refused(0, name), "text_names_staff", "{kind} {name}");
        }
    }
    // One walk has one report, under its own id.
    let fields = [("walk", json!(Cast::WALK)), ("changes", json!("Another"))];
    let sent = leader.record(&hub, made_up(61), "report", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "changes"),
        "not_yours"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_the_balance_of_a_report_counts_its_entries_and_blocks_nobody() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    hub.lead("report_start", walk());
    for entry in ["d1", "d2", "d3", "d4"] {
        let edit = json!({ "what": "development", "entry": entry, "text": "More wall space" });
        let saved = hub.lead("report_write", json!({ "walk": Cast::WALK, "edit": edit }));
        assert_eq!(saved["balance"]["strengths"], 0);
    }
    let page = hub.lead("report_get", json!({ "of": Cast::WALK }));
    assert_eq!(page["balance"]["development"], 4);
    assert!(page["balance"]["nudge"].is_string(), "{page}");
    assert_eq!(page["lock"], json!(null));
    assert_eq!(hub.lead("report_publish", walk())["state"], "published");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_a_debrief_says_nothing_that_rests_on_too_few_classes() {
    let hub = School::on_the_day().await;
    taught_apart(&hub);
    walked(&hub).await;
    let debrief = hub.lead("debrief_get", walk());
    assert_eq!(debrief["strengths"], json!([]), "four classes are too few");
    assert_eq!(debrief["development"], json!([]));
    assert_eq!(debrief["hidden"], 1);
    hub.lead("setting_put", json!({ "key": "suppression", "value": 4 }));
    let debrief = hub.lead("debrief_get", walk());
    // As in the patterns: that three of four saw it would tell each of them what the others are.
    let found = json!({ "least": 3, "most": 4, "looked": 4, "classes": 4 });
    assert_eq!(debrief["strengths"][0]["found"], found);
    for name in ["Kestrel", "Lark", "Farrow", "Ansa"] {
        assert!(!super::says(&debrief, name), "{name} is in {debrief}");
    }
    // The draft takes its words, and no number that something could be worked out from.
    let page = hub.lead("report_start", walk());
    let text = page["strengths"][0]["text"].as_str().unwrap();
    assert!(
        !text.is_empty() && !text.contains(char::is_numeric),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_an_action_is_written_by_leaders_and_its_progress_by_its_owner_alone() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    let action = action(&hub);
    let owner = Device::join(&hub, Cast::TEACHER).await;
    owner.sync().await;
    let progress = |edit: Value| json!({ "action": action, "edit": edit });
    let note = |text: &str| progress(json!({ "what": "note", "entry": "n1", "text": text }));
    owner.tap("action_progress", note("Boards are made for two rooms"));
    owner.tap(
        "action_progress",
        progress(json!({ "what": "state", "state": "in_progress" })),
    );
    assert_eq!(
        owner.refusal(
            "action_progress",
            progress(json!({ "what": "state", "state": "dropped" }))
        ),
        Code::Refused
    );
    assert_eq!(
        owner.refusal("action_put", asked(json!({}))),
        Code::NotAllowed
    );
    owner.sync().await;
    assert_eq!((owner.waiting(), owner.set_aside().len()), (0, 0));
    let page = hub.lead("action_get", json!({ "action": action }));
    assert_eq!(page["line"]["state"], "in_progress");
    assert_eq!(page["notes"][0]["by"], "Tilde Farrow");

    // A changed client of the owner writes no more than progress; of a leader, no note in the owner's place.
    let client = Outsider::on(&hub, &owner);
    for (name, value, code) in [
        ("title", json!("Something easier"), "owner_writes_progress"),
        ("due_on", json!("2027-12-01"), "owner_writes_progress"),
        ("owner", json!(Cast::OTHER_TEACHER), "owner_writes_progress"),
        ("footnote", json!("Words"), "owner_writes_progress"),
        ("state", json!("dropped"), "action_of_leaders"),
        (
            "notes.n2",
            Note::value(Cast::HEAD, "Well done"),
            "not_yours",
        ),
        ("notes.n2", json!("Words"), "wrong_value"),
    ] {
        let sent = client.record(&hub, action, "action", &[(name, value)]);
        assert_eq!(client.push(&[sent]).await.refused(0, name), code, "{name}");
    }
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    for (name, value) in [
        ("notes.n1", Note::value(Cast::HEAD, "Nothing was done")),
        ("notes.n1", json!(null)),
        ("notes.n3", Note::value(Cast::TEACHER, "Nothing was done")),
    ] {
        let sent = head.record(&hub, action, "action", &[(name, value)]);
        assert_eq!(head.push(&[sent]).await.refused(0, name), "not_yours");
    }
    // Somebody else neither reads it yet nor writes in it, and makes none of their own.
    let other = Outsider::let_in(&hub, Cast::OTHER_TEACHER).await;
    assert!(pulled(&other, "action").await.is_empty());
    assert_eq!(
        other
            .rpc("action_progress", note("I know better"))
            .await
            .code(),
        "not_found"
    );
    let sent = other.record(&hub, action, "action", &[("state", json!("done"))]);
    assert_eq!(other.push(&[sent]).await.refused(0, "state"), "not_yours");
    let fields = [
        ("title", json!("Watch the others")),
        ("owner", json!(Cast::OTHER_TEACHER)),
        ("due_on", json!("2026-12-01")),
        ("success_criteria", json!("All is seen")),
    ];
    let sent = other.record(&hub, made_up(71), "action", &fields);
    assert_eq!(other.push(&[sent]).await.refused(0, "title"), "not_yours");
    // A note stays once it has stood for a while.
    hub.clock.set_true(School::visit_at() + Duration::days(6));
    owner.sync().await;
    assert_eq!(
        owner.refusal("action_progress", note("It was never so")),
        Code::Refused
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_an_action_is_read_by_all_staff_once_its_report_is_published() {
    let hub = School::on_the_day().await;
    walked(&hub).await;
    draft(&hub, "Pupils find their boards by themselves");
    let of_walk = action(&hub);
    let free = hub.lead("action_put", asked(json!({ "walk": null, "from": "free" })));
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    assert!(pulled(&support, "action").await.is_empty());
    let asked_for = json!({ "action": of_walk });
    assert_eq!(
        support.rpc("action_get", asked_for.clone()).await.code(),
        "not_found"
    );
    hub.lead("report_publish", walk());
    assert_eq!(pulled(&support, "action").await, [of_walk.to_string()]);
    let page = support.rpc("action_get", asked_for).await.body;
    assert_eq!(page["may_edit"], false);
    assert_eq!(page["line"]["steps"], json!([]));
    assert_eq!(page["shown"], json!([]), "what was seen is for leaders");
    assert_eq!(
        support.rpc("action_get", free).await.code(),
        "not_found",
        "an action that came from no report stays with its owner"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_an_action_names_nobody_but_its_owner_and_says_how_one_will_know() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for with in [
        json!({ "title": "Tove Garrick gives pupils more time" }),
        json!({ "success_criteria": "Garrick is seen to wait" }),
        json!({ "about": "What Garrick did" }),
        json!({ "success_criteria": "  " }),
        json!({ "title": "" }),
        json!({ "owner": made_up(9) }),
    ] {
        let asked = leader.rpc("action_put", asked(with.clone())).await;
        assert_eq!(asked.code(), "refused", "{with}");
    }
    let own = json!({ "title": "Tilde Farrow shows how boards are made" });
    assert!(leader.rpc("action_put", asked(own)).await.body["action"].is_string());

    let forged = |with: &[(&str, Value)]| {
        let mut fields = vec![
            ("title", json!("Boards in reach")),
            ("owner", json!(Cast::TEACHER)),
            ("due_on", json!("2026-12-01")),
            ("success_criteria", json!("Seen in most classes")),
        ];
        for (name, value) in with {
            fields.retain(|(other, _)| other != name);
            fields.push((name, value.clone()));
        }
        leader.record(&hub, made_up(81), "action", &fields)
    };
    for (with, code) in [
        (("title", json!("Garrick waits")), "text_names_staff"),
        (("footnote", json!("Garrick waits")), "text_names_staff"),
        (("success_criteria", json!(null)), "no_success_criteria"),
        (("owner", json!(null)), "action_incomplete"),
        (("due_on", json!(null)), "action_incomplete"),
        (("owner", json!(made_up(9))), "unknown_owner"),
        (("walk", json!(made_up(9))), "unknown_id"),
        (("state", json!("failed")), "wrong_value"),
    ] {
        let name = with.0;
        let sent = leader.push(&[forged(&[with])]).await;
        assert_eq!(sent.refused(0, name), code, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r15_a_walk_follows_an_action_up_and_leaders_see_before_and_after() {
    let hub = School::on_the_day().await;
    taught_apart(&hub);
    walked(&hub).await;
    let form = School::evidence_form(&hub);
    let made = hub.lead("action_put", asked(json!({ "template": form })));
    let next = WalkId::from_uuid(made_up(91));
    let view = hub.lead(
        "walk_put",
        json!({
            "walk": next, "name": "Spring walk", "focus": "Time to answer", "purpose": "",
            "template": form, "term": null, "classes": [], "observers": [],
            "follows": made["action"],
        }),
    );
    assert_eq!(view["follows"]["title"], "Boards in reach in every room");
    assert!(
        !view["follows"]["criterion_text"]
            .as_str()
            .unwrap()
            .is_empty()
    );
    let shown = |hub: &RunningHub| hub.lead("action_get", made.clone())["shown"].clone();
    assert_eq!(
        shown(&hub)[0]["found"],
        json!(null),
        "four classes are too few"
    );
    hub.lead("setting_put", json!({ "key": "suppression", "value": 4 }));
    let shown = shown(&hub);
    let found = json!({ "least": 3, "most": 4, "looked": 4, "classes": 4 });
    assert_eq!(shown[0]["found"], found);
    assert_eq!(
        (
            &shown[1]["walk"],
            &shown[1]["is_before"],
            &shown[1]["found"]
        ),
        (&json!(next), &json!(false), &json!(null))
    );
    let line = hub.lead("line_get", json!({ "year": null }));
    let walks = line["walks"].as_array().unwrap();
    assert_eq!(walks[0]["actions"][0]["action"], made["action"]);
    assert_eq!(walks[1]["follows"]["action"], made["action"]);
    let reader = hub.desk().store().read().unwrap();
    assert_eq!(reader.list(&Kind::Action).unwrap().len(), 1);
}
