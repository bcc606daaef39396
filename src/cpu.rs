//! What the process has used of the processors, and how many it may use.

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

/// How many processors the process may run on. A CPU quota is not taken into account.
#[cfg(target_os = "linux")]
#[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 processors")]
pub(crate) fn allowed_processors() -> f64 {
    use nix::sched::{CpuSet, sched_getaffinity};
    use nix::unistd::Pid;
    let allowed =
        |set: CpuSet| (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).count();
    // This process.
    let count = sched_getaffinity(Pid::from_raw(0)).map_or(0, allowed);
    if count == 0 { available_processors() } else { count as f64 }
}

/// How many processors the process may run on.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allowed_processors() -> f64 {
    available_processors()
}

#[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 processors")]
fn available_processors() -> f64 {
    std::thread::available_parallelism().map_or(1, usize::from) as f64
}
