//! Where samples go: sharded by thread, so that recording costs no waiting.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::totals::{JourneyTotals, StepTotals, Totals};
use super::{Latencies, Outcome};

/// One exchange.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// When its first byte was sent; `None` if there was no connection.
    pub sent: Option<Instant>,
    /// When it was over: the last byte of the reply, or the failure.
    pub done: Instant,
    /// The bytes of the reply.
    pub bytes: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// In whose words, if it was not simply accepted.
    pub words: &'a str,
    /// Whether that is what the step expects.
    pub expected: bool,
}

/// How a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JourneyEnd {
    /// All its steps were played and ended as expected.
    Completed,
    /// A step did not end as expected; a login that fails ends it.
    Failed,
    /// The run ended first; what it had opened it closed.
    Stopped,
    /// It was broken off in the middle; what it had opened is left open.
    Cut,
}

/// Collects samples from many threads.
#[derive(Debug)]
pub struct Recorder {
    shards: Vec<Mutex<Shard>>,
    begun: Vec<AtomicU64>,
    journeys: Vec<JourneyCounters>,
}

#[derive(Debug, Default)]
struct JourneyCounters {
    users: AtomicU64,
    started: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    stopped: AtomicU64,
    cut: AtomicU64,
}

#[derive(Debug)]
struct Shard {
    steps: Vec<StepTotals>,
    interval: Interval,
}

/// What was counted between two looks.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// How many exchanges were over.
    pub count: u64,
    /// How many of them were not as expected.
    pub failed: u64,
    /// Their latency.
    pub latency: Latencies,
}

impl Recorder {
    /// A recorder for so many journeys and steps, used by about so many threads.
    #[must_use]
    pub fn new(journeys: usize, steps: usize, threads: usize) -> Self {
        let shard = || Shard {
            steps: (0..steps).map(|_| StepTotals::default()).collect(),
            interval: Interval::default(),
        };
        Self {
            shards: (0..threads.max(1)).map(|_| Mutex::new(shard())).collect(),
            begun: (0..steps).map(|_| AtomicU64::new(0)).collect(),
            journeys: (0..journeys).map(|_| JourneyCounters::default()).collect(),
        }
    }

