//! Who plays what: the users of the closed model, the pool of the open one, and whether there are
//! accounts for all of them.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::Spanned;

use super::super::file;
use super::super::share::{shares_of, users_per_journey};
use super::super::{Accounts, Journey, Load, Model, Open};
use super::{Compiler, MAX_USERS};

/// A pool that nobody has sized has room for replies that take so long, all of a journey together.
const ROOM_FOR_REPLIES: Duration = Duration::from_secs(1);
/// And for so many journeys at once at the least, and at the most: of each costs a connection.
const POOL: std::ops::RangeInclusive<usize> = 10..=5_000;

impl Compiler<'_> {
    /// Shares the users out among the journeys of each model; each needs an account of its own.
    pub(super) fn share_out(
        &mut self,
        load: &mut Load,
        journeys: &mut [Journey],
        accounts: &Accounts,
        file: &file::File,
    ) {
        load.keep_played(journeys);
        let mut closed: Vec<_> =
            journeys.iter_mut().filter(|journey| journey.model == Model::Closed).collect();
        let weights: Vec<_> = closed.iter().map(|journey| journey.weight).collect();
        for (journey, share) in closed.iter_mut().zip(users_per_journey(&weights, load.users)) {
            journey.users = share;
            if share == 0 {
                self.notes.push(format!(
                    "journey \"{}\" is played by nobody: {} users are too few",
                    journey.name, load.users
                ));
            }
        }
        let iterations = load.iterations;
        if let Some(open) = &mut load.open {
            self.share_pool(open, iterations, journeys, accounts, file);
        }
        self.check_accounts(journeys, accounts, file.accounts.file.as_ref());
    }

    /// The pool's users go where they are needed: by arrivals, and by how long a journey takes.
    fn share_pool(
        &mut self,
        open: &mut Open,
        iterations: Option<usize>,
        journeys: &mut [Journey],
        accounts: &Accounts,
        file: &file::File,
    ) {
        let room = left_for_the_pool(journeys, accounts);
        let mut mine: Vec<_> =
            journeys.iter_mut().filter(|journey| journey.model == Model::Open).collect();
        let weights: Vec<_> = mine.iter().map(|journey| journey.weight).collect();
        let needs: Vec<_> = mine
            .iter()
            .zip(&weights)
            .map(|(journey, weight)| to_f64(*weight) * expected_time(journey).as_secs_f64())
            .collect();
        let starts = open.profile.peak() / to_f64(weights.iter().sum::<usize>().max(1));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count above zero, and a cast saturates"
        )]
        let needed = (needs.iter().sum::<f64>() * starts).ceil() as usize;
        let given = self
            .overrides
            .pool
            .or_else(|| file.load.pool.as_ref().map(|pool| self.count(Some(pool), 1, MAX_USERS)));
        open.pool = given.unwrap_or_else(|| {
            let pool = needed.clamp(*POOL.start(), *POOL.end());
            if pool > room {
                self.notes.push(format!(
                    "the pool has {room} users, as there are accounts, where {pool} might be needed"
                ));
            } else if needed > pool {
                self.notes.push(format!(
                    "the pool has {pool} users, where {needed} might be needed: give a pool of your own"
                ));
            }
            pool.min(room).max(mine.len())
        });
        if open.pool < mine.len() {
            let message = format!(
                "a pool of {} is too small for {} open journeys: each needs a user",
                open.pool,
                mine.len()
            );
            match &file.load.pool {
                Some(pool) if self.overrides.pool.is_none() => {
                    self.problems.add(pool.span(), message);
                }
                _ => self.problems.add_global(message),
            }
            return;
        }
        for (journey, share) in mine.iter_mut().zip(shares_of(open.pool, &needs)) {
            journey.users = share;
        }
        if let Some(starts) = iterations {
            for (journey, share) in mine.iter_mut().zip(users_per_journey(&weights, starts)) {
                journey.starts = Some(share);
            }
        }
    }

    fn check_accounts(
        &mut self,
        journeys: &[Journey],
        accounts: &Accounts,
        file: Option<&Spanned<String>>,
    ) {
        let mut by_api = BTreeMap::new();
        for journey in journeys {
            by_api.entry(journey.api.name()).or_insert((journey.api, 0)).1 += journey.users;
        }
        for (name, (api, users)) in by_api {
            if api.has_domains() && users > 0 && !accounts.have_domains() {
                self.notes.push(format!("{name} asks for a domain, and no account has one"));
            }
            let count = accounts.available(api);
            if count >= users {
                continue;
            }
            let problem = format!(
                "{users} users need as many {name} accounts, and there are {count}: \
                 give more accounts, or fewer users, or let users share them: shared = true in \
                 [accounts]"
            );
            match file {
                Some(path) if self.overrides.users_file.is_none() => {
                    self.problems.add(path.span(), problem);
                }
                _ => self.problems.add_global(problem),
            }
        }
    }
}

/// Lends each user its account: each API's are shared by the journeys of that API.
#[cfg(feature = "cli")]
pub(super) fn lend(accounts: &Accounts, journeys: &mut [Journey]) {
    let mut wanted = BTreeMap::new();
    for journey in journeys.iter() {
        *wanted.entry(journey.api.name()).or_insert(0) += journey.users;
    }
    let mut left = BTreeMap::new();
    for journey in journeys {
        let name = journey.api.name();
        let of_api = left
            .entry(name)
            .or_insert_with(|| accounts.take(journey.api, wanted[name]).into_iter());
        journey.accounts = of_api.by_ref().take(journey.users).collect();
    }
}

impl Load {
    /// Takes out what is for a model that no journey is of: those that were may have been left out.
    fn keep_played(&mut self, journeys: &[Journey]) {
        let is_played = |model| journeys.iter().any(|journey| journey.model == model);
        if !is_played(Model::Open) {
            self.open = None;
        }
        if !is_played(Model::Closed) {
            (self.users, self.ramp, self.ramp_down) = (0, Duration::ZERO, Duration::ZERO);
        }
    }
}

/// How many users of the open model there can be accounts for, whichever APIs they go to.
fn left_for_the_pool(journeys: &[Journey], accounts: &Accounts) -> usize {
    let open = journeys.iter().filter(|journey| journey.model == Model::Open);
    open.map(|journey| {
        let others = journeys.iter().filter(|other| other.api.name() == journey.api.name());
        let taken: usize = others.map(|other| other.users).sum();
        accounts.available(journey.api).saturating_sub(taken)
    })
    .min()
    .unwrap_or(usize::MAX)
}

/// How long a journey is likely to take, on average.
fn expected_time(journey: &Journey) -> Duration {
    let thinking = journey.steps.iter().map(|step| step.think.mean().saturating_mul(step.repeat));
    thinking.fold(ROOM_FOR_REPLIES, Duration::saturating_add)
}

#[expect(clippy::cast_precision_loss, reason = "weights are small")]
fn to_f64(number: usize) -> f64 {
    number as f64
}
