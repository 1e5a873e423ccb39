//! (a) One durable tick.

use std::time::Instant;

use alongside_domain::template::EVIDENCE_FORM;
use alongside_tests::{Cast, Device, RunningHub};
use serde_json::json;
use tempfile::TempDir;

use crate::counts;
use crate::floor::Edits;
use crate::rows::school;
use crate::table::{Aim, Table, Unit, percentile};
use crate::workload::{self, VISITS};

/// Somebody who ticks.
pub struct Ticking {
    who: Who,
    count: usize,
}

enum Who {
    Ours {
        device: Box<Device>,
        _hub: RunningHub,
    },
    Floor {
        edits: Edits,
        _folder: TempDir,
    },
}

impl Ticking {
    /// A tablet on the day, with its visits begun; or the floor.
    pub async fn start(is_ours: bool) -> Self {
        let who = if is_ours {
            let hub = school().await;
            let device = Device::join(&hub, Cast::ANSA).await;
            device.sync().await;
            for number in 0..VISITS {
                device.tap(
                    "visit_start",
                    json!({ "visit": workload::visit(0, number) }),
                );
            }
            Who::Ours {
                device: Box::new(device),
                _hub: hub,
            }
        } else {
            let folder = tempfile::tempdir().unwrap();
            let edits = Edits::open(&folder.path().join("floor.sqlite"));
            Who::Floor {
                edits,
                _folder: folder,
            }
        };
        Self { who, count: 0 }
    }

    /// One tick that is on the disk when this returns.
    pub fn tick(&mut self) {
        let keys: Vec<_> = EVIDENCE_FORM
            .sections
            .iter()
            .flat_map(|s| s.criteria)
            .collect();
        let (key, _, _) = keys[self.count % keys.len()];
        let number = (self.count / keys.len()) as u128 % VISITS;
        let is_second_time = (self.count / keys.len()) as u128 / VISITS % 2 == 1;
        let mark = if is_second_time { "not_seen" } else { "seen" };
        self.count += 1;
        match &self.who {
            Who::Ours { device, .. } => {
                let edit = json!({ "what": "mark", "criterion": key, "mark": mark });
                let request = json!({ "visit": workload::visit(0, number), "edit": edit });
                device.clock.pass(5_000);
                device.tap("observation_write", request);
            }
            Who::Floor { edits, .. } => {
                let record = workload::visit(0, number).uuid();
                edits.tick(
                    record,
                    &format!("marks.{key}"),
                    &json!(mark),
                    5_000 * self.count as u64,
                );
            }
        }
    }
}

/// (a) One durable tick through the api.
pub async fn tick(table: &mut Table) {
    eprintln!("(a) one durable tick");
    let (mut ours, mut floor) = (Ticking::start(true).await, Ticking::start(false).await);
    let (mut our_times, mut floor_times) = (Vec::new(), Vec::new());
    for ticking in [&mut ours, &mut floor] {
        (0..100).for_each(|_| ticking.tick());
    }
    // In turns of a few, so that neither has the caches for itself.
    for _ in 0..160 {
        for (ticking, times) in [(&mut ours, &mut our_times), (&mut floor, &mut floor_times)] {
            for _ in 0..10 {
                let began = Instant::now();
                ticking.tick();
                times.push(began.elapsed());
            }
        }
    }
    for (name, share, aim) in [("p50", 0.5, 1.3), ("p99", 0.99, 2.0)] {
        table.add(
            &format!("(a) one durable tick, {name}"),
            Unit::Ms,
            percentile(&mut our_times, share),
            Some(percentile(&mut floor_times, share)),
            Aim::Ratio(aim),
        );
    }
    match (counts::cost("ours"), counts::cost("floor")) {
        (Some(ours), Some(floor)) => {
            let most = Aim::Most(1.1);
            table.add(
                "(a) fsyncs of one tick",
                Unit::Count,
                ours.syncs,
                Some(floor.syncs),
                most,
            );
            table.add(
                "(a) bytes written for one tick",
                Unit::Kb,
                ours.bytes,
                Some(floor.bytes),
                Aim::None,
            );
        }
        _ => {
            table.note("The fsyncs of a tick were not counted: strace is not here or may not look.")
        }
    }
}
