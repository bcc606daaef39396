//! What a report says of an outcome: the service's own words, without what must not be shown.

use std::borrow::Cow;

use crate::api::{Answer, Verdict};
use crate::http::{ExchangeError, redirect_host};
use crate::measure::Outcome;
use crate::scenario::{Journey, Step};
use crate::secret::Secret;

/// A secret shorter than this cannot be masked in words, only hidden with them.
const SHORTEST_SECRET: usize = 3;

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

/// A service may repeat what it was sent, now or earlier: passwords and sessions do not reach the
/// report, nor do whole pages.
pub(super) fn mask<'w, 's>(
    words: Cow<'w, str>,
    secrets: impl Iterator<Item = Cow<'s, str>>,
) -> Cow<'w, str> {
    if words.is_empty() {
        return words;
    }
    let mut words = words;
    for secret in secrets.filter(|secret| !secret.is_empty()) {
        if let Some(masked) = without(&words, &secret) {
            if secret.len() < SHORTEST_SECRET {
                return Cow::Borrowed("(words that may hold a secret)");
            }
            words = Cow::Owned(masked);
        }
    }
    tidy(&words).map_or(words, Cow::Owned)
}

/// What must not be shown of a user: what it was sent in this step, what it knows, and what is
/// `common` to the requests of all users.
pub(super) fn secrets<'s>(
    journey: &'s Journey,
    step: &'s Step,
    values: &'s [Secret],
    answer: &'s Answer<'_>,
    common: &'s [Secret],
) -> impl Iterator<Item = Cow<'s, str>> {
    let operation = journey.operation(step);
    let sent = operation.inputs.iter().zip(&step.inputs);
    let sent = sent.filter(|(input, _)| input.is_secret()).map(|(_, value)| value.fill(values));
    let opened = operation.opens.and_then(|name| answer.field(name)).map(Cow::Borrowed);
    let kept = journey.secrets.iter().map(|slot| Cow::Borrowed(values[*slot].expose()));
    let common = common.iter().map(|secret| Cow::Borrowed(secret.expose()));
    sent.chain(opened).chain(kept).chain(common)
}

/// `words` with `secret` masked, in upper or lower case; `None` if it is not in them.
fn without(words: &str, secret: &str) -> Option<String> {
    let (lower_words, lower_secret) = (words.to_ascii_lowercase(), secret.to_ascii_lowercase());
    if !lower_words.contains(&lower_secret) {
        return None;
    }
    // Lower case in ASCII has the same bytes at the same places.
    let mut masked = String::new();
    let mut from = 0;
    for (at, found) in lower_words.match_indices(&lower_secret) {
        masked.push_str(&words[from..at]);
        masked.push_str("***");
        from = at + found.len();
    }
    masked.push_str(&words[from..]);
    Some(masked)
}

/// What of a service's words may be shown, if not all: one line of a bearable length, without what
/// a terminal obeys, and without what looks like a key, whoever's it is.
fn tidy(words: &str) -> Option<String> {
    const LONGEST: usize = 120;
    const KEY: usize = 16;
    let mut shown = String::new();
    let is_key_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '=');
    let line = words.trim().lines().next().unwrap_or("");
    for run in line.split_inclusive(|c| !is_key_char(c)) {
        let word = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if word.len() >= KEY && word.bytes().any(|b| b.is_ascii_digit()) {
            shown.push_str("***");
            shown.push_str(&run[word.len()..]);
        } else {
            shown.push_str(run);
        }
    }
    let is_obeyed =
        |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    shown = shown.chars().map(|c| if is_obeyed(c) { '\u{FFFD}' } else { c }).collect();
    if shown.chars().count() > LONGEST {
        shown = shown.chars().take(LONGEST).collect();
        shown.push('…');
    } else if line.len() < words.trim().len() {
        shown.push('…');
    }
    (shown != words).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_without_keys_and_controls() {
        for (words, shown) in [
            ("99 No such user/password!", "99 No such user/password!"),
            ("session 356a192b7913b04c54574d18c28d46e6 is open", "session *** is open"),
            ("356A192B-7913-B04C-5457, again", "***, again"),
            ("Unauthorized-User-Without-Digits", "Unauthorized-User-Without-Digits"),
            ("one\ntwo", "one…"),
            ("a\tb\u{9b}31m\u{202E}", "a\u{FFFD}b\u{FFFD}31m\u{FFFD}"),
            (" trimmed ", "trimmed"),
        ] {
            assert_eq!(tidy(words).as_deref().unwrap_or(words), shown, "{words:?}");
        }
        assert_eq!(tidy(&"x".repeat(500)).map(|words| words.chars().count()), Some(121));
    }

    #[test]
    fn secrets_are_found_in_any_case() {
        for (words, masked) in [
            ("no S3CRET here", "no *** here"),
            ("s3cret,s3cret", "***,***"),
            ("nothing", "nothing"),
            ("я S3cret я", "я *** я"),
        ] {
            assert_eq!(without(words, "s3cret").as_deref().unwrap_or(words), masked);
        }
    }
}
