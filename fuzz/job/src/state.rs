//! What one night leaves to the next, in the corpus folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// How many nights are remembered.
const NIGHTS: usize = 60;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The last one last.
    pub nights: Vec<Night>,
    /// The plant after which the next night goes on.
    pub last_plant: Option<String>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Night {
    pub began: String,
    pub revision: String,
    pub targets: BTreeMap<String, TargetNight>,
    /// Percent of the lines.
    pub coverage: Option<f64>,
}

#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize)]
pub struct TargetNight {
    pub executions: u64,
    pub cpu_seconds: f64,
    pub new_inputs: u64,
    pub edges: u64,
    /// Executions per CPU second on the seeds, as a part of the bare loop's in the same night.
    pub relative_speed: Option<f64>,
}

impl State {
    /// What is in `corpus`; nothing in a new one.
    ///
    /// # Errors
    /// When there is a state that cannot be read: to forget it would hide that something fell.
    pub fn read(corpus: &Path) -> Result<Self> {
        let path = path(corpus);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{}: mend it, or take it away to start anew", path.display()))
    }

    pub fn last(&self) -> Option<&Night> {
        self.nights.last()
    }

    pub fn add(&mut self, night: Night) {
        self.nights.push(night);
        let surplus = self.nights.len().saturating_sub(NIGHTS);
        self.nights.drain(..surplus);
    }

    /// Writes it in one step, so that a night that is cut off leaves the old one.
    pub fn write(&self, corpus: &Path) -> Result<()> {
        let path = path(corpus);
        let text = serde_json::to_vec_pretty(self).context("the state as JSON")?;
        let new = path.with_extension("new");
        fs::write(&new, text).with_context(|| new.display().to_string())?;
        fs::rename(&new, &path).with_context(|| path.display().to_string())
    }
}

fn path(corpus: &Path) -> PathBuf {
    corpus.join("state.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut state = State::read(folder.path()).expect("a new one");
        assert!(state.last().is_none());
        for began in 0..70 {
            state.add(Night { began: began.to_string(), ..Night::default() });
        }
        state.write(folder.path()).expect("writable");
        let read = State::read(folder.path()).expect("readable");
        assert_eq!(read.nights.len(), NIGHTS);
        assert_eq!(read.last().map(|night| &*night.began), Some("69"));
        fs::write(path(folder.path()), "{").expect("writable");
        let error = State::read(folder.path()).expect_err("broken").to_string();
        assert!(error.contains("state.json") && error.contains("take it away"), "{error}");
    }
}
