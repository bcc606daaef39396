//! What the portal does with a request.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Command, Reply, Request};
use crate::api::{
    Change, ErrorStatus, Incoming, Meaning, Outgoing, Service, Store, Visit, encoding,
};
use crate::xml::Document;

/// Answers a request to the portal; `None` if its path is another's.
pub(super) fn answer(request: &Incoming<'_>, service: &Service, visit: &Visit) -> Option<Outgoing> {
    let command = Command::from_path(request.path)?;
    if request.method != "POST" {
        return Some(Outgoing::method_not_allowed("POST"));
    }
    let store = &service.store;
    let decoded = encoding::decode_utf16(request.body);
    let document = match &decoded {
        Some(text) => Document::within(encoding::MAX_DECODED, text.as_bytes()),
        None => request.body.into(),
    };
    let (status, reply) = match Request::parse(command, document) {
        Ok(request) => {
            // Of a login, an unknown domain is one of three that make no pair, as the documents have it.
            let is_login = command == Command::Login;
            let reply = if is_login || store.has_domain(request.domain()) {
                apply(request, store, visit)
            } else {
                error("not_exists")
            };
            match service.options.error_status {
                _ if !matches!(reply, Reply::Error { .. } | Reply::Taken) => (200, reply),
                ErrorStatus::Ok => (200, reply),
                ErrorStatus::NotFound => (404, reply),
                ErrorStatus::NotFoundEmpty => {
                    return Some(Outgoing::empty(404).meaning(Meaning::Refused));
                }
            }
        }
        // The documents do not say what becomes of a request that cannot be read.
        Err(_) => (404, error("bad request")),
    };
    let meaning = match reply {
        Reply::Error { .. } => Meaning::Refused,
        _ => Meaning::Accepted,
    };
    let mut body = Vec::with_capacity(384);
    reply.write(command, &mut body).expect("what came in XML can go out in XML");
    Some(Outgoing::new(status, "text/xml", body).meaning(meaning))
}

fn apply<'a>(request: Request<'a>, store: &Store, visit: &Visit) -> Reply<'a> {
    match request {
        Request::Login { domain, login, password } => {
            // As many digits as in the document's example.
            let id = visit.id(40);
            match store.login(&domain, &login, &password, &id, visit.now) {
                Ok(()) => Reply::Session {
                    session: Cow::Owned(id),
                    alias_iface: Some(Cow::Owned(interface_of(&domain, &login))),
                    alias_address: Some(login),
                },
                Err(_) => error("invalid pair login/password"),
            }
        }
        Request::CheckSession { domain, login, session } => {
            exists(store.check(&domain, &login, &session, visit.now))
        }
        Request::Logout { domain, session } => exists(store.logout(&domain, &session, visit.now)),
        Request::CheckLogin { domain, login } => {
            if store.login_is_free(&domain, &login) {
                Reply::Free
            } else {
                Reply::Taken
            }
        }
        Request::ChangeLogin { domain, oldlogin, newlogin } => {
            changed(store.change_login(&domain, &oldlogin, &newlogin))
        }
        Request::ChangePassword { domain, login, newpassword } => {
            changed(store.change_password(&domain, &login, &newpassword))
        }
    }
}

fn exists(exists: bool) -> Reply<'static> {
    if exists { Reply::Done } else { error("not_exists") }
}

fn changed(change: Change) -> Reply<'static> {
    match change {
        Change::Done => Reply::Done,
        Change::NotExists => error("not_exists"),
        Change::AlreadyExists => error("already_exists"),
    }
}

const fn error(description: &'static str) -> Reply<'static> {
    Reply::Error { description: Cow::Borrowed(description) }
}

/// An interface has sixteen hexadecimal digits and stays the same for a user.
fn interface_of(domain: &str, login: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (domain, login).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
