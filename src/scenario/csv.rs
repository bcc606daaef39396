//! CSV, read as strictly as RFC 4180 writes it.
//!
//! Two things are wider than the RFC: a row may end with any of LF, CRLF and CR, and a quotation
//! mark may stand inside a value that does not begin with one, where it has only one meaning.

use std::borrow::Cow;

/// A row of values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'t> {
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// Its values, at least one.
    pub(super) values: Vec<Cow<'t, str>>,
}

/// A text that is not CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CsvError {
    /// The line of the row or value at fault, from 1.
    pub(super) line: usize,
    /// What is wrong and what to write. It repeats nothing of the text.
    pub(super) message: &'static str,
}

const UNCLOSED: &str = "the quotation mark that opens a value here is never closed: write a value \
                        that begins with a quotation mark as \"\"\"value\"";
const TEXT_AFTER: &str = "text follows the closing quotation mark of the value that begins here: \
                          inside quotation marks, write \"\" for one of them";
const BLANK_BEFORE: &str = "a blank comes before the quotation mark of a value: remove the blank, \
                            or put the whole value in quotation marks";
const CONTROL: &str = "a control character: save the file as plain text in UTF-8";

const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// Reads the rows of `text`. Blank lines are skipped.
pub(super) fn rows(text: &str) -> Result<Vec<Row<'_>>, CsvError> {
    let is_stray = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    if let Some(at) = text.find(is_stray) {
        return Err(CsvError { line: 1 + line_ends(&text[..at]), message: CONTROL });
    }
    let mut reader = Reader { rest: text, line: 1 };
    let mut rows = Vec::new();
    while !reader.rest.is_empty() {
        rows.extend(reader.row()?);
    }
    Ok(rows)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    /// The next row; nothing if the line is blank.
    fn row(&mut self) -> Result<Option<Row<'t>>, CsvError> {
        let after_blanks = self.rest.trim_start_matches([' ', '\t']);
        if after_blanks.is_empty() || after_blanks.starts_with(LINE_ENDS) {
            self.rest = after_blanks;
            self.end_line();
            return Ok(None);
        }
        let mut row = Row { line: self.line, values: Vec::new() };
        loop {
            row.values.push(self.value()?);
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        self.end_line();
        Ok(Some(row))
    }

    /// Passes over one line end, if there is one.
    fn end_line(&mut self) {
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
        self.line += 1;
    }

    fn value(&mut self) -> Result<Cow<'t, str>, CsvError> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let end = self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        if value.trim_start().starts_with('"') {
            return Err(CsvError { line: self.line, message: BLANK_BEFORE });
        }
        self.rest = rest;
        Ok(Cow::Borrowed(value))
    }

    /// A value in quotation marks, which may go over several lines.
    fn quoted(&mut self) -> Result<Cow<'t, str>, CsvError> {
        let opened = self.line;
        let fail = |message| Err(CsvError { line: opened, message });
        let mut value = Cow::Borrowed("");
        loop {
            // Past the mark that opens the value, or past the first of two.
            let Some((piece, rest)) = self.rest[1..].split_once('"') else {
                return fail(UNCLOSED);
            };
            self.line += line_ends(piece);
            if value.is_empty() {
                value = Cow::Borrowed(piece);
            } else {
                value.to_mut().push_str(piece);
            }
            self.rest = rest;
            if !rest.starts_with('"') {
                break;
            }
            value.to_mut().push('"');
        }
        if !self.rest.is_empty() && !self.rest.starts_with([',', '\n', '\r']) {
            return fail(TEXT_AFTER);
        }
        Ok(value)
    }
}

/// How many lines end in `text`: CRLF is one end.
fn line_ends(text: &str) -> usize {
    let ends = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    ends - text.matches("\r\n").count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(usize, Vec<String>)> {
        let rows = rows(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
        let owned = |row: &Row<'_>| row.values.iter().map(ToString::to_string).collect();
        rows.iter().map(|row| (row.line, owned(row))).collect()
    }

    #[test]
    fn rows_are_read_with_their_lines() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n\r\n \t\n", &[]),
            ("a,b", &[(1, &["a", "b"][..])]),
            ("a,b\nc,d\n", &[(1, &["a", "b"]), (2, &["c", "d"])]),
            ("a\r\nb\r\n", &[(1, &["a"]), (2, &["b"])]),
            ("a\rb\r", &[(1, &["a"]), (2, &["b"])]),
            ("a\n\r\n\nb", &[(1, &["a"]), (4, &["b"])]),
            (",\n\"\"", &[(1, &["", ""]), (2, &[""])]),
            (" a , b ", &[(1, &[" a ", " b "])]),
            ("\"a,b\",\"c\"\"d\"", &[(1, &["a,b", "c\"d"])]),
            ("\"\"\"a\"\"\"", &[(1, &["\"a\""])]),
            ("\"\"\"\"", &[(1, &["\""])]),
            ("\"a\r\nb\rc\nd\",e\nf", &[(1, &["a\r\nb\rc\nd", "e"]), (5, &["f"])]),
            ("a\"b,c\"\n", &[(1, &["a\"b", "c\""])]),
            ("ä,\u{1F980}", &[(1, &["ä", "\u{1F980}"])]),
        ] {
            let expected: Vec<(usize, Vec<String>)> = expected
                .iter()
                .map(|(line, values)| (*line, values.iter().map(|&v| v.to_owned()).collect()))
                .collect();
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_has_no_single_meaning_is_refused() {
        for (text, line, message) in [
            ("\"", 1, UNCLOSED),
            ("a\nb,\"c\nd,e\n", 2, UNCLOSED),
            ("a\r\rb,\"\"\"c\r", 3, UNCLOSED),
            ("a\n\"b\"c\n", 2, TEXT_AFTER),
            ("a\n\"b\" ,c\n", 2, TEXT_AFTER),
            ("a\nb,\"c\nd,\"e\n", 2, TEXT_AFTER),
            ("a\n\"\"b\"\"\n", 2, TEXT_AFTER),
            ("\"x\ny\",z\nb, \"c\"\n", 3, BLANK_BEFORE),
            ("a\nb,\u{A0}\"c\"\n", 2, BLANK_BEFORE),
            ("a\nb\0\n", 2, CONTROL),
            ("a\r\nb\r\"\u{1B}[31m\"", 3, CONTROL),
        ] {
            assert_eq!(rows(text), Err(CsvError { line, message }), "{text:?}");
        }
    }

    proptest! {
        /// The writer of another library, and each end of lines that it can write.
        #[test]
        fn what_others_write_is_read(
            rows in prop::collection::vec(prop::collection::vec("[ab \",;\n\rя]{0,6}", 2..4), 1..6),
            always in any::<bool>(),
            crlf in any::<bool>(),
        ) {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
                .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("into memory");
            }
            let text = String::from_utf8(writer.into_inner().expect("into memory")).expect("UTF-8");
            let read: Vec<_> = read(&text).into_iter().map(|(_, values)| values).collect();
            prop_assert_eq!(read, rows, "{:?}", text);
        }
    }
}
