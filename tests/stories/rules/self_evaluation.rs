//! The self-evaluation is the leaders', and the governors' as far as the school lets them: tried by those it is kept
//! from, by a rater in another's place, and by two tablets with no network.

use alongside_domain::{PersonId, RatingId, SelfEvaluationId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{EVERYONE, made_up, says};

const YEAR: i32 = 2026;
const WORDS: &str = "Seen in the plans of every phase";

fn of_the_year() -> SelfEvaluationId {
    SelfEvaluationId::derive(Cast::SCHOOL, YEAR)
}

fn year() -> Value {
    json!({ "year": YEAR })
}

/// What is asked to rate.
fn rate(indicator: &str, value: impl Into<Option<i64>>) -> Value {
    json!({ "year": YEAR, "indicator": indicator, "edit": { "what": "answer", "value": value.into() } })
}

fn note(indicator: &str) -> Value {
    json!({ "year": YEAR, "indicator": indicator, "edit": { "what": "note", "text": WORDS } })
}

/// Lets governors do this with it.
fn let_governors(hub: &RunningHub, may: &str) {
    hub.lead("setting_governors", json!({ "may": may }));
}

/// A hub on which this year's is begun, and the head has rated.
async fn begun() -> RunningHub {
    let hub = School::on_the_day().await;
    hub.lead("self_evaluation_start", year());
    hub.lead("self_evaluation_rate", rate("send_cycle", 2));
    hub.lead("self_evaluation_rate", note("send_cycle"));
    hub
}

/// What an honest rater's device sends.
fn rating(hub: &RunningHub, client: &Outsider, person: PersonId, more: &[(&str, Value)]) -> Value {
    let mut fields = vec![
        ("self_evaluation", json!(of_the_year())),
        ("person", json!(person)),
    ];
    fields.extend(more.iter().cloned());
    let id = RatingId::derive(of_the_year(), person);
    client.record(hub, id, "rating", &fields)
}

/// An indicator of the view of one year.
fn indicator<'a>(view: &'a Value, key: &str) -> &'a Value {
    let domains = view["domains"].as_array().unwrap().iter();
    let mut all = domains.flat_map(|domain| domain["indicators"].as_array().unwrap());
    all.find(|one| one["key"] == key).unwrap()
}

