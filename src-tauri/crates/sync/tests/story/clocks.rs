//! A wrong clock on a tablet decides nothing.

use alongside_sync::{SKEW_LIMIT_MS, notes};
use serde_json::json;

use crate::support::{Device, Hub, MORNING, record};

const HOUR: u64 = 60 * 60 * 1000;

#[tokio::test]
async fn what_waits_is_stamped_anew_in_order() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.wall.forward(3 * HOUR);
    ada.mark(record(1), "first", "x");
    ada.mark(record(1), "second", "x");
    ada.mark(record(1), "first", "later");

    let summary = ada.sync().await.unwrap();

    assert_eq!(
        (summary.requests, summary.restamped, ada.waiting()),
        (2, 2, 0)
    );
    assert_eq!(summary.skew_ms, Some(-(3 * HOUR as i64)));
    let (first, second) = (
        hub.stamp(record(1), "first"),
        hub.stamp(record(1), "second"),
    );
    assert!(second < first);
    assert!(first.unwrap().millis() <= MORNING + 1_000);
    assert_eq!(hub.value(record(1), "first"), Some(json!("later")));
}

#[tokio::test]
async fn the_next_writing_after_a_fast_clock_is_not_lost_behind_the_last() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.wall.forward(3 * HOUR);
    ada.mark(record(1), "overall", "before");
    ada.sync().await.unwrap();
    ada.wall.forward(1_000);
    hub.wall.forward(1_000);
    ada.mark(record(1), "overall", "after");
    ada.sync().await.unwrap();
    assert_eq!(hub.value(record(1), "overall"), Some(json!("after")));
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn a_tablet_a_day_behind_does_not_lose_to_what_others_wrote_before() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ben.mark(record(1), "overall", "early");
    ben.sync().await.unwrap();
    hub.wall.forward(HOUR);
    // Ada's tablet has never met the hub, and believes it is yesterday.
    ada.wall.forward(HOUR);
    ada.wall.back(24 * HOUR);
    ada.mark(record(1), "overall", "an hour later");

    ada.sync().await.unwrap();
    ada.wall.forward(60_000);
    hub.wall.forward(60_000);
    let next = ada.mark(record(2), "overall", "x");

    assert_eq!(next.millis(), MORNING + HOUR + 60_000);
    assert_eq!(
        ada.note(notes::CLOCK_OFFSET_MS),
        Some((24 * HOUR).to_string())
    );
    assert_eq!(ada.clock.skew_ms(), Some(24 * HOUR as i64));
}

#[tokio::test]
async fn a_known_offset_outlives_a_restart() {
    let hub = Hub::new();
    let mut ada = Device::new(1, &hub);
    ada.wall.forward(3 * HOUR);
    ada.sync().await.unwrap();
    ada.restart();
    assert_eq!(ada.mark(record(1), "overall", "x").millis(), MORNING);
    assert_eq!(ada.sync().await.unwrap().restamped, 0);
}

#[tokio::test]
async fn a_clock_set_right_by_its_person_is_taken_as_it_is() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.wall.forward(3 * HOUR);
    ada.sync().await.unwrap();
    ada.wall.back(3 * HOUR);
    ada.mark(record(1), "overall", "x");
    let summary = ada.sync().await.unwrap();
    assert_eq!((summary.skew_ms, ada.waiting()), (None, 0));
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn a_small_difference_is_corrected_without_a_word() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.wall.forward(SKEW_LIMIT_MS - 1_000);
    ada.mark(record(1), "overall", "x");
    let summary = ada.sync().await.unwrap();
    assert_eq!(
        (summary.requests, summary.restamped, summary.skew_ms),
        (1, 0, None)
    );
    assert_eq!(ada.clock.now_ms(), MORNING);
}

#[tokio::test]
async fn what_is_written_next_sorts_after_what_has_been_seen() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ben.wall.forward(90_000);
    let seen = ben.mark(record(1), "overall", "x");
    ben.sync().await.unwrap();
    ada.sync().await.unwrap();
    assert!(ada.mark(record(1), "overall", "y") > seen);
}
