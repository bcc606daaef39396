//! Why a run says nothing about its target, in words.

use std::fmt;
use std::time::Duration;

use super::generator::FAR;
use super::health;
use crate::measure::{StallReport, ThrottlingReport};
use crate::units::format_duration;

/// Why a run says nothing about its target: the generator did not do its part, or the load was not
/// the one that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Shortfall {
    /// gander itself did something wrong.
    Fault {
        /// What.
        fault: String,
    },
    /// This machine had no port, descriptor or memory for some requests.
    Local {
        /// For how many.
        count: u64,
        /// What it lacked most often.
        reason: String,
    },
    /// The process did not run for some of the time.
    Stalled {
        /// When.
        stalls: StallReport,
        /// The share of the measured time, 0 to 1.
        share: f64,
        /// The bound on lateness.
        bound: Duration,
    },
    /// A CPU quota stopped the process.
    Throttled {
        /// How often.
        throttling: ThrottlingReport,
        /// The quota, in processors.
        quota: Option<f64>,
    },
    /// Worker threads that could have run waited for a processor.
    Waited {
        /// The share of the measured time, 0 to 1.
        share: f64,
    },
    /// The machine was suspended.
    Suspended {
        /// For how long.
        time: Duration,
    },
    /// It used all the processors it had.
    Saturated {
        /// The share it used, 0 to 1.
        cpu_share: f64,
        /// How many it might use.
        processors: f64,
        /// Whether the embedded simulator was among the users.
        embedded: bool,
    },
    /// Its own sends came late.
    Late {
        /// Which: starts, or requests after a think time.
        what: &'static str,
        /// How late, at the 99th percentile.
        late: Duration,
        /// The bound.
        bound: Duration,
    },
    /// A send came far too late.
    FarTooLate {
        /// Which kind: starts, or requests after a think time.
        what: &'static str,
        /// How late it was.
        late: Duration,
        /// How many there were.
        count: u64,
        /// The bound.
        bound: Duration,
    },
    /// Starts were missed though users were free to make them.
    Overslept {
        /// How many starts there were to be.
        due: u64,
        /// How many were missed so.
        missed: u64,
    },
    /// Its own figures contradict each other.
    Contradiction {
        /// |λW − L| / L.
        error: f64,
    },
    /// Starts were missed since all users of the pool were waiting for replies or thinking.
    PoolTooSmall {
        /// How many starts there were to be.
        due: u64,
        /// How many were missed.
        missed: u64,
        /// How many users there were.
        pool: usize,
        /// How long a journey took, on average, in seconds.
        journey_seconds: f64,
        /// How many users that keeps busy at the highest rate.
        needed: u64,
    },
    /// The run was ended before its time, by Ctrl-C or a signal.
    Interrupted {
        /// How much of it took place, such as `2 s of 60 s`.
        done: String,
    },
}

impl Shortfall {
    /// What it is called, in a word or two.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fault { .. } => "fault",
            Self::Local { .. } => "local errors",
            Self::Stalled { .. } => "stalled",
            Self::Throttled { .. } => "throttled",
            Self::Waited { .. } => "waited for CPU",
            Self::Suspended { .. } => "suspended",
            Self::Saturated { .. } => "saturated",
            Self::Late { .. } | Self::FarTooLate { .. } => "late",
            Self::Overslept { .. } => "missed starts",
            Self::Contradiction { .. } => "contradiction",
            Self::PoolTooSmall { .. } => "pool too small",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// Whether the generator is to blame. A slow target keeps users busy, and the user interrupts.
    #[must_use]
    pub const fn is_generator_fault(&self) -> bool {
        !matches!(self, Self::PoolTooSmall { .. } | Self::Interrupted { .. })
    }
}

/// What happened, and what to change, in one sentence.
impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { fault } => write!(f, "gander has a fault: {fault}: report it"),
            Self::Local { count, reason } => write!(
                f,
                "{count} requests failed on this machine and not at the target: {reason}: {}",
                health::advice_for(reason)
            ),
            Self::Stalled { stalls, share, bound } => write!(
                f,
                "the generator did not run for {:.1} % of the time ({} stalls over {}, the longest \
                 {:.0} ms): leave it more of the processors, or allow longer stalls with \
                 --max-lateness",
                share * 100.0,
                stalls.count,
                format_duration(*bound),
                stalls.longest_seconds * 1e3,
            ),
            Self::Throttled { throttling, quota } => {
                let ThrottlingReport { periods, throttled } = throttling;
                let quota = quota.map_or(String::new(), |quota| format!(" of {quota} processors"));
                write!(
                    f,
                    "the CPU quota{quota} stopped the generator in {throttled} of {periods} periods: \
                     raise the quota, or lower the load"
                )
            }
            Self::Waited { share } => write!(
                f,
                "the generator's threads waited for a processor for {:.0} % of the time: leave it \
                 more of the processors, lower the load, or allow it with --max-lateness",
                share * 100.0
            ),
            Self::Suspended { time } => write!(
                f,
                "the machine was suspended for {} during the run: play it again",
                format_duration(*time)
            ),
            Self::Saturated { cpu_share, processors, embedded } => {
                let advice = if *embedded {
                    "run `gander serve` on another machine, or lower the load"
                } else {
                    "lower the load, or generate it on a larger machine"
                };
                write!(
                    f,
                    "the generator used {:.0} % of its {processors} processors, so requests waited for it \
                     and not only for the target: {advice}",
                    cpu_share * 100.0
                )
            }
            Self::Late { what, late, bound } => write!(
                f,
                "the generator itself was late: {what} were sent {:.1} ms after their time (p99), \
                 beyond {}: leave it more of the processors, lower the load, or allow it with \
                 --max-lateness",
                late.as_secs_f64() * 1e3,
                format_duration(*bound)
            ),
            Self::FarTooLate { what, late, count, bound } => write!(
                f,
                "the generator itself was late: one of {count} {what} was sent {:.0} ms after its \
                 time, more than {FAR} times {}: leave it more of the processors, or allow it with \
                 --max-lateness",
                late.as_secs_f64() * 1e3,
                format_duration(*bound)
            ),
            Self::Overslept { due, missed } => write!(
                f,
                "the generator itself missed {missed} of {due} starts, for which users were free: leave \
                 it more of the processors, or lower the load"
            ),
            Self::Contradiction { error } => write!(
                f,
                "the generator's own figures contradict each other by {:.0} % (Little's law), so it \
                 lost journeys or its clock jumped: play it again, and report it if it stays",
                error * 100.0
            ),
            Self::PoolTooSmall { due, missed, pool, journey_seconds, needed } => {
                write!(
                    f,
                    "{missed} of {due} starts were missed, since all {pool} users of the pool were in \
                     a journey, which took {journey_seconds:.2} s on average: "
                )?;
                if *needed > *pool as u64 {
                    write!(
                        f,
                        "the rate keeps {needed} users busy at that; see whether the target is slow, \
                         else give a larger --pool"
                    )
                } else {
                    f.write_str(
                        "the target stalled for a time; a larger --pool would show how long",
                    )
                }
            }
            Self::Interrupted { done } => {
                write!(f, "interrupted after {done}; --accept-interrupted judges what there is")
            }
        }
    }
}
