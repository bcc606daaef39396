//! quick-xml's tokens: a second source under the same reader, and the oracle of the first.

use quick_xml::events::Event;

use super::source::{Source, Token};

/// quick-xml's events, of which only kind and end count.
pub struct QuickXml<'a> {
    reader: quick_xml::Reader<&'a [u8]>,
}

impl<'a> Source<'a> for QuickXml<'a> {
    const IS_ORACLE: bool = true;

    fn new(text: &'a str) -> Self {
        let mut reader = quick_xml::Reader::from_str(text);
        let config = reader.config_mut();
        // The reader above keeps its own stack of open elements and reads the spans itself.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.trim_markup_names_in_closing_tags = false;
        Self { reader }
    }

    fn next(&mut self, at: usize) -> Token {
        debug_assert_eq!(self.position(), at, "both see the same tokens");
        let event = self.reader.read_event();
        let end = self.position();
        match event {
            Ok(Event::Start(_) | Event::Empty(_)) => Token::Start,
            Ok(Event::End(_)) => Token::End,
            Ok(Event::Text(_)) => Token::Text { end, plain: false },
            Ok(Event::GeneralRef(_)) => Token::Reference(end),
            Ok(Event::CData(_)) => Token::CData(end),
            Ok(Event::Comment(_)) => Token::Comment(end),
            Ok(Event::Decl(_)) => Token::Declaration(end),
            Ok(Event::PI(_)) => Token::Instruction(end),
            Ok(Event::DocType(_)) => Token::Doctype,
            Ok(Event::Eof) => Token::Eof,
            Err(_) => Token::Broken,
        }
    }
}

impl QuickXml<'_> {
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).expect("a position inside a slice")
    }
}
