//! Requests and replies of the six commands.

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::{Command, Fields, WriteError};
use crate::api::owned::owned;
use crate::xml::{Document, Error, Reader, push_attribute};

/// What the portal is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the attributes of the documents")]
pub enum Request<'a> {
    /// Opens a session.
    Login { domain: Cow<'a, str>, login: Cow<'a, str>, password: Cow<'a, str> },
    /// Asks whether a session of this login is alive.
    CheckSession { domain: Cow<'a, str>, login: Cow<'a, str>, session: Cow<'a, str> },
    /// Ends a session.
    Logout { domain: Cow<'a, str>, session: Cow<'a, str> },
    /// Asks whether a login is free.
    CheckLogin { domain: Cow<'a, str>, login: Cow<'a, str> },
    /// Changes a login.
    ChangeLogin { domain: Cow<'a, str>, oldlogin: Cow<'a, str>, newlogin: Cow<'a, str> },
    /// Changes a password.
    ChangePassword { domain: Cow<'a, str>, login: Cow<'a, str>, newpassword: Cow<'a, str> },
}

type Values<T> = ArrayVec<T, 3>;

impl<'a> Request<'a> {
    /// From the values of the command's attributes, in their order.
    pub(super) fn from_values(command: Command, values: &[&'a str]) -> Self {
        Self::from_attributes(command, values.iter().map(|v| Cow::Borrowed(*v)))
    }

    fn from_attributes(command: Command, mut values: impl Iterator<Item = Cow<'a, str>>) -> Self {
        let mut next = || values.next().expect("a value for each attribute");
        let domain = next();
        match command {
            Command::Login => Self::Login { domain, login: next(), password: next() },
            Command::CheckSession => Self::CheckSession { domain, login: next(), session: next() },
            Command::Logout => Self::Logout { domain, session: next() },
            Command::CheckLogin => Self::CheckLogin { domain, login: next() },
            Command::ChangeLogin => {
                Self::ChangeLogin { domain, oldlogin: next(), newlogin: next() }
            }
            Command::ChangePassword => {
                Self::ChangePassword { domain, login: next(), newpassword: next() }
            }
        }
    }

    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Request<'static> {
        let command = self.command();
        Request::from_attributes(command, self.into_values().into_iter().map(owned))
    }

    /// Which command it is.
    #[must_use]
    pub const fn command(&self) -> Command {
        match self {
            Self::Login { .. } => Command::Login,
            Self::CheckSession { .. } => Command::CheckSession,
            Self::Logout { .. } => Command::Logout,
            Self::CheckLogin { .. } => Command::CheckLogin,
            Self::ChangeLogin { .. } => Command::ChangeLogin,
            Self::ChangePassword { .. } => Command::ChangePassword,
        }
    }

    /// The domain it is about.
    #[must_use]
    pub fn domain(&self) -> &str {
        match self {
            Self::Login { domain, .. }
            | Self::CheckSession { domain, .. }
            | Self::Logout { domain, .. }
            | Self::CheckLogin { domain, .. }
            | Self::ChangeLogin { domain, .. }
            | Self::ChangePassword { domain, .. } => domain,
        }
    }

    fn into_values(self) -> Values<Cow<'a, str>> {
        match self {
            Self::Login { domain, login: a, password: b }
            | Self::CheckSession { domain, login: a, session: b }
            | Self::ChangeLogin { domain, oldlogin: a, newlogin: b }
            | Self::ChangePassword { domain, login: a, newpassword: b } => [domain, a, b].into(),
            Self::Logout { domain, session: a } | Self::CheckLogin { domain, login: a } => {
                [domain, a].into_iter().collect()
            }
        }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let names = self.command().attributes();
        names.iter().copied().zip(self.into_values()).collect()
    }

    /// Reads a request for `command`.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says.
    pub fn parse(command: Command, body: impl Into<Document<'a>>) -> Result<Self, Error> {
        let mut doc = Reader::new(body)?;
        doc.root()?;
        if !doc.is("", "in") {
            return Err(doc.unexpected());
        }
        let mut values = None;
        while doc.child()? {
            if !doc.is("", "request") {
                doc.skip()?;
                continue;
            }
            if values.is_some() {
                return Err(doc.repeated("request"));
            }
            let mut found = Values::new();
            for name in command.attributes() {
                found.push(doc.attribute("", name).ok_or(doc.missing(name))?);
            }
            values = Some(found);
            doc.skip()?;
        }
        let values = values.ok_or(doc.missing("request"))?;
        doc.finish()?;
        Ok(Self::from_attributes(command, values.into_iter()))
    }

    /// Writes it as the documents' examples are written.
    ///
    /// # Errors
    /// When a value holds a character that XML cannot.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        out.extend_from_slice(
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<in\n    \
              xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
              xsi:noNamespaceSchemaLocation=\"",
        );
        out.extend_from_slice(self.command().schema().as_bytes());
        out.extend_from_slice(b"\">\n    <request");
        for (input, value) in self.clone().into_fields() {
            write_attribute(out, input, &value)?;
        }
        out.extend_from_slice(b" />\n</in>\n");
        Ok(())
    }
}

/// What the portal answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// A session was opened.
    Session {
        /// The session.
        session: Cow<'a, str>,
        /// The login it belongs to.
        alias_address: Option<Cow<'a, str>>,
        /// The interface it belongs to.
        alias_iface: Option<Cow<'a, str>>,
    },
    /// It was done, or it is so.
    Done,
    /// Nobody has the login. On the wire this is `ok`.
    Free,
    /// Somebody has the login. On the wire this is the error `already_exists`.
    Taken,
    /// It was not done, or it is not so.
    Error {
        /// Why.
        description: Cow<'a, str>,
    },
}

