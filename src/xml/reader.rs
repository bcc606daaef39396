//! The strict reader: a cursor over the elements of one small document.

use std::borrow::Cow;

use arrayvec::ArrayVec;

use super::chars::{first_invalid, is_space};
use super::markup::{check_comment, check_instruction};
use super::namespace::{Namespace, Scope, declared_prefix};
use super::source::{Scanner, Source, Token};
use super::tag::{self, MAX_ATTRIBUTES, StartTag};
use super::{Error, ErrorKind, declaration, reference};

/// The deepest nesting of elements.
pub const MAX_DEPTH: usize = 16;

/// The size up to which [`Reader::new`] takes a document.
pub const DEFAULT_MAX_BYTES: usize = 64 * 1024;

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
    text: &'a str,
    /// Bytes of the byte order mark before `text`.
    base: usize,
    source: S,
    /// Where the next token begins.
    next: usize,
    /// The names of the open elements, as written.
    open: ArrayVec<&'a str, MAX_DEPTH>,
    scope: Scope<'a>,
    current: StartTag<'a>,
    /// The element just opened was `<name/>`: its end comes next.
    end_is_due: bool,
    root_seen: bool,
    /// Where the last token began.
    last: usize,
    /// The namespace of the element last opened.
    namespace: Namespace,
}

/// The text of a document and the length of the byte order mark before it.
fn decode(bytes: &[u8], max_bytes: usize) -> Result<(usize, &str), Error> {
    if bytes.len() > max_bytes {
        return Err(Error::new(ErrorKind::TooLarge, max_bytes));
    }
    if bytes.starts_with(&[0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE]) {
        return Err(Error::new(ErrorKind::UnsupportedEncoding, 0));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::new(ErrorKind::InvalidUtf8, error.valid_up_to()))?;
    if let Some(at) = first_invalid(text) {
        return Err(Error::new(ErrorKind::InvalidCharacter, at));
    }
    let Some(rest) = text.strip_prefix(BOM) else {
        return Ok((0, text));
    };
    if rest.starts_with(BOM) {
        return Err(Error::new(ErrorKind::TextOutsideRoot, BOM.len()));
    }
    Ok((BOM.len(), rest))
}

/// What the next token means to the element that is open.
enum Event<'a> {
    Start,
    End,
    Text(Piece<'a>),
    Eof,
}

enum Piece<'a> {
    /// As written; its line ends are still to be normalised where it holds a carriage return.
    Run(&'a str),
    Char(char),
}

impl<'a> Reader<'a> {
    /// A reader before the root of `bytes`, which may be up to 64 KiB long.
    ///
    /// # Errors
    /// When the bytes are too many, not UTF-8, or hold a character XML does not allow.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        Self::with_limit(bytes, DEFAULT_MAX_BYTES)
    }
}

