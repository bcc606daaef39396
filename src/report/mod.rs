//! Reports, all from a [`Run`](crate::measure::Run): one file per format.

mod json;
mod table;
mod terminal;
mod waiting;

pub use json::{ReportError, check_folder, write_json};
pub use terminal::{latency, summary};
