//! The simulated services against a model too simple to be wrong.

mod call;
mod model;
mod stranger;

use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};

use self::call::{Call, Oddity};
use self::model::Model;
use super::writing::bindings;
use crate::api::{
    Account, Api, Binding, ErrorStatus, HttpRequest, Incoming, Meaning, REGISTRY, Service,
    ServiceOptions, Store, StoreLimits, Visit,
};

const TTL: Duration = Duration::from_secs(60);
/// The domain of the portal's that has one user.
const SMALL_DOMAIN: &str = "small.local";

/// Plays calls against a service through its wire format: every verdict must be the model's, and no
/// session may be of use to anyone but its owner. Between them come requests that are no calls, which
/// must change nothing.
///
/// # Panics
/// When that is not so.
pub fn session_model(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    let _: Result<Option<String>> = play(&mut Unstructured::new(data));
}

fn accounts(api: &dyn Api) -> Vec<Account> {
    let mut accounts: Vec<_> = (0..3).map(Account::generated).collect();
    accounts.push(Account::generated_blocked());
    if api.name() == "eltex" {
        // The same login as another's, elsewhere.
        accounts.push(Account {
            domain: SMALL_DOMAIN.to_owned(),
            password: "p".to_owned(),
            ..Account::generated(0)
        });
    } else {
        for account in &mut accounts {
            account.domain.clear();
        }
    }
    accounts
}

/// Plays all the calls; what the last one came to.
fn play(data: &mut Unstructured<'_>) -> Result<Option<String>> {
    let api = *data.choose(REGISTRY)?;
    let accounts = accounts(api);
    let max_sessions = *data.choose(&[1000, 1000, 4])?;
    let all = bindings(api);
    let on = if data.ratio(3, 4)? { all.to_vec() } else { vec![*data.choose(all)?] };
    let service = Service {
        store: Store::new(accounts.clone(), StoreLimits { session_ttl: TTL, max_sessions }),
        options: ServiceOptions {
            bindings: on,
            custom_errors: data.arbitrary()?,
            error_status: *data.choose(&[
                ErrorStatus::Ok,
                ErrorStatus::Ok,
                ErrorStatus::NotFound,
                ErrorStatus::NotFoundEmpty,
            ])?,
        },
    };
    let mut model = Model { accounts, sessions: Vec::new(), max_sessions };
    let (began, mut now) = (Instant::now(), Duration::ZERO);
    let mut given: Vec<String> = vec!["none".to_owned()];
    let mut calls = 0_u8;
    let mut last = None;
    while !data.is_empty() && calls < 60 {
        calls += 1;
        now += Duration::from_secs(*data.choose(&[0, 0, 1, 10, 20, 25, 60])?);
        let mut entropy = [calls; 20];
        entropy[0] = 0xA5;
        let visit = Visit { now: began + now, entropy };
        if data.ratio(1, 8)? {
            let reply = stranger::visit(api, &service, &visit, data)?;
            last = Some(format!("{}.stranger {reply}", api.name()));
            continue;
        }
        let binding = *data.choose(&service.options.bindings)?;
        let call = Call::choose(api, binding, &model, &given, data)?;
        let asked = ask(api, &service, binding, &call, &visit);
        let Asked { verdict, opened, alias, .. } = &asked;
        let told = format!("{} call {calls}, {now:?}, over {binding}: {call:?}", api.name());
        if call.oddity.must_be_understood() {
            assert!(verdict.starts_with("fault: soap:MustUnderstand: "), "{verdict}: {told}");
            assert_eq!(asked.status, 500, "{told}");
            continue;
        }
        let expected = model.verdict(&call, opened.as_deref(), now);
        let is_error = expected.starts_with("refused") || expected == "accepted: taken";
        match service.options.error_status {
            ErrorStatus::NotFoundEmpty if api.name() == "eltex" && is_error => {
                assert_eq!(verdict, "refused without a description", "{told}");
            }
            _ => assert_eq!(verdict, expected, "{told}"),
        }
        let is_not_found = service.options.error_status != ErrorStatus::Ok;
        let is_404 = is_not_found && api.name() == "eltex" && is_error;
        assert_eq!(asked.status, if is_404 { 404 } else { 200 }, "{told}");
        let is_refusal = expected.starts_with("refused") || (is_404 && asked.is_empty);
        let meaning = if is_refusal { Meaning::Refused } else { Meaning::Accepted };
        assert_eq!(asked.meaning, meaning, "{told}");
        if let Some(alias) = alias {
            assert_eq!(*alias, call.login, "{told}");
        }
        if let Some(id) = opened {
            assert!(verdict == "accepted", "a session in {verdict}: {told}");
            assert!(!given.contains(id), "a session was given before: {told}");
            given.push(id.clone());
        }
        model.expire(now);
        assert_eq!(service.store.live_sessions(began + now), model.sessions.len(), "{told}");
        last = Some(format!("{}.{} {verdict}", api.name(), call.operation));
    }
    Ok(last)
}

