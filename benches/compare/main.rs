//! What a change does to the parsing hot path: `cargo compare BASE`, where BASE is any git revision.
//!
//! Builds the parsing benches of BASE and of the working tree, counts the instructions of both under
//! valgrind, times both in turns, and prints Markdown for a pull request. Exit code 1 if anything
//! takes over two in a hundred more instructions, is there no more, or takes more than its input
//! grows; 2 if the two cannot be compared.

mod checkout;
mod comparison;
mod figures;

use std::path::Path;
use std::process::ExitCode;

use checkout::{Worktree, git};
use comparison::Comparison;
use figures::{Figures, Revision};

/// How often each revision is timed, in turns.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    // cargo itself passes `--bench`.
    let base = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let Some(base) = base else {
        eprintln!("usage: cargo compare BASE, where BASE is a git revision such as origin/main");
        return ExitCode::from(2);
    };
    match compare(&base) {
        Ok(comparison) => {
            print!("{}", comparison.markdown());
            ExitCode::from(u8::from(comparison.is_slower()))
        }
        Err(message) => {
            eprintln!("cannot compare: {message}");
            ExitCode::from(2)
        }
    }
}

fn compare(base: &str) -> Result<Comparison, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let revision = git(root, &["rev-parse", "--short", &format!("{base}^{{commit}}")])?;
    let tree = Worktree::new(root, &revision)?;
    if !tree.path.join("benches/parse_instructions.rs").exists() {
        return Err(format!("{revision} has no benches/parse_instructions.rs"));
    }
    let folder = root.join("target/compare");
    let before = Revision { folder: tree.path.clone(), target: folder.join("base") };
    let after = Revision { folder: root.to_owned(), target: folder.join("head") };
    let instructions = (before.instructions()?, after.instructions()?);
    let mut times = (Figures::new(), Figures::new());
    for _ in 0..ROUNDS {
        keep_lowest(&mut times.0, before.times()?);
        if times.0.is_empty() {
            break;
        }
        keep_lowest(&mut times.1, after.times()?);
    }
    Ok(Comparison { base: format!("{base} ({revision})"), instructions, times })
}

fn keep_lowest(lowest: &mut Figures, round: Figures) {
    for (name, figure) in round {
        let lowest = lowest.entry(name).or_insert(f64::INFINITY);
        *lowest = lowest.min(figure);
    }
}
