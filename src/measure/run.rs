//! The result of a run: what `run.json` holds and every report reads.

use serde::{Deserialize, Serialize};

use super::{HealthReport, LittlesLaw, Outcome, Percentiles, TransportReport};

/// The version of the format. It changes when a reader of the old one would misread the new one.
pub const SCHEMA: &str = "gander.run/1";

/// Everything known about a run. Times are in seconds, latencies in microseconds, rates per
/// second. It holds no password and no session id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of gander.
    pub version: String,
    /// The scenario's name or path.
    pub scenario: String,
    /// What the scenario plays, in one line.
    pub summary: String,
    /// SHA-256 of the scenario's text, in hexadecimal.
    pub scenario_sha256: String,
    /// What random choices started from.
    pub seed: u64,
    /// When it began, in seconds since 1970 UTC.
    pub started_unix: f64,
    /// From its start to the end of its last exchange.
    pub elapsed_seconds: f64,
    /// Whether it was ended before its time, by Ctrl-C or a signal.
    pub interrupted: bool,
    /// When users were told to end, from its start; the rest of its time they logged out.
    #[serde(default)]
    pub stopped_seconds: Option<f64>,
    /// How much load.
    pub load: LoadReport,
    /// Where to.
    pub targets: Vec<TargetReport>,
    /// How connections were made and used.
    #[serde(default)]
    pub transport: TransportReport,
    /// On which machine.
    pub environment: Environment,
    /// How well the generator did its own part.
    pub generator: GeneratorReport,
    /// What was left out of all the figures but these, if the run had a warm-up.
    pub warm_up: Option<WarmUpReport>,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
    /// By journey.
    pub journeys: Vec<JourneyReport>,
    /// By step, in the order of the journeys.
    pub steps: Vec<StepReport>,
    /// Second by second.
    pub timeline: Vec<Second>,
}

/// How much load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// The closed model: how many users at once.
    pub users: usize,
    /// Over which time they started.
    pub ramp_seconds: f64,
    /// Over which time they left.
    pub ramp_down_seconds: f64,
    /// The open model, if any journey was open.
    pub open: Option<OpenReport>,
    /// How long the run was to last.
    pub duration_seconds: Option<f64>,
    /// How many journeys each user of the closed model was to make, and how many starts there
    /// were to be of the open one.
    pub iterations: Option<usize>,
    /// The think time that took the place of the scenario's own.
    pub think_time: Option<String>,
    /// Where the accounts came from: a file, or `generated`.
    pub accounts: String,
    /// After which time a connection was given up.
    pub connect_timeout_seconds: f64,
    /// After which time a reply was given up.
    pub timeout_seconds: f64,
    /// How long users might take to close what they had opened.
    pub grace_seconds: f64,
    /// Whether a run that is ended before its time is judged by what there is.
    #[serde(default)]
    pub accept_interrupted: bool,
}

impl LoadReport {
    /// How many journeys there were to be, where the run was to end by their number.
    #[must_use]
    pub fn planned_journeys(&self) -> Option<u64> {
        let iterations = self.iterations?;
        let open = if self.open.is_some() { iterations } else { 0 };
        Some(iterations.saturating_mul(self.users).saturating_add(open) as u64)
    }
}

/// Journeys that started at a rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenReport {
    /// The rate over time, as people read it.
    pub profile: String,
    /// The highest rate, in journeys per second.
    pub peak_rate: f64,
    /// `poisson` or `uniform`.
    pub arrivals: String,
    /// How many users there were to start them.
    pub pool: usize,
    /// How long a start might wait for one of them before it was missed.
    pub tolerance_seconds: f64,
}

/// How well the generator did its own part: what the target is not to blame for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneratorReport {
    /// The open model: how late starts were sent, from when they were due and a user was free.
    pub start_lateness: Percentiles,
    /// How much longer users thought than they meant to.
    pub pause_lateness: Percentiles,
    /// The open model: how long those starts waited that found no user free.
    pub waits: Percentiles,
    /// How many of the missed starts were missed though a user was free.
    pub overslept: u64,
    /// The 99th percentile of lateness beyond which the run is inconclusive.
    pub max_lateness_seconds: f64,
    /// CPU time of the process, user and system, with the embedded simulator if it had one; none
    /// where the system does not say.
    pub cpu_seconds: Option<f64>,
    /// As a share of the processors it might use, its CPU quota included, over the run.
    pub cpu_share: Option<f64>,
    /// What kept it from running.
    #[serde(default)]
    pub health: HealthReport,
    /// What gander itself did wrong, such as totals that do not add up; none in a correct run.
    #[serde(default)]
    pub fault: Option<String>,
    /// Whether its own figures fit together.
    pub littles_law: LittlesLaw,
}

