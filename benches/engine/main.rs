//! What a request costs the generator: this engine against a plain Goose program.
//!
//! Both play the same flow (login, five checks, logout, every reply parsed) with 50 users against
//! the same server, as processes of their own, in turns; the figure is CPU time (user and system)
//! per request, the lowest of the rounds, so that a busy machine does not decide.
//!
//! `cargo bench --bench engine`; `-- --rounds N --iterations N` for more or less of it.

mod plain_goose;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

const USERS: u64 = 50;
const REQUESTS_PER_JOURNEY: u64 = 7;
const GANDER: &str = env!("CARGO_BIN_EXE_gander");

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == plain_goose::ARGUMENT) {
        plain_goose::attack(&arguments[at + 1..]);
        return;
    }
    let option = |name: &str, default: u64| {
        let at = arguments.iter().position(|a| a == name);
        at.map_or(default, |at| arguments[at + 1].parse().expect("a number"))
    };
    compare(option("--rounds", 5), option("--iterations", 200));
}

/// What a generator needed.
#[derive(Clone, Copy)]
struct Cost {
    /// User and system time per request, in microseconds.
    micros: f64,
    /// The most memory it had at once, in MiB.
    peak_mib: f64,
}

fn compare(rounds: u64, iterations: u64) {
    let server = Server::start();
    let mut ours = Vec::new();
    let mut plain = Vec::new();
    for round in 1..=rounds {
        ours.push(cost_of(&mut ours_command(&server.url, USERS, iterations), iterations));
        plain.push(cost_of(&mut plain_command(&server.url, iterations), iterations));
        let (ours, plain) = (ours.last().expect("one"), plain.last().expect("one"));
        println!(
            "round {round}: gander {:.1} µs, plain Goose {:.1} µs",
            ours.micros, plain.micros
        );
    }
    let best = |costs: &[Cost]| costs.iter().copied().min_by(|a, b| a.micros.total_cmp(&b.micros));
    let (ours, plain) = (best(&ours).expect("a round"), best(&plain).expect("a round"));
    println!("\n{USERS} users, login → 5 × check_session → logout, every reply parsed:\n");
    println!("| generator | CPU µs / request | peak MiB |");
    println!("|---|---:|---:|");
    println!("| gander | {:.1} | {:.1} |", ours.micros, ours.peak_mib);
    println!("| plain Goose, quick-xml serde | {:.1} | {:.1} |", plain.micros, plain.peak_mib);
    println!(
        "\ngander needs {:.2} of the CPU time of plain Goose",
        ours.micros / plain.micros
    );

    let many = cost_of(&mut ours_command(&server.url, 1000, 20), 20 * 1000 / USERS);
    println!("gander with 1,000 users: {:.1} MiB at its peak", many.peak_mib);
}

fn ours_command(url: &str, users: u64, iterations: u64) -> Command {
    let (users, iterations) = (users.to_string(), iterations.to_string());
    let mut command = Command::new(GANDER);
    command.args([
        "run",
        "session",
        "--quiet",
        "--target",
        url,
        "--think-time",
        "0s",
        "--ramp",
        "0s",
    ]);
    command.args(["--users", &users, "--iterations", &iterations]);
    command
}

fn plain_command(url: &str, iterations: u64) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([plain_goose::ARGUMENT, url, &USERS.to_string(), &iterations.to_string()]);
    command
}

/// Runs a generator that makes `iterations` journeys for each of [`USERS`], and checks that it did.
fn cost_of(command: &mut Command, iterations: u64) -> Cost {
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
    let requests = USERS * iterations * REQUESTS_PER_JOURNEY;
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
