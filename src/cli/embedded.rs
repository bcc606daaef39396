//! The simulator that a run without a target is played against.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use tokio::sync::oneshot;

use super::exit::Failure;
use crate::api::{Api, REGISTRY, ServiceOptions, StoreLimits};
use crate::scenario::{Plan, read_store_accounts};
use crate::simulator::{AccountSet, DEFAULT_USERS, Patience, Settings, Simulator};

/// The simulator in this process, on a thread of its own; stops when it is dropped.
pub(super) struct Embedded {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    /// Starts it with the accounts and bindings that the plan needs.
    pub(super) fn start(plan: &Plan) -> Result<Self, Failure> {
        let accounts = match plan.accounts.file() {
            Some(file) => AccountSet::Given(read_store_accounts(file).map_err(Failure::usage)?),
            None => AccountSet::Generated(plan.users().max(DEFAULT_USERS)),
        };
        let settings = Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            accounts,
            limits: StoreLimits::default(),
            services: REGISTRY.iter().map(|&api| (api, as_played(api, plan))).collect(),
            patience: Patience::default(),
            capacity: None,
            faults: Vec::new(),
            seed: plan.seed,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::environment)?;
        let simulator = runtime.block_on(Simulator::bind(&settings)).map_err(|error| {
            Failure::environment(format!("the embedded simulator cannot listen: {error}"))
        })?;
        let address = simulator.address().map_err(Failure::environment)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            runtime.block_on(simulator.serve(async {
                let _: Result<(), _> = stopped.await;
            }));
        };
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread::spawn(serve)),
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It only fails if the simulator panicked, which has said so itself.
            let _ = thread.join();
        }
    }
}

/// As its documents show it, and with what the plan speaks beyond them.
pub(super) fn as_played(api: &dyn Api, plan: &Plan) -> ServiceOptions {
    let mut options = ServiceOptions::documented(api);
    for journey in plan.journeys.iter().filter(|journey| journey.api.name() == api.name()) {
        if !options.has(journey.binding) {
            options.bindings.push(journey.binding);
        }
    }
    options
}
