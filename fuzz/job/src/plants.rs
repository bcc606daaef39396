//! Planted bugs: small faults that the targets must find.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

use crate::build::{self, Builder, Kind};
use crate::engine::{Ended, Engine, Run};
use crate::night::{Scene, is_interrupted};
use crate::place::{self, Checkout};
use crate::target::{self, Target};
use crate::workers::{lock, next, side_by_side};

/// Each plant is looked for with so many different random numbers.
pub const SEEDS: u32 = 5;
/// Each time for so many seconds of CPU time, so that a busy machine finds no less.
const SECONDS: u32 = 60;
/// What the names of inputs begin with that found something.
const FOUND: &str = "found-";

/// A fault, as `fuzz/plants/README.md` says that they are kept.
#[derive(Debug)]
pub struct Plant {
    pub name: String,
    /// What is wrong with the code.
    pub fault: String,
    /// The target that must find it.
    pub seen_by: &'static Target,
    patch: PathBuf,
    proof: PathBuf,
}

impl Plant {
    /// All there are, by name.
    pub fn all(checkout: &Checkout) -> Result<Vec<Self>> {
        let files = place::files(&checkout.plants())?;
        let patches =
            files.into_iter().filter(|file| file.extension().is_some_and(|e| e == "patch"));
        patches.map(Self::read).collect()
    }

    /// Those with these names; all, if none is named.
    pub fn named(checkout: &Checkout, names: &[String]) -> Result<Vec<Self>> {
        let all = Self::all(checkout)?;
        let unknown = names.iter().find(|name| !all.iter().any(|plant| plant.name == **name));
        if let Some(name) = unknown {
            bail!("there is no fuzz/plants/{name}.patch");
        }
        let is_meant = |plant: &Self| names.is_empty() || names.contains(&plant.name);
        Ok(all.into_iter().filter(is_meant).collect())
    }

    fn read(patch: PathBuf) -> Result<Self> {
        let told = patch.display().to_string();
        let text = fs::read_to_string(&patch).with_context(|| told.clone())?;
        let header = |name: &str| {
            let line = text.lines().take(10).find_map(|line| line.strip_prefix(name));
            line.with_context(|| format!("{told}: a line `{name} …` is missing"))
        };
        let seen_by = header("seen-by: ")?;
        let seen_by = target::find(seen_by)
            .with_context(|| format!("{told}: there is no target {seen_by}"))?;
        Ok(Self {
            name: patch.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            fault: header("fault: ")?.to_owned(),
            seen_by,
            proof: patch.with_extension("proof"),
            patch,
        })
    }
}

/// All plants, beginning with the one after `last`.
pub fn rotate<'a>(plants: &'a [Plant], last: Option<&str>) -> Vec<&'a Plant> {
    let after = plants.iter().position(|plant| Some(&*plant.name) > last).unwrap_or(0);
    plants[after..].iter().chain(&plants[..after]).collect()
}

/// What became of a plant.
#[derive(Clone, Debug, Serialize)]
pub struct Hunted {
    pub name: String,
    pub fault: String,
    pub target: String,
    /// Whether its proof does not fail any more: a generator makes something else of it.
    pub is_stale: bool,
    /// CPU seconds until it was found, by seed; none where it was not.
    pub found: Vec<Option<f64>>,
}

impl Hunted {
    pub fn is_always_found(&self) -> bool {
        self.found.iter().all(Option::is_some)
    }
}

/// What became of all of them.
#[derive(Debug, Default)]
pub struct Hunt {
    pub plants: Vec<Hunted>,
    /// Plants that are no plants any more, in sentences.
    pub broken: Vec<String>,
}

/// Puts each plant in a copy of the tree and counts how long its target takes to find it, with as
/// many copies at work as programs may run at once. Begins none after `deadline`. Where proofs are
/// renewed, what is found takes the place of one that does not fail.
pub fn hunt(
    scene: &Scene,
    plants: &[&Plant],
    deadline: Option<Instant>,
    renews: bool,
) -> Result<Hunt> {
    let queue = Mutex::new(plants.iter().collect());
    let hunt = Mutex::new(Hunt::default());
    let work = |number: usize| -> Result<()> {
        let folder = scene.checkout.scratch(&format!("plants-{number}"));
        let builder = Builder { tree: folder.join("tree"), output: folder.join("build") };
        loop {
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let Some(plant) = next(&queue).filter(|_| !is_over && !is_interrupted()) else {
                return Ok(());
            };
            copy_tree(&scene.checkout.root, &builder.tree)?;
            let hunted = put(plant, &builder.tree)
                .and_then(|()| builder.build(plant.seen_by, Kind::Plain))
                .and_then(|program| Hunter { scene, plant, program: &program }.hunt(renews));
            if is_interrupted() {
                return Ok(());
            }
            let mut hunt = lock(&hunt);
            match hunted {
                Ok(hunted) => {
                    eprintln!("  {}", one_line(&hunted));
                    hunt.plants.push(hunted);
                }
                Err(error) => {
                    let told = format!("plant {}: {error:#}", plant.name);
                    eprintln!("  {told}");
                    hunt.broken.push(told);
                }
            }
        }
    };
    side_by_side(scene.jobs, work)?;
    let mut hunt = hunt.into_inner().unwrap_or_else(PoisonError::into_inner);
    let order = |hunted: &Hunted| plants.iter().position(|plant| plant.name == hunted.name);
    hunt.plants.sort_by_key(order);
    Ok(hunt)
}

