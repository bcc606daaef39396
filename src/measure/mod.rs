//! From single exchanges to the one result type that everything else reads.
//!
//! A [`Sample`] goes into the [`Recorder`], which is merged into an [`Interval`] each second and
//! into [`Totals`] at the end; a [`Run`] is the totals with their circumstances, as `run.json`
//! holds it.

mod health;
mod histogram;
mod journeys;
mod occupancy;
mod outcome;
mod recorder;
mod run;
mod totals;
mod transport;

pub use health::{HealthReport, StallReport, ThrottlingReport};
pub use histogram::{Latencies, Percentiles};
pub use journeys::JourneyEnd;
pub use occupancy::LittlesLaw;
pub use outcome::Outcome;
pub use recorder::{Interval, Pending, Recorder, Sample};
pub use run::{
    Environment, GeneratorReport, JourneyReport, LoadReport, OpenReport, OutcomeReport, Run,
    SCHEMA, Second, StepReport, TargetReport, WarmUpReport,
};
pub use totals::{
    Imbalance, JourneyTotals, LeftOut, OutcomeKey, Punctuality, StepTotals, Tally, Totals,
};
pub use transport::TransportReport;
