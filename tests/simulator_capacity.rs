//! What the simulator says of itself, against what a client counts; and how much it takes.

mod common;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use common::{FOREVER, Simulator, play};
use serde_json::Value;

/// How often an API's operation ended so: a meaning, or the status where there is none.
type Counts = BTreeMap<(String, String, String), u64>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

/// As the load engine counted.
fn counted_by_client(run: &Value) -> Counts {
    let mut counts = Counts::new();
    for step in list(&run["steps"]) {
        let is_its = |journey: &&Value| journey["name"] == step["journey"];
        let journey = list(&run["journeys"]).iter().find(is_its).expect("its journey");
        for outcome in list(&step["outcomes"]) {
            let ended = match text(&outcome["outcome"]).as_str() {
                "http" => text(&outcome["words"]),
                other => other.to_owned(),
            };
            let key = (text(&journey["api"]), text(&step["operation"]), ended);
            *counts.entry(key).or_default() += number(&outcome["count"]);
        }
    }
    counts
}

/// As the simulator counted.
fn counted_by_simulator(stats: &Value) -> Counts {
    let mut counts = Counts::new();
    for api in list(&stats["apis"]) {
        for operation in list(&api["operations"]) {
            for outcome in list(&operation["outcomes"]) {
                let ended = match text(&outcome["meaning"]).as_str() {
                    "other" => outcome["status"].to_string(),
                    meaning => meaning.to_owned(),
                };
                let key = (text(&api["api"]), text(&operation["operation"]), ended);
                *counts.entry(key).or_default() += number(&outcome["count"]);
            }
        }
    }
    counts
}

