//! Exit codes, and what leads to them.

use std::fmt::Display;
use std::process::{ExitCode, Termination};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Ok,
    /// The target failed the run's expectations; a message or scenario is not acceptable.
    Failed,
    /// Bad arguments, or a bad scenario.
    Usage,
    /// It could not be done: the target is not there, the port is taken, a file cannot be written.
    Environment,
    /// The generator could not drive the load, so its figures are not the target's, or the run was
    /// interrupted.
    Inconclusive,
    /// Ended by Ctrl-C before there was an answer; a run by a second one, which waits for nobody.
    Interrupted,
}

pub(super) const HELP: &str = "\
Exit codes:
  0    all well
  1    the target failed the run's expectations; a message is not acceptable (inspect)
  2    bad arguments or a bad scenario
  3    it could not be done: target not there, port taken, file not writable
  4    inconclusive: the generator could not drive the load, so its figures are
       not the target's, or the run was interrupted; the last line gives the reason.
       No rate can be trusted (calibrate)
  130  ended at once by a second Ctrl-C, or while it calibrated by the first";

impl Exit {
    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Inconclusive => 4,
            Self::Interrupted => 130,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.code().into()
    }
}

/// Why a command was not done, and how the program ends for it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, message: message.to_string() }
    }

    pub(super) fn environment(message: impl Display) -> Self {
        Self { exit: Exit::Environment, message: message.to_string() }
    }
}
