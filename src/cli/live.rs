//! What a run shows while it goes on: a progress bar on a terminal, else a line from time to time, so
//! that a CI service does not take a run for a job that hangs.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::measure::Second;
use crate::report::latency;
use crate::scenario::Load;

/// The interval between lines where standard error is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress on standard error.
pub(super) struct Live {
    bar: ProgressBar,
    /// When lines are due; `None` where there is a bar, or nothing is to be shown.
    lines: Option<Lines>,
    duration: Option<Duration>,
    /// Whether starts can be missed.
    is_open: bool,
    count: u64,
    failed: u64,
    missed: u64,
}

impl Live {
    pub(super) fn new(load: &Load, quiet: bool) -> Self {
        let length = load.duration.map(|duration| duration.as_secs().max(1));
        // indicatif itself shows nothing where standard error is no terminal.
        let bar = match (quiet, length) {
            (true, _) => ProgressBar::hidden(),
            (false, Some(length)) => ProgressBar::new(length)
                .with_style(style("{bar:12.green} {pos}/{len} s  {wide_msg}")),
            (false, None) => {
                ProgressBar::new_spinner().with_style(style("{spinner} {elapsed}  {wide_msg}"))
            }
        };
        bar.set_message("starting");
        bar.tick();
        let lines = (!quiet && bar.is_hidden()).then(|| Lines::new(LINE_EVERY));
        Self {
            bar,
            lines,
            duration: load.duration,
            is_open: load.open.is_some(),
            count: 0,
            failed: 0,
            missed: 0,
        }
    }

    pub(super) fn show(&mut self, second: &Second) {
        self.count += second.count;
        self.failed += second.failed;
        self.missed += second.missed;
        let missed = if self.is_open { format!("  {} missed", self.missed) } else { String::new() };
        // What matters first: a narrow terminal cuts off the end.
        let message = format!(
            "{}/s  p50 {}  p99 {}  {} failed{missed}  {} users  {} done{}",
            second.count,
            latency(second.p50),
            latency(second.p99),
            self.failed,
            second.users,
            self.count,
            if second.warm_up { "  (warm-up)" } else { "" },
        );
        let now = Duration::try_from_secs_f64(second.at_seconds).unwrap_or_default();
        if self.lines.as_mut().is_some_and(|lines| lines.is_due(now)) {
            output::remark(&format!("{}s  {message}", now.as_secs_f64().round()));
        }
        self.bar.set_message(message);
        match self.duration {
            Some(_) => self.bar.inc(1),
            None => self.bar.tick(),
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// When the next line is due.
#[derive(Debug, PartialEq, Eq)]
struct Lines {
    every: Duration,
    next: Duration,
}

impl Lines {
    const fn new(every: Duration) -> Self {
        Self { every, next: every }
    }

    /// Whether there is to be a line at `now`, which comes about once a second. After a gap there is
    /// one line, not one for each that was due in it.
    fn is_due(&mut self, now: Duration) -> bool {
        // Seconds end a little before or after their time.
        const TOLERANCE: Duration = Duration::from_millis(500);
        let is_due = now + TOLERANCE >= self.next;
        while now + TOLERANCE >= self.next {
            self.next += self.every;
        }
        is_due
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_due_every_so_often_and_once_after_a_gap() {
        for (seconds, due) in [
            (&[1.0, 2.0, 9.0][..], &[][..]),
            (&[9.998, 10.999, 20.001, 29.6], &[9.998, 20.001, 29.6]),
            (&[10.0, 10.4, 19.0, 20.0], &[10.0, 20.0]),
            (&[5.0, 47.0, 48.0, 50.0, 60.2], &[47.0, 50.0, 60.2]),
            (&[0.0, 3600.0, 3601.0], &[3600.0]),
        ] {
            let mut lines = Lines::new(Duration::from_secs(10));
            let found: Vec<_> = seconds
                .iter()
                .copied()
                .filter(|&second| lines.is_due(Duration::from_secs_f64(second)))
                .collect();
            assert_eq!(found, due, "{seconds:?}");
        }
    }
}
