//! When the journeys of the open model are due: pure, from profile and seed alone.

use std::time::Duration;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand_distr::{Distribution as _, Exp1};

use super::seed::{Chooser, rng};
use crate::scenario::{Arrivals, Model, Plan, Profile};

/// The starts of one journey, each later than the one before.
///
/// Arrivals at a rate that changes are arrivals at the rate one on a clock that runs with it: the
/// n-th is due when the profile expects as many as have gone by on that clock. Independent
/// arrivals are apart by exponential times there (a Poisson process), even ones by one. Parts of
/// a Poisson process, drawn at random, are Poisson processes, so each journey has its own.
#[derive(Debug)]
pub(super) struct Schedule {
    profile: Profile,
    arrivals: Arrivals,
    /// Of the arrivals, those of this journey: its weight among the weights.
    share: f64,
    rng: StdRng,
    /// How far that clock has gone.
    expected: f64,
    next_number: u64,
    last: Option<Duration>,
    end: Option<Duration>,
    most: Option<u64>,
}

/// A start that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    /// The how-manieth of its journey, from 0.
    pub(super) number: u64,
    /// When it is due, from the start of the run.
    pub(super) at: Duration,
}

impl Schedule {
    /// The starts of journey number `journey` of `plan`; none if it is a closed one.
    pub(super) fn new(plan: &Plan, journey: usize) -> Option<Self> {
        let open = plan.load.open.as_ref()?;
        let mine = &plan.journeys[journey];
        if mine.model != Model::Open {
            return None;
        }
        let weights: usize = plan.of_model(Model::Open).map(|journey| journey.weight).sum();
        #[expect(clippy::cast_precision_loss, reason = "weights are small")]
        let share = mine.weight as f64 / weights as f64;
        Some(Self {
            profile: open.profile.clone(),
            arrivals: open.arrivals,
            share,
            rng: rng(plan.seed, Chooser::Arrivals(journey)),
            expected: 0.0,
            next_number: 0,
            last: None,
            end: plan.load.duration,
            most: mine.starts.map(|starts| starts as u64),
        })
    }
}

impl Iterator for Schedule {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if self.most.is_some_and(|most| self.next_number >= most) {
            return None;
        }
        let step: f64 = match (self.arrivals, self.next_number) {
            (Arrivals::Poisson, _) => Exp1.sample(&mut self.rng),
            // Somewhere in the first gap: journeys of the same rate do not all start together.
            (Arrivals::Uniform, 0) => self.rng.random_range(0.0..1.0),
            (Arrivals::Uniform, _) => 1.0,
        };
        self.expected += step;
        let at = self.profile.when(self.expected / self.share)?;
        // Closer to each other than the clock can tell, they are still one after the other.
        let at = self.last.map_or(at, |last| at.max(last + Duration::from_nanos(1)));
        if self.end.is_some_and(|end| at >= end) {
            return None;
        }
        self.last = Some(at);
        let number = self.next_number;
        self.next_number += 1;
        Some(Arrival { number, at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::Stage;
    use crate::units::Rate;

    fn schedule(profile: Profile, arrivals: Arrivals, share: f64, seed: u64, end: u64) -> Schedule {
        Schedule {
            profile,
            arrivals,
            share,
            rng: rng(seed, Chooser::Arrivals(0)),
            expected: 0.0,
            next_number: 0,
            last: None,
            end: Some(Duration::from_secs(end)),
            most: None,
        }
    }

    fn profile(rates: &[(u32, u64)]) -> Profile {
        let rate = |rate| (rate > 0).then(|| Rate::per_second(f64::from(rate)));
        let stages = rates[1..].iter();
        let stages =
            stages.map(|&(to, over)| Stage { to: rate(to), over: Duration::from_secs(over) });
        Profile { start: rate(rates[0].0), stages: stages.collect() }
    }

    fn rates() -> impl Strategy<Value = Vec<(u32, u64)>> {
        prop::collection::vec((0..300_u32, 0..4_u64), 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// As many in each second as the profile expects: evenly spread to within one, at random
        /// to within six standard deviations.
        #[test]
        fn each_second_has_what_is_expected(
            rates in rates(), seed: u64, share in 0.05..1.0_f64, even: bool,
        ) {
            let profile = profile(&rates);
            let arrivals = if even { Arrivals::Uniform } else { Arrivals::Poisson };
            let all: Vec<_> = schedule(profile.clone(), arrivals, share, seed, 12).collect();
            for second in 0..12 {
                let (from, to) = (Duration::from_secs(second), Duration::from_secs(second + 1));
                let found = all.iter().filter(|a| (from..to).contains(&a.at)).count();
                let expected =
                    share * (profile.expected_until(to) - profile.expected_until(from));
                let bound = if even { 1.001 } else { 6.0 * expected.sqrt() + 6.0 };
                let found = f64::from(u32::try_from(found).expect("few"));
                prop_assert!((found - expected).abs() <= bound, "{found} for {expected}");
            }
        }

        #[test]
        fn the_same_seed_gives_the_same_strictly_ordered_schedule(
            rates in rates(), seed: u64, even: bool,
        ) {
            let arrivals = if even { Arrivals::Uniform } else { Arrivals::Poisson };
            let all = |seed| -> Vec<_> {
                schedule(profile(&rates), arrivals, 1.0, seed, 12).collect()
            };
            let first = all(seed);
            prop_assert_eq!(&first, &all(seed));
            prop_assert!(first.windows(2).all(|pair| pair[0].at < pair[1].at));
            prop_assert!(first.iter().zip(0..).all(|(arrival, number)| arrival.number == number));
            if first.len() > 5 {
                prop_assert_ne!(&first, &all(seed ^ 1));
            }
        }
    }

    /// The gaps of a Poisson process are exponential: their standard deviation is their mean. The
    /// Kolmogorov–Smirnov distance of 100,000 of them stays below 0.0052 in 99 of 100 cases; this
    /// is one seed, which is one of the 99.
    #[test]
    fn random_arrivals_are_independent() {
        let profile = Profile::constant(Rate::per_second(1000.0));
        let all = schedule(profile, Arrivals::Poisson, 1.0, 7, 1_000).take(100_001);
        let times: Vec<_> = all.map(|arrival| arrival.at.as_secs_f64()).collect();
        let mut gaps: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]) * 1000.0).collect();
        gaps.sort_by(f64::total_cmp);
        let distance = gaps.iter().zip(0_u32..).map(|(gap, rank)| {
            let is = f64::from(rank) / 100_000.0;
            (is - (1.0 - (-gap).exp())).abs()
        });
        assert!(distance.fold(0.0, f64::max) < 0.0052);
    }

    #[test]
    fn even_arrivals_are_evenly_apart_and_end_in_time() {
        let profile = Profile::constant(Rate::per_second(200.0));
        let all: Vec<_> = schedule(profile, Arrivals::Uniform, 0.5, 3, 2).collect();
        assert_eq!(all.len(), 200);
        for pair in all.windows(2) {
            let gap = pair[1].at.saturating_sub(pair[0].at);
            assert!(gap.abs_diff(Duration::from_millis(10)) < Duration::from_nanos(10), "{gap:?}");
        }
    }
}
