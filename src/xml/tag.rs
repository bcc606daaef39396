//! Scanning one tag from left to right, so that an error names the first wrong byte.

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::chars::{self, SPACE, ncname_end};
use super::reference;
use super::{Error, ErrorKind};

/// The most attributes, namespace declarations included, that one element may have.
pub const MAX_ATTRIBUTES: usize = 16;

/// `prefix:local` as written; the prefix is empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QName<'a> {
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
}

/// An attribute as written, its value with references resolved and white space normalised.
#[derive(Clone, Debug)]
pub(super) struct RawAttribute<'a> {
    pub(super) name: QName<'a>,
    pub(super) value: Cow<'a, str>,
    /// Offset of the name.
    pub(super) at: usize,
    /// Offset of the first byte inside the quotes.
    pub(super) value_at: usize,
}

/// A start or empty tag as written.
#[derive(Clone, Debug)]
pub(super) struct StartTag<'a> {
    pub(super) name: QName<'a>,
    /// The name with its prefix, as an end tag must repeat it.
    pub(super) written: &'a str,
    pub(super) attributes: ArrayVec<RawAttribute<'a>, MAX_ATTRIBUTES>,
    /// Offset of the `<`.
    pub(super) at: usize,
}

impl<'a> StartTag<'a> {
    /// A tag to be filled by [`scan`](Self::scan).
    pub(super) fn new() -> Self {
        Self {
            name: QName { prefix: "", local: "" },
            written: "",
            attributes: ArrayVec::new(),
            at: 0,
        }
    }

    /// Reads the start or empty tag whose `<` is at `at` into this one; gives the byte after it,
    /// and whether it is empty. In place, since a tag with room for its attributes is large.
    pub(super) fn scan(&mut self, text: &'a str, at: usize) -> Result<(usize, bool), Error> {
        let (name, mut pos) = scan_qname(text, at + 1)?;
        self.name = name;
        self.written = &text[at + 1..pos];
        self.at = at;
        self.attributes.clear();
        let bytes = text.as_bytes();
        loop {
            let before = pos;
            pos = chars::skip(bytes, pos, SPACE);
            match bytes.get(pos) {
                None => return Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
                Some(b'>') => return Ok((pos + 1, false)),
                Some(b'/') => {
                    return match bytes.get(pos + 1) {
                        Some(b'>') => Ok((pos + 2, true)),
                        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
                        Some(_) => Err(Error::new(ErrorKind::MalformedMarkup, pos)),
                    };
                }
                Some(_) if pos == before => {
                    // Straight after the element's name it is the name that is wrong.
                    let kind = if self.attributes.is_empty() {
                        ErrorKind::InvalidName
                    } else {
                        ErrorKind::MissingSpace
                    };
                    return Err(Error::new(kind, pos));
                }
                Some(_) => pos = self.scan_attribute(text, pos)?,
            }
        }
    }

    /// Reads the attribute at `at` into its place; gives the byte after it.
    #[inline]
    fn scan_attribute(&mut self, text: &'a str, at: usize) -> Result<usize, Error> {
        let bytes = text.as_bytes();
        let end_of_input = || Error::new(ErrorKind::UnexpectedEnd, text.len());
        let (name, mut pos) = scan_qname(text, at)?;
        if self.attributes.iter().any(|a| a.name == name) {
            return Err(Error::new(ErrorKind::DuplicateAttribute, at));
        }
        pos = chars::skip(bytes, pos, SPACE);
        match bytes.get(pos) {
            Some(b'=') => pos = chars::skip(bytes, pos + 1, SPACE),
            None => return Err(end_of_input()),
            Some(_) => return Err(Error::new(ErrorKind::MissingValue, pos)),
        }
        let quote = match bytes.get(pos) {
            Some(&quote @ (b'"' | b'\'')) => quote,
            None => return Err(end_of_input()),
            Some(_) => return Err(Error::new(ErrorKind::MissingValue, pos)),
        };
        let value_at = pos + 1;
        let rest = &bytes[value_at..];
        let len = memchr::memchr(quote, rest);
        let written = &rest[..len.unwrap_or(rest.len())];
        // Controls other than white space were refused before.
        let plain = written
            .iter()
            .fold(true, |plain, &b| plain & !matches!(b, 0..=0x1F | b'<' | b'&'));
        if !plain && let Some(at) = memchr::memchr(b'<', written) {
            return Err(Error::new(ErrorKind::LessThanInValue, value_at + at));
        }
        let end = value_at + len.ok_or_else(end_of_input)?;
        let value = if plain {
            Cow::Borrowed(&text[value_at..end])
        } else {
            Cow::Owned(normalise(text, value_at, end)?)
        };
        self.attributes
            .try_push(RawAttribute { name, value, at, value_at })
            .map_err(|_| Error::new(ErrorKind::TooManyAttributes, at))?;
        Ok(end + 1)
    }
}

