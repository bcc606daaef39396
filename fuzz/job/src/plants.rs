//! Planted bugs: small faults that the targets must find.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Serialize;

use crate::build::{self, Builder, Kind};
use crate::engine::{Ended, Engine, Run};
use crate::night::{Scene, is_interrupted};
use crate::place::{self, Checkout};
use crate::target::{self, Target};

/// Each plant is looked for with so many different random numbers.
pub const SEEDS: u32 = 5;
/// Each time for so long.
const SECONDS: u32 = 60;
/// What the names of inputs begin with that found something.
const FOUND: &str = "found-";

/// What `seen-by` says where no target sees a fault.
const BLIND_SPOT: &str = "none yet";

/// A fault, as `fuzz/plants/README.md` says that they are kept.
#[derive(Debug)]
pub struct Plant {
    pub name: String,
    /// What is wrong with the code.
    pub fault: String,
    /// The target that must find it; none where no oracle compares what it changes.
    pub seen_by: Option<&'static Target>,
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
        let seen_by = match header("seen-by: ")? {
            BLIND_SPOT => None,
            name => Some(
                target::find(name).with_context(|| format!("{told}: there is no target {name}"))?,
            ),
        };
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
    /// Plants that no target is to see, with their faults.
    pub blind_spots: Vec<String>,
    /// Plants that are no plants any more, in sentences.
    pub broken: Vec<String>,
}

/// Puts each plant in a copy of the tree and counts how long its target takes to find it. Begins
/// none after `deadline`. Where proofs are renewed, what is found takes the place of one that does
/// not fail.
pub fn hunt(
    scene: &Scene,
    plants: &[&Plant],
    deadline: Option<Instant>,
    renews: bool,
) -> Result<Hunt> {
    let folder = scene.checkout.scratch("plants");
    let tree = folder.join("tree");
    let builder = Builder { tree: tree.clone(), output: folder.join("build") };
    let mut hunt = Hunt::default();
    for plant in plants {
        if is_interrupted() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        let Some(target) = plant.seen_by else {
            hunt.blind_spots.push(format!("{}: {}", plant.name, plant.fault));
            continue;
        };
        copy_tree(&scene.checkout.root, &tree)?;
        let hunted = put(plant, &tree)
            .and_then(|()| builder.build(target, Kind::Plain))
            .and_then(|program| Hunter { scene, plant, target, program: &program }.hunt(renews));
        match hunted {
            Ok(_) if is_interrupted() => break,
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
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
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
    target: &'static Target,
    program: &'a Path,
}

impl Hunter<'_> {
    fn hunt(&self, renews: bool) -> Result<Hunted> {
        // What grows is not kept: each seed starts as the first one did.
        let fresh = tempfile::tempdir().context("a folder for new inputs")?;
        let proven = self.prove();
        if !renews {
            proven.as_ref().map_err(|told| anyhow!("{told}"))?;
        }
        let found = self.find(fresh.path())?;
        if proven.is_err() {
            self.renew(fresh.path())?;
        }
        Ok(Hunted {
            name: self.plant.name.clone(),
            fault: self.plant.fault.clone(),
            target: self.target.name.to_owned(),
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
        Engine { program: self.program, artifacts, log: &log, profile: None }.run(options, inputs)
    }

    /// The proof must fail.
    fn prove(&self) -> Result<()> {
        ensure!(self.plant.proof.is_file(), "its proof is missing");
        let proof = std::slice::from_ref(&self.plant.proof);
        let run = self.run("proof", &self.scene.artifacts(), &[], proof)?;
        if run.ended == Ended::Broken {
            bail!("its proof could not be played: {}", build::last_lines(&run.log, 3));
        }
        ensure!(run.ended.is_finding(), "its proof does not fail, renew it by --renew-proofs");
        Ok(())
    }

    /// CPU seconds until the target fails, by seed. Inputs that do are left in `folder`.
    fn find(&self, folder: &Path) -> Result<Vec<Option<f64>>> {
        let seeds = Mutex::new(1..=SEEDS);
        let found = Mutex::new(vec![None; SEEDS as usize]);
        let look = || -> Result<()> {
            loop {
                let next = seeds.lock().expect("no worker panics").next();
                let Some(seed) = next else { return Ok(()) };
                let mut options = vec![
                    format!("-seed={seed}").into(),
                    format!("-max_total_time={SECONDS}").into(),
                ];
                options.extend(self.scene.checkout.dictionary(self.target));
                let grown = folder.join(seed.to_string());
                fs::create_dir(&grown).with_context(|| grown.display().to_string())?;
                let mut inputs = vec![grown];
                let known = self.scene.checkout.seeds(self.target);
                inputs.extend(Some(known).filter(|folder| folder.is_dir()));
                let artifacts = folder.join(FOUND);
                let run = self.run(&seed.to_string(), &artifacts, &options, &inputs)?;
                if run.ended.is_finding() {
                    let at = seed as usize - 1;
                    found.lock().expect("no worker panics")[at] = Some(run.cpu.as_secs_f64());
                }
            }
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.scene.jobs).map(|_| scope.spawn(look)).collect();
            let join = |worker: thread::ScopedJoinHandle<'_, Result<()>>| {
                worker.join().expect("workers return what went wrong")
            };
            workers.into_iter().try_for_each(join)
        })?;
        Ok(found.into_inner().expect("no worker panics"))
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
            let is_seen = plant.seen_by.is_some();
            assert_eq!(plant.proof.is_file(), is_seen, "{}", plant.proof.display());
        }
    }

    #[test]
    fn nights_go_on_where_the_last_one_ended() {
        let plant = |name: &str| Plant {
            name: name.to_owned(),
            fault: String::new(),
            seen_by: None,
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
            seen_by: None,
            proof: PathBuf::new(),
            patch,
        };
        let text = |folder: &Path| fs::read_to_string(folder.join("a.rs")).expect("readable");
        for _ in 0..2 {
            copy_tree(&root, &copy).expect("copied");
            assert_eq!(text(&copy), "one\n");
            put(&plant, &copy).expect("applied");
            assert_eq!((text(&copy), text(&root)), ("two\n".to_owned(), "one\n".to_owned()));
        }
        assert!(put(&plant, &copy).expect_err("applied already").to_string().contains("renew"));
    }
}
