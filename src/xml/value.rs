//! Attribute values: XML 1.0 sections 2.3 and 3.3.3.

use std::borrow::Cow;

use super::chars::{ValueStop, is_xml_char};
use super::scan::find;
use super::span::Span;
use super::{Error, ErrorKind, reference};

/// An attribute value that was scanned and found acceptable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    span: Span,
    /// Whether every character of it means itself.
    is_plain: bool,
}

impl Value {
    /// A value that lies there and of which every character means itself.
    #[inline]
    pub(super) const fn plain(start: usize, end: usize) -> Self {
        Self { span: Span::new(start, end), is_plain: true }
    }

    /// Scans the value after the quote at `at`; gives it and the byte after its other quote.
    pub(super) fn scan(text: &str, at: usize) -> Result<(Self, usize), Error> {
        let bytes = text.as_bytes();
        let quote = bytes[at];
        let start = at + 1;
        let mut pos = start;
        let mut is_plain = true;
        loop {
            pos = find::<ValueStop>(bytes, pos);
            match bytes.get(pos) {
                Some(&byte) if byte == quote => {
                    return Ok((Self { span: Span::new(start, pos), is_plain }, pos + 1));
                }
                None => return Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
                Some(_) => pos = after_special(text, pos, &mut is_plain)?,
            }
        }
    }

    /// What it means: references resolved, white space normalised. Borrowed where it is plain.
    #[inline]
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        let written = self.span.of(text);
        if self.is_plain { Cow::Borrowed(written) } else { Cow::Owned(normalise(written)) }
    }

    /// Whether it means `expected`.
    #[inline]
    pub(super) fn is(self, text: &str, expected: &str) -> bool {
        if self.is_plain {
            self.span.is(text, expected)
        } else {
            normalise(self.span.of(text)) == expected
        }
    }

    /// How many bytes it means, unless that takes more than a look.
    #[inline]
    pub(super) fn len(self) -> Option<usize> {
        self.is_plain.then(|| self.span.len())
    }

    /// Its first byte inside the quotes.
    pub(super) const fn start(self) -> usize {
        self.span.start()
    }
}

/// Checks the byte at `pos`, which may not mean itself; gives the byte after what it begins.
fn after_special(text: &str, pos: usize, is_plain: &mut bool) -> Result<usize, Error> {
    match text.as_bytes()[pos] {
        b'"' | b'\'' => Ok(pos + 1),
        b'\t' | b'\n' | b'\r' => {
            *is_plain = false;
            Ok(pos + 1)
        }
        b'&' => {
            *is_plain = false;
            let rest = &text[pos + 1..];
            match rest.find([';', '&', '<', '"', '\'']) {
                Some(len) if rest.as_bytes()[len] == b';' => {
                    reference::resolve(&rest[..len], pos)?;
                    Ok(pos + 1 + len + 1)
                }
                Some(_) => Err(Error::new(ErrorKind::MalformedReference, pos)),
                None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
            }
        }
        b'<' => Err(Error::new(ErrorKind::LessThanInValue, pos)),
        _ => match text[pos..].chars().next() {
            Some(c) if is_xml_char(c) => Ok(pos + c.len_utf8()),
            _ => Err(Error::new(ErrorKind::InvalidCharacter, pos)),
        },
    }
}

/// Attribute-value normalisation, XML 1.0 section 3.3.3, of a CDATA attribute that was scanned.
fn normalise(written: &str) -> String {
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        value.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(reference) = rest.strip_prefix('&') {
            let (name, after) = reference.split_once(';').expect("a reference was scanned");
            value.push(reference::resolve(name, 0).expect("a reference was resolved"));
            rest = after;
        } else {
            value.push(' ');
            rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
        }
    }
    value.push_str(rest);
    value
}
