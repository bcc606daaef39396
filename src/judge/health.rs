//! Whether the machine let the generator run: pure, from a [`Run`] alone.

use std::time::Duration;

use super::Shortfall;
use crate::measure::Run;

/// The default of `--max-lateness`. Under a higher bound, waits for a processor and throttling are
/// allowed more in proportion.
pub const DEFAULT_MAX_LATENESS: Duration = Duration::from_millis(20);
/// Stalls that take more than this share of the measured time are in the figures.
const MOST_STALLED: f64 = 0.01;
/// Workers that wait longer than this share of the time for a processor delay requests.
const MOST_WAITING: f64 = 0.05;
/// More of the enforcement periods of a CPU quota throttled than this, and it is the quota that is
/// measured.
const MOST_THROTTLED: f64 = 0.01;
/// A shorter run is too short for shares of time.
const SHORTEST: f64 = 1.0;

/// What kept the generator of `run` from running, where that is too much.
pub(super) fn faults(run: &Run) -> Vec<Shortfall> {
    let health = &run.generator.health;
    let bound = bound(run);
    let allowance = (bound.as_secs_f64() / DEFAULT_MAX_LATENESS.as_secs_f64()).max(1.0);
    let warm_up = run.warm_up.map_or(0.0, |warm_up| warm_up.seconds);
    let measured = run.elapsed_seconds - warm_up;
    let is_long = health.measured_seconds >= SHORTEST;

    let stalled = health.stalls.seconds / measured;
    let stalled = (stalled > MOST_STALLED).then(|| Shortfall::Stalled {
        stalls: health.stalls,
        share: stalled.min(1.0),
        bound,
    });
    let throttled = health.throttling.filter(|throttling| {
        is_long && share(throttling.throttled, throttling.periods) > MOST_THROTTLED * allowance
    });
    let throttled =
        throttled.map(|throttling| Shortfall::Throttled { throttling, quota: health.cpu_quota });
    let waited = health.run_queue_share.filter(|share| {
        // The threads of a process that is throttled wait as well.
        is_long && throttled.is_none() && *share > MOST_WAITING * allowance
    });
    let suspended = health.suspended_seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
    let suspended = suspended.filter(|time| *time > bound);
    stalled
        .into_iter()
        .chain(throttled)
        .chain(waited.map(|share| Shortfall::Waited { share }))
        .chain(suspended.map(|time| Shortfall::Suspended { time }))
        .collect()
}

/// How late the generator may be.
pub(super) fn bound(run: &Run) -> Duration {
    Duration::try_from_secs_f64(run.generator.max_lateness_seconds).unwrap_or(Duration::MAX)
}

/// What to do about a failure of this machine.
pub(super) fn advice_for(reason: &str) -> &'static str {
    if reason.contains("port") {
        "keep connections (--connections keep-alive), allow more ports \
         (net.ipv4.ip_local_port_range), or lower the load"
    } else if reason.contains("open files") {
        "allow more open files (ulimit -n), or use fewer users"
    } else {
        "free it, lower the load, or generate it on another machine"
    }
}

#[expect(clippy::cast_precision_loss, reason = "periods of 100 ms, far below 2^53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
