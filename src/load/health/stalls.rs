//! Times in which this process did not run, found by a tick that came late.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::measure::StallReport;

/// The interval between two ticks.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A tick that is later does not count towards a timeout, whatever lateness a run allows.
const LATE: Duration = Duration::from_millis(20);

/// How long single stalls are remembered. No timeout is longer.
const REMEMBERED: Duration = Duration::from_secs(120);

/// The stalls of the process. A stall is a tick that is late by more than the bound of the run, or
/// than [`LATE`] where timeouts are concerned.
#[derive(Debug)]
pub(crate) struct Stalls {
    bound: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    next_tick: Instant,
    recent: VecDeque<Stall>,
    measured_from: Option<Instant>,
    measured: StallReport,
}

/// One tick that came late.
#[derive(Clone, Copy, Debug)]
struct Stall {
    due: Instant,
    woke: Instant,
}

impl Stall {
    /// How much of the stall lies between two instants.
    fn within(&self, from: Instant, to: Instant) -> Duration {
        self.woke.min(to).saturating_duration_since(self.due.max(from))
    }
}

impl State {
    fn remember(&mut self, stall: Stall) {
        let is_old = |old: &Stall| stall.woke - old.woke > REMEMBERED;
        while self.recent.front().is_some_and(is_old) {
            self.recent.pop_front();
        }
        self.recent.push_back(stall);
    }
}

impl Stalls {
    /// No stalls yet. The first tick is due one interval after `now`.
    pub(super) fn new(bound: Duration, now: Instant) -> Self {
        let state = State {
            next_tick: now + TICK,
            recent: VecDeque::new(),
            measured_from: None,
            measured: StallReport::default(),
        };
        Self { bound, state: Mutex::new(state) }
    }

    /// Includes stalls in the report from `instant` on.
    pub(super) fn measure_from(&self, instant: Instant) {
        self.state().measured_from = Some(instant);
    }

    pub(super) fn measured_from(&self) -> Option<Instant> {
        self.state().measured_from
    }

    pub(super) fn next_tick(&self) -> Instant {
        self.state().next_tick
    }

    /// Records a tick at `now` and schedules the next one.
    pub(super) fn tick(&self, now: Instant) {
        let mut state = self.state();
        let stall = Stall { due: state.next_tick, woke: now };
        let lateness = now.saturating_duration_since(stall.due);
        state.next_tick = now + TICK;
        if lateness > LATE {
            state.remember(stall);
        }
        let measured = state.measured_from.map_or(Duration::ZERO, |from| stall.within(from, now));
        if lateness > self.bound && !measured.is_zero() {
            state.measured.add(measured);
        }
    }

    /// How long the process was stalled between two instants, of which `to` is about now. A stall
    /// that the next tick has not reported yet counts.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> Duration {
        let state = self.state();
        let current = Stall { due: state.next_tick, woke: to };
        let current = (to.saturating_duration_since(current.due) > LATE).then_some(current);
        state.recent.iter().chain(&current).map(|stall| stall.within(from, to)).sum()
    }

    pub(super) fn report(&self) -> StallReport {
        self.state().measured
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn late_ticks_are_stalls_and_the_warm_up_is_excluded() {
        let start = Instant::now();
        let at = |millis| start + MS(millis);
        let stalls = Stalls::new(MS(20), start);
        stalls.measure_from(at(1000));
        // By tick: when it came. Each is due 10 ms after the one before.
        for millis in [10, 20, 50, 500, 1300, 1315, 1400] {
            stalls.tick(at(millis));
        }
        let report = stalls.report();
        assert_eq!(report.count, 2, "1300 (due at 510, in part in the warm-up) and 1400");
        assert!((report.seconds - 0.375).abs() < 1e-9, "{report:?}");
        assert!((report.longest_seconds - 0.3).abs() < 1e-9, "{report:?}");
    }

    #[test]
    fn stalls_between_two_instants_include_the_current_one() {
        let start = Instant::now();
        let at = |millis| start + MS(millis);
        let stalls = Stalls::new(MS(20), start);
        stalls.tick(at(110));
        for (from, to, stalled) in [
            (0, 110, 100),
            (60, 110, 50),
            (60, 80, 20),
            (110, 130, 0),
            // The next tick is due at 120, and is not late enough to count before 140.
            (110, 139, 0),
            (110, 3000, 2880),
            (0, 3000, 2980),
        ] {
            assert_eq!(stalls.between(at(from), at(to)), MS(stalled), "{from} to {to}");
        }
    }

    #[test]
    fn old_stalls_are_forgotten_and_stay_in_the_report() {
        let mut now = Instant::now();
        let stalls = Stalls::new(MS(20), now);
        stalls.measure_from(now);
        for _ in 0..10_000 {
            now += MS(60);
            stalls.tick(now);
        }
        assert_eq!(stalls.report().count, 10_000);
        assert!(stalls.state().recent.len() <= 2001);
    }

    #[test]
    fn a_run_that_allows_more_lateness_has_the_same_timeouts() {
        let start = Instant::now();
        let stalls = Stalls::new(MS(1000), start);
        stalls.measure_from(start);
        stalls.tick(start + MS(510));
        assert_eq!(stalls.report().count, 0);
        assert_eq!(stalls.between(start, start + MS(510)), MS(500));
    }
}
