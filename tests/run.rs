//! Whole runs against the simulator, in this process and in another.

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use common::{
    Folder, RELAXED, Script, Simulator, answer, assert_balanced, gander, interrupt, outcomes, play,
    read_run, run, scripted, sum,
};

/// For so long signals are one request to end.
const ONE_REQUEST: Duration = Duration::from_millis(500);

#[test]
fn every_shipped_scenario_is_green_and_complete() {
    for (scenario, arguments, per_user) in [
        ("session", &[][..], 7),
        ("session", &["--api", "related"], 2),
        ("session", &["--api", "leadertask"], 1),
        ("session", &["--api", "leadertask", "--binding", "post"], 1),
        ("eltex-selfcare", &[], 10),
        ("leadertask-bindings", &[], 1),
        ("bad-credentials", &[], 1),
    ] {
        let mut all = vec![
            scenario,
            "--users",
            "10",
            "--iterations",
            "3",
            "--think-time",
            "0s",
            "--ramp",
            "0s",
        ];
        all.extend(arguments);
        let (run, ended) = play(&all);
        assert_eq!(ended.code, 0, "{scenario}: {ended:?}");
        assert_balanced(&run);
        assert_eq!(sum(&run, "count"), 10 * 3 * per_user, "{scenario} {arguments:?}");
        assert_eq!(sum(&run, "ok"), 10 * 3 * per_user, "{scenario} {arguments:?}");
        assert!(ended.out.contains("PASS"), "{}", ended.out);
        for journey in run["journeys"].as_array().expect("journeys") {
            // Two users may see the first reply of a shape before one has learned it.
            let parsed = journey["parsed_in_full"].as_u64().expect("a count");
            assert!((1..=sum(&run, "count")).contains(&parsed), "{journey}");
        }
    }
    for scenario in ["related-session", "mixed", "arrivals"] {
        let (run, ended) =
            play(&[scenario, "--iterations", "2", "--think-time", "0s", "--ramp", "0s"]);
        assert_eq!(ended.code, 0, "{scenario}: {ended:?}");
        assert_balanced(&run);
        assert_eq!(sum(&run, "count"), sum(&run, "ok"));
    }
}

#[test]
fn steps_that_an_api_lacks_are_named() {
    let (run, _) = play(&["session", "--api", "leadertask", "--users", "1", "--iterations", "1"]);
    let notes = run["notes"].to_string();
    for missing in ["leadertask documents no check_session", "leadertask documents no logout"] {
        assert!(notes.contains(missing), "{notes}");
    }
}

#[test]
fn users_are_shared_out_by_weight() {
    let (run, _) = play(&["mixed", "--users", "20", "--iterations", "1", "--think-time", "0s"]);
    let journeys = run["journeys"].as_array().expect("journeys");
    let users: Vec<_> = journeys.iter().map(|j| j["users"].as_u64().expect("users")).collect();
    assert_eq!(users, [12, 4, 2, 2]);
}

/// When time is over, users are somewhere in their journeys; whatever they opened they close.
#[test]
fn what_was_opened_is_closed_at_the_end() {
    let simulator = Simulator::start(&[]);
    for scenario in ["session", "eltex-selfcare"] {
        // Twice: a login that was changed and not changed back would fail the second run.
        for _ in 0..2 {
            let (run, ended) = play(&[
                scenario,
                "--target",
                &simulator.url(),
                "--users",
                "20",
                "--duration",
                "2s",
                "--think-time",
                "uniform(0s, 200ms)",
            ]);
            assert_eq!(ended.code, 0, "{ended:?}");
            assert_balanced(&run);
            let count = |operation: &str| -> u64 {
                let steps = run["steps"].as_array().expect("steps");
                steps
                    .iter()
                    .filter(|s| s["operation"] == operation)
                    .map(|s| s["ok"].as_u64().expect("ok"))
                    .sum()
            };
            assert!(count("sp_login") > 0);
            assert_eq!(count("sp_login"), count("sp_logout"), "{scenario}");
        }
    }
}

