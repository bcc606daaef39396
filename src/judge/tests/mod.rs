//! Verdicts, by table: what a run shows, and what is said of it.

mod health;

use super::*;
use crate::measure::{
    Environment, GeneratorReport, HealthReport, JourneyReport, LittlesLaw, LoadReport, OpenReport,
    Percentiles, Run, SCHEMA, StepReport, TargetReport, ThrottlingReport, TransportReport,
};
use crate::units::Rate;

/// An open-model run of 10 s at 100/s in which all is well.
#[expect(clippy::too_many_lines, reason = "a literal")]
fn good_run() -> Run {
    let journey = JourneyReport {
        name: "j".to_owned(),
        api: "eltex".to_owned(),
        binding: "xml".to_owned(),
        model: "open".to_owned(),
        weight: 1,
        users: 10,
        planned_users: 10,
        parsed_in_full: 1,
        due: 1000,
        missed: 0,
        started: 1000,
        completed: 1000,
        failed: 0,
        stopped: 0,
        cut: 0,
        mean_seconds: 0.05,
    };
    let step = StepReport {
        journey: "j".to_owned(),
        step: "login".to_owned(),
        operation: "login".to_owned(),
        count: 1000,
        ok: 1000,
        rate: 100.0,
        bytes: 0,
        latency: Percentiles::default(),
        service_time: Percentiles::default(),
        latency_histogram: String::new(),
        service_time_histogram: String::new(),
        outcomes: Vec::new(),
    };
    Run {
        schema: SCHEMA.to_owned(),
        version: String::new(),
        scenario: String::new(),
        summary: String::new(),
        scenario_sha256: String::new(),
        seed: 1,
        started_unix: 0.0,
        elapsed_seconds: 10.0,
        interrupted: false,
        stopped_seconds: None,
        load: LoadReport {
            users: 0,
            ramp_seconds: 0.0,
            ramp_down_seconds: 0.0,
            open: Some(OpenReport {
                profile: "100/s".to_owned(),
                peak_rate: 100.0,
                arrivals: "poisson".to_owned(),
                pool: 10,
                tolerance_seconds: 1.0,
            }),
            duration_seconds: Some(10.0),
            iterations: None,
            think_time: None,
            accounts: "generated".to_owned(),
            connect_timeout_seconds: 5.0,
            timeout_seconds: 10.0,
            grace_seconds: 5.0,
            accept_interrupted: false,
        },
        targets: vec![TargetReport {
            api: "eltex".to_owned(),
            url: String::new(),
            embedded: false,
        }],
        environment: Environment { os: String::new(), arch: String::new(), cpus: 2 },
        transport: TransportReport::default(),
        generator: GeneratorReport {
            start_lateness: lateness(1000, 300),
            pause_lateness: lateness(1000, 1500),
            waits: Percentiles::default(),
            overslept: 0,
            max_lateness_seconds: 0.01,
            cpu_seconds: Some(4.0),
            cpu_share: Some(0.2),
            littles_law: LittlesLaw {
                users: 5.0,
                journeys_per_second: 100.0,
                journey_seconds: 0.05,
                error: 0.001,
            },
            health: HealthReport {
                processors: 2.0,
                measured_seconds: 10.0,
                run_queue_share: Some(0.01),
                throttling: Some(ThrottlingReport { periods: 100, throttled: 1 }),
                suspended_seconds: Some(0.0),
                clock_step_seconds: Some(0.0),
                ..HealthReport::default()
            },
            fault: None,
        },
        warm_up: None,
        notes: Vec::new(),
        journeys: vec![journey],
        steps: vec![step],
        timeline: Vec::new(),
    }
}

fn lateness(count: u64, p99: u64) -> Percentiles {
    Percentiles { count, p99, max: p99, ..Percentiles::default() }
}

/// A case, what it changes in a good run, and what the verdict on it begins with or says.
type Row = (&'static str, fn(&mut Run), &'static str);

