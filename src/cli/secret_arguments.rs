//! Secrets on the command line, which no message repeats.
//!
//! The options that take them never fail to parse. But a value that a shell has split goes on in the
//! next words, `--header X-Key: hunter2`, and those are then arguments that clap or a scenario's name
//! would be reported with.

use std::ffi::{OsStr, OsString};

const OPTIONS: [&str; 2] = ["--header", "--basic-auth"];

/// The words of a command line that may be secrets.
#[derive(Debug)]
pub(super) struct SecretArguments(Vec<String>);

impl SecretArguments {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        let mut secrets = Vec::new();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let argument = argument.to_string_lossy();
            let (name, given) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (&*argument, None),
            };
            if !OPTIONS.contains(&name) {
                continue;
            }
            let value = given.or_else(|| arguments.next().map(|v| v.to_string_lossy().into()));
            let Some(value) = value else { break };
            // A whole value has something on both sides of its colon.
            let is_whole = value.split_once(':').is_some_and(|(_, after)| !after.trim().is_empty());
            secrets.push(value);
            if !is_whole {
                let is_option = |word: &&OsString| word.to_string_lossy().starts_with('-');
                let more = arguments.as_slice().iter().take_while(|word| !is_option(word));
                secrets.extend(more.map(|word| OsStr::to_string_lossy(word).into()));
            }
        }
        // A secret may contain another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.retain(|secret| !secret.is_empty());
        Self(secrets)
    }

    /// Whether `text` has any of them in it.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret))
    }

    /// `text` without them.
    pub(super) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secret_options_and_what_was_split_off_them_are_masked() {
        for (arguments, text, masked) in [
            ("run --header X-Key: hunter2 -q", "no hunter2 here", "no *** here"),
            ("run --header hunter2 --users 1", "hunter2, 1", "***, 1"),
            ("run --basic-auth anna:hunter2 session", "anna:hunter2 session", "*** session"),
            ("run --basic-auth=hunter2 hunter3 x", "hunter3 hunter2 x y", "*** *** *** y"),
            ("run --header X-Key:hunter2 hunter3", "hunter3", "hunter3"),
            ("run --header", "--header", "--header"),
            ("run --users many", "many", "many"),
        ] {
            let words: Vec<_> = arguments.split(' ').map(OsString::from).collect();
            let secrets = SecretArguments::of(&words);
            assert_eq!(secrets.mask(text), masked, "{arguments}");
            assert_eq!(secrets.are_in(text), text != masked, "{arguments}");
        }
    }
}
