//! R5, R6 and R7: a short and quiet visit by at most two, who ask pupils about learning and about nobody.

use alongside_domain::{PersonId, RecordId};
use alongside_sync::Checked;
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use reqwest::StatusCode;
use serde_json::json;

use super::{made_up, says, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r5_a_visit_longer_than_visits_are_is_refused_by_every_door() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for minutes in [21, 45, 60] {
        let mut asked = School::visit(
            Cast::VISIT,
            Cast::KESTREL,
            School::visit_at(),
            &[Cast::ANSA, Cast::BRAM],
        );
        asked["minutes"] = json!(minutes);
        let answer = leader.rpc("visit_put", asked).await;
        assert_eq!(answer.code(), "refused");
        assert!(says(&answer.body, "at most 20 minutes"), "{answer:?}");
        let sent = leader.record(&hub, Cast::VISIT, "visit", &[("minutes", json!(minutes))]);
        assert_eq!(leader.push(&[sent]).await.refused(0, "minutes"), "too_long");
    }
    let visit = School::get(&hub, Cast::VISIT).unwrap();
    assert_eq!(visit.whole("minutes"), Some(20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r5_r7_the_visit_screen_says_how_to_stand_when_to_leave_and_what_never_to_ask() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let sheet = ansa
        .rpc("visit_get", json!({ "visit": Cast::VISIT }))
        .await
        .body;
    assert_eq!(sheet["nudge_after_minutes"], 15);
    assert_eq!(sheet["stop_after_minutes"], 20);
    for part in ["stand", "ask", "never"] {
        let words = sheet["reminders"][part].as_array().unwrap();
        assert!(!words.is_empty(), "{part}");
    }
    assert!(
        says(&sheet["reminders"]["never"], "a member of staff"),
        "{sheet}"
    );
    assert!(!says(&sheet["reminders"]["ask"], "staff"), "{sheet}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_a_third_observer_is_refused_in_the_plan_and_at_the_hub_and_in_the_room() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let three = [Cast::ANSA, Cast::BRAM, Cast::LEADER];
    let asked = School::visit(Cast::VISIT, Cast::KESTREL, School::visit_at(), &three);
    let answer = leader.rpc("visit_put", asked).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::CONFLICT, "refused")
    );
    assert!(says(&answer.body, "At most two observers"), "{answer:?}");
    let mut plan = hub.lead("plan_get", json!({ "walk": Cast::WALK }));
    plan["slots"][0]["observers"] = json!(three);
    let asked = json!({ "walk": Cast::WALK, "slots": plan["slots"] });
    let checked = leader.rpc("plan_check", asked.clone()).await.body;
    assert!(says(&checked, "At most two observers"), "{checked}");
    assert_eq!(leader.rpc("plan_keep", asked).await.code(), "refused");
    let sent = leader.record(&hub, Cast::VISIT, "visit", &[("observers", json!(three))]);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "observers"),
        "wrong_value"
    );
    // A third who simply comes along.
    let answer = leader
        .push(&[start(&hub, &leader, Cast::VISIT, Cast::LEADER)])
        .await;
    assert_eq!(answer.refused(0, "started_at"), "not_observer");
    let observers = School::get(&hub, Cast::VISIT).unwrap();
    assert_eq!(
        observers.ids::<PersonId>("observers"),
        [Cast::ANSA, Cast::BRAM]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_two_leaders_who_each_add_an_observer_offline_are_told_and_nobody_is_dropped_silently() {
    let hub = School::on_the_day().await;
    hub.lead(
        "visit_put",
        School::visit(
            Cast::VISIT,
            Cast::KESTREL,
            School::visit_at(),
            &[Cast::ANSA],
        ),
    );
    let head = Device::join(&hub, Cast::HEAD).await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    head.sync().await;
    leader.sync().await;
    for (device, second) in [(&head, Cast::BRAM), (&leader, Cast::SUPPORT)] {
        hub.clock.pass(1_000);
        let asked = School::visit(
            Cast::VISIT,
            Cast::KESTREL,
            School::visit_at(),
            &[Cast::ANSA, second],
        );
        device.tap("visit_put", asked);
    }
    head.sync().await;
    let summary = leader.sync().await;
    assert_eq!(
        summary.checked,
        Checked::Same,
        "nothing has to be pulled again"
    );
    let visit = School::get(&hub, Cast::VISIT).unwrap();
    let mut crowded = visit.ids::<PersonId>("crowded");
    crowded.sort_unstable();
    let mut all = [Cast::ANSA, Cast::BRAM, Cast::SUPPORT];
    all.sort_unstable();
    assert_eq!(crowded, all, "all three are named");
    assert!(visit.ids::<PersonId>("observers").len() <= 2);
    // Both leaders see it on the visit, and no client can wave it away for the hub.
    for device in [&head, &leader] {
        device.sync().await;
        let walk = device.tap("walk_get", json!({ "walk": Cast::WALK }));
        assert!(
            says(&walk, "More than two observers were put down"),
            "{walk}"
        );
    }
    let outsider = Outsider::on(&hub, &leader);
    let fewer = json!([Cast::ANSA, Cast::SUPPORT]);
    let sent = outsider.record(&hub, Cast::VISIT, "visit", &[("crowded", fewer)]);
    assert_eq!(
        outsider.push(&[sent]).await.refused(0, "crowded"),
        "not_yours"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r6_an_observer_is_not_swapped_once_the_visit_has_begun() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [("observers", json!([Cast::ANSA, Cast::LEADER]))];
    let sent = leader.record(&hub, Cast::VISIT, "visit", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "observers"),
        "visit_begun"
    );
    let asked = School::visit(
        Cast::VISIT,
        Cast::KESTREL,
        School::visit_at(),
        &[Cast::LEADER],
    );
    assert_eq!(leader.rpc("visit_put", asked).await.code(), "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r7_there_is_no_place_for_what_pupils_say_of_staff_or_for_their_names() {
    let hub = School::on_the_day().await;
    let ansa = Device::join(&hub, Cast::ANSA).await;
    ansa.sync().await;
    ansa.tap("visit_start", json!({ "visit": Cast::VISIT }));
    // Everything that can be written into an observation, and nothing beside it.
    for what in [
        "pupil",
        "pupils_say",
        "pupil_names",
        "teacher",
        "rating",
        "photo",
        "recording",
    ] {
        let edit = json!({ "what": what, "text": "She is strict" });
        let asked = json!({ "visit": Cast::VISIT, "edit": edit });
        assert_eq!(
            ansa.refusal("observation_write", asked),
            alongside_api::Code::BadRequest,
            "{what}"
        );
    }
    // The count of pupils is a number, not a list of them.
    let outsider = Outsider::on(&hub, &ansa);
    ansa.sync().await;
    let named = [("pupils", json!(["Ada", "Ben"]))];
    let sent = outsider.record(&hub, Cast::of_ansa(), "observation", &named);
    assert_eq!(
        outsider.push(&[sent]).await.refused(0, "pupils"),
        "wrong_value"
    );
    // There is no kind of record for a pupil.
    for (number, kind) in [(201, "pupil"), (202, "pupil_voice"), (203, "photo")] {
        let sent = outsider.record(&hub, made_up(number), kind, &[("text", json!("Ada"))]);
        assert_eq!(
            outsider.push(&[sent]).await.refused(0, "text"),
            "unknown_kind"
        );
        assert_eq!(
            School::get(&hub, RecordId::from_uuid(made_up(number))),
            None
        );
    }
    // The forms that ship ask about what can be seen; none of their criteria is a question to pupils about staff.
    let form = hub.lead(
        "template_get",
        json!({ "template": School::evidence_form(&hub) }),
    );
    let text = form.to_string().to_lowercase();
    for never in ["ask pupils about", "what do pupils think of"] {
        assert!(!text.contains(never), "{never}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r7_a_form_that_asks_pupils_about_staff_is_refused_by_every_door() {
    let hub = RunningHub::start().await;
    School::found(&hub);
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let form = School::evidence_form(&hub);
    for asked in [
        "Do you like your teacher?",
        "How kind is Mrs Oakes?",
        "Does Tilde Farrow help you?",
    ] {
        let prompts = json!([asked]);
        let edits = json!([{ "what": "section_prompts", "section": "books", "prompts": prompts }]);
        let edit = json!({ "template": form, "edits": edits });
        let answer = leader.rpc("template_edit", edit).await;
        assert_eq!(answer.code(), "refused", "{asked}");
        let section = json!({ "title": "More", "order": 9, "prompts": prompts });
        for (field, value) in [("prompts.books", prompts), ("sections.more", section)] {
            let sent = leader.record(&hub, form, "template", &[(field, value)]);
            let answer = leader.push(&[sent]).await;
            assert_eq!(answer.refused(0, field), "prompt_about_staff", "{asked}");
        }
    }
}
