//! How connections are made and used, as servers see it.

mod common;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::{Ended, Folder, RELAXED, answer, gander, outcomes, play, run, scripted, sum};
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
    let mut all = vec!["session", "--target", url, "--iterations", "3", "--think-time", "0s"];
    all.extend(["--ramp", "0s"]);
    if !arguments.contains(&"--users") {
        all.extend(["--users", "2"]);
    }
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
fn a_file_may_say_it_all_and_the_command_line_something_else() {
    let folder = Folder::new();
    let file = folder.file(
        "own.toml",
        "api = \"eltex\"\n[load]\nusers = 2\niterations = 3\n\
         [transport]\nconnections = \"per-journey\"\nbind = \"127.0.0.2\"\n\
         headers = { X-Key = { env = \"GANDER_TEST_KEY\" }, X-Trace = \"on\" }\n\
         [[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\n\
         [[journey.step]]\ncall = \"logout\"\n",
    );
    for (arguments, connections, trace) in [
        (&[][..], 6, "on"),
        (&["--connections", "keep-alive", "--header", "x-trace: off"], 2, "off"),
    ] {
        let (address, heard) = listening();
        let url = format!("http://{address}");
        let mut command = gander(&["run", "-q", &file, "--target", &url]);
        command.args(arguments).args(RELAXED).env("GANDER_TEST_KEY", "hunter2");
        let ended = common::ended(command);
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
        let heard = heard.lock().expect("nobody panicked");
        let peers: BTreeSet<_> = heard.iter().map(|(peer, _)| *peer).collect();
        assert_eq!((heard.len(), peers.len()), (12, connections), "{arguments:?}");
        for (peer, request) in heard.iter() {
            assert_eq!(peer.ip(), IpAddr::from([127, 0, 0, 2]));
            assert!(request.contains("\r\nX-Key: hunter2\r\n"), "{request}");
            let lines = request.lines().filter_map(|line| line.split_once(": "));
            let traces = lines.filter(|(name, _)| name.eq_ignore_ascii_case("x-trace"));
            assert_eq!(traces.map(|(_, value)| value).collect::<Vec<_>>(), [trace], "{request}");
        }
    }
}

#[test]
fn a_service_that_repeats_a_header_is_not_repeated() {
    let address = scripted(|request, stream| {
        let key = request.split("X-Key: ").nth(1).and_then(|r| r.lines().next()).expect("a key");
        let words = format!("{key} hunter3 is out");
        answer(
            stream,
            "200 OK",
            &format!("<out><response><error description='{words}'/></response></out>"),
        )
    });
    let folder = Folder::new();
    let url = format!("http://{address}");
    let ended = run(&[
        "run",
        "-q",
        "--target",
        &url,
        "--users",
        "1",
        "--iterations",
        "1",
        "--out",
        folder.path(),
        "--header",
        "X-Key: hunter2",
        "--basic-auth",
        "anna:hunter3",
        RELAXED[0],
        RELAXED[1],
    ]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.out.contains("refused: *** *** is out"), "{ended:?}");
    let capture = folder.0.join("captures/eltex.sp_login.refused.1.xml");
    let captured = std::fs::read_to_string(capture).expect("a capture");
    assert!(captured.contains("'******* ******* is out'"), "{captured}");
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

/// A server that looks at a head before the body is there, and decides by what `decide` says.
fn asks_for_bodies(decide: fn(&str) -> &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut head = String::new();
                let mut byte = [0];
                while stream.read(&mut byte).is_ok_and(|count| count == 1) {
                    head.push(byte[0].into());
                    if !head.ends_with("\r\n\r\n") {
                        continue;
                    }
                    assert!(head.contains("\r\nExpect: 100-continue\r\n"), "{head}");
                    let said = decide(&head);
                    stream.write_all(said.as_bytes()).expect("the client listens");
                    if !said.starts_with("HTTP/1.1 100") {
                        return;
                    }
                    let length = head.split("Content-Length: ").nth(1).expect("a length");
                    let length = length.lines().next().expect("a line").parse().expect("a number");
                    stream.read_exact(&mut vec![0; length]).expect("the body comes");
                    let body = if head.contains("sp_login") { LOGIN_OK } else { OTHER_OK };
                    answer(&mut stream, "200 OK", body);
                    head.clear();
                }
            });
        }
    });
    address
}

