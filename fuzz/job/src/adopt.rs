//! A finding as a regression, which `cargo test` replays from then on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use crate::place::Checkout;
use crate::target::{self, TARGETS, Target};

/// Copies `input` to the regressions of its target under a name, with its line in the README.
pub fn adopt(
    checkout: &Checkout,
    input: &Path,
    target: Option<&str>,
    name: &str,
    what: &str,
) -> Result<PathBuf> {
    let target = target_of(input, target)?;
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    ensure!(
        !name.is_empty() && name.chars().all(is_plain),
        "--name {name}: write lower-case letters, digits and `-`, such as `second-declaration`"
    );
    ensure!(
        !what.trim().is_empty() && !what.contains(['\n', '|']),
        "--what: write one line that says what was wrong, without `|`"
    );
    let bytes = fs::read(input).with_context(|| input.display().to_string())?;
    let folder = checkout.regressions(target);
    let regression = folder.join(name);
    ensure!(
        !regression.exists(),
        "{}: there is one already, choose another --name",
        regression.display()
    );
    let table = checkout.fuzz().join("regressions/README.md");
    let mut text = fs::read_to_string(&table).with_context(|| table.display().to_string())?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(["| `", target.name, "` | `", name, "` | ", what.trim(), " |\n"]);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    fs::write(&regression, bytes).with_context(|| regression.display().to_string())?;
    fs::write(&table, text).with_context(|| table.display().to_string())?;
    Ok(regression)
}

/// The one that is named, or else that of the folder: reports and cargo-fuzz put inputs by target.
fn target_of(input: &Path, named: Option<&str>) -> Result<&'static Target> {
    let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    if let Some(name) = named {
        return target::find(name).with_context(|| {
            format!("--target {name}: there is no such target; there are {}", known())
        });
    }
    let absolute = std::path::absolute(input).with_context(|| input.display().to_string())?;
    let folder = absolute.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    match folder.and_then(target::find) {
        Some(target) => Ok(target),
        None => bail!(
            "{}: its folder is not named after a target; say --target, one of {}",
            input.display(),
            known()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_becomes_a_regression_with_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let checkout = Checkout { root: folder.path().join("gander") };
        let found = folder.path().join("findings/tokens");
        fs::create_dir_all(&found).expect("a folder");
        fs::create_dir_all(checkout.fuzz().join("regressions")).expect("a folder");
        let table = checkout.fuzz().join("regressions/README.md");
        fs::write(&table, "| target | input | what |\n|---|---|---|\n").expect("writable");
        let input = found.join("crash-1");
        fs::write(&input, "<a").expect("writable");

        let adopt = |target, name, what| adopt(&checkout, &input, target, name, what);
        let path = adopt(None, "half-a-tag", "was taken").expect("adopted");
        assert_eq!(fs::read(&path).expect("there"), b"<a");
        let text = fs::read_to_string(&table).expect("readable");
        assert!(
            text.ends_with("|---|---|---|\n| `tokens` | `half-a-tag` | was taken |\n"),
            "{text}"
        );

        for (target, name, what, expected) in [
            (None, "half-a-tag", "was taken", "choose another --name"),
            (None, "../x", "was taken", "lower-case letters"),
            (None, "x", "a | b", "without `|`"),
            (None, "x", " ", "one line"),
            (Some("nothing"), "x", "was taken", "there are differential"),
        ] {
            let error = adopt(target, name, what).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
        let elsewhere = folder.path().join("crash");
        fs::write(&elsewhere, "x").expect("writable");
        let error = super::adopt(&checkout, &elsewhere, None, "x", "y").expect_err("no target");
        assert!(error.to_string().contains("--target"), "{error}");
        assert!(super::adopt(&checkout, &elsewhere, Some("parse"), "x", "y").is_ok());
    }
}
