//! How many users are in a journey, and Little's law about it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Counts who is in a journey, and adds up the time they are.
#[derive(Debug)]
pub(super) struct Occupancy {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    origin: Instant,
    inside: u32,
    since: Instant,
    /// When those inside entered, from the origin, added up.
    entered: Duration,
    /// The number of users, integrated over time.
    area: Duration,
    /// How many journeys are over, and how long they took by their own account.
    ended: u64,
    stayed: Duration,
}

impl Occupancy {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        let state = State {
            origin: now,
            inside: 0,
            since: now,
            entered: Duration::ZERO,
            area: Duration::ZERO,
            ended: 0,
            stayed: Duration::ZERO,
        };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn enter(&self) {
        self.change(|state| {
            state.inside += 1;
            state.entered += state.since - state.origin;
        });
    }

    /// `stayed` is by the journey's own clock, which is what Little's law checks.
    pub(super) fn leave(&self, stayed: Duration) {
        self.change(|state| {
            let entered = (state.since - state.origin).saturating_sub(stayed);
            state.inside -= 1;
            state.entered = state.entered.saturating_sub(entered);
            state.ended += 1;
            state.stayed += stayed;
        });
    }

    pub(super) fn inside(&self) -> usize {
        self.change(|_| {}).inside as usize
    }

    /// What Little's law says over `elapsed`, which has to hold all of it. Who is still inside leaves
    /// now.
    pub(super) fn law(&self, elapsed: Duration) -> LittlesLaw {
        let state = self.change(|_| {});
        let inside = ((state.since - state.origin) * state.inside).saturating_sub(state.entered);
        let ended = state.ended + u64::from(state.inside);
        LittlesLaw::of(elapsed, state.area, ended, state.stayed + inside)
    }

    fn change(&self, change: impl FnOnce(&mut State)) -> State {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let inside = state.inside;
        let passed = now.saturating_duration_since(state.since);
        state.area += passed * inside;
        state.since = now;
        change(&mut state);
        *state
    }
}

/// Little's law: the mean number of users in a journey is the rate of journeys times the time each
/// takes, L = λW. The left side is integrated over the clock, the right side is what the journeys
/// say of themselves; where the two differ, journeys were lost or times are wrong.
/// (J. D. C. Little, "A Proof for the Queuing Formula: L = λW", 1961.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LittlesLaw {
    /// L: how many users were in a journey, on average.
    pub users: f64,
    /// λ: how many journeys ended a second.
    pub journeys_per_second: f64,
    /// W: how many seconds a journey took, on average.
    pub journey_seconds: f64,
    /// |λW − L| / L; 0 where nobody was.
    pub error: f64,
}

impl LittlesLaw {
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 journeys")]
    fn of(elapsed: Duration, area: Duration, ended: u64, stayed: Duration) -> Self {
        if elapsed.is_zero() || ended == 0 {
            return Self::default();
        }
        let users = area.as_secs_f64() / elapsed.as_secs_f64();
        let journeys_per_second = ended as f64 / elapsed.as_secs_f64();
        let journey_seconds = stayed.as_secs_f64() / ended as f64;
        let error = if users == 0.0 {
            0.0
        } else {
            (journeys_per_second * journey_seconds - users).abs() / users
        };
        Self { users, journeys_per_second, journey_seconds, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn littles_law_holds_of_honest_figures_and_not_of_others() {
        const S: fn(u64) -> Duration = Duration::from_secs;
        for (elapsed, area, ended, stayed, users, error) in [
            (S(10), S(20), 10, S(20), 2.0, 0.0),
            // A journey of 2 s that nobody counted.
            (S(10), S(20), 9, S(18), 2.0, 0.1),
            (S(10), S(0), 10, S(0), 0.0, 0.0),
            (S(10), S(0), 0, S(0), 0.0, 0.0),
            (S(0), S(0), 0, S(0), 0.0, 0.0),
        ] {
            let law = LittlesLaw::of(elapsed, area, ended, stayed);
            assert!(
                (law.users - users).abs() < 1e-9 && (law.error - error).abs() < 1e-9,
                "{law:?}"
            );
        }
    }

    #[test]
    fn time_inside_is_integrated() {
        let occupancy = Occupancy::new();
        let began = Instant::now();
        occupancy.enter();
        occupancy.enter();
        assert_eq!(occupancy.inside(), 2);
        let both_inside = Instant::now();
        std::thread::sleep(Duration::from_millis(20));
        let both_inside = both_inside.elapsed();
        occupancy.leave(both_inside);
        occupancy.leave(both_inside);
        let elapsed = began.elapsed();
        let law = occupancy.law(elapsed);
        assert_eq!(occupancy.inside(), 0);
        // However long each line takes: both were inside for `both_inside` at least, and never more.
        let users = |inside: Duration| 2.0 * inside.as_secs_f64() / elapsed.as_secs_f64();
        assert!(law.users >= users(both_inside) - 1e-9 && law.users <= users(elapsed), "{law:?}");
    }

    #[test]
    fn who_does_not_leave_before_the_end_is_no_contradiction() {
        let occupancy = Occupancy::new();
        let began = Instant::now();
        occupancy.enter();
        occupancy.enter();
        std::thread::sleep(Duration::from_millis(20));
        let law = occupancy.law(began.elapsed());
        assert!(law.error < 0.01 && law.users > 0.0, "{law:?}");
    }
}
