//! Where tokens begin and end.

use super::chars::TextStop;
use super::declaration;
use super::scan::find;

/// What begins at a place, by its first bytes alone, and where it ends. Tags end where scanning
/// them from left to right ends, so that is not said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `<name …>` or `<name …/>`
    Start,
    /// `</name>`
    End,
    /// Character data up to the next `<` or `&`.
    Text {
        /// The byte after it.
        end: usize,
        /// Whether it is known to mean itself: without `]`, carriage returns and characters that
        /// XML does not have.
        plain: bool,
    },
    /// `&…;`
    Reference(usize),
    /// `<![CDATA[…]]>`
    CData(usize),
    /// `<!--…-->`
    Comment(usize),
    /// `<?xml …?>`
    Declaration(usize),
    /// `<?target …?>`
    Instruction(usize),
    /// `<!DOCTYPE …`
    Doctype,
    /// The end of the input.
    Eof,
    /// Something that is no token; it reaches to the end of the input.
    Broken,
}

/// A stream of tokens over one document.
pub trait Source<'a> {
    /// Whether the reader is to do without shortcuts, so that it can tell whether they are right.
    const IS_ORACLE: bool = false;

    /// Tokens of `text`, which has no byte order mark.
    fn new(text: &'a str) -> Self;

    /// The token at `at`, which is the end of the last one.
    fn next(&mut self, at: usize) -> Token;
}

/// Our own tokens: it looks at each byte once.
pub struct Scanner<'a> {
    text: &'a str,
}

impl<'a> Source<'a> for Scanner<'a> {
    fn new(text: &'a str) -> Self {
        Self { text }
    }

    #[inline]
    fn next(&mut self, at: usize) -> Token {
        let bytes = self.text.as_bytes();
        match bytes.get(at) {
            None => Token::Eof,
            Some(b'<') => match bytes.get(at + 1) {
                Some(b'/') => Token::End,
                Some(b'!') => self.bang(at),
                Some(b'?') => self.instruction(at),
                Some(_) => Token::Start,
                None => Token::Broken,
            },
            Some(b'&') => self.reference(at),
            Some(_) => text_run(bytes, at),
        }
    }
}

#[inline]
fn text_run(bytes: &[u8], at: usize) -> Token {
    let mut plain = true;
    let mut end = at;
    loop {
        end = find::<TextStop>(bytes, end);
        match bytes.get(end) {
            None | Some(b'<' | b'&') => return Token::Text { end, plain },
            Some(_) => {
                plain = false;
                end += 1;
            }
        }
    }
}

impl Scanner<'_> {
    fn reference(&self, at: usize) -> Token {
        let rest = &self.text[at + 1..];
        match rest.find([';', '&', '<']) {
            Some(len) if rest.as_bytes()[len] == b';' => Token::Reference(at + 1 + len + 1),
            _ => Token::Broken,
        }
    }

    fn bang(&self, at: usize) -> Token {
        let rest = &self.text[at..];
        let closed = |open: &str, close: &str, token: fn(usize) -> Token| {
            rest[open.len()..]
                .find(close)
                .map_or(Token::Broken, |len| token(at + open.len() + len + close.len()))
        };
        if rest.starts_with("<!--") {
            closed("<!--", "-->", Token::Comment)
        } else if rest.starts_with("<![CDATA[") {
            closed("<![CDATA[", "]]>", Token::CData)
        } else if rest.starts_with("<!DOCTYPE") {
            Token::Doctype
        } else {
            Token::Broken
        }
    }

    fn instruction(&self, at: usize) -> Token {
        let rest = &self.text.as_bytes()[at..];
        let inside = &rest["<?".len()..];
        let is_end = |&close: &usize| close > 0 && inside[close - 1] == b'?';
        let Some(close) = memchr::memchr_iter(b'>', inside).find(is_end) else {
            return Token::Broken;
        };
        let end = at + "<?".len() + close + 1;
        if declaration::begins(rest) { Token::Declaration(end) } else { Token::Instruction(end) }
    }
}
