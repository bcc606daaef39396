//! Whether the machine let the generator run: stalls, waits for a processor, CPU quotas, suspension.
//!
//! None of it depends on what the generator sends. A thread of the operating system ticks every
//! 10 ms, since a task of the runtime would not tick while the runtime is busy. Once a second it reads
//! what the kernel counts for the worker threads and the control group.

mod cgroup;
mod clocks;
mod run_queue;
mod stalls;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::cgroup::{CpuGroups, Throttling, most_throttled};
use self::clocks::Clocks;
use self::run_queue::{RunQueue, largest_share};
pub(crate) use self::stalls::Stalls;
use crate::cpu::allowed_processors;
use crate::measure::{HealthReport, ThrottlingReport};

/// The kernel's counters are read at this interval.
const READING: Duration = Duration::from_secs(1);

/// Watches the machine from its start until [`finish`](Self::finish).
#[derive(Debug)]
pub(super) struct Monitor {
    stalls: Arc<Stalls>,
    run_queue: Arc<RunQueue>,
    stop: Sender<()>,
    thread: JoinHandle<Option<Readings>>,
    groups: Option<CpuGroups>,
}

/// The counters at the beginning of the measured time and now.
#[derive(Clone, Debug)]
struct Readings {
    first: Reading,
    last: Reading,
}

#[derive(Clone, Debug)]
struct Reading {
    at: Instant,
    waits: Vec<Duration>,
    throttling: Option<Vec<Throttling>>,
    clocks: Option<Clocks>,
}

impl Reading {
    fn now(run_queue: &RunQueue, groups: Option<&CpuGroups>) -> Self {
        Self {
            at: Instant::now(),
            waits: run_queue.waits(),
            throttling: groups.map(CpuGroups::throttling),
            clocks: Clocks::read(),
        }
    }
}

impl Monitor {
    /// Starts to watch. A tick later than `bound` is a stall.
    ///
    /// # Errors
    /// When the system gives the process no more threads.
    pub(super) fn start(bound: Duration) -> io::Result<Self> {
        let stalls = Arc::new(Stalls::new(bound, Instant::now()));
        let run_queue = Arc::new(RunQueue::default());
        let groups = CpuGroups::of_this_process();
        let (stop, stopped) = channel();
        let watch = {
            let (stalls, run_queue, groups) =
                (Arc::clone(&stalls), Arc::clone(&run_queue), groups.clone());
            move || {
                let read = || Reading::now(&run_queue, groups.as_ref());
                let mut readings: Option<Readings> = None;
                loop {
                    let left = stalls.next_tick().saturating_duration_since(Instant::now());
                    let is_over = stopped.recv_timeout(left) != Err(RecvTimeoutError::Timeout);
                    let now = Instant::now();
                    stalls.tick(now);
                    match &mut readings {
                        Some(readings) if is_over || now - readings.last.at >= READING => {
                            readings.last = read();
                        }
                        None if stalls.measured_from().is_some_and(|from| from <= now) => {
                            let first = read();
                            readings = Some(Readings { last: first.clone(), first });
                        }
                        _ => {}
                    }
                    if is_over {
                        return readings;
                    }
                }
            }
        };
        let thread = thread::Builder::new().name("health".to_owned()).spawn(watch)?;
        Ok(Self { stalls, run_queue, stop, thread, groups })
    }

    /// When the process did not run.
    pub(super) fn stalls(&self) -> &Arc<Stalls> {
        &self.stalls
    }

    /// What each thread of the runtime calls when it starts. The first ones are its workers; later ones
    /// do what blocks, and do not count.
    pub(super) fn on_thread_start(&self, workers: usize) -> impl Fn() + Send + Sync + 'static {
        let run_queue = Arc::clone(&self.run_queue);
        move || run_queue.add_this_thread(workers)
    }

    /// Reports on the time from `instant` on.
    pub(super) fn measure_from(&self, instant: Instant) {
        self.stalls.measure_from(instant);
    }

    /// Stops to watch.
    pub(super) fn finish(self) -> HealthReport {
        drop(self.stop);
        let readings = self.thread.join().ok().flatten();
        let allowed = allowed_processors();
        let quota = self.groups.as_ref().and_then(CpuGroups::quota);
        let mut report = HealthReport {
            processors: quota.map_or(allowed, |quota| quota.min(allowed)),
            cpu_quota: quota,
            stalls: self.stalls.report(),
            ..HealthReport::default()
        };
        if let Some(readings) = readings {
            readings.add_to(&mut report);
        }
        report
    }
}

impl Readings {
    fn add_to(&self, report: &mut HealthReport) {
        let Self { first, last } = self;
        let elapsed = last.at.saturating_duration_since(first.at);
        let run_queue_share = largest_share(&first.waits, &last.waits, elapsed);
        let throttling = first.throttling.as_ref().zip(last.throttling.as_ref());
        let clocks = first.clocks.zip(last.clocks);
        let unchecked = [
            ("wait for a processor", run_queue_share.is_none()),
            ("CPU quota", throttling.is_none()),
            ("suspension of the machine", clocks.is_none()),
        ];
        report.measured_seconds = elapsed.as_secs_f64();
        report.run_queue_share = run_queue_share;
        report.throttling = throttling.map(|(before, after)| {
            let Throttling { periods, throttled } = most_throttled(before, after);
            ThrottlingReport { periods, throttled }
        });
        report.suspended_seconds = clocks.map(|(from, to)| to.suspended_since(from).as_secs_f64());
        report.clock_step_seconds = clocks.map(|(from, to)| to.stepped_since(from).as_secs_f64());
        let missing = unchecked.into_iter().filter(|(_, is_missing)| *is_missing);
        report.unchecked = missing.map(|(check, _)| check.to_owned()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watch_ends_at_once_and_reports_what_it_could_read() {
        let monitor = Monitor::start(Duration::from_secs(3600)).expect("a thread");
        monitor.on_thread_start(1)();
        monitor.measure_from(Instant::now());
        let stalls = Arc::clone(monitor.stalls());
        let begun = stalls.next_tick();
        // Until the thread has ticked, however long that takes.
        while stalls.next_tick() == begun {
            thread::yield_now();
        }
        let report = monitor.finish();
        assert_eq!(report.stalls.count, 0, "no tick is an hour late");
        assert!(report.processors > 0.0);
        if cfg!(target_os = "linux") {
            assert!(!report.unchecked.iter().any(|check| check == "suspension of the machine"));
            assert_eq!(report.suspended_seconds, Some(0.0));
        }
    }
}
