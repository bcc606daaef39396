//! A capacity of its own, so that a knee exists at a known place: a measurement of the simulator
//! can be held against the truth.
//!
//! It is the queueing model G/G/c/K. *c* workers serve in parallel; who comes while all are busy
//! waits in one line, first in, first out; who comes while the line is full is refused at once.
//! With the capacity *C* in requests per second, the arrival rate *λ* and *Q* places to wait:
//!
//! - a request takes *s = c / C* on average, so that busy workers end *C* a second: the limit of
//!   throughput;
//! - the workers' utilisation is *ρ = λ / C*. Below 1 the line comes and goes; above, it is full
//!   nearly all the time, a share of 1 − 1/*ρ* is refused, and the others wait *Q / C*.
//!
//! For Poisson arrivals and exponential service times (M/M/c/K with *K = c + Q*; Gross et al.,
//! *Fundamentals of Queueing Theory*, section 3.5), with the offered load *a = λs*, the
//! probability of *n* requests being there is
//!
//! - *p(n) = p(0) aⁿ / n!* for *n ≤ c*, and *p(n) = p(c) ρⁿ⁻ᶜ* for *c ≤ n ≤ K*, which sum to 1;
//! - *p(K)* is the share that is refused (Erlang B where *Q* = 0);
//! - Σ *(n − c) p(n)* over *n > c*, divided by *λ(1 − p(K))*, is the mean wait of the others.
//!
//! As *Q* grows, for *ρ* < 1, the share that has to wait becomes Erlang C,
//! *E = p(c) / (1 − ρ)*, and the mean wait *E / (C − λ)*. With one worker and any distribution it
//! is *ρs(1 + v²) / 2(1 − ρ)* (Pollaczek and Khinchine), where *v* is the
//! [variation](ServiceTimes::variation) of the service times.
//!
//! In the simulator every request that is not to `/_simulator` takes a worker, pages and mistakes
//! included. One that is refused gets status 503 without a body, which means nothing in any of the
//! APIs: to the load engine it is the outcome `http: 503`. What an admitted one does to accounts and
//! sessions is done at the end of its service. A client that goes away does not free its worker:
//! a server does not know that nobody listens any more.
//!
//! The model keeps its own time, so the limits above hold exactly; the timer that lets replies go is
//! a little late (about 0.1 ms where there is a fine one, a millisecond elsewhere) and never early.
//! That does not add up, and `/_simulator/stats` says how late it was.

mod gate;
mod model;
mod service_times;
#[cfg(test)]
mod theory;

use std::fmt;
use std::time::Duration;

pub use model::{Admission, Model, Occupancy, Totals};
pub use service_times::ServiceTimes;

pub(super) use gate::Gate;

use crate::units::{Rate, format_duration};

/// How much the simulator can take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// How many requests it can serve in a time: the limit of throughput.
    pub limit: Rate,
    /// How many it serves at once; at least one.
    pub workers: usize,
    /// How many may wait for a worker; one more is refused.
    pub queue: usize,
    /// How the times that requests take are distributed about their mean.
    pub service_times: ServiceTimes,
}

impl Capacity {
    /// How long serving a request takes on average, without the wait for a worker.
    ///
    /// # Panics
    /// When that is longer than a `Duration` can be.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "workers are not that many")]
    pub fn mean_service_time(&self) -> Duration {
        Duration::from_secs_f64(self.workers as f64 / self.limit.in_a_second())
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} at once of {} on average ({}), {} more may wait",
            self.limit,
            self.workers,
            format_duration(self.mean_service_time()),
            self.service_times.name(),
            self.queue
        )
    }
}
