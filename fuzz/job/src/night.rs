//! One night, from the builds to the report.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::build::{Builder, Kind};
use crate::engine::{Engine, Run};
use crate::finding::Findings;
use crate::place::Checkout;
use crate::plants::{self, Plant};
use crate::report::{Report, Stage};
use crate::state::{Night, State, TargetNight};
use crate::target::{BARE_LOOP, TARGETS, Target};
use crate::{coverage, fall, fuzzing, replay, shrink, speed};

/// The part of the time left after the replay that goes into fuzzing; the rest is for what follows.
const FUZZING: f64 = 0.65;

/// What is asked for.
#[derive(Debug)]
pub struct Options {
    pub scene: Scene,
    /// For all of it.
    pub budget: Duration,
    /// Where LLVM's tools are, if not where they are looked for.
    pub llvm: Option<PathBuf>,
}

/// Set by Ctrl-C: what is under way ends, and the rest is left out.
pub static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Where a night happens.
#[derive(Debug)]
pub struct Scene {
    pub checkout: Checkout,
    pub corpus: PathBuf,
    pub out: PathBuf,
    /// How many programs run at once.
    pub jobs: usize,
}

impl Scene {
    /// # Errors
    /// When the paths cannot be made absolute: programs run in other folders than this one.
    pub fn new(corpus: &Path, out: &Path, jobs: usize) -> Result<Self> {
        let absolute =
            |path: &Path| std::path::absolute(path).with_context(|| path.display().to_string());
        Ok(Self {
            checkout: Checkout::own()?,
            corpus: absolute(corpus)?,
            out: absolute(out)?,
            jobs,
        })
    }

    pub fn corpus_of(&self, target: &Target) -> PathBuf {
        self.corpus.join(target.name)
    }

    /// Where a program's words go.
    pub fn log(&self, name: &str) -> PathBuf {
        self.out.join("logs").join(format!("{name}.log"))
    }

    /// Where inputs that fail are put before they are findings: a folder, `/` included.
    pub fn artifacts(&self) -> PathBuf {
        self.out.join("artifacts").join("")
    }

    /// The folder of inputs that grew, and those in the repository.
    pub fn inputs(&self, target: &Target) -> Vec<PathBuf> {
        let known = [self.checkout.seeds(target), self.checkout.regressions(target)];
        let known = known.into_iter().filter(|folder| folder.is_dir());
        std::iter::once(self.corpus_of(target)).chain(known).collect()
    }

    /// Runs a target's program to its end; `name` is that of its log.
    pub fn run(
        &self,
        program: &Path,
        name: &str,
        options: &[OsString],
        inputs: &[PathBuf],
    ) -> Result<Run> {
        let engine = Engine {
            program,
            artifacts: &self.artifacts(),
            log: &self.log(name),
            profile: None,
            cpu_limit: None,
        };
        engine.run(options, inputs)
    }

    /// Makes the folders, and keeps other jobs from working in them until what is returned is
    /// dropped.
    fn prepare(&self) -> Result<File> {
        let folders = [self.out.join("logs"), self.artifacts(), self.checkout.scratch("")];
        for folder in folders.into_iter().chain(TARGETS.iter().map(|t| self.corpus_of(t))) {
            fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        let path = self.checkout.scratch("lock");
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                bail!("another fuzz/nightly is at work in this checkout: wait for its end")
            }
            Err(TryLockError::Error(error)) => Err(error).context(path.display().to_string()),
        }
    }
}

/// Tells what goes on, and how long it took.
struct Clock {
    began: Instant,
    stages: Vec<Stage>,
}

impl Clock {
    fn stage<T>(&mut self, name: &'static str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("{name} …");
        let began = Instant::now();
        let done = act().with_context(|| name.to_owned());
        self.stages.push(Stage {
            name: name.to_owned(),
            seconds: began.elapsed().as_secs_f64(),
        });
        done
    }

    fn left(&self, budget: Duration) -> Duration {
        budget.saturating_sub(self.began.elapsed())
    }
}

/// Plays a night. What it found is in the report; an error is one of the job's own.
pub fn play(options: &Options) -> Result<Report> {
    let scene = &options.scene;
    let _lock = scene.prepare()?;
    let mut state = State::read(&scene.corpus)?;
    let mut report = Report::new(&scene.checkout)?;
    let mut clock = Clock { began: Instant::now(), stages: Vec::new() };
    let mut findings = Findings::new(scene.out.join("findings"));
    let outcome = stages(options, &mut state, &mut clock, &mut findings, &mut report);
    conclude(outcome, &mut report);
    report.findings = findings.into_vec();
    report.stages = clock.stages;
    report.seconds = clock.began.elapsed().as_secs_f64();
    Ok(report)
}

