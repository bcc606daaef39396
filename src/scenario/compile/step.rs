//! Steps: which operation they call, with which values, and what they expect.

use std::ops::Range;

use toml::Spanned;

use super::super::error::advise;
use super::super::file;
use super::super::template::TemplateError;
use super::super::{Expect, Slots, Step, Template};
use super::Compiler;
use super::journey::Setting;
use crate::api::{self, Api, Operation, Role};
use crate::distribution::Distribution;

impl Compiler<'_> {
    pub(super) fn step(
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
            (None, Some(text)) => Distribution::parse(text.get_ref())
                .map_err(|message| self.problems.add(text.span(), message))
                .unwrap_or_default(),
            (None, None) => Distribution::ZERO,
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
        // With --api that step may have been left out.
        if found.is_none() && self.overrides.api.is_none() {
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
        let is_anothers = || api::REGISTRY.iter().any(|api| api.operation_named(name).is_some());
        if found.is_none() && self.overrides.api.is_some() && is_anothers() {
            self.notes.push(format!(
                "{} documents no {name}: left out of journey \"{}\"",
                api.name(),
                setting.journey
            ));
        } else if found.is_none() {
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
            .enumerate()
            .map(|(index, input)| {
                let given = raw
                    .with
                    .iter()
                    .find(|(key, _)| operation.input_named(key.get_ref()) == Some(index));
                match given {
                    Some((_, text)) => {
                        self.template(&setting.slots, text.get_ref(), Some(text.span()))
                    }
                    None => self.default_input(setting, operation, input, &raw.call),
                }
            })
            .collect();
        inputs.into_iter().collect()
    }

    pub(super) fn template(
        &mut self,
        slots: &Slots,
        text: &str,
        span: Option<Range<usize>>,
    ) -> Option<Template> {
        let error = match Template::parse(text, slots) {
            Ok(template) => return Some(template),
            Err(error) => error,
        };
        let message = match error {
            TemplateError::LoneBrace => {
                "a brace without its partner: write {name}, or {{ for a brace".to_owned()
            }
            TemplateError::Unknown(name) => {
                // It may be part of a password that has braces in it.
                let advice = advise(&name, slots.names());
                format!("an unknown placeholder: {advice} For a brace, write {{{{ or }}}}")
            }
        };
        self.problems.add_at(span, message);
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
