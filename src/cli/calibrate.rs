//! `gander calibrate`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::exit::{Exit, Failure};
use super::live::Live;
use super::names::find_api;
use super::output;
use super::run::silence_goose;
use super::simulator_process::SimulatorProcess;
use crate::api::Api;
use crate::distribution::Distribution;
use crate::http::Resolver;
use crate::judge::{Calibration, ENOUGH_TIMES, Step};
use crate::load::{self, Control, Guard, Resources, Route, Settings};
use crate::report;
use crate::scenario::{Journey, Model, Overrides, Plan, Source, find, open};
use crate::units::{Rate, format_duration, parse_duration, parse_positive_duration};

/// So much of each step is left out of its figures: connections are made in it.
const WARM_UP: f64 = 0.25;
/// Random arrivals are not as many as expected: with so many more there will be enough.
const MARGIN: f64 = 1.5;
/// Users have so long to log out when a step is over.
const GRACE: Duration = Duration::from_secs(5);

/// Find out how much load this machine can be trusted to generate
///
/// Plays a scenario at rising rates against a simulator in another process, until the generator is
/// no longer on time, and says the highest rate at which its figures would be the target's.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A built-in scenario (see `gander scenarios`), or a file; its think times are left out
    #[arg(default_value = "session")]
    scenario: PathBuf,
    /// Play it against this API; steps that it does not document are left out
    #[arg(long, value_name = "NAME")]
    api: Option<String>,
    /// Offer each rate for so long, of which the first quarter is not judged
    #[arg(long, value_name = "TIME", default_value = "4s", value_parser = parse_positive_duration)]
    step_duration: Duration,
    /// Start at so many journeys a second
    #[arg(long, value_name = "RATE", default_value = "100/s", value_parser = Rate::parse)]
    from: Rate,
    /// Try no more journeys a second than this
    #[arg(long, value_name = "RATE", default_value = "50000/s", value_parser = Rate::parse)]
    up_to: Rate,
    /// Trust no rate at which the generator is later than this, at the 99th percentile
    #[arg(long, value_name = "TIME", default_value = "20ms", value_parser = parse_duration)]
    max_lateness: Duration,
    /// Write the steps and the answer into this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Show no progress within a step
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn calibrate(arguments: &Arguments) -> Result<Exit, Failure> {
    check(arguments)?;
    let player = Player::new(arguments)?;
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    let lowest = player.plan(arguments.from, Vec::new())?;
    let mut calibration = Calibration {
        from: arguments.from,
        up_to: arguments.up_to,
        cpus,
        // One thread is the cheapest; where there are more processors, half of them are for it.
        simulator_threads: (cpus / 2).max(1),
        requests_per_journey: requests_per_journey(&lowest.journeys),
        steps: Vec::new(),
    };
    let highest = player.plan(arguments.up_to, Vec::new())?;
    let descriptors = Resources::of_this_process().check_descriptors(highest.users(), 0);
    descriptors.map_err(|shortage| {
        Failure::environment(format!("{shortage}; a lower --up-to needs fewer"))
    })?;
    let interrupt = Arc::new(Interrupt::default());
    interrupt.on_ctrl_c()?;
    silence_goose();
    let simulator = SimulatorProcess::start(&lowest, calibration.simulator_threads)?;
    output::print(&introduction(arguments, &lowest, &calibration, simulator.address))?;
    output::print(&report::calibration_header())?;
    while let Some(rate) = calibration.next() {
        let Some(step) = player.step(rate, &simulator, &interrupt)? else { break };
        output::print(&report::calibration_step(&step))?;
        calibration.steps.push(step);
    }
    drop(simulator);
    let interrupted = interrupt.is_asked();
    output::print(&format!("\n{}", report::calibration_answer(&calibration, interrupted)))?;
    if let Some(path) = &arguments.json {
        let scenario = &lowest.source.name;
        report::write_calibration(&calibration, scenario, interrupted, path)
            .map_err(Failure::environment)?;
        output::remark(&format!("wrote {}", path.display()));
    }
    Ok(match calibration.trusted() {
        _ if interrupted => Exit::Interrupted,
        Some(_) => Exit::Ok,
        None => Exit::Inconclusive,
    })
}

/// What would be found out only after a minute.
fn check(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { from, up_to, step_duration, .. } = arguments;
    if from > up_to {
        return Err(Failure::usage(format!("--from {from} is above --up-to {up_to}")));
    }
    let judged = step_duration.mul_f64(1.0 - WARM_UP);
    let starts = from.in_a_second() * judged.as_secs_f64();
    if starts < f64::from(ENOUGH_TIMES) * MARGIN {
        return Err(Failure::usage(format!(
            "{from} for {} are {starts:.0} starts, too few to judge by: give a longer \
             --step-duration, or a higher --from",
            format_duration(judged)
        )));
    }
    match &arguments.json {
        Some(path) => report::check_file(path).map_err(Failure::environment),
        None => Ok(()),
    }
}