fn one_line(hunted: &Hunted) -> String {
    let seconds = |found: &Option<f64>| found.map_or("-".to_owned(), |s| format!("{s:.2}"));
    let all: Vec<_> = hunted.found.iter().map(seconds).collect();
    format!("{} ({}): {} s", hunted.name, hunted.target, all.join(", "))
}

/// Makes `copy` what git knows of `root`, with changes that are not committed. Files that are the
/// same stay untouched, so that little is compiled again.
fn copy_tree(root: &Path, copy: &Path) -> Result<()> {
    let listed = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .context("git could not be started")?;
    ensure!(
        listed.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let listed = String::from_utf8(listed.stdout).context("names of files")?;
    let names: BTreeSet<_> = listed.split('\0').filter(|name| !name.is_empty()).collect();
    for file in files_below(copy)? {
        let name = file.strip_prefix(copy).expect("below it").to_string_lossy();
        if !names.contains(&*name) || !root.join(&*name).exists() {
            fs::remove_file(&file).with_context(|| file.display().to_string())?;
        }
    }
    for name in names {
        let (from, to) = (root.join(name), copy.join(name));
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(to.parent().expect("below the copy"))?;
            fs::write(&to, &bytes)
        };
        write().with_context(|| to.display().to_string())?;
    }
    Ok(())
}

/// All files in a folder and in those inside it; none where there is no folder.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = place::files(folder)?;
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.with_context(|| folder.display().to_string())?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        }
    }
    Ok(files)
}

fn put(plant: &Plant, tree: &Path) -> Result<()> {
    let output = Command::new("git")
        .current_dir(tree)
        // Else it is the repository around the copy that is looked at.
        .env("GIT_CEILING_DIRECTORIES", tree.parent().expect("it has one"))
        .arg("apply")
        .arg(&plant.patch)
        .stdin(Stdio::null())
        .output()
        .context("git could not be started")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the patch does not apply, renew it: {}", told.trim());
    Ok(())
}

/// Looks for one plant, by the program that it is built into.
struct Hunter<'a> {
    scene: &'a Scene,
    plant: &'a Plant,
    program: &'a Path,
}

