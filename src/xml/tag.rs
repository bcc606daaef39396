//! Scanning one tag from left to right, so that an error names the first wrong byte.

use arrayvec::ArrayVec;

use super::chars::{self, NAME, NAME_START, SPACE, ValueStop, ncname_end};
use super::scan::find;
use super::span::Span;
use super::value::Value;
use super::{Error, ErrorKind};

/// The most attributes, namespace declarations included, that one element may have.
pub const MAX_ATTRIBUTES: usize = 16;

/// `prefix:local` as written; the prefix is empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QName {
    pub(super) prefix: Span,
    pub(super) local: Span,
}

impl QName {
    /// The name with its prefix.
    #[inline]
    pub(super) const fn written(self) -> Span {
        Span::new(self.prefix.start(), self.local.end())
    }

    /// Whether it has a prefix.
    #[inline]
    pub(super) const fn has_prefix(self) -> bool {
        !self.prefix.is_empty()
    }
}

/// An attribute as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub(super) name: QName,
    pub(super) value: Value,
    is_declaration: bool,
}

impl Attribute {
    #[inline]
    fn new(text: &str, name: QName, value: Value) -> Self {
        let xmlns = if name.has_prefix() { name.prefix } else { name.local };
        Self { name, value, is_declaration: xmlns.is(text, "xmlns") }
    }

    /// The prefix that it declares, which is empty for the default namespace; `None` if it is an
    /// ordinary attribute.
    #[inline]
    pub(super) fn declared_prefix(&self) -> Option<Span> {
        let declared = if self.name.has_prefix() { self.name.local } else { self.name.prefix };
        self.is_declaration.then_some(declared)
    }

    /// Offset of the name.
    pub(super) const fn at(&self) -> usize {
        self.name.written().start()
    }
}

/// A start or empty tag as written.
#[derive(Clone, Debug)]
pub(super) struct StartTag {
    pub(super) name: QName,
    pub(super) attributes: ArrayVec<Attribute, MAX_ATTRIBUTES>,
    /// Whether one of the attributes declares a namespace.
    pub(super) has_declarations: bool,
    /// Whether one of the others has a prefix.
    pub(super) has_prefixes: bool,
    /// Offset of the `<`.
    pub(super) at: usize,
}

impl StartTag {
    /// A tag to be filled by [`scan`](Self::scan).
    pub(super) fn new() -> Self {
        Self {
            name: QName::default(),
            attributes: ArrayVec::new(),
            has_declarations: false,
            has_prefixes: false,
            at: 0,
        }
    }

    /// As [`scan`](Self::scan), where the tag is written as nearly all are: names in ASCII, values
    /// in double quotes in which every character means itself. `None` for all others, right or
    /// wrong: what this takes, `scan` takes alike.
    #[inline]
    pub(super) fn scan_usual(&mut self, text: &str, at: usize) -> Option<(usize, bool)> {
        let bytes = text.as_bytes();
        self.name = usual_qname(bytes, at + 1)?;
        self.at = at;
        self.attributes.clear();
        (self.has_declarations, self.has_prefixes) = (false, false);
        let mut pos = self.name.written().end();
        loop {
            match *bytes.get(pos)? {
                b'>' => return Some((pos + 1, false)),
                b'/' if *bytes.get(pos + 1)? == b'>' => return Some((pos + 2, true)),
                b' ' | b'\n' => pos += 1,
                _ => return None,
            }
            pos = chars::skip(bytes, pos, SPACE);
            if !chars::is(*bytes.get(pos)?, NAME_START) {
                continue;
            }
            let name = usual_qname(bytes, pos)?;
            let name_end = name.written().end();
            let value_at = name_end + "=\"".len();
            if bytes.get(name_end..value_at)? != b"=\"" {
                return None;
            }
            let end = find::<ValueStop>(bytes, value_at);
            if *bytes.get(end)? != b'"' {
                return None;
            }
            self.add(text, name, Value::plain(value_at, end)).ok()?;
            pos = end + 1;
        }
    }

