//! The summary at the end of a run.

use std::fmt::Write as _;
use std::time::Duration;

use super::table::Table;
use super::waiting::Waiting;
use crate::judge::{Shortfall, Verdict};
use crate::measure::{
    Latencies, Outcome, OutcomeReport, Percentiles, Run, StepReport, ThrottlingReport,
};
use crate::units::format_duration;

/// The summary as text, with a final line end. No table in it is wider than `columns`; `None`: as wide
/// as it wants to be.
#[must_use]
pub fn summary(run: &Run, columns: Option<usize>) -> String {
    let columns = columns.unwrap_or(usize::MAX);
    let mut out = String::new();
    header(run, &mut out);
    out.push('\n');
    steps(run, columns, &mut out);
    outcomes(run, columns, &mut out);
    journeys(run, columns, &mut out);
    let verdict = Verdict::of(run);
    let (waited, served) = all_steps(run);
    let waiting = Waiting::of(run, waited, served);
    let notes = run.notes.iter().cloned().chain(waiting.map(|waiting| waiting.to_string()));
    // Where the verdict does not say it already.
    let said = verdict.is_inconclusive();
    let shortfalls = Shortfall::of(run).into_iter().filter(|_| !said);
    for note in notes.chain(shortfalls.map(|shortfall| shortfall.to_string())) {
        let _ = writeln!(out, "note: {note}");
    }
    generator(run, &mut out);
    let is_said = |shortfall: &Shortfall| matches!(shortfall, Shortfall::Interrupted { .. });
    let is_early = run.interrupted && !verdict.shortfalls().iter().any(is_said);
    let early = if is_early { " (interrupted before its time)" } else { "" };
    let _ = writeln!(out, "\n{verdict}{early}");
    out
}

