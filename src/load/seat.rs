//! A place for one of the users that Goose runs: waits for its turn, plays, and says whether there
//! will be another turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ramp::Presence;
use super::start_line::Start;
use super::tickets::Tickets;
use super::virtual_user::{Shared, Turn, VirtualUser};

pub(super) struct Seat {
    shared: Arc<Shared>,
    journey: usize,
    /// Goose's number of the user.
    number: usize,
    start: Option<Start>,
    /// Its place among the users of its journey. In the pool of an open one it has none before it
    /// has something to do.
    place: Option<usize>,
    user: Option<VirtualUser>,
    played: usize,
}

impl Seat {
    pub(super) fn new(shared: &Arc<Shared>, journey: usize, number: usize) -> Self {
        shared.control.user_began();
        Self {
            shared: Arc::clone(shared),
            journey,
            number,
            start: None,
            place: None,
            user: None,
            played: 0,
        }
    }

    /// Plays the journey once, when it is time. Whether it is to be called again.
    pub(super) async fn turn(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        if self.start.is_none() {
            self.start = shared.line.arrive(self.journey, self.number, &shared.control).await;
        }
        let Some(start) = self.start.clone() else { return false };
        let goes_on = match &shared.tickets[self.journey] {
            Some(tickets) => self.open_turn(&shared, start.at, tickets).await,
            None => self.closed_turn(&shared, &start).await,
        };
        goes_on && !shared.control.is_stopping()
    }

    async fn open_turn(&mut self, shared: &Arc<Shared>, start: Instant, tickets: &Tickets) -> bool {
        // Everybody is free from the start: to get up is our own time.
        let free = if self.played == 0 { start } else { Instant::now() };
        let next = tickets.next(start, free, &mut self.place, &shared.recorder, &shared.control);
        let Some(ticket) = next.await else { return false };
        let place = self.place.expect("who has a ticket has a place");
        self.user(shared, place).play(&Turn::Open(ticket)).await;
        self.played += 1;
        true
    }

    async fn closed_turn(&mut self, shared: &Arc<Shared>, start: &Start) -> bool {
        let place = start.seat(self.journey, self.number);
        let load = &shared.plan.load;
        let presence = Presence::of(place, shared.plan.journeys[self.journey].users, load);
        if self.played == 0 {
            let left = (start.at + presence.from).saturating_duration_since(Instant::now());
            if !left.is_zero() && !shared.control.pause(left, Duration::ZERO).await {
                return false;
            }
        }
        let leaves = presence.until.map(|until| start.at + until);
        if shared.control.is_stopping() || leaves.is_some_and(|at| at <= Instant::now()) {
            return false;
        }
        self.user(shared, place).play(&Turn::Closed { leaves }).await;
        self.played += 1;
        load.iterations.is_none_or(|most| self.played < most)
    }

    /// The user in this seat, born with its first journey.
    fn user(&mut self, shared: &Arc<Shared>, place: usize) -> &mut VirtualUser {
        self.user.get_or_insert_with(|| VirtualUser::new(shared, self.journey, place))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Goose would go on without this user, and nobody would know.
            self.shared.control.note_panic();
        }
        self.shared.control.user_ended();
    }
}
