//! Times drawn at random: think times, and what the simulator takes.

use std::fmt;
use std::time::Duration;

use rand::Rng;
use rand_distr::{Distribution as _, Exp1, StandardNormal};

use crate::units::{format_duration, parse_duration};

/// A distribution of times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Always as long.
    Fixed(Duration),
    /// Evenly between two bounds.
    Uniform(Duration, Duration),
    /// Exponential with this mean, as between independent arrivals; cut at ten times the mean.
    Exponential(Duration),
    /// Log-normal, as services take: half of the times are below the median, and the logarithm has
    /// the standard deviation `sigma`.
    LogNormal {
        /// The median.
        median: Duration,
        /// The standard deviation of the logarithm; 0.5 puts the 99th percentile at 3.2 times the
        /// median.
        sigma: f64,
    },
}

/// A spread beyond this has tails longer than anyone waits for.
const MAX_SIGMA: f64 = 5.0;

/// Nothing drawn is longer: it can be added to any point in time.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Distribution {
    /// No time at all.
    pub const ZERO: Self = Self::Fixed(Duration::ZERO);

    /// Reads `500ms`, `fixed(500ms)`, `uniform(200ms, 800ms)`, `exponential(500ms)` or
    /// `lognormal(500ms, 0.5)`.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some((name, rest)) = text.split_once('(') else {
            return parse_duration(text).map(Self::Fixed);
        };
        let arguments = rest.strip_suffix(')').ok_or_else(|| advice(text))?;
        let arguments: Vec<_> = arguments.split(',').map(str::trim).collect();
        match (name.trim(), &arguments[..]) {
            ("fixed", [time]) => parse_duration(time).map(Self::Fixed),
            ("exponential", [mean]) => parse_duration(mean).map(Self::Exponential),
            ("uniform", [low, high]) => {
                let (low, high) = (parse_duration(low)?, parse_duration(high)?);
                if low > high {
                    return Err(format!("\"{text}\": the first bound is above the second"));
                }
                Ok(Self::Uniform(low, high))
            }
            ("lognormal", [median, sigma]) => {
                let median = parse_duration(median)?;
                match sigma.parse() {
                    Ok(sigma) if (0.0..=MAX_SIGMA).contains(&sigma) => {
                        Ok(Self::LogNormal { median, sigma })
                    }
                    _ => Err(format!(
                        "\"{text}\": the second is the spread of the logarithm, from 0 to {MAX_SIGMA}, \
                         such as 0.5"
                    )),
                }
            }
            _ => Err(advice(text)),
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> Duration {
        match *self {
            Self::Fixed(time) | Self::Exponential(time) => time,
            Self::Uniform(low, high) => (low + high) / 2,
            Self::LogNormal { median, sigma } => {
                median.mul_f64((sigma * sigma / 2.0).exp()).min(LONGEST)
            }
        }
    }

    /// One time.
    pub fn sample(&self, rng: &mut impl Rng) -> Duration {
        let time = match *self {
            Self::Fixed(time) => time,
            Self::Uniform(low, high) => rng.random_range(low..=high),
            Self::Exponential(mean) => {
                let times: f64 = Exp1.sample(rng);
                mean.mul_f64(times.min(10.0))
            }
            Self::LogNormal { median, sigma } => {
                let deviations: f64 = StandardNormal.sample(rng);
                // Within what a duration can hold, whatever is drawn.
                median.mul_f64((sigma * deviations).exp().min(1e6))
            }
        };
        time.min(LONGEST)
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed(time) => f.write_str(&format_duration(time)),
            Self::Uniform(low, high) => {
                write!(f, "uniform({}, {})", format_duration(low), format_duration(high))
            }
            Self::Exponential(mean) => write!(f, "exponential({})", format_duration(mean)),
            Self::LogNormal { median, sigma } => {
                write!(f, "lognormal({}, {sigma})", format_duration(median))
            }
        }
    }
}

fn advice(text: &str) -> String {
    format!(
        "\"{text}\" is no time: write \"500ms\", \"uniform(200ms, 800ms)\", \"exponential(500ms)\" or \
         \"lognormal(500ms, 0.5)\""
    )
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn distributions_are_read_and_written() {
        for (text, distribution) in [
            ("0s", Distribution::ZERO),
            ("500ms", Distribution::Fixed(MS(500))),
            ("fixed(1s)", Distribution::Fixed(MS(1000))),
            ("uniform(200ms, 0.8s)", Distribution::Uniform(MS(200), MS(800))),
            ("exponential(500ms)", Distribution::Exponential(MS(500))),
            (
                "lognormal( 20ms , 0.5 )",
                Distribution::LogNormal { median: MS(20), sigma: 0.5 },
            ),
        ] {
            assert_eq!(Distribution::parse(text), Ok(distribution), "{text}");
            assert_eq!(Distribution::parse(&distribution.to_string()), Ok(distribution), "{text}");
        }
        for text in [
            "",
            "x",
            "uniform(1s)",
            "uniform(2s,1s)",
            "normal(1s)",
            "fixed(1s",
            "fixed()",
            "lognormal(1s)",
            "lognormal(1s, -1)",
            "lognormal(1s, NaN)",
        ] {
            assert!(Distribution::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn samples_have_the_mean_and_the_percentiles_they_promise() {
        let mut rng = StdRng::seed_from_u64(1);
        for (distribution, mean, median, p99) in [
            (Distribution::Fixed(MS(100)), 0.1, 0.1, 0.1),
            (Distribution::Uniform(MS(50), MS(150)), 0.1, 0.1, 0.149),
            (Distribution::Exponential(MS(100)), 0.1, 0.0693, 0.4605),
            (Distribution::LogNormal { median: MS(100), sigma: 0.5 }, 0.1133, 0.1, 0.32),
        ] {
            let mut times: Vec<_> =
                (0..100_000).map(|_| distribution.sample(&mut rng).as_secs_f64()).collect();
            times.sort_by(f64::total_cmp);
            let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 0.03;
            assert!(near(times.iter().sum::<f64>() / 1e5, mean), "{distribution}");
            assert!(near(distribution.mean().as_secs_f64(), mean), "{distribution}");
            assert!(near(times[50_000], median) && near(times[99_000], p99), "{distribution}");
        }
    }
}
