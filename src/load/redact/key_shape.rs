//! What looks like a key, whoever's it is.

use std::ops::Range;

/// What is shorter is a word.
const SHORTEST: usize = 16;

/// Long runs of letters, digits and what keys have between, with at least one digit: sessions of
/// other users, of an earlier run, or of a reply that nobody could read.
pub(super) fn keys(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+=".contains(byte);
    let mut at = 0;
    text.split(move |byte| !is_key(byte)).filter_map(move |run| {
        let from = at;
        at += run.len() + 1;
        let length = run.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
        let is_found = length >= SHORTEST && run[..length].iter().any(u8::is_ascii_digit);
        is_found.then_some(from..from + length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        for (text, found) in [
            (
                "session 356a192b7913b04c54574d18c28d46e6 is open",
                "356a192b7913b04c54574d18c28d46e6",
            ),
            ("356A192B-7913-B04C-5457, again=", "356A192B-7913-B04C-5457"),
            ("x b642dd1dd8500124==, 1642dd1dd8500124", "b642dd1dd8500124 1642dd1dd8500124"),
            ("Unauthorized-User-Without-Digits", ""),
            ("http://schemas.xmlsoap.org/soap/envelope/", ""),
            ("http://www.w3.org/2001/XMLSchema-instance", ""),
            ("2024-01-01T10:00:00", ""),
        ] {
            let shown: Vec<_> = keys(text.as_bytes()).map(|key| &text[key]).collect();
            assert_eq!(shown.join(" "), found, "{text}");
        }
    }
}