/// What was due in the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmUpReport {
    /// How long it was.
    pub seconds: f64,
    /// How many exchanges were left out.
    pub exchanges: u64,
    /// How many of them were not as expected.
    pub failed: u64,
    /// How many journeys were begun in it.
    pub journeys: u64,
    /// How many starts were missed in it.
    pub missed: u64,
}

/// Where requests went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetReport {
    /// For which API.
    pub api: String,
    /// The URL up to the service's own path.
    pub url: String,
    /// Whether it is the simulator in the same process, which shares the CPU with the generator.
    pub embedded: bool,
}

/// On which machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The operating system.
    pub os: String,
    /// The processor's architecture.
    pub arch: String,
    /// How many processors the process may use.
    pub cpus: usize,
}

/// What became of the journeys of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JourneyReport {
    /// Its name.
    pub name: String,
    /// Its API.
    pub api: String,
    /// Its binding.
    pub binding: String,
    /// `open` or `closed`.
    pub model: String,
    /// Its weight among those of its model.
    pub weight: usize,
    /// How many users played it; of an open journey, how many of its part of the pool were needed.
    pub users: u64,
    /// Its part of the users, or of the pool.
    pub planned_users: usize,
    /// How many of its replies no learned template fitted, so that they were parsed in full.
    pub parsed_in_full: u64,
    /// How often it was to begin: as often as it was begun or missed.
    pub due: u64,
    /// How often no user was free to begin it in time.
    pub missed: u64,
    /// How often it was begun; the sum of the following.
    pub started: u64,
    /// How often all its steps were played and ended as expected.
    pub completed: u64,
    /// How often a step did not end as expected; a login that fails ends it.
    pub failed: u64,
    /// How often the end of the run stopped it, and it closed what it had opened.
    pub stopped: u64,
    /// How often it was broken off in the middle; what it had opened is left open.
    pub cut: u64,
    /// How long it took on average, in seconds, from its first request.
    pub mean_seconds: f64,
}

/// What was measured in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Its journey.
    pub journey: String,
    /// Its name.
    pub step: String,
    /// Its operation, as the API calls it.
    pub operation: String,
    /// How many exchanges.
    pub count: u64,
    /// How many of them ended as expected.
    pub ok: u64,
    /// Exchanges per second, over the whole run without its warm-up.
    pub rate: f64,
    /// The bytes of all replies, heads included.
    pub bytes: u64,
    /// From when a request was due to the last byte of its reply, of those that ended as expected
    /// or timed out.
    pub latency: Percentiles,
    /// From the first byte sent to the last byte of the reply, of the same.
    pub service_time: Percentiles,
    /// The distribution of `latency`: `HdrHistogram` V2, deflated, in base 64.
    pub latency_histogram: String,
    /// The distribution of `service_time`, likewise.
    pub service_time_histogram: String,
    /// How many ended how; the counts add up to `count`.
    pub outcomes: Vec<OutcomeReport>,
}

/// How many exchanges of a step ended in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeReport {
    /// How they ended.
    pub outcome: Outcome,
    /// In whose words; empty if simply accepted.
    pub words: String,
    /// Whether that is what the step expects.
    pub expected: bool,
    /// How many.
    pub count: u64,
    /// How long they took on average, in microseconds, from when they were due.
    pub mean_micros: u64,
}

/// One second of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Its end, from the start of the run.
    pub at_seconds: f64,
    /// Whether it began in the warm-up.
    pub warm_up: bool,
    /// How many users were in a journey.
    pub users: usize,
    /// How many starts were missed.
    pub missed: u64,
    /// How many exchanges were over.
    pub count: u64,
    /// How many of them were not as expected.
    pub failed: u64,
    /// Median latency.
    pub p50: u64,
    /// 99th percentile of latency.
    pub p99: u64,
    /// The longest latency.
    pub max: u64,
}

impl Run {
    /// How many exchanges there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.steps.iter().map(|step| step.count).sum()
    }

    /// How many of them did not end as expected.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.steps.iter().map(|step| step.count - step.ok).sum()
    }

    /// How many starts of the open model there were to be, and how many of them were missed.
    #[must_use]
    pub fn due_and_missed(&self) -> (u64, u64) {
        let open = self.journeys.iter().filter(|journey| journey.model == "open");
        open.fold((0, 0), |(due, missed), j| (due + j.due, missed + j.missed))
    }

    /// How many journeys came to their end, failed or were missed, those of the warm-up not
    /// included.
    #[must_use]
    pub fn played_journeys(&self) -> u64 {
        self.journeys.iter().map(|j| j.completed + j.failed + j.missed).sum()
    }

    /// How many journeys were broken off in the middle.
    #[must_use]
    pub fn cut_journeys(&self) -> u64 {
        self.journeys.iter().map(|journey| journey.cut).sum()
    }
}
