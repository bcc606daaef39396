//! How fast targets are, as a part of what the machine could do tonight.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::fuzzing::Worked;
use crate::night::{Programs, Scene};
use crate::replay;
use crate::target::{self, BARE_LOOP, Target};

/// For each target.
const SECONDS: u32 = 4;

/// Fuzzes from the seeds alone with the same random numbers, each target by itself: executions per
/// CPU second, as a part of those of a loop over quick-xml's events on the same seeds.
pub fn measure(
    scene: &Scene,
    programs: &Programs,
    bare: &Path,
    worked: &mut [Worked],
) -> Result<()> {
    let documents = target::find("parse").expect("a target");
    let bare = per_cpu_second(scene, bare, &BARE_LOOP, documents)?;
    for worked in worked {
        let target = target::find(&worked.name).expect("what worked is a target");
        let own = per_cpu_second(scene, &programs[target.name], target, target)?;
        worked.relative_speed = Some(own / bare);
    }
    Ok(())
}

fn per_cpu_second(scene: &Scene, program: &Path, target: &Target, seeds: &Target) -> Result<f64> {
    // What is new goes into the first folder, which is thrown away.
    let fresh = tempfile::tempdir().context("a folder for new inputs")?;
    let time = format!("-max_total_time={SECONDS}").into();
    let options = ["-seed=1".into(), time, scene.checkout.fuzzing_option(target)];
    let mut inputs = vec![fresh.path().to_owned()];
    inputs.extend(Some(scene.checkout.seeds(seeds)).filter(|folder| folder.is_dir()));
    let run = scene.run(program, &format!("speed-{}", target.name), &options, &inputs)?;
    replay::failed(target, &run)?;
    Ok(run.figures.executions as f64 / run.cpu.as_secs_f64().max(0.001))
}
