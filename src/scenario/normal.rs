//! A plan as a scenario file again: how it was understood.

use std::fmt::Write as _;
use std::time::Duration;

use toml::Spanned;

use super::file::{self, File};
use super::print::print;
use super::{Expect, Journey, Load, Plan, Profile, Step};
use crate::distribution::Distribution;
use crate::units::{Rate, format_duration, format_size};

/// The scenario file of a plan that was made without overrides, as it was understood: defaults
/// filled in, names resolved, values in one form. It makes the same plan. What the notes say stands
/// at its head.
///
/// Secrets are as the file has them: the names of those in the environment.
#[must_use]
pub fn normal_form(plan: &Plan) -> String {
    let mut head = String::new();
    for note in &plan.notes {
        // Names in it may hold what no comment may.
        let note: String = note.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = writeln!(head, "# {note}");
    }
    if !head.is_empty() {
        head.push('\n');
    }
    let written = file::parse(&plan.source.text).expect("a plan's text was read before");
    head + &print(&normal(plan, written))
}

/// `written` with everything in it that `plan` tells better.
fn normal(plan: &Plan, written: File) -> File {
    File {
        summary: written.summary,
        // Each journey has its own.
        api: None,
        binding: None,
        target: written.target,
        seed: Some(plan.seed),
        accounts: written.accounts,
        load: load(&plan.load),
        transport: transport(plan, written.transport),
        journey: plan.journeys.iter().map(|one| nowhere(journey(one))).collect(),
    }
}

/// A value that is in no file yet.
fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

fn text(text: &str) -> Spanned<String> {
    nowhere(text.to_owned())
}

fn time(duration: Duration) -> Spanned<String> {
    nowhere(format_duration(duration))
}

/// Left out where it is none.
fn time_if_any(duration: Duration) -> Option<Spanned<String>> {
    (!duration.is_zero()).then(|| time(duration))
}

fn rate(rate: Option<Rate>) -> Spanned<String> {
    nowhere(rate.map_or_else(|| "0/s".to_owned(), |rate| rate.to_string()))
}

fn load(load: &Load) -> file::Load {
    let open = load.open.as_ref();
    // Stages tell it themselves, and all of them may last longer than may be written.
    let staged = open.map(|open| open.profile.length()).filter(|length| !length.is_zero());
    file::Load {
        duration: load.duration.filter(|duration| Some(*duration) != staged).map(time),
        iterations: load.iterations.map(nowhere),
        warm_up: time_if_any(load.warm_up),
        users: (load.users > 0).then(|| nowhere(load.users)),
        ramp: time_if_any(load.ramp),
        ramp_down: time_if_any(load.ramp_down),
        rate: open.map(|open| rate(open.profile.start)),
        arrivals: open.map(|open| text(open.arrivals.name())),
        pool: open.map(|open| nowhere(open.pool)),
        tolerance: open.map(|open| time(open.tolerance)),
        stage: open.map(|open| stages(&open.profile)).unwrap_or_default(),
    }
}

fn stages(profile: &Profile) -> Vec<Spanned<file::Stage>> {
    let stage = |stage: &super::Stage| {
        nowhere(file::Stage { to: Some(rate(stage.to)), over: time(stage.over) })
    };
    profile.stages.iter().map(stage).collect()
}

/// What may be a secret, and whatever may name a file, is as it was written.
fn transport(plan: &Plan, written: file::Transport) -> file::Transport {
    let transport = &plan.transport;
    file::Transport {
        connections: Some(text(transport.connections.name())),
        timeout: Some(time(transport.request_timeout)),
        connect_timeout: Some(time(transport.connect_timeout)),
        resolve_every: transport.resolve_every.map(time),
        bind: transport.bind.map(|address| nowhere(address.to_string())),
        expect_continue: transport.expect_continue.map(time),
        max_reply: Some(nowhere(format_size(transport.max_reply))),
        max_in_flight: transport.max_in_flight.map(nowhere),
        max_rate: transport.max_rate.map(|most| rate(Some(most))),
        ..written
    }
}

fn journey(journey: &Journey) -> file::Journey {
    let step = |one| nowhere(step(journey, one));
    file::Journey {
        name: text(&journey.name),
        model: Some(text(journey.model.name())),
        weight: Some(nowhere(journey.weight)),
        api: Some(text(journey.api.name())),
        binding: Some(text(journey.binding.name())),
        step: journey.steps.iter().map(step).collect(),
    }
}

fn step(journey: &Journey, step: &Step) -> file::Step {
    let operation = journey.operation(step);
    let inputs = operation.inputs.iter().zip(&step.inputs);
    file::Step {
        call: text(operation.name),
        name: (step.name != operation.name).then(|| step.name.clone()),
        with: inputs
            .map(|(input, value)| (text(input.name), nowhere(value.written(&journey.slots))))
            .collect(),
        expect: (step.expect != Expect::Accepted).then(|| nowhere(step.expect.to_string())),
        repeat: (step.repeat > 1).then(|| nowhere(step.repeat)),
        think: (step.think != Distribution::ZERO).then(|| nowhere(step.think.to_string())),
        undoes: step.undoes.map(|index| text(&journey.steps[index].name)),
    }
}
