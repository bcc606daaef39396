//! Encodings of XML documents: XML 1.0 section 4.3.3 and appendix F.

use std::borrow::Cow;
use std::ops::Range;

use crate::xml::DEFAULT_MAX_BYTES;

/// How long a document of up to 64 KiB can become in UTF-8.
pub(super) const MAX_DECODED: usize = 3 * DEFAULT_MAX_BYTES;

/// The text of a document in UTF-16, which begins with a byte order mark, or else with `<`; `None` if
/// it is not in UTF-16. A declaration in it no longer names another encoding than UTF-8.
pub(super) fn decode_utf16(body: &[u8]) -> Option<String> {
    let (unit, body): (fn([u8; 2]) -> u16, _) = match body {
        [0xFF, 0xFE, rest @ ..] => (u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => (u16::from_be_bytes, rest),
        [b'<', 0, ..] => (u16::from_le_bytes, body),
        [0, b'<', ..] => (u16::from_be_bytes, body),
        _ => return None,
    };
    let (units, odd) = body.as_chunks::<2>();
    let text: String = char::decode_utf16(units.iter().map(|two| unit(*two)))
        .collect::<Result<_, _>>()
        .ok()
        .filter(|_| odd.is_empty())?;
    Some(declared_utf8(Cow::Owned(text)).into_owned())
}

/// `text`, with a declaration that no longer names another encoding than UTF-8.
pub(super) fn declared_utf8(text: Cow<'_, str>) -> Cow<'_, str> {
    match declared_encoding(&text) {
        Some(name) if !text[name.clone()].eq_ignore_ascii_case("utf-8") => {
            let mut text = text.into_owned();
            text.replace_range(name, "utf-8");
            Cow::Owned(text)
        }
        _ => text,
    }
}

/// Where the XML declaration names an encoding. Whether it is right otherwise is the reader's
/// business.
pub(super) fn declared_encoding(text: &str) -> Option<Range<usize>> {
    if !text.starts_with("<?xml") {
        return None;
    }
    let declaration = &text[..text.find("?>")?];
    let after_name = &declaration[declaration.find("encoding")? + "encoding".len()..];
    let value = after_name.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = value[1..].split_once(quote)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let start = declaration.len() - value.len() + 1;
    is_name.then_some(start..start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf16_is_read_with_a_mark_or_without() {
        let (le, be) = (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> _);
        let declared = "<?xml version='1.0' encoding='UTF-16'?><a/>";
        let text = "<?xml version='1.0' encoding='utf-8'?><a/>";
        for bytes in [le, be] {
            for (written, read) in [
                ("<Ж\u{1F980}/>", "<Ж\u{1F980}/>"),
                ("\u{FEFF}<a/>", "<a/>"),
                (declared, text),
                (&format!("\u{FEFF}{declared}"), text),
                ("\u{FEFF} <a/>", " <a/>"),
            ] {
                assert_eq!(
                    decode_utf16(&utf16(written, bytes)).as_deref(),
                    Some(read),
                    "{written:?}"
                );
            }
            let mut broken = utf16("<a>", bytes);
            broken.extend(bytes(0xD800));
            assert_eq!(decode_utf16(&broken), None, "half a pair");
            broken.pop();
            assert_eq!(decode_utf16(&broken), None, "half a unit");
        }
        for other in [&b""[..], b"<", b"<a/>", b"\xEF\xBB\xBF<a/>", declared.as_bytes()] {
            assert_eq!(decode_utf16(other), None, "{other:?}");
        }
    }
}
