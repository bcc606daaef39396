//! What is XML, in the opinion of roxmltree: a parser that shares nothing with ours.

use gander::api::REGISTRY;
use gander::xml::{Error, ErrorKind, QuickXml, check, check_on};
use proptest::prelude::*;

/// What roxmltree takes and XML 1.0 does not, or the other way round, each looked up in the
/// specification; our own limits and the DOCTYPE we refuse are no question for it.
fn is_out_of_question(text: &str, error: Error) -> bool {
    let at = |offset: usize| text.as_bytes().get(offset).copied();
    match error.kind {
        // It takes names that begin or end with a colon, which namespaces do not allow.
        ErrorKind::InvalidName => {
            at(error.offset) == Some(b':') || at(error.offset - 1) == Some(b':')
        }
        // It takes references to characters beyond Unicode (`&#x40FFFF;`).
        ErrorKind::InvalidCharacter => at(error.offset) == Some(b'&'),
        kind => is_ours_to_refuse(kind),
    }
}

fn is_ours_to_refuse(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TooDeep
            | ErrorKind::TooManyAttributes
            | ErrorKind::TooManyNamespaces
            | ErrorKind::TooLarge
            | ErrorKind::Doctype
            // It reads UTF-8 whatever the declaration says.
            | ErrorKind::UnsupportedEncoding
            // It does not look into the declaration closely.
            | ErrorKind::MalformedDeclaration
            // It takes `xmlns:p=""`, and colons in targets of processing instructions.
            | ErrorKind::EmptyNamespace
            | ErrorKind::InvalidTarget
            | ErrorKind::ReservedNamespace
    )
}

/// What markup is made of.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "/>",
    "\"",
    "'",
    "=",
    "&",
    ";",
    "&amp;",
    "&#65;",
    "&#x41;",
    "&lt",
    " ",
    "a",
    "a:b",
    ":",
    "xmlns:a=\"u\"",
    " a=\"b\"",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<?a?>",
    "é",
    "\u{1}",
    "\u{FFFD}",
    "\u{FFFF}",
    "<a/>",
    "</out>",
    "xml",
    "\t",
    "\r\n",
    "-",
    "!",
    "",
];

/// A sample of the documents with some of its bytes replaced by what markup is made of.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let samples: Vec<&'static [u8]> = REGISTRY
        .iter()
        .flat_map(|api| api.samples())
        .map(|sample| sample.bytes)
        .collect();
    let edit = (any::<prop::sample::Index>(), 0..6_usize, prop::sample::select(PIECES));
    (prop::sample::select(samples), prop::collection::vec(edit, 1..4)).prop_map(
        |(sample, edits)| {
            let mut bytes = sample.to_vec();
            for (at, removed, inserted) in edits {
                let start = at.index(bytes.len() + 1);
                let end = (start + removed).min(bytes.len());
                bytes.splice(start..end, inserted.bytes());
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn we_accept_what_roxmltree_accepts(bytes in mutated()) {
        let Ok(text) = std::str::from_utf8(&bytes) else {
            prop_assert_eq!(check(&bytes).map_err(|e| e.kind), Err(ErrorKind::InvalidUtf8));
            return Ok(());
        };
        let ours = check(&bytes);
        let theirs = roxmltree::Document::parse(text);
        match (ours, theirs) {
            (Ok(()), Err(error)) => prop_assert!(false, "only we accept {text:?}: {error}"),
            (Err(error), Ok(_)) => {
                prop_assert!(is_out_of_question(text, error), "only we refuse {text:?}: {error}");
            }
            _ => {}
        }
    }

    /// quick-xml under the same reader finds the same documents acceptable, and the same errors.
    #[test]
    fn our_tokens_are_quick_xmls(bytes in mutated()) {
        prop_assert_eq!(check(&bytes), check_on::<QuickXml<'_>>(&bytes));
    }
}
