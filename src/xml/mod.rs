//! Strict reading and writing of small XML documents.
//!
//! Everything a server under stress may send is either read exactly or refused with the byte at
//! which it goes wrong. quick-xml finds where tokens begin and end; whether they may stand there
//! is decided here.

mod chars;
mod declaration;
mod error;
mod markup;
mod namespace;
mod position;
mod reader;
mod reference;
mod source;
mod tag;
mod writer;

pub use error::{Error, ErrorKind};
pub use namespace::MAX_NAMESPACES;
pub use position::Position;
pub use reader::{DEFAULT_MAX_BYTES, MAX_DEPTH, Reader};
pub use tag::MAX_ATTRIBUTES;
pub use writer::{UnwritableText, push_attribute, push_text};

/// Judges whether `bytes` is an acceptable document, whatever it says.
///
/// # Errors
/// The first reason why it is not.
pub fn check(bytes: &[u8]) -> Result<(), Error> {
    let mut doc = Reader::new(bytes)?;
    doc.root()?;
    doc.finish()
}

#[cfg(test)]
mod strictness;
