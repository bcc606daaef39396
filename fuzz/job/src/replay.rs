//! Inputs that are known, once more.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::engine::{self, Ended, Run};
use crate::finding::Findings;
use crate::night::{Programs, Scene};
use crate::place::{self, Checkout};
use crate::target::{TARGETS, Target};

/// Plays the regressions, then the seeds, of every target. Ends at the first target that fails.
pub fn known(scene: &Scene, programs: &Programs, findings: &mut Findings) -> Result<()> {
    for (stage, folder) in [
        ("regressions", Checkout::regressions as fn(&Checkout, &Target) -> _),
        ("seeds", Checkout::seeds),
    ] {
        for target in TARGETS {
            let files = place::files(&folder(&scene.checkout, target))?;
            if files.is_empty() {
                continue;
            }
            let name = format!("{stage}-{}", target.name);
            let run = scene.run(&programs[target.name], &name, &[], &files)?;
            if let Some(input) = failed(target, &run)? {
                findings.add(target.name, stage, &run, &input)?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Plays all there is of every target, by programs of another kind than those that fuzz.
pub fn corpora(
    scene: &Scene,
    programs: &Programs,
    stage: &str,
    findings: &mut Findings,
) -> Result<()> {
    for target in TARGETS {
        let name = format!("{}-{}", stage.replace(' ', "-"), target.name);
        let options = [OsString::from("-runs=0")];
        let run = scene.run(&programs[target.name], &name, &options, &scene.inputs(target))?;
        if let Some(input) = failed(target, &run)? {
            findings.add(target.name, stage, &run, &input)?;
        }
    }
    Ok(())
}

/// The input that a run failed on, if it did.
pub fn failed(target: &Target, run: &Run) -> Result<Option<Vec<u8>>> {
    match run.ended {
        Ended::Clean | Ended::Interrupted => Ok(None),
        Ended::Broken => {
            bail!("{} could not run:\n{}", target.name, crate::build::last_lines(&run.log, 10))
        }
        Ended::Crash | Ended::Timeout | Ended::OutOfMemory => {
            let path = engine::artifact(&run.log).or_else(|| engine::playing(&run.log));
            // What ended without a word has an input all the same: it is not known.
            let read = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
            Ok(Some(path.as_deref().map(read).transpose()?.unwrap_or_default()))
        }
    }
}
