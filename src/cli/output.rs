//! Standard output and standard error, of which either may be closed at any time.

use std::io::{self, Write};

use super::exit::Failure;

/// Prints `text` on standard output. A reader that has seen enough (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::environment(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says what is wrong on standard error, if anybody can hear it.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "gander: {message}");
}

/// Says what goes on, on standard error.
pub(super) fn remark(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}
