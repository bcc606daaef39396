//! Journeys: which API they are for, and what is left of their steps there.

use toml::Spanned;

use super::super::error::advise;
use super::super::file::{self, File};
use super::super::{Expect, Journey, Slots, Step, Template};
use super::{Compiler, MAX_WEIGHT};
use crate::api::{self, Api, Binding, Role};

/// What a journey's steps are resolved against.
pub(super) struct Setting {
    pub(super) journey: String,
    pub(super) api: &'static dyn Api,
    pub(super) slots: Slots,
    /// Where the session that an earlier step opens is kept.
    pub(super) session: Option<usize>,
}

impl Compiler<'_> {
    pub(super) fn journeys(&mut self, file: &File) -> Vec<Journey> {
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
        let model = self.model(raw, &file.load);
        let weight = self.count(raw.weight.as_ref(), 1, MAX_WEIGHT);
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
        let slots = setting.slots;
        let opened = api.operations().iter().filter_map(|operation| operation.opens);
        let secrets = opened.chain(["password"]).filter_map(|name| slots.find(name)).collect();
        Some(Journey {
            name,
            model,
            weight,
            users: 0,
            starts: None,
            api,
            binding,
            steps,
            slots,
            secrets,
            // Lent when all journeys are known.
            accounts: Vec::new(),
        })
    }

    /// Says so where a journey leaves its sessions to expire though the API could end them.
    fn note_open_session(&mut self, journey: &str, api: &dyn Api, steps: &[Step]) {
        let role = |step: &Step| api.operations()[step.operation].role;
        let opens = |step: &Step| role(step) == Role::Login && step.expect == Expect::Accepted;
        let is_undone = |login| steps.iter().any(|step| step.undoes == Some(login));
        let mut logins = steps.iter().enumerate().filter(|(_, step)| opens(step));
        let is_left_open = |(index, step): (usize, &Step)| !is_undone(index) || step.repeat > 1;
        if logins.any(is_left_open) && api.operation_for(Role::Logout).is_some() {
            self.notes
                .push(format!("journey \"{journey}\" opens sessions that it does not log out of"));
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
}

/// Only what a later request needs is copied out of a reply.
fn keep_used_captures(steps: &mut [Step]) {
    let used: Vec<usize> =
        steps.iter().flat_map(|step| &step.inputs).flat_map(Template::slots).collect();
    for step in steps {
        step.captures.retain(|(_, slot)| used.contains(slot));
    }
}
