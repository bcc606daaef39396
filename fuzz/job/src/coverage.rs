//! Which lines of the parsers all targets together reach.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Serialize;

use crate::build;
use crate::engine::Engine;
use crate::night::{Programs, Scene};
use crate::replay;
use crate::target::TARGETS;

/// What fuzzing is for: XML, the APIs, and what HTTP replies and requests are read and written by.
const WATCHED: &[&str] =
    &["src/xml/", "src/api/", "src/http/framing.rs", "src/http/request.rs", "src/http/response.rs"];

/// Lines that need not be reached, with the reason for each.
pub const EXPLAINED: &str = "fuzz/unreached.txt";

/// LLVM's tools, of rustc's version.
#[derive(Debug)]
pub struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    /// Those in `folder`, or else in the usual places.
    ///
    /// # Errors
    /// When there are none of rustc's version, with what to do.
    pub fn find(folder: Option<&Path>) -> Result<Self> {
        let version = build::llvm_version()?;
        let mut folders: Vec<PathBuf> = folder.map(Path::to_owned).into_iter().collect();
        if folder.is_none() {
            let rustlib = build::sysroot()?.join("lib/rustlib");
            let components = fs::read_dir(rustlib).into_iter().flatten().flatten();
            folders.extend(components.map(|entry| entry.path().join("bin")));
            folders.push(format!("/usr/lib/llvm-{version}/bin").into());
            folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
        }
        for folder in folders {
            let tools = Self {
                profdata: folder.join("llvm-profdata"),
                cov: folder.join("llvm-cov"),
            };
            let asked = Command::new(&tools.cov).arg("--version").output();
            let told = asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            let is_ours = |told: String| told.contains(&format!("LLVM version {version}."));
            if tools.profdata.is_file() && told.is_ok_and(is_ours) {
                return Ok(tools);
            }
        }
        Err(anyhow!(
            "no llvm-profdata and llvm-cov of version {version}, which is rustc's: `apt install \
             llvm-{version}` or `rustup component add llvm-tools`, or name their folder by \
             --llvm-path"
        ))
    }
}

/// The lines of each watched file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    pub files: Vec<FileCoverage>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct FileCoverage {
    pub path: String,
    /// That have code.
    pub lines: u64,
    pub reached: u64,
    pub unreached: Vec<Unreached>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Unreached {
    pub line: usize,
    pub code: String,
    /// Why it need not be.
    pub reason: Option<String>,
}

impl Coverage {
    /// Of the lines that have code; a hundred where there are none.
    pub fn percent(&self) -> f64 {
        let lines = self.files.iter().map(|file| file.lines).sum();
        percent(self.files.iter().map(|file| file.reached).sum(), lines)
    }

    /// Lines without a reason.
    pub fn unexplained(&self) -> impl Iterator<Item = (&str, &Unreached)> {
        let of = |file: &FileCoverage| file.unreached.len();
        self.files.iter().filter(move |file| of(file) > 0).flat_map(|file| {
            let lines = file.unreached.iter().filter(|line| line.reason.is_none());
            lines.map(|line| (&*file.path, line))
        })
    }
}

impl FileCoverage {
    pub fn percent(&self) -> f64 {
        percent(self.reached, self.lines)
    }
}

fn percent(reached: u64, lines: u64) -> f64 {
    if lines == 0 { 100.0 } else { 100.0 * reached as f64 / lines as f64 }
}

/// Plays all inputs of all targets, and counts lines.
pub fn measure(scene: &Scene, programs: &Programs, tools: &Tools) -> Result<Coverage> {
    let folder = tempfile::tempdir().context("a folder for profiles")?;
    let mut merge = Command::new(&tools.profdata);
    let merged = folder.path().join("merged.profdata");
    merge.args(["merge", "-sparse", "-o"]).arg(&merged);
    for target in TARGETS {
        let profile = folder.path().join(format!("{}.profraw", target.name));
        let engine = Engine {
            program: &programs[target.name],
            artifacts: &scene.artifacts(),
            log: &scene.log(&format!("coverage-{}", target.name)),
            profile: Some(&profile),
            cpu_limit: None,
        };
        let run = engine.run(&[OsString::from("-runs=0")], &scene.inputs(target))?;
        replay::failed(target, &run)?;
        if profile.is_file() {
            merge.arg(&profile);
        }
    }
    said(&mut merge)?;
    let mut export = Command::new(&tools.cov);
    export.arg("export").arg("--format=lcov").arg("--instr-profile").arg(&merged);
    for target in TARGETS {
        export.arg("--object").arg(&programs[target.name]);
    }
    let explained = Explained::read(&scene.checkout.root.join(EXPLAINED))?;
    let counts = counts(&said(&mut export)?, &scene.checkout.root);
    let files = counts.into_iter().map(|(path, lines)| {
        let text =
            fs::read_to_string(scene.checkout.root.join(&path)).with_context(|| path.clone())?;
        Ok(explained.file(path, &text, &lines))
    });
    Ok(Coverage { files: files.collect::<Result<_>>()? })
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", build::last_lines(&errors, 5));
    String::from_utf8(output.stdout).with_context(|| format!("{command:?}"))
}

