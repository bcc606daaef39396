//! `gander check`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Failure};
use super::output;
use crate::scenario::{Overrides, Plan, find, normal_form, open};

/// Check scenario files without playing them
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenario files, or names of built-in scenarios
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Print each as it was understood: a scenario file that plays the same, with defaults filled in,
    /// names resolved and values in one form; a secret stands there as the file has it
    #[arg(long)]
    print: bool,
}

pub(super) fn check(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut exit = Exit::Ok;
    for name in &arguments.files {
        match find(name).and_then(|source| open(&source, &Overrides::default())) {
            Ok(plan) if arguments.print => output::print(&normal_form(&plan))?,
            Ok(plan) => output::print(&describe(name, &plan))?,
            Err(error) => {
                output::remark(&error.to_string());
                exit = Exit::Usage;
            }
        }
    }
    Ok(exit)
}

fn describe(name: &Path, plan: &Plan) -> String {
    let mut text = format!("{}: ok\n", name.display());
    for journey in &plan.journeys {
        let steps: Vec<_> = journey
            .steps
            .iter()
            .map(|step| match step.repeat {
                1 => step.name.clone(),
                repeat => format!("{} ×{repeat}", step.name),
            })
            .collect();
        let _ = writeln!(
            text,
            "  {} ({}, {} over {}, weight {}): {}",
            journey.name,
            journey.model.name(),
            journey.api.name(),
            journey.binding,
            journey.weight,
            steps.join(", ")
        );
    }
    if let Some(open) = &plan.load.open {
        let _ = writeln!(
            text,
            "  open: {} ({}), a pool of {} users",
            open.profile,
            open.arrivals.name(),
            open.pool
        );
    }
    if plan.load.users > 0 {
        let _ = writeln!(text, "  closed: {} users", plan.load.users);
    }
    for note in &plan.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}
