//! What will be played: every name resolved, every value checked.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Accounts, Expect, Profile, Slots, Template, Transport, User};
use crate::api::{Api, Binding, Operation};
use crate::distribution::Distribution;

/// Where a scenario came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// What people call it: the name of a built-in scenario, or the file's path.
    pub name: String,
    /// The folder that paths in it are relative to.
    pub folder: PathBuf,
    /// The file's text.
    pub text: String,
}

impl fmt::Debug for Source {
    /// Without the text, which may hold the keys to a service.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// A valid scenario.
#[derive(Debug, PartialEq)]
pub struct Plan {
    /// Where it came from.
    pub source: Source,
    /// What it plays, in one line.
    pub summary: String,
    /// The journeys, at least one.
    pub journeys: Vec<Journey>,
    /// How much load.
    pub load: Load,
    /// Who logs in.
    pub accounts: Accounts,
    /// Where to, by API (`None`: for all); no entry means the embedded simulator.
    pub targets: Vec<(Option<String>, String)>,
    /// How connections are made and used.
    pub transport: Transport,
    /// The think time that takes the place of the steps' own.
    pub think: Option<Distribution>,
    /// What random choices start from.
    pub seed: u64,
    /// What was left out, and other things a reader of the figures should know.
    pub notes: Vec<String>,
}

/// How much load.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The closed model: how many users at once; none if every journey is open.
    pub users: usize,
    /// Over which time they start.
    pub ramp: Duration,
    /// Over which time they leave, up to the end.
    pub ramp_down: Duration,
    /// The open model, if any journey is open.
    pub open: Option<Open>,
    /// How much of the start is left out of the figures.
    pub warm_up: Duration,
    /// When the run ends, counted from its start.
    pub duration: Option<Duration>,
    /// After how many journeys each user of the closed model ends, and after how many arrivals in
    /// all the open model does.
    pub iterations: Option<usize>,
}

/// Arrivals at a rate, whether or not replies come.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// How many journeys are to start, over time; journeys have shares in it by weight.
    pub profile: Profile,
    /// How they are spread.
    pub arrivals: Arrivals,
    /// How many users there are to start them, in all.
    pub pool: usize,
    /// How long a start may wait for one of them before it is missed.
    pub tolerance: Duration,
}

/// How arrivals are spread over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// Independent of each other, as those of people are: a Poisson process.
    #[default]
    Poisson,
    /// Evenly.
    Uniform,
}

impl Arrivals {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Poisson, Self::Uniform];

    /// Its name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Uniform => "uniform",
        }
    }
}

/// What makes a journey start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// A user who has finished the one before.
    Closed,
    /// The clock.
    Open,
}

impl Model {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];

    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// What one kind of user does, again and again.
#[derive(Debug, PartialEq)]
pub struct Journey {
    /// Its name, unique in the plan.
    pub name: String,
    /// What makes it start.
    pub model: Model,
    /// Its share of the users, or of the arrivals, against the other journeys' of its model.
    pub weight: usize,
    /// How many users play it: its share, or its part of the open model's pool.
    pub users: usize,
    /// Open: after how many arrivals it ends.
    pub starts: Option<usize>,
    /// Which API it is for.
    pub api: &'static dyn Api,
    /// How its messages travel.
    pub binding: Binding,
    /// What is done, at least one step.
    pub steps: Vec<Step>,
    /// The values a user has: the columns of its account, then what replies leave.
    pub slots: Slots,
    /// Which of them must not be shown: passwords, and sessions that replies leave.
    pub secrets: Vec<usize>,
    /// The account of each user.
    pub accounts: Vec<User>,
}

/// One request with its expected answer.
#[derive(Debug, PartialEq)]
pub struct Step {
    /// What the report calls it, unique in the journey.
    pub name: String,
    /// Which operation of the API.
    pub operation: usize,
    /// The values of the operation's inputs.
    pub inputs: Vec<Template>,
    /// Which answer is a success.
    pub expect: Expect,
    /// How often it is done in a row.
    pub repeat: u32,
    /// How long the user waits after each.
    pub think: Distribution,
    /// Which fields of the reply are kept in which slots.
    pub captures: Vec<(&'static str, usize)>,
    /// The earlier step that this one takes back: a logout its login, for example. If that was
    /// done, this one is played even when the journey fails or the run ends.
    pub undoes: Option<usize>,
}

impl Plan {
    /// The journeys of one model.
    pub fn of_model(&self, model: Model) -> impl Iterator<Item = &Journey> {
        self.journeys.iter().filter(move |journey| journey.model == model)
    }

    /// How many users there are, of both models.
    #[must_use]
    pub fn users(&self) -> usize {
        self.journeys.iter().map(|journey| journey.users).sum()
    }
}

impl Journey {
    /// The operation of a step.
    #[must_use]
    pub fn operation(&self, step: &Step) -> &'static Operation {
        &self.api.operations()[step.operation]
    }
}
