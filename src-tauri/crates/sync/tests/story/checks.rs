//! The comparison at the end, and what follows when both sides differ.

use alongside_store::Kept;
use alongside_sync::{Care, Checked, SyncError, notes};
use serde_json::json;

use crate::support::{Device, Hub, record};

async fn quietly(device: &Device) -> alongside_sync::Summary {
    device
        .engine()
        .sync(&*device.line, Care::WhenDue, &|_| {})
        .await
        .unwrap()
}

#[tokio::test]
async fn both_sides_are_compared_now_and_then_while_changes_go_to_and_fro() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    assert_eq!(quietly(&ada).await.checked, Checked::Same);
    ada.mark(record(1), "marks.b", "seen");
    assert_eq!(quietly(&ada).await.checked, Checked::NotNow);
    ada.wall.forward(6 * 60_000);
    hub.wall.forward(6 * 60_000);
    assert_eq!(quietly(&ada).await.checked, Checked::Same);
}

#[tokio::test]
async fn what_the_hub_no_longer_shows_is_forgotten() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ben.mark(record(1), "marks.a", "seen");
    ben.sync().await.unwrap();
    ada.mark(record(2), "marks.a", "seen");
    ada.sync().await.unwrap();
    // A stray record, as if a forget had been missed.
    let mut writer = ada.store.write().unwrap();
    let stray = alongside_domain::Field {
        value: json!("x"),
        stamp: ben.clock.tick(),
    };
    writer
        .put(
            record(3),
            &alongside_domain::Kind::Room,
            "name",
            &stray,
            Kept::At(1),
        )
        .unwrap();
    writer.note_put(notes::CHECK, None).unwrap();
    writer.commit().unwrap();

    let summary = ada.sync().await.unwrap();

    assert_eq!(summary.checked, Checked::Repaired);
    assert_eq!(ada.get(record(3)), None);
    assert_eq!(ada.records(), hub.records());
    assert_eq!(summary.changed, [(record(3), alongside_domain::Kind::Room)]);
}

#[tokio::test]
async fn a_missed_record_is_fetched_again_by_pages() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    for n in 0..7 {
        ben.mark(record(n), "marks.a", "seen");
        ben.sync().await.unwrap();
    }
    ada.sync().await.unwrap();
    let mut writer = ada.store.write().unwrap();
    writer.forget(record(4)).unwrap();
    writer.note_put(notes::CHECK, None).unwrap();
    writer.commit().unwrap();
    hub.page(2);

    let summary = ada.sync().await.unwrap();

    assert_eq!(summary.checked, Checked::Repaired);
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn what_the_hub_lost_is_sent_again() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ada.mark(record(1), "marks.a", "seen");
    ada.sync().await.unwrap();
    ben.sync().await.unwrap();
    let yesterday = hub.backup();
    ada.mark(record(1), "marks.a", "not_seen");
    ada.mark(record(1), "overall", "calm");
    ada.mark(record(2), "overall", "a whole record");
    ada.sync().await.unwrap();
    ben.sync().await.unwrap();
    hub.restore(&yesterday);

    ada.sync().await.unwrap();
    ben.sync().await.unwrap();
    ada.sync().await.unwrap();

    assert_eq!(hub.value(record(1), "marks.a"), Some(json!("not_seen")));
    assert_eq!(hub.value(record(1), "overall"), Some(json!("calm")));
    assert_eq!(
        hub.value(record(2), "overall"),
        Some(json!("a whole record"))
    );
    assert_eq!(ada.records(), hub.records());
    assert_eq!(ben.records(), hub.records());
}

#[tokio::test]
async fn a_second_difference_is_reported_and_not_looped_on() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    hub.lie_about_the_check();

    assert!(matches!(ada.sync().await, Err(SyncError::Diverged)));
    assert_eq!(ada.line.calls().len(), 3);
    assert_eq!(ada.waiting(), 0);
    assert_eq!(ada.value(record(1), "marks.a"), Some(json!("seen")));

    // By itself the device does not fetch everything again and again.
    let again = ada.engine().sync(&*ada.line, Care::WhenDue, &|_| {}).await;
    assert!(matches!(again, Ok(summary) if summary.checked == Checked::NotNow));
    ada.wall.forward(6 * 60_000);
    hub.wall.forward(6 * 60_000);
    let again = ada.engine().sync(&*ada.line, Care::WhenDue, &|_| {}).await;
    assert!(matches!(again, Err(SyncError::Diverged)));
    assert_eq!(ada.line.calls().len(), 2);
}

#[tokio::test]
async fn a_cut_while_fetching_again_keeps_everything_and_ends_later() {
    use crate::support::Fault::{CutAfter, Whole};
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    for n in 0..6 {
        ben.mark(record(n), "marks.a", "seen");
        ben.sync().await.unwrap();
    }
    ada.sync().await.unwrap();
    let mut writer = ada.store.write().unwrap();
    writer.forget(record(2)).unwrap();
    writer.note_put(notes::CHECK, None).unwrap();
    writer.commit().unwrap();
    hub.page(2);
    ada.line.fail([Whole, Whole, CutAfter]);

    assert!(ada.sync().await.is_err());
    assert!(ada.records().len() >= 5);
    ada.sync().await.unwrap();
    assert_eq!(ada.records(), hub.records());
}
