//! The log of a hub that is served: lines for people or objects for programs, on the standard error.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How lines of the log are written.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LogForm {
    /// For people
    Text,
    /// One object per line, for programs
    Json,
}

/// Never in the log, however wide it is opened: this writes down the paths that callers make up, which may hold a code
/// that someone pasted, and what a panic says.
const UNSAID: &str = "tower_http=off";

/// Starts the log. What broke something inside is told by its place only: the text of a panic may hold words of people.
pub(super) fn start(form: LogForm) {
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    if let Ok(unsaid) = UNSAID.parse() {
        filter = filter.add_directive(unsaid);
    }
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match form {
        LogForm::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogForm::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "something inside the hub broke");
    }));
}
