//! Which characters the bytes of a SOAP request are, by the rules of .NET, which are not XML's: our
//! own reader wants UTF-8 and is not to be weakened for it.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::media_type::MediaType;
use crate::api::encoding::{declared_encoding, declared_utf8};

/// How bytes become characters.
#[derive(Clone, Copy)]
enum Charset {
    /// Each byte above 0x7F becomes `?`.
    Ascii,
    /// Each byte is the character of its number.
    Latin1,
    /// By encoding_rs; what is no character becomes U+FFFD.
    Other(&'static Encoding),
}

/// The text of a request, with a declaration that no longer names another encoding than UTF-8.
/// `None` where nobody says how to read it.
pub(super) fn decode<'a>(media_type: MediaType<'_>, body: &'a [u8]) -> Option<Cow<'a, str>> {
    let (charset, bytes) = match Encoding::for_bom(body) {
        Some((encoding, length)) => (Charset::Other(encoding), &body[length..]),
        None => (named_by_header(media_type).or_else(|| named_by_xml(body))?, body),
    };
    let text = match charset {
        Charset::Ascii => ascii(bytes),
        Charset::Latin1 => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Charset::Other(encoding) => encoding.decode_without_bom_handling(bytes).0,
    };
    Some(declared_utf8(text))
}

/// The header beats the XML declaration, and `text/*` without a charset is US-ASCII.
fn named_by_header(media_type: MediaType<'_>) -> Option<Charset> {
    let named = media_type.parameter("charset").and_then(find);
    named.or_else(|| media_type.is("text/xml").then_some(Charset::Ascii))
}

/// XML 1.0 appendix F, where no byte order mark is.
fn named_by_xml(body: &[u8]) -> Option<Charset> {
    if body.starts_with(b"<\0") {
        return Some(Charset::Other(UTF_16LE));
    }
    if body.starts_with(b"\0<") {
        return Some(Charset::Other(UTF_16BE));
    }
    // A declaration is ASCII, and short.
    let head = ascii(&body[..body.len().min(200)]);
    match declared_encoding(&head) {
        Some(name) => find(&head[name]).filter(|charset| {
            // Its bytes are not there in pairs, or it would have been seen above.
            !matches!(charset, Charset::Other(e) if *e == UTF_16LE || *e == UTF_16BE)
        }),
        None => Some(Charset::Other(UTF_8)),
    }
}

fn find(name: &str) -> Option<Charset> {
    match &*name.to_ascii_lowercase() {
        "us-ascii" | "ascii" => Some(Charset::Ascii),
        // Browsers take this for windows-1252; .NET does not.
        "iso-8859-1" | "latin1" => Some(Charset::Latin1),
        name => Encoding::for_label(name.as_bytes()).map(Charset::Other),
    }
}

fn ascii(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.is_ascii() {
        String::from_utf8_lossy(bytes)
    } else {
        let known = |&byte: &u8| if byte.is_ascii() { char::from(byte) } else { '?' };
        Cow::Owned(bytes.iter().map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bom: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = bom.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    }

    #[test]
    fn bytes_become_the_characters_that_dotnet_reads() {
        let declared = |encoding: &str| format!("<?xml version='1.0' encoding='{encoding}'?><a/>");
        let (le, be) = (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> _);
        let rows: &[(&str, Vec<u8>, Option<&str>)] = &[
            // The header.
            ("text/xml; charset=utf-8", "<Ж/>".into(), Some("<Ж/>")),
            ("text/xml", "<Ж/>".into(), Some("<??/>")),
            ("text/xml; charset=us-ascii", "<Ж/>".into(), Some("<??/>")),
            ("text/xml; charset=no-such", "<Ж/>".into(), Some("<??/>")),
            ("text/xml; charset=\"UTF-8\"", "<Ж/>".into(), Some("<Ж/>")),
            ("text/xml; charset=utf-8", b"<\xFF/>".to_vec(), Some("<\u{FFFD}/>")),
            ("text/xml; charset=windows-1251", b"<\xC6/>".to_vec(), Some("<Ж/>")),
            ("text/xml; charset=iso-8859-1", b"<\xC6\x85/>".to_vec(), Some("<Æ\u{85}/>")),
            ("text/xml; charset=utf-16", utf16("<Ж/>", false, le), Some("<Ж/>")),
            // A byte order mark beats it.
            ("text/xml", "\u{FEFF}<Ж/>".into(), Some("<Ж/>")),
            ("text/xml; charset=utf-8", utf16("<Ж/>", true, le), Some("<Ж/>")),
            ("text/xml", utf16("<Ж/>", true, be), Some("<Ж/>")),
            // It beats the declaration.
            (
                "text/xml; charset=utf-8",
                declared("windows-1251").into(),
                Some("<?xml version='1.0' encoding='utf-8'?><a/>"),
            ),
            (
                "text/xml; charset=utf-8",
                utf16(&declared("utf-16"), true, le),
                Some("<?xml version='1.0' encoding='utf-8'?><a/>"),
            ),
            // Without either, XML says.
            ("application/soap+xml", "<Ж/>".into(), Some("<Ж/>")),
            ("application/soap+xml", utf16("<Ж/>", false, le), Some("<Ж/>")),
            ("application/soap+xml", utf16("<Ж/>", false, be), Some("<Ж/>")),
            (
                "application/soap+xml",
                declared("iso-8859-1").replace("<a/>", "<a/>\n").into(),
                Some("<?xml version='1.0' encoding='utf-8'?><a/>\n"),
            ),
            ("application/soap+xml", declared("no-such").into(), None),
            ("application/soap+xml", declared("utf-16").into(), None),
            // What is no declaration is left alone.
            (
                "text/xml; charset=utf-8",
                b"<?xml encoding='1'?>".to_vec(),
                Some("<?xml encoding='1'?>"),
            ),
            ("text/xml; charset=utf-8", b"<?xml encoding=".to_vec(), Some("<?xml encoding=")),
            ("text/xml", b"".to_vec(), Some("")),
        ];
        for (content_type, body, text) in rows {
            let read = decode(MediaType::of(Some(content_type)), body);
            assert_eq!(read.as_deref(), *text, "{content_type} {body:?}");
        }
    }
}