impl<'a, S: Source<'a>> Reader<'a, S> {
    /// As [`new`](Reader::new), for up to `max_bytes` and on any source of tokens.
    ///
    /// # Errors
    /// As [`new`](Reader::new).
    pub fn with_limit(bytes: &'a [u8], max_bytes: usize) -> Result<Self, Error> {
        let (base, text) = decode(bytes, max_bytes)?;
        Ok(Self {
            text,
            base,
            source: S::new(text),
            next: 0,
            open: ArrayVec::new(),
            scope: Scope::default(),
            current: StartTag::new(),
            end_is_due: false,
            root_seen: false,
            last: 0,
            namespace: Namespace::NONE,
        })
    }

    /// Goes to the root element.
    ///
    /// # Errors
    /// When what precedes it, or its tag, is not acceptable.
    pub fn root(&mut self) -> Result<(), Error> {
        match self.next()? {
            Event::Start => Ok(()),
            Event::Eof | Event::End | Event::Text(_) => {
                Err(self.error(ErrorKind::NoRoot, self.text.len()))
            }
        }
    }

    /// Goes into the next child of the open element; `false` where the element ends instead,
    /// which closes it. Text between the children is checked and passed over.
    ///
    /// # Errors
    /// When what is read is not acceptable.
    pub fn child(&mut self) -> Result<bool, Error> {
        loop {
            match self.next()? {
                Event::Start => return Ok(true),
                Event::End | Event::Eof => return Ok(false),
                Event::Text(_) => {}
            }
        }
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
            match self.next()? {
                Event::Text(Piece::Run(run)) if value.is_empty() => value = normalise_lines(run),
                Event::Text(Piece::Run(run)) => value.to_mut().push_str(&normalise_lines(run)),
                Event::Text(Piece::Char(c)) => value.to_mut().push(c),
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
            match self.next()? {
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
        while !matches!(self.next()?, Event::Eof) {}
        Ok(())
    }

    /// Whether the element last opened is `local` in `namespace` (empty: in none).
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.current.name.local == local && self.namespace() == namespace
    }

    /// The local name of the element last opened.
    #[must_use]
    pub fn local_name(&self) -> &'a str {
        self.current.name.local
    }

    /// The namespace of the element last opened; empty if it is in none. To be asked before a
    /// child is opened or the element is closed.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.scope.uri(self.namespace)
    }

    /// Takes the value of the attribute `local` in `namespace` (empty: in none) from the element
    /// last opened.
    pub fn attribute(&mut self, namespace: &str, local: &str) -> Option<Cow<'a, str>> {
        let scope = &self.scope;
        self.current
            .attributes
            .iter_mut()
            .find(|a| {
                a.name.local == local
                    && declared_prefix(a).is_none()
                    && match a.name.prefix {
                        // An unprefixed attribute is in no namespace, whatever the default is.
                        "" => namespace.is_empty(),
                        prefix => scope.resolve(prefix).map(|n| scope.uri(n)) == Some(namespace),
                    }
            })
            .map(|a| std::mem::take(&mut a.value))
    }

    /// The byte after what was read last: after a start tag, where its content begins.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.base + self.next
    }

    /// An error that says the element last opened does not belong here.
    #[must_use]
    pub fn unexpected(&self) -> Error {
        self.error(ErrorKind::UnexpectedElement, self.current.at)
    }

    /// An error that says `name` should have come before what was read last.
    #[must_use]
    pub fn missing(&self, name: &'static str) -> Error {
        self.error(ErrorKind::Missing(name), self.last)
    }

    /// An error that says the element last opened was there already.
    #[must_use]
    pub fn repeated(&self, name: &'static str) -> Error {
        self.error(ErrorKind::Repeated(name), self.current.at)
    }

    fn error(&self, kind: ErrorKind, at: usize) -> Error {
        Error::new(kind, self.base + at)
    }

    fn next(&mut self) -> Result<Event<'a>, Error> {
        self.advance().map_err(|error| Error::new(error.kind, error.offset + self.base))
    }

    /// As `next`, with offsets that do not count the byte order mark.
    fn advance(&mut self) -> Result<Event<'a>, Error> {
        if self.end_is_due {
            self.end_is_due = false;
            self.close();
            return Ok(Event::End);
        }
        loop {
            let start = self.next;
            self.last = start;
            match self.source.next(start) {
                Token::Start => {
                    self.open(start)?;
                    return Ok(Event::Start);
                }
                Token::End => {
                    let Some(open) = self.open.last() else {
                        return Err(Error::new(ErrorKind::UnmatchedEndTag, start));
                    };
                    self.next = tag::check_end(self.text, start, open)?;
                    self.close();
                    return Ok(Event::End);
                }
                Token::Text { end, plain } => {
                    self.next = end;
                    if let Some(piece) = self.run(&self.text[start..end], start, plain)? {
                        return Ok(Event::Text(piece));
                    }
                }
                Token::CData(end) => {
                    self.inside_root(start)?;
                    self.next = end;
                    let content = &self.text[start + "<![CDATA[".len()..end - "]]>".len()];
                    return Ok(Event::Text(Piece::Run(content)));
                }
                Token::Reference(end) => {
                    self.inside_root(start)?;
                    self.next = end;
                    let c = reference::resolve(&self.text[start + 1..end - 1], start)?;
                    return Ok(Event::Text(Piece::Char(c)));
                }
                Token::Comment(end) => {
                    self.next = end;
                    check_comment(&self.text[start..end], start)?;
                }
                Token::Instruction(end) => {
                    self.next = end;
                    check_instruction(&self.text[start..end], start)?;
                }
                Token::Declaration(end) if start == 0 => {
                    self.next = end;
                    declaration::check(self.text, end)?;
                }
                Token::Declaration(_) => {
                    return Err(Error::new(ErrorKind::MisplacedDeclaration, start));
                }
                Token::Doctype => return Err(Error::new(ErrorKind::Doctype, start)),
                Token::Eof => return self.end_of_input(),
                Token::Broken => return Err(self.diagnose(start)),
            }
        }
    }

    /// Opens the element whose tag starts at `start`.
    fn open(&mut self, start: usize) -> Result<(), Error> {
        if self.open.is_empty() && self.root_seen {
            return Err(Error::new(ErrorKind::SecondRoot, start));
        }
        (self.next, self.end_is_due) = self.current.scan(self.text, start)?;
        self.root_seen = true;
        self.open
            .try_push(self.current.written)
            .map_err(|_| Error::new(ErrorKind::TooDeep, start))?;
        let depth = self.open.len();
        for attribute in &self.current.attributes {
            if let Some(prefix) = declared_prefix(attribute) {
                self.scope.declare(prefix, attribute, depth)?;
            }
        }
        self.check_prefixes()
    }

    /// Every prefix is declared, and no attribute is there twice under two prefixes.
    fn check_prefixes(&mut self) -> Result<(), Error> {
        let undeclared = |at| Error::new(ErrorKind::UndeclaredPrefix, at);
        let name = self.current.name;
        self.namespace = self.scope.resolve(name.prefix).ok_or(undeclared(self.current.at + 1))?;
        let mut seen = ArrayVec::<(&str, &str), MAX_ATTRIBUTES>::new();
        for attribute in &self.current.attributes {
            let prefix = attribute.name.prefix;
            if prefix.is_empty() || prefix == "xmlns" {
                continue;
            }
            let namespace = self.scope.resolve(prefix).ok_or(undeclared(attribute.at))?;
            let expanded = (self.scope.uri(namespace), attribute.name.local);
            if seen.contains(&expanded) {
                return Err(Error::new(ErrorKind::DuplicateAttribute, attribute.at));
            }
            seen.push(expanded);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.scope.leave(self.open.len());
        self.open.pop();
    }

    /// A run of character data: `None` for white space outside the root.
    fn run(&self, span: &'a str, start: usize, plain: bool) -> Result<Option<Piece<'a>>, Error> {
        if self.open.is_empty() {
            return match span.bytes().position(|b| !is_space(b)) {
                None => Ok(None),
                Some(at) => Err(Error::new(ErrorKind::TextOutsideRoot, start + at)),
            };
        }
        if plain {
            return Ok(Some(Piece::Run(span)));
        }
        match span.as_bytes().windows(3).position(|three| three == b"]]>") {
            Some(at) => Err(Error::new(ErrorKind::CdataEndInText, start + at)),
            None => Ok(Some(Piece::Run(span))),
        }
    }

    fn inside_root(&self, start: usize) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(Error::new(ErrorKind::TextOutsideRoot, start));
        }
        Ok(())
    }

    fn end_of_input(&self) -> Result<Event<'a>, Error> {
        if !self.open.is_empty() {
            return Err(Error::new(ErrorKind::UnclosedElement, self.text.len()));
        }
        if !self.root_seen {
            return Err(Error::new(ErrorKind::NoRoot, self.text.len()));
        }
        Ok(Event::Eof)
    }

    /// What is wrong with the markup at `start`, of which the source made no token.
    fn diagnose(&self, start: usize) -> Error {
        let span = &self.text[start..];
        let found = if span.starts_with('&') {
            Err(Error::new(
                if self.open.is_empty() {
                    ErrorKind::TextOutsideRoot
                } else {
                    ErrorKind::MalformedReference
                },
                start,
            ))
        } else if span.starts_with("<!--") {
            check_comment(span, start)
        } else if span.starts_with("<?") {
            check_instruction(span, start)
        } else if span.starts_with("<![CDATA[") {
            self.inside_root(start)
        } else if starts_with_ignore_case(span, "<!doctype") {
            Err(Error::new(ErrorKind::Doctype, start))
        } else if span.starts_with("<!") {
            Err(Error::new(ErrorKind::MalformedMarkup, start))
        } else if span.starts_with("</") {
            match self.open.last() {
                Some(open) => tag::check_end(self.text, start, open).map(drop),
                None => Err(Error::new(ErrorKind::UnmatchedEndTag, start)),
            }
        } else if self.open.is_empty() && self.root_seen {
            Err(Error::new(ErrorKind::SecondRoot, start))
        } else {
            StartTag::new().scan(self.text, start).map(drop)
        };
        found.err().unwrap_or(Error::new(ErrorKind::UnexpectedEnd, self.text.len()))
    }
}

fn starts_with_ignore_case(span: &str, prefix: &str) -> bool {
    span.as_bytes()
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// End-of-line handling, XML 1.0 section 2.11.
fn normalise_lines(run: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', run.as_bytes()).is_none() {
        return Cow::Borrowed(run);
    }
    Cow::Owned(run.replace("\r\n", "\n").replace('\r', "\n"))
}
