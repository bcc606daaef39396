//! The character classes of XML 1.0 (5th edition), sections 2.2 and 2.3.

/// White space: production `S`.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Production `Char`: what may stand in a document at all.
pub(super) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The byte offset of the first character outside production `Char`.
pub(super) fn first_invalid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // One branch-free pass decides nearly every document; only a suspect is looked at by character.
    // U+FFFE and U+FFFF are the only ones above the controls, and both start with 0xEF.
    let suspect = bytes.iter().fold(false, |found, b| {
        found | matches!(b, 0..=0x08 | 0x0B | 0x0C | 0x0E..=0x1F | 0xEF)
    });
    if !suspect {
        return None;
    }
    text.char_indices().find(|&(_, c)| !is_xml_char(c)).map(|(at, _)| at)
}

/// Production `NameStartChar` without the colon, which belongs to namespaces.
const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | 'a'..='z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Production `NameChar` without the colon.
const fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The length in bytes of the longest `NCName` at the start of `text`; 0 if there is none.
pub(super) fn ncname_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'A'..=b'Z' | b'a'..=b'z' | b'_') => {}
        Some(0x80..) if text.chars().next().is_some_and(is_name_start) => {}
        _ => return 0,
    }
    let ascii = bytes
        .iter()
        .position(|b| !matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.'))
        .unwrap_or(bytes.len());
    if bytes.get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    text[ascii..]
        .char_indices()
        .find(|&(_, c)| !is_name_char(c))
        .map_or(text.len(), |(at, _)| ascii + at)
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
            assert_eq!(ncname_len(text), len, "{text:?}");
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
