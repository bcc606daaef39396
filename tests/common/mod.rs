//! The program as its users start it.

#![allow(dead_code, unreachable_pub, reason = "each test file is a crate and uses a part of this")]

pub mod certificates;
pub mod wire;
pub mod witness;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// How a finished program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn gander(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gander"));
    command.args(arguments);
    command
        .env_remove("GANDER_ALLOW_HOSTS")
        .env_remove("GANDER_BASIC_AUTH")
        .stdin(Stdio::null());
    command
}

/// Whether a program can be started; says so if not.
///
/// # Panics
/// In CI, where every peer is to be there.
pub fn is_installed(program: &str, arguments: &[&str]) -> bool {
    let ended = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let found = ended.is_ok_and(|status| status.success());
    if !found {
        let what = format!("{program} {}", arguments.join(" "));
        assert!(!is_ci(), "CI, but this does not work here: {what}");
        eprintln!("SKIPPED: this does not work here: {what}");
    }
    found
}

/// Runs `gander` to its end.
pub fn run(arguments: &[&str]) -> Ended {
    ended(gander(arguments))
}

pub fn ended(mut command: Command) -> Ended {
    let output = command.output().expect("gander starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("gander prints UTF-8");
    Ended {
        code: output.status.code().expect("gander exits"),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Whether nothing may be skipped.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// A folder that is removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name =
            format!("gander-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).expect("a file for the test");
        path.to_str().expect("a UTF-8 path").to_owned()
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("a UTF-8 path")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Ends a test that would wait forever. No result depends on it: it is longer than anything takes
/// on a busy machine.
pub const FOREVER: Duration = Duration::from_secs(15 * 60);

/// For runs that are to pass: `--max-lateness` from 1 s on relaxes what the generator checks of
/// itself, which would make a run on a busy machine inconclusive.
pub const RELAXED: [&str; 2] = ["--max-lateness", "1h"];

/// Plays a scenario and returns its result with the program's end. The checks of the generator are
/// relaxed, and time limits are the highest possible unless `arguments` set them: how busy the
/// machine is decides no test.
pub fn play(arguments: &[&str]) -> (Value, Ended) {
    let folder = Folder::new();
    let mut all = vec!["run", "--quiet", "--out", folder.path()];
    for option in [RELAXED, ["--timeout", "60s"], ["--connect-timeout", "60s"], ["--grace", "60s"]]
    {
        if !arguments.contains(&option[0]) {
            all.extend(option);
        }
    }
    all.extend(arguments);
    let ended = run(&all);
    (read_run(&folder.0).unwrap_or_else(|| panic!("no run.json: {ended:?}")), ended)
}

pub fn read_run(folder: &Path) -> Option<Value> {
    let text = fs::read_to_string(folder.join("run.json")).ok()?;
    Some(serde_json::from_str(&text).expect("run.json is JSON"))
}

/// What must hold of every result.
pub fn assert_balanced(run: &Value) {
    assert_eq!(run["schema"], "gander.run/1");
    for step in run["steps"].as_array().expect("steps") {
        let outcomes = step["outcomes"].as_array().expect("outcomes");
        let count = |o: &&Value| o["count"].as_u64().expect("a count");
        assert_eq!(outcomes.iter().map(|o| count(&o)).sum::<u64>(), step["count"], "{step}");
        let expected = outcomes.iter().filter(|o| o["expected"] == true);
        assert_eq!(expected.map(|o| count(&o)).sum::<u64>(), step["ok"], "{step}");
    }
    for journey in run["journeys"].as_array().expect("journeys") {
        let n = |name: &str| journey[name].as_u64().expect("a count");
        let over = n("completed") + n("failed") + n("stopped") + n("cut");
        assert_eq!(n("started"), over, "{journey}");
        assert_eq!(n("due"), n("started") + n("missed"), "{journey}");
        assert!(n("missed") == 0 || journey["model"] == "open", "{journey}");
    }
    let timeline = run["timeline"].as_array().expect("a timeline");
    let seconds: u64 = timeline.iter().map(|s| s["count"].as_u64().expect("a count")).sum();
    let left_out = run["warm_up"]["exchanges"].as_u64().unwrap_or(0);
    assert_eq!(seconds, sum(run, "count") + left_out, "every exchange is in one second");
    let error = run["generator"]["littles_law"]["error"].as_f64().expect("a figure");
    let busy = run["generator"]["littles_law"]["users"].as_f64().expect("a figure");
    let busy_seconds = busy * run["elapsed_seconds"].as_f64().expect("a figure");
    assert!(error < 0.05 || busy_seconds < 1.0, "{}", run["generator"]);
}

/// The sum of a figure over the steps of a run.
pub fn sum(run: &Value, figure: &str) -> u64 {
    let steps = run["steps"].as_array().expect("steps");
    steps.iter().map(|step| step[figure].as_u64().expect("a figure")).sum()
}

/// All outcomes of a run as `outcome: words`, sorted, each once.
pub fn outcomes(run: &Value) -> Vec<String> {
    let steps = run["steps"].as_array().expect("steps");
    let mut all: Vec<_> = steps
        .iter()
        .flat_map(|step| step["outcomes"].as_array().expect("outcomes"))
        .map(|o| {
            format!(
                "{}: {}",
                o["outcome"].as_str().expect("text"),
                o["words"].as_str().expect("text")
            )
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// A program that is not ours; ended when it is dropped.
pub struct Peer(pub Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The simulator as a process of its own; ended when it is dropped.
pub struct Simulator {
    pub child: Child,
    pub address: SocketAddr,
    /// What it goes on to print; kept open, or it could not.
    pub out: BufReader<ChildStdout>,
}

impl Simulator {
    pub fn start(arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        Self::spawn(&mut gander(&all))
    }

    /// Starts it by a command line of the test's own.
    pub fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("gander starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says where it listens");
        let address = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("http://"))
            .and_then(|rest| rest.trim_end_matches(':').parse().ok())
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { child, address, out }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it says of itself.
    pub fn statistics(&self) -> Value {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream
            .write_all(
                b"GET /_simulator/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            )
            .expect("sent");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let body = reply.split_once("\r\n\r\n").expect("a head").1;
        serde_json::from_str(body).expect("JSON")
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a scripted server does with a request; `false` ends the connection.
pub type Script = fn(request: &str, stream: &mut TcpStream) -> bool;

/// A server that does what it is told, right or wrong. It goes on until the test process ends.
pub fn scripted<F>(script: F) -> SocketAddr
where
    F: Fn(&str, &mut TcpStream) -> bool + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let script = Arc::new(script);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let script = Arc::clone(&script);
            thread::spawn(move || {
                while let Some(request) = read_request(&mut stream) {
                    if !script(&request, &mut stream) {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            if body.len() >= length.map_or(0, |n| n.parse().expect("a length")) {
                return Some(text);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
}

/// Answers with `body` and a length.
pub fn answer(stream: &mut TcpStream, status: &str, body: &str) -> bool {
    let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(reply.as_bytes()).is_ok()
}

/// Sends SIGINT, as Ctrl-C does.
pub fn interrupt(pid: u32) {
    send_signal(pid, Signal::SIGINT);
}

/// Sends a signal to a child of the test.
pub fn send_signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().expect("a process id"));
    kill(pid, signal).expect("our own child");
}
