//! `gander serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use tokio::sync::oneshot;

use super::capacity_options::CapacityArguments;
use super::exit::{Exit, Failure};
use super::service_options::ServiceArguments;
use super::{output, run};
use crate::api::StoreLimits;
use crate::input_file;
use crate::scenario::read_store_accounts;
use crate::simulator::faults::{FAULTS, FaultRule, read_faults};
use crate::simulator::{AccountSet, DEFAULT_USERS, Patience, Settings, Simulator};
use crate::units::parse_positive_duration;

/// More than any machine has cores.
const MAX_THREADS: usize = 1024;

/// Run the simulator: a server of all three APIs, to rehearse against
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9999")]
    listen: SocketAddr,
    /// Accounts from a CSV file with the columns api, login, password, domain and state (active or
    /// blocked_ip); of these login and password are required
    #[arg(long, value_name = "FILE.csv", conflicts_with = "users")]
    accounts: Option<PathBuf>,
    /// So many accounts: user0 with password0, user1 with password1, … in the domain gander.local
    #[arg(long, value_name = "N", default_value_t = DEFAULT_USERS, value_parser = run::users)]
    users: usize,
    /// A session ends so long after its last use
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = parse_positive_duration)]
    session_ttl: Duration,
    /// At so many sessions the oldest make room
    #[arg(long, value_name = "N", default_value_t = StoreLimits::default().max_sessions,
          value_parser = run::at_least_one)]
    max_sessions: usize,
    #[command(flatten)]
    services: ServiceArguments,
    /// A request must be in so long after its first byte, and a client that takes none of its
    /// reply for so long is cut off
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_positive_duration)]
    client_timeout: Duration,
    /// A connection without a request is closed after so long
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_positive_duration)]
    idle_timeout: Duration,
    /// At so many connections, or as many as the system has descriptors for, further ones get 503
    #[arg(long, value_name = "N", default_value_t = Patience::default().connections,
          value_parser = run::at_least_one)]
    max_connections: usize,
    /// Threads that answer. One does so at the least cost for each request; more answer more of
    /// them, up to as many as there are cores
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = threads)]
    threads: usize,
    #[command(flatten)]
    capacity: CapacityArguments,
    /// What goes wrong, again and again: AT:FAULT[,p=0.1][,from=10s][,to=20s][,every=60s,for=2s],
    /// where AT is API.operation, API or *
    #[arg(long, value_name = "RULE", value_parser = FaultRule::parse, long_help = fault_help())]
    fault: Vec<FaultRule>,
    /// The same from a TOML file: [[fault]] with at, fault, and p, from, to, every, for
    #[arg(long, value_name = "FILE.toml")]
    faults: Option<PathBuf>,
    /// Draw from this number whatever is random but ids: the same requests take the same times
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// End when standard input does, and so with the program that started it, however that ends
    #[arg(long)]
    until_eof: bool,
}

fn threads(text: &str) -> Result<usize, String> {
    match run::at_least_one(text)? {
        number if number > MAX_THREADS => Err(format!("write at most {MAX_THREADS}")),
        number => Ok(number),
    }
}

fn fault_help() -> String {
    format!(
        "What goes wrong, as AT:FAULT[,p=0.1][,from=10s][,to=20s][,every=60s,for=2s]; may be given \
         again. AT is API.operation, API or *. It happens with probability p, between from and to \
         after the start; every=60s,for=2s is from 60 s to 62 s, from 120 s to 122 s, and so on. What is \
         random is drawn from --seed and the number of the request among those that the rule was open \
         for. * is all requests, pages and unknown paths included.\n\n\
         Example: --fault 'eltex.sp_login:latency=lognormal(20ms, 0.5),p=0.5'\n\n{FAULTS}"
    )
}

impl Arguments {
    /// The rules given on the command line, then those of the file.
    fn faults(&self) -> Result<Vec<FaultRule>, Failure> {
        let mut rules = self.fault.clone();
        if let Some(file) = &self.faults {
            let name = file.display();
            let fail = |reason: &dyn std::fmt::Display| {
                Failure::usage(format!("{name}: cannot be read: {reason}"))
            };
            let text = input_file::read(file).map_err(|error| fail(&error))?;
            let text = String::from_utf8(text).map_err(|_| fail(&"not UTF-8"))?;
            let read = read_faults(&text);
            rules.extend(
                read.map_err(|(line, message)| {
                    Failure::usage(format!("{name}:{line}: {message}"))
                })?,
            );
        }
        Ok(rules)
    }
}

/// Drops the sender, which is the signal.
fn end(stop: &Mutex<Option<oneshot::Sender<()>>>) {
    drop(stop.lock().unwrap_or_else(PoisonError::into_inner).take());
}

pub(super) fn serve(arguments: &Arguments) -> Result<Exit, Failure> {
    let accounts = match &arguments.accounts {
        Some(file) => AccountSet::Given(read_store_accounts(file).map_err(Failure::usage)?),
        None => AccountSet::Generated(arguments.users),
    };
    let settings = Settings {
        listen: arguments.listen,
        accounts,
        limits: StoreLimits {
            session_ttl: arguments.session_ttl,
            max_sessions: arguments.max_sessions,
        },
        services: arguments.services.services()?,
        patience: Patience {
            request: arguments.client_timeout,
            reply: arguments.client_timeout,
            idle: arguments.idle_timeout,
            connections: arguments.max_connections,
        },
        capacity: arguments.capacity.capacity()?,
        seed: arguments.seed,
        faults: arguments.faults()?,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let stop = Arc::new(Mutex::new(Some(stop)));
    if arguments.until_eof {
        let stop = Arc::clone(&stop);
        thread::spawn(move || {
            // A pipe that breaks has ended too.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            end(&stop);
        });
    }
    // The first one ends it gracefully, which takes a second at most.
    ctrlc::set_handler(move || end(&stop)).map_err(Failure::environment)?;
    let mut runtime = if arguments.threads == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = runtime
        .worker_threads(arguments.threads)
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    runtime.block_on(async {
        let simulator = Simulator::bind(&settings).await.map_err(|error| {
            Failure::environment(format!(
                "cannot listen on {}: {error}; another --listen, or port 0, may be free",
                settings.listen
            ))
        })?;
        let address = simulator.address().map_err(Failure::environment)?;
        let services: Vec<_> = settings
            .services
            .iter()
            .map(|(api, options)| {
                let on: Vec<_> = options.bindings.iter().map(|binding| binding.name()).collect();
                format!("{} under {} ({})", api.name(), api.service_path(), on.join(", "))
            })
            .collect();
        output::print(&format!("simulator on http://{address}: {}\n", services.join(", ")))?;
        if let Some(capacity) = &settings.capacity {
            output::print(&format!("capacity {capacity}\n"))?;
        }
        simulator
            .serve(async {
                let _: Result<(), _> = stopped.await;
            })
            .await;
        Ok(Exit::Ok)
    })
}