impl<'a> Reply<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Reply<'static> {
        match self {
            Self::Session { session, alias_address, alias_iface } => Reply::Session {
                session: owned(session),
                alias_address: alias_address.map(owned),
                alias_iface: alias_iface.map(owned),
            },
            Self::Done => Reply::Done,
            Self::Free => Reply::Free,
            Self::Taken => Reply::Taken,
            Self::Error { description } => Reply::Error { description: owned(description) },
        }
    }

    /// Its fields by the names of the documents; for `sp_check_login` the `answer` it gives.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let mut fields = Fields::new();
        match self {
            Self::Session { session, alias_address, alias_iface } => {
                fields.push(("session", session));
                fields.extend(alias_address.map(|a| ("alias_address", a)));
                fields.extend(alias_iface.map(|a| ("alias_iface", a)));
            }
            Self::Done => {}
            Self::Free => fields.push(("answer", Cow::Borrowed("free"))),
            Self::Taken => fields.push(("answer", Cow::Borrowed("taken"))),
            Self::Error { description } => fields.push(("description", description)),
        }
        fields
    }

    /// From its fields, as [`into_fields`](Self::into_fields) gives them.
    pub(super) fn from_fields(fields: &Fields<'a>) -> Self {
        let value = |name| fields.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        if let Some(session) = value("session") {
            let (alias_address, alias_iface) = (value("alias_address"), value("alias_iface"));
            return Self::Session { session, alias_address, alias_iface };
        }
        if let Some(description) = value("description") {
            return Self::Error { description };
        }
        match value("answer").as_deref() {
            None => Self::Done,
            Some("free") => Self::Free,
            Some("taken") => Self::Taken,
            Some(other) => panic!("no answer: {other}"),
        }
    }

    /// Reads a reply to `command`.
    ///
    /// # Errors
    /// When the document is not acceptable or not what the contract says.
    pub fn parse(command: Command, body: impl Into<Document<'a>>) -> Result<Self, Error> {
        let mut doc = Reader::new(body)?;
        doc.root()?;
        if !doc.is("", "out") {
            return Err(doc.unexpected());
        }
        let mut reply = None;
        while doc.child()? {
            if !doc.is("", "response") {
                doc.skip()?;
            } else if reply.is_some() {
                return Err(doc.repeated("response"));
            } else {
                reply = Some(Self::read_response(command, &mut doc)?);
            }
        }
        let reply = reply.ok_or(doc.missing("response"))?;
        doc.finish()?;
        Ok(reply)
    }

    fn read_response(command: Command, doc: &mut Reader<'a>) -> Result<Self, Error> {
        let mut reply = None;
        while doc.child()? {
            let one = if doc.is("", "ok") {
                Self::read_ok(command, doc)?
            } else if doc.is("", "error") {
                Self::read_error(command, doc)?
            } else {
                doc.skip()?;
                continue;
            };
            if reply.is_some() {
                return Err(doc.repeated("ok or error"));
            }
            reply = Some(one);
            doc.skip()?;
        }
        reply.ok_or(doc.missing("ok or error"))
    }

    fn read_ok(command: Command, doc: &mut Reader<'a>) -> Result<Self, Error> {
        Ok(match command {
            Command::Login => Self::Session {
                session: doc
                    .attribute("", "session")
                    .filter(|session| !session.is_empty())
                    .ok_or(doc.missing("session"))?,
                alias_address: doc.attribute("", "alias_address"),
                alias_iface: doc.attribute("", "alias_iface"),
            },
            Command::CheckLogin => Self::Free,
            _ => Self::Done,
        })
    }

    fn read_error(command: Command, doc: &mut Reader<'a>) -> Result<Self, Error> {
        let description = doc.attribute("", "description").ok_or(doc.missing("description"))?;
        Ok(match command {
            Command::CheckLogin if description == "already_exists" => Self::Taken,
            _ => Self::Error { description },
        })
    }

    /// Writes it as the documents' examples are written: `xs` is bound to XMLSchema-instance
    /// there, which is odd but theirs.
    ///
    /// # Errors
    /// When a value holds a character that XML cannot.
    pub fn write(&self, command: Command, out: &mut Vec<u8>) -> Result<(), WriteError> {
        out.extend_from_slice(
            b"<?xml version=\"1.0\"?>\n<out\n    \
              xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\" \
              xs:noNamespaceSchemaLocation=\"",
        );
        out.extend_from_slice(command.schema().as_bytes());
        out.extend_from_slice(b"\">\n    <response>\n        <");
        match self {
            Self::Session { session, alias_address, alias_iface } => {
                out.extend_from_slice(b"ok");
                write_attribute(out, "session", session)?;
                if let Some(iface) = alias_iface {
                    write_attribute(out, "alias_iface", iface)?;
                }
                if let Some(address) = alias_address {
                    write_attribute(out, "alias_address", address)?;
                }
            }
            Self::Done | Self::Free => out.extend_from_slice(b"ok"),
            Self::Taken => write_error(out, "already_exists")?,
            Self::Error { description } => write_error(out, description)?,
        }
        out.extend_from_slice(b"/>\n    </response>\n</out>\n");
        Ok(())
    }
}

fn write_error(out: &mut Vec<u8>, description: &str) -> Result<(), WriteError> {
    out.extend_from_slice(b"error");
    write_attribute(out, "description", description)
}

fn write_attribute(out: &mut Vec<u8>, input: &'static str, value: &str) -> Result<(), WriteError> {
    out.push(b' ');
    out.extend_from_slice(input.as_bytes());
    out.extend_from_slice(b"=\"");
    push_attribute(out, value).map_err(|source| WriteError { input, source })?;
    out.push(b'"');
    Ok(())
}
