//! How much load: what the file says, what the command line says in its place, and whether the
//! two models have what they need.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;

use super::super::error::advise;
use super::super::file;
use super::super::{Arrivals, Load, Model, Open, Profile, Stage};
use super::{Compiler, MAX_USERS};
use crate::units::{Rate, format_duration, parse_duration};

const DEFAULT_USERS: usize = 10;
const DEFAULT_DURATION: Duration = Duration::from_secs(10);
/// Long enough for a stall of the service to show as latency, and short enough for the starts
/// after it not to come as one crowd.
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(1);

/// Reads how long a start may wait for a user.
///
/// # Errors
/// A sentence that says what to write.
pub fn parse_tolerance(text: &str) -> Result<Duration, String> {
    // No start is in time to the microsecond: with less, all would be missed.
    const LEAST: Duration = Duration::from_millis(1);
    match parse_duration(text)? {
        time if time < LEAST => Err("write at least \"1ms\"".to_owned()),
        time => Ok(time),
    }
}

/// Which models the journeys of a file are of.
#[derive(Clone, Copy)]
struct Played {
    closed: bool,
    open: bool,
}

impl Compiler<'_> {
    /// What makes a journey start.
    pub(super) fn model(&mut self, journey: &file::Journey, load: &file::Load) -> Model {
        let has_rate = self.has_rate(load);
        let Some(name) = &journey.model else {
            return if has_rate { Model::Open } else { Model::Closed };
        };
        let found = Model::ALL.into_iter().find(|model| model.name() == name.get_ref());
        match found {
            Some(Model::Open) if !has_rate => self
                .problems
                .add(name.span(), "an open journey needs a rate: write rate = \"200/s\" in [load]"),
            Some(_) => {}
            None => {
                let advice = advise(name.get_ref(), Model::ALL.map(Model::name));
                self.problems
                    .add(name.span(), format!("unknown model \"{}\": {advice}", name.get_ref()));
            }
        }
        found.unwrap_or(Model::Closed)
    }

    fn has_rate(&self, load: &file::Load) -> bool {
        self.overrides.rate.is_some() || load.rate.is_some() || !load.stage.is_empty()
    }

    pub(super) fn load(&mut self, file: &file::File) -> Load {
        let load = &file.load;
        let played = self.played(file);
        self.refuse_what_is_in_vain(load, played);
        let overrides = self.overrides;
        let users = overrides
            .users
            .or_else(|| load.users.as_ref().map(|users| self.count(Some(users), 1, MAX_USERS)));
        let ramp = overrides.ramp.or_else(|| self.duration(load.ramp.as_ref()));
        let ramp_down = overrides.ramp_down.or_else(|| self.duration(load.ramp_down.as_ref()));
        let warm_up = overrides.warm_up.or_else(|| self.duration(load.warm_up.as_ref()));
        let iterations = overrides
            .iterations
            .or_else(|| load.iterations.as_ref().map(|n| self.at_least_one(Some(n), 1)));
        let open = (played.open && self.has_rate(load)).then(|| self.open(load));
        let staged = open.as_ref().map(|open| open.profile.length());
        let staged = staged.filter(|length| !length.is_zero());
        let given = overrides.duration.or_else(|| self.duration(load.duration.as_ref()));
        // A run must end: by time unless it was told to end by number.
        let duration =
            given.or(staged).or_else(|| iterations.is_none().then_some(DEFAULT_DURATION));
        let only_open = played.open && !played.closed;
        let of_closed = |time: Option<Duration>| time.filter(|_| !only_open);
        let fitted = Times {
            ramp: self.fit(of_closed(ramp), overrides.ramp, "ramp"),
            ramp_down: self.fit(of_closed(ramp_down), overrides.ramp_down, "ramp down"),
            warm_up: self.fit(warm_up, overrides.warm_up, "warm-up"),
            staged,
            duration,
        };
        self.check_times(load, &fitted);
        Load {
            users: if played.closed { users.unwrap_or(DEFAULT_USERS) } else { 0 },
            ramp: fitted.ramp,
            ramp_down: fitted.ramp_down,
            open,
            warm_up: fitted.warm_up,
            duration,
            iterations,
        }
    }

    fn played(&self, file: &file::File) -> Played {
        let default = if self.has_rate(&file.load) { "open" } else { "closed" };
        let has = |model: &str| {
            file.journey.iter().any(|journey| {
                let own = journey.get_ref().model.as_ref().map(|name| name.get_ref().as_str());
                own.unwrap_or(default) == model
            })
        };
        Played { closed: has("closed"), open: has("open") }
    }

    /// What is said about a model that nothing is of.
    fn refuse_what_is_in_vain(&mut self, load: &file::Load, played: Played) {
        const NO_CLOSED: &str = "is for closed journeys, and every journey here is open";
        const NO_OPEN: &str = "is for open journeys, and every journey here is closed";
        let overrides = self.overrides;
        let mut said: Vec<(Option<Range<usize>>, String)> = Vec::new();
        if !played.closed {
            let advice = "write pool = … for how many users there are to start them, or \
                          model = \"closed\" in a journey";
            // A rate on the command line makes a closed file an open one, whatever else it says.
            if overrides.rate.is_none() {
                let spans = [
                    ("users", load.users.as_ref().map(Spanned::span)),
                    ("ramp", load.ramp.as_ref().map(Spanned::span)),
                    ("ramp-down", load.ramp_down.as_ref().map(Spanned::span)),
                ];
                for (name, span) in spans.into_iter().filter(|(_, span)| span.is_some()) {
                    said.push((span, format!("{name} {NO_CLOSED}: {advice}")));
                }
            }
            for (name, is_given) in [
                ("--users", overrides.users.is_some()),
                ("--ramp", overrides.ramp.is_some()),
                ("--ramp-down", overrides.ramp_down.is_some()),
            ] {
                if is_given {
                    said.push((None, format!("{name} {NO_CLOSED}: see --pool and stages")));
                }
            }
        }
        if !played.open {
            let advice = if self.has_rate(load) {
                "write model = \"open\" in one, or leave their models out"
            } else {
                "write a rate too, such as rate = \"200/s\""
            };
            let spans = [
                ("rate", load.rate.as_ref().map(Spanned::span)),
                ("arrivals", load.arrivals.as_ref().map(Spanned::span)),
                ("pool", load.pool.as_ref().map(Spanned::span)),
                ("tolerance", load.tolerance.as_ref().map(Spanned::span)),
                ("a stage", load.stage.first().map(Spanned::span)),
            ];
            for (name, span) in spans.into_iter().filter(|(_, span)| span.is_some()) {
                said.push((span, format!("{name} {NO_OPEN}: {advice}")));
            }
            for (name, is_given) in [
                ("--rate", overrides.rate.is_some()),
                ("--arrivals", overrides.arrivals.is_some()),
                ("--pool", overrides.pool.is_some()),
                ("--tolerance", overrides.tolerance.is_some()),
            ] {
                if is_given {
                    let advice = if self.has_rate(load) { advice } else { "add --rate" };
                    said.push((None, format!("{name} {NO_OPEN}: {advice}")));
                }
            }
        }
        for (span, message) in said {
            self.problems.add_at(span, message);
        }
    }

    fn open(&mut self, load: &file::Load) -> Open {
        let overrides = self.overrides;
        let problems_before = self.problems.len();
        let profile = match overrides.rate {
            Some(rate) => {
                if !load.stage.is_empty() {
                    self.notes.push(format!("the file's stages are left out: the rate is {rate}"));
                }
                Profile::constant(rate)
            }
            None => Profile {
                start: load.rate.as_ref().and_then(|rate| self.rate(rate)),
                stages: self.stages(load),
            },
        };
        let tolerance =
            (overrides.tolerance).or_else(|| self.parsed(load.tolerance.as_ref(), parse_tolerance));
        // One that cannot be read is none either.
        if profile.peak() == 0.0 && self.problems.len() == problems_before {
            let last = load.stage.last().map(Spanned::span);
            let span = last.or(load.rate.as_ref().map(Spanned::span));
            self.problems
                .add_at(span, "the rate is zero all the time: nothing would arrive");
        }
        Open {
            profile,
            arrivals: overrides.arrivals.unwrap_or_else(|| self.arrivals(load)),
            // Found out when the journeys are known.
            pool: 0,
            tolerance: tolerance.unwrap_or(DEFAULT_TOLERANCE),
        }
    }

    fn arrivals(&mut self, load: &file::Load) -> Arrivals {
        let Some(name) = &load.arrivals else { return Arrivals::default() };
        let found = Arrivals::ALL.into_iter().find(|kind| kind.name() == name.get_ref());
        found.unwrap_or_else(|| {
            let advice = advise(name.get_ref(), Arrivals::ALL.map(Arrivals::name));
            self.problems
                .add(name.span(), format!("unknown arrivals \"{}\": {advice}", name.get_ref()));
            Arrivals::default()
        })
    }

    fn stages(&mut self, load: &file::Load) -> Vec<Stage> {
        let mut rate = load.rate.as_ref().and_then(|rate| Rate::parse(rate.get_ref()).ok());
        let mut stages = Vec::new();
        for raw in &load.stage {
            let raw = raw.get_ref();
            if let Some(to) = &raw.to {
                rate = self.rate(to);
            }
            let over = self.duration(Some(&raw.over)).unwrap_or_default();
            stages.push(Stage { to: rate, over });
        }
        stages
    }

    /// A rate, of which `0/s` is one here.
    fn rate(&mut self, text: &Spanned<String>) -> Option<Rate> {
        let number = text.get_ref().split('/').next().unwrap_or("").trim();
        if number.parse() == Ok(0.0) && text.get_ref().contains('/') {
            return None;
        }
        Rate::parse(text.get_ref())
            .map_err(|message| self.problems.add(text.span(), message))
            .ok()
    }

    /// A time of the file that does not fit into the duration of the command line.
    fn fit(&mut self, time: Option<Duration>, given: Option<Duration>, name: &str) -> Duration {
        let time = time.unwrap_or_default();
        match (self.overrides.duration, given) {
            (Some(duration), None) if time >= duration => {
                let short = duration / 5;
                self.notes.push(format!(
                    "the {name} is shortened from {} to {}, to fit into the duration",
                    format_duration(time),
                    format_duration(short)
                ));
                short
            }
            _ => time,
        }
    }

    fn check_times(&mut self, load: &file::Load, times: &Times) {
        let Some(duration) = times.duration else {
            if !times.ramp_down.is_zero() {
                let message = "a ramp down needs a duration, at whose end it ends";
                self.problems.add_at(load.ramp_down.as_ref().map(Spanned::span), message);
            }
            return;
        };
        let overrides = self.overrides;
        let shown = format_duration(duration);
        let ramps = times.ramp + times.ramp_down;
        // Named where the file has it.
        let span = |text: &Option<Spanned<String>>, is_overridden: bool| {
            text.as_ref().filter(|_| !is_overridden).map(Spanned::span)
        };
        let file_duration = span(&load.duration, overrides.duration.is_some());
        let file_ramp = span(&load.ramp, overrides.ramp.is_some());
        let file_warm_up = span(&load.warm_up, overrides.warm_up.is_some());
        if duration.is_zero() {
            self.problems
                .add_at(file_duration, "the duration is zero: write at least \"1s\"");
            return;
        }
        if ramps >= duration {
            let (what, verb) = if times.ramp_down.is_zero() {
                (format!("the ramp ({})", format_duration(ramps)), "is")
            } else {
                (format!("the ramps up and down ({})", format_duration(ramps)), "are")
            };
            self.problems.add_at(file_duration.clone().or(file_ramp), format!(
                "{what} {verb} not shorter than the duration ({shown}), which counts from the start of the ramp"
            ));
        }
        if times.warm_up >= duration {
            let message = format!(
                "the warm-up ({}) is not shorter than the duration ({shown}): nothing would be left",
                format_duration(times.warm_up)
            );
            self.problems.add_at(file_warm_up.or(file_duration.clone()), message);
        }
        if let Some(staged) = times.staged.filter(|staged| *staged > duration) {
            let staged = format_duration(staged);
            if overrides.duration.is_some() {
                self.notes.push(format!("the stages ({staged}) are cut off after {shown}"));
            } else {
                let message = format!(
                    "the stages last {staged}, longer than the duration ({shown}): leave it out"
                );
                self.problems.add_at(file_duration, message);
            }
        }
    }
}

/// What has to fit into each other.
struct Times {
    ramp: Duration,
    ramp_down: Duration,
    warm_up: Duration,
    staged: Option<Duration>,
    duration: Option<Duration>,
}
