//! What is XML, in the opinion of two parsers that share nothing with ours, or with each other.

use arbitrary::{Result, Unstructured};

use super::writing;
use crate::xml::{Error, ErrorKind, Position, check};

/// Where they differ, and why we are right: the reviewed exceptions. A row is our error (or
/// `accepted`), who judges otherwise (`both`, or one whatever the other finds besides), and the
/// reason; where the reason begins with "where `x`" it is one only for documents that have an x in
/// them.
const EXCEPTIONS: &str = include_str!("differential.txt");

/// Has three parsers judge a document: the bytes themselves, and one that they choose. Where they
/// differ, the exceptions must say why. Where an error of ours is said to be, it is.
///
/// # Panics
/// When they do not.
pub fn differential(data: &[u8]) {
    compare(data);
    let chosen: Result<Vec<u8>> = writing::message(&mut Unstructured::new(data));
    // Too few bytes to choose by are no finding.
    if let Ok(document) = chosen {
        compare(&document);
    }
}

fn compare(document: &[u8]) {
    let ours = check(document);
    if let Err(error) = ours {
        assert_eq!(Position::of(document, error.offset).to_string(), position(document, error));
        let told = error.to_string();
        let (what, at) = (error.kind.label(), error.offset.to_string());
        assert!(told.contains(what) && told.contains(&at), "{told}");
    }
    // Neither of them reads bytes that are no text.
    let Ok(text) = std::str::from_utf8(document) else { return assert!(ours.is_err()) };
    let others = [("roxmltree", by_roxmltree(text)), ("xml-rs", by_xml_rs(text))];
    if let Some(row) = unexplained(document, ours, others, EXCEPTIONS) {
        panic!("no exception says\n{row}\nof {}: {ours:?}", text.escape_debug());
    }
}

/// The row that is missing among the exceptions, if two others judge a document otherwise than we
/// do.
pub(super) fn unexplained(
    document: &[u8],
    ours: std::result::Result<(), Error>,
    others: [(&str, bool); 2],
    exceptions: &str,
) -> Option<String> {
    let who = match others.map(|(name, accepts)| (name, accepts != ours.is_ok())) {
        _ if is_our_limit(ours) => return None,
        [(_, false), (_, false)] => return None,
        [(_, true), (_, true)] => "both",
        [(name, true), _] | [_, (name, true)] => name,
    };
    let ours = ours.map_or_else(|error| error.kind.label(), |()| "accepted");
    let row = format!("{ours} | {who} |");
    let text = String::from_utf8_lossy(document);
    let says_so = |line: &str| {
        let Some(reason) = line.strip_prefix(&row) else { return false };
        match reason.strip_prefix(" where `").and_then(|rest| rest.split_once('`')) {
            Some((piece, _)) => text.contains(piece),
            None => true,
        }
    };
    (!exceptions.lines().any(says_so)).then_some(row)
}

/// Where people find the error: the line, and the character in it.
fn position(document: &[u8], error: Error) -> String {
    let (mut line, mut start) = (1, 0);
    for (at, _) in document[..error.offset].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        (line, start) = (line + 1, at + 1);
    }
    let before = &document[start..error.offset];
    let is_within_a_character = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    let column = match std::str::from_utf8(before) {
        Ok(_) => before.len() - before.iter().filter(is_within_a_character).count(),
        Err(_) => before.len(),
    };
    format!("{line}:{}", column + 1)
}

fn by_roxmltree(text: &str) -> bool {
    roxmltree::Document::parse(text).is_ok()
}

fn by_xml_rs(text: &str) -> bool {
    xml::EventReader::new(text.as_bytes()).into_iter().all(|event| event.is_ok())
}

/// Whether it is refused for a limit of ours, or for what we refuse on principle.
fn is_our_limit(ours: std::result::Result<(), Error>) -> bool {
    matches!(
        ours.map_err(|error| error.kind),
        Err(ErrorKind::TooDeep
            | ErrorKind::TooManyAttributes
            | ErrorKind::TooManyNamespaces
            | ErrorKind::TooLarge
            | ErrorKind::Doctype)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_needs_the_row_of_who_differs() {
        let twice = b"<a/><a/>";
        let exceptions = "second root element | b | a reason\naccepted | both | where `x`: another";
        for (document, a, b, missing) in [
            (&twice[..], false, false, None),
            (twice, false, true, None),
            (twice, true, false, Some("second root element | a |")),
            (twice, true, true, Some("second root element | both |")),
            (b"<x/>", true, true, None),
            (b"<x/>", false, false, None),
            (b"<x/>", false, true, Some("accepted | a |")),
            (b"<y/>", false, false, Some("accepted | both |")),
            (b"<!DOCTYPE a><a/>", true, true, None),
        ] {
            let row = unexplained(document, check(document), [("a", a), ("b", b)], exceptions);
            assert_eq!(row.as_deref(), missing, "{}: {a}, {b}", document.escape_ascii());
        }
    }
}