#[test]
fn nothing_secret_is_reported() {
    let simulator = Simulator::start(&[]);
    let (run, ended) = play(&[
        "session",
        "--target",
        &simulator.url(),
        "--users",
        "5",
        "--iterations",
        "2",
        "--think-time",
        "0s",
    ]);
    let everything = format!("{run}{}{}", ended.out, ended.err);
    assert!(!everything.contains("password"), "{everything}");
    // Sessions have forty hexadecimal digits; the scenario's hash has more.
    let hash = run["scenario_sha256"].as_str().expect("a hash");
    let rest = everything.replace(hash, "");
    let mut runs = rest.split(|c: char| !c.is_ascii_hexdigit() || c.is_ascii_uppercase());
    assert!(runs.all(|run| run.len() < 40), "{rest}");
}

#[test]
fn accounts_come_from_a_file() {
    let folder = Folder::new();
    let accounts = "api,login,password,domain,state\n\
        eltex,иван,пароль & \"ключ\",d.local,active\n\
        ,anna,secret,d.local,\n\
        related,only-related,x,,active\n\
        eltex,out,x,d.local,blocked_ip\n";
    let file = folder.file("accounts.csv", accounts);
    let simulator = Simulator::start(&["--accounts", &file]);
    let with = |users: &str, api: &str| {
        run(&[
            "run",
            "session",
            "-q",
            "--api",
            api,
            "--target",
            &simulator.url(),
            "--users-file",
            &file,
            "--users",
            users,
            "--iterations",
            "2",
            "--think-time",
            "0s",
            RELAXED[0],
            RELAXED[1],
        ])
    };
    for api in ["eltex", "related"] {
        let ended = with("2", api);
        assert_eq!(ended.code, 0, "{ended:?}");
        let ended = with("3", api);
        assert_eq!(ended.code, 2);
        assert!(
            ended
                .err
                .contains(&format!("3 users need as many {api} accounts, and there are 2")),
            "{}",
            ended.err
        );
    }
    // The embedded simulator takes the same file.
    let ended = run(&[
        "run",
        "session",
        "-q",
        "--users-file",
        &file,
        "--users",
        "2",
        "--iterations",
        "1",
        "--think-time",
        "0s",
        RELAXED[0],
        RELAXED[1],
    ]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

/// Fewer accounts than users are an error, unless the scenario says that they are shared.
#[test]
fn accounts_are_shared_only_if_the_scenario_says_so() {
    let folder = Folder::new();
    folder.file("two.csv", "login,password,domain\nanna,x,d.local\nboris,y,d.local\n");
    let scenario = |lending: &str| {
        let text = format!(
            "api = 'eltex'\n[accounts]\nfile = 'two.csv'\n{lending}\n[load]\nusers = 5\niterations = 1\n\
             [[journey]]\nname = 'j'\n[[journey.step]]\ncall = 'login'\n[[journey.step]]\ncall = 'logout'\n"
        );
        folder.file("lent.toml", text)
    };
    let ended = run(&["run", "-q", &scenario("order = 'random'")]);
    assert_eq!(ended.code, 2);
    assert!(
        ended.err.contains("5 users need as many eltex accounts, and there are 2"),
        "{ended:?}"
    );
    let (run, ended) = play(&[&scenario("order = 'random'\nshared = true")]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 10), "{ended:?}");
    assert!(run["notes"].to_string().contains("users share accounts"), "{run}");
}

#[test]
fn sessions_expire_in_the_simulator() {
    let folder = Folder::new();
    let file = folder.file("expire.toml", "api = 'eltex'\n[load]\nusers = 2\niterations = 1\n[[journey]]\nname = 'j'\n\
        [[journey.step]]\ncall = 'login'\nthink = '30ms'\n[[journey.step]]\ncall = 'check_session'\nexpect = 'not_exists'\n");
    let simulator = Simulator::start(&["--session-ttl", "10ms"]);
    let ended = run(&["run", &file, "-q", "--target", &simulator.url(), RELAXED[0], RELAXED[1]]);
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn the_simulator_ends_cleanly_on_ctrl_c() {
    let mut simulator = Simulator::start(&[]);
    interrupt(simulator.child.id());
    let status = simulator.child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    let mut rest = String::new();
    simulator.out.read_to_string(&mut rest).expect("its output");
    assert_eq!(rest, "", "one line is all it prints");
}

/// A long run of five users against `script`, and a message for each request that has come.
fn long_run(folder: &Folder, script: Script, more: &[&str]) -> (Child, Receiver<()>) {
    let load = ["--users", "5", "--duration", "10m", "--ramp", "0s"];
    start(folder, script, &[&load, more].concat())
}

/// A run against `script`, and a message for each request that has come.
fn start(folder: &Folder, script: Script, more: &[&str]) -> (Child, Receiver<()>) {
    let (asked, requests) = channel();
    let address = scripted(move |request, stream| {
        let _ = asked.send(());
        script(request, stream)
    });
    let url = format!("http://{address}");
    let child = gander(&[
        "run",
        "session",
        "-q",
        "--target",
        &url,
        "--think-time",
        "20ms",
        "--out",
        folder.path(),
    ])
    .args(RELAXED)
    .args(more)
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("gander starts");
    (child, requests)
}

/// A service where all is well.
fn accepts(request: &str, stream: &mut std::net::TcpStream) -> bool {
    let login = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
    let other = include_str!("../src/api/eltex/samples/sp_logout.reply-ok.xml");
    answer(stream, "200 OK", if request.contains("sp_login") { login } else { other })
}

#[test]
fn ctrl_c_ends_a_run_with_a_full_report() {
    for (options, code, verdict) in
        [(&[][..], 4, "INCONCLUSIVE: interrupted after"), (&["--accept-interrupted"], 0, "PASS")]
    {
        let folder = Folder::new();
        let (child, requests) = long_run(&folder, accepts, options);
        requests.iter().nth(20).expect("requests come");
        // Wrappers pass a signal on: that is one request to end.
        interrupt(child.id());
        interrupt(child.id());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let run = read_run(&folder.0).expect("a full report");
        assert_balanced(&run);
        assert_eq!(run["interrupted"], true);
        assert!(!outcomes(&run).contains(&"cut: ".to_owned()), "users log out: {run}");
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(out.contains(verdict) && out.contains("(interrupted)"), "{out}");
    }
}

/// Users that have not come yet have nothing to log out of.
#[test]
fn ctrl_c_does_not_wait_for_users_of_the_ramp() {
    let folder = Folder::new();
    let options = ["--users", "2", "--ramp", "1h", "--duration", "2h", "--grace", "1h"];
    let (child, requests) = start(&folder, accepts, &options);
    requests.iter().next().expect("a request comes");
    interrupt(child.id());
    // It would be an hour.
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
}

/// A service that hangs is no pass, however the run ends.
#[test]
fn a_reply_that_never_comes_is_cut_and_a_failure() {
    let folder = Folder::new();
    let (child, requests) = long_run(&folder, hangs, &["--grace", "50ms", "--timeout", "60s"]);
    requests.recv().expect("a request comes");
    interrupt(child.id());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let run = read_run(&folder.0).expect("a full report");
    assert_balanced(&run);
    assert!(outcomes(&run).contains(&"cut: ".to_owned()), "{run}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("left sessions open"),
        "{output:?}"
    );
}

/// No answer until the client has gone.
fn hangs(_: &str, stream: &mut std::net::TcpStream) -> bool {
    let _ = std::io::copy(stream, &mut std::io::sink());
    false
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_service() {
    let folder = Folder::new();
    let (mut child, requests) = long_run(&folder, hangs, &["--timeout", "60s"]);
    requests.recv().expect("a request comes");
    interrupt(child.id());
    let mut err = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let noticed = err.any(|line| line.expect("text").contains("again to end at once"));
    assert!(noticed);
    // What comes at once is the same request.
    thread::sleep(ONE_REQUEST);
    interrupt(child.id());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let run = read_run(&folder.0).expect("a report all the same");
    assert_balanced(&run);
    assert_eq!(outcomes(&run), ["cut: "]);
}
