//! What becomes of a file: names resolved, defaults filled in, overrides obeyed.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::api::{self, Binding};
use crate::distribution::Distribution;
use crate::http::{Connections, Header, Trust};
use crate::secret::Secret;
use crate::units::Rate;

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

const TRANSPORT: &str = r#"
[transport]
connections = "per-journey"
timeout = "1s"
connect-timeout = "2s"
resolve-every = "3s"
bind = "127.0.0.2"
headers = { X-Trace = "on", X-Key = "hunter2" }
basic-auth = "anna:hunter3"
expect-continue = "4s"
max-reply = "5KiB"
max-in-flight = 6
max-rate = "7/s"
"#;

#[test]
fn transport_is_the_files_and_then_the_command_lines() {
    let text = format!("{SESSION}{TRANSPORT}");
    let of_file = plan(&text, &Overrides::default()).transport;
    assert_eq!(of_file.connections, Connections::PerJourney);
    let seconds = |transport: &Transport| {
        let (some, continuing) = (transport.resolve_every, transport.expect_continue);
        [Some(transport.request_timeout), Some(transport.connect_timeout), some, continuing]
            .map(|time| time.expect("given").as_secs())
    };
    assert_eq!(seconds(&of_file), [1, 2, 3, 4]);
    let most = |transport: &Transport| {
        (
            transport.max_reply,
            transport.max_in_flight,
            transport.max_rate.map(Rate::in_a_second),
        )
    };
    assert_eq!(most(&of_file), (5 * 1024, Some(6), Some(7.0)));
    assert_eq!(of_file.bind, Some(IpAddr::from([127, 0, 0, 2])));
    let header = |name: &str, value: &str| Header::new(name, value).expect("a header");
    let basic = Header::basic_auth(&Secret::new("anna:hunter3")).expect("credentials");
    let [key, trace] = [header("X-Key", "hunter2"), header("X-Trace", "on")];
    assert_eq!(of_file.headers, [key, trace.clone(), basic.clone()]);
    assert!(of_file.tls.is_none(), "no target is in TLS");

    let second = Duration::from_secs(20);
    let own = header("x-key", "mine");
    let transport = TransportOverrides {
        trust: Some(Trust::Anybody),
        connections: Some(Connections::KeepAlive),
        request_timeout: Some(second),
        connect_timeout: Some(second),
        resolve_every: Some(second),
        bind: Some(IpAddr::from([127, 0, 0, 3])),
        headers: vec![own.clone()],
        expect_continue: Some(second),
        max_reply: Some(8),
        max_in_flight: Some(9),
        max_rate: Some(Rate::per_second(10.0)),
        client_certificate: None,
    };
    let overrides = Overrides {
        transport,
        targets: vec![(None, "https://h".to_owned())],
        ..Overrides::default()
    };
    let overridden = plan(&text, &overrides).transport;
    assert_eq!(overridden.connections, Connections::KeepAlive);
    assert_eq!((seconds(&overridden), most(&overridden)), ([20; 4], (8, Some(9), Some(10.0))));
    assert_eq!(overridden.bind, Some(IpAddr::from([127, 0, 0, 3])));
    assert_eq!(overridden.headers, [trace, basic, own], "a header takes the place of its like");
    assert!(overridden.trust == Trust::Anybody && overridden.tls.is_some());
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    for line in [
        "basic-auth = 12345678",
        "basic-auth = anna:hunter2",
        "basic-auth = \"anna:hunter2",
        "basic-auth = \"hunter2\"",
        "headers = \"X-Key: hunter2\"",
        "headers = [\"X-Key: hunter2\"]",
        "headers = { X-Key = 12345678 }",
        "headers = { X-Key = hunter2 }",
        "headers = { X-Key = \"hunter2 \\u0007\" }",
        "headers = { X-Key = { env = 12345678 } }",
    ] {
        for text in [format!("[transport]\n{line}\n"), format!("transport.{line}\n")] {
            let error = open(&source(&text), &Overrides::default()).expect_err(line).to_string();
            assert!(!error.contains("hunter2") && !error.contains("12345678"), "{error}");
        }
    }
    let text = format!("{SESSION}{TRANSPORT}");
    let shown = format!("{:?}", plan(&text, &Overrides::default()));
    assert!(shown.contains("X-Key") && !shown.contains("hunter"), "{shown}");
}

