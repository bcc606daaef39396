//! What a calibration shows: a line for each step, and the answer.

use super::terminal::latency;
use crate::judge::{Calibration, Limit, Shortfall, Step, Verdict};

/// Of the processors: with less, something else has taken part of them.
const NEARLY_ALL: f64 = 0.75;

/// What stands above the steps, with its line end.
#[must_use]
pub fn calibration_header() -> String {
    line(["journeys/s", "achieved", "late p50", "late p99", "CPU", "simulator", "verdict"])
}

/// A step as a line. Columns are of fixed width: it is printed before the next step is known.
#[must_use]
pub fn calibration_step(step: &Step) -> String {
    let share = |share: Option<f64>| share.map_or("?".to_owned(), percent);
    let cells = [
        figure(step.offered.in_a_second()),
        figure(step.achieved),
        latency(step.lateness.p50),
        latency(step.lateness.p99),
        share(step.generator_cpu),
        share(step.simulator_cpu),
        word(&step.verdict).to_owned(),
    ];
    line(cells.each_ref().map(String::as_str))
}

fn line([offered, achieved, p50, p99, cpu, simulator, verdict]: [&str; 7]) -> String {
    format!(
        "{offered:>10}  {achieved:>8}  {p50:>8}  {p99:>8}  {cpu:>5}  {simulator:>9}  {verdict}\n"
    )
}

/// The first thing that is wrong.
fn word(verdict: &Verdict) -> &'static str {
    match (verdict, verdict.shortfalls().first()) {
        (_, Some(shortfall)) if !shortfall.is_generator_fault() => "simulator slow",
        (_, Some(shortfall)) => shortfall.name(),
        (Verdict::Pass { .. }, None) => "trusted",
        (_, None) => "failures",
    }
}

