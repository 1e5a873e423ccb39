//! What a changed client may try through the doors that are open to it, and that each try is refused with its code and
//! a sentence, while all else in the same sync counts.

use alongside_domain::{DeviceId, RecordId, ResponseId, ShareId};
use alongside_sync::wire::PairDevice;
use alongside_sync::{Exchange as _, HttpHub, HubAddress, PairRequest, SyncError};
use alongside_tests::{Answered, Cast, Device, Outsider, RunningHub, School, id};
use chrono::Duration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::story::{finish, observe};

/// What an honest start of a visit writes.
fn start(hub: &RunningHub, client: &Outsider, observer: alongside_domain::PersonId) -> Value {
    let own = alongside_domain::ObservationId::derive(Cast::VISIT, observer);
    let fields = [
        ("visit", json!(Cast::VISIT)),
        ("observer", json!(observer)),
        ("started_at", json!(hub.clock.true_now())),
    ];
    client.record(hub, own, "observation", &fields)
}

/// Pushes `bad` between two good writings of Ansa's and checks that both count.
async fn amid_good_ones(hub: &RunningHub, ansa: &Outsider, bad: Value) -> Answered {
    let before = start(hub, ansa, Cast::ANSA);
    let after = ansa.record(
        hub,
        Cast::of_ansa(),
        "observation",
        &[("overall", json!("Good"))],
    );
    let answer = ansa.push(&[before, bad, after]).await;
    assert!(!answer.accepted(0).is_empty(), "{answer:?}");
    assert_eq!(answer.accepted(2), ["overall"]);
    assert_eq!(
        School::get(hub, Cast::of_ansa()).unwrap().text("overall"),
        "Good"
    );
    answer
}

/// A hub with a finished visit of Ansa's.
async fn finished() -> (RunningHub, Device) {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    observe(&ansa, "seen", "As it was");
    finish(&ansa);
    ansa.sync().await;
    (hub, ansa)
}

