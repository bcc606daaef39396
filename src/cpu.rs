//! What the process has used of the processors.

use std::time::Duration;

/// CPU time of the process until now, user and system; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn process_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec())
            .ok()?
            .checked_mul(1_000_000)?
            .checked_add(u64::try_from(time.tv_usec()).ok()?)
    };
    Some(Duration::from_micros(micros(usage.user_time())? + micros(usage.system_time())?))
}

/// CPU time of the process until now; not known here.
#[cfg(not(unix))]
pub(crate) fn process_time() -> Option<Duration> {
    None
}
