//! From what a file says to what will be played.

mod journey;
mod load;
mod step;
mod tls;
mod transport;
mod users;

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use self::users::lend;
use super::error::{Problems, ScenarioError, advise};
use super::file::{self, File};
use super::{Accounts, Arrivals, Lending, Plan, Source, TransportOverrides};
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
    let mut journeys = compiler.journeys(&file);
    let mut load = compiler.load(&file);
    compiler.share_out(&mut load, &mut journeys, &accounts, &file);
    let mut targets = compiler.targets(file.target.as_ref());
    if !overrides.targets.is_empty() {
        targets.clone_from(&overrides.targets);
    }
    let mut transport = compiler.transport(&file.transport);
    lend(&accounts, &mut journeys);
    let in_tls = targets.iter().any(|(_, url)| is_tls(url));
    compiler.tls(&file.transport, source, in_tls, &accounts, &mut journeys, &mut transport);
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
        transport,
        notes,
    })
}

fn is_tls(url: &str) -> bool {
    Target::parse(url, "").is_ok_and(|target| target.tls)
}

struct Compiler<'c, 't> {
    overrides: &'c Overrides,
    columns: &'c [String],
    problems: Problems<'t>,
    notes: Vec<String>,
}

impl Compiler<'_, '_> {
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