/// Checks the end tag whose `</` is at `at` against the name of the open element; gives the byte
/// after it.
pub(super) fn check_end(text: &str, at: usize, open: &str) -> Result<usize, Error> {
    let name_at = at + 2;
    let bytes = text.as_bytes();
    let name_end = name_at + open.len();
    // Nearly always it is just the name and `>`.
    if bytes.get(name_end) == Some(&b'>') && &bytes[name_at..name_end] == open.as_bytes() {
        return Ok(name_end + 1);
    }
    let (_, name_end) = scan_qname(text, name_at)?;
    if &text[name_at..name_end] != open {
        return Err(Error::new(ErrorKind::MismatchedEndTag, name_at));
    }
    let end = chars::skip(bytes, name_end, SPACE);
    match bytes.get(end) {
        Some(b'>') => Ok(end + 1),
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(_) => Err(Error::new(ErrorKind::MalformedMarkup, end)),
    }
}

/// Attribute-value normalisation, XML 1.0 section 3.3.3, for a CDATA attribute.
fn normalise(text: &str, from: usize, to: usize) -> Result<String, Error> {
    let mut value = String::with_capacity(to - from);
    let mut pos = from;
    while pos < to {
        let rest = &text[pos..to];
        let special = rest.find(['&', '\t', '\n', '\r']).unwrap_or(rest.len());
        value.push_str(&rest[..special]);
        pos += special;
        match text.as_bytes()[pos..to].first() {
            None => break,
            Some(b'&') => {
                let end = text[pos..to]
                    .find(';')
                    .ok_or(Error::new(ErrorKind::MalformedReference, pos))?;
                value.push(reference::resolve(&text[pos + 1..pos + end], pos)?);
                pos += end + 1;
            }
            Some(b'\r') if text.as_bytes()[pos + 1..to].first() == Some(&b'\n') => {
                value.push(' ');
                pos += 2;
            }
            Some(_) => {
                value.push(' ');
                pos += 1;
            }
        }
    }
    Ok(value)
}

/// Reads `local` or `prefix:local` at `at`; gives the byte after it.
#[inline]
fn scan_qname(text: &str, at: usize) -> Result<(QName<'_>, usize), Error> {
    let first_end = ncname_end(text, at);
    if first_end == at {
        let kind = if at == text.len() { ErrorKind::UnexpectedEnd } else { ErrorKind::InvalidName };
        return Err(Error::new(kind, at));
    }
    let first = &text[at..first_end];
    if text.as_bytes().get(first_end) != Some(&b':') {
        return Ok((QName { prefix: "", local: first }, first_end));
    }
    let local_at = first_end + 1;
    let end = ncname_end(text, local_at);
    let local = &text[local_at..end];
    match text.as_bytes().get(end) {
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(b':') => Err(Error::new(ErrorKind::InvalidName, end)),
        Some(_) if local.is_empty() => Err(Error::new(ErrorKind::InvalidName, local_at)),
        Some(_) => Ok((QName { prefix: first, local }, end)),
    }
}
