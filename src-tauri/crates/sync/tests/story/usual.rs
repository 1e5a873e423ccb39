//! What a sync costs and brings when nothing goes wrong.

use std::sync::{Arc, Mutex};

use alongside_domain::Kind;
use alongside_sync::{Care, Checked, notes};
use serde_json::json;

use crate::support::{Device, Hub, MORNING, record, write};

#[tokio::test]
async fn a_usual_sync_is_one_call_that_pushes_and_pulls() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ada.mark(record(1), "marks.a", "seen");
    ada.sync().await.unwrap();
    ben.mark(record(2), "marks.b", "not_seen");

    let summary = ben.sync().await.unwrap();

    assert_eq!(
        (summary.requests, summary.pushed, summary.pulled),
        (1, 1, 1)
    );
    assert_eq!(summary.checked, Checked::Same);
    assert_eq!(summary.changed, [(record(1), Kind::Observation)]);
    assert_eq!(ben.value(record(1), "marks.a"), Some(json!("seen")));
    assert_eq!(ben.waiting(), 0);
    assert_eq!(ben.records(), hub.records());
}

#[tokio::test]
async fn nothing_to_do_is_one_call_and_writes_nothing() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    ada.sync().await.unwrap();
    let received = ada.note(notes::RECEIVED_AT);
    ada.wall.forward(20_000);
    hub.wall.forward(20_000);

    let summary = ada.sync().await.unwrap();

    assert_eq!(summary.requests, 1);
    assert_eq!(summary.checked, Checked::Unchanged);
    assert_eq!(summary.received_at, MORNING + 20_000);
    assert_eq!(ada.note(notes::RECEIVED_AT), received);
}

#[tokio::test]
async fn when_the_hub_last_answered_is_noted_to_the_minute() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.sync().await.unwrap();
    ada.wall.forward(61_000);
    hub.wall.forward(61_000);
    ada.sync().await.unwrap();
    assert_eq!(
        ada.note(notes::RECEIVED_AT),
        Some((MORNING + 61_000).to_string())
    );
}

#[tokio::test]
async fn a_school_moves_in_by_batches_and_a_fresh_device_pulls_it_by_pages() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    let mut writer = ada.store.write().unwrap();
    for n in 0..1_203 {
        let field = alongside_domain::Field {
            value: json!(n),
            stamp: ada.clock.tick(),
        };
        let kept = alongside_store::Kept::Waiting;
        writer
            .put(record(n), &Kind::Room, "name", &field, kept)
            .unwrap();
    }
    writer.commit().unwrap();

    let pushed = ada.sync().await.unwrap();
    assert_eq!((pushed.requests, pushed.pushed), (3, 1_203));
    let waits: Vec<_> = ada
        .line
        .calls()
        .iter()
        .map(|call| (call.waiting, call.after))
        .collect();
    assert_eq!(
        waits,
        [
            (Some(703), Some(0)),
            (Some(203), None),
            (Some(0), Some(500))
        ]
    );

    let pages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&pages);
    let heed = move |applied: &alongside_sync::Applied| heard.lock().unwrap().push(applied.pulled);
    let pulled = ben
        .engine()
        .sync(&*ben.line, Care::Now, &heed)
        .await
        .unwrap();
    assert_eq!((pulled.requests, pulled.pulled), (3, 1_203));
    assert_eq!(*pages.lock().unwrap(), [500, 500, 203]);
    assert_eq!(ben.records(), hub.records());
}

#[tokio::test]
async fn what_is_written_during_a_sync_waits_for_the_next() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    let (store, clock) = (Arc::clone(&ada.store), Arc::clone(&ada.clock));
    ada.line.during_the_next_call(move || {
        write(
            &*store,
            &clock,
            record(1),
            &Kind::Observation,
            "marks.a",
            json!("not_seen"),
        );
    });

    let first = ada.sync().await.unwrap();
    assert_eq!((first.waiting, first.checked), (1, Checked::NotNow));
    assert_eq!(ada.value(record(1), "marks.a"), Some(json!("not_seen")));

    let second = ada.sync().await.unwrap();
    assert_eq!((second.waiting, second.checked), (0, Checked::Same));
    assert_eq!(hub.value(record(1), "marks.a"), Some(json!("not_seen")));
}

#[tokio::test]
async fn what_is_to_be_forgotten_goes_and_what_waits_in_it_stays() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    ada.mark(record(2), "marks.a", "seen");
    ada.sync().await.unwrap();
    hub.hide(record(1));
    hub.hide(record(2));
    let (store, clock) = (Arc::clone(&ada.store), Arc::clone(&ada.clock));
    ada.line.during_the_next_call(move || {
        write(
            &*store,
            &clock,
            record(2),
            &Kind::Observation,
            "overall",
            json!("calm"),
        );
    });

    let summary = ada.sync().await.unwrap();

    assert_eq!(ada.get(record(1)), None);
    assert_eq!(ada.value(record(2), "marks.a"), None);
    assert_eq!(ada.value(record(2), "overall"), Some(json!("calm")));
    assert_eq!(summary.changed.len(), 2);
}

#[tokio::test]
async fn an_unknown_kind_and_unknown_fields_from_the_hub_are_kept() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ada.write(
        record(1),
        &Kind::Other("learnt".into()),
        "shape.of",
        json!({"deep": [1, null]}),
    );
    ada.sync().await.unwrap();
    ben.sync().await.unwrap();
    assert_eq!(
        ben.value(record(1), "shape.of"),
        Some(json!({"deep": [1, null]}))
    );
}
