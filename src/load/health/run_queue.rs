//! How long threads that could run waited for a processor.
//!
//! The kernel gives a thread that wakes from a sleep precedence over one that has used its share, so
//! a thread that only sleeps does not notice that the processors are busy. The wait of the worker
//! threads themselves does: field 2 of `/proc/PID/task/TID/schedstat`, in nanoseconds (Linux,
//! `Documentation/scheduler/sched-stats.rst`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The threads whose wait is read.
#[derive(Debug, Default)]
pub(super) struct RunQueue {
    files: Mutex<Vec<PathBuf>>,
}

impl RunQueue {
    /// Adds the calling thread, unless there are `most` already.
    pub(super) fn add_this_thread(&self, most: usize) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.len() >= most {
            return;
        }
        // A link to PID/task/TID.
        if let Ok(thread) = fs::read_link("/proc/thread-self") {
            files.push(Path::new("/proc").join(thread).join("schedstat"));
        }
    }

    /// The wait of each thread since it began; empty where the system does not report it. The wait
    /// of a thread that is gone is zero.
    pub(super) fn waits(&self) -> Vec<Duration> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = files.iter().map(|file| fs::read_to_string(file).unwrap_or_default());
        let waits: Vec<_> = texts.map(|text| wait(&text)).collect();
        if waits.iter().all(Option::is_none) {
            return Vec::new();
        }
        waits.into_iter().map(Option::unwrap_or_default).collect()
    }
}

/// The wait in the text of a `schedstat` file. A kernel without the statistics reports zero for a
/// thread that has run.
fn wait(text: &str) -> Option<Duration> {
    let mut fields = text.split_ascii_whitespace().map(str::parse::<u64>);
    let (run, wait) = (fields.next()?.ok()?, fields.next()?.ok()?);
    (run + wait > 0).then(|| Duration::from_nanos(wait))
}

/// The largest share of `elapsed` that one of the threads waited between two readings.
pub(super) fn largest_share(
    before: &[Duration],
    after: &[Duration],
    elapsed: Duration,
) -> Option<f64> {
    let waited = after.iter().zip(before).map(|(after, before)| after.saturating_sub(*before));
    let most = waited.max()?;
    (!elapsed.is_zero()).then(|| most.as_secs_f64() / elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_the_second_field() {
        for (text, found) in [
            ("322068167 368817012 86\n", Some(368_817_012)),
            ("5 0 1", Some(0)),
            ("0 0 0", None),
            ("", None),
            ("5", None),
            ("a b c", None),
        ] {
            assert_eq!(wait(text), found.map(Duration::from_nanos), "{text:?}");
        }
    }

    #[test]
    fn the_share_is_that_of_the_thread_that_waited_most() {
        let ms = |millis: &[u64]| -> Vec<_> {
            millis.iter().map(|millis| Duration::from_millis(*millis)).collect()
        };
        let second = Duration::from_secs(1);
        for (before, after, share) in [
            (ms(&[10, 20]), ms(&[60, 30]), Some(0.05)),
            (ms(&[10]), ms(&[10]), Some(0.0)),
            // A thread that is gone.
            (ms(&[10]), ms(&[0]), Some(0.0)),
            (ms(&[]), ms(&[]), None),
        ] {
            assert_eq!(largest_share(&before, &after, second), share);
        }
        assert_eq!(largest_share(&ms(&[1]), &ms(&[2]), Duration::ZERO), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_thread_is_found() {
        let queue = RunQueue::default();
        queue.add_this_thread(1);
        queue.add_this_thread(1);
        let files = queue.files.lock().expect("not poisoned");
        assert!(files.len() == 1 && files[0].exists(), "{files:?}");
    }
}
