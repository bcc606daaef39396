//! `Login` and `Logout` and their results.

use std::borrow::Cow;

use super::{Fields, NAMESPACE, RESULT_TYPES, WriteError};
use crate::api::asmx::{self, Text, or_empty, read_texts};
use crate::api::owned::owned;
use crate::api::soap::{Content, Version};
use crate::xml::{Document, Error, Reader};

/// A request to open a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Login<'a> {
    /// The user name.
    pub username: Cow<'a, str>,
    /// The password.
    pub password: Cow<'a, str>,
}

/// A request to end a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logout<'a> {
    /// The session.
    pub service_ticket: Cow<'a, str>,
}

/// What became of it. Code `00` is success; `99` has two meanings that only `message` tells
/// apart, "Invalip IP" (sic) and "No such user/password!"; `9998` is an unknown ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status<'a> {
    /// `Code`
    pub code: Cow<'a, str>,
    /// `Message`
    pub message: Cow<'a, str>,
    /// `DetailedMessage`
    pub detailed_message: Cow<'a, str>,
}

/// The reply to [`Login`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginResult<'a> {
    /// What became of it.
    pub status: Status<'a>,
    /// The session; `None` on failure, where absent and empty mean the same.
    pub service_ticket: Option<Cow<'a, str>>,
}

/// The reply to [`Logout`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogoutResult<'a> {
    /// What became of it.
    pub status: Status<'a>,
}

pub(super) const LOGIN: [&str; 2] = ["Username", "Password"];
pub(super) const LOGOUT: [&str; 1] = ["ServiceTicket"];
const STATUS: [&str; 3] = ["Code", "Message", "DetailedMessage"];
const RESULT: [&str; 4] = [STATUS[0], STATUS[1], STATUS[2], "ServiceTicket"];

impl<'a> Login<'a> {
    /// From its fields, those that are absent being empty.
    pub(super) fn from_fields(fields: Fields<'a>) -> Self {
        let [username, password] = asmx::values_of(fields, &LOGIN);
        Self { username, password }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        LOGIN.into_iter().zip([self.username, self.password]).collect()
    }

    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Login<'static> {
        Login {
            username: owned(self.username),
            password: owned(self.password),
        }
    }

    /// Reads a query or a form body. An omitted parameter is empty.
    #[must_use]
    pub fn parse_form(query: &'a [u8]) -> Self {
        let [username, password] = asmx::read_form(query, &LOGIN);
        Self { username, password }
    }

    /// Reads an envelope of either SOAP. An omitted parameter is empty.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says.
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        let [username, password] =
            asmx::read_request(body, NAMESPACE, "Login", &LOGIN)?.map(or_empty);
        Ok(Self { username, password })
    }

    /// Writes it as SOAP.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let parameters = LOGIN.into_iter().zip([&*self.username, &*self.password]);
        asmx::write_request(out, version, NAMESPACE, "Login", parameters)
    }
}

impl<'a> Logout<'a> {
    /// From its fields, those that are absent being empty.
    pub(super) fn from_fields(fields: Fields<'a>) -> Self {
        let [service_ticket] = asmx::values_of(fields, &LOGOUT);
        Self { service_ticket }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        LOGOUT.into_iter().zip([self.service_ticket]).collect()
    }

    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Logout<'static> {
        Logout { service_ticket: owned(self.service_ticket) }
    }

    /// Reads a query or a form body. An omitted parameter is empty.
    #[must_use]
    pub fn parse_form(query: &'a [u8]) -> Self {
        let [service_ticket] = asmx::read_form(query, &LOGOUT);
        Self { service_ticket }
    }

    /// Reads an envelope of either SOAP. An omitted parameter is empty.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says.
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        let [service_ticket] =
            asmx::read_request(body, NAMESPACE, "Logout", &LOGOUT)?.map(or_empty);
        Ok(Self { service_ticket })
    }

    /// Writes it as SOAP.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let parameters = LOGOUT.into_iter().zip([&*self.service_ticket]);
        asmx::write_request(out, version, NAMESPACE, "Logout", parameters)
    }
}

impl<'a> Status<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Status<'static> {
        Status {
            code: owned(self.code),
            message: owned(self.message),
            detailed_message: owned(self.detailed_message),
        }
    }

    /// Code `00`.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == "00"
    }

    fn from_texts(
        doc: &Reader<'_>,
        [code, message, detailed]: [Text<'a>; 3],
    ) -> Result<Self, Error> {
        Ok(Self {
            code: code.ok_or(doc.missing("Code"))?.0,
            message: or_empty(message),
            detailed_message: or_empty(detailed),
        })
    }

    fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        STATUS.into_iter().zip([&*self.code, &*self.message, &*self.detailed_message])
    }
}

impl<'a> LoginResult<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> LoginResult<'static> {
        LoginResult {
            status: self.status.into_owned(),
            service_ticket: self.service_ticket.map(owned),
        }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let mut fields = LogoutResult { status: self.status }.into_fields();
        fields.extend(self.service_ticket.map(|ticket| (RESULT[3], ticket)));
        fields
    }

    /// Reads it, or the fault in its place.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says: a success without a
    /// ticket is not.
    pub fn parse(body: impl Into<Document<'a>>) -> Result<Content<'a, Self>, Error> {
        asmx::read_reply(body, NAMESPACE, "Login", Self::read)
    }

    /// Reads the reply to GET and POST, whose root is the type of the result.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_plain(body: impl Into<Document<'a>>) -> Result<Self, Error> {
        asmx::read_plain(body, NAMESPACE, RESULT_TYPES[0], Self::read)
    }

    fn read(doc: &mut Reader<'a>) -> Result<Self, Error> {
        let [code, message, detailed, ticket] = read_texts(doc, NAMESPACE, &RESULT)?;
        let status = Status::from_texts(doc, [code, message, detailed])?;
        let service_ticket = ticket.map(|(t, _)| t).filter(|t| !t.is_empty());
        if status.is_success() && service_ticket.is_none() {
            return Err(doc.missing("ServiceTicket"));
        }
        Ok(Self { status, service_ticket })
    }

    /// Writes it as SOAP.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let ticket = self.service_ticket.iter().map(|ticket| (RESULT[3], &**ticket));
        let fields = self.status.values().chain(ticket);
        asmx::write_reply(out, version, NAMESPACE, "Login", fields)
    }
}

impl<'a> LogoutResult<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> LogoutResult<'static> {
        LogoutResult { status: self.status.into_owned() }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let Status { code, message, detailed_message } = self.status;
        STATUS.into_iter().zip([code, message, detailed_message]).collect()
    }

    /// Reads it, or the fault in its place.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says.
    pub fn parse(body: impl Into<Document<'a>>) -> Result<Content<'a, Self>, Error> {
        asmx::read_reply(body, NAMESPACE, "Logout", Self::read)
    }

    /// Reads the reply to GET and POST, whose root is the type of the result.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_plain(body: impl Into<Document<'a>>) -> Result<Self, Error> {
        asmx::read_plain(body, NAMESPACE, RESULT_TYPES[1], Self::read)
    }

    fn read(doc: &mut Reader<'a>) -> Result<Self, Error> {
        let texts = read_texts(doc, NAMESPACE, &STATUS)?;
        let status = Status::from_texts(doc, texts)?;
        Ok(Self { status })
    }

    /// Writes it as SOAP.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        asmx::write_reply(out, version, NAMESPACE, "Logout", self.status.values())
    }
}
