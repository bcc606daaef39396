//! What URLs and JSON write in place of characters.

use std::iter;

use super::view::View;

/// `%2B` and, from JavaScript's `escape`, `%u044F`; `plus`: with `+` for a blank, as forms have it.
/// `None` if there is none of them.
pub(super) fn percent(view: &View, plus: bool) -> Option<View> {
    let is_coded = |byte: &u8| *byte == b'%' || plus && *byte == b'+';
    decode(view, is_coded, |rest| match rest {
        [b'+', ..] => Some((1, Coded::Byte(b' '))),
        [b'%', b'u', ..] => unicode(rest, *b"%u").map(|(length, c)| (length, Coded::Char(c))),
        [_, digits @ ..] => {
            let byte = hexadecimal(digits.get(..2)?)?;
            Some((3, Coded::Byte(u8::try_from(byte).ok()?)))
        }
        [] => None,
    })
}

/// `\"`, `\/`, `\n`, `\u044F` and pairs of them, and JavaScript's `\x2B`. `None` if there is none.
pub(super) fn json(view: &View) -> Option<View> {
    decode(
        view,
        |byte| *byte == b'\\',
        |rest| {
            let (length, c) = match rest.get(1)? {
                b'u' => unicode(rest, *b"\\u")?,
                b'x' => (4, char::from_u32(hexadecimal(rest.get(2..4)?)?)?),
                b'n' => (2, '\n'),
                b't' => (2, '\t'),
                b'r' => (2, '\r'),
                b'b' => (2, '\u{8}'),
                b'f' => (2, '\u{c}'),
                c @ (b'"' | b'\\' | b'/' | b'\'') => (2, char::from(*c)),
                _ => return None,
            };
            Some((length, Coded::Char(c)))
        },
    )
}

/// Four digits behind `mark`, or twice so for a character beyond the basic plane.
fn unicode(text: &[u8], mark: [u8; 2]) -> Option<(usize, char)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(&mark)?;
        u16::try_from(hexadecimal(digits)?).ok()
    };
    let first = unit(0)?;
    let c = char::decode_utf16(iter::once(first).chain(unit(6))).next()?.ok()?;
    Some((6 * c.len_utf16(), c))
}

pub(super) enum Coded {
    Byte(u8),
    Char(char),
}

/// A view with what `read` finds at bytes that `is_coded` in place of them: how many bytes, and
/// what they stand for. `None` if it finds nothing.
pub(super) fn decode(
    view: &View,
    is_coded: impl Fn(&u8) -> bool,
    read: impl Fn(&[u8]) -> Option<(usize, Coded)>,
) -> Option<View> {
    let text = view.text();
    let mut decoded: Option<View> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(next) = text[at..].iter().position(&is_coded) {
        at += next;
        let Some((length, coded)) = read(&text[at..]) else {
            at += 1;
            continue;
        };
        let decoded = decoded.get_or_insert_with(|| View::with_capacity(view.len()));
        decoded.copy(view, copied..at);
        let span = view.span(at, at + length);
        match coded {
            Coded::Byte(byte) => decoded.push(&[byte], span),
            Coded::Char(c) => decoded.push_char(c, span),
        }
        at += length;
        copied = at;
    }
    let mut decoded = decoded?;
    decoded.copy(view, copied..text.len());
    Some(decoded)
}

/// The number of hexadecimal digits; `None` if there are other characters, or more than fit.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<u32> {
    // `from_str_radix` takes a sign.
    let are_digits = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| are_digits)?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(view: Option<View>) -> Option<String> {
        view.map(|view| String::from_utf8_lossy(view.text()).into_owned())
    }

    #[test]
    fn escapes_are_decoded_and_anything_else_is_left() {
        for (text, plain) in [
            ("a%20b%2bc+d", Some("a b+c+d")),
            ("%d1%8F%u044f%ud83d%ude00", Some("яя😀")),
            ("100%, %4, %zz, %+1", None),
        ] {
            assert_eq!(read(percent(&View::of(text.as_bytes()), false)).as_deref(), plain);
        }
        assert_eq!(read(percent(&View::of(b"a+b%2B"), true)).as_deref(), Some("a b+"));
        for (text, plain) in [
            (r#"\"a\\\/\u00e9\x41\n"#, Some("\"a\\/éA\n")),
            (r"\ud83d\ude00!", Some("😀!")),
            (r"\ud83d \q \u12 \", None),
        ] {
            assert_eq!(read(json(&View::of(text.as_bytes()))).as_deref(), plain);
        }
    }

    #[test]
    fn decoded_bytes_know_where_they_stood() {
        let view = percent(&View::of(b"ab%20c"), false).expect("an escape");
        let found = [view.span(1, 2), view.span(2, 3), view.span(1, 4)];
        assert_eq!(found.map(super::super::view::Span::range), [1..2, 2..5, 1..6]);
    }
}
