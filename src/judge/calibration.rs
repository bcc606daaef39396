//! How much load a machine can be trusted to generate: which rate to try next, and what the tries
//! come to. Pure, from the steps alone.
//!
//! Rates double until one is refused, then the gap is halved (geometrically) until it is narrow. A
//! rate is refused only when it has failed twice: whatever else runs on the machine spoils a few
//! seconds now and then.

use std::cmp::Ordering;

use super::{Shortfall, Verdict};
use crate::measure::{Percentiles, Run};
use crate::units::Rate;

/// How much faster each step is than the one before, until one is refused.
const STRIDE: f64 = 2.0;
/// A rate that is trusted and one that is refused are as close together as is worth the time.
const NARROW: f64 = 1.1;
/// So often a rate must fail to be refused.
const FAILURES: usize = 2;
/// A simulator whose threads are as busy as this is at its own limit.
const BUSY: f64 = 0.9;

/// One rate, offered for a few seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Journeys that were to start.
    pub offered: Rate,
    /// Journeys that came to their end, per second.
    pub achieved: f64,
    /// Requests that were answered, per second.
    pub requests: f64,
    /// How late starts were sent.
    pub lateness: Percentiles,
    /// CPU time of the generator, as a share of all processors.
    pub generator_cpu: Option<f64>,
    /// CPU time of the simulator, as a share of all processors.
    pub simulator_cpu: Option<f64>,
    /// What is to be thought of the run.
    pub verdict: Verdict,
}

impl Step {
    /// What a run says about the rate that it was played at; `simulator_seconds` is the CPU time
    /// that the simulator took for it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts and processors, far below 2^53")]
    pub fn of(run: &Run, offered: Rate, simulator_seconds: Option<f64>) -> Self {
        let warm_up = run.warm_up.map_or(0.0, |warm_up| warm_up.seconds);
        // Not to the last reply: what is due by its end is what was offered.
        let measured = run.load.duration_seconds.unwrap_or(run.elapsed_seconds) - warm_up;
        let ended: u64 =
            run.journeys.iter().map(|journey| journey.completed + journey.failed).sum();
        let available = run.elapsed_seconds * run.environment.cpus as f64;
        Self {
            offered,
            achieved: ended as f64 / measured,
            requests: run.count() as f64 / measured,
            lateness: run.generator.start_lateness,
            generator_cpu: run.generator.cpu_share,
            simulator_cpu: simulator_seconds.map(|seconds| seconds / available),
            verdict: Verdict::of(run),
        }
    }

    /// Whether the figures of such a run would be the target's.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.verdict.is_pass()
    }
}

/// The steps so far, and where they go.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The lowest rate, which is tried first.
    pub from: Rate,
    /// The highest that is tried.
    pub up_to: Rate,
    /// How many processors the two share.
    pub cpus: usize,
    /// How many threads the simulator answers with.
    pub simulator_threads: usize,
    /// How many requests a journey makes, on average.
    pub requests_per_journey: f64,
    /// All that was tried, in order.
    pub steps: Vec<Step>,
}

/// Why a higher rate is not trusted.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit<'s> {
    /// None was tried, or none that failed twice.
    Untried,
    /// The generator did not do its part.
    Generator(&'s [Shortfall]),
    /// The generator was on time, and the simulator was not: starts were missed since all users
    /// were waiting for it, or exchanges failed.
    Simulator,
}

impl Calibration {
    /// The rate to try next; none when the answer is known.
    #[must_use]
    pub fn next(&self) -> Option<Rate> {
        next(&self.tried(), self.from, self.up_to)
    }

    fn tried(&self) -> Vec<Tried> {
        self.steps.iter().map(|step| (step.offered, step.is_trusted())).collect()
    }

    /// The step with the highest rate that is trusted, if any is.
    #[must_use]
    pub fn trusted(&self) -> Option<&Step> {
        let trusted = self.steps.iter().filter(|step| step.is_trusted());
        trusted.max_by(|one, other| by_rate(one.offered, other.offered))
    }

    /// The last step with the lowest rate that is refused, if any is.
    #[must_use]
    pub fn refused(&self) -> Option<&Step> {
        let rate = refused(&self.tried())?;
        self.steps.iter().rfind(|step| step.offered == rate)
    }

    /// Why it is not a higher rate.
    #[must_use]
    pub fn limit(&self) -> Limit<'_> {
        let Some(step) = self.refused() else { return Limit::Untried };
        let shortfalls = step.verdict.shortfalls();
        if shortfalls.iter().any(Shortfall::is_generator_fault) {
            Limit::Generator(shortfalls)
        } else {
            Limit::Simulator
        }
    }

    /// How busy the simulator's threads were in a step, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "processors and threads")]
    pub fn simulator_load(&self, step: &Step) -> Option<f64> {
        let threads = self.simulator_threads.min(self.cpus) as f64;
        step.simulator_cpu.map(|share| share * self.cpus as f64 / threads)
    }

    /// Whether the simulator could not have answered much more than it did in a step.
    #[must_use]
    pub fn is_simulator_busy(&self, step: &Step) -> bool {
        self.simulator_load(step).is_some_and(|load| load > BUSY)
    }
}

/// A rate, and whether it was trusted.
type Tried = (Rate, bool);

