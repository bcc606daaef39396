//! Logins that give a session that is not the one they opened.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::fault::WrongSession;
use crate::api::{Api, Binding, Incoming, Source, Verdict};

/// The sessions that were given last, by API.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<&'static str, LastGiven>>);

#[derive(Debug, Default)]
struct LastGiven {
    last: Given,
    /// The last one that was given to another login than that.
    other: Given,
}

#[derive(Clone, Debug, Default)]
struct Given {
    login: String,
    session: String,
}

impl Sessions {
    /// Notes the session that a reply gives, and puts another in its place if `wrong` says so;
    /// whether it did.
    pub(super) fn note(
        &self,
        api: &'static dyn Api,
        operation: usize,
        binding: Binding,
        request: &Incoming<'_>,
        body: &mut Vec<u8>,
        wrong: Option<WrongSession>,
    ) -> bool {
        let Some(session) = given(api, operation, binding, body) else { return false };
        let login = login(api, operation, binding, request).unwrap_or_default();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given = all.entry(api.name()).or_default();
        if given.last.login != login {
            given.other = std::mem::take(&mut given.last);
        }
        given.last = Given { login, session: session.clone() };
        let instead = match wrong {
            None => return false,
            Some(WrongSession::Stale) => stale(&session),
            Some(WrongSession::Other) if given.other.session.is_empty() => return false,
            Some(WrongSession::Other) => given.other.session.clone(),
        };
        let Some(at) = find(body, session.as_bytes()) else { return false };
        body.splice(at..at + session.len(), instead.bytes());
        true
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The session that a reply gives, if it gives one.
fn given(api: &dyn Api, operation: usize, binding: Binding, body: &[u8]) -> Option<String> {
    let field = api.operations()[operation].opens?;
    let answer = api.parse_reply(operation, binding, body).ok()?;
    match answer.verdict {
        Verdict::Accepted(_) => answer.field(field).map(str::to_owned),
        _ => None,
    }
}

/// Who asks.
fn login(
    api: &dyn Api,
    operation: usize,
    binding: Binding,
    request: &Incoming<'_>,
) -> Option<String> {
    let inputs = api.operations()[operation].inputs;
    let name = inputs.iter().find(|input| input.source == Source::Login)?.name;
    let message = if binding == Binding::Get { request.query.as_bytes() } else { request.body };
    let fields = api.parse_request(operation, binding, message).ok()?;
    fields
        .iter()
        .find(|(field, _)| *field == name)
        .map(|(_, value)| value.to_string())
}

/// A session that looks like one and is nobody's.
fn stale(session: &str) -> String {
    let next = |c: char| match c {
        '0'..='8' | 'a'..='e' | 'A'..='E' => char::from_u32(u32::from(c) + 1).unwrap_or(c),
        '9' | 'f' | 'F' => '0',
        other => other,
    };
    session.chars().map(next).collect()
}

fn find(body: &[u8], piece: &[u8]) -> Option<usize> {
    body.windows(piece.len().max(1)).position(|window| window == piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{self, Fields, HttpRequest};

    /// A login by `login` that is answered with `session`: the session given, and whether it was
    /// put in the other's place.
    fn give(
        sessions: &Sessions,
        api: &'static dyn Api,
        login: &str,
        session: &str,
        wrong: Option<WrongSession>,
    ) -> (String, bool) {
        let binding = api.bindings()[0];
        let operation = &api.operations()[0];
        let value = |source| if source == Source::Login { login } else { "x" };
        let inputs: Vec<_> = operation.inputs.iter().map(|input| value(input.source)).collect();
        let mut request = HttpRequest::default();
        api.write_request(0, binding, &inputs, &mut request).expect("writable");
        let fields: Fields<'_> = operation
            .outputs
            .iter()
            .map(|output| match *output {
                name if Some(name) == operation.opens => (name, session.into()),
                "error_code" => ("error_code", "0".into()),
                name => (name, "00".into()),
            })
            .collect();
        let mut body = Vec::new();
        api.write_reply(0, binding, &fields, &mut body).expect("writable");
        let incoming = Incoming { body: &request.body, ..Incoming::default() };
        let is_wrong = sessions.note(api, 0, binding, &incoming, &mut body, wrong);
        (given(api, 0, binding, &body).expect("a session"), is_wrong)
    }

    #[test]
    fn sessions_are_swapped_in_every_api() {
        for api in api::REGISTRY {
            let sessions = Sessions::default();
            let other = Some(WrongSession::Other);
            for (login, session, wrong, found, is_wrong) in [
                ("a", "a1", other, "a1", false),
                ("a", "a2", other, "a2", false),
                ("b", "b1", other, "a2", true),
                ("b", "b2", other, "a2", true),
                ("b", "09af-EF", Some(WrongSession::Stale), "10b0-F0", true),
                ("c", "c1", None, "c1", false),
                ("a", "a3", other, "c1", true),
            ] {
                let given = give(&sessions, *api, login, session, wrong);
                assert_eq!(given, (found.to_owned(), is_wrong), "{}: {session}", api.name());
            }
            sessions.forget();
            assert_eq!(give(&sessions, *api, "b", "b3", other), ("b3".to_owned(), false));
        }
    }
}
