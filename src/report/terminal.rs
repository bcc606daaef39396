//! The summary at the end of a run.

use std::fmt::Write as _;
use std::time::Duration;

use super::table::Table;
use crate::judge::Verdict;
use crate::measure::{Latencies, Outcome, OutcomeReport, Percentiles, Run};
use crate::units::format_duration;

/// The summary as text, with a final line end.
#[must_use]
pub fn summary(run: &Run) -> String {
    let mut out = String::new();
    header(run, &mut out);
    out.push('\n');
    steps(run, &mut out);
    outcomes(run, &mut out);
    journeys(run, &mut out);
    for note in &run.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let early = if run.interrupted { " (interrupted before its time)" } else { "" };
    let _ = writeln!(out, "\n{}{early}", Verdict::of(run));
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
    let ramp = Duration::try_from_secs_f64(load.ramp_seconds).unwrap_or_default();
    let ramp =
        if ramp.is_zero() { String::new() } else { format!(" over {}", format_duration(ramp)) };
    let iterations = load.iterations.map_or(String::new(), |n| format!(", {n} journeys each"));
    let _ = writeln!(
        out,
        "{} users{ramp}{iterations}, {:.1} s{}, seed {}",
        load.users,
        run.elapsed_seconds,
        if run.interrupted { " (interrupted)" } else { "" },
        run.seed,
    );
}

fn steps(run: &Run, out: &mut String) {
    let header =
        ["journey", "step", "count", "rate/s", "ok %", "p50", "p90", "p99", "p99.9", "max"];
    let mut table = Table::new(&header, 2);
    let mut journey = "";
    for step in &run.steps {
        let name = if step.journey == journey { "" } else { &step.journey };
        journey = &step.journey;
        table.push(row(name, &step.step, (step.count, step.ok), step.rate, &step.latency));
    }
    if run.steps.len() > 1 {
        let mut all = Latencies::default();
        for step in &run.steps {
            if let Some(part) = Latencies::decode(&step.latency_histogram) {
                all.add(&part);
            }
        }
        let rate = run.steps.iter().map(|step| step.rate).sum();
        let counts = (run.count(), run.count() - run.failed());
        table.push(row("total", "", counts, rate, &all.percentiles()));
    }
    table.render(out);
}

fn row(
    journey: &str,
    step: &str,
    (count, ok): (u64, u64),
    rate: f64,
    figures: &Percentiles,
) -> Vec<String> {
    let times = [figures.p50, figures.p90, figures.p99, figures.p999, figures.max];
    let times =
        times.map(|micros| if figures.count == 0 { "-".to_owned() } else { latency(micros) });
    let mut row = vec![
        journey.to_owned(),
        step.to_owned(),
        count.to_string(),
        format!("{rate:.1}"),
        share(ok, count),
    ];
    row.extend(times);
    row
}

/// Everything that was not simply accepted, the most frequent first.
fn outcomes(run: &Run, out: &mut String) {
    const MOST: usize = 10;
    let mut table = Table::new(&["journey", "step", "outcome", "", "count", "%", "mean"], 4);
    let mut any = false;
    for step in &run.steps {
        let odd: Vec<_> = step.outcomes.iter().filter(|outcome| !is_plain(outcome)).collect();
        any |= !odd.is_empty();
        for outcome in odd.iter().take(MOST) {
            table.push(vec![
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
            table.push(vec![
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
        table.render(out);
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

fn journeys(run: &Run, out: &mut String) {
    out.push('\n');
    let header =
        ["journey", "api", "binding", "users", "started", "completed", "failed", "stopped", "cut"];
    let mut table = Table::new(&header, 3);
    for journey in &run.journeys {
        let mut row = vec![journey.name.clone(), journey.api.clone(), journey.binding.clone()];
        let counts = [
            journey.users,
            journey.started,
            journey.completed,
            journey.failed,
            journey.stopped,
            journey.cut,
        ];
        row.extend(counts.map(|count| count.to_string()));
        table.push(row);
    }
    table.render(out);
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
