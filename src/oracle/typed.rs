//! Messages by their types, as users of the library have them.

use std::fmt::Debug;

use super::writing::Place;
use crate::api::eltex::{self, Command};
use crate::api::leadertask::{CreateSession, SessionCreated};
use crate::api::related::{Login, LoginResult, Logout, LogoutResult};
use crate::api::soap::{self, Content, Fault, Version};
use crate::api::{Binding, Fields};

const READABLE: &str = "what was written";

/// Reads a request that was written as the value of its type: the same `fields`, and the same bytes
/// when a copy of it is written again.
///
/// # Panics
/// When it is not.
pub(super) fn compare_request(place: Place, written: &[u8], fields: &Fields<'_>) {
    let read = match (place.api.name(), place.binding, place.method()) {
        ("eltex", ..) => {
            let read = eltex::Request::parse(command(place), written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), eltex::Request::write);
            read.into_fields()
        }
        ("leadertask", Binding::Get | Binding::Post, _) => {
            let read = CreateSession::parse_form(written);
            assert_eq!(read.clone().into_owned(), read);
            read.into_fields()
        }
        ("leadertask", binding, _) => {
            let read = CreateSession::parse_soap(written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), |copy, out| {
                copy.write_soap(version(binding), out)
            });
            read.into_fields()
        }
        (_, _, "Login") => {
            let read = Login::parse(written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), |copy, out| {
                copy.write(version(place.binding), out)
            });
            read.into_fields()
        }
        _ => {
            let read = Logout::parse(written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), |copy, out| {
                copy.write(version(place.binding), out)
            });
            read.into_fields()
        }
    };
    assert_eq!(read, *fields, "{}", String::from_utf8_lossy(written).escape_debug());
}

/// The same of a reply.
///
/// # Panics
/// When it is not.
pub(super) fn compare_reply(place: Place, written: &[u8], fields: &Fields<'_>) {
    let read = match (place.api.name(), place.binding, place.method()) {
        ("eltex", ..) => {
            let command = command(place);
            let read = eltex::Reply::parse(command, written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), |copy, out| {
                copy.write(command, out)
            });
            read.into_fields()
        }
        ("leadertask", Binding::Get | Binding::Post, _) => {
            let read = SessionCreated::parse_plain(written).expect(READABLE);
            copied(written, &read, &read.clone().into_owned(), SessionCreated::write_plain);
            read.into_fields()
        }
        ("leadertask", binding, _) => {
            let read = SessionCreated::parse_soap(written).expect(READABLE);
            if let Some(read) = payload(written, &read) {
                copied(written, read, &read.clone().into_owned(), |copy, out| {
                    copy.write_soap(version(binding), out)
                });
            }
            read.into_fields(SessionCreated::into_fields)
        }
        (_, _, "Login") => {
            let read = LoginResult::parse(written).expect(READABLE);
            if let Some(read) = payload(written, &read) {
                copied(written, read, &read.clone().into_owned(), |copy, out| {
                    copy.write(version(place.binding), out)
                });
            }
            read.into_fields(LoginResult::into_fields)
        }
        _ => {
            let read = LogoutResult::parse(written).expect(READABLE);
            if let Some(read) = payload(written, &read) {
                copied(written, read, &read.clone().into_owned(), |copy, out| {
                    copy.write(version(place.binding), out)
                });
            }
            read.into_fields(LogoutResult::into_fields)
        }
    };
    assert_eq!(read, *fields, "{}", String::from_utf8_lossy(written).escape_debug());
}

fn command(place: Place) -> Command {
    Command::ALL[place.operation]
}

fn version(binding: Binding) -> Version {
    if binding == Binding::Soap12 { Version::V12 } else { Version::V11 }
}

/// What a reply holds, if that is no fault; a fault is compared here.
fn payload<'c, T>(written: &[u8], content: &'c Content<'_, T>) -> Option<&'c T> {
    match content {
        Content::Payload(payload) => Some(payload),
        Content::Fault(fault) => {
            let write = |copy: &Fault<'_>, out: &mut Vec<u8>| soap::write_fault(out, copy);
            copied(written, fault, &fault.clone().into_owned(), write);
            None
        }
    }
}

/// Whether a copy that borrows from nobody is the same, and is written as it was.
fn copied<T: PartialEq + Debug, E: Debug>(
    written: &[u8],
    read: &T,
    copy: &T,
    write: impl FnOnce(&T, &mut Vec<u8>) -> Result<(), E>,
) {
    assert_eq!(copy, read);
    let mut again = Vec::new();
    write(copy, &mut again).expect("what could be written");
    assert_eq!(again, written, "{}", String::from_utf8_lossy(written).escape_debug());
}
