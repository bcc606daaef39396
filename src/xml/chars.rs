//! The character classes of XML 1.0 (5th edition), sections 2.2 and 2.3.

use super::scan::{Chunk, Lanes, Stop};

/// A byte that a name in ASCII may go on with.
pub(super) const NAME: u8 = 1;
/// A byte that a name in ASCII may begin with.
pub(super) const NAME_START: u8 = 2;
/// White space: production `S`.
pub(super) const SPACE: u8 = 4;
/// A byte that a run of character data ends at or has to be looked at for.
const TEXT_STOP: u8 = 8;
/// A byte that an attribute value ends at or has to be looked at for.
const VALUE_STOP: u8 = 16;
/// A byte that text to be written has to be looked at for.
const TEXT_ESCAPE: u8 = 32;
/// What U+FFFE and U+FFFF, the only characters above the controls that XML does not have, begin with.
const SUSPECT: u8 = 0xEF;
/// What each byte may be.
pub(super) static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte: u8 = 0;
    // A name beyond ASCII is looked at by character, so the upper half has no class but one.
    while byte < 0x80 {
        class[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => NAME | NAME_START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b' ' => SPACE,
            b'\t' | b'\n' => SPACE | VALUE_STOP,
            b'\r' => SPACE | TEXT_STOP | VALUE_STOP | TEXT_ESCAPE,
            0..=0x1F | b'<' | b'&' => TEXT_STOP | VALUE_STOP | TEXT_ESCAPE,
            b'>' => TEXT_ESCAPE,
            b']' => TEXT_STOP,
            b'"' | b'\'' => VALUE_STOP,
            _ => 0,
        };
        byte += 1;
    }
    class[SUSPECT as usize] = TEXT_STOP | VALUE_STOP | TEXT_ESCAPE;
    class
};

/// Whether `byte` is of one of `classes`.
#[inline]
pub(super) fn is(byte: u8, classes: u8) -> bool {
    CLASS[usize::from(byte)] & classes != 0
}

/// The first byte at or after `from` that is not of `classes`, or the end.
#[inline]
pub(super) fn skip(bytes: &[u8], from: usize, classes: u8) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    // In steps of a fixed size, inside which no byte has to be looked for the end.
    while let Some((step, after)) = rest.split_first_chunk::<8>() {
        if let Some(len) = step.iter().position(|&byte| !is(byte, classes)) {
            return bytes.len() - rest.len() + len;
        }
        rest = after;
    }
    let len = rest.iter().position(|&byte| !is(byte, classes));
    bytes.len() - rest.len() + len.unwrap_or(rest.len())
}

/// Where a run of character data ends or has to be looked at.
pub(super) struct TextStop;

impl Stop for TextStop {
    const CLASS: u8 = TEXT_STOP;

    #[inline]
    fn lanes(chunk: Chunk) -> Lanes {
        let markup = chunk.is(b'<') | chunk.is(b'&') | chunk.is(b']') | chunk.is(SUSPECT);
        markup | chunk.is_in(0, 8) | chunk.is_in(0x0B, 0x1F)
    }
}

/// Where an attribute value ends or has to be looked at.
pub(super) struct ValueStop;

impl Stop for ValueStop {
    const CLASS: u8 = VALUE_STOP;

    #[inline]
    fn lanes(chunk: Chunk) -> Lanes {
        let markup = chunk.is(b'<') | chunk.is(b'&') | chunk.is(b'"') | chunk.is(b'\'');
        markup | chunk.is(SUSPECT) | chunk.is_in(0, 0x1F)
    }
}

/// Where text to be written has to be looked at.
pub(super) struct TextEscape;

impl Stop for TextEscape {
    const CLASS: u8 = TEXT_ESCAPE;

    #[inline]
    fn lanes(chunk: Chunk) -> Lanes {
        let markup = chunk.is(b'<') | chunk.is(b'&') | chunk.is(b'>') | chunk.is(SUSPECT);
        markup | chunk.is_in(0, 8) | chunk.is_in(0x0B, 0x1F)
    }
}

/// White space: production `S`.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    is(byte, SPACE)
}

/// Production `Char`: what may stand in a document at all.
pub(super) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The byte offset of the first character outside production `Char`.
#[expect(clippy::needless_bitwise_bool, reason = "branches would stop it from being vectorised")]
pub(super) fn first_invalid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // One branch-free pass decides nearly every text; only a suspect is looked at by character.
    let suspect = bytes.iter().fold(false, |found, &b| {
        found | (b < b' ') & (b != b'\t') & (b != b'\n') & (b != b'\r') | (b == SUSPECT)
    });
    if !suspect {
        return None;
    }
    text.char_indices().find(|&(_, c)| !is_xml_char(c)).map(|(at, _)| at)
}

/// Production `NameStartChar` without the colon, which belongs to namespaces.
fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Production `NameChar` without the colon.
fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The end of the longest `NCName` at `from`; `from` itself if there is none.
#[inline]
pub(super) fn ncname_end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes.get(from) {
        Some(&byte) if is(byte, NAME_START) => {}
        Some(0x80..) => return wide_ncname_end(text, from),
        _ => return from,
    }
    let end = skip(bytes, from + 1, NAME);
    match bytes.get(end) {
        Some(0x80..) => wide_ncname_end(text, from),
        _ => end,
    }
}

/// As [`ncname_end`], for names that are not ASCII.
#[cold]
fn wide_ncname_end(text: &str, from: usize) -> usize {
    let name = &text[from..];
    if !name.starts_with(is_name_start) {
        return from;
    }
    from + name.find(|c| !is_name_char(c)).unwrap_or(name.len())
}

#[cfg(test)]
mod tests {
    use super::super::scan::find;
    use super::*;

    #[test]
    fn names_end_where_xml_says() {
        for (text, len) in [
            ("", 0),
            ("a", 1),
            ("_x-1.y z", 6),
            ("1a", 0),
            ("-a", 0),
            (":a", 0),
            ("a:b", 1),
            ("имя=", 6),
            ("a\u{B7}b/", 4),
            ("\u{B7}a", 0),
            ("a\u{D7}b", 1),
            ("\u{EFFFF}", 4),
            ("\u{F0000}", 0),
        ] {
            assert_eq!(ncname_end(text, 0), len, "{text:?}");
            assert_eq!(ncname_end(&format!("é{text}"), 2), 2 + len, "{text:?}");
        }
    }

    #[test]
    fn a_scan_stops_at_its_class_wherever_it_is() {
        fn check<S: Stop>(filler: u8) {
            for stop in 0..=255 {
                for (at, len) in [(0, 1), (0, 16), (7, 16), (15, 16), (3, 20), (19, 20), (33, 40)] {
                    let mut bytes = vec![filler; len];
                    bytes[at] = stop;
                    let expected = if is(stop, S::CLASS) { at } else { len };
                    assert_eq!(find::<S>(&bytes, 0), expected, "{stop:#x} at {at} of {len}");
                }
            }
        }
        check::<TextStop>(b'a');
        check::<ValueStop>(b'a');
        check::<TextEscape>(b'a');
    }

    #[test]
    fn characters_outside_xml_are_found() {
        for (text, at) in [
            ("plain\t\r\n", None),
            ("a\u{0}", Some(1)),
            ("\u{1F}", Some(0)),
            ("\u{7F}\u{85}", None),
            ("ok\u{FFFD}", None),
            ("ok\u{FFFE}", Some(2)),
            ("ok\u{FFFF}", Some(2)),
            ("\u{10FFFF}", None),
        ] {
            assert_eq!(first_invalid(text), at, "{text:?}");
        }
    }
}
