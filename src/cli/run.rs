//! `gander run`

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::time::timeout;

use super::embedded::Embedded;
use super::exit::{Exit, Failure};
use super::live::Live;
use super::names::{find_api, unknown};
use super::output;
use super::stop::stop_on_ctrl_c;
use super::transport_options::TransportOptions;
use crate::api::{Api, Binding};
use crate::distribution::Distribution;
use crate::http::{Resolver, describe_io_error, dial};
use crate::judge::Verdict;
use crate::load::{self, Captures, Control, Guard, Resources, Route, TargetRefused};
use crate::measure::Run;
use crate::report::{self, RUN_JSON, ReportFolder};
use crate::scenario::{
    Arrivals, Journey, MAX_USERS, Overrides, Plan, Transport, advise, find, open, parse_tolerance,
};
use crate::units::{Rate, parse_duration};

/// Play a scenario and say what happened
///
/// Without a target, an embedded simulator of the APIs is started and played against.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A built-in scenario (see `gander scenarios`), or a file
    #[arg(default_value = "session")]
    scenario: PathBuf,
    /// Play it against this API; steps that it does not document are left out
    #[arg(long, value_name = "NAME")]
    api: Option<String>,
    /// Where the service is: http(s)://host:port, or API=http://host:port for one of several
    #[arg(long, value_name = "URL")]
    target: Vec<String>,
    /// Use this binding: soap11, soap12, get, post or xml
    #[arg(long, value_name = "NAME")]
    binding: Option<String>,
    /// Closed model: so many users at once, each starting again when it is done
    #[arg(long, value_name = "N", value_parser = users)]
    users: Option<usize>,
    /// Accounts from a CSV file: login, password, and any other columns
    #[arg(long, value_name = "FILE.csv")]
    users_file: Option<PathBuf>,
    /// End after this time, the ramp included
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    /// Start the users over this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    ramp: Option<Duration>,
    /// End each user after so many journeys; the open model after so many starts in all
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    iterations: Option<usize>,
    /// Let the users leave over this time, up to the end
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    ramp_down: Option<Duration>,
    /// Leave the first so long out of the figures
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    warm_up: Option<Duration>,
    /// Open model: start so many journeys, such as 200/s, whether or not replies come
    #[arg(long, value_name = "RATE", value_parser = Rate::parse)]
    rate: Option<Rate>,
    /// Open model: spread the starts so: poisson (at random, as people come) or uniform
    #[arg(long, value_name = "KIND", value_parser = arrivals)]
    arrivals: Option<Arrivals>,
    /// Open model: so many users to start them; as many as are likely to be needed, unless given
    #[arg(long, value_name = "N", value_parser = users)]
    pool: Option<usize>,
    /// Open model: a start that finds no user free for so long is missed [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = parse_tolerance)]
    tolerance: Option<Duration>,
    /// Report INCONCLUSIVE if the generator itself was later than this: its sends at the 99th
    /// percentile, or its own clock for more than 1 % of the time. Above 20ms, waits for a processor
    /// and a CPU quota are tolerated more in proportion
    #[arg(long, value_name = "TIME", default_value = "20ms", value_parser = parse_duration)]
    max_lateness: Duration,
    /// Wait so long after each step: 500ms, uniform(200ms, 800ms), exponential(500ms), or 0s
    #[arg(long, value_name = "TIME", value_parser = Distribution::parse)]
    think_time: Option<Distribution>,
    /// Start random choices from this number
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// At the end, wait so long for users to log out
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    grace: Duration,
    /// Judge a run that Ctrl-C or a signal ended before its time by what there is, instead of
    /// reporting INCONCLUSIVE
    #[arg(long)]
    accept_interrupted: bool,
    /// This host may be loaded though it is not this machine
    #[arg(long, value_name = "HOST", env = "GANDER_ALLOW_HOSTS", value_delimiter = ',',
          value_parser = |host: &str| Ok::<_, String>(host.trim().to_owned()))]
    allow_host: Vec<String>,
    /// Show no progress: neither a bar nor, where standard error is no terminal, a line every 10 s
    #[arg(long, short)]
    quiet: bool,
    /// Write run.json into this folder, and the first bad replies of each kind into captures/ there
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    transport: TransportOptions,
}

pub(super) fn users(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        number if number > MAX_USERS => Err(format!("write at most {MAX_USERS}")),
        number => Ok(number),
    }
}

