//! What was answered, counted: one addition to a number of its own for each reply, no lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::api::{Meaning, Outgoing};

/// The statuses that HTTP has room for.
const STATUSES: std::ops::Range<u16> = 100..1000;

/// How often each status was answered with each meaning.
#[derive(Debug)]
pub(super) struct Tally {
    /// By status, and for each by meaning.
    answers: Box<[AtomicU64]>,
    /// Requests whose clients went away before they were answered.
    abandoned: AtomicU64,
}

/// So many replies of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) status: u16,
    pub(super) meaning: Meaning,
    pub(super) times: u64,
}

/// A request that is to be answered. Dropped without an answer it was abandoned.
#[derive(Debug)]
pub(super) struct Receipt<'a> {
    tally: &'a Tally,
    in_progress: &'a AtomicU64,
    is_answered: bool,
}

impl Default for Tally {
    fn default() -> Self {
        let kinds = STATUSES.len() * Meaning::ALL.len();
        Self {
            answers: std::iter::repeat_with(AtomicU64::default).take(kinds).collect(),
            abandoned: AtomicU64::new(0),
        }
    }
}

impl Tally {
    /// A request, which is one of those in progress until it is answered or abandoned.
    pub(super) fn receive<'a>(&'a self, in_progress: &'a AtomicU64) -> Receipt<'a> {
        in_progress.fetch_add(1, Relaxed);
        Receipt { tally: self, in_progress, is_answered: false }
    }

    /// What was answered, the kinds that never were left out.
    pub(super) fn counts(&self) -> Vec<Count> {
        let kinds = STATUSES.flat_map(|status| Meaning::ALL.map(|meaning| (status, meaning)));
        kinds
            .zip(&self.answers)
            .map(|((status, meaning), count)| Count { status, meaning, times: count.load(Relaxed) })
            .filter(|count| count.times > 0)
            .collect()
    }

    /// How many were abandoned.
    pub(super) fn abandoned(&self) -> u64 {
        self.abandoned.load(Relaxed)
    }

    /// Counts anew.
    pub(super) fn clear(&self) {
        for count in self.answers.iter().chain([&self.abandoned]) {
            count.store(0, Relaxed);
        }
    }

    fn answer(&self, status: u16, meaning: Meaning) -> &AtomicU64 {
        let row = usize::from(status - STATUSES.start);
        &self.answers[row * Meaning::ALL.len() + meaning as usize]
    }
}

impl Receipt<'_> {
    /// Counts `reply` as the answer, before it is sent: whoever has read it finds it counted.
    pub(super) fn answered(mut self, reply: Outgoing) -> Outgoing {
        self.is_answered = true;
        self.tally.answer(reply.status, reply.meaning).fetch_add(1, Relaxed);
        reply
    }
}

impl Drop for Receipt<'_> {
    fn drop(&mut self) {
        self.in_progress.fetch_sub(1, Relaxed);
        if !self.is_answered {
            self.tally.abandoned.fetch_add(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_reply_has_a_number_of_its_own() {
        let (tally, in_progress) = (Tally::default(), AtomicU64::new(0));
        let mut expected = Vec::new();
        for (status, times) in [(100, 1), (200, 3), (503, 2), (999, 1)] {
            for meaning in Meaning::ALL {
                for _ in 0..times {
                    let receipt = tally.receive(&in_progress);
                    assert_eq!(in_progress.load(Relaxed), 1);
                    let _ = receipt.answered(Outgoing::empty(status).meaning(meaning));
                }
                expected.push(Count { status, meaning, times });
            }
        }
        drop(tally.receive(&in_progress));
        assert_eq!((tally.counts(), tally.abandoned()), (expected, 1));
        assert_eq!(in_progress.load(Relaxed), 0);
        tally.clear();
        assert_eq!((tally.counts(), tally.abandoned()), (vec![], 0));
    }
}
