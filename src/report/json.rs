//! `run.json`: the whole result, for programs and for later reports.

use std::path::{Path, PathBuf};

use super::file::{ReportError, write_file};
use crate::measure::Run;

/// The name of the file.
pub const RUN_JSON: &str = "run.json";

/// Writes `run.json` into `folder` and returns its path.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(run: &Run, folder: &Path) -> Result<PathBuf, ReportError> {
    let path = folder.join(RUN_JSON);
    let mut text = serde_json::to_string_pretty(run).expect("a run has only text keys");
    text.push('\n');
    write_file(&path, text.as_bytes())?;
    Ok(path)
}
