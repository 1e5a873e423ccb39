//! R3: notice, its days, and the clock that starts again.

use alongside_domain::RecordId;
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use chrono::Duration;
use serde_json::{Value, json};

use super::{made_up, says, start};

/// A hub with a planned walk of which nobody was told.
async fn unannounced() -> RunningHub {
    let hub = RunningHub::start().await;
    School::found(&hub);
    School::plan(&hub);
    hub
}

/// With what a start of Kestrel's visit is refused now.
async fn locked(hub: &RunningHub, ansa: &Outsider) -> String {
    let answer = ansa
        .push(&[start(hub, ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    answer.refused(0, "started_at").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_visit_without_notice_is_locked_with_its_reason_and_its_day() {
    let hub = unannounced().await;
    hub.clock.set_true(School::visit_at() - Duration::days(3));
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let card = |sheet: &Value| sheet["card"]["lock"].clone();
    let asked = json!({ "visit": Cast::VISIT });
    let sheet = ansa.rpc("visit_get", asked.clone()).await.body;
    assert_eq!(card(&sheet)["code"], "no_notice");
    hub.lead("notice_give", json!({ "walk": Cast::WALK }));
    hub.clock.set_true(School::visit_at());
    let sheet = ansa.rpc("visit_get", asked.clone()).await.body;
    assert_eq!(card(&sheet)["code"], "notice_too_young");
    assert!(says(&card(&sheet)["reason"], "7 days"), "{sheet}");
    assert_eq!(
        card(&sheet)["from"].as_str().unwrap().get(..16),
        Some("2026-11-16T09:30"),
        "from when it could be: {sheet}"
    );
    let answer = ansa.rpc("visit_start", asked).await;
    assert_eq!(answer.code(), "refused");
    assert!(says(&answer.body, "7 days"), "{answer:?}");
    assert_eq!(locked(&hub, &ansa).await, "notice_too_young");
}

/// A notice of the whole walk as a changed client sends it, given some time ago by its words and by its stamps.
fn dated_back(hub: &RunningHub, leader: &Outsider, number: u128, ago: Duration) -> Value {
    let then = hub.clock.true_now() - ago;
    let mut fields = vec![
        ("walk".to_owned(), json!(Cast::WALK)),
        ("focus".to_owned(), json!("Time to answer")),
        ("given_at".to_owned(), json!(then)),
    ];
    let reader = hub.desk().store().read().unwrap();
    for record in reader.list(&alongside_domain::Kind::Visit).unwrap() {
        let visit = alongside_domain::visit::Visit::read(&record).unwrap();
        let said = alongside_domain::notice::announced(&visit);
        fields.push((format!("visits.{}", visit.id), json!(said)));
    }
    let named: Vec<(&str, Value)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let mut sent = leader.record(hub, made_up(number), "notice", &named);
    let millis = u64::try_from(then.timestamp_millis()).unwrap();
    for (count, (name, _)) in (0..).zip(&fields) {
        let stamp = alongside_domain::Stamp::new(millis, count, leader.device.tail());
        sent["fields"][name]["stamp"] = json!(stamp.to_string());
    }
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_notice_dated_back_by_any_time_gains_nothing() {
    for ago in [
        Duration::minutes(2),
        Duration::hours(1),
        Duration::hours(47),
        Duration::days(9),
        Duration::days(400),
    ] {
        let hub = unannounced().await;
        hub.clock
            .set_true(School::visit_at() - Duration::days(7) + Duration::minutes(1));
        let form = School::evidence_form(&hub);
        hub.lead("template_freeze", json!({ "template": form }));
        let leader = Outsider::let_in(&hub, Cast::LEADER).await;
        let came = hub.clock.true_now();
        let sent = dated_back(&hub, &leader, 101, ago);
        // Its own word for when it came counts for nothing.
        let mut forged = sent.clone();
        forged["fields"]["arrived_at"] = sent["fields"]["given_at"].clone();
        let answer = leader.push(&[forged]).await;
        assert_eq!(answer.refused(0, "arrived_at"), "hub_only");
        // Sent again, it came when it came first.
        hub.clock.pass(3_600_000);
        leader.push(&[sent]).await;

        let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
        hub.clock.set_true(School::visit_at());
        assert_eq!(locked(&hub, &ansa).await, "notice_too_young", "{ago}");
        let asked = json!({ "visit": Cast::VISIT });
        let sheet = ansa.rpc("visit_get", asked.clone()).await.body;
        let from = sheet["card"]["lock"]["from"].as_str().unwrap();
        let from: chrono::DateTime<chrono::Utc> = from.parse().unwrap();
        assert!(
            (from - came - Duration::days(7)).abs() < Duration::seconds(2),
            "{from}"
        );
        // Nor is it told to staff, or counted in the review, as given before it came.
        let told = ansa.rpc("notice_list", json!({})).await.body;
        let told: chrono::DateTime<chrono::Utc> =
            told[0]["given_at"].as_str().unwrap().parse().unwrap();
        assert!((told - came).abs() < Duration::seconds(2), "{told}");
        hub.clock
            .set_true(School::visit_at() + Duration::minutes(2));
        let begun = start(&hub, &ansa, Cast::VISIT, Cast::ANSA);
        assert_eq!(ansa.push(&[begun]).await.accepted(0).len(), 3);
        hub.lead("review_make", json!({ "term": super::the_term(&hub) }));
        let asked = json!({ "term": super::the_term(&hub) });
        let review = ansa.rpc("review_get", asked).await.body;
        assert_eq!(
            review["kept"]["noticed"], 1,
            "it had stood by then: {review}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_notice_from_a_tablet_set_back_counts_from_when_the_hub_has_it() {
    let hub = unannounced().await;
    hub.clock.set_true(School::visit_at() - Duration::days(1));
    // Set back by nine days in the settings, with no network when notice is given on it.
    let tablet = Device::join_at(
        &hub,
        Cast::HEAD,
        hub.address(),
        hub.clock.skewed(-9 * 24 * 3_600_000),
    )
    .await;
    tablet.sync().await;
    tablet.tap("notice_give", json!({ "walk": Cast::WALK }));
    tablet.sync().await;
    hub.clock.set_true(School::visit_at());
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    assert_eq!(locked(&hub, &ansa).await, "notice_too_young");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_the_days_of_a_notice_that_waits_on_a_device_have_not_begun() {
    let hub = unannounced().await;
    hub.clock.set_true(School::visit_at() - Duration::days(8));
    let tablet = Device::join(&hub, Cast::LEADER).await;
    tablet.sync().await;
    let walk = tablet.tap("notice_give", json!({ "walk": Cast::WALK }));
    assert_eq!(walk["notice"]["is_waiting"], true);
    assert_eq!(walk["notice"]["opens_at"], json!(null));
    // Carried about for its days, it still opens nothing, here or at the hub.
    hub.clock.set_true(School::visit_at() + Duration::hours(1));
    let asked = json!({ "visit": Cast::OTHER_VISIT });
    let sheet = tablet.tap("visit_get", asked.clone());
    assert_eq!(sheet["card"]["lock"]["code"], "notice_waiting");
    assert!(says(
        &sheet["card"]["lock"]["reason"],
        "its 7 days from when the hub has it"
    ));
    assert_eq!(
        tablet.refusal("visit_start", asked.clone()),
        alongside_api::Code::Refused
    );
    tablet.sync().await;
    let walk = tablet.tap("walk_get", json!({ "walk": Cast::WALK }));
    assert_eq!(walk["notice"]["is_waiting"], false);
    assert_eq!(
        walk["notice"]["opens_at"].as_str().unwrap().get(..10),
        Some("2026-11-19")
    );
    let sheet = tablet.tap("visit_get", asked);
    assert_eq!(sheet["card"]["lock"]["code"], "notice_too_young");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_change_of_date_time_class_observers_or_focus_starts_the_clock_again() {
    let changes: [(RecordId, &str, &str, Value); 5] = [
        (
            Cast::VISIT.into(),
            "visit",
            "starts_at",
            json!(School::visit_at() + Duration::days(1)),
        ),
        (
            Cast::VISIT.into(),
            "visit",
            "starts_at",
            json!(School::visit_at() + Duration::minutes(1)),
        ),
        (Cast::VISIT.into(), "visit", "class", json!(made_up(111))),
        (
            Cast::VISIT.into(),
            "visit",
            "observers",
            json!([Cast::ANSA, Cast::LEADER]),
        ),
        (Cast::WALK.into(), "walk", "focus", json!("Use of books")),
    ];
    for (record, kind, field, value) in changes {
        let hub = School::on_the_day().await;
        let sixth = RecordId::from_uuid(made_up(111));
        School::staff(&hub, sixth.into(), "Plover", Cast::OTHER_TEACHER);
        let leader = Outsider::let_in(&hub, Cast::LEADER).await;
        let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
        let sent = leader.record(&hub, record, kind, &[(field, value.clone())]);
        assert_eq!(leader.push(&[sent]).await.accepted(0), [field]);
        assert_eq!(locked(&hub, &ansa).await, "no_notice", "{field} {value}");
        // A new notice makes a new clock.
        hub.lead("notice_give", json!({ "walk": Cast::WALK }));
        let code = locked(&hub, &ansa).await;
        assert_eq!(code, "notice_too_young", "{field} {value}");
        // Whom it concerns is told.
        let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
        let notices = teacher.rpc("notice_list", json!({})).await.body;
        assert_eq!(notices.as_array().unwrap().len(), 2);
        assert_ne!(
            notices[0]["changed"],
            json!([]),
            "{field} {value} {notices}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_notice_is_given_by_leaders_to_all_and_read_by_nobody_for_another() {
    let hub = School::on_the_day().await;
    let notice = super::the_notice(&hub);
    for person in super::EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let page = client
            .rpc("notice_get", json!({ "notice": notice.id }))
            .await
            .body;
        assert_eq!(page["visits"].as_array().unwrap().len(), 5, "{page}");
        assert_eq!(page["sections"].as_array().unwrap().len(), 6);
    }
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    let asked = json!({ "walk": Cast::WALK });
    assert_eq!(
        support.rpc("notice_give", asked).await.code(),
        "not_allowed"
    );
    let asked = json!({ "notice": notice.id });
    assert_eq!(
        support.rpc("notice_readers", asked).await.code(),
        "not_allowed"
    );
    // A leader who would like everybody to have read it.
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for (own, person) in [
        (Cast::SUPPORT, Cast::SUPPORT),
        (Cast::LEADER, Cast::SUPPORT),
        (Cast::SUPPORT, Cast::LEADER),
    ] {
        let forged = alongside_domain::AcknowledgementId::derive(notice.id, own);
        let fields = [
            ("of", json!(notice.id)),
            ("person", json!(person)),
            ("at", json!(hub.clock.true_now())),
        ];
        let sent = leader.record(&hub, forged, "acknowledgement", &fields);
        assert_eq!(leader.push(&[sent]).await.refused(0, "at"), "not_yours");
    }
    let readers = hub.lead("notice_readers", json!({ "notice": notice.id }));
    assert!(says(&readers["not_read"], "Sunna Peverel"), "{readers}");
    let asked = json!({ "of": notice.id });
    support.rpc("acknowledgement_give", asked.clone()).await;
    let twice = support.rpc("acknowledgement_give", asked).await;
    assert!(twice.status.is_success());
    let readers = hub.lead("notice_readers", json!({ "notice": notice.id }));
    assert!(says(&readers["read"], "Sunna Peverel"), "{readers}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r3_a_tablet_with_a_wrong_clock_does_not_open_a_visit_early() {
    let hub = unannounced().await;
    hub.clock.set_true(School::visit_at() - Duration::days(3));
    hub.lead("notice_give", json!({ "walk": Cast::WALK }));
    hub.clock.set_true(School::visit_at());
    // Set ahead so far that the notice would be old enough, and the visit moved there by nobody.
    let tablet = Device::join_at(
        &hub,
        Cast::ANSA,
        hub.address(),
        hub.clock.skewed(5 * 24 * 3_600_000),
    )
    .await;
    tablet.sync().await;
    let asked = json!({ "visit": Cast::VISIT });
    assert_eq!(
        tablet.refusal("visit_start", asked),
        alongside_api::Code::Refused
    );
    let ansa = Outsider::on(&hub, &tablet);
    let mut begun = start(&hub, &ansa, Cast::VISIT, Cast::ANSA);
    begun["fields"]["started_at"]["value"] = json!(School::visit_at() + Duration::days(5));
    let code = ansa.push(&[begun]).await;
    let code = code.refused(0, "started_at");
    assert!(["day_passed", "time_ahead"].contains(&code), "{code}");
}
