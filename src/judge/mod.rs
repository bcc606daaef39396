//! Whether a run is a pass: pure, from a [`Run`] alone.

mod calibration;
mod generator;
mod health;
mod shortfall;

use std::fmt;

use crate::measure::Run;

pub use calibration::{Calibration, Limit, Step};
pub use generator::ENOUGH_TIMES;
pub use health::DEFAULT_MAX_LATENESS;
pub use shortfall::Shortfall;

/// What a run says about its target.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Every exchange ended as its step expects, and every journey came to its end.
    Pass {
        /// How many exchanges took place.
        count: u64,
    },
    /// Some did not. A reply that was still not there when the run had ended and the users' time
    /// to log out was over is a failure too: a service that hangs must not pass.
    Fail(Failures),
    /// The generator could not drive the load that was asked for, or did not for as long as it
    /// should, so the figures are not the target's. Where that is the generator's own fault, so may
    /// failures be; otherwise failures are the target's, and the run fails.
    Inconclusive {
        /// Why, at least one.
        shortfalls: Vec<Shortfall>,
        /// What did not end as expected all the same.
        failures: Failures,
    },
    /// There was nothing to judge by.
    Nothing,
}

/// What did not end as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many exchanges took place.
    pub count: u64,
    /// How many did not end as expected.
    pub failed: u64,
    /// How many journeys were broken off, what they had opened left open.
    pub cut: u64,
}

impl Verdict {
    /// The verdict on a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let failures = Failures {
            count: run.count(),
            failed: run.failed(),
            cut: run.cut_journeys(),
        };
        let shortfalls = Shortfall::of(run);
        let is_own_fault = shortfalls.iter().any(Shortfall::is_generator_fault);
        match failures {
            Failures { failed: 0, cut: 0, .. } if !shortfalls.is_empty() => {
                Self::Inconclusive { shortfalls, failures }
            }
            failures if is_own_fault => Self::Inconclusive { shortfalls, failures },
            Failures { count: 0, .. } => Self::Nothing,
            Failures { count, failed: 0, cut: 0 } => Self::Pass { count },
            failures => Self::Fail(failures),
        }
    }

    /// Why it says nothing about the target, if it does not.
    #[must_use]
    pub fn shortfalls(&self) -> &[Shortfall] {
        match self {
            Self::Inconclusive { shortfalls, .. } => shortfalls,
            Self::Pass { .. } | Self::Fail(_) | Self::Nothing => &[],
        }
    }

    /// Whether it is a pass.
    #[must_use]
    pub const fn is_pass(&self) -> bool {
        matches!(self, Self::Pass { .. })
    }

    /// Whether it says nothing about the target.
    #[must_use]
    pub const fn is_inconclusive(&self) -> bool {
        matches!(self, Self::Inconclusive { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass { count } => write!(f, "PASS: all {count} exchanges ended as expected"),
            Self::Fail(failures) => write!(f, "FAIL: {failures}"),
            Self::Inconclusive { shortfalls, failures } => {
                let why = shortfalls.first().expect("a reason");
                write!(f, "INCONCLUSIVE: {why}")?;
                for more in &shortfalls[1..] {
                    write!(f, "; {more}")?;
                }
                write!(f, " ({failures})")
            }
            Self::Nothing => f.write_str("FAIL: the run ended before anything was asked"),
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, failed, cut } = self;
        if *failed == 0 {
            write!(f, "all {count} exchanges ended as expected")?;
        } else {
            write!(f, "{failed} of {count} exchanges did not end as expected")?;
        }
        match cut {
            0 => Ok(()),
            cut => write!(f, ", {cut} journeys were broken off and left sessions open"),
        }
    }
}

#[cfg(test)]
mod tests;
