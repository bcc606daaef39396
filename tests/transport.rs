//! How connections are made and used, as servers see it.

mod common;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use common::{Ended, answer, gander, play, run, scripted, sum};
use serde_json::Value;

const LOGIN_OK: &str = include_str!("../src/api/eltex/samples/sp_login.reply-ok.xml");
const OTHER_OK: &str = include_str!("../src/api/eltex/samples/sp_logout.reply-ok.xml");

/// Requests with whom they came from.
type Heard = Arc<Mutex<Vec<(SocketAddr, String)>>>;

/// A server that accepts everything and remembers it.
fn listening() -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let memory = Arc::clone(&heard);
    let address = scripted(move |request, stream| {
        let peer = stream.peer_addr().expect("a peer");
        memory.lock().expect("nobody panicked").push((peer, request.to_owned()));
        let body = if request.contains("sp_login") { LOGIN_OK } else { OTHER_OK };
        answer(stream, "200 OK", body)
    });
    (address, heard)
}

/// Two users play three sessions of seven requests each.
fn sessions(url: &str, arguments: &[&str]) -> (Value, Ended) {
    let mut all =
        vec!["session", "--target", url, "--users", "2", "--iterations", "3", "--think-time", "0s"];
    all.extend(arguments);
    play(&all)
}

#[test]
fn a_connection_is_kept_as_long_as_was_asked() {
    for (policy, connections) in
        [(None, 2), (Some("keep-alive"), 2), (Some("per-journey"), 6), (Some("per-request"), 42)]
    {
        let (address, heard) = listening();
        let arguments = policy.map_or_else(Vec::new, |policy| vec!["--connections", policy]);
        let (run, ended) = sessions(&format!("http://{address}"), &arguments);
        assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{policy:?}: {ended:?}");
        let heard = heard.lock().expect("nobody panicked");
        let peers: BTreeSet<_> = heard.iter().map(|(peer, _)| *peer).collect();
        assert_eq!((heard.len(), peers.len()), (42, connections), "{policy:?}");
        let closing = heard
            .iter()
            .filter(|(_, request)| request.contains("\r\nConnection: close\r\n"));
        assert_eq!(closing.count(), if policy == Some("per-request") { 42 } else { 0 });
        assert_eq!(run["transport"]["connections"], policy.unwrap_or("keep-alive"));
    }
}

#[test]
fn connections_come_from_the_address_that_was_asked_for() {
    let (address, heard) = listening();
    let (run, ended) = sessions(&format!("http://{address}"), &["--bind", "127.0.0.2"]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");
    let heard = heard.lock().expect("nobody panicked");
    assert!(heard.iter().all(|(peer, _)| peer.ip() == IpAddr::from([127, 0, 0, 2])));
}

#[test]
fn a_name_may_be_resolved_for_every_connection() {
    let (address, _) = listening();
    let url = format!("http://localhost:{}", address.port());
    let arguments = ["--connections", "per-request", "--resolve-every", "0s"];
    let (run, ended) = sessions(&url, &arguments);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");
}

#[test]
fn headers_go_with_every_request_and_into_no_report() {
    let (address, heard) = listening();
    let arguments = [
        "--header",
        "X-Key: hunter2",
        "--header",
        "Host: portal.example.org",
        "--basic-auth",
        "anna:hunter3",
    ];
    let (run, ended) = sessions(&format!("http://{address}"), &arguments);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");
    for (_, request) in heard.lock().expect("nobody panicked").iter() {
        let agent = concat!("User-Agent: gander/", env!("CARGO_PKG_VERSION"));
        for line in [
            agent,
            "X-Key: hunter2",
            "Host: portal.example.org",
            "Authorization: Basic YW5uYTpodW50ZXIz",
        ] {
            assert_eq!(request.matches(&format!("\r\n{line}\r\n")).count(), 1, "{request}");
        }
        assert_eq!(request.matches("\r\nHost: ").count(), 1, "{request}");
    }
    let headers = &run["transport"]["headers"];
    assert_eq!(*headers, serde_json::json!(["X-Key", "Host", "Authorization"]));
    let told = format!("{run}{ended:?}");
    assert!(!told.contains("hunter") && !told.contains("YW5uYTpodW50ZXIz"), "{told}");
}

#[test]
fn what_is_wrong_with_a_secret_is_said_without_it() {
    for (arguments, words) in [
        (["--header", "hunter2"], "--header: write a name, a colon and a value"),
        (["--header", "Expect: hunter2"], "--header: Expect is written by gander itself"),
        (["--basic-auth", "hunter2"], "--basic-auth: write user:password"),
    ] {
        let ended = run(&[&["run", "-q"][..], &arguments].concat());
        assert_eq!(ended.code, 2, "{ended:?}");
        let told = format!("{}{}", ended.out, ended.err);
        assert!(told.contains(words) && !told.contains("hunter2"), "{told}");
    }
    let mut help = gander(&["run", "--help"]);
    help.env("GANDER_BASIC_AUTH", "anna:hunter2");
    let ended = common::ended(help);
    assert!(ended.out.contains("GANDER_BASIC_AUTH") && !ended.out.contains("hunter2"));
}
