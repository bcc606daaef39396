//! Standard output and standard error, of which either may be closed at any time. What may come from
//! a file or a service is made harmless to a terminal here, and so for all that is printed.

use std::io::{self, Write};

use console::Term;

use super::exit::Failure;
use crate::terminal_text::printable;

/// How wide standard output is, if it is a terminal.
pub(super) fn columns() -> Option<usize> {
    let term = Term::stdout();
    if !term.is_term() {
        return None;
    }
    let size = term.size_checked().map(|(_, columns)| usize::from(columns));
    // Some terminals do not say how large they are.
    let told = || std::env::var("COLUMNS").ok()?.parse().ok();
    size.or_else(told).filter(|columns| *columns > 0)
}

/// Prints `text` on standard output. A reader that has seen enough (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(printable(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::environment(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says what is wrong on standard error, if anybody can hear it.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "gander: {}", printable(message));
}

/// Says what goes on, on standard error.
pub(super) fn remark(message: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(message));
}
