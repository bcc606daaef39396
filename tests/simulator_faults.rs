//! What goes wrong in the simulator, as the load engine and curl find it.

mod common;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{
    FOREVER, Folder, RELAXED, Simulator, ended, gander, interrupt, is_installed, outcomes, play,
    read_run, sum,
};
use serde_json::Value;

/// A scenario of steps by some users, played once each, against a simulator with `faults`.
fn play_faulty(
    faults: &[&str],
    api: &str,
    steps: &[&str],
    users: usize,
    arguments: &[&str],
) -> (Value, Value) {
    let mut options = Vec::new();
    for fault in faults {
        options.extend(["--fault", fault]);
    }
    let simulator = Simulator::start(&options);
    let folder = Folder::new();
    let steps: String = steps
        .iter()
        .map(|call| format!("[[journey.step]]\ncall = \"{call}\"\n"))
        .collect();
    let file = folder.file(
        "scenario.toml",
        format!("api = \"{api}\"\n[load]\nramp = \"0s\"\n[[journey]]\nname = \"j\"\n{steps}"),
    );
    let (users, url) = (users.to_string(), simulator.url());
    let mut all = vec![file.as_str(), "--target", &url, "--users", &users];
    if !arguments.contains(&"--think-time") {
        all.extend(["--think-time", "0s"]);
    }
    if !arguments.contains(&"--duration") && !arguments.contains(&"--iterations") {
        all.extend(["--iterations", "1"]);
    }
    all.extend(arguments);
    let (run, _) = play(&all);
    (run, simulator.statistics())
}

/// Each fault is the outcome that it should be, on one login.
#[test]
fn every_fault_is_caught_as_the_outcome_it_should_be() {
    let rows: &[(&str, &str, &str)] = &[
        ("*:latency=30ms", "eltex", "accepted: "),
        ("*:latency=uniform(1ms, 2ms)", "related", "accepted: "),
        ("*:status=503", "eltex", "http: 503"),
        ("eltex.sp_login:status=404", "eltex", "refused: without a description"),
        ("related.Login:status=404", "related", "http: 404"),
        ("*:status=302", "leadertask", "http: 302"),
        ("leadertask:error-page=502", "leadertask", "http: 502"),
        ("*:error-page=200", "eltex", "malformed: DOCTYPE is not accepted"),
        (
            "*:soap-fault=Server",
            "related",
            "fault: soap:Server: Server was unable to process",
        ),
        (
            "*:soap-fault=Client",
            "leadertask",
            "fault: soap:Client: Server was unable to process",
        ),
        ("*:soap-fault=Client", "eltex", "accepted: "),
        ("*:malformed=unclosed-root", "eltex", "malformed: element not closed"),
        ("*:malformed=unclosed-root", "related", "malformed: element not closed"),
        ("*:malformed=wrong-namespace", "eltex", "malformed: unexpected element"),
        ("*:malformed=wrong-namespace", "related", "malformed: unexpected element"),
        ("*:malformed=entity-bomb", "related", "malformed: DOCTYPE is not accepted"),
        ("*:malformed=doctype", "eltex", "malformed: DOCTYPE is not accepted"),
        ("*:malformed=invalid-utf8", "eltex", "malformed: invalid UTF-8"),
        (
            "*:malformed=control-character",
            "eltex",
            "malformed: character not allowed in XML",
        ),
        ("*:malformed=utf-16", "leadertask", "malformed: unsupported encoding"),
        ("*:malformed=huge-attribute", "related", "protocol: "),
        ("*:malformed=deep-nesting", "eltex", "malformed: elements nested too deep"),
        ("*:malformed=html-page", "leadertask", "malformed: DOCTYPE is not accepted"),
        ("*:malformed=missing-quote", "eltex", "malformed: "),
        ("*:malformed=missing-quote", "related", "malformed: "),
        ("*:malformed=any", "related", "malformed: "),
        ("*:gzip", "eltex", "accepted: "),
        ("*:chunked", "related", "accepted: "),
        ("*:close-delimited", "related", "accepted: "),
        ("*:reset=before", "eltex", "reset: "),
        ("*:reset=inside", "eltex", "reset: "),
        ("*:reset=after", "eltex", "accepted: "),
        ("*:truncate=50%", "eltex", "reset: closed inside the reply"),
        ("*:truncate=0", "eltex", "reset: closed inside the reply"),
        ("*:content-length=+10", "eltex", "reset: closed inside the reply"),
        ("*:content-length=-10", "eltex", "malformed: "),
        ("*:truncate=100000", "eltex", "accepted: "),
        ("*:session=stale", "eltex", "accepted: "),
    ];
    for (fault, api, outcome) in rows {
        let (run, stats) = play_faulty(&[fault], api, &["login"], 1, &[]);
        let found = outcomes(&run);
        assert!(found.len() == 1 && found[0].starts_with(outcome), "{fault}, {api}: {found:?}");
        let happened = u64::from(!(fault.contains("soap") && *api == "eltex"));
        assert_eq!(stats["faults"][0]["count"], happened, "{fault}: {stats}");
        // What the client could read it did, and the simulator knows.
        let meanings = &stats["apis"].to_string();
        let is_read =
            ["accepted", "refused", "fault"].iter().any(|word| found[0].starts_with(word));
        let is_meant = ["accepted", "refused", "fault"]
            .iter()
            .any(|word| meanings.contains(&format!("\"meaning\":\"{word}\"")));
        assert_eq!(is_read, is_meant, "{fault}: {meanings}");
    }
}

