//! Fuzz targets as programs, by cargo-fuzz.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::target::{Input, Target};

/// Of what kind the programs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without a sanitizer, five times as fast: the code is safe Rust.
    Plain,
    /// Under the address sanitizer, for what dependencies do in unsafe code.
    Address,
    /// For reports of the lines that were reached.
    Coverage,
}

/// Builds the targets of one tree.
#[derive(Clone, Debug)]
pub struct Builder {
    /// A checkout, or a copy of one.
    pub tree: PathBuf,
    /// Where compiled things are kept.
    pub output: PathBuf,
}

impl Builder {
    /// Builds `target`, or finds it built.
    pub fn build(&self, target: &Target, kind: Kind) -> Result<PathBuf> {
        let flavour = match (kind, &target.input) {
            (Kind::Plain, Input::Document { .. }) => "plain",
            (Kind::Plain, Input::Choices) => "choices",
            (Kind::Address, _) => "address",
            (Kind::Coverage, _) => "coverage",
        };
        let output = self.output.join(flavour);
        let host = host()?;
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(&self.tree)
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR");
        if kind == Kind::Coverage {
            // As plain as users' builds: inlined code would not be told apart.
            cargo
                .env("RUSTFLAGS", "-Cinstrument-coverage -Ccodegen-units=1 --cfg fuzzing")
                .args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml"])
                .args(["--target", &host, "--bin", target.name]);
        } else {
            cargo.args(["fuzz", "build", "--target", &host, "--sanitizer"]);
            match (kind, &target.input) {
                // Stable Rust has the sanitizer and hides its switch. The same flags for every
                // target: others would have all compiled anew.
                (Kind::Address, _) => cargo.arg("address").env("RUSTC_BOOTSTRAP", "1"),
                (_, Input::Choices) => cargo.args(["none", "--no-trace-compares"]),
                (_, Input::Document { .. }) => cargo.arg("none"),
            };
            cargo.arg(target.name);
        }
        cargo.arg("--target-dir").arg(&output);
        let built = cargo.stdin(Stdio::null()).output().context("cargo could not be started")?;
        if !built.status.success() {
            let told = String::from_utf8_lossy(&built.stderr);
            bail!("{} does not build\n{}", target.name, first_error(&told));
        }
        let program = output.join(host).join("release").join(target.name);
        ensure!(program.is_file(), "{} was built, and is not there", program.display());
        Ok(program)
    }
}

/// Looks for cargo-fuzz once, before every build fails for want of it.
///
/// # Errors
/// When it is not there.
pub fn find_cargo_fuzz() -> Result<()> {
    let found = Command::new("cargo").args(["fuzz", "--version"]).output();
    let found = found.context("cargo could not be started")?;
    ensure!(
        found.status.success(),
        "cargo-fuzz is missing: `cargo install cargo-fuzz --locked`"
    );
    Ok(())
}

/// The triple of this machine, as rustc calls it.
fn host() -> Result<String> {
    rustc_says("host: ")
}

/// The major version of LLVM in rustc, which reads what coverage leaves behind.
pub fn llvm_version() -> Result<String> {
    let version = rustc_says("LLVM version: ")?;
    Ok(version.split('.').next().unwrap_or_default().to_owned())
}

fn rustc_says(what: &str) -> Result<String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .context("rustc could not be started")?;
    let told = String::from_utf8(output.stdout).context("rustc -vV")?;
    let value = told.lines().find_map(|line| line.strip_prefix(what));
    Ok(value.with_context(|| format!("rustc -vV says no {what}"))?.to_owned())
}

pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The first error that cargo tells, without what it compiled before and what follows from it.
fn first_error(told: &str) -> String {
    let lines = told.lines().skip_while(|line| !line.starts_with("error"));
    let error: Vec<_> = lines.take_while(|line| !line.is_empty()).take(20).collect();
    if error.is_empty() { last_lines(told, 20) } else { error.join("\n") }
}

/// Where rustc keeps its own programs, such as those of the component `llvm-tools`.
pub fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let output = output.context("rustc could not be started")?;
    Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).to_owned())
}