fn header(run: &Run, out: &mut String) {
    let _ = writeln!(out, "{}: {}", run.scenario, run.summary);
    for target in &run.targets {
        let whose = if target.embedded { " (embedded simulator)" } else { "" };
        let _ = writeln!(out, "{} at {}{whose}", target.api, target.url);
    }
    if run.transport.insecure {
        let _ =
            writeln!(out, "certificates were NOT CHECKED (--insecure): anybody may have answered");
    }
    if !matches!(run.transport.connections.as_str(), "" | "keep-alive") {
        let _ = writeln!(out, "a connection {}", run.transport.connections.replace('-', " "));
    }
    let load = &run.load;
    let mut parts = Vec::new();
    if let Some(open) = &load.open {
        let starts = load.iterations.map_or(String::new(), |n| format!(", {n} starts"));
        parts.push(format!(
            "{} ({}){starts}, a pool of {} users",
            open.profile, open.arrivals, open.pool
        ));
    }
    if load.users > 0 {
        let ramp = |what: &str, seconds: f64| match duration(seconds) {
            Duration::ZERO => String::new(),
            time => format!(" {what} {}", format_duration(time)),
        };
        let iterations = load.iterations.map_or(String::new(), |n| format!(", {n} journeys each"));
        parts.push(format!(
            "{} users{}{}{iterations}",
            load.users,
            ramp("over", load.ramp_seconds),
            ramp("leaving over", load.ramp_down_seconds),
        ));
    }
    let _ = writeln!(
        out,
        "{}, {:.1} s{}, seed {}",
        parts.join(" and "),
        run.elapsed_seconds,
        if run.interrupted { " (interrupted)" } else { "" },
        run.seed,
    );
    if let Some(warm_up) = &run.warm_up {
        let missed = match warm_up.missed {
            0 => String::new(),
            missed => format!(", {missed} missed"),
        };
        let _ = writeln!(
            out,
            "the first {} are left out: {} exchanges ({} not as expected), {} journeys{missed}",
            format_duration(duration(warm_up.seconds)),
            warm_up.exchanges,
            warm_up.failed,
            warm_up.journeys,
        );
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Each step twice: what its users wait for, and below it what the service takes. As wide as a
/// terminal; `run.json` has more percentiles.
fn steps(run: &Run, columns: usize, out: &mut String) {
    let header = ["journey", "step", "count", "rate/s", "ok %", "p50", "p90", "p99", "max"];
    let mut table = Table::new(&header, 2);
    let mut journey = "";
    for step in &run.steps {
        let name = if step.journey == journey { "" } else { &step.journey };
        journey = &step.journey;
        let times = (step.latency, step.service_time);
        push_step(&mut table, [name, &step.step], (step.count, step.ok), step.rate, times);
    }
    if run.steps.len() > 1 {
        let rate = run.steps.iter().map(|step| step.rate).sum();
        let counts = (run.count(), run.count() - run.failed());
        push_step(&mut table, ["total", ""], counts, rate, all_steps(run));
    }
    table.render(columns, out);
}

/// Latency and service time over all steps.
fn all_steps(run: &Run) -> (Percentiles, Percentiles) {
    let sum = |histogram: fn(&StepReport) -> &str| {
        let mut all = Latencies::default();
        for part in run.steps.iter().filter_map(|step| Latencies::decode(histogram(step))) {
            all.add(&part);
        }
        all.percentiles()
    };
    (sum(|step| &step.latency_histogram), sum(|step| &step.service_time_histogram))
}

fn push_step(
    table: &mut Table,
    [journey, step]: [&str; 2],
    (count, ok): (u64, u64),
    rate: f64,
    (waited, served): (Percentiles, Percentiles),
) {
    let times = |figures: Percentiles| {
        let times = [figures.p50, figures.p90, figures.p99, figures.max];
        times.map(|micros| if figures.count == 0 { "-".to_owned() } else { latency(micros) })
    };
    let mut row = vec![
        journey.to_owned(),
        step.to_owned(),
        count.to_string(),
        format!("{rate:.1}"),
        share(ok, count),
    ];
    row.extend(times(waited));
    table.push(&row);
    let mut row = vec![String::new(); 5];
    "  service time".clone_into(&mut row[1]);
    row.extend(times(served));
    table.push(&row);
}

/// How well the generator did its own part.
fn generator(run: &Run, out: &mut String) {
    let generator = &run.generator;
    let mut parts = Vec::new();
    let health = &generator.health;
    if let Some(share) = generator.cpu_share {
        parts.push(format!("CPU {:.0} % of {}", share * 100.0, health.processors));
    }
    if let Some(share) = health.run_queue_share {
        parts.push(format!("waiting for CPU {:.1} %", share * 100.0));
    }
    if let Some(throttling) = health.throttling.filter(|throttling| throttling.throttled > 0) {
        let ThrottlingReport { periods, throttled } = throttling;
        parts.push(format!("throttled in {throttled} of {periods} periods"));
    }
    if health.stalls.count > 0 {
        let longest = (health.stalls.longest_seconds * 1e6).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
        let longest = latency(longest as u64);
        parts.push(format!("{} stalls, longest {longest}", health.stalls.count));
    }
    let (due, missed) = run.due_and_missed();
    if due > 0 {
        parts.push(format!("{missed} of {due} starts missed"));
    }
    let law = generator.littles_law;
    if law.users > 0.0 {
        parts.push(format!("Little's law within {:.1} %", law.error * 100.0));
    }
    let _ = writeln!(out, "generator: {}", parts.join(", "));
    for (what, late) in
        [("starts", generator.start_lateness), ("think times", generator.pause_lateness)]
    {
        if late.count > 0 {
            let [p50, p99, max] = [late.p50, late.p99, late.max].map(latency);
            let _ = writeln!(out, "  {what} late by p50 {p50}, p99 {p99}, max {max}");
        }
    }
}

/// Everything that was not simply accepted, the most frequent first.
fn outcomes(run: &Run, columns: usize, out: &mut String) {
    const MOST: usize = 10;
    let mut table = Table::new(&["journey", "step", "outcome", "", "count", "%", "mean"], 4);
    let mut any = false;
    for step in &run.steps {
        let odd: Vec<_> = step.outcomes.iter().filter(|outcome| !is_plain(outcome)).collect();
        any |= !odd.is_empty();
        for outcome in odd.iter().take(MOST) {
            table.push(&[
                step.journey.clone(),
                step.step.clone(),
                describe(outcome),
                if outcome.expected { "as expected" } else { "NOT EXPECTED" }.to_owned(),
                outcome.count.to_string(),
                share(outcome.count, step.count),
                latency(outcome.mean_micros),
            ]);
        }
        if odd.len() > MOST {
            let count: u64 = odd[MOST..].iter().map(|outcome| outcome.count).sum();
            table.push(&[
                step.journey.clone(),
                step.step.clone(),
                format!("… {} more kinds", odd.len() - MOST),
                String::new(),
                count.to_string(),
                share(count, step.count),
                String::new(),
            ]);
        }
    }
    if any {
        out.push('\n');
        table.render(columns, out);
    }
}

fn is_plain(outcome: &OutcomeReport) -> bool {
    outcome.outcome == Outcome::Accepted && outcome.expected && outcome.words.is_empty()
}

fn describe(outcome: &OutcomeReport) -> String {
    match (outcome.outcome, outcome.words.as_str()) {
        (Outcome::Cut, _) => "cut: in flight when time was over".to_owned(),
        (kind, "") => kind.to_string(),
        (Outcome::Http, status) => format!("http {status}"),
        (kind, words) => format!("{kind}: {words}"),
    }
}

fn journeys(run: &Run, columns: usize, out: &mut String) {
    out.push('\n');
    let is_open = run.load.open.is_some();
    let mut header = vec!["journey", "api", "users"];
    header.extend(["missed"].into_iter().filter(|_| is_open));
    header.extend(["started", "completed", "failed", "stopped", "cut"]);
    let mut table = Table::new(&header, 2);
    for journey in &run.journeys {
        let mut row = vec![journey.name.clone(), format!("{} {}", journey.api, journey.binding)];
        let mut counts = vec![journey.users];
        counts.extend([journey.missed].into_iter().filter(|_| is_open));
        counts.extend([
            journey.started,
            journey.completed,
            journey.failed,
            journey.stopped,
            journey.cut,
        ]);
        row.extend(counts.iter().map(ToString::to_string));
        table.push(&row);
    }
    table.render(columns, out);
}

/// `99.95`: a share in percent, never rounded to 100 or 0 when it is not.
#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 exchanges")]
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let percent = 100.0 * part as f64 / whole as f64;
    let shown = format!("{percent:.2}");
    match shown.as_str() {
        "100.00" if part < whole => "99.99".to_owned(),
        "0.00" if part > 0 => "<0.01".to_owned(),
        _ => shown,
    }
}

/// A time in microseconds with three digits and its unit.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "latencies stay below 2^53 µs")]
pub fn latency(micros: u64) -> String {
    let value = micros as f64;
    match micros {
        0..1_000 => format!("{micros}µs"),
        1_000..10_000 => format!("{:.2}ms", value / 1e3),
        10_000..100_000 => format!("{:.1}ms", value / 1e3),
        100_000..1_000_000 => format!("{:.0}ms", value / 1e3),
        1_000_000..10_000_000 => format!("{:.2}s", value / 1e6),
        _ => format!("{:.1}s", value / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_not_rounded_to_certainty() {
        for (part, whole, text) in [
            (0, 0, "-"),
            (0, 5, "0.00"),
            (5, 5, "100.00"),
            (999_999, 1_000_000, "99.99"),
            (1, 1_000_000, "<0.01"),
            (1, 3, "33.33"),
        ] {
            assert_eq!(share(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn times_have_three_digits() {
        for (micros, text) in [
            (0, "0µs"),
            (999, "999µs"),
            (1_234, "1.23ms"),
            (12_345, "12.3ms"),
            (123_456, "123ms"),
            (1_234_567, "1.23s"),
            (60_000_000, "60.0s"),
        ] {
            assert_eq!(latency(micros), text);
        }
    }
}
