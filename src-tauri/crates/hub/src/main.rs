//! `alongside-hub`: the program around the library. One file per command below `cli`; here is only the table of them.

#![allow(clippy::print_stderr, reason = "a program says why it failed")]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("alongside-hub: {error}");
            ExitCode::FAILURE
        }
    }
}
