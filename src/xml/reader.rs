//! The strict reader: a cursor over the elements of one small document.

use std::borrow::Cow;

use super::grammar::{Event, Grammar, Piece};
use super::source::{Scanner, Source};
use super::span::MAX_TEXT;
use super::{Error, ErrorKind};

/// The size up to which [`Reader::new`] takes bytes for a document.
pub const DEFAULT_MAX_BYTES: usize = 64 * 1024;

/// Bytes to be read as a document, and how many they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    bytes: &'a [u8],
    max_bytes: usize,
}

impl<'a> Document<'a> {
    /// A document of up to `max_bytes`, 4 GiB at most.
    #[must_use]
    #[inline]
    pub const fn within(max_bytes: usize, bytes: &'a [u8]) -> Self {
        Self { bytes, max_bytes }
    }
}

/// A document of up to [`DEFAULT_MAX_BYTES`].
impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Document<'a> {
    #[inline]
    fn from(bytes: &'a T) -> Self {
        Self::within(DEFAULT_MAX_BYTES, bytes.as_ref())
    }
}

const BOM: &str = "\u{FEFF}";

/// Reads one document in order, element by element.
///
/// It accepts exactly the well-formed, namespace-well-formed XML 1.0 documents in UTF-8 or
/// US-ASCII that have no DOCTYPE and stay within the limits. What the caller passes over with
/// [`skip`](Self::skip) is checked like the rest, and [`finish`](Self::finish) checks what follows
/// the root: a document is only accepted once `finish` has returned `Ok`.
///
/// ```
/// use gander::xml::Reader;
///
/// let mut doc = Reader::new(b"<out><code>00</code><more/></out>")?;
/// doc.root()?;
/// let mut code = None;
/// while doc.child()? {
///     if doc.is("", "code") {
///         code = Some(doc.text()?);
///     } else {
///         doc.skip()?;
///     }
/// }
/// doc.finish()?;
/// assert_eq!(code.as_deref(), Some("00"));
/// # Ok::<(), gander::xml::Error>(())
/// ```
pub struct Reader<'a, S = Scanner<'a>> {
    /// Bytes of the byte order mark before the text.
    base: usize,
    grammar: Grammar<'a, S>,
}

/// The text of a document and the length of the byte order mark before it.
#[inline]
fn decode(bytes: &[u8], max_bytes: usize) -> Result<(usize, &str), Error> {
    let max_bytes = max_bytes.min(MAX_TEXT);
    if bytes.len() > max_bytes {
        return Err(Error::new(ErrorKind::TooLarge, max_bytes));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) => {
            return Err(Error::new(ErrorKind::UnsupportedEncoding, 0));
        }
        Err(error) => return Err(Error::new(ErrorKind::InvalidUtf8, error.valid_up_to())),
    };
    let Some(rest) = text.strip_prefix(BOM) else {
        return Ok((0, text));
    };
    if rest.starts_with(BOM) {
        return Err(Error::new(ErrorKind::TextOutsideRoot, BOM.len()));
    }
    Ok((BOM.len(), rest))
}

impl<'a> Reader<'a> {
    /// A reader before the root of a document; of bytes alone, which may be up to 64 KiB long.
    ///
    /// # Errors
    /// When the bytes are too many or not UTF-8.
    #[inline]
    pub fn new(document: impl Into<Document<'a>>) -> Result<Self, Error> {
        let Document { bytes, max_bytes } = document.into();
        Self::with_limit(bytes, max_bytes)
    }
}

