//! From what a file says to what will be played.

mod journey;
mod step;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::error::{Problems, ScenarioError, advise};
use super::file::{self, File};
use super::share::users_per_journey;
use super::{Accounts, Journey, Lending, Load, Plan, Source};
use crate::api::{self, Api, Binding};
use crate::distribution::Distribution;
use crate::http::Target;
use crate::units::{format_duration, parse_duration};

/// What the command line says in place of the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The API of every journey; those that are for another are left out.
    pub api: Option<&'static dyn Api>,
    /// The binding of every journey.
    pub binding: Option<Binding>,
    /// How many users.
    pub users: Option<usize>,
    /// The accounts.
    pub users_file: Option<PathBuf>,
    /// How long.
    pub duration: Option<Duration>,
    /// Over which time the users start.
    pub ramp: Option<Duration>,
    /// How many journeys a user makes.
    pub iterations: Option<usize>,
    /// The think time of every step.
    pub think: Option<Distribution>,
    /// What random choices start from.
    pub seed: Option<u64>,
}

/// More users than one process can have connections for.
pub const MAX_USERS: usize = 1_000_000;
/// Larger weights say nothing that smaller ones do not.
const MAX_WEIGHT: usize = 10_000;
const DEFAULT_USERS: usize = 10;
const DEFAULT_SEED: u64 = 1;
const DEFAULT_DURATION: Duration = Duration::from_secs(10);

/// Makes a plan of a scenario: reads it, and the accounts it names.
///
/// # Errors
/// Everything that is wrong with it.
pub fn open(source: &Source, overrides: &Overrides) -> Result<Plan, ScenarioError> {
    let fail =
        |problem| ScenarioError { source_name: source.name.clone(), problems: vec![problem] };
    let file = file::parse(&source.text).map_err(fail)?;
    let mut problems = Problems::new(&source.text);
    let accounts = match (&overrides.users_file, &file.accounts.file) {
        (Some(path), _) => {
            Accounts::read(path).map_err(|error| problems.add_global(error.to_string()))
        }
        (None, Some(path)) => Accounts::read(&source.folder.join(path.get_ref()))
            .map_err(|error| problems.add(path.span(), error.to_string())),
        (None, None) => Ok(Accounts::generated()),
    };
    // Without the accounts the placeholders cannot be checked, the rest can.
    let accounts = accounts.unwrap_or_else(|()| Accounts::generated());
    let seed = overrides.seed.or(file.seed).unwrap_or(DEFAULT_SEED);
    let accounts = accounts.lent(Lending {
        shared: file.accounts.shared,
        shuffled: (file.accounts.order == file::Order::Random).then_some(seed),
    });
    compile(source, file, accounts, overrides, problems)
}

fn compile(
    source: &Source,
    file: File,
    accounts: Accounts,
    overrides: &Overrides,
    problems: Problems<'_>,
) -> Result<Plan, ScenarioError> {
    let mut compiler = Compiler {
        overrides,
        columns: &accounts.columns,
        problems,
        notes: Vec::new(),
    };
    if file.accounts.shared {
        let note = "users share accounts (shared = true): one may be in several sessions at once";
        compiler.notes.push(note.to_owned());
    }
    let load = compiler.load(&file.load);
    let mut journeys = compiler.journeys(&file);
    compiler.share_out(load.users, &mut journeys, &accounts, file.accounts.file.as_ref());
    let targets = compiler.targets(file.target.as_ref());
    let Compiler { problems, notes, .. } = compiler;
    problems.into_result(&source.name)?;
    Ok(Plan {
        summary: file.summary.unwrap_or_default(),
        think: overrides.think,
        seed: overrides.seed.or(file.seed).unwrap_or(DEFAULT_SEED),
        source: source.clone(),
        journeys,
        load,
        accounts,
        targets,
        notes,
    })
}

struct Compiler<'c, 't> {
    overrides: &'c Overrides,
    columns: &'c [String],
    problems: Problems<'t>,
    notes: Vec<String>,
}

