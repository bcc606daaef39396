//! Eltex subscriber portal: six commands as plain XML over POST.
//!
//! Source: the vendor's pages `Hc_sp_api_*`, with their schemas. The method is given for three
//! commands only (POST is used for all), and "404 on error" contradicts the examples, which show
//! errors under 200: where there is a body, it decides.

mod command;
mod message;
mod model;

use std::borrow::Cow;

pub use command::Command;
pub use message::{Reply, Request};

use super::sample::sample;
use super::{
    Answer, Api, Binding, Fields, HttpRequest, Incoming, Input, Method, Operation, Outgoing, Role,
    Sample, Service, Source, Verdict, Visit, WriteError,
};
use crate::xml::{Document, Error};

/// The API.
#[derive(Clone, Copy, Debug)]
pub struct Eltex;

const DOMAIN: Input = Input { name: "domain", source: Source::Domain };
const LOGIN: Input = Input { name: "login", source: Source::Login };

/// By the order of [`Command::ALL`].
const OPERATIONS: &[Operation] = &[
    Operation {
        name: "sp_login",
        role: Role::Login,
        summary: "opens a session for a domain, login and password",
        inputs: &[DOMAIN, LOGIN, Input { name: "password", source: Source::Password }],
        outputs: &["session", "alias_address", "alias_iface"],
        opens: Some("session"),
        answers: &["invalid pair login/password"],
    },
    Operation {
        name: "sp_check_session",
        role: Role::CheckSession,
        summary: "asks whether a session of a login is alive",
        inputs: &[DOMAIN, LOGIN, Input { name: "session", source: Source::Session }],
        outputs: &[],
        opens: None,
        answers: &["not_exists"],
    },
    Operation {
        name: "sp_logout",
        role: Role::Logout,
        summary: "ends a session",
        inputs: &[DOMAIN, Input { name: "session", source: Source::Session }],
        outputs: &[],
        opens: None,
        answers: &["not_exists"],
    },
    Operation {
        name: "sp_check_login",
        role: Role::Other,
        summary: "asks whether a login is free or taken",
        inputs: &[DOMAIN, LOGIN],
        outputs: &["answer"],
        opens: None,
        answers: &["free", "taken"],
    },
    Operation {
        name: "sp_change_login",
        role: Role::Other,
        summary: "gives a user another login",
        inputs: &[
            DOMAIN,
            Input { name: "oldlogin", source: Source::Login },
            Input { name: "newlogin", source: Source::Required },
        ],
        outputs: &[],
        opens: None,
        answers: &["not_exists", "already_exists"],
    },
    Operation {
        name: "sp_change_password",
        role: Role::Other,
        summary: "gives a user another password",
        inputs: &[DOMAIN, LOGIN, Input { name: "newpassword", source: Source::Required }],
        outputs: &[],
        opens: None,
        answers: &["not_exists"],
    },
];

const HEADERS: &[(&str, &str)] = &[("Content-Type", "text/xml; charset=utf-8")];

