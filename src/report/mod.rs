//! Reports, all from a [`Run`](crate::measure::Run): one file per format.

mod calibration;
mod calibration_json;
mod file;
mod json;
mod table;
mod terminal;
mod waiting;

pub use calibration::{calibration_answer, calibration_header, calibration_step};
pub use calibration_json::write_calibration;
pub use file::{ReportError, ReportFolder, check_file};
pub use json::{RUN_JSON, write_json};
pub use terminal::{latency, summary};
