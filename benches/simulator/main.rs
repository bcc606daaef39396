//! What a request costs the simulator: wrk plays eltex sessions against it, and asks nginx for a
//! reply of the same body, which is all nginx has to do.
//!
//! The servers are processes of their own, asked in turns; the figure is CPU time (user and system)
//! per request, the lowest of the rounds, so that a busy machine does not decide. Every reply is
//! looked at: one that is not as expected fails the bench.
//!
//! `cargo bench --bench simulator`; `-- --rounds N --seconds N` for more or less of it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/simulator/session.lua");
const REPLY: &str = include_str!("../../src/api/eltex/samples/sp_check_session.reply-ok.xml");

/// How many at once.
const CONNECTIONS: &str = "32";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str, default: u64| {
        let at = arguments.iter().position(|a| a == name);
        at.map_or(default, |at| arguments[at + 1].parse().expect("a number"))
    };
    let (rounds, seconds) = (option("--rounds", 5), option("--seconds", 3));
    let (gander, nginx) = (Server::gander(), Server::nginx());
    let rows = [
        ("nginx, static reply", &nginx, "checks"),
        ("gander serve, check_session", &gander, "checks"),
        ("gander serve, login, check, logout", &gander, "sessions"),
    ];
    let mut lowest = [f64::INFINITY; 3];
    for round in 1..=rounds {
        for ((what, server, mode), lowest) in rows.iter().zip(&mut lowest) {
            let micros = server.micros_per_request(mode, seconds);
            println!("round {round}: {what}: {micros:.2} µs");
            *lowest = lowest.min(micros);
        }
    }
    println!("\n| server | CPU µs / request | requests / CPU second | × nginx |");
    println!("|---|---:|---:|---:|");
    for ((what, ..), micros) in rows.iter().zip(lowest) {
        println!("| {what} | {micros:.2} | {:.0} | {:.2} |", 1e6 / micros, micros / lowest[0]);
    }
}

/// A server in a process of its own.
struct Server {
    child: Child,
    address: SocketAddr,
    /// Its files, removed with it.
    folder: Option<PathBuf>,
}

impl Server {
    fn gander() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gander"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("gander starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let address = line.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let address = address.expect("its address").trim_end_matches(':');
        Self {
            child,
            address: address.parse().expect("an address"),
            folder: None,
        }
    }

    fn nginx() -> Self {
        let folder = std::env::temp_dir().join(format!("gander-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        // A port that was free a moment ago: nginx cannot choose one itself.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let address = address.expect("a free port");
        let (root, reply) = (folder.display(), REPLY.trim_end());
        let configuration = format!(
            "daemon off; master_process off; pid {root}/pid; error_log stderr; events {{}}\n\
             http {{ access_log off; default_type text/xml; keepalive_requests 1000000000;\n\
             client_body_temp_path {root}/b; proxy_temp_path {root}/p;\n\
             fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;\n\
             server {{ listen {address}; location / {{ return 200 '{reply}\n'; }} }} }}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration).expect("a file");
        let mut child = Command::new("nginx")
            .args(["-e", "stderr", "-p"])
            .args([&folder, &PathBuf::from("-c"), &file])
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        while TcpStream::connect(address).is_err() {
            assert!(child.try_wait().expect("its state").is_none(), "nginx ended");
            std::thread::yield_now();
        }
        Self { child, address, folder: Some(folder) }
    }

    fn micros_per_request(&self, mode: &str, seconds: u64) -> f64 {
        let before = self.cpu_micros();
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", CONNECTIONS])
            .args(["--duration", &format!("{seconds}s"), "--script", SCRIPT])
            .args([&format!("http://{}", self.address), "--", mode])
            .output()
            .expect("wrk is installed");
        let used = self.cpu_micros() - before;
        let said = String::from_utf8_lossy(&output.stdout);
        let words: Vec<_> = said.lines().last().unwrap_or_default().split_whitespace().collect();
        let ["requests", requests, "unexpected", "0"] = words[..] else {
            panic!(
                "not all replies are as expected: {said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        used / requests.parse::<f64>().expect("a count")
    }

    /// User and system time so far, from `/proc`, in ticks of a hundredth of a second.
    fn cpu_micros(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        let (_, after_name) = stat.rsplit_once(')').expect("a name in parentheses");
        let ticks = after_name.split_whitespace().skip(11).take(2);
        ticks.map(|t| t.parse::<f64>().expect("ticks") * 1e4).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
