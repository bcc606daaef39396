//! What the service does with a call. Business errors are results, never faults.

use std::borrow::Cow;

use super::{LOGIN, Login, LoginResult, Logout, LogoutResult, Status};
use crate::api::{Fields, LoginRefusal, Store, Visit};

/// Does what `operation` does.
pub(super) fn call(
    operation: usize,
    parameters: Fields<'_>,
    store: &Store,
    visit: &Visit,
) -> Fields<'static> {
    if operation == LOGIN {
        log_in(&Login::from_fields(parameters), store, visit).into_fields()
    } else {
        log_out(&Logout::from_fields(parameters), store, visit).into_fields()
    }
}

fn log_in(request: &Login<'_>, store: &Store, visit: &Visit) -> LoginResult<'static> {
    // As the document's example looks.
    let id = visit.id(21).to_uppercase();
    match store.login("", &request.username, &request.password, &id, visit.now) {
        Ok(()) => LoginResult {
            status: status("00", "", ""),
            service_ticket: Some(Cow::Owned(id)),
        },
        Err(refusal) => LoginResult {
            status: status(
                "99",
                match refusal {
                    LoginRefusal::BlockedIp => "Invalip IP",
                    LoginRefusal::WrongPair => "No such user/password!",
                },
                "",
            ),
            service_ticket: None,
        },
    }
}

fn log_out(request: &Logout<'_>, store: &Store, visit: &Visit) -> LogoutResult<'static> {
    LogoutResult {
        status: if store.logout("", &request.service_ticket, visit.now) {
            status("00", "", "")
        } else {
            status(
                "9998",
                "Unauthorized User!",
                "Object reference not set to an instance of an object.",
            )
        },
    }
}

fn status(
    code: &'static str,
    message: &'static str,
    detailed_message: &'static str,
) -> Status<'static> {
    Status {
        code: Cow::Borrowed(code),
        message: Cow::Borrowed(message),
        detailed_message: Cow::Borrowed(detailed_message),
    }
}
