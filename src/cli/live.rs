//! What a run shows while it goes on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::measure::Second;
use crate::report::latency;
use crate::scenario::Load;

/// A progress bar on standard error, if that is a terminal.
pub(super) struct Live {
    bar: ProgressBar,
    duration: Option<Duration>,
    count: u64,
    failed: u64,
}

impl Live {
    pub(super) fn new(load: &Load, quiet: bool) -> Self {
        let length = load.duration.map(|duration| duration.as_secs().max(1));
        // indicatif itself shows nothing where standard error is no terminal.
        let bar = match (quiet, length) {
            (true, _) => ProgressBar::hidden(),
            (false, Some(length)) => ProgressBar::new(length)
                .with_style(style("{bar:20.green} {pos}/{len} s  {wide_msg}")),
            (false, None) => {
                ProgressBar::new_spinner().with_style(style("{spinner} {elapsed}  {wide_msg}"))
            }
        };
        bar.set_message("starting");
        bar.tick();
        Self { bar, duration: load.duration, count: 0, failed: 0 }
    }

    pub(super) fn show(&mut self, second: &Second) {
        self.count += second.count;
        self.failed += second.failed;
        self.bar.set_message(format!(
            "{} users  {}/s  p50 {}  p99 {}  {} done  {} failed",
            second.users,
            second.count,
            latency(second.p50),
            latency(second.p99),
            self.count,
            self.failed,
        ));
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

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a valid template")
}