/// How often each line was reached, by watched file, from LCOV's records.
fn counts(lcov: &str, root: &Path) -> BTreeMap<String, BTreeMap<usize, u64>> {
    let mut counts: BTreeMap<String, BTreeMap<usize, u64>> = BTreeMap::new();
    let mut path = None;
    for line in lcov.lines() {
        if let Some(file) = line.strip_prefix("SF:") {
            let file = Path::new(file).strip_prefix(root).unwrap_or(Path::new(file));
            let file = file.to_string_lossy().into_owned();
            path = Some(file).filter(|file| WATCHED.iter().any(|start| file.starts_with(start)));
        } else if let (Some(path), Some(data)) = (&path, line.strip_prefix("DA:")) {
            let mut numbers = data.split(',').map(str::parse::<u64>);
            if let (Some(Ok(line)), Some(Ok(count))) = (numbers.next(), numbers.next()) {
                let line = usize::try_from(line).expect("files have few lines");
                *counts.entry(path.clone()).or_default().entry(line).or_default() += count;
            }
        }
    }
    counts
}

/// Lines of [`EXPLAINED`]: a path, a piece of the line's code, the reason. Where the piece begins with
/// `fn ` it explains the function to its end.
struct Explained(Vec<[String; 3]>);

impl Explained {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let lines = text.lines().enumerate();
        let rows = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let row = |(at, line): (usize, &str)| {
            let parts: Vec<_> = line.split(" | ").map(|part| part.trim().to_owned()).collect();
            <[String; 3]>::try_from(parts)
                .map_err(|_| anyhow!("{}:{}: write `file | code | reason`", path.display(), at + 1))
        };
        Ok(Self(rows.map(row).collect::<Result<_>>()?))
    }

    fn file(&self, path: String, text: &str, counts: &BTreeMap<usize, u64>) -> FileCoverage {
        let code: Vec<_> = text.lines().collect();
        let rows = self.0.iter().filter(|[file, ..]| *file == path);
        let reasons: Vec<_> =
            rows.map(|[_, piece, reason]| (explained_lines(&code, piece), reason)).collect();
        let unreached = counts.iter().filter(|(_, count)| **count == 0).map(|(&line, _)| {
            let reason = reasons.iter().find(|(lines, _)| lines.contains(&line));
            Unreached {
                line,
                code: code.get(line - 1).map_or("", |code| code.trim()).to_owned(),
                reason: reason.map(|(_, reason)| (*reason).clone()),
            }
        });
        let unreached: Vec<_> = unreached.collect();
        FileCoverage {
            lines: counts.len() as u64,
            reached: (counts.len() - unreached.len()) as u64,
            unreached,
            path,
        }
    }
}

/// The numbers of lines with a piece of code in them, and of those in the functions that it begins.
fn explained_lines(code: &[&str], piece: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (at, line) in code.iter().enumerate().filter(|(_, line)| line.contains(piece)) {
        let end = if piece.starts_with("fn ") {
            // rustfmt has the closing brace below the first word.
            let indented = &line[..line.len() - line.trim_start().len()];
            let close = format!("{indented}}}");
            code[at..]
                .iter()
                .position(|line| *line == close)
                .map_or(at, |length| at + length)
        } else {
            at
        };
        lines.extend(at + 1..=end + 1);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const LCOV: &str = "\
SF:/r/src/xml/tag.rs
DA:1,5
DA:2,0
DA:3,0
end_of_record
SF:/r/src/oracle/mod.rs
DA:1,0
end_of_record
SF:/r/src/xml/tag.rs
DA:3,1
end_of_record
";

    #[test]
    fn lines_are_counted_by_file_and_explained() {
        let counts = counts(LCOV, Path::new("/r"));
        assert_eq!(counts.keys().collect::<Vec<_>>(), ["src/xml/tag.rs"]);
        let row = ["src/xml/tag.rs", "unreachable", "never"].map(str::to_owned);
        let text = "a\n    unreachable!(),\nb\n";
        for (explained, reason) in [(vec![row], Some("never")), (vec![], None)] {
            let lines = &counts["src/xml/tag.rs"];
            let file = Explained(explained).file("src/xml/tag.rs".to_owned(), text, lines);
            assert_eq!((file.lines, file.reached), (3, 2));
            assert_eq!(file.unreached[0].code, "unreachable!(),");
            assert_eq!(file.unreached[0].reason.as_deref(), reason);
            let coverage = Coverage { files: vec![file] };
            assert!((coverage.percent() - 200.0 / 3.0).abs() < 1e-9);
            assert_eq!(coverage.unexplained().count(), usize::from(reason.is_none()));
        }
    }

    #[test]
    fn a_row_explains_lines_or_functions() {
        let code = ["impl A {", "    pub fn a(", "    ) {", "        b", "    }", "    b", "}"];
        for (piece, lines) in
            [("fn a", vec![2, 3, 4, 5]), ("b", vec![2, 4, 6]), ("fn b", vec![]), ("{", vec![1, 3])]
        {
            assert_eq!(explained_lines(&code, piece), lines, "{piece}");
        }
    }

    #[test]
    fn the_repositorys_reasons_are_about_code_that_is_there() {
        let checkout = crate::place::Checkout::own().expect("a checkout");
        let rows = Explained::read(&checkout.root.join(EXPLAINED)).expect("readable");
        for [file, piece, _] in rows.0 {
            let code = fs::read_to_string(checkout.root.join(&file)).expect(&file);
            let lines = explained_lines(&code.lines().collect::<Vec<_>>(), &piece);
            assert!(!lines.is_empty(), "{EXPLAINED}: {file} has no `{piece}`");
            assert!(WATCHED.iter().any(|start| file.starts_with(start)), "{file} is not watched");
        }
    }
}
