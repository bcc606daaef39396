//! A timer that is not late: tokio's own has a grain of a millisecond.

pub(crate) use platform::Timer;

/// Waits until `instant` on a timer of its own: for those who wait now and then.
pub(crate) async fn wait_until(instant: std::time::Instant) {
    if instant <= std::time::Instant::now() {
        return;
    }
    match Timer::new() {
        Ok(timer) => timer.until(instant).await,
        // There may be too few descriptors: not so fine, but there.
        Err(_) => tokio::time::sleep_until(instant.into()).await,
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::io;
    use std::os::fd::{AsFd as _, AsRawFd, RawFd};
    use std::time::Instant;

    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// The kernel's high-resolution timer, as a descriptor that the runtime waits for.
    #[derive(Debug)]
    pub(crate) struct Timer(AsyncFd<Descriptor>);

    #[derive(Debug)]
    struct Descriptor(TimerFd);

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Timer {
        /// A timer of the runtime in whose context this is called.
        #[expect(
            deprecated,
            reason = "only unsound for types that give another descriptor each time; this owns one"
        )]
        pub(crate) fn new() -> io::Result<Self> {
            let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
            AsyncFd::with_interest(Descriptor(timer), Interest::READABLE).map(Self)
        }

        /// Waits until `instant`. To be given up by dropping the future.
        pub(crate) async fn until(&self, instant: Instant) {
            loop {
                let left = instant.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                // Setting it forgets an expiration that nobody has read.
                let expiration = Expiration::OneShot(TimeSpec::from_duration(left));
                let set = self.0.get_ref().0.set(expiration, TimerSetTimeFlags::empty());
                let expired = match set {
                    Ok(()) => self.expired().await,
                    Err(error) => Err(error.into()),
                };
                if expired.is_err() {
                    // Not so fine, but there.
                    return tokio::time::sleep_until(instant.into()).await;
                }
            }
        }

        async fn expired(&self) -> io::Result<()> {
            self.0
                .async_io(Interest::READABLE, |descriptor| {
                    descriptor.0.wait().map_err(io::Error::from)
                })
                .await
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::io;
    use std::time::Instant;

    /// The runtime's own timer.
    #[derive(Debug)]
    pub(crate) struct Timer;

    impl Timer {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self)
        }

        /// Waits until `instant`. To be given up by dropping the future.
        pub(crate) async fn until(&self, instant: Instant) {
            tokio::time::sleep_until(instant.into()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Timer;

    #[tokio::test]
    async fn it_is_never_early_and_can_be_given_up() {
        let timer = Timer::new().expect("a timer");
        for millis in [0, 5, 1, 3] {
            let due = Instant::now() + Duration::from_millis(millis);
            // Given up: the next wait is not the shorter for it.
            let short = timer.until(Instant::now() + Duration::from_micros(200));
            let _ = tokio::time::timeout(Duration::ZERO, short).await;
            timer.until(due).await;
            assert!(Instant::now() >= due, "{millis} ms");
        }
    }
}
