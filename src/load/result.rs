//! A run's figures with their circumstances.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};

use super::{Route, Settings};
use crate::measure::{
    Environment, JourneyReport, JourneyTotals, LoadReport, OutcomeReport, Run, SCHEMA, Second,
    StepReport, StepTotals, Tally, TargetReport, Totals,
};
use crate::scenario::{Journey, Plan, Step};

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
    let played = plan
        .journeys
        .iter()
        .flat_map(|journey| journey.steps.iter().map(move |step| (journey, step)));
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
        load: LoadReport {
            users: plan.load.users,
            ramp_seconds: plan.load.ramp.as_secs_f64(),
            duration_seconds: plan.load.duration.map(|duration| duration.as_secs_f64()),
            iterations: plan.load.iterations,
            think_time: plan.think.map(|think| think.to_string()),
            accounts: plan
                .accounts
                .file()
                .map_or_else(|| "generated".to_owned(), |file| file.display().to_string()),
            connect_timeout_seconds: settings.connect_timeout.as_secs_f64(),
            timeout_seconds: settings.request_timeout.as_secs_f64(),
            grace_seconds: settings.grace.as_secs_f64(),
        },
        targets: targets(plan, routes),
        transport: settings.transport.report(routes),
        environment: Environment {
            os: std::env::consts::OS.to_owned(),
            arch: std::env::consts::ARCH.to_owned(),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
        },
        notes: (plan.notes.iter().cloned())
            .chain(shortfalls(plan, &finished))
            .chain(finished.held_back)
            .collect(),
        journeys: plan
            .journeys
            .iter()
            .zip(&finished.totals.journeys)
            .zip(&finished.parsed_in_full)
            .map(|((journey, totals), parsed)| journey_report(journey, *totals, *parsed))
            .collect(),
        steps: played
            .zip(&finished.totals.steps)
            .map(|((journey, step), totals)| step_report(journey, step, totals, seconds))
            .collect(),
        timeline: finished.timeline,
    }
}

/// What the plan has and the run did not come to.
fn shortfalls(plan: &Plan, finished: &Finished) -> Vec<String> {
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
    let played: u64 = finished.totals.journeys.iter().map(|j| j.completed + j.failed).sum();
    let planned = plan.load.iterations.map(|n| n.saturating_mul(plan.load.users) as u64);
    if let Some(planned) = planned.filter(|planned| played < *planned) {
        notes.push(format!("{played} of {planned} journeys were played before the time was over"));
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

fn journey_report(journey: &Journey, totals: JourneyTotals, parsed_in_full: u64) -> JourneyReport {
    JourneyReport {
        name: journey.name.clone(),
        api: journey.api.name().to_owned(),
        binding: journey.binding.name().to_owned(),
        weight: journey.weight,
        users: totals.users,
        parsed_in_full,
        started: totals.started,
        completed: totals.completed,
        failed: totals.failed,
        stopped: totals.stopped,
        cut: totals.cut,
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
    outcomes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.words.cmp(&b.words)));
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

fn mean_micros(tally: &Tally) -> u64 {
    let micros = tally.time.as_micros() / u128::from(tally.count.max(1));
    u64::try_from(micros).unwrap_or(u64::MAX)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