fn is_leader(person: PersonId) -> bool {
    [Cast::HEAD, Cast::LEADER].contains(&person)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_self_evaluation_reaches_leaders_and_governors_where_allowed_and_nobody_else() {
    let hub = begun().await;
    for (may, governor_reads) in [("read", true), ("nothing", false), ("rate", true)] {
        let_governors(&hub, may);
        for person in EVERYONE {
            let reads = is_leader(person) || (person == Cast::ANSA && governor_reads);
            let client = Outsider::let_in(&hub, person).await;
            let pulled = json!(client.pull().await);
            let kinds = ["\"kind\":\"self_evaluation\"", "\"kind\":\"rating\""];
            for said in kinds.into_iter().chain([WORDS]) {
                assert_eq!(says(&pulled, said), reads, "{person} {may} {said}");
            }
            for (command, asked) in [
                ("self_evaluation_list", json!({})),
                ("self_evaluation_get", year()),
            ] {
                let answer = client.rpc(command, asked).await;
                match reads {
                    true => assert_eq!(answer.status, StatusCode::OK, "{person} {answer:?}"),
                    false => assert_eq!(answer.code(), "not_allowed", "{person} {may}"),
                }
            }
            let me = client.rpc("install_get", json!({})).await;
            if me.status == StatusCode::OK {
                assert_eq!(me.body["me"]["reads_self_evaluation"], reads, "{me:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_governor_whom_the_school_no_longer_lets_read_forgets_it_at_the_next_sync() {
    let hub = begun().await;
    let governor = Device::join(&hub, Cast::ANSA).await;
    governor.sync().await;
    let heads = RatingId::derive(of_the_year(), Cast::HEAD);
    assert!(governor.get(of_the_year()).is_some() && governor.get(heads).is_some());
    let_governors(&hub, "nothing");
    governor.sync().await;
    assert_eq!(governor.get(of_the_year()), None);
    assert_eq!(governor.get(heads), None);
    let_governors(&hub, "read");
    governor.sync().await;
    assert!(governor.get(heads).is_some());
    // Whoever is no governor any more reads it no more either.
    hub.lead(
        "person_put",
        json!({ "person": Cast::ANSA, "name": "Ansa Whitlow", "roles": ["visitor"], "is_active": true }),
    );
    governor.sync().await;
    assert_eq!(governor.get(of_the_year()), None);
    assert_eq!(governor.get(heads), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_governor_rates_only_where_the_school_lets_them() {
    let hub = begun().await;
    for (may, is_let) in [("nothing", false), ("read", false), ("rate", true)] {
        let_governors(&hub, may);
        let client = Outsider::let_in(&hub, Cast::ANSA).await;
        let sent = rating(
            &hub,
            &client,
            Cast::ANSA,
            &[("ratings.send_cycle", json!(4))],
        );
        let answer = client.push(&[sent]).await;
        match is_let {
            true => assert!(answer.accepted(0).contains(&"ratings.send_cycle")),
            false => assert_eq!(answer.refused(0, "ratings.send_cycle"), "not_a_rater"),
        }
        let answer = client
            .rpc("self_evaluation_rate", rate("send_cycle", 3))
            .await;
        assert_eq!(answer.status == StatusCode::OK, is_let, "{may} {answer:?}");
    }
    for person in EVERYONE
        .into_iter()
        .filter(|one| !is_leader(*one) && *one != Cast::ANSA)
    {
        let client = Outsider::let_in(&hub, person).await;
        let sent = rating(&hub, &client, person, &[("ratings.send_cycle", json!(4))]);
        let answer = client.push(&[sent]).await;
        assert_eq!(answer.refused(0, "ratings.send_cycle"), "not_a_rater");
        let answer = client
            .rpc("self_evaluation_rate", rate("send_cycle", 3))
            .await;
        assert_eq!(answer.code(), "not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_rates_in_anothers_place_whoever_leads() {
    let hub = begun().await;
    let_governors(&hub, "rate");
    for person in [Cast::LEADER, Cast::ANSA, Cast::TEACHER] {
        let client = Outsider::let_in(&hub, person).await;
        for of in [Cast::HEAD, person] {
            let fields = [
                ("self_evaluation", json!(of_the_year())),
                ("person", json!(of)),
                ("ratings.send_cycle", json!(4)),
                ("notes.send_cycle", json!("All is well")),
            ];
            // The head's own record, and one that is made up beside it.
            let heads = RatingId::derive(of_the_year(), Cast::HEAD);
            for id in [heads.uuid(), made_up(501)] {
                let sent = client.record(&hub, id, "rating", &fields);
                let answer = client.push(&[sent]).await;
                assert_eq!(answer.refused(0, "ratings.send_cycle"), "not_yours");
                assert_eq!(answer.refused(0, "notes.send_cycle"), "not_yours");
            }
        }
    }
    let view = hub.lead("self_evaluation_get", year());
    let said = indicator(&view, "send_cycle")["said"].as_array().unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(
        (&said[0]["value"], &said[0]["note"]),
        (&json!(2), &json!(WORDS))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agreed_rating_is_forged_by_no_governor_and_no_teacher() {
    let hub = begun().await;
    let_governors(&hub, "rate");
    for person in EVERYONE.into_iter().filter(|one| !is_leader(*one)) {
        let client = Outsider::let_in(&hub, person).await;
        let forged = [
            ("year", json!(YEAR)),
            ("agreed.send_cycle", json!(4)),
            ("reading.send", json!("Mine")),
            ("closed_at", json!(hub.clock.true_now())),
        ];
        let sent = client.record(&hub, of_the_year(), "self_evaluation", &forged);
        let answer = client.push(&[sent]).await;
        for (field, _) in &forged {
            assert_eq!(answer.refused(0, field), "not_a_leader");
        }
        for (command, asked) in [
            ("self_evaluation_start", year()),
            ("self_evaluation_close", year()),
            (
                "self_evaluation_agree",
                json!({ "year": YEAR, "edit": { "what": "alike" } }),
            ),
            (
                "self_evaluation_reading",
                json!({ "year": YEAR, "domain": "send", "text": "Mine" }),
            ),
        ] {
            assert_eq!(client.rpc(command, asked).await.code(), "not_allowed");
        }
    }
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    // Leaders do, within what a rating is, of the year's one self-evaluation.
    for (value, is_fit) in [
        (json!(0), false),
        (json!(5), false),
        (json!("4"), false),
        (json!(3), true),
    ] {
        let fields = [("agreed.send_cycle", value)];
        let sent = leader.record(&hub, of_the_year(), "self_evaluation", &fields);
        let answer = leader.push(&[sent]).await;
        if !is_fit {
            assert_eq!(answer.refused(0, "agreed.send_cycle"), "wrong_value");
        }
    }
    let second = leader.record(
        &hub,
        made_up(502),
        "self_evaluation",
        &[("year", json!(YEAR))],
    );
    assert_eq!(leader.push(&[second]).await.refused(0, "year"), "not_yours");
    let far = SelfEvaluationId::derive(Cast::SCHOOL, 2040);
    let far = leader.record(&hub, far, "self_evaluation", &[("year", json!(2040))]);
    assert_eq!(leader.push(&[far]).await.refused(0, "year"), "far_year");
    let view = hub.lead("self_evaluation_get", year());
    assert_eq!(indicator(&view, "send_cycle")["agreed"], 3);
    assert_eq!(view["closed_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_rate_offline_both_keep_every_word_and_a_leader_agrees_with_the_spread_in_sight() {
    let hub = begun().await;
    let_governors(&hub, "rate");
    let (leader, governor) = (
        Device::join(&hub, Cast::LEADER).await,
        Device::join(&hub, Cast::ANSA).await,
    );
    leader.sync().await;
    governor.sync().await;
    // With no network, on the same indicators.
    leader
        .call("self_evaluation_rate", rate("send_cycle", 4))
        .unwrap();
    leader
        .call("self_evaluation_rate", rate("staff_coaching", 3))
        .unwrap();
    governor
        .call("self_evaluation_rate", rate("send_cycle", 1))
        .unwrap();
    governor
        .call("self_evaluation_rate", rate("staff_coaching", 3))
        .unwrap();
    governor
        .call("self_evaluation_rate", note("staff_coaching"))
        .unwrap();
    governor.sync().await;
    leader.sync().await;
    let view = leader.call("self_evaluation_get", year()).unwrap();
    let cycle = indicator(&view, "send_cycle");
    assert_eq!(
        (&cycle["low"], &cycle["high"], &cycle["is_wide"]),
        (&json!(1), &json!(4), &json!(true))
    );
    assert_eq!(cycle["said"].as_array().unwrap().len(), 3);
    assert_eq!(cycle["agreed"], Value::Null);
    let coaching = indicator(&view, "staff_coaching");
    assert!(says(coaching, WORDS), "{coaching}");
    assert_eq!(view["alike"], 1);
    let agreed = json!({ "year": YEAR, "edit": { "what": "alike" } });
    let view = leader.call("self_evaluation_agree", agreed).unwrap();
    assert_eq!(indicator(&view, "staff_coaching")["agreed"], 3);
    assert_eq!(
        indicator(&view, "send_cycle")["agreed"],
        Value::Null,
        "it is not averaged"
    );
    assert_eq!(
        view["overall"],
        json!({ "of_four": 3.0, "answered": 1, "of": 40 })
    );
    let one = json!({ "what": "one", "indicator": "send_cycle", "value": 2 });
    leader
        .call(
            "self_evaluation_agree",
            json!({ "year": YEAR, "edit": one }),
        )
        .unwrap();
    leader.sync().await;
    governor.sync().await;
    let view = governor.call("self_evaluation_get", year()).unwrap();
    assert_eq!(view["overall"]["of_four"], 2.5);
    assert_eq!(view["may_agree"], false);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_year_stays_as_it_was_closed() {
    let hub = begun().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let before = rating(
        &hub,
        &leader,
        Cast::LEADER,
        &[("ratings.send_cycle", json!(3))],
    );
    leader.push(std::slice::from_ref(&before)).await.accepted(0);
    let refused = leader.rpc("self_evaluation_close", year()).await;
    assert_eq!(refused.code(), "refused", "nothing is agreed yet");
    let one = json!({ "what": "one", "indicator": "send_cycle", "value": 2 });
    hub.lead(
        "self_evaluation_agree",
        json!({ "year": YEAR, "edit": one }),
    );
    hub.lead("self_evaluation_close", year());
    let shut = School::get(&hub, of_the_year()).unwrap();

    // What was received before is received again, however often it is sent.
    let again = leader.push(&[before]).await;
    assert!(
        again.accepted(0).contains(&"ratings.send_cycle"),
        "{again:?}"
    );
    let later = rating(
        &hub,
        &leader,
        Cast::LEADER,
        &[("ratings.send_cycle", json!(1))],
    );
    assert_eq!(
        leader.push(&[later]).await.refused(0, "ratings.send_cycle"),
        "closed"
    );
    for (field, value) in [
        ("agreed.send_cycle", json!(4)),
        ("reading.send", json!("Later")),
        ("closed_at", json!(null)),
        ("year", json!(2025)),
    ] {
        let sent = leader.record(&hub, of_the_year(), "self_evaluation", &[(field, value)]);
        leader.push(&[sent]).await.refused(0, field);
    }
    for (command, asked) in [
        ("self_evaluation_rate", rate("send_cycle", 1)),
        (
            "self_evaluation_agree",
            json!({ "year": YEAR, "edit": { "what": "one", "indicator": "send_cycle", "value": 4 } }),
        ),
    ] {
        assert_eq!(leader.rpc(command, asked).await.code(), "refused");
    }
    assert_eq!(School::get(&hub, of_the_year()).unwrap(), shut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_answer_rests_on_names_no_member_of_staff() {
    let hub = begun().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    for words in ["Tilde Farrow still struggles", "Seen in Farrow's lessons"] {
        let sent = rating(
            &hub,
            &leader,
            Cast::LEADER,
            &[
                ("notes.teaching_checks", json!(words)),
                ("ratings.teaching_checks", json!(2)),
            ],
        );
        let answer = leader.push(&[sent]).await;
        assert_eq!(
            answer.refused(0, "notes.teaching_checks"),
            "note_names_staff"
        );
        assert!(answer.accepted(0).contains(&"ratings.teaching_checks"));
        let edit = json!({ "what": "note", "text": words });
        let asked = json!({ "year": YEAR, "indicator": "teaching_checks", "edit": edit });
        assert_eq!(
            leader.rpc("self_evaluation_rate", asked).await.code(),
            "refused"
        );
    }
}