#[test]
fn a_body_waits_for_the_server_to_ask_for_it() {
    // Longer than the test may take: nobody waits so long.
    let patient = ["--expect-continue", "60s"];
    let address = asks_for_bodies(|_| "HTTP/1.1 100 Continue\r\n\r\n");
    let (run, ended) = sessions(&format!("http://{address}"), &patient);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");

    let address =
        asks_for_bodies(|_| "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    let (run, ended) = sessions(&format!("http://{address}"), &patient);
    assert_eq!((outcomes(&run), ended.code), (vec!["http: 417".to_owned()], 1));

    // A server that does not know of it is sent the body in the end.
    let (address, heard) = listening();
    let (run, ended) = sessions(&format!("http://{address}"), &["--expect-continue", "1ms"]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");
    let heard = heard.lock().expect("nobody panicked");
    assert!(heard.iter().all(|(_, request)| request.contains("Expect: 100-continue")));
}

#[test]
fn no_more_requests_are_in_flight_than_may_be() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (at_once, peak) = (Arc::clone(&now), Arc::clone(&most));
    let address = scripted(move |request, stream| {
        let here = at_once.fetch_add(1, Ordering::SeqCst) + 1;
        peak.fetch_max(here, Ordering::SeqCst);
        let body = if request.contains("sp_login") { LOGIN_OK } else { OTHER_OK };
        at_once.fetch_sub(1, Ordering::SeqCst);
        answer(stream, "200 OK", body)
    });
    let url = format!("http://{address}");
    let (run, ended) = sessions(&url, &["--users", "20", "--max-in-flight", "1"]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 20 * 21), "{ended:?}");
    assert_eq!(most.load(Ordering::SeqCst), 1);
    assert!(ended.out.contains("requests waited while 1 were in flight"), "{}", ended.out);
}

#[test]
fn no_more_requests_are_sent_in_a_second_than_may_be() {
    let (address, _) = listening();
    let (run, ended) = sessions(&format!("http://{address}"), &["--max-rate", "20/s"]);
    assert_eq!((ended.code, sum(&run, "ok")), (0, 42), "{ended:?}");
    // The first at once, one more for ten idle milliseconds.
    let seconds = run["elapsed_seconds"].as_f64().expect("a number");
    assert!(seconds >= 2.0, "{seconds}");
    assert!(ended.out.contains("held back to stay below 20/s"), "{}", ended.out);
}

/// As the user has it, with the service's own path or without.
#[test]
fn a_target_is_asked_for_in_its_own_letter_case() {
    for (api, given, asked) in [
        ("eltex", "", "/commands/sp_login"),
        ("eltex", "/base/", "/base/commands/sp_login"),
        ("eltex", "/base/commands", "/base/commands/sp_login"),
        ("eltex", "/COMMANDS/sp_login", "/COMMANDS/sp_login"),
        ("related", "", "/auth.asmx"),
        ("related", "/auth.asmx", "/auth.asmx"),
        ("related", "/ws/AUTH.asmx/", "/ws/AUTH.asmx"),
        ("related", "/WS/Auth.Asmx?", ""),
        ("leadertask", "/x/leadertasksyncservice.asmx", "/x/leadertasksyncservice.asmx"),
    ] {
        let (address, heard) = listening();
        let url = format!("http://{address}{given}");
        let arguments = ["--api", api, "--target", &url, "--users", "1", "--iterations", "1"];
        let ended =
            run(
                &[&["run", "-q", "session", "--think-time", "0s", "--ramp", "0s"][..], &arguments]
                    .concat(),
            );
        let heard = heard.lock().expect("nobody panicked");
        if asked.is_empty() {
            assert_eq!((ended.code, heard.len()), (2, 0), "{given}: {ended:?}");
            continue;
        }
        let line = heard.first().and_then(|(_, request)| request.lines().next());
        assert_eq!(line, Some(&*format!("POST {asked} HTTP/1.1")), "{api} {given}: {ended:?}");
    }
    let (address, heard) = listening();
    let url = format!("http://{address}/ws/LEADERTASKSYNCSERVICE.ASMX");
    let arguments = ["leadertask-bindings", "--target", &url, "--users", "4", "--iterations", "1"];
    run(&[&["run", "-q", "--think-time", "0s", "--ramp", "0s"][..], &arguments].concat());
    let heard = heard.lock().expect("nobody panicked");
    let paths: BTreeSet<_> = heard
        .iter()
        .filter_map(|(_, request)| request.split([' ', '?']).nth(1))
        .collect();
    let service = "/ws/LEADERTASKSYNCSERVICE.ASMX";
    assert_eq!(paths, BTreeSet::from([service, &format!("{service}/CreateSession")]));
}

/// The limit of the parser is that of the run.
#[test]
fn a_reply_may_be_as_large_as_was_asked() {
    for (bytes, arguments, outcome) in [
        (65_537, &[][..], "accepted: "),
        (1 << 20, &[], "accepted: "),
        ((1 << 20) + 1, &[], "protocol: "),
        (3 << 20, &["--max-reply", "4MiB"], "accepted: "),
        (1001, &["--max-reply", "1000B"], "protocol: "),
    ] {
        let address = scripted(move |request, stream| {
            let body = if request.contains("sp_login") { LOGIN_OK } else { OTHER_OK };
            answer(stream, "200 OK", &format!("{body}{}", " ".repeat(bytes - body.len())))
        });
        let (run, _) = sessions(&format!("http://{address}"), arguments);
        let found = outcomes(&run);
        assert!(found.iter().all(|found| found.starts_with(outcome)), "{bytes}: {found:?}");
    }
}
