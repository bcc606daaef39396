//! Strict reading and writing of small XML documents.
//!
//! Everything a server under stress may send is either read exactly or refused with the byte at
//! which it goes wrong. A [`Source`] finds where tokens begin and end: our own [`Scanner`], or
//! [`QuickXml`], which is its oracle. Whether they may stand there is decided by the [`Reader`].

mod chars;
mod declaration;
mod error;
mod grammar;
mod markup;
mod namespace;
mod plain;
mod position;
mod quick;
mod reader;
mod reference;
mod scan;
pub mod source;
mod span;
mod tag;
mod value;
mod writer;

pub use error::{Error, ErrorKind};
pub use grammar::MAX_DEPTH;
pub use namespace::MAX_NAMESPACES;
pub(crate) use plain::{Place, leading_reference, plain_len};
pub use position::Position;
pub use quick::QuickXml;
pub use reader::{DEFAULT_MAX_BYTES, Document, Reader};
pub use source::{Scanner, Source};
pub use tag::MAX_ATTRIBUTES;
pub use writer::{UnwritableText, push_attribute, push_text};

/// Judges whether a document is acceptable, whatever it says.
///
/// # Errors
/// The first reason why it is not.
pub fn check<'a>(document: impl Into<Document<'a>>) -> Result<(), Error> {
    let mut doc = Reader::new(document)?;
    doc.root()?;
    doc.finish()
}

/// As [`check`], on any source of tokens.
///
/// # Errors
/// As [`check`].
pub fn check_on<'a, S: Source<'a>>(bytes: &'a [u8]) -> Result<(), Error> {
    let mut doc = Reader::<S>::with_limit(bytes, DEFAULT_MAX_BYTES)?;
    doc.root()?;
    doc.finish()
}

#[cfg(test)]
mod strictness;
