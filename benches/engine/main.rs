//! What a request costs the generator: this engine beside others.
//!
//! All play the same flow (login, five checks, logout, every reply parsed) against the same server,
//! as processes of their own, in turns; the figure is CPU time (user and system) per request, the
//! lowest of the rounds, so that a busy machine does not decide.
//!
//! `cargo bench --bench engine`; `-- --rounds N --journeys N` for more or less of it,
//! `-- --instructions` for instructions in user space, which needs valgrind; `-- --tls` for TLS beside
//! wrk and openssl, which needs those and nginx, with `--also PATH` for another build of gander.

mod bare_loop;
#[path = "../../tests/common/mod.rs"]
mod common;
mod flow;
mod goose_hyper;
mod plain_goose;
mod tls;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

const REQUESTS_PER_JOURNEY: u64 = 7;
const GANDER: &str = env!("CARGO_BIN_EXE_gander");

/// How many users there are.
const USERS: [u64; 3] = [50, 500, 5000];

/// A generator and, if it is not `gander` itself, the argument with which this program is it.
const GENERATORS: [(&str, Option<&str>); 4] = [
    ("gander", None),
    ("bare tokio loop, our codec", Some(bare_loop::ARGUMENT)),
    ("Goose over hyper, our parsers", Some(goose_hyper::ARGUMENT)),
    ("plain Goose, quick-xml serde", Some(plain_goose::ARGUMENT)),
];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // A connection for each user.
    rlimit::increase_nofile_limit(u64::MAX).expect("the system's limit can be read");
    for (argument, attack) in [
        (bare_loop::ARGUMENT, bare_loop::attack as fn(&[String])),
        (goose_hyper::ARGUMENT, goose_hyper::attack),
        (plain_goose::ARGUMENT, plain_goose::attack),
    ] {
        if let Some(at) = arguments.iter().position(|a| a == argument) {
            return attack(&arguments[at + 1..]);
        }
    }
    let option = |name: &str, default: u64| {
        let at = arguments.iter().position(|a| a == name);
        at.map_or(default, |at| arguments[at + 1].parse().expect("a number"))
    };
    let journeys = option("--journeys", 10_000);
    if arguments.iter().any(|a| a == "--instructions") {
        instructions();
    } else if arguments.iter().any(|a| a == "--tls") {
        let also = arguments.iter().position(|a| a == "--also").map(|at| &*arguments[at + 1]);
        tls::compare(option("--rounds", 5), also);
    } else {
        compare(option("--rounds", 5), journeys);
    }
}

/// What a generator needed.
#[derive(Clone, Copy)]
struct Cost {
    /// User and system time per request, in microseconds.
    micros: f64,
    /// The most memory it had at once, in MiB.
    peak_mib: f64,
}

fn compare(rounds: u64, journeys: u64) {
    let server = Server::start();
    println!("login → 5 × check_session → logout, every reply parsed, {journeys} journeys:\n");
    println!(
        "| generator | users | CPU µs / request | of plain Goose | of the bare loop | peak MiB |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    for users in USERS {
        let mut lowest = GENERATORS.map(|_| Cost { micros: f64::INFINITY, peak_mib: 0.0 });
        for _ in 0..rounds {
            for ((_, argument), lowest) in GENERATORS.iter().zip(&mut lowest) {
                let iterations = (journeys / users).max(1);
                let mut command = generator(*argument, &server.url, users, iterations);
                let cost = cost_of(&mut command, users * iterations);
                if cost.micros < lowest.micros {
                    *lowest = cost;
                }
            }
        }
        let [_, bare, _, plain] = lowest;
        for ((name, _), Cost { micros, peak_mib }) in GENERATORS.iter().zip(lowest) {
            let (of_plain, of_bare) = (micros / plain.micros, micros / bare.micros);
            println!(
                "| {name} | {users} | {micros:.1} | {of_plain:.2} | {of_bare:.2} | {peak_mib:.1} |"
            );
        }
    }
}

/// Counted over two lengths of run, so that what happens once does not matter.
fn instructions() {
    let server = Server::start();
    println!("instructions in user space a request, 50 users:\n");
    for (name, argument) in &GENERATORS[..3] {
        let count = |iterations: u64| {
            let inner = generator(*argument, &server.url, 50, iterations);
            let mut command = Command::new("valgrind");
            command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            command.arg(inner.get_program()).args(inner.get_args());
            let output = command.output().expect("valgrind starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let count = said.lines().find_map(|line| line.split("Collected : ").nth(1));
            count.and_then(|n| n.trim().parse::<u64>().ok()).expect("a count")
        };
        let (short, long) = (20, 60);
        let difference = count(long) - count(short);
        println!("{name}: {}", difference / (50 * (long - short) * REQUESTS_PER_JOURNEY));
    }
}

fn generator(argument: Option<&str>, url: &str, users: u64, iterations: u64) -> Command {
    let (users, iterations) = (users.to_string(), iterations.to_string());
    if let Some(argument) = argument {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args([argument, url, &users, &iterations]);
        return command;
    }
    let mut command = Command::new(GANDER);
    command.args(["run", "session", "--quiet", "--target", url]);
    command.args(["--think-time", "0s", "--ramp", "0s", "--timeout", "60s"]);
    command.args(["--users", &users, "--iterations", &iterations]);
    command
}

/// Runs a generator that plays so many journeys, and checks that it did.
fn cost_of(command: &mut Command, journeys: u64) -> Cost {
    let before = children_cpu();
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the generator starts");
    let out = BufReader::new(child.stdout.take().expect("a pipe"));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak_mib = 0.0;
    while child.try_wait().expect("its state").is_none() {
        peak_mib = peak(&status).unwrap_or(peak_mib);
        std::thread::sleep(Duration::from_millis(20));
    }
    let used = children_cpu().saturating_sub(before);
    let requests = journeys * REQUESTS_PER_JOURNEY;
    let said: Vec<String> = out.lines().map_while(Result::ok).collect();
    let expected = format!("all {requests} exchanges ended as expected");
    assert!(said.iter().any(|line| line.contains(&expected)), "not {expected}: {said:#?}");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let micros = used.as_secs_f64() * 1e6 / requests as f64;
    Cost { micros, peak_mib }
}

/// CPU time of the children that have ended and been waited for.
fn children_cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("a constant argument");
    let micros = |time: nix::sys::time::TimeVal| {
        u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).expect("not negative")
    };
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

/// `VmHWM`, where there is such a thing.
fn peak(status: &PathBuf) -> Option<f64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The simulator in a process of its own.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(GANDER)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("gander starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        let url = url.expect("its address").trim_end_matches(':').to_owned();
        Self { child, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
