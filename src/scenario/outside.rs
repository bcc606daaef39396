//! What a scenario names that is not in its file.

use std::env::{self, VarError};
use std::io;
use std::path::Path;

use crate::input_file;

/// Where files and variables of the environment are looked up.
pub trait Outside {
    /// What a file holds.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The value of a variable of the environment.
    ///
    /// # Errors
    /// When it has none, or none that is text.
    fn variable(&self, name: &str) -> Result<String, VarError>;
}

/// This machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

impl Outside for Machine {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        input_file::read(path)
    }

    fn variable(&self, name: &str) -> Result<String, VarError> {
        env::var(name)
    }
}
