//! Related Marketing Cloud authentication: an ASMX service over SOAP 1.1.
//!
//! Source: the vendor's page on `auth.asmx`. Path, `SOAPAction` and status are not on it: the
//! path is `/auth.asmx`, the action is namespace, `/`, method, and business errors come with 200.
//! SOAP 1.2, GET and POST are not on it either; they are what ASP.NET makes of the same methods where
//! they are switched on.

mod message;
mod model;

pub use message::{Login, LoginResult, Logout, LogoutResult, Status};

use super::asmx::{self, Call, Contract, ResultType};
use super::sample::sample;
use super::{
    Answer, Api, Binding, Fields, HttpRequest, Incoming, Input, Operation, Outgoing, Role, Sample,
    Service, Source, Verdict, Visit, WriteError, soap,
};
use crate::xml::{Document, Error};

const NAMESPACE: &str = "http://ws.euromsg.com/auth";
const PATH: &str = "/auth.asmx";
const METHODS: [&str; 2] = ["Login", "Logout"];
const RESULT_TYPES: [&str; 2] = ["LoginResult", "LogoutResult"];
const LOGIN: usize = 0;

/// The API.
#[derive(Clone, Copy, Debug)]
pub struct Related;

const OPERATIONS: &[Operation] = &[
    Operation {
        name: METHODS[LOGIN],
        role: Role::Login,
        summary: "opens a session for a user name and password",
        inputs: &[
            Input { name: "Username", source: Source::Login },
            Input { name: "Password", source: Source::Password },
        ],
        outputs: &["Code", "Message", "DetailedMessage", "ServiceTicket"],
        opens: Some("ServiceTicket"),
        answers: &["00", "99", "Invalip IP", "No such user/password!"],
    },
    Operation {
        name: METHODS[1],
        role: Role::Logout,
        summary: "ends the session of a ticket",
        inputs: &[Input { name: "ServiceTicket", source: Source::Session }],
        outputs: &["Code", "Message", "DetailedMessage"],
        opens: None,
        answers: &["00", "9998", "Unauthorized User!"],
    },
];

/// What is particular to it among ASMX services.
pub(super) const SERVICE: Contract = Contract {
    name: "auth",
    namespace: NAMESPACE,
    path: PATH,
    operations: OPERATIONS,
    // The document does not name the types.
    results: &[
        ResultType { name: RESULT_TYPES[LOGIN], integers: &[] },
        ResultType { name: RESULT_TYPES[1], integers: &[] },
    ],
    call: model::call,
    verdict,
};

/// By operation.
const CALLS: [Call; 2] = [
    Call {
        name: METHODS[LOGIN],
        namespace: NAMESPACE,
        parameters: &message::LOGIN,
        path: PATH,
        method_path: "/auth.asmx/Login",
        soap11: &[
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", "\"http://ws.euromsg.com/auth/Login\""),
        ],
        soap12: &[(
            "Content-Type",
            "application/soap+xml; charset=utf-8; action=\"http://ws.euromsg.com/auth/Login\"",
        )],
    },
    Call {
        name: METHODS[1],
        namespace: NAMESPACE,
        parameters: &message::LOGOUT,
        path: PATH,
        method_path: "/auth.asmx/Logout",
        soap11: &[
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", "\"http://ws.euromsg.com/auth/Logout\""),
        ],
        soap12: &[(
            "Content-Type",
            "application/soap+xml; charset=utf-8; action=\"http://ws.euromsg.com/auth/Logout\"",
        )],
    },
];

impl Api for Related {
    fn name(&self) -> &'static str {
        "related"
    }

    fn summary(&self) -> &'static str {
        "Related Marketing Cloud auth, ASP.NET: Login and Logout over SOAP 1.1, SOAP 1.2, GET and POST"
    }

    fn bindings(&self) -> &'static [Binding] {
        &[Binding::Soap11, Binding::Get, Binding::Post, Binding::Soap12]
    }

    fn documented_bindings(&self) -> &'static [Binding] {
        &[Binding::Soap11]
    }

    fn operations(&self) -> &'static [Operation] {
        OPERATIONS
    }

    fn service_path(&self) -> &'static str {
        PATH
    }

    fn write_request(
        &self,
        operation: usize,
        binding: Binding,
        inputs: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError> {
        CALLS[operation].write(binding, inputs, out)
    }

    fn read_reply<'a>(
        &self,
        operation: usize,
        binding: Binding,
        body: Document<'a>,
    ) -> Result<Answer<'a>, Error> {
        let is_plain = matches!(binding, Binding::Get | Binding::Post);
        let fields = match (operation == LOGIN, is_plain) {
            (true, true) => LoginResult::parse_plain(body)?.into_fields(),
            (true, false) => LoginResult::parse(body)?.into_fields(LoginResult::into_fields),
            (false, true) => LogoutResult::parse_plain(body)?.into_fields(),
            (false, false) => LogoutResult::parse(body)?.into_fields(LogoutResult::into_fields),
        };
        Ok(Answer::of(fields, verdict))
    }

    fn write_reply(
        &self,
        operation: usize,
        binding: Binding,
        fields: &Fields<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        asmx::write_any_reply(&SERVICE, operation, binding, fields, out)
    }

    fn verdict<'a>(&self, operation: usize, fields: &Fields<'a>) -> Option<Verdict<'a>> {
        // A success without a ticket is none.
        let verdict = verdict(fields)?;
        let is_whole = operation != LOGIN
            || verdict != Verdict::Accepted(None)
            || fields.get(3).is_some_and(|(_, ticket)| !ticket.is_empty());
        is_whole.then_some(verdict)
    }

    fn parse_request<'a>(
        &self,
        operation: usize,
        binding: Binding,
        body: &'a [u8],
    ) -> Result<Fields<'a>, Error> {
        let is_form = matches!(binding, Binding::Get | Binding::Post);
        Ok(match (operation == LOGIN, is_form) {
            (true, true) => Login::parse_form(body).into_fields(),
            (true, false) => Login::parse(body)?.into_fields(),
            (false, true) => Logout::parse_form(body).into_fields(),
            (false, false) => Logout::parse(body)?.into_fields(),
        })
    }

    fn answer(&self, request: &Incoming<'_>, service: &Service, visit: &Visit) -> Option<Outgoing> {
        asmx::answer(&SERVICE, request, service, visit)
    }

    fn operation_asked(&self, request: &Incoming<'_>) -> Option<usize> {
        asmx::operation_asked(&SERVICE, request)
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            sample!("login.request.repaired.xml", "Login", Soap11, Request),
            sample!("login.request.as-printed.xml", "Login", Soap11, Request),
            sample!("login.reply.xml", "Login", Soap11, Reply),
            sample!("logout.request.repaired.xml", "Logout", Soap11, Request),
            sample!("logout.request.as-printed.xml", "Logout", Soap11, Request),
            sample!("logout.reply.repaired.xml", "Logout", Soap11, Reply),
            sample!("logout.reply.as-printed.xml", "Logout", Soap11, Reply),
        ]
    }
}

fn verdict<'a>(fields: &Fields<'a>) -> Option<Verdict<'a>> {
    match &fields[..] {
        [(_, code), _, _, ..] if code == "00" => Some(Verdict::Accepted(None)),
        [(_, code), (_, message), _, ..] => {
            Some(Verdict::Refused { code: code.clone(), message: message.clone() })
        }
        _ => soap::fault_verdict(fields),
    }
}

#[cfg(test)]
mod tests;
