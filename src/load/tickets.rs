//! The starts of an open journey, handed to users as they come due.

use std::iter::Peekable;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

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

/// The starts of one journey. Users who are free queue at the lock, first come, first served; who
/// holds it waits for the next start, makes it, and so lets the next in. Whoever waits is woken by
/// the timer itself: there is nobody between to be late.
#[derive(Debug)]
pub(super) struct Tickets {
    journey: usize,
    tolerance: Duration,
    queue: Mutex<Queue>,
}

#[derive(Debug)]
struct Queue {
    schedule: Peekable<Schedule>,
    timer: Timer,
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
        let queue = Queue { schedule: schedule.peekable(), timer, seats: 0 };
        Self { journey, tolerance, queue: Mutex::new(queue) }
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
        let mut queue = self.queue.lock().await;
        loop {
            if let Some(end) = control.stopped_at() {
                self.settle(&mut queue, start, end, Some(free), recorder);
                return None;
            }
            let arrival = *queue.schedule.peek()?;
            let due = start + arrival.at;
            let now = Instant::now();
            if now < due {
                tokio::select! {
                    () = queue.timer.until(due) => {}
                    () = control.stopped() => {}
                }
                continue;
            }
            queue.schedule.next();
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

    /// Counts the starts that were due before the end of the run and that nobody has made. To be
    /// called when there are no users any more.
    pub(super) fn close(&self, start: Instant, end: Instant, recorder: &Recorder) {
        let mut queue = self.queue.try_lock().expect("nobody waits for a ticket after the end");
        self.settle(&mut queue, start, end, None, recorder);
    }

    /// What was due while a user was free was stopped by the end; for the rest nobody was there.
    fn settle(
        &self,
        queue: &mut Queue,
        start: Instant,
        end: Instant,
        free: Option<Instant>,
        recorder: &Recorder,
    ) {
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
}
