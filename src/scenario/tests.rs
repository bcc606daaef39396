//! What becomes of a file: names resolved, defaults filled in, overrides obeyed.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::api::{self, Binding};
use crate::distribution::Distribution;

fn source(text: &str) -> Source {
    Source {
        name: "test.toml".to_owned(),
        folder: PathBuf::new(),
        text: text.to_owned(),
    }
}

fn plan(text: &str, overrides: &Overrides) -> Plan {
    open(&source(text), overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn step_names(journey: &Journey) -> Vec<&str> {
    journey.steps.iter().map(|step| step.name.as_str()).collect()
}

const SESSION: &str = r#"
api = "eltex"
[[journey]]
name = "j"
[[journey.step]]
call = "login"
[[journey.step]]
call = "check_session"
repeat = 2
[[journey.step]]
call = "sp_check_session"
[[journey.step]]
call = "logout"
"#;

#[test]
fn built_in_scenarios_are_plans_with_a_summary() {
    for built_in in BUILT_IN {
        let found = find(built_in.name).expect("built in");
        let plan = plan(&found.text, &Overrides::default());
        assert!(!plan.summary.is_empty() && plan.notes.is_empty(), "{}", built_in.name);
    }
}

#[test]
fn defaults_are_filled_in() {
    let plan = plan(SESSION, &Overrides::default());
    let load = Load {
        users: 10,
        ramp: Duration::ZERO,
        ramp_down: Duration::ZERO,
        open: None,
        warm_up: Duration::ZERO,
        duration: Some(Duration::from_secs(10)),
        iterations: None,
    };
    assert_eq!((plan.load.clone(), plan.seed, plan.targets.len()), (load, 1, 0));
    let journey = &plan.journeys[0];
    assert_eq!((journey.weight, journey.binding), (1, Binding::Xml));
    assert_eq!(
        step_names(journey),
        ["sp_login", "sp_check_session", "sp_check_session #2", "sp_logout"]
    );
    assert_eq!(journey.steps[3].undoes, Some(0), "a logout takes back the login before it");
    assert!(journey.steps[..3].iter().all(|step| step.undoes.is_none()));
    let captured: Vec<_> = journey.steps[0].captures.iter().map(|(name, _)| *name).collect();
    assert_eq!(captured, ["session"], "only what is needed later is copied");
    let session = journey.slots.find("session").expect("a slot");
    assert_eq!(journey.steps[1].inputs[2], Template::slot(session));
}

#[test]
fn iterations_alone_have_no_time_limit() {
    let text = SESSION.replace("[[journey]]", "[load]\niterations = 5\n[[journey]]");
    let load = plan(&text, &Overrides::default()).load;
    assert_eq!((load.iterations, load.duration), (Some(5), None));
}

#[test]
fn the_command_line_overrides_the_file() {
    let overrides = Overrides {
        api: api::find("related"),
        users: Some(3),
        duration: Some(Duration::from_secs(2)),
        iterations: Some(4),
        think: Some(Distribution::Fixed(Duration::from_millis(5))),
        seed: Some(9),
        ..Overrides::default()
    };
    let text = SESSION
        .replace("call = \"sp_check_session\"", "call = \"check_session\"")
        .replace("[[journey]]", "[load]\nramp = \"30s\"\n[[journey]]");
    let plan = plan(&text, &overrides);
    assert_eq!((plan.load.users, plan.load.iterations, plan.seed), (3, Some(4), 9));
    assert_eq!(plan.load.ramp, Duration::from_millis(400), "shortened to fit");
    let journey = &plan.journeys[0];
    assert_eq!((journey.api.name(), step_names(journey)), ("related", vec!["Login", "Logout"]));
    assert!(journey.steps.iter().all(|step| Some(step.think) == overrides.think));
    assert_eq!(plan.notes.len(), 3, "two steps left out, one ramp shortened: {:?}", plan.notes);
}

#[test]
fn an_api_override_keeps_the_journeys_of_that_api() {
    let mixed = find("mixed").expect("built in").text;
    let overrides = Overrides { api: api::find("related"), ..Overrides::default() };
    let plan = plan(&mixed, &overrides);
    let names: Vec<_> = plan.journeys.iter().map(|journey| journey.name.as_str()).collect();
    assert_eq!(names, ["related-session"]);
    assert_eq!(plan.notes.len(), 3, "{:?}", plan.notes);
}

#[test]
fn sessions_left_open_are_noted() {
    let text = SESSION.replace("[[journey.step]]\ncall = \"logout\"\n", "");
    let notes = plan(&text, &Overrides::default()).notes;
    assert_eq!(notes, ["journey \"j\" opens sessions that it does not log out of"]);
}

#[test]
fn targets_are_for_all_or_for_one_api() {
    let one = SESSION.replace("[[journey]]", "[target]\neltex = \"http://h\"\n[[journey]]");
    let all = format!("target = \"http://h\"\n{SESSION}");
    for (text, api) in [(one, Some("eltex".to_owned())), (all, None)] {
        let targets = plan(&text, &Overrides::default()).targets;
        assert_eq!(targets, [(api, "http://h".to_owned())]);
    }
}
