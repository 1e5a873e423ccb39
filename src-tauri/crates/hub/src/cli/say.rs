//! Printing to whoever started the program, who may have stopped reading.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Prints a line, like `println!`, but ends quietly when nobody reads on (`alongside-hub people | head`).
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::say::line(format_args!($($text)*)) };
}

/// Prints one line.
pub(super) fn line(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() == ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}
