//! One run from its first user to its last reply.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;
use tokio::time::{sleep_until, timeout};

use super::goose_adapter;
use super::health::Monitor;
use super::mix_up::Logins;
use super::redact::{self, RecentSessions, Redactor};
use super::result::{Finished, has_words, redact_words, result};
use super::schedule::Schedule;
use super::start_line::StartLine;
use super::tickets::Tickets;
use super::timeline::Timeline;
use super::transport::{client, valves};
use super::valve::Valve;
use super::virtual_user::Shared;
use super::{Captures, Control, Route};
use crate::api::Templates;
use crate::cpu::process_time;
use crate::http::StallClock;
use crate::measure::{Recorder, Run, Second};
use crate::scenario::Plan;
use crate::secret::Secret;
use crate::timer::Timer;

/// How the engine works, whatever it plays.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Threads.
    pub threads: usize,
    /// How long users may take to close what they have opened when the run ends.
    pub grace: Duration,
    /// How late the generator may be, at the 99th percentile, for its figures to count; a tick of its
    /// own clock that is later is a stall.
    pub max_lateness: Duration,
    /// Whether a run that is ended before its time is judged by what there is.
    pub accept_interrupted: bool,
    /// Where bad replies are kept, if anybody wants them.
    pub captures: Option<Arc<Captures>>,
}

/// A run that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No threads, no timers.
    #[error("the engine cannot be started: {0}")]
    Runtime(#[from] io::Error),
    /// Goose refused to start.
    #[error("Goose cannot be started: {0}")]
    Goose(String),
}

/// How long the tasks of users who are still there may take to be dropped, and how long where the end
/// is to be at once. What is not dropped by then is counted all the same.
const DROPPING: Duration = Duration::from_secs(10);
const DROPPING_AT_ONCE: Duration = Duration::from_secs(1);

/// Plays `plan`, with the requests of each journey going along its route, until its time is over
/// or `control` ends it. `on_second` hears of each second.
///
/// # Errors
/// When the run cannot be made. What the service does wrong is no error but a figure.
///
/// # Panics
/// In a build with debug assertions, when the figures do not balance. In others the run reports that.
pub fn run(
    plan: &Arc<Plan>,
    routes: &[Route],
    control: &Arc<Control>,
    settings: &Settings,
    on_second: &mut dyn FnMut(&Second),
) -> Result<Run, LoadError> {
    let monitor = Monitor::start(settings.max_lateness)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.threads)
        .on_thread_start(monitor.on_thread_start(settings.threads))
        .enable_all()
        .build()?;
    let shared = {
        let _timers_belong_to_it = runtime.enter();
        Arc::new(share(plan, routes, control, settings, &monitor)?)
    };
    let driven = drive(&runtime, &shared, settings, &monitor, on_second)?;
    let elapsed = driven.clock.elapsed();
    let health = monitor.finish();
    let cpu = process_time()
        .zip(driven.cpu_before)
        .map(|(now, before)| now.saturating_sub(before));
    // Users who are still there are dropped with the runtime, and counted as cut. Not waited for are
    // its blocking threads: one may be resolving a name.
    runtime.shutdown_background();
    wait_until_dropped(control);
    let end = control.stopped_at().unwrap_or_else(Instant::now);
    for tickets in shared.tickets.iter().flatten() {
        tickets.close(driven.clock, end, &shared.recorder);
    }
    let totals = shared.recorder.totals();
    debug_assert_eq!(totals.imbalance, None);
    let panic = control.has_panicked().then(|| "a user's task panicked".to_owned());
    let imbalance = || {
        totals
            .imbalance
            .map(|imbalance| format!("its figures do not balance: {imbalance}"))
    };
    let fault = panic.or_else(imbalance);
    let finished = Finished {
        totals,
        littles_law: shared.recorder.littles_law(driven.clock.elapsed()),
        parsed_in_full: shared.templates.iter().map(Templates::misses).collect(),
        timeline: driven.timeline.finish(),
        held_back: shared.valves.iter().flat_map(Valve::notes).collect(),
        started: driven.started,
        elapsed,
        stopped: end.checked_duration_since(driven.clock),
        cpu,
        health,
        fault,
        interrupted: driven.interrupted,
    };
    let mut run = result(plan, routes, settings, finished);
    redact_all(&mut run, &shared);
    Ok(run)
}

