//! A reply, read.

use std::borrow::Cow;
use std::fmt;

use arrayvec::ArrayVec;

use super::owned::owned;
use crate::xml::Error;

/// The most fields a message has.
pub const MAX_FIELDS: usize = 6;

/// A field of a message by its name in the API's documents.
pub type Field<'a> = (&'static str, Cow<'a, str>);

/// The fields of a message in the order of the documents.
pub type Fields<'a> = ArrayVec<Field<'a>, MAX_FIELDS>;

/// What a reply means, and the fields it carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'a> {
    /// What it means.
    pub verdict: Verdict<'a>,
    /// The typed reply's fields; absent ones are left out.
    pub fields: Fields<'a>,
}

/// What a reply means to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The operation was done. Where the answer itself is one of two words (a login is `free` or
    /// `taken`), that word.
    Accepted(Option<&'static str>),
    /// The service says no, in its own words.
    Refused {
        /// The code, or the description where the API has no codes.
        code: Cow<'a, str>,
        /// The message that comes with the code; may be empty.
        message: Cow<'a, str>,
    },
    /// A SOAP fault.
    Fault {
        /// `faultcode`, or `Code/Value`.
        code: Cow<'a, str>,
        /// `faultstring`, or `Reason/Text`.
        message: Cow<'a, str>,
    },
    /// Status 200 and a body that is not what the contract says.
    Malformed(Error),
    /// Another status, and a body that says nothing in the API's own terms.
    Http(u16),
}

impl<'a> Answer<'a> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Answer<'static> {
        Answer {
            verdict: self.verdict.into_owned(),
            fields: self.fields.into_iter().map(|(name, value)| (name, owned(value))).collect(),
        }
    }

    /// A verdict without fields.
    #[must_use]
    pub fn bare(verdict: Verdict<'a>) -> Self {
        Self { verdict, fields: Fields::new() }
    }

    /// The fields of a reply that was read, with what they mean by `verdict`.
    pub(super) fn of(
        fields: Fields<'a>,
        verdict: impl FnOnce(&Fields<'a>) -> Option<Verdict<'a>>,
    ) -> Self {
        let verdict = verdict(&fields).expect("a reply that was read has a meaning");
        Self { verdict, fields }
    }

    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.as_ref())
    }
}

impl Verdict<'_> {
    /// The same, borrowed from nobody.
    #[must_use]
    pub fn into_owned(self) -> Verdict<'static> {
        match self {
            Self::Accepted(word) => Verdict::Accepted(word),
            Self::Refused { code, message } => {
                Verdict::Refused { code: owned(code), message: owned(message) }
            }
            Self::Fault { code, message } => {
                Verdict::Fault { code: owned(code), message: owned(message) }
            }
            Self::Malformed(error) => Verdict::Malformed(error),
            Self::Http(status) => Verdict::Http(status),
        }
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(None) => f.write_str("accepted"),
            Self::Accepted(Some(word)) => write!(f, "accepted: {word}"),
            Self::Refused { code, message } if message.is_empty() && code.is_empty() => {
                f.write_str("refused without a description")
            }
            Self::Refused { code, message } if message.is_empty() => write!(f, "refused: {code}"),
            Self::Refused { code, message } => write!(f, "refused: {code} {message}"),
            Self::Fault { code, message } => write!(f, "fault: {code}: {message}"),
            Self::Malformed(error) => write!(f, "malformed: {error}"),
            Self::Http(status) => write!(f, "http {status}"),
        }
    }
}
