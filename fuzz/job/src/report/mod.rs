//! What a night came to, and the forms in which it is told: all from [`Report`].

mod html;
mod json;
mod junit;
mod markdown;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::Serialize;

use crate::coverage::Coverage;
use crate::fall::median;
use crate::finding::Finding;
use crate::fuzzing::Worked;
use crate::place::Checkout;
use crate::plants::{Hunt, Hunted};

/// Of the JSON form.
pub const VERSION: u32 = 1;

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub version: u32,
    /// RFC 3339, UTC.
    pub began: String,
    pub seconds: f64,
    /// Of the code, with `+` where there are changes that are not committed.
    pub revision: String,
    pub stages: Vec<Stage>,
    pub targets: Vec<Worked>,
    pub findings: Vec<Finding>,
    pub coverage: Option<Coverage>,
    pub plants: Vec<Hunted>,
    /// What got worse since the nights before.
    pub fallen: Vec<String>,
    /// What the job could not do.
    pub broken: Vec<String>,
    /// What it did not do, and why.
    pub left_out: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Stage {
    pub name: String,
    pub seconds: f64,
}

/// How a night ended; its number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Verdict {
    Clean = 0,
    Finding = 1,
    Broken = 2,
    Fallen = 3,
}

impl Report {
    pub fn new(checkout: &Checkout) -> Result<Self> {
        Ok(Self {
            version: VERSION,
            began: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            revision: revision(&checkout.root)?,
            ..Self::default()
        })
    }

    pub fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Finding
        } else if !self.broken.is_empty() {
            Verdict::Broken
        } else if !self.fallen.is_empty() || self.plants.iter().any(|p| !p.is_always_found()) {
            Verdict::Fallen
        } else {
            Verdict::Clean
        }
    }

    /// The verdict in a sentence.
    pub fn headline(&self) -> String {
        match self.verdict() {
            Verdict::Clean => "clean: no target failed".to_owned(),
            Verdict::Finding => count(self.findings.len(), "finding"),
            Verdict::Broken => {
                format!(
                    "the job could not do all of its work: {}",
                    count(self.broken.len(), "problem")
                )
            }
            Verdict::Fallen => {
                let missed = self.plants.iter().filter(|plant| !plant.is_always_found()).count();
                let fallen = count(self.fallen.len(), "figure");
                format!(
                    "no finding, but {fallen} fell and {} not found each time",
                    count(missed, "plant")
                )
            }
        }
    }

    pub fn take_plants(&mut self, hunt: Hunt) {
        let stale = hunt.plants.iter().filter(|plant| plant.is_stale).map(|plant| &*plant.name);
        let stale: Vec<_> = stale.collect();
        if !stale.is_empty() {
            let names = stale.join(" ");
            self.left_out.push(format!(
                "proofs that do not fail any more: fuzz/nightly --plants {names} --renew-proofs"
            ));
        }
        self.plants = hunt.plants;
        self.broken.extend(hunt.broken);
    }

    /// How the plants were found, in a sentence.
    fn plants_in_words(&self) -> String {
        let times: Vec<f64> =
            self.plants.iter().flat_map(|plant| &plant.found).flatten().copied().collect();
        let all: usize = self.plants.iter().map(|plant| plant.found.len()).sum();
        let found = times.len();
        let middle = median(times)
            .map_or(String::new(), |m| format!(", in {m:.2} CPU seconds at the median"));
        format!("{}, found {found} of {all} times{middle}", count(self.plants.len(), "plant"))
    }

    /// Writes every form to `folder`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let forms = [
            ("report.json", json::text(self)?),
            ("report.md", markdown::text(self)),
            ("junit.xml", junit::text(self)?),
            ("report.html", html::text(self)),
        ];
        for (name, text) in forms {
            let path = folder.join(name);
            fs::write(&path, text).with_context(|| path.display().to_string())?;
        }
        Ok(())
    }

    pub fn markdown(&self) -> String {
        markdown::text(self)
    }
}

