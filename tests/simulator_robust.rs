//! Clients that are broken, slow, greedy or many: the simulator answers the others as before, in
//! bounded memory, and does not panic.

mod common;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::Shutdown;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use common::wire::{Reply, Wire, eltex, post};
use common::{FOREVER, Folder, Simulator, gander, is_ci};

/// A simulator that is quickly out of patience, and what it says on stderr.
struct Attacked {
    simulator: Simulator,
    folder: Folder,
}

impl Attacked {
    fn start(arguments: &[&str]) -> Self {
        let folder = Folder::new();
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let errors = File::create(folder.0.join("stderr")).expect("a file");
        let simulator = Simulator::spawn(gander(&all).stderr(errors));
        Self { simulator, folder }
    }

    fn wire(&self) -> Wire {
        Wire::to(self.simulator.address)
    }

    /// What everybody else sees.
    fn serves_an_ordinary_client(&self, after: &str) {
        let mut wire = self.wire();
        let mut ask = |command: &str, element: String| {
            wire.send(eltex(command, &element));
            let reply = wire.reply().unwrap_or_else(|| panic!("no reply after {after}"));
            assert_eq!(reply.status, 200, "{after}: {reply:?}");
            String::from_utf8(reply.body).expect("UTF-8")
        };
        let who = "domain='gander.local' login='user7'";
        let text = ask("sp_login", format!("<request {who} password='password7'/>"));
        let (_, rest) = text.split_once("<ok session=\"").unwrap_or_else(|| panic!("{after}"));
        let session = rest.split('"').next().expect("a session");
        for (command, expected) in
            [("sp_check_session", "<ok/>"), ("sp_logout", "<ok/>"), ("sp_logout", "not_exists")]
        {
            let text = ask(command, format!("<request {who} session='{session}'/>"));
            assert!(text.contains(expected), "{command} after {after}: {text}");
        }
    }

    fn ends_well(mut self) {
        assert!(self.simulator.child.try_wait().expect("its state").is_none(), "it has ended");
        drop(self.simulator);
        let errors = fs::read_to_string(self.folder.0.join("stderr")).expect("a file");
        assert_eq!(errors, "");
    }

    /// A figure of `/proc/PID/status` in KiB; there is no such thing but on Linux.
    fn kib(&self, figure: &str) -> Option<u64> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let status = format!("/proc/{}/status", self.simulator.child.id());
        let text = fs::read_to_string(status).expect("a status");
        let line = text.lines().find_map(|line| line.strip_prefix(figure));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Some(kib.and_then(|kib| kib.parse().ok()).expect("a figure"))
    }
}

const CHECK: &str = "<request domain='gander.local' login='user1'/>";

/// The whole of a client's misbehaviour; it fails if the simulator does not do as it should.
type Misbehaviour = fn(&mut Wire);

