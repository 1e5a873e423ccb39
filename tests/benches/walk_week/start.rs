//! (i) From a cold start of the app to the first tick possible, and the memory that app and hub take then.

use std::time::Duration;

use alongside_tests::{DemoHub, Window};

use crate::table::{Aim, Table, Unit, median};

/// How often the app is started.
const ROUNDS: usize = 5;
/// The row that is to be ticked.
const ROW: &str = "Seen: Communication aids are within reach and adults model them";

/// The real app over a folder in which a visit is under way, from the start of its process until the row can be
/// pressed: the day on the screen, the visit chosen, its form there. The driver that chooses and looks is in it.
pub async fn first_tick(table: &mut Table) {
    eprintln!("(i) a cold start");
    if std::env::var_os("DISPLAY").is_none() {
        table.note("The start of the app was not measured: there is no display. `xvfb-run -a dbus-run-session make bench` has one.");
        return;
    }
    let hub = DemoHub::with_demo().await;
    let folder = tempfile::tempdir().unwrap();
    let join = format!("{}#{}", hub.address(), hub.invite("observer"));
    let window = Window::open(folder.path(), Some(&join)).await;
    window.click("a", "09:30…").await;
    window.click("button", "Start the visit").await;
    window.is_pressed(ROW, false).await;
    window.kill().await;

    let (mut days, mut rows): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut memory = None;
    for _ in 0..ROUNDS {
        let window = Window::open(folder.path(), None).await;
        window.reads("09:30").await;
        days.push(window.age().unwrap());
        window.click("a", "09:30…").await;
        window.is_pressed(ROW, false).await;
        rows.push(window.age().unwrap());
        memory = window.memory();
        window.kill().await;
    }
    let rounded = |ms: f64| (ms / 10.0).round() * 10.0;
    for (name, times, aim) in [
        (
            "(i) cold start until the day is on the screen",
            &mut days,
            Aim::None,
        ),
        (
            "(i) cold start until the first tick is possible",
            &mut rows,
            Aim::Most(1_000.0),
        ),
    ] {
        table.add(name, Unit::Ms, rounded(median(times)), None, aim);
    }
    #[allow(clippy::cast_precision_loss, reason = "memory is far smaller")]
    if let (Some((own, all)), Some(hub)) = (memory, hub.memory()) {
        for (name, bytes) in [
            ("(i) memory of the app, its own process", own),
            ("(i) memory of the app with its web view", all),
            ("(i) memory of the hub with the demo school", hub),
        ] {
            table.add(name, Unit::Mb, bytes as f64, None, Aim::None);
        }
    }
}
