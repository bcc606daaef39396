//! An input that a target failed on, and which failures are one.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::engine::{Ended, Run};

/// How many characters of an input or a message reports show.
const SHOWN: usize = 400;

/// A failure, once, however often it was met.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub target: String,
    pub ended: Ended,
    pub cause: Cause,
    /// What was going on when it was met first.
    pub stage: String,
    /// The smallest input for it.
    pub input: PathBuf,
    /// Of that input.
    pub bytes: usize,
    /// The input, with all escaped that is not plain ASCII.
    pub shown: String,
    /// How often it was met.
    pub hits: u32,
    /// What shows it again, from the repository's root.
    pub command: String,
}

/// The findings of a night, each with its input in a folder.
#[derive(Debug)]
pub struct Findings {
    folder: PathBuf,
    all: Vec<Finding>,
}

impl Findings {
    /// None so far; inputs will go to `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, all: Vec::new() }
    }

    /// Takes the failure of a run on `input`, unless it is known; then that was met once more.
    pub fn add(&mut self, target: &str, stage: &str, run: &Run, input: &[u8]) -> Result<()> {
        let cause = Cause::read(&run.log);
        let is_same = |known: &&mut Finding| {
            let is_like = known.target == target && known.ended == run.ended;
            is_like && known.cause.key() == cause.key()
        };
        if let Some(known) = self.all.iter_mut().find(is_same) {
            known.hits += 1;
            return Ok(());
        }
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let name = format!("{}-{}", run.ended.words().replace(' ', "-"), self.all.len() + 1);
        let mut finding = Finding {
            target: target.to_owned(),
            ended: run.ended,
            cause,
            stage: stage.to_owned(),
            input: folder.join(name),
            bytes: 0,
            shown: String::new(),
            hits: 1,
            command: String::new(),
        };
        finding.replace(input)?;
        self.all.push(finding);
        Ok(())
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.all.iter_mut()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn into_vec(self) -> Vec<Finding> {
        self.all
    }
}

impl Finding {
    /// Takes `input` as what shows it.
    pub fn replace(&mut self, input: &[u8]) -> Result<()> {
        fs::write(&self.input, input).with_context(|| self.input.display().to_string())?;
        self.bytes = input.len();
        self.shown = shown(input);
        let path = self.input.display();
        self.command = format!("cargo fuzz run {} --sanitizer none {path}", self.target);
        Ok(())
    }
}

/// What a log says about why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// File, line and column of the panic.
    pub location: Option<String>,
    /// The innermost function of ours outside the oracles.
    pub frame: Option<String>,
    pub message: String,
}

impl Cause {
    /// From what a program said before it ended.
    pub fn read(log: &str) -> Self {
        let mut lines = log.lines().skip_while(|line| !is_panic(line));
        let Some(first) = lines.next() else { return Self::default() };
        let location = first.split_once(" panicked at ").map(|(_, at)| short_path(at));
        let message: Vec<_> = lines
            .by_ref()
            .take_while(|line| !line.starts_with("stack backtrace:") && !line.starts_with("note: "))
            .take(8)
            .collect();
        let frame = lines
            .filter_map(|line| line.trim_start().split_once(": ").map(|(_, symbol)| symbol))
            .find(|symbol| symbol.contains("gander::") && !symbol.contains("gander::oracle"))
            .map(str::to_owned);
        Self { location, frame, message: cut(&message.join("\n")) }
    }

    /// Equal for failures that are most likely the same: by location, function, and the names of
    /// what was compared (`InvalidName`), since an oracle that asserts does it in one place.
    pub fn key(&self) -> String {
        let names: BTreeSet<_> = self
            .message
            .lines()
            .skip(1)
            .filter(|line| line.starts_with("  left: ") || line.starts_with(" right: "))
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.chars().next().is_some_and(char::is_uppercase))
            .filter(|word| word.chars().any(char::is_lowercase))
            .collect();
        let names: Vec<_> = names.into_iter().collect();
        let at = |place: &Option<String>| place.clone().unwrap_or_default();
        format!("{}|{}|{}", at(&self.location), at(&self.frame), names.join(","))
    }
}

fn is_panic(line: &str) -> bool {
    line.starts_with("thread ") && line.contains(" panicked at ")
}

/// Without what comes before the repository, which differs between machines.
fn short_path(location: &str) -> String {
    let location = location.trim_end_matches(':');
    let at = ["src/oracle/", "src/", "fuzz/"].iter().find_map(|start| location.find(start));
    let is_ours = !location.contains("/registry/") && !location.contains("/rustc/");
    location[at.filter(|_| is_ours).unwrap_or(0)..].to_owned()
}

/// Bytes as a report can show them: nothing in them acts on a terminal or a page.
pub fn shown(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(SHOWN)];
    let dots = if bytes.len() > SHOWN { "…" } else { "" };
    format!("{}{dots}", start.escape_ascii())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
#8\tNEW    cov: 543 ft: 767
thread '<unnamed>' (4711) panicked at /home/me/gander/src/oracle/surface.rs:50:5:
assertion `left == right` failed: Inside([1]) in <a>\\u{1}</a>
  left: Err((InvalidName, 5))
 right: Err((InvalidCharacter, 5))
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/5980/library/std/src/panicking.rs:689:5
   3: gander::oracle::surface::compare
             at /home/me/gander/src/oracle/surface.rs:50:5
==4711== ERROR: libFuzzer: deadly signal
";

    #[test]
    fn a_cause_is_read_from_a_log() {
        let cause = Cause::read(LOG);
        assert_eq!(cause.location.as_deref(), Some("src/oracle/surface.rs:50:5"));
        assert_eq!(cause.frame, None);
        assert!(cause.message.starts_with("assertion") && cause.message.ends_with("er, 5))"));
        let inner = LOG.replace("gander::oracle::surface::compare", "gander::xml::scan::find");
        assert_eq!(Cause::read(&inner).frame.as_deref(), Some("gander::xml::scan::find"));
        assert_eq!(Cause::read("Done 10 runs"), Cause::default());
    }

    #[test]
    fn failures_are_one_by_place_and_names_not_by_values() {
        let key = |log: &str| Cause::read(log).key();
        let same = LOG.replace(", 5))", ", 17))").replace("<a>", "<other>");
        assert_eq!(key(LOG), key(&same));
        for (from, to) in [("InvalidName", "Doctype"), ("50:5", "51:5"), ("surface", "tokens")] {
            assert_ne!(key(LOG), key(&LOG.replace(from, to)), "{from}");
        }
    }

    #[test]
    fn what_is_shown_is_harmless_and_short() {
        assert_eq!(shown(b"<a>\x1b[2J\xff"), "<a>\\x1b[2J\\xff");
        assert_eq!(shown(&[b'x'; 1000]).chars().count(), SHOWN + 1);
    }

    #[test]
    fn paths_of_others_stay_whole() {
        let other = "/root/registry/src/memchr/src/lib.rs:1:1";
        assert_eq!(short_path(other), other);
    }
}