impl<'a, S: Source<'a>> Reader<'a, S> {
    /// As [`new`](Reader::new), for up to `max_bytes` (4 GiB at most) and on any source of tokens.
    ///
    /// # Errors
    /// As [`new`](Reader::new).
    #[inline]
    pub fn with_limit(bytes: &'a [u8], max_bytes: usize) -> Result<Self, Error> {
        let (base, text) = decode(bytes, max_bytes)?;
        Ok(Self { base, grammar: Grammar::new(text) })
    }

    /// Goes to the root element.
    ///
    /// # Errors
    /// When what precedes it, or its tag, is not acceptable.
    pub fn root(&mut self) -> Result<(), Error> {
        match self.next(false)? {
            Event::Start => Ok(()),
            _ => Err(self.error(ErrorKind::NoRoot, self.grammar.text.len())),
        }
    }

    /// Goes into the next child of the open element; `false` where the element ends instead,
    /// which closes it. Text between the children is checked and passed over.
    ///
    /// # Errors
    /// When what is read is not acceptable.
    pub fn child(&mut self) -> Result<bool, Error> {
        Ok(matches!(self.next(false)?, Event::Start))
    }

    /// The whole text of the open element, and closes it. White space is kept, line ends are
    /// normalised, comments inside are left out. Borrowed unless it was written in pieces.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedElement`] where an element stands in the text, and whatever is
    /// wrong with the XML.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Error> {
        let mut value = Cow::Borrowed("");
        loop {
            match self.next(true)? {
                Event::Text(Piece::Char(c)) => value.to_mut().push(c),
                Event::Text(piece) => {
                    let run = match piece {
                        Piece::Written(run) => normalise_lines(run),
                        Piece::Plain(run) => Cow::Borrowed(run),
                        Piece::Char(_) => unreachable!("taken above"),
                    };
                    if value.is_empty() {
                        value = run;
                    } else {
                        value.to_mut().push_str(&run);
                    }
                }
                Event::Start => return Err(self.unexpected()),
                Event::End | Event::Eof => return Ok(value),
            }
        }
    }

    /// Reads to the end of the open element, checking everything on the way, and closes it.
    ///
    /// # Errors
    /// When what is read is not acceptable.
    pub fn skip(&mut self) -> Result<(), Error> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next(false)? {
                Event::Start => depth += 1,
                Event::End => depth -= 1,
                Event::Text(_) => {}
                Event::Eof => break,
            }
        }
        Ok(())
    }

    /// Checks the rest of the document, of which the root may still be open.
    ///
    /// # Errors
    /// When what is read is not acceptable.
    pub fn finish(&mut self) -> Result<(), Error> {
        while !matches!(self.next(false)?, Event::Eof) {}
        Ok(())
    }

    /// Whether the element last opened is `local` in `namespace` (empty: in none).
    #[must_use]
    #[inline]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        let Grammar { text, current, scope, namespace: own, .. } = &self.grammar;
        current.name.local.is(text, local) && scope.is(text, *own, namespace)
    }

    /// The local name of the element last opened.
    #[must_use]
    pub fn local_name(&self) -> &'a str {
        self.grammar.current.name.local.of(self.grammar.text)
    }

    /// The namespace of the element last opened; empty if it is in none. To be asked before a
    /// child is opened or the element is closed.
    #[must_use]
    pub fn namespace(&self) -> Cow<'a, str> {
        self.grammar.scope.uri(self.grammar.text, self.grammar.namespace)
    }

    /// The value of the attribute `local` in `namespace` (empty: in none) of the element last
    /// opened.
    #[must_use]
    pub fn attribute(&self, namespace: &str, local: &str) -> Option<Cow<'a, str>> {
        let Grammar { text, current, scope, .. } = &self.grammar;
        let found = current.attributes.iter().find(|attribute| {
            let name = attribute.name;
            // An unprefixed attribute is in no namespace, whatever the default is.
            name.local.is(text, local)
                && name.has_prefix() != namespace.is_empty()
                && attribute.declared_prefix().is_none()
                && (!name.has_prefix()
                    || scope
                        .resolve(text, name.prefix)
                        .is_some_and(|found| scope.is(text, found, namespace)))
        });
        found.map(|attribute| attribute.value.of(text))
    }

    /// The byte after what was read last: after a start tag, where its content begins.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.base + self.grammar.next
    }

    /// An error that says the element last opened does not belong here.
    #[must_use]
    pub fn unexpected(&self) -> Error {
        self.error(ErrorKind::UnexpectedElement, self.grammar.current.at)
    }

    /// An error that says `name` should have come before what was read last.
    #[must_use]
    pub fn missing(&self, name: &'static str) -> Error {
        self.error(ErrorKind::Missing(name), self.grammar.last)
    }

    /// An error that says the element last opened was there already.
    #[must_use]
    pub fn repeated(&self, name: &'static str) -> Error {
        self.error(ErrorKind::Repeated(name), self.grammar.current.at)
    }

    fn error(&self, kind: ErrorKind, at: usize) -> Error {
        Error::new(kind, self.base + at)
    }

    #[inline]
    fn next(&mut self, with_text: bool) -> Result<Event<'a>, Error> {
        self.grammar
            .advance(with_text)
            .map_err(|error| self.error(error.kind, error.offset))
    }
}

/// End-of-line handling, XML 1.0 section 2.11.
fn normalise_lines(run: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', run.as_bytes()).is_none() {
        return Cow::Borrowed(run);
    }
    Cow::Owned(run.replace("\r\n", "\n").replace('\r', "\n"))
}