const HOSTILE: &[(&str, Misbehaviour)] = &[
    ("bytes that are not HTTP", |wire| {
        wire.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n");
        refused(wire, &[400]);
    }),
    ("another protocol's beginning", |wire| {
        wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        refused(wire, &[]);
    }),
    ("a head of a megabyte", |wire| {
        wire.send(format!("POST / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)));
        refused(wire, &[431]);
    }),
    ("a thousand headers", |wire| {
        wire.send(format!("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n", "A: b\r\n".repeat(1000)));
        refused(wire, &[431]);
    }),
    ("two lengths", |wire| {
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
        refused(wire, &[400]);
    }),
    ("a negative length", |wire| {
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n");
        refused(wire, &[400]);
    }),
    ("chunks that are none", |wire| {
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        refused(wire, &[400]);
    }),
    ("a length over the limit, and nothing sent", |wire| {
        wire.send("POST /commands/sp_login HTTP/1.1\r\nHost: h\r\nContent-Length: 65537\r\n\r\n");
        refused(wire, &[413]);
    }),
    ("a length beyond all limits", |wire| {
        let length = u64::MAX - 1;
        wire.send(format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n"));
        // hyper's word for a length that it cannot count to.
        refused(wire, &[413, 431]);
    }),
    ("a body over the limit, sent before anything is read", |wire| {
        wire.send(post("/commands/sp_login", &"x".repeat(1 << 20)));
        refused(wire, &[413]);
    }),
    ("a chunked body over the limit", |wire| {
        wire.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
        for _ in 0..5 {
            wire.send(&chunk);
        }
        refused(wire, &[413]);
    }),
    ("a body of the limit that is all depth", |wire| {
        wire.send(post("/commands/sp_login", &"<a>".repeat(64 * 1024 / 3)));
        assert_eq!(status(wire), Some(404));
    }),
    ("a hundred requests in one piece", |wire| {
        let logins = |n| if n % 3 == 0 { "user1" } else { "nobody" };
        let requests = (0..100).map(|n| {
            eltex(
                "sp_check_login",
                &format!("<request domain='gander.local' login='{}'/>", logins(n)),
            )
        });
        wire.send(requests.collect::<String>());
        for n in 0..100 {
            let body = wire.reply().expect("a reply to each").body;
            let is_taken = String::from_utf8_lossy(&body).contains("already_exists");
            assert_eq!(is_taken, logins(n) == "user1", "in order");
        }
    }),
    ("a head that comes byte by byte", |wire| {
        drip(wire, &format!("POST / HTTP/1.1\r\nHost: h\r\nX: {}", "x".repeat(8192)));
    }),
    ("a head that stops", |wire| {
        wire.send("POST /commands/sp_login HTT");
        wire.closes();
    }),
    ("a body that comes byte by byte", |wire| {
        drip(wire, &post("/", &"x".repeat(8192)));
    }),
    ("a body that stops", |wire| {
        wire.send("POST /commands/sp_login HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n<in>");
        wire.closes();
    }),
    ("a second request that stops", |wire| {
        wire.send(eltex("sp_check_login", CHECK));
        assert_eq!(status(wire), Some(200));
        wire.send("POST /comm");
        wire.closes();
    }),
    ("a promise of a body, accepted and not kept", |wire| {
        wire.send(
            "POST /commands/sp_login HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
        );
        assert_eq!(status(wire), Some(100));
        wire.closes();
    }),
    ("an end after a whole request", |wire| {
        wire.send(eltex("sp_check_login", CHECK));
        wire.stream.shutdown(Shutdown::Write).expect("an open connection");
        assert_eq!(status(wire), Some(200));
        wire.closes();
    }),
    ("an end in the middle of a request", |wire| {
        wire.send("POST /commands/sp_login HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n<in>");
        // The simulator may have run out of patience already.
        let _ = wire.stream.shutdown(Shutdown::Write);
        wire.closes();
    }),
    ("no word, and gone", |_| {}),
    ("gone before the reply", |wire| wire.send(eltex("sp_check_login", CHECK))),
    ("replies that are never read", |wire| {
        let requests = eltex("sp_check_login", CHECK).repeat(1000);
        wire.stream
            .set_write_timeout(Some(Duration::from_millis(20)))
            .expect("a time-out");
        let deadline = Instant::now() + FOREVER;
        // To the end of the buffers, and on until the connection is reset.
        while Instant::now() < deadline {
            match wire.stream.write(requests.as_bytes()) {
                Err(e) if !matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return;
                }
                _ => {}
            }
        }
        panic!("still open");
    }),
];

/// RFC 9112 section 3.2, and what a page in somebody's browser must not be able to do.
#[test]
fn hosts_and_origins_are_checked() {
    let simulator = Simulator::start(&[]);
    let own = simulator.address.to_string();
    let login = "POST /commands/sp_login";
    let (stats, reset) = ("GET /_simulator/stats", "POST /_simulator/reset");
    for (line, version, headers, status) in [
        (login, "1.1", "Host: x", 404),
        (login, "1.1", "host: x:80", 404),
        (login, "1.1", "Host:", 404),
        (login, "1.0", "A: b", 404),
        (login, "1.1", "A: b", 400),
        (login, "1.1", "Host: x\r\nHost: x", 400),
        (login, "1.1", "Host: x\r\nA: b\r\nhost: y", 400),
        (login, "1.0", "Host: x\r\nHost: x", 400),
        (login, "1.1", "Host: x y", 400),
        (login, "1.1", "Host: http://x/", 400),
        (login, "1.1", "Host: x:y", 400),
        (stats, "1.1", "A: b", 400),
        (stats, "1.0", "A: b", 200),
        (stats, "1.1", &format!("Host: {own}"), 200),
        (stats, "1.1", "Host: localhost", 200),
        (stats, "1.1", &format!("Host: {own}\r\nOrigin: http://{own}"), 200),
        (stats, "1.1", "Host: evil.example", 403),
        (reset, "1.1", "Host: evil.example:9999", 403),
        (reset, "1.1", "Host: localhost.evil.example", 403),
        (reset, "1.1", &format!("Host: {own}\r\nOrigin: http://evil.example"), 403),
        (reset, "1.1", &format!("Host: {own}\r\nOrigin: null"), 403),
        (reset, "1.0", &format!("Origin: http://{own}"), 403),
        (reset, "1.1", &format!("Host: {own}"), 204),
    ] {
        let mut wire = Wire::to(simulator.address);
        wire.send(format!(
            "{line} HTTP/{version}\r\n{headers}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ));
        let found = wire.reply().map(|reply| reply.status);
        assert_eq!(found, Some(status), "{line} {version} {headers}");
    }
}

/// The simulator says one of these, or nothing, and closes.
fn refused(wire: &mut Wire, statuses: &[u16]) {
    let status = status(wire);
    assert!(
        status.is_none_or(|status| statuses.contains(&status))
            && status.is_some() != statuses.is_empty(),
        "not one of {statuses:?}: {status:?}"
    );
    wire.closes();
}

fn status(wire: &mut Wire) -> Option<u16> {
    wire.reply().map(|Reply { status, .. }| status)
}

/// Never still, and never done: the simulator has to end it.
fn drip(wire: &mut Wire, text: &str) {
    for byte in text.as_bytes() {
        if wire.stream.write_all(&[*byte]).is_err() {
            return;
        }
        // Slow enough that all of it would take many times the simulator's patience.
        thread::sleep(Duration::from_millis(20));
    }
    panic!("listened to the end");
}

#[test]
fn others_are_served_whatever_a_client_does() {
    let attacked = Attacked::start(&["--client-timeout", "500ms"]);
    for (name, misbehave) in HOSTILE {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| misbehave(&mut attacked.wire()));
            }
            attacked.serves_an_ordinary_client(&format!("(during) {name}"));
        });
        attacked.serves_an_ordinary_client(name);
    }
    // 4 clients at a time, each with at most 64 KiB of body and as much in buffers.
    if let Some(peak) = attacked.kib("VmHWM:") {
        assert!(peak < 64 * 1024, "{peak} KiB at its peak");
    }
    attacked.ends_well();
}

