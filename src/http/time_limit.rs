//! A limit on how long each of many exchanges may take, one after the other.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that stays set from one exchange to the next. tokio's `timeout` would set one for each and
/// take it back, which costs several hundred instructions a request.
#[derive(Debug, Default)]
pub(super) struct TimeLimit {
    timer: Option<Pin<Box<Sleep>>>,
}

impl TimeLimit {
    /// What comes of `future`; nothing if it is not over at `deadline`.
    pub(super) async fn until<F: Future>(
        &mut self,
        deadline: Instant,
        future: F,
    ) -> Option<F::Output> {
        let mut future = pin!(future);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // Set for an earlier time it is set anew when that has come; a later one is too late.
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        poll_fn(|context| {
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            while timer.as_mut().poll(context).is_ready() {
                if Instant::now() >= deadline {
                    return Poll::Ready(None);
                }
                timer.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::time::Duration;

    use tokio::time::sleep;

    use super::*;

    #[test]
    fn each_exchange_has_a_limit_of_its_own() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(async {
            let mut limit = TimeLimit::default();
            let after = |millis| Instant::now() + Duration::from_millis(millis);
            let soon = after(1);
            assert_eq!(limit.until(soon, ready(1)).await, Some(1));
            // The timer is still set for that, and this may take longer.
            let long = async { sleep(Duration::from_millis(20)).await };
            assert_eq!(limit.until(after(60_000), long).await, Some(()));
            // And now it is set for much later than this.
            let deadline = after(5);
            assert_eq!(limit.until(deadline, pending::<()>()).await, None);
            assert!((deadline..after(30_000)).contains(&Instant::now()));
            assert_eq!(limit.until(after(60_000), ready(2)).await, Some(2));
            // What is over is over, also when it is too late.
            assert_eq!(limit.until(deadline, ready(3)).await, Some(3));
            assert_eq!(limit.until(deadline, pending::<()>()).await, None);
        });
    }
}
