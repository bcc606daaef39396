//! What a report says of an outcome: the service's own words, of which `redact` masks the secrets.

use std::borrow::Cow;

use crate::api::Verdict;
use crate::http::{ExchangeError, redirect_host};
use crate::measure::Outcome;

/// The outcome a verdict counts as, and the service's own words, if it was not simply accepted.
fn describe<'v>(verdict: &'v Verdict<'_>) -> (Outcome, Cow<'v, str>) {
    match verdict {
        Verdict::Accepted(word) => (Outcome::Accepted, Cow::Borrowed(word.unwrap_or(""))),
        Verdict::Refused { code, message } => (Outcome::Refused, join(code, " ", message)),
        Verdict::Fault { code, message } => (Outcome::Fault, join(code, ": ", message)),
        Verdict::Malformed(error) => (Outcome::Malformed, Cow::Owned(error.to_string())),
        Verdict::Http(status) => (Outcome::Http, Cow::Owned(status.to_string())),
    }
}

/// What a reply counts as, where it may send the client elsewhere.
pub(super) fn describe_reply<'v>(
    verdict: &'v Verdict<'_>,
    location: &[u8],
) -> (Outcome, Cow<'v, str>) {
    match verdict {
        Verdict::Http(status @ 300..=399) if !location.is_empty() => {
            let whither = redirect_host(location).unwrap_or_else(|| "another path".to_owned());
            (Outcome::Redirect, Cow::Owned(format!("{status} to {whither}")))
        }
        _ => describe(verdict),
    }
}

fn join<'v>(code: &'v str, between: &str, message: &'v str) -> Cow<'v, str> {
    match (code.is_empty(), message.is_empty()) {
        (true, true) => Cow::Borrowed("without a description"),
        (false, true) => Cow::Borrowed(code),
        (true, false) => Cow::Borrowed(message),
        (false, false) => Cow::Owned(format!("{code}{between}{message}")),
    }
}

pub(super) fn describe_failure(error: &ExchangeError) -> (Outcome, String) {
    let outcome = match error {
        ExchangeError::Local(_) => Outcome::Local,
        ExchangeError::Connect(_) | ExchangeError::ConnectTimeout => Outcome::Connect,
        ExchangeError::Tls(_) => Outcome::Tls,
        ExchangeError::Timeout => Outcome::Timeout,
        ExchangeError::Reset(_) => Outcome::Reset,
        ExchangeError::Protocol(_) => Outcome::Protocol,
    };
    (outcome, error.to_string())
}

/// What of a service's words is shown, when secrets are masked: one line of a bearable length,
/// without what a terminal obeys.
pub(super) fn tidy(words: Cow<'_, str>) -> Cow<'_, str> {
    const LONGEST: usize = 120;
    let line = words.trim().lines().next().unwrap_or("");
    let is_obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if line.len() == words.len() && line.len() <= LONGEST && !line.contains(is_obeyed) {
        return words;
    }
    let shown = line.chars().map(|c| if is_obeyed(c) { '\u{FFFD}' } else { c });
    let mut shown: String = shown.take(LONGEST).collect();
    if line.chars().nth(LONGEST).is_some() || line.len() < words.trim().len() {
        shown.push('…');
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_in_one_line_without_controls() {
        for (words, shown) in [
            ("99 No such user/password!", "99 No such user/password!"),
            ("one\ntwo", "one…"),
            ("a\tb\u{9b}31m\u{202E}", "a\u{FFFD}b\u{FFFD}31m\u{FFFD}"),
            (" trimmed ", "trimmed"),
            ("", ""),
        ] {
            assert_eq!(tidy(Cow::Borrowed(words)), shown, "{words:?}");
        }
        for (length, shown) in [(119, 119), (120, 120), (121, 121), (500, 121)] {
            let words = "я".repeat(length);
            assert_eq!(tidy(Cow::Owned(words)).chars().count(), shown);
        }
    }
}
