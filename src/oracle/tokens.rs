//! Our own tokens against quick-xml's.

use arbitrary::{Result, Unstructured};

use super::writing;
use crate::xml::{QuickXml, check, check_on};

/// Checks a document on both sources of tokens, on quick-xml's without the reader's shortcuts: the
/// same kind of error at the same byte, or none. The bytes themselves are one document, what they
/// choose another.
///
/// # Panics
/// When the two differ, or an error lies outside the document.
pub fn tokens(data: &[u8]) {
    compare(data);
    let chosen: Result<Vec<u8>> = writing::message(&mut Unstructured::new(data));
    // Too few bytes to choose by are no finding.
    if let Ok(document) = chosen {
        compare(&document);
    }
}

fn compare(document: &[u8]) {
    let ours = check(document);
    let theirs = check_on::<QuickXml<'_>>(document);
    assert_eq!(ours, theirs, "{}", String::from_utf8_lossy(document).escape_debug());
    if let Err(error) = ours {
        assert!(error.offset <= document.len(), "{error} in {} bytes", document.len());
    }
}
