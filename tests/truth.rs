//! Whether the figures are true: what is reported, against what the simulator was made to do.

mod common;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::witness::{Exchange, Witness};
use common::{Folder, Simulator, play};
use gander::distribution::Distribution;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

/// One at a time: the less they delay each other, the closer are the bounds.
static TURN: Mutex<()> = Mutex::new(());

/// What is in `run.json` of a step's times, by its share of the exchanges.
const FIGURES: [(&str, f64); 8] = [
    ("min", 0.0),
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p999", 0.999),
    ("max", 1.0),
];

/// Asserts that each figure lies between the bounds of the same rank. If every exchange of a list
/// is within its own bounds, then so is each rank of the sorted list; no matching is needed.
fn assert_between(figures: &Value, mut least: Vec<f64>, mut most: Vec<f64>, what: &str) {
    assert_eq!(figures["count"], least.len(), "{what}");
    least.sort_by(f64::total_cmp);
    most.sort_by(f64::total_cmp);
    for (name, share) in FIGURES {
        let found = figures[name].as_f64().unwrap_or_else(|| panic!("no {name} in {figures}"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let rank = ((share * least.len() as f64).ceil() as usize).clamp(1, least.len()) - 1;
        // The product may be rounded to the rank above or below.
        let (least, most) = (least[rank.saturating_sub(1)], most[(rank + 1).min(most.len() - 1)]);
        // Whole microseconds, and three digits of them.
        assert!(
            least * 0.999 - 1.0 <= found && found <= most * 1.001 + 1.0,
            "{what}, {name}: {found:.0} µs, not from {least:.0} to {most:.0} µs"
        );
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// What the simulator draws for its first `count` requests under seed 1, by the same rule as it
/// documents: of each request's own generator first whether it happens, then for how long.
fn injected(distribution: Distribution, count: usize) -> Vec<f64> {
    let mut times: Vec<_> = (0..count as u64)
        .map(|number| {
            let mut seed = [0; 32];
            seed[0] = 1;
            seed[16..24].copy_from_slice(&number.to_le_bytes());
            let mut random = StdRng::from_seed(seed);
            let _happens: f64 = random.random();
            micros(distribution.sample(&mut random))
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Log-normal service times: the simulator takes at least as long as it draws, and the engine
/// reports what a witness between the two saw. On a connection that is used without pauses the
/// witness has a bound above for each exchange, too: from the reply before to the request after.
#[test]
fn injected_latencies_are_reported_as_they_were() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let simulator = Simulator::start(&["--fault", "eltex:latency=lognormal(20ms, 0.5)"]);
    let witness = Witness::of(simulator.address);
    let folder = Folder::new();
    let (users, iterations) = (20, 60);
    let file = folder.file(
        "sessions.toml",
        format!(
            "api = \"eltex\"\n[load]\nusers = {users}\niterations = {iterations}\nramp = \"0s\"\n\
             [[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n\
             [[journey.step]]\ncall = \"logout\"\n"
        ),
    );
    let (run, ended) = play(&[&file, "--target", &witness.url()]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let exchanges = witness.exchanges();
    assert_eq!(exchanges.len(), 2 * users * iterations, "{ended:?}");

    let lognormal = Distribution::parse("lognormal(20ms, 0.5)").expect("a distribution");
    let mut taken: Vec<_> = exchanges.iter().map(|exchange| micros(exchange.at_least())).collect();
    taken.sort_by(f64::total_cmp);
    for (taken, drawn) in taken.iter().zip(injected(lognormal, exchanges.len())) {
        assert!(*taken >= drawn, "{taken:.0} µs, less than the {drawn:.0} µs that were drawn");
    }

    for (parity, operation) in ["sp_login", "sp_logout"].into_iter().enumerate() {
        let steps = run["steps"].as_array().expect("steps");
        let step = steps.iter().find(|step| step["operation"] == operation).expect("the step");
        let these = || exchanges.iter().filter(|exchange| exchange.index % 2 == parity);
        for kind in ["service_time", "latency"] {
            assert_between(
                &step[kind],
                these().map(|exchange| micros(exchange.at_least())).collect(),
                these().map(|exchange| micros(exchange.at_most())).collect(),
                &format!("{operation}, {kind}"),
            );
        }
    }
}

/// Logins in a second, where a server stalls.
const RATE: u32 = 200;

/// A server that stalls is seen by everybody who came meanwhile, not only by those it happened to
/// be serving: latency counts from when a start was due. The only user makes the starts in their
/// order, so a witness has bounds for the latency of each, but for one unknown, when the run began.
/// That was before the first request, and the least latency that is reported bounds it below.
#[test]
fn a_stall_is_seen_by_all_who_came_meanwhile() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let simulator = Simulator::start(&["--fault", "*:stall=300ms,every=1s"]);
    let witness = Witness::of(simulator.address);
    let folder = Folder::new();
    let file = folder.file(
        "logins.toml",
        "api = \"eltex\"\n[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n",
    );
    let (url, rate, starts) = (witness.url(), format!("{RATE}/s"), 3 * RATE);
    let (run, ended) = play(&[
        &file,
        "--target",
        &url,
        "--rate",
        &rate,
        "--arrivals",
        "uniform",
        "--iterations",
        &starts.to_string(),
        "--pool",
        "1",
        "--tolerance",
        "1h",
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let exchanges = witness.exchanges();
    assert_eq!(exchanges.len(), starts as usize, "{ended:?}");

    // Times on the witness's clock, less when each was due after the first.
    let origin = exchanges[0].before;
    let less_due = |number: usize, at: Instant| {
        let due = f64::from(u32::try_from(number).expect("few")) / f64::from(RATE);
        micros(at - origin) - due * 1e6
    };
    let each = |at: fn(&Exchange) -> Instant| -> Vec<f64> {
        let numbered = exchanges.iter().enumerate();
        numbered.map(|(number, exchange)| less_due(number, at(exchange))).collect()
    };
    let least = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
    let (asked, answered, after) = (each(|e| e.asked), each(|e| e.answered), each(|e| e.after));
    let latency = &run["steps"][0]["latency"];
    let reported = latency["min"].as_f64().expect("a figure");
    let (latest, earliest) = (least(&asked), least(&answered) - reported * 1.001 - 1.0);
    let at_least: Vec<_> = answered.iter().map(|at| at - latest).collect();
    let at_most = after.iter().map(|at| at - earliest).collect();
    // Two stalls at least fall into three seconds, and sixty starts are due in each.
    let waited = at_least.iter().filter(|micros| **micros > 100_000.0).count();
    assert!(waited >= 70, "{waited} waited: there was no stall");
    assert_between(latency, at_least, at_most, "latency");

    // Those who waited for the one before had no long service time.
    let service = |bound: fn(&Exchange) -> Duration| {
        exchanges.iter().map(|exchange| micros(bound(exchange))).collect()
    };
    assert_between(
        &run["steps"][0]["service_time"],
        service(Exchange::at_least),
        service(Exchange::at_most),
        "service time",
    );
}

/// Client and simulator count the same, by operation and outcome, over many exchanges of which many
/// go wrong.
#[test]
fn both_ends_count_the_same_over_many_exchanges() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let simulator = Simulator::start(&[
        "--fault",
        "eltex.sp_check_session:status=503,p=0.05",
        "--fault",
        "eltex:malformed=any,p=0.02",
        "--fault",
        "eltex.sp_check_session:reset=inside,p=0.02",
        "--fault",
        "eltex:truncate=30%,p=0.01",
        "--fault",
        "eltex:chunked,p=0.2",
        "--fault",
        "eltex.sp_login:error-page=500,p=0.01",
        "--fault",
        "eltex:content-length=-7,p=0.01",
    ]);
    let url = simulator.url();
    let (run, ended) = play(&[
        "session",
        "--target",
        &url,
        "--duration",
        "10m",
        "--users",
        "50",
        "--iterations",
        "100",
        "--think-time",
        "0s",
        "--ramp",
        "0s",
    ]);
    let stats = simulator.statistics();
    let mut total = 0;
    for step in run["steps"].as_array().expect("steps") {
        let operations = &stats["apis"].as_array().expect("APIs").iter();
        let operation = operations
            .clone()
            .flat_map(|api| api["operations"].as_array().expect("operations"))
            .find(|operation| operation["operation"] == step["operation"])
            .expect("the operation");
        let client = |is: &dyn Fn(&str) -> bool| -> u64 {
            let outcomes = step["outcomes"].as_array().expect("outcomes").iter();
            outcomes
                .filter(|outcome| is(outcome["outcome"].as_str().expect("text")))
                .map(|outcome| outcome["count"].as_u64().expect("a count"))
                .sum()
        };
        let server = |is: &dyn Fn(&str) -> bool| -> u64 {
            let outcomes = operation["outcomes"].as_array().expect("outcomes").iter();
            outcomes
                .filter(|outcome| is(outcome["meaning"].as_str().expect("text")))
                .map(|outcome| outcome["count"].as_u64().expect("a count"))
                .sum()
        };
        for meaning in ["accepted", "refused", "fault"] {
            let is = |word: &str| word == meaning;
            assert_eq!(client(&is), server(&is), "{} {meaning}", step["operation"]);
        }
        let is_other = |word: &str| !["accepted", "refused", "fault"].contains(&word);
        assert_eq!(client(&is_other), server(&is_other), "{} other", step["operation"]);
        assert!(client(&is_other) > 0, "something goes wrong with {}", step["operation"]);
        total += step["count"].as_u64().expect("a count");
    }
    assert_eq!(stats["requests"].as_u64(), Some(total), "{ended:?}");
    assert!(total > 30_000, "{total}");
}