fn arrivals(text: &str) -> Result<Arrivals, String> {
    let found = Arrivals::ALL.into_iter().find(|kind| kind.name() == text);
    found.ok_or_else(|| advise(text, Arrivals::ALL.map(Arrivals::name)))
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("write at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a whole number, such as 50".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let overrides = overrides(arguments)?;
    let source = find(&arguments.scenario).map_err(Failure::usage)?;
    let mut plan = open(&source, &overrides).map_err(Failure::usage)?;
    check_targets(&plan)?;
    check_bind(plan.transport.bind)?;
    let embedded = embedded_simulator(&plan, arguments.quiet)?;
    let routes = routes(&plan, arguments, embedded.as_ref())?;
    let may_be_short = Resources::of_this_process()
        .check(&plan, &routes)
        .map_err(Failure::environment)?;
    for note in &may_be_short {
        output::remark(&format!("note: {note}"));
    }
    plan.notes.extend(may_be_short);
    let plan = Arc::new(plan);

    let control = Arc::new(Control::default());
    stop_on_ctrl_c(&control)?;
    silence_goose();
    // From here on Ctrl-C is handled: a folder that was made is filled or removed.
    let prepare = |folder: &PathBuf| ReportFolder::prepare(folder, RUN_JSON);
    let mut folder =
        arguments.out.as_ref().map(prepare).transpose().map_err(Failure::environment)?;
    let settings = load::Settings {
        threads: thread::available_parallelism().map_or(1, usize::from),
        grace: arguments.grace,
        max_lateness: arguments.max_lateness,
        accept_interrupted: arguments.accept_interrupted,
        captures: folder.as_ref().map(|_| Arc::default()),
    };
    let mut live = Live::new(&plan.load, arguments.quiet);
    let run = load::run(&plan, &routes, &control, &settings, &mut |second| live.show(second));
    drop(live);
    let run = run.map_err(Failure::environment)?;
    let written = folder.as_mut().map(|folder| {
        folder.keep();
        write(&run, settings.captures.as_deref(), folder.path())
    });
    output::print(&report::summary(&run, output::columns()))?;
    drop(embedded);
    for line in written.transpose()?.into_iter().flatten() {
        output::remark(&line);
    }
    Ok(match Verdict::of(&run) {
        _ if control.is_aborted() => Exit::Interrupted,
        Verdict::Pass { .. } => Exit::Ok,
        Verdict::Inconclusive { .. } => Exit::Inconclusive,
        Verdict::Fail(_) | Verdict::Nothing => Exit::Failed,
    })
}

/// Writes the reports into `folder`, and returns what to say of each.
fn write(run: &Run, captures: Option<&Captures>, folder: &Path) -> Result<Vec<String>, Failure> {
    let path = report::write_json(run, folder).map_err(Failure::environment)?;
    let mut lines = vec![format!("wrote {}", path.display())];
    let written = captures.map(|captures| captures.write(folder)).transpose().map_err(|error| {
        Failure::environment(format!("captures in {}: {error}", folder.display()))
    })?;
    if let Some(folder) = written.flatten() {
        lines.push(format!("wrote {}, the first bad replies of each kind", folder.display()));
    }
    Ok(lines)
}

fn overrides(arguments: &Arguments) -> Result<Overrides, Failure> {
    let binding = |name: &String| {
        Binding::from_name(name)
            .ok_or_else(|| unknown("binding", name, &Binding::ALL.map(Binding::name)))
    };
    Ok(Overrides {
        api: arguments.api.as_deref().map(find_api).transpose()?,
        binding: arguments.binding.as_ref().map(binding).transpose()?,
        users: arguments.users,
        users_file: arguments.users_file.clone(),
        duration: arguments.duration,
        ramp: arguments.ramp,
        ramp_down: arguments.ramp_down,
        iterations: arguments.iterations,
        warm_up: arguments.warm_up,
        rate: arguments.rate,
        arrivals: arguments.arrivals,
        pool: arguments.pool,
        tolerance: arguments.tolerance,
        think: arguments.think_time,
        seed: arguments.seed,
        targets: targets(&arguments.target)?,
        transport: arguments.transport.overrides()?,
    })
}

/// `URL`, or `API=URL`.
fn targets(arguments: &[String]) -> Result<Vec<(Option<String>, String)>, Failure> {
    arguments
        .iter()
        .map(|argument| match argument.split_once('=') {
            // Any other `=` belongs to the URL, which may have a secret in it.
            Some((name, url)) if name.chars().all(|c| c.is_alphanumeric() || c == '-') => {
                Ok((Some(find_api(name)?.name().to_owned()), url.to_owned()))
            }
            _ => Ok((None, argument.clone())),
        })
        .collect()
}

/// Once one target is given, each API needs one: a figure must not come from the simulator by an
/// oversight, nor a target be given in vain.
fn check_targets(plan: &Plan) -> Result<(), Failure> {
    if plan.targets.is_empty() {
        return Ok(());
    }
    let apis: Vec<_> = plan.journeys.iter().map(|journey| journey.api.name()).collect();
    for (name, _) in &plan.targets {
        if let Some(name) = name.as_deref().filter(|name| !apis.contains(name)) {
            return Err(Failure::usage(format!(
                "a target for {name}, and no journey here is for {name}"
            )));
        }
    }
    match plan.journeys.iter().find(|journey| target_of(plan, journey).is_none()) {
        Some(journey) => Err(Failure::usage(format!(
            "journey \"{}\" has no target: add --target {}=URL, or give no target at all",
            journey.name,
            journey.api.name()
        ))),
        None => Ok(()),
    }
}

/// Connections can only come from an address that this machine has.
fn check_bind(address: Option<IpAddr>) -> Result<(), Failure> {
    let Some(address) = address else { return Ok(()) };
    TcpListener::bind((address, 0))
        .map(drop)
        .map_err(|error| Failure::environment(format!("bind to {address}: {}", error.kind())))
}

/// A simulator, if any journey has no target.
fn embedded_simulator(plan: &Plan, is_quiet: bool) -> Result<Option<Embedded>, Failure> {
    if plan.journeys.iter().all(|journey| target_of(plan, journey).is_some()) {
        return Ok(None);
    }
    let embedded = Embedded::start(plan)?;
    if !is_quiet {
        let address = embedded.address;
        output::remark(&format!(
            "no target given: playing against an embedded simulator on http://{address}"
        ));
    }
    Ok(Some(embedded))
}

fn target_of<'p>(plan: &'p Plan, journey: &Journey) -> Option<&'p str> {
    let for_api = |api: Option<&str>| {
        let mut found = plan.targets.iter().filter(|(name, _)| name.as_deref() == api);
        found.next_back().map(|(_, url)| url.as_str())
    };
    for_api(Some(journey.api.name())).or_else(|| for_api(None))
}

