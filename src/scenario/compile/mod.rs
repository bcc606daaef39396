//! From what a file says to what will be played.

mod journey;
mod step;

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::error::{Problems, ScenarioError, advise};
use super::file::{self, File};
use super::{Accounts, Load, Plan, Source, Think};
use crate::api::{self, Api, Binding};
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
    pub think: Option<Think>,
    /// What random choices start from.
    pub seed: Option<u64>,
}

const DEFAULT_USERS: usize = 10;
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
    let load = compiler.load(&file.load);
    let journeys = compiler.journeys(&file);
    let targets = compiler.targets(file.target);
    let Compiler { problems, notes, .. } = compiler;
    problems.into_result(&source.name)?;
    Ok(Plan {
        summary: file.summary.unwrap_or_default(),
        seed: overrides.seed.or(file.seed).unwrap_or(1),
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
            .unwrap_or_else(|| self.at_least_one(load.users.as_ref(), DEFAULT_USERS));
        let ramp = overrides.ramp.or_else(|| self.duration(load.ramp.as_ref()));
        let ramp = ramp.unwrap_or_default();
        let iterations = overrides
            .iterations
            .or_else(|| load.iterations.as_ref().map(|n| self.at_least_one(Some(n), 1)));
        let duration = overrides.duration.or_else(|| self.duration(load.duration.as_ref()));
        // A run must end: by time unless it was told to end by number.
        let duration = duration.or(iterations.is_none().then_some(DEFAULT_DURATION));
        let ramp = self.fit_ramp(ramp);
        match duration {
            Some(duration) if duration.is_zero() => {
                self.problems.add_global("the duration is zero: write at least \"1s\"");
            }
            Some(duration) if ramp >= duration => self.problems.add_global(format!(
                "the ramp ({}) is not shorter than the duration ({}), which counts from the start of the ramp",
                format_duration(ramp),
                format_duration(duration),
            )),
            _ => {}
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

    fn targets(&mut self, target: Option<file::Target>) -> Vec<(Option<String>, String)> {
        match target {
            None => Vec::new(),
            Some(file::Target::One(url)) => vec![(None, url)],
            Some(file::Target::PerApi(urls)) => {
                for name in urls.keys().filter(|name| api::find(name).is_none()) {
                    let known = api::REGISTRY.iter().map(|api| api.name());
                    self.problems.add_global(format!(
                        "[target]: unknown API \"{name}\": {}",
                        advise(name, known)
                    ));
                }
                urls.into_iter().map(|(api, url)| (Some(api), url)).collect()
            }
        }
    }
}
