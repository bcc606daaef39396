//! Planted bugs: small faults that the targets must find.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Serialize;

use crate::build::{self, Builder, Kind};
use crate::engine::{Ended, Engine};
use crate::night::{Scene, is_interrupted};
use crate::place::{self, Checkout};
use crate::target::{self, Target};

/// Each plant is looked for with so many different random numbers.
pub const SEEDS: u32 = 5;
/// Each time for so long.
pub const SECONDS: u32 = 60;

/// A fault, as `fuzz/plants/README.md` says that they are kept.
#[derive(Debug)]
pub struct Plant {
    pub name: String,
    /// What is wrong with the code.
    pub fault: String,
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
        Ok(Self {
            name: patch.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            fault: header("fault: ")?.to_owned(),
            seen_by: target::find(seen_by)
                .with_context(|| format!("{told}: there is no target {seen_by}"))?,
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
    /// Plants that are no plants any more, in sentences.
    pub broken: Vec<String>,
}

/// Puts each plant in a copy of the tree and counts how long its target takes to find it. Begins
/// none after `deadline`.
pub fn hunt(scene: &Scene, plants: &[&Plant], deadline: Option<Instant>) -> Result<Hunt> {
    let folder = scene.checkout.scratch("plants");
    let tree = folder.join("tree");
    let builder = Builder { tree: tree.clone(), output: folder.join("build") };
    let mut hunt = Hunt::default();
    for plant in plants {
        if is_interrupted() || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        copy_tree(&scene.checkout.root, &tree)?;
        let hunted = put(plant, &tree)
            .and_then(|()| builder.build(plant.seen_by, Kind::Plain))
            .and_then(|program| {
                prove(scene, plant, &program)?;
                let found = find(scene, plant, &program)?;
                Ok(Hunted {
                    name: plant.name.clone(),
                    fault: plant.fault.clone(),
                    target: plant.seen_by.name.to_owned(),
                    found,
                })
            });
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

/// The proof must fail.
fn prove(scene: &Scene, plant: &Plant, program: &Path) -> Result<()> {
    let engine = Engine {
        program,
        artifacts: &scene.artifacts(),
        log: &scene.log(&format!("proof-{}", plant.name)),
        profile: None,
    };
    let run = engine.run(&[], std::slice::from_ref(&plant.proof))?;
    if run.ended == Ended::Broken {
        bail!("its proof could not be played: {}", build::last_lines(&run.log, 3));
    }
    ensure!(run.ended.is_finding(), "its proof does not fail, renew it");
    Ok(())
}

/// CPU seconds until the target fails, by seed.
fn find(scene: &Scene, plant: &Plant, program: &Path) -> Result<Vec<Option<f64>>> {
    let target = plant.seen_by;
    let seeds = Mutex::new(1..=SEEDS);
    let found = Mutex::new(vec![None; SEEDS as usize]);
    let look = || -> Result<()> {
        loop {
            let Some(seed) = seeds.lock().expect("no worker panics").next() else { return Ok(()) };
            // What grows is not kept: each seed starts as the first one did.
            let fresh = tempfile::tempdir().context("a folder for new inputs")?;
            let mut options =
                vec![format!("-seed={seed}").into(), format!("-max_total_time={SECONDS}").into()];
            options.extend(scene.checkout.dictionary(target));
            let mut inputs = vec![fresh.path().to_owned()];
            inputs.extend(Some(scene.checkout.seeds(target)).filter(|folder| folder.is_dir()));
            let engine = Engine {
                program,
                artifacts: &fresh.path().join("found-"),
                log: &scene.log(&format!("plant-{}-{seed}", plant.name)),
                profile: None,
            };
            let run = engine.run(&options, &inputs)?;
            if run.ended.is_finding() {
                let at = seed as usize - 1;
                found.lock().expect("no worker panics")[at] = Some(run.cpu.as_secs_f64());
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..scene.jobs).map(|_| scope.spawn(look)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("workers do not panic"))
    })?;
    Ok(found.into_inner().expect("no worker panics"))
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
            copy_tree(&root, &copy).expect("copied");
            assert_eq!(text(&copy), "one\n");
            put(&plant, &copy).expect("applied");
            assert_eq!((text(&copy), text(&root)), ("two\n".to_owned(), "one\n".to_owned()));
        }
        assert!(put(&plant, &copy).expect_err("applied already").to_string().contains("renew"));
    }
}