    /// Begins an exchange of `step`, to be ended by [`Pending::record`]. If it is dropped
    /// instead, whatever the reason, it counts as cut.
    #[must_use = "an exchange that is dropped counts as cut"]
    pub fn begin(&self, step: usize, due: Instant) -> Pending<'_> {
        self.begun[step].fetch_add(1, Ordering::Relaxed);
        Pending { recorder: self, step, due, over: false }
    }

    /// Counts a user that plays `journey`.
    pub fn add_user(&self, journey: usize) {
        self.journeys[journey].users.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a journey that begins.
    pub fn begin_journey(&self, journey: usize) {
        self.journeys[journey].started.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a journey that is over.
    pub fn end_journey(&self, journey: usize, end: JourneyEnd) {
        let counters = &self.journeys[journey];
        let counter = match end {
            JourneyEnd::Completed => &counters.completed,
            JourneyEnd::Failed => &counters.failed,
            JourneyEnd::Stopped => &counters.stopped,
            JourneyEnd::Cut => &counters.cut,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes what was counted since the last call.
    #[must_use]
    pub fn take_interval(&self) -> Interval {
        let mut sum = Interval::default();
        for shard in &self.shards {
            let interval = &mut lock(shard).interval;
            sum.count += std::mem::take(&mut interval.count);
            sum.failed += std::mem::take(&mut interval.failed);
            sum.latency.add(&interval.latency);
            interval.latency.clear();
        }
        sum
    }

    /// Everything that was counted.
    ///
    /// # Panics
    /// When the totals do not balance: then a figure is wrong, and none may be shown.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut steps: Vec<_> = self
            .begun
            .iter()
            .map(|begun| StepTotals::of_begun(begun.load(Ordering::Relaxed)))
            .collect();
        for shard in &self.shards {
            for (sum, part) in steps.iter_mut().zip(&lock(shard).steps) {
                sum.add(part);
            }
        }
        for step in &mut steps {
            step.settle();
            step.assert_balanced();
        }
        let journeys: Vec<_> = self.journeys.iter().map(JourneyCounters::totals).collect();
        for journey in &journeys {
            let over = journey.completed + journey.failed + journey.stopped + journey.cut;
            assert_eq!(over, journey.started, "every journey that began is over");
        }
        Totals { steps, journeys }
    }

    fn record(&self, step: usize, due: Instant, sample: &Sample<'_>) {
        let shard = &mut *lock(&self.shards[shard_index() % self.shards.len()]);
        let latency = sample.done.saturating_duration_since(due);
        shard.interval.count += 1;
        shard.interval.failed += u64::from(!sample.expected);
        if sample.outcome.is_timed(sample.expected) {
            shard.interval.latency.record(latency);
        }
        shard.steps[step].record(sample, latency);
    }
}

impl JourneyCounters {
    fn totals(&self) -> JourneyTotals {
        JourneyTotals {
            users: self.users.load(Ordering::Relaxed),
            started: self.started.load(Ordering::Relaxed),
            completed: self.completed.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            stopped: self.stopped.load(Ordering::Relaxed),
            cut: self.cut.load(Ordering::Relaxed),
        }
    }
}

/// An exchange that is not over.
#[derive(Debug)]
pub struct Pending<'r> {
    recorder: &'r Recorder,
    step: usize,
    due: Instant,
    over: bool,
}

impl Pending<'_> {
    /// Ends it.
    pub fn record(mut self, sample: &Sample<'_>) {
        self.over = true;
        self.recorder.record(self.step, self.due, sample);
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if !self.over {
            let sample = Sample {
                sent: None,
                done: Instant::now(),
                bytes: 0,
                outcome: Outcome::Cut,
                words: "",
                expected: false,
            };
            self.recorder.record(self.step, self.due, &sample);
        }
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number of the thread's own: threads of a pool rarely meet in a shard.
fn shard_index() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static INDEX: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    INDEX.with(|index| *index)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::OutcomeKey;
    use super::super::totals::MAX_WORDS;
    use super::*;

    fn sample(due: Instant, outcome: Outcome, words: &str) -> Sample<'_> {
        Sample {
            sent: Some(due + Duration::from_millis(1)),
            done: due + Duration::from_millis(5),
            bytes: 100,
            outcome,
            words,
            expected: outcome == Outcome::Accepted,
        }
    }

    #[test]
    fn every_exchange_is_counted_once() {
        let recorder = Recorder::new(1, 2, 4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for i in 0..1000 {
                        let due = Instant::now();
                        let outcome = Outcome::ALL[i % Outcome::ALL.len()];
                        recorder.begin(i % 2, due).record(&sample(due, outcome, "w"));
                    }
                    // Given up: counts as cut.
                    drop(recorder.begin(0, Instant::now()));
                });
            }
        });
        assert_eq!(recorder.take_interval().count, 4004);
        assert_eq!(recorder.take_interval().count, 0);
        let totals = recorder.totals();
        assert_eq!((totals.steps[0].count, totals.steps[1].count), (2004, 2000));
        let cut = OutcomeKey { outcome: Outcome::Cut, expected: false, words: String::new() };
        assert_eq!(totals.steps[0].outcomes[&cut].count, 4);
        assert!(totals.steps[0].latency.at(0.5).abs_diff(5000) < 10);
        assert!(totals.steps[0].service_time.at(0.5).abs_diff(4000) < 10);
    }

    #[test]
    fn different_words_are_bounded() {
        let recorder = Recorder::new(1, 1, 4);
        let due = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let recorder = &recorder;
                scope.spawn(move || {
                    for i in 0..1000 {
                        let words = format!("{thread}-{i}");
                        recorder.begin(0, due).record(&sample(due, Outcome::Refused, &words));
                    }
                });
            }
        });
        let totals = recorder.totals();
        // However many threads there were.
        assert!(totals.steps[0].outcomes.len() <= MAX_WORDS + 1);
        assert_eq!(totals.steps[0].outcomes.values().map(|tally| tally.count).sum::<u64>(), 4000);
    }

    #[test]
    #[should_panic(expected = "every journey that began is over")]
    fn a_lost_journey_is_noticed() {
        let recorder = Recorder::new(1, 1, 1);
        recorder.begin_journey(0);
        let _ = recorder.totals();
    }
}
