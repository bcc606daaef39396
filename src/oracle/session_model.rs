//! The simulated services against a model too simple to be wrong.

use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};

use crate::api::{
    self, Account, AccountState, Api, Binding, ErrorStatus, HttpRequest, Incoming, Input, Meaning,
    REGISTRY, Service, ServiceOptions, Source, Store, StoreLimits, Visit,
};

const TTL: Duration = Duration::from_secs(60);
/// The domain of the portal's that has one user.
const SMALL_DOMAIN: &str = "small.local";

/// Plays calls against a service through its wire format: every verdict must be the model's, and no
/// session may be of use to anyone but its owner.
///
/// # Panics
/// When that is not so.
pub fn session_model(data: &[u8]) {
    // Too few bytes to choose by are no finding.
    let _: Result<Option<String>> = play(&mut Unstructured::new(data));
}

/// A request, with the values of its operation's inputs by name.
#[derive(Clone, Debug)]
struct Call {
    operation: &'static str,
    domain: &'static str,
    login: String,
    password: String,
    other: String,
    session: String,
    oddity: Oddity,
}

/// What our own client would not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Oddity {
    None,
    /// A SOAP header that the service does not know, and that says so much about having to.
    Header(&'static str),
    /// The login comes once more in a form.
    LoginTwice,
}

impl Oddity {
    fn choose(binding: Binding, data: &mut Unstructured<'_>) -> Result<Self> {
        if !data.ratio(1, 8)? {
            return Ok(Self::None);
        }
        Ok(match binding {
            Binding::Soap11 => Self::Header(data.choose(&["1", "0"])?),
            Binding::Soap12 => Self::Header(data.choose(&["1", "true", "0", "false"])?),
            Binding::Get | Binding::Post => Self::LoginTwice,
            Binding::Xml => Self::None,
        })
    }

    fn must_be_understood(self) -> bool {
        matches!(self, Self::Header("1" | "true"))
    }
}

impl Call {
    /// Any call, though mostly one that could be of use.
    fn choose(
        api: &dyn Api,
        binding: Binding,
        model: &Model,
        sessions: &[String],
        data: &mut Unstructured<'_>,
    ) -> Result<Self> {
        let usual = api::DEFAULT_DOMAIN;
        let domain = match api.name() {
            "eltex" => data.choose(&[usual, usual, usual, SMALL_DOMAIN, "elsewhere"])?,
            _ => "",
        };
        let logins = ["user0", "user0", "user1", "blocked", "nobody", "", "новый & 'x'"];
        let login = (*data.choose(&logins)?).to_owned();
        let password = (*data.choose(&["", "", "password1", "p", "none"])?).to_owned();
        let right = model.account(domain, &login).map(|index| &model.accounts[index].password);
        let password = match right {
            Some(right) if data.ratio(3, 4)? => right.clone(),
            _ => password,
        };
        let latest = sessions.last().expect("there is always one");
        let session = if data.arbitrary()? { latest } else { data.choose(sessions)? };
        Ok(Self {
            operation: data.choose(api.operations())?.name,
            domain,
            login,
            password,
            other: (*data.choose(&logins)?).to_owned(),
            session: session.clone(),
            oddity: Oddity::choose(binding, data)?,
        })
    }

    /// What an input of the operation is to be.
    fn input(&self, input: &Input) -> &str {
        match (input.source, input.name) {
            (Source::Domain, _) => self.domain,
            (Source::Login, _) => &self.login,
            (Source::Password, _) | (_, "newpassword") => &self.password,
            (Source::Session, _) => &self.session,
            (Source::Literal(text), _) => text,
            (Source::Required, "newlogin") => &self.other,
            (Source::Required, name) => panic!("the model does not know the input {name}"),
        }
    }
}

/// What the model knows: everything in lists.
struct Model {
    accounts: Vec<Account>,
    sessions: Vec<Session>,
    max_sessions: usize,
}

struct Session {
    id: String,
    /// The index of its account.
    owner: usize,
    /// When it was opened or used last.
    used: Duration,
}

impl Model {
    fn account(&self, domain: &str, login: &str) -> Option<usize> {
        self.accounts.iter().position(|a| a.domain == domain && a.login == login)
    }

    /// Takes away what has expired.
    fn expire(&mut self, now: Duration) {
        self.sessions.retain(|session| now < session.used + TTL);
    }

    /// The account that this pair lets in.
    fn pair(&self, call: &Call) -> Option<usize> {
        let index = self.account(call.domain, &call.login)?;
        (self.accounts[index].password == call.password).then_some(index)
    }

    fn is_blocked(&self, account: usize) -> bool {
        self.accounts[account].state == AccountState::BlockedIp
    }

