//! Scanning one tag from left to right, so that an error names the first wrong byte.

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::chars::{is_space, ncname_len};
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

/// Reads the start or empty tag whose `<` is at `at`.
pub(super) fn scan_start(text: &str, at: usize) -> Result<StartTag<'_>, Error> {
    let (name, mut pos) = scan_qname(text, at + 1)?;
    let mut tag = StartTag {
        name,
        written: &text[at + 1..pos],
        attributes: ArrayVec::new(),
        at,
    };
    let bytes = text.as_bytes();
    loop {
        let before = pos;
        pos = skip_space(bytes, pos);
        match bytes.get(pos) {
            None => return Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
            Some(b'>') => return Ok(tag),
            Some(b'/') => {
                return match bytes.get(pos + 1) {
                    Some(b'>') => Ok(tag),
                    None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
                    Some(_) => Err(Error::new(ErrorKind::MalformedMarkup, pos)),
                };
            }
            Some(_) if pos == before => {
                // Straight after the element's name it is the name that is wrong.
                let kind = if tag.attributes.is_empty() {
                    ErrorKind::InvalidName
                } else {
                    ErrorKind::MissingSpace
                };
                return Err(Error::new(kind, pos));
            }
            Some(_) => {
                let (attribute, end) = scan_attribute(text, pos)?;
                if tag.attributes.iter().any(|a| a.name == attribute.name) {
                    return Err(Error::new(ErrorKind::DuplicateAttribute, pos));
                }
                tag.attributes
                    .try_push(attribute)
                    .map_err(|_| Error::new(ErrorKind::TooManyAttributes, pos))?;
                pos = end;
            }
        }
    }
}

/// Checks the end tag whose `</` is at `at` against the name of the open element.
pub(super) fn check_end(text: &str, at: usize, open: &str) -> Result<(), Error> {
    let name_at = at + 2;
    let (_, name_end) = scan_qname(text, name_at)?;
    if &text[name_at..name_end] != open {
        return Err(Error::new(ErrorKind::MismatchedEndTag, name_at));
    }
    let end = skip_space(text.as_bytes(), name_end);
    match text.as_bytes().get(end) {
        Some(b'>') => Ok(()),
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(_) => Err(Error::new(ErrorKind::MalformedMarkup, end)),
    }
}

fn scan_attribute(text: &str, at: usize) -> Result<(RawAttribute<'_>, usize), Error> {
    let bytes = text.as_bytes();
    let end_of_input = || Error::new(ErrorKind::UnexpectedEnd, text.len());
    let (name, mut pos) = scan_qname(text, at)?;
    pos = skip_space(bytes, pos);
    match bytes.get(pos) {
        Some(b'=') => pos = skip_space(bytes, pos + 1),
        None => return Err(end_of_input()),
        Some(_) => return Err(Error::new(ErrorKind::MissingValue, pos)),
    }
    let quote = match bytes.get(pos) {
        Some(&quote @ (b'"' | b'\'')) => quote,
        None => return Err(end_of_input()),
        Some(_) => return Err(Error::new(ErrorKind::MissingValue, pos)),
    };
    let value_at = pos + 1;
    let mut plain = true;
    let mut end = value_at;
    loop {
        match bytes.get(end) {
            None => return Err(end_of_input()),
            Some(&b) if b == quote => break,
            Some(b'<') => return Err(Error::new(ErrorKind::LessThanInValue, end)),
            Some(b'&' | b'\t' | b'\n' | b'\r') => plain = false,
            Some(_) => {}
        }
        end += 1;
    }
    let value = if plain {
        Cow::Borrowed(&text[value_at..end])
    } else {
        Cow::Owned(normalise(text, value_at, end)?)
    };
    let attribute = RawAttribute { name, value, at, value_at };
    Ok((attribute, end + 1))
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
fn scan_qname(text: &str, at: usize) -> Result<(QName<'_>, usize), Error> {
    let first_end = at + ncname_len(&text[at..]);
    if first_end == at {
        let kind = if at == text.len() { ErrorKind::UnexpectedEnd } else { ErrorKind::InvalidName };
        return Err(Error::new(kind, at));
    }
    let first = &text[at..first_end];
    if text.as_bytes().get(first_end) != Some(&b':') {
        let name = QName { prefix: "", local: first };
        return Ok((name, first_end));
    }
    let local_at = first_end + 1;
    let end = local_at + ncname_len(&text[local_at..]);
    let local = &text[local_at..end];
    match text.as_bytes().get(end) {
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(b':') => Err(Error::new(ErrorKind::InvalidName, end)),
        Some(_) if local.is_empty() => Err(Error::new(ErrorKind::InvalidName, local_at)),
        Some(_) => {
            let name = QName { prefix: first, local };
            Ok((name, end))
        }
    }
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|&b| !is_space(b))
        .map_or(bytes.len(), |n| from + n)
}