impl Hunter<'_> {
    fn hunt(&self, renews: bool) -> Result<Hunted> {
        // What grows is not kept: each seed starts as the first one did.
        let fresh = tempfile::tempdir().context("a folder for new inputs")?;
        let is_proven = self.prove()?;
        let found = self.find(fresh.path())?;
        let is_found = found.iter().any(Option::is_some);
        ensure!(is_proven || is_found, "neither its proof nor anything else fails");
        if !is_proven && renews {
            self.renew(fresh.path())?;
        }
        Ok(Hunted {
            name: self.plant.name.clone(),
            fault: self.plant.fault.clone(),
            target: self.plant.seen_by.name.to_owned(),
            is_stale: !is_proven && !renews,
            found,
        })
    }

    fn run(
        &self,
        name: &str,
        artifacts: &Path,
        options: &[OsString],
        inputs: &[PathBuf],
    ) -> Result<Run> {
        let log = self.scene.log(&format!("plant-{}-{name}", self.plant.name));
        let (program, cpu_limit) = (self.program, Some(SECONDS));
        Engine { program, artifacts, log: &log, profile: None, cpu_limit }.run(options, inputs)
    }

    /// Whether there is a proof that fails.
    fn prove(&self) -> Result<bool> {
        if !self.plant.proof.is_file() {
            return Ok(false);
        }
        let proof = std::slice::from_ref(&self.plant.proof);
        let run = self.run("proof", &self.scene.artifacts(), &[], proof)?;
        if run.ended == Ended::Broken {
            bail!("its proof could not be played: {}", build::last_lines(&run.log, 3));
        }
        Ok(run.ended.is_finding())
    }

    /// CPU seconds until the target fails, by seed. Inputs that do are left in `folder`.
    fn find(&self, folder: &Path) -> Result<Vec<Option<f64>>> {
        let target = self.plant.seen_by;
        let mut found = Vec::new();
        for seed in 1..=SEEDS {
            if is_interrupted() {
                break;
            }
            let number = OsString::from(format!("-seed={seed}"));
            let options = [number, self.scene.checkout.fuzzing_option(target)];
            let grown = folder.join(seed.to_string());
            fs::create_dir(&grown).with_context(|| grown.display().to_string())?;
            let mut inputs = vec![grown];
            let known = self.scene.checkout.seeds(target);
            inputs.extend(Some(known).filter(|folder| folder.is_dir()));
            let run = self.run(&seed.to_string(), &folder.join(FOUND), &options, &inputs)?;
            found.push(run.ended.is_finding().then_some(run.cpu.as_secs_f64()));
        }
        Ok(found)
    }

    /// Makes the smallest of what was found the proof.
    fn renew(&self, folder: &Path) -> Result<()> {
        let is_found = |file: &PathBuf| {
            file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(FOUND))
        };
        let mut found: Vec<_> = place::files(folder)?.into_iter().filter(is_found).collect();
        found.sort_by_key(|file| fs::metadata(file).map_or(u64::MAX, |data| data.len()));
        let Some(found) = found.into_iter().next() else { return Ok(()) };
        let small = folder.join("small");
        let mut exact = OsString::from("-exact_artifact_path=");
        exact.push(&small);
        let options = ["-minimize_crash=1".into(), "-max_total_time=5".into(), exact];
        let found = std::slice::from_ref(&found);
        self.run("small", &self.scene.artifacts(), &options, found)?;
        let proof = if small.is_file() { &small } else { &found[0] };
        fs::copy(proof, &self.plant.proof).with_context(|| proof.display().to_string())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plant_can_be_read_and_has_a_proof() {
        let plants = Plant::all(&Checkout::own().expect("a checkout")).expect("readable");
        assert!(plants.len() >= 40, "{}", plants.len());
        for plant in plants {
            assert!(plant.proof.is_file(), "{}", plant.proof.display());
        }
    }

    #[test]
    fn nights_go_on_where_the_last_one_ended() {
        let plant = |name: &str| Plant {
            name: name.to_owned(),
            fault: String::new(),
            seen_by: &target::TARGETS[0],
            patch: PathBuf::new(),
            proof: PathBuf::new(),
        };
        let plants = ["a", "b", "c"].map(plant);
        for (last, expected) in
            [(None, "abc"), (Some("a"), "bca"), (Some("c"), "abc"), (Some("aa"), "bca")]
        {
            let names: String = rotate(&plants, last).iter().map(|plant| &*plant.name).collect();
            assert_eq!(names, expected, "{last:?}");
        }
    }

    #[test]
    fn a_copy_is_the_tree_and_patches_go_into_the_copy() {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, copy) = (folder.path().join("root"), folder.path().join("root/target/copy"));
        let git = |arguments: &[&str]| {
            let status = Command::new("git").current_dir(&root).args(arguments).status();
            assert!(status.expect("git").success());
        };
        fs::create_dir(&root).expect("a folder");
        fs::write(root.join(".gitignore"), "target/\n").expect("writable");
        fs::write(root.join("a.rs"), "one\n").expect("writable");
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        let patch = root.join("x.patch");
        fs::write(&patch, "fault: x\n\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-one\n+two\n")
            .expect("writable");
        let plant = Plant {
            name: "x".to_owned(),
            fault: "x".to_owned(),
            seen_by: &target::TARGETS[0],
            proof: PathBuf::new(),
            patch,
        };
        let text = |folder: &Path| fs::read_to_string(folder.join("a.rs")).expect("readable");
        for _ in 0..2 {
            fs::create_dir_all(copy.join("gone")).expect("a folder");
            fs::write(copy.join("gone/b.rs"), "old\n").expect("writable");
            copy_tree(&root, &copy).expect("copied");
            assert_eq!(text(&copy), "one\n");
            assert!(!copy.join("gone/b.rs").exists());
            put(&plant, &copy).expect("applied");
            assert_eq!((text(&copy), text(&root)), ("two\n".to_owned(), "one\n".to_owned()));
        }
        assert!(put(&plant, &copy).expect_err("applied already").to_string().contains("renew"));
    }
}