#[test]
fn a_reply_that_drips_is_whole_if_one_waits() {
    let (run, _) = play_faulty(&["*:drip=1ms"], "eltex", &["login"], 1, &[]);
    assert_eq!(outcomes(&run), ["accepted: "]);
    let slowest = run["steps"][0]["latency"]["max_micros"].as_u64();
    assert!(slowest.is_none_or(|micros| micros > 300_000), "{run}");
    let (run, _) = play_faulty(&["*:drip=50ms"], "eltex", &["login"], 1, &["--timeout", "200ms"]);
    assert_eq!(outcomes(&run), ["timeout: no reply in time"]);
}

#[test]
fn wrong_sessions_are_refused_where_they_are_used() {
    let steps = ["login", "check_session", "logout"];
    for (fault, users) in [("eltex.sp_login:session=stale", 1), ("eltex:session=other", 2)] {
        let (run, _) = play_faulty(&[fault], "eltex", &steps, users, &["--iterations", "2"]);
        let found = outcomes(&run);
        assert_eq!(found, ["accepted: ", "refused: not_exists"], "{fault}");
    }
}

/// Over many exchanges with a little of everything, both ends count the same.
#[test]
fn client_and_simulator_count_the_same_faults() {
    let faults = [
        "eltex.sp_check_session:status=503,p=0.1",
        "eltex:malformed=any,p=0.05",
        "eltex.sp_check_session:reset=inside,p=0.05",
        "eltex:chunked,p=0.2",
        "eltex:latency=exponential(1ms),p=0.3",
        "related:error-page=500,p=0.5",
    ];
    let steps = ["login", "check_session", "check_session", "logout"];
    let (run, stats) =
        play_faulty(&faults, "eltex", &steps, 10, &["--iterations", "40", "--timeout", "30s"]);
    let count_of = |prefix: &str| -> u64 {
        let steps = run["steps"].as_array().expect("steps");
        steps
            .iter()
            .flat_map(|step| step["outcomes"].as_array().expect("outcomes"))
            .filter(|o| {
                let outcome = o["outcome"].as_str().expect("text");
                format!("{outcome}: {}", o["words"].as_str().expect("text")).starts_with(prefix)
            })
            .map(|o| o["count"].as_u64().expect("a count"))
            .sum()
    };
    let happened: Vec<u64> = (0..faults.len())
        .map(|index| stats["faults"][index]["count"].as_u64().expect("a count"))
        .collect();
    // Some of these were cut off too.
    let (unavailable, reset) = (count_of("http: 503"), count_of("reset"));
    assert!(unavailable <= happened[0] && happened[0] <= unavailable + reset, "{happened:?}");
    assert_eq!(happened[5], 0, "another API's");
    assert!(happened[..5].iter().all(|times| *times > 0), "{happened:?}");
    let said: u64 = stats["requests"].as_u64().expect("a count");
    assert_eq!(sum(&run, "count"), said);
    let meant = |meaning: &str| -> u64 {
        let operations = stats["apis"]
            .as_array()
            .expect("APIs")
            .iter()
            .flat_map(|api| api["operations"].as_array().expect("operations"));
        operations
            .flat_map(|operation| operation["outcomes"].as_array().expect("outcomes"))
            .filter(|outcome| outcome["meaning"] == meaning)
            .map(|outcome| outcome["count"].as_u64().expect("a count"))
            .sum()
    };
    assert_eq!(count_of("accepted"), meant("accepted"));
    assert_eq!(count_of("refused"), meant("refused"));
    assert_eq!(
        ["malformed", "protocol", "reset", "http"].map(count_of).iter().sum::<u64>(),
        meant("other"),
        "{stats}"
    );
}

