//! From what a file says to what will be played.

use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::error::{Problems, ScenarioError, advise};
use super::file::{self, File};
use super::template::TemplateError;
use super::{Accounts, Expect, Journey, Load, Plan, Slots, Source, Step, Template, Think};
use crate::api::{self, Api, Binding, Operation, Role};
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

/// What a journey's steps are resolved against.
struct Setting {
    journey: String,
    api: &'static dyn Api,
    slots: Slots,
    /// Whether an earlier step opens a session.
    session: Option<usize>,
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

    fn journeys(&mut self, file: &File) -> Vec<Journey> {
        if file.journey.is_empty() {
            self.problems.add_global(
                "no journey in it: write a [[journey]] with at least one [[journey.step]]",
            );
        }
        let mut journeys: Vec<Journey> = Vec::new();
        for raw in &file.journey {
            let name = &raw.get_ref().name;
            if journeys.iter().any(|journey| journey.name == *name.get_ref()) {
                self.problems.add(
                    name.span(),
                    format!("a second journey \"{}\": give it another name", name.get_ref()),
                );
            }
            journeys.extend(self.journey(file, raw));
        }
        if journeys.is_empty() && !file.journey.is_empty() && self.problems.len() == 0 {
            self.problems
                .add_global(format!("nothing is left to play: {}", self.notes.join("; ")));
        }
        journeys
    }

    fn journey(&mut self, file: &File, raw: &Spanned<file::Journey>) -> Option<Journey> {
        let span = raw.span();
        let raw = raw.get_ref();
        let name = raw.name.get_ref().clone();
        let api = match (self.overrides.api, &raw.api, &file.api) {
            (Some(wanted), Some(own), _) => {
                let own = self.api(own)?;
                if own.name() != wanted.name() {
                    self.notes
                        .push(format!("journey \"{name}\" is for {} and is left out", own.name()));
                    return None;
                }
                own
            }
            (Some(wanted), None, _) => wanted,
            (None, Some(api), _) | (None, None, Some(api)) => self.api(api)?,
            (None, None, None) => {
                self.problems.add(
                    span,
                    format!(
                        "journey \"{name}\" has no API: write `api = \"eltex\"` in it or at the top"
                    ),
                );
                return None;
            }
        };
        let binding = self.binding(raw.binding.as_ref().or(file.binding.as_ref()), api);
        let weight = self.at_least_one(raw.weight.as_ref(), 1);
        let mut setting = Setting {
            journey: name.clone(),
            api,
            slots: Slots::new(self.columns.iter().cloned().chain(["user".to_owned()])),
            session: None,
        };
        let problems_before = self.problems.len();
        let mut steps: Vec<Step> = Vec::new();
        for raw in &raw.step {
            if let Some(step) = self.step(&mut setting, &steps, raw) {
                steps.push(step);
            }
        }
        keep_used_captures(&mut steps);
        if raw.step.is_empty() {
            self.problems.add(
                span,
                format!("journey \"{name}\" has no step: write at least one [[journey.step]]"),
            );
        } else if steps.is_empty() && self.problems.len() == problems_before {
            self.notes.push(format!(
                "journey \"{name}\" has no step that {} documents and is left out",
                api.name()
            ));
            return None;
        }
        self.note_open_session(&name, api, &steps);
        Some(Journey { name, weight, api, binding, steps, slots: setting.slots })
    }

    /// Says so where a journey leaves its sessions to expire though the API could end them.
    fn note_open_session(&mut self, journey: &str, api: &dyn Api, steps: &[Step]) {
        let role = |step: &Step| api.operations()[step.operation].role;
        let opens = |step: &Step| role(step) == Role::Login && step.expect == Expect::Accepted;
        let last_login = steps.iter().rposition(opens);
        let is_undone = |login| steps.iter().any(|step| step.undoes == Some(login));
        if last_login.is_some_and(|login| !is_undone(login))
            && api.operation_for(Role::Logout).is_some()
        {
            self.notes
                .push(format!("journey \"{journey}\" opens sessions and does not log out"));
        }
    }