/// Takes what went wrong with the job itself.
fn conclude(outcome: Result<()>, report: &mut Report) {
    if is_interrupted() {
        // What was under way has failed for no other reason.
        report.broken.push("interrupted: what follows was left out".to_owned());
    } else if let Err(error) = outcome {
        report.broken.push(format!("{error:#}"));
    }
}

fn stages(
    options: &Options,
    state: &mut State,
    clock: &mut Clock,
    findings: &mut Findings,
    report: &mut Report,
) -> Result<()> {
    let scene = &options.scene;
    let builder = Builder {
        tree: scene.checkout.root.clone(),
        output: scene.checkout.scratch("build"),
    };
    let programs = clock.stage("build", || build_all(&builder, Kind::Plain))?;
    clock.stage("replay", || replay::known(scene, &programs, findings))?;
    if !findings.is_empty() {
        report
            .left_out
            .push("all after the replay: what was mended once is broken".to_owned());
        return Ok(());
    }

    let last = state.last().cloned();
    let budget = clock.left(options.budget).mul_f64(FUZZING);
    report.targets =
        clock.stage("fuzz", || fuzzing::fuzz(scene, &programs, last.as_ref(), budget, findings))?;
    clock.stage("shrink findings", || shrink::findings(scene, &programs, findings))?;
    if is_interrupted() {
        return Ok(());
    }
    clock.stage("shrink corpus", || shrink::corpora(scene, &programs, &mut report.targets))?;
    clock.stage("speed", || {
        let bare = builder.build(&BARE_LOOP, Kind::Plain)?;
        speed::measure(scene, &programs, &bare, &mut report.targets)
    })?;
    if is_interrupted() {
        return Ok(());
    }

    clock.stage("address sanitizer", || {
        let programs = build_all(&builder, Kind::Address)?;
        replay::corpora(scene, &programs, "address sanitizer", findings)
    })?;
    match coverage::Tools::find(options.llvm.as_deref()) {
        Ok(tools) => {
            let measured = clock.stage("coverage", || {
                let programs = build_all(&builder, Kind::Coverage)?;
                coverage::measure(scene, &programs, &tools)
            })?;
            report.coverage = Some(measured);
        }
        Err(advice) => report.left_out.push(format!("coverage: {advice:#}")),
    }

    let deadline = clock.began + options.budget;
    let plants = Plant::all(&scene.checkout)?;
    let tried = plants::rotate(&plants, state.last_plant.as_deref());
    let hunt = clock.stage("plants", || plants::hunt(scene, &tried, Some(deadline), false))?;
    report.take_plants(hunt);
    if let Some(last) = report.plants.last() {
        state.last_plant = Some(last.name.clone());
    }
    let untried = plants.len() - report.plants.len();
    if untried > 0 {
        let all = plants.len();
        report
            .left_out
            .push(format!("{untried} of {all} plants, which come in later nights"));
    }

    report.fallen = fall::since(&state.nights, report);
    state.add(tonight(report));
    state.write(&scene.corpus)
}

/// Every target's program.
pub type Programs = BTreeMap<&'static str, PathBuf>;

fn build_all(builder: &Builder, kind: Kind) -> Result<Programs> {
    TARGETS
        .iter()
        .map(|target| Ok((target.name, builder.build(target, kind)?)))
        .collect()
}

/// Hunts planted bugs, and does nothing else.
pub fn play_plants(scene: &Scene, names: &[String], renews: bool) -> Result<Report> {
    let _lock = scene.prepare()?;
    let began = Instant::now();
    let mut report = Report::new(&scene.checkout)?;
    let plants = Plant::named(&scene.checkout, names)?;
    let plants: Vec<_> = plants.iter().collect();
    let outcome = plants::hunt(scene, &plants, None, renews).map(|hunt| report.take_plants(hunt));
    conclude(outcome, &mut report);
    report.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

fn tonight(report: &Report) -> Night {
    let targets = report.targets.iter().map(|target| {
        let night = TargetNight {
            executions: target.executions,
            cpu_seconds: target.cpu_seconds,
            new_inputs: target.new_inputs,
            edges: target.edges,
            relative_speed: target.relative_speed,
        };
        (target.name.clone(), night)
    });
    Night {
        began: report.began.clone(),
        revision: report.revision.clone(),
        targets: targets.collect(),
        coverage: report.coverage.as_ref().map(coverage::Coverage::percent),
    }
}
