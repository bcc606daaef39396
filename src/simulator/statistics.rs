//! What the simulator says of itself, as JSON: the schema `gander.stats/1`.
//!
//! Times are in seconds (`_s`) or microseconds (`_micros`). A request is counted when
//! it is answered, and before that is `in_progress`; so what a client has read is counted, and
//! what one gave up waiting for is `abandoned`, unless the simulator had written it already.

use std::time::Duration;

use serde::Serialize;

use super::capacity::{Gate, Occupancy};
use super::tally::Tally;

/// The name of the JSON's shape; it changes when a reader would have to.
pub const SCHEMA: &str = "gander.stats/1";

/// All figures.
#[derive(Clone, Debug, Serialize)]
pub struct Statistics {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// How long the simulator has been there.
    pub uptime_s: f64,
    /// CPU time of its process, user and system; null where the system does not say.
    pub cpu_s: Option<f64>,
    /// How long it has been counting: since it began, or was reset.
    pub counted_s: f64,
    /// How many requests were answered or abandoned: the sum of those below.
    pub requests: u64,
    /// How many have been read and not yet answered.
    pub in_progress: u64,
    /// How many connections were answered 503 at once because there were too many; no request of
    /// theirs was read.
    pub turned_away: u64,
    /// One entry for each API.
    pub apis: Vec<ApiFigures>,
    /// Requests that are for no operation of an API: pages, unknown paths and actions.
    pub other: Figures,
    /// Where it has a capacity.
    pub capacity: Option<CapacityFigures>,
    /// How often each of its faults has happened: to so many requests, or, if it is about the
    /// whole server, so many times.
    pub faults: Vec<FaultFigures>,
}

/// What an API was asked.
#[derive(Clone, Debug, Serialize)]
pub struct ApiFigures {
    /// Its name.
    pub api: &'static str,
    /// How many sessions are open.
    pub sessions: usize,
    /// One entry for each operation, by the order of the API's documents.
    pub operations: Vec<OperationFigures>,
}

/// What an operation was asked.
#[derive(Clone, Debug, Serialize)]
pub struct OperationFigures {
    /// Its name.
    pub operation: &'static str,
    /// How often, and what was answered.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// How many requests were answered or abandoned: the sum of those below.
    pub requests: u64,
    /// How many broke their connection, or were cut off, before they were answered. Who closed it in
    /// order is answered all the same.
    pub abandoned: u64,
    /// What the others were answered.
    pub outcomes: Vec<OutcomeFigures>,
}

/// Replies that are counted together.
#[derive(Clone, Debug, Serialize)]
pub struct OutcomeFigures {
    /// Their status.
    pub status: u16,
    /// What they say: `accepted`, `refused`, `fault`, or `other`.
    pub meaning: &'static str,
    /// How many there were.
    pub count: u64,
}

/// How often a fault has happened.
#[derive(Clone, Debug, Serialize)]
pub struct FaultFigures {
    /// As it was asked for.
    pub fault: String,
    /// How many times.
    pub count: u64,
}

impl From<(String, u64)> for FaultFigures {
    fn from((fault, count): (String, u64)) -> Self {
        Self { fault, count }
    }
}

/// How a capacity is used, and how it is set.
#[derive(Clone, Debug, Serialize)]
pub struct CapacityFigures {
    /// How many requests it can serve in a second.
    pub limit_per_s: f64,
    /// How many it serves at once.
    pub workers: usize,
    /// How many may wait.
    pub queue: usize,
    /// How service times are distributed.
    pub service_times: &'static str,
    /// Their mean.
    pub mean_service_micros: u64,
    /// How many are being served now.
    pub in_service: usize,
    /// How many wait now.
    pub waiting: usize,
    /// How many have been served.
    pub served: u64,
    /// How many had to wait, or do.
    pub queued: u64,
    /// How many were refused with 503 because the queue was full.
    pub refused: u64,
    /// How many waited at once at most.
    pub longest_queue: usize,
    /// How long those who were not refused waited on average, those who did not have to included.
    pub mean_wait_micros: u64,
    /// How long the one waited who waited longest.
    pub max_wait_micros: u64,
    /// How much later than due replies were let go, on average: the timer's share of latency.
    pub mean_late_micros: u64,
    /// How much later the latest of them was.
    pub max_late_micros: u64,
}

impl Figures {
    /// What `tally` has counted.
    pub(super) fn of(tally: &Tally) -> Self {
        let abandoned = tally.abandoned();
        let counts = tally.counts();
        Self {
            requests: abandoned + counts.iter().map(|count| count.times).sum::<u64>(),
            abandoned,
            outcomes: counts
                .iter()
                .map(|count| OutcomeFigures {
                    status: count.status,
                    meaning: count.meaning.name(),
                    count: count.times,
                })
                .collect(),
        }
    }
}

impl CapacityFigures {
    /// What `gate` has seen.
    pub(super) fn of(gate: &Gate) -> Self {
        let capacity = gate.capacity();
        let observed = gate.observed();
        let Occupancy { in_service, waiting } = observed.occupancy;
        let totals = observed.totals;
        Self {
            limit_per_s: capacity.limit.in_a_second(),
            workers: capacity.workers,
            queue: capacity.queue,
            service_times: capacity.service_times.name(),
            mean_service_micros: micros(capacity.mean_service_time()),
            in_service,
            waiting,
            served: totals.admitted - (in_service + waiting) as u64,
            queued: totals.queued,
            refused: totals.refused,
            longest_queue: totals.longest_queue,
            mean_wait_micros: micros(totals.mean_wait()),
            max_wait_micros: micros(totals.longest_wait),
            mean_late_micros: micros(observed.mean_lateness),
            max_late_micros: micros(observed.longest_lateness),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
