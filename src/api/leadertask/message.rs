//! `CreateSession` and its reply, in every binding.

use std::borrow::Cow;

use super::{Fields, METHOD, NAMESPACE, RESULT_TYPE, WriteError};
use crate::api::asmx::{self, or_empty, read_texts};
use crate::api::owned::owned;
use crate::api::soap::{Content, Version};
use crate::xml::{Document, Error, ErrorKind, Reader};

/// A request to open a session. A parameter that SOAP leaves out is null there and empty here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CreateSession<'a> {
    /// The login.
    pub name: Cow<'a, str>,
    /// The password.
    pub password: Cow<'a, str>,
    /// The client's operating system or device.
    pub system_name: Cow<'a, str>,
    /// Where push messages go.
    pub push_token: Cow<'a, str>,
    /// An Apple ID.
    pub appleid: Cow<'a, str>,
    /// A token of the user.
    pub user_token: Cow<'a, str>,
}

pub(super) const PARAMETERS: [&str; 6] =
    ["name", "password", "system_name", "push_token", "appleid", "user_token"];

const RESULT: [&str; 3] = ["error_code", "error_string", "uid_session"];

impl<'a> CreateSession<'a> {
    fn from_array(values: [Cow<'a, str>; 6]) -> Self {
        let [name, password, system_name, push_token, appleid, user_token] = values;
        Self { name, password, system_name, push_token, appleid, user_token }
    }

    pub(super) fn values(&self) -> [&str; 6] {
        [
            &self.name,
            &self.password,
            &self.system_name,
            &self.push_token,
            &self.appleid,
            &self.user_token,
        ]
    }

    /// From its fields, those that are absent being empty.
    pub(super) fn from_fields(fields: Fields<'a>) -> Self {
        Self::from_array(asmx::values_of(fields, &PARAMETERS))
    }

    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> CreateSession<'static> {
        CreateSession {
            name: owned(self.name),
            password: owned(self.password),
            system_name: owned(self.system_name),
            push_token: owned(self.push_token),
            appleid: owned(self.appleid),
            user_token: owned(self.user_token),
        }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let values = [
            self.name,
            self.password,
            self.system_name,
            self.push_token,
            self.appleid,
            self.user_token,
        ];
        PARAMETERS.into_iter().zip(values).collect()
    }

    /// Reads a query or a form body. Names are matched in any case, as ASP.NET does.
    #[must_use]
    pub fn parse_form(query: &'a [u8]) -> Self {
        Self::from_array(asmx::read_form(query, &PARAMETERS))
    }

    /// Reads an envelope of either SOAP version.
    ///
    /// # Errors
    /// When it is not acceptable or its body holds something else.
    pub fn parse_soap(body: &'a [u8]) -> Result<Self, Error> {
        let texts = asmx::read_request(body, NAMESPACE, METHOD, &PARAMETERS)?;
        Ok(Self::from_array(texts.map(or_empty)))
    }

    /// Writes it as an envelope of `version`.
    ///
    /// # Errors
    /// When a parameter holds a character that XML cannot.
    pub fn write_soap(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let parameters = PARAMETERS.into_iter().zip(self.values());
        asmx::write_request(out, version, NAMESPACE, METHOD, parameters)
    }
}

/// What the service made of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionCreated<'a> {
    /// 0 for success.
    pub error_code: i32,
    /// What went wrong; empty on success.
    pub error_string: Cow<'a, str>,
    /// The session; empty on failure.
    pub uid_session: Cow<'a, str>,
}

impl<'a> SessionCreated<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> SessionCreated<'static> {
        SessionCreated {
            error_code: self.error_code,
            error_string: owned(self.error_string),
            uid_session: owned(self.uid_session),
        }
    }

    /// Its fields by the names of the documents.
    #[must_use]
    pub fn into_fields(self) -> Fields<'a> {
        let code = code_text(self.error_code);
        RESULT.into_iter().zip([code, self.error_string, self.uid_session]).collect()
    }

    /// Reads the reply to SOAP of either version, or the fault in its place.
    ///
    /// # Errors
    /// When it is not acceptable or not what the contract says.
    pub fn parse_soap(body: impl Into<Document<'a>>) -> Result<Content<'a, Self>, Error> {
        asmx::read_reply(body, NAMESPACE, METHOD, Self::read)
    }

    /// Reads the reply to GET and POST, whose root is the type of the result.
    ///
    /// # Errors
    /// When it is not acceptable or not what the contract says.
    pub fn parse_plain(body: impl Into<Document<'a>>) -> Result<Self, Error> {
        asmx::read_plain(body, NAMESPACE, RESULT_TYPE, Self::read)
    }

    fn read(doc: &mut Reader<'a>) -> Result<Self, Error> {
        let [code, string, session] = read_texts(doc, NAMESPACE, &RESULT)?;
        let reply = Self {
            error_code: read_code(code.ok_or(doc.missing("error_code"))?)?,
            error_string: or_empty(string),
            uid_session: or_empty(session),
        };
        // A success without a session is none.
        if reply.error_code == 0 && reply.uid_session.is_empty() {
            return Err(doc.missing("uid_session"));
        }
        Ok(reply)
    }

    /// Writes it as the reply to SOAP.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write_soap(&self, version: Version, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let code = self.error_code.to_string();
        asmx::write_reply(out, version, NAMESPACE, METHOD, self.values(&code))
    }

    /// Writes it as the reply to GET and POST, indented as ASMX does.
    ///
    /// # Errors
    /// When a field holds a character that XML cannot.
    pub fn write_plain(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let code = self.error_code.to_string();
        asmx::write_plain(out, NAMESPACE, RESULT_TYPE, self.values(&code))
    }

    fn values<'v>(&'v self, code: &'v str) -> impl Iterator<Item = (&'static str, &'v str)> {
        RESULT.into_iter().zip([code, &*self.error_string, &*self.uid_session])
    }
}

/// `xs:int`: white space around the digits does not count.
fn read_code((text, at): (Cow<'_, str>, usize)) -> Result<i32, Error> {
    text.trim_matches([' ', '\t', '\r', '\n'])
        .parse()
        .map_err(|_| Error::new(ErrorKind::NotANumber("error_code"), at))
}

/// A code in digits, without an allocation for the usual ones.
fn code_text(code: i32) -> Cow<'static, str> {
    const DIGITS: &str = "0123456789";
    match usize::try_from(code) {
        Ok(digit) if digit < DIGITS.len() => Cow::Borrowed(&DIGITS[digit..=digit]),
        _ => Cow::Owned(code.to_string()),
    }
}
