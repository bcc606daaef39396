//! Files of reports: found out before a run whether they can be written, and never written by half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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

/// A folder for reports. If it is dropped before [`keep`](Self::keep), the folders that were made for
/// it are removed: a run that does not start leaves nothing behind.
#[derive(Debug)]
pub struct ReportFolder {
    path: PathBuf,
    /// Those that were not there before, the innermost first.
    made: Vec<PathBuf>,
}

impl ReportFolder {
    /// Makes the folder if it is not there, and checks that the file `name` can be written into it.
    ///
    /// # Errors
    /// When it cannot.
    pub fn prepare(path: &Path, name: &str) -> Result<Self, ReportError> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = path.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        let folder = Self { path: path.to_owned(), made };
        let file = path.join(name);
        fs::create_dir_all(path).map_err(|error| ReportError::new(&file, error))?;
        check_file(&file)?;
        Ok(folder)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder whatever happens.
    pub fn keep(&mut self) {
        self.made.clear();
    }
}

impl Drop for ReportFolder {
    fn drop(&mut self) {
        for folder in &self.made {
            // A folder that holds something by now stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Checks that a file can be written, without making or changing it.
///
/// # Errors
/// When it cannot.
pub fn check_file(path: &Path) -> Result<(), ReportError> {
    let fail = |error| ReportError::new(path, error);
    match fs::metadata(path) {
        Ok(_) => OpenOptions::new().append(true).open(path).map(drop).map_err(fail)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    if is_special(path) {
        return Ok(());
    }
    let temporary = temporary(path).map_err(fail)?;
    File::create(&temporary).map_err(fail)?;
    fs::remove_file(&temporary).map_err(fail)
}

/// Writes a file: under another name first, so that nobody reads half of it and an earlier file stays
/// until this one is whole.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_file(path: &Path, content: &[u8]) -> Result<(), ReportError> {
    let fail = |error| ReportError::new(path, error);
    if is_special(path) {
        return fs::write(path, content).map_err(fail);
    }
    let temporary = temporary(path).map_err(fail)?;
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        fail(error)
    })
}

/// Whether it is no file that another could be put in place of: a pipe, a terminal, a link.
fn is_special(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

/// A name beside `path` that no other process uses.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir()
                .join(format!("gander-report-file-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).expect("a folder for the test");
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).expect("the folder");
            let mut names: Vec<_> = entries
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn folders_are_left_behind_only_if_they_are_kept() {
        let scratch = Scratch::new("folders");
        let inner = scratch.0.join("a/b");
        drop(ReportFolder::prepare(&inner, "run.json").expect("it can be written"));
        assert_eq!(scratch.names(), Vec::<String>::new());
        let mut folder = ReportFolder::prepare(&inner, "run.json").expect("it can be written");
        folder.keep();
        drop(folder);
        assert!(inner.is_dir());
        // One that was there before stays, and what holds something.
        drop(ReportFolder::prepare(&inner, "run.json").expect("it can be written"));
        assert!(inner.is_dir());
        let folder = ReportFolder::prepare(&scratch.0.join("c"), "run.json").expect("it can be");
        fs::write(folder.path().join("mine"), "").expect("written");
        drop(folder);
        assert_eq!(scratch.names(), ["a", "c"]);
    }

    #[test]
    fn files_are_replaced_as_a_whole() {
        let scratch = Scratch::new("files");
        let path = scratch.0.join("run.json");
        check_file(&path).expect("it can be written");
        assert_eq!(scratch.names(), Vec::<String>::new());
        for content in ["one", "another"] {
            write_file(&path, content.as_bytes()).expect("written");
            check_file(&path).expect("it can be written");
            assert_eq!(fs::read_to_string(&path).expect("there"), content);
        }
        assert_eq!(scratch.names(), ["run.json"]);
    }

    #[test]
    fn what_cannot_be_written_is_found_before() {
        let scratch = Scratch::new("not");
        fs::write(scratch.0.join("file"), "").expect("written");
        for path in ["file/run.json", "missing/run.json", "."] {
            let path = scratch.0.join(path);
            assert!(check_file(&path).is_err(), "{}", path.display());
            assert!(write_file(&path, b"").is_err(), "{}", path.display());
        }
        assert!(ReportFolder::prepare(&scratch.0.join("file/a"), "run.json").is_err());
        assert_eq!(scratch.names(), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through() {
        let scratch = Scratch::new("link");
        let (file, link) = (scratch.0.join("file"), scratch.0.join("link"));
        fs::write(&file, "old").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        write_file(&link, b"new").expect("written");
        assert_eq!(fs::read_to_string(&file).expect("there"), "new");
        assert!(link.is_symlink());
    }
}
