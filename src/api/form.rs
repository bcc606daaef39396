//! `name=value&…`: the GET and form bindings.

use std::borrow::Cow;
use std::iter;

use memchr::{memchr, memchr2};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// Everything but RFC 3986's unreserved characters is escaped, which no decoder can misread.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The pairs of `names` and `values` as `name=value&name=value`, in pieces.
pub(super) fn pieces<'a>(
    names: impl Iterator<Item = &'a str>,
    values: &'a [&'a str],
) -> impl Iterator<Item = &'a str> {
    names.zip(values).enumerate().flat_map(|(i, (name, value))| {
        let separator = if i == 0 { "" } else { "&" };
        [separator, name, "="].into_iter().chain(utf8_percent_encode(value, ESCAPED))
    })
}

/// The pairs of `query`, decoded; what is not UTF-8 becomes U+FFFD, as ASP.NET has it.
pub(super) fn pairs(query: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let mut rest = Some(query);
    let pairs = iter::from_fn(move || {
        let (pair, after) = cut(rest?, b'&');
        rest = after;
        Some(pair)
    });
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = cut(pair, b'=');
        (decode(name), decode(value.unwrap_or_default()))
    })
}

/// What is before the first `separator`, and what is after it.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr(separator, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn decode(text: &[u8]) -> Cow<'_, str> {
    if memchr2(b'+', b'%', text).is_none() {
        return String::from_utf8_lossy(text);
    }
    let spaced: Vec<u8> = text.iter().map(|&b| if b == b'+' { b' ' } else { b }).collect();
    Cow::Owned(percent_decode(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_query() {
        for value in ["", "a b", "a+b", "a&b=c", "100%", "имя", "\u{1F980}\u{0}\n", "~-._"] {
            let values = [value, "2"];
            let query: String = pieces(["x", "y"].into_iter(), &values).collect();
            let read: Vec<_> = pairs(query.as_bytes()).collect();
            assert_eq!(read, [("x".into(), value.into()), ("y".into(), "2".into())], "{query}");
            assert!(query.is_ascii());
        }
    }

    #[test]
    fn odd_queries_are_read() {
        let read = |q: &'static str| -> Vec<_> { pairs(q.as_bytes()).collect() };
        assert_eq!(read(""), []);
        assert_eq!(read("&a&&b=1+2=3&"), [("a".into(), "".into()), ("b".into(), "1 2=3".into())]);
        assert_eq!(read("a=%zz%4"), [("a".into(), "%zz%4".into())]);
        assert_eq!(read("a=%FF"), [("a".into(), "\u{FFFD}".into())]);
    }
}
