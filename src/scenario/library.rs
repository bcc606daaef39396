//! The scenarios that come with the program, and how others are found.

use std::path::{Path, PathBuf};

use super::error::{Problem, ScenarioError, advise};
use super::plan::Source;
use crate::input_file;

/// A scenario that is built in.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(BuiltIn {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".toml")),
        }),*]
    };
}

/// The built-in scenarios; the first is what `gander run` plays.
pub const BUILT_IN: &[BuiltIn] = built_in![
    "session",
    "related-session",
    "leadertask-bindings",
    "eltex-selfcare",
    "bad-credentials",
    "mixed",
    "arrivals",
];

/// Finds the scenario that `name` means: a built-in one, or a file.
///
/// # Errors
/// When there is neither, or the file cannot be read.
pub fn find(name: impl AsRef<Path>) -> Result<Source, ScenarioError> {
    let path = name.as_ref();
    if let Some(built_in) = BUILT_IN.iter().find(|b| Path::new(b.name) == path) {
        return Ok(Source {
            name: built_in.name.to_owned(),
            folder: PathBuf::new(),
            text: built_in.text.to_owned(),
        });
    }
    let name = path.to_string_lossy();
    let is_path = path.extension().is_some() || name.contains(['/', '\\']);
    let problem = |message| ScenarioError {
        source_name: name.to_string(),
        problems: vec![Problem { line: 0, message }],
    };
    if !is_path && !path.exists() {
        let names = BUILT_IN.iter().map(|b| b.name);
        return Err(problem(format!(
            "no built-in scenario and no file of that name: {}",
            advise(&name, names)
        )));
    }
    let text =
        input_file::read(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        problem(format!("not UTF-8 (byte {at}): save the file as UTF-8"))
    })?;
    Ok(Source {
        name: name.to_string(),
        folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        text,
    })
}
