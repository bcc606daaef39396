//! gander's fuzz targets by night: `fuzz/nightly` and `fuzz/adopt` start this.

mod adopt;
mod budget;
mod build;
mod coverage;
mod engine;
mod fall;
mod finding;
mod fuzzing;
mod night;
mod place;
mod plants;
mod replay;
mod report;
mod shrink;
mod speed;
mod state;
mod target;
mod workers;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use crate::night::{INTERRUPTED, Options, Scene};
use crate::place::Checkout;
use crate::report::{Report, Verdict};

#[derive(Debug, Parser)]
#[command(name = "fuzz", bin_name = "fuzz", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    #[command(
        name = "nightly",
        override_usage = "fuzz/nightly [OPTIONS]",
        about = "Fuzz every target, measure the nets, and report",
        after_help = "Exit code: 0 clean, 1 finding, 2 the job itself failed, 3 coverage or speed \
                      fell or a plant was missed."
    )]
    Nightly(Nightly),
    #[command(
        name = "adopt",
        override_usage = "fuzz/adopt [--target NAME] --name NAME --what TEXT INPUT",
        about = "Keep a finding's input as a regression, which `cargo test` replays"
    )]
    Adopt(Adopt),
}

#[derive(Debug, clap::Args)]
struct Nightly {
    /// Time for the whole night: builds, fuzzing, coverage, plants.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "1h")]
    budget: Duration,
    /// Where inputs grow from night to night, with what the nights measured.
    #[arg(
        long,
        value_name = "DIR",
        env = "GANDER_CORPUS",
        default_value = "target/nightly/corpus"
    )]
    corpus: PathBuf,
    /// Where the report, the findings and the logs go.
    #[arg(long, value_name = "DIR", default_value = "target/nightly/out")]
    out: PathBuf,
    /// How many programs run at once [default: one per core].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Only hunt planted bugs: those named, or all.
    #[arg(long, value_name = "NAME", num_args = 0..)]
    plants: Option<Vec<String>>,
    /// With --plants: what is found takes the place of proofs that do not fail any more.
    #[arg(long, requires = "plants")]
    renew_proofs: bool,
    /// Folder of llvm-profdata and llvm-cov, of rustc's version of LLVM.
    #[arg(long, value_name = "DIR")]
    llvm_path: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Adopt {
    /// The input, such as one in the findings of a night.
    input: PathBuf,
    /// The target that failed on it [default: by the input's folder].
    #[arg(long)]
    target: Option<String>,
    /// What to call it, such as `second-declaration`.
    #[arg(long)]
    name: String,
    /// What was wrong, in one line.
    #[arg(long)]
    what: String,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().what {
        What::Nightly(arguments) => nightly(&arguments),
        What::Adopt(arguments) => keep(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(Verdict::Broken as u8)
    })
}

fn nightly(arguments: &Nightly) -> Result<ExitCode> {
    // Children get the same signal, and end by themselves.
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed)).context("Ctrl-C")?;
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let jobs = arguments.jobs.map_or(cores, usize::from);
    let scene = Scene::new(&arguments.corpus, &arguments.out, jobs)?;
    build::find_cargo_fuzz()?;
    if let Some(folder) = &arguments.llvm_path {
        coverage::Tools::find(Some(folder))
            .with_context(|| format!("--llvm-path {}", folder.display()))?;
    }
    let report = if let Some(names) = &arguments.plants {
        night::play_plants(&scene, names, arguments.renew_proofs)?
    } else {
        night::play(&Options {
            scene,
            budget: arguments.budget,
            llvm: arguments.llvm_path.clone(),
        })?
    };
    tell(&report, &arguments.out)
}

/// On the terminal and as files.
fn tell(report: &Report, out: &Path) -> Result<ExitCode> {
    report.write(out)?;
    print!("{}", report.markdown());
    eprintln!("\n{}; {}", report.headline(), out.join("report.html").display());
    Ok(ExitCode::from(report.verdict() as u8))
}

fn keep(arguments: &Adopt) -> Result<ExitCode> {
    let Adopt { input, target, name, what } = arguments;
    let path = adopt::adopt(&Checkout::own()?, input, target.as_deref(), name, what)?;
    println!("{}: `cargo test` replays it from now on", path.display());
    Ok(ExitCode::SUCCESS)
}
