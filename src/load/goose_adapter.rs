//! The only file that knows Goose 0.19.
//!
//! What is particular about it, and what we do: it builds a client per user unless one is shared
//! (121 KB and 6.5 ms of CPU each), so one is shared that nobody uses. It looks at its end only
//! between transactions and twice a second, so users end themselves through their iteration limit
//! and we do not wait for its own end. It loops without yielding, which is safe here since each
//! journey waits for a socket. `iterations`, `test_plan` and `no_reset_metrics` print, so none is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::TransactionFunction;
use goose::prelude::{GooseError, GooseScheduler, GooseUser, Scenario, Transaction};
use tokio::sync::Mutex;

use super::virtual_user::{Shared, VirtualUser};
use crate::scenario::{Load, User};

/// The accounts of one API, each handed to one user.
#[derive(Debug)]
pub(super) struct Lease {
    accounts: Vec<User>,
    next: AtomicUsize,
}

impl Lease {
    pub(super) fn new(accounts: Vec<User>) -> Arc<Self> {
        Arc::new(Self { accounts, next: AtomicUsize::new(0) })
    }

    pub(super) fn accounts(&self) -> &[User] {
        &self.accounts
    }

    fn take(&self) -> User {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        self.accounts
            .get(index)
            .cloned()
            .expect("a plan has an account for each of its users")
    }
}

/// Runs all journeys until their users have ended. `leases` are by journey.
pub(super) async fn attack(shared: &Arc<Shared>, leases: &[Arc<Lease>]) -> Result<(), GooseError> {
    let plan = &shared.plan;
    let client = GooseClientBuilder::new()
        .without_cookies()
        .gzip(false)
        // The client is never used; without this it would look for certificates on the machine.
        .accept_invalid_certs(true);
    let mut attack = GooseAttack::initialize_with_config(configuration(&plan.load))?
        .set_scheduler(GooseScheduler::RoundRobin)
        .set_client_builder_without_cookies(client)?;
    for (index, (journey, lease)) in plan.journeys.iter().zip(leases).enumerate() {
        let transaction = transaction(Arc::clone(shared), index, Arc::clone(lease));
        attack = attack.register_scenario(
            Scenario::new(&journey.name)
                .set_weight(journey.weight)?
                .register_transaction(transaction),
        );
    }
    Box::pin(attack.execute()).await.map(drop)
}

/// Tells Goose to launch nobody any more.
pub(super) fn stop() {
    goose::trigger_killswitch("the run ends");
}

fn configuration(load: &Load) -> GooseConfiguration {
    // Faster than any user can be launched.
    const AT_ONCE: f64 = 1e9;
    let users = u32::try_from(load.users).map_or(f64::from(u32::MAX), f64::from);
    let rate = if load.ramp == Duration::ZERO { AT_ONCE } else { users / load.ramp.as_secs_f64() };
    let mut configuration = GooseConfiguration::default();
    // Required, and never connected to.
    configuration.host = "http://127.0.0.1:9/".to_owned().into();
    configuration.users = Some(load.users);
    configuration.increase_rate = Some(rate.to_string());
    configuration.no_telnet = true;
    configuration.no_metrics = true;
    configuration.quiet = 2;
    configuration
}

/// A journey as a Goose transaction.
fn transaction(shared: Arc<Shared>, journey: usize, lease: Arc<Lease>) -> Transaction {
    let function: TransactionFunction = Arc::new(move |user: &mut GooseUser| {
        let shared = Arc::clone(&shared);
        let lease = Arc::clone(&lease);
        Box::pin(async move {
            let player = player(user, &shared, journey, &lease);
            player.lock().await.play().await;
            if shared.control.is_stopping() {
                // Goose ends a user that has made as many iterations as it may.
                user.config.iterations = Some(1);
            }
            Ok(())
        })
    });
    Transaction::new(function).set_name("journey")
}

type Player = Arc<Mutex<VirtualUser>>;

/// The user that lives in Goose's session data, born with its first journey.
fn player(user: &mut GooseUser, shared: &Arc<Shared>, journey: usize, lease: &Lease) -> Player {
    if let Some(player) = user.get_session_data::<Player>() {
        return Arc::clone(player);
    }
    user.config.iterations = shared.plan.load.iterations;
    let player = VirtualUser::new(shared, journey, user.weighted_users_index, lease.take());
    let player = Arc::new(Mutex::new(player));
    user.set_session_data(Arc::clone(&player));
    player
}
