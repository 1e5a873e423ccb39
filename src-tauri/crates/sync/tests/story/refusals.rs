//! One bad record never holds the rest back.

use alongside_domain::Kind;
use alongside_sync::{SyncError, notes};
use serde_json::json;

use crate::support::{Device, Hub, record};

#[tokio::test]
async fn a_refused_field_is_set_aside_and_the_rest_goes() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "overall", "first");
    ada.sync().await.unwrap();
    hub.refuse(|_, name, _| (name == "overall").then_some(("not_allowed", "Ask a leader.")));
    ada.mark(record(1), "overall", "second");
    ada.mark(record(1), "marks.a", "seen");

    let summary = ada.sync().await.unwrap();

    assert_eq!(
        (summary.requests, summary.pushed, summary.refused),
        (1, 1, 1)
    );
    assert_eq!(ada.waiting(), 0);
    assert_eq!(ada.value(record(1), "overall"), Some(json!("first")));
    let aside = ada.store.read().unwrap().set_aside().unwrap();
    assert_eq!(aside[0].field.value, json!("second"));
    assert_eq!(
        (&*aside[0].code, &*aside[0].message),
        ("not_allowed", "Ask a leader.")
    );
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn finishing_twice_is_settled_without_a_word() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    hub.refuse(|_, name, _| {
        (name == "finished_at").then_some(("already_finished", "Done before."))
    });
    ada.mark(record(1), "finished_at", "10:00");
    ada.mark(record(1), "marks.a", "seen");
    let summary = ada.sync().await.unwrap();
    assert_eq!(summary.refused, 0);
    assert!(ada.set_aside().is_empty());
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn what_the_hub_has_destroyed_is_not_set_aside() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "overall", "once");
    ada.sync().await.unwrap();
    hub.hide(record(1));
    hub.refuse(|_, name, _| (name != "marks.b").then_some(("destroyed", "It is gone.")));
    for (name, value) in [
        ("overall", "twice"),
        ("overall", "thrice"),
        ("marks.a", "seen"),
    ] {
        ada.mark(record(1), name, value);
    }
    ada.mark(record(2), "marks.b", "seen");

    let summary = ada.sync().await.unwrap();

    assert_eq!((summary.refused, ada.waiting()), (0, 0));
    assert!(ada.set_aside().is_empty());
    assert_eq!(ada.get(record(1)), None);
    assert_eq!(
        ada.store.read().unwrap().history(record(1)).unwrap(),
        Vec::new()
    );
    assert_eq!(ada.value(record(2), "marks.b"), Some(json!("seen")));
    let file = std::fs::read(ada.path()).unwrap();
    for word in ["twice", "thrice"] {
        let is_found = file
            .windows(word.len())
            .any(|bytes| bytes == word.as_bytes());
        assert!(!is_found, "{word} is still in the file");
    }
}

#[tokio::test]
async fn an_unknown_kind_is_offered_again_to_a_newer_hub() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.write(
        record(1),
        &Kind::Other("timetable".into()),
        "monday",
        json!("early"),
    );
    ada.sync().await.unwrap();
    assert_eq!(ada.set_aside(), ["unknown_kind".to_owned()].into());

    assert_eq!(ada.engine().offer_again().await.unwrap(), 1);
    assert_eq!(ada.waiting(), 1);
    ada.sync().await.unwrap();
    assert_eq!((ada.waiting(), ada.set_aside().len()), (0, 1));
}

#[tokio::test]
async fn what_was_refused_for_want_of_its_visit_is_offered_again_when_more_has_come() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    hub.refuse(|kind, _, _| match kind {
        Kind::Observation => Some(("unknown_id", "The visit is not known here.")),
        _ => None,
    });
    ada.mark(record(1), "marks.a", "seen");
    ada.sync().await.unwrap();
    ada.sync().await.unwrap();
    assert_eq!(ada.set_aside(), ["unknown_id".to_owned()].into());
    assert_eq!(ada.line.calls_made(), 2);

    // A leader's device brings it.
    hub.refuse(|_, _, _| None);
    ben.write(record(2), &Kind::Visit, "subject", json!("Music"));
    ben.sync().await.unwrap();
    ada.sync().await.unwrap();
    assert!(ada.set_aside().is_empty());
    assert_eq!(hub.value(record(1), "marks.a"), Some(json!("seen")));
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn what_was_set_aside_outlives_a_pull_from_the_start() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    ada.mark(record(1), "marks.b", "seen");
    ada.sync().await.unwrap();
    let yesterday = hub.backup();
    ada.mark(record(1), "marks.b", "not_seen");
    ada.sync().await.unwrap();
    hub.refuse(|_, name, _| (name == "overall").then_some(("finished", "It is finished.")));
    ada.mark(record(1), "overall", "Calm and busy");
    ada.sync().await.unwrap();
    assert_eq!(ada.set_aside(), ["finished".to_owned()].into());

    hub.restore(&yesterday);
    ada.sync().await.unwrap();
    ada.sync().await.unwrap();
    assert_eq!(hub.value(record(1), "marks.b"), Some(json!("not_seen")));
    assert_eq!(ada.set_aside(), ["finished".to_owned()].into());
}