/// What it comes to: a sentence a line. `interrupted`: before it was over.
#[must_use]
pub fn calibration_answer(calibration: &Calibration, interrupted: bool) -> String {
    let (trusted, refused) = (calibration.trusted(), calibration.refused());
    let mut lines = Vec::new();
    if interrupted {
        lines.push("Interrupted before its end; so far:".to_owned());
    }
    match trusted {
        Some(step) => {
            lines.push(format!("This machine can be trusted up to {}.", rates(calibration, step)));
        }
        None if calibration.steps.is_empty() => {
            lines.push("No rate was tried to its end.".to_owned());
        }
        None => lines.push("This machine is not trusted with any rate that was tried.".to_owned()),
    }
    match refused {
        Some(step) => {
            lines.push(format!(
                "Not with {}: {}.",
                rates(calibration, step),
                why(calibration, step)
            ));
        }
        None if interrupted => {}
        None => lines.push("No higher one was tried: --up-to RATE does.".to_owned()),
    }
    if trusted.is_none() && refused.is_some() {
        lines.push("Lower ones are tried with --from RATE.".to_owned());
    }
    lines.extend(refused.and_then(|step| context(calibration, step)));
    lines.extend(trusted.and_then(|step| shared(calibration, step)));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What beside the generator may have been the reason that a step was refused.
fn context(calibration: &Calibration, step: &Step) -> Option<String> {
    let used = step.generator_cpu? + step.simulator_cpu?;
    if calibration.is_simulator_busy(step) {
        let line = "The simulator was at its own limit there: the generator may do more against \
                    another target.";
        return Some(line.to_owned());
    }
    (used < NEARLY_ALL).then(|| {
        format!(
            "The two used only {} of the processors there: if something else runs on this machine, \
             try again without it.",
            percent(used)
        )
    })
}

/// That the figure would be higher elsewhere.
fn shared(calibration: &Calibration, step: &Step) -> Option<String> {
    let (generator, simulator) = (step.generator_cpu?, step.simulator_cpu?);
    Some(format!(
        "It is a lower bound: there the generator took {} and the simulator {} of the same {} \
         processors, which a target on another machine leaves to the generator.",
        percent(generator),
        percent(simulator),
        calibration.cpus
    ))
}

/// Why a step was refused, and what to change.
pub(super) fn why(calibration: &Calibration, step: &Step) -> String {
    match calibration.limit() {
        Limit::Generator(shortfalls) => {
            let own = shortfalls.iter().filter(|shortfall| shortfall.is_generator_fault());
            own.map(Shortfall::to_string).collect::<Vec<_>>().join("; ")
        }
        Limit::Simulator | Limit::Untried => {
            let what = match (&step.verdict, step.verdict.shortfalls().first()) {
                (Verdict::Fail(failures), _) => failures.to_string(),
                (_, Some(Shortfall::PoolTooSmall { due, missed, pool, .. })) => {
                    format!("all {pool} users were waiting for it when {missed} of {due} were due")
                }
                _ => "nothing was answered".to_owned(),
            };
            format!(
                "the simulator could not follow ({what}), while the generator was on time (p99 {}); \
                 see what it does against another target",
                latency(step.lateness.p99)
            )
        }
    }
}

/// A step's rate, in journeys and in requests.
fn rates(calibration: &Calibration, step: &Step) -> String {
    let journeys = step.offered.in_a_second();
    let requests = journeys * calibration.requests_per_journey;
    format!("{} journeys/s = {} requests/s", figure(journeys), figure(requests))
}

/// A rate to three or more digits.
fn figure(rate: f64) -> String {
    match rate {
        100.0.. => format!("{rate:.0}"),
        10.0.. => format!("{rate:.1}"),
        _ => format!("{rate:.2}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crate::judge::Failures;
    use crate::measure::Percentiles;
    use crate::units::Rate;

    fn step(offered: f64, verdict: Verdict, [generator, simulator]: [f64; 2]) -> Step {
        Step {
            offered: Rate::per_second(offered),
            achieved: offered,
            requests: offered * 7.0,
            lateness: Percentiles { count: 300, p50: 80, p99: 31_000, ..Percentiles::default() },
            generator_cpu: Some(generator),
            simulator_cpu: Some(simulator),
            verdict,
        }
    }

    fn calibration(steps: Vec<Step>) -> Calibration {
        Calibration {
            from: Rate::per_second(100.0),
            up_to: Rate::per_second(400.0),
            cpus: 2,
            simulator_threads: 1,
            requests_per_journey: 7.0,
            steps,
        }
    }

    #[test]
    fn the_answer_says_how_much_and_why_not_more() {
        let failures = |failed| Failures { count: 700, failed, cut: 0 };
        let inconclusive = |shortfall| Verdict::Inconclusive {
            shortfalls: vec![shortfall],
            failures: failures(0),
        };
        let late = inconclusive(Shortfall::Late {
            what: "starts",
            late: Duration::from_millis(31),
            bound: Duration::from_millis(20),
        });
        let slow = inconclusive(Shortfall::PoolTooSmall {
            due: 300,
            missed: 30,
            pool: 20,
            journey_seconds: 1.0,
            needed: 200,
        });
        let pass = || step(100.0, Verdict::Pass { count: 700 }, [0.2, 0.1]);
        let trusted = "trusted up to 100 journeys/s = 700 requests/s.";
        let refused = |verdict: &Verdict, cpu| {
            let refused = step(200.0, verdict.clone(), cpu);
            vec![pass(), refused.clone(), refused]
        };
        for (steps, words) in [
            (
                vec![pass()],
                &[trusted, "No higher one was tried", "20 % and the simulator 10 %"][..],
            ),
            (
                refused(&late, [0.6, 0.3]),
                &[
                    trusted,
                    "Not with 200 journeys/s = 1400 requests/s: the generator itself was late",
                ],
            ),
            (refused(&late, [0.3, 0.2]), &["used only 50 % of the processors"]),
            (refused(&late, [0.5, 0.48]), &["The simulator was at its own limit"]),
            (
                refused(&slow, [0.3, 0.5]),
                &["could not follow (all 20 users were waiting for it when 30 of 300 were due)"],
            ),
            (
                refused(&Verdict::Fail(failures(3)), [0.3, 0.5]),
                &["could not follow (3 of 700 exchanges did not end as expected)", "p99 31.0ms"],
            ),
            (
                refused(&late, [0.6, 0.3]).split_off(1),
                &["not trusted with any rate", "Not with 200", "--from RATE"],
            ),
        ] {
            let answer = calibration_answer(&calibration(steps), false);
            assert!(words.iter().all(|word| answer.contains(word)), "{words:?}: {answer}");
        }
        let nothing = calibration_answer(&calibration(Vec::new()), true);
        assert!(nothing.contains("No rate was tried to its end"), "{nothing}");
        let answer = calibration_answer(&calibration(vec![pass()]), true);
        assert!(answer.starts_with("Interrupted") && !answer.contains("No higher"), "{answer}");
    }

    /// Within the eighty columns of a terminal, and below each other.
    #[test]
    fn steps_are_lines_of_columns() {
        let header = calibration_header();
        let line = calibration_step(&step(100.0, Verdict::Pass { count: 700 }, [0.2, 0.1]));
        assert_eq!(line, "       100       100      80µs    31.0ms   20 %       10 %  trusted\n");
        let column =
            |text: &str, word| text.split(word).next().map(|before| before.chars().count());
        assert_eq!(column(&header, "verdict"), column(&line, "trusted"));
        assert!(header.len() < 80);
    }
}
