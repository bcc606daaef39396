//! The report for continuous integration: a test case for each target, plant and figure.

use std::time::Duration;

use anyhow::{Context as _, Result};
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::target::TARGETS;

pub(super) fn text(report: &Report) -> Result<String> {
    let mut junit = Junit::new("gander fuzz");
    junit.set_time(Duration::from_secs_f64(report.seconds));
    let mut targets = TestSuite::new("targets");
    for target in TARGETS {
        let findings = report.findings.iter().filter(|finding| finding.target == target.name);
        let told: Vec<_> = findings
            .map(|finding| {
                let at = finding.cause.location.as_deref().unwrap_or("");
                format!(
                    "{} {at}\n{}\n{}\n{}",
                    finding.ended.words(),
                    finding.cause.message,
                    finding.shown,
                    finding.command
                )
            })
            .collect();
        let mut case = case(target.name, &told);
        if let Some(worked) = report.targets.iter().find(|worked| worked.name == target.name) {
            case.set_time(Duration::from_secs_f64(worked.seconds));
        }
        targets.add_test_case(case);
    }
    let mut plants = TestSuite::new("plants");
    for plant in &report.plants {
        let found = plant.found.iter().flatten().count();
        let missed = format!("found {found} of {} times: {}", plant.found.len(), plant.fault);
        let missed = if plant.is_always_found() { vec![] } else { vec![missed] };
        plants.add_test_case(case(&plant.name, &missed));
    }
    let mut job = TestSuite::new("job");
    job.add_test_case(case("all of its work", &report.broken));
    job.add_test_case(case("as good as the nights before", &report.fallen));
    junit.add_test_suites([targets, plants, job]);
    junit.to_string().context("the report as JUnit")
}

/// Passed, unless there is something to tell.
fn case(name: &str, told: &[String]) -> TestCase {
    let mut status = TestCaseStatus::success();
    if let Some(first) = told.first() {
        status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(first.lines().next().unwrap_or_default());
        status.set_description(told.join("\n\n"));
    }
    TestCase::new(name, status)
}
