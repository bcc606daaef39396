//! What the service does with a request.

use std::borrow::Cow;

use super::{CreateSession, METHOD, METHOD_PATH, NAMESPACE, PATH, SessionCreated};
use crate::api::soap::Version;
use crate::api::{Incoming, Outgoing, Store, Visit, asmx};

/// Answers a request to the service; `None` if its path is another's.
pub(super) fn answer(request: &Incoming<'_>, store: &Store, visit: &Visit) -> Option<Outgoing> {
    match (request.path, request.method) {
        (PATH, "POST") => Some(answer_soap(request, store, visit)),
        (METHOD_PATH, "GET") => Some(answer_plain(request.query.as_bytes(), store, visit)),
        (METHOD_PATH, "POST") => Some(answer_plain(request.body, store, visit)),
        (PATH, _) => Some(Outgoing::method_not_allowed("POST")),
        (METHOD_PATH, _) => Some(Outgoing::method_not_allowed("GET, POST")),
        _ => None,
    }
}

fn answer_soap(request: &Incoming<'_>, store: &Store, visit: &Visit) -> Outgoing {
    let version = match asmx::soap_version(request) {
        Ok(version) => version,
        Err(refusal) => return refusal,
    };
    if crate::xml::check(request.body).is_err() {
        return Outgoing::empty(400);
    }
    // SOAP 1.2 carries the action in the media type, where a wrong one does not matter.
    if version == Version::V11
        && let Err(fault) = asmx::method(request, NAMESPACE, &[METHOD])
    {
        return fault;
    }
    // Another element than the action names leaves the parameters null, as on ASMX.
    let parsed = CreateSession::parse_soap(request.body).unwrap_or_default();
    let mut body = Vec::with_capacity(512);
    create(&parsed, store, visit)
        .write_soap(version, &mut body)
        .expect("every text of the service can be written");
    Outgoing::new(200, version.content_type(), body)
}

fn answer_plain(query: &[u8], store: &Store, visit: &Visit) -> Outgoing {
    let mut body = Vec::with_capacity(512);
    create(&CreateSession::parse_form(query), store, visit)
        .write_plain(&mut body)
        .expect("every text of the service can be written");
    Outgoing::new(200, Version::V11.content_type(), body)
}

/// The documents name no codes: 1 for an empty name, 2 for a wrong pair.
fn create(request: &CreateSession<'_>, store: &Store, visit: &Visit) -> SessionCreated<'static> {
    let refused = |error_code, error_string| SessionCreated {
        error_code,
        error_string: Cow::Borrowed(error_string),
        uid_session: Cow::Borrowed(""),
    };
    if request.name.is_empty() {
        return refused(1, "name is empty");
    }
    let id = session_id(visit);
    match store.login("", &request.name, &request.password, &id, visit.now) {
        Ok(()) => SessionCreated { uid_session: Cow::Owned(id), ..SessionCreated::default() },
        Err(_) => refused(2, "wrong name or password"),
    }
}

/// Thirty-two digits in the groups of a GUID.
fn session_id(visit: &Visit) -> String {
    let mut id = visit.id(32);
    for dash in [20, 16, 12, 8] {
        id.insert(dash, '-');
    }
    id
}
