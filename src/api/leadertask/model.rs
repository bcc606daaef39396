//! What the service does with a call.

use std::borrow::Cow;

use super::{CreateSession, SessionCreated};
use crate::api::{Fields, Store, Visit};

/// Does what the one operation does.
pub(super) fn call(
    _operation: usize,
    parameters: Fields<'_>,
    store: &Store,
    visit: &Visit,
) -> Fields<'static> {
    create(&CreateSession::from_fields(parameters), store, visit).into_fields()
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
