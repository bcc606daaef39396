//! `run.json`: the whole result, for programs and for later reports.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::measure::Run;

/// A report that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: cannot be written: {source}", path = path.display())]
pub struct ReportError {
    path: PathBuf,
    source: io::Error,
}

impl ReportError {
    pub(super) fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

const FILE: &str = "run.json";

/// Makes `folder` if it is not there, and sees whether `run.json` can be written into it.
///
/// # Errors
/// When it cannot.
pub fn check_folder(folder: &Path) -> Result<(), ReportError> {
    let path = folder.join(FILE);
    fs::create_dir_all(folder).map_err(|error| ReportError::new(&path, error))?;
    check_file(&path)
}

/// Sees whether a file can be written; makes it if it is not there.
///
/// # Errors
/// When it cannot.
pub fn check_file(path: &Path) -> Result<(), ReportError> {
    let opened = fs::OpenOptions::new().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| ReportError::new(path, error))
}

/// Writes `run.json` into `folder`, which is made if it is not there, and gives its path.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(run: &Run, folder: &Path) -> Result<PathBuf, ReportError> {
    let path = folder.join(FILE);
    let fail = |error| ReportError::new(&path, error);
    fs::create_dir_all(folder).map_err(fail)?;
    let mut text = serde_json::to_string_pretty(run).expect("a run has only text keys");
    text.push('\n');
    fs::write(&path, text).map_err(fail)?;
    Ok(path)
}
