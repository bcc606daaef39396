//! What holds requests back: a ceiling on their rate, and a bound on how many are in flight.
//!
//! Who is held back waits, and the wait is part of the latency, which counts from when a request
//! was due: the figures stay true, and a note says how many they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::units::Rate;

/// What the requests of one journey pass. The parts are shared by all whom they bound together.
#[derive(Clone, Debug, Default)]
pub(super) struct Valve {
    pub(super) in_flight: Option<Arc<InFlight>>,
    pub(super) ceiling: Option<Arc<Ceiling>>,
}

impl Valve {
    /// Waits until one more request may be sent; it is in flight until the permit is dropped.
    pub(super) async fn pass(&self) -> Option<SemaphorePermit<'_>> {
        let permit = match &self.in_flight {
            Some(in_flight) => Some(in_flight.enter().await),
            None => None,
        };
        // After the permit: who waited for that must not all go at once.
        if let Some(ceiling) = &self.ceiling {
            ceiling.wait().await;
        }
        permit
    }

    /// What a reader of the figures should know about them.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        let in_flight = self.in_flight.as_ref().and_then(|in_flight| in_flight.note());
        in_flight
            .into_iter()
            .chain(self.ceiling.as_ref().and_then(|ceiling| ceiling.note()))
    }
}

/// A bound on requests in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    most: usize,
    permits: Semaphore,
    held_back: AtomicU64,
}

impl InFlight {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            permits: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            held_back: AtomicU64::new(0),
        }
    }

    async fn enter(&self) -> SemaphorePermit<'_> {
        if let Ok(permit) = self.permits.try_acquire() {
            return permit;
        }
        self.held_back.fetch_add(1, Ordering::Relaxed);
        self.permits.acquire().await.expect("nobody closes it")
    }

    fn note(&self) -> Option<String> {
        let count = self.held_back.load(Ordering::Relaxed);
        (count > 0).then(|| {
            format!(
                "{count} requests waited while {} were in flight (--max-in-flight); \
                 their latency counts the wait",
                self.most
            )
        })
    }
}

/// A ceiling on the rate of requests: a bucket of tokens, kept as the time of the next one.
#[derive(Debug)]
pub(super) struct Ceiling {
    rate: Rate,
    origin: Instant,
    /// Nanoseconds from the origin to the next free slot.
    next: AtomicU64,
    held_back: AtomicU64,
}

/// So much that nobody took may be made up for: timers are a millisecond late.
const SLACK: Duration = Duration::from_millis(10);

impl Ceiling {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            rate,
            origin: Instant::now(),
            next: AtomicU64::new(0),
            held_back: AtomicU64::new(0),
        }
    }

    async fn wait(&self) {
        let wait = self.take(self.origin.elapsed());
        if !wait.is_zero() {
            self.held_back.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes the next slot at `now`, counted from the origin; gives how long it is until then.
    fn take(&self, now: Duration) -> Duration {
        let interval = nanos(Duration::from_secs_f64(1.0 / self.rate.in_a_second()));
        let earliest = nanos(now.saturating_sub(SLACK));
        let slot = |next: u64| next.max(earliest);
        let taken = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
                Some(slot(next).saturating_add(interval))
            })
            .expect("there always is a next slot");
        Duration::from_nanos(slot(taken)).saturating_sub(now)
    }

    fn note(&self) -> Option<String> {
        let count = self.held_back.load(Ordering::Relaxed);
        (count > 0).then(|| {
            format!(
                "{count} requests were held back to stay below {} (--max-rate): \
                 their latency counts the wait, and is not the service's",
                self.rate
            )
        })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_requests_than_the_ceiling_and_its_slack() {
        let ceiling = Ceiling::new(Rate::per_second(1000.0));
        // Ten thousand who come at once, then as many after a long silence.
        for begin in [Duration::ZERO, Duration::from_secs(100)] {
            let slots: Vec<_> = (0..10_000).map(|_| begin + ceiling.take(begin)).collect();
            assert!(slots.is_sorted());
            for (index, slot) in slots.iter().enumerate() {
                let until = *slot + Duration::from_secs(1);
                let in_a_second = slots[index..].iter().take_while(|slot| **slot < until).count();
                assert!(in_a_second <= 1000 + 11, "{in_a_second} from {slot:?} on");
            }
            let last = *slots.last().expect("many");
            assert!(last > begin + Duration::from_millis(9_980), "{last:?}");
        }
    }

    #[test]
    fn who_comes_slower_than_the_ceiling_is_not_held_back() {
        let ceiling = Ceiling::new(Rate::per_second(100.0));
        for index in 0..1000 {
            assert_eq!(ceiling.take(Duration::from_millis(10) * index), Duration::ZERO);
        }
    }
}
