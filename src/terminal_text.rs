//! Texts as a terminal shows them: how wide they are, and without what would command it.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// `text` with its control characters, and those that turn the direction of what follows, escaped as
/// TOML has them. Line ends and tabs stay: what is printed has them between its own words.
#[must_use]
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| !matches!(c, '\n' | '\t') && is_command(c))
}

/// The same for what stands in one line.
#[must_use]
pub(crate) fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_command)
}

fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn escaped(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_bad(c) {
            let _ = write!(out, "\\u{:04X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// How many columns a line takes.
#[must_use]
pub(crate) fn width(line: &str) -> usize {
    line.width()
}

/// `line` in no more than `columns`, of which the last is an ellipsis where it is cut.
#[must_use]
pub(crate) fn cut(line: &str, columns: usize) -> Cow<'_, str> {
    if width(line) <= columns {
        return Cow::Borrowed(line);
    }
    let mut out = String::new();
    let mut left = columns.saturating_sub(1);
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if wide > left {
            break;
        }
        left -= wide;
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        for (text, shown, in_line) in [
            ("plain – ü\u{1F980}", "plain – ü\u{1F980}", "plain – ü\u{1F980}"),
            ("a\nb\tc", "a\nb\tc", "a\\u000Ab\\u0009c"),
            ("\u{1B}[31m\r\0", "\\u001B[31m\\u000D\\u0000", "\\u001B[31m\\u000D\\u0000"),
            ("\u{9B}2J\u{7F}", "\\u009B2J\\u007F", "\\u009B2J\\u007F"),
            (
                "a\u{202E}b\u{2066}\u{200F}",
                "a\\u202Eb\\u2066\\u200F",
                "a\\u202Eb\\u2066\\u200F",
            ),
        ] {
            assert_eq!((&*printable(text), &*printable_line(text)), (shown, in_line), "{text:?}");
        }
    }

    #[test]
    fn lines_are_cut_by_columns() {
        for (line, columns, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("abcd", 1, "…"),
            ("abcd", 0, ""),
            ("漢字漢", 6, "漢字漢"),
            ("漢字漢", 5, "漢字…"),
            ("漢字漢", 4, "漢…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ] {
            assert_eq!(cut(line, columns), shown, "{line} in {columns}");
            assert!(width(shown) <= columns);
        }
    }
}
