//! Verdicts on runs that the generator, its machine or its user spoilt.

use super::*;
use crate::measure::{Outcome, OutcomeReport, StallReport, WarmUpReport};

fn stalls(count: u64, seconds: f64) -> StallReport {
    StallReport { count, seconds, longest_seconds: seconds }
}

fn local(count: u64) -> OutcomeReport {
    OutcomeReport {
        outcome: Outcome::Local,
        words: "no free port on this machine (EADDRNOTAVAIL)".to_owned(),
        expected: false,
        count,
        mean_micros: 100,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_the_target_is_not_to_blame_for_is_inconclusive() {
    assert_verdicts(&[
        (
            "one of few starts far too late",
            |run| run.generator.start_lateness = lateness(5, 100_001),
            "INCONCLUSIVE: the generator itself was late: one of 5 starts was sent 100 ms after",
        ),
        (
            "one of many far too late",
            |run| {
                let lateness = &mut run.generator.start_lateness;
                (lateness.count, lateness.max) = (100_000, 100_001);
            },
            "INCONCLUSIVE: the generator itself was late: one of 100000 starts was sent 100 ms after",
        ),
        (
            "one as late as ten times the bound",
            |run| run.generator.start_lateness.max = 100_000,
            "PASS",
        ),
        (
            "stalled",
            |run| run.generator.health.stalls = stalls(3, 0.11),
            "INCONCLUSIVE: the generator did not run for 1.1 % of the time (3 stalls over 10ms, the \
             longest 110 ms)",
        ),
        ("stalled a little", |run| run.generator.health.stalls = stalls(3, 0.1), "PASS"),
        (
            "stalled for the same time in a run with a warm-up",
            |run| {
                run.generator.health.stalls = stalls(3, 0.1);
                run.warm_up = Some(WarmUpReport {
                    seconds: 5.0,
                    exchanges: 0,
                    failed: 0,
                    journeys: 0,
                    missed: 0,
                });
            },
            "INCONCLUSIVE: the generator did not run for 2.0 %",
        ),
        (
            "waited for a processor",
            |run| run.generator.health.run_queue_share = Some(0.06),
            "INCONCLUSIVE: the generator's threads waited for a processor for 6 % of the time",
        ),
        (
            "waited for a processor, which is tolerated",
            |run| {
                run.generator.health.run_queue_share = Some(0.9);
                run.generator.max_lateness_seconds = 1.0;
            },
            "PASS",
        ),
        (
            "waited in a run too short for shares",
            |run| {
                run.generator.health.run_queue_share = Some(0.5);
                run.generator.health.measured_seconds = 0.9;
            },
            "PASS",
        ),
        (
            "a CPU quota",
            |run| {
                let health = &mut run.generator.health;
                health.throttling = Some(ThrottlingReport { periods: 100, throttled: 2 });
                (health.cpu_quota, health.run_queue_share) = (Some(0.5), Some(0.5));
            },
            "INCONCLUSIVE: the CPU quota of 0.5 processors stopped the generator in 2 of 100 \
             periods: raise the quota, or lower the load (",
        ),
        (
            "suspended",
            |run| run.generator.health.suspended_seconds = Some(60.0),
            "INCONCLUSIVE: the machine was suspended for 1m during the run",
        ),
        (
            "checks that the system does not allow",
            |run| {
                let health = &mut run.generator.health;
                (health.run_queue_share, health.throttling) = (None, None);
                health.suspended_seconds = None;
            },
            "PASS",
        ),
        (
            "no port on this machine",
            |run| {
                run.steps[0].outcomes.push(local(3));
                run.steps[0].ok = 997;
            },
            "INCONCLUSIVE: 3 requests failed on this machine and not at the target: no free port on \
             this machine (EADDRNOTAVAIL): keep connections",
        ),
        (
            "a fault of gander",
            |run| run.generator.fault = Some("a user's task panicked".to_owned()),
            "INCONCLUSIVE: gander has a fault: a user's task panicked: report it",
        ),
        (
            "interrupted",
            |run| (run.interrupted, run.stopped_seconds) = (true, Some(2.04)),
            "INCONCLUSIVE: interrupted after 2s of 10s",
        ),
        (
            "interrupted, and accepted",
            |run| (run.interrupted, run.load.accept_interrupted) = (true, true),
            "PASS",
        ),
        (
            "interrupted with failures",
            |run| {
                run.interrupted = true;
                run.steps[0].ok = 990;
            },
            "FAIL: 10 of 1000",
        ),
        (
            "interrupted before the number of journeys was reached",
            |run| {
                run.interrupted = true;
                run.load.duration_seconds = None;
                run.load.iterations = Some(1500);
            },
            "INCONCLUSIVE: interrupted after 1000 of 1500 journeys",
        ),
        (
            "a run that goes on until it is stopped",
            |run| {
                run.interrupted = true;
                run.load.duration_seconds = None;
            },
            "PASS",
        ),
        (
            "interrupted by a user whose generator was late",
            |run| {
                run.interrupted = true;
                run.generator.cpu_share = Some(0.99);
                run.steps[0].ok = 100;
            },
            "INCONCLUSIVE: the generator used 99 %",
        ),
    ]);
}
