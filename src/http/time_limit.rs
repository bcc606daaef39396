//! A limit on how long each of many exchanges may take, one after the other.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

/// The runtime looks at the sockets before it looks at its timers, which have a grain of a
/// millisecond: when this is over it has looked at them.
const LAST_LOOK: Duration = Duration::from_millis(1);

/// A timer that stays set from one exchange to the next. tokio's `timeout` would set one for each and
/// take it back, which costs several hundred instructions a request.
#[derive(Debug, Default)]
pub(super) struct TimeLimit {
    timer: Option<Pin<Box<Sleep>>>,
}

impl TimeLimit {
    /// What comes of `future`; nothing if it is not over at `deadline`. When that has come, `extend`
    /// may give a later one.
    ///
    /// After the last deadline the sockets are looked at once more: a process that did not run finds
    /// the deadline and the reply at the same time.
    pub(super) async fn until<F: Future>(
        &mut self,
        deadline: Instant,
        extend: impl Fn(Instant) -> Option<Instant>,
        future: F,
    ) -> Option<F::Output> {
        let mut future = pin!(future);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
        // A timer set for an earlier time is set again when that has come; a later one is too late.
        if timer.deadline() > deadline.into() {
            timer.as_mut().reset(deadline.into());
        }
        let mut deadline = deadline;
        let mut is_last_look = false;
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            while timer.as_mut().poll(context).is_ready() {
                let now = Instant::now();
                if now >= deadline {
                    deadline = match extend(now) {
                        Some(later) => later,
                        None if is_last_look => return Poll::Ready(None),
                        None => {
                            is_last_look = true;
                            now + LAST_LOOK
                        }
                    };
                }
                timer.as_mut().reset(deadline.into());
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::sleep;

    use super::*;

    #[test]
    fn each_exchange_has_a_limit_of_its_own() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let mut limit = TimeLimit::default();
            let never = |_| None;
            let after = |millis| Instant::now() + Duration::from_millis(millis);
            let soon = after(1);
            assert_eq!(limit.until(soon, never, ready(1)).await, Some(1));
            // The timer is still set for that, and this may take longer.
            let long = async { sleep(Duration::from_millis(20)).await };
            assert_eq!(limit.until(after(60_000), never, long).await, Some(()));
            // And now it is set for much later than this.
            let deadline = after(5);
            // Polled first, so that a busy machine, where both may be over, does not decide.
            tokio::select! {
                biased;
                found = limit.until(deadline, never, pending::<()>()) => assert_eq!(found, None),
                () = sleep(Duration::from_secs(30)) => panic!("the deadline was missed"),
            }
            assert!(Instant::now() >= deadline);
            assert_eq!(limit.until(after(60_000), never, ready(2)).await, Some(2));
            // What is over is over, also when it is too late.
            assert_eq!(limit.until(deadline, never, ready(3)).await, Some(3));
            assert_eq!(limit.until(deadline, never, pending::<()>()).await, None);
        });
    }

    #[test]
    fn a_deadline_is_extended_by_the_time_that_the_process_did_not_run() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let mut limit = TimeLimit::default();
            let deadline = Instant::now();
            let extended = deadline + Duration::from_millis(30);
            let extend = |now| (now < extended).then_some(extended);
            assert_eq!(limit.until(deadline, extend, pending::<()>()).await, None);
            assert!(Instant::now() >= extended);
            // A reply that arrives while the process does not run.
            let deadline = Instant::now() + Duration::from_millis(1);
            let reply = async {
                std::thread::sleep(Duration::from_millis(5));
                tokio::task::yield_now().await;
            };
            assert_eq!(limit.until(deadline, |_| None, reply).await, Some(()));
        });
    }
}
