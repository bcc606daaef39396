//! Byte offsets as people read them.

use std::fmt;

/// A spot in a text: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters (bytes where the line is not UTF-8), from 1.
    pub column: usize,
}

impl Position {
    /// The position of byte `offset` of `bytes`; past the end counts as the end.
    #[must_use]
    pub fn of(bytes: &[u8], offset: usize) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
        let column = match std::str::from_utf8(&before[line_start..]) {
            Ok(text) => text.chars().count(),
            Err(_) => before.len() - line_start,
        };
        Self {
            line: before.iter().filter(|&&b| b == b'\n').count() + 1,
            column: column + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let text = "ab\nимя\n".as_bytes();
        for (offset, at) in
            [(0, "1:1"), (2, "1:3"), (3, "2:1"), (5, "2:2"), (10, "3:1"), (99, "3:1")]
        {
            assert_eq!(Position::of(text, offset).to_string(), at, "byte {offset}");
        }
    }
}
