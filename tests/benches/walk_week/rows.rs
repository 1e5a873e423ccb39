//! What every row of the table begins with.

use alongside_tests::{Cast, RunningHub, School};

use crate::workload;

/// How often a row is measured; what counts is the median.
pub const ROUNDS: usize = 9;

/// A school with its walk week to come, whose observers are two.
pub async fn school() -> RunningHub {
    let hub = RunningHub::start().await;
    School::found(&hub);
    workload::open_classes(&hub);
    workload::plan(&hub, 0, &|_| vec![Cast::ANSA, Cast::BRAM]);
    hub
}
