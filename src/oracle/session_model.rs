//! The simulated services against a model too simple to be wrong.

use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};

use crate::api::{
    self, Account, Api, HttpRequest, Incoming, Service, ServiceOptions, Store, StoreLimits, Visit,
};

const TTL: Duration = Duration::from_secs(60);
const USERS: usize = 3;

/// Plays calls against a service through its wire format: every verdict must be the model's, and no
/// session may be of use to anyone but its owner.
///
/// # Panics
/// When that is not so.
pub fn session_model(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    let _: Result<()> = play(&mut Unstructured::new(data));
}

/// What the model knows: everything in lists.
#[derive(Default)]
struct Model {
    /// Login and password.
    accounts: Vec<(String, String)>,
    /// Session, the index of its account, when it was used last.
    sessions: Vec<(String, usize, Duration)>,
}

impl Model {
    fn account(&self, login: &str) -> Option<usize> {
        self.accounts.iter().position(|(known, _)| known == login)
    }

    fn session(&self, id: &str, now: Duration) -> Option<usize> {
        self.sessions
            .iter()
            .position(|(known, _, used)| known == id && now < *used + TTL)
    }
}

fn play(data: &mut Unstructured<'_>) -> Result<()> {
    let eltex = api::find("eltex").expect("known");
    let store = Store::new(
        (0..USERS).map(Account::generated),
        StoreLimits { session_ttl: TTL, max_sessions: 1000 },
    );
    let service = Service { store, options: ServiceOptions::documented(eltex) };
    let accounts = (0..USERS).map(Account::generated).map(|a| (a.login, a.password));
    let mut model = Model { accounts: accounts.collect(), ..Model::default() };
    let (began, mut now) = (Instant::now(), Duration::ZERO);
    let mut given: Vec<String> = vec!["none".to_owned()];
    let mut calls = 0_u8;
    while !data.is_empty() && calls < 60 {
        calls += 1;
        now += Duration::from_secs(data.int_in_range(0..=25)?);
        let known = ["user0", "user1", "user2", "nobody", "новый & <x>"];
        let login = (*data.choose(&known)?).to_owned();
        let other = (*data.choose(&known)?).to_owned();
        let password = (*data.choose(&["password0", "password1", "p", ""])?).to_owned();
        let session = data.choose(&given)?.clone();
        let domain = *data.choose(&[api::DEFAULT_DOMAIN, api::DEFAULT_DOMAIN, "elsewhere"])?;
        let (name, inputs) = match data.int_in_range(0..=5)? {
            0 | 1 => ("sp_login", vec![domain, &login, &password]),
            2 => ("sp_check_session", vec![domain, &login, &session]),
            3 => ("sp_logout", vec![domain, &session]),
            4 => ("sp_change_login", vec![domain, &login, &other]),
            _ => ("sp_change_password", vec![domain, &login, &password]),
        };
        let mut entropy = [calls; 20];
        entropy[0] = 0xA5;
        let visit = Visit { now: began + now, entropy };
        let (verdict, opened) = ask(eltex, &service, name, &inputs, &visit);
        let expected = match (name, domain) {
            (_, "elsewhere") => "refused: not_exists",
            ("sp_login", _) => match model.account(&login) {
                Some(index) if model.accounts[index].1 == password => {
                    let id = opened.clone().expect("a login gives a session");
                    assert!(!given.contains(&id), "a session was given before");
                    model.sessions.push((id.clone(), index, now));
                    given.push(id);
                    "accepted"
                }
                _ => "refused: invalid pair login/password",
            },
            ("sp_check_session", _) => {
                match (model.session(&session, now), model.account(&login)) {
                    (Some(at), Some(owner)) if model.sessions[at].1 == owner => {
                        model.sessions[at].2 = now;
                        "accepted"
                    }
                    _ => "refused: not_exists",
                }
            }
            ("sp_logout", _) => match model.session(&session, now) {
                Some(at) => {
                    model.sessions.remove(at);
                    "accepted"
                }
                None => "refused: not_exists",
            },
            ("sp_change_login", _) => match (model.account(&login), model.account(&other)) {
                (None, _) => "refused: not_exists",
                (Some(_), Some(_)) => "refused: already_exists",
                (Some(index), None) => {
                    model.accounts[index].0.clone_from(&other);
                    "accepted"
                }
            },
            _ => match model.account(&login) {
                Some(index) => {
                    model.accounts[index].1.clone_from(&password);
                    "accepted"
                }
                None => "refused: not_exists",
            },
        };
        assert_eq!(verdict, expected, "call {calls}, {now:?}: {name} {inputs:?}");
        assert!(opened.is_none() || name == "sp_login", "{name} gave a session");
    }
    Ok(())
}

/// The verdict, and the session if one is given.
fn ask(
    api: &dyn Api,
    service: &Service,
    operation: &str,
    inputs: &[&str],
    visit: &Visit,
) -> (String, Option<String>) {
    let operation = api.operation_named(operation).expect("known");
    let binding = api.bindings()[0];
    let mut request = HttpRequest::default();
    api.write_request(operation, binding, inputs, &mut request).expect("writable");
    let incoming = Incoming {
        method: request.method.as_str(),
        path: &request.path,
        body: &request.body,
        ..Incoming::default()
    };
    let reply = api.answer(&incoming, service, visit).expect("its own path");
    let answer = api.judge(operation, binding, reply.status, &reply.body);
    (answer.verdict.to_string(), answer.field("session").map(str::to_owned))
}
