//! What will be played: every name resolved, every value checked.

use std::path::PathBuf;
use std::time::Duration;

use super::{Accounts, Expect, Slots, Template};
use crate::api::{Api, Binding, Operation};
use crate::distribution::Distribution;

/// Where a scenario came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What people call it: the name of a built-in scenario, or the file's path.
    pub name: String,
    /// The folder that paths in it are relative to.
    pub folder: PathBuf,
    /// The file's text.
    pub text: String,
}

/// A valid scenario.
#[derive(Debug)]
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
    /// The think time that takes the place of the steps' own.
    pub think: Option<Distribution>,
    /// What random choices start from.
    pub seed: u64,
    /// What was left out, and other things a reader of the figures should know.
    pub notes: Vec<String>,
}

/// How much load: a closed model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many users at once.
    pub users: usize,
    /// Over which time they start.
    pub ramp: Duration,
    /// When the run ends, counted from its start.
    pub duration: Option<Duration>,
    /// After how many journeys each user ends.
    pub iterations: Option<usize>,
}

/// What one kind of user does, again and again.
#[derive(Debug)]
pub struct Journey {
    /// Its name, unique in the plan.
    pub name: String,
    /// Its share of the users, against the other journeys'.
    pub weight: usize,
    /// How many users that makes.
    pub users: usize,
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
}

/// One request with its expected answer.
#[derive(Debug)]
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

impl Journey {
    /// The operation of a step.
    #[must_use]
    pub fn operation(&self, step: &Step) -> &'static Operation {
        &self.api.operations()[step.operation]
    }
}
