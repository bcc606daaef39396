//! Related Marketing Cloud authentication: an ASMX service over SOAP 1.1.
//!
//! Source: the vendor's page on `auth.asmx`. Path, `SOAPAction` and status are not on it: the
//! path is `/auth.asmx`, the action is namespace, `/`, method, and business errors come with 200.

mod message;
mod model;

pub use message::{Login, LoginResult, Logout, LogoutResult, Status};

use super::asmx::{self, Contract, ResultType};
use super::sample::sample;
use super::{
    Answer, Api, Binding, Fields, HttpRequest, Incoming, Input, Method, Operation, Outgoing, Role,
    Sample, Service, Source, Verdict, Visit, WriteError, soap,
};
use crate::xml::{Document, Error};

const NAMESPACE: &str = "http://ws.euromsg.com/auth";
const PATH: &str = "/auth.asmx";
const METHODS: [&str; 2] = ["Login", "Logout"];
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
        ResultType { name: "LoginResult", integers: &[] },
        ResultType { name: "LogoutResult", integers: &[] },
    ],
    call: model::call,
    verdict,
};

const LOGIN_HEADERS: &[(&str, &str)] = &[
    ("Content-Type", "text/xml; charset=utf-8"),
    ("SOAPAction", "\"http://ws.euromsg.com/auth/Login\""),
];
const LOGOUT_HEADERS: &[(&str, &str)] = &[
    ("Content-Type", "text/xml; charset=utf-8"),
    ("SOAPAction", "\"http://ws.euromsg.com/auth/Logout\""),
];

impl Api for Related {
    fn name(&self) -> &'static str {
        "related"
    }

    fn summary(&self) -> &'static str {
        "Related Marketing Cloud auth, ASP.NET: Login and Logout over SOAP 1.1"
    }

    fn bindings(&self) -> &'static [Binding] {
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
        _binding: Binding,
        inputs: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError> {
        match (operation, inputs) {
            (LOGIN, [username, password]) => {
                out.start(Method::Post, PATH, LOGIN_HEADERS);
                let request = Login { username: (*username).into(), password: (*password).into() };
                request.write(&mut out.body)
            }
            (_, [ticket]) => {
                out.start(Method::Post, PATH, LOGOUT_HEADERS);
                let request = Logout { service_ticket: (*ticket).into() };
                request.write(&mut out.body)
            }
            _ => panic!("{} values for operation {operation}", inputs.len()),
        }
    }

    fn read_reply<'a>(
        &self,
        operation: usize,
        _binding: Binding,
        body: Document<'a>,
    ) -> Result<Answer<'a>, Error> {
        let fields = if operation == LOGIN {
            LoginResult::parse(body)?.into_fields(LoginResult::into_fields)
        } else {
            LogoutResult::parse(body)?.into_fields(LogoutResult::into_fields)
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
        _binding: Binding,
        body: &'a [u8],
    ) -> Result<Fields<'a>, Error> {
        if operation == LOGIN {
            Login::parse(body).map(Login::into_fields)
        } else {
            Logout::parse(body).map(Logout::into_fields)
        }
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
