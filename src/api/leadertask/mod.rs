//! LeaderTask sync service: an ASMX service with one operation over four bindings.
//!
//! Source: the service's own help page, `LeaderTaskSyncService.asmx?op=CreateSession`. Where it
//! is silent (SOAP 1.2, the meaning of `error_code`) the choice is noted at the code.

mod message;
mod model;

pub use message::{CreateSession, SessionCreated};

use super::asmx::{self, Call, Contract, ResultType};
use super::sample::sample;
use super::{
    Answer, Api, Binding, Fields, HttpRequest, Incoming, Input, Operation, Outgoing, Role, Sample,
    Service, Source, Verdict, Visit, WriteError, soap,
};
use crate::xml::{Document, Error};

const NAMESPACE: &str = "https://sync.leadertask.net/";
const PATH: &str = "/LeaderTaskSyncService.asmx";
const METHOD: &str = "CreateSession";
const RESULT_TYPE: &str = "CreateSession_Response";

/// The API.
#[derive(Clone, Copy, Debug)]
pub struct Leadertask;

const OPERATIONS: &[Operation] = &[Operation {
    name: METHOD,
    role: Role::Login,
    summary: "opens a session for a name and password",
    inputs: &[
        Input { name: "name", source: Source::Login },
        Input { name: "password", source: Source::Password },
        Input { name: "system_name", source: Source::Literal("gander") },
        Input { name: "push_token", source: Source::Literal("") },
        Input { name: "appleid", source: Source::Literal("") },
        Input { name: "user_token", source: Source::Literal("") },
    ],
    outputs: &["error_code", "error_string", "uid_session"],
    opens: Some("uid_session"),
    answers: &["0"],
}];

/// What is particular to it among ASMX services.
pub(super) const SERVICE: Contract = Contract {
    name: "LeaderTaskSyncService",
    namespace: NAMESPACE,
    path: PATH,
    operations: OPERATIONS,
    results: &[ResultType { name: RESULT_TYPE, integers: &["error_code"] }],
    call: model::call,
    verdict,
};

const SOAP11_HEADERS: &[(&str, &str)] = &[
    ("Content-Type", "text/xml; charset=utf-8"),
    ("SOAPAction", "\"https://sync.leadertask.net/CreateSession\""),
];
const SOAP12_HEADERS: &[(&str, &str)] = &[(
    "Content-Type",
    "application/soap+xml; charset=utf-8; action=\"https://sync.leadertask.net/CreateSession\"",
)];

const CALL: Call = Call {
    name: METHOD,
    namespace: NAMESPACE,
    parameters: &message::PARAMETERS,
    path: PATH,
    method_path: "/LeaderTaskSyncService.asmx/CreateSession",
    soap11: SOAP11_HEADERS,
    soap12: SOAP12_HEADERS,
};

impl Api for Leadertask {
    fn name(&self) -> &'static str {
        "leadertask"
    }

    fn summary(&self) -> &'static str {
        "LeaderTask sync, ASP.NET: CreateSession over SOAP 1.1, SOAP 1.2, GET and POST"
    }

    fn bindings(&self) -> &'static [Binding] {
        &[Binding::Soap11, Binding::Get, Binding::Post, Binding::Soap12]
    }

    /// SOAP 1.2 is not on the service's page, but on by default in ASP.NET.
    fn documented_bindings(&self) -> &'static [Binding] {
        &[Binding::Soap11, Binding::Get, Binding::Post]
    }

    fn operations(&self) -> &'static [Operation] {
        OPERATIONS
    }

    fn service_path(&self) -> &'static str {
        PATH
    }

    fn write_request(
        &self,
        _operation: usize,
        binding: Binding,
        inputs: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError> {
        CALL.write(binding, inputs, out)
    }

    fn read_reply<'a>(
        &self,
        _operation: usize,
        binding: Binding,
        body: Document<'a>,
    ) -> Result<Answer<'a>, Error> {
        let fields = match binding {
            Binding::Get | Binding::Post => SessionCreated::parse_plain(body)?.into_fields(),
            Binding::Soap11 | Binding::Soap12 | Binding::Xml => {
                SessionCreated::parse_soap(body)?.into_fields(SessionCreated::into_fields)
            }
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

    fn verdict<'a>(&self, _operation: usize, fields: &Fields<'a>) -> Option<Verdict<'a>> {
        verdict(fields)
    }

    fn parse_request<'a>(
        &self,
        _operation: usize,
        binding: Binding,
        body: &'a [u8],
    ) -> Result<Fields<'a>, Error> {
        let request = match binding {
            Binding::Get | Binding::Post => CreateSession::parse_form(body),
            Binding::Soap11 | Binding::Soap12 | Binding::Xml => CreateSession::parse_soap(body)?,
        };
        Ok(request.into_fields())
    }

    fn answer(&self, request: &Incoming<'_>, service: &Service, visit: &Visit) -> Option<Outgoing> {
        asmx::answer(&SERVICE, request, service, visit)
    }

    fn operation_asked(&self, request: &Incoming<'_>) -> Option<usize> {
        asmx::operation_asked(&SERVICE, request)
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            sample!("createsession.soap11.request.xml", "CreateSession", Soap11, Request),
            sample!("createsession.soap11.reply.xml", "CreateSession", Soap11, Reply),
            sample!("createsession.httpget.reply.xml", "CreateSession", Get, Reply),
            sample!("createsession.httppost.reply.xml", "CreateSession", Post, Reply),
        ]
    }
}

/// No code is documented, not even success: 0 is taken for it, anything else for a failure.
fn verdict<'a>(fields: &Fields<'a>) -> Option<Verdict<'a>> {
    match &fields[..] {
        [(_, code), _, _] if code == "0" => Some(Verdict::Accepted(None)),
        [(_, code), (_, string), _] => {
            Some(Verdict::Refused { code: code.clone(), message: string.clone() })
        }
        _ => soap::fault_verdict(fields),
    }
}

#[cfg(test)]
mod tests;
