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
        Self {
            bar,
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
        self.bar.set_message(format!(
            "{}/s  p50 {}  p99 {}  {} failed{missed}  {} users  {} done{}",
            second.count,
            latency(second.p50),
            latency(second.p99),
            self.failed,
            second.users,
            self.count,
            if second.warm_up { "  (warm-up)" } else { "" },
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
