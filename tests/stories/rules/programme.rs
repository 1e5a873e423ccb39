//! R1, R2, R4, R10, R11 and R13 to R16: what a walk is for, that it is known beforehand, that it is about the school and
//! not about a person, and that nobody is visited too often.

use alongside_domain::purpose::STATEMENT;
use alongside_domain::{Kind, RecordId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::Duration;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, another, made_up, says, share, start, the_notice, the_term, visited};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r1_the_statement_of_purpose_stands_on_every_page_and_nobody_changes_it() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    hub.lead("review_make", json!({ "term": the_term(&hub) }));
    // A leader who would rather have another one writes it wherever a client can write.
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let other = [("statement", json!("Records may be used in appraisal."))];
    for (record, kind) in [
        (RecordId::from(Cast::SCHOOL), "school"),
        (Cast::WALK.into(), "walk"),
        (Cast::VISIT.into(), "visit"),
        (Cast::share().into(), "share"),
    ] {
        leader
            .push(&[leader.record(&hub, record, kind, &other)])
            .await;
    }
    let notice = the_notice(&hub);
    let written = leader.record(&hub, notice.id, "notice", &other);
    assert_eq!(
        leader.push(&[written]).await.refused(0, "statement"),
        "notice_given"
    );

    let visit = json!({ "visit": Cast::VISIT });
    let pages = [
        (Cast::TEACHER, "about_get", json!({})),
        (Cast::SUPPORT, "notice_get", json!({ "notice": notice.id })),
        (Cast::TEACHER, "record_get", visit.clone()),
        (Cast::TEACHER, "record_list", json!({})),
        (Cast::ANSA, "visit_get", visit),
        (Cast::HEAD, "walk_get", json!({ "walk": Cast::WALK })),
        (
            Cast::SUPPORT,
            "review_get",
            json!({ "term": the_term(&hub) }),
        ),
    ];
    for (person, command, request) in pages {
        let client = Outsider::let_in(&hub, person).await;
        let answer = client.rpc(command, request).await;
        assert_eq!(answer.status, StatusCode::OK, "{command} {answer:?}");
        assert!(says(&answer.body, STATEMENT), "{command}");
        assert!(!says(&answer.body, "appraisal."), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r2_a_visit_that_was_not_announced_with_its_date_and_its_observers_is_not_made() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    // Slipped in after the notice, on the same walk and the same day.
    let slipped = made_up(1);
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("class", json!(Cast::HERON)),
        ("starts_at", json!(School::visit_at())),
        ("observers", json!([Cast::ANSA])),
    ];
    let sent = leader.record(&hub, slipped, "visit", &fields);
    assert_eq!(leader.push(&[sent]).await.accepted(0).len(), 4);
    let begun = start(&hub, &ansa, RecordId::from_uuid(slipped).into(), Cast::ANSA);
    assert_eq!(
        ansa.push(&[begun]).await.refused(0, "started_at"),
        "no_notice"
    );
    // Without a date there is no visit to begin, and without a focus no walk.
    let undated = made_up(2);
    let sent = leader.record(
        &hub,
        undated,
        "visit",
        &[fields[0].clone(), fields[1].clone(), fields[3].clone()],
    );
    leader.push(&[sent]).await;
    let begun = start(&hub, &ansa, RecordId::from_uuid(undated).into(), Cast::ANSA);
    assert_eq!(ansa.push(&[begun]).await.refused(0, "visit"), "unknown_id");
    let blank = leader.record(&hub, made_up(3), "walk", &[("focus", json!("  "))]);
    assert_eq!(
        leader.push(&[blank]).await.refused(0, "focus"),
        "wrong_value"
    );
    // Everyone could read beforehand when, by whom and why.
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let coming = teacher.rpc("coming_list", json!({})).await.body;
    for known in [
        "Ansa Whitlow",
        "Bram Ollery",
        "Time to answer",
        "2026-11-12T09:30:00",
    ] {
        assert!(says(&coming, known), "{known}: {coming}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_walk_of_too_few_classes_gets_no_notice_by_any_door() {
    let hub = RunningHub::start().await;
    School::found(&hub);
    School::plan(&hub);
    hub.lead("visit_cancel", json!({ "visit": Cast::MORE_VISITS[0] }));
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let asked = leader
        .rpc("notice_give", json!({ "walk": Cast::WALK }))
        .await;
    assert_eq!(asked.code(), "refused");
    assert!(says(&asked.body, "at least 5 classes"), "{asked:?}");
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("focus", json!("Time to answer")),
        ("given_at", json!(hub.clock.true_now())),
    ];
    let sent = leader.record(&hub, made_up(11), "notice", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "given_at"),
        "too_few_classes"
    );
    // One class five times over is one class.
    for days in 2..6 {
        let asked = another(Cast::KESTREL, days, &[Cast::ANSA]);
        let answer = leader.rpc("visit_put", asked).await;
        if answer.status != StatusCode::OK {
            assert!(says(&answer.body, "this academic year"), "{answer:?}");
        }
    }
    let asked = leader
        .rpc("notice_give", json!({ "walk": Cast::WALK }))
        .await;
    assert_eq!(asked.code(), "refused");
    // Nor does it help to make the number smaller than three.
    assert!(
        leader
            .push(&[leader.record(
                &hub,
                Cast::SCHOOL,
                "school",
                &[("settings.suppression", json!(1))]
            )])
            .await
            .body["results"][0]["accepted"]
            == json!([])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_walk_that_shrinks_to_one_class_after_its_notice_is_not_made() {
    let hub = School::on_the_day().await;
    for visit in [Cast::OTHER_VISIT].into_iter().chain(Cast::MORE_VISITS) {
        hub.lead("visit_cancel", json!({ "visit": visit }));
    }
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    hub.clock.pass(1_000);
    let answer = ansa
        .push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    assert_eq!(answer.refused(0, "started_at"), "too_few_classes");
    let asked = ansa
        .rpc("visit_start", json!({ "visit": Cast::VISIT }))
        .await;
    assert_eq!(asked.code(), "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_a_visit_begun_before_the_others_were_called_off_still_counts() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    ansa.tap("visit_start", json!({ "visit": Cast::VISIT }));
    hub.clock.pass(60_000);
    for visit in [Cast::OTHER_VISIT].into_iter().chain(Cast::MORE_VISITS) {
        hub.lead("visit_cancel", json!({ "visit": visit }));
    }
    ansa.sync().await;
    assert_eq!(ansa.set_aside(), []);
    assert!(School::get(&hub, Cast::of_ansa()).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r4_neither_focus_nor_name_nor_purpose_of_a_walk_names_a_member_of_staff() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for field in ["focus", "name", "purpose"] {
        let named = [(field, json!("To see how Tilde Farrow copes"))];
        let sent = leader.record(&hub, Cast::WALK, "walk", &named);
        assert_eq!(
            leader.push(&[sent]).await.refused(0, field),
            "focus_names_staff"
        );
        let mut asked = json!({
            "walk": null, "name": "Spring walk", "focus": "Questions", "purpose": "Why not.",
            "template": School::evidence_form(&hub), "term": null, "classes": [], "observers": [],
        });
        asked[field] = json!("To see how Tilde Farrow copes");
        let answer = leader.rpc("walk_put", asked).await;
        assert_eq!(answer.code(), "refused");
        assert!(
            says(&answer.body, "whole school"),
            "a kind sentence: {answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r10_a_fourth_observation_of_a_teacher_in_a_year_is_refused_by_every_door() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let (lark, _) = Cast::MORE[0];
    // Planned on the screen, with the timetable, and by a changed client.
    let asked = leader
        .rpc("visit_put", another(lark, 20, &[Cast::ANSA]))
        .await;
    assert_eq!(asked.code(), "refused");
    assert!(
        says(&asked.body, "3 visits this academic year"),
        "{asked:?}"
    );
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("class", json!(lark)),
        ("starts_at", json!(School::visit_at() + Duration::days(20))),
        ("observers", json!([Cast::ANSA])),
    ];
    let sent = leader.record(&hub, made_up(21), "visit", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "starts_at"),
        "yearly_maximum"
    );
    // By giving the teacher another class that is to be visited.
    let teachers = [("teachers", json!([Cast::VISITED_TEACHER]))];
    let sent = leader.record(&hub, Cast::KESTREL, "class", &teachers);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "teachers"),
        "yearly_maximum"
    );
    assert_eq!(School::get(&hub, RecordId::from_uuid(made_up(21))), None);
    // The teacher sees the count, and it is a count of visits.
    let teacher = Outsider::let_in(&hub, Cast::VISITED_TEACHER).await;
    let own = teacher.rpc("record_list", json!({})).await.body;
    assert_eq!(own["count"]["maximum"], 3, "{own}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r11_a_class_visited_twice_in_a_day_and_an_observer_in_two_places_are_said_on_the_visit() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    // From a client that says nothing about it itself.
    for (number, class) in [(31, Cast::KESTREL), (32, Cast::HERON)] {
        let fields = [
            ("walk", json!(Cast::WALK)),
            ("class", json!(class)),
            (
                "starts_at",
                json!(School::visit_at() + Duration::minutes(5)),
            ),
            ("observers", json!([Cast::ANSA])),
        ];
        leader
            .push(&[leader.record(&hub, made_up(number), "visit", &fields)])
            .await;
    }
    let walk = hub.lead("walk_get", json!({ "walk": Cast::WALK }));
    let problems: Vec<&Value> = walk["visits"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["card"]["visit"] == json!(made_up(31)))
        .map(|line| &line["problems"])
        .collect();
    let said = json!(problems).to_string();
    assert!(said.contains("visited twice on this day"), "{said}");
    assert!(said.contains("in two places"), "{said}");
    // The year is a leader's to plan, with one walk each term.
    let year = hub.lead("year_get", json!({ "year": null }));
    assert_eq!(year["walks_wanted"], 3);
    for person in EVERYONE.into_iter().skip(2) {
        let client = Outsider::let_in(&hub, person).await;
        let asked = client.rpc("year_get", json!({ "year": null })).await;
        assert_eq!(asked.code(), "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_the_balance_counts_entries_and_blocks_nobody() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    ansa.tap("visit_start", json!({ "visit": Cast::VISIT }));
    for entry in ["e1", "e2", "e3", "e4"] {
        crate::story::write(
            &ansa,
            json!({ "what": "even_better_if", "entry": entry, "text": "More wall space" }),
        );
    }
    let sheet = ansa.tap("visit_get", json!({ "visit": Cast::VISIT }));
    assert_eq!(sheet["balance"]["strengths"], 0);
    assert_eq!(sheet["balance"]["development"], 4);
    assert!(
        sheet["balance"]["nudge"].is_string(),
        "{}",
        sheet["balance"]
    );
    ansa.tap("visit_finish", json!({ "visit": Cast::VISIT }));
    ansa.sync().await;
    assert_eq!((ansa.waiting(), ansa.set_aside().len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r14_fewer_than_three_classes_are_never_enough_to_show_together() {
    let hub = School::on_the_day().await;
    let settings = hub.lead("setting_list", json!({}));
    let of = |key: &str| {
        let settings = settings["settings"].as_array().unwrap();
        settings
            .iter()
            .find(|line| line["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("suppression")["default"], &of("suppression")["low"]),
        (&json!(5), &json!(3))
    );
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let asked = leader
        .rpc("setting_put", json!({ "key": "suppression", "value": 2 }))
        .await;
    assert_eq!(asked.code(), "refused");
    let change =
        json!({ "key": "suppression", "to": 2, "by": Cast::LEADER, "at": hub.clock.true_now() });
    let fields = [("settings.suppression", json!(2)), ("changes.c1", change)];
    let sent = leader.record(&hub, Cast::SCHOOL, "school", &fields);
    leader
        .push(&[sent])
        .await
        .refused(0, "settings.suppression");
    let school = School::get(&hub, Cast::SCHOOL).unwrap();
    assert_eq!(school.whole("settings.suppression"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kind_comes_in_before_its_rules_are_kept() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("teacher", json!(Cast::TEACHER)),
        ("text", json!("Kestrel is behind.")),
    ];
    for (number, kind) in [(43, "grade"), (44, "appraisal")] {
        let sent = head.record(&hub, made_up(number), kind, &fields);
        assert_eq!(head.push(&[sent]).await.refused(0, "text"), "unknown_kind");
        assert_eq!(
            School::get(&hub, RecordId::from_uuid(made_up(number))),
            None
        );
    }
    let reader = hub.desk().store().read().unwrap();
    assert!(
        reader
            .list(&Kind::Other("appraisal".into()))
            .unwrap()
            .is_empty()
    );
}
