//! The two revisions, each in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// BASE checked out beside the working tree; removed in the end.
pub(crate) struct Worktree {
    root: PathBuf,
    pub(crate) path: PathBuf,
}

impl Worktree {
    pub(crate) fn new(root: &Path, revision: &str) -> Result<Self, String> {
        let path = root.join("target/compare/tree");
        let tree = Self { root: root.to_owned(), path };
        tree.remove();
        git(
            root,
            &["worktree", "add", "--detach", "--force", &tree.path.to_string_lossy(), revision],
        )?;
        Ok(tree)
    }

    fn remove(&self) {
        // Where there is none, there is nothing to remove.
        let _ = git(&self.root, &["worktree", "remove", "--force", &self.path.to_string_lossy()]);
    }
}

impl Drop for Worktree {
    fn drop(&mut self) {
        self.remove();
    }
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
