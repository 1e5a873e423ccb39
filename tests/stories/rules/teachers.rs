//! R8 and R10: the record, the answer and the count of a visit belong to those who taught it, whoever has the class now.

use alongside_domain::{Kind, PersonId, RecordId, ReflectionId, ResponseId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::Duration;
use serde_json::{Value, json};

use super::{made_up, says, share, start, visited};
use crate::story::{finish, observe};

fn visit() -> Value {
    json!({ "visit": Cast::VISIT })
}

/// Gives Kestrel to another teacher.
fn taken_over(hub: &RunningHub) {
    hub.clock.set_true(School::visit_at() + Duration::hours(1));
    School::staff(hub, Cast::KESTREL, "Kestrel", Cast::OTHER_TEACHER);
}

/// Who the hub says taught Kestrel's visit.
fn taught_by(hub: &RunningHub) -> Vec<PersonId> {
    School::get(hub, Cast::VISIT).unwrap().ids("teachers")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_who_takes_a_class_over_reads_and_answers_none_of_its_old_records() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let edit = json!({ "what": "overall", "text": "Mine to answer" });
    let asked = json!({ "visit": Cast::VISIT, "edit": edit });
    teacher.rpc("response_write", asked.clone()).await;
    teacher.rpc("response_send", visit()).await;
    hub.lead("record_get", visit());
    taken_over(&hub);

    let next = Outsider::let_in(&hub, Cast::OTHER_TEACHER).await;
    let fed = next.pull().await;
    let about: Vec<&Value> = fed
        .iter()
        .filter(|record| record["fields"]["visit"]["value"] == json!(Cast::VISIT))
        .chain(
            fed.iter()
                .filter(|record| record["fields"]["of"]["value"] == json!(Cast::VISIT)),
        )
        .collect();
    assert!(about.is_empty(), "{about:?}");
    assert_eq!(next.rpc("record_get", visit()).await.code(), "not_found");
    assert_eq!(
        next.rpc("reflection_get", visit()).await.code(),
        "not_allowed"
    );
    let list = next.rpc("record_list", json!({})).await.body;
    assert!(!says(&list, &Cast::VISIT.to_string()), "{list}");
    let held = next
        .rpc("held_take", json!({ "format": "json" }))
        .await
        .body;
    assert!(
        !says(&held, "As it was") && !says(&held, "Mine to answer"),
        "{held}"
    );
    let coming = next.rpc("coming_list", json!({})).await.body;
    assert!(!says(&coming, &Cast::VISIT.to_string()), "{coming}");

    // Nor do they answer it, on the screen or by a changed client.
    assert_eq!(next.rpc("response_write", asked).await.code(), "refused");
    let own = [
        ("visit", json!(Cast::VISIT)),
        ("teacher", json!(Cast::OTHER_TEACHER)),
    ];
    let response = ResponseId::derive(Cast::VISIT, Cast::OTHER_TEACHER);
    let reflection = ReflectionId::derive(Cast::VISIT, Cast::OTHER_TEACHER);
    for (id, kind) in [
        (RecordId::from(response), "response"),
        (reflection.into(), "reflection"),
    ] {
        let answer = next.push(&[next.record(&hub, id, kind, &own)]).await;
        assert_eq!(answer.refused(0, "teacher"), "not_your_class", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_who_left_a_class_still_reads_answers_counts_and_takes_away_their_record() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    let device = Device::join(&hub, Cast::TEACHER).await;
    device.sync().await;
    taken_over(&hub);
    device.sync().await;
    // With no network, and at the hub.
    let record = device.tap("record_get", visit());
    assert!(says(&record, "As it was") && record["may_respond"] == true);
    let teacher = Outsider::on(&hub, &device);
    assert_eq!(
        teacher.rpc("reminder_list", json!({})).await.body["records_to_read"],
        1
    );
    let record = teacher.rpc("record_get", visit()).await.body;
    assert!(says(&record, "As it was"), "{record}");
    let list = teacher.rpc("record_list", json!({})).await.body;
    assert_eq!(list["records"][0]["visit"], json!(Cast::VISIT));
    assert_eq!(list["count"]["made"], 1);
    let held = teacher
        .rpc("held_take", json!({ "format": "json" }))
        .await
        .body;
    assert!(says(&held, "As it was"), "{held}");
    assert!(hub.desk().me(&device.actor).unwrap().is_teacher);

    let edit = json!({ "what": "overall", "text": "Answered from elsewhere" });
    device.tap(
        "response_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    );
    device.tap("response_send", visit());
    let edit = json!({ "what": "confirmed", "text": "That time helps" });
    device.tap(
        "reflection_write",
        json!({ "visit": Cast::VISIT, "edit": edit }),
    );
    device.sync().await;
    assert!(device.set_aside().is_empty(), "{:?}", device.set_aside());
    let record = hub.lead("record_get", visit());
    assert!(says(&record, "Answered from elsewhere"), "{record}");
    // Who has read it they still see.
    device.sync().await;
    assert!(says(
        &device.tap("record_get", visit())["read_by"],
        "Hesper Quill"
    ));
    hub.lead("review_make", json!({ "term": super::the_term(&hub) }));
    let asked = json!({ "term": super::the_term(&hub) });
    let review = teacher.rpc("review_get", asked).await.body;
    assert_eq!(review["kept"]["responses_offered"], 1, "{review}");
    assert_eq!(review["kept"]["responses_made"], 1, "{review}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_who_taught_a_visit_is_said_by_the_hub_alone() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let forged = |value: Value| leader.record(&hub, Cast::VISIT, "visit", &[("teachers", value)]);
    let others = json!([Cast::OTHER_TEACHER]);
    let answer = leader.push(&[forged(others.clone())]).await;
    assert_eq!(answer.refused(0, "teachers"), "hub_only");
    // With a visit of its own making, too.
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("class", json!(Cast::KESTREL)),
        ("starts_at", json!(School::visit_at() + Duration::days(9))),
        ("teachers", others.clone()),
    ];
    let sent = leader.record(&hub, made_up(401), "visit", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "teachers"),
        "hub_only"
    );

    visited(&hub).await;
    assert_eq!(taught_by(&hub), [Cast::TEACHER]);
    for value in [
        others,
        json!([]),
        json!(null),
        json!([Cast::TEACHER, Cast::LEADER]),
    ] {
        let answer = leader.push(&[forged(value.clone())]).await;
        assert_eq!(answer.refused(0, "teachers"), "hub_only", "{value}");
    }
    assert_eq!(taught_by(&hub), [Cast::TEACHER]);
    // Everyone's copy says so, and the log that the hub did.
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    let copy = ansa.get(Cast::VISIT).unwrap();
    assert_eq!(copy.ids::<PersonId>("teachers"), [Cast::TEACHER]);
    let log = hub.lead(
        "log_list",
        json!({ "before": null, "person": null, "act": null }),
    );
    assert!(
        says(&log, "The hub noted who taught the visit to Kestrel"),
        "{log}"
    );
    // A second observer who begins later changes nothing of it.
    taken_over(&hub);
    let bram = Outsider::let_in(&hub, Cast::BRAM).await;
    bram.push(&[start(&hub, &bram, Cast::VISIT, Cast::BRAM)])
        .await;
    assert_eq!(taught_by(&hub), [Cast::TEACHER]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_a_tablet_that_comes_home_late_brings_the_record_to_who_taught_the_lesson() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "While she taught it");
    finish(&ansa);
    taken_over(&hub);
    ansa.sync().await;
    assert_eq!(taught_by(&hub), [Cast::TEACHER]);
    share(&hub);
    let next = Outsider::let_in(&hub, Cast::OTHER_TEACHER).await;
    assert_eq!(next.rpc("record_get", visit()).await.code(), "not_found");
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    assert!(says(
        &teacher.rpc("record_get", visit()).await.body,
        "While she taught it"
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r8_a_visit_that_has_not_begun_is_that_of_the_teachers_now() {
    let hub = School::on_the_day().await;
    School::staff(&hub, Cast::KESTREL, "Kestrel", Cast::OTHER_TEACHER);
    for (person, is_theirs) in [(Cast::TEACHER, false), (Cast::OTHER_TEACHER, true)] {
        let client = Outsider::let_in(&hub, person).await;
        let coming = client.rpc("coming_list", json!({})).await.body;
        assert_eq!(
            says(&coming, &Cast::VISIT.to_string()),
            is_theirs,
            "{coming}"
        );
    }
    visited(&hub).await;
    assert_eq!(taught_by(&hub), [Cast::OTHER_TEACHER]);
    // A class that nobody is down for leaves nobody out by an empty list.
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let nobody = [("teachers", json!([]))];
    leader
        .push(&[leader.record(&hub, Cast::KESTREL, "class", &nobody)])
        .await;
    visited(&hub).await;
    share(&hub);
    hub.clock.pass(1_000);
    School::staff(&hub, Cast::KESTREL, "Kestrel", Cast::TEACHER);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    assert!(says(
        &teacher.rpc("record_get", visit()).await.body,
        "As it was"
    ));
    let held: Vec<String> = teacher
        .pull()
        .await
        .iter()
        .map(|record| record["kind"].as_str().unwrap().to_owned())
        .collect();
    assert!(held.contains(&Kind::Observation.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r10_a_visit_counts_for_who_taught_it_and_goes_along_to_their_next_class() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    taken_over(&hub);
    // Whoever took the class over has the one visit of their own.
    let year = hub.lead("year_get", json!({ "year": null }));
    let classes = year["counts"]["classes"].as_array().unwrap();
    let kestrel = classes
        .iter()
        .find(|class| class["class"] == "Kestrel")
        .unwrap();
    assert_eq!(kestrel["teachers"][0]["name"], "Tove Garrick");
    assert_eq!(kestrel["teachers"][0]["visits"], 1, "{year}");
    // Whoever left it takes theirs along: two more, and no third.
    let plover = RecordId::from_uuid(made_up(402)).into();
    School::staff(&hub, plover, "Plover", Cast::TEACHER);
    for days in [20, 30] {
        hub.lead("visit_put", super::another(plover, days, &[Cast::HEAD]));
    }
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("class", json!(plover)),
        ("starts_at", json!(School::visit_at() + Duration::days(40))),
    ];
    let sent = leader.record(&hub, made_up(403), "visit", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "class"),
        "yearly_maximum"
    );
}