fn assert_verdicts(rows: &[Row]) {
    for (case, change, said) in rows {
        let mut run = good_run();
        change(&mut run);
        let verdict = Verdict::of(&run);
        let words = verdict.to_string();
        assert!(words.contains(said), "{case}: {words}");
        assert_eq!(verdict.is_pass(), words.starts_with("PASS"), "{case}");
        assert_eq!(verdict.is_inconclusive(), words.starts_with("INCONCLUSIVE"), "{case}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_run_is_a_pass_only_if_the_generator_could_drive_it() {
    assert_verdicts(&[
        ("all well", |_| {}, "PASS: all 1000 exchanges"),
        ("failures", |run| run.steps[0].ok = 990, "FAIL: 10 of 1000 exchanges"),
        (
            "cut",
            |run| run.journeys[0].cut = 3,
            "FAIL: all 1000 exchanges ended as expected, 3 ",
        ),
        (
            "nothing",
            |run| (run.steps[0].count, run.steps[0].ok) = (0, 0),
            "FAIL: the run ended",
        ),
        (
            "starts late",
            |run| run.generator.start_lateness = lateness(1000, 25_000),
            "INCONCLUSIVE: the generator itself was late: starts were sent 25.0 ms after",
        ),
        (
            "as late as allowed",
            |run| run.generator.start_lateness = lateness(1000, 10_000),
            "PASS",
        ),
        (
            "late, but too few to tell",
            |run| run.generator.start_lateness = lateness(99, 25_000),
            "PASS",
        ),
        (
            "late and allowed",
            |run| {
                run.generator.start_lateness = lateness(1000, 25_000);
                run.generator.max_lateness_seconds = 0.03;
            },
            "PASS",
        ),
        (
            "thinks too long",
            |run| run.generator.pause_lateness = lateness(1000, 40_000),
            "INCONCLUSIVE: the generator itself was late: requests after a think time",
        ),
        (
            "no processor left",
            |run| run.generator.cpu_share = Some(0.97),
            "INCONCLUSIVE: the generator used 97 % of its 2 processors",
        ),
        (
            "no processor left beside the simulator",
            |run| {
                run.generator.cpu_share = Some(0.97);
                run.targets[0].embedded = true;
            },
            "run `gander serve` on another machine",
        ),
        (
            "busy for a moment",
            |run| {
                run.generator.cpu_share = Some(0.97);
                run.elapsed_seconds = 0.5;
            },
            "PASS",
        ),
        ("CPU unknown", |run| run.generator.cpu_share = None, "PASS"),
        (
            "figures that contradict each other",
            |run| run.generator.littles_law.error = 0.2,
            "INCONCLUSIVE: the generator's own figures contradict each other by 20 %",
        ),
        (
            "rounding",
            |run| {
                run.generator.littles_law.error = 0.2;
                run.generator.littles_law.users = 0.01;
            },
            "PASS",
        ),
        ("a few missed", |run| run.journeys[0].missed = 10, "PASS"),
        (
            "a stall: on average there were users enough",
            |run| run.journeys[0].missed = 11,
            "INCONCLUSIVE: 11 of 1000 starts were missed, since all 10 users of the pool were in a \
             journey, which took 0.05 s on average: the target stalled for a time",
        ),
        (
            "a pool that the rate cannot do with",
            |run| {
                run.journeys[0].missed = 500;
                run.journeys[0].mean_seconds = 0.4;
            },
            "the rate keeps 40 users busy at that; see whether the target is slow, else give a \
             larger --pool",
        ),
        (
            "starts missed while users were free",
            |run| (run.journeys[0].missed, run.generator.overslept) = (20, 15),
            "INCONCLUSIVE: the generator itself missed 15 of 1000 starts",
        ),
        (
            "a target that fails and keeps users busy is to blame for both",
            |run| {
                run.journeys[0].missed = 500;
                run.steps[0].ok = 100;
            },
            "FAIL: 900 of 1000",
        ),
        (
            "a generator that is late may be to blame for failures",
            |run| {
                run.generator.cpu_share = Some(0.99);
                run.steps[0].ok = 100;
            },
            "(900 of 1000 exchanges did not end as expected)",
        ),
        (
            "nothing was started at all",
            |run| {
                (run.steps[0].count, run.steps[0].ok) = (0, 0);
                run.journeys[0].missed = 1000;
            },
            "INCONCLUSIVE: 1000 of 1000 starts were missed",
        ),
        (
            "a closed model misses nothing",
            |run| {
                run.load.open = None;
                run.journeys[0].model = "closed".to_owned();
            },
            "PASS",
        ),
    ]);
}

#[test]
fn a_step_is_what_its_run_shows() {
    let step = Step::of(&good_run(), Rate::per_second(100.0), Some(1.0));
    let is_near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
    assert!(is_near(step.achieved, 100.0) && is_near(step.requests, 100.0), "1000 in 10 s");
    assert!(
        step.simulator_cpu.is_some_and(|share| is_near(share, 0.05)),
        "of 20 CPU seconds"
    );
    assert!(step.is_trusted());

    let calibration = |verdict: &Verdict| Calibration {
        from: Rate::per_second(100.0),
        up_to: Rate::per_second(100.0),
        cpus: 2,
        simulator_threads: 1,
        requests_per_journey: 1.0,
        steps: vec![Step { verdict: verdict.clone(), ..step.clone() }; 2],
    };
    assert_eq!(calibration(&step.verdict).limit(), Limit::Untried);
    let load = calibration(&step.verdict).simulator_load(&step);
    assert!(load.is_some_and(|load| is_near(load, 0.1)), "of its one thread");

    let failures = Failures { count: 1, failed: 1, cut: 0 };
    assert_eq!(calibration(&Verdict::Fail(failures)).limit(), Limit::Simulator);
    let slow =
        Shortfall::PoolTooSmall { due: 10, missed: 1, pool: 1, journey_seconds: 1.0, needed: 1 };
    let overslept = Shortfall::Overslept { due: 10, missed: 1 };
    let inconclusive = |shortfalls: &[Shortfall]| Verdict::Inconclusive {
        shortfalls: shortfalls.to_vec(),
        failures,
    };
    let only_slow = inconclusive(std::slice::from_ref(&slow));
    assert_eq!(calibration(&only_slow).limit(), Limit::Simulator);
    let both = [overslept, slow];
    assert_eq!(calibration(&inconclusive(&both)).limit(), Limit::Generator(&both));
}