/// Writes a request, and gives the connection on which the reply will come.
fn send(address: SocketAddr, request_line: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the simulator listens");
    stream.set_read_timeout(Some(FOREVER)).expect("a timeout");
    let head = format!(
        "{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("sent");
    stream
}

/// The whole reply.
fn ask(simulator: &Simulator, request_line: &str, body: &str) -> String {
    let mut reply = String::new();
    let mut stream = send(simulator.address, request_line, body);
    stream.read_to_string(&mut reply).expect("a reply in UTF-8");
    reply
}

fn stats(simulator: &Simulator) -> Value {
    let reply = ask(simulator, "GET /_simulator/stats", "");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
    let stats: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(stats["schema"], "gander.stats/1");
    assert_balanced(&stats);
    stats
}

/// Every total is the sum of its parts.
fn assert_balanced(stats: &Value) {
    let sum = |values: &[Value], of: &str| values.iter().map(|v| number(&v[of])).sum::<u64>();
    let operations = list(&stats["apis"]).iter().flat_map(|api| list(&api["operations"]));
    let mut requests = 0;
    for figures in operations.chain([&stats["other"]]) {
        let parts = sum(list(&figures["outcomes"]), "count") + number(&figures["abandoned"]);
        assert_eq!(number(&figures["requests"]), parts, "{figures}");
        requests += parts;
    }
    assert_eq!(number(&stats["requests"]), requests);
}

#[test]
fn both_ends_count_the_same() {
    let simulator = Simulator::start(&["--eltex-errors", "404-empty"]);
    for (scenario, arguments) in [
        ("mixed", &[][..]),
        ("bad-credentials", &["--api", "related"]),
        ("bad-credentials", &["--api", "eltex"]),
        ("leadertask-bindings", &[]),
        ("eltex-selfcare", &[]),
    ] {
        ask(&simulator, "POST /_simulator/reset", "");
        let url = simulator.url();
        let mut all = vec![
            scenario,
            "--target",
            &url,
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
        let stats = stats(&simulator);
        let counted = counted_by_client(&run);
        assert!(counted.values().sum::<u64>() >= 30, "{ended:?}");
        assert_eq!(counted_by_simulator(&stats), counted, "{scenario} {arguments:?}: {ended:?}");
        assert_eq!(stats["other"]["requests"], 0, "{scenario}");
        assert_eq!(stats["capacity"], Value::Null);
    }
}

/// Ten times as many users as can be there at once: most logins are refused, by both accounts.
#[test]
fn who_finds_no_room_is_refused() {
    for service_times in ["fixed", "exponential", "lognormal"] {
        let simulator = Simulator::start(&[
            "--capacity",
            "100/s",
            "--workers",
            "2",
            "--queue",
            "2",
            "--service-times",
            service_times,
        ]);
        let (run, ended) = play(&[
            "mixed",
            "--target",
            &simulator.url(),
            "--users",
            "40",
            "--iterations",
            "3",
            "--think-time",
            "0s",
            "--ramp",
            "0s",
        ]);
        assert_eq!(ended.code, 1, "{ended:?}");
        let stats = stats(&simulator);
        let counted = counted_by_client(&run);
        assert_eq!(counted_by_simulator(&stats), counted, "{ended:?}");

        let refused: u64 = counted
            .iter()
            .filter(|((_, _, ended), _)| ended == "503")
            .map(|(_, count)| count)
            .sum();
        let capacity = &stats["capacity"];
        assert_eq!((number(&capacity["refused"]), refused > 0), (refused, true), "{capacity}");
        assert_eq!(number(&capacity["served"]) + refused, number(&stats["requests"]));
        assert_eq!(capacity["longest_queue"], 2, "it was full when it refused");
        assert_eq!((&capacity["in_service"], &capacity["waiting"]), (&0.into(), &0.into()));
        assert!(number(&capacity["queued"]) <= number(&capacity["served"]), "{capacity}");
        for what in ["wait", "late"] {
            let of = |which: &str| number(&capacity[format!("{which}_{what}_micros")]);
            assert!(of("mean") <= of("max"), "{capacity}");
        }
        if service_times == "fixed" {
            // Of 20 ms each by 2 workers no more can have been done by now.
            let most = stats["uptime_s"].as_f64().expect("seconds") * 100.0;
            assert!(f64::from(u32::try_from(number(&capacity["served"])).expect("few")) <= most);
        }
    }
}

/// While all that is served is served for an hour.
#[test]
fn its_own_paths_are_answered_however_busy_it_is() {
    const LOGIN: &str = "POST /commands/sp_login";
    let simulator = Simulator::start(&[
        "--capacity",
        "1/h",
        "--workers",
        "1",
        "--queue",
        "1",
        "--service-times",
        "fixed",
    ]);
    let patience = Instant::now() + FOREVER;
    let wait_for = |what: &str| {
        while number(&stats(&simulator)["capacity"][what]) == 0 {
            assert!(Instant::now() < patience, "nobody is {what}");
        }
    };
    let _served = send(simulator.address, LOGIN, "");
    wait_for("in_service");
    let _waits = send(simulator.address, LOGIN, "");
    wait_for("waiting");
    let refused = ask(&simulator, LOGIN, "");
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.ends_with("\r\n\r\n"),
        "{refused}"
    );
    // A reset does not send away who is there.
    assert!(ask(&simulator, "POST /_simulator/reset", "").starts_with("HTTP/1.1 204 "));
    assert!(ask(&simulator, LOGIN, "").starts_with("HTTP/1.1 503 "));
    let stats = stats(&simulator);
    assert_eq!((number(&stats["requests"]), number(&stats["in_progress"])), (1, 2));
    let capacity = &stats["capacity"];
    for (figure, value) in [
        ("workers", 1),
        ("queue", 1),
        ("mean_service_micros", 3_600_000_000),
        ("in_service", 1),
        ("waiting", 1),
        ("served", 0),
        ("refused", 1),
    ] {
        assert_eq!(number(&capacity[figure]), value, "{figure}: {capacity}");
    }
}

#[test]
fn a_reset_undoes_everything() {
    fn command(name: &str, fields: &[(&str, &str)]) -> (String, String) {
        let fields: String =
            fields.iter().map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        let body = format!("<in><request domain=\"gander.local\"{fields}/></in>");
        (format!("POST /commands/{name}"), body)
    }
    let simulator = Simulator::start(&[]);
    let user0 = [("login", "user0"), ("password", "password0")];
    let changes = [
        command("sp_login", &user0),
        command("sp_login", &[("login", "user1"), ("password", "password1")]),
        command("sp_change_password", &[("login", "user1"), ("newpassword", "p")]),
        command("sp_change_login", &[("oldlogin", "user0"), ("newlogin", "new")]),
    ];
    // A second time they only work if the first was undone.
    for _ in 0..2 {
        for (request_line, body) in &changes {
            let reply = ask(&simulator, request_line, body);
            assert!(reply.contains("200 OK") && !reply.contains("error"), "{body}: {reply}");
        }
        let (request_line, body) = command("sp_login", &user0);
        assert!(ask(&simulator, &request_line, &body).contains("invalid pair"));
        let before = stats(&simulator);
        assert_eq!(before["apis"][2]["sessions"], 2, "{before}");
        assert_eq!(before["requests"], 5);

        assert!(ask(&simulator, "POST /_simulator/reset", "").starts_with("HTTP/1.1 204 "));
        let after = stats(&simulator);
        assert_eq!((&after["apis"][2]["sessions"], &after["requests"]), (&0.into(), &0.into()));
        assert!(counted_by_simulator(&after).is_empty(), "{after}");
        assert!(after["counted_s"].as_f64() < after["uptime_s"].as_f64(), "{after}");
    }
}

#[test]
fn what_is_no_operation_is_counted_apart() {
    let simulator = Simulator::start(&[]);
    for (request_line, status, words, is_counted) in [
        (
            "GET /_simulator",
            "404",
            "GET /_simulator/stats and POST /_simulator/reset",
            false,
        ),
        ("GET /_simulator/", "404", "GET /_simulator/stats", false),
        ("GET /_simulator/statistics", "404", "GET /_simulator/stats", false),
        ("POST /_simulator/stats", "405", "allow: GET\r\n", false),
        ("GET /_simulator/reset", "405", "allow: POST\r\n", false),
        ("GET /_simulators", "404", "no service at /_simulators", true),
        ("GET /", "404", "no service", true),
        ("GET /auth.asmx", "200", "<html", true),
        ("GET /LeaderTaskSyncService.asmx?wsdl", "200", "definitions", true),
        ("POST /auth.asmx", "415", "", true),
    ] {
        let before = stats(&simulator);
        let reply = ask(&simulator, request_line, "");
        assert!(reply.starts_with(&format!("HTTP/1.1 {status} ")), "{request_line}: {reply}");
        assert!(reply.contains(words), "{request_line}: {reply}");
        let after = stats(&simulator);
        let counted = |stats: &Value| number(&stats["other"]["requests"]);
        assert_eq!(counted(&after) - counted(&before), u64::from(is_counted), "{request_line}");
    }
    // Requests for an operation that never got as far as the service.
    let too_large = "x".repeat(70_000);
    assert!(ask(&simulator, "POST /commands/sp_logout", &too_large).starts_with("HTTP/1.1 413 "));
    assert!(ask(&simulator, "GET /commands/sp_logout", "").starts_with("HTTP/1.1 405 "));
    let counts = counted_by_simulator(&stats(&simulator));
    let of = |status: &str| counts[&("eltex".into(), "sp_logout".into(), status.into())];
    assert_eq!((of("413"), of("405")), (1, 1));
}