fn wait_until_dropped(control: &Control) {
    let most = if control.is_aborted() { DROPPING_AT_ONCE } else { DROPPING };
    let begun = Instant::now();
    while control.live() > 0 && begun.elapsed() < most {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Redacts what the run shows and the captures once more: what users were sent was redacted while
/// it lasted, with the secrets of all and their own sessions, but not with the sessions of others.
fn redact_all(run: &mut Run, shared: &Shared) {
    let sessions = shared.recent.take();
    let sessions = || sessions.iter().map(Secret::expose);
    run.notes.extend(redact::short_note(&shared.plan, sessions()));
    for note in &mut run.notes {
        *note = shared.redactor.note(std::mem::take(note));
    }
    let captures = shared.captures.as_deref().filter(|captures| !captures.is_empty());
    if captures.is_none() && !has_words(run) {
        return;
    }
    match shared.redactor.with(sessions()) {
        Ok(redactor) => {
            redact_words(run, |words| redactor.words(words, std::iter::empty::<&str>()));
            run.notes.extend(captures.and_then(|captures| captures.redact(&redactor)));
        }
        // Without the sessions nothing that a service said can be shown.
        Err(error) => {
            redact_words(run, |_| "***".into());
            run.notes.push(format!("words of services and captures are not shown: {error}"));
        }
    }
}

/// Where each part begins of parts so long, one after the other.
fn beginnings(lengths: impl Iterator<Item = usize>) -> Vec<usize> {
    lengths
        .scan(0, |next, length| {
            let begins = *next;
            *next += length;
            Some(begins)
        })
        .collect()
}

fn share(
    plan: &Arc<Plan>,
    routes: &[Route],
    control: &Arc<Control>,
    settings: &Settings,
    monitor: &Monitor,
) -> io::Result<Shared> {
    let stalls = {
        let stalls = Arc::clone(monitor.stalls());
        StallClock::new(move |from, to| stalls.between(from, to))
    };
    let client = |route| Arc::new(client(&plan.transport, route, stalls.clone()));
    let clients = routes.iter().map(client).collect();
    let steps = || plan.journeys.iter().map(|journey| journey.steps.len());
    let users = || plan.journeys.iter().map(|journey| journey.users);
    let tolerance = plan.load.open.as_ref().map_or(Duration::ZERO, |open| open.tolerance);
    let tickets = |journey| {
        Schedule::new(plan, journey)
            .map(|schedule| Ok(Tickets::new(journey, schedule, Timer::new()?, tolerance)))
            .transpose()
    };
    Ok(Shared {
        recorder: Recorder::new(plan.journeys.len(), steps().sum(), settings.threads),
        plan: Arc::clone(plan),
        control: Arc::clone(control),
        line: StartLine::new(users().sum()),
        tickets: (0..plan.journeys.len()).map(tickets).collect::<io::Result<_>>()?,
        logins: Logins::of(plan.journeys.iter().flat_map(|journey| &journey.accounts)),
        first_users: beginnings(users()),
        grace: settings.grace,
        clients,
        redactor: Redactor::new(redact::of_plan(plan).iter())?,
        recent: RecentSessions::of_users(plan.users()),
        captures: settings.captures.clone(),
        valves: valves(&plan.transport, routes),
        templates: plan
            .journeys
            .iter()
            .map(|journey| Templates::new(journey.api).within(plan.transport.max_reply))
            .collect(),
        first_steps: beginnings(steps()),
    })
}

/// A run that is over.
struct Driven<'r> {
    started: SystemTime,
    /// When it began.
    clock: Instant,
    cpu_before: Option<Duration>,
    timeline: Timeline<'r>,
    /// Whether the end came before its time.
    interrupted: bool,
}

/// Runs users until the end.
fn drive<'r>(
    runtime: &Runtime,
    shared: &Arc<Shared>,
    settings: &Settings,
    monitor: &Monitor,
    on_second: &'r mut dyn FnMut(&Second),
) -> Result<Driven<'r>, LoadError> {
    let load = &shared.plan.load;
    let control = &shared.control;
    runtime.block_on(async {
        let attack = goose_adapter::attack(shared);
        tokio::pin!(attack);
        let mut goose_is_done = false;
        tokio::select! {
            result = &mut attack => {
                result.map_err(|error| LoadError::Goose(error.to_string()))?;
                goose_is_done = true;
            }
            () = shared.line.complete() => {}
            () = control.stopped() => {}
        }
        let started = SystemTime::now();
        let cpu_before = process_time();
        let clock = Instant::now();
        if !load.warm_up.is_zero() {
            shared.recorder.measure_from(clock + load.warm_up);
        }
        monitor.measure_from(clock + load.warm_up);
        shared.line.start(clock);
        let mut timeline = Timeline::new(clock, shared, on_second);
        let time_is_over = async {
            match load.duration {
                Some(duration) => sleep_until((clock + duration).into()).await,
                None => std::future::pending().await,
            }
        };
        let interrupted = tokio::select! {
            result = &mut attack, if !goose_is_done => {
                result.map_err(|error| LoadError::Goose(error.to_string()))?;
                goose_is_done = true;
                control.is_stopping()
            }
            () = time_is_over => false,
            () = control.until_stopping(shared.plan.users()) => control.is_stopping(),
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
        Ok(Driven { started, clock, cpu_before, timeline, interrupted })
    })
}
