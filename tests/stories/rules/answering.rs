//! R17, R18 and R19: reviews that are counted and not written, concerns that nobody else reads, and forms that teachers
//! help to shape.

use alongside_domain::{Kind, RecordId, ReviewId};
use alongside_tests::{Cast, Device, Outsider, RunningHub, School, http};
use reqwest::StatusCode;
use serde_json::json;

use super::{EVERYONE, made_up, says, share, start, the_term, visited};

/// What nobody but three may ever read.
const WORDS: &str = "The visit ran into the fire drill";

/// Says who stands beside the teacher.
fn manage(hub: &RunningHub) {
    hub.lead(
        "person_put",
        json!({
            "person": Cast::TEACHER, "name": "Tilde Farrow", "roles": ["teacher"],
            "line_manager": Cast::BRAM, "is_active": true,
        }),
    );
}

/// A concern of the teacher's, with or without her line manager; its id.
async fn raised(hub: &RunningHub, with: bool) -> String {
    let teacher = Outsider::let_in(hub, Cast::TEACHER).await;
    let asked = json!({ "text": WORDS, "with_line_manager": with });
    let answer = teacher.rpc("concern_raise", asked).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.body[0]["concern"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_a_concern_is_read_by_its_writer_its_supporter_and_the_head_and_by_no_other_door() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    share(&hub);
    manage(&hub);
    let alone = raised(&hub, false).await;
    let supported = raised(&hub, true).await;
    hub.lead("review_make", json!({ "term": the_term(&hub) }));
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let may_read = |concern: &str| match person {
            Cast::HEAD | Cast::TEACHER => true,
            Cast::BRAM => concern == supported,
            _ => false,
        };
        let pulled = json!(client.pull().await);
        let listed = client.rpc("concern_list", json!({})).await.body;
        for concern in [&alone, &supported] {
            assert_eq!(
                says(&pulled, concern),
                may_read(concern),
                "feed of {person}"
            );
            assert_eq!(
                says(&listed, concern),
                may_read(concern),
                "list of {person}"
            );
        }
        let reads_any = may_read(&alone) || may_read(&supported);
        assert_eq!(says(&pulled, WORDS), reads_any, "feed of {person}");
        // Everything else that could say it, also as a number.
        for (command, request) in [
            (
                "log_list",
                json!({ "before": null, "act": null, "person": null }),
            ),
            (
                "log_list",
                json!({ "before": null, "act": null, "person": Cast::TEACHER }),
            ),
            (
                "log_list",
                json!({ "before": null, "act": "accepted", "person": null }),
            ),
            ("held_take", json!({ "format": "json" })),
            ("held_take", json!({ "format": "html" })),
            ("held_get", json!({})),
            ("device_list", json!({})),
            ("comment_list", json!({ "on": alone })),
            ("record_get", json!({ "visit": Cast::VISIT })),
            ("school_get", json!({})),
            ("reminder_list", json!({})),
            ("retention_list", json!({})),
        ] {
            let answer = client.rpc(command, request).await.body;
            if !reads_any {
                assert!(!says(&answer, WORDS), "{command} to {person}: {answer}");
                assert!(!says(&answer, &alone), "{command} to {person}: {answer}");
                assert!(!says(&answer, &supported), "{command} to {person}");
                assert!(
                    !says(&answer, "concern\""),
                    "{command} to {person}: {answer}"
                );
            }
            if command == "log_list" {
                assert!(!says(&answer, WORDS), "no words of people in the log");
            }
        }
        let reminded = client.rpc("reminder_list", json!({})).await.body;
        let expected = if person == Cast::HEAD { 2 } else { 0 };
        assert_eq!(
            reminded["concerns_to_answer"], expected,
            "count of {person}"
        );
        let review = client
            .rpc("review_get", json!({ "term": the_term(&hub) }))
            .await
            .body;
        assert_eq!(review["kept"]["concerns"], 2, "a number, to everyone alike");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_the_hubs_events_do_not_tell_another_leader_of_a_concern() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let response = http()
        .get(hub.url("/v1/events"))
        .bearer_auth(&leader.token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    raised(&hub, false).await;
    // Something they are told of, so that what came before it is known to be all.
    hub.lead(
        "room_put",
        json!({ "room": Cast::ROOM, "name": "Room 5", "place": "Garden side", "route": 4 }),
    );
    let mut response = response;
    let mut heard = String::new();
    while !heard.contains("room") {
        let chunk = response.chunk().await.unwrap().unwrap();
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(!heard.contains("concern"), "{heard}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_a_concern_cannot_be_opened_answered_widened_or_changed_by_others() {
    let hub = School::on_the_day().await;
    manage(&hub);
    let concern = raised(&hub, false).await;
    let before = School::get(&hub, concern.parse::<RecordId>().unwrap()).unwrap();
    for person in EVERYONE.into_iter().filter(|one| *one != Cast::HEAD) {
        let client = Outsider::let_in(&hub, person).await;
        let asked = json!({ "concern": concern, "answer": "Nothing to see" });
        assert!(
            client
                .rpc("concern_answer", asked)
                .await
                .status
                .is_client_error(),
            "{person}"
        );
        let fields = [
            ("supporter", json!(person)),
            ("text", json!("Never mind")),
            ("writer", json!(person)),
            ("answer", json!("Nothing to see")),
            ("answered_by", json!(Cast::HEAD)),
            ("answered_at", json!(hub.clock.true_now())),
        ];
        let sent = client.record(&hub, &concern, "concern", &fields);
        let answer = client.push(&[sent]).await;
        assert_eq!(answer.accepted(0), [""; 0], "{person} {answer:?}");
        // An acknowledgement of it would pull it into sight.
        let own = alongside_domain::AcknowledgementId::derive(concern.parse().unwrap(), person);
        let fields = [
            ("of", json!(concern)),
            ("person", json!(person)),
            ("at", json!(hub.clock.true_now())),
        ];
        let sent = client.record(&hub, own, "acknowledgement", &fields);
        client.push(&[sent]).await.refused(0, "at");
    }
    assert_eq!(
        School::get(&hub, concern.parse::<RecordId>().unwrap()),
        Some(before)
    );
    // Nobody makes themselves the head to read it, and the head cannot rewrite it.
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let crowned = leader.record(&hub, Cast::LEADER, "person", &[("roles", json!(["head"]))]);
    assert_eq!(
        leader.push(&[crowned]).await.refused(0, "roles"),
        "not_the_head"
    );
    let head = Outsider::let_in(&hub, Cast::HEAD).await;
    let sent = head.record(
        &hub,
        &concern,
        "concern",
        &[("text", json!("All was well"))],
    );
    assert_eq!(
        head.push(&[sent]).await.refused(0, "text"),
        "concern_raised"
    );
    // It is answered, the writer reads the answer, and the answer stays.
    let asked = json!({ "concern": concern, "answer": "We will look at the drills." });
    assert_eq!(
        head.rpc("concern_answer", asked).await.status,
        StatusCode::OK
    );
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let listed = teacher.rpc("concern_list", json!({})).await.body;
    assert_eq!(listed[0]["answer"], "We will look at the drills.");
    assert_eq!(listed[0]["is_received"], true, "its receipt");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r18_a_device_that_is_lent_to_another_leader_holds_no_concern() {
    let hub = School::on_the_day().await;
    let leader = Device::join(&hub, Cast::LEADER).await;
    leader.sync().await;
    let concern = raised(&hub, false).await;
    leader.sync().await;
    assert_eq!(leader.get(concern.parse::<RecordId>().unwrap()), None);
    let bytes = std::fs::read(leader.path()).unwrap();
    let is_there = bytes
        .windows(WORDS.len())
        .any(|window| window == WORDS.as_bytes());
    assert!(!is_there, "not in its file either");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r17_the_numbers_of_a_review_are_counted_by_the_hub_and_written_by_nobody() {
    let hub = School::on_the_day().await;
    visited(&hub).await;
    let term = the_term(&hub);
    let review = ReviewId::derive(term);
    let perfect = json!({
        "visits": 40, "noticed": 40, "two_observers": 40, "moved_after_notice": 0, "shared": 40,
        "shared_in_time": 40, "shared_median_hours": 1, "shared_worst_hours": 2,
        "responses_offered": 40, "responses_made": 40, "concerns": 0,
    });
    for person in EVERYONE {
        let client = Outsider::let_in(&hub, person).await;
        let fields = [
            ("term", json!(term)),
            ("made_at", json!(hub.clock.true_now())),
            ("kept", perfect.clone()),
        ];
        let sent = client.record(&hub, review, "review", &fields);
        let answer = client.push(&[sent]).await;
        for field in ["kept", "made_at"] {
            let code = answer.refused(0, field);
            assert!(["hub_only", "not_a_leader"].contains(&code), "{code}");
        }
        // A second review of the term, with numbers of its own.
        let sent = client.record(&hub, made_up(401), "review", &fields);
        client.push(&[sent]).await.refused(0, "kept");
        if ![Cast::HEAD, Cast::LEADER].contains(&person) {
            let asked = json!({ "term": term });
            assert_eq!(client.rpc("review_make", asked).await.code(), "not_allowed");
        }
    }
    let made = hub.lead("review_make", json!({ "term": term }));
    assert_eq!(made["kept"]["visits"], 1, "{made}");
    assert_eq!(made["kept"]["noticed"], 1, "{made}");
    assert_eq!(made["kept"]["shared_in_time"], 0, "{made}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r17_everyone_comments_on_a_review_and_on_nobodys_behalf() {
    let hub = School::on_the_day().await;
    let term = the_term(&hub);
    hub.lead("review_make", json!({ "term": term }));
    let review = ReviewId::derive(term);
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    let asked = json!({ "comment": null, "on": review, "part": "", "text": "More notice, please" });
    let comments = support.rpc("comment_put", asked).await.body;
    let comment = comments[0]["comment"].as_str().unwrap().to_owned();
    for person in EVERYONE.into_iter().filter(|one| *one != Cast::SUPPORT) {
        let client = Outsider::let_in(&hub, person).await;
        let listed = client
            .rpc("comment_list", json!({ "on": review }))
            .await
            .body;
        assert!(says(&listed, "More notice, please"), "{person} {listed}");
        for (id, of) in [
            (comment.clone(), person),
            (made_up(411).to_string(), Cast::SUPPORT),
        ] {
            let fields = [
                ("on", json!(review)),
                ("person", json!(of)),
                ("text", json!("All is well")),
                ("at", json!(hub.clock.true_now())),
                ("part", json!("")),
            ];
            let sent = client.record(&hub, &id, "comment", &fields);
            assert_eq!(client.push(&[sent]).await.refused(0, "text"), "not_yours");
        }
        let asked = json!({ "comment": comment, "on": review, "part": "", "text": "" });
        assert!(
            client
                .rpc("comment_put", asked)
                .await
                .status
                .is_client_error()
        );
    }
    let listed = support
        .rpc("comment_list", json!({ "on": review }))
        .await
        .body;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["text"], "More notice, please");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_form_is_a_draft_open_to_all_staff_until_notice_and_frozen_from_then_on() {
    let hub = RunningHub::start().await;
    School::found(&hub);
    School::plan(&hub);
    let form = School::evidence_form(&hub);
    for person in [Cast::TEACHER, Cast::SUPPORT, Cast::ANSA] {
        let client = Outsider::let_in(&hub, person).await;
        let view = client
            .rpc("template_get", json!({ "template": form }))
            .await
            .body;
        assert_eq!(view["is_draft"], true, "{view}");
        let asked =
            json!({ "comment": null, "on": form, "part": "aids", "text": "Say which aids" });
        assert_eq!(
            client.rpc("comment_put", asked).await.status,
            StatusCode::OK
        );
        let asked = json!({ "template": form });
        assert_eq!(
            client.rpc("template_freeze", asked).await.code(),
            "not_allowed"
        );
    }
    // A changed client gives notice of a draft: staff would not know what is looked for.
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let fields = [
        ("walk", json!(Cast::WALK)),
        ("focus", json!("Time to answer")),
        ("given_at", json!(hub.clock.true_now())),
    ];
    let sent = leader.record(&hub, made_up(421), "notice", &fields);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "given_at"),
        "template_draft"
    );
    hub.lead("notice_give", json!({ "walk": Cast::WALK }));
    let support = Outsider::let_in(&hub, Cast::SUPPORT).await;
    let asked = json!({ "comment": null, "on": form, "part": "", "text": "Too late?" });
    assert_eq!(support.rpc("comment_put", asked).await.code(), "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_form_is_not_changed_swapped_or_thawed_in_the_middle_of_a_walk() {
    let hub = School::on_the_day().await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    ansa.push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let form = School::evidence_form(&hub);
    let criterion =
        json!({ "section": "communication", "text": "The teacher is liked", "order": 0 });
    for (field, value, code) in [
        ("criteria.aids", criterion.clone(), "template_frozen"),
        ("criteria.liked", criterion, "template_frozen"),
        ("name", json!("Another form"), "template_frozen"),
        ("frozen_at", json!(null), "already_finished"),
    ] {
        let sent = leader.record(&hub, form, "template", &[(field, value)]);
        assert_eq!(leader.push(&[sent]).await.refused(0, field), code);
    }
    let other = {
        let reader = hub.desk().store().read().unwrap();
        let forms = reader.list(&Kind::Template).unwrap();
        forms.iter().find(|one| one.id != form.into()).unwrap().id
    };
    let sent = leader.record(&hub, Cast::WALK, "walk", &[("template", json!(other))]);
    assert_eq!(
        leader.push(&[sent]).await.refused(0, "template"),
        "walk_begun"
    );
    let sheet = ansa
        .rpc("visit_get", json!({ "visit": Cast::VISIT }))
        .await
        .body;
    assert!(!says(&sheet, "is liked"), "{sheet}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_form_is_not_swapped_between_notice_and_visit() {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let ansa = Outsider::let_in(&hub, Cast::ANSA).await;
    let form = School::evidence_form(&hub);
    let other = {
        let reader = hub.desk().store().read().unwrap();
        let forms = reader.list(&Kind::Template).unwrap();
        forms.iter().find(|one| one.id != form.into()).unwrap().id
    };
    let sent = leader.record(&hub, Cast::WALK, "walk", &[("template", json!(other))]);
    let swapped = leader.push(&[sent]).await;
    let begun = ansa
        .push(&[start(&hub, &ansa, Cast::VISIT, Cast::ANSA)])
        .await;
    let is_refused =
        |answer: &alongside_tests::Answered| answer.body["results"][0]["accepted"] == json!([]);
    assert!(
        is_refused(&swapped) || is_refused(&begun),
        "staff were told of other criteria than those that are looked for"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_governor_observes_and_a_leader_is_visited_by_the_same_rules() {
    let hub = School::on_the_day().await;
    // Ansa is a governor; the leader takes over Kestrel and is visited like anybody.
    School::staff(&hub, Cast::KESTREL, "Kestrel", Cast::LEADER);
    visited(&hub).await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let edit = json!({ "visit": Cast::VISIT, "edit": { "what": "overall", "text": "Early" } });
    let answer = leader.rpc("response_write", edit.clone()).await;
    assert_eq!(answer.code(), "refused", "an answer comes after sharing");
    share(&hub);
    let answer = leader.rpc("response_write", edit).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let governor = Outsider::let_in(&hub, Cast::ANSA).await;
    let record = governor
        .rpc("record_get", json!({ "visit": Cast::VISIT }))
        .await;
    assert_eq!(record.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_form_in_use_is_not_changed_part_by_part_or_by_what_was_written_before_and_comes_late()
 {
    let hub = School::on_the_day().await;
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let form = School::evidence_form(&hub);
    let asked = json!({ "template": form });
    let before = leader.rpc("template_get", asked.clone()).await.body;
    let early = hub.clock.true_now() - chrono::Duration::days(30);
    let early = u64::try_from(early.timestamp_millis()).unwrap();
    for (field, value) in [
        ("wordings.aids", json!("Something else")),
        ("guidance.aids", json!("Something else")),
        ("places.aids", json!({ "section": "books", "order": 0 })),
        ("removed.aids", json!(true)),
        ("titles.books", json!("Something else")),
        ("section_places.books", json!({ "order": -1 })),
        ("section_removed.books", json!(true)),
        ("prompts.books", json!(["What else?"])),
        ("version", json!(9)),
    ] {
        let mut sent = leader.record(&hub, form, "template", &[(field, value)]);
        assert_eq!(
            leader.push(&[sent.clone()]).await.refused(0, field),
            "template_frozen"
        );
        let stamp = alongside_domain::Stamp::new(early, 0, leader.device.tail());
        sent["fields"][field]["stamp"] = json!(stamp);
        assert_eq!(
            leader.push(&[sent]).await.refused(0, field),
            "template_frozen"
        );
    }
    let edits = json!([{ "what": "criterion_remove", "criterion": "aids" }]);
    let edit = json!({ "template": form, "edits": edits });
    assert_eq!(leader.rpc("template_edit", edit).await.code(), "refused");
    assert_eq!(leader.rpc("template_get", asked).await.body, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r19_a_draft_is_changed_by_leaders_alone_and_a_comment_on_it_answered_by_them() {
    let hub = RunningHub::start().await;
    School::found(&hub);
    let form = School::evidence_form(&hub);
    for person in [Cast::TEACHER, Cast::SUPPORT, Cast::ANSA] {
        let client = Outsider::let_in(&hub, person).await;
        let edits = json!([{ "what": "name", "name": "Mine" }]);
        for (command, asked) in [
            ("template_edit", json!({ "template": form, "edits": edits })),
            ("template_new", json!({ "from": form, "name": "Mine" })),
            ("template_next", json!({ "template": form })),
            (
                "template_away",
                json!({ "template": form, "is_away": true }),
            ),
            ("template_import", json!({ "file": "e30=", "name": "Mine" })),
        ] {
            let answer = client.rpc(command, asked).await;
            assert_eq!(answer.code(), "not_allowed", "{command}");
        }
        for (field, value) in [("wordings.aids", json!("Mine")), ("is_away", json!(true))] {
            let sent = client.record(&hub, form, "template", &[(field, value)]);
            assert_eq!(client.push(&[sent]).await.refused(0, field), "not_a_leader");
        }
    }
    let teacher = Outsider::let_in(&hub, Cast::TEACHER).await;
    let asked = json!({ "comment": null, "on": form, "part": "aids", "text": "Say which aids" });
    let said = teacher.rpc("comment_put", asked).await.body;
    let comment = said[0]["comment"].as_str().unwrap().to_owned();
    let answer = json!({ "comment": comment, "text": "Named now", "is_taken_up": true });
    let own = teacher.rpc("comment_answer", answer.clone()).await;
    assert_eq!(own.code(), "not_allowed");
    let fields = [("is_taken_up", json!(true))];
    let sent = teacher.record(&hub, &comment, "comment", &fields);
    assert_eq!(
        teacher.push(&[sent]).await.refused(0, "is_taken_up"),
        "not_a_leader"
    );
    let leader = Outsider::let_in(&hub, Cast::LEADER).await;
    let answered = leader.rpc("comment_answer", answer).await;
    assert_eq!(answered.status, StatusCode::OK);
    let sent = leader.record(&hub, &comment, "comment", &[("text", json!("All is well"))]);
    assert_eq!(leader.push(&[sent]).await.refused(0, "text"), "not_yours");
}
