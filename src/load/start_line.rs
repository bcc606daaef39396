//! Where users gather before a run, so that launching them is not part of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, watch};

use super::Control;

/// Lets everybody start at once when all are there.
#[derive(Debug)]
pub(super) struct StartLine {
    expected: usize,
    /// Who is there: the journey, and Goose's number of the user.
    there: Mutex<Vec<(usize, usize)>>,
    complete: Notify,
    start: watch::Sender<Option<Start>>,
}

/// The start of a run.
#[derive(Clone, Debug)]
pub(super) struct Start {
    /// When it was.
    pub(super) at: Instant,
    /// Everybody, in order.
    order: Arc<[(usize, usize)]>,
}

impl Start {
    /// The how-manieth of its journey a user is. Goose numbers its users the same way in each
    /// run, while their tasks come in any order.
    pub(super) fn seat(&self, journey: usize, number: usize) -> usize {
        let before = |user: (usize, usize)| self.order.partition_point(|other| *other < user);
        before((journey, number)) - before((journey, 0))
    }
}

impl StartLine {
    pub(super) fn new(expected: usize) -> Self {
        Self {
            expected,
            there: Mutex::new(Vec::with_capacity(expected)),
            complete: Notify::new(),
            start: watch::Sender::new(None),
        }
    }

    /// A user comes, and waits for the start; `None` if the run ends before.
    pub(super) async fn arrive(
        &self,
        journey: usize,
        number: usize,
        control: &Control,
    ) -> Option<Start> {
        let mut start = self.start.subscribe();
        {
            let mut there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
            there.push((journey, number));
            if there.len() == self.expected {
                self.complete.notify_one();
            }
        }
        tokio::select! {
            start = start.wait_for(Option::is_some) => start.ok().and_then(|start| start.clone()),
            () = control.stopped() => None,
        }
    }

    /// Waits until everybody is there.
    pub(super) async fn complete(&self) {
        self.complete.notified().await;
    }

    /// Starts.
    pub(super) fn start(&self, at: Instant) {
        let mut there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order = std::mem::take(&mut *there);
        order.sort_unstable();
        self.start.send_replace(Some(Start { at, order: order.into() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn seats_depend_on_numbers_and_not_on_who_comes_first() {
        let line = Arc::new(StartLine::new(4));
        let control = Arc::new(Control::default());
        let comes = |journey, number| {
            let (line, control) = (Arc::clone(&line), Arc::clone(&control));
            tokio::spawn(async move {
                let start = line.arrive(journey, number, &control).await.expect("a start");
                start.seat(journey, number)
            })
        };
        let users = [comes(1, 3), comes(0, 2), comes(1, 0), comes(1, 1)];
        line.complete().await;
        line.start(Instant::now());
        let mut seats = Vec::new();
        for user in users {
            seats.push(user.await.expect("no panic"));
        }
        assert_eq!(seats, [2, 0, 0, 1]);
    }

    #[tokio::test]
    async fn nobody_waits_for_a_start_that_does_not_come() {
        let line = StartLine::new(2);
        let control = Control::default();
        control.stop();
        assert!(line.arrive(0, 0, &control).await.is_none());
    }
}
