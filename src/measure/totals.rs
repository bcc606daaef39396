//! What was counted, and the check that nothing was lost or counted twice.

use std::collections::HashMap;
use std::time::Duration;

use super::{Latencies, Outcome, Sample};

/// More different words than this in one step are counted together: a service that puts a number
/// into each message must not fill the memory.
pub(super) const MAX_WORDS: usize = 50;
const OTHER_WORDS: &str = "(other words)";

/// What tells outcomes apart in tables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutcomeKey {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether that was expected.
    pub expected: bool,
    /// In whose words.
    pub words: String,
}

/// How many exchanges ended in one way, and how long they took together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// From when each was due to its end, added up.
    pub time: Duration,
}

/// What was counted in one step.
#[derive(Clone, Debug, Default)]
pub struct StepTotals {
    /// How many exchanges were begun.
    pub begun: u64,
    /// How many are over; in the end as many as were begun.
    pub count: u64,
    /// How many ended as expected.
    pub ok: u64,
    /// The bytes of all replies.
    pub bytes: u64,
    /// From when a request was due to the last byte of its reply.
    pub latency: Latencies,
    /// From the first byte sent to the last byte of the reply.
    pub service_time: Latencies,
    /// How many ended how.
    pub outcomes: HashMap<OutcomeKey, Tally>,
    /// Accepted, as expected, without words: nearly all, so counted without a look-up.
    accepted: Tally,
}

/// What became of the journeys of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JourneyTotals {
    /// How many users played it.
    pub users: u64,
    /// How often it was to begin.
    pub due: u64,
    /// How often nobody began it; the rest was begun.
    pub missed: u64,
    /// How often it was begun; the sum of the following.
    pub started: u64,
    /// How often all its steps were played and ended as expected.
    pub completed: u64,
    /// How often a step did not end as expected; a login that fails ends it.
    pub failed: u64,
    /// How often the end of the run stopped it, and it closed what it had opened.
    pub stopped: u64,
    /// How often it was broken off in the middle.
    pub cut: u64,
    /// How long those that are over took, added up.
    pub time: Duration,
}

/// Everything that was counted.
#[derive(Clone, Debug)]
pub struct Totals {
    /// By step.
    pub steps: Vec<StepTotals>,
    /// By journey.
    pub journeys: Vec<JourneyTotals>,
    /// What was due in the warm-up.
    pub left_out: LeftOut,
    /// How late the generator was.
    pub punctuality: Punctuality,
    /// The first totals that do not add up; none unless gander has a fault.
    pub imbalance: Option<Imbalance>,
}

/// Two totals that must be equal and are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {one} and {other}")]
pub struct Imbalance {
    /// What must hold.
    pub rule: &'static str,
    /// One of the totals.
    pub one: u64,
    /// The other.
    pub other: u64,
}

impl Imbalance {
    fn check(rule: &'static str, one: u64, other: u64) -> Result<(), Self> {
        if one == other { Ok(()) } else { Err(Self { rule, one, other }) }
    }
}

/// What was due in the warm-up, and is in none of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many exchanges.
    pub exchanges: u64,
    /// How many of them were not as expected.
    pub failed: u64,
    /// The journeys, all together; without users, who are counted where they play.
    pub journeys: JourneyTotals,
}

/// How late the generator was.
#[derive(Clone, Debug, Default)]
pub struct Punctuality {
    /// From when a start of the open model could be made, due and a user free, until its first
    /// request was ready to be sent.
    pub starts: Latencies,
    /// How long those starts waited for a user that found none free.
    pub waits: Latencies,
    /// How much longer users thought than they meant to.
    pub pauses: Latencies,
    /// How many starts were missed though a user was free.
    pub overslept: u64,
}

impl LeftOut {
    /// Counts exchanges that began and are not over as failed, and journeys as cut.
    pub(super) fn cut_the_rest(&mut self, begun: u64) {
        self.failed += begun.saturating_sub(self.exchanges);
        self.exchanges = self.exchanges.max(begun);
        self.journeys.cut_the_rest();
    }

    pub(super) fn record(&mut self, sample: &Sample<'_>) {
        self.exchanges += 1;
        self.failed += u64::from(!sample.expected);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.exchanges += other.exchanges;
        self.failed += other.failed;
    }
}