    fn api(&mut self, name: &Spanned<String>) -> Option<&'static dyn Api> {
        let found = api::find(name.get_ref());
        if found.is_none() {
            let known = api::REGISTRY.iter().map(|api| api.name());
            let advice = advise(name.get_ref(), known);
            self.problems
                .add(name.span(), format!("unknown API \"{}\": {advice}", name.get_ref()));
        }
        found
    }

    fn binding(&mut self, name: Option<&Spanned<String>>, api: &'static dyn Api) -> Binding {
        let known = api.bindings();
        if let Some(binding) = self.overrides.binding {
            if !known.contains(&binding) {
                let names: Vec<_> = known.iter().map(|b| b.name()).collect();
                self.problems.add_global(format!(
                    "{} has no binding {binding}: write one of: {}",
                    api.name(),
                    names.join(", ")
                ));
            }
            return binding;
        }
        let Some(name) = name else { return known[0] };
        let found = Binding::from_name(name.get_ref()).filter(|b| known.contains(b));
        found.unwrap_or_else(|| {
            // With --api the file's binding may belong to the API it was written for.
            if self.overrides.api.is_none() || Binding::from_name(name.get_ref()).is_none() {
                let advice = advise(name.get_ref(), known.iter().map(|b| b.name()));
                self.problems.add(
                    name.span(),
                    format!("{} has no binding \"{}\": {advice}", api.name(), name.get_ref()),
                );
            }
            known[0]
        })
    }

    fn step(
        &mut self,
        setting: &mut Setting,
        earlier: &[Step],
        raw: &Spanned<file::Step>,
    ) -> Option<Step> {
        let raw = raw.get_ref();
        let api = setting.api;
        let index = self.operation(setting, &raw.call)?;
        let operation = &api.operations()[index];
        let inputs = self.inputs(setting, operation, raw)?;
        let expect = match &raw.expect {
            None => Expect::default(),
            Some(text) => Expect::parse(text.get_ref(), operation.answers)
                .map_err(|message| self.problems.add(text.span(), message))
                .unwrap_or_default(),
        };
        let repeat = match &raw.repeat {
            Some(repeat) if *repeat.get_ref() == 0 => {
                self.problems
                    .add(repeat.span(), "0 repeats: write at least 1, or leave the step out");
                1
            }
            Some(repeat) => *repeat.get_ref(),
            None => 1,
        };
        let think = match (&self.overrides.think, &raw.think) {
            (Some(think), _) => *think,
            (None, Some(text)) => Think::parse(text.get_ref())
                .map_err(|message| self.problems.add(text.span(), message))
                .unwrap_or_default(),
            (None, None) => Think::None,
        };
        let captures: Vec<_> = operation
            .outputs
            .iter()
            .map(|output| (*output, setting.slots.find_or_add(output)))
            .collect();
        if let Some(opens) = operation.opens {
            setting.session = setting.slots.find(opens);
        }
        Some(Step {
            name: unique_name(raw.name.as_deref().unwrap_or(operation.name), earlier),
            undoes: self.undoes(api, operation, earlier, raw),
            operation: index,
            inputs,
            expect,
            repeat,
            think,
            captures,
        })
    }

    /// What a step takes back: what the file says, or a logout the login before it.
    fn undoes(
        &mut self,
        api: &dyn Api,
        operation: &Operation,
        earlier: &[Step],
        raw: &file::Step,
    ) -> Option<usize> {
        let Some(name) = &raw.undoes else {
            let opens = |step: &Step| api.operations()[step.operation].role == Role::Login;
            return earlier.iter().rposition(opens).filter(|_| operation.role == Role::Logout);
        };
        let found = earlier.iter().position(|step| step.name == *name.get_ref());
        if found.is_none() {
            let advice = advise(name.get_ref(), earlier.iter().map(|step| step.name.as_str()));
            self.problems.add(
                name.span(),
                format!("no step before it is called \"{}\": {advice}", name.get_ref()),
            );
        }
        found
    }

    /// A role that the API does not have is left out; an operation it does not have is an error.
    fn operation(&mut self, setting: &Setting, call: &Spanned<String>) -> Option<usize> {
        let api = setting.api;
        let name = call.get_ref().as_str();
        if let Some(role) = Role::NAMED.into_iter().find(|role| role.name() == name) {
            let found = api.operation_for(role);
            if found.is_none() {
                self.notes.push(format!(
                    "{} documents no {name}: left out of journey \"{}\"",
                    api.name(),
                    setting.journey
                ));
            }
            return found;
        }
        let found = api.operation_named(name);
        if found.is_none() {
            let roles = Role::NAMED.into_iter().map(Role::name);
            let known = api.operations().iter().map(|o| o.name).chain(roles);
            let advice = advise(name, known);
            self.problems
                .add(call.span(), format!("{} has no operation \"{name}\": {advice}", api.name()));
        }
        found
    }

    fn inputs(
        &mut self,
        setting: &Setting,
        operation: &Operation,
        raw: &file::Step,
    ) -> Option<Vec<Template>> {
        for key in raw.with.keys() {
            if operation.input_named(key.get_ref()).is_none() {
                let advice = advise(key.get_ref(), operation.inputs.iter().map(|i| i.name));
                self.problems.add(
                    key.span(),
                    format!("{} has no input \"{}\": {advice}", operation.name, key.get_ref()),
                );
            }
        }
        let inputs: Vec<_> = operation
            .inputs
            .iter()
            .map(|input| {
                let given = raw.with.iter().find(|(key, _)| key.get_ref() == input.name);
                match given {
                    Some((_, text)) => self.template(setting, text),
                    None => self.default_input(setting, operation, input, &raw.call),
                }
            })
            .collect();
        inputs.into_iter().collect()
    }

    fn template(&mut self, setting: &Setting, text: &Spanned<String>) -> Option<Template> {
        let error = match Template::parse(text.get_ref(), &setting.slots) {
            Ok(template) => return Some(template),
            Err(error) => error,
        };
        let message = match error {
            TemplateError::LoneBrace => {
                "a brace without its partner: write {name}, or {{ for a brace".to_owned()
            }
            TemplateError::Unknown(name) => {
                format!(
                    "nothing here is called \"{name}\": {}",
                    advise(&name, setting.slots.names())
                )
            }
        };
        self.problems.add(text.span(), message);
        None
    }

    fn default_input(
        &mut self,
        setting: &Setting,
        operation: &Operation,
        input: &api::Input,
        call: &Spanned<String>,
    ) -> Option<Template> {
        let column = |name| setting.slots.find(name).map(Template::slot);
        match input.source {
            api::Source::Login => column("login"),
            api::Source::Password => column("password"),
            api::Source::Domain => column("domain"),
            api::Source::Literal(text) => Some(Template::text(text)),
            api::Source::Session => {
                if setting.session.is_none() {
                    self.problems.add(call.span(), format!(
                        "{} needs a session: put a login before it, or write with = {{ {} = \"…\" }}",
                        operation.name, input.name
                    ));
                }
                setting.session.map(Template::slot)
            }
            api::Source::Required => {
                self.problems.add(
                    call.span(),
                    format!(
                        "{} needs a value for {}: write with = {{ {} = \"…\" }}",
                        operation.name, input.name, input.name
                    ),
                );
                None
            }
        }
    }
}

/// `name`, or `name #2` where there is one already.
fn unique_name(name: &str, earlier: &[Step]) -> String {
    let taken = |name: &str| earlier.iter().any(|step| step.name == name);
    let numbered = (2..).map(|n| format!("{name} #{n}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !taken(name))
        .expect("some number is free")
}

/// Only what a later request needs is copied out of a reply.
fn keep_used_captures(steps: &mut [Step]) {
    let used: Vec<usize> =
        steps.iter().flat_map(|step| &step.inputs).flat_map(Template::slots).collect();
    for step in steps {
        step.captures.retain(|(_, slot)| used.contains(slot));
    }
}
