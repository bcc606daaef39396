//! How connections are made and used: what the file says, and what the command line says in its
//! place.

use std::env::VarError;
use std::net::IpAddr;
use std::ops::Range;

use super::super::file::{self, SecretText};
use super::super::transport::{Transport, parse_connections, parse_max_reply, parse_timeout};
use super::Compiler;
use crate::http::Header;
use crate::secret::Secret;
use crate::units::{Rate, parse_duration};

impl Compiler<'_> {
    /// All of it but whom to trust and what to show.
    pub(super) fn transport(&mut self, file: &file::Transport) -> Transport {
        if let Some(insecure) = &file.insecure {
            self.problems.add(
                insecure.span(),
                "\"insecure\" is not for files: whoever starts the run has to ask for it, with \
                 --insecure",
            );
        }
        let overrides = &self.overrides.transport;
        let default = Transport::default();
        let connections = self.parsed(file.connections.as_ref(), parse_connections);
        let connect_timeout = self.parsed(file.connect_timeout.as_ref(), parse_timeout);
        let request_timeout = self.parsed(file.timeout.as_ref(), parse_timeout);
        let bind = self.parsed(file.bind.as_ref(), parse_address);
        let resolve_every = self.parsed(file.resolve_every.as_ref(), parse_duration);
        let expect_continue = self.parsed(file.expect_continue.as_ref(), parse_duration);
        let max_reply = self.parsed(file.max_reply.as_ref(), parse_max_reply);
        let max_in_flight = file.max_in_flight.as_ref().map(|n| self.at_least_one(Some(n), 1));
        let max_rate = self.parsed(file.max_rate.as_ref(), Rate::parse);
        let headers = self.headers(file);
        Transport {
            connections: overrides.connections.or(connections).unwrap_or(default.connections),
            connect_timeout: (overrides.connect_timeout.or(connect_timeout))
                .unwrap_or(default.connect_timeout),
            request_timeout: (overrides.request_timeout.or(request_timeout))
                .unwrap_or(default.request_timeout),
            bind: overrides.bind.or(bind),
            resolve_every: overrides.resolve_every.or(resolve_every),
            headers: overridden(headers, &overrides.headers),
            expect_continue: overrides.expect_continue.or(expect_continue),
            max_reply: overrides.max_reply.or(max_reply).unwrap_or(default.max_reply),
            max_in_flight: overrides.max_in_flight.or(max_in_flight),
            max_rate: overrides.max_rate.or(max_rate),
            ..default
        }
    }

    /// The file's headers, those of basic authentication last.
    fn headers(&mut self, file: &file::Transport) -> Vec<Header> {
        let mut headers = Vec::new();
        for (name, value) in &file.headers {
            let Some(value) = self.secret(value, name.span()) else { continue };
            match Header::new(name.get_ref(), value.expose()) {
                Ok(header) => headers.push(header),
                Err(error) => self.problems.add(name.span(), error.to_string()),
            }
        }
        if let Some(credentials) = &file.basic_auth
            && let Some(text) = self.secret(credentials.get_ref(), credentials.span())
        {
            match Header::basic_auth(&text) {
                Ok(header) => headers.push(header),
                Err(error) => self.problems.add(credentials.span(), error.to_string()),
            }
        }
        headers
    }

    fn secret(&mut self, text: &SecretText, span: Range<usize>) -> Option<Secret> {
        match text {
            SecretText::Here(secret) => Some(secret.clone()),
            SecretText::Environment(variable) => match self.outside.variable(&variable.env) {
                Ok(value) => {
                    let secret = Secret::from_environment(&value);
                    if secret.is_none() {
                        let message = format!("{} is empty: set it", shown(&variable.env));
                        self.problems.add(span, message);
                    }
                    secret
                }
                Err(VarError::NotPresent) => {
                    let message =
                        format!("the environment has no {}: set it", shown(&variable.env));
                    self.problems.add(span, message);
                    None
                }
                Err(VarError::NotUnicode(_)) => {
                    self.problems.add(span, format!("{} is not UTF-8", shown(&variable.env)));
                    None
                }
            },
        }
    }
}

/// The name of a variable, unless it may be what was meant to be in one.
fn shown(variable: &str) -> &str {
    let is_usual = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    if variable.bytes().all(is_usual) { variable } else { "variable of the name given here" }
}

/// `headers` without those that have others in their place.
fn overridden(mut headers: Vec<Header>, by: &[Header]) -> Vec<Header> {
    headers.retain(|header| !by.iter().any(|other| other.is(&header.name)));
    headers.extend_from_slice(by);
    headers
}

fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is no address: write one such as \"192.0.2.7\""))
}
