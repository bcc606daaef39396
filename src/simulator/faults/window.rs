//! When a fault happens.

use std::time::Duration;

/// Times since the simulator began to serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Not before.
    pub(super) from: Duration,
    /// Not from then on.
    pub(super) to: Option<Duration>,
    /// Only in turns.
    pub(super) turns: Option<Turns>,
}

/// The first part of each period but the first, which goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turns {
    pub(super) every: Duration,
    pub(super) lasting: Duration,
}

impl Window {
    /// Whether it is open `now`.
    pub(super) fn is_open(&self, now: Duration) -> bool {
        self.next(now).is_some_and(|(start, _)| start <= now)
    }

    /// How often it has opened by `now`.
    pub(super) fn opened(&self, now: Duration) -> u64 {
        let until = self.to.map_or(now, |to| to.saturating_sub(Duration::from_nanos(1)).min(now));
        let Some(since) = until.checked_sub(self.from) else { return 0 };
        let turns = self.turns.map_or(1, |turns| since.as_nanos() / turns.every.as_nanos());
        u64::try_from(turns).unwrap_or(u64::MAX)
    }

    /// The time that it is open now, or will be next: from, and to before. `None` if it will not.
    pub(super) fn next(&self, now: Duration) -> Option<(Duration, Duration)> {
        let last = self.to.unwrap_or(Duration::MAX);
        let (start, end) = match self.turns {
            None => (self.from, last),
            Some(Turns { every, lasting }) => {
                let since = now.saturating_sub(self.from);
                let period = since.as_nanos() / every.as_nanos();
                let into = since.saturating_sub(times(every, period));
                // The first period goes well, and so does the rest of each.
                let turn = if period > 0 && into < lasting { period } else { period + 1 };
                let start = self.from.saturating_add(times(every, turn));
                (start, start.saturating_add(lasting).min(last))
            }
        };
        (start < end && now < end).then_some((start, end))
    }
}

fn times(period: Duration, count: u128) -> Duration {
    u32::try_from(count)
        .ok()
        .and_then(|count| period.checked_mul(count))
        .unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_open_when_they_say() {
        let s = Duration::from_secs;
        let always = Window::default();
        let between = Window { from: s(10), to: Some(s(20)), ..always };
        let turns = Window { turns: Some(Turns { every: s(60), lasting: s(2) }), ..always };
        let both = Window { turns: turns.turns, ..between };
        let late = Window { from: s(10), to: Some(s(131)), ..turns };
        for (window, now, open, next) in [
            (always, 0, true, Some((s(0), Duration::MAX))),
            (between, 9, false, Some((s(10), s(20)))),
            (between, 10, true, Some((s(10), s(20)))),
            (between, 20, false, None),
            (turns, 0, false, Some((s(60), s(62)))),
            (turns, 61, true, Some((s(60), s(62)))),
            (turns, 62, false, Some((s(120), s(122)))),
            (turns, 181, true, Some((s(180), s(182)))),
            (both, 15, false, None),
            (late, 70, true, Some((s(70), s(72)))),
            (late, 130, true, Some((s(130), s(131)))),
            (late, 131, false, None),
        ] {
            assert_eq!(window.is_open(s(now)), open, "{window:?} at {now}");
            assert_eq!(window.next(s(now)), next, "{window:?} at {now}");
        }
        for (window, now, opened) in [
            (between, 9, 0),
            (between, 10, 1),
            (between, 99, 1),
            (turns, 59, 0),
            (turns, 60, 1),
            (turns, 185, 3),
            (late, 500, 2),
            (both, 500, 0),
        ] {
            assert_eq!(window.opened(s(now)), opened, "{window:?} at {now}");
        }
    }
}
