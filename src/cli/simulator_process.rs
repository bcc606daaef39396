//! The simulator as a process of its own, which is ended with this one.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use super::embedded::as_played;
use super::exit::Failure;
use crate::api::REGISTRY;
use crate::http::{
    Addresses, Client, ClientSettings, Connections, Limits, StallClock, common_lines,
};
use crate::scenario::Plan;

/// `gander serve` in a process of its own. It ends when this is dropped, and when this process does.
pub(super) struct SimulatorProcess {
    pub(super) address: SocketAddr,
    /// Kept open, or what it goes on to print would fail.
    _out: BufReader<ChildStdout>,
    _child: Ended,
}

/// A child that is ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It only fails if the child has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl SimulatorProcess {
    /// Starts it with the accounts and bindings that the plan needs.
    pub(super) fn start(plan: &Plan, threads: usize) -> Result<Self, Failure> {
        let cannot = |error: io::Error| {
            Failure::environment(format!("the simulator cannot be started: {error}"))
        };
        let mut command = Command::new(env::current_exe().map_err(cannot)?);
        command.args(["serve", "--until-eof", "--listen", "127.0.0.1:0"]);
        command.args(["--threads", &threads.to_string()]);
        if let Some(file) = plan.accounts.file() {
            command.arg("--accounts").arg(file);
        }
        for api in REGISTRY {
            let bindings = as_played(*api, plan).bindings;
            let names: Vec<_> = bindings.iter().map(|binding| binding.name()).collect();
            command.arg("--bindings").arg(format!("{}={}", api.name(), names.join(",")));
        }
        // A Ctrl-C is for us: the simulator is needed until nobody plays against it.
        #[cfg(unix)]
        command.process_group(0);
        // Its standard input ends with this process, and it with that.
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Ended(command.spawn().map_err(cannot)?);
        let mut out = BufReader::new(child.0.stdout.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).map_err(cannot)?;
        // What was wrong it has said itself, on our standard error.
        let address =
            address_in(&line).ok_or_else(|| cannot(io::ErrorKind::NotConnected.into()))?;
        Ok(Self { address, _out: out, _child: child })
    }

    /// The CPU time that it has used, in seconds, where the system says.
    pub(super) fn cpu_seconds(&self) -> Result<Option<f64>, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::environment)?;
        let patience = Duration::from_secs(10);
        let mut client = Client::new(
            Arc::new(ClientSettings {
                addresses: Addresses::new(&[self.address], None),
                bind: None,
                connections: Connections::PerRequest,
                common: common_lines(&[], Connections::PerRequest),
                authority: self.address.to_string(),
                prefix: String::new(),
                prefix_covers: 0,
                tls: None,
                connect_timeout: patience,
                request_timeout: patience,
                expect_continue: None,
                limits: Limits::default(),
                stalls: StallClock::default(),
            }),
            None,
        );
        let asked = runtime.block_on(client.exchange("GET", "/_simulator/stats", &[], b""));
        let reply = asked.map_err(|error| {
            Failure::environment(format!("the simulator does not say what it did: {error}"))
        })?;
        let statistics: serde_json::Value =
            serde_json::from_slice(reply.body).map_err(Failure::environment)?;
        Ok(statistics["cpu_s"].as_f64())
    }
}

/// The address in what `gander serve` says first.
fn address_in(line: &str) -> Option<SocketAddr> {
    let url = line.split_whitespace().find_map(|word| word.strip_prefix("http://"))?;
    url.trim_end_matches(':').parse().ok()
}
