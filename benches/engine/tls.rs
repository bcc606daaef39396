//! What a request costs in TLS, by how connections are used: this engine beside wrk and
//! `openssl s_time`, all against the same nginx, which answers with fixed replies.
//!
//! TLS 1.3 with AES-256-GCM and X25519 for all, on one core; nginx has another. gander checks the
//! server's certificate and parses every reply; s_time checks the certificate; wrk does neither.

use std::ffi::OsStr;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::common::certificates::Authority;
use crate::{GANDER, children_cpu};

const LOGIN: &str = include_str!("../../src/api/eltex/samples/sp_login.reply-ok.xml");
const CHECK: &str = include_str!("../../src/api/eltex/samples/sp_check_session.reply-ok.xml");
const LOGOUT: &str = include_str!("../../src/api/eltex/samples/sp_logout.reply-ok.xml");
const REQUEST: &str = include_str!("../../src/api/eltex/samples/sp_check_session.request.xml");

const USERS: u64 = 50;
const REQUESTS_PER_JOURNEY: u64 = 7;

/// How connections are used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    KeepAlive,
    /// A connection and a full handshake for each request.
    Full,
    /// A connection for each request, whose handshake resumes an earlier session.
    Resumed,
}

const MODES: [(Mode, &str); 3] = [
    (Mode::KeepAlive, "keep-alive"),
    (Mode::Full, "per request, full handshake"),
    (Mode::Resumed, "per request, resumed"),
];

enum Client {
    Gander(String),
    Wrk,
    OpenSsl,
}

impl Client {
    fn name(&self) -> &str {
        match self {
            Self::Gander(path) if path == GANDER => "gander",
            Self::Gander(path) => path,
            Self::Wrk => "wrk, static POST",
            Self::OpenSsl => "openssl s_time",
        }
    }

    /// s_time has no keep-alive. wrk resumes where it is given tickets, without saying how often,
    /// so it is measured with full handshakes only.
    fn can(&self, mode: Mode) -> bool {
        match self {
            Self::Gander(_) => true,
            Self::Wrk => mode != Mode::Resumed,
            Self::OpenSsl => mode != Mode::KeepAlive,
        }
    }
}

/// `also`: another gander to compare with, such as one of the commit before.
pub(crate) fn compare(rounds: u64, also: Option<&str>) {
    for (program, argument) in [("nginx", "-v"), ("wrk", "-v"), ("openssl", "version")] {
        let started = Command::new(program).arg(argument).output();
        if started.is_err() {
            println!("SKIPPED: TLS: {program} is not installed");
            return;
        }
    }
    let server = Nginx::start();
    let mut clients = vec![Client::Gander(GANDER.to_owned()), Client::Wrk, Client::OpenSsl];
    clients.extend(also.map(|path| Client::Gander(path.to_owned())));
    println!("\nTLS, {USERS} users, CPU µs / request of the client:\n");
    println!("| connections | client | CPU µs / request | × wrk | × s_time |");
    println!("|---|---|---:|---:|---:|");
    for (mode, name) in MODES {
        let clients: Vec<_> = clients.iter().filter(|client| client.can(mode)).collect();
        let mut lowest = vec![f64::INFINITY; clients.len()];
        for _ in 0..rounds {
            for (client, lowest) in clients.iter().zip(&mut lowest) {
                *lowest = lowest.min(server.cost_of(client, mode));
            }
        }
        let of = |is: fn(&Client) -> bool| {
            let at = clients.iter().position(|client| is(client));
            at.map(|at| lowest[at])
        };
        let wrk = of(|client| matches!(client, Client::Wrk));
        let openssl = of(|client| matches!(client, Client::OpenSsl));
        for (client, micros) in clients.iter().zip(&lowest) {
            let ratio = |other: Option<f64>| {
                other.map_or_else(String::new, |other| format!("{:.2}", micros / other))
            };
            let (wrk, openssl) = (ratio(wrk), ratio(openssl));
            println!("| {name} | {} | {micros:.1} | {wrk} | {openssl} |", client.name());
        }
    }
}

/// nginx on two ports: with session tickets, and without any way to resume a session.
struct Nginx {
    child: Child,
    resumable: SocketAddr,
    full: SocketAddr,
    files: Authority,
}

