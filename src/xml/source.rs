//! Where markup begins and ends: quick-xml's tokens, as kinds and spans.
//!
//! The only file that knows quick-xml. Everything above works on the spans, so another tokenizer
//! can take its place.

use quick_xml::Reader;
use quick_xml::events::Event;

/// What a span of the document is, by its delimiters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `<name …>`
    Start,
    /// `<name …/>`
    Empty,
    /// `</name>`
    End,
    /// Character data up to the next `<` or `&`.
    Text,
    /// `&…;`
    Reference,
    /// `<![CDATA[…]]>`
    CData,
    /// `<!--…-->`
    Comment,
    /// `<?xml …?>`
    Declaration,
    /// `<?target …?>`
    Instruction,
    /// `<!DOCTYPE …>`
    Doctype,
    /// The end of the input.
    Eof,
    /// Something that starts here and is not a token; it reaches to the end of the input.
    Broken,
}

/// A stream of tokens over one document.
pub(super) struct Source<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
}

impl<'a> Source<'a> {
    /// Tokens of `text`, which has no byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        // The reader above keeps its own stack of open elements and reads the spans itself.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.trim_markup_names_in_closing_tags = false;
        Self { text, reader }
    }

    /// The next token with its first byte and the byte after its last.
    pub(super) fn next(&mut self) -> (Token, usize, usize) {
        let start = self.position();
        let token = match self.reader.read_event() {
            Ok(Event::Start(_)) => Token::Start,
            Ok(Event::Empty(_)) => Token::Empty,
            Ok(Event::End(_)) => Token::End,
            Ok(Event::Text(_)) => Token::Text,
            Ok(Event::GeneralRef(_)) => Token::Reference,
            Ok(Event::CData(_)) => Token::CData,
            Ok(Event::Comment(_)) => Token::Comment,
            Ok(Event::Decl(_)) => Token::Declaration,
            Ok(Event::PI(_)) => Token::Instruction,
            Ok(Event::DocType(_)) => Token::Doctype,
            Ok(Event::Eof) => Token::Eof,
            Err(_) => return (Token::Broken, start, self.text.len()),
        };
        (token, start, self.position())
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).expect("a position inside a slice")
    }
}