const OPEN: &str = r#"
api = "eltex"
[load]
rate = "100/s"
[[journey]]
name = "long"
[[journey.step]]
call = "login"
think = "3s"
[[journey.step]]
call = "logout"
[[journey]]
name = "short"
weight = 3
[[journey.step]]
call = "sp_check_login"
"#;

#[test]
fn a_rate_makes_journeys_open_and_sizes_their_pool() {
    let open = plan(OPEN, &Overrides::default());
    assert!(open.journeys.iter().all(|journey| journey.model == Model::Open));
    let load = open.load.open.as_ref().expect("an open model");
    assert_eq!((load.arrivals, load.tolerance), (Arrivals::Poisson, Duration::from_secs(1)));
    // 25/s for 4 s, and 75/s for the second that replies are given.
    assert_eq!(load.pool, 175);
    let pools: Vec<_> = open.journeys.iter().map(|journey| journey.users).collect();
    assert_eq!((pools, open.load.users), (vec![100, 75], 0));

    let overrides = Overrides { pool: Some(7), iterations: Some(8), ..Overrides::default() };
    let given = plan(OPEN, &overrides);
    let shares: Vec<_> = given.journeys.iter().map(|j| (j.users, j.starts)).collect();
    assert_eq!(shares, [(4, Some(2)), (3, Some(6))]);
    assert_eq!(given.load.duration, None);
}

#[test]
fn a_rate_on_the_command_line_makes_a_closed_file_open() {
    let text = SESSION.replace("[[journey]]", "[load]\nusers = 50\nramp = \"1s\"\n[[journey]]");
    let overrides = Overrides {
        rate: Some(Rate::per_second(5.0)),
        duration: Some(Duration::from_secs(1)),
        ..Overrides::default()
    };
    let plan = plan(&text, &overrides);
    assert_eq!((plan.journeys[0].model, plan.load.users), (Model::Open, 0));
    assert_eq!(plan.users(), 10, "at least so many");
    assert!(plan.notes.is_empty(), "what is for users of the closed model is for nobody");
}

#[test]
fn stages_give_the_run_its_length() {
    let stages = "[[load.stage]]\nto = \"300/s\"\nover = \"30s\"\n\
                  [[load.stage]]\nover = \"1m\"\n\
                  [[load.stage]]\nto = \"0/s\"\nover = \"30s\"\n[[journey]]\nname = \"long\"";
    let text = OPEN.replace("[[journey]]\nname = \"long\"", stages);
    let whole = plan(&text, &Overrides::default());
    let profile = &whole.load.open.as_ref().expect("an open model").profile;
    assert_eq!(whole.load.duration, Some(Duration::from_secs(120)));
    assert_eq!(profile.to_string(), "100/s, to 300/s over 30s, stay for 1m, to 0/s over 30s");
    assert_eq!(whole.journeys.iter().map(|j| j.users).sum::<usize>(), 525, "for the peak");

    let overrides = Overrides {
        duration: Some(Duration::from_secs(10)),
        rate: Some(Rate::per_second(50.0)),
        ..Overrides::default()
    };
    let constant = plan(&text, &overrides);
    let profile = &constant.load.open.as_ref().expect("an open model").profile;
    assert_eq!(*profile, Profile::constant(Rate::per_second(50.0)));
    assert_eq!(constant.notes, ["the file's stages are left out: the rate is 50/s"]);
}

#[test]
fn each_model_has_its_own_users() {
    let text = OPEN
        .replace("rate", "users = 4\npool = 6\nrate")
        .replace("name = \"short\"", "name = \"short\"\nmodel = \"closed\"");
    let both = plan(&text, &Overrides::default());
    let users: Vec<_> = both.journeys.iter().map(|j| (j.model, j.users)).collect();
    assert_eq!(users, [(Model::Open, 6), (Model::Closed, 4)]);
    assert_eq!(both.users(), 10);
}
