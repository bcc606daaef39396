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
            let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.state.store(millis << STAGE_BITS | stage as u64, Ordering::Relaxed);
        }
    }

    /// Ends when the patience does.
    pub(super) async fn runs_out(&self) {
        // No stage of a client that begins during a sleep of this length is over before its end.
        let Patience { request, reply, idle, .. } = self.patience;
        let step = request.min(reply).min(idle).max(Duration::from_millis(1));
        loop {
            let (stage, since) = self.state();
            let left = stage
                .limit(&self.patience)
                .map_or(step, |limit| (since + limit).saturating_sub(self.opened.elapsed()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(step)).await;
        }
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

    /// How long `stage` lasts, if it begins `after` the connection was opened.
    fn lasts(stage: Stage, after: Duration) -> Option<Duration> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let watch = Watch::new(PATIENCE);
            let mut began = Instant::now();
            let change = async {
                tokio::time::sleep(after).await;
                watch.enter(stage);
                watch.enter(stage);
                began = Instant::now();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = watch.runs_out() => {}
                () = change => {}
                () = tokio::time::sleep(2 * LINGER) => return None,
            }
            Some(began.elapsed())
        })
    }

    #[test]
    fn each_stage_has_its_limit_whenever_it_begins() {
        let rows = [
            (Stage::Idle, Some(PATIENCE.idle)),
            (Stage::Request, Some(PATIENCE.request)),
            (Stage::Refused, Some(PATIENCE.request)),
            (Stage::Reply, Some(PATIENCE.reply)),
            (Stage::Closing, Some(LINGER)),
            (Stage::Answer, None),
        ];
        let check = |(stage, limit): (Stage, Option<Duration>)| {
            assert_eq!(Stage::ALL[stage as usize], stage);
            let after = Duration::from_millis(if stage == Stage::Idle { 0 } else { 150 });
            let lasted = lasts(stage, after);
            assert_eq!(lasted.is_some(), limit.is_some(), "{stage:?}");
            if let (Some(lasted), Some(limit)) = (lasted, limit) {
                // Stamps are whole milliseconds, and the machine may be busy.
                let least = limit.saturating_sub(Duration::from_millis(5));
                assert!(lasted >= least && lasted < limit + LINGER, "{stage:?}: {lasted:?}");
            }
        };
        std::thread::scope(|scope| {
            for row in rows {
                scope.spawn(move || check(row));
            }
        });
    }
}
