//! (a) One durable tick, and (l) what of it is SQLCipher's.

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

/// Whose ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A device as in the product: its store is encrypted.
    Sealed,
    /// The same with its store in the clear.
    Plain,
    /// Bare SQLite.
    Floor,
}

impl Kind {
    /// All of them, in the order of their turns.
    pub const ALL: [Self; 3] = [Self::Sealed, Self::Plain, Self::Floor];

    /// A word for it, by which a child of this program is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Plain => "plain",
            Self::Floor => "floor",
        }
    }
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
    pub async fn start(kind: Kind) -> Self {
        let who = if kind != Kind::Floor {
            let hub = school().await;
            let mut device = Device::join(&hub, Cast::ANSA).await;
            if kind == Kind::Sealed {
                device = device.sealed();
            }
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

/// (a) One durable tick through the api, (l) with SQLCipher and without.
pub async fn tick(table: &mut Table) {
    eprintln!("(a) (l) one durable tick");
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let mut ticking = Ticking::start(kind).await;
        (0..100).for_each(|_| ticking.tick());
        all.push((ticking, Vec::new()));
    }
    // In turns of a few, so that none has the caches for itself.
    for _ in 0..160 {
        for (ticking, times) in &mut all {
            for _ in 0..10 {
                let began = Instant::now();
                ticking.tick();
                times.push(began.elapsed());
            }
        }
    }
    let mut at =
        |share| -> [f64; 3] { std::array::from_fn(|place| percentile(&mut all[place].1, share)) };
    let (middle, slow) = (at(0.5), at(0.99));
    for (name, [sealed, _, floor], aim) in [("p50", middle, 1.3), ("p99", slow, 2.0)] {
        let name = format!("(a) one durable tick, encrypted as in the product, {name}");
        table.add(&name, Unit::Ms, sealed, Some(floor), Aim::Ratio(aim));
    }
    for (name, [_, plain, floor], aim) in [("p50", middle, 1.3), ("p99", slow, 2.0)] {
        let name = format!("(a) the same on a store in the clear, {name}");
        table.add(&name, Unit::Ms, plain, Some(floor), Aim::Ratio(aim));
    }
    for (name, [sealed, plain, _]) in [("p50", middle), ("p99", slow)] {
        let name = format!("(l) one durable tick, encrypted beside clear, {name}");
        table.add(&name, Unit::Ms, sealed, Some(plain), Aim::None);
    }
    let [Some(sealed), Some(plain), Some(floor)] = Kind::ALL.map(counts::cost) else {
        table.note("The fsyncs of a tick were not counted: strace is not here or may not look.");
        return;
    };
    for (name, beside, aim) in [
        ("(a) fsyncs of one tick, encrypted", floor, Aim::Most(1.1)),
        (
            "(l) fsyncs of one tick, encrypted beside clear",
            plain,
            Aim::None,
        ),
    ] {
        table.add(name, Unit::Count, sealed.syncs, Some(beside.syncs), aim);
    }
    for (name, beside) in [
        ("(a) bytes written for one tick, encrypted", floor),
        (
            "(l) bytes written for one tick, encrypted beside clear",
            plain,
        ),
    ] {
        table.add(name, Unit::Kb, sealed.bytes, Some(beside.bytes), Aim::None);
    }
}