impl Compiler<'_, '_> {
    fn load(&mut self, load: &file::Load) -> Load {
        let overrides = self.overrides;
        let users = overrides
            .users
            .unwrap_or_else(|| self.count(load.users.as_ref(), DEFAULT_USERS, MAX_USERS));
        let ramp = overrides.ramp.or_else(|| self.duration(load.ramp.as_ref()));
        let ramp = ramp.unwrap_or_default();
        let iterations = overrides
            .iterations
            .or_else(|| load.iterations.as_ref().map(|n| self.at_least_one(Some(n), 1)));
        let duration = overrides.duration.or_else(|| self.duration(load.duration.as_ref()));
        // A run must end: by time unless it was told to end by number.
        let duration = duration.or(iterations.is_none().then_some(DEFAULT_DURATION));
        let ramp = self.fit_ramp(ramp);
        let problem = match duration {
            Some(duration) if duration.is_zero() => {
                Some("the duration is zero: write at least \"1s\"".to_owned())
            }
            Some(duration) if ramp >= duration => Some(format!(
                "the ramp ({}) is not shorter than the duration ({}), which counts from the start of the ramp",
                format_duration(ramp),
                format_duration(duration),
            )),
            _ => None,
        };
        // Named where the file has it; what comes from the command line has no line.
        match (problem, &load.duration, &load.ramp) {
            (None, ..) => {}
            (Some(problem), Some(text), _) if overrides.duration.is_none() => {
                self.problems.add(text.span(), problem);
            }
            (Some(problem), _, Some(text)) if overrides.ramp.is_none() => {
                self.problems.add(text.span(), problem);
            }
            (Some(problem), ..) => self.problems.add_global(problem),
        }
        Load { users, ramp, duration, iterations }
    }

    /// A ramp of the file that does not fit into the duration of the command line.
    fn fit_ramp(&mut self, ramp: Duration) -> Duration {
        match (self.overrides.duration, self.overrides.ramp) {
            (Some(duration), None) if ramp >= duration => {
                let short = duration / 5;
                self.notes.push(format!(
                    "the ramp is shortened from {} to {}, to fit into the duration",
                    format_duration(ramp),
                    format_duration(short)
                ));
                short
            }
            _ => ramp,
        }
    }

    /// A number from 1 to `most`.
    fn count(&mut self, number: Option<&Spanned<usize>>, default: usize, most: usize) -> usize {
        if let Some(number) = number
            && *number.get_ref() > most
        {
            self.problems.add(number.span(), format!("too many: write at most {most}"));
            return most;
        }
        self.at_least_one(number, default)
    }

    fn at_least_one(&mut self, number: Option<&Spanned<usize>>, default: usize) -> usize {
        match number {
            Some(number) if *number.get_ref() == 0 => {
                self.problems.add(number.span(), "0 is too few: write at least 1");
                1
            }
            Some(number) => *number.get_ref(),
            None => default,
        }
    }

    fn duration(&mut self, text: Option<&Spanned<String>>) -> Option<Duration> {
        let text = text?;
        parse_duration(text.get_ref())
            .map_err(|message| self.problems.add(text.span(), message))
            .ok()
    }

    fn targets(&mut self, target: Option<&Spanned<file::Target>>) -> Vec<(Option<String>, String)> {
        let Some(target) = target else { return Vec::new() };
        let span = target.span();
        let urls: Vec<(Option<String>, String)> = match target.get_ref() {
            file::Target::One(url) => vec![(None, url.clone())],
            file::Target::PerApi(urls) => {
                urls.iter().map(|(api, url)| (Some(api.clone()), url.clone())).collect()
            }
        };
        for (api, url) in &urls {
            if let Some(name) = api.as_ref().filter(|name| api::find(name).is_none()) {
                let advice = advise(name, api::REGISTRY.iter().map(|api| api.name()));
                self.problems
                    .add(span.clone(), format!("[target]: unknown API \"{name}\": {advice}"));
            }
            if let Err(error) = Target::parse(url, "") {
                self.problems.add(span.clone(), error.to_string());
            }
        }
        urls
    }

    /// Shares the users out among the journeys; each needs an account of its own.
    fn share_out(
        &mut self,
        users: usize,
        journeys: &mut [Journey],
        accounts: &Accounts,
        file: Option<&Spanned<String>>,
    ) {
        let weights: Vec<_> = journeys.iter().map(|journey| journey.weight).collect();
        let mut by_api = BTreeMap::new();
        for (journey, share) in journeys.iter_mut().zip(users_per_journey(&weights, users)) {
            journey.users = share;
            by_api.entry(journey.api.name()).or_insert((journey.api, 0)).1 += share;
            if share == 0 {
                self.notes.push(format!(
                    "journey \"{}\" is played by nobody: {users} users are too few",
                    journey.name
                ));
            }
        }
        for (name, (api, users)) in by_api {
            if api.has_domains() && users > 0 && !accounts.have_domains() {
                self.notes.push(format!("{name} asks for a domain, and no account has one"));
            }
            let count = accounts.available(api);
            if count >= users {
                continue;
            }
            let problem = format!(
                "{users} users need as many {name} accounts, and there are {count}: \
                 give more accounts, or fewer users, or let users share them: shared = true in [accounts]"
            );
            match file {
                Some(path) if self.overrides.users_file.is_none() => {
                    self.problems.add(path.span(), problem);
                }
                _ => self.problems.add_global(problem),
            }
        }
    }
}
