//! Which texts the bytes of a reply may be.

use encoding_rs::{DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::view::View;

/// A text has less than one byte in so many that is no character, or a control character.
const READABLE: usize = 16;
/// And a short one may have so many.
const FEW: usize = 2;

/// So much of a body may say which charset it is in.
const DECLARATION: usize = 1024;

/// The texts that `body` may be, read in each charset that it may be in; `head` is that of its
/// reply. `None` if it cannot be read: in an unknown charset, or no text at all.
///
/// What a service says of its charset may be wrong, so bytes are always read as UTF-8, too.
pub(super) fn texts(body: &View, head: &[u8]) -> Option<Vec<View>> {
    let bytes = body.text();
    if is_utf16(bytes) {
        let texts = [UTF_16LE, UTF_16BE].map(|encoding| read(body, encoding));
        let texts: Vec<_> = texts.into_iter().flatten().chain([body.clone()]).collect();
        return (texts.len() > 1).then_some(texts);
    }
    let mut encodings = Vec::new();
    for name in charsets(head).chain(charsets(&bytes[..bytes.len().min(DECLARATION)])) {
        let encoding = Encoding::for_label(name).filter(|found| *found != REPLACEMENT)?;
        // Where it is UTF-16, its zeros were seen above.
        let is_new = !encodings.contains(&encoding);
        if is_new && ![UTF_8, UTF_16LE, UTF_16BE].contains(&encoding) {
            encodings.push(encoding);
        }
    }
    let is_utf8 = is_utf8(bytes);
    if encodings.is_empty() {
        if !is_utf8 {
            return None;
        }
        // By far the most of what is not said to be anything else.
        encodings.push(WINDOWS_1252);
    }
    let mut texts = vec![body.clone()];
    for encoding in encodings {
        if encoding.is_ascii_compatible() && bytes.is_ascii() {
            continue;
        }
        match read(body, encoding) {
            Some(text) => texts.push(text),
            None if is_utf8 && encoding.is_ascii_compatible() => {}
            None => return None,
        }
    }
    Some(texts)
}

/// Whether nearly all of it is UTF-8, at least.
fn is_utf8(bytes: &[u8]) -> bool {
    let unreadable = bytes.utf8_chunks().map(|chunk| {
        usize::from(!chunk.invalid().is_empty())
            + chunk.valid().chars().filter(|c| is_unreadable(*c)).count()
    });
    unreadable.sum::<usize>() <= most_unreadable(bytes.len())
}

/// Whether there is a byte order mark, or zeros, as every second byte of markup is.
fn is_utf16(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || zeros > bytes.len() / 16
}

/// The values of `charset=` and `encoding=`.
fn charsets(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let values = text.split(|byte| *byte == b'=').zip(text.split(|byte| *byte == b'=').skip(1));
    values.filter_map(|(before, value)| {
        let before = before.trim_ascii_end().to_ascii_lowercase();
        if !before.ends_with(b"charset") && !before.ends_with(b"encoding") {
            return None;
        }
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-:".contains(byte);
        let length = value.iter().take_while(|byte| is_name(byte)).count();
        (length > 0).then_some(&value[..length])
    })
}

/// The body in one encoding; `None` if it is no text in it.
fn read(body: &View, encoding: &'static Encoding) -> Option<View> {
    let mut text = View::with_capacity(body.len());
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut from, mut unreadable) = (0, 0);
    for at in 0..body.len() {
        let mut rest = &body.text()[at..=at];
        loop {
            let mut out = [0; 16];
            let (result, used, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut out, false);
            rest = &rest[used..];
            let chars = std::str::from_utf8(&out[..written]).unwrap_or("\u{FFFD}");
            unreadable += chars.chars().filter(|c| is_unreadable(*c)).count();
            if written > 0 {
                // A decoder may hold a character back until the one after has turned out malformed.
                text.push(chars.as_bytes(), body.span(from.min(at), at + 1));
                from = at + 1;
            }
            if !matches!(result, DecoderResult::Malformed(..)) {
                break;
            }
            text.push_char('\u{FFFD}', body.span(from.min(at), at + 1));
            unreadable += 1;
            from = at + usize::from(rest.is_empty());
        }
    }
    (unreadable <= most_unreadable(text.len())).then_some(text)
}

