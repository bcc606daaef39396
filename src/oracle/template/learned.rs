//! How much templates may have learned, counted from outside.

use crate::api::{MAX_ATTEMPTS, MAX_SHAPE_BYTES, MAX_SHAPES};

/// What was learned of the replies to an operation over a binding.
#[derive(Default)]
pub(super) struct Learned {
    /// Whether there has been a reply that is not too long.
    may_be: bool,
    shapes: usize,
    attempts: u32,
    /// How many attempts there had been when no template could read the reply at hand, unless one
    /// has since.
    missed_after: Option<u32>,
}

impl Learned {
    /// Another reply comes.
    pub(super) fn next(&mut self, body: &[u8]) {
        self.may_be |= body.len() <= MAX_SHAPE_BYTES;
        self.missed_after = None;
    }

    /// No template could read it. Where the strict path can, that was an attempt to learn from it.
    pub(super) fn missed(&mut self, is_readable: bool) {
        self.missed_after = Some(self.attempts);
        self.attempts += u32::from(is_readable);
    }

    /// A template has read it: what none could before was learned from it.
    ///
    /// # Errors
    /// When that should not have been learned.
    pub(super) fn read(&mut self) -> Result<(), &'static str> {
        let missed_after = self.missed_after.take();
        self.shapes += usize::from(missed_after.is_some());
        if !self.may_be {
            Err("learned from a long one")
        } else if missed_after.is_some_and(|attempts| attempts >= MAX_ATTEMPTS) {
            Err("learned after too many attempts")
        } else if self.shapes > MAX_SHAPES {
            Err("one shape too many")
        } else {
            Ok(())
        }
    }

    /// Whether the reply at hand could not be learned from since there are as many shapes as may be.
    pub(super) fn is_full(&self) -> bool {
        self.missed_after.is_some() && self.shapes == MAX_SHAPES
    }

    /// Whether it could not since there were too many attempts.
    pub(super) fn is_given_up(&self) -> bool {
        self.missed_after.is_some() && self.attempts >= MAX_ATTEMPTS
    }
}
