//! From single exchanges to the one result type that everything else reads.
//!
//! A [`Sample`] goes into the [`Recorder`], which is merged into an [`Interval`] each second and
//! into [`Totals`] at the end; a [`Run`] is the totals with their circumstances, as `run.json`
//! holds it.

mod histogram;
mod outcome;
mod recorder;
mod run;
mod totals;
mod transport;

pub use histogram::{Latencies, Percentiles};
pub use outcome::Outcome;
pub use recorder::{Interval, JourneyEnd, Pending, Recorder, Sample};
pub use run::{
    Environment, JourneyReport, LoadReport, OutcomeReport, Run, SCHEMA, Second, StepReport,
    TargetReport,
};
pub use totals::{JourneyTotals, OutcomeKey, StepTotals, Tally, Totals};
pub use transport::TransportReport;
