//! A run's figures with their circumstances.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::transport::transport_report;
use super::{Route, Settings};
use crate::measure::{
    Environment, GeneratorReport, HealthReport, JourneyReport, JourneyTotals, LittlesLaw,
    LoadReport, OpenReport, OutcomeReport, Run, SCHEMA, Second, StepReport, StepTotals, Tally,
    TargetReport, Totals, WarmUpReport,
};
use crate::scenario::{Journey, Open, Plan, Step};

/// What a run has left.
#[derive(Debug)]
pub(super) struct Finished {
    /// Everything that was counted.
    pub(super) totals: Totals,
    /// By journey: how many replies no template fitted.
    pub(super) parsed_in_full: Vec<u64>,
    /// Second by second.
    pub(super) timeline: Vec<Second>,
    /// Who was held back, by what, in words.
    pub(super) held_back: BTreeSet<String>,
    /// When it began.
    pub(super) started: SystemTime,
    /// How long it took, to its last exchange.
    pub(super) elapsed: Duration,
    /// When users were told to end, from when it began.
    pub(super) stopped: Option<Duration>,
    /// The CPU time it took, where that is known.
    pub(super) cpu: Option<Duration>,
    /// What kept the generator from running.
    pub(super) health: HealthReport,
    /// What gander itself did wrong.
    pub(super) fault: Option<String>,
    /// Whether its own figures fit together.
    pub(super) littles_law: LittlesLaw,
    /// Whether somebody ended it before its time.
    pub(super) interrupted: bool,
}

