//! The background of the app: when it syncs, what it shows, and how it waits. Time is paused and jumps.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alongside_domain::RecordId;
use alongside_sync::runner::Listener;
use alongside_sync::{Exchange, Pace, Runner, SyncError, Trigger};
use serde_json::json;
use tokio::time::advance;

use crate::support::{Device, Fault, Hub, record};

fn deaf() -> Listener {
    Arc::new(|_| {})
}

fn start(device: &Device) -> Runner {
    let hub: Arc<dyn Exchange> = Arc::clone(&device.line) as Arc<dyn Exchange>;
    Runner::start(device.engine(), Some(hub), Pace::default(), deaf())
}

/// Lets time jump from timer to timer until the fact holds.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

async fn settled(runner: &Runner, device: &Device) {
    until("the first sync", || {
        device.line.calls_made() > 0 && !runner.state().borrow().is_syncing
    })
    .await;
    device.line.calls();
}

#[tokio::test(start_paused = true)]
async fn a_run_of_ticks_goes_in_one_call() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    let runner = start(&ada);
    settled(&runner, &ada).await;
    for name in ["marks.a", "marks.b", "marks.c"] {
        ada.mark(record(1), name, "seen");
        runner.nudge(Trigger::Change);
        advance(Duration::from_millis(200)).await;
    }
    until("sent", || ada.waiting() == 0).await;
    assert_eq!(ada.line.calls().len(), 1);
    assert_eq!(hub.value(record(1), "marks.c"), Some(json!("seen")));
}

#[tokio::test(start_paused = true)]
async fn what_the_hub_announces_is_fetched_and_the_screens_hear_of_it() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    let heard: Arc<Mutex<BTreeSet<RecordId>>> = Arc::default();
    let hears = Arc::clone(&heard);
    let line: Arc<dyn Exchange> = Arc::clone(&ada.line) as Arc<dyn Exchange>;
    let listener: Listener = Arc::new(move |changed| hears.lock().unwrap().extend(changed.keys()));
    let runner = Runner::start(ada.engine(), Some(line), Pace::default(), listener);
    settled(&runner, &ada).await;

    ben.mark(record(2), "overall", "calm");
    ben.sync().await.unwrap();

    until("fetched", || ada.value(record(2), "overall").is_some()).await;
    until("heard", || *heard.lock().unwrap() == [record(2)].into()).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_is_not_woken_by_its_own_change() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    let runner = start(&ada);
    settled(&runner, &ada).await;
    ada.mark(record(1), "marks.a", "seen");
    runner.nudge(Trigger::Change);
    until("sent", || ada.waiting() == 0).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(ada.line.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_network_is_shown_and_tried_again_ever_more_seldom_until_it_is_back() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.line.fail(std::iter::repeat_n(Fault::CutBefore, 1_000));
    ada.mark(record(1), "marks.a", "seen");
    let runner = start(&ada);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    let tries = ada.line.calls().len();
    assert!((12..=40).contains(&tries), "{tries} tries in an hour");
    let state = runner.state().borrow().clone();
    assert_eq!(state.trouble.unwrap().code, "hub_unreachable");
    assert_eq!((state.has_hub, state.received_at), (true, None));

    ada.line.fail([]);
    runner.nudge(Trigger::Network);
    until("sent", || {
        ada.waiting() == 0 && !runner.state().borrow().is_syncing
    })
    .await;
    let state = runner.state().borrow().clone();
    assert_eq!(state.trouble, None);
    assert!(state.received_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_change_does_not_shorten_the_pause_a_busy_hub_asked_for() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.line.busy_for(Duration::from_secs(600));
    ada.line.fail([Fault::Busy]);
    let runner = start(&ada);
    settled(&runner, &ada).await;
    ada.mark(record(1), "marks.a", "seen");
    runner.nudge(Trigger::Change);
    tokio::time::sleep(Duration::from_secs(500)).await;
    assert_eq!(ada.line.calls().len(), 0);
    tokio::time::sleep(Duration::from_secs(150)).await;
    until("sent", || ada.waiting() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn by_hand_it_is_at_once_and_tells_how_it_went() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    let runner = start(&ada);
    settled(&runner, &ada).await;
    ada.mark(record(1), "marks.a", "seen");
    let summary = runner.sync().await.unwrap();
    assert_eq!(summary.pushed, 1);
    ada.line.fail([Fault::Garbled]);
    assert!(matches!(runner.sync().await, Err(SyncError::Garbled(_))));
}

#[tokio::test(start_paused = true)]
async fn a_space_without_a_hub_waits_for_one() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    let runner = Runner::start(ada.engine(), None, Pace::default(), deaf());
    assert!(matches!(runner.sync().await, Err(SyncError::NotJoined)));
    assert!(!runner.state().borrow().has_hub);
    runner.set_hub(Some(Arc::clone(&ada.line) as Arc<dyn Exchange>));
    until("sent", || ada.waiting() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn in_the_back_it_does_not_listen_and_in_front_it_catches_up() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    let runner = start(&ada);
    settled(&runner, &ada).await;
    runner.nudge(Trigger::Back);
    tokio::time::sleep(Duration::from_secs(5)).await;
    ben.mark(record(2), "overall", "calm");
    ben.sync().await.unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(ada.line.calls().len(), 0);
    runner.nudge(Trigger::Front);
    until("fetched", || ada.value(record(2), "overall").is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn an_unknown_kind_is_offered_again_once_at_each_start() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.write(
        record(1),
        &alongside_domain::Kind::Other("timetable".into()),
        "monday",
        json!("early"),
    );
    ada.sync().await.unwrap();
    ada.line.calls();
    let runner = start(&ada);
    until("offered", || ada.line.calls_made() == 1).await;
    assert_eq!(ada.line.calls()[0].records.len(), 1);
    runner.sync().await.unwrap();
    assert_eq!(ada.line.calls()[0].records.len(), 0);
}
