//! What a change does to the parsing hot path: `cargo compare BASE`, where BASE is any git revision.
//!
//! Builds the instruction bench of BASE and of the working tree, runs both under valgrind and prints
//! Markdown for a pull request. Exit code 1 if anything takes over two in a hundred more
//! instructions, 2 if the two cannot be compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde_json::Value;

/// Changes up to this many per cent are not told from the compiler's whims.
const THRESHOLD: f64 = 2.0;

/// Instructions by benchmark.
type Counts = BTreeMap<String, u64>;

fn main() -> ExitCode {
    // cargo itself passes `--bench`.
    let base = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(base) = base else {
        eprintln!("usage: cargo compare BASE, where BASE is a git revision such as origin/main");
        return ExitCode::from(2);
    };
    match compare(&base) {
        Ok(comparison) => {
            print!("{}", comparison.markdown());
            ExitCode::from(u8::from(comparison.is_slower()))
        }
        Err(message) => {
            eprintln!("cannot compare: {message}");
            ExitCode::from(2)
        }
    }
}

fn compare(base: &str) -> Result<Comparison, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let revision = git(root, &["rev-parse", "--short", &format!("{base}^{{commit}}")])?;
    let tree = Worktree::new(root, &revision)?;
    if !tree.path.join("benches/parse_instructions.rs").exists() {
        return Err(format!("{revision} has no benches/parse_instructions.rs"));
    }
    // Each side keeps a target folder, so that only what has changed is built again.
    let folder = root.join("target/compare");
    let before = count(&tree.path, &folder.join("base"))?;
    let after = count(root, &folder.join("head"))?;
    Ok(Comparison { base: format!("{base} ({revision})"), before, after })
}

/// BASE checked out beside the working tree; removed in the end.
struct Worktree {
    root: PathBuf,
    path: PathBuf,
}

impl Worktree {
    fn new(root: &Path, revision: &str) -> Result<Self, String> {
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

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Builds and runs the bench in `folder`.
fn count(folder: &Path, target: &Path) -> Result<Counts, String> {
    let output = Command::new("cargo")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        // Without the load engine there is little to build.
        .args(["bench", "--quiet", "--no-default-features", "--bench", "parse_instructions"])
        .args(["--", "--output-format=json"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let counts: Counts = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter_map(|result: Value| instructions(&result))
        .collect();
    if counts.is_empty() {
        return Err(format!(
            "the bench in {} gave no figures: are valgrind and gungraun-runner installed?",
            folder.display()
        ));
    }
    Ok(counts)
}

/// The name of a benchmark and its instructions.
fn instructions(result: &Value) -> Option<(String, u64)> {
    let name = format!("{} {}", result["function_name"].as_str()?, result["id"].as_str()?);
    let metrics = &result["profiles"][0]["data"]["parts"][0]["metrics"]["Ir"]["values"];
    Some((name, metrics["new"].as_u64()?))
}

struct Comparison {
    base: String,
    before: Counts,
    after: Counts,
}

impl Comparison {
    /// Change in per cent of those that both have.
    fn changes(&self) -> Vec<(&str, u64, u64, f64)> {
        let change = |(name, after): (&'_ String, &u64)| {
            let (name, before) = self.before.get_key_value(name)?;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let percent = 100.0 * (*after as f64 / *before as f64 - 1.0);
            Some((name.as_str(), *before, *after, percent))
        };
        let mut changes: Vec<_> = self.after.iter().filter_map(change).collect();
        changes.sort_by(|a, b| b.3.abs().total_cmp(&a.3.abs()));
        changes
    }

    fn is_slower(&self) -> bool {
        self.changes().iter().any(|change| change.3 > THRESHOLD)
    }

    fn markdown(&self) -> String {
        let changes = self.changes();
        let is_significant = |change: &&(&str, u64, u64, f64)| change.3.abs() > THRESHOLD;
        let significant: Vec<_> = changes.iter().filter(is_significant).collect();
        let rest: Vec<_> = changes.iter().filter(|change| !is_significant(change)).collect();
        let slower = significant.iter().filter(|change| change.3 > 0.0).count();
        let verdict = if slower > 0 { "slower" } else { "no slower" };
        let mut out = format!(
            "### Parsing against {}\n\n**{verdict}**: {slower} take more instructions, {} fewer, {} as \
             many (threshold {THRESHOLD} %)\n",
            self.base,
            significant.len() - slower,
            rest.len(),
        );
        if !significant.is_empty() {
            out.push_str(&table(&significant));
        }
        if !rest.is_empty() {
            out.push_str("\n<details><summary>within the threshold</summary>\n");
            out.push_str(&table(&rest));
            out.push_str("\n</details>\n");
        }
        for (name, _) in self.after.iter().filter(|(name, _)| !self.before.contains_key(*name)) {
            let _ = writeln!(out, "\nnew: {name}");
        }
        out
    }
}

fn table(changes: &[&(&str, u64, u64, f64)]) -> String {
    let mut out = "\n| benchmark | before | after | change |\n|---|---:|---:|---:|\n".to_owned();
    for (name, before, after, percent) in changes {
        let _ = writeln!(out, "| {name} | {before} | {after} | {percent:+.2} % |");
    }
    out
}
