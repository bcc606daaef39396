//! What the service does with a request. Business errors come with status 200, never as a fault.

use std::borrow::Cow;

use super::{Login, LoginResult, Logout, LogoutResult, METHODS, NAMESPACE, PATH, Status};
use crate::api::soap::Version;
use crate::api::{Incoming, LoginRefusal, Outgoing, Store, Visit, asmx};

/// Answers a request to the service; `None` if its path is another's.
pub(super) fn answer(request: &Incoming<'_>, store: &Store, visit: &Visit) -> Option<Outgoing> {
    if request.path != PATH {
        return None;
    }
    if request.method != "POST" {
        return Some(Outgoing::method_not_allowed("POST"));
    }
    Some(answer_soap(request, store, visit).unwrap_or_else(|refusal| refusal))
}

fn answer_soap(request: &Incoming<'_>, store: &Store, visit: &Visit) -> Result<Outgoing, Outgoing> {
    if asmx::soap_version(request)? != Version::V11 {
        return Err(Outgoing::empty(415));
    }
    crate::xml::check(request.body).map_err(|_| Outgoing::empty(400))?;
    let method = asmx::method(request, &format!("{NAMESPACE}/"), &METHODS)?;
    let mut body = Vec::with_capacity(512);
    // Another element than the action names leaves the parameters null, as on ASMX.
    let written = if method == METHODS[0] {
        let login = Login::parse(request.body).unwrap_or_default();
        log_in(&login, store, visit).write(&mut body)
    } else {
        let logout = Logout::parse(request.body).unwrap_or_default();
        log_out(&logout, store, visit).write(&mut body)
    };
    written.expect("every text of the service can be written");
    Ok(Outgoing::new(200, Version::V11.content_type(), body))
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
