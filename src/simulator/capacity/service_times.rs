//! How long requests are served.

use std::f64::consts::E;
use std::time::Duration;

use rand::Rng;
use rand_distr::{Distribution as _, Exp1, StandardNormal};

/// A distribution of service times about a mean that is given elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceTimes {
    /// All as long.
    Fixed,
    /// Exponential, as the textbooks' M/M/c has it.
    #[default]
    Exponential,
    /// Log-normal with σ = 1: most below the mean, a few far above, as databases answer.
    Lognormal,
}

impl ServiceTimes {
    /// Every distribution.
    pub const ALL: [Self; 3] = [Self::Fixed, Self::Exponential, Self::Lognormal];

    /// Its name in options and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal",
        }
    }

    /// The distribution called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|times| times.name() == name)
    }

    /// Standard deviation over mean.
    #[must_use]
    pub fn variation(self) -> f64 {
        match self {
            Self::Fixed => 0.0,
            Self::Exponential => 1.0,
            Self::Lognormal => (E - 1.0).sqrt(),
        }
    }

    /// One service time.
    pub fn sample(self, mean: Duration, rng: &mut impl Rng) -> Duration {
        match self {
            Self::Fixed => mean,
            Self::Exponential => mean.mul_f64(Exp1.sample(rng)),
            Self::Lognormal => {
                // e^z has the mean √e.
                let normal: f64 = StandardNormal.sample(rng);
                mean.mul_f64((normal - 0.5).exp())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn samples_have_their_mean_and_variation() {
        let mut rng = StdRng::seed_from_u64(1);
        let n = 200_000;
        for times in ServiceTimes::ALL {
            let samples: Vec<_> = (0..n)
                .map(|_| times.sample(Duration::from_secs(1), &mut rng).as_secs_f64())
                .collect();
            let mean = samples.iter().sum::<f64>() / f64::from(n);
            let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
            assert!((mean - 1.0).abs() < 0.01, "{times:?}: {mean}");
            let variation = variance.sqrt() / mean;
            assert!((variation - times.variation()).abs() < 0.03, "{times:?}: {variation}");
            assert_eq!(ServiceTimes::from_name(times.name()), Some(times));
        }
    }
}