/// The result of a run of `plan` along `routes`, which are by journey.
pub(super) fn result(
    plan: &Plan,
    routes: &[Route],
    settings: &Settings,
    finished: Finished,
) -> Run {
    let seconds = finished.elapsed.as_secs_f64();
    let measured = finished.elapsed.saturating_sub(plan.load.warm_up).as_secs_f64();
    let environment = Environment {
        os: std::env::consts::OS.to_owned(),
        arch: std::env::consts::ARCH.to_owned(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let played = plan
        .journeys
        .iter()
        .flat_map(|journey| journey.steps.iter().map(move |step| (journey, step)));
    let load = load_report(plan, settings);
    let notes = plan
        .notes
        .iter()
        .cloned()
        .chain(shortfalls(plan, &load, &finished))
        .chain(finished.held_back.iter().cloned())
        .chain(health_notes(&finished.health))
        .collect();
    Run {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: plan.source.name.clone(),
        summary: plan.summary.clone(),
        scenario_sha256: hexadecimal(&Sha256::digest(plan.source.text.as_bytes())),
        seed: plan.seed,
        started_unix: finished
            .started
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0.0, |since| since.as_secs_f64()),
        elapsed_seconds: seconds,
        interrupted: finished.interrupted,
        stopped_seconds: finished.stopped.map(|stopped| stopped.as_secs_f64()),
        load,
        targets: targets(plan, routes),
        transport: transport_report(&plan.transport, routes),
        generator: generator_report(settings, &finished),
        environment,
        warm_up: warm_up_report(plan.load.warm_up, &finished.totals),
        notes,
        journeys: plan
            .journeys
            .iter()
            .zip(&finished.totals.journeys)
            .zip(&finished.parsed_in_full)
            .map(|((journey, totals), parsed)| journey_report(journey, *totals, *parsed))
            .collect(),
        steps: played
            .zip(&finished.totals.steps)
            .map(|((journey, step), totals)| step_report(journey, step, totals, measured))
            .collect(),
        timeline: finished.timeline,
    }
}

/// How much load there was to be.
fn load_report(plan: &Plan, settings: &Settings) -> LoadReport {
    LoadReport {
        users: plan.load.users,
        ramp_seconds: plan.load.ramp.as_secs_f64(),
        ramp_down_seconds: plan.load.ramp_down.as_secs_f64(),
        open: plan.load.open.as_ref().map(open_report),
        duration_seconds: plan.load.duration.map(|duration| duration.as_secs_f64()),
        iterations: plan.load.iterations,
        think_time: plan.think.map(|think| think.to_string()),
        accounts: plan
            .accounts
            .file()
            .map_or_else(|| "generated".to_owned(), |file| file.display().to_string()),
        connect_timeout_seconds: plan.transport.connect_timeout.as_secs_f64(),
        timeout_seconds: plan.transport.request_timeout.as_secs_f64(),
        grace_seconds: settings.grace.as_secs_f64(),
        accept_interrupted: settings.accept_interrupted,
    }
}

fn open_report(open: &Open) -> OpenReport {
    OpenReport {
        profile: open.profile.to_string(),
        peak_rate: open.profile.peak(),
        arrivals: open.arrivals.name().to_owned(),
        pool: open.pool,
        tolerance_seconds: open.tolerance.as_secs_f64(),
    }
}

fn generator_report(settings: &Settings, finished: &Finished) -> GeneratorReport {
    let punctuality = &finished.totals.punctuality;
    let cpu_seconds = finished.cpu.map(|cpu| cpu.as_secs_f64());
    let available = finished.elapsed.as_secs_f64() * finished.health.processors;
    GeneratorReport {
        start_lateness: punctuality.starts.percentiles(),
        pause_lateness: punctuality.pauses.percentiles(),
        waits: punctuality.waits.percentiles(),
        overslept: punctuality.overslept,
        max_lateness_seconds: settings.max_lateness.as_secs_f64(),
        cpu_seconds,
        cpu_share: cpu_seconds.map(|seconds| seconds / available),
        littles_law: finished.littles_law,
        health: finished.health.clone(),
        fault: finished.fault.clone(),
    }
}

fn warm_up_report(warm_up: Duration, totals: &Totals) -> Option<WarmUpReport> {
    (!warm_up.is_zero()).then_some(WarmUpReport {
        seconds: warm_up.as_secs_f64(),
        exchanges: totals.left_out.exchanges,
        failed: totals.left_out.failed,
        journeys: totals.left_out.journeys.started,
        missed: totals.left_out.journeys.missed,
    })
}

/// What the plan has and the run did not come to.
fn shortfalls(plan: &Plan, load: &LoadReport, finished: &Finished) -> Vec<String> {
    let mut notes = Vec::new();
    let steps = plan
        .journeys
        .iter()
        .flat_map(|journey| journey.steps.iter().map(move |step| (journey, step)));
    for ((journey, step), totals) in steps.zip(&finished.totals.steps) {
        if totals.count == 0 && journey.users > 0 {
            notes.push(format!("step \"{}\" of \"{}\" was never reached", step.name, journey.name));
        }
    }
    let journeys = finished.totals.journeys.iter().chain([&finished.totals.left_out.journeys]);
    let played: u64 = journeys.map(|j| j.completed + j.failed + j.missed).sum();
    if let Some(planned) = load.planned_journeys().filter(|planned| played < *planned) {
        notes.push(format!("{played} of {planned} journeys were played before the time was over"));
    }
    notes
}

/// What a reader should know of the checks of the generator itself.
fn health_notes(health: &HealthReport) -> Vec<String> {
    let mut notes = Vec::new();
    if !health.unchecked.is_empty() {
        let checks = health.unchecked.join(", ");
        notes.push(format!("this system does not allow every check of the generator: {checks}"));
    }
    if let Some(seconds) = health.clock_step_seconds.filter(|seconds| *seconds > 0.0) {
        notes.push(format!(
            "the clock of this machine was set by {seconds:.2} s during the run; latencies do not \
             depend on it"
        ));
    }
    notes
}

fn targets(plan: &Plan, routes: &[Route]) -> Vec<TargetReport> {
    let mut targets: Vec<TargetReport> = Vec::new();
    for (journey, route) in plan.journeys.iter().zip(routes) {
        let target = TargetReport {
            api: journey.api.name().to_owned(),
            url: route.url(),
            embedded: route.embedded,
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 journeys")]
fn journey_report(journey: &Journey, totals: JourneyTotals, parsed_in_full: u64) -> JourneyReport {
    JourneyReport {
        name: journey.name.clone(),
        api: journey.api.name().to_owned(),
        binding: journey.binding.name().to_owned(),
        model: journey.model.name().to_owned(),
        weight: journey.weight,
        users: totals.users,
        planned_users: journey.users,
        parsed_in_full,
        due: totals.due,
        missed: totals.missed,
        started: totals.started,
        completed: totals.completed,
        failed: totals.failed,
        stopped: totals.stopped,
        cut: totals.cut,
        mean_seconds: totals.time.as_secs_f64() / totals.started.max(1) as f64,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 exchanges")]
fn step_report(journey: &Journey, step: &Step, totals: &StepTotals, seconds: f64) -> StepReport {
    let mut outcomes: Vec<_> = totals
        .outcomes
        .iter()
        .map(|(key, tally)| OutcomeReport {
            outcome: key.outcome,
            words: key.words.clone(),
            expected: key.expected,
            count: tally.count,
            mean_micros: mean_micros(tally),
        })
        .collect();
    sort(&mut outcomes);
    StepReport {
        journey: journey.name.clone(),
        step: step.name.clone(),
        operation: journey.operation(step).name.to_owned(),
        count: totals.count,
        ok: totals.ok,
        rate: totals.count as f64 / seconds,
        bytes: totals.bytes,
        latency: totals.latency.percentiles(),
        service_time: totals.service_time.percentiles(),
        latency_histogram: totals.latency.encode(),
        service_time_histogram: totals.service_time.encode(),
        outcomes,
    }
}

/// Whether a run shows any words of a service.
pub(super) fn has_words(run: &Run) -> bool {
    run.steps
        .iter()
        .flat_map(|step| &step.outcomes)
        .any(|outcome| !outcome.words.is_empty())
}

/// Masks the secrets in the words that a run shows; outcomes that differed in them alone become one.
pub(super) fn redact_words<'w>(run: &mut Run, redact: impl Fn(Cow<'w, str>) -> Cow<'w, str>) {
    for step in &mut run.steps {
        let mut merged: Vec<OutcomeReport> = Vec::new();
        for mut outcome in std::mem::take(&mut step.outcomes) {
            if !outcome.words.is_empty() {
                outcome.words = redact(outcome.words.into()).into_owned();
            }
            let alike = merged.iter_mut().find(|other| {
                (other.outcome, other.expected, &other.words)
                    == (outcome.outcome, outcome.expected, &outcome.words)
            });
            match alike {
                Some(alike) => merge(alike, &outcome),
                None => merged.push(outcome),
            }
        }
        sort(&mut merged);
        step.outcomes = merged;
    }
}

fn merge(into: &mut OutcomeReport, other: &OutcomeReport) {
    let time =
        |outcome: &OutcomeReport| u128::from(outcome.mean_micros) * u128::from(outcome.count);
    let count = into.count + other.count;
    let mean = (time(into) + time(other)) / u128::from(count.max(1));
    into.mean_micros = u64::try_from(mean).unwrap_or(u64::MAX);
    into.count = count;
}

fn sort(outcomes: &mut [OutcomeReport]) {
    outcomes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.words.cmp(&b.words)));
}

fn mean_micros(tally: &Tally) -> u64 {
    let micros = tally.time.as_micros() / u128::from(tally.count.max(1));
    u64::try_from(micros).unwrap_or(u64::MAX)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
