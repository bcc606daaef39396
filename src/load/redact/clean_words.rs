//! Words in which no secret was found.
//!
//! A service refuses a thousand times with the same words, and to read them in every way takes as long
//! as the rest of the request.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// The hashes of the last of them. At the end of the run all that is shown is redacted again, with
/// secrets that were not known before.
#[derive(Debug)]
pub(super) struct CleanWords {
    hasher: RandomState,
    hashes: [AtomicU64; 64],
}

impl CleanWords {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            hashes: [const { AtomicU64::new(0) }; 64],
        }
    }

    /// The hash of `words`, and where it belongs.
    fn place(&self, words: &str) -> (u64, &AtomicU64) {
        let hash = self.hasher.hash_one(words);
        let index = (hash % 64) as usize;
        (hash, &self.hashes[index])
    }

    pub(super) fn contains(&self, words: &str) -> bool {
        let (hash, place) = self.place(words);
        place.load(Ordering::Relaxed) == hash
    }

    pub(super) fn insert(&self, words: &str) {
        let (hash, place) = self.place(words);
        place.store(hash, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_until_others_take_their_place() {
        let clean = CleanWords::new();
        assert!(!clean.contains("99 No such user"));
        clean.insert("99 No such user");
        assert!(clean.contains("99 No such user") && !clean.contains("98 No such user"));
        (0..10_000).for_each(|number| clean.insert(&number.to_string()));
        assert!(!clean.contains("99 No such user"));
    }
}