/// `1 plant`, `2 plants`.
fn count(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn revision(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").current_dir(root).args(arguments).output();
        let output = output.context("git could not be started")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let is_changed = !git(&["status", "--porcelain"])?.is_empty();
    let revision = git(&["rev-parse", "--short=12", "HEAD"])?;
    Ok(format!("{revision}{}", if is_changed { "+" } else { "" }))
}

/// `12,345`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Without the fraction, for figures that have none worth it.
fn whole(number: f64) -> String {
    thousands(number.max(0.0).round() as u64)
}

/// Text without what acts on a terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c })
        .collect()
}

/// A difference with its sign.
fn since(difference: Option<i64>) -> String {
    difference.map_or("new".to_owned(), |difference| format!("{difference:+}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{FileCoverage, Unreached};
    use crate::engine::Ended;
    use crate::finding::{Cause, shown};

    /// A night in which all there is happened, with texts that would do harm if they were not
    /// escaped.
    pub(super) fn eventful() -> Report {
        let unreached = Unreached { line: 7, code: "a < b | `c`".to_owned(), reason: None };
        let file = FileCoverage {
            path: "src/xml/tag.rs".to_owned(),
            lines: 100,
            reached: 99,
            unreached: vec![unreached],
        };
        Report {
            version: VERSION,
            began: "2026-01-02T03:04:05Z".to_owned(),
            revision: "abc".to_owned(),
            seconds: 61.0,
            stages: vec![Stage { name: "build".to_owned(), seconds: 12.0 }],
            targets: vec![Worked {
                name: "tokens".to_owned(),
                executions: 1_234_567,
                cpu_seconds: 10.0,
                edges: 500,
                edges_since: Some(-3),
                relative_speed: Some(0.5),
                ..Worked::default()
            }],
            findings: vec![Finding {
                target: "tokens".to_owned(),
                ended: Ended::Crash,
                cause: Cause {
                    location: Some("src/xml/tag.rs:7:1".to_owned()),
                    frame: Some("<gander::xml::Tag as X>::y".to_owned()),
                    message: "left <script>alert(1)</script> ``` ]]> \u{1b}[2J".to_owned(),
                },
                stage: "fuzz".to_owned(),
                input: "out/findings/tokens/crash-1".into(),
                bytes: 12,
                shown: shown(b"<script>\x1b`|"),
                hits: 3,
                command: "cargo fuzz run tokens --sanitizer none x".to_owned(),
            }],
            coverage: Some(Coverage { files: vec![file] }),
            plants: vec![Hunted {
                name: "xml-x".to_owned(),
                fault: "a < b".to_owned(),
                is_stale: false,
                target: "surface".to_owned(),
                found: vec![Some(0.25), None],
            }],
            fallen: vec!["coverage fell".to_owned()],
            broken: vec!["plant y: does not apply".to_owned()],
            left_out: vec!["nothing".to_owned()],
        }
    }

    #[test]
    fn the_worst_is_the_verdict() {
        let mut report = eventful();
        assert_eq!(report.verdict(), Verdict::Finding);
        assert_eq!(report.headline(), "1 finding");
        report.findings.clear();
        assert_eq!(report.verdict(), Verdict::Broken);
        report.broken.clear();
        assert_eq!(report.verdict(), Verdict::Fallen);
        report.fallen.clear();
        assert_eq!(report.verdict(), Verdict::Fallen, "a plant was missed");
        report.plants.clear();
        assert_eq!(report.verdict(), Verdict::Clean);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(
            (since(None), since(Some(3)), since(Some(-3))),
            ("new".into(), "+3".into(), "-3".into())
        );
    }

    #[test]
    fn every_form_is_written_and_harmless() {
        let folder = tempfile::tempdir().expect("a folder");
        eventful().write(folder.path()).expect("written");
        let read = |name| fs::read_to_string(folder.path().join(name)).expect("readable");
        for name in ["report.json", "report.md", "junit.xml", "report.html"] {
            let text = read(name);
            assert!(text.contains("tokens") && text.contains("cargo fuzz run"), "{name}");
            assert!(!text.contains('\u{1b}'), "{name} acts on a terminal");
        }
        assert!(!read("report.html").contains("<script>"));
        assert!(!read("junit.xml").contains("<script>"));
        let json: serde_json::Value = serde_json::from_str(&read("report.json")).expect("JSON");
        assert_eq!(json["findings"][0]["ended"], "crash");
    }
}
