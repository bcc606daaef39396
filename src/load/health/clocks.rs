//! Suspension of the machine and steps of its clock.

use std::time::Duration;

/// How far two clocks are ahead of the monotonic one, on which everything is measured and which
/// stands still while the machine is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clocks {
    /// Time since the boot, suspension included.
    boot: Duration,
    /// The time of day.
    real: Duration,
}

impl Clocks {
    /// Reads the clocks; `None` where the system has no clock that runs during a suspension.
    #[cfg(target_os = "linux")]
    pub(super) fn read() -> Option<Self> {
        use nix::time::{ClockId, clock_gettime};
        const TRIES: usize = 20;
        let read = |clock| clock_gettime(clock).ok().map(Duration::from);
        let mut closest: Option<(Duration, Self)> = None;
        for _ in 0..TRIES {
            let monotonic = read(ClockId::CLOCK_MONOTONIC)?;
            let clocks = Self {
                boot: read(ClockId::CLOCK_BOOTTIME)?.saturating_sub(monotonic),
                real: read(ClockId::CLOCK_REALTIME)?.saturating_sub(monotonic),
            };
            // The thread may have been interrupted in between.
            let took = read(ClockId::CLOCK_MONOTONIC)?.saturating_sub(monotonic);
            if closest.is_none_or(|(least, _)| took < least) {
                closest = Some((took, clocks));
            }
            if took < Duration::from_micros(100) {
                break;
            }
        }
        closest.map(|(_, clocks)| clocks)
    }

    /// Not known here.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read() -> Option<Self> {
        None
    }

    /// How long the machine was suspended since `before`.
    pub(super) fn suspended_since(self, before: Self) -> Duration {
        ignore_below(Duration::from_millis(1), self.boot.saturating_sub(before.boot))
    }

    /// How far the time of day was set, in either direction, since `before`. A suspension sets it
    /// too, and is not counted here.
    pub(super) fn stepped_since(self, before: Self) -> Duration {
        let expected = before.real + self.boot.saturating_sub(before.boot);
        ignore_below(Duration::from_millis(10), self.real.abs_diff(expected))
    }
}

/// The clocks are not read at the same instant.
fn ignore_below(least: Duration, found: Duration) -> Duration {
    if found < least { Duration::ZERO } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspensions_and_steps_are_separated() {
        const S: fn(u64) -> Duration = Duration::from_secs;
        let before = Clocks { boot: S(5), real: S(1000) };
        let nearly = Clocks {
            boot: before.boot + Duration::from_micros(50),
            real: before.real + Duration::from_micros(100),
        };
        for (after, suspended, stepped) in [
            (before, S(0), S(0)),
            (nearly, S(0), S(0)),
            (Clocks { boot: S(65), real: S(1060) }, S(60), S(0)),
            (Clocks { boot: S(5), real: S(1003) }, S(0), S(3)),
            (Clocks { boot: S(5), real: S(900) }, S(0), S(100)),
            (Clocks { boot: S(65), real: S(1000) }, S(60), S(60)),
        ] {
            assert_eq!(after.suspended_since(before), suspended, "{after:?}");
            assert_eq!(after.stepped_since(before), stepped, "{after:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_clocks_can_be_read() {
        let before = Clocks::read().expect("Linux has these clocks");
        let after = Clocks::read().expect("Linux has these clocks");
        assert_eq!(after.suspended_since(before), Duration::ZERO);
    }
}
