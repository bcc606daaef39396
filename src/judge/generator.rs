//! Whether the generator did its own part: pure, from a [`Run`] alone. What it could not drive says
//! nothing about the target.

use std::time::Duration;

use super::{Shortfall, health};
use crate::measure::{Outcome, Percentiles, Run};
use crate::units::format_duration;

/// Fewer times than this have no 99th percentile.
pub const ENOUGH_TIMES: u32 = 100;
/// More of the starts than this missed, and the load was not the one that was asked for.
const MOST_MISSED: f64 = 0.01;
/// Beyond this share of the processors, requests wait for the generator.
const MOST_CPU: f64 = 0.95;
/// A shorter run says nothing about the processors.
const SHORTEST_BUSY: f64 = 1.0;
/// A single send that is later than this many times the bound counts, however many there were.
pub(super) const FAR: u32 = 10;
/// λW and L may differ by this much before the figures are not believed.
const MOST_LITTLE_ERROR: f64 = 0.05;
/// User-seconds below which Little's law is about rounding.
const LEAST_OCCUPANCY: f64 = 1.0;

impl Shortfall {
    /// All that a run shows, the generator's faults first.
    #[must_use]
    pub fn of(run: &Run) -> Vec<Self> {
        let generator = &run.generator;
        let fault = generator.fault.clone();
        let mut found: Vec<_> = fault.map(|fault| Self::Fault { fault }).into_iter().collect();
        found.extend(local(run));
        found.extend(health::faults(run));
        found.extend(saturated(run));
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
        found.extend(interrupted(run));
        found
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 starts")]
fn is_too_many(missed: u64, due: u64) -> bool {
    missed as f64 > due as f64 * MOST_MISSED
}

fn local(run: &Run) -> Option<Shortfall> {
    let outcomes = run.steps.iter().flat_map(|step| &step.outcomes);
    let local: Vec<_> = outcomes.filter(|outcome| outcome.outcome == Outcome::Local).collect();
    let most = local.iter().max_by_key(|outcome| outcome.count)?;
    Some(Shortfall::Local {
        count: local.iter().map(|outcome| outcome.count).sum(),
        reason: most.words.clone(),
    })
}

fn saturated(run: &Run) -> Option<Shortfall> {
    let cpu_share = run.generator.cpu_share?;
    (cpu_share > MOST_CPU && run.elapsed_seconds >= SHORTEST_BUSY).then(|| Shortfall::Saturated {
        cpu_share,
        processors: run.generator.health.processors,
        embedded: run.targets.iter().any(|target| target.embedded),
    })
}

fn late(what: &'static str, lateness: &Percentiles, run: &Run) -> Option<Shortfall> {
    let bound = health::bound(run);
    let count = lateness.count;
    let [late, latest] = [lateness.p99, lateness.max].map(Duration::from_micros);
    if late > bound && count >= u64::from(ENOUGH_TIMES) {
        Some(Shortfall::Late { what, late, bound })
    } else if latest > bound.saturating_mul(FAR) {
        Some(Shortfall::FarTooLate { what, late: latest, count, bound })
    } else {
        None
    }
}

/// A run that was to go on until it is stopped was not interrupted.
fn interrupted(run: &Run) -> Option<Shortfall> {
    let load = &run.load;
    if !run.interrupted || load.accept_interrupted {
        return None;
    }
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let done = match (load.duration_seconds, load.planned_journeys()) {
        (Some(planned), _) => {
            let stopped = run.stopped_seconds.unwrap_or(run.elapsed_seconds);
            // To a tenth of a second.
            let stopped = seconds((stopped * 10.0).round() / 10.0);
            format!("{} of {}", format_duration(stopped), format_duration(seconds(planned)))
        }
        (None, Some(planned)) => format!("{} of {planned} journeys", run.played_journeys()),
        (None, None) => return None,
    };
    Some(Shortfall::Interrupted { done })
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
