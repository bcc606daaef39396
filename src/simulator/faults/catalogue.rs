//! Replies that are not what they should be, each in its own way.

use crate::api::soap;

/// A way to spoil a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformation {
    UnclosedRoot,
    WrongNamespace,
    EntityBomb,
    Doctype,
    InvalidUtf8,
    ControlCharacter,
    Utf16,
    HugeAttribute,
    DeepNesting,
    HtmlPage,
    MissingQuote,
}

/// All of them by name.
pub(super) const CATALOGUE: [(&str, Malformation); 11] = [
    ("unclosed-root", Malformation::UnclosedRoot),
    ("wrong-namespace", Malformation::WrongNamespace),
    ("entity-bomb", Malformation::EntityBomb),
    ("doctype", Malformation::Doctype),
    ("invalid-utf8", Malformation::InvalidUtf8),
    ("control-character", Malformation::ControlCharacter),
    ("utf-16", Malformation::Utf16),
    ("huge-attribute", Malformation::HugeAttribute),
    ("deep-nesting", Malformation::DeepNesting),
    ("html-page", Malformation::HtmlPage),
    ("missing-quote", Malformation::MissingQuote),
];

/// An error page, as a proxy in front of the service would send it.
pub(super) const HTML_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head><title>Service \
    Unavailable</title></head>\n<body><h1>Service Unavailable</h1></body>\n</html>\n";

/// Ten to the ninth power times the same word, if it were expanded.
const ENTITY_BOMB: &str = "<!DOCTYPE b [<!ENTITY a \"ha\">\
    <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\
    <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\"><!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">\
    <!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\"><!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;\">\
    <!ENTITY h \"&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;\"><!ENTITY i \"&h;&h;&h;&h;&h;&h;&h;&h;&h;&h;\">\
    <!ENTITY j \"&i;&i;&i;&i;&i;&i;&i;&i;&i;&i;\">]><b>&j;</b>";

/// With it, a reply is larger than a run takes unless it is told to: 1 MiB.
const HUGE: usize = 1 << 20;
const DEEP: usize = 1_000;

impl Malformation {
    /// The one called `name`.
    ///
    /// # Errors
    /// Which there are.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let found = CATALOGUE.iter().find(|(known, _)| *known == name);
        found.map(|(_, case)| *case).ok_or_else(|| {
            let names: Vec<_> = CATALOGUE.iter().map(|(name, _)| *name).collect();
            format!("\"{name}\" is not in the catalogue: write {} or any", names.join(", "))
        })
    }

    /// A spoilt `body`, which is XML.
    pub(super) fn spoil(self, body: &[u8]) -> Vec<u8> {
        match self {
            Self::UnclosedRoot => {
                let end = last(body, b"</").or(last(body, b"/>")).unwrap_or(body.len());
                body[..end].to_vec()
            }
            Self::WrongNamespace => wrong_namespace(body),
            Self::EntityBomb => ENTITY_BOMB.as_bytes().to_vec(),
            Self::Doctype => inserted(body, root(body), b"<!DOCTYPE reply>"),
            Self::InvalidUtf8 => inserted(body, inside(body), b"\xFF\xFE"),
            Self::ControlCharacter => inserted(body, inside(body), b"\x01"),
            Self::Utf16 => {
                let text = String::from_utf8_lossy(body);
                let words = std::iter::once(0xFEFF).chain(text.encode_utf16());
                words.flat_map(u16::to_le_bytes).collect()
            }
            Self::HugeAttribute => {
                let attribute = format!(" huge=\"{}\"", "x".repeat(HUGE));
                inserted(body, name_end(body), attribute.as_bytes())
            }
            Self::DeepNesting => {
                let nested = format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP));
                inserted(body, inside(body), nested.as_bytes())
            }
            Self::HtmlPage => HTML_PAGE.as_bytes().to_vec(),
            Self::MissingQuote => {
                let equals = body[root(body)..].iter().position(|&byte| byte == b'"');
                match equals {
                    // As the Logout reply that related's document prints.
                    Some(at) => {
                        let at = root(body) + at;
                        [&body[..at], &body[at + 1..]].concat()
                    }
                    None => inserted(body, name_end(body), b" a=\"b"),
                }
            }
        }
    }
}

/// The root, or the envelope, in another namespace than the contract's.
fn wrong_namespace(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    for namespace in [soap::SOAP11, soap::SOAP12] {
        if text.contains(namespace) {
            return text.replace(namespace, "urn:wrong").into_bytes();
        }
    }
    let root = &text[root(body)..];
    let tag = &root[..root.find('>').unwrap_or(root.len())];
    match tag.split_once(" xmlns=\"") {
        Some((_, rest)) => {
            let declared = rest.split('"').next().unwrap_or("");
            text.replace(&format!(" xmlns=\"{declared}\""), " xmlns=\"urn:wrong\"")
                .into_bytes()
        }
        None => inserted(body, name_end(body), b" xmlns=\"urn:wrong\""),
    }
}

/// Where the root element begins.
fn root(body: &[u8]) -> usize {
    let starts = |pair: &[u8]| pair[0] == b'<' && pair[1].is_ascii_alphabetic();
    body.windows(2).position(starts).unwrap_or(body.len())
}

/// The byte after the name of the root element.
fn name_end(body: &[u8]) -> usize {
    let root = root(body);
    let is_over = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    body[root..].iter().position(is_over).map_or(body.len(), |len| root + len)
}

/// Just inside the root element.
fn inside(body: &[u8]) -> usize {
    let root = root(body);
    body[root..]
        .iter()
        .position(|&byte| byte == b'>')
        .map_or(body.len(), |len| root + len + 1)
}

fn last(body: &[u8], piece: &[u8]) -> Option<usize> {
    body.windows(piece.len()).rposition(|window| window == piece)
}

fn inserted(body: &[u8], at: usize, piece: &[u8]) -> Vec<u8> {
    [&body[..at], piece, &body[at..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Direction, REGISTRY, Verdict};

    /// Whatever is spoilt, no client may take it for a reply.
    #[test]
    fn every_case_spoils_every_documented_reply() {
        for api in REGISTRY {
            for sample in api.samples().iter().filter(|s| s.direction == Direction::Reply) {
                let operation = api.operation_named(sample.operation).expect("known");
                let body = String::from_utf8_lossy(sample.bytes).replace(">int<", ">0<");
                if api.parse_reply(operation, sample.binding, body.as_bytes()).is_err() {
                    // Printed with a quote missing.
                    continue;
                }
                for (name, case) in CATALOGUE {
                    let spoilt = case.spoil(body.as_bytes());
                    let verdict = api.judge(operation, sample.binding, 200, &spoilt).verdict;
                    assert!(
                        matches!(verdict, Verdict::Malformed(_)),
                        "{name} of {}: {verdict} {}",
                        sample.name,
                        String::from_utf8_lossy(&spoilt)
                    );
                }
            }
        }
    }

    #[test]
    fn cases_have_names() {
        for (name, case) in CATALOGUE {
            assert_eq!(Malformation::named(name), Ok(case));
            assert!(super::super::FAULTS.contains(name), "--help names {name}");
            // What is no XML is not made worse.
            for body in [&b""[..], b"x", b"<", b"<a", b"<a/>"] {
                case.spoil(body);
            }
        }
        assert!(Malformation::named("wrong").is_err());
    }
}
