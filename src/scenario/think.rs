//! Think time: how long a user waits after a step.

use std::fmt;
use std::time::Duration;

use rand::Rng;

use crate::units::{format_duration, parse_duration};

/// A distribution of waiting times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Think {
    /// No wait.
    #[default]
    None,
    /// Always as long.
    Fixed(Duration),
    /// Evenly between two bounds.
    Uniform(Duration, Duration),
    /// Exponential with this mean, as between independent arrivals; cut at ten times the mean.
    Exponential(Duration),
}

impl Think {
    /// Reads `500ms`, `fixed(500ms)`, `uniform(200ms, 800ms)` or `exponential(500ms)`.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some((name, rest)) = text.split_once('(') else {
            return Ok(Self::fixed(parse_duration(text)?));
        };
        let arguments = rest.strip_suffix(')').ok_or_else(|| advice(text))?;
        let arguments: Vec<_> = arguments.split(',').collect();
        match (name.trim(), &arguments[..]) {
            ("fixed", [time]) => Ok(Self::fixed(parse_duration(time)?)),
            ("exponential", [mean]) => Ok(Self::Exponential(parse_duration(mean)?)),
            ("uniform", [low, high]) => {
                let (low, high) = (parse_duration(low)?, parse_duration(high)?);
                if low > high {
                    return Err(format!("\"{text}\": the first bound is above the second"));
                }
                Ok(Self::Uniform(low, high))
            }
            _ => Err(advice(text)),
        }
    }

    fn fixed(time: Duration) -> Self {
        if time.is_zero() { Self::None } else { Self::Fixed(time) }
    }

    /// One waiting time.
    pub fn sample(&self, rng: &mut impl Rng) -> Duration {
        match *self {
            Self::None => Duration::ZERO,
            Self::Fixed(time) => time,
            Self::Uniform(low, high) => rng.random_range(low..=high),
            Self::Exponential(mean) => {
                // 1 - u is in (0, 1], whose logarithm is finite.
                let u: f64 = rng.random();
                mean.mul_f64((-(1.0 - u).ln()).min(10.0))
            }
        }
    }
}

impl fmt::Display for Think {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::None => f.write_str("0s"),
            Self::Fixed(time) => f.write_str(&format_duration(time)),
            Self::Uniform(low, high) => {
                write!(f, "uniform({}, {})", format_duration(low), format_duration(high))
            }
            Self::Exponential(mean) => write!(f, "exponential({})", format_duration(mean)),
        }
    }
}

fn advice(text: &str) -> String {
    format!(
        "\"{text}\" is no think time: write \"500ms\", \"uniform(200ms, 800ms)\" or \"exponential(500ms)\""
    )
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn think_times_are_read_and_written() {
        let ms = Duration::from_millis;
        for (text, think) in [
            ("0s", Think::None),
            ("500ms", Think::Fixed(ms(500))),
            ("fixed(1s)", Think::Fixed(ms(1000))),
            ("uniform(200ms, 0.8s)", Think::Uniform(ms(200), ms(800))),
            ("exponential(500ms)", Think::Exponential(ms(500))),
        ] {
            assert_eq!(Think::parse(text), Ok(think), "{text}");
            assert_eq!(Think::parse(&think.to_string()), Ok(think), "{text}");
        }
        for text in ["", "x", "uniform(1s)", "uniform(2s,1s)", "normal(1s)", "fixed(1s", "fixed()"]
        {
            assert!(Think::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn samples_have_the_mean_they_promise() {
        let mut rng = StdRng::seed_from_u64(1);
        let ms = Duration::from_millis;
        for (think, low, high) in [
            (Think::Fixed(ms(100)), 0.1, 0.1),
            (Think::Uniform(ms(50), ms(150)), 0.05, 0.15),
            (Think::Exponential(ms(100)), 0.0, 1.0),
        ] {
            let times: Vec<_> = (0..20_000).map(|_| think.sample(&mut rng).as_secs_f64()).collect();
            assert!(times.iter().all(|t| (low..=high).contains(t)), "{think}");
            let mean = times.iter().sum::<f64>() / 20_000.0;
            assert!((mean - 0.1).abs() < 0.003, "{think}: {mean}");
        }
    }
}
