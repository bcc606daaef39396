//! Building and running the benches of one revision.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Figures by benchmark.
pub(crate) type Figures = BTreeMap<String, f64>;

/// A revision in a folder, built into a target folder that it keeps, so that only what has changed
/// is built again.
pub(crate) struct Revision {
    pub(crate) folder: PathBuf,
    pub(crate) target: PathBuf,
}

impl Revision {
    /// The instructions of each benchmark, counted by valgrind.
    pub(crate) fn instructions(&self) -> Result<Figures, String> {
        let output = self.bench("parse_instructions", &["--output-format=json"])?;
        let counts: Figures = output
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter_map(|result| instructions(&result))
            .collect();
        if counts.is_empty() {
            return Err(format!("the bench in {} gave no figures", self.folder.display()));
        }
        Ok(counts)
    }

    /// The nanoseconds of our own ways to read each kind of reply; nothing if its bench is too old
    /// to tell.
    pub(crate) fn times(&self) -> Result<Figures, String> {
        let output = self.bench("parse", &["--rounds", "10", "--tsv"])?;
        let figure = |line: &str| {
            let (name, nanoseconds) = line.rsplit_once('\t')?;
            let name = name.strip_prefix("gander, ")?.replace('\t', " ");
            Some((name, nanoseconds.parse().ok()?))
        };
        Ok(output.lines().filter_map(figure).collect())
    }

    fn bench(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("cargo")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            // Without the load engine there is little to build.
            .args(["bench", "--quiet", "--no-default-features", "--bench", name, "--"])
            .args(arguments)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            let folder = self.folder.display();
            return Err(format!(
                "the bench {name} in {folder} failed; it needs valgrind and gungraun-runner"
            ));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The name of a benchmark and its instructions.
fn instructions(result: &Value) -> Option<(String, f64)> {
    let name = format!("{} {}", result["function_name"].as_str()?, result["id"].as_str()?);
    let metrics = &result["profiles"][0]["data"]["parts"][0]["metrics"]["Ir"]["values"];
    Some((name, metrics["new"].as_f64()?))
}
