//! Ctrl-C and signals that end a run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::exit::Failure;
use super::output;
use crate::load::Control;

/// Signals within this time are one request to end: a terminal sends Ctrl-C to a whole process group,
/// and wrappers (`timeout`, `npm`, `make`, `sudo`) pass it on once more.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// To end gracefully.
    Stop,
    /// What was asked already.
    Repeated,
    /// To end at once.
    Abort,
}

/// The request that a signal at `now` makes, after a `first` one.
fn request(first: Option<Instant>, now: Instant) -> Request {
    match first {
        None => Request::Stop,
        Some(first) if now.saturating_duration_since(first) < ONE_REQUEST => Request::Repeated,
        Some(_) => Request::Abort,
    }
}

/// The first Ctrl-C ends the run gracefully, with a full report; a later one ends it at once. SIGTERM
/// and SIGHUP are the same.
pub(super) fn stop_on_ctrl_c(control: &Arc<Control>) -> Result<(), Failure> {
    let control = Arc::clone(control);
    let first = Mutex::new(None);
    ctrlc::set_handler(move || {
        let now = Instant::now();
        let mut first = first.lock().unwrap_or_else(PoisonError::into_inner);
        match request(*first, now) {
            Request::Stop => {
                *first = Some(now);
                // First, for standard error may block.
                control.stop();
                output::remark("\nending: users log out; press Ctrl-C again to end at once");
            }
            Request::Repeated => {}
            Request::Abort => control.abort(),
        }
    })
    .map_err(Failure::environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_at_the_same_time_are_one_request() {
        let first = Instant::now();
        let after = |millis| first + Duration::from_millis(millis);
        assert_eq!(request(None, first), Request::Stop);
        for (millis, expected) in [
            (0, Request::Repeated),
            (5, Request::Repeated),
            (499, Request::Repeated),
            (500, Request::Abort),
            (60_000, Request::Abort),
        ] {
            assert_eq!(request(Some(first), after(millis)), expected, "{millis} ms");
        }
    }
}