#[test]
fn the_same_seed_has_the_same_faults() {
    let play = |seed: &str| {
        let fault = ["eltex.sp_check_session:malformed=any,p=0.5"];
        let options = ["--fault", fault[0], "--seed", seed];
        let simulator = Simulator::start(&options);
        let url = simulator.url();
        let (run, _) = play(&[
            "session",
            "--target",
            &url,
            "--users",
            "1",
            "--iterations",
            "8",
            "--think-time",
            "0s",
        ]);
        let mut found: Vec<_> = run["steps"][1]["outcomes"]
            .as_array()
            .expect("outcomes")
            .iter()
            .map(|o| format!("{} {} {}", o["outcome"], o["words"], o["count"]))
            .collect();
        found.sort();
        found
    };
    assert_eq!(play("5"), play("5"));
    assert_ne!(play("5"), play("6"));
}

#[test]
fn a_server_that_stalls_answers_later_and_one_that_refuses_is_not_there() {
    let (run, _) = play_faulty(
        &["*:stall=300ms,every=700ms"],
        "eltex",
        &["login", "logout"],
        3,
        &["--duration", "2s", "--think-time", "5ms"],
    );
    assert_eq!(outcomes(&run), ["accepted: "]);

    // The run begins before the refusal, and ends when it is over.
    let simulator = Simulator::start(&["--fault", "*:refuse=2s,from=4s"]);
    let folder = Folder::new();
    let mut child = gander(&["run", "session", "-q", "--target", &simulator.url()])
        .args(["--users", "3", "--duration", "1h", "--think-time", "5ms", "--ramp", "0s"])
        .args(["--out", folder.path()])
        .args(RELAXED)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gander starts");
    wait_until("it has refused and listens again", || {
        std::thread::sleep(Duration::from_millis(5));
        let reply = ask_once(simulator.address, "/_simulator/stats");
        let body = reply.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let stats = serde_json::from_str::<Value>(body).unwrap_or_default();
        stats["uptime_s"].as_f64() > Some(6.0)
    });
    interrupt(child.id());
    child.wait().expect("it ends");
    let found = outcomes(&read_run(&folder.0).expect("a report"));
    assert!(found.contains(&"connect: connection refused".to_owned()), "{found:?}");
    assert!(found.contains(&"accepted: ".to_owned()), "{found:?}");
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + FOREVER;
    while !is_so() {
        assert!(Instant::now() < deadline, "not so: {what}");
    }
}

