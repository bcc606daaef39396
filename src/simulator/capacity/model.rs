//! Who is served when: pure, by a virtual clock. Times count from the model's beginning.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

/// Workers that serve in parallel, and one line before them.
#[derive(Clone, Debug)]
pub struct Model {
    /// When each worker will have done all that it has been given, the earliest first.
    free_at: BinaryHeap<Reverse<Duration>>,
    /// When those who wait will be served, the first first. Some may have been meanwhile.
    starts: VecDeque<Duration>,
    /// How many may wait.
    queue: usize,
    /// The latest time it was told.
    now: Duration,
    totals: Totals,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is served, from when to when.
    Served {
        /// When a worker takes it.
        start: Duration,
        /// When it is done.
        end: Duration,
    },
    /// All are busy and the line is full.
    Refused,
}

/// Who is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// How many are being served.
    pub in_service: usize,
    /// How many wait to be.
    pub waiting: usize,
}

/// What has happened since the model, or its counting, began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many are served, wait, or have been.
    pub admitted: u64,
    /// How many of them had to wait.
    pub queued: u64,
    /// How many were refused.
    pub refused: u64,
    /// How long those admitted wait, all together.
    pub wait: Duration,
    /// How long the one of them that waits the longest does.
    pub longest_wait: Duration,
    /// How many waited at once at most.
    pub longest_queue: usize,
}

impl Totals {
    /// How long those admitted wait on average, those who do not have to included.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean need not be exact")]
    pub fn mean_wait(&self) -> Duration {
        if self.admitted == 0 { Duration::ZERO } else { self.wait.div_f64(self.admitted as f64) }
    }
}

impl Model {
    /// A model with so many workers, all free, and so many places to wait.
    ///
    /// # Panics
    /// When there are no workers.
    #[must_use]
    pub fn new(workers: usize, queue: usize) -> Self {
        assert!(workers > 0, "somebody has to serve");
        Self {
            free_at: std::iter::repeat_n(Reverse(Duration::ZERO), workers).collect(),
            starts: VecDeque::new(),
            queue,
            now: Duration::ZERO,
            totals: Totals::default(),
        }
    }

    /// A request comes; if it is admitted, serving it takes `service`. A time before one that the
    /// model was told already counts as that one.
    pub fn arrive(&mut self, now: Duration, service: impl FnOnce() -> Duration) -> Admission {
        self.advance(now);
        let free_at = self.free_at.peek().expect("there are workers").0;
        let wait = free_at.saturating_sub(self.now);
        let start = self.now + wait;
        if !wait.is_zero() {
            if self.starts.len() >= self.queue {
                self.totals.refused += 1;
                return Admission::Refused;
            }
            self.starts.push_back(start);
            self.totals.queued += 1;
            self.totals.longest_queue = self.totals.longest_queue.max(self.starts.len());
            self.totals.wait += wait;
            self.totals.longest_wait = self.totals.longest_wait.max(wait);
        }
        self.totals.admitted += 1;
        let end = start + service();
        self.free_at.pop();
        self.free_at.push(Reverse(end));
        Admission::Served { start, end }
    }

    /// Who is there.
    pub fn occupancy(&mut self, now: Duration) -> Occupancy {
        self.advance(now);
        // Nobody waits while a worker is free, so what a worker is busy with it has begun.
        let in_service = self.free_at.iter().filter(|free_at| free_at.0 > self.now).count();
        Occupancy { in_service, waiting: self.starts.len() }
    }

    /// What has happened so far.
    #[must_use]
    pub const fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Counts anew. Who is there stays, and counts as admitted.
    pub fn forget(&mut self, now: Duration) {
        let there = self.occupancy(now);
        self.totals = Totals {
            admitted: (there.in_service + there.waiting) as u64,
            longest_queue: there.waiting,
            ..Totals::default()
        };
    }

    fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        // First in, first out: starts only grow.
        while self.starts.front().is_some_and(|&start| start <= self.now) {
            self.starts.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::theory;
    use super::super::{Capacity, ServiceTimes};
    use super::*;
    use crate::units::Rate;

    /// The share refused, and of the others the share that had to wait and the mean wait in
    /// seconds, of 400,000 Poisson arrivals.
    fn simulated(capacity: Capacity, rho: f64) -> (f64, f64, f64) {
        const ARRIVALS: u32 = 400_000;
        let mut rng = StdRng::seed_from_u64(7);
        let mut model = Model::new(capacity.workers, capacity.queue);
        let gap = Duration::from_secs_f64(1.0 / (rho * capacity.limit.in_a_second()));
        let mean = capacity.mean_service_time();
        let mut now = Duration::ZERO;
        for _ in 0..ARRIVALS {
            now += ServiceTimes::Exponential.sample(gap, &mut rng);
            let service = capacity.service_times.sample(mean, &mut rng);
            model.arrive(now, || service);
        }
        let totals = model.totals();
        assert_eq!(totals.admitted + totals.refused, u64::from(ARRIVALS));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        (
            share(totals.refused, u64::from(ARRIVALS)),
            share(totals.queued, totals.admitted),
            totals.mean_wait().as_secs_f64(),
        )
    }

    fn capacity(workers: usize, queue: usize, service_times: ServiceTimes) -> Capacity {
        Capacity {
            limit: Rate::per_second(500.0),
            workers,
            queue,
            service_times,
        }
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64, relative: f64, absolute: f64) {
        let off = (found - expected).abs();
        assert!(off <= (relative * expected).max(absolute), "{found} is not near {expected}");
    }

    /// Within 5 % of M/M/c/K, or one in a thousand where little is refused: seeds differ by so
    /// much, in both directions.
    #[test]
    fn queues_are_as_long_as_theory_says() {
        for (workers, queue) in [(8, 0), (1, 10), (4, 20)] {
            for rho in [0.5, 0.9, 1.0, 1.5] {
                let capacity = capacity(workers, queue, ServiceTimes::Exponential);
                let (refused, _, wait) = simulated(capacity, rho);
                let theory = theory::mmck(500.0 * rho, 500.0, workers, queue);
                assert_near(refused, theory.refused, 0.05, 0.001);
                assert_near(wait, theory.mean_wait, 0.05, 1e-5);
            }
        }
    }

    /// Textbook values where nobody is refused, within 5 %.
    #[test]
    fn endless_queues_are_as_long_as_theory_says() {
        for rho in [0.5, 0.8] {
            for workers in [1, 5] {
                let capacity = capacity(workers, usize::MAX, ServiceTimes::Exponential);
                let (refused, queued, wait) = simulated(capacity, rho);
                assert_near(refused, 0.0, 0.0, 0.0);
                let erlang_c = theory::erlang_c(500.0 * rho, 500.0, workers);
                assert_near(queued, erlang_c, 0.05, 0.0);
                assert_near(wait, erlang_c / (500.0 - 500.0 * rho), 0.05, 0.0);
            }
            for times in ServiceTimes::ALL {
                let (_, _, wait) = simulated(capacity(1, usize::MAX, times), rho);
                let expected = rho / 500.0 * (1.0 + times.variation().powi(2)) / 2.0 / (1.0 - rho);
                assert_near(wait, expected, 0.05, 0.0);
            }
        }
    }

    /// Beyond its capacity a model serves its capacity, whatever the distribution.
    #[test]
    fn throughput_ends_at_the_capacity() {
        for times in ServiceTimes::ALL {
            let (refused, queued, wait) = simulated(capacity(8, 100, times), 2.0);
            assert_near(refused, 0.5, 0.02, 0.0);
            assert_near(queued, 1.0, 0.02, 0.0);
            assert_near(wait, 100.0 / 500.0, 0.05, 0.0);
        }
    }

    proptest! {
        /// Against a model without memory, which looks through all that was admitted before: who
        /// waits begins once fewer than all workers are busy, and is refused if too many wait.
        #[test]
        fn a_request_is_served_once_a_worker_is_free(
            workers in 1_usize..5,
            queue in 0_usize..5,
            requests in prop::collection::vec((0_u64..10, 0_u64..30), 1..100),
        ) {
            let mut model = Model::new(workers, queue);
            let mut slots: Vec<(Duration, Duration)> = Vec::new();
            let mut now = Duration::ZERO;
            let mut refused = 0;
            for (gap, service) in requests {
                now += Duration::from_millis(gap);
                let service = Duration::from_millis(service);
                let is_free = |at: &Duration| slots.iter().filter(|s| s.1 > *at).count() < workers;
                let ends = slots.iter().map(|slot| slot.1).filter(|&end| end > now);
                let start = ends.chain([now]).filter(is_free).min().expect("all end once");
                let waiting = slots.iter().filter(|slot| slot.0 > now).count();
                let serving = slots.iter().filter(|s| s.0 <= now && now < s.1).count();
                prop_assert!(serving <= workers && waiting <= queue);
                prop_assert_eq!(model.occupancy(now), Occupancy { in_service: serving, waiting });

                let admission = model.arrive(now, || service);
                if start > now && waiting == queue {
                    prop_assert_eq!(admission, Admission::Refused);
                    refused += 1;
                } else {
                    let end = start + service;
                    prop_assert_eq!(admission, Admission::Served { start, end });
                    prop_assert!(slots.last().is_none_or(|last| last.0 <= start));
                    slots.push((start, end));
                }
            }
            let totals = *model.totals();
            prop_assert_eq!((totals.admitted, totals.refused), (slots.len() as u64, refused));
            prop_assert!(totals.queued <= totals.admitted && totals.longest_queue <= queue);

            model.forget(now);
            let there = slots.iter().filter(|slot| slot.1 > now).count();
            prop_assert_eq!((model.totals().admitted, model.totals().refused), (there as u64, 0));
        }
    }
}
