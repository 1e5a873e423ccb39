//! The figures: what Alongside takes for a walk week, each beside the floor measured in the same run.
//!
//! `cargo bench -p alongside --bench walk_week` prints the table; with `-- --write` it also writes `BENCHMARKS.md`. A row is named
//! by its letter in `-- a b`, to measure only that. What the workload is, is in `workload`; what the floor is, in
//! `floor`; each row is one function below. Times are medians over several rounds in which ours and the floor take
//! turns, so that whatever else the machine does falls on both.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for engineers, which may print and stops when something is wrong"
)]

mod corridor;
mod counts;
mod fifty;
mod files;
mod floor;
mod rows;
mod seal;
mod start;
mod table;
mod ticking;
mod week;
mod weight;
mod words;
mod workload;
mod years;

use std::panic::{AssertUnwindSafe, catch_unwind};

use table::Table;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(place) = arguments.iter().position(|one| one == counts::CHILD) {
        return counts::child(&arguments[place + 1]);
    }
    let wanted = |letter: &str| {
        let mut letters = arguments
            .iter()
            .filter(|one| !one.starts_with('-'))
            .peekable();
        letters.peek().is_none() || letters.any(|one| one == letter)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::default();
    runtime.block_on(async {
        if wanted("a") || wanted("l") {
            ticking::tick(&mut table).await;
        }
        if wanted("b") {
            week::walk_week(&mut table).await;
        }
        if wanted("c") || wanted("d") || wanted("e") || wanted("g") || wanted("l") {
            years::ten_years(&mut table).await;
        }
        if arguments.iter().any(|one| one == "phases") {
            week::phases().await;
        }
        if wanted("f") {
            fifty::fifty_devices(&mut table).await;
        }
        if wanted("h") {
            files::form(&mut table).await;
        }
        if wanted("i") {
            start::first_tick(&mut table).await;
        }
        if wanted("j") {
            weight::weigh(&mut table);
        }
    });
    if wanted("k") {
        // Whole apps, last: whatever goes wrong between them costs this row and not the table.
        let measured = AssertUnwindSafe(|| runtime.block_on(corridor::four_tablets(&mut table)));
        if catch_unwind(measured).is_err() {
            table.note("(k): the corridor came to no end and was not measured.");
        }
    }
    table.print();
    if arguments.iter().any(|one| one == "--write") {
        table.write();
    }
}
