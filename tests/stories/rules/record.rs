//! R8 and R12: the teachers read every word about their lesson, in time by the hub's clock, and their answer stays theirs.

use alongside_domain::{Kind, ObservationId, PersonId, Stamp};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::Duration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, made_up, says, share, start, visited};
use crate::story::{finish, observe, write};

fn visit() -> Value {
    json!({ "visit": Cast::VISIT })
}

/// A record in somebody's feed, as it came.
async fn fed(client: &Outsider, id: impl std::fmt::Display) -> Option<Value> {
    let id = json!(id.to_string());
    client
        .pull()
        .await
        .into_iter()
        .find(|record| record["id"] == id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_every_word_about_a_lesson_reaches_its_teacher_known_to_this_version_or_not() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    // Under names that no form has, and no version knows.
    let notes = [
        ("comments.for_leaders_only", json!("Hidden one")),
        ("marks.for_leaders_only", json!("not_seen")),
        ("private", json!("Hidden two")),
        ("note.to_head", json!({ "text": "Hidden three" })),
        ("went_well", json!("Hidden four")),
        ("pupils_note", json!("Hidden five")),
        ("overall", json!("In the open")),
    ];
    let sent = ansa.record(&hub, Cast::of_ansa(), "observation", &notes);
    ansa.push(&[sent]).await;
    let done = [("finished_at", json!(hub.clock.true_now()))];
    ansa.push(&[ansa.record(&hub, Cast::of_ansa(), "observation", &done)])
        .await;
    // In a kind of its own it does not come in at all.
    let secret = ansa.record(&hub, made_up(301), "note", &[("text", json!("Hidden six"))]);
    assert_eq!(
        ansa.push(&[secret]).await.refused(0, "text"),
        "unknown_kind"
    );
    share(&hub);

    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let held = School::get(&hub, Cast::of_ansa()).unwrap();
    let fed = fed(&teacher, Cast::of_ansa()).await.unwrap();
    for (name, field) in &held.fields {
        assert_eq!(fed["fields"][name]["value"], field.value, "{name}");
    }
    // And on the page, where the teacher reads it.
    let page = teacher.rpc("record_get", visit()).await.body;
    for word in ["one", "two", "three", "four", "five"] {
        let word = format!("Hidden {word}");
        assert!(says(&page, &word), "{word} is not on the page: {page}");
    }
    assert!(says(&page, "for_leaders_only"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_words_that_leaders_put_beside_a_record_reach_its_teacher_too() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let note = [("note", json!("Between leaders"))];
    for (record, kind) in [
        (Cast::share().to_string(), "share"),
        (Cast::VISIT.to_string(), "visit"),
        (Cast::KESTREL.to_string(), "class"),
    ] {
        leader
            .push(&[leader.record(&hub, &record, kind, &note)])
            .await;
        let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
        let held = fed(&teacher, &record).await.unwrap();
        assert_eq!(held["fields"]["note"]["value"], "Between leaders", "{kind}");
    }
    // What a leader says of having read it goes to the teacher, as the reading does.
    let own = alongside_domain::AcknowledgementId::derive(Cast::VISIT.into(), Cast::LEADER);
    let fields = [
        ("of", json!(Cast::VISIT)),
        ("person", json!(Cast::LEADER)),
        ("at", json!(hub.clock.true_now())),
        ("note", json!("Between leaders")),
    ];
    leader
        .push(&[leader.record(&hub, own, "acknowledgement", &fields)])
        .await;
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let held = fed(&teacher, own).await.unwrap();
    assert_eq!(held["fields"]["note"]["value"], "Between leaders");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_an_observation_left_open_after_sharing_is_no_place_to_hide() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    // Bram begins when the record is out, and never finishes.
    let bram = Outsider::let_in(&hub, Cast::BRAM).await;
    bram.push(&[start(&hub, &bram, Cast::VISIT, Cast::BRAM)])
        .await;
    let note = [("overall", json!("For leaders"))];
    bram.push(&[bram.record(&hub, Cast::of_bram(), "observation", &note)])
        .await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let own = ObservationId::derive(Cast::VISIT, Cast::BRAM);
    assert_eq!(
        fed(&leader, own).await.is_some(),
        fed(&teacher, own).await.is_some(),
        "what leaders read of a shared record, its teacher reads"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_a_finished_observation_is_corrected_for_a_time_and_then_only_added_to() {
    let hub = School::on_the_day().await;
    let ansa = visited(&hub).await;
    hub.clock.pass(14 * 60_000);
    write(
        &ansa,
        json!({ "what": "comment", "section": "communication", "text": "Tidied up" }),
    );
    ansa.sync().await;
    assert_eq!(
        School::get(&hub, Cast::of_ansa())
            .unwrap()
            .text("comments.communication"),
        "Tidied up"
    );
    hub.clock.pass(2 * 60_000);
    let edit = json!({ "what": "mark", "criterion": "aids", "mark": "not_seen" });
    let asked = json!({ "visit": Cast::VISIT, "edit": edit });
    assert_eq!(
        ansa.refusal("observation_write", asked),
        alongside_api::Code::Refused
    );
    let outsider = Outsider::on(&hub, &ansa);
    let late = [("comments.communication", json!("Rewritten"))];
    let sent = outsider.record(&hub, Cast::of_ansa(), "observation", &late);
    assert_eq!(
        outsider
            .push(&[sent])
            .await
            .refused(0, "comments.communication"),
        "observation_finished"
    );
    write(
        &ansa,
        json!({ "what": "addition", "entry": "a1", "text": "I should have said more" }),
    );
    ansa.sync().await;
    share(&hub);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let page = teacher.rpc("record_get", visit()).await.body;
    assert_eq!(page["additions"][0]["text"], "I should have said more");
    assert_eq!(page["additions"][0]["by"], "Ansa Whitlow");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_nothing_changes_under_a_record_that_was_shared_not_even_with_an_old_stamp() {
    let hub = School::on_the_day().await;
    let device = visited(&hub).await;
    share(&hub);
    hub.clock.pass(60_000);
    let ansa = Outsider::on(&hub, &device);
    // Within the time to tidy up, but shared: what was read stays as it was read.
    let fields = [
        ("overall", json!("Worse than I said")),
        ("marks.aids", json!("not_seen")),
    ];
    let sent = ansa.record(&hub, Cast::of_ansa(), "observation", &fields);
    let answer = ansa.push(&[sent]).await;
    assert_eq!(answer.refused(0, "overall"), "observation_finished");
    assert_eq!(answer.refused(0, "marks.aids"), "observation_finished");
    // As if it had been written during the visit.
    let during = School::visit_at() - Duration::minutes(5);
    let old = Stamp::new(
        u64::try_from(during.timestamp_millis()).unwrap(),
        7,
        ansa.device.tail(),
    );
    let mut sent = ansa.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[("overall", json!("Worse than I said"))],
    );
    sent["fields"]["overall"]["stamp"] = json!(old.to_string());
    assert_eq!(
        ansa.push(&[sent]).await.refused(0, "overall"),
        "observation_finished"
    );
    let held = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!(
        (held.text("overall"), held.value("marks.aids")),
        ("", Some(&json!("seen")))
    );
    // What was sent before is still accepted when it comes again.
    let again = &held.fields["marks.aids"];
    let sent = json!({
        "id": Cast::of_ansa(), "kind": "observation",
        "fields": { "marks.aids": { "value": again.value, "stamp": again.stamp } },
    });
    assert_eq!(ansa.push(&[sent]).await.accepted(0), ["marks.aids"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_the_teachers_answer_is_changed_and_removed_by_nobody_else() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let edit = json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "I see it otherwise" } });
    teacher.rpc("response_write", edit).await;
    assert_eq!(
        teacher.rpc("response_send", visit()).await.status,
        StatusCode::OK
    );
    for person in EVERYONE.into_iter().filter(|one| *one != Cast::TEACHER) {
        let client = Outsider::let_in(&hub, person).await;
        for value in [json!("I agree with all of it"), json!(null), json!("")] {
            let fields = [
                ("overall", value.clone()),
                ("sent_at", json!(null)),
                ("teacher", json!(person)),
                ("visit", json!(Cast::OTHER_VISIT)),
            ];
            let sent = client.record(&hub, Cast::response(), "response", &fields);
            let answer = client.push(&[sent]).await;
            for (field, _) in &fields {
                answer.refused(0, field);
            }
        }
        let edit = json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "" } });
        let answer = client.rpc("response_write", edit).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
    }
    let held = School::get(&hub, Cast::response()).unwrap();
    assert_eq!(held.text("overall"), "I see it otherwise");
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let page = leader.rpc("record_get", visit()).await.body;
    assert_eq!(page["responses"][0]["overall"], "I see it otherwise");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_a_reflection_is_read_by_nobody_whom_its_teacher_does_not_let() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    for edit in [
        json!({ "what": "change", "text": "Only for myself" }),
        json!({ "what": "readers", "people": [Cast::SUPPORT] }),
    ] {
        let asked = json!({ "visit": Cast::VISIT, "edit": edit });
        assert_eq!(
            teacher.rpc("reflection_write", asked).await.status,
            StatusCode::OK
        );
    }
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let may_read = person == Cast::TEACHER || person == Cast::SUPPORT;
        let pulled = json!(client.pull().await);
        assert_eq!(says(&pulled, "Only for myself"), may_read, "{person}");
        let listed = client.rpc("reflection_list", json!({})).await.body;
        assert_eq!(says(&listed, "Only for myself"), person == Cast::SUPPORT);
        let record = client.rpc("record_get", visit()).await.body;
        assert!(!says(&record, "Only for myself"), "{person}");
        if person != Cast::TEACHER {
            let fields = [("readers", json!([person])), ("change", json!("Made up"))];
            let own = alongside_domain::ReflectionId::derive(Cast::VISIT, Cast::TEACHER);
            let sent = client.record(&hub, own, "reflection", &fields);
            assert_eq!(
                client.push(&[sent]).await.refused(0, "readers"),
                "not_yours"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_an_unfinished_record_is_not_shared_and_a_shared_one_is_not_taken_back() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Half");
    ansa.sync().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let asked = json!({ "visit": Cast::VISIT, "talked": false });
    assert_eq!(
        leader.rpc("record_share", asked.clone()).await.code(),
        "refused"
    );
    finish(&ansa);
    ansa.sync().await;
    assert_eq!(
        leader.rpc("record_share", asked).await.status,
        StatusCode::OK
    );
    for fields in [
        [("shared_at", json!(null))],
        [("visit", json!(Cast::OTHER_VISIT))],
    ] {
        let sent = leader.record(&hub, Cast::share(), "share", &fields);
        leader.push(&[sent]).await.refused(0, fields[0].0);
    }
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    assert_eq!(
        teacher.rpc("record_get", visit()).await.status,
        StatusCode::OK
    );
}

/// The hub's clock as hours since Kestrel's visit ended.
fn hours(hub: &RunningHub, hours: i64) {
    hub.clock
        .set_true(School::visit_at() - Duration::minutes(5) + Duration::hours(hours));
}

/// Where the record of Kestrel's visit stands, on somebody's list.
async fn standing(hub: &RunningHub, person: PersonId) -> String {
    let client = Outsider::let_in(hub, person).await;
    let answer = match person == Cast::TEACHER {
        true => client.rpc("record_list", json!({})).await.body["records"][0]["state"].clone(),
        false => {
            let asked = json!({ "walk": Cast::WALK });
            let walk = client.rpc("walk_get", asked).await.body;
            let lines = walk["visits"].as_array().unwrap().clone();
            let line = lines
                .iter()
                .find(|line| line["card"]["visit"] == json!(Cast::VISIT));
            line.unwrap()["record"].clone()
        }
    };
    answer.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_the_sharing_clock_runs_at_the_hub_for_leaders_and_teacher_alike() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    for (after, expected) in [
        (1, "waiting"),
        (23, "waiting"),
        (25, "due"),
        (49, "overdue"),
    ] {
        hours(&hub, after);
        for person in [Cast::TEACHER, Cast::LEADER] {
            assert_eq!(standing(&hub, person).await, expected, "{after} {person}");
        }
    }
    let reminded = hub.lead("reminder_list", json!({}));
    assert_eq!(
        (&reminded["due"], &reminded["overdue"]),
        (&json!(0), &json!(1))
    );
    for name in ["Tilde", "Farrow", "Kestrel"] {
        assert!(
            !says(&reminded, name),
            "no names on a lock screen: {reminded}"
        );
    }
    share(&hub);
    assert_eq!(standing(&hub, Cast::LEADER).await, "shared");
    let record = hub.lead("record_get", visit());
    assert_eq!(record["shared_after_hours"], 49);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_sharing_late_cannot_be_dated_back() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    hours(&hub, 100);
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let in_time = School::visit_at() + Duration::hours(3);
    let fields = [("visit", json!(Cast::VISIT)), ("shared_at", json!(in_time))];
    let mut sent = leader.record(&hub, Cast::share(), "share", &fields);
    let old = Stamp::new(
        u64::try_from(in_time.timestamp_millis()).unwrap(),
        0,
        leader.device.tail(),
    );
    for name in ["visit", "shared_at"] {
        sent["fields"][name]["stamp"] = json!(old.to_string());
    }
    leader.push(&[sent]).await;
    // Whatever became of it, nobody is told that it was shared in time.
    hub.lead("review_make", json!({ "term": super::the_term(&hub) }));
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let review = teacher
        .rpc("review_get", json!({ "term": super::the_term(&hub) }))
        .await
        .body;
    assert_eq!(review["kept"]["shared_in_time"], 0, "{review}");
    let answer = teacher.rpc("record_get", visit()).await;
    if answer.status == StatusCode::OK {
        let hours = answer.body["shared_after_hours"].as_i64().unwrap();
        assert!(hours >= 99, "the record says {hours} hours");
    }
    assert!(School::get(&hub, Cast::share()).is_none_or(|share| share.kind == Kind::Share));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r12_pressing_finish_late_does_not_stop_the_clock() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "Left open");
    ansa.sync().await;
    hours(&hub, 60);
    assert_eq!(standing(&hub, Cast::TEACHER).await, "overdue");
    finish(&ansa);
    ansa.sync().await;
    for person in [Cast::TEACHER, Cast::LEADER] {
        assert_eq!(standing(&hub, person).await, "overdue");
    }
    share(&hub);
    let record = hub.lead("record_get", visit());
    assert!(
        record["shared_after_hours"].as_i64().unwrap() >= 59,
        "{record}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_shared_before_its_visit_was_planned_to_end_is_on_its_teachers_list() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    assert!(hub.clock.true_now() < School::visit_at());
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let list = teacher.rpc("record_list", json!({})).await.body;
    assert_eq!(list["records"][0]["visit"], json!(Cast::VISIT), "{list}");
}