/// The rate to try after those that were `tried`.
fn next(tried: &[Tried], from: Rate, up_to: Rate) -> Option<Rate> {
    if let Some((rate, false)) = tried.last()
        && failures(tried, *rate) < FAILURES
    {
        return Some(*rate);
    }
    match (trusted(tried), refused(tried)) {
        (None, None) => Some(from),
        (None, Some(_)) => None,
        (Some(trusted), None) => (trusted < up_to)
            .then(|| Rate::per_second((trusted.in_a_second() * STRIDE).min(up_to.in_a_second()))),
        (Some(trusted), Some(refused)) => {
            let (low, high) = (trusted.in_a_second(), refused.in_a_second());
            let between = readable((low * high).sqrt());
            let is_between = low < between && between < high;
            (is_between && high / low > NARROW).then(|| Rate::per_second(between))
        }
    }
}

/// The highest rate that was trusted.
fn trusted(tried: &[Tried]) -> Option<Rate> {
    let trusted = tried.iter().filter(|(_, trusted)| *trusted).map(|(rate, _)| *rate);
    trusted.max_by(|one, other| by_rate(*one, *other))
}

/// The lowest rate that has failed as often as it takes.
fn refused(tried: &[Tried]) -> Option<Rate> {
    let rates = tried.iter().map(|(rate, _)| *rate);
    rates
        .filter(|rate| failures(tried, *rate) >= FAILURES)
        .min_by(|one, other| by_rate(*one, *other))
}

fn failures(tried: &[Tried], rate: Rate) -> usize {
    tried.iter().filter(|step| **step == (rate, false)).count()
}

fn by_rate(one: Rate, other: Rate) -> Ordering {
    one.in_a_second().total_cmp(&other.in_a_second())
}

/// To three digits.
fn readable(rate: f64) -> f64 {
    let unit = 10_f64.powf(rate.log10().floor() - 2.0);
    (rate / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rates_double_and_then_close_in() {
        let rate = Rate::per_second;
        for (tried, expected) in [
            (&[][..], Some(100.0)),
            (&[(100.0, true)], Some(200.0)),
            (&[(100.0, true), (200.0, true)], Some(400.0)),
            // The most that may be tried, and nothing beyond it.
            (&[(800.0, true)], Some(1000.0)),
            (&[(1000.0, true)], None),
            // Once is not enough.
            (&[(100.0, true), (200.0, false)], Some(200.0)),
            (&[(100.0, true), (200.0, false), (200.0, true)], Some(400.0)),
            (&[(100.0, true), (200.0, false), (200.0, false)], Some(141.0)),
            (&[(181.0, true), (200.0, false), (200.0, false)], Some(190.0)),
            (&[(182.0, true), (200.0, false), (200.0, false)], None),
            // Not even the lowest.
            (&[(100.0, false)], Some(100.0)),
            (&[(100.0, false), (100.0, false)], None),
        ] {
            let steps: Vec<_> = tried.iter().map(|(r, trusted)| (rate(*r), *trusted)).collect();
            let found = next(&steps, rate(100.0), rate(1000.0));
            assert_eq!(found.map(Rate::in_a_second), expected, "{tried:?}");
        }
    }

    /// Tries until the answer is known; `is_trusted` is told the rate and how many steps there were.
    fn search(from: f64, up_to: f64, is_trusted: impl Fn(f64, usize) -> bool) -> Vec<Tried> {
        let mut tried = Vec::new();
        let (from, up_to) = (Rate::per_second(from), Rate::per_second(up_to));
        while let Some(rate) = next(&tried, from, up_to) {
            tried.push((rate, is_trusted(rate.in_a_second(), tried.len())));
            assert!(tried.len() < 100, "{tried:?}");
        }
        tried
    }

    proptest! {
        /// Whatever a machine can do is found, closely and in few steps, even if one step is spoilt.
        #[test]
        fn what_a_machine_can_do_is_found(
            from in 1.0..1000.0_f64,
            reach in 1.0..10_000.0_f64,
            ability in 0.5..20_000.0_f64,
            spoilt in 0..20_usize,
        ) {
            let (up_to, ability) = (from * reach, from * ability);
            let tried = search(from, up_to, |rate, step| rate <= ability && step != spoilt);
            let doublings = (reach.min(ability / from).max(1.0)).log2();
            // The first, the doublings, the halvings of which each may fail twice, the spoilt one.
            let most = 1.0 + doublings.ceil() + 2.0 + 4.0 * 2.0 + 1.0;
            prop_assert!(u32::try_from(tried.len()).is_ok_and(|n| f64::from(n) <= most), "{tried:?}");
            let is_within = |(rate, _): &Tried| (from..=up_to).contains(&rate.in_a_second());
            prop_assert!(tried.iter().all(is_within), "{tried:?}");
            match trusted(&tried) {
                None => prop_assert!(ability < from, "{tried:?}"),
                Some(found) => {
                    let found = found.in_a_second();
                    prop_assert!(found <= ability);
                    let most = ability.min(up_to);
                    // Rates are rounded to three digits.
                    prop_assert!(found * NARROW * 1.005 >= most, "{found} of {most}: {tried:?}");
                }
            }
        }
    }

    #[test]
    fn rates_are_rounded_to_three_digits() {
        for (rate, rounded) in [(141.421, 141.0), (2262.7, 2260.0), (9999.0, 10_000.0), (1.0, 1.0)]
        {
            assert!((readable(rate) - rounded).abs() < 1e-9, "{rate}");
        }
    }
}
