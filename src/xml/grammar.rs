//! Which token may stand where: the well-formedness of a document as a whole.

use arrayvec::ArrayVec;

use super::chars::{self, SPACE, TextStop, first_invalid, is_xml_char};
use super::markup::{check_comment, check_instruction};
use super::namespace::{Namespace, Scope};
use super::scan::find;
use super::source::{Source, Token};
use super::span::Span;
use super::tag::{self, MAX_ATTRIBUTES, StartTag};
use super::{Error, ErrorKind, declaration, reference};

/// The deepest nesting of elements.
pub const MAX_DEPTH: usize = 16;

/// What the next token means to the element that is open.
pub(super) enum Event<'a> {
    Start,
    End,
    Text(Piece<'a>),
    Eof,
}

/// A part of an element's text.
pub(super) enum Piece<'a> {
    /// Every character of it means itself.
    Plain(&'a str),
    /// Its line ends are still to be normalised.
    Written(&'a str),
    /// What a reference stands for.
    Char(char),
}

/// Where a document has been read to. Offsets do not count a byte order mark.
pub(super) struct Grammar<'a, S> {
    pub(super) text: &'a str,
    source: S,
    /// Where the next token begins.
    pub(super) next: usize,
    /// Where the last token began.
    pub(super) last: usize,
    /// The names of the open elements, as written.
    open: ArrayVec<Span, MAX_DEPTH>,
    pub(super) scope: Scope,
    /// The element last opened.
    pub(super) current: StartTag,
    /// Its namespace.
    pub(super) namespace: Namespace,
    /// It was `<name/>`: its end comes next.
    end_is_due: bool,
    root_seen: bool,
}

