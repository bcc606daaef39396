//! `gander scenarios`

use std::fmt::Write as _;

use super::exit::{Exit, Failure};
use super::output;
use crate::scenario::{BUILT_IN, Overrides, find, open};

/// List the built-in scenarios, or show the text of one, to start your own from
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Print this scenario's file
    #[arg(long, value_name = "NAME")]
    show: Option<String>,
}

pub(super) fn scenarios(arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(name) = &arguments.show {
        let source = find(name).map_err(Failure::usage)?;
        output::print(&source.text)?;
        return Ok(Exit::Ok);
    }
    let width = BUILT_IN.iter().map(|b| b.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for built_in in BUILT_IN {
        let source = find(built_in.name).map_err(Failure::usage)?;
        let plan = open(&source, &Overrides::default()).map_err(Failure::usage)?;
        let _ = writeln!(text, "{:width$}  {}", built_in.name, plan.summary);
    }
    output::print(&text)?;
    Ok(Exit::Ok)
}