/// On a simulator of its own: an ordinary client is idle between its requests, and how long depends
/// on the machine.
#[test]
fn a_silent_client_is_sent_away() {
    let attacked = Attacked::start(&["--idle-timeout", "200ms"]);
    attacked.wire().closes();
    let mut served = attacked.wire();
    served.send(eltex("sp_check_login", CHECK));
    while served.reply().is_some() {}
    attacked.ends_well();
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let attacked = Attacked::start(&["--max-connections", "5"]);
    let mut wires: Vec<_> = (0..5).map(|_| attacked.wire()).collect();
    for wire in &mut wires {
        wire.send(eltex("sp_check_login", CHECK));
        assert_eq!(status(wire), Some(200));
    }
    let mut sixth = attacked.wire();
    assert_eq!(status(&mut sixth), Some(503));
    sixth.closes();
    // One goes, and soon there is room again.
    wires.pop();
    let deadline = Instant::now() + FOREVER;
    loop {
        let mut wire = attacked.wire();
        wire.send(eltex("sp_check_login", CHECK));
        match status(&mut wire) {
            Some(200) => break,
            refused => assert!(Instant::now() < deadline, "{refused:?}"),
        }
    }
    attacked.ends_well();
}

/// What an idle connection may cost the simulator: a task, and the buffers of its last exchange.
const KIB_PER_CONNECTION: u64 = 16;

#[test]
fn ten_thousand_idle_connections_are_held() {
    const WANTED: usize = 10_000;
    // This process has the other ends; the other tests in it need some too.
    const OTHERS: u64 = 500;
    let limit = rlimit::increase_nofile_limit(u64::MAX).expect("a limit");
    let possible = usize::try_from(limit.saturating_sub(OTHERS)).unwrap_or(WANTED);
    let count = WANTED.min(possible);
    if count < WANTED {
        assert!(!is_ci(), "the hard limit is {limit} descriptors");
        eprintln!(
            "SKIPPED: {WANTED} connections: the hard limit is {limit} descriptors; {count} held"
        );
    }
    let attacked = Attacked::start(&[]);
    attacked.serves_an_ordinary_client("nobody");
    let before = attacked.kib("VmRSS:");
    let mut wires: Vec<_> = (0..count).map(|_| attacked.wire()).collect();
    // Every other one has been served once, and keeps its buffers.
    for wire in wires.iter_mut().step_by(2) {
        wire.send(eltex("sp_check_login", CHECK));
        assert_eq!(status(wire), Some(200));
    }
    await_descriptors(&attacked, count);
    attacked.serves_an_ordinary_client("all others are idle");
    if let (Some(before), Some(now)) = (before, attacked.kib("VmRSS:")) {
        let taken = now.saturating_sub(before);
        eprintln!("{count} connections take {taken} KiB");
        assert!(taken < KIB_PER_CONNECTION * count as u64, "{taken} KiB");
    }
    for wire in wires.iter_mut().step_by(99) {
        wire.send(eltex("sp_check_login", CHECK));
        assert_eq!(status(wire), Some(200), "still there");
    }
    drop(wires);
    attacked.serves_an_ordinary_client("all others have gone");
    attacked.ends_well();
}

/// Until the simulator has accepted so many.
fn await_descriptors(attacked: &Attacked, count: usize) {
    let folder = format!("/proc/{}/fd", attacked.simulator.child.id());
    let deadline = Instant::now() + FOREVER;
    while Path::new(&folder).exists() {
        let open = fs::read_dir(&folder).expect("a folder").count();
        if open >= count {
            return;
        }
        assert!(Instant::now() < deadline, "{open} of {count} accepted");
        thread::sleep(Duration::from_millis(10));
    }
}
