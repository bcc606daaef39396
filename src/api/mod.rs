//! The session APIs: what they ask, what they answer, and what that means.
//!
//! Each API is a folder that implements [`Api`], and a line in [`REGISTRY`]. Everything else (the
//! simulator, scenarios, benches, fuzz targets) goes through the registry, so a new API needs
//! nothing but those two.

mod answer;
mod asmx;
mod binding;
pub mod eltex;
mod encoding;
mod form;
mod http;
pub mod leadertask;
mod meaning;
mod operation;
mod owned;
pub mod related;
mod sample;
mod service;
mod shape;
pub mod soap;
mod store;
mod template;

use std::fmt;

pub use answer::{Answer, Field, Fields, MAX_FIELDS, Verdict};
pub use binding::Binding;
pub use http::{HttpRequest, Incoming, Method, Outgoing};
pub use meaning::Meaning;
pub use operation::{Input, Operation, Role, Source};
pub use sample::{Direction, Sample};
pub use service::{ErrorStatus, Service, ServiceOptions};
pub use shape::MAX_SHAPE_BYTES;
pub use store::{
    Account, AccountState, Change, DEFAULT_DOMAIN, Entropy, LoginRefusal, Store, StoreLimits, Visit,
};
pub use template::{MAX_ATTEMPTS, MAX_SHAPES, Templates};

use crate::xml::{self, Document, Error, UnwritableText};

/// Every API that gander speaks, by the order in which it is listed.
pub const REGISTRY: &[&dyn Api] = &[&leadertask::Leadertask, &related::Related, &eltex::Eltex];

/// The API called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Api> {
    REGISTRY.iter().copied().find(|api| api.name() == name)
}

/// A request that its binding cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{input}: {source}")]
pub struct WriteError {
    /// Which input.
    pub input: &'static str,
    /// What is wrong with its value.
    pub source: UnwritableText,
}

/// One session API, both halves: the client's (write requests, judge replies) and the server's
/// (answer requests for a [`Service`]).
///
/// Operations are named by their index in [`operations`](Self::operations).
pub trait Api: Sync {
    /// The name people use, in lower case.
    fn name(&self) -> &'static str;

    /// What it is, in one line.
    fn summary(&self) -> &'static str;

    /// The bindings it can be spoken to in; the first is the default.
    fn bindings(&self) -> &'static [Binding];

    /// Those of them that its documents show; the simulator has no others on unless it is told to.
    fn documented_bindings(&self) -> &'static [Binding] {
        self.bindings()
    }

    /// Its operations.
    fn operations(&self) -> &'static [Operation];

    /// Whether its accounts belong to domains.
    fn has_domains(&self) -> bool {
        false
    }

    /// The path of the service, as far as all its operations share it.
    fn service_path(&self) -> &'static str;

    /// Writes a request for `operation` over `binding` into `out`, which is cleared first.
    /// `inputs` are the values of the operation's inputs, in their order.
    ///
    /// # Errors
    /// When the binding is XML and a value holds a character that XML cannot.
    ///
    /// # Panics
    /// When `operation` is out of range or `inputs` are not as many as the operation has.
    fn write_request(
        &self,
        operation: usize,
        binding: Binding,
        inputs: &[&str],
        out: &mut HttpRequest,
    ) -> Result<(), WriteError>;

    /// Reads the body of a reply to `operation` as the contract's typed reply, as fields.
    ///
    /// # Errors
    /// When it is too large, not well-formed or not what the contract says.
    fn read_reply<'a>(
        &self,
        operation: usize,
        binding: Binding,
        body: Document<'a>,
    ) -> Result<Answer<'a>, Error>;

    /// As [`read_reply`](Self::read_reply), of up to 64 KiB.
    ///
    /// # Errors
    /// As [`read_reply`](Self::read_reply).
    fn parse_reply<'a>(
        &self,
        operation: usize,
        binding: Binding,
        body: &'a [u8],
    ) -> Result<Answer<'a>, Error> {
        self.read_reply(operation, binding, body.into())
    }

    /// Writes the reply to `operation` with these fields, as [`parse_reply`](Self::parse_reply)
    /// gives them, into `out`, which is cleared first.
    ///
    /// # Errors
    /// When a value holds a character that XML cannot.
    ///
    /// # Panics
    /// When the fields are no reply's.
    fn write_reply(
        &self,
        operation: usize,
        binding: Binding,
        fields: &Fields<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), WriteError>;

    /// What a reply to `operation` with these fields means; `None` if they are no reply's.
    fn verdict<'a>(&self, operation: usize, fields: &Fields<'a>) -> Option<Verdict<'a>>;

    /// Reads a request for `operation` as its inputs by name: the simulator's half, and what
    /// `gander inspect` shows.
    ///
    /// # Errors
    /// When it is not well-formed or not what the contract says.
    fn parse_request<'a>(
        &self,
        operation: usize,
        binding: Binding,
        body: &'a [u8],
    ) -> Result<Fields<'a>, Error>;

    /// What the reply means: the body decides where it is readable, the status where not. It may be
    /// up to 64 KiB long.
    fn judge<'a>(
        &self,
        operation: usize,
        binding: Binding,
        status: u16,
        body: &'a [u8],
    ) -> Answer<'a> {
        self.judge_within(xml::DEFAULT_MAX_BYTES, operation, binding, status, body)
    }

    /// As [`judge`](Self::judge), of up to `max_bytes`.
    fn judge_within<'a>(
        &self,
        max_bytes: usize,
        operation: usize,
        binding: Binding,
        status: u16,
        body: &'a [u8],
    ) -> Answer<'a> {
        if body.is_empty()
            && let Some(verdict) = self.verdict_without_body(status)
        {
            return Answer::bare(verdict);
        }
        match self.read_reply(operation, binding, Document::within(max_bytes, body)) {
            Ok(answer) => answer,
            Err(error) if status == 200 => Answer::bare(Verdict::Malformed(error)),
            Err(_) => Answer::bare(Verdict::Http(status)),
        }
    }

    /// What a status means to this API where there is no body at all.
    fn verdict_without_body(&self, _status: u16) -> Option<Verdict<'static>> {
        None
    }

    /// The login of the user whose data a reply carries, where it says so.
    fn user_named<'r>(&self, _operation: usize, _answer: &'r Answer<'_>) -> Option<&'r str> {
        None
    }

    /// Answers a request as the real service documents it; `None` if the path is not its own.
    fn answer(&self, request: &Incoming<'_>, service: &Service, visit: &Visit) -> Option<Outgoing>;

    /// The operation that a request to the service is for, as far as its path, its action or the
    /// element in its body tell; whether it will be done is not said.
    fn operation_asked(&self, request: &Incoming<'_>) -> Option<usize>;

    /// The messages of its documents.
    fn samples(&self) -> &'static [Sample];

    /// The index of the operation called `name`.
    fn operation_named(&self, name: &str) -> Option<usize> {
        self.operations().iter().position(|o| o.name == name)
    }

    /// The index of the operation that plays `role`.
    fn operation_for(&self, role: Role) -> Option<usize> {
        self.operations().iter().position(|o| o.role == role)
    }
}

impl PartialEq for dyn Api {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for dyn Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
