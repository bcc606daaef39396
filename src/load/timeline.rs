//! What was counted, second by second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval_at};

use super::virtual_user::Shared;
use crate::measure::{Interval, Second};

/// Second by second, what was counted.
pub(super) struct Timeline<'r> {
    clock: Instant,
    shared: Arc<Shared>,
    seconds: Vec<Second>,
    on_second: &'r mut dyn FnMut(&Second),
}

impl<'r> Timeline<'r> {
    pub(super) fn new(
        clock: Instant,
        shared: &Arc<Shared>,
        on_second: &'r mut dyn FnMut(&Second),
    ) -> Self {
        Self {
            clock,
            shared: Arc::clone(shared),
            seconds: Vec::new(),
            on_second,
        }
    }

    /// Takes down each second; never ends by itself.
    pub(super) async fn watch(&mut self) {
        const SECOND: Duration = Duration::from_secs(1);
        let next = self.clock + SECOND * u32::try_from(self.seconds.len() + 1).unwrap_or(u32::MAX);
        let mut ticks = interval_at(next.into(), SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            ticks.tick().await;
            let interval = self.shared.recorder.take_interval();
            self.push(&interval);
        }
    }

    /// Takes down the rest, where there is one.
    pub(super) fn finish(mut self) -> Vec<Second> {
        let interval = self.shared.recorder.take_interval();
        if interval.count + interval.missed > 0 {
            self.push(&interval);
        }
        self.seconds
    }

    fn push(&mut self, interval: &Interval) {
        let at = self.clock.elapsed();
        let began = self.seconds.last().map_or(0.0, |second| second.at_seconds);
        let second = Second {
            at_seconds: at.as_secs_f64(),
            warm_up: began < self.shared.plan.load.warm_up.as_secs_f64(),
            users: self.shared.recorder.users_inside(),
            missed: interval.missed,
            count: interval.count,
            failed: interval.failed,
            p50: interval.latency.at(0.5),
            p99: interval.latency.at(0.99),
            max: interval.latency.at(1.0),
        };
        (self.on_second)(&second);
        self.seconds.push(second);
    }
}