fn most_unreadable(length: usize) -> usize {
    (length / READABLE).max(FEW)
}

fn is_unreadable(c: char) -> bool {
    c.is_control() && !c.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn bodies_are_read_in_the_charset_that_they_are_in() {
        let declared = |name: &str| format!("<?xml version='1.0' encoding='{name}'?><a/>");
        let noise: Vec<u8> = (0..200_u8).map(|i| i.wrapping_mul(151)).collect();
        let cut = &"<a>Ж".as_bytes()[..4];
        let rows: &[(&str, Vec<u8>, Option<&str>)] = &[
            ("", "<Ж/>".into(), Some("<Ж/>")),
            ("", utf16("<Ж/>", u16::to_le_bytes), Some("<Ж/>")),
            ("", utf16("\u{FEFF}Ж", u16::to_be_bytes), Some("\u{FEFF}Ж")),
            ("", [utf16("<Ж/>", u16::to_le_bytes), vec![b'<']].concat(), Some("<Ж/>")),
            ("charset=windows-1251", b"<\xC6/>".to_vec(), Some("<Ж/>")),
            ("Charset = \"KOI8-R\"\r\n", b"<\xF6/>".to_vec(), Some("<Ж/>")),
            ("charset=shift_jis", b"<\x83\x65/>".to_vec(), Some("<テ/>")),
            ("", [declared("gbk").as_bytes(), b"\xD6\xD0"].concat(), Some("中")),
            // Nobody says so, or says something else.
            ("", b"<w\xF6rd/>".to_vec(), Some("wörd")),
            ("charset=utf-8", b"<w\xF6rd/>".to_vec(), Some("wörd")),
            ("charset=utf-16", "<Ж/>".into(), Some("<Ж/>")),
            ("charset=windows-1251", "<Ж/>".into(), Some("<Ж/>")),
            // Control characters in windows-1252.
            ("", "ЁЁЁЁЁЁ".into(), Some("ЁЁЁЁЁЁ")),
            ("charset=windows-1252", "ЁЁЁЁЁЁ".into(), Some("ЁЁЁЁЁЁ")),
            ("", cut.to_vec(), Some("<a>")),
            // Unknown, or no text.
            ("charset=utf-7", b"<a/>".to_vec(), None),
            ("", declared("ibm037").into(), None),
            ("charset=iso-2022-kr", b"<a/>".to_vec(), None),
            ("", noise.clone(), None),
            ("charset=windows-1252", noise, None),
        ];
        for (head, body, text) in rows {
            let texts = texts(&View::of(body), head.as_bytes());
            match (texts, text) {
                (None, None) => {}
                (Some(texts), Some(text)) => {
                    let is_in = |view: &View| String::from_utf8_lossy(view.text()).contains(text);
                    assert!(texts.iter().any(is_in), "{head} {body:?}: {texts:?}");
                }
                (texts, _) => panic!("{head} {body:?}: {texts:?}"),
            }
        }
    }

    #[test]
    fn characters_know_where_they_stood() {
        let found = read(&View::of(&utf16("aЖ😀b", u16::to_le_bytes)), UTF_16LE).expect("text");
        let spans = [(0, 1), (1, 3), (3, 7), (7, 8)].map(|(from, to)| found.span(from, to).range());
        assert_eq!(spans, [0..2, 2..4, 4..8, 8..10]);
        let found = read(&View::of(b"a\x83\x65b"), encoding_rs::SHIFT_JIS).expect("text");
        assert_eq!((found.span(1, 4).range(), found.span(4, 5).range()), (1..3, 3..4));
    }
}
