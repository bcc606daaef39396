//! Where latency is much more than service time: requests waited before they were sent.

use std::fmt;

use super::terminal::latency;
use crate::measure::{Percentiles, Run};

/// That requests waited, how long, and for what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waiting {
    /// Where the two differ most.
    percentile: &'static str,
    latency: u64,
    service_time: u64,
    /// How long starts waited for a free user.
    waited: Percentiles,
    /// The 99th percentile of how late we were ourselves.
    own: u64,
}

impl Waiting {
    /// What there is to say of a run with these latencies and service times.
    pub(super) fn of(run: &Run, waited: Percentiles, served: Percentiles) -> Option<Self> {
        let pairs = [
            ("p50", waited.p50, served.p50),
            ("p90", waited.p90, served.p90),
            ("p99", waited.p99, served.p99),
        ];
        // Below a millisecond it is a connection that had to be made.
        let differing = pairs.into_iter().filter(|(_, latency, service_time)| {
            *latency >= 2 * service_time && latency - service_time >= 1_000
        });
        let most =
            differing.max_by_key(|(_, latency, service_time)| latency / service_time.max(&1));
        most.map(|(percentile, latency, service_time)| Self {
            percentile,
            latency,
            service_time,
            waited: run.generator.waits,
            own: run.generator.start_lateness.p99,
        })
    }
}

impl fmt::Display for Waiting {
    #[expect(clippy::cast_precision_loss, reason = "latencies stay below 2^53 µs")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "latency {} is {:.1} times the service time's ({} to {}): ",
            self.percentile,
            self.latency as f64 / self.service_time.max(1) as f64,
            latency(self.latency),
            latency(self.service_time),
        )?;
        let is_own = 2 * self.own > self.latency - self.service_time;
        match self.waited.count {
            0 if is_own => f.write_str("starts were late themselves, by the generator's doing"),
            0 => f.write_str("requests waited for a connection before they were sent"),
            count => write!(
                f,
                "{count} starts waited for a free user, up to {}, before they were sent: the target \
                 stalled, or the pool was too small",
                latency(self.waited.max),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_requests_waited_for() {
        for (waited, own, said) in [
            (
                Percentiles { count: 9, max: 450_000, ..Percentiles::default() },
                500,
                "latency p90 is 9.6 times the service time's (480ms to 50.0ms): 9 starts waited \
                 for a free user, up to 450ms, before they were sent: the target stalled, or the \
                 pool was too small",
            ),
            (Percentiles::default(), 400_000, "starts were late themselves"),
            (Percentiles::default(), 500, "waited for a connection"),
        ] {
            let waiting = Waiting {
                percentile: "p90",
                latency: 480_000,
                service_time: 50_000,
                waited,
                own,
            };
            assert!(waiting.to_string().contains(said), "{waiting}");
        }
    }
}
