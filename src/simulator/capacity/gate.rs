//! The model in real time.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Admission, Capacity, Model, Occupancy, Totals};
use crate::timer::wait_until;

/// Lets requests pass when the model has served them.
#[derive(Debug)]
pub(in crate::simulator) struct Gate {
    capacity: Capacity,
    mean: Duration,
    seed: u64,
    began: Instant,
    /// Held for the arithmetic of one arrival.
    desk: Mutex<Desk>,
    lateness: Lateness,
}

#[derive(Debug)]
struct Desk {
    model: Model,
    rng: StdRng,
}

/// The request finds the line full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) struct Full;

/// What a gate has seen.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulator) struct Observed {
    pub(in crate::simulator) occupancy: Occupancy,
    pub(in crate::simulator) totals: Totals,
    /// How much later than due requests have passed, on average.
    pub(in crate::simulator) mean_lateness: Duration,
    pub(in crate::simulator) longest_lateness: Duration,
}

/// How late the timer was.
#[derive(Debug, Default)]
struct Lateness {
    count: AtomicU64,
    total_ns: AtomicU64,
    longest_ns: AtomicU64,
}

impl Gate {
    /// A gate whose service times are drawn from `seed`.
    pub(in crate::simulator) fn new(capacity: Capacity, seed: u64) -> Self {
        Self {
            capacity,
            mean: capacity.mean_service_time(),
            seed,
            began: Instant::now(),
            desk: Mutex::new(Desk {
                model: Model::new(capacity.workers, capacity.queue),
                rng: StdRng::seed_from_u64(seed),
            }),
            lateness: Lateness::default(),
        }
    }

    /// Waits until the request would have been served. Who stops waiting keeps the place: a
    /// server does not know that nobody listens any more.
    ///
    /// # Errors
    /// When the line is full.
    pub(in crate::simulator) async fn pass(&self) -> Result<(), Full> {
        let Admission::Served { end, .. } = self.arrive() else {
            return Err(Full);
        };
        // A point in time of the model, which does not know of the timer: whoever is let through
        // late makes nobody after it later.
        let due = self.began + end;
        wait_until(due).await;
        self.lateness.record(due.elapsed());
        Ok(())
    }

    fn arrive(&self) -> Admission {
        let mut desk = self.desk();
        let Desk { model, rng } = &mut *desk;
        // Read under the lock, so that the model is told times in their order.
        let now = self.began.elapsed();
        model.arrive(now, || self.capacity.service_times.sample(self.mean, rng))
    }

    /// How much it takes.
    pub(in crate::simulator) const fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// What it has seen so far.
    pub(in crate::simulator) fn observed(&self) -> Observed {
        let mut desk = self.desk();
        let occupancy = desk.model.occupancy(self.began.elapsed());
        let totals = *desk.model.totals();
        drop(desk);
        let (mean_lateness, longest_lateness) = self.lateness.figures();
        Observed { occupancy, totals, mean_lateness, longest_lateness }
    }

    /// Counts anew, and draws the same service times again. Who is there stays.
    pub(in crate::simulator) fn restart(&self) {
        let mut desk = self.desk();
        desk.model.forget(self.began.elapsed());
        desk.rng = StdRng::seed_from_u64(self.seed);
        drop(desk);
        self.lateness.clear();
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        // A panic while it was held could at most have lost one arrival.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lateness {
    fn record(&self, late: Duration) {
        let ns = u64::try_from(late.as_nanos()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Relaxed);
        self.total_ns.fetch_add(ns, Relaxed);
        self.longest_ns.fetch_max(ns, Relaxed);
    }

    /// Mean and maximum.
    fn figures(&self) -> (Duration, Duration) {
        let load = |value: &AtomicU64| value.load(Relaxed);
        let mean = load(&self.total_ns).checked_div(load(&self.count)).unwrap_or(0);
        (Duration::from_nanos(mean), Duration::from_nanos(load(&self.longest_ns)))
    }

    fn clear(&self) {
        for value in [&self.count, &self.total_ns, &self.longest_ns] {
            value.store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ServiceTimes;
    use super::*;
    use crate::units::Rate;

    #[test]
    fn a_seed_and_a_restart_give_the_same_service_times() {
        let gate = |seed| {
            let capacity = Capacity {
                limit: Rate::per_second(1.0),
                workers: 3,
                queue: usize::MAX,
                service_times: ServiceTimes::Exponential,
            };
            Gate::new(capacity, seed)
        };
        let times = |gate: &Gate| -> Vec<Duration> {
            let time = || match gate.arrive() {
                Admission::Served { start, end } => end.saturating_sub(start),
                Admission::Refused => panic!("the queue has no end"),
            };
            (0..100).map(|_| time()).collect()
        };
        let (one, other) = (gate(1), gate(2));
        let first = times(&one);
        assert_ne!(first, times(&other));
        assert_eq!(first, times(&gate(1)));
        one.restart();
        assert_eq!(first, times(&one));
        // Those before the restart are still there: none of them is done so soon.
        assert!(one.observed().totals.admitted > 100);
    }
}
