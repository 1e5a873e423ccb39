//! Cut off anywhere, a sync is simply run again.

use std::collections::BTreeMap;

use alongside_domain::Kind;
use alongside_sync::SyncError;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Device, Fault, Hub, record};

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let hub = Hub::new();
    let ada = Device::new(1, &hub);
    ada.mark(record(1), "marks.a", "seen");
    ada.line.fail([Fault::CutAfter]);
    assert!(matches!(ada.sync().await, Err(SyncError::Unreachable(_))));
    assert_eq!(ada.waiting(), 1);
    ada.mark(record(1), "marks.a", "not_seen");
    ada.sync().await.unwrap();
    assert_eq!(ada.waiting(), 0);
    assert_eq!(ada.records(), hub.records());
}

#[tokio::test]
async fn an_answer_heard_twice_changes_nothing() {
    let hub = Hub::new();
    let (ada, ben) = (Device::new(1, &hub), Device::new(2, &hub));
    ben.mark(record(2), "marks.a", "seen");
    ben.sync().await.unwrap();
    ada.mark(record(1), "marks.a", "seen");
    ada.line.fail([Fault::Twice]);
    let summary = ada.sync().await.unwrap();
    assert_eq!((summary.pushed, summary.pulled), (1, 1));
    assert_eq!(ada.records(), hub.records());
}

#[derive(Debug, Clone)]
enum Act {
    Write {
        device: usize,
        record: u128,
        name: usize,
    },
    Sync {
        device: usize,
        faults: Vec<Fault>,
    },
    Restart {
        device: usize,
    },
    Clock {
        device: usize,
        forward: bool,
        minutes: u64,
    },
    Pass {
        minutes: u64,
    },
    Page {
        records: usize,
    },
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Whole),
        Just(Fault::CutBefore),
        Just(Fault::CutAfter),
        Just(Fault::Twice),
        Just(Fault::Garbled),
        Just(Fault::Reordered),
        Just(Fault::Busy),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..3usize, 0..4u128, 0..4usize)
            .prop_map(|(device, record, name)| Act::Write { device, record, name }),
        4 => (0..3usize, prop::collection::vec(fault(), 0..4))
            .prop_map(|(device, faults)| Act::Sync { device, faults }),
        1 => (0..3usize).prop_map(|device| Act::Restart { device }),
        1 => (0..3usize, any::<bool>(), 1..200u64)
            .prop_map(|(device, forward, minutes)| Act::Clock { device, forward, minutes }),
        1 => (1..10u64).prop_map(|minutes| Act::Pass { minutes }),
        1 => (1..4usize).prop_map(|records| Act::Page { records }),
    ]
}

const NAMES: [&str; 4] = ["marks.a", "marks.b", "overall", "refused"];

async fn bad_day(acts: Vec<Act>) {
    let hub = Hub::new();
    hub.refuse(|_, name, _| (name == "refused").then_some(("not_allowed", "No.")));
    let mut devices: Vec<_> = (1..=3).map(|n| Device::new(n, &hub)).collect();
    let mut written: Vec<(usize, u128, Value)> = Vec::new();
    for (n, act) in acts.into_iter().enumerate() {
        match act {
            Act::Write {
                device,
                record: id,
                name,
            } => {
                let value = json!(format!("writing {n}"));
                devices[device].write(record(id), &Kind::Observation, NAMES[name], value.clone());
                written.push((device, id, value));
            }
            Act::Sync { device, faults } => {
                devices[device].line.fail(faults);
                if let Err(error) = devices[device].sync().await {
                    assert!(error.is_transient(), "{error:?}");
                }
            }
            Act::Restart { device } => devices[device].restart(),
            Act::Clock {
                device,
                forward: true,
                minutes,
            } => devices[device].wall.forward(minutes * 60_000),
            Act::Clock {
                device,
                forward: false,
                minutes,
            } => devices[device].wall.back(minutes * 60_000),
            Act::Pass { minutes } => {
                hub.wall.forward(minutes * 60_000);
                for device in &devices {
                    device.wall.forward(minutes * 60_000);
                }
            }
            Act::Page { records } => hub.page(records),
        }
    }
    for _ in 0..2 {
        for device in &devices {
            device.line.fail([]);
            device.sync().await.unwrap();
        }
    }
    let at_hub: BTreeMap<_, _> = hub.records();
    for device in &devices {
        assert_eq!(device.waiting(), 0);
        assert_eq!(device.records(), at_hub);
    }
    for (device, id, value) in written {
        assert!(
            hub.has_ever_held(&value) || devices[device].has_kept(record(id), &value),
            "{value} is lost"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_anywhere_loses_nothing(acts in prop::collection::vec(act(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(bad_day(acts));
    }
}
