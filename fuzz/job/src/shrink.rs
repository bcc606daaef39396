//! Findings and corpora, made as small as they can be.

use std::ffi::OsString;
use std::fs;

use anyhow::{Context as _, Result};

use crate::engine::Ended;
use crate::finding::{Cause, Findings};
use crate::fuzzing::Worked;
use crate::night::{Programs, Scene, is_interrupted};
use crate::place;
use crate::target;

/// For each finding.
const SECONDS: u32 = 20;

/// Looks for a smaller input for each crash; one that fails in another way is not taken.
pub fn findings(scene: &Scene, programs: &Programs, findings: &mut Findings) -> Result<()> {
    for finding in findings.iter_mut().filter(|finding| finding.ended == Ended::Crash) {
        if is_interrupted() {
            break;
        }
        let small = scene.artifacts().join("small");
        let program = &programs[&*finding.target];
        let name = format!("shrink-{}", finding.target);
        let run = |options: &[OsString], input| scene.run(program, &name, options, &[input]);
        let mut exact = OsString::from("-exact_artifact_path=");
        exact.push(&small);
        let time = OsString::from(format!("-max_total_time={SECONDS}"));
        let _ = fs::remove_file(&small);
        run(&["-minimize_crash=1".into(), time, exact], finding.input.clone())?;
        if !small.is_file() {
            continue;
        }
        let again = run(&[], small.clone())?;
        if again.ended == Ended::Crash && Cause::read(&again.log).key() == finding.cause.key() {
            let bytes = fs::read(&small).with_context(|| small.display().to_string())?;
            finding.cause = Cause::read(&again.log);
            finding.replace(&bytes)?;
        }
    }
    Ok(())
}

/// Keeps the smallest inputs that together reach what the corpus reaches.
pub fn corpora(scene: &Scene, programs: &Programs, worked: &mut [Worked]) -> Result<()> {
    for worked in worked {
        let target = target::find(&worked.name).expect("what worked is a target");
        let folder = scene.corpus_of(target);
        let small = folder.with_extension("small");
        if small.exists() {
            // Of a night that was cut off.
            fs::remove_dir_all(&small).with_context(|| small.display().to_string())?;
        }
        fs::create_dir(&small).with_context(|| small.display().to_string())?;
        let name = format!("shrink-corpus-{}", target.name);
        let folders = [small.clone(), folder.clone()];
        let run = scene.run(&programs[target.name], &name, &["-merge=1".into()], &folders)?;
        let kept = place::files(&small)?.len() as u64;
        if run.ended != Ended::Clean || kept == 0 {
            fs::remove_dir_all(&small).with_context(|| small.display().to_string())?;
            continue;
        }
        let old = folder.with_extension("old");
        let swap = || -> std::io::Result<()> {
            fs::rename(&folder, &old)?;
            fs::rename(&small, &folder)?;
            fs::remove_dir_all(&old)
        };
        swap().with_context(|| folder.display().to_string())?;
        worked.corpus_shrunk = Some(kept);
    }
    Ok(())
}
