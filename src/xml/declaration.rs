//! The XML declaration: XML 1.0 sections 2.8, 2.9 and 4.3.3.

use super::chars::is_space;
use super::{Error, ErrorKind};

/// What nearly every document begins with.
const USUAL: [&str; 3] = [
    "<?xml version=\"1.0\"?>",
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
];

/// Whether a declaration begins there, not another instruction.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"<?xml").is_some_and(|after| {
        after.starts_with(b"?>") || after.first().is_some_and(|&b| is_space(b))
    })
}

/// Checks `<?xml …?>` at the start of `text` and that its encoding is one we read.
pub(super) fn check(text: &str, end: usize) -> Result<(), Error> {
    if USUAL.contains(&&text[..end]) {
        return Ok(());
    }
    let mut cursor = Cursor { text, pos: "<?xml".len(), end: end - "?>".len() };
    let (version, at) = cursor
        .pseudo_attribute("version")?
        .ok_or(Error::new(ErrorKind::MalformedDeclaration, cursor.pos))?;
    // Fifth edition: a 1.0 processor reads any 1.x as 1.0.
    let minor = version.strip_prefix("1.").unwrap_or("");
    if minor.is_empty() || !minor.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::new(ErrorKind::MalformedDeclaration, at));
    }
    if let Some((encoding, at)) = cursor.pseudo_attribute("encoding")? {
        check_encoding(text, encoding, at)?;
    }
    if let Some((standalone, at)) = cursor.pseudo_attribute("standalone")?
        && !matches!(standalone, "yes" | "no")
    {
        return Err(Error::new(ErrorKind::MalformedDeclaration, at));
    }
    cursor.skip_space();
    if cursor.pos == cursor.end {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::MalformedDeclaration, cursor.pos))
    }
}

fn check_encoding(text: &str, encoding: &str, at: usize) -> Result<(), Error> {
    if encoding.eq_ignore_ascii_case("utf-8") {
        return Ok(());
    }
    if !encoding.eq_ignore_ascii_case("us-ascii") && !encoding.eq_ignore_ascii_case("ascii") {
        return Err(Error::new(ErrorKind::UnsupportedEncoding, at));
    }
    match text.bytes().position(|b| !b.is_ascii()) {
        None => Ok(()),
        Some(at) => Err(Error::new(ErrorKind::InvalidCharacter, at)),
    }
}

struct Cursor<'a> {
    text: &'a str,
    pos: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        while self.pos < self.end && is_space(self.text.as_bytes()[self.pos]) {
            self.pos += 1;
        }
    }

    /// Reads ` name = "value"` if `name` comes next; gives the value and its offset.
    fn pseudo_attribute(&mut self, name: &str) -> Result<Option<(&'a str, usize)>, Error> {
        let before = self.pos;
        self.skip_space();
        if self.pos == before || !self.text[self.pos..self.end].starts_with(name) {
            self.pos = before;
            return Ok(None);
        }
        self.pos += name.len();
        self.skip_space();
        let malformed = |at| Error::new(ErrorKind::MalformedDeclaration, at);
        if self.text.as_bytes()[self.pos..self.end].first() != Some(&b'=') {
            return Err(malformed(self.pos));
        }
        self.pos += 1;
        self.skip_space();
        let quote = match self.text.as_bytes()[self.pos..self.end].first() {
            Some(&quote @ (b'"' | b'\'')) => char::from(quote),
            _ => return Err(malformed(self.pos)),
        };
        let at = self.pos + 1;
        let len = self.text[at..self.end].find(quote).ok_or(malformed(self.end))?;
        self.pos = at + len + 1;
        Ok(Some((&self.text[at..at + len], at)))
    }
}
