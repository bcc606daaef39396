//! What is parsed: replies of every kind with values that vary as they do in a run.

use std::fmt::Write as _;

use gander::api::eltex::{Command, Reply};
use gander::api::leadertask::SessionCreated;
use gander::api::related::{LoginResult, LogoutResult, Status};
use gander::api::soap::{self, Fault, Version};
use gander::api::{self, Api, Binding};

/// Replies of one kind.
pub(crate) struct Kind {
    /// What it is.
    pub(crate) name: &'static str,
    /// What it stresses.
    pub(crate) stresses: &'static str,
    /// The replies.
    pub(crate) replies: Vec<Message>,
}

/// A reply, and what it is one to.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) api: &'static dyn Api,
    /// Its place in the registry.
    pub(crate) index: usize,
    pub(crate) operation: usize,
    pub(crate) binding: Binding,
    pub(crate) body: Vec<u8>,
}

/// How many replies there are of each kind.
const VARIETY: usize = 64;

/// Every kind of reply, the well-formed ones first.
pub(crate) fn kinds() -> Vec<Kind> {
    let mut kinds = vec![
        kind(
            "eltex login",
            "three attributes",
            "eltex",
            "sp_login",
            Binding::Xml,
            |i, out| {
                let reply = Reply::Session {
                    session: id(i, 40).into(),
                    alias_address: Some(format!("user{i}").into()),
                    alias_iface: Some(id(i + 1, 16).into()),
                };
                reply.write(Command::Login, out).expect("writable");
            },
        ),
        kind(
            "eltex check_session",
            "no field at all",
            "eltex",
            "sp_check_session",
            Binding::Xml,
            |_, out| {
                Reply::Done.write(Command::CheckSession, out).expect("writable");
            },
        ),
        kind("eltex refusal", "one attribute", "eltex", "sp_login", Binding::Xml, |_, out| {
            let reply = Reply::Error { description: "invalid pair login/password".into() };
            reply.write(Command::Login, out).expect("writable");
        }),
        kind(
            "related Login",
            "an envelope, four texts",
            "related",
            "Login",
            Binding::Soap11,
            |i, out| {
                let reply = LoginResult {
                    status: Status { code: "00".into(), ..Status::default() },
                    service_ticket: Some(id(i, 21).to_uppercase().into()),
                };
                reply.write(Version::V11, out).expect("writable");
            },
        ),
        kind(
            "related refusal",
            "long texts",
            "related",
            "Logout",
            Binding::Soap11,
            |_, out| {
                let status = Status {
                    code: "9998".into(),
                    message: "Unauthorized User!".into(),
                    detailed_message: "Object reference not set to an instance of an object."
                        .into(),
                };
                LogoutResult { status }.write(Version::V11, out).expect("writable");
            },
        ),
        kind(
            "leadertask SOAP",
            "a number",
            "leadertask",
            "CreateSession",
            Binding::Soap11,
            |i, out| {
                created(i).write_soap(Version::V11, out).expect("writable");
            },
        ),
        kind(
            "leadertask GET",
            "line breaks of Windows",
            "leadertask",
            "CreateSession",
            Binding::Get,
            |i, out| {
                created(i).write_plain(out).expect("writable");
            },
        ),
        kind(
            "fault",
            "another reply in the place of the one",
            "related",
            "Login",
            Binding::Soap11,
            |i, out| {
                let fault = Fault {
                    version: Version::V11,
                    code: "soap:Server".into(),
                    message: format!("Server was unable to process request. ---> {i}").into(),
                };
                soap::write_fault(out, &fault).expect("writable");
            },
        ),
    ];
    kinds.push(mix(&kinds));
    kinds.push(malformed(&kinds[0]));
    kinds
}

fn kind(
    name: &'static str,
    stresses: &'static str,
    api: &str,
    operation: &str,
    binding: Binding,
    write: impl Fn(usize, &mut Vec<u8>),
) -> Kind {
    let index = api::REGISTRY.iter().position(|known| known.name() == api).expect("a known API");
    let api = api::REGISTRY[index];
    let operation = api.operation_named(operation).expect("a known operation");
    let message = |i| {
        let mut body = Vec::new();
        write(i, &mut body);
        Message { api, index, operation, binding, body }
    };
    Kind { name, stresses, replies: (0..VARIETY).map(message).collect() }
}

/// All kinds in an order that no branch predictor can learn.
fn mix(kinds: &[Kind]) -> Kind {
    let mut replies: Vec<_> = kinds.iter().flat_map(|kind| kind.replies.iter().cloned()).collect();
    let mut state = 1_u64;
    for i in (1..replies.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let j = usize::try_from(state >> 33).expect("31 bits") % (i + 1);
        replies.swap(i, j);
    }
    Kind { name: "mix of all", stresses: "what a run sees", replies }
}

/// Replies that end too early, anywhere.
fn malformed(whole: &Kind) -> Kind {
    let cut = |(i, message): (usize, &Message)| {
        let mut message = message.clone();
        message.body.truncate(message.body.len() * (i + 1) / (VARIETY + 1));
        message
    };
    let replies = whole.replies.iter().enumerate().map(cut).collect();
    Kind { name: "cut short", stresses: "refusing", replies }
}

fn created(i: usize) -> SessionCreated<'static> {
    SessionCreated { uid_session: id(i, 36).into(), ..SessionCreated::default() }
}

/// An id of so many hexadecimal digits, different for each `i`.
fn id(i: usize, digits: usize) -> String {
    let mut id = String::new();
    let mut state = i as u64 + 1;
    while id.len() < digits {
        state = state.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
        write!(id, "{state:016x}").expect("a string takes any text");
    }
    id.truncate(digits);
    id
}
