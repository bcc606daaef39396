//! Where samples go: sharded by thread, so that recording costs no waiting.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::journeys::{JourneyCounters, JourneyEnd};
use super::occupancy::Occupancy;
use super::totals::{JourneyTotals, LeftOut, Punctuality, StepTotals, Totals};
use super::{Latencies, LittlesLaw, Outcome};

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

/// Collects samples from many threads. What was due in the warm-up is counted apart, and is in no
/// histogram.
#[derive(Debug)]
pub struct Recorder {
    shards: Vec<Mutex<Shard>>,
    begun: Vec<AtomicU64>,
    begun_warming_up: AtomicU64,
    journeys: Vec<JourneyCounters>,
    /// One for all journeys.
    warming_up: JourneyCounters,
    occupancy: Occupancy,
    /// Since the last look.
    missed: AtomicU64,
    measured_from: OnceLock<Instant>,
}

#[derive(Debug)]
struct Shard {
    steps: Vec<StepTotals>,
    left_out: LeftOut,
    punctuality: Punctuality,
    interval: Interval,
    /// The totals were taken: nothing is recorded any more.
    is_closed: bool,
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
    /// How many starts were missed.
    pub missed: u64,
}

impl Recorder {
    /// A recorder for so many journeys and steps, used by about so many threads.
    #[must_use]
    pub fn new(journeys: usize, steps: usize, threads: usize) -> Self {
        let shard = || Shard {
            steps: (0..steps).map(|_| StepTotals::default()).collect(),
            left_out: LeftOut::default(),
            punctuality: Punctuality::default(),
            interval: Interval::default(),
            is_closed: false,
        };
        Self {
            shards: (0..threads.max(1)).map(|_| Mutex::new(shard())).collect(),
            begun: (0..steps).map(|_| AtomicU64::new(0)).collect(),
            begun_warming_up: AtomicU64::new(0),
            journeys: (0..journeys).map(|_| JourneyCounters::default()).collect(),
            warming_up: JourneyCounters::default(),
            occupancy: Occupancy::new(),
            missed: AtomicU64::new(0),
            measured_from: OnceLock::new(),
        }
    }

    /// Leaves out of the figures what is due before `instant`. To be said once, before anything is.
    pub fn measure_from(&self, instant: Instant) {
        let _ = self.measured_from.set(instant);
    }

    fn is_warming_up(&self, due: Instant) -> bool {
        self.measured_from.get().is_some_and(|from| due < *from)
    }

    fn counters(&self, journey: usize, due: Instant) -> &JourneyCounters {
        if self.is_warming_up(due) { &self.warming_up } else { &self.journeys[journey] }
    }

