//! From what a file says to what will be played.

mod journey;
mod load;
mod step;
#[cfg(feature = "cli")]
mod tls;
mod transport;
mod users;

pub use load::parse_tolerance;

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

#[cfg(feature = "cli")]
use super::Machine;
use super::error::{Problems, ScenarioError, advise};
use super::file::{self, File};
use super::{Accounts, Arrivals, Lending, Outside, Plan, Source, TransportOverrides};
use crate::api::{self, Api, Binding};
use crate::distribution::Distribution;
use crate::http::Target;
use crate::units::{Rate, parse_duration};

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
    /// Over which time they leave.
    pub ramp_down: Option<Duration>,
    /// How many journeys a user makes, and how many arrivals there are.
    pub iterations: Option<usize>,
    /// How much of the start is left out of the figures.
    pub warm_up: Option<Duration>,
    /// How many journeys start, in place of the file's rate and stages.
    pub rate: Option<Rate>,
    /// How they are spread.
    pub arrivals: Option<Arrivals>,
    /// How many users there are to start them.
    pub pool: Option<usize>,
    /// How long a start may wait for one of them.
    pub tolerance: Option<Duration>,
    /// The think time of every step.
    pub think: Option<Distribution>,
    /// What random choices start from.
    pub seed: Option<u64>,
    /// Where to, by API (`None`: for all); none: where the file says.
    pub targets: Vec<(Option<String>, String)>,
    /// How connections are made and used.
    pub transport: TransportOverrides,
}

const DEFAULT_SEED: u64 = 1;

/// More users than one process can have connections for.
pub const MAX_USERS: usize = 1_000_000;
/// Larger weights say nothing that smaller ones do not.
const MAX_WEIGHT: usize = 10_000;

/// Makes a plan of a scenario: reads it, the accounts and the certificates it names, and gives each
/// user an account.
///
/// # Errors
/// Everything that is wrong with it.
#[cfg(feature = "cli")]
pub fn open(source: &Source, overrides: &Overrides) -> Result<Plan, ScenarioError> {
    let file = parse(source)?;
    let mut compiler = Compiler::new(source, overrides, &Machine);
    let mut plan = compiler.plan(source, &file);
    users::lend(&plan.accounts, &mut plan.journeys);
    compiler.tls(&file.transport, &mut plan);
    compiler.problems.into_result(&source.name)?;
    Ok(Plan { notes: compiler.notes, ..plan })
}

/// Makes a plan of a scenario as far as its file and its accounts tell: nobody has an account yet,
/// and no certificate is read.
///
/// # Errors
/// Everything that is wrong with it.
pub fn understand(
    source: &Source,
    overrides: &Overrides,
    outside: &dyn Outside,
) -> Result<Plan, ScenarioError> {
    let file = parse(source)?;
    let mut compiler = Compiler::new(source, overrides, outside);
    let plan = compiler.plan(source, &file);
    compiler.problems.into_result(&source.name)?;
    Ok(Plan { notes: compiler.notes, ..plan })
}

fn parse(source: &Source) -> Result<File, ScenarioError> {
    let fail =
        |problem| ScenarioError { source_name: source.name.clone(), problems: vec![problem] };
    file::parse(&source.text).map_err(fail)
}

struct Compiler<'c> {
    overrides: &'c Overrides,
    outside: &'c dyn Outside,
    /// Of the accounts.
    columns: Vec<String>,
    problems: Problems<'c>,
    notes: Vec<String>,
}

impl<'c> Compiler<'c> {
    fn new(source: &'c Source, overrides: &'c Overrides, outside: &'c dyn Outside) -> Self {
        Self {
            overrides,
            outside,
            columns: Vec::new(),
            problems: Problems::new(&source.text),
            notes: Vec::new(),
        }
    }

    /// What will be played if there are no problems.
    fn plan(&mut self, source: &Source, file: &File) -> Plan {
        let accounts = self.accounts(source, file);
        self.columns.clone_from(&accounts.columns);
        let mut journeys = self.journeys(file);
        let mut load = self.load(file);
        self.share_out(&mut load, &mut journeys, &accounts, file);
        let targets = self.targets(file.target.as_ref());
        let overridden = &self.overrides.targets;
        Plan {
            summary: file.summary.clone().unwrap_or_default(),
            think: self.overrides.think,
            seed: self.seed(file),
            source: source.clone(),
            journeys,
            load,
            accounts,
            targets: if overridden.is_empty() { targets } else { overridden.clone() },
            transport: self.transport(&file.transport),
            notes: Vec::new(),
        }
    }

    fn seed(&self, file: &File) -> u64 {
        self.overrides.seed.or(file.seed).unwrap_or(DEFAULT_SEED)
    }

    /// Without the accounts the placeholders cannot be checked, the rest can.
    fn accounts(&mut self, source: &Source, file: &File) -> Accounts {
        let accounts = match (&self.overrides.users_file, &file.accounts.file) {
            (Some(path), _) => Accounts::read(path, self.outside)
                .map_err(|error| self.problems.add_global(error.to_string())),
            (None, Some(path)) => Accounts::read(&source.folder.join(path.get_ref()), self.outside)
                .map_err(|error| self.problems.add(path.span(), error.to_string())),
            (None, None) => Ok(Accounts::generated()),
        };
        if file.accounts.shared {
            self.notes.push(
                "users share accounts (shared = true): one may be in several sessions at once"
                    .to_owned(),
            );
        }
        accounts.unwrap_or_else(|()| Accounts::generated()).lent(Lending {
            shared: file.accounts.shared,
            shuffled: (file.accounts.order == file::Order::Random).then(|| self.seed(file)),
        })
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
        self.parsed(text, parse_duration)
    }

    /// What `parse` reads in a text.
    fn parsed<T>(
        &mut self,
        text: Option<&Spanned<String>>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = text?;
        parse(text.get_ref())
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
}
