//! What may stand in the middle of a text and is none of it: comments, the marks of CDATA
//! sections, the sizes of HTTP chunks.

use memchr::memmem;

use super::escapes::hexadecimal;
use super::view::View;

/// The view without comments, marks of CDATA and sizes of chunks; `None` if it has none.
pub(super) fn stripped(view: &View) -> Option<View> {
    let text = view.text();
    let mut stripped: Option<View> = None;
    let (mut at, mut copied) = (0, 0);
    // Comments behind it have no end.
    let last_end = memmem::rfind(text, b"-->").unwrap_or(0);
    while let Some(next) = memchr::memchr3(b'<', b']', b'\n', &text[at..]) {
        at += next;
        // A chunk's size stands between two line ends, the first of which may have a CR before.
        let begin =
            if text[at] == b'\n' && text[copied..at].ends_with(b"\r") { at - 1 } else { at };
        let is_endless = at >= last_end && text[at..].starts_with(b"<!--");
        let end = if is_endless { None } else { end_of_frame(&text[at..]) };
        let Some(end) = end.map(|length| at + length) else {
            at += 1;
            continue;
        };
        let stripped = stripped.get_or_insert_with(|| View::with_capacity(view.len()));
        stripped.copy(view, copied..begin);
        (at, copied) = (end, end);
    }
    let mut stripped = stripped?;
    stripped.copy(view, copied..text.len());
    Some(stripped)
}

/// How long what stands at the start of `text` is, if it is no part of the text around it.
fn end_of_frame(text: &[u8]) -> Option<usize> {
    const MARKS: [&[u8]; 2] = [b"<![CDATA[", b"]]>"];
    if text.starts_with(b"<!--") {
        return memmem::find(&text[4..], b"-->").map(|at| 4 + at + 3);
    }
    let mark = MARKS.iter().find(|mark| text.starts_with(mark));
    mark.map(|mark| mark.len()).or_else(|| {
        let line = text.strip_prefix(b"\n")?;
        chunk_size(line).map(|(length, _)| 1 + length)
    })
}

/// The body of a reply in chunks, without their sizes; from where that is broken, as it came.
pub(super) fn dechunked(view: &View) -> View {
    let mut body = View::with_capacity(view.len());
    let mut at = 0;
    while let Some((length, size)) = chunk_size(&view.text()[at..]) {
        let from = at + length;
        let to = from.saturating_add(size).min(view.len());
        body.copy(view, from..to);
        at = to;
        if size == 0 {
            break;
        }
        let rest = &view.text()[at..];
        at += if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
    }
    body.copy(view, at..view.len());
    body
}

/// The length of the line at the start of `text` and the size that it says, if it is a chunk's.
fn chunk_size(text: &[u8]) -> Option<(usize, usize)> {
    const LONGEST: usize = 256;
    let end = memchr::memchr(b'\n', &text[..text.len().min(LONGEST)])?;
    let line = text[..end].strip_suffix(b"\r").unwrap_or(&text[..end]);
    let size = line.split(|byte| *byte == b';').next().unwrap_or(line).trim_ascii();
    let size = hexadecimal(size).filter(|_| size.len() <= 8)?;
    Some((end + 1, size as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_stripped_and_anything_else_is_left() {
        for (text, plain) in [
            ("a<!-- x\n -->b<!---->c", Some("abc")),
            ("a<![CDATA[b]]>c", Some("abc")),
            ("4\r\nwxyz\r\n2;x=y\r\nef\r\n0\r\n\r\n", Some("4\r\nwxyzef\r\n")),
            ("a\n1f\nb", Some("ab")),
            ("a\r\nzz\r\nb <!- ]] <!--", None),
        ] {
            let view = stripped(&View::of(text.as_bytes()));
            let read = view.map(|view| String::from_utf8_lossy(view.text()).into_owned());
            assert_eq!(read.as_deref(), plain, "{text:?}");
        }
    }

    #[test]
    fn chunks_are_joined_as_far_as_they_go() {
        for (text, body) in [
            ("4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\n\r\n", "abcdef\r\n"),
            ("4\r\nabcd\r\n3\r\nefg\r\nzz\r\nh", "abcdefgzz\r\nh"),
            ("ff\r\nabc", "abc"),
            ("abc", "abc"),
        ] {
            let joined = dechunked(&View::of(text.as_bytes()));
            assert_eq!(String::from_utf8_lossy(joined.text()), body, "{text:?}");
        }
    }
}