fn share(hub: &RunningHub) {
    hub.lead(
        "record_share",
        json!({ "visit": Cast::VISIT, "talked": false }),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_field_leaves_the_others_accepted() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::ANSA)]).await;
    let mixed = ansa.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[
            ("marks.aids", json!("seen")),
            ("marks.zones", json!("excellent")),
            ("observer", json!(Cast::BRAM)),
            ("overall", json!("Kept")),
        ],
    );
    let answer = ansa.push(&[mixed]).await;
    assert_eq!(answer.accepted(0), ["marks.aids", "overall"]);
    assert_eq!(answer.refused(0, "marks.zones"), "wrong_value");
    assert_eq!(answer.refused(0, "observer"), "fixed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_observer_is_refused() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let in_brams_name = start(&hub, &ansa, Cast::BRAM);
    let answer = amid_good_ones(&hub, &ansa, in_brams_name).await;
    for field in ["visit", "observer", "started_at"] {
        assert_eq!(answer.refused(1, field), "not_yours");
    }
    assert_eq!(School::get(&hub, Cast::of_bram()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing_into_anothers_observation_is_refused_to_everyone() {
    let hub = School::on_the_day().await;
    let bram = Device::join(&hub, Cast::BRAM).await;
    bram.sync().await;
    observe(&bram, "seen", "Bram's own");
    bram.sync().await;
    for person in [
        Cast::ANSA,
        Cast::HEAD,
        Cast::LEADER,
        Cast::TEACHER,
        Cast::SUPPORT,
    ] {
        let client = Outsider::let_in(&hub, person).await;
        let fields = [
            ("marks.aids", json!("not_seen")),
            ("comments.communication", json!(null)),
        ];
        let answer = client
            .push(&[client.record(&hub, Cast::of_bram(), "observation", &fields)])
            .await;
        assert_eq!(answer.refused(0, "marks.aids"), "not_yours");
        assert_eq!(answer.refused(0, "comments.communication"), "not_yours");
    }
    let record = School::get(&hub, Cast::of_bram()).unwrap();
    assert_eq!(record.text("comments.communication"), "Bram's own");
    assert_eq!(record.value("marks.aids"), Some(&json!("seen")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observation_under_an_id_that_is_not_derived_is_refused() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let mut second = start(&hub, &ansa, Cast::ANSA);
    second["id"] = json!(id(6_001));
    let answer = amid_good_ones(&hub, &ansa, second).await;
    assert_eq!(answer.refused(1, "started_at"), "not_yours");
    assert_eq!(School::get(&hub, RecordId::from_uuid(id(6_001))), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_is_not_there_or_not_theirs_to_plan_is_refused() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let mut nowhere = start(&hub, &ansa, Cast::ANSA);
    nowhere["id"] = json!(id(6_002));
    nowhere["fields"]["visit"]["value"] = json!(id(6_003));
    let answer = amid_good_ones(&hub, &ansa, nowhere).await;
    assert_eq!(answer.refused(1, "visit"), "unknown_id");

    let fields = [
        ("walk", json!(Cast::WALK)),
        ("class", json!(Cast::HERON)),
        ("starts_at", json!(School::visit_at())),
        ("observers", json!([Cast::ANSA])),
    ];
    let forged = ansa.record(&hub, id(6_004), "visit", &fields);
    assert_eq!(
        ansa.push(&[forged]).await.refused(0, "observers"),
        "not_a_leader"
    );
    assert_eq!(School::get(&hub, RecordId::from_uuid(id(6_004))), None);
    let asked = School::visit(Cast::VISIT, Cast::HERON, School::visit_at(), &[Cast::ANSA]);
    let answer = ansa.rpc("visit_put", asked).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::FORBIDDEN, "not_allowed")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_themselves_a_role() {
    let hub = School::on_the_day().await;
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    for role in ["leader", "head", "teacher"] {
        let forged = support.record(&hub, Cast::SUPPORT, "person", &[("roles", json!([role]))]);
        assert_eq!(
            support.push(&[forged]).await.refused(0, "roles"),
            "not_a_leader"
        );
    }
    let asked = json!({ "person": Cast::SUPPORT, "name": "Sunna Peverel", "roles": ["leader"], "is_active": true });
    assert_eq!(support.rpc("person_put", asked).await.code(), "not_allowed");

    // In one sync with what only a leader may do: the one refused does not open the door for the other.
    let roles = support.record(
        &hub,
        Cast::SUPPORT,
        "person",
        &[("roles", json!(["leader"]))],
    );
    let class = support.record(
        &hub,
        Cast::HERON,
        "class",
        &[("teachers", json!([Cast::SUPPORT]))],
    );
    let answer = support.push(&[roles, class]).await;
    assert_eq!(answer.refused(1, "teachers"), "not_a_leader");

    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let crowned = leader.record(&hub, Cast::LEADER, "person", &[("roles", json!(["head"]))]);
    assert_eq!(
        leader.push(&[crowned]).await.refused(0, "roles"),
        "not_the_head"
    );
    let ousted = leader.record(&hub, Cast::HEAD, "person", &[("is_active", json!(false))]);
    assert_eq!(
        leader.push(&[ousted]).await.refused(0, "is_active"),
        "not_the_head"
    );
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let no_such = head.record(
        &hub,
        Cast::SUPPORT,
        "person",
        &[("roles", json!(["emperor"]))],
    );
    assert_eq!(
        head.push(&[no_such]).await.refused(0, "roles"),
        "wrong_value"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_teacher_cannot_write_an_observation_of_their_own_lesson() {
    let hub = School::on_the_day().await;
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let answer = teacher.push(&[start(&hub, &teacher, Cast::TEACHER)]).await;
    assert_eq!(answer.refused(0, "started_at"), "not_observer");
    let asked = json!({ "visit": Cast::VISIT });
    assert_eq!(
        teacher.rpc("visit_start", asked.clone()).await.code(),
        "refused"
    );
    assert_eq!(teacher.rpc("visit_get", asked).await.code(), "not_allowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unshared_record_is_not_there_for_its_teacher_by_any_door() {
    let (hub, _ansa) = finished().await;
    for person in [Cast::TEACHER, Cast::OTHER_TEACHER, Cast::SUPPORT] {
        let client = Outsider::let_in(&hub, person).await;
        let answer = client
            .rpc("record_get", json!({ "visit": Cast::VISIT }))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (StatusCode::NOT_FOUND, "not_found")
        );
        let pulled = client.pull().await;
        assert!(!pulled.is_empty());
        for record in &pulled {
            let kind = record["kind"].as_str().unwrap();
            assert!(
                !["observation", "share", "response"].contains(&kind),
                "{record}"
            );
        }
        assert!(!json!(pulled).to_string().contains("As it was"));
        for command in ["record_list", "coming_list", "day_list", "school_get"] {
            let answer = client.rpc(command, json!({})).await;
            assert_eq!(answer.status, StatusCode::OK, "{command} {answer:?}");
            assert!(!answer.body.to_string().contains("As it was"), "{command}");
        }
        for command in ["walk_list", "device_list"] {
            assert_eq!(client.rpc(command, json!({})).await.code(), "not_allowed");
        }
        assert_eq!(
            client
                .rpc("walk_get", json!({ "walk": Cast::WALK }))
                .await
                .code(),
            "not_allowed"
        );
        let tried = client.record(
            &hub,
            ResponseId::derive(Cast::VISIT, person),
            "response",
            &[
                ("visit", json!(Cast::VISIT)),
                ("teacher", json!(person)),
                ("overall", json!("?")),
            ],
        );
        let expected = if person == Cast::TEACHER {
            "not_shared"
        } else {
            "not_your_class"
        };
        assert_eq!(client.push(&[tried]).await.refused(0, "overall"), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_teacher_writes_the_response_and_a_sent_one_stays_sent() {
    let (hub, ansa) = finished().await;
    share(&hub);
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let visit = json!({ "visit": Cast::VISIT });
    let edit = json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "Mine" } });
    assert_eq!(
        teacher.rpc("response_write", edit).await.status,
        StatusCode::OK
    );
    for person in [Cast::HEAD, Cast::LEADER, Cast::BRAM] {
        let client = Outsider::let_in(&hub, person).await;
        let record = client.rpc("record_get", visit.clone()).await;
        assert_eq!(
            record.body["responses"],
            json!([]),
            "a draft is nobody else's: {record:?}"
        );
    }
    assert_eq!(
        teacher.rpc("response_send", visit).await.status,
        StatusCode::OK
    );

    for person in [
        Cast::ANSA,
        Cast::HEAD,
        Cast::LEADER,
        Cast::OTHER_TEACHER,
        Cast::SUPPORT,
    ] {
        let client = Outsider::let_in(&hub, person).await;
        let fields = [("overall", json!("Not mine")), ("sent_at", json!(null))];
        let answer = client
            .push(&[client.record(&hub, Cast::response(), "response", &fields)])
            .await;
        assert_eq!(answer.refused(0, "overall"), "not_yours");
        assert_eq!(answer.refused(0, "sent_at"), "not_yours");
    }
    let unsent = teacher.record(
        &hub,
        Cast::response(),
        "response",
        &[("sent_at", json!(null))],
    );
    assert_eq!(
        teacher.push(&[unsent]).await.refused(0, "sent_at"),
        "already_finished"
    );
    let moved = teacher.record(
        &hub,
        Cast::response(),
        "response",
        &[("visit", json!(Cast::OTHER_VISIT))],
    );
    assert_eq!(teacher.push(&[moved]).await.refused(0, "visit"), "fixed");
    let record = School::get(&hub, Cast::response()).unwrap();
    assert_eq!(record.text("overall"), "Mine");
    assert_eq!(record.id::<RecordId>("visit"), Some(Cast::VISIT.into()));
    drop(ansa);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_valid_notice_is_refused_at_the_hub() {
    let hub = RunningHub::start().await;
    School::found(&hub);
    School::plan(&hub);
    hub.clock.set_true(School::visit_at());
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let refused = async || {
        let answer = ansa.push(&[start(&hub, &ansa, Cast::ANSA)]).await;
        answer.refused(0, "started_at").to_owned()
    };
    assert_eq!(refused().await, "no_notice");
    assert_eq!(
        ansa.rpc("visit_start", json!({ "visit": Cast::VISIT }))
            .await
            .code(),
        "refused",
        "by the screen too"
    );

    hub.clock.set_true(School::visit_at() - Duration::days(3));
    hub.lead("notice_give", json!({ "walk": Cast::WALK }));
    hub.clock.set_true(School::visit_at());
    assert_eq!(refused().await, "notice_too_young");

    // Notice that claims to have been given long ago did not reach anybody then.
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("focus", json!("Time to answer")),
        ("given_at", json!(School::visit_at() - Duration::days(9))),
    ];
    let late = leader.record(&hub, id(6_011), "notice", &fields);
    assert!(leader.push(&[late]).await.accepted(0).contains(&"given_at"));
    assert_eq!(refused().await, "notice_too_young");

    // Nor does a start that claims another day, or a day to come.
    let mut moved = start(&hub, &ansa, Cast::ANSA);
    moved["fields"]["started_at"]["value"] = json!(School::visit_at() - Duration::days(1));
    assert_eq!(
        ansa.push(&[moved.clone()]).await.refused(0, "started_at"),
        "notice_too_young"
    );
    moved["fields"]["started_at"]["value"] = json!(School::visit_at() + Duration::days(8));
    let code = ansa
        .push(&[moved])
        .await
        .refused(0, "started_at")
        .to_owned();
    assert!(
        ["day_passed", "time_ahead"].contains(&code.as_str()),
        "{code}"
    );
    assert_eq!(School::get(&hub, Cast::of_ansa()), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_changes_after_notice_starts_the_clock_again() {
    let hub = School::on_the_day().await;
    let asked = School::visit(
        Cast::VISIT,
        Cast::KESTREL,
        School::visit_at() + Duration::minutes(30),
        &[Cast::ANSA, Cast::BRAM],
    );
    hub.lead("visit_put", asked);
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let answer = ansa.push(&[start(&hub, &ansa, Cast::ANSA)]).await;
    assert_eq!(answer.refused(0, "started_at"), "no_notice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_that_was_given_stays_as_it_is() {
    let hub = School::on_the_day().await;
    let reader = hub.desk().store().read().unwrap();
    let notice = reader
        .list(&alongside_domain::Kind::Notice)
        .unwrap()
        .remove(0);
    drop(reader);
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [
        ("given_at", json!("2026-01-01T00:00:00Z")),
        ("focus", json!("Another")),
    ];
    let answer = leader
        .push(&[leader.record(&hub, notice.id, "notice", &fields)])
        .await;
    assert_eq!(answer.refused(0, "given_at"), "notice_given");
    assert_eq!(answer.refused(0, "focus"), "notice_given");
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    let own = support.record(&hub, id(6_012), "notice", &[("walk", json!(Cast::WALK))]);
    assert_eq!(
        support.push(&[own]).await.refused(0, "walk"),
        "not_a_leader"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_observer_is_refused_at_the_hub() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let three = json!([Cast::ANSA, Cast::BRAM, Cast::LEADER]);
    let fields = [("observers", three.clone()), ("subject", json!("Music"))];
    let answer = leader
        .push(&[leader.record(&hub, Cast::VISIT, "visit", &fields)])
        .await;
    assert_eq!(answer.refused(0, "observers"), "wrong_value");
    assert_eq!(
        answer.accepted(0),
        ["subject"],
        "and the rest of the record counts"
    );
    let mut asked = School::visit(Cast::VISIT, Cast::KESTREL, School::visit_at(), &[]);
    asked["observers"] = three;
    let answer = leader.rpc("visit_put", asked).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::CONFLICT, "refused")
    );

    let twice = json!([Cast::ANSA, Cast::ANSA]);
    let answer = leader
        .push(&[leader.record(&hub, Cast::VISIT, "visit", &[("observers", twice)])])
        .await;
    assert_eq!(answer.refused(0, "observers"), "wrong_value");
    let observers = School::get(&hub, Cast::VISIT)
        .unwrap()
        .ids::<RecordId>("observers");
    assert_eq!(observers, [Cast::ANSA.into(), Cast::BRAM.into()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_focus_that_names_a_member_of_staff_is_refused() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for focus in [
        "How Tilde Farrow asks questions",
        "Behaviour in Farrow's class",
        "tilde farrow",
    ] {
        let fields = [("focus", json!(focus)), ("purpose", json!("Because."))];
        let named = leader.record(&hub, Cast::WALK, "walk", &fields);
        let good = leader.record(
            &hub,
            Cast::HERON,
            "class",
            &[("year_group", json!("Year 5"))],
        );
        let answer = leader.push(&[named, good]).await;
        assert_eq!(answer.refused(0, "focus"), "focus_names_staff");
        assert_eq!(answer.accepted(0), ["purpose"]);
        assert_eq!(answer.accepted(1), ["year_group"]);
        let asked = json!({
            "walk": null, "name": "Spring walk", "focus": focus, "purpose": "",
            "template": School::evidence_form(&hub), "term": null, "classes": [], "observers": [],
        });
        assert_eq!(leader.rpc("walk_put", asked).await.code(), "refused");
    }
    assert_eq!(
        School::get(&hub, Cast::WALK).unwrap().text("focus"),
        "Time to answer"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finished_observation_stays_finished_and_as_it_is() {
    let (hub, device) = finished().await;
    let ansa = Outsider::on(&hub, &device);
    hub.clock.pass(16 * 60_000);
    let later = json!(hub.clock.true_now());
    for (value, name) in [(json!(null), "taken back"), (later, "moved")] {
        let again = ansa.record(
            &hub,
            Cast::of_ansa(),
            "observation",
            &[("finished_at", value)],
        );
        let answer = ansa.push(&[again]).await;
        assert_eq!(
            answer.refused(0, "finished_at"),
            "already_finished",
            "{name}"
        );
    }
    let fields = [
        ("marks.aids", json!("not_seen")),
        ("comments.communication", json!(null)),
        ("went_well.new", json!("A late thought")),
        ("started_at", json!(null)),
    ];
    let answer = ansa
        .push(&[ansa.record(&hub, Cast::of_ansa(), "observation", &fields)])
        .await;
    for field in ["marks.aids", "comments.communication", "went_well.new"] {
        assert_eq!(answer.refused(0, field), "observation_finished");
    }
    answer.refused(0, "started_at");
    let asked = json!({
        "visit": Cast::VISIT,
        "edit": { "what": "mark", "criterion": "aids", "mark": null },
    });
    assert_eq!(ansa.rpc("observation_write", asked).await.code(), "refused");
    let record = School::get(&hub, Cast::of_ansa()).unwrap();
    assert_eq!(record.text("comments.communication"), "As it was");
    assert_eq!(record.value("marks.aids"), Some(&json!("seen")));
    assert!(record.time("finished_at").is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_has_begun_stays_as_it_was_planned() {
    let (hub, _ansa) = finished().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [
        ("observers", json!([Cast::LEADER])),
        ("class", json!(Cast::HERON)),
        ("starts_at", json!("2026-11-20T09:30:00Z")),
        ("cancelled_at", json!(hub.clock.true_now())),
    ];
    let answer = leader
        .push(&[leader.record(&hub, Cast::VISIT, "visit", &fields)])
        .await;
    for (field, _) in &fields {
        assert_eq!(answer.refused(0, field), "visit_begun");
    }
    let template = School::evidence_form(&hub);
    let easier = json!({ "section": "communication", "text": "Anything at all", "order": 0 });
    let changed = leader.record(&hub, template, "template", &[("criteria.aids", easier)]);
    assert_eq!(
        leader.push(&[changed]).await.refused(0, "criteria.aids"),
        "template_frozen"
    );
    let swapped = leader.record(&hub, Cast::WALK, "walk", &[("template", json!(id(6_021)))]);
    assert_eq!(
        leader.push(&[swapped]).await.refused(0, "template"),
        "walk_begun"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_leader_shares_and_for_good() {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    device.sync().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let shared = |client: &Outsider| {
        let fields = [
            ("visit", json!(Cast::VISIT)),
            ("shared_at", json!(hub.clock.true_now())),
        ];
        client.record(&hub, Cast::share(), "share", &fields)
    };
    let answer = leader.push(&[shared(&leader)]).await;
    assert_eq!(answer.refused(0, "shared_at"), "nothing_finished");
    observe(&device, "seen", "Not done yet");
    device.sync().await;
    assert_eq!(
        leader
            .push(&[shared(&leader)])
            .await
            .refused(0, "shared_at"),
        "still_open"
    );
    finish(&device);
    device.sync().await;

    for person in [Cast::ANSA, Cast::BRAM, Cast::TEACHER, Cast::SUPPORT] {
        let client = Outsider::let_in(&hub, person).await;
        assert_eq!(
            client
                .push(&[shared(&client)])
                .await
                .refused(0, "shared_at"),
            "not_a_leader"
        );
        let asked = json!({ "visit": Cast::VISIT, "talked": false });
        assert_eq!(
            client.rpc("record_share", asked).await.code(),
            "not_allowed"
        );
    }
    let mut elsewhere = shared(&leader);
    elsewhere["id"] = json!(ShareId::derive(Cast::OTHER_VISIT));
    assert_eq!(
        leader.push(&[elsewhere]).await.refused(0, "shared_at"),
        "not_yours"
    );
    assert_eq!(
        leader.push(&[shared(&leader)]).await.accepted(0),
        ["shared_at", "visit"]
    );
    let back = leader.record(&hub, Cast::share(), "share", &[("shared_at", json!(null))]);
    assert_eq!(
        leader.push(&[back]).await.refused(0, "shared_at"),
        "already_finished"
    );
    assert!(
        School::get(&hub, Cast::share())
            .unwrap()
            .time("shared_at")
            .is_some()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_stale_made_up_or_missing_opens_nothing() {
    let hub = School::on_the_day().await;
    let device = Device::join(&hub, Cast::ANSA).await;
    hub.desk().let_out(&device.actor).unwrap();
    let stale = Outsider::on(&hub, &device);
    let made_up = Outsider::with(&hub, "0".repeat(64), device.actor.device);
    let empty = Outsider::with(&hub, String::new(), device.actor.device);
    for client in [&stale, &made_up, &empty] {
        let good = client.record(
            &hub,
            Cast::of_ansa(),
            "observation",
            &[("overall", json!("x"))],
        );
        for answer in [
            client.push(&[good]).await,
            client.post("/v1/sync", &json!({ "after": 0 })).await,
            client.rpc("school_get", json!({})).await,
            client
                .rpc("record_get", json!({ "visit": Cast::VISIT }))
                .await,
        ] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.code(), "sign_in_first");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn someone_who_has_left_is_let_in_no_more() {
    let hub = School::on_the_day().await;
    let bram = Outsider::let_in(&hub, Cast::BRAM).await;
    assert_eq!(
        bram.rpc("school_get", json!({})).await.status,
        StatusCode::OK
    );
    hub.lead(
        "person_put",
        json!({ "person": Cast::BRAM, "name": "Bram Ollery", "roles": ["teacher"], "is_active": false }),
    );
    assert_eq!(
        bram.rpc("school_get", json!({})).await.code(),
        "sign_in_first"
    );
    assert_eq!(
        bram.post("/v1/sync", &json!({ "after": 0 })).await.code(),
        "sign_in_first"
    );
    let good = start(&hub, &bram, Cast::BRAM);
    assert_eq!(bram.push(&[good]).await.code(), "sign_in_first");
}

fn asks_in(code: &str, number: u128) -> PairRequest {
    PairRequest {
        code: code.into(),
        device: PairDevice {
            id: DeviceId::from_uuid(id(number)),
            name: "Another tablet".into(),
        },
        school: None,
    }
}

fn door(hub: &RunningHub) -> (HubAddress, HttpHub) {
    let address: HubAddress = hub.address().to_string().parse().unwrap();
    (address.clone(), HttpHub::new(address, None, None).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_works_once_not_for_long_and_only_as_written() {
    let hub = School::on_the_day().await;
    let (_, door) = door(&hub);
    let refused = async |code: &str| match door.pair(&asks_in(code, 8_011)).await {
        Err(SyncError::Refused { status: 403, error }) => error.code,
        other => panic!("{other:?}"),
    };
    let fresh = hub.desk().code_for(Cast::ANSA).unwrap();
    assert!(door.pair(&asks_in(&fresh.code, 8_012)).await.is_ok());
    assert_eq!(refused(&fresh.code).await, "code_unknown");

    let old = hub.desk().code_for(Cast::ANSA).unwrap();
    let newer = hub.desk().code_for(Cast::ANSA).unwrap();
    assert_eq!(
        refused(&old.code).await,
        "code_unknown",
        "a new code takes the old one's place"
    );
    hub.clock.set_true(newer.expires_at + Duration::seconds(1));
    assert_eq!(
        refused(&newer.code).await,
        "code_unknown",
        "and is not for long"
    );
    assert_eq!(refused("").await, "code_unknown");
    assert_eq!(refused("ABCD-EFGH").await, "code_unknown");

    // As people type it: in small letters, with blanks.
    let fresh = hub.desk().code_for(Cast::ANSA).unwrap();
    let typed = format!(" {} ", fresh.code.to_lowercase().replace('-', " "));
    assert!(door.pair(&asks_in(&typed, 8_013)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_cannot_be_tried_out() {
    let hub = School::on_the_day().await;
    let (_, door) = door(&hub);
    let mut tries = 0;
    let busy = loop {
        tries += 1;
        assert!(tries < 100, "codes can be tried without end");
        match door.pair(&asks_in("ABCD-2345", 8_021)).await {
            Err(SyncError::Refused { status: 403, .. }) => {}
            Err(SyncError::Busy { retry_after, .. }) => break retry_after,
            other => panic!("{other:?}"),
        }
    };
    assert!(busy.is_some(), "it is said when to come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_schools_hub_takes_and_gives_nothing() {
    let ours = School::on_the_day().await;
    let ansa = Device::join(&ours, Cast::ANSA).await;
    ansa.sync().await;
    let theirs = RunningHub::start().await;
    let school = alongside_sync::wire::PairSchool {
        id: alongside_domain::SchoolId::from_uuid(id(9_002)),
        name: "Overhill School".into(),
        person: Cast::HEAD,
        person_name: "Hesper Quill".into(),
    };
    theirs
        .desk()
        .school_create(&school, DeviceId::from_uuid(id(8_002)))
        .unwrap();

    // Our token at their door.
    let stray = Outsider::on(&theirs, &ansa);
    assert_eq!(
        stray.post("/v1/sync", &json!({ "after": 0 })).await.code(),
        "sign_in_first"
    );

    // Their code for our tablet: it holds another school, and is left as it was.
    let (address, door) = door(&theirs);
    let code = theirs.desk().code_for(Cast::HEAD).unwrap().code;
    let joined = alongside_sync::join(&address, &door, &asks_in(&code, 8_031))
        .await
        .unwrap();
    let refused = joined.keep(&**ansa.store()).unwrap_err();
    assert!(
        matches!(refused, SyncError::ForeignSchool(_)),
        "{refused:?}"
    );
    assert!(
        matches!(ansa.sync().await.requests, 1..=2),
        "it still syncs with its own"
    );

    // Their school's record at our door.
    let head = Outsider::let_in(&ours, Cast::HEAD).await;
    let foreign = head.record(
        &ours,
        id(9_002),
        "school",
        &[("name", json!("Overhill School"))],
    );
    let good = head.record(
        &ours,
        Cast::SCHOOL,
        "school",
        &[("name", json!("Underhill Primary School"))],
    );
    let answer = head.push(&[foreign, good]).await;
    assert_eq!(answer.refused(0, "name"), "foreign_school");
    assert_eq!(answer.accepted(1), ["name"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_in_the_future_is_sent_back() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let mut ahead = ansa.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[("overall", json!("x"))],
    );
    ahead["fields"]["overall"]["stamp"] = json!("9999999999999-ffff-ffffffffffff");
    let answer = amid_good_ones(&hub, &ansa, ahead).await;
    assert_eq!(answer.refused(1, "overall"), "stamp_ahead");
    let mut times = ansa.record(
        &hub,
        Cast::of_ansa(),
        "observation",
        &[(
            "finished_at",
            json!(hub.clock.true_now() + Duration::hours(2)),
        )],
    );
    assert_eq!(
        ansa.push(&[times.clone()]).await.refused(0, "finished_at"),
        "time_ahead"
    );
    times["fields"]["finished_at"]["value"] = json!(hub.clock.true_now());
    assert_eq!(ansa.push(&[times]).await.accepted(0), ["finished_at"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_cannot_be_hidden_behind_the_stamp_of_its_readers_tablet() {
    let hub = School::on_the_day().await;
    let teacher = Device::join(&hub, Cast::TEACHER).await;
    teacher.sync().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::ANSA)]).await;
    // A device is not sent back what it wrote itself, and whose writing it is shows in the stamp alone.
    let forger = Outsider::with(&hub, ansa.token.clone(), teacher.actor.device);
    let note = [("overall", json!("Between ourselves"))];
    let forged = forger.record(&hub, Cast::of_ansa(), "observation", &note);
    assert_eq!(ansa.push(&[forged]).await.accepted(0), ["overall"]);
    let done = [("finished_at", json!(hub.clock.true_now()))];
    ansa.push(&[ansa.record(&hub, Cast::of_ansa(), "observation", &done)])
        .await;
    share(&hub);
    teacher.sync().await;
    let record = teacher.get(Cast::of_ansa()).unwrap();
    assert_eq!(record.text("overall"), "Between ourselves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_keeps_its_kind() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [("visit", json!(Cast::VISIT)), ("name", json!("Kestrel"))];
    for kind in ["walk", "person", "timetable"] {
        let answer = leader
            .push(&[leader.record(&hub, Cast::KESTREL, kind, &fields)])
            .await;
        assert_eq!(answer.refused(0, "name"), "wrong_kind");
    }
    assert!(
        !School::get(&hub, Cast::KESTREL)
            .unwrap()
            .fields
            .contains_key("visit")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_from_elsewhere_cannot_act_for_a_signed_in_browser() {
    let hub = School::on_the_day().await;
    let code = hub.desk().code_for(Cast::HEAD).unwrap().code;
    let client = alongside_tests::http();
    let post = |path: &str, body: Value, headers: &[(&'static str, String)]| {
        let mut request = client
            .post(hub.url(path))
            .header("content-type", "application/json")
            .body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request
    };
    let own = ("origin", hub.url(""));
    let joined = post(
        "/rpc/device_join",
        json!({ "code": code, "device": "Phone" }),
        std::slice::from_ref(&own),
    )
    .send()
    .await
    .unwrap();
    assert_eq!(joined.status(), StatusCode::OK);
    let cookie = joined.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let session = ("cookie", cookie.split(';').next().unwrap().to_owned());
    let asked = json!({ "walk": Cast::WALK });
    let answered = async |headers: &[(&'static str, String)]| {
        post("/rpc/walk_get", asked.clone(), headers)
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(
        answered(&[session.clone(), own.clone()]).await,
        StatusCode::OK
    );
    for headers in [
        vec![session.clone()],
        vec![
            session.clone(),
            ("origin", "https://elsewhere.example".into()),
        ],
        vec![session.clone(), ("sec-fetch-site", "cross-site".into())],
    ] {
        assert_eq!(
            answered(&headers).await,
            StatusCode::FORBIDDEN,
            "{headers:?}"
        );
    }
    // A browser has no store of its own to sync, and another name for this machine is not ours.
    let sync = post("/v1/sync", json!({ "after": 0 }), &[session.clone(), own])
        .send()
        .await
        .unwrap();
    assert_eq!(sync.status(), StatusCode::UNAUTHORIZED);
    let rebound = ("host", "elsewhere.example".to_owned());
    assert!(answered(&[session, rebound]).await.is_client_error());
}
