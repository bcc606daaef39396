//! How the rate of an open model's arrivals goes over time.

use std::fmt;
use std::time::Duration;

use crate::units::{Rate, format_duration};

/// A rate over time, in straight lines; after the last stage it stays where it is. `None` stands
/// for no arrivals at all, which a [`Rate`] cannot say.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The rate at the start.
    pub start: Option<Rate>,
    /// Where it goes from there.
    pub stages: Vec<Stage>,
}

/// A straight line from the rate before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// The rate at its end.
    pub to: Option<Rate>,
    /// How long it takes to get there; none is a jump.
    pub over: Duration,
}

impl Profile {
    /// Always the same rate.
    #[must_use]
    pub const fn constant(rate: Rate) -> Self {
        Self { start: Some(rate), stages: Vec::new() }
    }

    /// How long its stages last.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.stages.iter().map(|stage| stage.over).sum()
    }

    /// The highest rate, per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let ends = self.stages.iter().map(|stage| per_second(stage.to));
        ends.fold(per_second(self.start), f64::max)
    }

    /// How many arrivals are expected from the start until `at`.
    #[must_use]
    pub fn expected_until(&self, at: Duration) -> f64 {
        let mut left = at.as_secs_f64();
        let mut sum = 0.0;
        for line in self.lines() {
            let part = left.min(line.seconds);
            sum += line.count_in(part);
            left -= part;
        }
        sum + left * self.last()
    }

    /// When that many are expected: the inverse of [`expected_until`](Self::expected_until).
    /// `None` if they never are.
    #[must_use]
    pub fn when(&self, expected: f64) -> Option<Duration> {
        let mut left = expected;
        let mut seconds = 0.0;
        for line in self.lines() {
            let count = line.count_in(line.seconds);
            if left < count {
                return Duration::try_from_secs_f64(seconds + line.seconds_to(left)).ok();
            }
            left -= count;
            seconds += line.seconds;
        }
        Duration::try_from_secs_f64(seconds + left / self.last()).ok()
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        let mut from = per_second(self.start);
        self.stages.iter().map(move |stage| {
            let to = per_second(stage.to);
            let line = Line { from, to, seconds: stage.over.as_secs_f64() };
            from = to;
            line
        })
    }

    /// The rate after all stages, per second.
    fn last(&self) -> f64 {
        per_second(self.stages.last().map_or(self.start, |stage| stage.to))
    }
}

fn per_second(rate: Option<Rate>) -> f64 {
    rate.map_or(0.0, Rate::in_a_second)
}

/// A rate that changes evenly.
struct Line {
    from: f64,
    to: f64,
    seconds: f64,
}

impl Line {
    /// How many are expected in its first `seconds`.
    fn count_in(&self, seconds: f64) -> f64 {
        if self.seconds == 0.0 {
            return 0.0;
        }
        let slope = (self.to - self.from) / self.seconds;
        seconds * (self.from + slope * seconds / 2.0)
    }

    /// The inverse, in a form that loses no digits when the slope is small or the start zero.
    fn seconds_to(&self, count: f64) -> f64 {
        let slope = (self.to - self.from) / self.seconds;
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        if count == 0.0 { 0.0 } else { 2.0 * count / (self.from + root) }
    }
}

/// `100/s, to 300/s over 30s, stay for 5m`
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |rate: Option<Rate>| rate.map_or_else(|| "0/s".to_owned(), |r| r.to_string());
        f.write_str(&show(self.start))?;
        let mut before = self.start;
        for stage in &self.stages {
            let over = format_duration(stage.over);
            match (stage.to == before, stage.over.is_zero()) {
                (true, _) => write!(f, ", stay for {over}")?,
                (false, true) => write!(f, ", at once {}", show(stage.to))?,
                (false, false) => write!(f, ", to {} over {over}", show(stage.to))?,
            }
            before = stage.to;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECONDS: fn(u64) -> Duration = Duration::from_secs;

    fn rate(per_second: f64) -> Option<Rate> {
        (per_second > 0.0).then(|| Rate::per_second(per_second))
    }

    fn profile(start: f64, stages: &[(f64, u64)]) -> Profile {
        let stage = |&(to, over)| Stage { to: rate(to), over: SECONDS(over) };
        Profile {
            start: rate(start),
            stages: stages.iter().map(stage).collect(),
        }
    }

    #[test]
    fn the_area_under_the_rate_is_what_is_expected() {
        let day = profile(0.0, &[(100.0, 10), (100.0, 10), (500.0, 0), (500.0, 2), (0.0, 4)]);
        for (profile, seconds, expected) in [
            (profile(200.0, &[]), 3, 600.0),
            (day.clone(), 5, 125.0),
            (day.clone(), 10, 500.0),
            (day.clone(), 20, 1500.0),
            (day.clone(), 21, 2000.0),
            (day.clone(), 26, 3500.0),
            (day.clone(), 99, 3500.0),
        ] {
            let found = profile.expected_until(SECONDS(seconds));
            assert!((found - expected).abs() < 1e-9, "{profile} until {seconds}: {found}");
        }
        assert_eq!(day.length(), SECONDS(26));
        assert_eq!(day.when(3501.0), None, "nothing comes after a ramp down to nothing");
        assert!((day.peak() - 500.0).abs() < 1e-9);
        assert_eq!(
            day.to_string(),
            "0/s, to 100/s over 10s, stay for 10s, at once 500/s, stay for 2s, to 0/s over 4s"
        );
    }

    proptest! {
        #[test]
        fn when_is_the_inverse(
            start in 0.1..1e4_f64,
            stages in prop::collection::vec((0.1..1e4_f64, 0..50_u64), 0..6),
            expected in 0.0..1e6_f64,
        ) {
            let profile = profile(start, &stages);
            let at = profile.when(expected).expect("a rate above nothing");
            let back = profile.expected_until(at);
            // A nanosecond of time is a hundred-thousandth of an arrival here.
            prop_assert!((back - expected).abs() < 1e-4 + expected * 1e-9, "{back} for {expected}");
        }
    }
}
