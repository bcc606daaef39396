//! Logins that give a session that is not the one they opened.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::fault::WrongSession;
use crate::api::{Api, Verdict};

/// The session that was given last, by API.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<&'static str, String>>);

impl Sessions {
    /// Notes the session that a reply gives, and puts another in its place if `wrong` says so.
    pub(super) fn note(
        &self,
        api: &'static dyn Api,
        operation: usize,
        body: &mut Vec<u8>,
        wrong: Option<WrongSession>,
    ) {
        let Some(session) = given(api, operation, body) else { return };
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.insert(api.name(), session.clone());
        let other = match wrong {
            None => return,
            Some(WrongSession::Stale) => Some(stale(&session)),
            Some(WrongSession::Other) => before,
        };
        if let Some(other) = other
            && let Some(at) = find(body, session.as_bytes())
        {
            body.splice(at..at + session.len(), other.bytes());
        }
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The session that a reply gives, if it gives one.
fn given(api: &dyn Api, operation: usize, body: &[u8]) -> Option<String> {
    let field = api.operations()[operation].opens?;
    let answers = api.bindings().iter().map(|binding| api.parse_reply(operation, *binding, body));
    answers.flatten().find_map(|answer| match answer.verdict {
        Verdict::Accepted(_) => answer.field(field).map(str::to_owned),
        _ => None,
    })
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
    use crate::api;

    #[test]
    fn sessions_are_swapped_in_every_api() {
        for (name, operation, reply) in [
            (
                "eltex",
                0,
                "<out><response><ok session=\"SESSION\" alias_address=\"a\"/></response></out>",
            ),
            (
                "leadertask",
                0,
                "<CreateSession_Response xmlns=\"https://sync.leadertask.net/\"><error_code>0</error_code>\
                 <uid_session>SESSION</uid_session></CreateSession_Response>",
            ),
        ] {
            let api = api::find(name).expect("known");
            let sessions = Sessions::default();
            let give = |session: &str, wrong| {
                let mut body = reply.replace("SESSION", session).into_bytes();
                sessions.note(api, operation, &mut body, wrong);
                given(api, operation, &body).expect("a session")
            };
            assert_eq!(give("a1", Some(WrongSession::Other)), "a1", "nobody was before");
            assert_eq!(give("b2", Some(WrongSession::Other)), "a1");
            assert_eq!(give("09af-EF", Some(WrongSession::Stale)), "10b0-F0");
            assert_eq!(give("c3", None), "c3");
            assert_eq!(give("d4", Some(WrongSession::Other)), "c3");
            sessions.forget();
            assert_eq!(give("d4", Some(WrongSession::Other)), "d4");
        }
    }
}
