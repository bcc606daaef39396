//! The report for programs.

use anyhow::{Context as _, Result};

use super::Report;

pub(super) fn text(report: &Report) -> Result<String> {
    serde_json::to_string_pretty(report).context("the report as JSON")
}
