//! Writing small XML into a buffer that is used again and again.

use super::chars::first_invalid;

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
/// When `text` holds a character that XML 1.0 does not allow.
pub fn push_text(out: &mut Vec<u8>, text: &str) -> Result<(), UnwritableText> {
    push_escaped(out, text, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        // Only needed in `]]>`, but nobody minds it elsewhere.
        b'>' => Some("&gt;"),
        // A literal one would be read back as a line feed.
        b'\r' => Some("&#13;"),
        _ => None,
    })
}

/// Appends `text` as the inside of an attribute value in double quotes.
///
/// # Errors
/// As [`push_text`].
pub fn push_attribute(out: &mut Vec<u8>, text: &str) -> Result<(), UnwritableText> {
    push_escaped(out, text, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        _ => None,
    })
}

fn push_escaped(
    out: &mut Vec<u8>,
    text: &str,
    escape: impl Fn(u8) -> Option<&'static str>,
) -> Result<(), UnwritableText> {
    if let Some(offset) = first_invalid(text) {
        return Err(UnwritableText { offset });
    }
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if let Some(reference) = escape(byte) {
            out.extend_from_slice(&bytes[written..at]);
            out.extend_from_slice(reference.as_bytes());
            written = at + 1;
        }
    }
    out.extend_from_slice(&bytes[written..]);
    Ok(())
}