    /// Begins an exchange of `step`, to be ended by [`Pending::record`]. If it is dropped
    /// instead, whatever the reason, it counts as cut.
    #[must_use = "an exchange that is dropped counts as cut"]
    pub fn begin(&self, step: usize, due: Instant) -> Pending<'_> {
        let begun =
            if self.is_warming_up(due) { &self.begun_warming_up } else { &self.begun[step] };
        begun.fetch_add(1, Ordering::Relaxed);
        Pending { recorder: self, step, due, over: false }
    }

    /// Counts a user that plays `journey`.
    pub fn add_user(&self, journey: usize) {
        self.journeys[journey].add_user();
    }

    /// Counts a start of `journey` that is due; it is either begun or missed.
    pub fn arrive(&self, journey: usize, due: Instant) {
        self.counters(journey, due).arrive();
    }

    /// Counts a start that nobody made. If a user comes upon it now who was `free` when it was
    /// due, it is the generator that overslept.
    pub fn miss(&self, journey: usize, due: Instant, free: Option<Instant>) {
        self.counters(journey, due).miss();
        self.missed.fetch_add(1, Ordering::Relaxed);
        if let Some(free) = free.filter(|free| *free <= due)
            && !self.is_warming_up(due)
        {
            self.record_start(due, free, Instant::now());
            self.shard().punctuality.overslept += 1;
        }
    }

    /// Counts a journey that begins.
    pub fn begin_journey(&self, journey: usize, due: Instant) {
        self.counters(journey, due).begin();
        self.occupancy.enter();
    }

    /// Counts a journey that is over, and took so long from when it began.
    pub fn end_journey(&self, journey: usize, due: Instant, end: JourneyEnd, took: Duration) {
        self.counters(journey, due).end(end, took);
        self.occupancy.leave(took);
    }

    /// Takes down how late a start was that was due, for a user who was `free` to make it, and
    /// was made when its first request was `ready`. Time that it waited for a user is not the
    /// generator's own.
    pub fn record_start(&self, due: Instant, free: Instant, ready: Instant) {
        if self.is_warming_up(due) {
            return;
        }
        let punctuality = &mut self.shard().punctuality;
        punctuality.starts.record(ready.saturating_duration_since(due.max(free)));
        if free > due {
            punctuality.waits.record(free - due);
        }
    }

    /// Takes down how much longer a user thought than it meant to, from when on.
    pub fn record_pause(&self, meant: Instant, woken: Instant) {
        if !self.is_warming_up(meant) {
            let late = woken.saturating_duration_since(meant);
            self.shard().punctuality.pauses.record(late);
        }
    }

    /// How many users are in a journey.
    #[must_use]
    pub fn users_inside(&self) -> usize {
        self.occupancy.inside()
    }

    /// What Little's law says of a run that took so long and is over.
    #[must_use]
    pub fn littles_law(&self, elapsed: Duration) -> LittlesLaw {
        self.occupancy.law(elapsed)
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
        sum.missed = self.missed.swap(0, Ordering::Relaxed);
        sum
    }

    /// Everything that was counted. What is not over by now is counted as cut, and what is recorded
    /// later is ignored: a user's task may end after the run.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut shards: Vec<_> = self.shards.iter().map(lock).collect();
        for shard in &mut shards {
            shard.is_closed = true;
        }
        let mut steps: Vec<_> = self
            .begun
            .iter()
            .map(|begun| StepTotals::of_begun(begun.load(Ordering::Relaxed)))
            .collect();
        let mut left_out = LeftOut::default();
        let mut punctuality = Punctuality::default();
        for shard in &shards {
            for (sum, part) in steps.iter_mut().zip(&shard.steps) {
                sum.add(part);
            }
            left_out.add(shard.left_out);
            punctuality.add(&shard.punctuality);
        }
        let mut journeys: Vec<_> = self.journeys.iter().map(JourneyCounters::totals).collect();
        left_out.journeys = self.warming_up.totals();
        for step in &mut steps {
            step.settle();
            step.cut_the_rest();
        }
        journeys.iter_mut().for_each(JourneyTotals::cut_the_rest);
        left_out.cut_the_rest(self.begun_warming_up.load(Ordering::Relaxed));
        let mut checks = (steps.iter().map(StepTotals::check))
            .chain(journeys.iter().map(JourneyTotals::check))
            .chain([left_out.journeys.check()]);
        let imbalance = checks.find_map(Result::err);
        Totals { steps, journeys, left_out, punctuality, imbalance }
    }

    fn record(&self, step: usize, due: Instant, sample: &Sample<'_>) {
        let mut shard = self.shard();
        if shard.is_closed {
            return;
        }
        let latency = sample.done.saturating_duration_since(due);
        shard.interval.count += 1;
        shard.interval.failed += u64::from(!sample.expected);
        if sample.outcome.is_timed(sample.expected) {
            shard.interval.latency.record(latency);
        }
        if self.is_warming_up(due) {
            shard.left_out.record(sample);
        } else {
            shard.steps[step].record(sample, latency);
        }
    }

    fn shard(&self) -> MutexGuard<'_, Shard> {
        lock(&self.shards[shard_index() % self.shards.len()])
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
    fn what_is_not_over_at_the_end_is_cut_and_ignored_later() {
        let recorder = Recorder::new(1, 1, 2);
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        recorder.measure_from(later);
        let mut pending = Vec::new();
        for due in [now, later] {
            recorder.arrive(0, due);
            recorder.begin_journey(0, due);
            pending.push(recorder.begin(0, due));
            recorder.begin(0, due).record(&sample(due, Outcome::Accepted, ""));
        }
        let totals = recorder.totals();
        assert_eq!(totals.imbalance, None);
        assert_eq!((totals.steps[0].count, totals.steps[0].ok), (2, 1));
        assert_eq!((totals.journeys[0].started, totals.journeys[0].cut), (1, 1));
        assert_eq!((totals.left_out.exchanges, totals.left_out.failed), (2, 1));
        assert_eq!(totals.left_out.journeys.cut, 1);
        // The tasks end after all.
        drop(pending);
        recorder.end_journey(0, later, JourneyEnd::Cut, Duration::ZERO);
        let again = recorder.totals();
        assert_eq!((again.steps[0].count, again.imbalance), (2, None));
    }

    #[test]
    fn totals_that_do_not_add_up_are_reported() {
        let recorder = Recorder::new(1, 1, 1);
        recorder.arrive(0, Instant::now());
        let imbalance = recorder.totals().imbalance.expect("a start is lost");
        assert_eq!(imbalance.to_string(), "every start that was due was made or missed: 1 and 0");
    }

    #[test]
    fn what_is_due_in_the_warm_up_is_left_out_and_counted() {
        let recorder = Recorder::new(1, 1, 1);
        let start = Instant::now();
        let due = |millis| start + Duration::from_millis(millis);
        recorder.measure_from(due(1000));
        for millis in [0, 999, 1000, 2000] {
            let due = due(millis);
            recorder.arrive(0, due);
            recorder.begin_journey(0, due);
            recorder.record_start(due, start, due);
            let outcome = if millis == 0 { Outcome::Timeout } else { Outcome::Accepted };
            recorder.begin(0, due).record(&sample(due, outcome, ""));
            recorder.end_journey(0, due, JourneyEnd::Completed, Duration::ZERO);
        }
        for millis in [1, 1001] {
            recorder.arrive(0, due(millis));
            recorder.miss(0, due(millis), None);
        }
        let interval = recorder.take_interval();
        assert_eq!((interval.count, interval.missed), (4, 2), "seconds show everything");
        let totals = recorder.totals();
        let left_out = totals.left_out;
        assert_eq!((left_out.exchanges, left_out.failed), (2, 1));
        assert_eq!((left_out.journeys.due, left_out.journeys.missed), (3, 1));
        assert_eq!((totals.steps[0].count, totals.steps[0].ok), (2, 2));
        assert_eq!((totals.journeys[0].due, totals.journeys[0].missed), (3, 1));
        assert_eq!(totals.punctuality.starts.count(), 2);
    }

    #[test]
    fn a_start_missed_while_a_user_was_free_was_overslept() {
        let recorder = Recorder::new(1, 1, 1);
        let due = Instant::now();
        for free in [None, Some(due), Some(due + Duration::from_secs(1))] {
            recorder.arrive(0, due);
            recorder.miss(0, due, free);
        }
        let totals = recorder.totals();
        assert_eq!((totals.journeys[0].missed, totals.punctuality.overslept), (3, 1));
        assert_eq!(totals.punctuality.starts.count(), 1);
    }

    #[test]
    fn a_start_that_waited_for_a_user_is_not_the_generators_fault() {
        let recorder = Recorder::new(1, 1, 1);
        let due = Instant::now();
        let after = |millis| due + Duration::from_millis(millis);
        // Free in time and 1 ms late; then free 500 ms late and 2 ms after that.
        recorder.record_start(due, due, after(1));
        recorder.record_start(due, after(500), after(502));
        let punctuality = recorder.totals().punctuality;
        assert!(punctuality.starts.at(1.0).abs_diff(2000) < 5);
        assert_eq!((punctuality.waits.count(), punctuality.overslept), (1, 0));
        assert!(punctuality.waits.at(1.0).abs_diff(500_000) < 500);
    }
}
