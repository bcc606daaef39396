//! Whether something got worse since the nights before.

use crate::report::Report;
use crate::state::Night;

/// Percentage points of coverage that may be lost without a word.
const COVERAGE: f64 = 0.1;
/// The part of its speed that a target may lose: machines differ from night to night.
const SPEED: f64 = 0.3;
/// How many nights speed is compared with, by their median.
const NIGHTS: usize = 5;

/// What fell, in sentences.
pub fn since(nights: &[Night], report: &Report) -> Vec<String> {
    let mut fallen = Vec::new();
    let coverage = report.coverage.as_ref().map(super::coverage::Coverage::percent);
    let before = nights.iter().rev().find_map(|night| night.coverage);
    if let (Some(now), Some(before)) = (coverage, before)
        && now < before - COVERAGE
    {
        fallen.push(format!("coverage fell from {before:.2} % to {now:.2} % of the lines"));
    }
    for target in &report.targets {
        let speeds = nights.iter().rev().take(NIGHTS);
        let speeds = speeds.filter_map(|night| night.targets.get(&target.name)?.relative_speed);
        if let (Some(now), Some(before)) = (target.relative_speed, median(speeds.collect()))
            && now < before * (1.0 - SPEED)
        {
            fallen.push(format!(
                "{} runs at {now:.3} of the bare loop's speed, where it had {before:.3}",
                target.name
            ));
        }
    }
    fallen
}

/// The middle one, or the mean of the two in the middle.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 { upper } else { f64::midpoint(values[middle - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Coverage, FileCoverage};
    use crate::fuzzing::Worked;
    use crate::state::TargetNight;

    fn night(coverage: f64, speed: f64) -> Night {
        let target = TargetNight { relative_speed: Some(speed), ..TargetNight::default() };
        Night {
            coverage: Some(coverage),
            targets: [("parse".to_owned(), target)].into(),
            ..Night::default()
        }
    }

    fn report(lines: u64, reached: u64, speed: f64) -> Report {
        let file = FileCoverage { lines, reached, ..FileCoverage::default() };
        let worked = Worked {
            name: "parse".to_owned(),
            relative_speed: Some(speed),
            ..Worked::default()
        };
        Report {
            coverage: Some(Coverage { files: vec![file] }),
            targets: vec![worked],
            ..Report::default()
        }
    }

    #[test]
    fn a_fall_is_told_and_noise_is_not() {
        let nights = [night(98.0, 0.5), night(98.0, 0.1), night(98.0, 0.5)];
        let cases: [(u64, f64, &[&str]); 5] = [
            (980, 0.5, &[]),
            (1000, 0.9, &[]),
            (980, 0.36, &[]),
            (978, 0.5, &["coverage fell from 98.00 % to 97.80 %"]),
            (980, 0.34, &["parse runs at 0.340"]),
        ];
        for (reached, speed, expected) in cases {
            let fallen = since(&nights, &report(1000, reached, speed));
            assert_eq!(fallen.len(), expected.len(), "{fallen:?}");
            assert!(fallen.iter().zip(expected).all(|(told, start)| told.starts_with(start)));
        }
        assert!(since(&[], &report(1000, 1, 0.01)).is_empty());
    }

    #[test]
    fn a_median_lies_in_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
