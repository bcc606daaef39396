//! Whether the figures are true: what is reported, against what the simulator was made to do.

mod common;

use std::sync::{Mutex, PoisonError};

use common::{Folder, Simulator, play};
use gander::distribution::Distribution;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

/// One at a time: they are about time.
static TURN: Mutex<()> = Mutex::new(());

/// One login, and nothing else.
const LOGINS: &str =
    "api = \"eltex\"\n[[journey]]\nname = \"login\"\n[[journey.step]]\ncall = \"login\"\n";

/// A percentile in milliseconds.
fn percentile(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap_or_else(|| panic!("no {name} in {figures}")) / 1e3
}

/// What the simulator draws for the first so many requests under seed 1, by the same rule as it
/// documents: of each request's own generator first whether it happens, then for how long.
fn injected(distribution: Distribution, count: u64) -> Vec<f64> {
    let mut times: Vec<_> = (0..count)
        .map(|number| {
            let mut seed = [0; 32];
            seed[0] = 1;
            seed[16..24].copy_from_slice(&number.to_le_bytes());
            let mut random = StdRng::from_seed(seed);
            let _happens: f64 = random.random();
            distribution.sample(&mut random).as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Log-normal service times are reported as they were injected, to 2 % and a millisecond. A machine
/// that is busy with something else adds to them; it may have another try, an engine that lies has
/// none.
#[test]
fn injected_latencies_are_reported_as_they_were() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    for _ in 0..3 {
        match off_by_too_much() {
            None => return,
            Some(what) => found.push(what),
        }
    }
    panic!("{found:#?}");
}

/// What is reported otherwise than it was injected.
fn off_by_too_much() -> Option<String> {
    let simulator = Simulator::start(&["--fault", "eltex:latency=lognormal(20ms, 0.5)"]);
    let folder = Folder::new();
    let file = folder.file("logins.toml", LOGINS);
    let url = simulator.url();
    let (run, ended) = play(&[
        &file,
        "--target",
        &url,
        "--rate",
        "300/s",
        "--arrivals",
        "uniform",
        "--duration",
        "15s",
        "--pool",
        "200",
    ]);
    let step = &run["steps"][0];
    let count = step["count"].as_u64().expect("a count");
    if ended.code != 0 || count < 4_490 {
        return Some(format!("{ended:?}"));
    }
    let lognormal = Distribution::parse("lognormal(20ms, 0.5)").expect("a distribution");
    let injected = injected(lognormal, count);
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let rank = (share * injected.len() as f64).ceil() as usize - 1;
        let expected = injected[rank];
        for kind in ["service_time", "latency"] {
            let found = percentile(&step[kind], name);
            if (found - expected).abs() > 0.02 * expected + 1.0 {
                return Some(format!("{kind} {name}: {found:.2} ms, not {expected:.2} ms"));
            }
        }
    }
    None
}

/// Logins in a second, where a server stalls.
const RATE: f64 = 600.0;

/// For how many milliseconds it does.
const STALL: f64 = 500.0;

/// A server that stalls is seen by everybody who came meanwhile, not only by those it happened to
/// be serving.
#[test]
fn a_stall_is_seen_by_all_who_came_meanwhile() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let simulator = Simulator::start(&["--fault", "*:stall=500ms,every=4s"]);
    let folder = Folder::new();
    let file = folder.file("logins.toml", LOGINS);
    let url = simulator.url();
    // Two stalls, whole: they begin 4 and 8 seconds after the simulator did.
    let (run, ended) = play(&[
        &file,
        "--target",
        &url,
        "--rate",
        "600/s",
        "--arrivals",
        "uniform",
        "--duration",
        "9s",
        "--pool",
        "20",
        "--tolerance",
        "10s",
    ]);
    let step = &run["steps"][0];
    let count = step["ok"].as_f64().expect("a count");
    assert!(count > 5_300.0, "{ended:?}");
    // Who came in a stall waited for its end: evenly spread from nothing to all of it.
    let stalled = 2.0 * RATE * STALL / 1e3;
    for (name, share) in [("p95", 0.95), ("p99", 0.99)] {
        let slower = (1.0 - share) * count;
        let expected = STALL * (1.0 - slower / stalled);
        let found = percentile(&step["latency"], name);
        // Those who had to wait come at once when it is over, and a busy machine takes its time.
        assert!(
            found > expected - 25.0 && found < expected + 250.0,
            "{name}: {found:.0} ms, expected {expected:.0} ms"
        );
    }
    // Of 2,400 requests between stalls, twenty were under way in one: less than one in a hundred.
    let service = percentile(&step["service_time"], "p99");
    assert!(service < STALL / 2.0, "the service time's p99 is {service:.0} ms");
    assert!(percentile(&step["service_time"], "max") > STALL * 0.9);
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
        "300",
        "--think-time",
        "0s",
        "--ramp",
        "0s",
        "--timeout",
        "60s",
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
    assert!(total > 90_000, "{total}");
}
