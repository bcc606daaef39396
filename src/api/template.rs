//! Learned templates: replies of a shape seen before are read by comparing and slicing.
//!
//! After a reply was read the strict way, the bytes around its fields are kept. A later body that
//! has the same bytes there, and between them only characters that mean themselves, must be read
//! the same way by the strict parser too; so it is not asked. Everything else goes the strict way.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::shape::Shape;
use super::{Answer, Api, Binding, Fields, Verdict};
use crate::xml;

/// How many shapes are kept for an operation over a binding. A service has a good reply and a few
/// bad ones; what comes after these goes the strict way.
pub const MAX_SHAPES: usize = 4;

/// After so many replies that no shape could be learned from, no more is tried.
pub const MAX_ATTEMPTS: u32 = 64;

/// What was learned of the replies to an operation over a binding.
#[derive(Debug)]
struct Learned {
    shapes: [OnceLock<Shape>; MAX_SHAPES],
    attempts: AtomicU32,
}

impl Learned {
    /// Whether nothing more is to be learned.
    #[inline]
    fn is_over(&self) -> bool {
        // They are filled in their order.
        self.shapes[MAX_SHAPES - 1].get().is_some()
            || self.attempts.load(Ordering::Relaxed) >= MAX_ATTEMPTS
    }
}

/// The shapes of an API's replies, learned as they come, for many threads at once.
#[derive(Debug)]
pub struct Templates {
    api: &'static dyn Api,
    /// By operation, then binding.
    learned: Vec<Learned>,
    misses: AtomicU64,
    /// The most bytes a reply may have.
    max_bytes: usize,
}

impl Templates {
    /// Nothing learned yet.
    #[must_use]
    pub fn new(api: &'static dyn Api) -> Self {
        let count = api.operations().len() * Binding::ALL.len();
        let nothing = || Learned {
            shapes: [const { OnceLock::new() }; MAX_SHAPES],
            attempts: AtomicU32::new(0),
        };
        Self {
            api,
            learned: (0..count).map(|_| nothing()).collect(),
            misses: AtomicU64::new(0),
            max_bytes: xml::DEFAULT_MAX_BYTES,
        }
    }

    /// The same for replies of up to `max_bytes`, in place of 64 KiB.
    #[must_use]
    pub fn within(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// As [`Api::judge_within`], with the same result for every reply.
    pub fn judge<'a>(
        &'a self,
        operation: usize,
        binding: Binding,
        status: u16,
        body: &'a [u8],
    ) -> Answer<'a> {
        let mut answer = Answer::bare(Verdict::Http(status));
        self.judge_into(operation, binding, status, body, &mut answer);
        answer
    }

    /// As [`judge`](Self::judge), in place of what `answer` was: to move an answer takes about as
    /// long as to read it.
    pub fn judge_into<'a>(
        &'a self,
        operation: usize,
        binding: Binding,
        status: u16,
        body: &'a [u8],
        answer: &mut Answer<'a>,
    ) {
        let learned = &self.learned[operation * Binding::ALL.len() + binding as usize];
        if !self.read(learned, operation, body, answer) {
            self.misses.fetch_add(1, Ordering::Relaxed);
            *answer = self.api.judge_within(self.max_bytes, operation, binding, status, body);
            if !learned.is_over() {
                self.learn(learned, operation, binding, body, answer);
            }
        }
    }

    /// How many replies were read the strict way. Counted instead of the others, which are many.
    #[must_use]
    pub fn misses(&self) -> u64 {
        self.misses.load(Ordering::Relaxed)
    }

    fn read<'a>(
        &'a self,
        learned: &'a Learned,
        operation: usize,
        body: &'a [u8],
        answer: &mut Answer<'a>,
    ) -> bool {
        if body.len() > self.max_bytes {
            return false;
        }
        answer.fields.clear();
        for shape in learned.shapes.iter().map_while(OnceLock::get) {
            if shape.read(body, &mut answer.fields) {
                let verdict = self.api.verdict(operation, &answer.fields);
                return verdict.map(|verdict| answer.verdict = verdict).is_some();
            }
        }
        false
    }

    #[cold]
    fn learn(
        &self,
        learned: &Learned,
        operation: usize,
        binding: Binding,
        body: &[u8],
        answer: &Answer<'_>,
    ) {
        let Some(free) = learned.shapes.iter().find(|shape| shape.get().is_none()) else { return };
        // Only a reply that was read has the meaning of its fields.
        if body.is_empty()
            || self.api.verdict(operation, &answer.fields).as_ref() != Some(&answer.verdict)
        {
            return;
        }
        learned.attempts.fetch_add(1, Ordering::Relaxed);
        let reads = |other: &[u8], fields: &Fields<'_>| {
            self.api
                .parse_reply(operation, binding, other)
                .is_ok_and(|read| read.fields == *fields)
        };
        if let Some(shape) = Shape::learn(body, &answer.fields, reads) {
            // Another thread may have been faster, which is as good.
            let _ = free.set(shape);
        }
    }
}
