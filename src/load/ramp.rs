//! When the users of the closed model come and go: pure.

use std::time::Duration;

use crate::scenario::Load;

/// When one user is there, from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Presence {
    /// When it comes.
    pub(super) from: Duration,
    /// When it goes; `None`: not before the end.
    pub(super) until: Option<Duration>,
}

impl Presence {
    /// The presence of user `seat` (from 0) of `seats`. They come evenly over the ramp, the first
    /// at once, and go in the same order evenly over the ramp down, the last at the end.
    pub(super) fn of(seat: usize, seats: usize, load: &Load) -> Self {
        let part = |of: Duration, parts: usize| {
            let nanos = of.as_nanos() * parts as u128 / seats.max(1) as u128;
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        };
        let goes = |end: Duration| end.saturating_sub(part(load.ramp_down, seats - 1 - seat));
        Self {
            from: part(load.ramp, seat),
            until: load.duration.filter(|_| !load.ramp_down.is_zero()).map(goes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_come_and_go_one_after_the_other() {
        const S: fn(u64) -> Duration = Duration::from_secs;
        let load = |ramp, ramp_down, duration| Load {
            users: 4,
            ramp: S(ramp),
            ramp_down: S(ramp_down),
            open: None,
            warm_up: Duration::ZERO,
            duration,
            iterations: None,
        };
        let presences = |load: Load| -> Vec<_> {
            let all = (0..4).map(|seat| Presence::of(seat, 4, &load));
            all.map(|p| (p.from.as_secs(), p.until.map(|until| until.as_secs()))).collect()
        };
        let (n, s) = (None, Some);
        assert_eq!(presences(load(0, 0, Some(S(10)))), [(0, n), (0, n), (0, n), (0, n)]);
        assert_eq!(presences(load(4, 0, None)), [(0, n), (1, n), (2, n), (3, n)]);
        assert_eq!(
            presences(load(8, 4, Some(S(20)))),
            [(0, s(17)), (2, s(18)), (4, s(19)), (6, s(20))]
        );
    }
}