fn introduction(
    arguments: &Arguments,
    plan: &Plan,
    calibration: &Calibration,
    simulator: SocketAddr,
) -> String {
    let threads = match calibration.simulator_threads {
        1 => "one thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    let mut lines = vec![
        format!("{}: {}", plan.source.name, plan.summary),
        format!("against a simulator with {threads} in another process, on http://{simulator}"),
        format!(
            "{} processors for both; each rate for {}, judged after {}; users do not think",
            calibration.cpus,
            format_duration(arguments.step_duration),
            format_duration(arguments.step_duration.mul_f64(WARM_UP)),
        ),
    ];
    lines.extend(plan.notes.iter().map(|note| format!("note: {note}")));
    lines.push("\n".to_owned());
    lines.join("\n")
}

/// How many requests a journey makes, on average over those that start.
#[expect(clippy::cast_precision_loss, reason = "weights are small")]
fn requests_per_journey(journeys: &[Journey]) -> f64 {
    let requests = |journey: &Journey| -> f64 {
        journey.steps.iter().map(|step| f64::from(step.repeat)).sum()
    };
    let weight: f64 = journeys.iter().map(|journey| journey.weight as f64).sum();
    journeys
        .iter()
        .map(|journey| requests(journey) * journey.weight as f64)
        .sum::<f64>()
        / weight
}

/// Plays a scenario at one rate after the other.
struct Player<'a> {
    arguments: &'a Arguments,
    source: Source,
    api: Option<&'static dyn Api>,
}

impl<'a> Player<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self, Failure> {
        let player = Self {
            arguments,
            source: find(&arguments.scenario).map_err(Failure::usage)?,
            api: arguments.api.as_deref().map(find_api).transpose()?,
        };
        let plan = player.plan(arguments.from, Vec::new())?;
        if let Some(closed) = plan.of_model(Model::Closed).next() {
            return Err(Failure::usage(format!(
                "journey \"{}\" is closed, and only journeys that start at a rate can be played \
                 at rising ones",
                closed.name
            )));
        }
        Ok(player)
    }

    fn plan(&self, rate: Rate, targets: Vec<(Option<String>, String)>) -> Result<Plan, Failure> {
        let overrides = Overrides {
            api: self.api,
            rate: Some(rate),
            duration: Some(self.arguments.step_duration),
            warm_up: Some(self.arguments.step_duration.mul_f64(WARM_UP)),
            think: Some(Distribution::Fixed(Duration::ZERO)),
            targets,
            ..Overrides::default()
        };
        let mut plan = open(&self.source, &overrides).map_err(Failure::usage)?;
        // A start that is no later than is asked for is not missed.
        if let Some(open) = &mut plan.load.open {
            open.tolerance = open.tolerance.max(self.arguments.max_lateness);
        }
        // A step ends by time alone, and nothing is to hold the generator back.
        plan.load.iterations = None;
        plan.journeys.iter_mut().for_each(|journey| journey.starts = None);
        plan.transport.max_rate = None;
        plan.transport.max_in_flight = None;
        // The simulator is on the loopback interface.
        plan.transport.bind = None;
        Ok(plan)
    }

    /// Plays it at `rate`; nothing if that was interrupted.
    fn step(
        &self,
        rate: Rate,
        simulator: &SimulatorProcess,
        interrupt: &Interrupt,
    ) -> Result<Option<Step>, Failure> {
        let url = format!("http://{}", simulator.address);
        let plan = Arc::new(self.plan(rate, vec![(None, url.clone())])?);
        let route = |journey: &Journey| {
            Route::to(&url, journey.api.service_path(), &Guard::default(), &Resolver::system())
        };
        let routes: Vec<_> = plan
            .journeys
            .iter()
            .map(route)
            .collect::<Result<_, _>>()
            .map_err(Failure::environment)?;
        let settings = Settings {
            threads: thread::available_parallelism().map_or(1, usize::from),
            grace: GRACE,
            max_lateness: self.arguments.max_lateness,
            accept_interrupted: false,
            captures: None,
        };
        let control = Arc::new(Control::default());
        interrupt.ends(&control);
        let mut live = Live::new(&plan.load, self.arguments.quiet);
        let before = simulator.cpu_seconds()?;
        let run = load::run(&plan, &routes, &control, &settings, &mut |second| live.show(second));
        drop(live);
        let run = run.map_err(Failure::environment)?;
        if interrupt.is_asked() {
            return Ok(None);
        }
        let used = simulator.cpu_seconds()?.zip(before).map(|(after, before)| after - before);
        Ok(Some(Step::of(&run, rate, used)))
    }
}

/// Whether somebody has pressed Ctrl-C, and what that ends.
#[derive(Debug, Default)]
struct Interrupt {
    asked: AtomicBool,
    playing: Mutex<Option<Arc<Control>>>,
}

impl Interrupt {
    fn on_ctrl_c(self: &Arc<Self>) -> Result<(), Failure> {
        let interrupt = Arc::clone(self);
        let ask = move || {
            interrupt.asked.store(true, Ordering::SeqCst);
            if let Some(control) = &*interrupt.playing() {
                control.abort();
            }
        };
        ctrlc::set_handler(ask).map_err(Failure::environment)
    }

    /// Lets it end what `control` controls, at once if it was asked already.
    fn ends(&self, control: &Arc<Control>) {
        *self.playing() = Some(Arc::clone(control));
        if self.is_asked() {
            control.abort();
        }
    }

    fn playing(&self) -> MutexGuard<'_, Option<Arc<Control>>> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}
