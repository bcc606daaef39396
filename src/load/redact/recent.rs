//! The sessions that were opened last.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::secret::Secret;

/// How many are remembered at least. What is older is known by the shape of keys alone.
const REMEMBERED: usize = 10_000;

/// How many bytes of each are remembered. A service may send ids of any length; what follows is known
/// by its shape.
const LONGEST: usize = 256;

/// The sessions that any user opened last. Each has a lock of its own, which nobody waits for.
#[derive(Debug)]
pub(in crate::load) struct RecentSessions {
    next: AtomicUsize,
    sessions: Vec<Mutex<Secret>>,
}

impl RecentSessions {
    /// Room for the sessions of so many users, of which each has one at a time, and for as many earlier
    /// ones.
    pub(in crate::load) fn of_users(users: usize) -> Self {
        let remembered = REMEMBERED.max(2 * users);
        Self {
            next: AtomicUsize::new(0),
            sessions: (0..remembered).map(|_| Mutex::default()).collect(),
        }
    }

    /// Remembers a session in place of the oldest.
    pub(in crate::load) fn push(&self, session: &str) {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.sessions.len();
        let most = session.len().min(LONGEST);
        let end = (0..=most).rfind(|end| session.is_char_boundary(*end)).unwrap_or(0);
        self.sessions[at]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .set(&session[..end]);
    }

    /// Gives all that are remembered, and forgets them: the run is over.
    pub(in crate::load) fn take(&self) -> Vec<Secret> {
        let count = self.next.swap(0, Ordering::Relaxed).min(self.sessions.len());
        let take = |session: &Mutex<Secret>| {
            mem::take(&mut *session.lock().unwrap_or_else(PoisonError::into_inner))
        };
        self.sessions[..count].iter().map(take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_remembered() {
        let recent = RecentSessions::of_users(5);
        assert_eq!(recent.take(), []);
        for number in 0..REMEMBERED + 2 {
            recent.push(&number.to_string());
        }
        let all = recent.take();
        assert_eq!(all.len(), REMEMBERED);
        assert_eq!(
            all[..3].iter().map(Secret::expose).collect::<Vec<_>>(),
            ["10000", "10001", "2"]
        );
    }

    #[test]
    fn long_ids_take_no_more_room_than_others() {
        let recent = RecentSessions::of_users(5);
        recent.push(&"ж".repeat(1 << 20));
        assert_eq!(recent.take()[0].expose(), "ж".repeat(LONGEST / 2));
    }
}
