//! The targets' programs at work, side by side.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::budget::{self, Past};
use crate::engine::Run;
use crate::finding::Findings;
use crate::night::{Programs, Scene, is_interrupted};
use crate::place;
use crate::replay;
use crate::state::Night;
use crate::target::{TARGETS, Target};
use crate::workers::{lock, next, side_by_side};

/// Each target's time comes in so many pieces, so that none has to wait for the end of another.
const ROUNDS: u32 = 4;
/// But a piece is no shorter than this: a start plays the whole corpus.
const SHORTEST: Duration = Duration::from_secs(5);
/// A target that has failed so often in one piece meets nothing but that.
const FAILURES: u32 = 8;

/// What a target did tonight.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Worked {
    pub name: String,
    pub executions: u64,
    pub cpu_seconds: f64,
    pub seconds: f64,
    /// Edges of its code that were taken, and of those how many more than last time.
    pub edges: u64,
    pub edges_since: Option<i64>,
    /// Inputs in its corpus that are new tonight, and all of them before and after they were shrunk.
    pub new_inputs: u64,
    pub corpus: u64,
    pub corpus_shrunk: Option<u64>,
    pub peak_mib: u64,
    /// Executions per CPU second, as a part of the bare loop's.
    pub relative_speed: Option<f64>,
    pub failures: u32,
}

impl Worked {
    pub fn per_cpu_second(&self) -> f64 {
        if self.cpu_seconds > 0.0 { self.executions as f64 / self.cpu_seconds } else { 0.0 }
    }

    pub fn per_second(&self) -> f64 {
        if self.seconds > 0.0 { self.executions as f64 / self.seconds } else { 0.0 }
    }

    fn add(&mut self, run: &Run) {
        self.executions += run.figures.executions;
        self.cpu_seconds += run.cpu.as_secs_f64();
        self.seconds += run.wall.as_secs_f64();
        self.edges = self.edges.max(run.figures.edges);
        self.peak_mib = self.peak_mib.max(run.figures.peak_mib);
    }
}

/// A target's turn.
struct Turn {
    target: usize,
    round: u32,
    time: Duration,
}

/// Fuzzes every target, all together for `budget` of the clock, and goes on after a finding.
pub fn fuzz(
    scene: &Scene,
    programs: &Programs,
    last: Option<&Night>,
    budget: Duration,
    findings: &mut Findings,
) -> Result<Vec<Worked>> {
    let before = |target: &Target| last.and_then(|night| night.targets.get(target.name));
    let past = |target| {
        before(target).map(|n| Past { new_inputs: n.new_inputs, cpu_seconds: n.cpu_seconds })
    };
    let shares = budget::shares(&TARGETS.iter().map(past).collect::<Vec<_>>());
    let turns = Mutex::new(turns(&shares, budget.mul_f64(scene.jobs as f64)));
    let sizes = TARGETS
        .iter()
        .map(|target| Ok(place::files(&scene.corpus_of(target))?.len()))
        .collect::<Result<Vec<_>>>()?;
    let worked = Mutex::new(vec![Worked::default(); TARGETS.len()]);
    let found = Mutex::new(findings);
    side_by_side(scene.jobs, |_| {
        while let Some(turn) = next(&turns).filter(|_| !is_interrupted()) {
            take(scene, programs, &turn, |run, input| {
                let target = &TARGETS[turn.target];
                let mut all = lock(&worked);
                let worked = &mut all[turn.target];
                worked.add(run);
                if let Some(input) = input {
                    worked.failures += 1;
                    lock(&found).add(target.name, "fuzz", run, input)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;

    let mut worked = worked.into_inner().unwrap_or_else(PoisonError::into_inner);
    for ((worked, target), size) in worked.iter_mut().zip(TARGETS).zip(sizes) {
        target.name.clone_into(&mut worked.name);
        worked.edges_since =
            before(target).map(|night| worked.edges.cast_signed() - night.edges.cast_signed());
        worked.corpus = place::files(&scene.corpus_of(target))?.len() as u64;
        worked.new_inputs = worked.corpus.saturating_sub(size as u64);
    }
    Ok(worked)
}

/// Turns of every target in each round, the longest first.
fn turns(shares: &[f64], total: Duration) -> VecDeque<Turn> {
    let rounds =
        (total / u32::try_from(shares.len()).expect("few targets")).as_secs() / SHORTEST.as_secs();
    let rounds = u32::try_from(rounds).unwrap_or(ROUNDS).clamp(1, ROUNDS);
    let mut order: Vec<_> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    let turn = |round| order.iter().map(move |&target| (target, round));
    (1..=rounds)
        .flat_map(turn)
        .map(|(target, round)| Turn { target, round, time: total.mul_f64(shares[target]) / rounds })
        .collect()
}

/// Runs a target's program until its turn is over, again after each failure.
fn take(
    scene: &Scene,
    programs: &Programs,
    turn: &Turn,
    mut done: impl FnMut(&Run, Option<&[u8]>) -> Result<()>,
) -> Result<()> {
    let target = &TARGETS[turn.target];
    let end = Instant::now() + turn.time;
    for attempt in 0..FAILURES {
        let left = end.saturating_duration_since(Instant::now()).as_secs_f64().ceil();
        let time = OsString::from(format!("-max_total_time={}", left.max(1.0)));
        let options = [time, scene.checkout.fuzzing_option(target)];
        let name = format!("fuzz-{}-{}-{attempt}", target.name, turn.round);
        let run = scene.run(&programs[target.name], &name, &options, &scene.inputs(target))?;
        let input = replay::failed(target, &run)?;
        done(&run, input.as_deref())?;
        if input.is_none() || is_interrupted() || Instant::now() >= end {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_use_up_the_time_and_no_target_waits_for_the_end() {
        let shares = [0.2, 0.5, 0.3];
        let turns = turns(&shares, Duration::from_secs(1000));
        assert_eq!(turns.len(), 3 * ROUNDS as usize);
        assert_eq!(turns.iter().map(|turn| turn.target).take(4).collect::<Vec<_>>(), [1, 2, 0, 1]);
        for (target, share) in shares.iter().enumerate() {
            let of = turns.iter().filter(|turn| turn.target == target);
            let time: Duration = of.map(|turn| turn.time).sum();
            assert!((time.as_secs_f64() - share * 1000.0).abs() < 0.001, "{time:?}");
        }
        assert_eq!(super::turns(&shares, Duration::from_secs(3)).len(), 3);
    }
}
