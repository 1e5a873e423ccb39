//! (h) The form of one visit as a PDF, made on a tablet with no network.

use std::time::Instant;

use alongside_tests::{Cast, Device};
use serde_json::json;

use crate::rows::school;
use crate::table::{Aim, Table, Unit, median};
use crate::workload;

/// How often it is made.
const ROUNDS: usize = 9;

/// Both the first one, for which fonts and templates are read, and one of those that follow. Most is a second.
pub async fn form(table: &mut Table) {
    eprintln!("(h) the form of one visit as a PDF");
    let hub = school().await;
    let device = Device::join(&hub, Cast::ANSA).await.sealed();
    device.sync().await;
    workload::write(&device, &[workload::observation(0, 0, Cast::ANSA, true)]);
    let asked = json!({ "what": "form", "visit": workload::visit(0, 0) });
    let make = || {
        let began = Instant::now();
        let file = device.tap("file_make", asked.clone());
        let bytes = file["base64"].as_str().unwrap().len() / 4 * 3;
        (began.elapsed(), bytes)
    };
    let (first, bytes) = make();
    let mut times: Vec<_> = (0..ROUNDS).map(|_| make().0).collect();
    let most = Aim::Most(1_000.0);
    for (name, time) in [
        (
            "(h) the form of one visit, the first",
            first.as_secs_f64() * 1e3,
        ),
        ("(h) the form of one visit, p50", median(&mut times)),
    ] {
        table.add(name, Unit::Ms, time, None, most);
    }
    #[allow(clippy::cast_precision_loss, reason = "a file is far smaller")]
    table.add("(h) its size", Unit::Kb, bytes as f64, None, Aim::None);
}
