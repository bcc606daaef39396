//! Whether the generator did its own part: pure, from a [`Run`] alone. What it could not drive says
//! nothing about the target.

use std::fmt;
use std::time::Duration;

use crate::measure::{Percentiles, Run};
use crate::units::format_duration;

/// Fewer times than this have no 99th percentile.
pub const ENOUGH_TIMES: u32 = 100;
/// More of the starts than this missed, and the load was not the one that was asked for.
const MOST_MISSED: f64 = 0.01;
/// Beyond this share of the processors, requests wait for the generator.
const MOST_CPU: f64 = 0.95;
/// A shorter run says nothing about the processors.
const SHORTEST_BUSY: f64 = 1.0;
/// λW and L may differ by this much before the figures are not believed.
const MOST_LITTLE_ERROR: f64 = 0.05;
/// User-seconds below which Little's law is about rounding.
const LEAST_OCCUPANCY: f64 = 1.0;

/// Something that the generator did not do as it should have.
#[derive(Clone, Debug, PartialEq)]
pub enum Shortfall {
    /// It used all the processors it had.
    Saturated {
        /// The share it used, 0 to 1.
        cpu_share: f64,
        /// How many there were.
        cpus: usize,
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
}

impl Shortfall {
    /// What it is called, in a word or two.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Saturated { .. } => "saturated",
            Self::Late { .. } => "late",
            Self::Overslept { .. } => "missed starts",
            Self::Contradiction { .. } => "contradiction",
            Self::PoolTooSmall { .. } => "pool too small",
        }
    }

    /// Whether it can be the target's doing: a service that is slow keeps users busy.
    #[must_use]
    pub const fn may_be_the_targets(&self) -> bool {
        matches!(self, Self::PoolTooSmall { .. })
    }

    /// All that a run shows, the generator's own fault first.
    #[must_use]
    pub fn of(run: &Run) -> Vec<Self> {
        let mut found: Vec<_> = saturated(run).into_iter().collect();
        let generator = &run.generator;
        found.extend(late("starts", &generator.start_lateness, run));
        found.extend(late("requests after a think time", &generator.pause_lateness, run));
        let (due, _) = run.due_and_missed();
        if is_too_many(generator.overslept, due) {
            found.push(Self::Overslept { due, missed: generator.overslept });
        }
        let law = generator.littles_law;
        let occupied = law.users * run.elapsed_seconds;
        if law.error > MOST_LITTLE_ERROR && occupied >= LEAST_OCCUPANCY {
            found.push(Self::Contradiction { error: law.error });
        }
        found.extend(pool_too_small(run));
        found
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 starts")]
fn is_too_many(missed: u64, due: u64) -> bool {
    missed as f64 > due as f64 * MOST_MISSED
}

fn saturated(run: &Run) -> Option<Shortfall> {
    let cpu_share = run.generator.cpu_share?;
    (cpu_share > MOST_CPU && run.elapsed_seconds >= SHORTEST_BUSY).then(|| Shortfall::Saturated {
        cpu_share,
        cpus: run.environment.cpus,
        embedded: run.targets.iter().any(|target| target.embedded),
    })
}

fn late(what: &'static str, lateness: &Percentiles, run: &Run) -> Option<Shortfall> {
    let bound = Duration::try_from_secs_f64(run.generator.max_lateness_seconds).unwrap_or_default();
    let late = Duration::from_micros(lateness.p99);
    let is_late = late > bound && lateness.count >= u64::from(ENOUGH_TIMES);
    is_late.then_some(Shortfall::Late { what, late, bound })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of starts and users, far below 2^53"
)]
fn pool_too_small(run: &Run) -> Option<Shortfall> {
    let open = run.load.open.as_ref()?;
    let (due, missed) = run.due_and_missed();
    let missed = missed.saturating_sub(run.generator.overslept);
    if !is_too_many(missed, due) {
        return None;
    }
    let mine = run.journeys.iter().filter(|journey| journey.model == "open");
    let (seconds, started) = mine.fold((0.0, 0), |(seconds, started), journey| {
        (
            seconds + journey.mean_seconds * journey.started as f64,
            started + journey.started,
        )
    });
    let journey_seconds = seconds / started.max(1) as f64;
    Some(Shortfall::PoolTooSmall {
        due,
        missed,
        pool: open.pool,
        journey_seconds,
        needed: (open.peak_rate * journey_seconds).ceil() as u64,
    })
}

/// What happened, and what to change, in one sentence.
impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saturated { cpu_share, cpus, embedded } => {
                let advice = if *embedded {
                    "run `gander serve` on another machine, or lower the load"
                } else {
                    "lower the load, or generate it on a larger machine"
                };
                write!(
                    f,
                    "the generator used {:.0} % of its {cpus} processors, so requests waited for it \
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
        }
    }
}
