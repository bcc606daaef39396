//! How long clients are waited for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long and for how many clients the simulator waits. Its own time, a slow answer's, is not
/// the client's and is not limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From a request's first byte to its last.
    pub request: Duration,
    /// For a client to take more of a reply that it does not read.
    pub reply: Duration,
    /// Between a reply and the next request.
    pub idle: Duration,
    /// Connections at once; one more is answered 503 and closed. Fewer where the system gives
    /// the process fewer descriptors.
    pub connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            reply: Duration::from_secs(10),
            idle: Duration::from_secs(5 * 60),
            connections: 50_000,
        }
    }
}

/// How long a client that was refused may go on talking, so that it can read why: to close with
/// bytes unread would reset the connection, and the reply could be lost (RFC 9112, section 9.6).
const LINGER: Duration = Duration::from_secs(2);

/// What a connection is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A request.
    Idle,
    /// The rest of a request.
    Request,
    /// The service, which has the whole request.
    Answer,
    /// The client, to take more of the reply.
    Reply,
    /// What a client does that was answered before its request was whole.
    Refused,
    /// A refused client, to stop talking.
    Closing,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Idle, Self::Request, Self::Answer, Self::Reply, Self::Refused, Self::Closing];

    /// How long the stage may last; `None` is for ever.
    const fn limit(self, patience: &Patience) -> Option<Duration> {
        match self {
            Self::Idle => Some(patience.idle),
            Self::Request | Self::Refused => Some(patience.request),
            Self::Answer => None,
            Self::Reply => Some(patience.reply),
            Self::Closing => Some(LINGER),
        }
    }
}

/// The stage of one connection, as the tasks on it report it. It costs a request two looks at the
/// clock and no timer of its own.
#[derive(Debug)]
pub(super) struct Watch {
    patience: Patience,
    opened: Instant,
    /// When the stage began, in milliseconds since `opened`, and below it the stage in
    /// [`STAGE_BITS`]: one word, so that no reader sees halves of two.
    state: AtomicU64,
}

const STAGE_BITS: u32 = 3;

impl Watch {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            opened: Instant::now(),
            state: AtomicU64::new(Stage::Idle as u64),
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.state().0
    }

    /// A stage that goes on began when it first did.
    pub(super) fn enter(&self, stage: Stage) {
        if self.stage() != stage {
            self.enter_at(stage, self.opened.elapsed());
        }
    }

    fn enter_at(&self, stage: Stage, now: Duration) {
        let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.state.store(millis << STAGE_BITS | stage as u64, Ordering::Relaxed);
    }

    /// Ends when the patience does.
    pub(super) async fn runs_out(&self) {
        while let Some(pause) = self.next_look(self.opened.elapsed()) {
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait before the next look at the stage; `None` when its limit is reached.
    fn next_look(&self, now: Duration) -> Option<Duration> {
        // No stage of a client that begins during a sleep of this length is over before its end.
        let Patience { request, reply, idle, .. } = self.patience;
        let step = request.min(reply).min(idle).max(Duration::from_millis(1));
        let (stage, since) = self.state();
        let left = stage
            .limit(&self.patience)
            .map_or(step, |limit| (since + limit).saturating_sub(now));
        (!left.is_zero()).then(|| left.min(step))
    }

    fn state(&self) -> (Stage, Duration) {
        let word = self.state.load(Ordering::Relaxed);
        let index = usize::try_from(word & ((1 << STAGE_BITS) - 1)).expect("three bits");
        (Stage::ALL[index], Duration::from_millis(word >> STAGE_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        request: Duration::from_millis(200),
        reply: Duration::from_millis(300),
        idle: Duration::from_millis(400),
        connections: 1,
    };

    /// How long `stage` lasts on a clock of the test's own, if it begins `after` the connection was
    /// opened; `None` if it has not ended by `2 * LINGER`.
    fn lasts(stage: Stage, after: Duration) -> Option<Duration> {
        let watch = Watch::new(PATIENCE);
        let mut now = Duration::ZERO;
        let mut has_begun = false;
        while let Some(pause) = watch.next_look(now) {
            assert!(!pause.is_zero(), "a look without a pause would never end");
            // The stage begins while the watch sleeps.
            if !has_begun && now + pause > after {
                watch.enter_at(stage, after);
                has_begun = true;
            }
            now += pause;
            if now > after + 2 * LINGER {
                return None;
            }
        }
        assert!(has_begun, "{stage:?} begins before the limit of the one before");
        Some(now.saturating_sub(after))
    }

    #[test]
    fn each_stage_has_its_limit_whenever_it_begins() {
        for (stage, limit) in [
            (Stage::Idle, Some(PATIENCE.idle)),
            (Stage::Request, Some(PATIENCE.request)),
            (Stage::Refused, Some(PATIENCE.request)),
            (Stage::Reply, Some(PATIENCE.reply)),
            (Stage::Closing, Some(LINGER)),
            (Stage::Answer, None),
        ] {
            assert_eq!(Stage::ALL[stage as usize], stage);
            for after in [0, 1, 150, 199, 200, 201, 399].map(Duration::from_millis) {
                assert_eq!(lasts(stage, after), limit, "{stage:?} after {after:?}");
            }
        }
    }

    #[test]
    fn a_stage_that_is_entered_again_goes_on() {
        let watch = Watch::new(PATIENCE);
        watch.enter_at(Stage::Request, Duration::from_millis(100));
        watch.enter(Stage::Request);
        assert_eq!(watch.state(), (Stage::Request, Duration::from_millis(100)));
        assert_eq!(watch.next_look(Duration::from_millis(299)), Some(Duration::from_millis(1)));
        assert_eq!(watch.next_look(Duration::from_millis(300)), None);
    }
}