impl Nginx {
    fn start() -> Self {
        let files = Authority::new();
        files.sign("server", "IP:127.0.0.1", ("20200101000000Z", "20991231235959Z"));
        // Ports that were free a moment ago: nginx cannot choose any itself.
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
        let [resumable, full] = listeners.map(|l| l.local_addr().expect("an address"));
        let (root, processors) = (files.folder.path(), processors());
        let locations: String =
            [("sp_login", LOGIN), ("sp_check_session", CHECK), ("sp_logout", LOGOUT)]
                .map(|(command, reply)| {
                    format!("location = /commands/{command} {{ return 200 '{reply}'; }}\n")
                })
                .concat();
        let server = |address: SocketAddr, tickets: &str| {
            format!(
                "server {{ listen {address} ssl; ssl_session_cache off; ssl_session_tickets {tickets};\n\
                 ssl_certificate server.pem; ssl_certificate_key server.key;\n\
                 ssl_protocols TLSv1.3; ssl_ecdh_curve X25519;\n\
                 ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;\n{locations} }}\n"
            )
        };
        let configuration = files.folder.file(
            "nginx.conf",
            format!(
                "daemon off; master_process off; pid {root}/pid; error_log stderr;\n\
                 events {{ worker_connections 4096; }}\n\
                 http {{ access_log off; default_type text/xml; keepalive_requests 1000000000;\n\
                 lingering_close off; client_body_temp_path {root}/b; proxy_temp_path {root}/p;\n\
                 fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
                 {}{} }}\n",
                server(resumable, "on"),
                server(full, "off")
            ),
        );
        let mut command = on_processor(processors.saturating_sub(1).min(1), "nginx");
        command.args(["-e", "stderr", "-p", root, "-c", &configuration]);
        let mut child = command.stderr(Stdio::null()).spawn().expect("it has started before");
        while TcpStream::connect(full).is_err() {
            assert!(child.try_wait().expect("its state").is_none(), "nginx ended");
            std::thread::yield_now();
        }
        Self { child, resumable, full, files }
    }

    /// CPU time of the client's process per request, in microseconds.
    fn cost_of(&self, client: &Client, mode: Mode) -> f64 {
        let address = if mode == Mode::Full { self.full } else { self.resumable };
        let before = children_cpu();
        let requests = match client {
            Client::Gander(path) => self.gander(path, address, mode),
            Client::Wrk => self.wrk(address, mode),
            Client::OpenSsl => self.s_time(address, mode),
        };
        let used = children_cpu().saturating_sub(before);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let micros = used.as_secs_f64() * 1e6 / requests as f64;
        micros
    }

    fn gander(&self, path: &str, address: SocketAddr, mode: Mode) -> u64 {
        let (iterations, connections) =
            if mode == Mode::KeepAlive { (400, "keep-alive") } else { (20, "per-request") };
        let mut command = on_processor(0, path);
        command.args(["run", "session", "--quiet", "--target", &format!("https://{address}")]);
        command.args(["--ca", &self.files.path("ca.pem"), "--connections", connections]);
        command.args(["--think-time", "0s", "--ramp", "0s", "--timeout", "60s"]);
        command.args(["--users", &USERS.to_string(), "--duration", "1h", "--max-lateness", "1h"]);
        command.args(["--iterations", &iterations.to_string()]);
        let said = said(&mut command);
        let requests = USERS * iterations * REQUESTS_PER_JOURNEY;
        let expected = format!("all {requests} exchanges ended as expected");
        assert!(said.contains(&expected), "not {expected}: {said}");
        requests
    }

    fn wrk(&self, address: SocketAddr, mode: Mode) -> u64 {
        let close =
            if mode == Mode::KeepAlive { "" } else { "wrk.headers['Connection']='close'\n" };
        let script = self.files.folder.file(
            "post.lua",
            format!(
                "wrk.method='POST'\nwrk.headers['Content-Type']='text/xml; charset=utf-8'\n{close}\
                 wrk.body=[[{REQUEST}]]\nfunction done(summary)\n local e=summary.errors\n\
                 print('requests', summary.requests, 'unexpected', e.connect+e.read+e.write+e.status+e.timeout)\nend\n"
            ),
        );
        let mut command = on_processor(0, "wrk");
        command.args(["--threads", "1", "--connections", &USERS.to_string(), "--timeout", "60s"]);
        // Long enough for fifty handshakes not to count where connections are kept.
        let duration = if mode == Mode::KeepAlive { "10s" } else { "3s" };
        command.args(["--duration", duration, "--script", &script]);
        command.arg(format!("https://{address}/commands/sp_check_session"));
        let said = said(&mut command);
        let words: Vec<_> = said.lines().last().unwrap_or_default().split_whitespace().collect();
        let ["requests", requests, "unexpected", "0"] = words[..] else {
            panic!("not all replies are as expected: {said}");
        };
        requests.parse().expect("a count")
    }

    /// One connection at a time, GET.
    fn s_time(&self, address: SocketAddr, mode: Mode) -> u64 {
        let (how, mark) = if mode == Mode::Full { ("-new", "*") } else { ("-reuse", "r") };
        let mut command = on_processor(0, "openssl");
        command.args(["s_time", "-connect", &address.to_string(), how, "-time", "3"]);
        command.args(["-CAfile", &self.files.path("ca.pem"), "-verify", "2"]);
        command.args(["-www", "/commands/sp_check_session"]);
        let said = said(&mut command);
        let count = said.lines().filter_map(|line| line.split_once(" connections in ")).next_back();
        let count = count.and_then(|(count, _)| count.parse().ok());
        let count: u64 = count.unwrap_or_else(|| panic!("no count: {said}"));
        let marked = said.lines().map(|line| line.matches(mark).count() as u64).max();
        assert!(marked >= Some(count), "not all {how}: {said}");
        count
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a client to its end and returns what it prints.
fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it has started before");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// On one processor, where util-linux is installed.
fn on_processor(number: usize, program: impl AsRef<OsStr>) -> Command {
    let has_taskset = Command::new("taskset").arg("--version").output().is_ok();
    if !has_taskset {
        return Command::new(program);
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &number.to_string()]).arg(program);
    command
}

fn processors() -> usize {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    text.lines().filter(|line| line.starts_with("processor")).count()
}