impl Punctuality {
    pub(super) fn add(&mut self, other: &Self) {
        self.starts.add(&other.starts);
        self.waits.add(&other.waits);
        self.pauses.add(&other.pauses);
        self.overslept += other.overslept;
    }
}

impl JourneyTotals {
    /// Counts journeys that began and are not over as cut.
    pub(super) fn cut_the_rest(&mut self) {
        self.cut += self.started.saturating_sub(self.over());
    }

    fn over(&self) -> u64 {
        self.completed + self.failed + self.stopped + self.cut
    }

    pub(super) fn check(&self) -> Result<(), Imbalance> {
        let made = self.started + self.missed;
        Imbalance::check("every start that was due was made or missed", self.due, made)?;
        Imbalance::check("every journey that began is over", self.started, self.over())
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.time += other.time;
    }
}

impl StepTotals {
    /// The sum of no parts, of so many exchanges that were begun.
    pub(super) fn of_begun(begun: u64) -> Self {
        Self { begun, ..Self::default() }
    }

    pub(super) fn record(&mut self, sample: &Sample<'_>, latency: Duration) {
        self.count += 1;
        self.ok += u64::from(sample.expected);
        self.bytes += sample.bytes as u64;
        if sample.outcome.is_timed(sample.expected) {
            self.latency.record(latency);
            let service_time = sample.sent.map(|sent| sample.done.saturating_duration_since(sent));
            self.service_time.record(service_time.unwrap_or(latency));
        }
        if sample.outcome == Outcome::Accepted && sample.expected && sample.words.is_empty() {
            self.accepted.add(Tally { count: 1, time: latency });
            return;
        }
        let key = OutcomeKey {
            outcome: sample.outcome,
            expected: sample.expected,
            words: sample.words.to_owned(),
        };
        self.add_outcome(key, Tally { count: 1, time: latency });
    }

    fn add_outcome(&mut self, mut key: OutcomeKey, tally: Tally) {
        if self.outcomes.len() >= MAX_WORDS && !self.outcomes.contains_key(&key) {
            OTHER_WORDS.clone_into(&mut key.words);
        }
        self.outcomes.entry(key).or_default().add(tally);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.ok += other.ok;
        self.bytes += other.bytes;
        self.accepted.add(other.accepted);
        self.latency.add(&other.latency);
        self.service_time.add(&other.service_time);
        for (key, tally) in &other.outcomes {
            self.add_outcome(key.clone(), *tally);
        }
    }

    /// Puts the quick counter where the others are.
    pub(super) fn settle(&mut self) {
        let accepted = std::mem::take(&mut self.accepted);
        if accepted.count > 0 {
            let key = OutcomeKey {
                outcome: Outcome::Accepted,
                expected: true,
                words: String::new(),
            };
            self.outcomes.entry(key).or_default().add(accepted);
        }
    }

    /// Counts exchanges that began and are not over as cut.
    pub(super) fn cut_the_rest(&mut self) {
        let rest = self.begun.saturating_sub(self.count);
        if rest > 0 {
            let key = OutcomeKey { outcome: Outcome::Cut, expected: false, words: String::new() };
            self.count += rest;
            self.add_outcome(key, Tally { count: rest, time: Duration::ZERO });
        }
    }

    pub(super) fn check(&self) -> Result<(), Imbalance> {
        let sum = |keep: &dyn Fn(&OutcomeKey) -> bool| -> u64 {
            self.outcomes
                .iter()
                .filter(|(key, _)| keep(key))
                .map(|(_, tally)| tally.count)
                .sum()
        };
        let timed = sum(&|key| key.outcome.is_timed(key.expected));
        for (rule, one, other) in [
            ("every exchange that began is over", self.begun, self.count),
            ("every exchange has one outcome", self.count, sum(&|_| true)),
            ("every success is an expected outcome", self.ok, sum(&|key| key.expected)),
            ("every success and timeout has a latency", timed, self.latency.count()),
            ("every success and timeout has a service time", timed, self.service_time.count()),
        ] {
            Imbalance::check(rule, one, other)?;
        }
        Ok(())
    }
}
