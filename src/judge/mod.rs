//! Whether a run is a pass: pure, from a [`Run`] alone.

use std::fmt;

use crate::measure::Run;

/// What a run says about its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every exchange ended as its step expects, and every journey came to its end.
    Pass {
        /// How many exchanges took place.
        count: u64,
    },
    /// Some did not. A reply that was still not there when the run had ended and the users' time
    /// to log out was over is a failure too: a service that hangs must not pass.
    Fail {
        /// How many exchanges took place.
        count: u64,
        /// How many did not end as expected.
        failed: u64,
        /// How many journeys were broken off, what they had opened left open.
        cut: u64,
    },
    /// There was nothing to judge by.
    Nothing,
}

impl Verdict {
    /// The verdict on a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        match (run.count(), run.failed(), run.cut_journeys()) {
            (0, ..) => Self::Nothing,
            (count, 0, 0) => Self::Pass { count },
            (count, failed, cut) => Self::Fail { count, failed, cut },
        }
    }

    /// Whether it is a pass.
    #[must_use]
    pub const fn is_pass(self) -> bool {
        matches!(self, Self::Pass { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass { count } => write!(f, "PASS: all {count} exchanges ended as expected"),
            Self::Fail { count, failed, cut } => {
                write!(f, "FAIL: {failed} of {count} exchanges did not end as expected")?;
                match cut {
                    0 => Ok(()),
                    cut => write!(f, ", {cut} journeys were broken off and left sessions open"),
                }
            }
            Self::Nothing => f.write_str("FAIL: the run ended before anything was asked"),
        }
    }
}
