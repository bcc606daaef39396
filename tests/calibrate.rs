//! `gander calibrate` from end to end. How fast this machine is decides none of it: rates are so low,
//! and bounds so wide or so narrow, that there is one answer.

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Instant;

use common::{FOREVER, Folder, gander, interrupt, run};
use serde_json::{Value, json};

/// A rate that any machine can do, with as much patience as it may need. Starts that are due when the
/// time is over and nobody is free to make are missed however patient one is; in steps of this length
/// a pause of 100 ms at the end is less than one in a hundred.
const EASY: [&str; 8] =
    ["--from", "100/s", "--up-to", "100/s", "--step-duration", "15s", "--max-lateness", "60s"];

#[test]
fn what_is_done_in_time_is_trusted() {
    let folder = Folder::new();
    let path = folder.0.join("calibration.json");
    let file = path.to_str().expect("UTF-8");
    for (scenario, requests) in [("related-session", 2.1), ("leadertask-bindings", 1.0)] {
        let ended = run(&[&["calibrate", scenario, "--json", file][..], &EASY].concat());
        assert_eq!(ended.code, 0, "{ended:?}");
        let text = std::fs::read_to_string(&path).expect("written");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(found["schema"], "gander.calibration/1");
        assert_eq!(found["scenario"], scenario);
        assert_eq!(found["requests_per_journey"], requests, "{scenario}");
        assert_eq!(found["trusted_journeys_per_second"], 100.0);
        assert_eq!(found["trusted_requests_per_second"], 100.0 * requests);
        assert_eq!((&found["limited_by"], &found["why"]), (&json!("none"), &Value::Null));
        let last = found["steps"].as_array().and_then(|steps| steps.last()).expect("a step");
        assert_eq!(last["trusted"], true, "{last}");
        assert!(last["start_lateness"]["count"].as_u64() >= Some(100), "{last}");
        assert!(last["simulator_cpu_share"].as_f64() > Some(0.0), "{last}");
        let answer =
            format!("up to 100 journeys/s = {:.0} requests/s.\nNo higher", 100.0 * requests);
        assert!(ended.out.contains(&answer), "{}", ended.out);
        assert!(ended.out.contains("It is a lower bound"), "{}", ended.out);
        assert!(ended.out.lines().any(|line| line.ends_with("  trusted")), "{}", ended.out);
    }
}

#[test]
fn what_is_late_is_not() {
    let folder = Folder::new();
    let path = folder.0.join("calibration.json");
    let file = path.to_str().expect("UTF-8");
    let ended = run(&[
        "calibrate",
        "--from",
        "300/s",
        "--step-duration",
        "1s",
        "--max-lateness",
        "0s",
        "--json",
        file,
    ]);
    assert_eq!(ended.code, 4, "{ended:?}");
    let words =
        ["not trusted with any rate", "Not with 300 journeys/s = 2100 requests/s: the gener"];
    assert!(words.iter().all(|words| ended.out.contains(words)), "{}", ended.out);
    // Twice: once might be somebody else's fault.
    assert_eq!(ended.out.matches("  stalled\n").count(), 2, "{}", ended.out);
    let text = std::fs::read_to_string(&path).expect("written");
    let found: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found["trusted_journeys_per_second"], Value::Null);
    assert_eq!(found["limited_by"], "generator");
    assert!(found["why"].as_str().expect("a reason").contains("starts were sent"), "{found}");
}

/// A calibration that takes long, and the address of its simulator.
fn begin() -> (Child, BufReader<std::process::ChildStdout>, SocketAddr) {
    let mut command = gander(&["calibrate", "--step-duration", "60s", "--from", "20/s"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("gander starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains("journeys/s") {
        assert!(out.read_line(&mut said).expect("text") > 0, "{said}");
    }
    let address = said.split("http://").nth(1).and_then(|rest| rest.lines().next());
    let address = address.expect("an address").parse().expect("an address");
    TcpStream::connect(address).expect("the simulator is there");
    (child, out, address)
}

#[test]
fn ctrl_c_ends_it_and_its_simulator() {
    let (mut child, mut out, address) = begin();
    interrupt(child.id());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{rest}");
    assert!(rest.contains("Interrupted before its end"), "{rest}");
    TcpStream::connect(address).expect_err("the simulator is gone");
}

#[test]
fn a_simulator_does_not_survive_who_started_it() {
    let (mut child, _, address) = begin();
    child.kill().expect("our own child");
    child.wait().expect("it ends");
    let deadline = Instant::now() + FOREVER;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "the simulator is still there");
        thread::yield_now();
    }
}

#[test]
fn wrong_options_are_named_with_what_to_write() {
    let folder = Folder::new();
    let closed = folder.file(
        "closed.toml",
        "api = \"eltex\"\n[load]\nusers = 1\nrate = \"1/s\"\n\
         [[journey]]\nname = \"own\"\nmodel = \"closed\"\n[[journey.step]]\ncall = \"login\"\n\
         [[journey]]\nname = \"other\"\n[[journey.step]]\ncall = \"login\"\n",
    );
    let nowhere = format!("{}/no/file.json", folder.path());
    for (arguments, code, words) in [
        (&["sesion"][..], 2, &["did you mean \"session\"?"][..]),
        (&["--api", "elt"], 2, &["did you mean \"eltex\"?"]),
        (&["--from", "20/s"], 2, &["60 starts, too few", "--step-duration", "--from"]),
        (&["--step-duration", "1s"], 2, &["75 starts, too few"]),
        (&["--step-duration", "0s"], 2, &["write a time above 0"]),
        (
            &["--from", "200/s", "--up-to", "150/s"],
            2,
            &["--from 200/s is above --up-to 150/s"],
        ),
        (&["--up-to", "5"], 2, &["write a number per s"]),
        (&["--json", &nowhere], 3, &["file.json: cannot be written"]),
        (&[&closed], 2, &["journey \"own\" is closed"]),
    ] {
        let ended = run(&[&["calibrate"][..], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(
            words.iter().all(|word| ended.err.contains(word)),
            "{arguments:?}: {}",
            ended.err
        );
        assert!(ended.out.is_empty(), "{}", ended.out);
    }
}
