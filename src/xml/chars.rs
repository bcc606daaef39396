//! The character classes of XML 1.0 (5th edition), sections 2.2 and 2.3.

/// A byte that a name in ASCII may go on with.
pub(super) const NAME: u8 = 1;
/// A byte that a name in ASCII may begin with.
pub(super) const NAME_START: u8 = 2;
/// White space: production `S`.
pub(super) const SPACE: u8 = 4;
/// A byte that a run of character data ends at or has to be looked at for.
pub(super) const TEXT_STOP: u8 = 8;
/// What each byte may be.
pub(super) static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte: u8 = 0;
    // A name beyond ASCII is looked at by character, so the upper half has no class.
    while byte < 0x80 {
        class[byte as usize] = match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => NAME | NAME_START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            b' ' | b'\t' | b'\n' => SPACE,
            b'\r' => SPACE | TEXT_STOP,
            b'<' | b'&' | b']' => TEXT_STOP,
            _ => 0,
        };
        byte += 1;
    }
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
    let mut pos = from;
    while let Some(&byte) = bytes.get(pos)
        && is(byte, classes)
    {
        pos += 1;
    }
    pos
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
    // One branch-free pass decides nearly every document; only a suspect is looked at by character.
    // U+FFFE and U+FFFF are the only ones above the controls, and both start with 0xEF.
    let suspect = bytes.iter().fold(false, |found, &b| {
        found | (b < b' ') & (b != b'\t') & (b != b'\n') & (b != b'\r') | (b == 0xEF)
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
