//! What becomes of the journeys of one kind, counted from many threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::totals::JourneyTotals;

/// How a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JourneyEnd {
    /// All its steps were played and ended as expected.
    Completed,
    /// A step did not end as expected; a login that fails ends it.
    Failed,
    /// The run ended first; what it had opened it closed.
    Stopped,
    /// It was broken off in the middle; what it had opened is left open.
    Cut,
}

/// The counters of one kind of journey.
#[derive(Debug, Default)]
pub(super) struct JourneyCounters {
    users: AtomicU64,
    due: AtomicU64,
    missed: AtomicU64,
    started: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
    stopped: AtomicU64,
    cut: AtomicU64,
    nanos: AtomicU64,
}

impl JourneyCounters {
    pub(super) fn add_user(&self) {
        count(&self.users);
    }

    pub(super) fn arrive(&self) {
        count(&self.due);
    }

    pub(super) fn miss(&self) {
        count(&self.missed);
    }

    pub(super) fn begin(&self) {
        count(&self.started);
    }

    pub(super) fn end(&self, end: JourneyEnd, took: Duration) {
        count(match end {
            JourneyEnd::Completed => &self.completed,
            JourneyEnd::Failed => &self.failed,
            JourneyEnd::Stopped => &self.stopped,
            JourneyEnd::Cut => &self.cut,
        });
        // Five hundred years of journeys fit.
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(super) fn totals(&self) -> JourneyTotals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        JourneyTotals {
            users: read(&self.users),
            due: read(&self.due),
            missed: read(&self.missed),
            started: read(&self.started),
            completed: read(&self.completed),
            failed: read(&self.failed),
            stopped: read(&self.stopped),
            cut: read(&self.cut),
            time: Duration::from_nanos(read(&self.nanos)),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
