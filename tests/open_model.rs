//! Journeys that start at a rate, whether or not replies come; and what a run says of itself when it
//! could not keep the rate.

mod common;

use std::io::Read as _;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread::sleep;
use std::time::Duration;

use common::{
    Folder, RELAXED, Script, Simulator, answer, assert_balanced, gander, interrupt, play, read_run,
    scripted, sum,
};
use serde_json::Value;

const LOGIN_OK: &str = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
const OTHER_OK: &str = include_str!("../src/api/eltex/samples/sp_logout.reply-ok.xml");

const ONE_LOGIN: &str =
    "api = 'eltex'\n[[journey]]\nname = 'j'\n[[journey.step]]\ncall = 'login'\n";

fn journey(run: &Value, figure: &str) -> u64 {
    let journeys = run["journeys"].as_array().expect("journeys");
    journeys.iter().map(|journey| journey[figure].as_u64().expect("a count")).sum()
}

fn replies(request: &str, stream: &mut std::net::TcpStream) -> bool {
    answer(stream, "200 OK", if request.contains("sp_login") { LOGIN_OK } else { OTHER_OK })
}

/// Answers after 50 ms, as long as nobody else is slower.
fn slow(request: &str, stream: &mut std::net::TcpStream) -> bool {
    sleep(Duration::from_millis(50));
    replies(request, stream)
}

#[test]
fn as_many_journeys_start_as_are_due() {
    for (arguments, due) in [
        (&["--rate", "400/s", "--iterations", "100"][..], Some(100)),
        (&["--rate", "200/s", "--arrivals", "uniform", "--duration", "1s"], Some(200)),
        (&["--rate", "200/s", "--duration", "1s"], None),
    ] {
        // With a user for each start, none is missed however slow the machine is.
        let mut all = vec!["session", "--think-time", "0s", "--tolerance", "1m", "--pool", "400"];
        all.extend(arguments);
        let (run, ended) = play(&all);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert_balanced(&run);
        let found = journey(&run, "due");
        // Six standard deviations of what comes at random.
        assert!(due.map_or((115..285).contains(&found), |due| due == found), "{found}");
        assert_eq!((journey(&run, "missed"), journey(&run, "started")), (0, found));
        // What the end stopped may have been stopped before its first request.
        let timed = run["generator"]["start_lateness"]["count"].as_u64().expect("a count");
        assert!((found - journey(&run, "stopped")..=found).contains(&timed), "{timed}");
    }
}

/// The schedule is a matter of the seed: not of the machine, nor of the service.
#[test]
fn the_same_seed_is_the_same_load() {
    let due = |seed: &str| {
        let arguments = ["arrivals", "--duration", "1s", "--seed", seed, "--tolerance", "1m"];
        let (run, _) = play(&arguments);
        let journeys = run["journeys"].as_array().expect("journeys");
        let open = journeys.iter().filter(|journey| journey["model"] == "open");
        open.map(|journey| journey["due"].as_u64().expect("a count"))
            .collect::<Vec<_>>()
    };
    let first = due("11");
    assert_eq!(first, due("11"));
    assert!((12..19).any(|seed| due(&seed.to_string()) != first), "{first:?}");
}

/// The heart of it: a reply that comes late makes those behind it late, and that is seen.
#[test]
fn latency_counts_from_when_a_start_was_due() {
    let folder = Folder::new();
    let file = folder.file("one.toml", ONE_LOGIN);
    let url = format!("http://{}", scripted(slow as Script));
    let arguments = [
        &file,
        "--target",
        &url,
        "--rate",
        "1000/s",
        "--arrivals",
        "uniform",
        "--pool",
        "1",
        "--iterations",
        "10",
        "--tolerance",
        "1m",
    ];
    let (run, ended) = play(&arguments);
    assert_eq!(ended.code, 0, "nothing was missed: {ended:?}");
    let step = &run["steps"][0];
    let micros = |name: &str, figure: &str| step[name][figure].as_u64().expect("a time");
    // Ten replies of 50 ms one after the other, due within 10 ms.
    assert!(micros("latency", "max") >= 480_000, "{step}");
    assert!(micros("service_time", "min") >= 49_000, "{step}");
    assert!(micros("latency", "p50") > 3 * micros("service_time", "min"), "{step}");
    assert_eq!(run["generator"]["waits"]["count"], 9, "all but the first found nobody free");
    let sentence = "9 starts waited for a free user";
    assert!(ended.out.contains("times the service time's"), "{}", ended.out);
    assert!(ended.out.contains(sentence), "{}", ended.out);
}