/// The way to each journey's service, which has been seen to be there.
fn routes(
    plan: &Plan,
    arguments: &Arguments,
    embedded: Option<&Embedded>,
) -> Result<Vec<Route>, Failure> {
    let guard = Guard { allowed_hosts: arguments.allow_host.clone() };
    let mut seen: Vec<SocketAddr> = Vec::new();
    plan.journeys
        .iter()
        .map(|journey| {
            let route = match (target_of(plan, journey), embedded) {
                (Some(url), _) => {
                    let path = journey.api.service_path();
                    Route::to(url, path, &guard, &Resolver::system()).map_err(refusal)?
                }
                (None, Some(embedded)) => Route::embedded(embedded.address),
                (None, None) => {
                    unreachable!("a simulator is started for journeys without a target")
                }
            };
            if !seen.contains(&route.addresses[0]) {
                knock(&route, journey.api, &plan.transport)?;
                seen.push(route.addresses[0]);
            }
            Ok(route)
        })
        .collect()
}

fn refusal(refused: TargetRefused) -> Failure {
    match refused {
        TargetRefused::Unresolved(_) => Failure::environment(refused),
        TargetRefused::Unusable(_) | TargetRefused::NotAllowed { .. } => Failure::usage(refused),
    }
}

/// Connects once, so that a target that is not there is found before the run.
fn knock(route: &Route, api: &dyn Api, transport: &Transport) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    let dialled = runtime.block_on(async {
        timeout(transport.connect_timeout, dial(&route.addresses, transport.bind)).await
    });
    let reason = match dialled {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => describe_io_error(&error),
        Err(_) => "no connection in time".to_owned(),
    };
    Err(Failure::environment(format!(
        "{} at {} is not there: {reason}; is the service running, and is this its port? \
         (`gander serve` starts a simulator)",
        api.name(),
        route.url()
    )))
}

/// Goose would install a logger that prints on standard output.
pub(super) fn silence_goose() {
    struct Silent;
    impl log::Log for Silent {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            false
        }
        fn log(&self, _: &log::Record<'_>) {}
        fn flush(&self) {}
    }
    // Where there is one already, Goose leaves it in place too.
    let _ = log::set_logger(&Silent);
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Arguments, Command};
    use crate::judge::DEFAULT_MAX_LATENESS;

    #[test]
    fn the_bound_on_lateness_is_the_one_that_limits_are_relative_to() {
        let parsed = Arguments::try_parse_from(["gander", "run"]).expect("valid arguments");
        let Command::Run(arguments) = parsed.command else { panic!("{:?}", parsed.command) };
        assert_eq!(arguments.max_lateness, DEFAULT_MAX_LATENESS);
    }
}
