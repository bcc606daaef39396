//! A calibration for programs: `gander.calibration/1`.

use std::path::Path;

use serde::Serialize;

use super::calibration::why;
use super::file::{ReportError, write_file};
use crate::judge::{Calibration, Limit, Step};
use crate::measure::Percentiles;

/// The name of the JSON's shape; it changes when a reader would have to.
const SCHEMA: &str = "gander.calibration/1";

#[derive(Debug, Serialize)]
struct Document<'c> {
    schema: &'static str,
    version: &'static str,
    scenario: &'c str,
    interrupted: bool,
    cpus: usize,
    simulator_threads: usize,
    requests_per_journey: f64,
    /// The highest rates that are trusted; null where none is.
    trusted_journeys_per_second: Option<f64>,
    trusted_requests_per_second: Option<f64>,
    /// `generator`, `simulator`, or `none` where no rate was refused.
    limited_by: &'static str,
    /// In a sentence.
    why: Option<String>,
    steps: Vec<StepDocument>,
}

#[derive(Debug, Serialize)]
struct StepDocument {
    offered_journeys_per_second: f64,
    achieved_journeys_per_second: f64,
    requests_per_second: f64,
    start_lateness: Percentiles,
    generator_cpu_share: Option<f64>,
    simulator_cpu_share: Option<f64>,
    trusted: bool,
    verdict: String,
}

impl From<&Step> for StepDocument {
    fn from(step: &Step) -> Self {
        Self {
            offered_journeys_per_second: step.offered.in_a_second(),
            achieved_journeys_per_second: step.achieved,
            requests_per_second: step.requests,
            start_lateness: step.lateness,
            generator_cpu_share: step.generator_cpu,
            simulator_cpu_share: step.simulator_cpu,
            trusted: step.is_trusted(),
            verdict: step.verdict.to_string(),
        }
    }
}

/// Writes a calibration with `scenario`.
///
/// # Errors
/// When it cannot be written.
pub fn write_calibration(
    calibration: &Calibration,
    scenario: &str,
    interrupted: bool,
    path: &Path,
) -> Result<(), ReportError> {
    let trusted = calibration.trusted().map(|step| step.offered.in_a_second());
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        scenario,
        interrupted,
        cpus: calibration.cpus,
        simulator_threads: calibration.simulator_threads,
        requests_per_journey: calibration.requests_per_journey,
        trusted_journeys_per_second: trusted,
        trusted_requests_per_second: trusted.map(|rate| rate * calibration.requests_per_journey),
        limited_by: match calibration.limit() {
            Limit::Untried => "none",
            Limit::Generator(_) => "generator",
            Limit::Simulator => "simulator",
        },
        why: calibration.refused().map(|step| why(calibration, step)),
        steps: calibration.steps.iter().map(StepDocument::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("a document has only text keys");
    text.push('\n');
    write_file(path, text.as_bytes())
}