impl<'a, S: Source<'a>> Grammar<'a, S> {
    /// Before the first token of `text`, which has no byte order mark.
    #[inline]
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            source: S::new(text),
            next: 0,
            last: 0,
            open: ArrayVec::new(),
            scope: Scope::new(),
            current: StartTag::new(),
            namespace: Namespace::NONE,
            end_is_due: false,
            root_seen: false,
        }
    }

    /// Goes on to what matters to the element that is open; its text only if `with_text`.
    pub(super) fn advance(&mut self, with_text: bool) -> Result<Event<'a>, Error> {
        self.step(with_text).map_err(|error| self.earliest(error))
    }

    /// Nothing that was accepted holds a character outside XML, but what `error` stopped at may,
    /// before the byte that it names.
    #[cold]
    fn earliest(&self, error: Error) -> Error {
        match first_invalid(&self.text[self.last..]).map(|at| self.last + at) {
            Some(at) if at <= error.offset => Error::new(ErrorKind::InvalidCharacter, at),
            _ => error,
        }
    }

    #[inline]
    fn step(&mut self, with_text: bool) -> Result<Event<'a>, Error> {
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
                    let Some(&open) = self.open.last() else {
                        return Err(Error::new(ErrorKind::UnmatchedEndTag, start));
                    };
                    self.next = tag::check_end(self.text, start, open)?;
                    self.close();
                    return Ok(Event::End);
                }
                Token::Text { end, plain } => {
                    self.next = end;
                    self.check_run(start, end, plain)?;
                    if with_text {
                        let run = &self.text[start..end];
                        let piece = if plain { Piece::Plain(run) } else { Piece::Written(run) };
                        return Ok(Event::Text(piece));
                    }
                }
                Token::Eof => return self.end_of_input(),
                other => {
                    let piece = self.rare(other, start)?;
                    if let Some(piece) = piece
                        && with_text
                    {
                        return Ok(Event::Text(piece));
                    }
                }
            }
        }
    }

    /// Opens the element whose tag starts at `start`.
    #[inline]
    fn open(&mut self, start: usize) -> Result<(), Error> {
        if self.open.is_empty() && self.root_seen {
            return Err(Error::new(ErrorKind::SecondRoot, start));
        }
        let usual = if S::IS_ORACLE { None } else { self.current.scan_usual(self.text, start) };
        (self.next, self.end_is_due) = match usual {
            Some(scanned) => scanned,
            None => self.current.scan(self.text, start)?,
        };
        self.root_seen = true;
        self.open
            .try_push(self.current.name.written())
            .map_err(|_| Error::new(ErrorKind::TooDeep, start))?;
        if self.current.has_declarations {
            self.declare()?;
        }
        let prefix = self.current.name.prefix;
        let undeclared = Error::new(ErrorKind::UndeclaredPrefix, start + 1);
        self.namespace = self.scope.resolve(self.text, prefix).ok_or(undeclared)?;
        if self.current.has_prefixes {
            self.check_attributes()?;
        }
        Ok(())
    }

    fn declare(&mut self) -> Result<(), Error> {
        for attribute in &self.current.attributes {
            if let Some(prefix) = attribute.declared_prefix() {
                self.scope.declare(self.text, prefix, attribute, self.open.len())?;
            }
        }
        Ok(())
    }

    /// Every prefix is declared, and no attribute is there twice under two prefixes.
    fn check_attributes(&self) -> Result<(), Error> {
        let text = self.text;
        let mut seen = ArrayVec::<(Namespace, &[u8]), MAX_ATTRIBUTES>::new();
        for attribute in &self.current.attributes {
            if !attribute.name.has_prefix() || attribute.declared_prefix().is_some() {
                continue;
            }
            let namespace = self
                .scope
                .resolve(text, attribute.name.prefix)
                .ok_or(Error::new(ErrorKind::UndeclaredPrefix, attribute.at()))?;
            let local = attribute.name.local.bytes(text);
            let is_there = seen.iter().any(|&(other, name)| {
                name == local && self.scope.uri(text, other) == self.scope.uri(text, namespace)
            });
            if is_there {
                return Err(Error::new(ErrorKind::DuplicateAttribute, attribute.at()));
            }
            seen.push((namespace, local));
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        self.scope.leave(self.open.len());
        self.open.pop();
    }

    /// Whether a run of character data may stand here.
    #[inline]
    fn check_run(&self, start: usize, end: usize, plain: bool) -> Result<(), Error> {
        if self.open.is_empty() {
            let at = chars::skip(self.text.as_bytes(), start, SPACE);
            if at < end {
                return Err(Error::new(ErrorKind::TextOutsideRoot, at));
            }
        } else if !plain {
            self.check_text(start, end)?;
        }
        Ok(())
    }

    /// Looks at every byte of a run that may not mean itself.
    fn check_text(&self, start: usize, end: usize) -> Result<(), Error> {
        let bytes = &self.text.as_bytes()[..end];
        let mut at = find::<TextStop>(bytes, start);
        while at < end {
            match bytes[at] {
                b']' if bytes[at..].starts_with(b"]]>") => {
                    return Err(Error::new(ErrorKind::CdataEndInText, at));
                }
                b'\r' | b']' => {}
                _ if self.text[at..].starts_with(is_xml_char) => {}
                _ => return Err(Error::new(ErrorKind::InvalidCharacter, at)),
            }
            at = find::<TextStop>(bytes, at + 1);
        }
        Ok(())
    }

    /// The tokens that few documents have. `None` for what is no part of an element's text.
    #[inline(never)]
    fn rare(&mut self, token: Token, start: usize) -> Result<Option<Piece<'a>>, Error> {
        match token {
            Token::CData(end) => {
                self.inside_root(start)?;
                self.check_characters(start, end)?;
                self.next = end;
                let content = &self.text[start + "<![CDATA[".len()..end - "]]>".len()];
                Ok(Some(Piece::Written(content)))
            }
            Token::Reference(end) => {
                self.inside_root(start)?;
                self.next = end;
                reference::resolve(&self.text[start + 1..end - 1], start)
                    .map(|c| Some(Piece::Char(c)))
            }
            Token::Comment(end) => {
                check_comment(&self.text[start..end], start)?;
                self.check_characters(start, end)?;
                self.next = end;
                Ok(None)
            }
            Token::Instruction(end) => {
                check_instruction(&self.text[start..end], start)?;
                self.check_characters(start, end)?;
                self.next = end;
                Ok(None)
            }
            Token::Declaration(end) if start == 0 => {
                self.next = end;
                declaration::check(self.text, end)?;
                Ok(None)
            }
            Token::Declaration(_) => Err(Error::new(ErrorKind::MisplacedDeclaration, start)),
            Token::Doctype => Err(Error::new(ErrorKind::Doctype, start)),
            _ => Err(self.diagnose(start)),
        }
    }

    fn check_characters(&self, start: usize, end: usize) -> Result<(), Error> {
        match first_invalid(&self.text[start..end]) {
            None => Ok(()),
            Some(at) => Err(Error::new(ErrorKind::InvalidCharacter, start + at)),
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

    /// What is wrong with the markup at `start`, of which the source made no token. Where more input
    /// could have made it right, it is that there is no more.
    #[cold]
    fn diagnose(&self, start: usize) -> Error {
        let span = &self.text[start..];
        let found = if let Some(reference) = span.strip_prefix('&') {
            self.inside_root(start).and(match reference.find([';', '&', '<']) {
                Some(_) => Err(Error::new(ErrorKind::MalformedReference, start)),
                None => Ok(()),
            })
        } else if ["<!-", "<![CDATA", "<!DOCTYP"].iter().any(|open| open.starts_with(span)) {
            Ok(())
        } else if span.starts_with("<!--") {
            check_comment(span, start)
        } else if declaration::begins(span.as_bytes()) {
            match start {
                0 => Ok(()),
                _ => Err(Error::new(ErrorKind::MisplacedDeclaration, start)),
            }
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
                Some(&open) => tag::check_end(self.text, start, open).map(drop),
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
