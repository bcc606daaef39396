//! Redaction: what a service repeats of passwords, sessions and keys reaches no report.
//!
//! A [`Redactor`] holds the secrets of all users. A text is read in every way in which a service
//! is likely to have written it, and a secret that is found in any of them is masked where it
//! stands in the source:
//!
//! - in upper or lower case, in any charset that the bytes may be in;
//! - in URLs (`%2B`, `+`), XML and HTML (`&#43;`, `&plus;`), JSON (`\u002b`) and base 64, also as a
//!   part of what is encoded so, and one within the other up to three deep;
//! - across comments, CDATA sections and HTTP chunks, and in gzip.
//!
//! Secrets of fewer than four characters are never masked, and a note says how many there are.

mod base64;
mod charset;
mod clean_words;
mod entities;
mod escapes;
mod framing;
mod key_shape;
mod received;
mod recent;
mod redactor;
mod references;
mod secrets;
#[cfg(test)]
mod tests;
mod view;
mod views;

pub(super) use received::{Form, LONGEST, MARGIN, Reply, redact};
pub(super) use recent::RecentSessions;
pub(super) use redactor::Redactor;
pub(super) use secrets::{of_exchange, of_plan, short_note};