/// What came back.
struct Asked {
    verdict: String,
    /// The session that was opened.
    opened: Option<String>,
    /// The login of the user that the reply is about.
    alias: Option<String>,
    status: u16,
    is_empty: bool,
    /// What the service itself takes its reply for.
    meaning: Meaning,
}

fn ask(api: &dyn Api, service: &Service, binding: Binding, call: &Call, visit: &Visit) -> Asked {
    let operation = api.operation_named(call.operation).expect("known");
    let inputs = api.operations()[operation].inputs.iter();
    let inputs: Vec<_> = inputs.map(|input| call.input(input)).collect();
    let mut request = HttpRequest::default();
    api.write_request(operation, binding, &inputs, &mut request).expect("writable");
    match call.oddity {
        Oddity::None => {}
        Oddity::Header(value) => {
            let body = String::from_utf8(request.body).expect("XML");
            let header = format!(
                "<soap:Header><x xmlns='urn:x' soap:mustUnderstand='{value}'/></soap:Header>\
                 <soap:Body>"
            );
            request.body = body.replacen("<soap:Body>", &header, 1).into_bytes();
        }
        Oddity::TwiceInForm if binding == Binding::Get => request.path.push_str("&name=user0"),
        Oddity::TwiceInForm => request.body.extend(b"&name=user0"),
        Oddity::TwiceInSoap => {
            let first = api.operations()[operation].inputs[0].name;
            let body = String::from_utf8(request.body).expect("XML");
            let end = format!("</{}>", call.operation);
            let again = format!("<{first}>again</{first}>{end}");
            request.body = body.replacen(&end, &again, 1).into_bytes();
        }
    }
    let reply = api.answer(&received(&request), service, visit).expect("its own path");
    let answer = api.judge(operation, binding, reply.status, &reply.body);
    let field = |name| answer.field(name).filter(|value| !value.is_empty()).map(str::to_owned);
    Asked {
        verdict: answer.verdict.to_string(),
        opened: ["uid_session", "ServiceTicket", "session"].into_iter().find_map(field),
        alias: api
            .user_named(operation, &answer)
            .filter(|user| !user.is_empty())
            .map(str::to_owned),
        status: reply.status,
        is_empty: reply.body.is_empty(),
        meaning: reply.meaning,
    }
}

/// A request as a service has it when it was sent as it is.
fn received(request: &HttpRequest) -> Incoming<'_> {
    let header = |name: &str| {
        let mut headers = request.headers.iter();
        headers.find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(*value))
    };
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    Incoming {
        method: request.method.as_str(),
        path,
        query,
        body: &request.body,
        content_type: header("Content-Type"),
        soap_action: header("SOAPAction"),
        ..Incoming::default()
    }
}

/// What the bytes show, as their seed is called: the last call's verdict.
#[cfg(test)]
pub(super) fn shown(data: &[u8]) -> Option<String> {
    let last = play(&mut Unstructured::new(data)).ok()??;
    let is_word = |c: char| c.is_alphanumeric() || "._".contains(c);
    let words = last.split(|c| !is_word(c)).filter(|word| !word.is_empty());
    Some(words.collect::<Vec<_>>().join("-"))
}