#[tokio::test]
async fn a_hub_that_finds_a_call_too_large_gets_smaller_ones() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    for n in 0..9 {
        for name in ["marks.a", "marks.b", "visit", "observer", "overall"] {
            ada.mark(record(n), name, "x");
        }
    }
    hub.take_at_most(3);
    ada.sync().await.unwrap();
    assert_eq!(ada.waiting(), 0);
    assert!(ada.set_aside().is_empty());
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn a_record_that_must_be_cut_goes_in_the_order_it_was_written() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    for name in ["visit", "observer", "marks.a", "comments.b", "finished_at"] {
        ada.mark(record(1), name, "x");
    }
    hub.take_at_most(2);
    ada.sync().await.unwrap();
    let calls = ada.line.calls();
    let sent: Vec<Vec<&str>> = calls
        .iter()
        .skip(1)
        .map(|call| call.records[0].fields.keys().map(String::as_str).collect())
        .collect();
    assert_eq!(
        sent,
        [
            vec!["observer", "visit"],
            vec!["comments.b", "marks.a"],
            vec!["finished_at"]
        ]
    );
}

#[tokio::test]
async fn a_value_no_hub_can_take_is_set_aside_and_the_rest_goes() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "overall", &"x".repeat(4 * 1024 * 1024));
    ada.mark(record(1), "marks.a", "seen");
    let summary = ada.sync().await.unwrap();
    assert_eq!(summary.requests, 1);
    assert_eq!(ada.set_aside(), ["too_large".to_owned()].into());
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn a_single_value_answered_413_is_set_aside_and_the_rest_goes() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "overall", &"x".repeat(9_000));
    hub.take_at_most(0);
    ada.sync().await.unwrap();
    assert_eq!(ada.set_aside(), ["too_large".to_owned()].into());
}

#[tokio::test]
async fn a_tick_answered_413_by_something_on_the_way_goes_on_waiting() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    hub.take_at_most(0);
    let error = ada.sync().await.unwrap_err();
    assert_eq!(error.code(), "too_large");
    assert_eq!((ada.waiting(), ada.set_aside().len()), (1, 0));
    hub.take_at_most(usize::MAX);
    ada.sync().await.unwrap();
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn large_records_go_in_several_calls_of_at_most_four_megabytes() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    for n in 0..10 {
        ada.mark(record(n), "overall", &"\"".repeat(500_000));
    }
    ada.sync().await.unwrap();
    let sizes: Vec<_> = ada
        .line
        .calls()
        .iter()
        .map(|call| serde_json::to_vec(call).unwrap().len())
        .collect();
    assert_eq!(sizes.len(), 3);
    assert!(
        sizes.iter().all(|size| *size <= 4 * 1024 * 1024),
        "{sizes:?}"
    );
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn an_answer_without_a_receipt_is_an_error_and_not_a_loop() {
    use alongside_sync::{SyncAnswer, SyncRequest, apply::validate};
    let request = SyncRequest {
        after: Some(3),
        ..SyncRequest::default()
    };
    let answer = SyncAnswer {
        cursor: Some(3),
        more: true,
        ..SyncAnswer::default()
    };
    assert!(matches!(
        validate(&request, &answer),
        Err(SyncError::Garbled(_))
    ));
    let answer = SyncAnswer::default();
    assert!(matches!(
        validate(&request, &answer),
        Err(SyncError::Garbled(_))
    ));
}

#[tokio::test]
async fn joining_another_school_with_a_space_that_has_one_is_refused() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    let address = "127.0.0.1:8420".parse().unwrap();
    let request = alongside_sync::PairRequest {
        code: "code".into(),
        device: alongside_sync::wire::PairDevice {
            id: ada.id,
            name: "Tablet".into(),
        },
        school: None,
    };
    let joined = alongside_sync::join(&address, &*ada.line, &request)
        .await
        .unwrap();
    joined.keep(&*ada.store).unwrap();
    assert_eq!(ada.note(notes::HUB_TOKEN).as_deref(), Some("token"));
    assert!(
        alongside_sync::joined_hub(&*ada.store.read().unwrap())
            .unwrap()
            .is_some()
    );

    let mut other = joined.clone();
    other.answer.school.id = alongside_domain::SchoolId::from_uuid(uuid::Uuid::from_u128(99));
    other.answer.token = "other".into();
    assert!(matches!(
        other.keep(&*ada.store),
        Err(SyncError::ForeignSchool(_))
    ));
    assert_eq!(ada.note(notes::HUB_TOKEN).as_deref(), Some("token"));
}
