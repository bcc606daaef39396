//! What XML and HTML write in place of characters.

use super::entities::ENTITIES;
use super::escapes::{Coded, decode, hexadecimal};
use super::view::View;

/// `&#43;`, `&#x2B;`, `&plus;`; numbers may have leading zeros, and numbers and names may lack the
/// semicolon, as browsers read them. `None` if there is none.
pub(super) fn references(view: &View) -> Option<View> {
    decode(
        view,
        |byte| *byte == b'&',
        |rest| {
            let (length, c) = match &rest[1..] {
                [b'#', b'x' | b'X', digits @ ..] => number(3, digits, u8::is_ascii_hexdigit)?,
                [b'#', digits @ ..] => number(2, digits, u8::is_ascii_digit)?,
                name => named(name)?,
            };
            let semicolon = rest.get(length) == Some(&b';');
            Some((length + usize::from(semicolon), Coded::Char(c)))
        },
    )
}

/// The character of a number that begins after `before` bytes, and where it ends.
fn number(before: usize, text: &[u8], is_digit: fn(&u8) -> bool) -> Option<(usize, char)> {
    let length = text.iter().take_while(|byte| is_digit(byte)).count();
    let zeros = text[..length].iter().take_while(|byte| **byte == b'0').count();
    let digits = &text[zeros..length];
    let number = if before == 3 {
        hexadecimal(digits)?
    } else {
        std::str::from_utf8(digits).ok()?.parse().ok()?
    };
    Some((before + length, char::from_u32(number)?))
}

/// The character of the name at the start of `text`, and where the name ends, counted from `&`.
fn named(text: &[u8]) -> Option<(usize, char)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let name = std::str::from_utf8(&text[..length]).ok()?;
    let at = ENTITIES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some((1 + length, ENTITIES[at].1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_and_anything_else_is_left() {
        assert!(ENTITIES.is_sorted_by_key(|(name, _)| *name));
        for (text, plain) in [
            ("&amp;&lt;&#43;&#x2b;&#X0002B;&#00043;", Some("&<++++")),
            ("&ouml;&percnt;&plus;&QUOT;", Some("ö%+\"")),
            ("&amp;amp;", Some("&amp;")),
            ("&#43 &amp x", Some("+ & x")),
            ("&no-such; & &; &#; &#x; &#1114112; &#99999999999; &", None),
        ] {
            let view = references(&View::of(text.as_bytes()));
            let read = view.map(|view| String::from_utf8_lossy(view.text()).into_owned());
            assert_eq!(read.as_deref(), plain, "{text}");
        }
    }
}