#[test]
fn a_pool_that_is_too_small_misses_starts_and_the_run_is_inconclusive() {
    let folder = Folder::new();
    let file = folder.file("one.toml", ONE_LOGIN);
    let url = format!("http://{}", scripted(slow as Script));
    let arguments = [
        &file,
        "--target",
        &url,
        "--rate",
        "200/s",
        "--arrivals",
        "uniform",
        "--pool",
        "2",
        "--duration",
        "1s",
        "--tolerance",
        "10ms",
    ];
    let (run, ended) = play(&arguments);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_balanced(&run);
    assert_eq!(journey(&run, "due"), 200, "what is missed was due all the same");
    // Two users of 50 ms each make forty a second at the most, and none later than 10 ms.
    assert!(journey(&run, "missed") >= 158, "{}", run["journeys"]);
    let timeline = run["timeline"].as_array().expect("a timeline");
    let seconds: u64 = timeline.iter().map(|s| s["missed"].as_u64().expect("a count")).sum();
    assert!(seconds <= journey(&run, "missed"));
    for words in
        ["INCONCLUSIVE: ", "of 200 starts were missed", "all 2 users of the pool", "--pool"]
    {
        assert!(ended.out.contains(words), "{words}: {}", ended.out);
    }
}

#[test]
fn a_generator_that_is_late_is_inconclusive_whatever_the_target_does() {
    for (script, failed) in
        [(replies as Script, false), (|_, stream| answer(stream, "503 Busy", ""), true)]
    {
        let url = format!("http://{}", scripted(script));
        // Nothing is ever sent in no time.
        let arguments = [
            "session",
            "--target",
            &url,
            "--rate",
            "400/s",
            "--iterations",
            "150",
            "--think-time",
            "0s",
            "--tolerance",
            "1m",
            "--max-lateness",
            "0s",
        ];
        let folder = Folder::new();
        let mut all = vec!["run", "-q", "--out", folder.path()];
        all.extend(arguments);
        let ended = common::run(&all);
        assert_eq!(ended.code, 4, "{ended:?}");
        // Its clock is late for such a bound, and so are its sends.
        for reason in ["INCONCLUSIVE: the generator did not run", "the generator itself was late"] {
            assert!(ended.out.contains(reason), "{ended:?}");
        }
        assert_eq!(ended.out.contains("did not end as expected"), failed, "{ended:?}");
        assert_balanced(&read_run(&folder.0).expect("a report all the same"));
    }
}

