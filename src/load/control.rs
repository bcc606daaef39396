//! How a run is told to end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Tells users to stop, and whoever waits for them that they have. To be stopped from any thread.
#[derive(Debug, Default)]
pub struct Control {
    /// When the run was told to end, if it was.
    stopped: OnceLock<Instant>,
    /// Somebody wants the end at once, not gracefully.
    aborted: AtomicBool,
    panicked: AtomicBool,
    /// Wakes users out of their think time.
    wake: Notify,
    /// Wakes whoever waits for the end.
    changed: Notify,
    live: AtomicUsize,
    ended: AtomicUsize,
}

impl Control {
    /// Ends the run: users close what they have opened and start nothing new.
    pub fn stop(&self) {
        self.stopped.get_or_init(Instant::now);
        self.wake.notify_waiters();
        self.changed.notify_one();
    }

    /// Ends the run without waiting for anybody.
    pub fn abort(&self) {
        self.aborted.store(true, Ordering::SeqCst);
        self.stop();
    }

    /// Whether the run is to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// When the run was told to end, if it was.
    #[must_use]
    pub fn stopped_at(&self) -> Option<Instant> {
        self.stopped.get().copied()
    }

    /// Whether nobody is to be waited for.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::SeqCst)
    }

    /// How many users there are now.
    #[must_use]
    pub fn live(&self) -> usize {
        self.live.load(Ordering::SeqCst)
    }

    pub(super) fn note_panic(&self) {
        self.panicked.store(true, Ordering::SeqCst);
    }

    pub(super) fn has_panicked(&self) -> bool {
        self.panicked.load(Ordering::SeqCst)
    }

    pub(super) fn user_began(&self) {
        self.live.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn user_ended(&self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
        self.live.fetch_sub(1, Ordering::SeqCst);
        self.changed.notify_one();
    }

    /// Waits until the run is to end.
    pub(super) async fn stopped(&self) {
        let woken = self.wake.notified();
        tokio::pin!(woken);
        // Enabled before the look at the flag, so that no call of `stop` falls between the two.
        woken.as_mut().enable();
        if !self.is_stopping() {
            woken.await;
        }
    }

    /// Waits for `time`, and says whether it was all of it. If the run is told to end meanwhile,
    /// for `at_the_end` more at most, so that users who were thinking do not all log out in the
    /// same instant; after that not at all.
    pub(super) async fn pause(&self, time: Duration, at_the_end: Duration) -> bool {
        let began = Instant::now();
        if self.is_stopping() {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(time) => return true,
            () = self.stopped() => {}
        }
        let left = time.saturating_sub(began.elapsed());
        tokio::time::sleep(left.min(at_the_end)).await;
        false
    }

    /// Waits until the run is to end, or all of `users` have come and gone.
    pub(super) async fn until_stopping(&self, users: usize) {
        while !self.is_stopping() && self.ended.load(Ordering::SeqCst) < users {
            self.changed.notified().await;
        }
    }

    /// Waits until nobody is there, or nobody is to be waited for.
    pub(super) async fn until_idle(&self) {
        while self.live() > 0 && !self.is_aborted() {
            self.changed.notified().await;
        }
    }
}
