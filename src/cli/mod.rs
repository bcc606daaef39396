//! The command line: arguments in, exit code out. One file per subcommand.

mod calibrate;
mod capacity_options;
mod check;
mod embedded;
mod exit;
mod inspect;
mod live;
mod names;
mod output;
mod run;
mod scenarios;
mod secret_arguments;
mod serve;
mod service_options;
mod simulator_process;
mod stop;
mod transport_options;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::terminal_text::printable;
pub use exit::Exit;
use secret_arguments::SecretArguments;

/// Load testing for XML session APIs: plays realistic login, check_session and logout flows,
/// reads every reply to its last byte, and says what happened.
#[derive(Debug, Parser)]
#[command(name = "gander", version, max_term_width = 100, after_help = exit::HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Calibrate(calibrate::Arguments),
    Serve(serve::Arguments),
    Scenarios(scenarios::Arguments),
    Check(check::Arguments),
    Inspect(inspect::Arguments),
}

/// Does what `arguments`, the program's name first, ask for.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let secrets = SecretArguments::of(&arguments);
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = error.to_string();
            let is_harmless = !secrets.are_in(&text) && printable(&text) == text;
            if error.use_stderr() && !is_harmless {
                output::remark(secrets.mask(&text).trim_end());
            } else {
                // Help and version are what was asked for; clap knows where each goes.
                let _ = error.print();
            }
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let done = match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Calibrate(arguments) => calibrate::calibrate(&arguments),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Scenarios(arguments) => scenarios::scenarios(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
    };
    match done {
        Ok(exit) => exit,
        Err(failure) => {
            output::complain(&secrets.mask(&failure.message));
            failure.exit
        }
    }
}
