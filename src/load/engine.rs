//! One run from its first user to its last reply.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;
use tokio::time::{MissedTickBehavior, interval_at, sleep, timeout};

use super::goose_adapter::{self, Lease};
use super::mix_up::Logins;
use super::result::{Finished, result};
use super::valve::Valve;
use super::virtual_user::Shared;
use super::{Captures, Control, Route, Transport};
use crate::api::Templates;
use crate::http::Header;
use crate::measure::{Interval, Recorder, Run, Second};
use crate::scenario::{Journey, Plan};

/// How the engine works, whatever it plays.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads.
    pub threads: usize,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a reply may take.
    pub request_timeout: Duration,
    /// How long users may take to close what they have opened when the run ends.
    pub grace: Duration,
    /// How connections are made and used.
    pub transport: Transport,
    /// Where bad replies are kept, if anybody wants them.
    pub captures: Option<Arc<Captures>>,
}

/// A run that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No threads, no timers.
    #[error("the engine cannot be started: {0}")]
    Runtime(#[from] io::Error),
    /// A user's task panicked: the figures would lack it.
    #[error("a user of the run broke down, which is a fault of gander; the figures are not shown")]
    Panicked,
    /// Goose refused to start.
    #[error("Goose cannot be started: {0}")]
    Goose(String),
}

/// Plays `plan`, with the requests of each journey going along its route, until its time is over
/// or `control` ends it. `on_second` hears of each second.
///
/// # Errors
/// When the run cannot be made. What the service does wrong is no error but a figure.
///
/// # Panics
/// When the figures do not balance.
pub fn run(
    plan: &Arc<Plan>,
    routes: &[Route],
    control: &Arc<Control>,
    settings: &Settings,
    on_second: &mut dyn FnMut(&Second),
) -> Result<Run, LoadError> {
    let leases = leases(plan);
    let shared = Arc::new(share(plan, &leases, routes, control, settings));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads)
        .enable_all()
        .build()?;
    let started = SystemTime::now();
    let clock = Instant::now();
    let mut timeline = Timeline::new(clock, &shared, on_second);
    let interrupted = drive(&runtime, &shared, &leases, settings, &mut timeline)?;
    let elapsed = clock.elapsed();
    // Whoever is still there is dropped with the runtime, and counted as cut.
    runtime.shutdown_timeout(Duration::from_secs(1));
    if control.has_panicked() {
        return Err(LoadError::Panicked);
    }
    timeline.finish();
    let timeline = timeline.seconds;
    let finished = Finished {
        totals: shared.recorder.totals(),
        parsed_in_full: shared.templates.iter().map(Templates::misses).collect(),
        timeline,
        held_back: shared.valves.iter().flat_map(Valve::notes).collect(),
        started,
        elapsed,
        interrupted,
    };
    Ok(result(plan, routes, settings, finished))
}

/// The accounts of each journey's API, shared by the journeys of one API.
fn leases(plan: &Plan) -> Vec<Arc<Lease>> {
    let mut by_api = BTreeMap::new();
    let lease = |journey: &Journey| {
        let of_api = by_api.entry(journey.api.name()).or_insert_with(|| {
            let same_api = plan.journeys.iter().filter(|j| j.api.name() == journey.api.name());
            let users = same_api.map(|journey| journey.users).sum();
            Lease::new(plan.accounts.take(journey.api, users))
        });
        Arc::clone(of_api)
    };
    plan.journeys.iter().map(lease).collect()
}

fn share(
    plan: &Arc<Plan>,
    leases: &[Arc<Lease>],
    routes: &[Route],
    control: &Arc<Control>,
    settings: &Settings,
) -> Shared {
    let clients = routes
        .iter()
        .map(|route| Arc::new(settings.transport.client(route, settings)))
        .collect();
    let mut steps = 0;
    let first_steps = plan
        .journeys
        .iter()
        .map(|journey| {
            let first = steps;
            steps += journey.steps.len();
            first
        })
        .collect();
    Shared {
        recorder: Recorder::new(plan.journeys.len(), steps, settings.threads),
        plan: Arc::clone(plan),
        control: Arc::clone(control),
        grace: settings.grace,
        clients,
        logins: Logins::of(leases.iter().flat_map(|lease| lease.accounts())),
        secrets: settings.transport.headers.iter().flat_map(Header::secrets).collect(),
        captures: settings.captures.clone(),
        valves: settings.transport.valves(routes),
        templates: plan.journeys.iter().map(|journey| Templates::new(journey.api)).collect(),
        first_steps,
    }
}

/// Runs users until the end; gives whether it came before its time.
fn drive(
    runtime: &Runtime,
    shared: &Arc<Shared>,
    leases: &[Arc<Lease>],
    settings: &Settings,
    timeline: &mut Timeline<'_>,
) -> Result<bool, LoadError> {
    let load = shared.plan.load;
    let control = &shared.control;
    runtime.block_on(async {
        let attack = goose_adapter::attack(shared, leases);
        tokio::pin!(attack);
        let time_is_over = async {
            match load.duration {
                Some(duration) => sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        let mut goose_is_done = false;
        let interrupted = tokio::select! {
            result = &mut attack => {
                result.map_err(|error| LoadError::Goose(error.to_string()))?;
                goose_is_done = true;
                false
            }
            () = time_is_over => false,
            () = control.until_stopping(load.users) => control.is_stopping(),
            () = timeline.watch() => unreachable!("the clock does not end"),
        };
        control.stop();
        goose_adapter::stop();
        let all_gone = async {
            tokio::select! {
                () = control.until_idle() => {}
                () = timeline.watch() => {}
                // Goose goes on launching those whose turn it was; they end at once.
                _ = &mut attack, if !goose_is_done => control.until_idle().await,
            }
        };
        let _ = timeout(settings.grace, all_gone).await;
        Ok(interrupted)
    })
}

/// Second by second, what was counted.
struct Timeline<'r> {
    clock: Instant,
    shared: Arc<Shared>,
    seconds: Vec<Second>,
    on_second: &'r mut dyn FnMut(&Second),
}

impl<'r> Timeline<'r> {
    fn new(clock: Instant, shared: &Arc<Shared>, on_second: &'r mut dyn FnMut(&Second)) -> Self {
        Self {
            clock,
            shared: Arc::clone(shared),
            seconds: Vec::new(),
            on_second,
        }
    }

    /// Takes down each second; never ends by itself.
    async fn watch(&mut self) {
        const SECOND: Duration = Duration::from_secs(1);
        let next = self.clock + SECOND * u32::try_from(self.seconds.len() + 1).unwrap_or(u32::MAX);
        let mut ticks = interval_at(next.into(), SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let interval = self.shared.recorder.take_interval();
            self.push(&interval);
        }
    }

    /// Takes down the rest, where there is one.
    fn finish(&mut self) {
        let interval = self.shared.recorder.take_interval();
        if interval.count > 0 {
            self.push(&interval);
        }
    }

    fn push(&mut self, interval: &Interval) {
        let second = Second {
            at_seconds: self.clock.elapsed().as_secs_f64(),
            users: self.shared.control.live(),
            count: interval.count,
            failed: interval.failed,
            p50: interval.latency.at(0.5),
            p99: interval.latency.at(0.99),
            max: interval.latency.at(1.0),
        };
        (self.on_second)(&second);
        self.seconds.push(second);
    }
}
