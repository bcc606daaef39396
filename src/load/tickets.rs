//! The starts of an open journey, handed to users as they come due.

use std::iter::Peekable;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Control;
use super::schedule::Schedule;
use crate::measure::{JourneyEnd, Recorder};
use crate::timer::Timer;

/// A start for one user to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    /// The how-manieth of its journey.
    pub(super) number: u64,
    /// When it is due: latency counts from here.
    pub(super) due: Instant,
    /// Since when the user had nothing else to do.
    pub(super) free: Instant,
}

/// The starts of one journey. Free users queue for the timer, first come, first served. The one that
/// has it waits for the next start, makes it, and so lets the next user in. The timer itself wakes it:
/// no other task in between can be late.
#[derive(Debug)]
pub(super) struct Tickets {
    journey: usize,
    tolerance: Duration,
    timer: tokio::sync::Mutex<Timer>,
    /// Never locked while a user waits.
    queue: Mutex<Queue>,
}

#[derive(Debug)]
struct Queue {
    schedule: Peekable<Schedule>,
    /// How many users have had a ticket.
    seats: usize,
}

impl Tickets {
    pub(super) fn new(
        journey: usize,
        schedule: Schedule,
        timer: Timer,
        tolerance: Duration,
    ) -> Self {
        let queue = Queue { schedule: schedule.peekable(), seats: 0 };
        Self {
            journey,
            tolerance,
            timer: tokio::sync::Mutex::new(timer),
            queue: Mutex::new(queue),
        }
    }

    /// The next start for a user who has been free since `free`; `None` when there are no more, or
    /// the run ends.
    /// `seat` is the user's place in the pool, given with its first ticket: the first ticket goes
    /// to seat 0 whoever comes first.
    pub(super) async fn next(
        &self,
        start: Instant,
        free: Instant,
        seat: &mut Option<usize>,
        recorder: &Recorder,
        control: &Control,
    ) -> Option<Ticket> {
        let timer = self.timer.lock().await;
        loop {
            if let Some(end) = control.stopped_at() {
                self.settle(start, end, Some(free), recorder);
                return None;
            }
            let due = start + self.queue().schedule.peek()?.at;
            let now = Instant::now();
            if now < due {
                tokio::select! {
                    () = timer.until(due) => {}
                    () = control.stopped() => {}
                }
                continue;
            }
            let mut queue = self.queue();
            // Only `close` takes starts from others.
            let arrival = queue.schedule.next()?;
            recorder.arrive(self.journey, due);
            if now - due > self.tolerance {
                recorder.miss(self.journey, due, Some(free));
                continue;
            }
            if seat.is_none() {
                *seat = Some(queue.seats);
                queue.seats += 1;
            }
            return Some(Ticket { number: arrival.number, due, free });
        }
    }

    /// Counts the starts that were due before the end of the run and that no user has made. To be
    /// called when the run has ended.
    pub(super) fn close(&self, start: Instant, end: Instant, recorder: &Recorder) {
        self.settle(start, end, None, recorder);
    }

    /// What was due while a user was free was stopped by the end; for the rest nobody was there.
    fn settle(&self, start: Instant, end: Instant, free: Option<Instant>, recorder: &Recorder) {
        let mut queue = self.queue();
        while let Some(due) = queue.schedule.peek().map(|arrival| start + arrival.at) {
            let stopped = free.is_some_and(|free| free <= due);
            if due > end || (free.is_some() && !stopped) {
                return;
            }
            queue.schedule.next();
            recorder.arrive(self.journey, due);
            if stopped {
                recorder.begin_journey(self.journey, due);
                recorder.end_journey(self.journey, due, JourneyEnd::Stopped, Duration::ZERO);
            } else {
                recorder.miss(self.journey, due, None);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