/// A client that is not ours sees on the wire what a fault says.
#[test]
fn curl_finds_what_goes_wrong() {
    if !is_installed("curl", &["--version"]) {
        return;
    }
    let request = std::fs::read_to_string("src/api/eltex/samples/sp_check_login.request.xml")
        .expect("a sample")
        .replace("biysk.local", "gander.local");
    let ask = |fault: &str, options: &[&str]| {
        let simulator = Simulator::start(&["--fault", fault]);
        let url = format!("{}/commands/sp_check_login", simulator.url());
        let output = Command::new("curl")
            .args(["-s", "-S", "--data-binary", &request])
            .args(options)
            .arg(&url)
            .output()
            .expect("curl starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, whole) = ask("*:latency=1ms", &[]);
    assert!(code == Some(0) && whole.ends_with("</out>\n"), "{whole}");
    let half = &whole[..whole.len() / 2];
    for (fault, options, code, body) in [
        ("*:gzip", &["--compressed"][..], 0, whole.as_str()),
        ("*:chunked", &[], 0, &whole),
        ("*:close-delimited", &[], 0, &whole),
        ("*:drip=1ms", &[], 0, &whole),
        ("*:reset=after", &[], 0, &whole),
        // Numbers of curl's manual: empty reply, partial file, failure in receiving.
        ("*:truncate=0", &[], 18, ""),
        ("*:truncate=50%", &[], 18, half),
        ("*:content-length=+5", &[], 18, &whole),
        ("*:content-length=-5", &[], 0, &whole[..whole.len() - 5]),
        ("*:reset=before", &[], 56, ""),
        ("*:reset=inside", &[], 56, half),
        (
            "*:status=503",
            &["-o", "/dev/null", "-w", "%{http_code} %{size_download}"],
            0,
            "503 0",
        ),
    ] {
        let (found, said) = ask(fault, options);
        assert_eq!((found, said.as_str()), (Some(code), body), "{fault}");
    }
    // A reply without a body is not lied about.
    let simulator = Simulator::start(&["--fault", "*:truncate=50%"]);
    let page = format!("{}/auth.asmx", simulator.url());
    let head = Command::new("curl").args(["-s", "-I", &page]).output();
    assert!(head.expect("curl starts").status.success());
    // Two replies, to see what framing was used.
    let (_, head) = ask("*:chunked", &["-i"]);
    assert!(head.to_lowercase().contains("transfer-encoding: chunked"), "{head}");
    let (_, head) = ask("*:close-delimited", &["-i"]);
    assert!(!head.to_lowercase().contains("content-length"), "{head}");
}

#[test]
fn a_server_that_refused_listens_again() {
    let simulator = Simulator::start(&["--fault", "*:refuse=4s,from=300ms"]);
    let connects = || {
        // Connections made faster than they are accepted fill the queue of those to accept, and the
        // next one then takes a second, which is not what this looks for.
        std::thread::sleep(Duration::from_millis(5));
        TcpStream::connect(simulator.address).is_ok()
    };
    wait_until("it refuses", || !connects());
    wait_until("it listens again", connects);
    let refusals = &simulator.statistics()["faults"][0]["count"];
    assert_eq!(*refusals, 1);
}

/// A limit is of connections that are there, not of those that were.
#[test]
fn who_has_left_makes_room() {
    let simulator = Simulator::start(&["--max-connections", "1"]);
    for _ in 0..5 {
        // The one before may not have been noticed to be gone yet.
        wait_until("there is room", || {
            ask_once(simulator.address, "/").starts_with("HTTP/1.1 404")
        });
    }
    let first = TcpStream::connect(simulator.address).expect("it listens");
    wait_until("there is no room for two", || {
        ask_once(simulator.address, "/").starts_with("HTTP/1.1 503")
    });
    drop(first);
}

/// What is answered; nothing where nobody listens.
fn ask_once(address: SocketAddr, path: &str) -> String {
    let mut reply = String::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        // One that is turned away may find the connection closed.
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_string(&mut reply);
    }
    reply
}

#[test]
fn what_is_wrong_with_a_rule_is_told() {
    let folder = Folder::new();
    let file = folder.file("faults.toml", "[[fault]]\nat = \"*\"\nfault = \"gzip\"\np = 3.0\n");
    let missing = format!("{}/none.toml", folder.path());
    for (arguments, message) in [
        (
            ["--fault", "eltex.sp_logn:gzip"],
            "eltex has no operation \"sp_logn\": write sp_login",
        ),
        (["--fault", "*:stall=1s"], "say when: from=10s, or every=60s"),
        (["--faults", file.as_str()], "faults.toml:1: p: \"3\" is no probability"),
        (["--faults", missing.as_str()], "cannot be read"),
    ] {
        let mut command = gander(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        let found = ended(command);
        assert!(found.code == 2 && found.err.contains(message), "{arguments:?}: {found:?}");
    }
    let good = folder.file("good.toml", "[[fault]]\nat = \"eltex\"\nfault = \"status=503\"\n");
    let simulator = Simulator::start(&["--faults", &good]);
    let url = simulator.url();
    let arguments = ["session", "--target", &url, "--users", "1", "--iterations", "1"];
    let (run, _) = play(&arguments);
    assert_eq!(outcomes(&run), ["http: 503"]);
}
