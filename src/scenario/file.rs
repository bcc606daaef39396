//! What may be written in a scenario file, before anything about it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::{Problem, advise, line_of};
use crate::secret::Secret;

/// The whole file.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What it plays, in one line.
    pub(super) summary: Option<String>,
    /// The API of the journeys that name none.
    pub(super) api: Option<Spanned<String>>,
    pub(super) binding: Option<Spanned<String>>,
    /// Where to: one URL for all, or one for each API.
    pub(super) target: Option<Spanned<Target>>,
    pub(super) seed: Option<u64>,
    #[serde(default)]
    pub(super) accounts: Accounts,
    #[serde(default)]
    pub(super) load: Load,
    #[serde(default)]
    pub(super) transport: Transport,
    #[serde(default)]
    pub(super) journey: Vec<Spanned<Journey>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "write a URL, or a table such as { eltex = \"http://host:port\" }")]
pub(super) enum Target {
    One(String),
    PerApi(BTreeMap<String, String>),
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Accounts {
    /// A CSV file, by its path from the scenario file's folder.
    pub(super) file: Option<Spanned<String>>,
    /// Whether one account may be in several sessions at once.
    #[serde(default)]
    pub(super) shared: bool,
    #[serde(default)]
    pub(super) order: Order,
}

/// In which order accounts are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    #[default]
    Sequential,
    Random,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Load {
    pub(super) duration: Option<Spanned<String>>,
    pub(super) iterations: Option<Spanned<usize>>,
    pub(super) warm_up: Option<Spanned<String>>,
    // The closed model's.
    pub(super) users: Option<Spanned<usize>>,
    pub(super) ramp: Option<Spanned<String>>,
    pub(super) ramp_down: Option<Spanned<String>>,
    // The open model's.
    pub(super) rate: Option<Spanned<String>>,
    pub(super) arrivals: Option<Spanned<String>>,
    pub(super) pool: Option<Spanned<usize>>,
    pub(super) tolerance: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) stage: Vec<Spanned<Stage>>,
}

/// A part of the way that the open model's rate goes.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    /// The rate at its end; left out: as it is.
    pub(super) to: Option<Spanned<String>>,
    pub(super) over: Spanned<String>,
}

/// How connections are made and used.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Transport {
    pub(super) ca: Option<Spanned<String>>,
    pub(super) client_cert: Option<Spanned<String>>,
    pub(super) client_key: Option<Spanned<String>>,
    /// Known, to be refused with a reason.
    pub(super) insecure: Option<Spanned<toml::Value>>,
    pub(super) connections: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) connect_timeout: Option<Spanned<String>>,
    pub(super) resolve_every: Option<Spanned<String>>,
    pub(super) bind: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<Spanned<String>, SecretText>,
    pub(super) basic_auth: Option<Spanned<SecretText>>,
    pub(super) expect_continue: Option<Spanned<String>>,
    pub(super) max_reply: Option<Spanned<String>>,
    pub(super) max_in_flight: Option<Spanned<usize>>,
    pub(super) max_rate: Option<Spanned<String>>,
}

/// A text that may be a secret.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "write a text, or { env = \"NAME\" } for one of the environment")]
pub(super) enum SecretText {
    Here(Secret),
    Environment(Variable),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    pub(super) env: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journey {
    pub(super) name: Spanned<String>,
    /// `open` or `closed`; left out: open where the load has a rate.
    pub(super) model: Option<Spanned<String>>,
    pub(super) weight: Option<Spanned<usize>>,
    pub(super) api: Option<Spanned<String>>,
    pub(super) binding: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) step: Vec<Spanned<Step>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// An operation of the API, or what it does: login, check_session, logout.
    pub(super) call: Spanned<String>,
    /// What the report calls it.
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) with: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) expect: Option<Spanned<String>>,
    pub(super) repeat: Option<Spanned<u32>>,
    pub(super) think: Option<Spanned<String>>,
    /// The name of the earlier step that this one takes back.
    pub(super) undoes: Option<Spanned<String>>,
}

/// Reads the TOML. Its own errors, and names that the format does not have, come as problems.
pub(super) fn parse(text: &str) -> Result<File, Problem> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        Problem {
            line: line_of(text, span.start),
            message: explain(error.message()),
        }
    })
}

/// serde says "unknown field `usres`, expected one of `users`, `ramp`": the nearest is enough. Of values
/// it says what they are, which may be a password. Nothing that a file has after an `=` is repeated.
fn explain(message: &str) -> String {
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let mut quoted = rest.split('`');
        let wrong = quoted.next().unwrap_or("");
        let known: Vec<_> = quoted.skip(1).step_by(2).collect();
        return format!("unknown key \"{wrong}\": {}", advise(wrong, known));
    }
    if let Some(field) = message.strip_prefix("missing field `") {
        let field = field.trim_end_matches('`');
        return format!("\"{field}\" is missing here");
    }
    let (found, expected) = match message.rsplit_once(", expected ") {
        Some((found, expected)) => (found, named(expected)),
        None => (message, ""),
    };
    if let Some(found) = found.strip_prefix("invalid type: ") {
        // "string \"5\"", "integer `5`", "map"
        let kind = found.split(['"', '`']).next().unwrap_or("").trim();
        return format!("expected {expected}, found: {kind}");
    }
    if found.starts_with("invalid value: ") {
        return format!("expected {expected} within its range");
    }
    if found.starts_with("unknown variant ") {
        return format!("expected {}", expected.replace('`', "\""));
    }
    // What is said of the syntax repeats none of it.
    message.replace('\n', ", ")
}

/// What serde calls a type, in other words than Rust's.
fn named(expected: &str) -> &str {
    match expected {
        "usize" | "u32" | "u64" => "a whole number",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is wrong with a file, its values are not repeated.
    #[test]
    fn no_value_is_repeated() {
        const VALUES: [&str; 16] = [
            "hunter2",
            "\"hunter2",
            "'hunter2",
            "\"hunter2\" hunter2",
            "\"hunter2\\q\"",
            "\"hunter2\\uD800\"",
            "\"\"\"hunter2",
            "[\"hunter2\"",
            "[\"hunter2\"]",
            "{ hunter2 = \"hunter2\"",
            "{ a = \"hunter2\" } hunter2",
            "\"hunter2, expected a\"",
            "2hunter2",
            "hunter2:hunter2@hunter2",
            "1979-05-27hunter2",
            "\"hunter2\u{7}\"",
        ];
        const KEYS: [&str; 11] = [
            "[load]\nusers",
            "[load]\nduration",
            "[accounts]\nshared",
            "[accounts]\norder",
            "[transport]\nbasic-auth",
            "[transport]\nheaders",
            "[transport.headers]\nX-Key",
            "[transport]\nmax-in-flight",
            "target",
            "[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nwith",
            "[[journey]]\nname = \"j\"\n[[journey.step]]\ncall = \"login\"\nwith.password",
        ];
        let mut refused = 0;
        for key in KEYS {
            for value in VALUES {
                if let Err(problem) = parse(&format!("{key} = {value}\n")) {
                    assert!(!problem.message.contains("hunter2"), "{key} = {value}: {problem:?}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 150, "{refused}");
    }
}