    /// Reads the start or empty tag whose `<` is at `at` into this one; gives the byte after it,
    /// and whether it is empty. In place, since a tag with room for its attributes is large.
    #[cold]
    pub(super) fn scan(&mut self, text: &str, at: usize) -> Result<(usize, bool), Error> {
        let (name, mut pos) = scan_qname(text, at + 1)?;
        self.name = name;
        self.at = at;
        self.attributes.clear();
        (self.has_declarations, self.has_prefixes) = (false, false);
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
    fn scan_attribute(&mut self, text: &str, at: usize) -> Result<usize, Error> {
        let bytes = text.as_bytes();
        let (name, mut pos) = scan_qname(text, at)?;
        // Where the input ends, a name may be the beginning of another.
        if pos < text.len() && self.has(text, name) {
            return Err(Error::new(ErrorKind::DuplicateAttribute, at));
        }
        pos = chars::skip(bytes, pos, SPACE);
        if bytes.get(pos) == Some(&b'=') {
            pos = chars::skip(bytes, pos + 1, SPACE);
            if let Some(b'"' | b'\'') = bytes.get(pos) {
                let (value, end) = Value::scan(text, pos)?;
                self.add(text, name, value).map_err(|kind| Error::new(kind, at))?;
                return Ok(end);
            }
        }
        let is_end = pos == text.len();
        let kind = if is_end { ErrorKind::UnexpectedEnd } else { ErrorKind::MissingValue };
        Err(Error::new(kind, pos))
    }

    /// Whether an attribute is written like `name`.
    fn has(&self, text: &str, name: QName) -> bool {
        let written = name.written();
        self.attributes.iter().any(|a| a.name.written().same(text, written))
    }

    #[inline]
    fn add(&mut self, text: &str, name: QName, value: Value) -> Result<(), ErrorKind> {
        if self.has(text, name) {
            return Err(ErrorKind::DuplicateAttribute);
        }
        let attribute = Attribute::new(text, name, value);
        self.has_declarations |= attribute.is_declaration;
        self.has_prefixes |= !attribute.is_declaration && name.has_prefix();
        self.attributes.try_push(attribute).map_err(|_| ErrorKind::TooManyAttributes)
    }
}

/// Checks the end tag whose `</` is at `at` against the name of the open element; gives the byte
/// after it.
#[inline]
pub(super) fn check_end(text: &str, at: usize, open: Span) -> Result<usize, Error> {
    let open = open.bytes(text);
    let name_at = at + "</".len();
    // Nearly always it is just the name and `>`.
    if let Some(rest) = text.as_bytes().get(name_at..)
        && rest.get(open.len()) == Some(&b'>')
        && rest.starts_with(open)
    {
        return Ok(name_at + open.len() + 1);
    }
    check_unusual_end(text, name_at, open)
}

/// As [`check_end`], for one that has white space or is wrong.
#[cold]
fn check_unusual_end(text: &str, name_at: usize, open: &[u8]) -> Result<usize, Error> {
    let (_, name_end) = scan_qname(text, name_at)?;
    let name = &text.as_bytes()[name_at..name_end];
    let is_cut = name_end == text.len() && open.starts_with(name);
    if name != open && !is_cut {
        return Err(Error::new(ErrorKind::MismatchedEndTag, name_at));
    }
    let end = chars::skip(text.as_bytes(), name_end, SPACE);
    match text.as_bytes().get(end) {
        Some(b'>') => Ok(end + 1),
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(_) => Err(Error::new(ErrorKind::MalformedMarkup, end)),
    }
}

/// Reads `local` or `prefix:local` at `at`, where all of it is ASCII; `None` if it is not.
#[inline]
fn usual_qname(bytes: &[u8], at: usize) -> Option<QName> {
    let first_end = usual_ncname_end(bytes, at)?;
    let first = Span::new(at, first_end);
    if *bytes.get(first_end)? != b':' {
        return Some(QName { prefix: Span::new(at, at), local: first });
    }
    let end = usual_ncname_end(bytes, first_end + 1)?;
    Some(QName { prefix: first, local: Span::new(first_end + 1, end) })
}

/// The byte after the name at `at`, unless it may go on beyond ASCII.
#[inline]
fn usual_ncname_end(bytes: &[u8], at: usize) -> Option<usize> {
    if !chars::is(*bytes.get(at)?, NAME_START) {
        return None;
    }
    let end = chars::skip(bytes, at + 1, NAME);
    bytes.get(end)?.is_ascii().then_some(end)
}

/// Reads `local` or `prefix:local` at `at`; gives the byte after it.
fn scan_qname(text: &str, at: usize) -> Result<(QName, usize), Error> {
    let bytes = text.as_bytes();
    let first_end = ncname_end(text, at);
    if first_end == at {
        let kind = if at == text.len() { ErrorKind::UnexpectedEnd } else { ErrorKind::InvalidName };
        return Err(Error::new(kind, at));
    }
    let first = Span::new(at, first_end);
    if bytes.get(first_end) != Some(&b':') {
        return Ok((QName { prefix: Span::new(at, at), local: first }, first_end));
    }
    let local_at = first_end + 1;
    let end = ncname_end(text, local_at);
    match bytes.get(end) {
        None => Err(Error::new(ErrorKind::UnexpectedEnd, text.len())),
        Some(b':') => Err(Error::new(ErrorKind::InvalidName, end)),
        Some(_) if end == local_at => Err(Error::new(ErrorKind::InvalidName, local_at)),
        Some(_) => Ok((QName { prefix: first, local: Span::new(local_at, end) }, end)),
    }
}