impl Api for Eltex {
    fn name(&self) -> &'static str {
        "eltex"
    }

    fn summary(&self) -> &'static str {
        "Eltex subscriber portal: login, check_session, logout and self-care, XML over POST"
    }

    fn bindings(&self) -> &'static [Binding] {
        &[Binding::Xml]
    }

    fn operations(&self) -> &'static [Operation] {
        OPERATIONS
    }

    fn has_domains(&self) -> bool {
        true
    }

    fn service_path(&self) -> &'static str {
        "/commands"
    }

    fn write_request(
        &self,
        operation: usize,
        _binding: Binding,
        inputs: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError> {
        let command = Command::ALL[operation];
        out.start(Method::Post, command.path(), HEADERS);
        Request::from_values(command, inputs).write(&mut out.body)
    }

    fn read_reply<'a>(
        &self,
        operation: usize,
        _binding: Binding,
        body: Document<'a>,
    ) -> Result<Answer<'a>, Error> {
        let fields = Reply::parse(Command::ALL[operation], body)?.into_fields();
        Ok(Answer::of(fields, verdict))
    }

    fn write_reply(
        &self,
        operation: usize,
        _binding: Binding,
        fields: &Fields<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        out.clear();
        Reply::from_fields(fields).write(Command::ALL[operation], out)
    }

    fn verdict<'a>(&self, operation: usize, fields: &Fields<'a>) -> Option<Verdict<'a>> {
        // To this command it is an answer, and no error.
        let is_answer = Command::ALL[operation] == Command::CheckLogin
            && matches!(&fields[..], [("description", text)] if text == "already_exists");
        if is_answer { None } else { verdict(fields) }
    }

    fn parse_request<'a>(
        &self,
        operation: usize,
        _binding: Binding,
        body: &'a [u8],
    ) -> Result<Fields<'a>, Error> {
        Request::parse(Command::ALL[operation], body).map(Request::into_fields)
    }

    /// "404 on error": an error without a description.
    fn verdict_without_body(&self, status: u16) -> Option<Verdict<'static>> {
        (status == 404)
            .then_some(Verdict::Refused { code: Cow::Borrowed(""), message: Cow::Borrowed("") })
    }

    /// The documented reply to a login carries the login as `alias_address`.
    fn user_named<'r>(&self, operation: usize, answer: &'r Answer<'_>) -> Option<&'r str> {
        answer
            .field("alias_address")
            .filter(|_| Command::ALL[operation] == Command::Login)
    }

    fn answer(&self, request: &Incoming<'_>, service: &Service, visit: &Visit) -> Option<Outgoing> {
        model::answer(request, service, visit)
    }

    fn operation_asked(&self, request: &Incoming<'_>) -> Option<usize> {
        let asked = Command::from_path(request.path)?;
        Command::ALL.iter().position(|command| *command == asked)
    }

    fn samples(&self) -> &'static [Sample] {
        &[
            sample!("sp_login.request.xml", "sp_login", Xml, Request),
            sample!("sp_login.reply-ok.xml", "sp_login", Xml, Reply),
            sample!("sp_login.reply-error.xml", "sp_login", Xml, Reply),
            sample!("sp_check_session.request.xml", "sp_check_session", Xml, Request),
            sample!("sp_check_session.reply-ok.xml", "sp_check_session", Xml, Reply),
            sample!("sp_check_session.reply-error.xml", "sp_check_session", Xml, Reply),
            sample!("sp_logout.request.xml", "sp_logout", Xml, Request),
            sample!("sp_logout.reply-ok.xml", "sp_logout", Xml, Reply),
            sample!("sp_check_login.request.xml", "sp_check_login", Xml, Request),
            sample!("sp_check_login.reply-ok.xml", "sp_check_login", Xml, Reply),
            sample!("sp_check_login.reply-error.xml", "sp_check_login", Xml, Reply),
            sample!("sp_change_login.request.xml", "sp_change_login", Xml, Request),
            sample!("sp_change_login.reply-ok.xml", "sp_change_login", Xml, Reply),
            sample!("sp_change_login.reply-error.xml", "sp_change_login", Xml, Reply),
            sample!("sp_change_password.request.xml", "sp_change_password", Xml, Request),
            sample!("sp_change_password.reply-ok.xml", "sp_change_password", Xml, Reply),
            sample!("sp_change_password.reply-error.xml", "sp_change_password", Xml, Reply),
        ]
    }
}

fn verdict<'a>(fields: &Fields<'a>) -> Option<Verdict<'a>> {
    Some(match &fields[..] {
        [] | [("session", _), ..] => Verdict::Accepted(None),
        [("answer", answer)] if answer == "free" => Verdict::Accepted(Some("free")),
        [("answer", answer)] if answer == "taken" => Verdict::Accepted(Some("taken")),
        [("description", description)] => {
            Verdict::Refused { code: description.clone(), message: Cow::Borrowed("") }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