    /// Takes the session that a login opened. Where there are too many, those that would expire
    /// first have made room for it.
    fn open(&mut self, owner: usize, id: String, now: Duration) {
        if self.sessions.len() >= self.max_sessions {
            let first = self.sessions.iter().map(|session| session.used).min();
            self.sessions.retain(|session| Some(session.used) != first);
        }
        self.sessions.push(Session { id, owner, used: now });
    }

    /// The index of the session of `call`, if it is of an account in its domain.
    fn session(&self, call: &Call) -> Option<usize> {
        self.sessions.iter().position(|session| {
            session.id == call.session && self.accounts[session.owner].domain == call.domain
        })
    }

    /// Whether there was a session to end.
    fn close(&mut self, call: &Call) -> bool {
        let found = self.session(call);
        if let Some(at) = found {
            self.sessions.remove(at);
        }
        found.is_some()
    }

    /// The verdict on `call`, and what it does.
    fn verdict(&mut self, call: &Call, opened: Option<&str>, now: Duration) -> &'static str {
        self.expire(now);
        let pair = self.pair(call);
        let allowed = pair.filter(|&account| !self.is_blocked(account));
        if call.oddity == Oddity::LoginTwice {
            // As one, with a comma between.
            return "refused: 2 wrong name or password";
        }
        let is_login = matches!(call.operation, "CreateSession" | "Login" | "sp_login");
        let is_known = self.accounts.iter().any(|account| account.domain == call.domain);
        if let (true, Some(owner)) = (is_login, allowed) {
            self.open(owner, opened.expect("a login gives a session").to_owned(), now);
            return "accepted";
        }
        match call.operation {
            "CreateSession" if call.login.is_empty() => "refused: 1 name is empty",
            "CreateSession" => "refused: 2 wrong name or password",
            "Login" if pair.is_some() => "refused: 99 Invalip IP",
            "Login" => "refused: 99 No such user/password!",
            "Logout" if self.close(call) => "accepted",
            "Logout" => "refused: 9998 Unauthorized User!",
            _ if !is_known => "refused: not_exists",
            "sp_login" => "refused: invalid pair login/password",
            "sp_check_session" => {
                let user = self.account(call.domain, &call.login);
                let found = self.session(call);
                match found.filter(|&at| Some(self.sessions[at].owner) == user) {
                    Some(at) => {
                        self.sessions[at].used = now;
                        "accepted"
                    }
                    None => "refused: not_exists",
                }
            }
            "sp_logout" if self.close(call) => "accepted",
            "sp_logout" => "refused: not_exists",
            "sp_check_login" => match self.account(call.domain, &call.login) {
                Some(_) => "accepted: taken",
                None => "accepted: free",
            },
            "sp_change_login" => {
                let account = |login| self.account(call.domain, login);
                match (account(&call.login), account(&call.other)) {
                    (None, _) => "refused: not_exists",
                    (Some(_), Some(_)) => "refused: already_exists",
                    (Some(index), None) => {
                        self.accounts[index].login.clone_from(&call.other);
                        "accepted"
                    }
                }
            }
            "sp_change_password" => match self.account(call.domain, &call.login) {
                Some(index) => {
                    self.accounts[index].password.clone_from(&call.password);
                    "accepted"
                }
                None => "refused: not_exists",
            },
            operation => panic!("the model does not know {operation}"),
        }
    }
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
    let service = Service {
        store: Store::new(accounts.clone(), StoreLimits { session_ttl: TTL, max_sessions }),
        options: ServiceOptions {
            bindings: api.bindings().to_vec(),
            error_status: *data.choose(&[
                ErrorStatus::Ok,
                ErrorStatus::Ok,
                ErrorStatus::NotFound,
                ErrorStatus::NotFoundEmpty,
            ])?,
            ..ServiceOptions::documented(api)
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
        let binding = *data.choose(api.bindings())?;
        let call = Call::choose(api, binding, &model, &given, data)?;
        let mut entropy = [calls; 20];
        entropy[0] = 0xA5;
        let visit = Visit { now: began + now, entropy };
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
        Oddity::LoginTwice if binding == Binding::Get => request.path.push_str("&name=user0"),
        Oddity::LoginTwice => request.body.extend(b"&name=user0"),
    }
    let header = |name: &str| {
        let mut headers = request.headers.iter();
        headers.find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(*value))
    };
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let incoming = Incoming {
        method: request.method.as_str(),
        path,
        query,
        body: &request.body,
        content_type: header("Content-Type"),
        soap_action: header("SOAPAction"),
        ..Incoming::default()
    };
    let reply = api.answer(&incoming, service, visit).expect("its own path");
    let answer = api.judge(operation, binding, reply.status, &reply.body);
    let field = |name| answer.field(name).filter(|value| !value.is_empty()).map(str::to_owned);
    Asked {
        verdict: answer.verdict.to_string(),
        opened: ["uid_session", "ServiceTicket", "session"].into_iter().find_map(field),
        alias: field("alias_address"),
        status: reply.status,
        is_empty: reply.body.is_empty(),
        meaning: reply.meaning,
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
