//! Where Android and iOS enter. What Tauri puts here is called by the system and is unsafe by nature.
#![allow(unsafe_code, clippy::print_stderr)]

use crate::args::Args;

#[tauri::mobile_entry_point]
fn enter() {
    let _ = crate::window::run(Args::default());
}
