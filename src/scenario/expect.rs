//! What a step must be answered to count as a success.

use std::fmt;

use super::error::slip;
use crate::api::Verdict;

/// The answer a step expects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Expect {
    /// The operation is done.
    #[default]
    Accepted,
    /// The service says no, whatever its reason.
    Refused,
    /// A SOAP fault.
    Fault,
    /// This HTTP status, with a body that says nothing in the API's terms.
    Http(u16),
    /// This code, message, description or answer, such as `99`, `not_exists` or `free`.
    Words(String),
}

const KEYWORDS: [&str; 3] = ["accepted", "refused", "fault"];

impl Expect {
    /// Reads what a scenario file says. `known` are the answers that the operation documents;
    /// others are allowed, since a service may answer more than its documents say, but not
    /// those that look like a slip of the pen.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, String> {
        if let Some(status) = text.strip_prefix("http ") {
            return match status.trim().parse() {
                Ok(status @ 100..=599) => Ok(Self::Http(status)),
                _ => Err(format!("\"{text}\": write a status, such as \"http 503\"")),
            };
        }
        if let Some((word, status)) = text.split_once(' ')
            && status.len() == 3
            && status.bytes().all(|b| b.is_ascii_digit())
            && slip(word, ["http"]).is_some()
        {
            return Err(format!("unknown answer \"{text}\": did you mean \"http {status}\"?"));
        }
        match text {
            "accepted" | "ok" => Ok(Self::Accepted),
            "refused" => Ok(Self::Refused),
            "fault" => Ok(Self::Fault),
            "" => Err("an expected answer is empty: leave `expect` out".to_owned()),
            words if known.contains(&words) => Ok(Self::Words(words.to_owned())),
            words => match slip(words, KEYWORDS.into_iter().chain(known.iter().copied())) {
                // Codes are near each other by nature.
                Some(near) if near.len() > 4 => {
                    Err(format!("unknown answer \"{words}\": did you mean \"{near}\"?"))
                }
                _ => Ok(Self::Words(words.to_owned())),
            },
        }
    }

    /// Whether `verdict` is what was expected.
    #[must_use]
    pub fn is_met_by(&self, verdict: &Verdict<'_>) -> bool {
        match (self, verdict) {
            (Self::Accepted, Verdict::Accepted(_))
            | (Self::Refused, Verdict::Refused { .. })
            | (Self::Fault, Verdict::Fault { .. }) => true,
            (Self::Http(expected), Verdict::Http(status)) => expected == status,
            (Self::Words(words), Verdict::Accepted(answer)) => *answer == Some(words),
            (
                Self::Words(words),
                Verdict::Refused { code, message } | Verdict::Fault { code, message },
            ) => words == code || words == message,
            _ => false,
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused => f.write_str("refused"),
            Self::Fault => f.write_str("fault"),
            Self::Http(status) => write!(f, "http {status}"),
            Self::Words(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_recognised() {
        let refused = |code: &'static str, message: &'static str| Verdict::Refused {
            code: code.into(),
            message: message.into(),
        };
        let known = ["99", "No such user/password!", "free"];
        for (text, verdict, met) in [
            ("accepted", Verdict::Accepted(None), true),
            ("accepted", Verdict::Accepted(Some("taken")), true),
            ("accepted", refused("99", ""), false),
            ("refused", refused("99", "x"), true),
            ("refused", Verdict::Http(404), false),
            ("99", refused("99", "x"), true),
            ("99", refused("9998", "x"), false),
            ("No such user/password!", refused("99", "No such user/password!"), true),
            ("No such user/password!", refused("99", "Invalip IP"), false),
            ("free", Verdict::Accepted(Some("free")), true),
            ("free", Verdict::Accepted(Some("taken")), false),
            ("http 503", Verdict::Http(503), true),
            ("http 503", Verdict::Http(500), false),
            (
                "fault",
                Verdict::Fault { code: "soap:Client".into(), message: "m".into() },
                true,
            ),
        ] {
            let expect = Expect::parse(text, &known).expect(text);
            assert_eq!(expect.is_met_by(&verdict), met, "{text} by {verdict}");
            assert_eq!(Expect::parse(&expect.to_string(), &known), Ok(expect));
        }
    }

    #[test]
    fn slips_are_caught_and_unknown_codes_are_not() {
        let known = ["99", "No such user/password!"];
        for text in [
            "htp 503",
            "refussed",
            "acepted",
            "No such user/pasword!",
            "http teapot",
            "http 999",
            "",
        ] {
            assert!(Expect::parse(text, &known).is_err(), "{text}");
        }
        for text in ["98", "locked out"] {
            assert_eq!(Expect::parse(text, &known), Ok(Expect::Words(text.to_owned())));
        }
    }
}
