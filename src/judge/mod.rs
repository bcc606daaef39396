//! Whether a run is a pass: pure, from a [`Run`] alone.

use std::fmt;

use crate::measure::Run;

/// What a run says about its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every exchange ended as its step expects, but for `cut` that the end of the run cut off.
    Pass {
        /// How many took place.
        count: u64,
        /// How many the end of the run cut off.
        cut: u64,
    },
    /// Some did not.
    Fail {
        /// How many took place.
        count: u64,
        /// How many did not end as expected.
        failed: u64,
    },
    /// There was no reply to judge by.
    Nothing,
}

impl Verdict {
    /// The verdict on a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let (count, cut) = (run.count(), run.cut());
        match run.failed() - cut {
            _ if count == cut => Self::Nothing,
            0 => Self::Pass { count, cut },
            failed => Self::Fail { count, failed },
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
            Self::Pass { count, cut: 0 } => {
                write!(f, "PASS: all {count} exchanges ended as expected")
            }
            Self::Pass { count, cut } => write!(
                f,
                "PASS: {} exchanges ended as expected, the end of the run cut off {cut} more",
                count - cut
            ),
            Self::Fail { count, failed } => {
                write!(f, "FAIL: {failed} of {count} exchanges did not end as expected")
            }
            Self::Nothing => f.write_str("FAIL: no reply came at all"),
        }
    }
}
