//! Whether the machine let the generator run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What kept the generator from running, in the measured time: without the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthReport {
    /// How many processors the process may use: those it is allowed on, or its CPU quota where that
    /// is less.
    pub processors: f64,
    /// The CPU quota of its control group, in processors, if it has one.
    pub cpu_quota: Option<f64>,
    /// How long the kernel's counters were read, in seconds.
    pub measured_seconds: f64,
    /// Times in which the process did not run.
    pub stalls: StallReport,
    /// The share of the time that a worker thread could have run and waited for a processor: the
    /// largest of all worker threads.
    pub run_queue_share: Option<f64>,
    /// How often the CPU quota stopped the process.
    pub throttling: Option<ThrottlingReport>,
    /// How long the machine was suspended.
    pub suspended_seconds: Option<f64>,
    /// How far the time of day was set, in either direction. Latencies do not depend on it.
    pub clock_step_seconds: Option<f64>,
    /// Checks that this system does not allow.
    pub unchecked: Vec<String>,
}

/// Ticks of a thread, due every 10 ms, that were late by more than the bound on lateness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StallReport {
    /// How many.
    pub count: u64,
    /// The sum of their lateness.
    pub seconds: f64,
    /// The largest lateness.
    pub longest_seconds: f64,
}

impl StallReport {
    pub(crate) fn add(&mut self, stall: Duration) {
        let seconds = stall.as_secs_f64();
        self.count += 1;
        self.seconds += seconds;
        self.longest_seconds = self.longest_seconds.max(seconds);
    }
}

/// Enforcement periods of a CPU quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottlingReport {
    /// In how many the process ran.
    pub periods: u64,
    /// In how many of them it used up its quota and was stopped.
    pub throttled: u64,
}
