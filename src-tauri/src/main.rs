//! The program `alongside`: reads what was asked on the command line and opens the window.

// On Windows a program with a window has no use for a console as well.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use alongside_app::args::Args;
use clap::Parser as _;

fn main() -> std::process::ExitCode {
    alongside_app::window::run(Args::parse())
}