#[test]
fn a_target_that_fails_is_a_failure_in_the_open_model_too() {
    let url = format!("http://{}", scripted(|_, stream| answer(stream, "503 Busy", "")));
    let (run, ended) =
        play(&["session", "--target", &url, "--rate", "100/s", "--iterations", "20"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert_balanced(&run);
    assert_eq!((journey(&run, "failed"), sum(&run, "ok")), (20, 0));
}

#[test]
fn a_warm_up_is_left_out_and_said() {
    let simulator = Simulator::start(&[]);
    for (arguments, due) in [
        (
            &["--rate", "200/s", "--arrivals", "uniform", "--tolerance", "1m"][..],
            Some(200),
        ),
        (&["--users", "5", "--ramp", "0s"], None),
    ] {
        let url = simulator.url();
        let before = simulator.statistics()["requests"].as_u64().expect("a count");
        let mut all = vec!["session", "--target", &url, "--think-time", "5ms"];
        all.extend(["--duration", "1s", "--warm-up", "500ms"]);
        all.extend(arguments);
        let (run, ended) = play(&all);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert_balanced(&run);
        let warm_up = &run["warm_up"];
        let n = |figure: &str| warm_up[figure].as_u64().expect("a count");
        let asked = simulator.statistics()["requests"].as_u64().expect("a count") - before;
        assert_eq!(n("exchanges") + sum(&run, "count"), asked, "{warm_up}");
        assert_eq!(n("failed"), 0, "{warm_up}");
        if let Some(due) = due {
            assert_eq!(n("journeys") + n("missed") + journey(&run, "due"), due);
            assert_eq!(journey(&run, "due"), 100, "half of them");
            assert!(n("exchanges") > 0, "{warm_up}");
        }
        assert!(ended.out.contains("the first 500ms are left out"), "{}", ended.out);
        assert_eq!(run["timeline"][0]["warm_up"], true);
    }
}

#[test]
fn both_models_play_in_one_run() {
    let folder = Folder::new();
    let step = "[[journey.step]]\ncall = 'login'\n[[journey.step]]\ncall = 'logout'\n";
    let file = folder.file(
        "both.toml",
        format!(
            "api = 'eltex'\n[load]\nusers = 3\niterations = 40\nrate = '200/s'\npool = 9\ntolerance = '1m'\n\
             [[journey]]\nname = 'often'\nweight = 3\n{step}\
             [[journey]]\nname = 'seldom'\n{step}\
             [[journey]]\nname = 'closed'\nmodel = 'closed'\n{step}"
        ),
    );
    let (run, ended) = play(&[&file]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_balanced(&run);
    let journeys = run["journeys"].as_array().expect("journeys");
    let started: Vec<_> = journeys.iter().map(|j| j["started"].as_u64().expect("n")).collect();
    assert_eq!(started, [30, 10, 120], "40 starts by weight, and 40 for each of three users");
    let pool: Vec<_> = journeys.iter().map(|j| j["planned_users"].as_u64().expect("n")).collect();
    assert_eq!(pool, [7, 2, 3], "the pool goes where it is needed");
}

#[test]
fn users_leave_over_the_ramp_down_and_close_what_they_opened() {
    let arguments = ["--users", "6", "--ramp", "0s", "--duration", "1s", "--ramp-down", "800ms"];
    let mut all = vec!["session", "--think-time", "30ms"];
    all.extend(arguments);
    let (run, ended) = play(&all);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_balanced(&run);
    let ok = |step: &str| {
        let steps = run["steps"].as_array().expect("steps");
        steps.iter().find(|s| s["step"] == step).expect("a step")["ok"]
            .as_u64()
            .expect("ok")
    };
    assert_eq!(ok("sp_login"), ok("sp_logout"));
    assert!(ended.out.contains("6 users leaving over 800ms"), "{}", ended.out);
}

#[test]
fn ctrl_c_ends_an_open_run_with_everything_counted() {
    let folder = Folder::new();
    let (asked, requests) = channel();
    let address = scripted(move |request, stream| {
        let _ = asked.send(());
        replies(request, stream)
    });
    let url = format!("http://{address}");
    let mut child = gander(&["run", "session", "-q", "--target", &url, "--out", folder.path()])
        .args(["--rate", "200/s", "--duration", "10m", "--pool", "30", "--tolerance", "10ms"])
        .args(["--think-time", "20ms"])
        .args(RELAXED)
        .stdout(Stdio::piped())
        .spawn()
        .expect("gander starts");
    requests.iter().nth(200).expect("requests come");
    interrupt(child.id());
    let status = child.wait().expect("it ends");
    let mut out = String::new();
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_to_string(&mut out)
        .expect("its output");
    // A busy machine may miss some: never a failure.
    assert!(matches!(status.code(), Some(0 | 4)), "{out}");
    let run = read_run(&folder.0).expect("a full report");
    assert_balanced(&run);
    assert_eq!(run["interrupted"], true);
    assert_eq!(journey(&run, "cut"), 0, "users have logged out");
    assert_eq!(sum(&run, "count"), sum(&run, "ok"));
}
