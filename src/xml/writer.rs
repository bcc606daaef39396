//! Writing small XML into a buffer that is used again and again.

use super::chars::{TextEscape, ValueStop, is_xml_char};
use super::scan::{Stop, find};

/// A text that XML cannot hold: it has a character that may not even be written as a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the character at byte {offset} of the value cannot stand in XML, not even escaped")]
pub struct UnwritableText {
    /// The byte of the value at which the character begins.
    pub offset: usize,
}

/// Appends `text` as element content.
///
/// # Errors
/// When `text` holds a character that XML 1.0 does not allow; then nothing is appended.
pub fn push_text(out: &mut Vec<u8>, text: &str) -> Result<(), UnwritableText> {
    push_escaped::<TextEscape>(out, text, |byte| match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        // Only needed in `]]>`, but nobody minds it elsewhere.
        b'>' => "&gt;",
        // A literal one would be read back as a line feed.
        b'\r' => "&#13;",
        _ => "",
    })
}

/// Appends `text` as the inside of an attribute value in double quotes.
///
/// # Errors
/// As [`push_text`].
pub fn push_attribute(out: &mut Vec<u8>, text: &str) -> Result<(), UnwritableText> {
    push_escaped::<ValueStop>(out, text, |byte| match byte {
        b'&' => "&amp;",
        b'<' => "&lt;",
        b'"' => "&quot;",
        b'\t' => "&#9;",
        b'\n' => "&#10;",
        b'\r' => "&#13;",
        _ => "",
    })
}

/// Appends `text`, at the stops of `S` what `escape` says, or the character itself where that is
/// nothing.
fn push_escaped<S: Stop>(
    out: &mut Vec<u8>,
    text: &str,
    escape: impl Fn(u8) -> &'static str,
) -> Result<(), UnwritableText> {
    let before = out.len();
    let bytes = text.as_bytes();
    let mut written = 0;
    let mut at = find::<S>(bytes, 0);
    while let Some(&byte) = bytes.get(at) {
        let reference = escape(byte);
        if !reference.is_empty() {
            out.extend_from_slice(&bytes[written..at]);
            out.extend_from_slice(reference.as_bytes());
            written = at + 1;
        } else if !text[at..].starts_with(is_xml_char) {
            out.truncate(before);
            return Err(UnwritableText { offset: at });
        }
        at = find::<S>(bytes, at + 1);
    }
    out.extend_from_slice(&bytes[written..]);
    Ok(())
}
