//! Where things lie.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};

use crate::target::{Input, Target};

/// A checkout of gander.
#[derive(Clone, Debug)]
pub struct Checkout {
    pub root: PathBuf,
}

impl Checkout {
    /// The one that this program was built in.
    pub fn own() -> Result<Self> {
        let job = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = job.ancestors().nth(2).context("fuzz/job lies two folders down")?;
        Ok(Self { root: root.to_owned() })
    }

    pub fn fuzz(&self) -> PathBuf {
        self.root.join("fuzz")
    }

    pub fn regressions(&self, target: &Target) -> PathBuf {
        self.fuzz().join("regressions").join(target.name)
    }

    pub fn seeds(&self, target: &Target) -> PathBuf {
        self.fuzz().join("seeds").join(target.name)
    }

    /// The option that a target is fuzzed with: its dictionary, or that inputs are chosen from
    /// evenly. To prefer those that take rare edges costs a third of the time, and takes `surface`
    /// no further where half of all inputs are new.
    pub fn fuzzing_option(&self, target: &Target) -> OsString {
        let Input::Document { dictionary } = target.input else { return "-entropic=0".into() };
        let mut option = OsString::from("-dict=");
        option.push(self.fuzz().join("dict").join(dictionary));
        option
    }

    pub fn plants(&self) -> PathBuf {
        self.fuzz().join("plants")
    }

    /// For builds and for what is thrown away, below `target/`.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.root.join("target/nightly").join(name)
    }
}

/// The files in `folder`, by name; none where there is no folder.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    };
    read().with_context(|| folder.display().to_string())
}
